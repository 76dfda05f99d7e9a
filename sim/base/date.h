/* Days and dates of the Gregorian calendar, counted from 1970-01-01. Knows no clock and no time zone. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

struct date {
    int year, month, day;         /* month and day from 1 */
};

int64_t date_to_days(struct date date);
struct date date_of_days(int64_t days);
int date_month_length(int year, int month);
bool date_is_valid(struct date date);
int date_weekday(int64_t days);   /* 0 Sunday .. 6 Saturday */

#endif
