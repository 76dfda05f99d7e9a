/* Standard output of the verbs. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "cli/command.h"
#include "output/text.h"

/* Everything is printed. A reader that has left, as `head` does, is no news; any other failure is told. */
enum exit_status print_flush(struct text *text);

#endif
