/* The module `autoscaling`: Application Auto Scaling's targets and policies. */
#include <math.h>
#include <string.h>

#include "base/suggest.h"
#include "model/scaling.h"
#include "model/seating.h"
#include "script/bind.h"
#include "script/metric_fields.h"
#include "script/policy_lua.h"

/* ---- targets ------------------------------------------------------------------------------------------------ */

/* Negative: unchanged (AAS-02). */
static void read_switch(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TBOOLEAN) {
        fields_error(L, path, "expected true or false, got %s", fields_found(L));
    }
    *(int *)out = lua_toboolean(L, -1);
}

struct target_request {
    struct service *service;
    struct scalable_target_config config;
};

static const struct field suspended_fields[] = {
    { .name = "dynamic_scaling_in_suspended", .type = FIELD_CUSTOM, .read = read_switch,
      .offset = offsetof(struct target_request, config.dynamic_scaling_in_suspended) },
    { .name = "dynamic_scaling_out_suspended", .type = FIELD_CUSTOM, .read = read_switch,
      .offset = offsetof(struct target_request, config.dynamic_scaling_out_suspended) },
    { .name = "scheduled_scaling_suspended", .type = FIELD_CUSTOM, .read = read_switch,
      .offset = offsetof(struct target_request, config.scheduled_scaling_suspended) },
    FIELDS_END,
};

static const struct field target_fields[] = {
    { .name = "resource_id", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct target_request, service) },
    { .name = "min_capacity", .type = FIELD_INTEGER, .least = 0, .most = 5000,
      .offset = offsetof(struct target_request, config.min_capacity) },
    { .name = "max_capacity", .type = FIELD_INTEGER, .least = 0, .most = 5000,
      .offset = offsetof(struct target_request, config.max_capacity) },
    { .name = "suspended_state", .type = FIELD_TABLE, .fields = suspended_fields },
    AUTOSCALING_NAMESPACE,
    { .name = "role_arn", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int autoscaling_register_scalable_target(lua_State *L)
{
    static const struct path path = { .name = "register_scalable_target" };
    struct target_request request = { .config = { -1, -1, -1, -1, -1 } };
    struct error err;
    fields_read_argument(L, path.name, target_fields, &request);
    if (seating_is_daemon(request.service)) {
        fields_error(L, &path, "a DAEMON service cannot be scaled");   /* DEPLOY-07 */
    }
    if (!scaling_register_target(request.service, &request.config, &err)) {
        fields_error(L, &path, "%s", err.text);
    }
    return 0;
}

/* ---- policies ----------------------------------------------------------------------------------------------- */

enum policy_kind { POLICY_STEP, POLICY_TARGET, POLICY_PREDICTIVE, POLICY_CUSTOM, POLICY_UNSAID };

struct policy_request {
    struct service *service;
    const char *name;
    int kind;
    bool has_step, has_target, has_predictive, has_custom;
    struct predictive_policy_config predictive;
    int mode, breach_behavior;
    struct custom_policy_config custom;
    struct step_policy_config step;
    int adjustment_type, aggregation;
    struct target_policy_config target;
    struct metric_request metric;
};

static const char *const adjustment_types[] = {
    [ADJUST_CHANGE] = "ChangeInCapacity", [ADJUST_PERCENT] = "PercentChangeInCapacity", [ADJUST_EXACT] = "ExactCapacity", NULL,
};

static const struct field step_fields[] = {
    { .name = "metric_interval_lower_bound", .type = FIELD_NUMBER, .offset = offsetof(struct step_adjustment, lower) },
    { .name = "metric_interval_upper_bound", .type = FIELD_NUMBER, .offset = offsetof(struct step_adjustment, upper) },
    { .name = "scaling_adjustment", .type = FIELD_INTEGER, .required = true,
      .offset = offsetof(struct step_adjustment, adjustment) },
    FIELDS_END,
};

static void take_step(lua_State *L, const struct path *path, int i, void *context)
{
    struct step_adjustment *step = &((struct policy_request *)context)->step.steps[i];
    *step = (struct step_adjustment){ .lower = -INFINITY, .upper = INFINITY };
    fields_read(L, -1, path, step_fields, step);
}

static void read_steps(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct policy_request *request = out;
    request->step.step_count = fields_read_list(L, path, STEPS_MAX, take_step, request);
}

static const struct field step_policy_fields[] = {
    { .name = "adjustment_type", .type = FIELD_CHOICE, .required = true, .choices = adjustment_types,
      .offset = offsetof(struct policy_request, adjustment_type) },
    { .name = "step_adjustments", .type = FIELD_CUSTOM, .read = read_steps, .required = true },
    { .name = "min_adjustment_magnitude", .type = FIELD_INTEGER, .least = 1, .most = 5000,
      .offset = offsetof(struct policy_request, step.min_adjustment_magnitude) },
    { .name = "cooldown", .type = FIELD_TIME, .least = 0, .most = 1e9,
      .offset = offsetof(struct policy_request, step.cooldown_s) },
    { .name = "metric_aggregation_type", .type = FIELD_CHOICE, .offset = offsetof(struct policy_request, aggregation),
      .choices = (const char *const[]){ "Average", "Minimum", "Maximum", NULL } },
    FIELDS_END,
};

static void check_step_policy(lua_State *L, const struct path *path, const struct step_policy_config *config)
{
    const struct path list = { .parent = path, .name = "step_adjustments" };
    int step;
    struct error err;
    if (!step_policy_check(config, &step, &err)) {
        const struct path one = { .parent = &list, .index = step + 1 };
        fields_error(L, step < 0 ? path : &one, "%s", err.text);
    }
}

static void read_step_policy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    static const enum statistic aggregations[] = { STATISTIC_AVERAGE, STATISTIC_MINIMUM, STATISTIC_MAXIMUM };
    struct policy_request *request = out;
    request->has_step = true;
    fields_read(L, -1, path, step_policy_fields, request);
    request->step.adjustment_type = (enum adjustment_type)request->adjustment_type;
    request->step.aggregation = aggregations[request->aggregation];
    check_step_policy(L, path, &request->step);
}

/* The names of predefined metrics as AWS lists them, pushed. */
static const char *push_predefined_names(lua_State *L)
{
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (int i = PREDEFINED_NONE + 1; i < PREDEFINED_COUNT; i++) {
        luaL_addstring(&list, i == PREDEFINED_NONE + 1 ? "" : ", ");
        luaL_addstring(&list, predefined_metric_names[i]);
    }
    luaL_pushresult(&list);
    return lua_tostring(L, -1);
}

/* A predefined metric by AWS's name (TT-21). */
static void read_predefined(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const char *name = fields_text(L, path);
    for (int i = PREDEFINED_NONE + 1; i < PREDEFINED_COUNT; i++) {
        if (strcmp(name, predefined_metric_names[i]) == 0) {
            *(enum predefined_metric *)out = (enum predefined_metric)i;
            return;
        }
    }
    if (suggest_nearest(name, predefined_metric_names + 1, PREDEFINED_COUNT - 1)) {
        fields_unknown(L, path, "value", name, predefined_metric_names + 1, PREDEFINED_COUNT - 1);
    }
    fields_error(L, path, "Scalable dimension ecs:service:DesiredCount only supports the following predefined metric types: "
                          "%s, not '%s'", push_predefined_names(L), name);
}

/* TT-22 */
static void read_resource_label(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    *(const struct target_group **)out = bind_to_target_group(L, path);
}

static const struct field predefined_fields[] = {
    { .name = "predefined_metric_type", .type = FIELD_CUSTOM, .required = true, .read = read_predefined,
      .offset = offsetof(struct policy_request, target.predefined) },
    { .name = "resource_label", .type = FIELD_CUSTOM, .read = read_resource_label,
      .offset = offsetof(struct policy_request, target.target_group) },
    FIELDS_END,
};

static const struct field customized_fields[] = {
    METRIC_FIELDS(struct policy_request, metric),
    FIELDS_END,
};

static void read_customized(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct policy_request *request = out;
    fields_read(L, -1, path, customized_fields, request);
    if (request->metric.query_period_s > 0) {   /* TT-24 */
        fields_error(L, path, "a scaling policy's metrics have no 'period'");
    }
    metric_request_to_query(L, path, &request->metric, &request->target.query);
}

/* Ours, for replays: when the policy's alarms are evaluated. */
static sim_time read_phase(lua_State *L, const struct path *path)
{
    double seconds = fields_time(L, path);
    fields_check_range(L, path, seconds, 0, 60);
    return sim_from_seconds(seconds);
}

static void read_high_phase(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct target_phases *phases = out;
    phases->high = read_phase(L, path);
    phases->high_fixed = true;
}

static void read_low_phase(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct target_phases *phases = out;
    phases->low = read_phase(L, path);
    phases->low_fixed = true;
}

static const struct field target_policy_fields[] = {
    { .name = "target_value", .type = FIELD_NUMBER, .required = true,
      .offset = offsetof(struct policy_request, target.target_value) },
    { .name = "scale_out_cooldown", .type = FIELD_TIME, .least = 0, .most = 1e9,
      .offset = offsetof(struct policy_request, target.scale_out_cooldown_s) },
    { .name = "scale_in_cooldown", .type = FIELD_TIME, .least = 0, .most = 1e9,
      .offset = offsetof(struct policy_request, target.scale_in_cooldown_s) },
    { .name = "disable_scale_in", .type = FIELD_BOOLEAN,
      .offset = offsetof(struct policy_request, target.disable_scale_in) },
    { .name = "high_phase", .type = FIELD_CUSTOM, .read = read_high_phase,
      .offset = offsetof(struct policy_request, target.phases) },
    { .name = "low_phase", .type = FIELD_CUSTOM, .read = read_low_phase,
      .offset = offsetof(struct policy_request, target.phases) },
    { .name = "predefined_metric_specification", .type = FIELD_TABLE, .fields = predefined_fields },
    { .name = "customized_metric_specification", .type = FIELD_CUSTOM, .read = read_customized },
    FIELDS_END,
};

static void read_target_policy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct policy_request *request = out;
    request->has_target = true;
    fields_read(L, -1, path, target_policy_fields, request);
    struct error err;
    if (!target_policy_check(&request->target, &err)) {
        fields_error(L, path, "%s", err.text);
    }
}

/* PRED-06: what AWS would fit a forecast to. The scenario's takes its place, so that it is only checked. */
struct forecast_metrics {
    int pair, scaling, load;      /* how many of each are given */
};

static void count_metric(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected a table, got %s", fields_found(L));
    }
    ++*(int *)out;
}

static void read_metric_pair(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    static const char *const pairs[] = {
        "ECSServiceCPUUtilization", "ECSServiceMemoryUtilization", "ALBRequestCount", NULL,
    };
    static const struct field pair_fields[] = {
        { .name = "predefined_metric_type", .type = FIELD_CHOICE, .choices = pairs, .required = true },
        { .name = "resource_label", .type = FIELD_WITHOUT_EFFECT },
        FIELDS_END,
    };
    int type;
    count_metric(L, path, field, out);
    fields_read(L, -1, path, pair_fields, &type);
}

static const struct field forecast_metric_fields[] = {
    { .name = "target_value", .type = FIELD_WITHOUT_EFFECT, .required = true },
    { .name = "predefined_metric_pair_specification", .type = FIELD_CUSTOM, .read = read_metric_pair,
      .offset = offsetof(struct forecast_metrics, pair) },
    { .name = "predefined_scaling_metric_specification", .type = FIELD_CUSTOM, .read = count_metric,
      .offset = offsetof(struct forecast_metrics, scaling) },
    { .name = "customized_scaling_metric_specification", .type = FIELD_CUSTOM, .read = count_metric,
      .offset = offsetof(struct forecast_metrics, scaling) },
    { .name = "predefined_load_metric_specification", .type = FIELD_CUSTOM, .read = count_metric,
      .offset = offsetof(struct forecast_metrics, load) },
    { .name = "customized_load_metric_specification", .type = FIELD_CUSTOM, .read = count_metric,
      .offset = offsetof(struct forecast_metrics, load) },
    { .name = "customized_capacity_metric_specification", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static void take_forecast_metrics(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i, (void)context;
    struct forecast_metrics metrics = { .pair = 0 };
    fields_read(L, -1, path, forecast_metric_fields, &metrics);
    bool is_pair = metrics.pair == 1 && metrics.scaling == 0 && metrics.load == 0;
    if (!is_pair && (metrics.pair != 0 || metrics.scaling != 1 || metrics.load != 1)) {
        fields_error(L, path, "The metric specification is invalid. A policy must have either one scaling metric and one load "
                              "metric or one metric pair");
    }
}

static void read_forecast_metrics(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field, (void)out;
    enum { LIST_MAX = 20 };
    if (fields_read_list(L, path, LIST_MAX, take_forecast_metrics, NULL) != 1) {
        fields_error(L, path, "You must specify one metric specification");
    }
    fields_note_without_effect(L, path);
}

static const struct field predictive_policy_fields[] = {
    { .name = "mode", .type = FIELD_CHOICE, .choices = (const char *const[]){ "ForecastOnly", "ForecastAndScale", NULL },
      .offset = offsetof(struct policy_request, mode) },
    { .name = "scheduling_buffer_time", .type = FIELD_TIME, .least = 0, .most = 3600,
      .offset = offsetof(struct policy_request, predictive.scheduling_buffer_s) },
    { .name = "max_capacity_breach_behavior", .type = FIELD_CHOICE,
      .choices = (const char *const[]){ "HonorMaxCapacity", "IncreaseMaxCapacity", NULL },
      .offset = offsetof(struct policy_request, breach_behavior) },
    { .name = "max_capacity_buffer", .type = FIELD_INTEGER, .least = 0, .most = 100,
      .offset = offsetof(struct policy_request, predictive.max_capacity_buffer) },
    { .name = "forecast", .type = FIELD_CUSTOM, .read = bind_read_rate, .required = true,
      .offset = offsetof(struct policy_request, predictive.forecast) },
    { .name = "metric_specifications", .type = FIELD_CUSTOM, .read = read_forecast_metrics },
    FIELDS_END,
};

static void read_predictive_policy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct policy_request *request = out;
    request->has_predictive = true;
    fields_read(L, -1, path, predictive_policy_fields, request);
    request->predictive.scales = request->mode > 0;
    request->predictive.increases_max = request->breach_behavior > 0;
    struct error err;
    if (!predictive_policy_check(&request->predictive, &err)) {
        fields_error(L, path, "%s", err.text);
    }
}

static void read_custom_policy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct policy_request *request = out;
    request->has_custom = true;
    policy_lua_read(L, path, request->name, &request->custom);
}

static const char *const policy_types[] = { "StepScaling", "TargetTrackingScaling", "PredictiveScaling", "Custom" };

static void read_policy_type(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const char *type = fields_text(L, path);
    for (int i = 0; i < POLICY_UNSAID; i++) {
        if (strcmp(type, policy_types[i]) == 0) {
            *(int *)out = i;
            return;
        }
    }
    fields_unknown(L, path, "value", type, policy_types, POLICY_UNSAID);
}

static const struct field policy_fields[] = {
    { .name = "resource_id", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct policy_request, service) },
    { .name = "policy_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct policy_request, name) },
    { .name = "policy_type", .type = FIELD_CUSTOM, .read = read_policy_type, .offset = offsetof(struct policy_request, kind) },
    { .name = "step_scaling_policy_configuration", .type = FIELD_CUSTOM, .read = read_step_policy },
    { .name = "target_tracking_scaling_policy_configuration", .type = FIELD_CUSTOM, .read = read_target_policy },
    { .name = "custom_scaling_policy_configuration", .type = FIELD_CUSTOM, .read = read_custom_policy },
    { .name = "predictive_scaling_policy_configuration", .type = FIELD_CUSTOM, .read = read_predictive_policy },
    AUTOSCALING_NAMESPACE,
    FIELDS_END,
};

/* The kind of the one configuration that is given. */
static enum policy_kind check_kind(lua_State *L, const struct path *path, const struct policy_request *request)
{
    const bool has[] = {
        [POLICY_STEP] = request->has_step, [POLICY_TARGET] = request->has_target,
        [POLICY_PREDICTIVE] = request->has_predictive, [POLICY_CUSTOM] = request->has_custom,
    };
    enum policy_kind kind = POLICY_UNSAID;
    int count = 0;
    for (int i = 0; i < POLICY_UNSAID; i++) {
        kind = has[i] ? (enum policy_kind)i : kind;
        count += has[i];
    }
    if (count == 0 && request->kind != POLICY_UNSAID) {
        fields_error(L, path, "%s policy configuration must be specified", policy_types[request->kind]);
    }
    if (count == 0) {
        fields_error(L, path, "expected one of 'step_scaling_policy_configuration', "
                              "'target_tracking_scaling_policy_configuration', 'predictive_scaling_policy_configuration' "
                              "and 'custom_scaling_policy_configuration'");
    }
    if (count > 1 || (request->kind != POLICY_UNSAID && request->kind != (int)kind)) {
        fields_error(L, path, "You must only provide a single scaling policy configuration, which must match the scaling policy "
                              "type specified");
    }
    return kind;
}

static struct policy *put_policy(struct policy_request *request, enum policy_kind kind, struct error *err)
{
    switch (kind) {
    case POLICY_STEP:
        return scaling_put_step_policy(request->service, request->name, &request->step, err);
    case POLICY_TARGET:
        return scaling_put_target_policy(request->service, request->name, &request->target, err);
    case POLICY_PREDICTIVE:
        return scaling_put_predictive_policy(request->service, request->name, &request->predictive, err);
    case POLICY_CUSTOM:
    case POLICY_UNSAID:
        break;
    }
    return scaling_put_custom_policy(request->service, request->name, &request->custom, err);
}

static int autoscaling_put_scaling_policy(lua_State *L)
{
    static const struct path path = { .name = "put_scaling_policy" };
    struct policy_request request = {
        .kind = POLICY_UNSAID, .step.cooldown_s = -1,
        .target = { .scale_out_cooldown_s = -1, .scale_in_cooldown_s = -1 },
        .predictive = { .scheduling_buffer_s = -1, .max_capacity_buffer = -1 },
    };
    struct error err;
    fields_read_argument(L, path.name, policy_fields, &request);
    struct policy *policy = put_policy(&request, check_kind(L, &path, &request), &err);
    if (!policy) {
        fields_error(L, &path, "%s", err.text);
    }
    bind_push_reference(L, OBJECT_POLICY, policy, policy_name(policy));
    return 1;
}

int bind_open_autoscaling(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "put_scaling_policy", autoscaling_put_scaling_policy },
        { "put_scheduled_action", bind_put_scheduled_action },
        { "register_scalable_target", autoscaling_register_scalable_target },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
