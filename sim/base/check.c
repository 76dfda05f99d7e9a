#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

/* Threads run different simulations, so each tells its own story. */
static _Thread_local check_describe *describe_run;
static _Thread_local const void *describe_context;

void check_set_context(check_describe *describe, const void *context)
{
    describe_run = describe;
    describe_context = context;
}

void check_failed(const char *file, int line, const char *condition)
{
    char run[256] = "";
    if (describe_run != NULL) {
        describe_run(describe_context, run, sizeof run);
    }
    fprintf(stderr, "ecsim: bug: %s:%d: CHECK(%s) failed%s%s\n", file, line, condition,
            run[0] != '\0' ? ": " : "", run);
    abort();
}
