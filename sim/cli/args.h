/* What the user typed. One table of options parses it and is printed as help. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "script/scenario.h"

struct command;

struct option {
    const char *name;             /* without the dashes */
    const char *value;            /* what follows it, as in a usage line; NULL: nothing does */
    const char *help;
};

/* Sorted by name. */
extern const struct option option_table[];
extern const size_t option_count;

enum { OPERANDS_MAX = 2 };

struct args {
    const struct command *command;           /* NULL: only --help or --version was given, or nothing */
    const char *operands[OPERANDS_MAX];
    int operand_count;
    struct scenario_setting *settings, *assumptions;     /* --set, --assume: owned */
    size_t setting_count, setting_room, assumption_count, assumption_room;
    const char *at, *format, *out, *policy, *seed, *service, *task;         /* NULL: not given */
    bool allow_exec, explain, help, json, no_events, plot, quiet, version;
    char **copies;                /* of "name=value", cut in two: owned */
    size_t copy_count, copy_room;
};

/* Options may stand on either side of the verb, values after a blank or "="; -h is --help. Borrows argv. On failure `err`
 * names the nearest known word; args_finish is due either way. */
bool args_parse(struct args *args, int argc, char *const *argv, struct error *err);
void args_finish(struct args *args);

#endif
