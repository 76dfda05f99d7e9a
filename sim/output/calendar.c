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

bool calendar_parse(int64_t start_unix_s, const char *text, sim_time *time, struct error *err)
{
    struct moment start = moment_of(start_unix_s);
    int64_t second;
    double elapsed;
    bool every_day = parse_clock(text, &second), named = false;
    if (!every_day && strlen(text) > 4 && text[3] == ' ' && !parse_clock(text + 4, &second)) {
        return error_set(err, "'%s': expected a time such as 'Mon 14:32:05'", text);
    }
    for (int64_t day = start.day; day < start.day + 8; day++) {
        named = strncmp(text, weekday(day), 3) == 0 && text[3] == ' ';
        int64_t at_s = day * DAY_S + (every_day || named ? second : 0);
        if ((every_day || named) && at_s >= start_unix_s) {
            *time = (at_s - start_unix_s) * SIM_SECOND;
            return true;
        }
    }
    if (!units_parse_seconds(text, &elapsed, err) || elapsed < 0) {
        return error_set(err, "'%s': expected a time such as '14:32', 'Mon 14:32:05' or '2d3h'", text);
    }
    *time = sim_from_seconds(elapsed);
    return true;
}
