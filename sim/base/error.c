#include "base/error.h"

#include <stdio.h>

bool error_set(struct error *err, const char *format, ...)
{
    /* The arguments may point into the message that is replaced. */
    struct error next;
    va_list args;
    va_start(args, format);
    vsnprintf(next.text, sizeof next.text, format, args);
    va_end(args);
    *err = next;
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    char context[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    return error_set(err, "%s: %s", context, err->text);
}
