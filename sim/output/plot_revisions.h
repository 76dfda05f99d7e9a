/* What gnuplot is told of deployments. */
#ifndef OUTPUT_PLOT_REVISIONS_H
#define OUTPUT_PLOT_REVISIONS_H

#include <stdbool.h>

#include "output/run_folder.h"
#include "output/text.h"

bool plot_has_revisions(const struct run_folder *run);
void plot_put_revisions(struct text *text, const struct run_folder *run);

#endif
