/* The module `elb`, its target groups, the requests that clients send to them, and how a program serves them. */
#include <string.h>

#include "model/request.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/handle.h"
#include "script/task_object.h"

/* ---- requests, as the program sees them --------------------------------------------------------------------- */

struct request *bind_request_find(lua_State *L, int index)
{
    const void *handle = lua_touserdata(L, index);
    return request_find(scenario_of(L)->world, handle_slot(handle), handle_serial(handle));
}

/* The handler's status; none is 200. */
static int check_status(lua_State *L)
{
    if (lua_isnil(L, -1)) {
        return HTTP_OK;
    }
    lua_Integer status = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    if (status < 100 || status > 599) {
        luaL_error(L, "on_request: expected an HTTP status or nothing, got %s", luaL_tolstring(L, -1, NULL));
    }
    return (int)status;
}

/* The handler has returned; below its result lies the request. */
static int finish_request(lua_State *L, int lua_status, lua_KContext context)
{
    (void)lua_status;
    (void)context;
    int status = check_status(L);
    request_answer(bind_request_find(L, 1), status);
    return 0;
}

/* The body of each request's coroutine: (handler, request). */
static int serve_request(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_remove(L, 1);
    lua_callk(L, 1, 1, 0, finish_request);
    return finish_request(L, LUA_OK, 0);
}

static void on_request(struct request *request)
{
    struct container *container = request->task->program;
    struct coroutine *coroutine =
        coroutine_create_from(container->app->scenario, container, container->on_request, container->name);
    if (coroutine) {
        lua_pushcfunction(coroutine->thread, serve_request);
        lua_insert(coroutine->thread, 1);
        handle_push(coroutine->thread, HANDLE_REQUEST, request->slot, request->serial);
        process_wake(&coroutine->process);
    }
}

/* ---- task:serve --------------------------------------------------------------------------------------------- */

struct serve_request {
    int on_request;               /* a reference; LUA_NOREF: the default */
};

static void read_on_request(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        fields_error(L, path, "expected a function, got %s", fields_found(L));
    }
    *(int *)out = bind_keep_function(L, lua_gettop(L));
}

static const struct field serve_fields[] = {
    { .name = "on_request", .type = FIELD_CUSTOM, .read = read_on_request,
      .offset = offsetof(struct serve_request, on_request) },
    { .name = "on_connect", .type = FIELD_LATER },
    { .name = "on_disconnect", .type = FIELD_LATER },
    FIELDS_END,
};

int bind_task_serve(lua_State *L)
{
    static const struct path path = { .name = "serve" };
    struct container *container = task_object_own_container(L, "task:serve");
    struct coroutine *coroutine = coroutine_about_to_wait(L, "task:serve");
    struct serve_request request = { .on_request = LUA_NOREF };
    if (container->task->serving.begun && !container->task->serving.ended) {
        return luaL_error(L, "task:serve: the task serves already");
    }
    fields_read(L, 2, &path, serve_fields, &request);
    luaL_unref(L, LUA_REGISTRYINDEX, container->on_request);
    container->on_request = request.on_request;
    task_serve(container->task, &coroutine->process, request.on_request != LUA_NOREF ? on_request : NULL);
    return lua_yield(L, 0);
}

/* ---- target groups, as clients see them --------------------------------------------------------------------- */

static struct target_group *check_target_group(lua_State *L)
{
    return ((struct reference *)object_check(L, 1, OBJECT_TARGET_GROUP))->target;
}

/* Status and seconds. */
static int deliver_answer(struct coroutine *coroutine)
{
    const struct process *process = &coroutine->process;
    lua_pushinteger(coroutine->thread, process->number);
    lua_pushnumber(coroutine->thread, sim_seconds(sim_now(process->sim) - coroutine->call.sent_at));
    return 2;
}

static int target_group_request_(lua_State *L)
{
    struct target_group *group = check_target_group(L);
    struct coroutine *coroutine = coroutine_about_to_wait(L, "target_group:request");
    double seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= 0 && seconds < 9e9, 2, "expected seconds of work, not below 0");
    sim_time timeout = lua_isnoneornil(L, 3) ? group->config.idle_timeout : bind_check_time(L, 3);
    coroutine->deliver = deliver_answer;
    coroutine->call.sent_at = sim_now(scenario_of(L)->sim);
    target_group_request(group, sim_from_seconds(seconds), timeout, &coroutine->process);
    return lua_yield(L, 0);
}

static int target_group_describe(lua_State *L)
{
    lua_pushfstring(L, "target group %s", ((struct reference *)object_check(L, 1, OBJECT_TARGET_GROUP))->name);
    return 1;
}

void bind_open_target_group(lua_State *L)
{
    static const luaL_Reg methods[] = { { "request", target_group_request_ }, { NULL, NULL } };
    static const char *const later[] = { "connect", NULL };
    luaL_newlib(L, methods);
    bind_add_not_modelled(L, "target_group:", later);
    object_open_kind(L, OBJECT_TARGET_GROUP, NULL, target_group_describe);
}

struct target_group *bind_to_target_group(lua_State *L, const struct path *path)
{
    const struct world *world = scenario_of(L)->world;
    const struct reference *reference = object_test(L, -1, OBJECT_TARGET_GROUP);
    if (reference) {
        return reference->target;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        fields_error(L, path, "expected a target group or its name, got %s", fields_found(L));
    }
    struct target_group *group = bind_find_target_group(L, lua_tostring(L, -1));
    if (!group) {
        const char **known = arena_alloc(world->arena, ((size_t)world->target_group_count + 1) * sizeof *known);
        for (int i = 0; i < world->target_group_count; i++) {
            known[i] = world->target_groups[i]->config.name;
        }
        fields_unknown(L, path, "target group", lua_tostring(L, -1), known, (size_t)world->target_group_count);
    }
    return group;
}

/* "web", ".../targetgroup/web/0123456789abcdef" as in ARNs and resource labels. */
struct target_group *bind_find_target_group(lua_State *L, const char *text)
{
    static const char mark[] = "targetgroup/";
    const char *found = strstr(text, mark), *name = found ? found + strlen(mark) : text;
    name = lua_pushlstring(L, name, found ? strcspn(name, "/") : strlen(name));
    struct target_group *group = world_find_target_group(scenario_of(L)->world, name);
    lua_pop(L, 1);
    return group;
}

/* ---- the module --------------------------------------------------------------------------------------------- */

struct create_target_group {
    const char *name;
    double deregistration_delay, idle_timeout, health_check_interval;      /* s */
    int healthy_threshold, unhealthy_threshold;
    int routing;
};

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

static const struct field create_target_group_fields[] = {
    { .name = "name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct create_target_group, name) },
    { .name = "deregistration_delay_timeout_seconds", .type = FIELD_TIME, .least = 0, .most = 3600,
      .offset = offsetof(struct create_target_group, deregistration_delay) },
    { .name = "idle_timeout_timeout_seconds", .type = FIELD_TIME, .least = 1, .most = 4000,
      .offset = offsetof(struct create_target_group, idle_timeout) },
    { .name = "load_balancing_algorithm_type", .type = FIELD_CUSTOM, .read = read_routing,
      .offset = offsetof(struct create_target_group, routing) },
    { .name = "health_check_interval_seconds", .type = FIELD_TIME, .least = 5, .most = 300,      /* ALB-02 */
      .offset = offsetof(struct create_target_group, health_check_interval) },
    { .name = "healthy_threshold_count", .type = FIELD_INTEGER, .least = 2, .most = 10,
      .offset = offsetof(struct create_target_group, healthy_threshold) },
    { .name = "unhealthy_threshold_count", .type = FIELD_INTEGER, .least = 2, .most = 10,
      .offset = offsetof(struct create_target_group, unhealthy_threshold) },
    { .name = "slow_start_duration_seconds", .type = FIELD_LATER },
    { .name = "stickiness_enabled", .type = FIELD_FIXED, .choices = (const char *const[]){ "false", NULL } },
    { .name = "target_type", .type = FIELD_FIXED, .choices = (const char *const[]){ "ip", NULL } },
    { .name = "health_check_enabled", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_path", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_port", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_protocol", .type = FIELD_WITHOUT_EFFECT },
    { .name = "health_check_timeout_seconds", .type = FIELD_WITHOUT_EFFECT },
    { .name = "ip_address_type", .type = FIELD_WITHOUT_EFFECT },
    { .name = "matcher", .type = FIELD_WITHOUT_EFFECT },
    { .name = "port", .type = FIELD_WITHOUT_EFFECT },
    { .name = "protocol", .type = FIELD_WITHOUT_EFFECT },
    { .name = "protocol_version", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "vpc_id", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int elb_create_target_group(lua_State *L)
{
    static const struct path path = { .name = "create_target_group" };
    bind_check_building(L, "elb.create_target_group");
    struct create_target_group request = {
        .deregistration_delay = 300, .idle_timeout = 60, .health_check_interval = 30, .healthy_threshold = 5,
        .unhealthy_threshold = 2,   /* ALB-01 ALB-02 ALB-08 */
    };
    fields_read_argument(L, path.name, create_target_group_fields, &request);
    struct world *world = scenario_of(L)->world;
    if (world_find_target_group(world, request.name)) {
        fields_error(L, &path, "there is already a target group '%s'", request.name);
    }
    const struct target_group_config config = {
        .name = request.name,
        .deregistration_delay = sim_from_seconds(request.deregistration_delay),
        .idle_timeout = sim_from_seconds(request.idle_timeout),
        .routing = (enum routing)request.routing,
        .health = { .interval = sim_from_seconds(request.health_check_interval), .passes = request.healthy_threshold,
                    .failures = request.unhealthy_threshold },
    };
    struct target_group *group = target_group_create(world, &config);
    bind_push_reference(L, OBJECT_TARGET_GROUP, group, group->config.name);
    return 1;
}

int bind_open_elb(lua_State *L)
{
    static const luaL_Reg functions[] = { { "create_target_group", elb_create_target_group }, { NULL, NULL } };
    static const char *const later[] = { "deregister_targets", NULL };
    luaL_newlib(L, functions);
    bind_add_not_modelled(L, "elb.", later);
    return 1;
}
