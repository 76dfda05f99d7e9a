/* Deduplication of a FIFO queue (SQS-07): an id that was sent within the last five minutes is not sent again. */
#ifndef MODEL_DEDUPLICATION_H
#define MODEL_DEDUPLICATION_H

#include <stdbool.h>

#include "engine/simtime.h"

struct deduplication;

struct deduplication *deduplication_create(void);
void deduplication_destroy(struct deduplication *deduplication);     /* NULL is fine */

/* Is `id` a repetition? If not, it is remembered for five minutes from `now`, which never goes back. */
bool deduplication_repeats(struct deduplication *deduplication, const char *id, sim_time now);

#endif
