/* sessions.csv: how many sessions each task has open, where there are any. */
#ifndef OUTPUT_SESSIONS_H
#define OUTPUT_SESSIONS_H

#include <stdbool.h>

#include "model/world.h"
#include "output/text.h"

struct sessions_file;

/* At each minute's end a row of every task of a service with sessions whose number is not that of its last row, and its
 * first one as soon as it takes sessions: between two rows the number stays as it is. Nothing is written before the first session. Lives in the world's arena. */
struct sessions_file *sessions_observe(struct world *world, struct text *text);

bool sessions_are_written(const struct sessions_file *file);

#endif
