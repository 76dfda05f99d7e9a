#include "model/cron.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/suggest.h"

/* ---- what a field may hold ----------------------------------------------------------------------------------- */

static const char *const month_names[] = {
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
};
static const char *const weekday_names[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT" };

enum cron_field { MINUTES, HOURS, MONTH_DAY, MONTH, WEEK_DAY, YEAR, FIELD_COUNT };

static const struct form {
    const char *name;
    int least, most;
    const char *const *names;     /* of least, least + 1, ... */
    size_t name_count;
    bool steps;                   /* a/b is allowed */
} forms[FIELD_COUNT] = {
    [MINUTES] = { "minutes", 0, 59, NULL, 0, true },
    [HOURS] = { "hours", 0, 23, NULL, 0, true },
    [MONTH_DAY] = { "day-of-month", 1, 31, NULL, 0, true },
    [MONTH] = { "month", 1, 12, month_names, 12, true },
    [WEEK_DAY] = { "day-of-week", 1, 7, weekday_names, 7, false },
    [YEAR] = { "year", CRON_FIRST_YEAR, CRON_LAST_YEAR, NULL, 0, true },
};

enum { TEXT_MAX = 256, BITS = 64 };

/* The values that a field names, counted from 0. */
struct marks {
    uint64_t words[CRON_YEAR_WORDS];
};

static bool has(const uint64_t *words, int value)
{
    return words[value / BITS] >> (value % BITS) & 1;
}

/* ---- numbers and names --------------------------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 4 && text[digits] == '\0';
}

static bool parse_name(const struct form *form, const char *text, int *value, struct error *err)
{
    char upper[TEXT_MAX];
    size_t i = 0;
    for (; text[i] != '\0' && i < sizeof upper - 1; i++) {
        upper[i] = (char)toupper((unsigned char)text[i]);
    }
    upper[i] = '\0';
    for (i = 0; i < form->name_count; i++) {
        if (strcmp(upper, form->names[i]) == 0) {
            *value = form->least + (int)i;
            return true;
        }
    }
    const char *nearest = suggest_nearest(text, form->names, form->name_count);
    return nearest != NULL ? error_set(err, "%s: unknown name '%s', did you mean '%s'?", form->name, text, nearest)
                           : error_set(err, "%s: '%s' is not understood", form->name, text);
}

static bool parse_value(const struct form *form, const char *text, int *value, struct error *err)
{
    if (!is_number(text)) {
        return parse_name(form, text, value, err);
    }
    *value = (int)strtol(text, NULL, 10);
    return (*value >= form->least && *value <= form->most) ||
           error_set(err, "%s: %d is outside %d..%d", form->name, *value, form->least, form->most);
}

/* ---- lists, ranges, steps ------------------------------------------------------------------------------------ */

static bool parse_step(const struct form *form, const char *text, int *step, struct error *err)
{
    if (!form->steps) {
        return error_set(err, "%s: steps ('/%s') are not allowed here", form->name, text);
    }
    *step = is_number(text) ? (int)strtol(text, NULL, 10) : 0;
    return *step > 0 || error_set(err, "%s: '/%s' is no step", form->name, text);
}

/* "*", "5", "5-9", "0/15", "MON-FRI". A step without an end goes on to the last value. */
static bool parse_item(const struct form *form, char *item, struct marks *marks, struct error *err)
{
    int from = form->least, to = form->most, step = 1;
    char *slash = strchr(item, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (!parse_step(form, slash + 1, &step, err)) {
            return false;
        }
    }
    char *dash = strchr(item, '-');
    if (dash != NULL) {
        *dash = '\0';
        if (!parse_value(form, item, &from, err) || !parse_value(form, dash + 1, &to, err)) {
            return false;
        }
    } else if (strcmp(item, "*") != 0) {
        if (!parse_value(form, item, &from, err)) {
            return false;
        }
        to = slash != NULL ? form->most : from;
    }
    for (int value = from; value <= to; value += step) {
        marks->words[(value - form->least) / BITS] |= UINT64_C(1) << ((value - form->least) % BITS);
    }
    return from <= to || error_set(err, "%s: %d-%d ends before it begins", form->name, from, to);
}

static bool parse_list(const struct form *form, const char *text, struct marks *marks, struct error *err)
{
    char copy[TEXT_MAX];
    snprintf(copy, sizeof copy, "%s", text);
    *marks = (struct marks){ { 0 } };
    for (char *item = copy; item != NULL;) {
        char *comma = strchr(item, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        if (!parse_item(form, item, marks, err)) {
            return false;
        }
        item = comma != NULL ? comma + 1 : NULL;
    }
    return true;
}

/* ---- days ---------------------------------------------------------------------------------------------------- */

static bool parse_listed_days(const struct form *form, const char *text, struct cron_day *day, struct error *err)
{
    struct marks marks;
    if (!parse_list(form, text, &marks, err)) {
        return false;
    }
    *day = (struct cron_day){ .form = CRON_LISTED_DAYS, .days = (uint32_t)(marks.words[0] << form->least) };
    return true;
}

/* The value in front of a trailing letter. */
static bool parse_before(const struct form *form, const char *text, size_t length, int *value, struct error *err)
{
    char copy[TEXT_MAX];
    snprintf(copy, sizeof copy, "%.*s", (int)length, text);
    return parse_value(form, copy, value, err);
}

static bool parse_days_before_last(const char *text, int *number, struct error *err)
{
    *number = is_number(text) ? (int)strtol(text, NULL, 10) : -1;
    return (*number >= 0 && *number <= 30) ||
           error_set(err, "%s: 'L-%s' is not understood", forms[MONTH_DAY].name, text);
}

static bool parse_month_day(const char *text, struct cron_day *day, struct error *err)
{
    const struct form *form = &forms[MONTH_DAY];
    size_t length = strlen(text);
    if (strcmp(text, "?") == 0) {
        *day = (struct cron_day){ .form = CRON_ANY_DAY };
    } else if (strcmp(text, "LW") == 0) {
        *day = (struct cron_day){ .form = CRON_LAST_WORKDAY };
    } else if (strcmp(text, "L") == 0) {
        *day = (struct cron_day){ .form = CRON_LAST_DAY };
    } else if (strncmp(text, "L-", 2) == 0) {
        *day = (struct cron_day){ .form = CRON_LAST_DAY };
        return parse_days_before_last(text + 2, &day->number, err);
    } else if (length > 1 && text[length - 1] == 'W') {
        *day = (struct cron_day){ .form = CRON_NEAREST_WORKDAY };
        return parse_before(form, text, length - 1, &day->number, err);
    } else {
        return parse_listed_days(form, text, day, err);
    }
    return true;
}

static bool parse_nth(const char *text, int *nth, struct error *err)
{
    *nth = is_number(text) ? (int)strtol(text, NULL, 10) : 0;
    return (*nth >= 1 && *nth <= 5) ||
           error_set(err, "%s: '#%s' is outside 1..5", forms[WEEK_DAY].name, text);
}

static bool parse_week_day(const char *text, struct cron_day *day, struct error *err)
{
    const struct form *form = &forms[WEEK_DAY];
    size_t length = strlen(text);
    const char *hash = strchr(text, '#');
    if (strcmp(text, "?") == 0) {
        *day = (struct cron_day){ .form = CRON_ANY_DAY };
    } else if (strcmp(text, "L") == 0) {   /* the last day of the week */
        *day = (struct cron_day){ .form = CRON_LISTED_DAYS, .days = UINT32_C(1) << 7 };
    } else if (hash != NULL) {
        *day = (struct cron_day){ .form = CRON_NTH_WEEKDAY };
        return parse_before(form, text, (size_t)(hash - text), &day->number, err) &&
               parse_nth(hash + 1, &day->nth, err);
    } else if (length > 1 && text[length - 1] == 'L') {
        *day = (struct cron_day){ .form = CRON_LAST_WEEKDAY };
        return parse_before(form, text, length - 1, &day->number, err);
    } else {
        return parse_listed_days(form, text, day, err);
    }
    return true;
}

/* ---- the expression ------------------------------------------------------------------------------------------ */

static bool split(char *text, const char *fields[FIELD_COUNT], struct error *err)
{
    int count = 0;
    for (char *rest = text, *field; (field = strtok_r(rest, " ", &rest)) != NULL; count++) {
        if (count < FIELD_COUNT) {
            fields[count] = field;
        }
    }
    return count == FIELD_COUNT ||
           error_set(err, "expected six fields (minutes hours day-of-month month day-of-week year), got %d", count);
}

bool cron_parse(struct cron *cron, const char *text, struct error *err)
{
    char copy[TEXT_MAX];
    const char *fields[FIELD_COUNT];
    struct marks minutes, hours, months, years;
    if (strlen(text) >= sizeof copy) {
        return error_set(err, "longer than %d characters", TEXT_MAX - 1);
    }
    snprintf(copy, sizeof copy, "%s", text);
    *cron = (struct cron){ .minutes = 0 };
    if (!split(copy, fields, err) || !parse_list(&forms[MINUTES], fields[MINUTES], &minutes, err) ||
        !parse_list(&forms[HOURS], fields[HOURS], &hours, err) ||
        !parse_month_day(fields[MONTH_DAY], &cron->month_day, err) ||
        !parse_list(&forms[MONTH], fields[MONTH], &months, err) ||
        !parse_week_day(fields[WEEK_DAY], &cron->week_day, err) ||
        !parse_list(&forms[YEAR], fields[YEAR], &years, err)) {
        return false;
    }
    cron->minutes = minutes.words[0];
    cron->hours = (uint32_t)hours.words[0];
    cron->months = (uint32_t)(months.words[0] << 1);
    memcpy(cron->years, years.words, sizeof cron->years);
    return (cron->month_day.form == CRON_ANY_DAY) != (cron->week_day.form == CRON_ANY_DAY) ||
           error_set(err, "one of day-of-month and day-of-week must be '?', and not both");
}

/* ---- occurrences --------------------------------------------------------------------------------------------- */

static bool is_workday(int64_t day)
{
    int weekday = date_weekday(day);
    return weekday >= 1 && weekday <= 5;
}

/* The workday nearest to a day of the month, without leaving the month. */
static int nearest_workday(int64_t first, int length, int number)
{
    static const int ways[] = { 0, -1, 1, -2, 2 };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int day = number + ways[i];
        if (day >= 1 && day <= length && is_workday(first + day - 1)) {
            return day;
        }
    }
    return number;
}

static bool matches_month_day(const struct cron_day *rule, int64_t day, struct date date)
{
    int length = date_month_length(date.year, date.month);
    int64_t first = day - date.day + 1;
    switch (rule->form) {
    case CRON_LISTED_DAYS:
        return rule->days >> date.day & 1;
    case CRON_LAST_DAY:
        return date.day == length - rule->number;
    case CRON_LAST_WORKDAY:
        return date.day == nearest_workday(first, length, length);
    case CRON_NEAREST_WORKDAY:
        return rule->number <= length && date.day == nearest_workday(first, length, rule->number);
    case CRON_ANY_DAY:
    case CRON_LAST_WEEKDAY:
    case CRON_NTH_WEEKDAY:
        break;
    }
    return true;
}

static bool matches_week_day(const struct cron_day *rule, int64_t day, struct date date)
{
    int weekday = date_weekday(day) + 1;
    switch (rule->form) {
    case CRON_LISTED_DAYS:
        return rule->days >> weekday & 1;
    case CRON_LAST_WEEKDAY:
        return weekday == rule->number && date.day + 7 > date_month_length(date.year, date.month);
    case CRON_NTH_WEEKDAY:
        return weekday == rule->number && (date.day - 1) / 7 + 1 == rule->nth;
    case CRON_ANY_DAY:
    case CRON_LAST_DAY:
    case CRON_LAST_WORKDAY:
    case CRON_NEAREST_WORKDAY:
        break;
    }
    return true;
}

bool cron_matches_day(const struct cron *cron, int64_t day)
{
    struct date date = date_of_days(day);
    return date.year >= CRON_FIRST_YEAR && date.year <= CRON_LAST_YEAR &&
           has(cron->years, date.year - CRON_FIRST_YEAR) && (cron->months >> date.month & 1) &&
           matches_month_day(&cron->month_day, day, date) && matches_week_day(&cron->week_day, day, date);
}

int cron_next_minute(const struct cron *cron, int minute)
{
    for (; minute < 24 * 60; minute++) {
        if ((cron->hours >> (minute / 60) & 1) && (cron->minutes >> (minute % 60) & 1)) {
            return minute;
        }
    }
    return -1;
}
