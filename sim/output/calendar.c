#include "output/calendar.h"

#include <inttypes.h>
#include <stdio.h>

enum { DAY_S = 86400 };

struct moment {
    int64_t day;                  /* since 1970-01-01 */
    int second;                   /* of the day */
};

static struct moment moment_of(int64_t unix_s)
{
    int64_t day = unix_s / DAY_S - (unix_s % DAY_S < 0);
    return (struct moment){ .day = day, .second = (int)(unix_s - day * DAY_S) };
}

static const char *weekday(int64_t day)
{
    static const char *const names[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    return names[(day % 7 + 7) % 7];
}

/* Whole seconds, rounded down: an event of 09:02:59.9 belongs to 09:02. */
static struct moment moment_at(int64_t start_unix_s, sim_time time)
{
    return moment_of(start_unix_s + time / SIM_SECOND - (time % SIM_SECOND < 0));
}

const char *calendar_minute(int64_t start_unix_s, sim_time time, char text[CALENDAR_SIZE])
{
    struct moment moment = moment_at(start_unix_s, time);
    snprintf(text, CALENDAR_SIZE, "%s %02d:%02d", weekday(moment.day), moment.second / 3600,
             moment.second / 60 % 60);
    return text;
}

const char *calendar_second(int64_t start_unix_s, sim_time time, char text[CALENDAR_SIZE])
{
    struct moment moment = moment_at(start_unix_s, time);
    snprintf(text, CALENDAR_SIZE, "%s %02d:%02d:%02d", weekday(moment.day), moment.second / 3600,
             moment.second / 60 % 60, moment.second % 60);
    return text;
}

/* Days to year, month, day of the Gregorian calendar, with years that begin in March so that the leap day is the last. */
const char *calendar_date(int64_t unix_s, char text[CALENDAR_SIZE])
{
    struct moment moment = moment_of(unix_s);
    int64_t days = moment.day + 719468;              /* since 0000-03-01 */
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * of_year + 2) / 153);
    int day = (int)(of_year - (153 * month_from_march + 2) / 5) + 1;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * 400 + year_of_era + (month <= 2);
    snprintf(text, CALENDAR_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ", year, month, day, moment.second / 3600,
             moment.second / 60 % 60, moment.second % 60);
    return text;
}
