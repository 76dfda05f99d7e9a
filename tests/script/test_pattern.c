/* Our patterns against Lua's own: the same answers and the same errors, on random texts and patterns. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

#include "engine/rng.h"
#include "lib/unit.h"
#include "script/pattern.h"

enum { ROUNDS = 30000 };

/* Both sides as text: the results, or the error. */
static const char side_by_side[] =
    "local theirs, ours = ...\n"
    "local function pack(ok, ...)\n"
    "    local out = { tostring(ok) }\n"
    "    for i = 1, select('#', ...) do out[#out + 1] = tostring((select(i, ...))) end\n"
    "    return table.concat(out, '\\1')\n"
    "end\n"
    "local function all(gmatch, s, p, init)\n"
    "    local out = {}\n"
    "    for a, b in gmatch(s, p, init) do out[#out + 1] = tostring(a) .. ',' .. tostring(b) end\n"
    "    return table.concat(out, ';')\n"
    "end\n"
    "return function(s, p, replacement, init)\n"
    "    local calls = {\n"
    "        function(lib) return lib.find(s, p, init) end,\n"
    "        function(lib) return lib.find(s, p, init, true) end,\n"
    "        function(lib) return lib.match(s, p, init) end,\n"
    "        function(lib) return all(lib.gmatch, s, p, init) end,\n"
    "        function(lib) return lib.gsub(s, p, replacement) end,\n"
    "        function(lib) return lib.gsub(s, p, { a = 'X', b = false, ab = 7 }) end,\n"
    "        function(lib) return lib.gsub(s, p, function(x) return x == 'a' and 'yes' or nil end, 3) end,\n"
    "    }\n"
    "    for i, call in ipairs(calls) do\n"
    "        local a, b = pack(pcall(call, theirs)), pack(pcall(call, ours))\n"
    "        if a ~= b then return string.format('call %d on %q %q %q %d: %q, ours %q', i, s, p, replacement, init, a, b) end\n"
    "    end\n"
    "end\n";

static void random_text(struct rng *rng, const char *const *pieces, size_t count, char *text)
{
    *text = '\0';
    for (uint64_t n = rng_below(rng, 9); n > 0; n--) {
        strcat(text, pieces[rng_below(rng, count)]);
    }
}
#define COUNT(list) (sizeof list / sizeof *list)

static void same_answers_as_lua(void)
{
    static const char *const letters[] = { "a", "b", "c", "1", " ", "(", ")", "%", "-", "." };
    static const char *const items[] = {
        "a", "b", ".", "%a", "%d", "%s", "%w", "%A", "%%", "[ab]", "[^ab]", "[a-c]", "[%a1]", "[]]", "[^]a]", "[a-]", "a*",
        "a+", "a-", "a?", ".*", ".-", "%a+", "(", ")", "()", "(a)", "(.-)", "%1", "%2", "%b()", "%f[%a]", "^", "$", "[", "%",
        "]", "-", "*", "%bx", "%f", "[%", "[a",
    };
    static const char *const replacements[] = { "x", "%0", "%1", "%2", "%%", "%", "%9", "-", "" };
    static const luaL_Reg ours[] = {
        { "find", pattern_find }, { "match", pattern_match }, { "gmatch", pattern_gmatch }, { "gsub", pattern_gsub },
        { NULL, NULL },
    };
    lua_State *L = luaL_newstate();
    struct rng rng;
    rng_seed(&rng, 7, 0, "patterns", 0);
    luaL_openlibs(L);
    CU_ASSERT_FATAL(luaL_loadstring(L, side_by_side) == LUA_OK);
    lua_getglobal(L, "string");
    luaL_newlib(L, ours);
    lua_call(L, 2, 1);
    for (int round = 0; round < ROUNDS; round++) {
        char subject[64], pattern[128], replacement[64];
        random_text(&rng, letters, COUNT(letters), subject);
        random_text(&rng, items, COUNT(items), pattern);
        random_text(&rng, replacements, COUNT(replacements), replacement);
        lua_pushvalue(L, -1);
        lua_pushstring(L, subject);
        lua_pushstring(L, pattern);
        lua_pushstring(L, replacement);
        lua_pushinteger(L, (lua_Integer)rng_below(&rng, 12) - 5);
        lua_call(L, 4, 1);
        CU_ASSERT(lua_isnil(L, -1));
        if (!lua_isnil(L, -1)) {
            printf("    %s\n", lua_tostring(L, -1));
            break;
        }
        lua_pop(L, 1);
    }
    lua_close(L);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "find, match, gmatch and gsub answer as Lua's own, errors included", same_answers_as_lua },
        UNIT_END,
    };
    return unit_main("script/pattern", tests);
}
