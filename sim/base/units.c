#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"

/* strtod and printf use the decimal point of the C locale, since no part of the program calls setlocale. */

#define DIGITS "0123456789"

struct unit {
    const char *name;
    double factor;
};

/* A number without sign or exponent at *text, which moves behind it. */
static bool take_decimal(const char **text, double *number)
{
    size_t length = strspn(*text, DIGITS);
    size_t digits = length;
    if ((*text)[length] == '.') {
        size_t fraction = strspn(*text + length + 1, DIGITS);
        length += 1 + fraction;
        digits += fraction;
    }
    if (digits == 0) {
        return false;
    }
    *number = strtod(*text, NULL);
    *text += length;
    return isfinite(*number);
}

static const struct unit seconds_units[] = {
    /* Longest name first among those that begin alike. */
    { "d", 86400 }, { "h", 3600 }, { "ms", 0.001 }, { "m", 60 }, { "s", 1 },
};

static const struct unit *take_unit(const char **text)
{
    for (size_t i = 0; i < sizeof seconds_units / sizeof seconds_units[0]; i++) {
        size_t length = strlen(seconds_units[i].name);
        if (strncmp(*text, seconds_units[i].name, length) == 0) {
            *text += length;
            return &seconds_units[i];
        }
    }
    return NULL;
}

/* Parts with ever smaller units: "2m30s", not "30s2m" and not "1m1m". */
static bool take_seconds(const char *text, double *seconds)
{
    double sum = 0;
    double smallest = INFINITY;
    do {
        double number;
        if (!take_decimal(&text, &number)) {
            return false;
        }
        const struct unit *unit = take_unit(&text);
        if (unit == NULL || unit->factor >= smallest) {
            return false;
        }
        smallest = unit->factor;
        /* Dividing by 1000 rounds once, multiplying by 0.001 twice. */
        sum += unit->factor < 1 ? number / 1000 : number * unit->factor;
    } while (*text != '\0');
    if (!isfinite(sum)) {
        return false;
    }
    *seconds = sum;
    return true;
}

bool units_parse_seconds(const char *text, double *seconds, struct error *err)
{
    const char *rest = text;
    double number;
    if (take_decimal(&rest, &number) && *rest == '\0') {
        *seconds = number;
        return true;
    }
    return take_seconds(text, seconds)
        || error_set(err, "'%s' is not a time such as '90s', '2m30s' or '7d'", text);
}

/* A number, then at most one of `units`, which ends with a null name. No unit: the number itself. */
static bool parse_quantity(const char *text, const struct unit *units, double *value)
{
    double number;
    if (!take_decimal(&text, &number)) {
        return false;
    }
    text += *text == ' ';
    for (; units->name != NULL; units++) {
        /* ECS takes "1 GB" and "1gb", "1 vCPU" and "1 vcpu". */
        if (strcasecmp(text, units->name) == 0 && isfinite(number * units->factor)) {
            *value = number * units->factor;
            return true;
        }
    }
    return false;
}

bool units_parse_cpu(const char *text, double *cpu_units, struct error *err)
{
    static const struct unit units[] = { { "", 1 }, { "vCPU", 1024 }, { NULL, 0 } };
    return parse_quantity(text, units, cpu_units)
        || error_set(err, "'%s' is no amount of CPU such as '256' (units) or '0.5 vCPU'", text);
}

bool units_parse_memory(const char *text, double *memory_mib, struct error *err)
{
    static const struct unit units[] = { { "", 1 }, { "MiB", 1 }, { "GB", 1024 }, { NULL, 0 } };
    return parse_quantity(text, units, memory_mib)
        || error_set(err, "'%s' is no amount of memory such as '512' (MiB) or '1 GB'", text);
}

bool units_parse_number(const char *text, double *number)
{
    /* strtod alone would also take blanks, hexadecimal digits, "inf" and "nan". */
    if (text[0] == '\0' || text[strspn(text, DIGITS "+-.eE")] != '\0') {
        return false;
    }
    char *end;
    double value = strtod(text, &end);
    if (*end != '\0' || !isfinite(value)) {
        return false;
    }
    *number = value;
    return true;
}

static size_t put_text(const char *from, char *text, size_t size)
{
    return (size_t)snprintf(text, size, "%s", from);
}

/* "2m30s" from 150 s, where `great` is 60 and `small` 1. */
static void put_pair(int64_t seconds, int64_t great, char great_name, int64_t small, char small_name,
                     char *text, size_t size)
{
    int64_t rest = seconds % great / small;
    if (rest == 0) {
        snprintf(text, size, "%" PRId64 "%c", seconds / great, great_name);
    } else {
        snprintf(text, size, "%" PRId64 "%c%02" PRId64 "%c", seconds / great, great_name, rest,
                 small_name);
    }
}

static int64_t rounded_to(double seconds, int64_t unit)
{
    return (int64_t)floor(seconds / (double)unit + 0.5) * unit;
}

static void put_short(double number, const char *unit, char *text, size_t size)
{
    char digits[32];
    units_format_number(number, 3, digits, sizeof digits);
    snprintf(text, size, "%s %s", digits, unit);
}

/* Each limit is where rounding would carry into the next unit: 59.96 s is a minute. */
static void put_duration(double seconds, char *text, size_t size)
{
    if (seconds < 0.9995) {
        put_short(seconds * 1000, seconds == 0 ? "s" : "ms", text, size);
    } else if (seconds < 59.95) {
        put_short(seconds, "s", text, size);
    } else if (seconds < 3599.5) {
        put_pair(rounded_to(seconds, 1), 60, 'm', 1, 's', text, size);
    } else if (seconds < 86400 - 30) {
        put_pair(rounded_to(seconds, 60), 3600, 'h', 60, 'm', text, size);
    } else {
        put_pair(rounded_to(seconds, 3600), 86400, 'd', 3600, 'h', text, size);
    }
}

const char *units_format_seconds(double seconds, char *text, size_t size)
{
    if (!(fabs(seconds) < 1e15)) {
        put_text("nan", text, size);
    } else if (seconds < 0 && size > 0) {
        text[0] = '-';
        put_duration(-seconds, text + 1, size - 1);
    } else {
        put_duration(seconds, text, size);
    }
    return text;
}

/* The significant digits of a finite number and the power of ten of the first. */
struct decimal {
    char digits[18];
    int count;                    /* without trailing zeros, at least 1 */
    int exponent;
};

/* printf rounds the exact binary value correctly, so these digits are the same everywhere. */
static struct decimal to_decimal(double number, int digits)
{
    char text[40];
    struct decimal decimal = { .count = 0 };
    snprintf(text, sizeof text, "%.*e", digits - 1, fabs(number));
    const char *next = text;
    for (; *next != 'e'; next++) {
        if (*next >= '0' && *next <= '9') {
            decimal.digits[decimal.count++] = *next;
        }
    }
    decimal.exponent = (int)strtol(next + 1, NULL, 10);
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') {
        decimal.count--;
    }
    return decimal;
}

static char *put_digits(char *text, const struct decimal *decimal, int from, int until)
{
    for (int i = from; i < until; i++) {
        *text++ = i >= 0 && i < decimal->count ? decimal->digits[i] : '0';
    }
    return text;
}

/* With the point behind the first `whole` digits; digits before the first one are zeros. */
static char *put_fixed(char *text, const struct decimal *decimal, int whole)
{
    text = put_digits(text, decimal, whole > 0 ? 0 : whole - 1, whole);
    if (decimal->count > whole) {
        *text++ = '.';
        text = put_digits(text, decimal, whole, decimal->count);
    }
    return text;
}

size_t units_format_number(double number, int digits, char *text, size_t size)
{
    CHECK(digits >= 1 && digits <= 17);
    if (!isfinite(number)) {
        return put_text("nan", text, size);
    }
    struct decimal decimal = to_decimal(number, digits);
    char buffer[48];
    char *end = buffer;
    if (number < 0) {
        *end++ = '-';
    }
    if (decimal.exponent >= -5 && decimal.exponent < 15) {
        end = put_fixed(end, &decimal, decimal.exponent + 1);
        *end = '\0';
    } else {
        end = put_fixed(end, &decimal, 1);
        snprintf(end, 8, "e%d", decimal.exponent);
    }
    return put_text(buffer, text, size);
}
