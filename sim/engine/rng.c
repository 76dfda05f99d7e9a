#include "engine/rng.h"

#include <math.h>
#include <stddef.h>

#include "base/check.h"
#include "base/wide.h"
#include "engine/elementary.h"

#define GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15)
#define TWO_PI 0x1.921fb54442d18p2

/* The finaliser of splitmix64: a bijection, so that what differs stays different. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Four steps of splitmix64. At most one of them is zero, which xoshiro could not leave if all were. */
static void seed_state(struct rng *rng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        seed += GOLDEN_GAMMA;
        rng->s[i] = mix(seed);
    }
}

static uint64_t absorb(uint64_t hash, uint64_t value)
{
    return mix((hash ^ value) + GOLDEN_GAMMA);
}

/* FNV-1a. */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    }
    return hash;
}

void rng_seed(struct rng *rng, uint64_t seed, uint64_t replication, const char *name, uint64_t index)
{
    uint64_t hash = absorb(0, seed);
    hash = absorb(hash, replication);
    hash = absorb(hash, hash_text(name));
    seed_state(rng, absorb(hash, index));
}

void rng_init(struct rng *rng, const struct sim *sim, const char *name, uint64_t index)
{
    rng_seed(rng, sim_seed(sim), sim_replication(sim), name, index);
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* xoshiro256++ 1.0 of Blackman and Vigna. */
uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double rng_uniform(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

double rng_uniform_pos(struct rng *rng)
{
    return (double)((rng_next(rng) >> 11) + 1) * 0x1p-53;
}

/* Lemire: the high half of a product, drawn again where the low half falls into the uneven rest. */
uint64_t rng_below(struct rng *rng, uint64_t n)
{
    CHECK(n > 0);
    uint64_t rest = (0 - n) % n;
    uwide product;
    do {
        product = (uwide)rng_next(rng) * n;
    } while ((uint64_t)product < rest);
    return (uint64_t)(product >> 64);
}

/* Inversion costs a few ns more than a ziggurat, but is monotone in its one uniform: variants of a policy that draw from
 * the same stream stay paired. */
double rng_exponential(struct rng *rng)
{
    return -elementary_log(rng_uniform_pos(rng));
}

/* Box and Muller; the second value is dropped, since a state would tie draws of different callers together. */
double rng_normal(struct rng *rng)
{
    double radius = sqrt(-2 * elementary_log(rng_uniform_pos(rng)));
    return radius * elementary_cos(TWO_PI * rng_uniform(rng));
}

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "GSL passes seeds and numbers as unsigned long");

static void gsl_set(void *state, unsigned long seed)
{
    seed_state(state, seed);
}

static unsigned long gsl_get(void *state)
{
    return rng_next(state);
}

static double gsl_get_double(void *state)
{
    return rng_uniform(state);
}

static const gsl_rng_type type = {
    .name = "xoshiro256++",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(struct rng),
    .set = gsl_set,
    .get = gsl_get,
    .get_double = gsl_get_double,
};

const gsl_rng_type *const rng_gsl_type = &type;
