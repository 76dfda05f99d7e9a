/* What gnuplot is told of sessions. */
#ifndef OUTPUT_PLOT_SESSIONS_H
#define OUTPUT_PLOT_SESSIONS_H

#include <stdbool.h>

#include "output/run_folder.h"
#include "output/text.h"

bool plot_has_sessions(const struct run_folder *run);
void plot_put_sessions(struct text *text, const struct run_folder *run);

#endif
