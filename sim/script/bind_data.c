/* Files of data: sim.csv gives columns, sim.series a rate, sim.events arrivals. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "script/bind.h"
#include "script/input.h"
#include "script/instant.h"
#include "script/recording.h"
#include "script/series.h"
#include "script/table.h"

enum { COLUMNS_LISTED = 64 };

/* The file as a table; `call` names who reads it, in messages. */
static void read_table(lua_State *L, const char *call, const char *path, const char *const *wanted, size_t wanted_count,
                       struct table *table)
{
    struct scenario *scenario = scenario_of(L);
    struct error err;
    struct file file;
    if (!input_read_data(scenario, "csv", path, &file, &err)) {
        luaL_error(L, "%s: %s", call, err.text);
    }
    bool parsed = table_parse(table, file.text, file.size, wanted, wanted_count, scenario->arena, &err);
    input_free(&file);
    if (!parsed) {
        luaL_error(L, "%s: %s: %s", call, path, err.text);
    }
}

/* ---- sim.csv ------------------------------------------------------------------------------------------------ */

static void take_column_name(lua_State *L, const struct path *path, int i, void *context)
{
    ((const char **)context)[i] = fields_text(L, path);
}

static const char **read_wanted(lua_State *L, size_t *count)
{
    static const struct path path = { .name = "csv" };
    int room = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0;
    const char **wanted = arena_alloc(scenario_of(L)->arena, ((size_t)room + 1) * sizeof *wanted);
    *count = (size_t)fields_read_list(L, &path, room, take_column_name, wanted);
    return wanted;
}

/* Where the column was read, for messages about lists that are made of it. */
static void note_source(lua_State *L, const char *path, const struct table *table, const struct table_column *column)
{
    struct arena *arena = scenario_of(L)->arena;
    struct fields_source *source = arena_alloc(arena, sizeof *source);
    *source = (struct fields_source){
        .file = arena_text(arena, path), .lines = table->lines, .count = table->row_count,
        .numbers = column->is_number ? column->numbers : NULL, .texts = column->is_number ? NULL : column->texts,
    };
    fields_set_source(L, source);
}

static void push_column(lua_State *L, const struct table_column *column, size_t rows)
{
    lua_createtable(L, (int)rows, 0);
    for (size_t i = 0; i < rows; i++) {
        if (!column->is_number) {
            lua_pushstring(L, column->texts[i]);
        } else if (column->numbers[i] == floor(column->numbers[i]) && fabs(column->numbers[i]) < 1e15) {
            lua_pushinteger(L, (lua_Integer)column->numbers[i]);
        } else {
            lua_pushnumber(L, column->numbers[i]);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_table(lua_State *L, const char *path, const struct table *table)
{
    lua_createtable(L, 0, (int)table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].wanted) {
            push_column(L, &table->columns[i], table->row_count);
            note_source(L, path, table, &table->columns[i]);
            lua_setfield(L, -2, table->columns[i].name);
        }
    }
}

/* table.name where the file has no such column: upvalue 1 is the path, upvalue 2 the names. */
static int refuse_column(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    const char *known[COLUMNS_LISTED];
    size_t count = 0;
    lua_Integer columns = luaL_len(L, lua_upvalueindex(2));
    for (lua_Integer i = 1; i <= columns && count < COLUMNS_LISTED; i++) {
        lua_rawgeti(L, lua_upvalueindex(2), i);
        known[count++] = lua_tostring(L, -1);
    }
    const char *nearest = suggest_nearest(name, known, count);
    return nearest ? luaL_error(L, "csv: %s has no column '%s', did you mean '%s'?", lua_tostring(L, lua_upvalueindex(1)),
                                name, nearest)
                   : luaL_error(L, "csv: %s has no column '%s'", lua_tostring(L, lua_upvalueindex(1)), name);
}

/* The table on top answers for the columns that were read, and refuses others. */
static void guard_columns(lua_State *L, const char *path, const struct table *table)
{
    lua_createtable(L, 0, 1);
    lua_pushstring(L, path);
    lua_createtable(L, (int)table->column_count, 0);
    lua_Integer count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].wanted) {
            lua_pushstring(L, table->columns[i].name);
            lua_rawseti(L, -2, ++count);
        }
    }
    lua_pushcclosure(L, refuse_column, 2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

int bind_csv(lua_State *L)
{
    bind_check_building(L, "sim.csv");
    const char *path = luaL_checkstring(L, 1);
    const char **wanted = NULL;
    size_t wanted_count = 0;
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        wanted = read_wanted(L, &wanted_count);
    }
    struct table table;
    read_table(L, "csv", path, wanted, wanted_count, &table);
    push_table(L, path, &table);
    guard_columns(L, path, &table);
    return 1;
}

/* ---- times of a column -------------------------------------------------------------------------------------- */

struct timing {
    double unit;                  /* seconds, of a column of numbers */
    double from, to;              /* what is taken, seconds from the first */
};

static _Noreturn void wrong_cell(lua_State *L, const char *call, const char *path, size_t line, const char *column,
                                 const char *what, const char *cell)
{
    luaL_error(L, "%s: %s: line %I, column '%s': expected %s, found '%s'", call, path, (LUAI_UACINT)line, column, what, cell);
    __builtin_unreachable();
}

/* The difference of any two such times is one. */
static const double TIME_MOST_S = 4.5e9;

static sim_time time_of_number(lua_State *L, const char *call, const char *path, const struct table *table,
                               const struct table_column *column, double unit, size_t row)
{
    double seconds = column->numbers[row] * unit;
    if (!(fabs(seconds) < TIME_MOST_S)) {
        char found[32];
        units_format_number(column->numbers[row], 15, found, sizeof found);
        wrong_cell(L, call, path, table->lines[row], column->name,
                   "a time of less than 4.5e9 s, a number in units of 'time_unit'", found);
    }
    return sim_from_seconds(seconds);
}

/* Numbers in units of time, or instants, which count from the first row's. */
static sim_time time_of_row(lua_State *L, const char *call, const char *path, const struct table *table,
                            const struct table_column *column, double unit, size_t row)
{
    int64_t unix_s, fraction_ns, first_s, first_ns;
    if (column->is_number) {
        return time_of_number(L, call, path, table, column, unit, row);
    }
    if (!instant_parse_stamp(column->texts[row], &unix_s, &fraction_ns)
        || !instant_parse_stamp(column->texts[0], &first_s, &first_ns)) {
        wrong_cell(L, call, path, table->lines[row], column->name,
                   "a number or an instant such as 2026-01-05T00:00:00Z", column->texts[row]);
    }
    double seconds = (double)(unix_s - first_s);
    if (!(fabs(seconds) < TIME_MOST_S)) {
        wrong_cell(L, call, path, table->lines[row], column->name, "an instant within 140 years of the first",
                   column->texts[row]);
    }
    return sim_from_seconds(seconds) + fraction_ns - first_ns;
}

static void check_is_number(lua_State *L, const char *call, const char *path, const struct table *table,
                            const struct table_column *column)
{
    if (!column->is_number) {
        wrong_cell(L, call, path, table->lines[0], column->name, "a number", column->texts[0]);
    }
}

static void check_window(lua_State *L, const struct path *path, const struct timing *timing)
{
    if (timing->to <= timing->from) {
        fields_error(L, path, "'to' is not after 'from'");
    }
}

/* ---- sim.series --------------------------------------------------------------------------------------------- */

struct series_request {
    const char *file, *time, *value, *id, *label, *statistic;
    struct timing timing;
    double period, per;
    int holes;
};

static const struct field series_fields[] = {
    { .name = "file", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct series_request, file) },
    { .name = "time", .type = FIELD_TEXT, .offset = offsetof(struct series_request, time) },
    { .name = "value", .type = FIELD_TEXT, .offset = offsetof(struct series_request, value) },
    { .name = "id", .type = FIELD_TEXT, .offset = offsetof(struct series_request, id) },
    { .name = "label", .type = FIELD_TEXT, .offset = offsetof(struct series_request, label) },
    { .name = "statistic", .type = FIELD_TEXT, .offset = offsetof(struct series_request, statistic) },
    { .name = "time_unit", .type = FIELD_TIME, .offset = offsetof(struct series_request, timing.unit), .least = 1e-9,
      .most = 86400 },
    { .name = "from", .type = FIELD_TIME, .offset = offsetof(struct series_request, timing.from), .least = 0, .most = 9e9 },
    { .name = "to", .type = FIELD_TIME, .offset = offsetof(struct series_request, timing.to), .least = 0, .most = 9e9 },
    { .name = "period", .type = FIELD_TIME, .offset = offsetof(struct series_request, period), .least = 1e-3, .most = 9e9 },
    { .name = "per", .type = FIELD_TIME, .offset = offsetof(struct series_request, per), .least = 1e-3, .most = 9e9 },
    { .name = "holes", .type = FIELD_CHOICE, .choices = (const char *const[]){ "error", "level", "zero", NULL },
      .offset = offsetof(struct series_request, holes) },
    FIELDS_END,
};

static void describe_line(const void *source, size_t index, char *text, size_t size)
{
    snprintf(text, size, "line %zu", ((const struct table *)source)->lines[index]);
}

static struct series read_csv_series(lua_State *L, const struct path *path, const struct series_request *request)
{
    if (!request->time || !request->value) {
        fields_error(L, path, "missing '%s', which names a column of the CSV file", request->time ? "value" : "time");
    }
    if (request->id || request->label || request->statistic) {
        fields_error(L, path, "'%s' belongs to a file of CloudWatch's, in JSON",
                     request->id ? "id" : request->label ? "label" : "statistic");
    }
    struct arena *arena = scenario_of(L)->arena;
    struct table *table = arena_alloc(arena, sizeof *table);
    const char *const wanted[] = { request->time, request->value };
    read_table(L, path->name, request->file, wanted, 2, table);
    const struct table_column *times = table_column(table, request->time), *values = table_column(table, request->value);
    check_is_number(L, path->name, request->file, table, values);
    struct series series = { .count = table->row_count, .describe_place = describe_line, .source = table };
    series.values = arena_alloc(arena, series.count * sizeof *series.values);
    for (size_t i = 0; i < series.count; i++) {
        sim_time start = time_of_row(L, path->name, request->file, table, times, request->timing.unit, i);
        series.values[i] = (struct series_value){ .start = start, .value = values->numbers[i], .index = i };
    }
    return series;
}

static void parse_recording(lua_State *L, const struct path *path, const struct series_request *request,
                            struct recording_points *points)
{
    struct scenario *scenario = scenario_of(L);
    const struct recording_choice choice = { request->id, request->label, request->statistic ? request->statistic : "Sum", 0 };
    struct error err;
    struct file file;
    if (!input_read_data(scenario, "recording", request->file, &file, &err)) {
        fields_error(L, path, "%s", err.text);
    }
    bool parsed = recording_parse(file.text, &choice, scenario->arena, points, &err);
    input_free(&file);
    if (!parsed) {
        fields_error(L, path, "%s: %s", request->file, err.text);
    }
}

static struct series read_json_series(lua_State *L, const struct path *path, const struct series_request *request)
{
    if (request->time || request->value) {
        fields_error(L, path, "'%s' names a column of a CSV file", request->time ? "time" : "value");
    }
    struct arena *arena = scenario_of(L)->arena;
    struct recording_points *points = arena_alloc(arena, sizeof *points);
    parse_recording(L, path, request, points);
    struct series series = { .count = points->count, .describe_place = recording_describe_place, .source = points };
    series.values = arena_alloc(arena, (series.count + 1) * sizeof *series.values);
    for (size_t i = 0; i < series.count; i++) {
        const struct recorded_point *point = &points->points[i];
        series.values[i] = (struct series_value){ .start = point->start, .value = point->slot.sum, .index = i };
    }
    return series;
}

static void push_rate(lua_State *L, const struct series_rate *rate)
{
    lua_createtable(L, (int)rate->count, 0);
    for (size_t i = 0; i < rate->count; i++) {
        lua_createtable(L, 2, 0);
        lua_pushnumber(L, sim_seconds(rate->points[i].time));
        lua_rawseti(L, -2, 1);
        lua_pushnumber(L, rate->points[i].per_second);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void warn_of_holes(lua_State *L, const struct series_request *request, const struct series_rate *rate)
{
    if (rate->holes > 0) {
        world_warn(scenario_of(L)->world, input_name(request->file), "%zu holes of the series are filled: holes = \"%s\"", rate->holes,
                   request->holes == SERIES_LEVEL ? "level" : "zero");
    }
}

static bool is_json(const char *file)
{
    size_t length = strlen(file);
    return length > strlen(".json") && strcmp(file + length - strlen(".json"), ".json") == 0;
}

/* sim.series { file = ..., ... }: the points of a rate, and the length of the series in seconds. */
int bind_series(lua_State *L)
{
    static const struct path path = { .name = "series" };
    bind_check_building(L, "sim.series");
    struct series_request request = { .timing = { .unit = 1, .to = INFINITY } };
    fields_read_argument(L, path.name, series_fields, &request);
    check_window(L, &path, &request.timing);
    struct series series = is_json(request.file) ? read_json_series(L, &path, &request) : read_csv_series(L, &path, &request);
    const struct series_form form = {
        .period = sim_from_seconds(request.period), .per = sim_from_seconds(request.per),
        .holes = (enum series_holes)request.holes,
        .from = sim_from_seconds(request.timing.from), .to = sim_from_seconds(request.timing.to),
    };
    struct series_rate rate;
    struct error err;
    if (!series_to_rate(&series, &form, scenario_of(L)->arena, &rate, &err)) {
        fields_error(L, &path, "%s: %s", request.file, err.text);
    }
    warn_of_holes(L, &request, &rate);
    push_rate(L, &rate);
    lua_pushnumber(L, sim_seconds(rate.length));
    return 2;
}

/* ---- sim.events --------------------------------------------------------------------------------------------- */

struct events_request {
    const char *file, *time, *work;
    struct timing timing;
    double work_unit;
};

static const struct field events_fields[] = {
    { .name = "file", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct events_request, file) },
    { .name = "time", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct events_request, time) },
    { .name = "work", .type = FIELD_TEXT, .offset = offsetof(struct events_request, work) },
    { .name = "time_unit", .type = FIELD_TIME, .offset = offsetof(struct events_request, timing.unit), .least = 1e-9,
      .most = 86400 },
    { .name = "work_unit", .type = FIELD_TIME, .offset = offsetof(struct events_request, work_unit), .least = 0,
      .most = 86400 },
    { .name = "from", .type = FIELD_TIME, .offset = offsetof(struct events_request, timing.from), .least = 0, .most = 9e9 },
    { .name = "to", .type = FIELD_TIME, .offset = offsetof(struct events_request, timing.to), .least = 0, .most = 9e9 },
    FIELDS_END,
};

struct event {
    sim_time time;
    double work;
    size_t row;
};

static int compare_events(const void *a, const void *b)
{
    const struct event *left = a, *right = b;
    if (left->time != right->time) {
        return left->time < right->time ? -1 : 1;
    }
    return left->row < right->row ? -1 : 1;
}

static struct event *read_events(lua_State *L, const struct path *path, const struct events_request *request, size_t *count)
{
    struct arena *arena = scenario_of(L)->arena;
    const char *const wanted[] = { request->time, request->work };
    struct table table;
    read_table(L, path->name, request->file, wanted, request->work ? 2 : 1, &table);
    const struct table_column *times = table_column(&table, request->time);
    const struct table_column *works = request->work ? table_column(&table, request->work) : NULL;
    if (works) {
        check_is_number(L, path->name, request->file, &table, works);
    }
    struct event *events = arena_alloc(arena, table.row_count * sizeof *events);
    for (size_t i = 0; i < table.row_count; i++) {
        events[i].time = time_of_row(L, path->name, request->file, &table, times, request->timing.unit, i);
        events[i].work = works ? works->numbers[i] * request->work_unit : 0;
        events[i].row = i;
        if (events[i].work < 0) {
            luaL_error(L, "%s: %s: line %I, column '%s': expected work, not below 0, found %f", path->name, request->file,
                       (LUAI_UACINT)table.lines[i], works->name, (LUAI_UACNUMBER)works->numbers[i]);
        }
    }
    qsort(events, table.row_count, sizeof *events, compare_events);
    *count = table.row_count;
    return events;
}

/* Two lists, of times and of works. */
static void push_events(lua_State *L, const struct timing *timing, const struct event *events, size_t count)
{
    sim_time from = sim_from_seconds(timing->from), to = sim_from_seconds(timing->to), first = events[0].time;
    lua_Integer taken = 0;
    lua_newtable(L);
    lua_newtable(L);
    for (size_t i = 0; i < count; i++) {
        sim_time time = events[i].time - first;
        if (time >= from && time < to) {
            taken++;
            lua_pushnumber(L, sim_seconds(time - from));
            lua_rawseti(L, -3, taken);
            lua_pushnumber(L, events[i].work);
            lua_rawseti(L, -2, taken);
        }
    }
}

/* sim.events { file = ..., ... }: the times of the arrivals, and the works if a column of them is named. */
int bind_events(lua_State *L)
{
    static const struct path path = { .name = "events" };
    bind_check_building(L, "sim.events");
    struct events_request request = { .timing = { .unit = 1, .to = INFINITY }, .work_unit = 1 };
    fields_read_argument(L, path.name, events_fields, &request);
    check_window(L, &path, &request.timing);
    size_t count;
    const struct event *events = read_events(L, &path, &request, &count);
    push_events(L, &request.timing, events, count);
    if (lua_rawlen(L, -1) == 0) {
        fields_error(L, &path, "%s: no row between 'from' and 'to'", request.file);
    }
    return request.work ? 2 : (lua_pop(L, 1), 1);
}
