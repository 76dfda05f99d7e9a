/* One message about the user's mistake or the outside world (style: fault first, values included, names in 'quotes'). */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

struct error {
    char text[1024];
};

/* Replace the message. Always false, so that callers can `return error_set(err, ...)`. */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put "<formatted>: " in front of the message: the caller's context. Always false. */
bool error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
