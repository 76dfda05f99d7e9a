#include "model/schedule.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/suggest.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, TEXT_MAX = 256 };

/* ---- parsing ------------------------------------------------------------------------------------------------- */

/* Digits as in the picture "dddd-dd-ddTdd:dd:dd", read into `numbers` group by group. */
static bool parse_digits(const char *text, const char *picture, int *numbers)
{
    *numbers = 0;
    for (; *picture != '\0'; picture++, text++) {
        if (*picture != 'd') {
            if (*text != *picture) {
                return false;
            }
            *++numbers = 0;
        } else if (isdigit((unsigned char)*text)) {
            *numbers = 10 * *numbers + (*text - '0');
        } else {
            return false;
        }
    }
    return *text == '\0';
}

/* One-minute granularity (SCHD-01): seconds are dropped. */
static bool parse_at(struct schedule *schedule, const char *text, struct error *err)
{
    int numbers[6];
    if (!parse_digits(text, "dddd-dd-ddTdd:dd:dd", numbers)) {
        return error_set(err, "expected yyyy-mm-ddThh:mm:ss, got '%s'", text);
    }
    const struct date date = { numbers[0], numbers[1], numbers[2] };
    if (!date_is_valid(date) || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59) {
        return error_set(err, "'%s' is no date and time", text);
    }
    schedule->wall_s = date_to_days(date) * DAY_S + numbers[3] * HOUR_S + numbers[4] * MINUTE_S;
    return true;
}

/* AWS takes one minutes for one minute, and no space as well as one. */
static bool parse_rate(struct schedule *schedule, const char *text, struct error *err)
{
    static const char *const units[] = { "minute", "minutes", "hour", "hours", "day", "days" };
    static const int seconds[] = { MINUTE_S, MINUTE_S, HOUR_S, HOUR_S, DAY_S, DAY_S };
    const char *unit = text + strspn(text, "0123456789");
    long value = unit > text && unit - text <= 6 ? strtol(text, NULL, 10) : 0;
    if (value < 1 || (*unit != ' ' && !isalpha((unsigned char)*unit))) {
        return error_set(err, "expected a whole number above 0 and a unit, as in '5 minutes', got '%s'", text);
    }
    unit += *unit == ' ';
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i]) == 0) {
            schedule->period_s = value * seconds[i];
            return true;
        }
    }
    const char *nearest = suggest_nearest(unit, units, sizeof units / sizeof *units);
    return nearest != NULL ? error_set(err, "unknown unit '%s', did you mean '%s'?", unit, nearest)
                           : error_set(err, "unknown unit '%s', expected minutes, hours or days", unit);
}

static bool parse_cron(struct schedule *schedule, const char *text, struct error *err)
{
    return cron_parse(&schedule->cron, text, err);
}

/* How a schedule of a kind begins, and what AWS says of one that is wrong inside. */
static const struct kind {
    const char *name, *fault;
    bool (*parse)(struct schedule *, const char *, struct error *);
} kinds[] = {
    [SCHEDULE_AT] = { "at", "Invalid schedule at DateTime expression", parse_at },
    [SCHEDULE_RATE] = { "rate", "Invalid schedule expression", parse_rate },
    [SCHEDULE_CRON] = { "cron", "Invalid CRON expression", parse_cron },
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static bool refuse_kind(const char *name, struct error *err)
{
    const char *names[KIND_COUNT];
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        names[kind] = kinds[kind].name;
    }
    const char *nearest = suggest_nearest(name, names, KIND_COUNT);
    return nearest != NULL ? error_set(err, "unknown schedule '%s()', did you mean '%s()'?", name, nearest)
                           : error_set(err, "unknown schedule '%s()', expected at(), rate() or cron()", name);
}

static bool parse_kind(struct schedule *schedule, const char *name, const char *inside, struct error *err)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (strcmp(name, kinds[kind].name) == 0) {
            schedule->kind = (enum schedule_kind)kind;
            return kinds[kind].parse(schedule, inside, err) || error_wrap(err, "%s", kinds[kind].fault);
        }
    }
    return refuse_kind(name, err) || error_wrap(err, "Invalid schedule expression");
}

bool schedule_parse(struct schedule *schedule, const char *text, struct error *err)
{
    char copy[TEXT_MAX];
    size_t length = strlen(text);
    snprintf(copy, sizeof copy, "%s", text);
    char *inside = strchr(copy, '(');
    if (length >= sizeof copy || inside == NULL || copy[length - 1] != ')') {
        return error_set(err, "Invalid schedule expression: expected at(...), rate(...) or cron(...), got '%.80s'", text);
    }
    *inside++ = '\0';
    copy[length - 1] = '\0';
    *schedule = (struct schedule){ .start_s = SCHEDULE_ALWAYS, .end_s = SCHEDULE_FOR_EVER };
    return parse_kind(schedule, copy, inside, err);
}

/* ---- occurrences --------------------------------------------------------------------------------------------- */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool next_at(const struct schedule *schedule, int64_t after_s, int64_t *next_s)
{
    return zone_first_instant(schedule->zone, schedule->wall_s, next_s) && *next_s > after_s &&
           *next_s >= schedule->start_s;
}

static bool next_rate(const struct schedule *schedule, int64_t from_s, int64_t after_s, int64_t *next_s)
{
    int64_t passed = after_s < from_s ? 0 : (after_s - from_s) / schedule->period_s;
    *next_s = from_s + (passed + 1) * schedule->period_s;
    return true;
}

/* Clocks never show again what they have passed for the first time: the search begins with the minute after the one that
 * they show at `after_s`. */
static bool next_cron(const struct schedule *schedule, int64_t after_s, int64_t *next_s)
{
    static const struct date end = { CRON_LAST_YEAR + 1, 1, 1 };
    int64_t wall_minute = floor_divide(after_s + zone_offset(schedule->zone, after_s), MINUTE_S) + 1;
    int64_t day = floor_divide(wall_minute, DAY_S / MINUTE_S), last = date_to_days(end);
    int minute = (int)(wall_minute - day * (DAY_S / MINUTE_S));
    for (; day < last; day++, minute = 0) {
        if (!cron_matches_day(&schedule->cron, day)) {
            continue;
        }
        while ((minute = cron_next_minute(&schedule->cron, minute)) >= 0) {
            int64_t wall_s = day * DAY_S + (int64_t)minute++ * MINUTE_S;
            if (zone_first_instant(schedule->zone, wall_s, next_s) && *next_s > after_s) {
                return true;
            }
        }
    }
    return false;
}

static bool next_recurrence(const struct schedule *schedule, int64_t created_s, int64_t after_s, int64_t *next_s)
{
    bool has_start = schedule->start_s != SCHEDULE_ALWAYS;
    if (has_start && after_s < schedule->start_s) {
        *next_s = schedule->start_s;
        return true;
    }
    return schedule->kind == SCHEDULE_RATE
               ? next_rate(schedule, has_start ? schedule->start_s : created_s, after_s, next_s)
               : next_cron(schedule, after_s, next_s);
}

bool schedule_next(const struct schedule *schedule, int64_t created_s, int64_t after_s, int64_t *next_s)
{
    bool found = schedule->kind == SCHEDULE_AT ? next_at(schedule, after_s, next_s)
                                               : next_recurrence(schedule, created_s, after_s, next_s);
    return found && *next_s <= schedule->end_s;
}
