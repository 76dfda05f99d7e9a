#include "script/instant.h"

#include <ctype.h>
#include <string.h>

#include "base/date.h"

/* Exactly `digits` decimal digits at *at. */
static bool take_digits(const char **at, int digits, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at)) {
            return false;
        }
        *number = 10 * *number + (**at - '0');
    }
    return true;
}

static bool take(const char **at, int digits, char end, int *number)
{
    return take_digits(at, digits, number) && *(*at)++ == end;
}

/* Date and time up to the seconds, `between` the two. */
static bool take_seconds(const char **at, char between, int64_t *unix_s)
{
    int year, month, day, hour, minute, second;
    if (!take(at, 4, '-', &year) || !take(at, 2, '-', &month) || !take(at, 2, between, &day) || !take(at, 2, ':', &hour)
        || !take(at, 2, ':', &minute) || !take_digits(at, 2, &second)) {
        return false;
    }
    const struct date date = { year, month, day };
    if (year < 1970 || !date_is_valid(date) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *unix_s = date_to_days(date) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

bool instant_parse(const char *text, int64_t *unix_s)
{
    return take_seconds(&text, 'T', unix_s) && strcmp(text, "Z") == 0;
}

static void take_fraction(const char **at, int64_t *fraction_ns)
{
    *fraction_ns = 0;
    if (**at != '.') {
        return;
    }
    (*at)++;
    for (int64_t unit = 100000000; isdigit((unsigned char)**at); (*at)++, unit /= 10) {
        *fraction_ns += unit * (**at - '0');
    }
}

/* "Z", "+02:00", "-07:00" or nothing: seconds east of Greenwich. */
static bool take_offset(const char *at, int *offset_s)
{
    int hours, minutes;
    *offset_s = 0;
    if (*at == '\0' || strcmp(at, "Z") == 0) {
        return true;
    }
    int sign = *at == '-' ? -1 : 1;
    if ((*at != '+' && *at != '-') || (at++, !take(&at, 2, ':', &hours)) || !take(&at, 2, '\0', &minutes)) {
        return false;
    }
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool instant_parse_stamp(const char *text, int64_t *unix_s, int64_t *fraction_ns)
{
    int offset_s;
    char between = strlen(text) > strlen("2026-01-05") && text[strlen("2026-01-05")] == ' ' ? ' ' : 'T';
    if (!take_seconds(&text, between, unix_s)) {
        return false;
    }
    take_fraction(&text, fraction_ns);
    if (!take_offset(text, &offset_s)) {
        return false;
    }
    *unix_s -= offset_s;
    return true;
}
