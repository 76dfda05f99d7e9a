#include "script/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "base/vec.h"

enum { COLUMNS_ROOM = 120 };      /* of the names that an error lists */

struct parser {
    char *at, *end;
    size_t line;                  /* of what is at `at`, from 1 */
    const char **cells;           /* of the row that was read last; inside the text */
    size_t cell_count, cell_room;
    size_t row_line;              /* where that row began */
};

static bool at_line_end(const struct parser *parser)
{
    return parser->at == parser->end || *parser->at == '\n' || (*parser->at == '\r' && parser->at[1] == '\n');
}

/* A quoted cell, unescaped in place: "" stands for ". */
static bool read_quoted(struct parser *parser, struct error *err)
{
    char *out = parser->at++;
    size_t first_line = parser->line;
    parser->cells[parser->cell_count++] = out;
    for (;;) {
        if (parser->at == parser->end) {
            return error_set(err, "line %zu: a quoted cell without end", first_line);
        }
        if (*parser->at == '"' && *++parser->at != '"') {
            break;
        }
        parser->line += *parser->at == '\n';
        *out++ = *parser->at++;
    }
    if (!at_line_end(parser) && *parser->at != ',') {
        return error_set(err, "line %zu: text after the end of a quoted cell", parser->line);
    }
    *out = '\0';                  /* at or before the closing quote: nothing that is still to be read */
    return true;
}

static void read_bare(struct parser *parser)
{
    parser->cells[parser->cell_count++] = parser->at;
    while (!at_line_end(parser) && *parser->at != ',') {
        parser->at++;
    }
}

/* Step over what ends a cell and put the NUL of bare cells in its place. True if the row goes on. */
static bool end_cell(struct parser *parser)
{
    bool more = parser->at < parser->end && *parser->at == ',';
    if (parser->at < parser->end) {
        size_t length = *parser->at == '\r' ? 2 : 1;
        parser->line += !more;
        *parser->at = '\0';
        parser->at += length;
    }
    return more;
}

static bool read_row(struct parser *parser, struct error *err)
{
    parser->cell_count = 0;
    parser->row_line = parser->line;
    do {
        VEC_GROW(parser->cells, parser->cell_count, parser->cell_room);
        if (*parser->at == '"') {
            if (!read_quoted(parser, err)) {
                return false;
            }
        } else {
            read_bare(parser);
        }
    } while (end_cell(parser));
    return true;
}

static bool check_header(const struct table *table, struct error *err)
{
    bool all_numbers = true;
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        double number;
        all_numbers &= units_parse_number(name, &number);
        if (*name == '\0') {
            return error_set(err, "line 1: column %zu has no name", i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(table->columns[j].name, name) == 0) {
                return error_set(err, "line 1: two columns are named '%s'", name);
            }
        }
    }
    return !all_numbers || error_set(err, "line 1: expected the names of the columns, got numbers");
}

static bool read_header(struct table *table, struct parser *parser, struct arena *arena, struct error *err)
{
    if (!read_row(parser, err)) {
        return false;
    }
    table->column_count = parser->cell_count;
    table->columns = arena_alloc(arena, parser->cell_count * sizeof *table->columns);
    for (size_t i = 0; i < parser->cell_count; i++) {
        table->columns[i].name = arena_text(arena, parser->cells[i]);
    }
    return check_header(table, err);
}

/* "a, b, c", as far as there is room. */
static void list_columns(const struct table *table, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < table->column_count && used < size; i++) {
        const char *separator = i > 0 ? ", " : "";
        used += (size_t)snprintf(text + used, size - used, "%s%s", separator, table->columns[i].name);
    }
    if (used >= size) {
        memcpy(text + size - sizeof "...", "...", sizeof "...");
    }
}

static bool want(struct table *table, const char *name, struct arena *arena, struct error *err)
{
    const char **names = arena_alloc(arena, table->column_count * sizeof *names);
    for (size_t i = 0; i < table->column_count; i++) {
        names[i] = table->columns[i].name;
        if (strcmp(names[i], name) == 0) {
            table->columns[i].wanted = true;
            return true;
        }
    }
    const char *nearest = suggest_nearest(name, names, table->column_count);
    if (nearest) {
        return error_set(err, "line 1: no column '%s', did you mean '%s'?", name, nearest);
    }
    char found[COLUMNS_ROOM];
    list_columns(table, found, sizeof found);
    return error_set(err, "line 1: no column '%s', found %s", name, found);
}

static bool want_columns(struct table *table, const char *const *wanted, size_t count, struct arena *arena,
                         struct error *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        table->columns[i].wanted = !wanted;
    }
    for (size_t i = 0; i < count; i++) {
        if (!want(table, wanted[i], arena, err)) {
            return false;
        }
    }
    return true;
}

static size_t count_lines(const struct parser *parser)
{
    size_t lines = 1;
    for (const char *at = parser->at; at < parser->end; at++) {
        lines += *at == '\n';
    }
    return lines;
}

static bool take_cell(struct table_column *column, const char *cell, size_t row, size_t line, struct arena *arena,
                      struct error *err)
{
    double number = 0;
    bool is_number = units_parse_number(cell, &number);
    if (*cell == '\0') {
        return error_set(err, "line %zu, column '%s': an empty cell", line, column->name);
    }
    if (row == 0) {
        column->is_number = is_number;
    } else if (column->is_number && !is_number) {
        return error_set(err, "line %zu, column '%s': '%s' is not a number", line, column->name, cell);
    }
    if (column->is_number) {
        column->numbers[row] = number;
    } else {
        column->texts[row] = arena_text(arena, cell);
    }
    return true;
}

static bool take_row(struct table *table, const struct parser *parser, struct arena *arena, struct error *err)
{
    if (parser->cell_count != table->column_count) {
        return error_set(err, "line %zu: %zu cells, but the header has %zu", parser->row_line, parser->cell_count,
                         table->column_count);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].wanted
            && !take_cell(&table->columns[i], parser->cells[i], table->row_count, parser->row_line, arena, err)) {
            return false;
        }
    }
    table->lines[table->row_count++] = parser->row_line;
    return true;
}

static bool read_rows(struct table *table, struct parser *parser, struct arena *arena, struct error *err)
{
    size_t room = count_lines(parser);
    table->lines = arena_alloc(arena, room * sizeof *table->lines);
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].wanted) {
            table->columns[i].numbers = arena_alloc(arena, room * sizeof(double));
            table->columns[i].texts = arena_alloc(arena, room * sizeof(char *));
        }
    }
    while (parser->at < parser->end) {
        if (!read_row(parser, err) || !take_row(table, parser, arena, err)) {
            return false;
        }
    }
    return table->row_count > 0 || error_set(err, "no rows below the header");
}

bool table_parse(struct table *table, char *text, size_t size, const char *const *wanted, size_t wanted_count,
                 struct arena *arena, struct error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    while (size > 1 && (text[size - 1] == '\n' || text[size - 1] == '\r') && text[size - 2] == '\n') {
        text[--size] = '\0';     /* blank lines at the end say nothing */
    }
    struct parser parser = { .at = text, .end = text + size, .line = 1 };
    *table = (struct table){ 0 };
    if (memchr(text, '\0', size)) {
        return error_set(err, "a byte 0: this is no text");
    }
    if (strncmp(text, byte_order_mark, sizeof byte_order_mark - 1) == 0) {
        parser.at += sizeof byte_order_mark - 1;
    }
    bool ok = parser.at < parser.end || error_set(err, "an empty file");
    ok = ok && read_header(table, &parser, arena, err) && want_columns(table, wanted, wanted_count, arena, err)
         && read_rows(table, &parser, arena, err);
    free(parser.cells);
    return ok;
}

const struct table_column *table_column(const struct table *table, const char *name)
{
    size_t i = 0;
    while (strcmp(table->columns[i].name, name) != 0) {
        i++;
    }
    return &table->columns[i];
}
