/* timeline.csv: a row per service and minute, and per minute and queue that is not the first of a service. */
#ifndef OUTPUT_TIMELINE_H
#define OUTPUT_TIMELINE_H

#include "output/text.h"

struct world;
struct timeline;

/* Listen to `world` from now on and write to `text`, which it borrows. Lives in the world's arena. */
struct timeline *timeline_observe(struct world *world, struct text *text);

/* The run is over. */
void timeline_finish(struct timeline *timeline);

#endif
