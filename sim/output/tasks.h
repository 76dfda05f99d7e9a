/* tasks.csv: a row per task, when it has stopped or the run is over. */
#ifndef OUTPUT_TASKS_H
#define OUTPUT_TASKS_H

#include "output/text.h"

struct world;

/* Write the header to `text`, which it borrows, and listen to `world` from now on. */
void tasks_observe(struct world *world, struct text *text);

#endif
