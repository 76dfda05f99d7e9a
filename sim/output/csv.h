/* One row of CSV after the other: commas, point as decimal mark, quotes only where a text needs them. */
#ifndef OUTPUT_CSV_H
#define OUTPUT_CSV_H

#include <stdbool.h>

#include "output/text.h"

struct csv {
    struct text *text;            /* borrowed */
    bool continued;               /* the row has a cell already */
};

void csv_text(struct csv *csv, const char *text);    /* NULL: an empty cell */
void csv_number(struct csv *csv, double number);     /* not finite: nan */
void csv_seconds(struct csv *csv, sim_time time);    /* below 0: nan */
void csv_end_row(struct csv *csv);

#endif
