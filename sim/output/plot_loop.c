#include "output/plot_loop.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "output/calendar.h"
#include "output/explain.h"

void plot_put_quoted(struct text *text, const char *string)
{
    text_char(text, '\'');
    for (; *string != '\0'; string++) {
        text_put_bytes(text, string, 1);
        if (*string == '\'') {
            text_char(text, '\'');
        }
    }
    text_char(text, '\'');
}

static void put_array_text(struct text *text, const char *array, size_t index, const char *string)
{
    text_printf(text, "%s[%zu] = ", array, index);
    plot_put_quoted(text, string);
    text_char(text, '\n');
}

/* ---- the ribbon: a panel per metric, under it a band per alarm ----------------------------------------------- */

enum { ROWS_MAX = 10 };           /* one more than the bands of a panel */

bool plot_has_ribbon(const struct run_folder *run)
{
    for (size_t i = 0; i < run->loop.alarm_count; i++) {
        if (run->loop.alarms[i].seen_count > 0) {
            return true;
        }
    }
    return false;
}

static bool same_metric(const struct folder_alarm *a, const struct folder_alarm *b)
{
    return strcmp(a->metric, b->metric) == 0 && !(a->period_s < b->period_s || a->period_s > b->period_s);
}

/* Is it the first alarm of its metric? Its view of the metric is the panel's. */
static bool leads(const struct run_loop *loop, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (same_metric(&loop->alarms[i], &loop->alarms[index])) {
            return false;
        }
    }
    return true;
}

/* More steps than a picture has pixels: of each cell the least and the greatest value. */
enum { CELLS = 1800 };

struct cell {
    double at_s, start_s, least, most;
    bool used, has_gap;
};

static void put_step(struct text *text, double at_s, double start_s, double value)
{
    text_number(text, at_s);
    text_char(text, ' ');
    text_number(text, start_s);
    text_char(text, ' ');
    text_put(text, isnan(value) ? "NaN" : "");
    if (!isnan(value)) {
        text_number(text, value);
    }
    text_char(text, '\n');
}

/* A step ends where the next begins, so one before a gap has to be ended: by `*last`, the value until now. */
static void put_cell(struct text *text, const struct cell *cell, double *last)
{
    bool has_value = cell->least <= cell->most;
    if (!cell->used) {
        return;
    }
    if (has_value) {
        put_step(text, cell->at_s, cell->start_s, cell->least);
    }
    if (cell->least < cell->most) {
        put_step(text, cell->at_s, cell->start_s, cell->most);
    }
    if (cell->has_gap && !has_value && !isnan(*last)) {
        put_step(text, cell->at_s, cell->start_s, *last);
    }
    if (cell->has_gap) {
        put_step(text, cell->at_s, cell->start_s, (double)NAN);
    }
    *last = cell->has_gap || !has_value ? (double)NAN : cell->most;
}

static void put_seen(struct text *text, const struct folder_alarm *alarm, size_t panel, double ended_s)
{
    double width_s = alarm->seen_count > CELLS ? ended_s / CELLS : 0;
    struct cell cell = { .used = false };
    double last_value = NAN;
    text_printf(text, "$seen%zu << END_OF_SEEN\n", panel);
    for (size_t i = 0; i < alarm->seen_count; i++) {
        const struct folder_seen *seen = &alarm->seen[i];
        if (!cell.used || seen->time_s >= cell.at_s + width_s) {
            put_cell(text, &cell, &last_value);
            cell = (struct cell){
                .at_s = seen->time_s, .start_s = seen->start_s, .least = INFINITY, .most = -INFINITY, .used = true,
            };
        }
        cell.least = fmin(cell.least, seen->value);
        cell.most = fmax(cell.most, seen->value);
        cell.has_gap = isnan(seen->value);
    }
    put_cell(text, &cell, &last_value);
    if (alarm->seen_count > 0) {  /* what it saw last holds to the end */
        const struct folder_seen *last = &alarm->seen[alarm->seen_count - 1];
        put_step(text, ended_s, fmin(last->start_s + ended_s - last->time_s, ended_s), last->value);
    }
    text_put(text, "END_OF_SEEN\n");
}

static double greatest_seen(const struct folder_alarm *alarm)
{
    double most = alarm->threshold;
    for (size_t i = 0; i < alarm->seen_count; i++) {
        most = fmax(most, alarm->seen[i].value);
    }
    return most;
}

/* "row from to state" of one alarm. */
static void put_band(struct text *text, const struct folder_alarm *alarm, size_t row, double ended_s)
{
    double from_s = alarm->made_s;
    enum folder_state state = FOLDER_INSUFFICIENT_DATA;
    for (size_t i = 0; i <= alarm->turn_count; i++) {
        double to_s = i < alarm->turn_count ? alarm->turns[i].time_s : ended_s;
        text_printf(text, "%zu ", row);
        text_number(text, from_s);
        text_char(text, ' ');
        text_number(text, to_s);
        text_printf(text, " %d\n", (int)state);
        from_s = to_s;
        state = i < alarm->turn_count ? alarm->turns[i].to : state;
    }
}

static void put_panel(struct text *text, const struct run_folder *run, size_t leader, size_t panel)
{
    const struct run_loop *loop = &run->loop;
    const struct folder_alarm *first = &loop->alarms[leader];
    size_t rows = 0;
    double most = 0;
    put_array_text(text, "metric", panel, first->metric);
    text_printf(text, "$bands%zu << END_OF_BANDS\n", panel);
    for (size_t i = leader; i < loop->alarm_count && rows < ROWS_MAX - 1; i++) {
        if (same_metric(first, &loop->alarms[i])) {
            put_band(text, &loop->alarms[i], ++rows, run->ended_at_s);
            most = fmax(most, greatest_seen(&loop->alarms[i]));
        }
    }
    text_put(text, "END_OF_BANDS\n");
    text_printf(text, "bands[%zu] = %zu; most[%zu] = ", panel, rows, panel);
    text_number(text, most > 0 ? most : 1);
    text_printf(text, " * 1.0; period[%zu] = ", panel);
    text_number(text, first->period_s);
    text_put(text, " * 1.0\n");
    put_seen(text, first, panel, run->ended_at_s);
}

/* Into alarm_name and threshold at ROWS_MAX * panel + row. */
static void put_alarm_names(struct text *text, const struct run_loop *loop, size_t leader, size_t panel)
{
    char name[EXPLAIN_NAME];
    size_t row = 0;
    for (size_t i = leader; i < loop->alarm_count && row < ROWS_MAX - 1; i++) {
        if (same_metric(&loop->alarms[leader], &loop->alarms[i])) {
            size_t place = ROWS_MAX * panel + ++row;
            put_array_text(text, "alarm_name", place, explain_alarm_name(loop->alarms[i].name, name));
            text_printf(text, "threshold[%zu] = ", place);
            text_number(text, loop->alarms[i].threshold);
            text_put(text, " * 1.0\n");
        }
    }
}

void plot_put_ribbon(struct text *text, const struct run_folder *run)
{
    const struct run_loop *loop = &run->loop;
    size_t places = ROWS_MAX * (loop->alarm_count + 1), panel = 0;
    text_printf(text, "array metric[%zu]; array bands[%zu]; array most[%zu]; array period[%zu]\n", loop->alarm_count,
                loop->alarm_count, loop->alarm_count, loop->alarm_count);
    text_printf(text, "array alarm_name[%zu]; array threshold[%zu]\n", places, places);
    for (size_t i = 0; i < loop->alarm_count; i++) {
        if (leads(loop, i)) {
            put_panel(text, run, i, ++panel);
            put_alarm_names(text, loop, i, panel);
        }
    }
    text_printf(text, "ribbons = %zu\n", panel);
}

/* ---- the waterfall ------------------------------------------------------------------------------------------ */

enum { FALLS_MAX = 24 };          /* as many rows as can be read */

static bool is_whole(const struct folder_waterfall *waterfall)
{
    return !isnan(waterfall->steps_s[FOLDER_STEPS - 1]);
}

bool plot_has_waterfall(const struct run_folder *run)
{
    for (size_t i = 0; i < run->loop.waterfall_count; i++) {
        if (is_whole(&run->loop.waterfalls[i])) {
            return true;
        }
    }
    return false;
}

static double length_of(const struct folder_waterfall *waterfall)
{
    return waterfall->steps_s[FOLDER_STEPS - 1] - waterfall->steps_s[0];
}

static int compare_lengths(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left < right) - (left > right);
}

/* The length of the shortest scale-out that is drawn: where there are too many the slowest are. */
static double shortest_drawn(const struct run_loop *loop, size_t *whole)
{
    double *lengths = mem_alloc((loop->waterfall_count + 1) * sizeof *lengths);
    *whole = 0;
    for (size_t i = 0; i < loop->waterfall_count; i++) {
        if (is_whole(&loop->waterfalls[i])) {
            lengths[(*whole)++] = length_of(&loop->waterfalls[i]);
        }
    }
    qsort(lengths, *whole, sizeof *lengths, compare_lengths);
    double shortest = *whole > FALLS_MAX ? lengths[FALLS_MAX - 1] : 0;
    free(lengths);
    return shortest;
}

static int compare_starts(const void *a, const void *b)
{
    const struct folder_waterfall *left = *(const struct folder_waterfall *const *)a;
    const struct folder_waterfall *right = *(const struct folder_waterfall *const *)b;
    int order = (left->steps_s[0] > right->steps_s[0]) - (left->steps_s[0] < right->steps_s[0]);
    return order != 0 ? order : (left > right) - (left < right);     /* then in the order of the file */
}

static void put_fall(struct text *text, const struct folder_waterfall *waterfall, size_t row)
{
    for (int i = 0; i + 1 < FOLDER_STEPS; i++) {
        text_printf(text, "%zu %d ", row, i + 1);
        text_number(text, waterfall->steps_s[i] - waterfall->steps_s[0]);
        text_char(text, ' ');
        text_number(text, waterfall->steps_s[i + 1] - waterfall->steps_s[0]);
        text_char(text, '\n');
    }
}

/* The scale-outs to draw, as many as there is room for. */
static size_t pick_falls(const struct run_loop *loop, double shortest, const struct folder_waterfall *rows[FALLS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < loop->waterfall_count && count < FALLS_MAX; i++) {
        if (is_whole(&loop->waterfalls[i]) && length_of(&loop->waterfalls[i]) >= shortest) {
            rows[count++] = &loop->waterfalls[i];
        }
    }
    qsort(rows, count, sizeof *rows, compare_starts);
    return count;
}

/* Which policy scaled out, and where several services are drawn whose it is, if its name does not say so. */
static void name_fall(const struct run_folder *run, const struct folder_waterfall *fall, char name[EXPLAIN_NAME])
{
    char at[CALENDAR_SIZE];
    bool says_whose = run->service_count == 1 || strstr(fall->policy, fall->service) != NULL;
    calendar_minute(run->start_unix_s, sim_from_seconds(fall->steps_s[0]), at);
    snprintf(name, EXPLAIN_NAME, "%s  %.16s%s%.20s  %d to %d", at, says_whose ? "" : fall->service, says_whose ? "" : " ",
             fall->policy, fall->from, fall->to);
}

void plot_put_waterfall(struct text *text, const struct run_folder *run)
{
    const struct folder_waterfall *rows[FALLS_MAX];
    size_t whole;
    double shortest = shortest_drawn(&run->loop, &whole), longest = 0;
    size_t drawn = pick_falls(&run->loop, shortest, rows);
    text_printf(text, "array fall_name[%d]\n$falls << END_OF_FALLS\n", FALLS_MAX);
    for (size_t i = 0; i < drawn; i++) {
        put_fall(text, rows[i], i + 1);
        longest = fmax(longest, length_of(rows[i]));
    }
    text_put(text, "END_OF_FALLS\n");
    for (size_t i = 0; i < drawn; i++) {
        char name[EXPLAIN_NAME];
        name_fall(run, rows[i], name);
        put_array_text(text, "fall_name", i + 1, name);
    }
    text_printf(text, "falls = %zu; all_falls = %zu; longest = ", drawn, whole);
    text_number(text, longest);
    text_put(text, " * 1.0\n");
}
