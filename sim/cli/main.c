#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"

const struct command *const commands[] = {
    &command_assumptions, &command_explain, &command_help, &command_params, &command_plot, &command_run,
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

bool command_takes(const struct command *command, const char *option)
{
    size_t length = strlen(option);
    for (const char *at = strstr(command->options, option); at != NULL; at = strstr(at + 1, option)) {
        if ((at == command->options || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

enum exit_status complain(enum exit_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("ecsim: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return status;
}

/* A full disk and a closed pipe are errors of a write, told as such, not the end of the program. */
static void ignore_signals_of_writes(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static enum exit_status run_command(struct args *args)
{
    if (args->version) {
        printf("ecsim %s\n", ECSIM_VERSION);
        return STATUS_OK;
    }
    if (args->command == NULL && !args->help) {
        return complain(STATUS_USAGE, "no command; 'ecsim help' lists them");
    }
    if (args->help) {
        args->operand_count = args->command != NULL ? 1 : 0;
        args->operands[0] = args->command != NULL ? args->command->name : NULL;
        return command_help.run(args);
    }
    return args->command->run(args);
}

int main(int argc, char **argv)
{
    struct args args;
    struct error err;
    ignore_signals_of_writes();
    enum exit_status status = args_parse(&args, argc, argv, &err)
        ? run_command(&args)
        : complain(STATUS_USAGE, "%s", err.text);
    args_finish(&args);
    if (fflush(stdout) != 0 && status == STATUS_OK) {
        status = complain(STATUS_OUTPUT_FAILED, "cannot write to standard output: %s", strerror(errno));
    }
    return (int)status;
}
