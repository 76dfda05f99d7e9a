#include "output/calendar.h"

#include <stdio.h>

#include "lib/unit.h"

static void dates_are_of_the_gregorian_calendar(void)
{
    static const struct {
        int64_t unix_s;
        const char *date;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },          { 1767571200, "2026-01-05T00:00:00Z" },
        { 951782399, "2000-02-28T23:59:59Z" },  { 951782400, "2000-02-29T00:00:00Z" },
        { 951868800, "2000-03-01T00:00:00Z" },  { 4107542400, "2100-03-01T00:00:00Z" },
        { 4107542399, "2100-02-28T23:59:59Z" }, { -1, "1969-12-31T23:59:59Z" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[CALENDAR_SIZE];
        CU_ASSERT_STRING_EQUAL(calendar_date(rows[i].unix_s, text), rows[i].date);
    }
}

static void labels_round_down(void)
{
    const int64_t monday = 1767571200;
    char text[CALENDAR_SIZE];
    CU_ASSERT_STRING_EQUAL(calendar_minute(monday, 0, text), "Mon 00:00");
    CU_ASSERT_STRING_EQUAL(calendar_minute(monday, 59 * SIM_SECOND + 999 * SIM_MILLISECOND, text), "Mon 00:00");
    CU_ASSERT_STRING_EQUAL(calendar_second(monday, SIM_DAY - 1, text), "Mon 23:59:59");
    CU_ASSERT_STRING_EQUAL(calendar_second(monday, SIM_DAY, text), "Tue 00:00:00");
    CU_ASSERT_STRING_EQUAL(calendar_minute(monday, 6 * SIM_DAY + 9 * SIM_HOUR, text), "Sun 09:00");
    CU_ASSERT_STRING_EQUAL(calendar_minute(-86400, SIM_HOUR, text), "Wed 01:00");
    CU_ASSERT_STRING_EQUAL(calendar_second(monday, 7 * SIM_DAY - 1, text), "Sun 23:59:59");
    CU_ASSERT_STRING_EQUAL(calendar_second(monday, 7 * SIM_DAY, text), "2026-01-12 00:00:00");
    CU_ASSERT_STRING_EQUAL(calendar_minute(monday + 3600, 7 * SIM_DAY - SIM_HOUR, text), "2026-01-12 00:00");
}

static void times_are_read_as_they_are_written(void)
{
    const int64_t monday = 1767571200;
    static const struct {
        const char *text;
        double seconds;           /* below 0: an error */
    } rows[] = {
        { "Mon 00:00", 0 },         { "Mon 14:32:05", 52325 }, { "14:32", 52320 },     { "Tue 00:00:01", 86401 },
        { "Sun 09:00", 550800 },    { "2d3h", 183600 },        { "90", 90 },           { "24:00", -1 },
        { "Mon 14:60", -1 },        { "Mom 14:00", -1 },       { "14:32:05 ", -1 },    { "", -1 },
        { "soon", -1 },             { "Mon", -1 },
        { "2026-01-05 00:00", 0 },  { "2026-01-19 14:32:05", 1261925 },            { "2026-01-04 23:59", -1 },
        { "2026-02-30 00:00", -1 }, { "2026-01-19", -1 },      { "2026-01-19T14:32", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        sim_time time = -1;
        bool fine = calendar_parse(monday, rows[i].text, &time, &err);
        if (fine != (rows[i].seconds >= 0) || (fine && time != sim_from_seconds(rows[i].seconds))) {
            printf("'%s': %g s\n", rows[i].text, sim_seconds(time));
            CU_FAIL();
        }
    }
    struct error err;
    sim_time time;
    CU_ASSERT_TRUE(calendar_parse(monday + 3600, "00:30", &time, &err));    /* past on the first day: the next one */
    CU_ASSERT_EQUAL(time, 23 * SIM_HOUR + 30 * SIM_MINUTE);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "dates are of the Gregorian calendar, leap years included", dates_are_of_the_gregorian_calendar },
        { "labels round down to their minute or second", labels_round_down },
        { "times are read as they are written", times_are_read_as_they_are_written },
        UNIT_END
    };
    return unit_main("output/calendar", tests);
}
