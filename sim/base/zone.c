#include "base/zone.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/suggest.h"

#define DATABASE "/usr/share/zoneinfo/"

enum { DAY_S = 86400, HOUR_S = 3600, HEADER_SIZE = 44, TYPE_SIZE = 6, FILE_MAX = 1 << 20, NAMES_MAX = 2000 };

/* A day of each year, in the words of POSIX's TZ: M10.5.0, J60, 59. */
struct yearly {
    enum { YEARLY_WEEKDAY, YEARLY_JULIAN, YEARLY_DAY } form;
    int month, week, weekday;     /* week 5: the last */
    int day;                      /* from 1 without leap days; from 0 with them */
    int32_t time;                 /* on the clocks before the change */
};

/* What holds after the last transition listed. */
struct rule {
    bool present, has_summer;
    int32_t offset, summer_offset;
    struct yearly summer_from, summer_to;
};

struct transition {
    int64_t at;
    int32_t offset;
};

struct zone {
    const struct transition *transitions;
    size_t count;
    int32_t first_offset;         /* before all transitions */
    struct rule rule;
    const char *database;
};

/* ---- the rule after the last transition ---------------------------------------------------------------------- */

/* A whole number from 0 to `most`. */
static bool take_number(const char **at, int most, int *number)
{
    if (!isdigit((unsigned char)**at)) {
        return false;
    }
    for (*number = 0; isdigit((unsigned char)**at); (*at)++) {
        *number = 10 * *number + (**at - '0');
        if (*number > most) {
            return false;
        }
    }
    return true;
}

static bool take_char(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(const char **at, int32_t *seconds)
{
    int sign = **at == '-' ? -1 : 1, part;
    *at += **at == '-' || **at == '+';
    if (!take_number(at, 167, &part)) {
        return false;
    }
    *seconds = part * HOUR_S;
    for (int unit = 60; unit >= 1 && **at == ':'; unit /= 60) {
        (*at)++;
        if (!take_number(at, 59, &part)) {
            return false;
        }
        *seconds += part * unit;
    }
    *seconds *= sign;
    return true;
}

/* CET or <+0330> */
static bool take_name(const char **at)
{
    const char *start = *at;
    if (*start == '<') {
        const char *end = strchr(start, '>');
        *at = end != NULL ? end + 1 : start;
        return end != NULL;
    }
    while (isalpha((unsigned char)**at)) {
        (*at)++;
    }
    return *at - start >= 3;
}

static bool take_yearly(const char **at, struct yearly *yearly)
{
    *yearly = (struct yearly){ .form = YEARLY_DAY, .time = 2 * HOUR_S };
    bool ok;
    if (**at == 'M') {
        (*at)++;
        yearly->form = YEARLY_WEEKDAY;
        ok = take_number(at, 12, &yearly->month) && take_char(at, '.') && take_number(at, 5, &yearly->week) &&
             take_char(at, '.') && take_number(at, 6, &yearly->weekday) && yearly->month >= 1 && yearly->week >= 1;
    } else if (**at == 'J') {
        (*at)++;
        yearly->form = YEARLY_JULIAN;
        ok = take_number(at, 365, &yearly->day) && yearly->day >= 1;
    } else {
        ok = take_number(at, 365, &yearly->day);
    }
    if (ok && **at == '/') {
        (*at)++;
        ok = take_time(at, &yearly->time);
    }
    return ok;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3"; offsets are written west of Greenwich. */
static bool parse_rule(struct rule *rule, const char *text)
{
    *rule = (struct rule){ .present = *text != '\0' };
    if (!rule->present) {
        return true;
    }
    if (!take_name(&text) || !take_time(&text, &rule->offset)) {
        return false;
    }
    rule->offset = -rule->offset;
    rule->has_summer = *text != '\0';
    if (!rule->has_summer) {
        return true;
    }
    if (!take_name(&text)) {
        return false;
    }
    rule->summer_offset = rule->offset + HOUR_S;
    if (*text != ',') {
        if (!take_time(&text, &rule->summer_offset)) {
            return false;
        }
        rule->summer_offset = -rule->summer_offset;
    }
    return take_char(&text, ',') && take_yearly(&text, &rule->summer_from) && take_char(&text, ',') &&
           take_yearly(&text, &rule->summer_to) && *text == '\0';
}

static int64_t yearly_day(const struct yearly *yearly, int year)
{
    int64_t new_year = date_to_days((struct date){ year, 1, 1 });
    if (yearly->form == YEARLY_DAY) {
        return new_year + yearly->day;
    }
    if (yearly->form == YEARLY_JULIAN) {
        bool after_leap_day = yearly->day >= 60 && date_month_length(year, 2) == 29;
        return new_year + yearly->day - 1 + after_leap_day;
    }
    int64_t first = date_to_days((struct date){ year, yearly->month, 1 });
    int day = (yearly->weekday - date_weekday(first) + 7) % 7 + 7 * (yearly->week - 1);
    while (day >= date_month_length(year, yearly->month)) {
        day -= 7;
    }
    return first + day;
}

static int64_t days_of(int64_t seconds)
{
    return seconds / DAY_S - (seconds % DAY_S < 0);
}

static int32_t rule_offset(const struct rule *rule, int64_t unix_s)
{
    if (!rule->has_summer) {
        return rule->offset;
    }
    int year = date_of_days(days_of(unix_s + rule->offset)).year;
    int64_t from = yearly_day(&rule->summer_from, year) * DAY_S + rule->summer_from.time - rule->offset;
    int64_t to = yearly_day(&rule->summer_to, year) * DAY_S + rule->summer_to.time - rule->summer_offset;
    bool summer = from < to ? unix_s >= from && unix_s < to : unix_s >= from || unix_s < to;
    return summer ? rule->summer_offset : rule->offset;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

struct bytes {
    const unsigned char *at;
    size_t left;
};

struct header {
    size_t ut_count, standard_count, leap_count, transition_count, type_count, letter_count;
};

static int64_t take_big_endian(struct bytes *bytes, size_t size)
{
    uint64_t value = bytes->at[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes->at[i];
    }
    bytes->at += size;
    bytes->left -= size;
    return (int64_t)value;
}

static bool skip(struct bytes *bytes, size_t size)
{
    if (size > bytes->left) {
        return false;
    }
    bytes->at += size;
    bytes->left -= size;
    return true;
}

static bool take_header(struct bytes *bytes, struct header *header)
{
    if (bytes->left < HEADER_SIZE || memcmp(bytes->at, "TZif", 4) != 0 || bytes->at[4] < '2') {
        return false;
    }
    skip(bytes, 20);
    size_t *counts[] = { &header->ut_count, &header->standard_count, &header->leap_count, &header->transition_count,
                         &header->type_count, &header->letter_count };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int64_t count = take_big_endian(bytes, 4);
        if (count < 0 || count > FILE_MAX) {
            return false;
        }
        *counts[i] = (size_t)count;
    }
    return true;
}

static size_t block_size(const struct header *header, size_t time_size)
{
    return header->transition_count * (time_size + 1) + header->type_count * TYPE_SIZE + header->letter_count +
           header->leap_count * (time_size + 4) + header->standard_count + header->ut_count;
}

/* The block with times of 8 bytes: transitions, the type of each, what the types are. */
static bool take_block(struct zone *zone, struct arena *arena, struct bytes *bytes, const struct header *header)
{
    size_t count = header->transition_count;
    if (block_size(header, 8) > bytes->left || header->type_count == 0 || header->leap_count > 0) {
        return false;
    }
    struct bytes block = *bytes;
    const unsigned char *types = block.at + count * 8, *offsets = types + count;
    struct transition *transitions = arena_alloc(arena, (count + 1) * sizeof *transitions);
    for (size_t i = 0; i < count; i++) {
        struct bytes offset = { offsets + types[i] * (size_t)TYPE_SIZE, TYPE_SIZE };
        if (types[i] >= header->type_count) {
            return false;
        }
        transitions[i] = (struct transition){ take_big_endian(&block, 8), (int32_t)take_big_endian(&offset, 4) };
    }
    struct bytes first = { offsets, TYPE_SIZE };
    zone->transitions = transitions;
    zone->count = count;
    zone->first_offset = (int32_t)take_big_endian(&first, 4);
    return skip(bytes, block_size(header, 8));
}

/* The rule, between two newlines. */
static bool take_footer(struct zone *zone, const struct bytes *bytes)
{
    char text[128];
    const char *end = bytes->left > 1 ? memchr(bytes->at + 1, '\n', bytes->left - 1) : NULL;
    if (end == NULL || *bytes->at != '\n') {
        return false;
    }
    size_t length = (size_t)(end - (const char *)bytes->at) - 1;
    if (length >= sizeof text) {
        return false;
    }
    memcpy(text, bytes->at + 1, length);
    text[length] = '\0';
    return parse_rule(&zone->rule, text);
}

static struct zone *parse(struct arena *arena, const void *bytes, size_t size, struct error *err)
{
    struct zone *zone = arena_alloc(arena, sizeof *zone);
    struct bytes rest = { bytes, size };
    struct header header;
    zone->database = "unknown";
    if (!take_header(&rest, &header) || !skip(&rest, block_size(&header, 4)) || !take_header(&rest, &header) ||
        !take_block(zone, arena, &rest, &header) || !take_footer(zone, &rest)) {
        error_set(err, "this is no TZif file of version 2 or later without leap seconds");
        return NULL;
    }
    return zone;
}

const struct zone *zone_parse(struct arena *arena, const void *bytes, size_t size, struct error *err)
{
    return parse(arena, bytes, size, err);
}

/* ---- the database -------------------------------------------------------------------------------------------- */

/* The whole file, NUL behind it; NULL: it cannot be read. Free with free(). */
static char *read_file(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return NULL;
    }
    char *text = mem_alloc(FILE_MAX + 1);
    *size = fread(text, 1, FILE_MAX, stream);
    bool ok = !ferror(stream);
    fclose(stream);
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

/* "Z Europe/Berlin 0:53:28 ..." has its name second, "L Europe/Berlin Arctic/Longyearbyen" last. NULL: neither. */
static char *name_in_line(char *line)
{
    char *rest, *kind = strtok_r(line, " ", &rest), *first = strtok_r(NULL, " ", &rest);
    if (kind == NULL || first == NULL) {
        return NULL;
    }
    if (strcmp(kind, "Z") == 0) {
        return first;
    }
    return strcmp(kind, "L") == 0 ? strtok_r(NULL, " ", &rest) : NULL;
}

static void say_unknown(const char *name, struct error *err)
{
    size_t size, count = 0;
    char *text = read_file(DATABASE "tzdata.zi", &size), *rest = text;
    const char **names = mem_alloc(NAMES_MAX * sizeof *names);
    for (char *line; text != NULL && count < NAMES_MAX && (line = strtok_r(rest, "\n", &rest)) != NULL;) {
        names[count] = name_in_line(line);
        count += names[count] != NULL;
    }
    const char *nearest = suggest_nearest(name, names, count);
    if (nearest != NULL) {
        error_set(err, "unknown time zone '%s', did you mean '%s'?", name, nearest);
    } else {
        error_set(err, "unknown time zone '%s' (names are IANA's, as in 'Europe/Berlin')", name);
    }
    free(text);
    free(names);
}

/* No way out of the database, and none into its copies with leap seconds. */
static bool is_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("/_+-", *at) == NULL) {
            return false;
        }
    }
    return isupper((unsigned char)*name);
}

/* "# version 2025b" at the head of the database's text; "unknown" otherwise. */
static const char *read_edition(struct arena *arena)
{
    static const char mark[] = "# version ";
    size_t size;
    char *text = read_file(DATABASE "tzdata.zi", &size);
    const char *edition = "unknown";
    if (text != NULL && strncmp(text, mark, strlen(mark)) == 0) {
        const char *start = text + strlen(mark);
        edition = arena_printf(arena, "%.*s", (int)strcspn(start, "\r\n"), start);
    }
    free(text);
    return edition;
}

const struct zone *zone_load(struct arena *arena, const char *name, struct error *err)
{
    char path[256];
    size_t size = 0;
    int length = snprintf(path, sizeof path, "%s%s", DATABASE, name);
    char *text = is_name(name) && (size_t)length < sizeof path ? read_file(path, &size) : NULL;
    if (text == NULL || strncmp(text, "TZif", 4) != 0) {
        free(text);
        say_unknown(name, err);
        return NULL;
    }
    struct zone *zone = parse(arena, text, size, err);
    free(text);
    if (zone == NULL) {
        error_wrap(err, "time zone '%s'", name);
    } else {
        zone->database = read_edition(arena);
    }
    return zone;
}

const char *zone_database(const struct zone *zone)
{
    return zone->database;
}

/* ---- clocks -------------------------------------------------------------------------------------------------- */

/* Transitions at or before `unix_s`. */
static size_t transitions_until(const struct zone *zone, int64_t unix_s)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->transitions[middle].at <= unix_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t zone_offset(const struct zone *zone, int64_t unix_s)
{
    if (zone == NULL) {
        return 0;
    }
    size_t passed = transitions_until(zone, unix_s);
    if (passed == zone->count && zone->rule.present) {
        return rule_offset(&zone->rule, unix_s);
    }
    return passed > 0 ? zone->transitions[passed - 1].offset : zone->first_offset;
}

/* Offsets change by a day at most and not twice within two days: the candidates are those of a day before and after. */
bool zone_first_instant(const struct zone *zone, int64_t wall_s, int64_t *unix_s)
{
    int32_t before = zone_offset(zone, wall_s - DAY_S), after = zone_offset(zone, wall_s + DAY_S);
    int32_t larger = before > after ? before : after, smaller = before > after ? after : before;
    *unix_s = wall_s - larger;
    if (zone_offset(zone, *unix_s) == larger) {
        return true;
    }
    *unix_s = wall_s - smaller;
    return zone_offset(zone, *unix_s) == smaller;
}
