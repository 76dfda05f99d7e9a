#include "output/csv_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* The end of the cell at `cell`: a comma within quotes belongs to it. */
static char *end_of_cell(char *cell)
{
    bool quoted = false;
    while (*cell != '\0' && (quoted || *cell != ',')) {
        quoted = quoted != (*cell++ == '"');
    }
    return cell;
}

/* Cut a line into cells in place. */
static int split_cells(char *line, char *cells[CSV_CELLS_MAX])
{
    line[strcspn(line, "\r\n")] = '\0';
    int count = 0;
    for (char *next = line; next != NULL && count < CSV_CELLS_MAX;) {
        cells[count++] = next;
        char *end = end_of_cell(next);
        next = *end == ',' ? end + 1 : NULL;
        *end = '\0';
    }
    return count;
}

static int place_of(char *const *cells, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(cells[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

bool csv_reader_begin(struct csv_reader *reader, FILE *stream, const char *const *columns, int column_count)
{
    CHECK(column_count <= CSV_CELLS_MAX);
    char *cells[CSV_CELLS_MAX];
    *reader = (struct csv_reader){ .stream = stream, .column_count = column_count };
    if (getline(&reader->line, &reader->room, stream) <= 0) {
        return false;
    }
    int count = split_cells(reader->line, cells);
    for (int column = 0; column < column_count; column++) {
        reader->places[column] = place_of(cells, count, columns[column]);
        if (reader->places[column] < 0) {
            return false;
        }
    }
    return true;
}

bool csv_reader_next(struct csv_reader *reader, const char **cells, bool *damaged)
{
    char *all[CSV_CELLS_MAX];
    *damaged = false;
    if (getline(&reader->line, &reader->room, reader->stream) <= 0) {
        return false;
    }
    int count = split_cells(reader->line, all);
    for (int column = 0; column < reader->column_count; column++) {
        if (reader->places[column] >= count) {
            *damaged = true;
            return false;
        }
        cells[column] = all[reader->places[column]];
    }
    return true;
}

void csv_reader_finish(struct csv_reader *reader)
{
    free(reader->line);
}
