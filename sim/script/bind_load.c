/* Loads: sim.arrivals. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "model/aggregate.h"
#include "model/workload.h"
#include "script/bind.h"
#include "script/random.h"

enum { POINTS_MAX = 10000000 };

struct arrivals_request {
    const char *name;
    struct rate rate;
    sim_time *times;
    int64_t *works;
    int time_count, work_count;   /* -1: not given as a list */
    int process;
    double start, stop;
    struct workload_sink *into;
    int into_count;
    struct random_field work;
    double aggregate_above;
    int each;                     /* a reference; LUA_NOREF */
};

/* ---- lists -------------------------------------------------------------------------------------------------- */

static int list_room(lua_State *L)
{
    size_t length = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    return length < POINTS_MAX ? (int)length : POINTS_MAX;
}

static void take_point(lua_State *L, const struct path *path, int i, void *context)
{
    const struct path time_path = { .parent = path, .index = 1 }, rate_path = { .parent = path, .index = 2 };
    struct rate_point *point = &((struct rate_point *)context)[i];
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) != 2) {
        fields_error(L, path, "expected { time, rate }");
    }
    lua_rawgeti(L, -1, 1);
    point->time = sim_from_seconds(fields_time(L, &time_path));
    lua_pop(L, 1);
    lua_rawgeti(L, -1, 2);
    point->per_second = fields_number(L, &rate_path);
    lua_pop(L, 1);
}

/* A copy of the list on top without its field `every`, pushed. */
static void push_points(lua_State *L)
{
    int room = list_room(L);
    lua_createtable(L, room, 0);
    for (lua_pushnil(L); lua_next(L, -3);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        if (lua_type(L, -2) == LUA_TSTRING && strcmp(lua_tostring(L, -2), "every") == 0) {
            lua_pop(L, 2);
        } else {
            lua_rawset(L, -4);
        }
    }
}

static void read_points(lua_State *L, const struct path *path, struct rate *rate)
{
    const struct path every_path = { .parent = path, .name = "every" };
    lua_getfield(L, -1, "every");
    if (!lua_isnil(L, -1)) {
        rate->period = sim_from_seconds(fields_time(L, &every_path));
        if (rate->period <= 0) {
            fields_error(L, &every_path, "expected a time above 0");
        }
    }
    lua_pop(L, 1);
    push_points(L);
    struct rate_point *points = arena_alloc(scenario_of(L)->arena, ((size_t)list_room(L) + 1) * sizeof *points);
    rate->count = (size_t)fields_read_list(L, path, POINTS_MAX, take_point, points);
    rate->points = points;
    lua_pop(L, 1);
}

void bind_read_rate(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct rate *rate = out;
    struct arena *arena = scenario_of(L)->arena;
    if (lua_type(L, -1) == LUA_TNUMBER) {
        struct rate_point *point = arena_alloc(arena, sizeof *point);
        *point = (struct rate_point){ .per_second = fields_number(L, path) };
        *rate = (struct rate){ .points = point, .count = 1 };
    } else {
        read_points(L, path, rate);
    }
    struct error err;
    if (!rate_init(rate, arena, &err)) {
        fields_error(L, path, "%s", err.text);
    }
}

static void take_time(lua_State *L, const struct path *path, int i, void *context)
{
    sim_time *times = context;
    double seconds = fields_time(L, path);
    fields_check_range(L, path, seconds, 0, 9e9);
    times[i] = sim_from_seconds(seconds);
    if (i > 0 && times[i] < times[i - 1]) {
        char before[64];
        units_format_number(sim_seconds(times[i - 1]), 12, before, sizeof before);
        fields_error(L, path, "%s s is before the time that precedes it, %s s", luaL_tolstring(L, -1, NULL), before);
    }
}

static void read_times(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct arrivals_request *request = out;
    request->times = arena_alloc(scenario_of(L)->arena, ((size_t)list_room(L) + 1) * sizeof *request->times);
    request->time_count = fields_read_list(L, path, POINTS_MAX, take_time, request->times);
}

static void take_work(lua_State *L, const struct path *path, int i, void *context)
{
    double seconds = fields_time(L, path);
    fields_check_range(L, path, seconds, 0, 9e9);
    ((int64_t *)context)[i] = sim_from_seconds(seconds);
}

static void read_work(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    struct arrivals_request *request = out;
    if (lua_istable(L, -1)) {
        request->works = arena_alloc(scenario_of(L)->arena, ((size_t)list_room(L) + 1) * sizeof *request->works);
        request->work_count = fields_read_list(L, path, POINTS_MAX, take_work, request->works);
    } else {
        random_read(L, path, field, &request->work);
    }
}

/* SQS-07: nobody here knows the groups of messages. */
static struct queue *to_standard_queue(lua_State *L, const struct path *path)
{
    struct queue *queue = bind_to_queue(L, path);
    if (queue->config.fifo) {
        fields_error(L, path, "messages to the FIFO queue '%s' need a group each: send them in 'each'", queue->config.name);
    }
    return queue;
}

/* A queue, a target group, or the name of one; a queue comes first. */
static struct workload_sink to_sink(lua_State *L, const struct path *path)
{
    struct world *world = scenario_of(L)->world;
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    bool is_group = object_test(L, -1, OBJECT_TARGET_GROUP) != NULL ||
                    (name && !world_find_queue(world, name) && bind_find_target_group(L, name));
    return is_group ? (struct workload_sink){ .target_group = bind_to_target_group(L, path) }
                    : (struct workload_sink){ .queue = to_standard_queue(L, path) };
}

static void take_sink(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct workload_sink *)context)[i] = to_sink(L, path);
}

static void read_into(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct arrivals_request *request = out;
    struct arena *arena = scenario_of(L)->arena;
    if (lua_istable(L, -1)) {
        request->into = arena_alloc(arena, ((size_t)list_room(L) + 1) * sizeof *request->into);
        request->into_count = fields_read_list(L, path, POINTS_MAX, take_sink, request->into);
    } else {
        request->into = arena_alloc(arena, sizeof *request->into);
        request->into[0] = to_sink(L, path);
        request->into_count = 1;
    }
}

static void read_each(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        fields_error(L, path, "expected a function, got %s", fields_found(L));
    }
    ((struct arrivals_request *)out)->each = bind_keep_function(L, lua_gettop(L));
}

/* ---- sim.arrivals ------------------------------------------------------------------------------------------- */

enum process_kind { POISSON, REGULAR };

static const struct field arrivals_fields[] = {
    { .name = "name", .type = FIELD_TEXT, .offset = offsetof(struct arrivals_request, name) },
    { .name = "rate", .type = FIELD_CUSTOM, .read = bind_read_rate, .offset = offsetof(struct arrivals_request, rate) },
    { .name = "times", .type = FIELD_CUSTOM, .read = read_times },
    { .name = "process", .type = FIELD_CHOICE, .choices = (const char *const[]){ "poisson", "regular", NULL },
      .offset = offsetof(struct arrivals_request, process) },
    { .name = "start", .type = FIELD_TIME, .offset = offsetof(struct arrivals_request, start), .least = 0, .most = 9e9 },
    { .name = "stop", .type = FIELD_TIME, .offset = offsetof(struct arrivals_request, stop), .least = 0, .most = 9e9 },
    { .name = "into", .type = FIELD_CUSTOM, .read = read_into },
    { .name = "work", .type = FIELD_CUSTOM, .read = read_work },
    { .name = "each", .type = FIELD_CUSTOM, .read = read_each },
    { .name = "aggregate_above", .type = FIELD_NUMBER, .offset = offsetof(struct arrivals_request, aggregate_above),
      .least = 0, .most = 1e9 },
    FIELDS_END,
};

static void check_arrivals(lua_State *L, const struct path *path, const struct arrivals_request *request)
{
    bool has_rate = request->rate.count > 0, has_times = request->time_count >= 0;
    bool has_work = request->work.given || request->work_count >= 0;
    if (has_rate == has_times) {
        fields_error(L, path, "expected either 'rate' or 'times'");
    }
    if ((request->into_count > 0) == (request->each != LUA_NOREF)) {
        fields_error(L, path, "expected either 'into' with 'work', or 'each'");
    }
    if (request->into_count > 0 && !has_work) {
        fields_error(L, path, "missing 'work'");
    }
    if (request->each != LUA_NOREF && has_work) {
        fields_error(L, path, "'each' takes no 'work': the function sends it");
    }
    if (request->work_count >= 0 && request->work_count != request->time_count) {
        fields_error(L, path, "a list of 'work' goes with a list of as many 'times'");
    }
    if (request->stop <= request->start) {
        fields_error(L, path, "stop is not after start");
    }
    bool fits = has_rate && request->into_count == 1 && request->into[0].target_group != NULL;
    if (request->aggregate_above > 0 && !fits) {
        fields_error(L, path, "'aggregate_above' needs a 'rate' and one target group in 'into'");
    }
}

struct each {
    struct scenario *scenario;
    int function;
    const char *name;
};

/* One arrival: the function runs in a coroutine of its own. */
static void on_each(void *context, uint64_t index)
{
    struct each *each = context;
    struct coroutine *coroutine = coroutine_create_from(each->scenario, NULL, each->function, each->name);
    if (coroutine) {
        lua_pushinteger(coroutine->thread, (lua_Integer)index + 1);
        process_wake(&coroutine->process);
    }
}

static struct each *make_each(lua_State *L, const struct arrivals_request *request)
{
    struct scenario *scenario = scenario_of(L);
    struct each *each = arena_alloc(scenario->arena, sizeof *each);
    each->scenario = scenario;
    each->function = request->each;
    each->name = arena_printf(scenario->arena, "an arrival of '%s'", request->name);
    return each;
}

/* A replay has ended with its last arrival. */
static sim_time stop_of(const struct arrivals_request *request)
{
    if (isfinite(request->stop)) {
        return sim_from_seconds(request->stop);
    }
    return request->time_count > 0 ? request->times[request->time_count - 1] + 1 : SIM_NEVER;
}

static void prepare_aggregate(lua_State *L, const struct path *path, const struct workload_config *config)
{
    const struct aggregate_config aggregate = { .load = config->name, .work = config->work, .regular = config->regular };
    struct error err;
    if (!aggregate_create(config->into[0].target_group, &aggregate, &err)) {
        fields_error(L, path, "%s", err.text);
    }
}

int bind_arrivals(lua_State *L)
{
    static const struct path path = { .name = "arrivals" };
    bind_check_building(L, "sim.arrivals");
    struct arrivals_request request = {
        .name = "arrivals", .time_count = -1, .work_count = -1, .stop = INFINITY, .each = LUA_NOREF,
    };
    fields_read_argument(L, path.name, arrivals_fields, &request);
    check_arrivals(L, &path, &request);
    bind_claim_name(L, &path, request.name);
    const struct workload_config config = {
        .name = request.name, .rate = request.rate, .times = request.times,
        .time_count = request.time_count > 0 ? (size_t)request.time_count : 0, .regular = request.process == REGULAR,
        .start = sim_from_seconds(request.start), .stop = stop_of(&request), .into = request.into,
        .into_count = request.into_count, .work = request.work.dist, .work_name = request.work.name,
        .works_ns = request.works, .aggregate_above = request.aggregate_above, .each = request.each != LUA_NOREF ? on_each : NULL,
        .context = request.each != LUA_NOREF ? make_each(L, &request) : NULL,
    };
    if (config.aggregate_above > 0) {
        prepare_aggregate(L, &path, &config);
    }
    workload_create(scenario_of(L)->world, &config);
    return 0;
}
