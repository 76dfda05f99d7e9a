/* What gnuplot is told of the control loop: the alarm ribbon and the waterfall of scale-outs. */
#ifndef OUTPUT_PLOT_LOOP_H
#define OUTPUT_PLOT_LOOP_H

#include <stdbool.h>

#include "output/run_folder.h"
#include "output/text.h"

/* A text in gnuplot's single quotes, which take everything as it is but themselves. */
void plot_put_quoted(struct text *text, const char *string);

bool plot_has_ribbon(const struct run_folder *run);
void plot_put_ribbon(struct text *text, const struct run_folder *run);

bool plot_has_waterfall(const struct run_folder *run);
void plot_put_waterfall(struct text *text, const struct run_folder *run);

#endif
