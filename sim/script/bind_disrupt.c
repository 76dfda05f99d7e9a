/* sim.disrupt: what happens to tasks and to what they stand on. */
#include <math.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "model/capacity.h"
#include "model/disruption.h"
#include "model/standalone.h"
#include "script/bind.h"
#include "script/metric_fields.h"

struct disrupt_request {
    int cause;
    struct service *service;
    const struct task_definition *family;
    int count;
    double share, rate, start, stop, duration, delay;
    int capacity;
    const char *zone;
    struct metric_name metric;
    bool lost;
};

/* ---- fields ------------------------------------------------------------------------------------------------- */

static const struct field metric_fields[] = {
    { .name = "namespace", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct metric_name, namespace_) },
    { .name = "metric_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct metric_name, name) },
    { .name = "dimensions", .type = FIELD_CUSTOM, .read = metric_read_dimensions },
    FIELDS_END,
};

/* A zone that one of the services has. */
static void read_zone(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const struct world *world = scenario_of(L)->world;
    const char *known[SERVICE_ZONES_MAX], *zone = fields_text(L, path);
    size_t count = 0;
    for (int i = 0; i < world->service_count; i++) {
        const struct service_config *config = &world->services[i]->config;
        for (int k = 0; k < config->zone_count; k++) {
            if (strcmp(config->zones[k], zone) == 0) {
                ((struct disrupt_request *)out)->zone = config->zones[k];
                return;
            }
            if (count < SERVICE_ZONES_MAX && !suggest_is_known(config->zones[k], known, count)) {
                known[count++] = config->zones[k];
            }
        }
    }
    fields_unknown(L, path, "availability zone", zone, known, count);
}

static const struct field disrupt_fields[] = {
    { .name = "cause", .type = FIELD_CHOICE, .required = true, .offset = offsetof(struct disrupt_request, cause),
      .choices = (const char *const[]){ "crash", "drain", "health", "host", "retirement", "spot", "metrics", "shortage",
                                        "throttle", "zone", NULL } },        /* enum disruption_cause */
    { .name = "service", .type = FIELD_CUSTOM, .read = bind_read_service,
      .offset = offsetof(struct disrupt_request, service) },
    { .name = "family", .type = FIELD_CUSTOM, .read = bind_read_definition,
      .offset = offsetof(struct disrupt_request, family) },
    { .name = "count", .type = FIELD_INTEGER, .least = 0, .most = 5000, .offset = offsetof(struct disrupt_request, count) },
    { .name = "share", .type = FIELD_NUMBER, .least = 0, .most = 1, .offset = offsetof(struct disrupt_request, share) },
    { .name = "rate", .type = FIELD_NUMBER, .least = 0, .most = 1e6, .offset = offsetof(struct disrupt_request, rate) },
    { .name = "start", .type = FIELD_TIME, .least = 0, .most = 4e9, .offset = offsetof(struct disrupt_request, start) },
    { .name = "stop", .type = FIELD_TIME, .least = 0, .most = 4e9, .offset = offsetof(struct disrupt_request, stop) },
    { .name = "duration", .type = FIELD_TIME, .least = 0, .most = 4e9,
      .offset = offsetof(struct disrupt_request, duration) },
    { .name = "capacity_provider", .type = FIELD_CHOICE, .choices = bind_capacity_names,
      .offset = offsetof(struct disrupt_request, capacity) },
    { .name = "availability_zone", .type = FIELD_CUSTOM, .read = read_zone },
    { .name = "metric", .type = FIELD_TABLE, .fields = metric_fields, .offset = offsetof(struct disrupt_request, metric) },
    { .name = "delay", .type = FIELD_TIME, .least = 0, .most = 4e9, .offset = offsetof(struct disrupt_request, delay) },
    { .name = "lost", .type = FIELD_BOOLEAN, .offset = offsetof(struct disrupt_request, lost) },
    FIELDS_END,
};

/* ---- what each cause takes ---------------------------------------------------------------------------------- */

#define OF(cause) (1U << DISRUPT_##cause)
#define OF_TASKS ((1U << DISRUPTIONS_OF_TASKS) - 1)
#define OF_DURATION (OF(METRICS) | OF(SHORTAGE) | OF(THROTTLE) | OF(ZONE))

static const struct {
    const char *field;
    unsigned takes, needs;        /* causes */
} rules[] = {
    { "service", OF_TASKS | OF(METRICS), 0 },
    { "family", OF(CRASH) | OF(HOST) | OF(RETIREMENT) | OF(SPOT), 0 },       /* SCHED-38: nobody drains standalone tasks */
    { "count", OF_TASKS, 0 },
    { "share", OF_TASKS | OF(THROTTLE), 0 },
    { "rate", OF_TASKS, 0 },
    { "stop", OF_TASKS, 0 },
    { "duration", OF_DURATION, OF_DURATION },
    { "capacity_provider", OF(SHORTAGE), 0 },
    { "availability_zone", OF(SHORTAGE) | OF(ZONE), OF(ZONE) },
    { "metric", OF(METRICS), 0 },
    { "delay", OF(METRICS), 0 },
    { "lost", OF(METRICS), 0 },
};

static const struct path call_path = { .name = "disrupt" };

static bool is_given(lua_State *L, const char *field)
{
    bool given = lua_getfield(L, 1, field) != LUA_TNIL;
    lua_pop(L, 1);
    return given;
}

static void check_fields(lua_State *L, enum disruption_cause cause)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        bool given = is_given(L, rules[i].field);
        if (given && !(rules[i].takes & 1U << cause)) {
            fields_error(L, &call_path, "cause '%s' takes no '%s'", disruption_names[cause], rules[i].field);
        }
        if (!given && rules[i].needs & 1U << cause) {
            fields_error(L, &call_path, "missing '%s'", rules[i].field);
        }
    }
}

/* At most one, and with `needed` at least one. */
static void check_one_of(lua_State *L, const char *a, const char *b, bool needed)
{
    bool has_a = is_given(L, a), has_b = is_given(L, b);
    if (has_a && has_b) {
        fields_error(L, &call_path, "expected either '%s' or '%s', got both", a, b);
    }
    if (needed && !has_a && !has_b) {
        fields_error(L, &call_path, "missing '%s' or '%s'", a, b);
    }
}

/* Who checks the health of a task that nobody looks at? */
static void check_health(lua_State *L, const struct service *service)
{
    bool is_checked = service->config.target_group_count > 0 || service->config.definition->health_check.interval > 0;
    if (!is_checked) {
        fields_error(L, &call_path, "service '%s' has neither a container health check nor a target group: nobody would notice",
                     service->name);
    }
}

static void check_tasks(lua_State *L, const struct disrupt_request *request)
{
    check_one_of(L, "service", "family", true);
    check_one_of(L, "count", "share", false);
    check_one_of(L, "count", "rate", false);
    check_one_of(L, "share", "rate", false);
    if (is_given(L, "stop") && !is_given(L, "rate")) {
        fields_error(L, &call_path, "'stop' goes with a 'rate'");
    }
    if (scenario_of(L)->building && !is_given(L, "rate") && !is_given(L, "start")) {
        fields_error(L, &call_path, "missing 'start': while the scenario is built there are no tasks yet");
    }
    if (request->cause == DISRUPT_HEALTH) {
        check_health(L, request->service);
    }
}

static void check_metrics(lua_State *L, const struct disrupt_request *request)
{
    check_one_of(L, "service", "metric", true);
    check_one_of(L, "delay", "lost", true);
    if (is_given(L, "lost") && !request->lost) {
        fields_error(L, &call_path, "'lost' may be left out; it is not false");
    }
}

static void check(lua_State *L, const struct disrupt_request *request)
{
    check_fields(L, (enum disruption_cause)request->cause);
    if (request->cause < DISRUPTIONS_OF_TASKS) {
        check_tasks(L, request);
    }
    if (request->cause == DISRUPT_METRICS) {
        check_metrics(L, request);
    }
    if (request->start < sim_seconds(sim_now(scenario_of(L)->sim))) {
        fields_error(L, &call_path, "start: this time has passed");
    }
    if (request->stop <= request->start) {
        fields_error(L, &call_path, "stop is not after start");
    }
}

/* ---- the call ----------------------------------------------------------------------------------------------- */

/* Numbers of 0, which a scenario's parameters may come to. */
static bool is_nothing(lua_State *L, const struct disrupt_request *request)
{
    bool of_duration = request->cause >= DISRUPTIONS_OF_TASKS;
    return (of_duration && request->duration == 0) || (is_given(L, "rate") && request->rate == 0) ||
           (is_given(L, "share") && request->share == 0) || (is_given(L, "count") && request->count == 0) ||
           (request->cause == DISRUPT_METRICS && !request->lost && request->delay == 0);
}

static struct metric *find_metric(lua_State *L, const struct disrupt_request *request)
{
    struct error err;
    if (!request->metric.name) {
        return NULL;
    }
    struct metric *metric = metric_find(scenario_of(L)->world, &request->metric, &err);
    if (!metric) {
        fields_error(L, &call_path, "%s", err.text);
    }
    return metric;
}

int bind_disrupt(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    struct disrupt_request request = {
        .count = -1, .share = -1, .start = sim_seconds(sim_now(scenario->sim)), .stop = INFINITY, .capacity = CAPACITY_ANY,
    };
    fields_read_argument(L, call_path.name, disrupt_fields, &request);
    check(L, &request);
    if (is_nothing(L, &request)) {
        return 0;
    }
    bool is_throttle = request.cause == DISRUPT_THROTTLE;
    const struct disruption_config config = {
        .cause = (enum disruption_cause)request.cause,
        .service = request.family ? standalone_books(scenario->world, request.family) : request.service,
        .count = request.count > 0 ? request.count : request.share > 0 ? 0 : 1,
        .share = request.share > 0 ? request.share : is_throttle ? 1 : 0,
        .rate_per_hour = request.rate, .start = sim_from_seconds(request.start),
        .stop = isfinite(request.stop) ? sim_from_seconds(request.stop) : SIM_NEVER,
        .duration = sim_from_seconds(request.duration), .capacity = request.capacity,
        .provider = request.capacity != CAPACITY_ANY ? bind_capacity_names[request.capacity] : NULL, .zone = request.zone,
        .metric = find_metric(L, &request), .delay = request.lost ? SIM_NEVER : sim_from_seconds(request.delay),
    };
    disruption_begin(scenario->world, &config);
    return 0;
}
