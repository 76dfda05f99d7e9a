/* Rows of a CSV file of ours, read back line by line. */
#ifndef OUTPUT_CSV_READ_H
#define OUTPUT_CSV_READ_H

#include <stdbool.h>
#include <stdio.h>

enum { CSV_CELLS_MAX = 64 };

/* A file that begins with the names of its columns. */
struct csv_reader {
    FILE *stream;                 /* borrowed */
    int places[CSV_CELLS_MAX];    /* of the columns that are wanted */
    int column_count;
    char *line;
    size_t room;
};

/* False: there is no first row, or it lacks one of `columns`. Either way csv_reader_finish must follow. */
bool csv_reader_begin(struct csv_reader *reader, FILE *stream, const char *const *columns, int column_count);

/* The wanted cells of the next row, valid until the one after it; of what is quoted the quotes are cells' part. False: there
 * is none, or it is too short, which `damaged` tells apart. */
bool csv_reader_next(struct csv_reader *reader, const char **cells, bool *damaged);

void csv_reader_finish(struct csv_reader *reader);

#endif
