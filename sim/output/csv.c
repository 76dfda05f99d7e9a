#include "output/csv.h"

#include <math.h>
#include <string.h>

static void begin_cell(struct csv *csv)
{
    if (csv->continued) {
        text_char(csv->text, ',');
    }
    csv->continued = true;
}

static void put_quoted(struct text *text, const char *cell)
{
    text_char(text, '"');
    for (; *cell != '\0'; cell++) {
        if (*cell == '"') {
            text_char(text, '"');
        }
        text_char(text, *cell);
    }
    text_char(text, '"');
}

void csv_text(struct csv *csv, const char *text)
{
    begin_cell(csv);
    if (text == NULL) {
        return;
    }
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        text_put(csv->text, text);
    } else {
        put_quoted(csv->text, text);
    }
}

void csv_number(struct csv *csv, double number)
{
    begin_cell(csv);
    text_number(csv->text, isfinite(number) ? number : NAN);
}

void csv_seconds(struct csv *csv, sim_time time)
{
    csv_number(csv, time < 0 ? NAN : sim_seconds(time));
}

void csv_end_row(struct csv *csv)
{
    text_char(csv->text, '\n');
    csv->continued = false;
}
