#include "base/date.h"

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date_month_length(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return lengths[month - 1] + (month == 2 && is_leap(year));
}

bool date_is_valid(struct date date)
{
    return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= date_month_length(date.year, date.month);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Both ways count in years that begin in March, so that the leap day is the last one, and in eras of 400 years, after
 * which the calendar repeats. */
enum { ERA_DAYS = 146097, DAYS_TO_1970 = 719468 /* since 0000-03-01 */ };

int64_t date_to_days(struct date date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t era = floor_divide(year, 400), of_era = year - era * 400;
    int month_from_march = (date.month + 9) % 12;
    int64_t of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

struct date date_of_days(int64_t days)
{
    int64_t era = floor_divide(days + DAYS_TO_1970, ERA_DAYS), of_era = days + DAYS_TO_1970 - era * ERA_DAYS;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * of_year + 2) / 153);
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct date){
        .year = (int)(era * 400 + year_of_era + (month <= 2)), .month = month,
        .day = (int)(of_year - (153 * month_from_march + 2) / 5) + 1,
    };
}

int date_weekday(int64_t days)
{
    return (int)(days + 4 - 7 * floor_divide(days + 4, 7));   /* day 0 was a Thursday */
}
