/* What the scenario layer knows of a run, in the form that the output layer prints. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include "output/facts.h"
#include "script/scenario.h"

struct world;

/* After world_run. Everything lives in the world's arena. */
void facts_collect(struct run_facts *facts, struct world *world, const struct scenario *scenario);

#endif
