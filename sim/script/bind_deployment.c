/* The deployment configuration of a service, as create_service and update_service take it. */
#include <string.h>

#include "model/deployment.h"
#include "script/bind.h"

#define OFFSET(field) offsetof(struct deployment_configuration, field)

static const struct field breaker_fields[] = {
    { .name = "enable", .type = FIELD_BOOLEAN, .required = true, .offset = OFFSET(breaker_enabled) },
    { .name = "rollback", .type = FIELD_BOOLEAN, .required = true, .offset = OFFSET(breaker_rollback) },
    { .name = "threshold", .type = FIELD_INTEGER, .offset = OFFSET(breaker_threshold), .least = 1, .most = 5000 },
    FIELDS_END,
};

static void take_alarm_name(lua_State *L, const struct path *path, int i, void *context)
{
    struct deployment_configuration *configuration = context;
    const struct reference *alarm = object_test(L, -1, OBJECT_ALARM);
    if (!alarm && lua_type(L, -1) != LUA_TSTRING) {
        fields_error(L, path, "expected an alarm or its name, got %s", fields_found(L));
    }
    configuration->alarm_names[i] = alarm ? alarm->name : fields_text(L, path);
}

static void read_alarm_names(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct deployment_configuration *configuration = out;
    configuration->alarm_count = fields_read_list(L, path, DEPLOYMENT_ALARMS_MAX, take_alarm_name, configuration);
}

static const struct field alarm_fields[] = {
    { .name = "alarm_names", .type = FIELD_CUSTOM, .read = read_alarm_names, .required = true },
    { .name = "enable", .type = FIELD_BOOLEAN, .required = true, .offset = OFFSET(alarms_enabled) },
    { .name = "rollback", .type = FIELD_BOOLEAN, .required = true, .offset = OFFSET(alarms_rollback) },
    FIELDS_END,
};

static const char *const cleanups[] = { "BLOCKING", "DEFERRED", NULL };

static const struct field early_success_fields[] = {
    { .name = "healthy_percent", .type = FIELD_INTEGER, .required = true, .least = 0, .most = 100,
      .offset = OFFSET(early_success_percent) },
    { .name = "source_service_revision_cleanup", .type = FIELD_CHOICE, .choices = cleanups,
      .offset = OFFSET(deferred_cleanup) },
    FIELDS_END,
};

static void read_early_success(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read(L, -1, path, early_success_fields, out);
    ((struct deployment_configuration *)out)->early_success_enabled = true;
}

static const char *const strategies[] = { "ROLLING", "BLUE_GREEN", "LINEAR", "CANARY", NULL };

static const struct field linear_fields[] = {
    { .name = "step_percent", .type = FIELD_NUMBER, .least = 3, .most = 100, .offset = OFFSET(step_percent) },
    { .name = "step_bake_time_in_minutes", .type = FIELD_NUMBER, .least = 0, .most = 1440, .offset = OFFSET(step_bake_minutes) },
    FIELDS_END,
};

static const struct field canary_fields[] = {
    { .name = "canary_percent", .type = FIELD_NUMBER, .least = 0.1, .most = 100, .offset = OFFSET(canary_percent) },
    { .name = "canary_bake_time_in_minutes", .type = FIELD_NUMBER, .least = 0, .most = 1440,
      .offset = OFFSET(canary_bake_minutes) },
    FIELDS_END,
};

/* DEPLOY-31: CodeDeploy's predefined configurations, as the steps that they take. */
static const struct {
    const char *name;
    int strategy;
    double percent, minutes;
} code_deploy_configurations[] = {
    { "CodeDeployDefault.ECSAllAtOnce", STRATEGY_BLUE_GREEN, 100, 0 },
    { "CodeDeployDefault.ECSLinear10PercentEvery1Minutes", STRATEGY_LINEAR, 10, 1 },
    { "CodeDeployDefault.ECSLinear10PercentEvery3Minutes", STRATEGY_LINEAR, 10, 3 },
    { "CodeDeployDefault.ECSCanary10Percent5Minutes", STRATEGY_CANARY, 10, 5 },
    { "CodeDeployDefault.ECSCanary10Percent15Minutes", STRATEGY_CANARY, 10, 15 },
};
enum { CODE_DEPLOY_CONFIGURATIONS = sizeof code_deploy_configurations / sizeof *code_deploy_configurations };

static void read_code_deploy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct deployment_configuration *configuration = out;
    const char *known[CODE_DEPLOY_CONFIGURATIONS], *name = fields_text(L, path);
    for (size_t i = 0; i < CODE_DEPLOY_CONFIGURATIONS; i++) {
        known[i] = code_deploy_configurations[i].name;
        if (strcmp(name, known[i]) == 0) {
            configuration->strategy = code_deploy_configurations[i].strategy;
            configuration->step_percent = configuration->canary_percent = code_deploy_configurations[i].percent;
            configuration->step_bake_minutes = configuration->canary_bake_minutes = code_deploy_configurations[i].minutes;
            configuration->bake_minutes = 0;
            return;
        }
    }
    fields_unknown(L, path, "deployment configuration", name, known, CODE_DEPLOY_CONFIGURATIONS);
}

static const struct field configuration_fields[] = {
    { .name = "minimum_healthy_percent", .type = FIELD_INTEGER, .least = 0, .most = 100,
      .offset = OFFSET(minimum_healthy_percent) },
    { .name = "maximum_percent", .type = FIELD_INTEGER, .least = 100, .most = 200, .offset = OFFSET(maximum_percent) },
    { .name = "deployment_circuit_breaker", .type = FIELD_TABLE, .fields = breaker_fields },
    { .name = "alarms", .type = FIELD_TABLE, .fields = alarm_fields },
    { .name = "bake_time_in_minutes", .type = FIELD_NUMBER, .least = 0, .most = 1440, .offset = OFFSET(bake_minutes) },
    { .name = "early_success_criteria", .type = FIELD_CUSTOM, .read = read_early_success },
    { .name = "time_limit", .type = FIELD_TIME, .least = 0, .most = 30 * 86400, .offset = OFFSET(time_limit_s) },
    { .name = "strategy", .type = FIELD_CHOICE, .choices = strategies, .offset = OFFSET(strategy) },
    { .name = "deployment_config_name", .type = FIELD_CUSTOM, .read = read_code_deploy },
    { .name = "canary_configuration", .type = FIELD_TABLE, .fields = canary_fields },
    { .name = "linear_configuration", .type = FIELD_TABLE, .fields = linear_fields },
    { .name = "lifecycle_hooks", .type = FIELD_LATER },
    FIELDS_END,
};

/* What would change nothing. */
static void check_goes_with(lua_State *L, const struct path *path, const char *field, int strategy, int wanted)
{
    if (strategy != wanted && lua_getfield(L, -1, field) != LUA_TNIL) {
        fields_error(L, path, "%s goes with strategy %s", field, strategies[wanted]);
    }
    lua_pop(L, strategy != wanted);
}

/* DEPLOY-14, DEPLOY-22, DEPLOY-27 */
static void check(lua_State *L, const struct path *path, const struct deployment_configuration *configuration)
{
    int early = configuration->early_success_percent;
    if (configuration->early_success_enabled && early < configuration->minimum_healthy_percent) {
        fields_error(L, path, "early_success_criteria.healthy_percent %d is below minimum_healthy_percent %d", early,
                     configuration->minimum_healthy_percent);
    }
    if (configuration->strategy == STRATEGY_BLUE_GREEN && configuration->bake_minutes < 0) {
        fields_error(L, path, "strategy BLUE_GREEN needs bake_time_in_minutes");
    }
    check_goes_with(L, path, "linear_configuration", configuration->strategy, STRATEGY_LINEAR);
    check_goes_with(L, path, "canary_configuration", configuration->strategy, STRATEGY_CANARY);
    if (configuration->strategy != STRATEGY_ROLLING && configuration->breaker_enabled) {
        fields_error(L, path, "deployment_circuit_breaker goes with strategy ROLLING alone");
    }
}

void bind_read_deployment_configuration(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read(L, -1, path, configuration_fields, out);
    check(L, path, out);
}
