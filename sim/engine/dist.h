/* Distributions of times. Every draw is rounded to whole nanoseconds at once: last bits of a machine cannot spread. */
#ifndef ENGINE_DIST_H
#define ENGINE_DIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/rng.h"

struct dist;

/* One family, as GSL has its generators: a const record and a state. */
struct dist_type {
    const char *name;    /* as written in scenarios */
    bool needs_mean, needs_cv, needs_bounds, needs_values;
    void (*derive)(struct dist *dist);                             /* a and b; may be NULL */
    double (*draw)(const struct dist *dist, struct rng *rng);      /* seconds */
    double (*share)(const struct dist *dist, double seconds);      /* of draws that are not above `seconds` */
};

/* Sorted by name: constant empirical exponential gamma lognormal uniform. */
extern const struct dist_type *const dist_types[];
extern const size_t dist_type_count;
const struct dist_type *dist_type_find(const char *name);       /* NULL if unknown */

struct dist {
    const struct dist_type *type;
    double mean, cv;              /* seconds; of the distribution before `min`, `max` */
    double min, max;              /* values outside are drawn again; -INFINITY, INFINITY: no bound; of uniform: its ends */
    const double *values;         /* empirical; borrowed for the life of the distribution */
    const double *weights;        /* NULL: all alike, else the values are looked through one by one */
    size_t value_count;
    double a, b;                  /* derived by dist_init */
};

/* Check the numbers and derive what draws need. The message names the field ("mean -3 is not above 0"). Bounds that keep
 * less than 1 % of the draws are refused, so that drawing again always ends. */
bool dist_init(struct dist *dist, struct error *err);
sim_time dist_draw(const struct dist *dist, struct rng *rng);   /* >= 0 unless values or bounds are negative */
struct dist dist_constant(double seconds);
struct dist dist_uniform(double low_seconds, double high_seconds);

#endif
