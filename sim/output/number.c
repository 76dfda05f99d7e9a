#include "output/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

enum { DIGITS = 12 };

static const double powers[] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
};

/* `number` in decimal, at least `least` digits. */
static char *put_digits(char *text, uint64_t number, int least)
{
    char reversed[20];
    int count = 0;
    for (; number > 0 || count < least; number /= 10) {
        reversed[count++] = (char)('0' + number % 10);
    }
    while (count > 0) {
        *text++ = reversed[--count];
    }
    return text;
}

/* How many digits follow the point when the first significant one is the first of 12. */
static int decimals_of(double magnitude)
{
    int decimals = DIGITS - 1;
    for (; magnitude >= 10; magnitude /= 10) {
        decimals--;
    }
    for (; magnitude < 1; magnitude *= 10) {
        decimals++;
    }
    return decimals;
}

/* One multiplication is off by far less than a thousandth of the last digit: unless the rest lies that near to a half,
 * rounding the product rounds the number itself. */
static bool round_scaled(double magnitude, int decimals, uint64_t *scaled)
{
    double product = magnitude * powers[decimals];
    double whole = floor(product);
    double rest = product - whole;
    *scaled = (uint64_t)whole + (rest > 0.5);
    return fabs(rest - 0.5) > 1e-3;
}

static char *put_fixed(char *text, uint64_t scaled, int decimals)
{
    uint64_t one = (uint64_t)powers[decimals];
    text = put_digits(text, scaled / one, 1);
    if (scaled % one == 0) {
        return text;
    }
    *text++ = '.';
    text = put_digits(text, scaled % one, decimals);
    while (text[-1] == '0') {
        text--;
    }
    return text;
}

static size_t finish(const char *text, char *end)
{
    *end = '\0';
    return (size_t)(end - text);
}

size_t number_format(double number, char text[NUMBER_SIZE])
{
    double magnitude = fabs(number);
    char *end = text;
    if (number < 0) {
        *end++ = '-';
    }
    if (magnitude < powers[DIGITS] && magnitude == floor(magnitude)) {
        return finish(text, put_digits(end, (uint64_t)magnitude, 1));
    }
    if (magnitude >= 0.002 && magnitude < powers[DIGITS - 1]) {
        int decimals = decimals_of(magnitude);
        uint64_t scaled;
        if (round_scaled(magnitude, decimals, &scaled)) {
            return finish(text, put_fixed(end, scaled, decimals));
        }
    }
    return units_format_number(number, DIGITS, text, NUMBER_SIZE);
}

/* Commas into the whole part of a number, as far as they fit. */
static const char *group(char text[NUMBER_SIZE])
{
    size_t length = strlen(text), first = text[0] == '-' ? 1 : 0;
    size_t whole = strspn(text + first, "0123456789");
    for (size_t end = first + whole; end > first + 3 && length + 1 < NUMBER_SIZE; length++) {
        end -= 3;
        memmove(text + end + 1, text + end, length + 1 - end);
        text[end] = ',';
    }
    return text;
}

const char *number_grouped(uint64_t count, char text[NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%" PRIu64, count);
    return group(text);
}

const char *number_fixed(double number, int decimals, char text[NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%.*f", decimals, number);
    return group(text);
}

size_t number_format_wide(wide number, char text[NUMBER_SIZE])
{
    const uwide half = UINT64_C(10000000000000000000);   /* 10^19: the digits that fit into 64 bits */
    uwide magnitude = number < 0 ? -(uwide)number : (uwide)number;
    char *end = text;
    if (number < 0) {
        *end++ = '-';
    }
    if (magnitude < half) {
        return finish(text, put_digits(end, (uint64_t)magnitude, 1));
    }
    uwide high = magnitude / half;
    if (high >= half) {
        end = put_digits(end, (uint64_t)(high / half), 1);
        end = put_digits(end, (uint64_t)(high % half), 19);
    } else {
        end = put_digits(end, (uint64_t)high, 1);
    }
    return finish(text, put_digits(end, (uint64_t)(magnitude % half), 19));
}
