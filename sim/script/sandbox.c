#include "script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/suggest.h"
#include "engine/elementary.h"
#include "script/order.h"
#include "script/pattern.h"
#include "script/watchdog.h"

enum { TEXT_MAX = 64 << 20 };     /* bytes of one string.rep */
enum { RANGE_MAX = 100000000 };   /* elements of one table.move or table.concat */
enum { PROTECTED_DEPTH_MAX = 1000 };
enum { COSINE_MAX = 1000000 };    /* of elementary_cos */

/* Registry keys: addresses in here. */
static const char environment_key, format_key, names_key;

/* The script sees these of Lua's functions as they are; what stands below replaces others. */
static const char *const base_kept[] = {
    "assert", "error", "getmetatable", "ipairs", "rawequal", "rawget", "rawlen", "rawset", "select", "tonumber",
    "type",
};

/* Go on as the function that this one replaces, its upvalue; in the same frame, so that messages show the script's line. */
static int call_original(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

const char *sandbox_tostring(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (!lua_isstring(L, -1)) {
            luaL_error(L, "'__tostring' must return a string");
        }
        return lua_tostring(L, -1);
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
        return luaL_tolstring(L, index, NULL);
    default:
        if (luaL_getmetafield(L, index, "__name") != LUA_TSTRING) {
            lua_pushstring(L, luaL_typename(L, index));
        }
        return lua_tostring(L, -1);
    }
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    sandbox_tostring(L, 1);
    return 1;
}

/* The script's message handler, upvalue 1, unless the watchdog raised: inside that error no hook would end the handler. */
static int handle_message(lua_State *L)
{
    if (!watchdog_tripped()) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_insert(L, 1);
        lua_call(L, 1, 1);
    }
    return 1;
}

/* Every error that is caught costs time in proportion to the depth of the stack, and a pcall that catches a stack overflow
 * gives Lua room for as many calls again: catch nothing where it is deep. */
static void check_depth(lua_State *L)
{
    lua_Debug frame;
    if (lua_getstack(L, PROTECTED_DEPTH_MAX, &frame)) {
        luaL_error(L, "stack overflow: a protected call more than %d calls deep", PROTECTED_DEPTH_MAX);
    }
}

static int base_pcall(lua_State *L)
{
    check_depth(L);
    return call_original(L);
}

static int base_xpcall(lua_State *L)
{
    check_depth(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle_message, 1);
    lua_replace(L, 2);
    return call_original(L);
}

/* Finalisers, weak tables and closing variables run or vanish when the collector or a killed task decides. */
static int base_setmetatable(lua_State *L)
{
    static const char *const refused[] = { "__gc", "__close", "__mode" };
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnoneornil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    for (size_t i = 0; i < sizeof refused / sizeof *refused && lua_istable(L, 2); i++) {
        lua_pushstring(L, refused[i]);
        if (lua_rawget(L, 2) != LUA_TNIL) {
            return luaL_error(L, "a metatable with '%s' is not allowed: its effect would depend on the garbage collector",
                              refused[i]);
        }
        lua_pop(L, 1);
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int string_rep(lua_State *L)
{
    size_t length, separator_length;
    luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &separator_length);
    size_t each = length + separator_length;
    if (count > 0 && each > 0 && (size_t)count > TEXT_MAX / each) {
        return luaL_error(L, "string.rep: the result is longer than %d MiB", TEXT_MAX >> 20);
    }
    return call_original(L);
}

/* Past the flags, width and precision of a format item: at its letter. */
static const char *conversion_of(const char *item)
{
    return item + strspn(item, "-+ #0123456789.");
}

/* Make the arguments of %s texts: Lua would print addresses. */
static void make_texts(lua_State *L)
{
    size_t length;
    const char *at = luaL_checklstring(L, 1, &length), *end = at + length;
    for (int argument = 1; (at = memchr(at, '%', (size_t)(end - at)));) {
        if (*++at == '%') {
            at++;
            continue;
        }
        at = conversion_of(at);
        argument++;
        if (*at == 'p') {
            luaL_error(L, "string.format: '%%p' would show an address, which differs between runs");
        }
        if (*at == 's' && argument <= lua_gettop(L)) {
            sandbox_tostring(L, argument);
            lua_replace(L, argument);
        }
    }
}

const char *sandbox_format(lua_State *L)
{
    make_texts(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &format_key);
    lua_CFunction format = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    format(L);
    return lua_tostring(L, -1);
}

static int string_format(lua_State *L)
{
    sandbox_format(L);
    return 1;
}

/* A table function whose loop in C would trust __len, or a range without end from argument `first` to argument `last`. */
static int bounded(lua_State *L, int first, int last)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL) {
        return luaL_error(L, "a list with '__len' is not allowed here");
    }
    if (first && lua_isnumber(L, last)) {
        lua_Number from = lua_isnumber(L, first) ? lua_tonumber(L, first) : 1;
        if (lua_tonumber(L, last) - from > RANGE_MAX) {
            return luaL_error(L, "a range of more than %d elements", RANGE_MAX);
        }
    }
    return call_original(L);
}

static int table_concat(lua_State *L) { return bounded(L, 3, 4); }
static int table_insert(lua_State *L) { return bounded(L, 0, 0); }
static int table_move(lua_State *L) { return bounded(L, 2, 3); }
static int table_remove(lua_State *L) { return bounded(L, 0, 0); }
static int table_unpack(lua_State *L) { return bounded(L, 2, 3); }

static const luaL_Reg table_bounded[] = {
    { "concat", table_concat }, { "insert", table_insert }, { "move", table_move }, { "remove", table_remove },
    { "unpack", table_unpack }, { NULL, NULL },
};

/* The last digits of the C library's functions are its own. Where the simulator has the same function of plain arithmetic,
 * scripts get that one; outside its range, the library's. */
static int math_cos(lua_State *L)
{
    double x = luaL_checknumber(L, 1);
    if (!(fabs(x) <= COSINE_MAX)) {
        return call_original(L);
    }
    lua_pushnumber(L, elementary_cos(x));
    return 1;
}

static int math_exp(lua_State *L)
{
    double x = luaL_checknumber(L, 1);
    if (isnan(x)) {
        return call_original(L);
    }
    lua_pushnumber(L, elementary_exp(x));
    return 1;
}

static int math_log(lua_State *L)
{
    double x = luaL_checknumber(L, 1);
    if (!lua_isnoneornil(L, 2) || !isfinite(x) || !(x > 0)) {
        return call_original(L);
    }
    lua_pushnumber(L, elementary_log(x));
    return 1;
}

static const luaL_Reg math_exact[] = {
    { "cos", math_cos }, { "exp", math_exp }, { "log", math_log }, { NULL, NULL },
};

/* Put wrappers of functions of the library on top into the table `target`; each has the original as its upvalue. */
static void wrap(lua_State *L, int target, const luaL_Reg *wrappers)
{
    for (; wrappers->name; wrappers++) {
        lua_getfield(L, -1, wrappers->name);
        lua_pushcclosure(L, wrappers->func, 1);
        lua_setfield(L, target, wrappers->name);
    }
}

static void drop(lua_State *L, const char *name)
{
    lua_pushnil(L);
    lua_setfield(L, -2, name);
}

static void open_base(lua_State *L, int environment)
{
    luaL_requiref(L, LUA_GNAME, luaopen_base, 0);
    for (size_t i = 0; i < sizeof base_kept / sizeof *base_kept; i++) {
        lua_getfield(L, -1, base_kept[i]);
        lua_setfield(L, environment, base_kept[i]);
    }
    static const luaL_Reg wrapped[] = { { "pcall", base_pcall }, { "xpcall", base_xpcall }, { NULL, NULL } };
    wrap(L, environment, wrapped);
    lua_pop(L, 1);
    static const luaL_Reg ours[] = {
        { "next", order_next }, { "pairs", order_pairs }, { "setmetatable", base_setmetatable },
        { "tostring", base_tostring }, { NULL, NULL },
    };
    lua_pushvalue(L, environment);
    luaL_setfuncs(L, ours, 0);
    lua_pop(L, 1);
}

static void open_string(lua_State *L, int environment)
{
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
    drop(L, "dump");
    lua_getfield(L, -1, "format");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &format_key);
    static const luaL_Reg wrapped[] = { { "rep", string_rep }, { NULL, NULL } };
    wrap(L, lua_gettop(L), wrapped);
    static const luaL_Reg ours[] = {
        { "find", pattern_find }, { "format", string_format }, { "gmatch", pattern_gmatch }, { "gsub", pattern_gsub },
        { "match", pattern_match }, { NULL, NULL },
    };
    luaL_setfuncs(L, ours, 0);
    lua_setfield(L, environment, "string");
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

static void open_rest(lua_State *L, int environment)
{
    luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 0);
    wrap(L, lua_gettop(L), table_bounded);
    lua_pushcfunction(L, order_sort);
    lua_setfield(L, -2, "sort");
    lua_setfield(L, environment, "table");
    luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 0);
    drop(L, "random");
    drop(L, "randomseed");
    wrap(L, lua_gettop(L), math_exact);
    lua_setfield(L, environment, "math");
    luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 0);
    lua_setfield(L, environment, "utf8");
}

/* Known names that a reader may have meant, as a C array in a userdata of the registry. */
struct names {
    size_t count;
    const char *list[64];
};

static void collect_names(lua_State *L, int environment)
{
    struct names *names = lua_newuserdatauv(L, sizeof *names, 1);
    names->count = 0;
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_pushcfunction(L, order_pairs);
    lua_pushvalue(L, environment);
    lua_call(L, 1, 3);
    for (;;) {                    /* in order, so that the nearest of several is the same in every run */
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_pushnil(L);
        lua_call(L, 2, 1);
        if (lua_isnil(L, -1)) {
            break;
        }
        names->list[names->count++] = lua_tostring(L, -1);       /* kept alive by the environment, which is locked */
        lua_pop(L, 1);
    }
    lua_pop(L, 4);
}

static int on_undefined(lua_State *L)
{
    static const char *const modules[] = { "autoscaling", "cloudwatch", "ecs", "elb", "sim", "sqs" };
    const char *name = sandbox_tostring(L, 2);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        if (strcmp(name, modules[i]) == 0) {
            return luaL_error(L, "undefined global '%s': write local %s = require \"%s\"", name, name, name);
        }
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    const struct names *names = lua_touserdata(L, -1);
    const char *nearest = suggest_nearest(name, names->list, names->count);
    if (nearest) {
        return luaL_error(L, "undefined global '%s', did you mean '%s'?", name, nearest);
    }
    return luaL_error(L, "undefined global '%s'", name);
}

static int on_global_assignment(lua_State *L)
{
    return luaL_error(L, "assignment to global '%s': write local", sandbox_tostring(L, 2));
}

/* An empty table in front of the real one, so that assignments to known names are caught as well. */
static void lock(lua_State *L, int environment)
{
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, on_undefined);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, environment);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, environment);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, on_global_assignment);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &environment_key);
}

void sandbox_open(lua_State *L, lua_CFunction require)
{
    lua_newtable(L);
    int environment = lua_gettop(L);
    open_base(L, environment);
    open_string(L, environment);
    open_rest(L, environment);
    lua_pushcfunction(L, require);
    lua_setfield(L, environment, "require");
    collect_names(L, environment);
    lock(L, environment);
    lua_settop(L, environment - 1);
}

void sandbox_push_environment(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &environment_key);
}
