#include "script/bind.h"

#include <math.h>
#include <string.h>

#include "base/units.h"
#include "base/vec.h"
#include "model/capacity_provider.h"
#include "script/member.h"
#include "script/order.h"

/* Modules of the simulation by name. */
static const struct opener {
    const char *name;
    lua_CFunction open;
} openers[] = {
    { "autoscaling", bind_open_autoscaling },
    { "cloudwatch", bind_open_cloudwatch },
    { "ec2", bind_open_ec2 },
    { "ecs", bind_open_ecs },
    { "elb", bind_open_elb },
    { "sim", bind_open_sim },
    { "sqs", bind_open_sqs },
};

bool bind_push_module(lua_State *L, const char *name)
{
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        if (strcmp(openers[i].name, name) == 0) {
            lua_pushcfunction(L, openers[i].open);
            lua_call(L, 0, 1);
            member_guard(L, name, "function");
            return true;
        }
    }
    return false;
}

static int describe_reference(lua_State *L)
{
    const struct reference *reference = lua_touserdata(L, 1);
    lua_pushfstring(L, "%s %s", object_kind_names[reference->object.kind], reference->name);
    return 1;
}

void bind_open_objects(lua_State *L)
{
    static const enum object_kind without_methods[] = {
        OBJECT_TASK_DEFINITION, OBJECT_SERVICE, OBJECT_ALARM, OBJECT_POLICY, OBJECT_AUTO_SCALING_GROUP,
        OBJECT_CAPACITY_PROVIDER,
    };
    for (size_t i = 0; i < sizeof without_methods / sizeof *without_methods; i++) {
        lua_newtable(L);
        object_open_kind(L, without_methods[i], NULL, describe_reference);
    }
    bind_open_channel(L);
    bind_open_measures(L);
    bind_open_message(L);
    bind_open_queue(L);
    bind_open_random(L);
    bind_open_resource(L);
    bind_open_target_group(L);
    bind_open_task(L);
}

/* ---- references --------------------------------------------------------------------------------------------- */

void bind_push_reference(lua_State *L, enum object_kind kind, void *target, const char *name)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, target) == LUA_TUSERDATA) {
        return;
    }
    lua_pop(L, 1);
    struct reference *reference = object_create(L, kind, sizeof *reference, 0);
    reference->target = target;
    reference->name = name;
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, target);
}

/* The name in "service/default/worker" and in ARNs: what follows the last slash or colon. */
static const char *name_in_arn(const char *text)
{
    const char *slash = strrchr(text, '/'), *colon = strrchr(text, ':');
    const char *last = slash > colon ? slash : colon;
    return last ? last + 1 : text;
}

static _Noreturn void not_of_kind(lua_State *L, const struct path *path, enum object_kind kind)
{
    fields_error(L, path, "expected a %s or its name, got %s", object_kind_names[kind], fields_found(L));
}

struct service *bind_to_service(lua_State *L, const struct path *path)
{
    const struct world *world = scenario_of(L)->world;
    const struct reference *reference = object_test(L, -1, OBJECT_SERVICE);
    if (reference) {
        return reference->target;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        not_of_kind(L, path, OBJECT_SERVICE);
    }
    const char *name = name_in_arn(lua_tostring(L, -1));
    struct service *service = world_find_service(world, name);
    if (!service || service->is_standalone) {
        const char **known = arena_alloc(world->arena, (size_t)world->service_count * sizeof *known);
        size_t count = 0;
        for (int i = 0; i < world->service_count; i++) {
            known[count] = world->services[i]->name;
            count += !world->services[i]->is_standalone;
        }
        fields_unknown(L, path, "service", name, known, count);
    }
    return service;
}

struct queue *bind_to_queue(lua_State *L, const struct path *path)
{
    const struct world *world = scenario_of(L)->world;
    const struct reference *reference = object_test(L, -1, OBJECT_QUEUE);
    if (reference) {
        return reference->target;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        not_of_kind(L, path, OBJECT_QUEUE);
    }
    const char *name = name_in_arn(lua_tostring(L, -1));
    struct queue *queue = world_find_queue(world, name);
    if (!queue) {
        const char **known = arena_alloc(world->arena, (size_t)world->queue_count * sizeof *known);
        for (int i = 0; i < world->queue_count; i++) {
            known[i] = world->queues[i]->config.name;
        }
        fields_unknown(L, path, "queue", name, known, (size_t)world->queue_count);
    }
    return queue;
}

void bind_read_service(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    *(struct service **)out = bind_to_service(L, path);
}

/* ---- assumptions -------------------------------------------------------------------------------------------- */

/* The value on top as assumptions_set takes it, pushed. */
static const char *push_assumption_text(lua_State *L, const struct path *path)
{
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        return lua_pushstring(L, lua_toboolean(L, -1) ? "on" : "off");
    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_pushvalue(L, -1);
        return lua_tostring(L, -1);
    default:
        fields_error(L, path, "expected a number, a text, true or false, got %s", fields_found(L));
    }
}

void bind_each_assumption(lua_State *L, const struct path *path, bind_assume *set, void *context)
{
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected a table, got %s", fields_found(L));
    }
    for (const char *name = bind_next_name(L, path, NULL); name; name = bind_next_name(L, path, name)) {
        const struct path here = { .parent = path, .name = name };
        struct error err;
        lua_getfield(L, -1, name);
        const char *text = push_assumption_text(L, &here);
        if (!set(context, name, text, &err)) {
            fields_error(L, path, "%s", err.text);
        }
        lua_pop(L, 2);
    }
}

static bool set_own(void *context, const char *name, const char *text, struct error *err)
{
    return assumptions_set(context, name, text, err);
}

void bind_read_assume(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct scenario *scenario = scenario_of(L);
    struct assumptions *assumptions = arena_alloc(scenario->arena, sizeof *assumptions);
    *assumptions = scenario->world->assumptions;
    bind_each_assumption(L, path, set_own, assumptions);
    *(struct assumptions **)out = assumptions;
}

const char *bind_provider_name(const struct task *task)
{
    return task->provider ? task->provider->config.name : bind_capacity_names[task->capacity];
}

/* ---- small things ------------------------------------------------------------------------------------------- */

const char *bind_next_name(lua_State *L, const struct path *path, const char *after)
{
    const char *next = NULL;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_pop(L, 1);
            fields_error(L, path, "expected names as keys, got %s", fields_found(L));
        }
        const char *name = lua_tostring(L, -2);
        if ((!after || strcmp(name, after) > 0) && (!next || strcmp(name, next) < 0)) {
            next = name;
        }
    }
    return next;
}

void bind_check_building(lua_State *L, const char *call)
{
    if (!scenario_of(L)->building) {
        luaL_error(L, "%s builds the scenario: it cannot be called while time runs", call);
    }
}

/* Upvalue 1: its name. */
static int raise_not_modelled(lua_State *L)
{
    return luaL_error(L, "%s is not modelled yet", lua_tostring(L, lua_upvalueindex(1)));
}

void bind_add_not_modelled(lua_State *L, const char *prefix, const char *const *names)
{
    for (; *names; names++) {
        lua_pushfstring(L, "%s%s", prefix, *names);
        lua_pushcclosure(L, raise_not_modelled, 1);
        lua_setfield(L, -2, *names);
    }
}

void bind_claim_name(lua_State *L, const struct path *path, const char *name)
{
    struct scenario *scenario = scenario_of(L);
    for (size_t i = 0; i < scenario->name_count; i++) {
        if (strcmp(scenario->names[i], name) == 0) {
            fields_error(L, path, "the name '%s' is taken; each load and random variable needs its own, which seeds it", name);
        }
    }
    VEC_GROW(scenario->names, scenario->name_count, scenario->name_room);
    scenario->names[scenario->name_count++] = name;
}

/* "expected ..., got" what is at `index`; left on the stack. */
static const char *unexpected(lua_State *L, int index, const char *what)
{
    char number[32] = "nan";       /* without the sign that some machines give it */
    if (lua_type(L, index) != LUA_TNUMBER) {
        lua_pushvalue(L, index);
        return lua_pushfstring(L, "expected %s, got %s", what, fields_found(L));
    }
    if (!isnan(lua_tonumber(L, index))) {
        units_format_number(lua_tonumber(L, index), 12, number, sizeof number);
    }
    return lua_pushfstring(L, "expected %s, got %s", what, number);
}

const char *bind_read_time(lua_State *L, int index, sim_time *time)
{
    double seconds;
    struct error err;
    if (lua_type(L, index) == LUA_TNUMBER) {
        seconds = lua_tonumber(L, index);
    } else if (lua_type(L, index) != LUA_TSTRING) {
        return unexpected(L, index, "a time in seconds or as in \"2m30s\"");
    } else if (!units_parse_seconds(lua_tostring(L, index), &seconds, &err)) {
        return lua_pushstring(L, err.text);
    }
    if (!(seconds >= 0)) {
        return unexpected(L, index, "a time, not below 0");
    }
    *time = sim_from_seconds(seconds);
    return NULL;
}

sim_time bind_check_time(lua_State *L, int index)
{
    sim_time time = 0;
    const char *fault = bind_read_time(L, index, &time);
    if (fault) {
        luaL_argerror(L, index, fault);
    }
    return time;
}

const char *bind_read_work(lua_State *L, int index, int64_t *work_ns)
{
    static const double too_long_s = 9e9;            /* whole nanoseconds end there */
    double seconds = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : -1;
    if (!(seconds >= 0)) {
        return unexpected(L, index, "seconds of work, not below 0");
    }
    if (seconds >= too_long_s) {
        return unexpected(L, index, "seconds of work, below 9e9");
    }
    *work_ns = sim_from_seconds(seconds);
    return NULL;
}

int64_t bind_check_work(lua_State *L, int index)
{
    int64_t work_ns = 0;
    const char *fault = bind_read_work(L, index, &work_ns);
    if (fault) {
        luaL_argerror(L, index, fault);
    }
    return work_ns;
}

int bind_keep_function(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TFUNCTION);
    lua_pushvalue(L, index);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* ---- locked tables ------------------------------------------------------------------------------------------ */

static int refuse_change(lua_State *L)
{
    return luaL_error(L, "%s cannot be changed", lua_tostring(L, lua_upvalueindex(1)));
}

/* Upvalue 1: the table behind. */
static int pairs_behind(lua_State *L)
{
    lua_pushcfunction(L, order_pairs);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 3);
    return 3;
}

void bind_lock_table(lua_State *L, const char *what)
{
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, pairs_behind, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushstring(L, what);
    lua_pushcclosure(L, refuse_change, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

void scenario_fail(struct scenario *scenario, lua_State *thread, const char *name)
{
    struct error err;
    state_describe(thread, name, scenario->options.path, &err);
    sim_fail(scenario->sim, &err);
}
