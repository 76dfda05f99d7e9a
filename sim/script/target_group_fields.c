#include "script/target_group_fields.h"

#include <lauxlib.h>
#include <string.h>

struct target_group_fields {
    const char *name;
    double deregistration_delay, idle_timeout, client_keep_alive, slow_start;      /* s */
    double health_check_interval, health_check_timeout;
    double lb_cookie_duration, app_cookie_duration;
    int healthy_threshold, unhealthy_threshold;
    int routing;
    bool is_sticky;
    int sticky_type;              /* index in sticky_types */
    double request_bytes, response_bytes;
    int rules, requests_per_connection;
};

static const char *const sticky_types[] = { "lb_cookie", "app_cookie", NULL };

static void read_routing(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const char *name = fields_text(L, path);
    for (int i = 0; i < ROUTE_COUNT; i++) {
        if (strcmp(name, routing_names[i]) == 0) {
            *(int *)out = i;
            return;
        }
    }
    fields_unknown(L, path, "value", name, routing_names, ROUTE_COUNT);
}

/* ALB-05: off, or within bounds. */
static void read_slow_start(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    double seconds = fields_time(L, path);
    if (seconds != 0) {
        fields_check_range(L, path, seconds, field->least, field->most);
    }
    *(double *)out = seconds;
}

/* Attributes of target groups are texts in AWS's JSON. */
static void read_flag(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    bool is_text = lua_type(L, -1) == LUA_TSTRING;
    const char *text = is_text ? lua_tostring(L, -1) : lua_toboolean(L, -1) ? "true" : "false";
    bool is_true = strcmp(text, "true") == 0;
    if ((!is_text && lua_type(L, -1) != LUA_TBOOLEAN) || (!is_true && strcmp(text, "false") != 0)) {
        fields_error(L, path, "expected true or false, got %s",
                     is_text ? lua_pushfstring(L, "'%s'", text) : fields_found(L));
    }
    *(bool *)out = is_true;
}

#define AT(member) .offset = offsetof(struct target_group_fields, member)

static const struct field fields[] = {
    { .name = "name", .type = FIELD_TEXT, .required = true, AT(name) },
    { .name = "deregistration_delay_timeout_seconds", .type = FIELD_TIME, .least = 0, .most = 3600,
      AT(deregistration_delay) },
    { .name = "idle_timeout_timeout_seconds", .type = FIELD_TIME, .least = 1, .most = 4000, AT(idle_timeout) },
    { .name = "client_keep_alive_seconds", .type = FIELD_TIME, .least = 60, .most = 604800, AT(client_keep_alive) },
    { .name = "load_balancing_algorithm_type", .type = FIELD_CUSTOM, .read = read_routing, AT(routing) },
    { .name = "slow_start_duration_seconds", .type = FIELD_CUSTOM, .read = read_slow_start, .least = 30, .most = 900,
      AT(slow_start) },
    { .name = "stickiness_enabled", .type = FIELD_CUSTOM, .read = read_flag, AT(is_sticky) },
    { .name = "stickiness_type", .type = FIELD_CHOICE, .choices = sticky_types, AT(sticky_type) },
    { .name = "stickiness_lb_cookie_duration_seconds", .type = FIELD_TIME, .least = 1, .most = 604800,
      AT(lb_cookie_duration) },
    { .name = "stickiness_app_cookie_duration_seconds", .type = FIELD_TIME, .least = 1, .most = 604800,
      AT(app_cookie_duration) },
    { .name = "stickiness_app_cookie_cookie_name", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_interval_seconds", .type = FIELD_TIME, .least = 5, .most = 300, AT(health_check_interval) },
    { .name = "health_check_timeout_seconds", .type = FIELD_TIME, .least = 2, .most = 120, AT(health_check_timeout) },
    { .name = "healthy_threshold_count", .type = FIELD_INTEGER, .least = 2, .most = 10, AT(healthy_threshold) },
    { .name = "unhealthy_threshold_count", .type = FIELD_INTEGER, .least = 2, .most = 10, AT(unhealthy_threshold) },
    { .name = "request_bytes", .type = FIELD_NUMBER, .least = 0, .most = 1e12, AT(request_bytes) },   /* ours */
    { .name = "response_bytes", .type = FIELD_NUMBER, .least = 0, .most = 1e12, AT(response_bytes) },
    { .name = "rules", .type = FIELD_INTEGER, .least = 1, .most = 1000, AT(rules) },
    { .name = "requests_per_connection", .type = FIELD_INTEGER, .least = 1, .most = 1000000, AT(requests_per_connection) },
    { .name = "target_type", .type = FIELD_FIXED, .choices = (const char *const[]){ "ip", NULL } },
    { .name = "health_check_enabled", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_path", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_port", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_protocol", .type = FIELD_WITHOUT_EFFECT },
    { .name = "ip_address_type", .type = FIELD_WITHOUT_EFFECT },
    { .name = "matcher", .type = FIELD_WITHOUT_EFFECT },
    { .name = "port", .type = FIELD_WITHOUT_EFFECT },
    { .name = "protocol", .type = FIELD_WITHOUT_EFFECT },
    { .name = "protocol_version", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "vpc_id", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* What AWS refuses about fields that go together (ALB-02, ALB-03, ALB-05). */
static void check(lua_State *L, const struct path *path, const struct target_group_fields *given)
{
    const char *algorithm = routing_names[given->routing];
    if (given->health_check_timeout >= given->health_check_interval) {
        fields_error(L, path, "Health check interval must be greater than the timeout: health_check_interval_seconds is %f, "
                     "health_check_timeout_seconds %f", given->health_check_interval, given->health_check_timeout);
    }
    if (given->slow_start > 0 && given->routing != ROUTE_ROUND_ROBIN) {
        fields_error(L, path, "slow_start_duration_seconds does not go with load_balancing_algorithm_type '%s'", algorithm);
    }
    if (given->is_sticky && given->routing == ROUTE_WEIGHTED_RANDOM) {
        fields_error(L, path, "stickiness_enabled does not go with load_balancing_algorithm_type '%s'", algorithm);
    }
}

static enum stickiness stickiness_of(const struct target_group_fields *given)
{
    if (!given->is_sticky) {
        return STICKY_OFF;
    }
    return given->sticky_type == 0 ? STICKY_LB_COOKIE : STICKY_APP_COOKIE;
}

void target_group_fields_read(lua_State *L, const struct path *path, struct target_group_config *config)
{
    /* ALB-01 ALB-02 ALB-08; D16: of two documented health check time-outs the shorter */
    struct target_group_fields given = {
        .deregistration_delay = 300, .idle_timeout = 60, .client_keep_alive = 3600, .health_check_interval = 30,
        .health_check_timeout = 5, .healthy_threshold = 5, .unhealthy_threshold = 2, .lb_cookie_duration = 86400,
        .app_cookie_duration = 86400, .rules = 1, .requests_per_connection = 1,
    };
    fields_read_argument(L, path->name, fields, &given);
    check(L, path, &given);
    *config = (struct target_group_config){
        .name = given.name,
        .deregistration_delay = sim_from_seconds(given.deregistration_delay),
        .idle_timeout = sim_from_seconds(given.idle_timeout),
        .client_keep_alive = sim_from_seconds(given.client_keep_alive),
        .routing = (enum routing)given.routing,
        .slow_start = sim_from_seconds(given.slow_start),
        .stickiness = stickiness_of(&given),
        .cookie_duration = sim_from_seconds(given.sticky_type == 0 ? given.lb_cookie_duration : given.app_cookie_duration),
        .health = { .interval = sim_from_seconds(given.health_check_interval), .passes = given.healthy_threshold,
                    .failures = given.unhealthy_threshold },
        .request_bytes = (int64_t)given.request_bytes,
        .response_bytes = (int64_t)given.response_bytes,
        .rules = given.rules,
        .requests_per_connection = given.requests_per_connection,
    };
}
