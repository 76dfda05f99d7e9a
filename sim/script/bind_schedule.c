/* autoscaling.put_scheduled_action. */
#include <string.h>

#include "model/scaling.h"
#include "script/bind.h"
#include "script/instant.h"

struct scheduled_request {
    struct service *service;
    struct scheduled_action_config config;
};

/* Zone and limits are other fields: what they have read stays. */
static void read_schedule(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct scheduled_action_config *config = out;
    struct schedule schedule;
    struct error err;
    if (!schedule_parse(&schedule, fields_text(L, path), &err)) {
        fields_error(L, path, "%s", err.text);
    }
    schedule.zone = config->schedule.zone;
    schedule.start_s = config->schedule.start_s;
    schedule.end_s = config->schedule.end_s;
    config->schedule = schedule;
    config->has_schedule = true;
}

/* The edition of the zone database decides when clocks change: results name it. */
static void read_zone(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct scheduled_action_config *config = out;
    struct world *world = scenario_of(L)->world;
    const char *name = fields_text(L, path);
    struct error err;
    config->has_zone = true;
    if (strcmp(name, "UTC") == 0) {
        return;
    }
    config->schedule.zone = zone_load(world->arena, name, &err);
    if (!config->schedule.zone) {
        fields_error(L, path, "%s", err.text);
    }
    world->zone_database = zone_database(config->schedule.zone);
}

static void read_instant(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (!instant_parse(fields_text(L, path), out)) {
        fields_error(L, path, "expected an instant as in \"2026-01-05T00:00:00Z\"");
    }
}

static const struct field action_fields[] = {
    { .name = "min_capacity", .type = FIELD_INTEGER, .least = 0, .most = 5000,
      .offset = offsetof(struct scheduled_action_config, min_capacity) },
    { .name = "max_capacity", .type = FIELD_INTEGER, .least = 0, .most = 5000,
      .offset = offsetof(struct scheduled_action_config, max_capacity) },
    FIELDS_END,
};

static void read_action(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct scheduled_action_config *config = out;
    fields_read(L, -1, path, action_fields, config);
    config->has_action = config->min_capacity >= 0 || config->max_capacity >= 0;
    if (!config->has_action) {
        fields_error(L, path, "At least one of minimum capacity and maximum capacity should be provided");
    }
    if (config->min_capacity >= 0 && config->max_capacity >= 0 && config->min_capacity > config->max_capacity) {
        fields_error(L, path, "Maximum capacity cannot be less than minimum capacity: %d is below %d", config->max_capacity,
                     config->min_capacity);
    }
}

static const struct field scheduled_fields[] = {
    { .name = "resource_id", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct scheduled_request, service) },
    { .name = "scheduled_action_name", .type = FIELD_TEXT, .required = true,
      .offset = offsetof(struct scheduled_request, config.name) },
    { .name = "schedule", .type = FIELD_CUSTOM, .read = read_schedule,
      .offset = offsetof(struct scheduled_request, config) },
    { .name = "timezone", .type = FIELD_CUSTOM, .read = read_zone, .offset = offsetof(struct scheduled_request, config) },
    { .name = "start_time", .type = FIELD_CUSTOM, .read = read_instant,
      .offset = offsetof(struct scheduled_request, config.schedule.start_s) },
    { .name = "end_time", .type = FIELD_CUSTOM, .read = read_instant,
      .offset = offsetof(struct scheduled_request, config.schedule.end_s) },
    { .name = "scalable_target_action", .type = FIELD_CUSTOM, .read = read_action,
      .offset = offsetof(struct scheduled_request, config) },
    AUTOSCALING_NAMESPACE,
    FIELDS_END,
};

int bind_put_scheduled_action(lua_State *L)
{
    static const struct path path = { .name = "put_scheduled_action" };
    struct scheduled_request request = {
        .config = { .min_capacity = -1, .max_capacity = -1,
                    .schedule = { .start_s = SCHEDULE_ALWAYS, .end_s = SCHEDULE_FOR_EVER } },
    };
    struct error err;
    fields_read_argument(L, path.name, scheduled_fields, &request);
    if (request.config.schedule.start_s > request.config.schedule.end_s) {
        fields_error(L, &path, "StartTime must be before EndTime");
    }
    if (!scaling_put_scheduled_action(request.service, &request.config, &err)) {
        fields_error(L, &path, "%s", err.text);
    }
    scenario_of(L)->start_used = true;
    return 0;
}
