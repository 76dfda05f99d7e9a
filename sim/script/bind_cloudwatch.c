/* The module `cloudwatch`: alarms, and metrics that tasks publish themselves. */
#include <math.h>
#include <string.h>

#include "model/alarm.h"
#include "model/scaling.h"
#include "script/bind.h"
#include "script/metric_fields.h"

/* ---- put_metric_data ---------------------------------------------------------------------------------------- */

static const char written_key;    /* its address is the registry's key: metrics by namespace, name, dimensions */

static struct metric *find_written(lua_State *L)
{
    static const struct path path = { .name = "put_metric_data" };
    static const struct path dimensions = { .parent = &path, .name = "dimensions" };
    struct metric_name name = { .namespace_ = luaL_checkstring(L, 1), .name = luaL_checkstring(L, 2) };
    struct error err;
    if (lua_toboolean(L, 4)) {
        lua_pushvalue(L, 4);
        metric_read_name_dimensions(L, &dimensions, &name);
        lua_pop(L, 1);
    }
    if (strncmp(name.namespace_, "AWS/", 4) == 0) {
        fields_error(L, &path, "namespaces that begin with 'AWS/' are AWS's own");
    }
    struct metric *metric = metric_find(scenario_of(L)->world, &name, &err);
    if (!metric) {
        fields_error(L, &path, "%s", err.text);
    }
    return metric;
}

/* Push the table at `key` of the table on top, in place of it; made if it is missing. */
static void descend(lua_State *L, int key)
{
    lua_pushvalue(L, key);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, key);
        lua_pushvalue(L, -2);
        lua_rawset(L, -4);
    }
    lua_remove(L, -2);
}

/* By identity of the arguments, which callers keep: namespace and name are interned, the table of dimensions is theirs. */
static struct metric *known_metric(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &written_key);
    descend(L, 1);
    descend(L, 2);
    lua_pushvalue(L, 4);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pop(L, 1);
        struct metric *metric = find_written(L);
        lua_pushvalue(L, 4);
        lua_pushlightuserdata(L, metric);
        lua_rawset(L, -3);
        return metric;
    }
    return lua_touserdata(L, -1);
}

static int cloudwatch_put_metric_data(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    double value = luaL_checknumber(L, 3);
    luaL_argcheck(L, isfinite(value), 3, "expected a finite number");
    if (!scenario->running) {
        return luaL_error(L, "cloudwatch.put_metric_data can be called only while time runs");
    }
    lua_settop(L, 4);
    if (lua_isnil(L, 4)) {
        lua_pushboolean(L, 0);    /* a key for "no dimensions" */
        lua_replace(L, 4);
    }
    metric_put(known_metric(L), sim_now(scenario->sim), value);
    return 0;
}

/* ---- put_metric_alarm --------------------------------------------------------------------------------------- */

struct alarm_request {
    struct alarm_config config;
    struct metric_request metric;
    double period, phase;
    int comparison, missing, low_samples;
    bool has_comparison, has_threshold;
};

static const char *const missing_names[] = { "missing", "ignore", "breaching", "notBreaching", NULL };
static const char *const low_sample_names[] = { "evaluate", "ignore", NULL };
static const char *const comparisons[] = {
    [COMPARE_GREATER] = "GreaterThanThreshold", [COMPARE_GREATER_OR_EQUAL] = "GreaterThanOrEqualToThreshold",
    [COMPARE_LESS] = "LessThanThreshold", [COMPARE_LESS_OR_EQUAL] = "LessThanOrEqualToThreshold", NULL,
};

static const char states_key;     /* its address is the registry's key: names of alarm states */

static void push_alarm_state(lua_State *L, enum alarm_state state)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &states_key);
    lua_rawgeti(L, -1, state);
    lua_remove(L, -2);
}

static void open_states(lua_State *L)
{
    lua_newtable(L);
    for (int state = 0; state < ALARM_STATE_COUNT; state++) {
        lua_pushstring(L, alarm_state_names[state]);
        lua_rawseti(L, -2, state);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &states_key);
}

/* A function of the scenario as an action: it stands for a Lambda. */
struct action_function {
    struct scenario *scenario;
    int function;
    const char *name;
};

static void on_action(void *context, enum alarm_state state, enum alarm_state previous)
{
    struct action_function *action = context;
    struct coroutine *coroutine = coroutine_create_from(action->scenario, NULL, action->function, action->name);
    if (coroutine) {
        push_alarm_state(coroutine->thread, state);
        push_alarm_state(coroutine->thread, previous);
        process_wake(&coroutine->process);
    }
}

struct action_list {
    struct alarm_action *actions;
};

static void take_action(lua_State *L, const struct path *path, int i, void *context)
{
    struct alarm_action *action = &((struct action_list *)context)->actions[i];
    const struct reference *policy = object_test(L, -1, OBJECT_POLICY);
    if (policy) {
        action->policy = policy->target;
        if (!policy_takes_alarms(action->policy)) {
            fields_error(L, path, "policy '%s' evaluates itself and takes no alarm", policy->name);
        }
        return;
    }
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        fields_error(L, path, "expected a policy or a function, got %s", fields_found(L));
    }
    struct action_function *function = arena_alloc(scenario_of(L)->arena, sizeof *function);
    function->scenario = scenario_of(L);
    function->name = "an alarm's action";
    function->function = bind_keep_function(L, lua_gettop(L));
    action->call = on_action;
    action->context = function;
}

static void read_actions(lua_State *L, const struct path *path, struct alarm_config *config, enum alarm_state state)
{
    struct action_list list = { config->actions[state] };
    config->action_counts[state] = fields_read_list(L, path, ALARM_ACTIONS_MAX, take_action, &list);
}

static void read_alarm_actions(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    read_actions(L, path, out, ALARM_STATE_ALARM);
}

static void read_ok_actions(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    read_actions(L, path, out, ALARM_STATE_OK);
}

static void read_insufficient_data_actions(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    read_actions(L, path, out, ALARM_STATE_INSUFFICIENT_DATA);
}

static const struct field alarm_fields[] = {
    { .name = "alarm_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct alarm_request, config.name) },
    METRIC_FIELDS(struct alarm_request, metric),
    { .name = "extended_statistic", .type = FIELD_TEXT, .offset = offsetof(struct alarm_request, metric.extended_statistic) },
    { .name = "evaluate_low_sample_count_percentile", .type = FIELD_CHOICE, .choices = low_sample_names,
      .offset = offsetof(struct alarm_request, low_samples) },
    { .name = "period", .type = FIELD_TIME, .offset = offsetof(struct alarm_request, period), .least = 1, .most = 86400 },
    { .name = "evaluation_periods", .type = FIELD_INTEGER, .required = true, .least = 1, .most = 1440,
      .offset = offsetof(struct alarm_request, config.evaluation_periods) },
    { .name = "datapoints_to_alarm", .type = FIELD_INTEGER, .least = 1, .most = 1440,
      .offset = offsetof(struct alarm_request, config.datapoints_to_alarm) },
    { .name = "threshold", .type = FIELD_NUMBER, .required = true, .offset = offsetof(struct alarm_request, config.threshold) },
    { .name = "comparison_operator", .type = FIELD_CHOICE, .required = true, .choices = comparisons,
      .offset = offsetof(struct alarm_request, comparison) },
    { .name = "treat_missing_data", .type = FIELD_CHOICE, .choices = missing_names,
      .offset = offsetof(struct alarm_request, missing) },
    { .name = "actions_enabled", .type = FIELD_BOOLEAN, .offset = offsetof(struct alarm_request, config.actions_enabled) },
    { .name = "alarm_actions", .type = FIELD_CUSTOM, .read = read_alarm_actions,
      .offset = offsetof(struct alarm_request, config) },
    { .name = "ok_actions", .type = FIELD_CUSTOM, .read = read_ok_actions,
      .offset = offsetof(struct alarm_request, config) },
    { .name = "insufficient_data_actions", .type = FIELD_CUSTOM, .read = read_insufficient_data_actions,
      .offset = offsetof(struct alarm_request, config) },
    { .name = "phase", .type = FIELD_TIME, .least = 0, .most = 60, .offset = offsetof(struct alarm_request, phase) },
    { .name = "alarm_description", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* Of the metric, or the longest of a list. */
static double period_of(lua_State *L, const struct path *path, const struct alarm_request *request)
{
    bool is_list = request->metric.query.term_count > 0;
    double period = is_list ? request->metric.query_period_s : request->period;
    if (is_list && request->period > 0) {
        fields_error(L, path, "Period should not be set if list of Metrics is set: it belongs into each metric_stat");
    }
    if (period == 0) {
        fields_error(L, path, "PutMetricAlarm request should have a Period parameter: missing 'period'");
    }
    return period;
}

static int cloudwatch_put_metric_alarm(lua_State *L)
{
    static const struct path path = { .name = "put_metric_alarm" };
    struct alarm_request request = { .config.actions_enabled = true, .phase = -1 };
    fields_read_argument(L, path.name, alarm_fields, &request);
    metric_request_to_query(L, &path, &request.metric, &request.config.query);
    request.config.period = sim_from_seconds(period_of(L, &path, &request));
    request.config.comparison = (enum comparison)request.comparison;
    request.config.missing = (enum alarm_missing)request.missing;
    request.config.ignores_low_samples = request.low_samples == 1;
    request.config.phase = request.phase < 0 ? -1 : sim_from_seconds(request.phase);   /* ours: for replays */
    struct error err;
    struct alarm *alarm = alarm_create(scenario_of(L)->world, &request.config, &err);
    if (!alarm) {
        fields_error(L, &path, "%s", err.text);
    }
    bind_push_reference(L, OBJECT_ALARM, alarm, alarm_name(alarm));
    return 1;
}

/* ---- the module --------------------------------------------------------------------------------------------- */

int bind_open_cloudwatch(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "put_metric_alarm", cloudwatch_put_metric_alarm },
        { "put_metric_data", cloudwatch_put_metric_data },
        { "put_recorded_metric", bind_recorded_metric },
        { NULL, NULL },
    };
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &written_key);
    open_states(L);
    luaL_newlib(L, functions);
    return 1;
}
