/* The module `elb`, its target groups, the requests that clients send to them, and how a program serves them. */
#include <string.h>

#include "model/request.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/control.h"
#include "script/handle.h"
#include "script/target_group_fields.h"
#include "script/task_object.h"

/* ---- requests, as the program sees them --------------------------------------------------------------------- */

struct request *bind_request_find(lua_State *L, int index)
{
    const void *handle = lua_touserdata(L, index);
    return request_find(scenario_of(L)->world, handle_slot(handle), handle_serial(handle));
}

/* The handler has returned what is no status: say where it is written, since it does not run any more. */
static _Noreturn void refuse_status(lua_State *L)
{
    lua_Debug record;
    const char *found = lua_type(L, -1) == LUA_TNUMBER ? luaL_tolstring(L, -1, NULL) : fields_found(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, scenario_of(L)->running->container->on_request);
    lua_getinfo(L, ">S", &record);
    luaL_error(L, "%s:%d: on_request: expected an HTTP status or nothing, got %s", record.short_src, record.linedefined, found);
    __builtin_unreachable();
}

/* The handler's status; none is 200. */
static int check_status(lua_State *L)
{
    if (lua_isnil(L, -1)) {
        return HTTP_OK;
    }
    lua_Integer status = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    if (status < 100 || status > 599) {
        refuse_status(L);
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
    int on_request, on_connect, on_disconnect;       /* references; LUA_NOREF: the default */
};

static void read_handler(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        fields_error(L, path, "expected a function, got %s", fields_found(L));
    }
    *(int *)out = bind_keep_function(L, lua_gettop(L));
}

static const struct field serve_fields[] = {
    { .name = "on_request", .type = FIELD_CUSTOM, .read = read_handler,
      .offset = offsetof(struct serve_request, on_request) },
    { .name = "on_connect", .type = FIELD_CUSTOM, .read = read_handler,
      .offset = offsetof(struct serve_request, on_connect) },
    { .name = "on_disconnect", .type = FIELD_CUSTOM, .read = read_handler,
      .offset = offsetof(struct serve_request, on_disconnect) },
    FIELDS_END,
};

static void replace_reference(lua_State *L, int *kept, int reference)
{
    luaL_unref(L, LUA_REGISTRYINDEX, *kept);
    *kept = reference;
}

int bind_task_serve(lua_State *L)
{
    static const struct path path = { .name = "serve" };
    struct container *container = task_object_own_container(L, "task:serve");
    struct coroutine *coroutine = coroutine_about_to_wait(L, "task:serve");
    struct serve_request request = { LUA_NOREF, LUA_NOREF, LUA_NOREF };
    if (container->task->serving.begun && !container->task->serving.ended) {
        return luaL_error(L, "task:serve: the task serves already");
    }
    fields_read(L, 2, &path, serve_fields, &request);
    replace_reference(L, &container->on_request, request.on_request);
    replace_reference(L, &container->on_connect, request.on_connect);
    replace_reference(L, &container->on_disconnect, request.on_disconnect);
    const struct serving_program program = {
        .take = request.on_request != LUA_NOREF ? on_request : NULL,
        .connected = request.on_connect != LUA_NOREF ? bind_on_connect : NULL,
        .disconnected = request.on_disconnect != LUA_NOREF ? bind_on_disconnect : NULL,
    };
    task_serve(container->task, &coroutine->process, &program);
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
    int64_t work_ns = bind_check_work(L, 2);
    sim_time timeout = lua_isnoneornil(L, 3) ? group->config.idle_timeout : bind_check_time(L, 3);
    coroutine->deliver = deliver_answer;
    coroutine->call.sent_at = sim_now(scenario_of(L)->sim);
    target_group_request(group, work_ns, timeout, &coroutine->process);
    return lua_yield(L, 0);
}

static int target_group_describe(lua_State *L)
{
    lua_pushfstring(L, "target group %s", ((struct reference *)object_check(L, 1, OBJECT_TARGET_GROUP))->name);
    return 1;
}

void bind_open_target_group(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "connect", bind_target_group_connect }, { "request", target_group_request_ }, { NULL, NULL },
    };
    luaL_newlib(L, methods);
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

static int elb_create_target_group(lua_State *L)
{
    static const struct path path = { .name = "create_target_group" };
    bind_check_building(L, "elb.create_target_group");
    struct target_group_config config;
    target_group_fields_read(L, &path, &config);
    struct world *world = scenario_of(L)->world;
    if (world_find_target_group(world, config.name)) {
        fields_error(L, &path, "there is already a target group '%s'", config.name);
    }
    struct target_group *group = target_group_create(world, &config);
    bind_push_reference(L, OBJECT_TARGET_GROUP, group, group->config.name);
    return 1;
}

enum { TARGETS_MAX = 100 };

struct deregister_targets {
    struct control_call call;
    struct target_group *group;
    int count;
    struct task_name targets[TARGETS_MAX];
};

static void read_group(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    *(struct target_group **)out = bind_to_target_group(L, path);
}

static void read_id(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    task_object_read_name(L, path, out);
}

/* AWS's TargetDescription, or the task alone. */
static void take_target(lua_State *L, const struct path *path, int i, void *context)
{
    static const struct field fields[] = {
        { .name = "id", .type = FIELD_CUSTOM, .read = read_id, .required = true },
        { .name = "port", .type = FIELD_WITHOUT_EFFECT },
        { .name = "availability_zone", .type = FIELD_WITHOUT_EFFECT },
        FIELDS_END,
    };
    struct task_name *target = &((struct deregister_targets *)context)->targets[i];
    if (lua_istable(L, -1)) {
        fields_read(L, lua_gettop(L), path, fields, target);
    } else {
        task_object_read_name(L, path, target);
    }
}

static void read_targets(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct deregister_targets *request = out;
    request->count = fields_read_list(L, path, TARGETS_MAX, take_target, request);
}

static const struct field deregister_targets_fields[] = {
    { .name = "target_group_arn", .type = FIELD_CUSTOM, .read = read_group, .required = true,
      .offset = offsetof(struct deregister_targets, group) },
    { .name = "targets", .type = FIELD_CUSTOM, .read = read_targets, .required = true },
    FIELDS_END,
};

static struct target *find_target(const struct target_group *group, const struct task_name *name)
{
    const struct task *task = task_object_find(group->world, name);
    return task ? target_group_find(group, task) : NULL;
}

/* All of them, or none. */
static int answer_deregister_targets(lua_State *L, struct control_call *call)
{
    const struct deregister_targets *request = (const struct deregister_targets *)call;
    for (int i = 0; i < request->count; i++) {
        if (!find_target(request->group, &request->targets[i])) {
            return control_refuse(L, "InvalidTarget", "A target is not registered with the target group.");
        }
    }
    for (int i = 0; i < request->count; i++) {
        target_take_out(find_target(request->group, &request->targets[i]));
    }
    lua_newtable(L);
    return 1;
}

static int elb_deregister_targets(lua_State *L)
{
    struct deregister_targets *request =
        control_begin(L, "elb.deregister_targets", sizeof *request, answer_deregister_targets);
    control_read(L, "deregister_targets", deregister_targets_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

int bind_open_elb(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "create_target_group", elb_create_target_group }, { "deregister_targets", elb_deregister_targets }, { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
