/* The object `task`: what a program sees of its own container, and others of somebody else's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/health.h"
#include "model/request.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/handle.h"
#include "script/member.h"
#include "script/message.h"
#include "script/task_object.h"

struct task_object {
    struct object object;
    uint32_t slot, handle;        /* in world->tasks */
    bool ended;                   /* its container */
    struct app_lua *app;
    const struct task_definition *definition;
    const char *zone, *capacity_provider;
    char id[33];
};

static const char tasks_key, reasons_key;            /* their addresses are keys in the registry */

/* Objects by the task's serial, values weak: identity matters only while somebody holds one. */
static void push_known(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &tasks_key) == LUA_TTABLE) {
        return;
    }
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &tasks_key);
}

void *task_object_push(lua_State *L, struct task *task)
{
    push_known(L);
    if (lua_rawgeti(L, -1, (lua_Integer)task->serial) == LUA_TNIL) {
        lua_pop(L, 1);
        struct task_object *object = object_create(L, OBJECT_TASK, sizeof *object, 0);
        object->slot = task->slot;
        object->handle = task->handle;
        object->app = (struct app_lua *)task->definition->app;
        object->definition = task->definition;
        object->zone = task_zone_name(task);
        object->capacity_provider = bind_provider_name(task);
        memcpy(object->id, task->id, sizeof object->id);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (lua_Integer)task->serial);
    }
    lua_remove(L, -2);
    return lua_touserdata(L, -1);
}

void task_object_container_ended(void *object)
{
    ((struct task_object *)object)->ended = true;
}

struct task *task_object_check_alive(lua_State *L, int index)
{
    const struct task_object *object = object_check(L, index, OBJECT_TASK);
    return world_find_task(scenario_of(L)->world, object->slot, object->handle);
}

static struct task *find_by_id(const struct world *world, const char *id)
{
    for (int i = 0; i < world->service_count; i++) {
        for (struct task *task = world->services[i]->first; task; task = task->next) {
            if (strcmp(task->id, id) == 0) {
                return task;
            }
        }
    }
    return NULL;
}

void task_object_read_name(lua_State *L, const struct path *path, struct task_name *name)
{
    const struct task_object *object = object_test(L, -1, OBJECT_TASK);
    *name = (struct task_name){ 0 };
    if (object) {
        name->slot = object->slot;
        name->handle = object->handle;
        memcpy(name->id, object->id, sizeof name->id);
        return;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        fields_error(L, path, "expected a task or its id, got %s", fields_found(L));
    }
    const struct task *task = find_by_id(scenario_of(L)->world, lua_tostring(L, -1));
    snprintf(name->id, sizeof name->id, "%s", lua_tostring(L, -1));
    if (task) {
        name->slot = task->slot;
        name->handle = task->handle;
    }
}

struct task *task_object_find(const struct world *world, const struct task_name *name)
{
    return world_find_task(world, name->slot, name->handle);
}

void task_object_push_named(lua_State *L, const struct task_name *name)
{
    struct task *task = task_object_find(scenario_of(L)->world, name);
    if (task) {
        task_object_push(L, task);
    } else {
        lua_pushstring(L, name->id);
    }
}

/* ---- inside the container ----------------------------------------------------------------------------------- */

struct container *task_object_own_container(lua_State *L, const char *call)
{
    const struct coroutine *coroutine = scenario_of(L)->running;
    struct container *container = coroutine ? coroutine->container : NULL;
    if (!container || container->object != lua_touserdata(L, 1)) {
        const struct task_object *object = object_check(L, 1, OBJECT_TASK);
        luaL_error(L, "%s works only in coroutines of the task's own container: task %s", call, object->id);
    }
    return container;
}

static int deliver_work_left(struct coroutine *coroutine)
{
    const struct attempt *attempt = message_find(coroutine->scenario->world, coroutine->call.work.handle);
    lua_pushnumber(coroutine->thread, attempt ? (double)attempt->job.left_ns / 1e9 : 0);
    return 1;
}

static int deliver_request_left(struct coroutine *coroutine)
{
    lua_State *L = coroutine->thread;
    lua_pushlightuserdata(L, (void *)(uintptr_t)coroutine->call.work.handle);
    const struct request *request = bind_request_find(L, -1);
    lua_pop(L, 1);
    lua_pushnumber(L, request ? (double)request->job.left_ns / 1e9 : 0);
    return 1;
}

static int deliver_seconds_left(struct coroutine *coroutine)
{
    lua_pushinteger(coroutine->thread, 0);
    return 1;
}

/* The request whose handle is at `index`, which `task` holds and nobody works on. */
static struct request *check_request(lua_State *L, int index, const struct task *task)
{
    struct request *request = bind_request_find(L, index);
    luaL_argcheck(L, request, index, "the request has been answered");
    luaL_argcheck(L, request->task == task, index, "another task serves the request");
    luaL_argcheck(L, !request->job.working, index, "another coroutine works on the request");
    return request;
}

/* The job at argument 2, and what its coroutine will be told; NULL: none, but seconds of work. */
static struct job *check_job(lua_State *L, struct coroutine *coroutine, const struct task *task)
{
    coroutine->call.work.handle = lua_touserdata(L, 2);
    if (handle_is(L, 2, HANDLE_REQUEST)) {
        coroutine->deliver = deliver_request_left;
        return &check_request(L, 2, task)->job;
    }
    if (lua_islightuserdata(L, 2)) {
        coroutine->deliver = deliver_work_left;
        return &message_check_held(L, 2, task)->job;
    }
    coroutine->deliver = deliver_seconds_left;
    luaL_argexpected(L, lua_type(L, 2) == LUA_TNUMBER, 2, "message, request or seconds");
    return NULL;
}

static int call_work(lua_State *L)
{
    struct container *container = task_object_own_container(L, "task:work");
    struct coroutine *coroutine = coroutine_about_to_wait(L, "task:work");
    struct job *job = check_job(L, coroutine, container->task);
    int64_t at_most = job == NULL ? bind_check_work(L, 2) : lua_isnoneornil(L, 3) ? INT64_MAX : bind_check_time(L, 3);
    task_work(container->task, &coroutine->call.work.work, &coroutine->process, job, at_most);
    return lua_yield(L, 0);
}

static int task_spawn(lua_State *L)
{
    struct container *container = task_object_own_container(L, "task:spawn");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    process_wake(&coroutine_create(L, container, lua_gettop(L) - 2, container->name)->process);
    return 0;
}

static void on_part_returned(struct scenario *scenario, void *context)
{
    (void)scenario;
    struct coroutine *whole = context;
    if (--whole->awaited == 0) {
        process_wake(&whole->process);
    }
}

static int task_parallel(lua_State *L)
{
    struct container *container = task_object_own_container(L, "task:parallel");
    struct coroutine *whole = coroutine_about_to_wait(L, "task:parallel");
    lua_Integer n = luaL_checkinteger(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    luaL_argcheck(L, n >= 1 && n <= 100000, 2, "expected 1 to 100000");
    for (lua_Integer i = 1; i <= n; i++) {
        lua_pushvalue(L, 3);
        lua_pushinteger(L, i);
        struct coroutine *part = coroutine_create(L, container, 1, container->name);
        part->finished = on_part_returned;
        part->context = whole;
        process_wake(&part->process);
    }
    whole->awaited = (int)n;
    return lua_yield(L, 0);
}

static int task_on_sigterm(lua_State *L)
{
    struct container *container = task_object_own_container(L, "task:on_sigterm");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (container->handlers == LUA_NOREF) {
        lua_newtable(L);
        container->handlers = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, container->handlers);
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    return 0;
}

static int task_set_healthy(lua_State *L)
{
    struct container *container = task_object_own_container(L, "task:set_healthy");
    luaL_checktype(L, 2, LUA_TBOOLEAN);
    health_set_answer(container->task, lua_toboolean(L, 2));
    return 0;
}

static int call_exit(lua_State *L)
{
    struct container *container = task_object_own_container(L, "task:exit");
    coroutine_about_to_wait(L, "task:exit");         /* it never returns: its coroutine is left behind as it stands */
    lua_Integer code = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, code >= 0 && code <= 255, 2, "expected an exit code, 0 to 255");
    task_exit(container->task, (int)code);
    return lua_yield(L, 0);
}

/* ---- protection --------------------------------------------------------------------------------------------- */

/* Texts of refusals, made once: pushing one allocates nothing. */
static void push_reason(lua_State *L, enum protection_verdict verdict)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &reasons_key);
    lua_rawgeti(L, -1, verdict);
    lua_remove(L, -2);
}

static void open_reasons(lua_State *L)
{
    lua_newtable(L);
    for (int verdict = 0; verdict < PROTECTION_VERDICT_COUNT; verdict++) {
        lua_pushstring(L, protection_verdicts[verdict].name);
        lua_rawseti(L, -2, verdict);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &reasons_key);
}

/* A value, or nil and the reason; the third is always the HTTP status. */
static int deliver_protection(struct coroutine *coroutine)
{
    lua_State *L = coroutine->thread;
    const struct endpoint_call *call = &coroutine->call.protection;
    if (call->verdict != PROTECTION_GRANTED) {
        lua_pushnil(L);
        push_reason(L, call->verdict);
    } else {
        bool enabled = call->operation == ENDPOINT_GET ? call->enabled : true;
        lua_pushboolean(L, enabled);
        if (call->enabled && call->operation != ENDPOINT_PUT_FALSE) {
            lua_pushnumber(L, sim_seconds(call->expires_at));
        } else {
            lua_pushnil(L);
        }
    }
    lua_pushinteger(L, protection_verdicts[call->verdict].http_status);
    return 3;
}

static int call_endpoint(lua_State *L, const char *name, enum endpoint_operation operation, double minutes)
{
    task_object_own_container(L, name);
    struct coroutine *coroutine = coroutine_about_to_wait(L, name);
    coroutine->deliver = deliver_protection;
    coroutine->call.protection = (struct endpoint_call){
        .process = &coroutine->process, .operation = operation, .minutes = minutes,
    };
    endpoint_call(&coroutine->call.protection);
    return lua_yield(L, 0);
}

static int task_protect(lua_State *L)
{
    double minutes = luaL_optnumber(L, 2, PROTECTION_MINUTES_DEFAULT);
    luaL_argcheck(L, !isnan(minutes), 2, "expected minutes");
    return call_endpoint(L, "task:protect", ENDPOINT_PUT_TRUE, minutes);
}

static int task_unprotect(lua_State *L)
{
    return call_endpoint(L, "task:unprotect", ENDPOINT_PUT_FALSE, PROTECTION_MINUTES_DEFAULT);
}

static int task_get_protection(lua_State *L)
{
    return call_endpoint(L, "task:get_protection", ENDPOINT_GET, PROTECTION_MINUTES_DEFAULT);
}

/* ---- fields ------------------------------------------------------------------------------------------------- */

static bool is_stopping(lua_State *L, const struct task_object *object)
{
    const struct task *task = world_find_task(scenario_of(L)->world, object->slot, object->handle);
    return object->ended || !task || task->stopping;
}

/* Upvalue 1 of the caller: the methods. */
static void push_field(lua_State *L, const struct task_object *object, const char *name)
{
    static const char *const fields[] = {
        "availability_zone", "capacity_provider_name", "environment", "stopping", "task_arn", "task_definition_arn", NULL,
    };
    if (strcmp(name, "environment") == 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, object->app->environment);
    } else if (strcmp(name, "task_arn") == 0) {
        lua_pushstring(L, object->id);
    } else if (strcmp(name, "task_definition_arn") == 0) {
        bind_push_reference(L, OBJECT_TASK_DEFINITION, object->definition->script, object->definition->name);
    } else if (strcmp(name, "availability_zone") == 0) {
        lua_pushstring(L, object->zone);
    } else if (strcmp(name, "capacity_provider_name") == 0) {
        lua_pushstring(L, object->capacity_provider);
    } else {
        member_unknown(L, lua_upvalueindex(1), fields, "task", "field or method", name);
    }
}

/* Upvalue 1: the methods. */
static int task_index(lua_State *L)
{
    const struct task_object *object = lua_touserdata(L, 1);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "stopping") == 0) {             /* every loop of every worker asks */
        lua_pushboolean(L, is_stopping(L, object));
        return 1;
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) {
        push_field(L, object, name);
    }
    return 1;
}

static int task_describe(lua_State *L)
{
    const struct task_object *object = object_check(L, 1, OBJECT_TASK);
    lua_pushfstring(L, "task %s", object->id);
    return 1;
}

void bind_open_task(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "connect", bind_task_connect },
        { "exit", call_exit },
        { "get_protection", task_get_protection },
        { "on_sigterm", task_on_sigterm },
        { "parallel", task_parallel },
        { "protect", task_protect },
        { "serve", bind_task_serve },
        { "set_healthy", task_set_healthy },
        { "spawn", task_spawn },
        { "unprotect", task_unprotect },
        { "work", call_work },
        { NULL, NULL },
    };
    luaL_newlib(L, methods);
    object_open_kind(L, OBJECT_TASK, task_index, task_describe);
    open_reasons(L);
}
