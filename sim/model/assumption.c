#include "model/assumption.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/suggest.h"
#include "base/units.h"

static bool parse_number(const struct assumption *row, const char *text, double *number, struct error *err)
{
    bool parsed = strcmp(row->unit, "s") == 0 ? units_parse_seconds(text, number, err)
                                              : units_parse_number(text, number);
    if (!parsed && text[0] == '-') {
        return error_set(err, "'%s': expected a number%s%s that is not negative", text, row->unit[0] != '\0' ? " in " : "",
                         row->unit);
    }
    if (!parsed) {
        return error_set(err, "'%s' is not a number%s%s", text, row->unit[0] != '\0' ? " in " : "", row->unit);
    }
    if (row->whole && *number != floor(*number)) {
        return error_set(err, "%s is not a whole number", text);
    }
    if (*number < row->least || *number > row->most) {
        return error_set(err, "%s is outside [%.12g, %.12g]", text, row->least, row->most);
    }
    return true;
}

static bool parse_range(const struct assumption *row, const char *text, struct assumption_value *value,
                        struct error *err)
{
    const char *dots = strstr(text, "..");
    if (dots == NULL) {
        value->high = 0;
        bool parsed = parse_number(row, text, &value->low, err);
        value->high = value->low;
        return parsed;
    }
    char low[64];
    int length = snprintf(low, sizeof low, "%.*s", (int)(dots - text), text);
    if (length < 0 || (size_t)length >= sizeof low) {
        return error_set(err, "'%s' is not a range such as '%s'", text, row->value);
    }
    if (!parse_number(row, low, &value->low, err) || !parse_number(row, dots + 2, &value->high, err)) {
        return false;
    }
    return value->low <= value->high || error_set(err, "'%s' ends before it begins", text);
}

/* The i-th of words separated by single blanks; its length, 0 past the last. */
static size_t word_at(const char *words, int i, const char **word)
{
    for (; i > 0 && *words != '\0'; i--) {
        words += strcspn(words, " ");
        words += *words == ' ';
    }
    *word = words;
    return strcspn(words, " ");
}

static bool parse_choice(const struct assumption *row, const char *text, struct assumption_value *value,
                         struct error *err)
{
    const char *word;
    size_t length;
    for (int i = 0; (length = word_at(row->choices, i, &word)) > 0; i++) {
        if (strlen(text) == length && memcmp(text, word, length) == 0) {
            value->low = value->high = i;
            return true;
        }
    }
    return error_set(err, "'%s' is none of: %s", text, row->choices);
}

static bool parse_switch(const char *text, struct assumption_value *value, struct error *err)
{
    bool on = strcmp(text, "on") == 0 || strcmp(text, "true") == 0;
    bool off = strcmp(text, "off") == 0 || strcmp(text, "false") == 0;
    value->low = value->high = on ? 1 : 0;
    return on || off || error_set(err, "'%s' is neither 'on' nor 'off'", text);
}

static bool parse_value(const struct assumption *row, const char *text, struct assumption_value *value,
                        struct error *err)
{
    switch (row->kind) {
    case ASSUMPTION_NUMBER:
        if (!parse_number(row, text, &value->low, err)) {
            return false;
        }
        value->high = value->low;
        return true;
    case ASSUMPTION_RANGE:
        return parse_range(row, text, value, err);
    case ASSUMPTION_SWITCH:
        return parse_switch(text, value, err);
    case ASSUMPTION_CHOICE:
        return parse_choice(row, text, value, err);
    }
    return false;
}

void assumptions_init(struct assumptions *assumptions)
{
    memset(assumptions, 0, sizeof *assumptions);
    for (int id = 0; id < ASSUME_COUNT; id++) {
        struct error err;
        CHECK(parse_value(&assumption_table[id], assumption_table[id].value, &assumptions->values[id], &err));
    }
}

static int find(const char *name)
{
    for (int id = 0; id < ASSUME_COUNT; id++) {
        if (strcmp(assumption_table[id].name, name) == 0) {
            return id;
        }
    }
    return -1;
}

static bool unknown_name(const char *name, struct error *err)
{
    const char *names[ASSUME_COUNT];
    for (int id = 0; id < ASSUME_COUNT; id++) {
        names[id] = assumption_table[id].name;
    }
    const char *nearest = suggest_nearest(name, names, ASSUME_COUNT);
    if (nearest == NULL) {
        return error_set(err, "unknown assumption '%s'", name);
    }
    return error_set(err, "unknown assumption '%s', did you mean '%s'?", name, nearest);
}

bool assumptions_set(struct assumptions *assumptions, const char *name, const char *value, struct error *err)
{
    int id = find(name);
    if (id < 0) {
        return unknown_name(name, err);
    }
    struct assumption_value parsed;
    if (!parse_value(&assumption_table[id], value, &parsed, err)) {
        return error_wrap(err, "%s", name);
    }
    assumptions->values[id] = parsed;
    assumptions->overridden[id] = true;
    return true;
}

static void put_range(const struct assumption_value *value, char *text, size_t size)
{
    char low[32], high[32];
    units_format_number(value->low, 12, low, sizeof low);
    units_format_number(value->high, 12, high, sizeof high);
    bool single = value->low == value->high;
    snprintf(text, size, "%s%s%s", low, single ? "" : "..", single ? "" : high);
}

const char *assumption_value_text(const struct assumptions *assumptions, enum assumption_id id, char *text,
                                  size_t size)
{
    const struct assumption *row = &assumption_table[id];
    const struct assumption_value *value = &assumptions->values[id];
    if (row->kind == ASSUMPTION_SWITCH) {
        snprintf(text, size, "%s", value->low != 0 ? "on" : "off");
    } else if (row->kind == ASSUMPTION_CHOICE) {
        const char *word;
        size_t length = word_at(row->choices, (int)value->low, &word);
        snprintf(text, size, "%.*s", (int)length, word);
    } else {
        put_range(value, text, size);
    }
    return text;
}

double assumed_number(const struct assumptions *assumptions, enum assumption_id id)
{
    CHECK(assumption_table[id].kind == ASSUMPTION_NUMBER);
    return assumptions->values[id].low;
}

int assumed_choice(const struct assumptions *assumptions, enum assumption_id id)
{
    CHECK(assumption_table[id].kind == ASSUMPTION_CHOICE);
    return (int)assumptions->values[id].low;
}

bool assumed_on(const struct assumptions *assumptions, enum assumption_id id)
{
    CHECK(assumption_table[id].kind == ASSUMPTION_SWITCH);
    return assumptions->values[id].low != 0;
}

static sim_time to_time(enum assumption_id id, double number)
{
    const char *unit = assumption_table[id].unit;
    CHECK(strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0);
    return sim_from_seconds(unit[0] == 'm' ? number / 1000 : number);
}

sim_time assumed_time(const struct assumptions *assumptions, enum assumption_id id)
{
    CHECK(assumption_table[id].kind == ASSUMPTION_NUMBER);
    return to_time(id, assumptions->values[id].low);
}

sim_time assumed_draw(const struct assumptions *assumptions, enum assumption_id id, struct rng *rng)
{
    CHECK(assumption_table[id].kind == ASSUMPTION_RANGE);
    sim_time low = to_time(id, assumptions->values[id].low);
    sim_time high = to_time(id, assumptions->values[id].high);
    return low + (sim_time)(rng_uniform(rng) * (double)(high - low));
}
