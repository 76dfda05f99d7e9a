#include "output/plot_sessions.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "output/plot_loop.h"

/* More lanes than that are less than two pixels each: tasks share them then. More bins than that are less than a pixel. */
enum { LANES_MAX = 200, BINS_MAX = 800, SHADES = 20 };

/* A service's tasks as lanes, those that share one next to each other by start, and time as bins. */
struct map {
    const struct run_folder *run;
    int service;
    size_t *order;                /* servers of the service by start; owned */
    size_t *place;                /* of each server of the run in `order`; owned */
    size_t count;
    size_t per_lane, lanes, bins;
    double bin_s;
    double *sums, *weights;       /* per lane and bin: session-seconds, task-seconds; owned */
};

bool plot_has_sessions(const struct run_folder *run)
{
    return run->sessions.row_count > 0;
}

/* ---- the lanes ---------------------------------------------------------------------------------------------- */

static double start_of(const struct map *map, size_t server)
{
    return map->run->sessions.servers[server].started_s;
}

/* By start; of equals in the order in which they came. */
static void insert(struct map *map, size_t server)
{
    size_t at = map->count++;
    while (at > 0 && start_of(map, map->order[at - 1]) > start_of(map, server)) {
        map->order[at] = map->order[at - 1];
        at--;
    }
    map->order[at] = server;
}

static void find_lanes(struct map *map)
{
    const struct run_sessions *sessions = &map->run->sessions;
    map->order = mem_alloc((sessions->server_count + 1) * sizeof *map->order);
    map->place = mem_alloc((sessions->server_count + 1) * sizeof *map->place);
    for (size_t i = 0; i < sessions->server_count; i++) {
        if (sessions->servers[i].service == map->service) {
            insert(map, i);
        }
    }
    for (size_t i = 0; i < map->count; i++) {
        map->place[map->order[i]] = i;
    }
    map->per_lane = (map->count + LANES_MAX - 1) / LANES_MAX;
    map->lanes = map->count == 0 ? 0 : (map->count + map->per_lane - 1) / map->per_lane;
}

/* ---- the cells ---------------------------------------------------------------------------------------------- */

/* `open` sessions in the task at `place` during [from, to): its share of each bin. */
static void add_stretch(struct map *map, size_t place, double from, double to, double open)
{
    size_t lane = place / map->per_lane;
    for (double start = from; start < to;) {
        size_t bin = (size_t)(start / map->bin_s);
        if (bin >= map->bins) {
            return;
        }
        double end = fmin(to, (double)(bin + 1) * map->bin_s);
        map->sums[lane * map->bins + bin] += open * (end - start);
        map->weights[lane * map->bins + bin] += end - start;
        start = end > start ? end : to;
    }
}

static double end_of(const struct map *map, size_t server)
{
    double ended_s = map->run->sessions.servers[server].ended_s;
    return isnan(ended_s) ? map->run->ended_at_s : ended_s;
}

/* A row holds from the minute that ends at its time until the minute of the next. */
struct stretch {
    double from_s, open;
};

static void fill(struct map *map)
{
    enum { ROW_S = 60 };
    const struct run_sessions *sessions = &map->run->sessions;
    struct stretch *last = mem_alloc((sessions->server_count + 1) * sizeof *last);
    for (size_t i = 0; i < sessions->server_count; i++) {
        last[i] = (struct stretch){ sessions->servers[i].started_s, 0 };
    }
    for (size_t i = 0; i < sessions->row_count; i++) {
        const struct folder_sessions *row = &sessions->rows[i];
        if (sessions->servers[row->server].service == map->service) {
            double from_s = fmax(row->time_s - ROW_S, last[row->server].from_s);
            add_stretch(map, map->place[row->server], last[row->server].from_s, from_s, last[row->server].open);
            last[row->server] = (struct stretch){ from_s, row->open };
        }
    }
    for (size_t i = 0; i < map->count; i++) {
        size_t server = map->order[i];
        add_stretch(map, i, last[server].from_s, end_of(map, server), last[server].open);
    }
    free(last);
}

static void begin_map(struct map *map, const struct run_folder *run, int service)
{
    *map = (struct map){ .run = run, .service = service };
    find_lanes(map);
    double minutes = ceil(run->ended_at_s / 60);
    map->bin_s = 60 * fmax(1, ceil(minutes / BINS_MAX));
    map->bins = (size_t)ceil(run->ended_at_s / map->bin_s);
    map->sums = mem_alloc((map->lanes * map->bins + 1) * sizeof *map->sums);
    map->weights = mem_alloc((map->lanes * map->bins + 1) * sizeof *map->weights);
    fill(map);
}

static void end_map(struct map *map)
{
    free(map->order);
    free(map->place);
    free(map->sums);
    free(map->weights);
}

/* Sessions per running task; NAN where none runs. */
static double mean_of(const struct map *map, size_t lane, size_t bin)
{
    size_t cell = lane * map->bins + bin;
    return map->weights[cell] > 0 ? map->sums[cell] / map->weights[cell] : NAN;
}

static double most_of(const struct map *map)
{
    double most = 0;
    for (size_t cell = 0; cell < map->lanes * map->bins; cell++) {
        most = fmax(most, mean_of(map, cell / map->bins, cell % map->bins));
    }
    return most;
}

/* ---- what is written ---------------------------------------------------------------------------------------- */

/* 0: no sessions; SHADES: the most; -1: nobody runs. */
static int shade_of(const struct map *map, size_t lane, size_t bin, double most)
{
    double mean = mean_of(map, lane, bin);
    return isnan(mean) ? -1 : mean <= 0 ? 0 : (int)fmin(SHADES, 1 + floor(mean / most * SHADES));
}

static void put_cell(struct text *text, const struct map *map, int panel, size_t lane, size_t from, size_t to, double shade)
{
    text_printf(text, "%d %zu ", panel, lane + 1);
    text_number(text, (double)from * map->bin_s);
    text_char(text, ' ');
    text_number(text, fmin((double)to * map->bin_s, map->run->ended_at_s));
    text_char(text, ' ');
    text_number(text, shade);
    text_char(text, '\n');
}

/* "panel lane from to sessions", neighbours of one shade as one. */
static void put_cells(struct text *text, const struct map *map, int panel, double most)
{
    for (size_t lane = 0; lane < map->lanes; lane++) {
        size_t from = 0;
        for (size_t bin = 1; bin <= map->bins; bin++) {
            int shade = shade_of(map, lane, from, most);
            if (bin < map->bins && shade_of(map, lane, bin, most) == shade) {
                continue;
            }
            if (shade >= 0) {
                put_cell(text, map, panel, lane, from, bin, most * shade / SHADES);
            }
            from = bin;
        }
    }
}

static size_t lane_of(const struct map *map, size_t server)
{
    return map->place[server] / map->per_lane + 1;
}

/* "panel kind lane seconds" */
static void put_mark(struct text *text, int panel, const char *kind, size_t lane, double time_s)
{
    text_printf(text, "%d %s %zu ", panel, kind, lane);
    text_number(text, time_s);
    text_char(text, '\n');
}

/* Where many tasks share a lane, their stops would cover everything. */
static void put_stops(struct text *text, const struct map *map, int panel)
{
    for (size_t i = 0; i < map->count && map->per_lane == 1; i++) {
        const struct folder_server *server = &map->run->sessions.servers[map->order[i]];
        if (!isnan(server->stopping_s)) {
            put_mark(text, panel, "stop", lane_of(map, map->order[i]), server->stopping_s);
        }
    }
}

/* Those of one lane that would cover each other are one. */
static void put_cuts(struct text *text, const struct map *map, int panel)
{
    const struct run_sessions *sessions = &map->run->sessions;
    double apart_s = map->run->ended_at_s / 200, *last = mem_alloc((map->lanes + 2) * sizeof *last);
    for (size_t i = 0; i < sessions->cut_count; i++) {
        const struct folder_cut *cut = &sessions->cuts[i];
        if (sessions->servers[cut->server].service != map->service) {
            continue;
        }
        size_t lane = lane_of(map, cut->server);
        if (last[lane] == 0 || cut->time_s - last[lane] > apart_s) {
            put_mark(text, panel, "cut", lane, cut->time_s);
            last[lane] = cut->time_s;
        }
    }
    free(last);
}

static void put_panel(struct text *text, const struct map *map, int panel, double most)
{
    text_printf(text, "served[%d] = ", panel);
    plot_put_quoted(text, map->run->services[map->service]);
    text_printf(text, "; lanes[%d] = %zu; per_lane[%d] = %zu; most[%d] = ", panel, map->lanes, panel, map->per_lane, panel);
    text_number(text, most > 0 ? most : 1);
    text_put(text, " * 1.0\n");
}

static void put_service(struct text *text, const struct map *map, int panel)
{
    double most = most_of(map);
    put_panel(text, map, panel, most);
    text_printf(text, "$cells%d << END_OF_CELLS\n", panel);
    put_cells(text, map, panel, most);
    text_put(text, "END_OF_CELLS\n");
    text_printf(text, "$marks%d << END_OF_MARKS\n0 none 0 0\n", panel);       /* no block may be empty */
    put_stops(text, map, panel);
    put_cuts(text, map, panel);
    text_put(text, "END_OF_MARKS\n");
}

/* The services that had sessions are the panels. */
void plot_put_sessions(struct text *text, const struct run_folder *run)
{
    int panels = 0;
    text_printf(text, "array served[%d]; array lanes[%d]; array per_lane[%d]; array most[%d]\n", run->service_count,
                run->service_count, run->service_count, run->service_count);
    for (int service = 0; service < run->service_count; service++) {
        struct map map;
        begin_map(&map, run, service);
        if (map.count > 0) {
            put_service(text, &map, ++panels);
        }
        end_map(&map);
    }
    text_printf(text, "panels = %d\n", panels);
}
