/* A CSV file as columns: a header line, then rows of as many cells. */
#ifndef SCRIPT_TABLE_H
#define SCRIPT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

struct table_column {
    const char *name;
    bool wanted;                  /* false: its cells were not looked at */
    bool is_number;               /* as its first cell is */
    double *numbers;              /* one of both, as many as rows */
    const char **texts;
};

struct table {
    struct table_column *columns;
    size_t column_count, row_count;
    size_t *lines;                /* where each row begins, from 1 */
};

/* Parse `text` (`size` bytes, then a NUL) into `arena`; changes it. Cells may be quoted as in RFC 4180, lines end in LF or
 * CR LF. The wanted columns, all if `wanted` is NULL, must be there and have no empty cell, and where the first cell is a
 * number, so must be all. Fails with line and column of the first fault. */
bool table_parse(struct table *table, char *text, size_t size, const char *const *wanted, size_t wanted_count,
                 struct arena *arena, struct error *err);

/* The column of that name, which must be wanted and there. */
const struct table_column *table_column(const struct table *table, const char *name);

#endif
