#include "lib/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

typedef bool parser(const char *text, double *value, struct error *err);

static bool parse_number(const char *text, double *value, struct error *err)
{
    return units_parse_number(text, value) || error_set(err, "'%s' is no number", text);
}

#define BAD NAN   /* must be refused */

static const struct parse_case {
    parser *parse;
    const char *text;
    double value;
} parse_cases[] = {
    { units_parse_seconds, "90", 90 },
    { units_parse_seconds, "0", 0 },
    { units_parse_seconds, "90s", 90 },
    { units_parse_seconds, "2m30s", 150 },
    { units_parse_seconds, "1.5h", 5400 },
    { units_parse_seconds, "250ms", 0.25 },
    { units_parse_seconds, "1m250ms", 60.25 },
    { units_parse_seconds, "7d", 604800 },
    { units_parse_seconds, "1d2h3m4s5ms", 93784.005 },
    { units_parse_seconds, "", BAD },
    { units_parse_seconds, "s", BAD },
    { units_parse_seconds, "-5s", BAD },
    { units_parse_seconds, "1m1m", BAD },
    { units_parse_seconds, "30s2m", BAD },
    { units_parse_seconds, "5x", BAD },
    { units_parse_seconds, "5 s", BAD },
    { units_parse_seconds, "5s ", BAD },
    { units_parse_seconds, "2m30", BAD },
    { units_parse_seconds, "1e3", BAD },
    { units_parse_seconds, "0x10", BAD },
    { units_parse_seconds, "inf", BAD },
    { units_parse_seconds, "1,5h", BAD },
    { units_parse_cpu, "256", 256 },
    { units_parse_cpu, "0.5 vCPU", 512 },
    { units_parse_cpu, ".25 vcpu", 256 },
    { units_parse_cpu, "16vCPU", 16384 },
    { units_parse_cpu, "vCPU", BAD },
    { units_parse_cpu, "1 GB", BAD },
    { units_parse_cpu, "1  vCPU", BAD },
    { units_parse_cpu, "-1", BAD },
    { units_parse_memory, "512", 512 },
    { units_parse_memory, "512 MiB", 512 },
    { units_parse_memory, "1 GB", 1024 },
    { units_parse_memory, "0.5gb", 512 },
    { units_parse_memory, "1 MB", BAD },
    { units_parse_memory, "GB", BAD },
    { units_parse_memory, "", BAD },
    { parse_number, "-1.25e-3", -0.00125 },
    { parse_number, "+7", 7 },
    { parse_number, ".5", 0.5 },
    { parse_number, "", BAD },
    { parse_number, "-", BAD },
    { parse_number, "1e", BAD },
    { parse_number, "1 ", BAD },
    { parse_number, " 1", BAD },
    { parse_number, "0x10", BAD },
    { parse_number, "nan", BAD },
    { parse_number, "inf", BAD },
    { parse_number, "1e999", BAD },
    { parse_number, "1,5", BAD },
    { parse_number, "1-2", BAD },
};

static void whole_texts_are_read_and_nothing_else(void)
{
    for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
        const struct parse_case *row = &parse_cases[i];
        struct error err = { "" };
        double value = -77;
        bool fine = row->parse(row->text, &value, &err);
        bool wanted = !isnan(row->value);
        if (fine != wanted || (fine && value != row->value)) {
            printf("\n    '%s' gives %d, %.17g\n", row->text, fine, value);
            CU_FAIL("a text is read wrongly");
        }
        if (!wanted) {
            CU_ASSERT_EQUAL(value, -77);                 /* untouched */
            CU_ASSERT_PTR_NOT_NULL(strstr(err.text, row->text));
        }
    }
}

static const struct {
    double seconds;
    const char *text;
} second_cases[] = {
    { 0, "0 s" },           { 0.0001, "0.1 ms" },    { 0.035, "35 ms" },   { 0.9994, "999 ms" },
    { 0.9996, "1 s" },      { 1.5, "1.5 s" },        { 45, "45 s" },       { 45.32, "45.3 s" },
    { 59.94, "59.9 s" },    { 59.96, "1m" },         { 60, "1m" },         { 150, "2m30s" },
    { 3599.4, "59m59s" },   { 3599.6, "1h" },        { 11040, "3h04m" },   { 86369, "23h59m" },
    { 86371, "1d" },        { 604800, "7d" },        { 619200, "7d04h" },  { 172799, "2d" },
    { -90, "-1m30s" },      { NAN, "nan" },          { INFINITY, "nan" },  { 8640000, "100d" },
};

static void seconds_read_well(void)
{
    for (size_t i = 0; i < sizeof second_cases / sizeof second_cases[0]; i++) {
        char text[32];
        const char *result = units_format_seconds(second_cases[i].seconds, text, sizeof text);
        CU_ASSERT_PTR_EQUAL(result, text);
        CU_ASSERT_STRING_EQUAL(text, second_cases[i].text);
    }
}

static const struct {
    double number;
    int digits;
    const char *text;
} number_cases[] = {
    { 0, 12, "0" },
    { -0.0, 12, "0" },
    { 1, 1, "1" },
    { -2.5, 12, "-2.5" },
    { 0.1, 12, "0.1" },
    { 0.1, 17, "0.10000000000000001" },
    { 0.1 + 0.2, 12, "0.3" },
    { 0.1 + 0.2, 17, "0.30000000000000004" },
    { 1.0 / 3, 5, "0.33333" },
    { 123456.789, 1, "100000" },
    { 123456.789, 8, "123456.79" },
    { 99.99999, 5, "100" },
    { 0.00001, 12, "0.00001" },
    { 0.0000099999, 12, "9.9999e-6" },
    { 0.0000099999, 1, "0.00001" },             /* rounding decides the form, too */
    { 999999999999999, 15, "999999999999999" },
    { 999999999999999, 3, "1e15" },
    { 1e15, 12, "1e15" },
    { -1.5e300, 12, "-1.5e300" },
    { 1.7976931348623157e308, 17, "1.7976931348623157e308" },
    { 5e-324, 3, "4.94e-324" },
    { 2.5, 1, "2" },                            /* ties to even, exactly as stored */
    { 3.5, 1, "4" },
    { INFINITY, 12, "nan" },
    { -INFINITY, 12, "nan" },
    { NAN, 12, "nan" },
};

static void numbers_have_the_same_digits_everywhere(void)
{
    for (size_t i = 0; i < sizeof number_cases / sizeof number_cases[0]; i++) {
        char text[40];
        size_t length =
            units_format_number(number_cases[i].number, number_cases[i].digits, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, number_cases[i].text);
        CU_ASSERT_EQUAL(length, strlen(number_cases[i].text));
    }
}

static void seventeen_digits_keep_every_bit(void)
{
    double number = 1e-200;
    for (int i = 0; i < 1000; i++) {
        char text[40];
        units_format_number(number, 17, text, sizeof text);
        CU_ASSERT_EQUAL(strtod(text, NULL), number);
        number *= 2.5301;
    }
}

static void short_buffers_are_not_overrun(void)
{
    char text[8] = "abcdefg";
    CU_ASSERT_EQUAL(units_format_number(123456, 12, text, 4), 6);
    CU_ASSERT_STRING_EQUAL(text, "123");
    CU_ASSERT_EQUAL(text[4], 'e');
    units_format_seconds(-150, text, 4);
    CU_ASSERT_STRING_EQUAL(text, "-2m");
    CU_ASSERT_EQUAL(text[4], 'e');
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "whole texts are read, and nothing else", whole_texts_are_read_and_nothing_else },
        { "seconds read well", seconds_read_well },
        { "numbers have the same digits everywhere", numbers_have_the_same_digits_everywhere },
        { "17 digits keep every bit", seventeen_digits_keep_every_bit },
        { "short buffers are not overrun", short_buffers_are_not_overrun },
        UNIT_END,
    };
    return unit_main("base/units", tests);
}
