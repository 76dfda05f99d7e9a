#include "engine/elementary.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

/* Wider intermediate results, as on the x87, would give other digits. */
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "double expressions must be evaluated in double"
#endif

#define MANTISSA_BITS 52
#define MANTISSA_MASK ((UINT64_C(1) << MANTISSA_BITS) - 1)
#define ONE_BITS UINT64_C(0x3ff0000000000000)
#define SQRT_HALF_BITS UINT64_C(0x3fe6a09e667f3bcd)

/* ln 2 in two parts: the first has so few digits that its product with an exponent is exact. */
static const double LN2_HIGH = 0x1.62e42fee00000p-1;
static const double LN2_LOW = 0x1.a39ef35793c76p-33;
static const double ONE_OVER_LN2 = 0x1.71547652b82fep0;

/* pi/2 likewise: two parts of 33 bits and a rest. */
static const double HALF_PI_HIGH = 0x1.921fb54400000p0;
static const double HALF_PI_MIDDLE = 0x1.0b4611a600000p-34;
static const double HALF_PI_LOW = 0x1.3198a2e037073p-69;
static const double TWO_OVER_PI = 0x1.45f306dc9c883p-1;

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for a normal result. */
static double power_of_two(int k)
{
    return from_bits((uint64_t)(k + 1023) << MANTISSA_BITS);
}

/* ln((1 + s) / (1 - s)) = 2s + s z R(z) with z = s^2, |s| < 0.1716; the terms of R in pairs, so that a processor can work
 * on several at once. */
static double log_series(double z)
{
    double z2 = z * z;
    double z4 = z2 * z2;
    double low = (2.0 / 3 + z * (2.0 / 5)) + z2 * (2.0 / 7 + z * (2.0 / 9));
    double middle = (2.0 / 11 + z * (2.0 / 13)) + z2 * (2.0 / 15 + z * (2.0 / 17));
    double high = 2.0 / 19 + z * (2.0 / 21);
    return low + z4 * (middle + z4 * high);
}

double elementary_log(double x)
{
    CHECK(x > 0 && x <= DBL_MAX);
    int exponent = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        exponent = -54;
    }
    /* x = 2^exponent (1 + f) with 1 + f between the roots of 1/2 and of 2, so that f is exact and small near 1. */
    uint64_t bits = bits_of(x) + (ONE_BITS - SQRT_HALF_BITS);
    exponent += (int)(bits >> MANTISSA_BITS) - 1023;
    double f = from_bits((bits & MANTISSA_MASK) + SQRT_HALF_BITS) - 1;
    double s = f / (2 + f);
    double z = s * s;
    double k = exponent;
    /* 2s = f - s f: only the small part carries a rounding error. */
    return k * LN2_HIGH + (f - (s * (f - z * log_series(z)) - k * LN2_LOW));
}

/* e^r = 1 + r + r^2 Q(r) for |r| < 0.35. */
static double exp_series(double r)
{
    double r2 = r * r;
    double r4 = r2 * r2;
    double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    double middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    double high = (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800.0));
    return low + r4 * (middle + r4 * high);
}

double elementary_exp(double x)
{
    CHECK(x == x);
    if (x > 709.782712893384) {
        return INFINITY;
    }
    if (x < -745.1332191019412) {
        return 0;
    }
    int k = (int)(x * ONE_OVER_LN2 + (x < 0 ? -0.5 : 0.5));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double y = 1 + (r + r * r * exp_series(r));
    /* In two steps, since 2^k alone may lie outside the normal numbers. */
    int half = k / 2;
    return y * power_of_two(half) * power_of_two(k - half);
}

/* cos(r + tail) for |r| < 0.79. */
static double cos_near_zero(double r, double tail)
{
    double z = r * r;
    double z2 = z * z;
    double low = (1.0 / 24 - z * (1.0 / 720)) + z2 * (1.0 / 40320 - z * (1.0 / 3628800));
    double high = (1.0 / 479001600 - z * (1.0 / 87178291200.0)) + z2 * (1.0 / 20922789888000.0);
    double half_z = z / 2;
    double main = 1 - half_z;
    return main + (((1 - main) - half_z) + (z2 * (low + z2 * z2 * high) - r * tail));
}

/* sin(r + tail) for |r| < 0.79. */
static double sin_near_zero(double r, double tail)
{
    double z = r * r;
    double z2 = z * z;
    double low = (-1.0 / 6 + z * (1.0 / 120)) + z2 * (-1.0 / 5040 + z * (1.0 / 362880));
    double high = (-1.0 / 39916800 + z * (1.0 / 6227020800.0)) +
                  z2 * (-1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0));
    return r + (r * z * (low + z2 * z2 * high) + tail * (1 - z / 2));
}

double elementary_cos(double x)
{
    CHECK(x >= -1e6 && x <= 1e6);
    int quarter = (int)(x * TWO_OVER_PI + (x < 0 ? -0.5 : 0.5));
    double n = quarter;
    /* The products with the first two parts are exact; what their subtraction rounds off goes into the tail. */
    double first = x - n * HALF_PI_HIGH;
    double second = n * HALF_PI_MIDDLE;
    double difference = first - second;
    double back = difference - first;
    double rounded_off = (first - (difference - back)) - (second + back);
    double rest = n * HALF_PI_LOW - rounded_off;
    double r = difference - rest;
    double tail = (difference - r) - rest;
    switch (quarter & 3) {
    case 0:
        return cos_near_zero(r, tail);
    case 1:
        return -sin_near_zero(r, tail);
    case 2:
        return -cos_near_zero(r, tail);
    default:
        return sin_near_zero(r, tail);
    }
}
