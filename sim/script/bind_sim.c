/* The module `sim`: what is ours, not AWS's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "script/bind.h"
#include "script/instant.h"

/* ---- settings of the run ------------------------------------------------------------------------------------ */

struct scenario_request {
    double duration, warm_up, slo, reversal_window, drain;
    int drain_threshold;
    int64_t start_unix_s;
};

static void read_start(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (!instant_parse(fields_text(L, path), &((struct scenario_request *)out)->start_unix_s)) {
        fields_error(L, path, "expected an instant as in \"2026-01-05T00:00:00Z\"");
    }
}

static const struct field scenario_fields[] = {
    { .name = "duration", .type = FIELD_TIME, .offset = offsetof(struct scenario_request, duration), .least = 1e-9,
      .most = 4e9 },
    { .name = "warm_up", .type = FIELD_TIME, .offset = offsetof(struct scenario_request, warm_up), .least = 0,
      .most = 4e9 },
    { .name = "start", .type = FIELD_CUSTOM, .read = read_start },
    { .name = "slo", .type = FIELD_TIME, .offset = offsetof(struct scenario_request, slo), .least = 0, .most = 4e9 },
    { .name = "drain", .type = FIELD_TIME, .offset = offsetof(struct scenario_request, drain), .least = 0, .most = 4e9 },
    { .name = "drain_threshold", .type = FIELD_INTEGER, .offset = offsetof(struct scenario_request, drain_threshold),
      .least = 0, .most = 1e9 },
    { .name = "reversal_window", .type = FIELD_TIME, .offset = offsetof(struct scenario_request, reversal_window),
      .least = 0, .most = 4e9 },
    FIELDS_END,
};

static int sim_scenario(lua_State *L)
{
    static const struct path path = { .name = "scenario" };
    struct scenario *scenario = scenario_of(L);
    struct world_config *config = &scenario->world->config;
    bind_check_building(L, "sim.scenario");
    if (scenario->configured) {
        fields_error(L, &path, "the run is described once");
    }
    scenario->configured = true;
    struct scenario_request request = {
        .duration = sim_seconds(config->duration), .reversal_window = sim_seconds(config->reversal_window),
        .drain_threshold = (int)config->drain_threshold, .start_unix_s = config->start_unix_s,
    };
    fields_read_argument(L, path.name, scenario_fields, &request);
    if (scenario->start_used && request.start_unix_s != config->start_unix_s) {
        fields_error(L, &path, "start comes before the scheduled actions that depend on it");
    }
    if (request.warm_up >= request.duration) {
        fields_error(L, &path, "warm_up is not shorter than duration");
    }
    config->duration = sim_from_seconds(request.duration);
    config->warm_up = sim_from_seconds(request.warm_up);
    config->slo = sim_from_seconds(request.slo);
    config->drain = sim_from_seconds(request.drain);
    config->drain_threshold = request.drain_threshold;
    config->reversal_window = sim_from_seconds(request.reversal_window);
    config->start_unix_s = request.start_unix_s;
    return 0;
}

static bool is_set_by_user(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->options.assumption_count; i++) {
        if (strcmp(scenario->options.assumptions[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the command line says wins. */
static bool set_for_run(void *context, const char *name, const char *text, struct error *err)
{
    struct scenario *scenario = context;
    struct assumptions checked = scenario->world->assumptions;
    bool is_users = is_set_by_user(scenario, name);
    return assumptions_set(is_users ? &checked : &scenario->world->assumptions, name, text, err);
}

static int sim_assume(lua_State *L)
{
    static const struct path path = { .name = "assume" };
    struct scenario *scenario = scenario_of(L);
    bind_check_building(L, "sim.assume");
    if (scenario->world->service_count + scenario->world->queue_count > 0) {
        fields_error(L, &path, "assumptions come before the services and queues that they are for");
    }
    lua_settop(L, 1);
    bind_each_assumption(L, &path, set_for_run, scenario);
    return 0;
}

/* ---- time --------------------------------------------------------------------------------------------------- */

static int call_now(lua_State *L)
{
    lua_pushnumber(L, sim_seconds(sim_now(scenario_of(L)->sim)));
    return 1;
}

static int sim_sleep(lua_State *L)
{
    struct coroutine *coroutine = coroutine_about_to_wait(L, "sim.sleep");
    process_sleep(&coroutine->process, bind_check_time(L, 1));
    return lua_yield(L, 0);
}

static int sim_spawn(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    process_wake(&coroutine_create(L, NULL, lua_gettop(L) - 1, "sim.spawn")->process);
    return 0;
}

/* Where a function is written, for messages: "sim.every at worker.lua:31". Kept for the run. */
static const char *place_of(lua_State *L, const char *call, int function)
{
    lua_Debug record;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">S", &record);
    return arena_printf(scenario_of(L)->arena, "%s at %s:%d", call, record.short_src, record.linedefined);
}

static void on_moment(struct sim *sim, void *self)
{
    (void)sim;
    process_wake(self);
}

static int call_at(lua_State *L)
{
    sim_time when = bind_check_time(L, 1), now = sim_now(scenario_of(L)->sim);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_argcheck(L, when >= now, 1, "this time has passed");
    lua_settop(L, 2);
    struct coroutine *coroutine = coroutine_create(L, NULL, 0, place_of(L, "sim.at", 2));
    process_wait(&coroutine->process, when - now, RANK_SCALING, on_moment);
    return 0;
}

/* sim.every: one coroutine per beat, never two at once. */
struct beat {
    struct scenario *scenario;
    sim_time period, next;
    sim_timer timer;
    int function;
    bool busy;
    const char *name;
};

static void on_beat_done(struct scenario *scenario, void *context)
{
    (void)scenario;
    ((struct beat *)context)->busy = false;
}

static void arm_beat(struct beat *beat)
{
    if (beat->next < SIM_NEVER - beat->period) {
        beat->next += beat->period;
        sim_timer_arm(beat->scenario->sim, beat->timer, beat->next, RANK_SCALING);
    }
}

static void on_beat(struct sim *sim, void *self)
{
    (void)sim;
    struct beat *beat = self;
    arm_beat(beat);
    if (beat->busy) {
        return;
    }
    struct coroutine *coroutine = coroutine_create_from(beat->scenario, NULL, beat->function, beat->name);
    if (coroutine) {
        beat->busy = true;
        coroutine->finished = on_beat_done;
        coroutine->context = beat;
        process_wake(&coroutine->process);
    }
}

static int sim_every(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    sim_time period = bind_check_time(L, 1);
    luaL_argcheck(L, period > 0, 1, "expected a time above 0");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct beat *beat = arena_alloc(scenario->arena, sizeof *beat);
    beat->scenario = scenario;
    beat->period = period;
    beat->next = sim_now(scenario->sim);
    beat->name = place_of(L, "sim.every", 2);
    beat->function = bind_keep_function(L, 2);
    beat->timer = sim_timer_create(scenario->sim, on_beat, beat);
    arm_beat(beat);
    return 0;
}

/* ---- the module --------------------------------------------------------------------------------------------- */

int bind_open_sim(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "arrivals", bind_arrivals },
        { "assume", sim_assume },
        { "at", call_at },
        { "channel", bind_channel },
        { "csv", bind_csv },
        { "disrupt", bind_disrupt },
        { "events", bind_events },
        { "eventually", bind_eventually },
        { "every", sim_every },
        { "expect", bind_expect },
        { "level", bind_level },
        { "log", bind_log },
        { "now", call_now },
        { "params", bind_params },
        { "random", bind_random },
        { "resource", bind_resource },
        { "scenario", sim_scenario },
        { "series", bind_series },
        { "sleep", sim_sleep },
        { "spawn", sim_spawn },
        { "tally", bind_tally },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
