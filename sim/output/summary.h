/* summary.json: what was run, every number that came of it, what was expected, what the run checked about itself. */
#ifndef OUTPUT_SUMMARY_H
#define OUTPUT_SUMMARY_H

#include "output/facts.h"
#include "output/text.h"
#include "output/warnings.h"

struct world;

/* After world_run. Its first key is "ecsim", by which files.h knows its own. */
void summary_write(struct text *text, const struct world *world, const struct run_facts *facts,
                   const struct warnings *warnings);

#endif
