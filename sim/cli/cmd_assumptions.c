#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/print.h"
#include "model/assumption.h"
#include "output/json.h"

/* ---- what is asked for ---------------------------------------------------------------------------------------- */

/* Upper and lower case are one. */
static bool contains(const char *text, const char *pattern)
{
    size_t length = strlen(pattern);
    for (; strlen(text) >= length; text++) {
        if (strncasecmp(text, pattern, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool asks_for_assumption(const char *pattern, const struct assumption *row)
{
    return contains(row->name, pattern) || contains(row->rules, pattern) || contains(row->statement, pattern);
}

static bool asks_for_rule(const char *pattern, const struct assumption_rule *rule)
{
    return contains(rule->rule, pattern) || contains(rule->statement, pattern);
}

static bool finds_any(const char *pattern)
{
    bool found = false;
    for (int id = 0; id < ASSUME_COUNT; id++) {
        found = found || asks_for_assumption(pattern, &assumption_table[id]);
    }
    for (size_t i = 0; i < assumption_rule_count; i++) {
        found = found || asks_for_rule(pattern, &assumption_rules[i]);
    }
    return found;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

/* "a|b|c" as "a, b, c". */
static void put_alternatives(struct text *text, const char *alternatives)
{
    for (; *alternatives != '\0'; alternatives++) {
        if (*alternatives == '|') {
            text_put(text, ", ");
        } else {
            text_char(text, *alternatives);
        }
    }
}

static void put_assumption(struct text *text, const struct assumption *row)
{
    text_printf(text, "%s = %s%s%s\n    %s\n", row->name, row->value, row->unit[0] != '\0' ? " " : "", row->unit,
                row->statement);
    if (row->alternatives[0] != '\0') {
        text_put(text, "    otherwise: ");
        put_alternatives(text, row->alternatives);
        text_char(text, '\n');
    }
    text_printf(text, "    %s, %s, confidence %s; %s, %s\n", row->rules, row->grade, row->confidence, row->source,
                row->date);
}

/* A heading comes with the first row under it. */
static void put_rules(struct text *text, bool modelled, const char *pattern)
{
    const char *heading = modelled ? "\nRULES MODELLED AS WRITTEN\n\n" : "\nNOT MODELLED\n\n";
    for (size_t i = 0; i < assumption_rule_count; i++) {
        const struct assumption_rule *rule = &assumption_rules[i];
        if (rule->modelled == modelled && asks_for_rule(pattern, rule)) {
            text_printf(text, "%s%-12s %s (%s; %s, %s)\n", heading, rule->rule, rule->statement, rule->grade, rule->source,
                        rule->date);
            heading = "";
        }
    }
}

static void put_text(struct text *text, const char *pattern)
{
    const char *heading = "ASSUMPTIONS: may be overridden by --assume NAME=VALUE and sim.assume\n\n";
    for (int id = 0; id < ASSUME_COUNT; id++) {
        if (asks_for_assumption(pattern, &assumption_table[id])) {
            text_put(text, heading);
            put_assumption(text, &assumption_table[id]);
            heading = "";
        }
    }
    put_rules(text, true, pattern);
    put_rules(text, false, pattern);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static void put_json_assumption(struct json *json, const struct assumption *row)
{
    json_break(json);
    json_open(json, '{');
    json_key_text(json, "name", row->name);
    json_key_text(json, "value", row->value);
    json_key_text(json, "unit", row->unit);
    json_key_text(json, "alternatives", row->alternatives);
    json_key_text(json, "choices", row->choices);
    json_key_text(json, "statement", row->statement);
    json_key_text(json, "rules", row->rules);
    json_key_text(json, "grade", row->grade);
    json_key_text(json, "confidence", row->confidence);
    json_key_text(json, "source", row->source);
    json_key_text(json, "date", row->date);
    json_close(json, '}');
}

static void put_json_rule(struct json *json, const struct assumption_rule *rule)
{
    json_break(json);
    json_open(json, '{');
    json_key_text(json, "rule", rule->rule);
    json_key_text(json, "statement", rule->statement);
    json_key_bool(json, "modelled", rule->modelled);
    json_key_text(json, "grade", rule->grade);
    json_key_text(json, "source", rule->source);
    json_key_text(json, "date", rule->date);
    json_close(json, '}');
}

static void put_json(struct text *text, const char *pattern)
{
    struct json json;
    json_init(&json, text);
    json_open(&json, '{');
    json_break(&json);
    json_key(&json, "assumptions");
    json_open(&json, '[');
    for (int id = 0; id < ASSUME_COUNT; id++) {
        if (asks_for_assumption(pattern, &assumption_table[id])) {
            put_json_assumption(&json, &assumption_table[id]);
        }
    }
    json_break(&json);
    json_close(&json, ']');
    json_break(&json);
    json_key(&json, "rules");
    json_open(&json, '[');
    for (size_t i = 0; i < assumption_rule_count; i++) {
        if (asks_for_rule(pattern, &assumption_rules[i])) {
            put_json_rule(&json, &assumption_rules[i]);
        }
    }
    json_break(&json);
    json_close(&json, ']');
    json_break(&json);
    json_close(&json, '}');
    text_char(text, '\n');
}

static enum exit_status cmd_assumptions(const struct args *args)
{
    const char *pattern = args->operand_count > 0 ? args->operands[0] : "";
    if (!finds_any(pattern)) {
        return complain(STATUS_USAGE, "no assumption or rule has '%s' in its name or its sentence", pattern);
    }
    struct text text;
    text_init(&text, STDOUT_FILENO);
    (args->json ? put_json : put_text)(&text, pattern);
    enum exit_status status = print_flush(&text);
    text_finish(&text);
    return status;
}

const struct command command_assumptions = {
    .name = "assumptions",
    .operands = "[PATTERN]",
    .summary = "print the ledger: every rule of AWS in the model, with its source",
    .text = "Prints every constant and every reading of a rule that the model assumes, with rule IDs, grade, source and "
            "date, and what else could be true; then the rules that are modelled as written, and those that are not "
            "modelled. With a PATTERN only those that have it in their name, IDs or sentence, in upper or lower case: "
            "'ecsim assumptions cooldown', 'ecsim assumptions TT-1'. --assume overrides an assumption for a run.",
    .operands_least = 0,
    .operands_most = 1,
    .options = "help json",
    .run = cmd_assumptions,
};
