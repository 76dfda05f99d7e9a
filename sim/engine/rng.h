/* Random numbers: one 64-bit stream per entity, so that the n-th job's size does not depend on how many others drew. */
#ifndef ENGINE_RNG_H
#define ENGINE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

#include "engine/sim.h"

struct rng {
    uint64_t s[4];   /* xoshiro256++ */
};

/* The stream of (seed, replication, name, index). */
void rng_seed(struct rng *rng, uint64_t seed, uint64_t replication, const char *name, uint64_t index);

/* The same with seed and replication of the run. */
void rng_init(struct rng *rng, const struct sim *sim, const char *name, uint64_t index);

uint64_t rng_next(struct rng *rng);
double rng_uniform(struct rng *rng);                 /* in [0, 1), 53 bits */
double rng_uniform_pos(struct rng *rng);             /* in (0, 1] */
uint64_t rng_below(struct rng *rng, uint64_t n);     /* in [0, n), unbiased; n > 0 */
double rng_exponential(struct rng *rng);             /* mean 1, by inversion: one uniform each time */
double rng_normal(struct rng *rng);                  /* mean 0, variance 1; draws two uniforms each time */

/* Our generator as a GSL type, for GSL's rare distributions and tests: state is a struct rng, 64-bit seeding. */
extern const gsl_rng_type *const rng_gsl_type;

#endif
