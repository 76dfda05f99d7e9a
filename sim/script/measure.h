/* Tallies and levels of the world by their index: those of sim.tally and sim.level, and those that objects keep themselves. */
#ifndef SCRIPT_MEASURE_H
#define SCRIPT_MEASURE_H

#include <stdint.h>

struct world;

/* What has that name already: "tally", "level"; NULL: nothing. */
const char *measure_kind_of(const struct world *world, const char *name);

/* A new one, whose name nothing has. Copies the texts. */
int measure_add_tally(struct world *world, const char *name, const char *unit);
int measure_add_level(struct world *world, const char *name, const char *unit);

void measure_observe(struct world *world, int tally, int64_t value);       /* in 10^-9 units */
void measure_set(struct world *world, int level, double value);

#endif
