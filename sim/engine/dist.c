#include "engine/dist.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "engine/elementary.h"

/* Bounds must leave this share of a distribution, so that drawing again soon succeeds: 0.99^10000 < 10^-43. */
#define KEPT_SHARE_MIN 0.01
#define DRAWS_MAX 10000

static double draw_constant(const struct dist *dist, struct rng *rng)
{
    (void)rng;
    return dist->mean;
}

static double share_constant(const struct dist *dist, double seconds)
{
    return seconds >= dist->mean ? 1 : 0;
}

/* a: the sum of the weights. */
static void derive_empirical(struct dist *dist)
{
    dist->a = 0;
    for (size_t i = 0; i < dist->value_count; i++) {
        dist->a += dist->weights != NULL ? dist->weights[i] : 1;
    }
}

static double draw_weighted(const struct dist *dist, struct rng *rng)
{
    double left = rng_uniform(rng) * dist->a;
    size_t last = 0;
    for (size_t i = 0; i < dist->value_count; i++) {
        if (dist->weights[i] > 0) {
            last = i;
            if (left < dist->weights[i]) {
                break;
            }
            left -= dist->weights[i];
        }
    }
    return dist->values[last];
}

static double draw_empirical(const struct dist *dist, struct rng *rng)
{
    return dist->weights != NULL ? draw_weighted(dist, rng) : dist->values[rng_below(rng, dist->value_count)];
}

static double share_empirical(const struct dist *dist, double seconds)
{
    double sum = 0;
    for (size_t i = 0; i < dist->value_count; i++) {
        if (dist->values[i] <= seconds) {
            sum += dist->weights != NULL ? dist->weights[i] : 1;
        }
    }
    return sum / dist->a;
}

static double draw_exponential(const struct dist *dist, struct rng *rng)
{
    return dist->mean * rng_exponential(rng);
}

static double share_exponential(const struct dist *dist, double seconds)
{
    return gsl_cdf_exponential_P(seconds, dist->mean);
}

/* a: shape, b: scale. */
static void derive_gamma(struct dist *dist)
{
    dist->a = 1 / (dist->cv * dist->cv);
    dist->b = dist->mean * dist->cv * dist->cv;
}

/* Marsaglia and Tsang, for a shape from 1 up; the scale is 1. */
static double draw_standard_gamma(double shape, struct rng *rng)
{
    double d = shape - 1.0 / 3;
    double c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(rng);
        double root = 1 + c * x;
        double log_u = elementary_log(rng_uniform_pos(rng));
        if (root > 0) {
            double v = root * root * root;
            if (log_u < x * x / 2 + d - d * v + d * elementary_log(v)) {
                return d * v;
            }
        }
    }
}

static double draw_gamma(const struct dist *dist, struct rng *rng)
{
    if (dist->a >= 1) {
        return dist->b * draw_standard_gamma(dist->a, rng);
    }
    /* A shape below 1 is the next one above, times a power of a uniform. */
    double power = elementary_exp(elementary_log(rng_uniform_pos(rng)) / dist->a);
    return dist->b * draw_standard_gamma(dist->a + 1, rng) * power;
}

static double share_gamma(const struct dist *dist, double seconds)
{
    return gsl_cdf_gamma_P(seconds, dist->a, dist->b);
}

/* a, b: mean and standard deviation of the logarithm. */
static void derive_lognormal(struct dist *dist)
{
    double variance = elementary_log(1 + dist->cv * dist->cv);
    dist->a = elementary_log(dist->mean) - variance / 2;
    dist->b = sqrt(variance);
}

static double draw_lognormal(const struct dist *dist, struct rng *rng)
{
    return elementary_exp(dist->a + dist->b * rng_normal(rng));
}

static double share_lognormal(const struct dist *dist, double seconds)
{
    return seconds > 0 ? gsl_cdf_lognormal_P(seconds, dist->a, dist->b) : 0;
}

static double draw_uniform(const struct dist *dist, struct rng *rng)
{
    return dist->min + (dist->max - dist->min) * rng_uniform(rng);
}

static double share_uniform(const struct dist *dist, double seconds)
{
    return seconds >= dist->max ? 1 : 0;
}

static const struct dist_type constant = {
    .name = "constant",
    .needs_mean = true,
    .draw = draw_constant,
    .share = share_constant,
};

static const struct dist_type empirical = {
    .name = "empirical",
    .needs_values = true,
    .derive = derive_empirical,
    .draw = draw_empirical,
    .share = share_empirical,
};

static const struct dist_type exponential = {
    .name = "exponential",
    .needs_mean = true,
    .draw = draw_exponential,
    .share = share_exponential,
};

static const struct dist_type gamma_type = {
    .name = "gamma",
    .needs_mean = true,
    .needs_cv = true,
    .derive = derive_gamma,
    .draw = draw_gamma,
    .share = share_gamma,
};

static const struct dist_type lognormal = {
    .name = "lognormal",
    .needs_mean = true,
    .needs_cv = true,
    .derive = derive_lognormal,
    .draw = draw_lognormal,
    .share = share_lognormal,
};

static const struct dist_type uniform = {
    .name = "uniform",
    .needs_bounds = true,
    .draw = draw_uniform,
    .share = share_uniform,
};

const struct dist_type *const dist_types[] = { &constant, &empirical, &exponential, &gamma_type, &lognormal, &uniform };
const size_t dist_type_count = sizeof dist_types / sizeof dist_types[0];

const struct dist_type *dist_type_find(const char *name)
{
    for (size_t i = 0; i < dist_type_count; i++) {
        if (strcmp(dist_types[i]->name, name) == 0) {
            return dist_types[i];
        }
    }
    return NULL;
}

static bool check_moments(const struct dist *dist, struct error *err)
{
    if (dist->type->needs_mean && dist->type != &constant && !(dist->mean > 0)) {
        return error_set(err, "mean %g is not above 0", dist->mean);
    }
    if (dist->type == &constant && !(dist->mean >= 0)) {
        return error_set(err, "mean %g is below 0", dist->mean);
    }
    if (dist->type->needs_mean && !isfinite(dist->mean)) {
        return error_set(err, "mean %g is not finite", dist->mean);
    }
    if (dist->type->needs_cv && !(dist->cv > 0 && isfinite(dist->cv))) {
        return error_set(err, "cv %g is not above 0", dist->cv);
    }
    return true;
}

static bool check_values(const struct dist *dist, struct error *err)
{
    if (dist->value_count == 0) {
        return error_set(err, "values are missing");
    }
    double sum = 0;
    for (size_t i = 0; i < dist->value_count; i++) {
        if (!isfinite(dist->values[i])) {
            return error_set(err, "values[%zu] %g is not finite", i + 1, dist->values[i]);
        }
        double weight = dist->weights != NULL ? dist->weights[i] : 1;
        if (!(weight >= 0 && isfinite(weight))) {
            return error_set(err, "weights[%zu] %g is not a number from 0 up", i + 1, weight);
        }
        sum += weight;
    }
    if (!(sum > 0 && isfinite(sum))) {
        return error_set(err, "weights add up to %g", sum);
    }
    return true;
}

static double kept_share(const struct dist *dist)
{
    double up_to_max = dist->max < INFINITY ? dist->type->share(dist, dist->max) : 1;
    double below_min = dist->min > -INFINITY ? dist->type->share(dist, nextafter(dist->min, -INFINITY)) : 0;
    return up_to_max - below_min;
}

static bool check_bounds(const struct dist *dist, struct error *err)
{
    if (!(dist->min <= dist->max)) {
        return error_set(err, "min %g is above max %g", dist->min, dist->max);
    }
    if (dist->type->needs_bounds && !(isfinite(dist->min) && isfinite(dist->max))) {
        return error_set(err, "min %g and max %g are not both finite", dist->min, dist->max);
    }
    if (!(kept_share(dist) >= KEPT_SHARE_MIN)) {
        return error_set(err, "min %g and max %g keep less than %g %% of the draws", dist->min, dist->max,
                         100 * KEPT_SHARE_MIN);
    }
    return true;
}

bool dist_init(struct dist *dist, struct error *err)
{
    if (!check_moments(dist, err) || (dist->type->needs_values && !check_values(dist, err))) {
        return false;
    }
    if (dist->type->derive != NULL) {
        dist->type->derive(dist);
    }
    return check_bounds(dist, err);
}

sim_time dist_draw(const struct dist *dist, struct rng *rng)
{
    for (int draws = 0;; draws++) {
        CHECK(draws < DRAWS_MAX);   /* dist_init has refused bounds that could take so long */
        double seconds = dist->type->draw(dist, rng);
        if (seconds >= dist->min && seconds <= dist->max) {
            return sim_from_seconds(seconds);
        }
    }
}

static struct dist checked(struct dist dist)
{
    struct error err;
    CHECK(dist_init(&dist, &err));
    return dist;
}

struct dist dist_constant(double seconds)
{
    return checked((struct dist){ .type = &constant, .mean = seconds, .min = -INFINITY, .max = INFINITY });
}

struct dist dist_uniform(double low_seconds, double high_seconds)
{
    return checked((struct dist){ .type = &uniform, .min = low_seconds, .max = high_seconds });
}
