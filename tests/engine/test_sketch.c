#include "lib/unit.h"

#include <math.h>
#include <stdlib.h>

#include "engine/rng.h"
#include "engine/sketch.h"

enum { COUNT = 20001 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const double shares[] = { 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1 };

static void check_quantiles(const struct sketch *sketch, double *values)
{
    qsort(values, COUNT, sizeof *values, compare);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        double exact = values[(size_t)ceil(shares[i] * COUNT - 1e-9) - 1];
        CU_ASSERT_DOUBLE_EQUAL(sketch_quantile(sketch, shares[i]), exact, 0.008 * fabs(exact));
    }
}

/* Values of either sign over many magnitudes, one sketch of all and one merged from three. */
static void quantiles_are_within_their_bucket(void)
{
    static double values[COUNT];
    struct sketch all = { .count = 0 }, parts[3] = { { .count = 0 } };
    struct rng rng;
    rng_seed(&rng, 1, 0, "sketch", 0);
    for (size_t i = 0; i < COUNT; i++) {
        double magnitude = ldexp(1 + rng_uniform(&rng), (int)rng_below(&rng, 60) - 30);
        values[i] = rng_below(&rng, 3) == 0 ? -magnitude : magnitude;
        sketch_add(&all, values[i], 1);
        sketch_add(&parts[i % 3], values[i], 1);
    }
    sketch_merge(&parts[0], &parts[1]);
    sketch_merge(&parts[0], &parts[2]);
    check_quantiles(&all, values);
    check_quantiles(&parts[0], values);
    CU_ASSERT_TRUE(all.count < 60 * 2 * 128 && all.count == parts[0].count);
    sketch_finish(&all);
    for (int i = 0; i < 3; i++) {
        sketch_finish(&parts[i]);
    }
}

static void equal_values_are_exact(void)
{
    struct sketch sketch = { .count = 0 };
    CU_ASSERT_TRUE(isnan(sketch_quantile(&sketch, 0.5)));
    sketch_add(&sketch, 0.1, 93);
    sketch_add(&sketch, 62.75, 7);
    sketch_add(&sketch, -0.0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(sketch_quantile(&sketch, 0), 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(sketch_quantile(&sketch, 0.93), 0.1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(sketch_quantile(&sketch, 0.94), 62.75, 0);
    CU_ASSERT_DOUBLE_EQUAL(sketch_quantile(&sketch, 1), 62.75, 0);
    sketch_reset(&sketch);
    sketch_add(&sketch, 7, 1);
    CU_ASSERT_DOUBLE_EQUAL(sketch_quantile(&sketch, 0), 7, 0);
    CU_ASSERT_EQUAL(sketch.count, 1);
    sketch_finish(&sketch);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "quantiles are within their bucket, merged or not", quantiles_are_within_their_bucket },
        { "equal values are exact", equal_values_are_exact },
        UNIT_END,
    };
    return unit_main("sketch", tests);
}
