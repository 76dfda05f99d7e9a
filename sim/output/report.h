/* The summary of a run on a terminal: a screen, work lost first. */
#ifndef OUTPUT_REPORT_H
#define OUTPUT_REPORT_H

#include "output/facts.h"
#include "output/text.h"
#include "output/warnings.h"

struct world;
struct report;

enum { REPORT_LABEL_WIDTH = 29 }; /* what stands to the left of each line */

/* Listen to `world` from now on, for what changes over time. Lives in the world's arena. */
struct report *report_observe(struct world *world);

/* After world_run. `colour`: escape sequences in addition to the words, never instead of them. */
void report_write(struct report *report, struct text *text, const struct run_facts *facts,
                  const struct warnings *warnings, bool colour);

#endif
