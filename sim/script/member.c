#include "script/member.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "script/sandbox.h"

enum { NAMES_MAX = 64 };

struct names {
    const char *list[NAMES_MAX];
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add(struct names *names, const char *name)
{
    if (names->count < NAMES_MAX) {
        names->list[names->count++] = name;
    }
}

/* Sorted, so that the nearest of several is the same in every run. */
static void collect(lua_State *L, int index, const char *const *fields, struct names *names)
{
    names->count = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        add(names, lua_tostring(L, -2));             /* kept alive by the table */
    }
    for (; fields && *fields; fields++) {
        add(names, *fields);
    }
    qsort(names->list, names->count, sizeof *names->list, compare_names);
}

void member_unknown(lua_State *L, int index, const char *const *fields, const char *owner, const char *what, const char *name)
{
    struct names names;
    collect(L, lua_absindex(L, index), fields, &names);
    const char *nearest = suggest_nearest(name, names.list, names.count);
    if (nearest) {
        luaL_error(L, "%s: unknown %s '%s', did you mean '%s'?", owner, what, name, nearest);
    }
    luaL_error(L, "%s: unknown %s '%s'", owner, what, name);
    __builtin_unreachable();
}

/* Upvalues: owner, what. */
static int refuse(lua_State *L)
{
    member_unknown(L, 1, NULL, lua_tostring(L, lua_upvalueindex(1)), lua_tostring(L, lua_upvalueindex(2)),
                   sandbox_tostring(L, 2));
}

void member_guard(lua_State *L, const char *owner, const char *what)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, owner);
    lua_pushstring(L, what);
    lua_pushcclosure(L, refuse, 2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);        /* getmetatable gives nothing to change */
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
