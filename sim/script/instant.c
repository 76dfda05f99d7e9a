#include "script/instant.h"

#include <ctype.h>
#include <stddef.h>

#include "base/date.h"

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

bool instant_parse(const char *text, int64_t *unix_s)
{
    int year, month, day, hour, minute, second;
    const char *at = text;
    if (!take(&at, 4, '-', &year) || !take(&at, 2, '-', &month) || !take(&at, 2, 'T', &day) || !take(&at, 2, ':', &hour)
        || !take(&at, 2, ':', &minute) || !take(&at, 2, 'Z', &second) || *at != '\0') {
        return false;
    }
    const struct date date = { year, month, day };
    if (year < 1970 || !date_is_valid(date) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *unix_s = date_to_days(date) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}
