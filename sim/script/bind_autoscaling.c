/* The module `autoscaling`: Application Auto Scaling's targets and policies. */
#include <math.h>
#include <string.h>

#include "model/scaling.h"
#include "script/bind.h"
#include "script/metric_fields.h"

/* ---- targets ------------------------------------------------------------------------------------------------ */

/* Negative: unchanged (AAS-02). */
static void read_switch(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TBOOLEAN) {
        fields_error(L, path, "expected true or false, got a %s", luaL_typename(L, -1));
    }
    *(int *)out = lua_toboolean(L, -1);
}

struct target {
    struct service *service;
    struct scalable_target_config config;
};

#define SERVICE_NAMESPACE                                                                                      \
    { .name = "service_namespace", .type = FIELD_FIXED, .choices = (const char *const[]){ "ecs", NULL } },     \
    { .name = "scalable_dimension", .type = FIELD_FIXED,                                                       \
      .choices = (const char *const[]){ "ecs:service:DesiredCount", NULL } }

static const struct field suspended_fields[] = {
    { .name = "dynamic_scaling_in_suspended", .type = FIELD_CUSTOM, .read = read_switch,
      .offset = offsetof(struct target, config.dynamic_scaling_in_suspended) },
    { .name = "dynamic_scaling_out_suspended", .type = FIELD_CUSTOM, .read = read_switch,
      .offset = offsetof(struct target, config.dynamic_scaling_out_suspended) },
    { .name = "scheduled_scaling_suspended", .type = FIELD_CUSTOM, .read = read_switch,
      .offset = offsetof(struct target, config.scheduled_scaling_suspended) },
    FIELDS_END,
};

static const struct field target_fields[] = {
    { .name = "resource_id", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct target, service) },
    { .name = "min_capacity", .type = FIELD_INTEGER, .least = 0, .most = 5000,
      .offset = offsetof(struct target, config.min_capacity) },
    { .name = "max_capacity", .type = FIELD_INTEGER, .least = 0, .most = 5000,
      .offset = offsetof(struct target, config.max_capacity) },
    { .name = "suspended_state", .type = FIELD_TABLE, .fields = suspended_fields },
    SERVICE_NAMESPACE,
    { .name = "role_arn", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int autoscaling_register_scalable_target(lua_State *L)
{
    static const struct path path = { .name = "register_scalable_target" };
    struct target request = { .config = { -1, -1, -1, -1, -1 } };
    struct error err;
    fields_read_argument(L, path.name, target_fields, &request);
    if (!scaling_register_target(request.service, &request.config, &err)) {
        fields_error(L, &path, "%s", err.text);
    }
    return 0;
}

/* ---- policies ----------------------------------------------------------------------------------------------- */

enum policy_kind { POLICY_STEP, POLICY_TARGET, POLICY_UNSAID };

struct policy_request {
    struct service *service;
    const char *name;
    int kind;
    bool has_step, has_target;
    struct step_policy_config step;
    int adjustment_type, aggregation;
    struct target_policy_config target;
    struct metric_request metric;
    int predefined;
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

static void read_step_policy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    ((struct policy_request *)out)->has_step = true;
    fields_read(L, -1, path, step_policy_fields, out);
}

static const char *const predefined_metrics[] = {
    "ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", NULL,
};

static const struct field predefined_fields[] = {
    { .name = "predefined_metric_type", .type = FIELD_CHOICE, .required = true, .choices = predefined_metrics,
      .offset = offsetof(struct policy_request, predefined) },
    { .name = "resource_label", .type = FIELD_LATER },
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
    if (request->metric.query_period_s > 0) {
        fields_error(L, path, "a scaling policy's metrics have no 'period'");
    }
    metric_request_to_query(L, path, &request->metric, &request->target.query);
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
    bool predefined = request->predefined >= 0, customized = request->target.query.term_count > 0;
    if (predefined == customized) {
        fields_error(L, path, "expected either 'predefined_metric_specification' or 'customized_metric_specification'");
    }
}

static void read_policy_type(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    static const char *const known[] = { "StepScaling", "TargetTrackingScaling" };
    static const char *const later[] = { "Custom", "PredictiveScaling" };
    const char *type = fields_text(L, path);
    for (int i = 0; i < 2; i++) {
        if (strcmp(type, known[i]) == 0) {
            *(int *)out = i;
            return;
        }
        if (strcmp(type, later[i]) == 0) {
            fields_error(L, path, "%s is not modelled yet", type);
        }
    }
    fields_unknown(L, path, "value", type, known, 2);
}

static const struct field policy_fields[] = {
    { .name = "resource_id", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct policy_request, service) },
    { .name = "policy_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct policy_request, name) },
    { .name = "policy_type", .type = FIELD_CUSTOM, .read = read_policy_type, .offset = offsetof(struct policy_request, kind) },
    { .name = "step_scaling_policy_configuration", .type = FIELD_CUSTOM, .read = read_step_policy },
    { .name = "target_tracking_scaling_policy_configuration", .type = FIELD_CUSTOM, .read = read_target_policy },
    { .name = "custom_scaling_policy_configuration", .type = FIELD_LATER },
    { .name = "predictive_scaling_policy_configuration", .type = FIELD_LATER },
    SERVICE_NAMESPACE,
    FIELDS_END,
};

static struct policy *put_step_policy(struct policy_request *request, struct error *err)
{
    static const enum statistic aggregations[] = { STATISTIC_AVERAGE, STATISTIC_MINIMUM, STATISTIC_MAXIMUM };
    request->step.adjustment_type = (enum adjustment_type)request->adjustment_type;
    request->step.aggregation = aggregations[request->aggregation];
    return scaling_put_step_policy(request->service, request->name, &request->step, err);
}

static struct policy *put_target_policy(struct policy_request *request, struct error *err)
{
    static const enum predefined_metric predefined[] = { PREDEFINED_ECS_CPU, PREDEFINED_ECS_MEMORY };
    request->target.predefined = request->predefined >= 0 ? predefined[request->predefined] : PREDEFINED_NONE;
    return scaling_put_target_policy(request->service, request->name, &request->target, err);
}

static void check_kind(lua_State *L, const struct path *path, const struct policy_request *request)
{
    if (request->has_step == request->has_target) {
        fields_error(L, path, "expected either 'step_scaling_policy_configuration' or "
                              "'target_tracking_scaling_policy_configuration'");
    }
    if (request->kind != POLICY_UNSAID && (request->kind == POLICY_STEP) != request->has_step) {
        fields_error(L, path, "policy_type and configuration are of different kinds");
    }
}

static int autoscaling_put_scaling_policy(lua_State *L)
{
    static const struct path path = { .name = "put_scaling_policy" };
    struct policy_request request = {
        .kind = POLICY_UNSAID, .step.cooldown_s = -1, .predefined = -1,
        .target = { .scale_out_cooldown_s = -1, .scale_in_cooldown_s = -1 },
    };
    struct error err;
    fields_read_argument(L, path.name, policy_fields, &request);
    check_kind(L, &path, &request);
    struct policy *policy = request.has_step ? put_step_policy(&request, &err) : put_target_policy(&request, &err);
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
        { "register_scalable_target", autoscaling_register_scalable_target },
        { NULL, NULL },
    };
    static const char *const later[] = { "put_scheduled_action", NULL };
    luaL_newlib(L, functions);
    bind_add_not_modelled(L, "autoscaling.", later);
    return 1;
}
