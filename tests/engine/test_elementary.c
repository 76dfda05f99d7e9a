#include "lib/unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "engine/elementary.h"
#include "engine/rng.h"

enum { POINTS = 1000000 };

/* Distance from the true value in units of its last place. */
static double ulps(double computed, long double expected)
{
    int exponent;
    frexp((double)expected, &exponent);
    double ulp = ldexp(1, exponent - DBL_MANT_DIG);
    if (ulp < DBL_TRUE_MIN) {
        ulp = DBL_TRUE_MIN;
    }
    return (double)(fabsl((long double)computed - expected) / (long double)ulp);
}

struct range {
    double low, high;
};

/* The largest error over points spread evenly in each range. */
static double largest_error(double (*ours)(double), long double (*reference)(long double), const struct range *ranges,
                            size_t count)
{
    struct rng rng;
    double largest = 0;
    rng_seed(&rng, 1, 0, "points", 0);
    for (size_t i = 0; i < POINTS; i++) {
        const struct range *range = &ranges[i % count];
        double x = range->low + (range->high - range->low) * rng_uniform_pos(&rng);
        double error = ulps(ours(x), reference((long double)x));
        if (!(error <= largest)) {
            largest = error;
        }
    }
    return largest;
}

static void log_is_within_two_ulps(void)
{
    static const struct range ranges[] = {
        { 0, 1 }, { 0.9, 1.1 }, { 0.5, 4 }, { 0, 1e-300 }, { 0, DBL_MIN }, { 1, 1e300 }, { 1 - 1e-9, 1 + 1e-9 },
    };
    CU_ASSERT(largest_error(elementary_log, logl, ranges, sizeof ranges / sizeof ranges[0]) < 2);
    CU_ASSERT_EQUAL(elementary_log(1), 0);
    CU_ASSERT(ulps(elementary_log(DBL_TRUE_MIN), logl(DBL_TRUE_MIN)) < 2);
    CU_ASSERT(ulps(elementary_log(DBL_MAX), logl(DBL_MAX)) < 2);
}

static void exp_is_within_two_ulps(void)
{
    static const struct range ranges[] = {
        { -1, 1 }, { -40, 40 }, { -708, 709.7 }, { -745, -708 }, { -1e-9, 1e-9 },
    };
    CU_ASSERT(largest_error(elementary_exp, expl, ranges, sizeof ranges / sizeof ranges[0]) < 2);
    CU_ASSERT_EQUAL(elementary_exp(0), 1);
    CU_ASSERT_EQUAL(elementary_exp(-746), 0);
    CU_ASSERT_EQUAL(elementary_exp(-INFINITY), 0);
    CU_ASSERT_EQUAL(elementary_exp(710), (double)INFINITY);
}

static void cos_is_within_two_ulps(void)
{
    static const struct range ranges[] = {
        { 0, 6.2831853071795862 }, { -1, 1 }, { -1e6, 1e6 }, { 1.57, 1.571 }, { -5, -4.5 },
    };
    CU_ASSERT(largest_error(elementary_cos, cosl, ranges, sizeof ranges / sizeof ranges[0]) < 2);
    CU_ASSERT_EQUAL(elementary_cos(0), 1);
}

/* The hardest arguments: the numbers next to the zeros of the cosine. */
static void cos_keeps_its_digits_near_zeros(void)
{
    const long double pi = 3.14159265358979323846264338327950288L;
    double largest = 0;
    for (int i = 0; i < 300000; i++) {
        double x = (double)(((long double)i + 0.5L) * pi);
        largest = fmax(largest, fabs(elementary_cos(x) - (double)cosl((long double)x)));
    }
    CU_ASSERT(largest < 1e-18);
}

/* Pinned, since a seed must give the same bytes on every machine, whatever its math library. */
static void known_values(void)
{
    CU_ASSERT_EQUAL(elementary_log(2), 0x1.62e42fefa39efp-1);
    CU_ASSERT_EQUAL(elementary_log(10), 0x1.26bb1bbb55516p1);
    CU_ASSERT_EQUAL(elementary_exp(1), 0x1.5bf0a8b14576ap1);
    CU_ASSERT_EQUAL(elementary_exp(-20), 0x1.1b48655f37267p-29);
    CU_ASSERT_EQUAL(elementary_cos(1), 0x1.14a280fb5068cp-1);
    CU_ASSERT_EQUAL(elementary_cos(100), 0x1.b981dbf665fdfp-1);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "log is within two ulps", log_is_within_two_ulps },
        { "exp is within two ulps", exp_is_within_two_ulps },
        { "cos is within two ulps", cos_is_within_two_ulps },
        { "cos keeps its digits near zeros", cos_keeps_its_digits_near_zeros },
        { "known values", known_values },
        UNIT_END,
    };
    return unit_main("engine/elementary", tests);
}
