#include "script/object.h"

#include <string.h>

#include "base/check.h"
#include "script/member.h"

const char *const object_kind_names[OBJECT_KIND_COUNT] = {
    [OBJECT_TASK_DEFINITION] = "task definition", [OBJECT_SERVICE] = "service", [OBJECT_TASK] = "task",
    [OBJECT_QUEUE] = "queue", [OBJECT_TARGET_GROUP] = "target group",
    [OBJECT_ALARM] = "alarm", [OBJECT_POLICY] = "policy", [OBJECT_RANDOM] = "random variable",
    [OBJECT_CHANNEL] = "channel", [OBJECT_RESOURCE] = "resource", [OBJECT_TALLY] = "tally", [OBJECT_LEVEL] = "level",
    [OBJECT_AUTO_SCALING_GROUP] = "auto scaling group", [OBJECT_CAPACITY_PROVIDER] = "capacity provider",
};

/* Registry keys: addresses in here. */
static const char metatables[OBJECT_KIND_COUNT], last_serial;

static uint64_t next_serial(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &last_serial);
    lua_Integer serial = lua_tointeger(L, -1) + 1;
    lua_pushinteger(L, serial);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &last_serial);
    lua_pop(L, 1);
    return (uint64_t)serial;
}

void *object_create(lua_State *L, enum object_kind kind, size_t size, int user_values)
{
    uint64_t serial = next_serial(L);
    struct object *object = lua_newuserdatauv(L, size, user_values);
    memset(object, 0, size);
    object->kind = kind;
    object->serial = serial;
    object_push_metatable(L, kind);
    lua_setmetatable(L, -2);
    return object;
}

void object_open_kind(lua_State *L, enum object_kind kind, lua_CFunction index, lua_CFunction describe)
{
    lua_newtable(L);
    lua_insert(L, -2);
    if (index) {
        lua_pushcclosure(L, index, 1);
    } else {
        member_guard(L, object_kind_names[kind], "field or method");
    }
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, describe);
    lua_setfield(L, -2, "__tostring");
    lua_pushstring(L, object_kind_names[kind]);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);        /* getmetatable gives nothing to change */
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &metatables[kind]);
}

void object_push_metatable(lua_State *L, enum object_kind kind)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &metatables[kind]);
}

void *object_check(lua_State *L, int index, enum object_kind kind)
{
    void *object = object_test(L, index, kind);
    if (!object) {
        luaL_typeerror(L, index, object_kind_names[kind]);
    }
    return object;
}

uint64_t object_serial(lua_State *L, int index)
{
    const struct object *object = lua_touserdata(L, index);
    CHECK(object);
    return object->serial;
}
