/* cloudwatch.put_recorded_metric: a series that somebody recorded in the place of a metric. Ours, not AWS's. */
#include "model/metric.h"
#include "script/bind.h"
#include "script/input.h"
#include "script/instant.h"
#include "script/metric_fields.h"
#include "script/recording.h"

enum { POINTS_MAX = 10000000 };

struct recording_request {
    struct metric_name metric;
    const char *file, *id, *label, *statistic, *start_time;
    double period, visibility_delay, alarm_data_lag;
    int64_t start_unix_s;
    struct recorded_point *points;           /* of `timestamps` and `values` */
    int timestamp_count, value_count, room;
};

/* ---- lists of the script ------------------------------------------------------------------------------------ */

/* Points for the list on top of the stack: both lists are as long. */
static void make_room(lua_State *L, struct recording_request *request)
{
    int length = (int)lua_rawlen(L, -1);
    if (length <= request->room) {
        return;
    }
    struct recorded_point *points = arena_alloc(scenario_of(L)->arena, (size_t)length * sizeof *points);
    for (int i = 0; i < request->room; i++) {
        points[i] = request->points[i];
    }
    request->points = points;
    request->room = length;
}

/* Seconds from the start of the run, or an instant. */
static void take_timestamp(lua_State *L, const struct path *path, int i, void *context)
{
    const struct recording_request *request = context;
    struct recorded_point *point = &request->points[i];
    if (lua_type(L, -1) == LUA_TNUMBER) {
        point->start = sim_from_seconds(fields_number(L, path));
    } else if (!recording_parse_time(fields_text(L, path), request->start_unix_s, &point->start)) {
        fields_error(L, path, "expected seconds or an instant such as \"2026-01-05T00:00:00Z\", got '%s'",
                     lua_tostring(L, -1));
    }
}

static void take_value(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct recording_request *)context)->points[i].slot = recording_sample(fields_number(L, path));
}

static void read_timestamps(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct recording_request *request = out;
    if (lua_istable(L, -1)) {
        make_room(L, request);
    }
    request->timestamp_count = fields_read_list(L, path, POINTS_MAX, take_timestamp, request);
}

static void read_values(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct recording_request *request = out;
    if (lua_istable(L, -1)) {
        make_room(L, request);
    }
    request->value_count = fields_read_list(L, path, POINTS_MAX, take_value, request);
}

static void read_start_time(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct recording_request *request = out;
    request->start_time = fields_text(L, path);
    if (!instant_parse(request->start_time, &request->start_unix_s)) {
        fields_error(L, path, "expected an instant such as \"2026-01-05T00:00:00Z\", got '%s'", request->start_time);
    }
}

/* `start_time` comes first: timestamps count from it. */
static const struct field recording_fields[] = {
    { .name = "start_time", .type = FIELD_CUSTOM, .read = read_start_time },
    { .name = "namespace", .type = FIELD_TEXT, .required = true,
      .offset = offsetof(struct recording_request, metric.namespace_) },
    { .name = "metric_name", .type = FIELD_TEXT, .required = true,
      .offset = offsetof(struct recording_request, metric.name) },
    { .name = "dimensions", .type = FIELD_CUSTOM, .read = metric_read_dimensions,
      .offset = offsetof(struct recording_request, metric) },
    { .name = "period", .type = FIELD_TIME, .least = 1, .most = 86400,
      .offset = offsetof(struct recording_request, period) },
    { .name = "timestamps", .type = FIELD_CUSTOM, .read = read_timestamps },
    { .name = "values", .type = FIELD_CUSTOM, .read = read_values },
    { .name = "file", .type = FIELD_TEXT, .offset = offsetof(struct recording_request, file) },
    { .name = "id", .type = FIELD_TEXT, .offset = offsetof(struct recording_request, id) },
    { .name = "label", .type = FIELD_TEXT, .offset = offsetof(struct recording_request, label) },
    { .name = "statistic", .type = FIELD_TEXT, .offset = offsetof(struct recording_request, statistic) },
    { .name = "visibility_delay", .type = FIELD_TIME, .least = 0, .most = 86400,
      .offset = offsetof(struct recording_request, visibility_delay) },
    { .name = "alarm_data_lag", .type = FIELD_TIME, .least = 0, .most = 86400,
      .offset = offsetof(struct recording_request, alarm_data_lag) },
    { .name = "unit", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* ---- the call ----------------------------------------------------------------------------------------------- */

static size_t check_lists(lua_State *L, const struct path *path, const struct recording_request *request)
{
    if (request->timestamp_count != request->value_count) {
        fields_error(L, path, "%d timestamps, but %d values", request->timestamp_count, request->value_count);
    }
    if (request->id || request->label || request->statistic) {
        fields_error(L, path, "'%s' belongs to a 'file'", request->id ? "id" : request->label ? "label" : "statistic");
    }
    return (size_t)request->value_count;
}

static size_t read_recording(lua_State *L, const struct path *path, struct recording_request *request)
{
    struct scenario *scenario = scenario_of(L);
    const struct recording_choice choice = { request->id, request->label, request->statistic, request->start_unix_s };
    struct recording_points points;
    struct file file;
    struct error err;
    if (!input_read_data(scenario, "recording", request->file, &file, &err)) {
        fields_error(L, path, "%s", err.text);
    }
    bool parsed = recording_parse(file.text, &choice, scenario->arena, &points, &err);
    input_free(&file);
    if (!parsed) {
        fields_error(L, path, "%s: %s", request->file, err.text);
    }
    request->points = points.points;
    return points.count;
}

/* A mistaken start leaves a recording without a point in the run. */
static void check_reach(lua_State *L, const struct path *path, const struct recording_request *request, size_t count)
{
    const struct scenario *scenario = scenario_of(L);
    sim_time end = scenario->configured ? scenario->world->config.duration : SIM_NEVER;
    for (size_t i = 0; i < count; i++) {
        if (request->points[i].start >= 0 && request->points[i].start < end) {
            return;
        }
    }
    fields_error(L, path, "none of the %d datapoints lies within the run: 'start_time' says which instant of the "
                          "recording is its start", (int)count);
}

int bind_recorded_metric(lua_State *L)
{
    static const struct path path = { .name = "put_recorded_metric" };
    struct world *world = scenario_of(L)->world;
    bind_check_building(L, "cloudwatch.put_recorded_metric");
    struct recording_request request = {
        .period = 60, .visibility_delay = -1, .alarm_data_lag = -1, .start_unix_s = world->config.start_unix_s,
    };
    fields_read_argument(L, path.name, recording_fields, &request);
    if (!request.start_time && !scenario_of(L)->configured) {
        fields_error(L, &path, "sim.scenario comes first, since it says when the run starts; or give 'start_time'");
    }
    bool has_lists = request.timestamp_count > 0 || request.value_count > 0;
    if (has_lists == (request.file != NULL)) {
        fields_error(L, &path, "expected either 'timestamps' and 'values' or a 'file'");
    }
    size_t count = has_lists ? check_lists(L, &path, &request) : read_recording(L, &path, &request);
    check_reach(L, &path, &request, count);
    struct recording recording = {
        .points = request.points, .point_count = count, .period = sim_from_seconds(request.period),
        .visibility_delay = request.visibility_delay < 0 ? -1 : sim_from_seconds(request.visibility_delay),
        .alarm_data_lag = request.alarm_data_lag < 0 ? -1 : sim_from_seconds(request.alarm_data_lag),
    };
    struct error err;
    if (!metric_record(world, &request.metric, &recording, &err)) {
        fields_error(L, &path, "%s", err.text);
    }
    return 0;
}
