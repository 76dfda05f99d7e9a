/* Calls of operators and controllers to ECS: requests and answers of AWS's shape. */
#include <string.h>

#include "model/endpoint.h"
#include "model/standalone.h"
#include "script/bind.h"
#include "script/control.h"
#include "script/instance_fields.h"
#include "script/task_object.h"

enum { UPDATE_TASKS_MAX = 10, READ_TASKS_MAX = 100, SERVICES_MAX = 10 };     /* PROT-02 */

/* ---- pieces of answers -------------------------------------------------------------------------------------- */

static void set_integer(lua_State *L, const char *name, int64_t value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* Absent while it has not happened. */
static void set_time(lua_State *L, const char *name, sim_time when)
{
    if (when >= 0) {
        lua_pushnumber(L, sim_seconds(when));
        lua_setfield(L, -2, name);
    }
}

static void set_definition(lua_State *L, const char *name, const struct task_definition *definition)
{
    bind_push_reference(L, OBJECT_TASK_DEFINITION, definition->script, definition->name);
    lua_setfield(L, -2, name);
}

static void push_deployment(lua_State *L, const struct deployment *deployment)
{
    lua_createtable(L, 0, 10);
    set_text(L, "id", deployment->id);
    set_text(L, "status", deployment_status_names[deployment->status]);
    set_definition(L, "task_definition", deployment->definition);
    set_integer(L, "desired_count", deployment->desired_count);
    set_integer(L, "running_count", deployment->running_count);
    set_integer(L, "pending_count", deployment->pending_count);
    set_integer(L, "failed_tasks", deployment->failed_tasks);
    set_text(L, "rollout_state", rollout_state_names[deployment->rollout_state]);
    set_text(L, "rollout_state_reason", deployment->reason);
    set_time(L, "created_at", deployment->created_at);
}

static void push_deployments(lua_State *L, const struct service *service)
{
    int i = 0;
    lua_newtable(L);
    for (const struct deployment *deployment = service->deployments; deployment; deployment = deployment->older) {
        push_deployment(L, deployment);
        lua_rawseti(L, -2, ++i);
    }
}

static void push_events(lua_State *L, const struct service *service)
{
    const struct notice *notice;
    lua_newtable(L);
    for (int i = 0; (notice = notice_newest(service, i)); i++) {
        lua_createtable(L, 0, 2);
        set_time(L, "created_at", notice->at);
        set_text(L, "message", notice->text);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_service(lua_State *L, const struct service *service)
{
    lua_createtable(L, 0, 7);
    set_text(L, "service_name", service->name);
    set_text(L, "status", service_status_names[service->status]);
    set_integer(L, "desired_count", service->desired_count);
    set_integer(L, "running_count", service->running_count);
    set_integer(L, "pending_count", service->pending_count);
    set_definition(L, "task_definition", service->config.definition);
    push_deployments(L, service);
    lua_setfield(L, -2, "deployments");
    push_events(L, service);
    lua_setfield(L, -2, "events");
}

/* ---- services ----------------------------------------------------------------------------------------------- */

struct update_service {
    struct control_call call;
    struct service *service;
    int desired_count;            /* below 0: not given */
    const struct task_definition *definition;        /* NULL: not given */
    struct capacity_strategy strategy;               /* empty: not given */
    int zone_rebalancing;         /* in bind_rebalancing_names; below 0: not given */
    double health_check_grace;    /* s; below 0: not given */
    bool force_new_deployment;
    bool configures;
    struct deployment_configuration configuration;
};

/* What is absent stays as the service has it; `service` may be read later than this. */
static void read_updated_configuration(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct update_service *request = out;
    lua_getfield(L, 1, "service");
    request->configuration = bind_to_service(L, path)->config.deployment;
    lua_pop(L, 1);
    request->configures = true;
    bind_read_deployment_configuration(L, path, field, &request->configuration);
}

static const struct field update_service_fields[] = {
    { .name = "service", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct update_service, service) },
    { .name = "desired_count", .type = FIELD_INTEGER, .offset = offsetof(struct update_service, desired_count),
      .least = 0, .most = 5000 },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    { .name = "availability_zone_rebalancing", .type = FIELD_CHOICE, .choices = bind_rebalancing_names,
      .offset = offsetof(struct update_service, zone_rebalancing) },
    { .name = "capacity_provider_strategy", .type = FIELD_CUSTOM, .read = bind_read_strategy,
      .offset = offsetof(struct update_service, strategy) },
    { .name = "deployment_configuration", .type = FIELD_CUSTOM, .read = read_updated_configuration },
    { .name = "force_new_deployment", .type = FIELD_BOOLEAN, .offset = offsetof(struct update_service, force_new_deployment) },
    { .name = "health_check_grace_period_seconds", .type = FIELD_TIME, .least = 0, .most = HEALTH_GRACE_MAX_S,
      .offset = offsetof(struct update_service, health_check_grace) },
    { .name = "enable_ecs_managed_tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "enable_execute_command", .type = FIELD_WITHOUT_EFFECT },
    { .name = "load_balancers", .type = FIELD_LATER },
    { .name = "monitoring", .type = FIELD_LATER },
    { .name = "network_configuration", .type = FIELD_LATER },
    { .name = "placement_constraints", .type = FIELD_LATER },
    { .name = "placement_strategy", .type = FIELD_LATER },
    { .name = "platform_version", .type = FIELD_LATER },
    { .name = "propagate_tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "task_definition", .type = FIELD_CUSTOM, .read = bind_read_definition,
      .offset = offsetof(struct update_service, definition) },
    FIELDS_END,
};

/* DEPLOY-05 */
static bool request_starts_deployment(const struct update_service *request)
{
    return request->force_new_deployment || request->definition;
}

static void apply_update(const struct update_service *request)
{
    struct service *service = request->service;
    if (request->configures) {
        service->config.deployment = request->configuration;
    }
    if (request->zone_rebalancing >= 0) {
        service->config.zone_rebalancing = request->zone_rebalancing == 1;
    }
    if (request->health_check_grace >= 0) {
        service->config.health_check_grace = sim_from_seconds(request->health_check_grace);
    }
    if (request->strategy.count > 0) {
        service_set_strategy(service, &request->strategy);
    }
    if (request->desired_count >= 0) {
        service_set_desired(service, request->desired_count, "update_service");
    }
    if (request_starts_deployment(request)) {
        service_deploy(service, request->definition ? request->definition : service->config.definition);
    }
}

static int answer_update_service(lua_State *L, struct control_call *call)
{
    const struct update_service *request = (const struct update_service *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->service_modify_bucket)) {
        return control_refuse_throttled(L);
    }
    if (request->service->status != SERVICE_ACTIVE) {
        return control_refuse(L, "ServiceNotActiveException", "Service was not ACTIVE.");
    }
    if (request_starts_deployment(request) && request->service->config.is_external) {
        return control_refuse(L, "InvalidParameterException",
                              "Unable to update task definition on services with an EXTERNAL deployment controller.");
    }
    const char *refusal = request_starts_deployment(request) ? deployment_refusal(request->service) : NULL;
    if (refusal) {
        return control_refuse(L, "InvalidParameterException", refusal);
    }
    apply_update(request);
    lua_createtable(L, 0, 1);
    push_service(L, request->service);
    lua_setfield(L, -2, "service");
    return 1;
}

static int ecs_update_service(lua_State *L)
{
    struct update_service *request = control_begin(L, "ecs.update_service", sizeof *request, answer_update_service);
    request->desired_count = request->zone_rebalancing = -1;
    request->health_check_grace = -1;
    control_read(L, "update_service", update_service_fields, request);
    instance_fields_check_update(L, &request->service->config, &request->strategy, request->definition,
                                 request->desired_count);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

struct delete_service {
    struct control_call call;
    struct service *service;
    bool force;
};

static const struct field delete_service_fields[] = {
    { .name = "service", .type = FIELD_CUSTOM, .read = bind_read_service, .required = true,
      .offset = offsetof(struct delete_service, service) },
    { .name = "force", .type = FIELD_BOOLEAN, .offset = offsetof(struct delete_service, force) },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int answer_delete_service(lua_State *L, struct control_call *call)
{
    const struct delete_service *request = (const struct delete_service *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->service_modify_bucket)) {
        return control_refuse_throttled(L);
    }
    if (request->service->status != SERVICE_ACTIVE) {
        return control_refuse(L, "ServiceNotActiveException", "Service was not ACTIVE.");
    }
    const char *refusal = service_deletion_refusal(request->service, request->force);
    if (refusal) {
        return control_refuse(L, "InvalidParameterException", refusal);
    }
    service_delete(request->service, request->force);
    lua_createtable(L, 0, 1);
    push_service(L, request->service);
    lua_setfield(L, -2, "service");
    return 1;
}

static int ecs_delete_service(lua_State *L)
{
    struct delete_service *request = control_begin(L, "ecs.delete_service", sizeof *request, answer_delete_service);
    control_read(L, "delete_service", delete_service_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

struct describe_services {
    struct control_call call;
    int count;
    struct service *services[SERVICES_MAX];
};

static void take_service(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct describe_services *)context)->services[i] = bind_to_service(L, path);
}

static void read_services(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct describe_services *request = out;
    request->count = fields_read_list(L, path, SERVICES_MAX, take_service, request);
}

static const struct field describe_services_fields[] = {
    { .name = "services", .type = FIELD_CUSTOM, .read = read_services, .required = true },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int answer_describe_services(lua_State *L, struct control_call *call)
{
    const struct describe_services *request = (const struct describe_services *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->cluster_read_bucket)) {
        return control_refuse_throttled(L);
    }
    lua_createtable(L, 0, 1);
    lua_createtable(L, request->count, 0);
    for (int i = 0; i < request->count; i++) {
        push_service(L, request->services[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "services");
    return 1;
}

static int ecs_describe_services(lua_State *L)
{
    struct describe_services *request =
        control_begin(L, "ecs.describe_services", sizeof *request, answer_describe_services);
    control_read(L, "describe_services", describe_services_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

/* ---- tasks -------------------------------------------------------------------------------------------------- */

struct task_request {
    struct control_call call;
    int count;
    struct task_name names[READ_TASKS_MAX];
    int protection_enabled;       /* below 0: not given */
    double expires_in_minutes;
};

static void take_task(lua_State *L, const struct path *path, int i, void *context)
{
    task_object_read_name(L, path, &((struct task_request *)context)->names[i]);
}

static void read_tasks(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    struct task_request *request = out;
    request->count = fields_read_list(L, path, (int)field->most, take_task, request);
    if (request->count == 0) {
        fields_error(L, path, "expected at least one task");
    }
}

static void read_enabled(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TBOOLEAN) {
        fields_error(L, path, "expected true or false, got %s", fields_found(L));
    }
    ((struct task_request *)out)->protection_enabled = lua_toboolean(L, -1);
}

/* A number of minutes, or a time as text. */
static void read_minutes(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    *(double *)out = lua_type(L, -1) == LUA_TNUMBER ? fields_number(L, path) : fields_time(L, path) / 60;
}

static const struct field update_protection_fields[] = {
    { .name = "tasks", .type = FIELD_CUSTOM, .read = read_tasks, .required = true, .most = UPDATE_TASKS_MAX },
    { .name = "protection_enabled", .type = FIELD_CUSTOM, .read = read_enabled, .required = true },
    { .name = "expires_in_minutes", .type = FIELD_CUSTOM, .read = read_minutes,
      .offset = offsetof(struct task_request, expires_in_minutes) },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static const struct field read_tasks_fields[] = {
    { .name = "tasks", .type = FIELD_CUSTOM, .read = read_tasks, .required = true, .most = READ_TASKS_MAX },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* Append a failure to the list at `failures`. */
static void add_failure(lua_State *L, int failures, const struct task_name *name, const char *reason)
{
    lua_createtable(L, 0, 3);
    task_object_push_named(L, name);
    lua_setfield(L, -2, "arn");
    set_text(L, "reason", reason);
    set_text(L, "detail", reason);
    lua_rawseti(L, failures, (lua_Integer)lua_rawlen(L, failures) + 1);
}

/* Append a task's protection to the list at `list`. */
static void add_protection(lua_State *L, int list, struct task *task)
{
    bool enabled = protection_in_force(&task->protection, sim_now(task->world->sim));
    lua_createtable(L, 0, 3);
    task_object_push(L, task);
    lua_setfield(L, -2, "task_arn");
    lua_pushboolean(L, enabled);
    lua_setfield(L, -2, "protection_enabled");
    if (enabled) {
        set_time(L, "expiration_date", task->protection.expires_at);
    }
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
}

/* Push an answer with two empty lists, the one called `name` and failures; returns the index of the first. */
static int push_lists(lua_State *L, const char *name)
{
    lua_createtable(L, 0, 2);
    int answer = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_setfield(L, answer, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, answer, "failures");
    return answer + 1;
}

/* PROT-14: one token per request, whatever the number of tasks; the first one's service books the refusal. */
static int refuse_protection(lua_State *L, const struct task_request *request, enum endpoint_operation operation)
{
    struct world *world = scenario_of(L)->world;
    struct task *task = task_object_find(world, &request->names[0]);
    if (task) {
        endpoint_note(world, task, ROAD_API, operation, request->expires_in_minutes, PROTECTION_THROTTLED);
    }
    return control_refuse_throttled(L);
}

static int answer_update_protection(lua_State *L, struct control_call *call)
{
    const struct task_request *request = (const struct task_request *)call;
    struct world *world = scenario_of(L)->world;
    bool enable = request->protection_enabled != 0;
    double minutes = request->expires_in_minutes;
    if (!endpoint_take_token(world, false)) {
        return refuse_protection(L, request, enable ? ENDPOINT_PUT_TRUE : ENDPOINT_PUT_FALSE);
    }
    if (enable && !(minutes >= PROTECTION_MINUTES_MIN && minutes <= PROTECTION_MINUTES_MAX)) {
        return control_refuse(L, "InvalidParameterException", "expiresInMinutes must be between 1 and 2880");
    }
    int protected_tasks = push_lists(L, "protected_tasks");
    for (int i = 0; i < request->count; i++) {
        struct task *task = task_object_find(world, &request->names[i]);
        enum protection_verdict verdict = endpoint_update_task(world, task, enable, minutes);
        if (verdict == PROTECTION_GRANTED) {
            add_protection(L, protected_tasks, task);
        } else {
            add_failure(L, protected_tasks + 1, &request->names[i], protection_verdicts[verdict].name);
        }
    }
    lua_pop(L, 2);
    return 1;
}

static int ecs_update_task_protection(lua_State *L)
{
    struct task_request *request =
        control_begin(L, "ecs.update_task_protection", sizeof *request, answer_update_protection);
    request->expires_in_minutes = PROTECTION_MINUTES_DEFAULT;
    control_read(L, "update_task_protection", update_protection_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

static int answer_get_protection(lua_State *L, struct control_call *call)
{
    const struct task_request *request = (const struct task_request *)call;
    struct world *world = scenario_of(L)->world;
    if (!endpoint_take_token(world, true)) {
        return refuse_protection(L, request, ENDPOINT_GET);
    }
    int protected_tasks = push_lists(L, "protected_tasks");
    for (int i = 0; i < request->count; i++) {
        struct task *task = task_object_find(world, &request->names[i]);
        enum protection_verdict verdict = !task                      ? PROTECTION_MISSING
                                          : task_is_standalone(task) ? PROTECTION_TASK_NOT_VALID
                                                                     : PROTECTION_GRANTED;
        if (task) {
            endpoint_note(world, task, ROAD_API, ENDPOINT_GET, 0, verdict);
        }
        if (verdict == PROTECTION_GRANTED) {
            add_protection(L, protected_tasks, task);
        } else {
            add_failure(L, protected_tasks + 1, &request->names[i], protection_verdicts[verdict].name);
        }
    }
    lua_pop(L, 2);
    return 1;
}

static int ecs_get_task_protection(lua_State *L)
{
    struct task_request *request = control_begin(L, "ecs.get_task_protection", sizeof *request, answer_get_protection);
    control_read(L, "get_task_protection", read_tasks_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

static const char *desired_status(const struct task *task)
{
    return task->stop_decided || task->ended ? "STOPPED" : "RUNNING";
}

/* PROT-17: no protection in it. */
static void push_task_description(lua_State *L, struct task *task)
{
    lua_createtable(L, 0, 14);
    task_object_push(L, task);
    lua_setfield(L, -2, "task_arn");
    set_text(L, "last_status", task_status_names[task->status]);
    set_text(L, "desired_status", desired_status(task));
    set_text(L, "health_status", task_health_names[task->container_check.health]);
    set_text(L, "availability_zone", task_zone_name(task));
    set_text(L, "capacity_provider_name", bind_provider_name(task));
    set_definition(L, "task_definition_arn", task->definition);
    set_time(L, "created_at", task->created_at);
    set_time(L, "started_at", task->started_at);
    set_time(L, "stopping_at", task->stopping_at);
    set_time(L, "stopped_at", task->stopped_at);
    set_text(L, "stop_code", task->stop_code);
    set_text(L, "stopped_reason", task->stopped_reason);
}

static int answer_describe_tasks(lua_State *L, struct control_call *call)
{
    const struct task_request *request = (const struct task_request *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->cluster_read_bucket)) {
        return control_refuse_throttled(L);
    }
    int tasks = push_lists(L, "tasks");
    for (int i = 0; i < request->count; i++) {
        struct task *task = task_object_find(scenario->world, &request->names[i]);
        if (task) {
            push_task_description(L, task);
            lua_rawseti(L, tasks, (lua_Integer)lua_rawlen(L, tasks) + 1);
        } else {
            add_failure(L, tasks + 1, &request->names[i], "MISSING");
        }
    }
    lua_pop(L, 2);
    return 1;
}

static int ecs_describe_tasks(lua_State *L)
{
    struct task_request *request = control_begin(L, "ecs.describe_tasks", sizeof *request, answer_describe_tasks);
    control_read(L, "describe_tasks", read_tasks_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

struct list_tasks {
    struct control_call call;
    struct service *service;      /* or: */
    const char *family;
    int desired_status;
};

static const char *const desired_statuses[] = { "RUNNING", "STOPPED", NULL };

static const struct field list_tasks_fields[] = {
    { .name = "service_name", .type = FIELD_CUSTOM, .read = bind_read_service,
      .offset = offsetof(struct list_tasks, service) },
    { .name = "desired_status", .type = FIELD_CHOICE, .choices = desired_statuses,
      .offset = offsetof(struct list_tasks, desired_status) },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    { .name = "family", .type = FIELD_TEXT, .offset = offsetof(struct list_tasks, family) },
    FIELDS_END,
};

/* Append tasks of the service that fit to the list on top. */
static void add_tasks(lua_State *L, const struct list_tasks *request, const struct service *service)
{
    for (struct task *task = service->first; task; task = task->next) {
        if (strcmp(desired_status(task), desired_statuses[request->desired_status]) == 0 &&
            (!request->family || strcmp(task->definition->family, request->family) == 0)) {
            task_object_push(L, task);
            lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        }
    }
}

static int answer_list_tasks(lua_State *L, struct control_call *call)
{
    const struct list_tasks *request = (const struct list_tasks *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->cluster_read_bucket)) {
        return control_refuse_throttled(L);
    }
    lua_createtable(L, 0, 1);
    lua_newtable(L);
    for (int i = 0; i < scenario->world->service_count; i++) {
        if (!request->service || request->service == scenario->world->services[i]) {
            add_tasks(L, request, scenario->world->services[i]);
        }
    }
    lua_setfield(L, -2, "task_arns");
    return 1;
}

static int ecs_list_tasks(lua_State *L)
{
    struct list_tasks *request = control_begin(L, "ecs.list_tasks", sizeof *request, answer_list_tasks);
    static const struct path path = { .name = "list_tasks" };
    control_read(L, path.name, list_tasks_fields, request);
    if (!request->service && !request->family) {
        fields_error(L, &path, "missing 'service_name' or 'family'");
    }
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

/* ---- starting and stopping tasks ---------------------------------------------------------------------------- */

struct stop_task {
    struct control_call call;
    struct task_name task;
    const char *reason;
};

static void read_task(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    task_object_read_name(L, path, out);
}

static const struct field stop_task_fields[] = {
    { .name = "task", .type = FIELD_CUSTOM, .read = read_task, .required = true, .offset = offsetof(struct stop_task, task) },
    { .name = "reason", .type = FIELD_TEXT, .offset = offsetof(struct stop_task, reason) },
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* PROT-39: protection does not matter. */
static int answer_stop_task(lua_State *L, struct control_call *call)
{
    const struct stop_task *request = (const struct stop_task *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->cluster_modify_bucket)) {
        return control_refuse_throttled(L);
    }
    struct task *task = task_object_find(scenario->world, &request->task);
    if (!task) {
        return control_refuse(L, "InvalidParameterException", "The referenced task was not found.");
    }
    task_stop(task, CAUSE_STOP_TASK, "UserInitiated", request->reason);
    lua_createtable(L, 0, 1);
    push_task_description(L, task);
    lua_setfield(L, -2, "task");
    return 1;
}

static int ecs_stop_task(lua_State *L)
{
    struct stop_task *request = control_begin(L, "ecs.stop_task", sizeof *request, answer_stop_task);
    request->reason = "Task stopped by user";
    control_read(L, "stop_task", stop_task_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

struct run_task {
    struct control_call call;
    struct standalone_request request;
    int launch_type;              /* in instance_launch_types; below 0: not given */
    const char *cluster;
};

static const struct field run_task_fields[] = {
    { .name = "task_definition", .type = FIELD_CUSTOM, .read = bind_read_definition, .required = true,
      .offset = offsetof(struct run_task, request.definition) },
    { .name = "count", .type = FIELD_INTEGER, .least = 1, .most = STANDALONE_TASKS_MAX,
      .offset = offsetof(struct run_task, request.count) },
    { .name = "capacity_provider_strategy", .type = FIELD_CUSTOM, .read = bind_read_strategy,
      .offset = offsetof(struct run_task, request.strategy) },
    { .name = "launch_type", .type = FIELD_CHOICE, .choices = instance_launch_types,
      .offset = offsetof(struct run_task, launch_type) },
    { .name = "cluster", .type = FIELD_TEXT, .offset = offsetof(struct run_task, cluster) },
    { .name = "enable_ecs_managed_tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "enable_execute_command", .type = FIELD_WITHOUT_EFFECT },
    { .name = "placement_constraints", .type = FIELD_LATER },
    { .name = "placement_strategy", .type = FIELD_LATER },
    { .name = "group", .type = FIELD_WITHOUT_EFFECT },
    { .name = "network_configuration", .type = FIELD_LATER },
    { .name = "overrides", .type = FIELD_LATER },
    { .name = "platform_version", .type = FIELD_WITHOUT_EFFECT },
    { .name = "propagate_tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "reference_id", .type = FIELD_WITHOUT_EFFECT },
    { .name = "started_by", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int answer_run_task(lua_State *L, struct control_call *call)
{
    const struct run_task *request = (const struct run_task *)call;
    struct standalone_answer answer;
    if (!standalone_run(scenario_of(L)->world, &request->request, &answer)) {
        return control_refuse_throttled(L);
    }
    int tasks = push_lists(L, "tasks");
    for (int i = 0; i < answer.count; i++) {
        push_task_description(L, answer.tasks[i]);
        lua_rawseti(L, tasks, i + 1);
    }
    for (int i = 0; i < request->request.count - answer.count; i++) {
        lua_createtable(L, 0, 1);
        set_text(L, "reason", answer.failure);
        lua_rawseti(L, tasks + 1, i + 1);
    }
    lua_pop(L, 2);
    return 1;
}

static int ecs_run_task(lua_State *L)
{
    static const struct path path = { .name = "run_task" };
    struct run_task *request = control_begin(L, "ecs.run_task", sizeof *request, answer_run_task);
    request->request.count = 1;
    request->launch_type = -1;
    request->cluster = "default";
    control_read(L, path.name, run_task_fields, request);
    instance_fields_settle_standalone(L, &path, request->launch_type, request->cluster, &request->request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

void bind_add_ecs_calls(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "delete_service", ecs_delete_service },
        { "describe_services", ecs_describe_services },
        { "describe_tasks", ecs_describe_tasks },
        { "get_task_protection", ecs_get_task_protection },
        { "list_tasks", ecs_list_tasks },
        { "run_task", ecs_run_task },
        { "stop_task", ecs_stop_task },
        { "update_service", ecs_update_service },
        { "update_task_protection", ecs_update_task_protection },
        { NULL, NULL },
    };
    luaL_setfuncs(L, functions, 0);
}
