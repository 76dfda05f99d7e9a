/* Scripts that run, allocate or recurse without end: each ends with a message that says so. */
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

struct row {
    const char *script, *part;       /* of the message */
};

static void check_rows(const struct row *rows, size_t count, const struct scenario_options *limits)
{
    static struct scene scene;
    for (size_t i = 0; i < count; i++) {
        const char *message = scene_play_with(&scene, rows[i].script, limits);
        CU_ASSERT(strstr(message, rows[i].part) || same_text(message, rows[i].part));
    }
}
#define CHECK_ROWS(rows, limits) check_rows(rows, sizeof rows / sizeof *rows, limits)

/* One limit tight, the other far away: which one ends a script does not hang on the machine's speed. */
static const struct scenario_options few_instructions = { .path = "case.lua", .instruction_limit = 3000000 };
static const struct scenario_options little_memory = { .path = "case.lua", .memory_limit = (size_t)16 << 20 };

#define ENDLESS "ran more than 3000000 instructions without simulated time passing"

static void endless_loops_are_stopped(void)
{
    static const struct row rows[] = {
        { "\nwhile true do end", "case.lua:2: " ENDLESS },
        { "while true do pcall(function() while true do end end) end", ENDLESS },
        { "local function f() while true do pcall(f) end end f()", "without simulated time passing" },   /* slow ones, too */
        { "while true do xpcall(function() while true do end end, function() while true do end end) end", ENDLESS },
        { "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do pcall(function() return t[1] end) end",
          ENDLESS },
        { "(\"x\"):gsub(\"x\", function() while true do end end)", ENDLESS },
        { "for i = 1, math.maxinteger do end", ENDLESS },
        { MODULES "sim.at(60, function()\nwhile true do end end)", "at 1m: case.lua:2: " ENDLESS },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\nwhile not task.stopping do end end " WORKER, ENDLESS " (in task " },
        { MODULES "local c = sim.channel() sim.spawn(function() while true do c:put(1) c:get() end end)", ENDLESS },
    };
    CHECK_ROWS(rows, &few_instructions);
}

static void finite_work_is_not(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES
        "sim.scenario { duration = 400 }\n"
        "sim.every(1, function() local n = 0 for i = 1, 100000 do n = n + i end end)\n"       /* 4 x 10^7 in all */
        "sim.at(400, function() sim.log(\"done\") end)"), "400 done\n"));
}

static void endless_loops_in_simulated_time_are_stopped(void)
{
    static const struct row rows[] = {
        { MODULES "sim.at(5, function() while true do sim.sleep(0) end end)", "100000 events at 5 s without time passing, last in sim.at at case.lua:1" },
    };
    CHECK_ROWS(rows, &few_instructions);
}

#define TOO_MUCH "the scenario takes more memory than it may"

static void endless_allocation_is_stopped(void)
{
    static const struct row rows[] = {
        { "\nlocal t = {} while true do t[#t + 1] = {} end", "case.lua:2: " TOO_MUCH },
        { "local s = \"x\" while true do s = s .. s end", TOO_MUCH },
        { "local t = {} while true do t = { t } end", TOO_MUCH },
        { "local t = {} for i = 1, 1e9 do t[i] = string.rep(\"x\", 100000) .. i end", TOO_MUCH },
        { MODULES "sim.at(60, function()\nlocal t = {} while true do t[#t + 1] = {} end end)", "at 1m: case.lua:2: " TOO_MUCH },
        { MODULES "while true do sim.spawn(function() end) end", TOO_MUCH },
        { MODULES "sim.spawn(function() while true do sim.spawn(function() sim.sleep(1) end) end end)", TOO_MUCH },
    };
    CHECK_ROWS(rows, &little_memory);
}

static void endless_recursion_is_stopped(void)
{
    static const struct row rows[] = {
        { "local function f() return 1 + f() end\nf()", "case.lua:1: stack overflow" },
        { "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end\nreturn t.x", "stack overflow" },
        { "local function f() (\"x\"):gsub(\"x\", f) end f()", "stack overflow" },
        { "local function f() table.sort({ 1, 2 }, f) end f()", "stack overflow" },
        { "local function f() local t = setmetatable({}, { __tostring = f }) return tostring(t) end f()", "stack overflow" },
        { "local t = {} t.t = setmetatable({}, { __index = t }) setmetatable(t, { __index = t.t })\nreturn t.x", "'__index' chain too long" },
        { MODULES "sim.at(1, function() local function f() return 1 + f() end\nf() end)", "stack overflow" },
    };
    CHECK_ROWS(rows, &few_instructions);
}

static void deep_nesting_is_refused(void)
{
    static struct scene scene;
    static char text[1 << 16];
    size_t depth = sizeof text / 2 - 16;
    strcpy(text, "return ");
    memset(text + 7, '{', depth);
    memset(text + 7 + depth, '}', depth);
    text[7 + 2 * depth] = '\0';
    CU_ASSERT(strstr(scene_play(&scene, text), "overflow") != NULL);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a loop at one instant ends after a number of instructions, whatever catches errors", endless_loops_are_stopped },
        { "code whose instructions are many, but spread over time, runs", finite_work_is_not },
        { "a loop that waits for no time ends after a number of events, and is named", endless_loops_in_simulated_time_are_stopped },
        { "memory is limited", endless_allocation_is_stopped },
        { "recursion is limited", endless_recursion_is_stopped },
        { "nesting of the text is limited", deep_nesting_is_refused },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/limits", tests);
    scenes_end();
    return status;
}
