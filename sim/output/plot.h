/* Pictures of a run, from its files alone: by gnuplot, or as text. */
#ifndef OUTPUT_PLOT_H
#define OUTPUT_PLOT_H

#include <stdbool.h>

#include "base/error.h"
#include "output/run_folder.h"
#include "output/text.h"

/* Draw every figure into the run's folder with the scripts in `plots`. `format`: "svg" or "png". Figures of another format
 * stay. `told` gets a line with the path of each that was drawn. False if gnuplot is missing or fails, or a figure cannot be
 * written. */
bool plot_figures(const struct run_folder *run, const char *plots, const char *format, struct text *told,
                  struct error *err);

#endif
