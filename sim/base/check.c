#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

/* Threads run different simulations, so each tells its own story. */
static _Thread_local struct {
    check_describe *describe;
    const void *context;
    const char *command;
} run_of_thread;

void check_set_context(check_describe *describe, const void *context)
{
    run_of_thread.describe = describe;
    run_of_thread.context = context;
}

void check_set_command(const char *command)
{
    run_of_thread.command = command;
}

void check_failed(const char *file, int line, const char *condition)
{
    char run[256] = "";
    if (run_of_thread.describe != NULL) {
        run_of_thread.describe(run_of_thread.context, run, sizeof run);
    }
    fprintf(stderr, "ecsim: bug: %s:%d: CHECK(%s) failed%s%s\n", file, line, condition,
            run[0] != '\0' ? ": " : "", run);
    if (run_of_thread.command != NULL) {
        fprintf(stderr, "ecsim: repeat with: %s\n", run_of_thread.command);
    }
    abort();
}
