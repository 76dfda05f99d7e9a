#include "script/order.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "script/object.h"

/* Places of key types in the order. */
enum { PLACE_NUMBER, PLACE_TEXT, PLACE_BOOLEAN, PLACE_HANDLE, PLACE_OBJECT, PLACE_NONE };

static int place_of(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER: return PLACE_NUMBER;
    case LUA_TSTRING: return PLACE_TEXT;
    case LUA_TBOOLEAN: return PLACE_BOOLEAN;
    case LUA_TLIGHTUSERDATA: return PLACE_HANDLE;
    case LUA_TUSERDATA: return PLACE_OBJECT;
    default: return PLACE_NONE;
    }
}

static bool text_is_less(lua_State *L, int a, int b)
{
    size_t a_length, b_length;
    const char *a_text = lua_tolstring(L, a, &a_length), *b_text = lua_tolstring(L, b, &b_length);
    int difference = memcmp(a_text, b_text, a_length < b_length ? a_length : b_length);
    return difference != 0 ? difference < 0 : a_length < b_length;
}

/* A strict total order of keys; both indices are absolute. */
static bool key_is_less(lua_State *L, int a, int b)
{
    int a_place = place_of(L, a), b_place = place_of(L, b);
    if (a_place != b_place) {
        return a_place < b_place;
    }
    switch (a_place) {
    case PLACE_NUMBER: return lua_compare(L, a, b, LUA_OPLT) != 0;
    case PLACE_TEXT: return text_is_less(L, a, b);
    case PLACE_BOOLEAN: return lua_toboolean(L, a) < lua_toboolean(L, b);
    case PLACE_HANDLE: return (uintptr_t)lua_touserdata(L, a) < (uintptr_t)lua_touserdata(L, b);
    case PLACE_OBJECT: return object_serial(L, a) < object_serial(L, b);
    default:
        if (lua_rawequal(L, a, b)) {
            return false;
        }
        return luaL_error(L, "a table with several %ss as keys cannot be visited in an order that every run repeats",
                          luaL_typename(L, a)) != 0;
    }
}

/* Is the value at `a` to stand before that at `b`? */
typedef bool is_less(lua_State *L, int a, int b);

static bool value_is_less(lua_State *L, int a, int b)
{
    return lua_compare(L, a, b, LUA_OPLT) != 0;
}

/* By the comparison function at index 2. */
static bool call_is_less(lua_State *L, int a, int b)
{
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return less;
}

/* Merge runs [low, middle) and [middle, high) of list `from` into list `to`: the earlier of equals first. */
static void merge(lua_State *L, int from, int to, lua_Integer low, lua_Integer middle, lua_Integer high, is_less *less)
{
    lua_Integer left = low, right = middle;
    for (lua_Integer out = low; out < high; out++) {
        bool take_right = left >= middle;
        if (!take_right && right < high) {
            lua_rawgeti(L, from, left);
            lua_rawgeti(L, from, right);
            int top = lua_gettop(L);
            take_right = less(L, top, top - 1);
            lua_pop(L, 2);
        }
        lua_rawgeti(L, from, take_right ? right++ : left++);
        lua_rawseti(L, to, out);
    }
}

/* Sort the list on top of the stack, 1 to n, in place of it leaving the sorted one. */
static void merge_sort(lua_State *L, lua_Integer n, is_less *less)
{
    int from = lua_gettop(L);
    lua_createtable(L, (int)n, 0);
    int to = from + 1;
    for (lua_Integer width = 1; width < n; width *= 2) {
        for (lua_Integer low = 1; low <= n; low += 2 * width) {
            lua_Integer middle = low + width <= n ? low + width : n + 1;
            lua_Integer high = low + 2 * width <= n ? low + 2 * width : n + 1;
            merge(L, from, to, low, middle, high, less);
        }
        int other = from;
        from = to;
        to = other;
    }
    lua_pushvalue(L, from);
    lua_replace(L, from < to ? from : to);
    lua_pop(L, 1);
}

int order_sort(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TFUNCTION);
    }
    lua_settop(L, 2);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    luaL_argcheck(L, n < INT_MAX / 2, 1, "list too big");
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    merge_sort(L, n, lua_isnil(L, 2) ? value_is_less : call_is_less);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 3, i);
        lua_rawseti(L, 1, i);
    }
    return 0;
}

/* Upvalues: sorted keys, position in them. Keys whose values have gone meanwhile are passed over. */
static int next_pair(lua_State *L)
{
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        i++;
        if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL) {
            return 1;
        }
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) {
            break;
        }
        lua_pop(L, 2);
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
}

int order_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_createtable(L, (int)lua_rawlen(L, 1), 0);
    lua_Integer n = 0;
    for (lua_pushnil(L); lua_next(L, 1); n++) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 2, n + 1);
    }
    merge_sort(L, n, key_is_less);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* The least key above the given one (nil: of all), by looking at each: next is for the test of emptiness. */
int order_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushnil(L);               /* index 3: the least so far */
    for (lua_pushnil(L); lua_next(L, 1);) {
        lua_pop(L, 1);            /* index 4: a key */
        if ((lua_isnil(L, 2) || key_is_less(L, 2, 4)) && (lua_isnil(L, 3) || key_is_less(L, 4, 3))) {
            lua_pushvalue(L, 4);
            lua_replace(L, 3);
        }
    }
    if (lua_isnil(L, 3)) {
        return 1;
    }
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}
