/* Decisions as sentences: why it scaled, why it did not, which tasks were chosen and which were passed over. */
#ifndef OUTPUT_EXPLAIN_H
#define OUTPUT_EXPLAIN_H

#include "output/text.h"

struct world;
struct explain;

/* Listen to `world` from now on and write to `text`, which it borrows. A reason that stays the same is told once, with a
 * count when it ends; events.jsonl has every single one. */
struct explain *explain_observe(struct world *world, struct text *text);

/* The run is over: tell the counts that are still open. */
void explain_finish(struct explain *explain);

#endif
