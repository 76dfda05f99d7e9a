/* Assertions about ourselves, on in every build: a failed one is our bug, prints where and when, and aborts. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (__builtin_expect(!(condition), 0)) {                               \
            check_failed(__FILE__, __LINE__, #condition);                      \
        }                                                                      \
    } while (0)

/* Writes what the running simulation can say of itself (simulated time, seed) into `text`. */
typedef void check_describe(const void *context, char *text, size_t size);

/* Tell failed checks of this thread whom to ask; NULL: nobody. Keeps `context` until replaced. */
void check_set_context(check_describe *describe, const void *context);

/* What repeats the run of this thread, printed by a failed check; NULL: not known. Keeps the text until replaced. */
void check_set_command(const char *command);

/* The breakpoint for every failed check. Does not return. */
_Noreturn void check_failed(const char *file, int line, const char *condition);

#endif
