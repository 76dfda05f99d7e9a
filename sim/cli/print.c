#include "cli/print.h"

#include <errno.h>
#include <string.h>

enum exit_status print_flush(struct text *text)
{
    if (text_flush(text)) {
        return STATUS_OK;
    }
    return text->failure == EPIPE
        ? STATUS_OUTPUT_FAILED
        : complain(STATUS_OUTPUT_FAILED, "cannot write to standard output: %s", strerror(text->failure));
}
