/* Pictures of a run's folder, for `ecsim plot` and `ecsim run --plot`. */
#ifndef CLI_DRAW_H
#define CLI_DRAW_H

#include <stdbool.h>

#include "base/error.h"
#include "cli/command.h"

/* NULL, "svg", "png" or "term"? */
bool draw_knows(const char *format, struct error *err);

/* Draw the run in `folder`, and unless `quiet` say which files were written. `format` NULL: svg. */
enum exit_status draw_run(const char *folder, const char *format, bool quiet);

#endif
