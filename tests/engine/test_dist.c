#include "lib/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/dist.h"

enum { DRAWS = 400000 };

/* A distribution as a scenario would describe it. */
static struct dist described(const char *type, double mean, double cv, double min, double max)
{
    return (struct dist){ .type = dist_type_find(type), .mean = mean, .cv = cv, .min = min, .max = max };
}

struct moments {
    double mean, variance, kurtosis, min, max;
};

static struct moments moments_of(const struct dist *dist, const char *stream)
{
    double *draws = mem_alloc(DRAWS * sizeof *draws);
    struct moments moments = { .min = INFINITY, .max = -INFINITY };
    struct rng rng;
    rng_seed(&rng, 3, 0, stream, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        draws[i] = sim_seconds(dist_draw(dist, &rng));
        moments.mean += draws[i] / DRAWS;
        moments.min = fmin(moments.min, draws[i]);
        moments.max = fmax(moments.max, draws[i]);
    }
    for (size_t i = 0; i < DRAWS; i++) {
        double square = (draws[i] - moments.mean) * (draws[i] - moments.mean);
        moments.variance += square / (DRAWS - 1);
        moments.kurtosis += square * square / DRAWS;
    }
    moments.kurtosis /= moments.variance * moments.variance;
    free(draws);
    return moments;
}

/* Four standard errors around what theory says, the error of the variance by the fourth moment of the draws. */
static void check_moments(const struct dist *dist, const char *claim, double mean, double variance)
{
    struct moments moments = moments_of(dist, claim);
    double mean_error = sqrt(moments.variance / DRAWS);
    double variance_error = moments.variance * sqrt((moments.kurtosis - 1) / DRAWS);
    bool fits = fabs(moments.mean - mean) <= 4 * mean_error && fabs(moments.variance - variance) <= 4 * variance_error;
    if (!fits) {
        printf("\n    %s: mean %g not %g, variance %g not %g", claim, moments.mean, mean, moments.variance, variance);
    }
    CU_ASSERT(fits);
}

static void draws_have_mean_and_variance(void)
{
    static const struct {
        const char *claim, *type;
        double mean, cv, variance;
    } cases[] = {
        { "exponential", "exponential", 120, 0, 120 * 120 },
        { "gamma, Erlang of four", "gamma", 0.05, 0.5, 0.025 * 0.025 },
        { "gamma, exponential", "gamma", 3, 1, 9 },
        { "gamma, shape below one", "gamma", 3, 1.5, 4.5 * 4.5 },
        { "lognormal, narrow", "lognormal", 120, 0.1, 12 * 12 },
        { "lognormal, wide", "lognormal", 120, 1.2, 144 * 144 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err;
        struct dist dist = described(cases[i].type, cases[i].mean, cases[i].cv, -INFINITY, INFINITY);
        CU_ASSERT_TRUE(dist_init(&dist, &err));
        check_moments(&dist, cases[i].claim, cases[i].mean, cases[i].variance);
    }
    struct dist dist = dist_uniform(17, 22);
    check_moments(&dist, "uniform", 19.5, 25.0 / 12);
}

static void constants_are_exact(void)
{
    struct rng rng = { { 1, 2, 3, 4 } };
    struct rng before = rng;
    struct dist dist = dist_constant(0.1);
    CU_ASSERT_EQUAL(dist_draw(&dist, &rng), 100 * SIM_MILLISECOND);
    dist = dist_constant(0);
    CU_ASSERT_EQUAL(dist_draw(&dist, &rng), 0);
    CU_ASSERT_EQUAL(memcmp(&rng, &before, sizeof rng), 0);
    dist = dist_uniform(5, 5);
    CU_ASSERT_EQUAL(dist_draw(&dist, &rng), 5 * SIM_SECOND);
}

static void empirical_values_come_by_their_weights(void)
{
    static const double values[] = { 1, 2, 5 }, weights[] = { 1, 0, 3 };
    struct error err;
    struct dist even = described("empirical", 0, 0, -INFINITY, INFINITY);
    even.values = values;
    even.value_count = 3;
    struct dist weighted = even;
    weighted.weights = weights;
    CU_ASSERT_TRUE(dist_init(&even, &err));
    CU_ASSERT_TRUE(dist_init(&weighted, &err));
    check_moments(&even, "empirical", 8.0 / 3, (1 + 4 + 25) / 3.0 - 64.0 / 9);
    check_moments(&weighted, "weighted", 4, (1 + 3 * 25) / 4.0 - 16);

    struct dist cut = even;
    cut.max = 4;
    CU_ASSERT_TRUE(dist_init(&cut, &err));
    check_moments(&cut, "cut", 1.5, 0.25);
}

/* Where the theory of a truncated distribution is simple: an exponential has no memory. */
static void values_outside_bounds_are_drawn_again(void)
{
    struct error err;
    struct dist tail = described("exponential", 10, 0, 20, INFINITY);
    CU_ASSERT_TRUE(dist_init(&tail, &err));
    check_moments(&tail, "tail", 30, 100);
    CU_ASSERT(moments_of(&tail, "tail ends").min >= 20);

    struct dist head = described("exponential", 10, 0, -INFINITY, 5);
    double kept = 1 - exp(-0.5);
    double mean = 10 - 5 * (1 - kept) / kept;
    double square = 200 - (25 + 2 * 10 * 5) * (1 - kept) / kept;
    CU_ASSERT_TRUE(dist_init(&head, &err));
    check_moments(&head, "head", mean, square - mean * mean);

    struct dist video = described("lognormal", 3600, 1.6, 300, 21600);
    CU_ASSERT_TRUE(dist_init(&video, &err));
    struct moments moments = moments_of(&video, "video");
    CU_ASSERT(moments.min >= 300 && moments.min < 310);
    CU_ASSERT(moments.max <= 21600 && moments.max > 21000);

    struct dist rare = described("exponential", 1, 0, 4.6, INFINITY);
    CU_ASSERT_TRUE(dist_init(&rare, &err));
    CU_ASSERT(moments_of(&rare, "rare").min >= 4.6);
}

/* Pinned, since a seed must give the same bytes on every machine. */
static void draws_of_a_stream_are_known(void)
{
    static const struct {
        const char *type;
        double cv;
        sim_time first, second;
    } cases[] = {
        { "exponential", 0, INT64_C(32822119989), INT64_C(297086665905) },
        { "gamma", 0.7, INT64_C(157907483438), INT64_C(132650604566) },
        { "gamma", 2, INT64_C(117761761406), INT64_C(48582633458) },
        { "lognormal", 1.5, INT64_C(133168025976), INT64_C(579346944042) },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err;
        struct rng rng;
        struct dist dist = described(cases[i].type, 120, cases[i].cv, -INFINITY, INFINITY);
        CU_ASSERT_TRUE(dist_init(&dist, &err));
        rng_seed(&rng, 7, 0, "known", 0);
        sim_time first = dist_draw(&dist, &rng);
        sim_time second = dist_draw(&dist, &rng);
        CU_ASSERT_EQUAL(first, cases[i].first);
        CU_ASSERT_EQUAL(second, cases[i].second);
    }
}

static void impossible_numbers_are_refused(void)
{
    static const double values[] = { 1, 2 }, no_weights[] = { 0, 0 }, bad_weights[] = { 1, -1 };
    static const double bad_values[] = { 1, (double)NAN };
    const double inf = (double)INFINITY;
    const struct {
        const char *type;
        double mean, cv, min, max;
        const double *values, *weights;
        const char *message;
    } cases[] = {
        { "exponential", -3, 0, -inf, inf, NULL, NULL, "mean -3 is not above 0" },
        { "exponential", inf, 0, -inf, inf, NULL, NULL, "mean inf is not finite" },
        { "constant", -1, 0, -inf, inf, NULL, NULL, "mean -1 is below 0" },
        { "constant", 5, 0, 6, inf, NULL, NULL, "min 6 and max inf keep less than 1 % of the draws" },
        { "constant", 5, 0, -inf, 4, NULL, NULL, "min -inf and max 4 keep less than 1 % of the draws" },
        { "gamma", 1, 0, -inf, inf, NULL, NULL, "cv 0 is not above 0" },
        { "gamma", 1, 1, 10, 20, NULL, NULL, "min 10 and max 20 keep less than 1 % of the draws" },
        { "lognormal", 1, -1, -inf, inf, NULL, NULL, "cv -1 is not above 0" },
        { "lognormal", 1, 1, -inf, 0, NULL, NULL, "min -inf and max 0 keep less than 1 % of the draws" },
        { "lognormal", 1, 1, 5, 4, NULL, NULL, "min 5 is above max 4" },
        { "uniform", 0, 0, 5, 4, NULL, NULL, "min 5 is above max 4" },
        { "uniform", 0, 0, 5, inf, NULL, NULL, "min 5 and max inf are not both finite" },
        { "empirical", 0, 0, -inf, inf, NULL, NULL, "values are missing" },
        { "empirical", 0, 0, -inf, inf, bad_values, NULL, "values[2] nan is not finite" },
        { "empirical", 0, 0, -inf, inf, values, bad_weights, "weights[2] -1 is not a number from 0 up" },
        { "empirical", 0, 0, -inf, inf, values, no_weights, "weights add up to 0" },
        { "empirical", 0, 0, 3, inf, values, NULL, "min 3 and max inf keep less than 1 % of the draws" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { "" };
        struct dist dist = described(cases[i].type, cases[i].mean, cases[i].cv, cases[i].min, cases[i].max);
        dist.values = cases[i].values;
        dist.weights = cases[i].weights;
        dist.value_count = cases[i].values != NULL ? 2 : 0;
        CU_ASSERT_FALSE(dist_init(&dist, &err));
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
    }
}

static void bounds_at_the_ends_of_the_values_are_fine(void)
{
    static const double values[] = { 1, 2 };
    struct error err;
    struct dist dist = described("empirical", 0, 0, 1, 1);
    dist.values = values;
    dist.value_count = 2;
    CU_ASSERT_TRUE(dist_init(&dist, &err));
    struct rng rng = { { 1, 2, 3, 4 } };
    CU_ASSERT_EQUAL(dist_draw(&dist, &rng), SIM_SECOND);
    dist = described("constant", 5, 0, 5, 5);
    CU_ASSERT_TRUE(dist_init(&dist, &err));
}

static void types_are_sorted_and_found_by_name(void)
{
    for (size_t i = 0; i < dist_type_count; i++) {
        CU_ASSERT_PTR_EQUAL(dist_type_find(dist_types[i]->name), dist_types[i]);
        CU_ASSERT(i == 0 || strcmp(dist_types[i - 1]->name, dist_types[i]->name) < 0);
    }
    CU_ASSERT_PTR_NULL(dist_type_find("weibull"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "draws have mean and variance", draws_have_mean_and_variance },
        { "constants are exact", constants_are_exact },
        { "empirical values come by their weights", empirical_values_come_by_their_weights },
        { "values outside bounds are drawn again", values_outside_bounds_are_drawn_again },
        { "draws of a stream are known", draws_of_a_stream_are_known },
        { "impossible numbers are refused", impossible_numbers_are_refused },
        { "bounds at the ends of the values are fine", bounds_at_the_ends_of_the_values_are_fine },
        { "types are sorted and found by name", types_are_sorted_and_found_by_name },
        UNIT_END,
    };
    return unit_main("engine/dist", tests);
}
