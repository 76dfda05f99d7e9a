/* The verbs of the program: one record each in one table, which parses, runs and explains them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct args;

enum exit_status {
    STATUS_OK = 0,
    STATUS_EXPECTATION_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_BAD_INPUT = 3,         /* the scenario, or a file that it reads */
    STATUS_OUTPUT_FAILED = 4,
    STATUS_INTERRUPTED = 130
};

struct command {
    const char *name;
    const char *operands;         /* as in a usage line: "SCENARIO" */
    const char *summary;          /* half a line */
    const char *text;             /* what help and the manual say */
    int operands_least, operands_most;
    const char *options;          /* names of those that it takes, each between blanks */
    enum exit_status (*run)(const struct args *args);
};

/* Sorted by name. */
extern const struct command *const commands[];
extern const size_t command_count;

const struct command *command_find(const char *name);            /* NULL if unknown */
bool command_takes(const struct command *command, const char *option);

extern const struct command command_assumptions, command_explain, command_help, command_params, command_plot, command_run;

/* "ecsim: " and the message, to standard error. Returns `status`. */
enum exit_status complain(enum exit_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
