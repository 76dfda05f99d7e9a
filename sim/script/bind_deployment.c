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

static const struct field configuration_fields[] = {
    { .name = "minimum_healthy_percent", .type = FIELD_INTEGER, .least = 0, .most = 100,
      .offset = OFFSET(minimum_healthy_percent) },
    { .name = "maximum_percent", .type = FIELD_INTEGER, .least = 100, .most = 200, .offset = OFFSET(maximum_percent) },
    { .name = "deployment_circuit_breaker", .type = FIELD_TABLE, .fields = breaker_fields },
    { .name = "alarms", .type = FIELD_TABLE, .fields = alarm_fields },
    { .name = "bake_time_in_minutes", .type = FIELD_NUMBER, .least = 0, .most = 1440, .offset = OFFSET(bake_minutes) },
    { .name = "early_success_criteria", .type = FIELD_TABLE, .fields = early_success_fields },
    { .name = "time_limit", .type = FIELD_TIME, .least = 0, .most = 30 * 86400, .offset = OFFSET(time_limit_s) },
    { .name = "strategy", .type = FIELD_FIXED, .choices = (const char *const[]){ "ROLLING", NULL } },
    { .name = "canary_configuration", .type = FIELD_LATER },
    { .name = "linear_configuration", .type = FIELD_LATER },
    FIELDS_END,
};

/* DEPLOY-14 */
static void check(lua_State *L, const struct path *path, const struct deployment_configuration *configuration)
{
    int early = configuration->early_success_percent;
    if (early > 0 && early < configuration->minimum_healthy_percent) {
        fields_error(L, path, "early_success_criteria.healthy_percent %d is below minimum_healthy_percent %d", early,
                     configuration->minimum_healthy_percent);
    }
}

void bind_read_deployment_configuration(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read(L, -1, path, configuration_fields, out);
    check(L, path, out);
}
