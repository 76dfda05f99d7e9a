#include "lib/unit.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/rng.h"

/* What a true hypothesis survives in all but one of ten thousand cases; the seeds are fixed. */
#define P_MIN 1e-4

static uint64_t first_of(uint64_t seed, uint64_t replication, const char *name, uint64_t index)
{
    struct rng rng;
    rng_seed(&rng, seed, replication, name, index);
    return rng_next(&rng);
}

/* The authors' reference: state 1, 2, 3, 4. */
static void the_generator_is_xoshiro256_plus_plus(void)
{
    static const uint64_t expected[] = {
        UINT64_C(41943041), UINT64_C(58720359), UINT64_C(3588806011781223), UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205), UINT64_C(9973669472204895162), UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807), UINT64_C(15849039046786891736), UINT64_C(10450023813501588000),
    };
    struct rng rng = { { 1, 2, 3, 4 } };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CU_ASSERT_EQUAL(rng_next(&rng), expected[i]);
    }
}

/* Pinned: a seed means the same run in every version of the tool. */
static void streams_are_known(void)
{
    struct rng rng;
    rng_seed(&rng, 7, 0, "arrivals", 0);
    CU_ASSERT_EQUAL(rng_next(&rng), UINT64_C(0x317bad05812f25dc));
    CU_ASSERT_EQUAL(rng_next(&rng), UINT64_C(0x8a98128949d97a4d));
    CU_ASSERT_EQUAL(rng_next(&rng), UINT64_C(0x265bf2334f5efe65));
    CU_ASSERT_EQUAL(first_of(7, 1, "arrivals", 0), UINT64_C(0xa65affa017cfb110));
    CU_ASSERT_EQUAL(first_of(7, 0, "arrivals", 1), UINT64_C(0x8f5cc9dd81e9b000));
    CU_ASSERT_EQUAL(first_of(7, 0, "", 0), UINT64_C(0x1f9c1ff6488036b4));
    rng_seed(&rng, 7, 0, "x", 0);
    CU_ASSERT_EQUAL(rng_uniform(&rng), 0x1.91bfcb235f251p-1);
    CU_ASSERT_EQUAL(rng_uniform_pos(&rng), 0x1.86d72cc5970ecp-1);
    CU_ASSERT_EQUAL(rng_exponential(&rng), 0x1.77d15d86c4f9dp-2);
    CU_ASSERT_EQUAL(rng_normal(&rng), 0x1.018b04f3698ep-3);
}

static void every_part_of_a_name_counts(void)
{
    uint64_t base = first_of(7, 1, "a", 0);
    CU_ASSERT_NOT_EQUAL(base, first_of(7 + (UINT64_C(1) << 32), 1, "a", 0));
    CU_ASSERT_NOT_EQUAL(base, first_of(7, 1 + (UINT64_C(1) << 32), "a", 0));
    CU_ASSERT_NOT_EQUAL(base, first_of(7, 1, "a", UINT64_C(1) << 63));
    CU_ASSERT_NOT_EQUAL(base, first_of(7, 1, "b", 0));
    CU_ASSERT_NOT_EQUAL(first_of(7, 1, "a", 0), first_of(1, 7, "a", 0));
    CU_ASSERT_NOT_EQUAL(first_of(7, 1, "a", 0), first_of(7, 0, "a", 1));
    CU_ASSERT_NOT_EQUAL(first_of(7, 1, "ab", 0), first_of(7, 1, "ba", 0));

    struct sim *sim = sim_create(7, 1);
    struct rng rng;
    rng_init(&rng, sim, "a", 0);
    CU_ASSERT_EQUAL(rng_next(&rng), base);
    sim_destroy(sim);
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void a_hundred_thousand_streams_have_no_twins(void)
{
    enum { STREAMS = 100000 };
    uint64_t *firsts = mem_alloc(STREAMS * sizeof *firsts);
    for (uint64_t i = 0; i < STREAMS; i++) {
        static const char *const names[] = { "job size", "launch", "phase" };
        firsts[i] = first_of(i % 7, i / 7 % 100, names[i % 3], i);
    }
    qsort(firsts, STREAMS, sizeof *firsts, compare_numbers);
    unsigned twins = 0;
    for (size_t i = 1; i < STREAMS; i++) {
        twins += firsts[i] == firsts[i - 1];
    }
    CU_ASSERT_EQUAL(twins, 0);
    free(firsts);
}

/* The probability of a chi-square as large as that of these counts, if all cells are equally likely. */
static double p_of_even_counts(const unsigned *counts, size_t cells, double total)
{
    double chi_square = 0;
    for (size_t i = 0; i < cells; i++) {
        double excess = counts[i] - total / (double)cells;
        chi_square += excess * excess / (total / (double)cells);
    }
    return gsl_cdf_chisq_Q(chi_square, (double)cells - 1);
}

static void uniforms_are_even(void)
{
    enum { CELLS = 1000, DRAWS = 1000000 };
    static const char *const claims[] = { "along a stream", "across streams", "in pairs", "below a bound" };
    for (int way = 0; way < 4; way++) {
        unsigned counts[CELLS] = { 0 };
        struct rng rng;
        rng_seed(&rng, 11, 0, claims[way], 0);
        for (uint64_t i = 0; i < DRAWS; i++) {
            if (way == 1) {
                rng_seed(&rng, 11, 0, claims[way], i);
            }
            size_t cell = way == 3 ? rng_below(&rng, CELLS) : (size_t)(rng_uniform(&rng) * (way == 2 ? 10 : CELLS));
            if (way == 2) {
                cell = cell * 100 + (size_t)(rng_uniform(&rng) * 100);
            }
            counts[cell]++;
        }
        double p = p_of_even_counts(counts, CELLS, DRAWS);
        CU_ASSERT(p > P_MIN && p < 1 - P_MIN);
    }
}

static void uniforms_stay_within_their_ends(void)
{
    /* States whose next number is all ones or all zeros. */
    const struct rng ones = { { 0, 1, 1, UINT64_MAX } }, zeros = { { 0, 1, 1, 0 } };
    struct rng copy = ones;
    CU_ASSERT_EQUAL(rng_next(&copy), UINT64_MAX);
    copy = ones;
    CU_ASSERT(rng_uniform(&copy) < 1);
    copy = ones;
    CU_ASSERT_EQUAL(rng_uniform_pos(&copy), 1);
    copy = ones;
    CU_ASSERT_EQUAL(rng_exponential(&copy), 0);
    copy = zeros;
    CU_ASSERT_EQUAL(rng_uniform(&copy), 0);
    copy = zeros;
    CU_ASSERT(rng_uniform_pos(&copy) > 0);
    copy = zeros;
    CU_ASSERT(rng_exponential(&copy) < 37);
}

static void below_is_unbiased_where_it_matters(void)
{
    /* 2^64 numbers onto 3 * 2^62: without drawing again, every third would come twice as often. */
    struct rng rng;
    unsigned counts[3] = { 0 };
    rng_seed(&rng, 1, 0, "below", 0);
    for (int i = 0; i < 300000; i++) {
        counts[rng_below(&rng, UINT64_C(3) << 62) % 3]++;
    }
    CU_ASSERT(p_of_even_counts(counts, 3, 300000) > P_MIN);
    CU_ASSERT_EQUAL(rng_below(&rng, 1), 0);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double exponential_p(double x)
{
    return gsl_cdf_exponential_P(x, 1);
}

/* Kolmogorov and Smirnov: the largest distance between the empirical distribution and `cdf`, times the root of the size.
 * Above 2.2 in one of ten thousand cases. */
static double distance_from(double (*draw)(struct rng *rng), double (*cdf)(double x), const char *name)
{
    enum { DRAWS = 200000 };
    double *draws = mem_alloc(DRAWS * sizeof *draws);
    double distance = 0;
    struct rng rng;
    rng_seed(&rng, 5, 0, name, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        draws[i] = draw(&rng);
    }
    qsort(draws, DRAWS, sizeof *draws, compare_doubles);
    for (size_t i = 0; i < DRAWS; i++) {
        double p = cdf(draws[i]);
        distance = fmax(distance, fmax(p - (double)i / DRAWS, (double)(i + 1) / DRAWS - p));
    }
    free(draws);
    return distance * sqrt(DRAWS);
}

static void exponential_and_normal_have_their_distributions(void)
{
    CU_ASSERT(distance_from(rng_exponential, exponential_p, "exponential") < 2.2);
    CU_ASSERT(distance_from(rng_normal, gsl_cdf_ugaussian_P, "normal") < 2.2);
}

static void a_normal_draws_two_numbers_and_an_exponential_one(void)
{
    struct rng drawn, counted;
    rng_seed(&drawn, 1, 0, "pairing", 0);
    counted = drawn;
    rng_normal(&drawn);
    rng_exponential(&drawn);
    for (int i = 0; i < 3; i++) {
        rng_next(&counted);
    }
    CU_ASSERT_EQUAL(memcmp(&drawn, &counted, sizeof drawn), 0);
}

static void gsl_draws_from_our_generator(void)
{
    gsl_rng *gsl = gsl_rng_alloc(rng_gsl_type);
    unsigned counts[21] = { 0 };
    gsl_rng_set(gsl, 7);
    unsigned long first = gsl_rng_get(gsl);
    gsl_rng_set(gsl, 7 + (1UL << 32));
    CU_ASSERT_NOT_EQUAL(gsl_rng_get(gsl), first);
    gsl_rng_set(gsl, 7);
    CU_ASSERT_EQUAL(gsl_rng_get(gsl), first);
    CU_ASSERT_STRING_EQUAL(gsl_rng_name(gsl), "xoshiro256++");
    for (int i = 0; i < 21000; i++) {
        counts[gsl_rng_uniform_int(gsl, 21)]++;
    }
    CU_ASSERT(p_of_even_counts(counts, 21, 21000) > P_MIN);
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        sum += gsl_ran_poisson(gsl, 10);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 10000, 10, 4 * sqrt(10.0 / 10000));
    gsl_rng_free(gsl);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "the generator is xoshiro256++", the_generator_is_xoshiro256_plus_plus },
        { "streams are known", streams_are_known },
        { "every part of a name counts", every_part_of_a_name_counts },
        { "a hundred thousand streams have no twins", a_hundred_thousand_streams_have_no_twins },
        { "uniforms are even", uniforms_are_even },
        { "uniforms stay within their ends", uniforms_stay_within_their_ends },
        { "below is unbiased where it matters", below_is_unbiased_where_it_matters },
        { "exponential and normal have their distributions", exponential_and_normal_have_their_distributions },
        { "a normal draws two numbers, an exponential one", a_normal_draws_two_numbers_and_an_exponential_one },
        { "GSL draws from our generator", gsl_draws_from_our_generator },
        UNIT_END,
    };
    return unit_main("engine/rng", tests);
}
