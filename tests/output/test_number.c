#include "output/number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/units.h"
#include "lib/unit.h"

static void numbers_have_twelve_digits_at_most(void)
{
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        { 0, "0" }, { -0.0, "0" }, { 1, "1" }, { -17, "-17" }, { 604800, "604800" }, { 1e11, "100000000000" },
        { 999999999999, "999999999999" }, { 1e12, "1000000000000" },
        { 0.1 + 0.2, "0.3" }, { 1.0 / 3, "0.333333333333" }, { 2.0 / 3, "0.666666666667" }, { -2.5, "-2.5" },
        { 604800.123456789, "604800.123457" }, { 99999999999.95, "99999999999.9" }, { 0.9999999999999, "1" },
        { 9.9999999999999, "10" }, { 0.002, "0.002" }, { 0.000116929269, "0.000116929269" },
        { 1.5e-9, "1.5e-9" }, { 1e15, "1e15" }, { NAN, "nan" }, { INFINITY, "nan" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[NUMBER_SIZE];
        size_t length = number_format(rows[i].number, text);
        CU_ASSERT_STRING_EQUAL(text, rows[i].text);
        CU_ASSERT_EQUAL(length, strlen(rows[i].text));
    }
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The fast road must round as printf does, which rounds the exact value. */
static void check_against_units(double number)
{
    char fast[NUMBER_SIZE], slow[NUMBER_SIZE];
    number_format(number, fast);
    units_format_number(number, 12, slow, sizeof slow);
    if (strcmp(fast, slow) != 0) {
        CU_FAIL(fast);
    }
}

static void the_fast_road_agrees_with_the_slow_one(void)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 300000; i++) {
        double unit = (double)(next(&state) >> 11) / 9007199254740992.0;
        check_against_units((unit - 0.5) * pow(10, (int)(next(&state) % 20) - 5));
        /* Halves of the last digit, where rounding is in doubt. */
        check_against_units(((double)(next(&state) % 1000000) + 0.5) / 1e12);
        check_against_units((double)(next(&state) % 2000000001) / 2e9 * 1000);
    }
}

static void wide_numbers_keep_every_digit(void)
{
    const wide ten_to_18 = 1000000000000000000;
    static const char *const texts[] = {
        "0", "-1", "9999999999999999999", "10000000000000000000", "-1000000000000000000000000000000000000",
        "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728",
    };
    const wide most = (wide)((((uwide)1) << 127) - 1);
    const wide numbers[] = {
        0, -1, (wide)9999999999999999999u, (wide)10000000000000000000u, -ten_to_18 * ten_to_18, most, -most - 1,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[NUMBER_SIZE];
        CU_ASSERT_EQUAL(number_format_wide(numbers[i], text), strlen(texts[i]));
        CU_ASSERT_STRING_EQUAL(text, texts[i]);
    }
}

static void thousands_are_grouped_for_people(void)
{
    static const struct {
        uint64_t count;
        const char *text;
    } counts[] = {
        { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 123456, "123,456" }, { 1234567, "1,234,567" },
        { UINT64_MAX, "18,446,744,073,709,551,615" },
    };
    static const struct {
        double number;
        int decimals;
        const char *text;
    } numbers[] = {
        { 1174.2, 2, "1,174.20" }, { -1234567.5, 1, "-1,234,567.5" }, { -999, 0, "-999" }, { 0.0716, 4, "0.0716" },
        { 999.996, 2, "1,000.00" },
    };
    char text[NUMBER_SIZE];
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        CU_ASSERT_STRING_EQUAL(number_grouped(counts[i].count, text), counts[i].text);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        CU_ASSERT_STRING_EQUAL(number_fixed(numbers[i].number, numbers[i].decimals, text), numbers[i].text);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "numbers have twelve significant digits at most", numbers_have_twelve_digits_at_most },
        { "the fast road agrees with the slow one", the_fast_road_agrees_with_the_slow_one },
        { "thousands are grouped for people", thousands_are_grouped_for_people },
        { "wide numbers keep every digit", wide_numbers_keep_every_digit },
        UNIT_END
    };
    return unit_main("output/number", tests);
}
