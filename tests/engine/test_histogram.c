#include "lib/unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/histogram.h"
#include "engine/rng.h"

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static const double shares[] = { 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999 };

/* The smallest value with at least `share` of the sorted values at or below it. */
static int64_t sorted_quantile(const int64_t *sorted, size_t count, double share)
{
    size_t rank = (size_t)ceil(share * (double)count - 1e-9);
    return sorted[rank > 0 ? rank - 1 : 0];
}

static void quantiles_are_within_their_bucket(void)
{
    enum { COUNT = 20001 };
    int64_t *values = mem_alloc(COUNT * sizeof *values);
    struct rng rng;
    rng_seed(&rng, 1, 0, "histogram", 0);
    for (int spread = 4; spread <= 62; spread += 2) {
        struct histogram histogram = { 0 };
        for (size_t i = 0; i < COUNT; i++) {
            values[i] = (int64_t)(rng_next(&rng) >> (64 - spread) >> rng_below(&rng, (uint64_t)spread));
            histogram_add(&histogram, values[i], 1);
        }
        qsort(values, COUNT, sizeof *values, compare);
        for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
            int64_t exact = sorted_quantile(values, COUNT, shares[i]);
            int64_t found = histogram_quantile(&histogram, shares[i]);
            CU_ASSERT(fabs((double)(found - exact)) <= 0.004 * (double)exact);
            CU_ASSERT(exact >= 512 || found == exact);
        }
        CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0), values[0]);
        CU_ASSERT_EQUAL(histogram_quantile(&histogram, 1), values[COUNT - 1]);
        histogram_finish(&histogram);
    }
    free(values);
}

static void small_values_are_exact(void)
{
    struct histogram histogram = { 0 };
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0.5), -1);
    for (int64_t i = 1; i <= 100; i++) {
        histogram_add(&histogram, i, 1);
    }
    for (int percent = 1; percent <= 100; percent++) {
        CU_ASSERT_EQUAL(histogram_quantile(&histogram, percent / 100.0), percent);
    }
    histogram_reset(&histogram);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0.5), -1);
    histogram_add(&histogram, -5, 1);
    histogram_add(&histogram, 700, 0);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0), 0);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 1), 0);
    histogram_finish(&histogram);
}

static void weights_count_as_repetitions(void)
{
    struct histogram histogram = { 0 };
    histogram_add(&histogram, 10, UINT64_MAX);
    histogram_add(&histogram, 20, UINT64_MAX);
    histogram_add(&histogram, INT64_MAX, UINT64_MAX);
    CU_ASSERT(histogram.total == 3 * (uwide)UINT64_MAX);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0.33), 10);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 0.5), 20);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 1), INT64_MAX);
    histogram_finish(&histogram);
}

static void a_ramp_is_each_of_its_values_once(void)
{
    struct histogram ramps = { 0 }, points = { 0 };
    struct rng rng;
    rng_seed(&rng, 1, 0, "ramp", 0);
    for (int i = 0; i < 300; i++) {
        int64_t from = (int64_t)rng_below(&rng, 5000) - 50;
        int64_t to = from + (int64_t)rng_below(&rng, UINT64_C(1) << rng_below(&rng, 14));
        histogram_add_ramp(&ramps, from, to);
        for (int64_t value = from; value < to; value++) {
            histogram_add(&points, value, 1);
        }
        CU_ASSERT(ramps.total == points.total && ramps.min == points.min && ramps.max == points.max);
        double share = rng_uniform(&rng);
        CU_ASSERT_EQUAL(histogram_quantile(&ramps, share), histogram_quantile(&points, share));
    }
    histogram_finish(&ramps);
    histogram_finish(&points);
}

static void a_long_ramp_has_its_median_in_the_middle(void)
{
    struct histogram histogram = { 0 };
    histogram_add_ramp(&histogram, 0, INT64_C(1000000000000000));
    CU_ASSERT_DOUBLE_EQUAL((double)histogram_quantile(&histogram, 0.5), 5e14, 0.004 * 5e14);
    CU_ASSERT_DOUBLE_EQUAL((double)histogram_quantile(&histogram, 0.01), 1e13, 0.004 * 1e13);
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 1), INT64_C(999999999999999));
    histogram_finish(&histogram);
}

static void merged_is_as_if_added_to_one(void)
{
    struct histogram parts[2] = { { 0 }, { 0 } }, whole = { 0 }, empty = { 0 };
    struct rng rng;
    rng_seed(&rng, 1, 0, "merge", 0);
    for (int i = 0; i < 1000; i++) {
        int64_t value = (int64_t)(rng_next(&rng) >> (20 + rng_below(&rng, 40)));
        struct histogram *part = &parts[i % 3 == 0];
        histogram_add(part, value, 3);
        histogram_add(&whole, value, 3);
        histogram_add_ramp(part, value / 2, value);
        histogram_add_ramp(&whole, value / 2, value);
    }
    histogram_merge(&parts[0], &empty);
    histogram_merge(&parts[0], &parts[1]);
    histogram_merge(&empty, &parts[0]);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        CU_ASSERT_EQUAL(histogram_quantile(&parts[0], shares[i]), histogram_quantile(&whole, shares[i]));
        CU_ASSERT_EQUAL(histogram_quantile(&empty, shares[i]), histogram_quantile(&whole, shares[i]));
    }
    CU_ASSERT(parts[0].total == whole.total);
    CU_ASSERT_EQUAL(histogram_quantile(&empty, 0), histogram_quantile(&whole, 0));
    histogram_finish(&parts[0]);
    histogram_finish(&parts[1]);
    histogram_finish(&whole);
    histogram_finish(&empty);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "quantiles are within their bucket", quantiles_are_within_their_bucket },
        { "small values are exact", small_values_are_exact },
        { "weights count as repetitions", weights_count_as_repetitions },
        { "a ramp is each of its values once", a_ramp_is_each_of_its_values_once },
        { "a long ramp has its median in the middle", a_long_ramp_has_its_median_in_the_middle },
        { "merged is as if added to one", merged_is_as_if_added_to_one },
        UNIT_END,
    };
    return unit_main("engine/histogram", tests);
}
