/* at(), rate() and cron(): when they occur, and what is refused (SCHD-01, SCHD-04). */
#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "engine/rng.h"
#include "model/schedule.h"

enum { TEXT = 32, OCCURRENCES = 4 };

static int64_t utc(const char *text)
{
    struct date date;
    int hour, minute;
    CU_ASSERT_EQUAL_FATAL(sscanf(text, "%4d-%2d-%2dT%2d:%2d", &date.year, &date.month, &date.day, &hour, &minute), 5);
    return date_to_days(date) * 86400 + hour * 3600 + minute * 60;
}

static const char *text_of(int64_t unix_s, char text[TEXT])
{
    struct date date = date_of_days(unix_s / 86400);
    int minute = (int)(unix_s % 86400 / 60);
    snprintf(text, TEXT, "%04d-%02d-%02dT%02d:%02d", date.year, date.month, date.day, minute / 60, minute % 60);
    return text;
}

static struct schedule parse(struct arena *arena, const char *text, const char *zone)
{
    struct schedule schedule;
    struct error err;
    if (!schedule_parse(&schedule, text, &err)) {
        CU_FAIL_FATAL(err.text);
    }
    schedule.zone = zone != NULL ? zone_load(arena, zone, &err) : NULL;
    CU_ASSERT_FATAL(zone == NULL || schedule.zone != NULL);
    return schedule;
}

/* Occurrences after Monday 2026-01-05 00:00 UTC unless said otherwise; "" ends a list that ends, NULL leaves it open. */
static const struct {
    const char *rule, *schedule, *zone, *after, *next[OCCURRENCES];
} rows[] = {
    { "every day", "cron(0 10 * * ? *)", NULL, NULL, { "2026-01-05T10:00", "2026-01-06T10:00" } },
    { "an occurrence is not its own next", "cron(0 10 * * ? *)", NULL, "2026-01-05T10:00", { "2026-01-06T10:00" } },
    { "working days", "cron(0 18 ? * MON-FRI *)", NULL, "2026-01-08T18:00", { "2026-01-09T18:00", "2026-01-12T18:00" } },
    { "days by number: 1 is Sunday", "cron(0 0 ? * 1,7 *)", NULL, NULL, { "2026-01-10T00:00", "2026-01-11T00:00" } },
    { "names in any case", "cron(0 0 1 feb,Aug ? *)", NULL, NULL, { "2026-02-01T00:00", "2026-08-01T00:00" } },
    { "steps from the first", "cron(0/15 * * * ? *)", NULL, NULL,
      { "2026-01-05T00:15", "2026-01-05T00:30", "2026-01-05T00:45", "2026-01-05T01:00" } },
    { "steps from another", "cron(7/20 */8 * * ? *)", NULL, NULL,
      { "2026-01-05T00:07", "2026-01-05T00:27", "2026-01-05T00:47", "2026-01-05T08:07" } },
    { "steps in a range", "cron(0 8-12/2 * * ? *)", NULL, NULL,
      { "2026-01-05T08:00", "2026-01-05T10:00", "2026-01-05T12:00", "2026-01-06T08:00" } },
    { "a list of items", "cron(5,35 9-10,17 * * ? *)", NULL, NULL,
      { "2026-01-05T09:05", "2026-01-05T09:35", "2026-01-05T10:05", "2026-01-05T10:35" } },
    { "days that months lack", "cron(0 0 31 * ? *)", NULL, NULL, { "2026-01-31T00:00", "2026-03-31T00:00", "2026-05-31T00:00" } },
    { "leap days", "cron(0 0 29 2 ? *)", NULL, NULL, { "2028-02-29T00:00", "2032-02-29T00:00" } },
    { "L: the last day", "cron(30 23 L * ? *)", NULL, NULL, { "2026-01-31T23:30", "2026-02-28T23:30", "2026-03-31T23:30" } },
    { "L in a leap year", "cron(0 0 L 2 ? *)", NULL, "2027-03-01T00:00", { "2028-02-29T00:00" } },
    { "L-3: before the last", "cron(0 0 L-3 * ? *)", NULL, NULL, { "2026-01-28T00:00", "2026-02-25T00:00" } },
    { "LW: the last workday", "cron(0 0 LW * ? *)", NULL, NULL, { "2026-01-30T00:00", "2026-02-27T00:00", "2026-03-31T00:00" } },
    { "15W on a Saturday: Friday", "cron(0 0 15W 8 ? *)", NULL, NULL, { "2026-08-14T00:00" } },
    { "15W on a Sunday: Monday", "cron(0 0 15W 2,3 ? *)", NULL, NULL, { "2026-02-16T00:00", "2026-03-16T00:00" } },
    { "1W stays in its month", "cron(0 0 1W 8 ? *)", NULL, NULL, { "2026-08-03T00:00" } },
    { "31W stays in its month", "cron(0 0 31W 5 ? *)", NULL, NULL, { "2026-05-29T00:00" } },
    { "6#3: the third Friday", "cron(0 0 ? * 6#3 *)", NULL, NULL, { "2026-01-16T00:00", "2026-02-20T00:00" } },
    { "MON#5 leaves months out", "cron(0 0 ? * MON#5 *)", NULL, NULL, { "2026-03-30T00:00", "2026-06-29T00:00" } },
    { "6L: the last Friday", "cron(0 0 ? * 6L *)", NULL, NULL, { "2026-01-30T00:00", "2026-02-27T00:00" } },
    { "L of the week: Saturday", "cron(0 0 ? * L *)", NULL, NULL, { "2026-01-10T00:00", "2026-01-17T00:00" } },
    { "years", "cron(0 0 1 1 ? 2027,2030/2)", NULL, NULL, { "2027-01-01T00:00", "2030-01-01T00:00", "2032-01-01T00:00" } },
    { "years end", "cron(0 0 1 1 ? 2026-2027)", NULL, NULL, { "2027-01-01T00:00", "" } },
    { "never", "cron(0 0 30 2 ? *)", NULL, NULL, { "" } },
    /* Zones. Berlin's clocks go from 02:00 to 03:00 on 29 March and from 03:00 back to 02:00 on 25 October. */
    { "a zone", "cron(0 8 * * ? *)", "Asia/Kolkata", NULL, { "2026-01-05T02:30", "2026-01-06T02:30" } },
    { "summer time moves it", "cron(0 8 * * ? *)", "Europe/Berlin", "2026-03-27T12:00",
      { "2026-03-28T07:00", "2026-03-29T06:00", "2026-03-30T06:00" } },
    { "a time that is jumped over is lost", "cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-27T12:00",
      { "2026-03-28T01:30", "2026-03-30T00:30" } },
    { "a time shown twice counts once", "cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24T12:00",
      { "2026-10-25T00:30", "2026-10-26T01:30" } },
    { "hours in spring", "cron(0 * * * ? *)", "Europe/Berlin", "2026-03-28T23:30",
      { "2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00" } },
    { "hours in autumn: one is shown twice", "cron(0 * * * ? *)", "Europe/Berlin", "2026-10-24T23:30",
      { "2026-10-25T00:00", "2026-10-25T02:00", "2026-10-25T03:00" } },
    { "New York, another week", "cron(0 9 ? * SUN *)", "America/New_York", "2026-03-01T15:00",
      { "2026-03-08T13:00", "2026-03-15T13:00" } },
    { "the zone's day, not UTC's", "cron(0 1 1 * ? *)", "Asia/Tokyo", NULL, { "2026-01-31T16:00", "2026-02-28T16:00" } },
    { "at()", "at(2026-01-06T08:30:00)", NULL, NULL, { "2026-01-06T08:30", "" } },
    { "at() to the minute", "at(2026-01-06T08:30:59)", NULL, NULL, { "2026-01-06T08:30", "" } },
    { "at() in a zone", "at(2026-07-01T08:00:00)", "Europe/Berlin", NULL, { "2026-07-01T06:00", "" } },
    { "at() that is over", "at(2026-01-01T00:00:00)", NULL, NULL, { "" } },
    { "at() that clocks jump over", "at(2026-03-29T02:30:00)", "Europe/Berlin", NULL, { "" } },
    { "rate() counts from the creation", "rate(12 hours)", NULL, NULL, { "2026-01-05T12:00", "2026-01-06T00:00" } },
    { "rate(), one of a unit", "rate(1 minute)", NULL, NULL, { "2026-01-05T00:01", "2026-01-05T00:02" } },
    { "rate() in days knows no summer time", "rate(1 day)", "Europe/Berlin", "2026-03-28T00:00",
      { "2026-03-29T00:00", "2026-03-30T00:00" } },
};

static void check_occurrences(const struct schedule *schedule, const char *rule, int64_t after,
                              const char *const next[OCCURRENCES])
{
    const int64_t created = utc("2026-01-05T00:00");
    for (int k = 0; k < OCCURRENCES && next[k] != NULL; k++) {
        char text[TEXT] = "";
        if (schedule_next(schedule, created, after, &after)) {
            text_of(after, text);
        }
        if (strcmp(text, next[k]) != 0) {
            printf("%s: occurrence %d is '%s', not '%s'\n", rule, k + 1, text, next[k]);
        }
        CU_ASSERT_STRING_EQUAL(text, next[k]);
    }
}

static void occurrences_are_those_of_aws(void)
{
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct schedule schedule = parse(arena, rows[i].schedule, rows[i].zone);
        const char *after = rows[i].after != NULL ? rows[i].after : "2026-01-05T00:00";
        check_occurrences(&schedule, rows[i].rule, utc(after), rows[i].next);
    }
    arena_destroy(arena);
}

static void start_and_end_limit_what_recurs(void)
{
    static const struct {
        const char *rule, *schedule, *start, *end, *next[OCCURRENCES];
    } cases[] = {
        { "SCHD-04: at the start, then by recurrence", "cron(0 8 * * ? *)", "2026-01-07T13:20", NULL,
          { "2026-01-07T13:20", "2026-01-08T08:00", "2026-01-09T08:00" } },
        { "rate() counts from the start", "rate(6 hours)", "2026-01-07T13:20", NULL,
          { "2026-01-07T13:20", "2026-01-07T19:20", "2026-01-08T01:20" } },
        { "the end stops it", "cron(0 8 * * ? *)", NULL, "2026-01-06T08:00", { "2026-01-05T08:00", "2026-01-06T08:00", "" } },
        { "a start in the past", "rate(6 hours)", "2026-01-04T23:00", NULL, { "2026-01-05T05:00", "2026-01-05T11:00" } },
        { "both", "rate(1 day)", "2026-01-06T00:00", "2026-01-07T12:00", { "2026-01-06T00:00", "2026-01-07T00:00", "" } },
        { "at() has only its own time", "at(2026-01-08T00:00:00)", "2026-01-07T00:00", NULL, { "2026-01-08T00:00", "" } },
        { "at() past the end", "at(2026-01-08T00:00:00)", NULL, "2026-01-07T00:00", { "" } },
        { "at() before the start", "at(2026-01-08T00:00:00)", "2026-01-09T00:00", NULL, { "" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = parse(NULL, cases[i].schedule, NULL);
        schedule.start_s = cases[i].start != NULL ? utc(cases[i].start) : SCHEDULE_ALWAYS;
        schedule.end_s = cases[i].end != NULL ? utc(cases[i].end) : SCHEDULE_FOR_EVER;
        check_occurrences(&schedule, cases[i].rule, utc("2026-01-05T00:00"), cases[i].next);
    }
}

static void bad_schedules_name_the_fault(void)
{
    static const struct {
        const char *schedule, *message;
    } cases[] = {
        { "every day", "Invalid schedule expression: expected at(...), rate(...) or cron(...), got 'every day'" },
        { "cron(0 8 * * ? *", "Invalid schedule expression: expected at(...), rate(...) or cron(...), got 'cron(0 8 * * ? *'" },
        { "corn(0 8 * * ? *)", "Invalid schedule expression: unknown schedule 'corn()', did you mean 'cron()'?" },
        { "when(never)", "Invalid schedule expression: unknown schedule 'when()', expected at(), rate() or cron()" },
        { "at(tomorrow)", "Invalid schedule at DateTime expression: expected yyyy-mm-ddThh:mm:ss, got 'tomorrow'" },
        { "at(2026-01-05T00:00:00Z)", "Invalid schedule at DateTime expression: expected yyyy-mm-ddThh:mm:ss, got '2026-01-05T00:00:00Z'" },
        { "at(2026-02-29T00:00:00)", "Invalid schedule at DateTime expression: '2026-02-29T00:00:00' is no date and time" },
        { "at(2026-02-28T24:00:00)", "Invalid schedule at DateTime expression: '2026-02-28T24:00:00' is no date and time" },
        { "rate(5)", "Invalid schedule expression: expected a whole number above 0 and a unit, as in '5 minutes', got '5'" },
        { "rate(5  minutes)", "Invalid schedule expression: unknown unit ' minutes', did you mean 'minutes'?" },
        { "rate(2 seconds)", "Invalid schedule expression: unknown unit 'seconds', expected minutes, hours or days" },
        { "rate(0 minutes)", "Invalid schedule expression: expected a whole number above 0 and a unit, as in '5 minutes', got '0 minutes'" },
        { "rate(1.5 hours)", "Invalid schedule expression: expected a whole number above 0 and a unit, as in '5 minutes', got '1.5 hours'" },
        { "rate(5 minuts)", "Invalid schedule expression: unknown unit 'minuts', did you mean 'minute'?" },
        { "rate(2 fortnights)", "Invalid schedule expression: unknown unit 'fortnights', expected minutes, hours or days" },
        { "cron(0 8 * * ?)", "Invalid CRON expression: expected six fields (minutes hours day-of-month month day-of-week year), got 5" },
        { "cron(0 8 * * * *)", "Invalid CRON expression: one of day-of-month and day-of-week must be '?', and not both" },
        { "cron(0 8 ? * ? *)", "Invalid CRON expression: one of day-of-month and day-of-week must be '?', and not both" },
        { "cron(60 8 * * ? *)", "Invalid CRON expression: minutes: 60 is outside 0..59" },
        { "cron(0 24 * * ? *)", "Invalid CRON expression: hours: 24 is outside 0..23" },
        { "cron(0 8 0 * ? *)", "Invalid CRON expression: day-of-month: 0 is outside 1..31" },
        { "cron(0 8 * 13 ? *)", "Invalid CRON expression: month: 13 is outside 1..12" },
        { "cron(0 8 ? * 0 *)", "Invalid CRON expression: day-of-week: 0 is outside 1..7" },
        { "cron(0 8 * * ? 1969)", "Invalid CRON expression: year: 1969 is outside 1970..2199" },
        { "cron(0 8 * JUNE ? *)", "Invalid CRON expression: month: unknown name 'JUNE', did you mean 'JUN'?" },
        { "cron(0 8 ? * MONN-FRI *)", "Invalid CRON expression: day-of-week: unknown name 'MONN', did you mean 'MON'?" },
        { "cron(0 8 ? * FRI-MON *)", "Invalid CRON expression: day-of-week: 6-2 ends before it begins" },
        { "cron(0 8 ? * 2/2 *)", "Invalid CRON expression: day-of-week: steps ('/2') are not allowed here" },
        { "cron(0/0 8 * * ? *)", "Invalid CRON expression: minutes: '/0' is no step" },
        { "cron(0, 8 * * ? *)", "Invalid CRON expression: minutes: '' is not understood" },
        { "cron(-5 8 * * ? *)", "Invalid CRON expression: minutes: '' is not understood" },
        { "cron(0 8 L,15 * ? *)", "Invalid CRON expression: day-of-month: 'L' is not understood" },
        { "cron(0 8 1W,15W * ? *)", "Invalid CRON expression: day-of-month: '1W,15' is not understood" },
        { "cron(0 8 L-40 * ? *)", "Invalid CRON expression: day-of-month: 'L-40' is not understood" },
        { "cron(0 8 ? * MON#6 *)", "Invalid CRON expression: day-of-week: '#6' is outside 1..5" },
        { "cron(? 8 * * ? *)", "Invalid CRON expression: minutes: '?' is not understood" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule;
        struct error err = { "" };
        CU_ASSERT_FALSE(schedule_parse(&schedule, cases[i].schedule, &err));
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        if (strcmp(err.text, cases[i].message) != 0) {
            printf("%s: %s\n", cases[i].schedule, err.text);
        }
    }
}

/* Is `when` the first instant at which the clocks show a minute of the expression? */
static bool occurs_at(const struct schedule *schedule, int64_t when)
{
    int64_t wall = when + zone_offset(schedule->zone, when), first;
    int minute = (int)(wall % 86400 / 60);
    return cron_matches_day(&schedule->cron, wall / 86400) && cron_next_minute(&schedule->cron, minute) == minute &&
           zone_first_instant(schedule->zone, wall, &first) && first == when;
}

/* Against looking at every minute of the weeks in which clocks change. */
static void the_search_finds_what_every_minute_shows(void)
{
    static const char *const zones[] = { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata" };
    static const char *const from[] = { "2026-03-06T00:00", "2026-03-26T00:00", "2026-10-01T00:00", "2026-10-23T00:00",
                                        "2026-10-30T00:00" };
    struct arena *arena = arena_create();
    struct rng rng;
    rng_seed(&rng, 7, 0, "crons", 0);
    int differences = 0;
    for (int round = 0; round < 60; round++) {
        char text[64];
        snprintf(text, sizeof text, "cron(%d/%d %d-%d/%d * * ? *)", (int)rng_below(&rng, 60),
                 1 + (int)rng_below(&rng, 40), (int)rng_below(&rng, 5), 5 + (int)rng_below(&rng, 19),
                 1 + (int)rng_below(&rng, 3));
        const struct schedule schedule = parse(arena, text, zones[rng_below(&rng, 4)]);
        int64_t start = utc(from[rng_below(&rng, 5)]), expected = start;
        schedule_next(&schedule, 0, start, &expected);
        for (int64_t when = start + 60; when < start + 4 * 86400; when += 60) {
            differences += occurs_at(&schedule, when) != (when == expected);
            if (when >= expected) {
                schedule_next(&schedule, 0, when, &expected);
            }
        }
    }
    CU_ASSERT_EQUAL(differences, 0);
    arena_destroy(arena);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "SCHD-01: occurrences are those of AWS", occurrences_are_those_of_aws },
        { "SCHD-04: start and end limit what recurs", start_and_end_limit_what_recurs },
        { "SCHD-01: bad schedules name the fault", bad_schedules_name_the_fault },
        { "the search finds what every minute shows", the_search_finds_what_every_minute_shows },
        UNIT_END,
    };
    return unit_main("model/schedule", tests);
}
