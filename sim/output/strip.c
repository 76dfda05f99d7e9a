#include "output/strip.h"

#include <math.h>
#include <string.h>

#include "output/calendar.h"

enum { WIDTH = 70, HEIGHT = 12, AXIS = 8 };

static const char layer_marks[LAYER_COUNT] = {
    [LAYER_PROTECTED_BUSY] = '#',
    [LAYER_BUSY] = '=',
    [LAYER_IDLE] = '.',
    [LAYER_PROTECTED_IDLE] = 'x',
    [LAYER_PENDING] = '+',
    [LAYER_DRAINING] = ':',
};

/* Layers on each other, a mean for every column of characters. */
struct chart {
    double columns[WIDTH][LAYER_COUNT];
    int counts[WIDTH];
    const char *marks;            /* of the layers, from the bottom */
    int layers;
    double most;
};

static int column_of(const struct run_folder *run, double time_s)
{
    /* A minute belongs to where it began. */
    int column = (int)((time_s - 60) / run->ended_at_s * WIDTH);
    return column < 0 ? 0 : column >= WIDTH ? WIDTH - 1 : column;
}

static void finish_columns(struct chart *chart)
{
    for (int column = 0; column < WIDTH; column++) {
        double height = 0;
        for (int layer = 0; layer < chart->layers; layer++) {
            if (chart->counts[column] > 0) {
                chart->columns[column][layer] /= chart->counts[column];
            } else if (column > 0) {
                /* Short runs have fewer minutes than columns. */
                chart->columns[column][layer] = chart->columns[column - 1][layer];
            }
            height += chart->columns[column][layer];
        }
        chart->most = fmax(chart->most, height);
    }
}

/* The character at a height, counted in rows from the bottom: the layer that fills the row's middle. */
static char mark_at(const struct chart *chart, int column, int row)
{
    double level = (row + 0.5) / HEIGHT * chart->most;
    double height = 0;
    for (int layer = 0; layer < chart->layers; layer++) {
        height += chart->columns[column][layer];
        if (level < height) {
            return chart->marks[layer];
        }
    }
    return ' ';
}

static void put_time_axis(const struct run_folder *run, struct text *text)
{
    char first[CALENDAR_SIZE], last[CALENDAR_SIZE];
    calendar_minute(run->start_unix_s, 0, first);
    calendar_minute(run->start_unix_s, sim_from_seconds(run->ended_at_s), last);
    text_printf(text, "%*s+", AXIS, "");
    text_repeat(text, "-", WIDTH);
    text_printf(text, "\n%*s%-*s%s\n\n", AXIS + 1, "", WIDTH - (int)strlen(last), first, last);
}

static void put_chart(const struct run_folder *run, struct chart *chart, const char *name, const char *unit,
                      struct text *text)
{
    finish_columns(chart);
    text_printf(text, "%s, %s\n", name, unit);
    for (int row = HEIGHT - 1; row >= 0; row--) {
        char line[WIDTH + 1];
        for (int column = 0; column < WIDTH; column++) {
            line[column] = mark_at(chart, column, row);
        }
        line[WIDTH] = '\0';
        if (row % 3 == 2) {
            text_printf(text, "%*.1f |%s\n", AXIS - 1, (row + 1) * chart->most / HEIGHT, line);
        } else {
            text_printf(text, "%*s|%s\n", AXIS, "", line);
        }
    }
    put_time_axis(run, text);
}

static void draw_service(const struct run_folder *run, int service, struct text *text)
{
    struct chart chart = { .marks = layer_marks, .layers = LAYER_COUNT, .most = 1 };
    for (size_t i = 0; i < run->minute_count; i++) {
        const struct folder_minute *minute = &run->minutes[i];
        if (minute->service == service) {
            int column = column_of(run, minute->time_s);
            for (int layer = 0; layer < LAYER_COUNT; layer++) {
                chart.columns[column][layer] += minute->layers[layer];
            }
            chart.counts[column]++;
        }
    }
    put_chart(run, &chart, run->services[service], "tasks", text);
}

static void draw_queue(const struct run_folder *run, int queue, struct text *text)
{
    struct chart chart = { .marks = "#o", .layers = 2, .most = 1 };
    for (size_t i = 0; i < run->minute_count; i++) {
        const struct folder_minute *minute = &run->minutes[i];
        if (minute->queue == queue) {
            int column = column_of(run, minute->time_s);
            chart.columns[column][0] += minute->in_flight;
            chart.columns[column][1] += minute->visible;
            chart.counts[column]++;
        }
    }
    put_chart(run, &chart, run->queues[queue], "messages", text);
}

static void put_legends(struct text *text)
{
    text_put(text, "tasks:     # busy, protected   = busy   . idle   x idle, protected   + pending   : draining\n");
    text_put(text, "messages:  # in flight   o visible\n\n");
}

void strip_draw(const struct run_folder *run, struct text *text)
{
    const char *gap = run->changed[0] != '\0' ? "   " : "";
    text_printf(text, "%s   %s%sseed %s   ecsim %s\n", run->scenario, run->changed, gap, run->seed, run->version);
    put_legends(text);
    for (int service = 0; service < run->service_count; service++) {
        draw_service(run, service, text);
    }
    for (int queue = 0; queue < run->queue_count; queue++) {
        draw_queue(run, queue, text);
    }
}
