#include "script/instant.h"

#include <ctype.h>
#include <stddef.h>

/* Exactly `digits` decimal digits at *at, then `end`. */
static bool take(const char **at, int digits, char end, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at)) {
            return false;
        }
        *number = 10 * *number + (**at - '0');
    }
    return *(*at)++ == end;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t days_since_1970(int year, int month, int day)
{
    int64_t days = day - 1;
    for (int y = 1970; y < year; y++) {
        days += is_leap(y) ? 366 : 365;
    }
    for (int m = 1; m < month; m++) {
        days += days_in_month(year, m);
    }
    return days;
}

bool instant_parse(const char *text, int64_t *unix_s)
{
    int year, month, day, hour, minute, second;
    const char *at = text;
    if (!take(&at, 4, '-', &year) || !take(&at, 2, '-', &month) || !take(&at, 2, 'T', &day) || !take(&at, 2, ':', &hour)
        || !take(&at, 2, ':', &minute) || !take(&at, 2, 'Z', &second) || *at != '\0') {
        return false;
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59
        || second > 59) {
        return false;
    }
    *unix_s = days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}
