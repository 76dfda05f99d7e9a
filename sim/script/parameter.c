#include "script/parameter.h"

#include <string.h>

#include "base/suggest.h"
#include "base/units.h"

const char *const parameter_type_names[] = {
    [PARAMETER_NUMBER] = "number", [PARAMETER_TIME] = "time", [PARAMETER_BOOLEAN] = "true or false",
    [PARAMETER_TEXT] = "text",
};

static bool parse_boolean(const char *text, double *number)
{
    *number = strcmp(text, "true") == 0;
    return *number == 1 || strcmp(text, "false") == 0;
}

static bool parse(const struct parameter *parameter, const char *text, double *number, struct error *err)
{
    *number = 0;
    switch (parameter->type) {
    case PARAMETER_NUMBER:
        return units_parse_number(text, number) || error_set(err, "'%s' is not a number", text);
    case PARAMETER_TIME:
        return units_parse_seconds(text, number, err);
    case PARAMETER_BOOLEAN:
        return parse_boolean(text, number) || error_set(err, "'%s' is neither true nor false", text);
    case PARAMETER_TEXT:
        break;
    }
    return true;
}

static bool equals_choice(const struct parameter *parameter, const char *text, double number, const char *choice)
{
    double choice_number;
    struct error ignored;
    if (parameter->type == PARAMETER_TEXT) {
        return strcmp(text, choice) == 0;
    }
    return parse(parameter, choice, &choice_number, &ignored) && choice_number == number;
}

static bool check_choices(const struct parameter *parameter, const char *text, double number, struct error *err)
{
    for (size_t i = 0; i < parameter->choice_count; i++) {
        if (equals_choice(parameter, text, number, parameter->choices[i])) {
            return true;
        }
    }
    if (parameter->choice_count == 0) {
        return true;
    }
    const char *nearest = suggest_nearest(text, parameter->choices, parameter->choice_count);
    if (nearest) {
        return error_set(err, "'%s' is not among the choices, did you mean '%s'?", text, nearest);
    }
    error_set(err, "'%s' is not one of", text);
    for (size_t i = 0; i < parameter->choice_count; i++) {
        struct error before = *err;
        error_set(err, "%.900s%s %.60s", before.text, i > 0 ? "," : "", parameter->choices[i]);
    }
    return false;
}

static bool check_bounds(const struct parameter *parameter, const char *text, double number, struct error *err)
{
    char bound[64];
    if (number < parameter->min) {
        units_format_number(parameter->min, 12, bound, sizeof bound);
        return error_set(err, "%s is below the minimum %s", text, bound);
    }
    if (number > parameter->max) {
        units_format_number(parameter->max, 12, bound, sizeof bound);
        return error_set(err, "%s is above the maximum %s", text, bound);
    }
    return true;
}

bool parameter_set(struct parameter *parameter, const char *text, struct arena *arena, struct error *err)
{
    double number;
    if (!parse(parameter, text, &number, err) || !check_choices(parameter, text, number, err)) {
        return false;
    }
    bool has_bounds = parameter->type == PARAMETER_NUMBER || parameter->type == PARAMETER_TIME;
    if (has_bounds && !check_bounds(parameter, text, number, err)) {
        return false;
    }
    parameter->text = arena_text(arena, text);
    parameter->number = number;
    return true;
}
