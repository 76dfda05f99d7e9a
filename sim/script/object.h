/* Userdata that stand for things of the simulation: one object per thing, comparable, usable as table keys. */
#ifndef SCRIPT_OBJECT_H
#define SCRIPT_OBJECT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

enum object_kind {
    OBJECT_TASK_DEFINITION, OBJECT_SERVICE, OBJECT_TASK, OBJECT_QUEUE, OBJECT_TARGET_GROUP, OBJECT_ALARM, OBJECT_POLICY, OBJECT_RANDOM,
    OBJECT_CHANNEL, OBJECT_RESOURCE, OBJECT_TALLY, OBJECT_LEVEL, OBJECT_AUTO_SCALING_GROUP, OBJECT_CAPACITY_PROVIDER, OBJECT_KIND_COUNT
};
extern const char *const object_kind_names[OBJECT_KIND_COUNT];    /* "task definition" ... */

/* Every full userdata of a scenario's state begins so. */
struct object {
    enum object_kind kind;
    uint64_t serial;              /* order of creation, the order of objects as keys */
};

/* A new object of `size` bytes, zeroed but for its head, pushed. Kinds have their metatables from object_open_kind. */
void *object_create(lua_State *L, enum object_kind kind, size_t size, int user_values);

/* Make the metatable of a kind from the table of its methods on top of the stack, which is popped; other names are errors.
 * `index` not NULL: a function of (object, key) that finds fields as well; it has the methods as upvalue 1. `describe` is
 * its tostring. */
void object_open_kind(lua_State *L, enum object_kind kind, lua_CFunction index, lua_CFunction describe);

void object_push_metatable(lua_State *L, enum object_kind kind);

/* The object at `index`; NULL if that is no object of this kind. */
static inline void *object_test(lua_State *L, int index, enum object_kind kind)
{
    struct object *object = lua_type(L, index) == LUA_TUSERDATA ? lua_touserdata(L, index) : NULL;
    return object && object->kind == kind ? object : NULL;
}

/* The same as an argument of a call: raises if it is something else. */
void *object_check(lua_State *L, int index, enum object_kind kind);

uint64_t object_serial(lua_State *L, int index);     /* of the object at `index` */

#endif
