/* Time zones. The rows need the system's zone database (Debian: tzdata). */
#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/zone.h"

static int64_t utc(int year, int month, int day, int hour, int minute)
{
    return date_to_days((struct date){ year, month, day }) * 86400 + hour * 3600 + minute * 60;
}

static const struct zone *load(struct arena *arena, const char *name)
{
    struct error err;
    const struct zone *zone = zone_load(arena, name, &err);
    if (zone == NULL) {
        CU_FAIL_FATAL(err.text);
    }
    return zone;
}

static void clocks_are_known(void)
{
    static const struct {
        const char *zone;
        int year, month, day, hour, minute;          /* UTC */
        int offset;               /* minutes */
    } rows[] = {
        { "Europe/Berlin", 2026, 1, 5, 0, 0, 60 },        { "Europe/Berlin", 2026, 3, 29, 0, 59, 60 },
        { "Europe/Berlin", 2026, 3, 29, 1, 0, 120 },      { "Europe/Berlin", 2026, 10, 25, 0, 59, 120 },
        { "Europe/Berlin", 2026, 10, 25, 1, 0, 60 },      { "Europe/Berlin", 2090, 7, 1, 0, 0, 120 },
        { "Europe/Berlin", 2090, 12, 1, 0, 0, 60 },       { "America/New_York", 2026, 3, 8, 6, 59, -300 },
        { "America/New_York", 2026, 3, 8, 7, 0, -240 },   { "America/New_York", 2026, 11, 1, 5, 59, -240 },
        { "America/New_York", 2026, 11, 1, 6, 0, -300 },  { "America/New_York", 2090, 7, 4, 12, 0, -240 },
        { "Asia/Kolkata", 2026, 6, 1, 0, 0, 330 },        { "Australia/Lord_Howe", 2026, 1, 1, 0, 0, 660 },
        { "Australia/Lord_Howe", 2026, 7, 1, 0, 0, 630 }, { "Australia/Lord_Howe", 2090, 7, 1, 0, 0, 630 },
        { "Europe/Dublin", 2026, 7, 1, 0, 0, 60 },        { "Europe/Dublin", 2090, 1, 1, 0, 0, 0 },
        { "Etc/GMT+9", 2026, 1, 1, 0, 0, -540 },          { "Asia/Tokyo", 2090, 1, 1, 0, 0, 540 },
        { "Europe/Berlin", 1850, 1, 1, 0, 0, 53 },        { "Pacific/Apia", 2012, 1, 1, 0, 0, 840 },
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t when = utc(rows[i].year, rows[i].month, rows[i].day, rows[i].hour, rows[i].minute);
        int offset = zone_offset(load(arena, rows[i].zone), when) / 60;
        if (offset != rows[i].offset) {
            printf("%s %d-%d-%d: %d\n", rows[i].zone, rows[i].year, rows[i].month, rows[i].day, offset);
        }
        CU_ASSERT_EQUAL(offset, rows[i].offset);
    }
    CU_ASSERT_EQUAL(zone_offset(NULL, utc(2026, 7, 1, 0, 0)), 0);
    CU_ASSERT(strlen(zone_database(load(arena, "Europe/Berlin"))) >= 5);
    arena_destroy(arena);
}

static void the_first_instant_of_a_clock_time_is_found(void)
{
    static const struct {
        const char *zone;
        int month, day, hour, minute;                /* of 2026, on the zone's clocks */
        int utc_day, utc_hour, utc_minute;           /* day -1: they jump over it */
    } rows[] = {
        { "Europe/Berlin", 3, 29, 1, 59, 29, 0, 59 },  { "Europe/Berlin", 3, 29, 2, 0, -1, 0, 0 },
        { "Europe/Berlin", 3, 29, 2, 59, -1, 0, 0 },   { "Europe/Berlin", 3, 29, 3, 0, 29, 1, 0 },
        { "Europe/Berlin", 10, 25, 2, 0, 25, 0, 0 },   { "Europe/Berlin", 10, 25, 2, 59, 25, 0, 59 },
        { "Europe/Berlin", 10, 25, 3, 0, 25, 2, 0 },   { "America/New_York", 3, 8, 2, 30, -1, 0, 0 },
        { "America/New_York", 11, 1, 1, 30, 1, 5, 30 }, { "Australia/Lord_Howe", 10, 4, 2, 15, -1, 0, 0 },
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t wall = utc(2026, rows[i].month, rows[i].day, rows[i].hour, rows[i].minute), found = 0;
        bool exists = zone_first_instant(load(arena, rows[i].zone), wall, &found);
        CU_ASSERT_EQUAL(exists, rows[i].utc_day > 0);
        if (exists) {
            CU_ASSERT_EQUAL(found, utc(2026, rows[i].month, rows[i].utc_day, rows[i].utc_hour, rows[i].utc_minute));
        }
    }
    arena_destroy(arena);
}

static void unknown_zones_are_refused_with_the_nearest_name(void)
{
    static const struct {
        const char *name, *message;
    } rows[] = {
        { "Europe/Berln", "unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?" },
        { "europe/berlin", "unknown time zone 'europe/berlin', did you mean 'Europe/Berlin'?" },
        { "America/NewYork", "unknown time zone 'America/NewYork', did you mean 'America/New_York'?" },
        { "Europe", "unknown time zone 'Europe'" },
        { "../etc/passwd", "unknown time zone '../etc/passwd'" },
        { "Xylophon/Quartz", "unknown time zone 'Xylophon/Quartz' (names are IANA's, as in 'Europe/Berlin')" },
        { "right/Europe/Berlin", "unknown time zone 'right/Europe/Berlin'" },
        { "", "unknown time zone ''" },
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { "" };
        CU_ASSERT_PTR_NULL(zone_load(arena, rows[i].name, &err));
        bool right = strncmp(err.text, rows[i].message, strlen(rows[i].message)) == 0;
        if (!right) {
            printf("%s\n", err.text);
        }
        CU_ASSERT_TRUE(right);
    }
    arena_destroy(arena);
}

enum { FILE_ROOM = 256 };

/* A TZif file without transitions whose one type is an hour east: only the rule counts. */
static size_t write_file(unsigned char *file, const char *rule)
{
    static const unsigned char header[44] = { 'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4 };
    static const unsigned char block[] = { 0, 0, 0x0e, 0x10, 0, 0, 'C', 'E', 'T', 0 };
    size_t size = 0;
    for (int part = 0; part < 2; part++) {
        memcpy(file + size, header, sizeof header);
        memcpy(file + size + sizeof header, block, sizeof block);
        size += sizeof header + sizeof block;
    }
    return size + (size_t)snprintf((char *)file + size, FILE_ROOM - size, "\n%s\n", rule);
}

static void rules_after_the_last_transition_are_read(void)
{
    static const struct {
        const char *rule;
        int january, july;        /* minutes; -999: refused */
    } rows[] = {
        { "CET-1CEST,M3.5.0,M10.5.0/3", 60, 120 },  { "EST5EDT,M3.2.0,M11.1.0", -300, -240 },
        { "<+0330>-3:30", 210, 210 },               { "IST-1GMT0,M10.5.0,M3.5.0/1", 0, 60 },
        { "AAA4BBB,J100,J300", -240, -180 },        { "AAA4BBB3,99/-2,299/26", -240, -180 },
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 660, 600 }, { "", 60, 60 },
        { "CET", -999, 0 },                         { "CET-1CEST", -999, 0 },
        { "CET-1CEST,M13.1.0,M4.1.0", -999, 0 },    { "CET-1CEST,M3.6.0,M4.1.0", -999, 0 },
        { "CET-1CEST,M3.5.0", -999, 0 },            { "CET-1CEST,M3.5.0,M10.5.0/3x", -999, 0 },
        { "CET-200", -999, 0 },                     { "<CET-1", -999, 0 },
        { "CET-1CEST,J0,J100", -999, 0 },
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char file[FILE_ROOM];
        struct error err;
        const struct zone *zone = zone_parse(arena, file, write_file(file, rows[i].rule), &err);
        CU_ASSERT_EQUAL(zone == NULL, rows[i].january == -999);
        if (zone != NULL) {
            CU_ASSERT_EQUAL(zone_offset(zone, utc(2026, 1, 15, 0, 0)) / 60, rows[i].january);
            CU_ASSERT_EQUAL(zone_offset(zone, utc(2026, 7, 15, 0, 0)) / 60, rows[i].july);
        }
    }
    arena_destroy(arena);
}

static void a_file_cut_short_is_refused(void)
{
    unsigned char file[FILE_ROOM];
    size_t size = write_file(file, "CET-1CEST,M3.5.0,M10.5.0/3");
    struct arena *arena = arena_create();
    struct error err;
    CU_ASSERT_PTR_NOT_NULL(zone_parse(arena, file, size, &err));
    for (size_t length = 0; length < size; length++) {
        CU_ASSERT_PTR_NULL(zone_parse(arena, file, length, &err));
    }
    file[54 + 35] = 9;   /* more transitions than there are bytes */
    CU_ASSERT_PTR_NULL(zone_parse(arena, file, size, &err));
    arena_destroy(arena);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "clocks are known", clocks_are_known },
        { "the first instant of a clock time is found", the_first_instant_of_a_clock_time_is_found },
        { "unknown zones are refused with the nearest name", unknown_zones_are_refused_with_the_nearest_name },
        { "rules after the last transition are read", rules_after_the_last_transition_are_read },
        { "a file cut short is refused", a_file_cut_short_is_refused },
        UNIT_END,
    };
    return unit_main("base/zone", tests);
}
