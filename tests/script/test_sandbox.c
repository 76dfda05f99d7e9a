/* What of Lua a scenario sees. */
#include <stdio.h>

#include "lib/unit.h"
#include "scene.h"

/* An expression and what it is. */
struct row {
    const char *expression, *value;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[1024], expected[1024];
        static struct scene scene;
        snprintf(text, sizeof text, MODULES "sim.scenario { duration = 1 } sim.log(\"%%s\", %s)", rows[i].expression);
        snprintf(expected, sizeof expected, "0 %s\n", rows[i].value);
        CU_ASSERT(same_text(scene_play(&scene, text), expected));
    }
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void ways_out_are_closed(void)
{
    static const struct row rows[] = {
        { "pcall(function() return io end)", "false" },
        { "pcall(function() return os end)", "false" },
        { "pcall(function() return debug end)", "false" },
        { "pcall(function() return load end)", "false" },
        { "pcall(function() return loadstring end)", "false" },
        { "pcall(function() return dofile end)", "false" },
        { "pcall(function() return loadfile end)", "false" },
        { "pcall(function() return print end)", "false" },
        { "pcall(function() return coroutine end)", "false" },
        { "pcall(function() return collectgarbage end)", "false" },
        { "pcall(function() return package end)", "false" },
        { "pcall(function() return _G end)", "false" },
        { "pcall(function() return warn end)", "false" },
        { "math.random", "nil" },
        { "math.randomseed", "nil" },
        { "string.dump", "nil" },
        { "getmetatable(\"\")", "false" },
        { "getmetatable(sim.channel())", "false" },
        { "pcall(require, \"io\")", "false" },
        { "pcall(require, \"../case\")", "false" },
        { "select(\"#\", pairs({}))", "3" },
    };
    CHECK_ROWS(rows);
}

static void addresses_do_not_show(void)
{
    static const struct row rows[] = {
        { "tostring({})", "table" },
        { "tostring(tostring)", "function" },
        { "string.format(\"%s %s\", {}, function() end)", "table function" },
        { "string.format(\"%-6s|\", {})", "table |" },
        { "sim.channel()", "channel" },
        { "setmetatable({}, { __tostring = function() return \"mine\" end })", "mine" },
        { "setmetatable({}, { __name = \"Point\" })", "Point" },
        { "pcall(string.format, \"%p\", {})", "false" },
        { "pcall(string.format, \"a\\0%p\", {})", "false" },
        { "pcall(string.format, \"%10p\", {})", "false" },
    };
    CHECK_ROWS(rows);
}

static void metatables_cannot_ask_the_collector(void)
{
    static const struct row rows[] = {
        { "pcall(setmetatable, {}, { __gc = function() end })", "false" },
        { "pcall(setmetatable, {}, { __close = function() end })", "false" },
        { "pcall(setmetatable, {}, { __mode = \"k\" })", "false" },
        { "pcall(setmetatable, {}, { __index = {} })", "true" },
        { "pcall(setmetatable, {}, nil)", "true" },
    };
    CHECK_ROWS(rows);
}

#define JOIN_KEYS(table) "(function() local keys = {} for k in pairs(" table ") do keys[#keys + 1] = tostring(k) end " \
                         "return table.concat(keys, \" \") end)()"

static void pairs_and_next_have_an_order(void)
{
    static const struct row rows[] = {
        { JOIN_KEYS("{ b = 1, a = 1, [3] = 1, [1] = 1, [2.5] = 1, [-1] = 1, [true] = 1, [false] = 1 }"),
          "-1 1 2.5 3 a b false true" },
        { JOIN_KEYS("{ aa = 1, a = 1, [\"\"] = 1, B = 1 }"), " B a aa" },
        { "(function() local a, b = sim.channel(), sim.tally(\"t\", \"s\") local out = {} "
          "for k in pairs { [b] = 1, [a] = 1 } do out[#out + 1] = tostring(k) end return table.concat(out, \" \") end)()",
          "channel tally t" },
        { "(function() local t, n = { a = 1, b = 2, c = 3 }, 0 for k in pairs(t) do t[k] = nil n = n + 1 end return n end)()",
          "3" },
        { "(function() local t, n = { a = 1, b = 2, c = 3 }, 0 for k in pairs(t) do t.b = nil n = n + 1 end return n end)()",
          "2" },
        { "next({})", "nil" },
        { "next({ b = 1, a = 1 })", "a" },
        { "next({ b = 1, a = 1 }, \"a\")", "b" },
        { "next({ b = 1, a = 1 }, \"b\")", "nil" },
        { "pcall(pairs, { [{}] = 1, [{}] = 2 })", "false" },
        { "pcall(pairs, { [{}] = 1 })", "true" },
        { "pcall(pairs, { [sim.now] = 1, [sim.log] = 2 })", "false" },
        { JOIN_KEYS("setmetatable({}, { __pairs = function() return next, { x = 1 }, nil end })"), "x" },
    };
    CHECK_ROWS(rows);
}

#define SORTED(list, less) "(function() local t = " list " table.sort(t" less ") return table.concat(t, \" \") end)()"

static void sort_is_stable(void)
{
    static const struct row rows[] = {
        { SORTED("{ 3, 1, 2 }", ""), "1 2 3" },
        { SORTED("{}", ""), "" },
        { SORTED("{ \"b\", \"a\", \"B\" }", ""), "B a b" },
        { SORTED("{ 21, 12, 11, 22, 13 }", ", function(a, b) return a // 10 < b // 10 end"), "12 11 13 21 22" },
        { SORTED("{ 1, 2, 3, 4, 5, 6, 7 }", ", function(a, b) return false end"), "1 2 3 4 5 6 7" },
        { SORTED("{ 1, 2, 3, 4 }", ", function(a, b) return a > b end"), "4 3 2 1" },
        { "(function() local t = {} for i = 1, 1000 do t[i] = i * 7919 % 1009 end table.sort(t) "
          "for i = 2, #t do if t[i - 1] > t[i] then return \"wrong\" end end return #t end)()", "1000" },
        { "pcall(table.sort, { 1, \"a\" })", "false" },
    };
    CHECK_ROWS(rows);
}

static void calls_in_c_end(void)
{
    static const struct row rows[] = {
        { "pcall(string.rep, \"x\", 1 << 40)", "false" },
        { "pcall(string.rep, \"\", 1 << 40, \"y\")", "false" },
        { "#string.rep(\"ab\", 3, \",\")", "8" },
        { "string.rep(\"x\", -1)", "" },
        { "pcall(table.move, {}, 1, 1 << 60, 2)", "false" },
        { "pcall(table.concat, {}, \"\", 1, 1 << 60)", "false" },
        { "pcall(table.unpack, {}, 1, 1 << 60)", "false" },
        { "pcall(table.insert, setmetatable({}, { __len = function() return 1 << 60 end }), 1, 0)", "false" },
        { "table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), \" \")", "2 3 3" },
        { "select(\"#\", table.unpack({ 1, nil, 3 }, 1, 3))", "3" },
        { "pcall(string.find, string.rep(\"a\", 60), string.rep(\"a?\", 60) .. string.rep(\"a\", 60))", "false" },
        { "pcall(string.find, string.rep(\"a\", 100000), \".-.-.-.-b\")", "false" },
    };
    CHECK_ROWS(rows);
}

static void errors_of_library_calls_show_the_line(void)
{
    static struct scene scene;
    CU_ASSERT(begins_with(scene_play(&scene, "local a = 1\nlocal b = table.concat({ {} })"),
                          "case.lua:2: invalid value (table) at index 1 in table for 'concat'"));
    CU_ASSERT(begins_with(scene_play(&scene, "\n\nlocal b = string.format(\"%d\", \"x\")"),
                          "case.lua:3: bad argument #2 to 'format' (number expected, got string)"));
    CU_ASSERT(begins_with(scene_play(&scene, "\nlocal t = {}\nlocal x = t.a.b"), "case.lua:3: attempt to index a nil value"));
    CU_ASSERT(begins_with(scene_play(&scene, "\nassert(false, \"no good\")"), "case.lua:2: no good"));
    CU_ASSERT(begins_with(scene_play(&scene, "error({})"), "case.lua:1: the error value is a table, not a text"));
}

static void errors_show_who_called(void)
{
    static struct scene scene;
    scene_write("lib/deep.lua", "local deep = {}\nfunction deep.f() error(\"here\") end\nreturn deep\n");
    CU_ASSERT(same_text(scene_play(&scene, "local deep = require \"lib.deep\"\n\ndeep.f()"),
                        "case.lua:3: here\n  raised in lib/deep.lua:2"));
}

static void modules_are_looked_for_in_two_places(void)
{
    static struct scene scene;
    const struct scenario_options options = { .path = "case.lua", .library = "shipped" };
    scene_write("shipped/far.lua", "return { name = \"far\" }");
    scene_write("shipped/both.lua", "return { name = \"shipped\" }");
    scene_write("both.lua", "return { name = \"beside\" }");
    CU_ASSERT(scene_load_with(&scene, MODULES "sim.log(\"%s %s\", require \"far\".name, require \"both\".name)", &options));
    CU_ASSERT(same_text(scene.log, "0 far beside\n"));
    scene_finish(&scene);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "there is no way to the machine, to ambient randomness or to code from text", ways_out_are_closed },
        { "no text shows an address", addresses_do_not_show },
        { "finalisers, weak tables and closing variables are refused", metatables_cannot_ask_the_collector },
        { "pairs and next go through numbers, texts, booleans and objects in order", pairs_and_next_have_an_order },
        { "table.sort keeps the order of equals", sort_is_stable },
        { "no call of the libraries runs for ever", calls_in_c_end },
        { "errors that libraries raise carry the script's line", errors_of_library_calls_show_the_line },
        { "errors in modules show the line that called", errors_show_who_called },
        { "require looks beside the script, then among the shipped scenarios", modules_are_looked_for_in_two_places },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/sandbox", tests);
    scenes_end();
    return status;
}
