#include "cli/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/vec.h"
#include "cli/command.h"

const struct option option_table[] = {
    { "allow-exec", NULL, "let the scenario start the programs that it names as policies" },
    { "assume", "NAME=VALUE", "override an assumption of the ledger (ecsim assumptions); may be repeated" },
    { "at", "TIME", "explain only around a time: 'Mon 14:32', '14:32:05', '2026-01-19 14:32', or '2d3h' after the start; "
                    "or between two: 'Mon 14:00..Mon 16:30'" },
    { "explain", NULL, "print why it scaled, why it did not, and which tasks were chosen to stop" },
    { "format", "FORMAT", "svg (default), png, or term: characters on the terminal" },
    { "help", NULL, "print help; also -h" },
    { "json", NULL, "print JSON" },
    { "no-events", NULL, "with --out: no events.jsonl, the longest file by far (170 MB for a week of queue_protect_ab); without "
                         "it there is nothing to explain, and figures have no marks" },
    { "out", "DIR", "write summary.json, timeline.csv, events.jsonl, tasks.csv and, if there are any, sessions.csv into DIR" },
    { "plot", NULL, "draw the figures too; without --out into out/SCENARIO" },
    { "policy", "NAME", "explain only this policy and its alarms, or this scheduled action" },
    { "quiet", NULL, "no report and no progress, only files and errors" },
    { "seed", "N", "master seed, a whole number (default 1), or random" },
    { "service", "NAME", "explain only this service" },
    { "set", "NAME=VALUE", "set a parameter of the scenario (ecsim params); may be repeated" },
    { "task", "ID", "tell the life of one task, by its ID or the beginning of it" },
    { "version", NULL, "print the version" },
};
const size_t option_count = sizeof option_table / sizeof option_table[0];

static bool unknown_option(const char *name, struct error *err)
{
    const char *names[sizeof option_table / sizeof option_table[0]];
    for (size_t i = 0; i < option_count; i++) {
        names[i] = option_table[i].name;
    }
    const char *nearest = suggest_nearest(name, names, option_count);
    return nearest != NULL ? error_set(err, "unknown option '--%s', did you mean '--%s'?", name, nearest)
                           : error_set(err, "unknown option '--%s'", name);
}

static bool unknown_command(const char *name, struct error *err)
{
    const char *names[16];
    for (size_t i = 0; i < command_count; i++) {
        names[i] = commands[i]->name;
    }
    const char *nearest = suggest_nearest(name, names, command_count);
    return nearest != NULL ? error_set(err, "unknown command '%s', did you mean '%s'?", name, nearest)
                           : error_set(err, "unknown command '%s'; 'ecsim help' lists them", name);
}

/* The option whose name is the first `length` characters of `text`. */
static const struct option *find_option(const char *text, size_t length)
{
    for (size_t i = 0; i < option_count; i++) {
        if (strlen(option_table[i].name) == length && memcmp(option_table[i].name, text, length) == 0) {
            return &option_table[i];
        }
    }
    return NULL;
}

static bool add_setting(struct args *args, bool is_assumption, const char *option, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return error_set(err, "--%s '%s': expected NAME=VALUE", option, text);
    }
    char *copy = mem_text(text);
    copy[equals - text] = '\0';
    VEC_GROW(args->copies, args->copy_count, args->copy_room);
    args->copies[args->copy_count++] = copy;
    struct scenario_setting setting = { .name = copy, .value = copy + (equals - text) + 1 };
    if (is_assumption) {
        VEC_GROW(args->assumptions, args->assumption_count, args->assumption_room);
        args->assumptions[args->assumption_count++] = setting;
    } else {
        VEC_GROW(args->settings, args->setting_count, args->setting_room);
        args->settings[args->setting_count++] = setting;
    }
    return true;
}

static const char **value_place(struct args *args, const char *name)
{
    const struct {
        const char *name;
        const char **place;
    } values[] = {
        { "at", &args->at }, { "format", &args->format }, { "out", &args->out }, { "policy", &args->policy },
        { "seed", &args->seed }, { "service", &args->service }, { "task", &args->task },
    };
    size_t i = 0;
    while (strcmp(values[i].name, name) != 0) {
        i++;
    }
    return values[i].place;
}

static bool take_value(struct args *args, const char *name, const char *value, struct error *err)
{
    if (strcmp(name, "set") == 0 || strcmp(name, "assume") == 0) {
        return add_setting(args, strcmp(name, "assume") == 0, name, value, err);
    }
    const char **place = value_place(args, name);
    if (*place != NULL) {
        return error_set(err, "--%s is given twice", name);
    }
    *place = value;
    return true;
}

static void take_switch(struct args *args, const char *name)
{
    const struct {
        const char *name;
        bool *place;
    } switches[] = {
        { "allow-exec", &args->allow_exec }, { "explain", &args->explain }, { "help", &args->help }, { "json", &args->json },
        { "no-events", &args->no_events }, { "plot", &args->plot }, { "quiet", &args->quiet }, { "version", &args->version },
    };
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (strcmp(switches[i].name, name) == 0) {
            *switches[i].place = true;
        }
    }
}

/* "--name", "--name value" or "--name=value"; *next moves past a value of its own. */
static bool take_option(struct args *args, char *const *argv, int argc, int *next, const struct option **taken,
                        struct error *err)
{
    const char *name = argv[*next] + 2;
    size_t length = strcspn(name, "=");
    const struct option *option = find_option(name, length);
    if (option == NULL) {
        return unknown_option(name, err);
    }
    *taken = option;
    bool attached = name[length] == '=';
    if (option->value == NULL) {
        take_switch(args, option->name);
        return !attached || error_set(err, "--%s takes no value", option->name);
    }
    if (!attached && *next + 1 == argc) {
        return error_set(err, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    }
    const char *value = attached ? name + length + 1 : argv[++*next];
    return take_value(args, option->name, value, err);
}

static bool take_word(struct args *args, const char *word, struct error *err)
{
    if (args->command == NULL) {
        args->command = command_find(word);
        return args->command != NULL || unknown_command(word, err);
    }
    if (args->operand_count == args->command->operands_most) {
        return error_set(err, "'%s' is one word too many: 'ecsim help %s' shows what it takes", word,
                         args->command->name);
    }
    args->operands[args->operand_count++] = word;
    return true;
}

/* Options may come before the verb, so which of them it takes is known only at the end. */
static bool check_fit(const struct args *args, const struct option *const *taken, size_t count, struct error *err)
{
    const struct command *command = args->command;
    if (command == NULL || args->help || args->version) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!command_takes(command, taken[i]->name)) {
            return error_set(err, "'ecsim %s' has no option --%s", command->name, taken[i]->name);
        }
    }
    return args->operand_count >= command->operands_least
        || error_set(err, "something is missing: ecsim %s %s", command->name, command->operands);
}

bool args_parse(struct args *args, int argc, char *const *argv, struct error *err)
{
    *args = (struct args){ .command = NULL };
    const struct option **taken = mem_alloc(((size_t)argc + 1) * sizeof *taken);
    size_t count = 0;
    bool fine = true, only_words = false;
    for (int next = 1; fine && next < argc; next++) {
        const char *word = argv[next];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (!only_words && strcmp(word, "-h") == 0) {
            args->help = true;
        } else if (!only_words && strncmp(word, "--", 2) == 0) {
            fine = take_option(args, argv, argc, &next, &taken[count], err);
            count += fine;
        } else if (!only_words && word[0] == '-' && word[1] != '\0') {
            fine = error_set(err, "unknown option '%s': options have two dashes", word);
        } else {
            fine = take_word(args, word, err);
        }
    }
    fine = fine && check_fit(args, taken, count, err);
    free(taken);
    return fine;
}

void args_finish(struct args *args)
{
    for (size_t i = 0; i < args->copy_count; i++) {
        free(args->copies[i]);
    }
    free(args->copies);
    free(args->settings);
    free(args->assumptions);
}
