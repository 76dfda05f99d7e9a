/* The fleet strip and the queue as text, for terminals and for machines without gnuplot. */
#ifndef OUTPUT_STRIP_H
#define OUTPUT_STRIP_H

#include "output/run_folder.h"
#include "output/text.h"

/* One chart per service, then one per queue, 80 columns wide. */
void strip_draw(const struct run_folder *run, struct text *text);

#endif
