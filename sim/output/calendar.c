#include "output/calendar.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/units.h"

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
    static const char *const names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    return names[date_weekday(day)];
}

/* Whole seconds, rounded down: an event of 09:02:59.9 belongs to 09:02. */
static struct moment moment_at(int64_t start_unix_s, sim_time time)
{
    return moment_of(start_unix_s + time / SIM_SECOND - (time % SIM_SECOND < 0));
}

/* "Mon", or the date once weekdays begin to repeat. */
static const char *day_at(int64_t start_unix_s, struct moment moment, char text[CALENDAR_SIZE])
{
    if (moment.day < moment_of(start_unix_s).day + 7) {
        snprintf(text, CALENDAR_SIZE, "%s", weekday(moment.day));
    } else {
        struct date date = date_of_days(moment.day);
        snprintf(text, CALENDAR_SIZE, "%04d-%02d-%02d", date.year, date.month, date.day);
    }
    return text;
}

const char *calendar_minute(int64_t start_unix_s, sim_time time, char text[CALENDAR_SIZE])
{
    char day[CALENDAR_SIZE];
    struct moment moment = moment_at(start_unix_s, time);
    snprintf(text, CALENDAR_SIZE, "%.10s %02d:%02d", day_at(start_unix_s, moment, day), moment.second / 3600,
             moment.second / 60 % 60);
    return text;
}

const char *calendar_second(int64_t start_unix_s, sim_time time, char text[CALENDAR_SIZE])
{
    char day[CALENDAR_SIZE];
    struct moment moment = moment_at(start_unix_s, time);
    snprintf(text, CALENDAR_SIZE, "%.10s %02d:%02d:%02d", day_at(start_unix_s, moment, day), moment.second / 3600,
             moment.second / 60 % 60, moment.second % 60);
    return text;
}

const char *calendar_date(int64_t unix_s, char text[CALENDAR_SIZE])
{
    struct moment moment = moment_of(unix_s);
    struct date date = date_of_days(moment.day);
    snprintf(text, CALENDAR_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day,
             moment.second / 3600, moment.second / 60 % 60, moment.second % 60);
    return text;
}

/* "14:32" or "14:32:05" to the second of the day, the whole text. */
static bool parse_clock(const char *text, int64_t *second)
{
    int hour, minute, seconds = 0, end = 0;
    if (sscanf(text, "%2d:%2d%n:%2d%n", &hour, &minute, &end, &seconds, &end) < 2 || text[end] != '\0') {
        return false;
    }
    *second = hour * 3600 + minute * 60 + seconds;
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && seconds >= 0 && seconds < 60;
}

/* "2026-01-19 14:32" or "2026-01-19 14:32:05". */
static bool parse_date(const char *text, int64_t *unix_s)
{
    struct date date;
    int end = 0;
    int64_t second;
    if (sscanf(text, "%4d-%2d-%2d %n", &date.year, &date.month, &date.day, &end) < 3 || end < 11 ||
        !date_is_valid(date) || !parse_clock(text + end, &second)) {
        return false;
    }
    *unix_s = date_to_days(date) * DAY_S + second;
    return true;
}

/* "14:32:05" or "Mon 14:32:05": the first after the start. */
static bool parse_weekday(int64_t start_unix_s, const char *text, int64_t *unix_s)
{
    int64_t second, first = moment_of(start_unix_s).day;
    bool every_day = parse_clock(text, &second);
    if (!every_day && (strlen(text) < 5 || text[3] != ' ' || !parse_clock(text + 4, &second))) {
        return false;
    }
    for (int64_t day = first; day < first + 8; day++) {
        *unix_s = day * DAY_S + second;
        if (*unix_s >= start_unix_s && (every_day || strncmp(text, weekday(day), 3) == 0)) {
            return true;
        }
    }
    return false;
}

bool calendar_parse(int64_t start_unix_s, const char *text, sim_time *time, struct error *err)
{
    int64_t unix_s;
    double elapsed;
    if (parse_weekday(start_unix_s, text, &unix_s) || parse_date(text, &unix_s)) {
        *time = (unix_s - start_unix_s) * SIM_SECOND;
        return unix_s >= start_unix_s || error_set(err, "'%s': the run begins later", text);
    }
    if (!units_parse_seconds(text, &elapsed, err)) {
        return error_set(err, "'%s': expected a time such as '14:32', 'Mon 14:32:05', '2026-01-19 14:32' or '2d3h'", text);
    }
    *time = sim_from_seconds(elapsed);
    return true;
}
