/* sim.resource: calls, connections that containers hold, and the numbers that it keeps. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "model/outcome.h"
#include "scene.h"

#define DATABASE(fields) MODULES "sim.scenario { duration = \"10m\" } local db = sim.resource { name = \"db\", " fields " } "
#define CALLS(count, timeout) "for i = 1, " count " do sim.spawn(function() local ok, s = db:call(" timeout ") " \
                              "sim.log(\"%s %.6g\", ok, s) end) end"
#define TIMES_4(text) text text text text

/* Calls that begin together take 1 + slowdown (n - knee) / knee times as long as alone. */
static void calls_slow_each_other_down(void)
{
    static const struct {
        const char *script, *log;
    } rows[] = {
        { DATABASE("capacity = 9, latency = 2") CALLS("4", ""), TIMES_4("2 true 2\n") },
        { DATABASE("capacity = 9, latency = 2, knee = 4") CALLS("4", ""), TIMES_4("2 true 2\n") },
        { DATABASE("capacity = 9, latency = 2, knee = 2") CALLS("4", ""), TIMES_4("4 true 4\n") },
        { DATABASE("capacity = 9, latency = 2, knee = 1, slowdown = 3") CALLS("4", ""), TIMES_4("20 true 20\n") },
        { DATABASE("capacity = 9, latency = 2, knee = 2, slowdown = 0") CALLS("4", ""), TIMES_4("2 true 2\n") },
        /* Two at a time; the others wait for their turn. */
        { DATABASE("capacity = 2, latency = 2") CALLS("4", ""), "2 true 2\n2 true 2\n4 true 4\n4 true 4\n" },
        /* The time-out counts from the call on: while it waits, and while it is answered. */
        { DATABASE("capacity = 2, latency = 2") CALLS("4", "1"), TIMES_4("1 false 1\n") },
        { DATABASE("capacity = 2, latency = 2") CALLS("4", "3"), "2 true 2\n2 true 2\n3 false 3\n3 false 3\n" },
        { DATABASE("capacity = 2, latency = 2") CALLS("3", "0"), "0 false 0\n0 false 0\n0 false 0\n" },
        { DATABASE("capacity = 2, latency = \"500ms\"") CALLS("1", "\"1m\""), "0.5 true 0.5\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct scene scene;
        const char *log = scene_play(&scene, rows[i].script);
        CU_ASSERT_TRUE(same_text(log, rows[i].log));
    }
}

/* A container opens two connections: its first two calls use them, the third takes one more for its duration. */
static void calls_use_what_their_container_holds(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"5m\" } "
        "local db = sim.resource { name = \"db\", capacity = 3, latency = 10 } "
        "local function app(task) sim.log(\"open %s\", db:acquire(2)) "
        "for i = 1, 3 do task:spawn(function() sim.log(\"call %s %g\", db:call()) end) end "
        "sim.sleep(1) sim.log(\"free %s\", db:acquire(1, 0)) sim.log(\"release %s\", (pcall(db.release, db))) "
        "sim.sleep(20) sim.log(\"release %s\", (pcall(db.release, db, 2))) sim.sleep(1e6) end " WORKER),
        "3 open true\n4 free false\n4 release false\n13 call true 10\n13 call true 10\n13 call true 10\n24 release true\n"));
}

/* A container that ends at 33 s in the midst of its two calls gives everything back, and the third call is faster: 23 s of
 * it at a third of the speed, the rest alone. */
static void an_ended_container_hangs_up(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"5m\" } "
        "local db = sim.resource { name = \"db\", capacity = 4, latency = 30, knee = 1 } local first = true "
        "local function app(task) if not first then sim.sleep(1e6) end first = false db:acquire(3) "
        "for i = 1, 2 do task:spawn(function() db:call() sim.log(\"never\") end) end sim.sleep(30) task:exit(0) end "
        "sim.at(10, function() sim.log(\"call %s %.4g\", db:call()) end) "
        "sim.at(20, function() sim.log(\"wait %s\", db:acquire(4)) end) " WORKER),
        "55.333 call true 45.33\n55.333 wait true\n"));
}

/* A container that ends at 33 s while it waits for more than is free no longer stands before a smaller wish. */
static void an_ended_container_leaves_the_line(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"5m\" } "
        "local db = sim.resource { name = \"db\", capacity = 4 } local first = true "
        "local function app(task) if not first then sim.sleep(1e6) end first = false "
        "for i = 1, 2 do task:spawn(function() db:acquire(3) sim.log(\"never\") end) end sim.sleep(30) task:exit(0) end "
        "sim.at(1, function() db:acquire(2) end) "
        "sim.at(10, function() sim.log(\"wait %s\", db:acquire(1)) end) "
        "sim.at(20, function() sim.log(\"next %s\", db:acquire(1)) end) " WORKER),
        "33 wait true\n33 next true\n"));
}

/* The world may release only what it holds itself. */
static void the_world_has_its_own_book(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1m\" } "
        "local db = sim.resource { name = \"db\", capacity = 4 } "
        "local function app(task) db:acquire(3) sim.sleep(1e6) end "
        "sim.at(30, function() db:acquire(1) sim.log(\"%s\", (pcall(db.release, db, 2))) "
        "sim.log(\"%s\", (pcall(db.release, db, 1))) end) " WORKER), "30 false\n30 true\n"));
}

/* Two calls for two seconds, then a third for two and a fourth that gives up after one of them; a fifth never comes in. */
static void it_keeps_its_numbers(void)
{
    static const struct {
        const char *name;
        double value;
    } rows[] = {
        { "db.in_use.max", 2 },        { "db.in_use.mean", (2 * 3 + 1) / 600.0 }, { "db.wait.count", 2 },
        { "db.wait.mean", 2 },         { "db.refused.count", 1 },                   { "db.refused.mean", 1 },
        { "db.latency.count", 3 },     { "db.latency.max", 2 },                     { "db.unanswered.count", 1 },
        { "db.unanswered.mean", 3 },
    };
    static struct scene scene;
    CU_ASSERT_FATAL(scene_load(&scene, DATABASE("capacity = 2, latency = 2")
        "local function call(timeout) sim.spawn(function() db:call(timeout) end) end "
        "call() call() call() call(3) call(1)"));
    CU_ASSERT_FATAL(scene_run(&scene));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kpi_reference reference;
        struct error err;
        CU_ASSERT_FATAL(kpi_reference_parse(&reference, scene.world, rows[i].name, &err));
        double value = kpi_reference_value(&reference);
        if (!(fabs(value - rows[i].value) <= 1e-2 * rows[i].value)) {
            printf("    %s: expected %g, found %g\n", rows[i].name, rows[i].value, value);
        }
        CU_ASSERT_DOUBLE_EQUAL(value, rows[i].value, 1e-2 * rows[i].value);
    }
    scene_finish(&scene);
}

static void wrong_resources_say_so(void)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        { MODULES "sim.resource { name = \"db\", capacity = 4, knee = 2 }", "resource: 'knee' belongs to a 'latency'" },
        { MODULES "sim.resource { name = \"db\", capacity = 4, slowdown = 2 }", "resource: 'slowdown' belongs to a 'latency'" },
        { MODULES "sim.resource { name = \"db\", capacity = 4, latency = 1, slowdown = 2 }",
          "resource: missing 'knee', the calls from which on 'slowdown' counts" },
        { MODULES "sim.resource { name = \"db\", capacity = 4, latency = 1, knee = 0.5 }", "resource.knee: 0.5 is outside" },
        { MODULES "sim.resource { name = \"db\", capacity = 4, latency = -1 }", "resource.latency: -1 is outside 0..86400" },
        { MODULES "sim.resource { name = \"db\", capacity = 2e6, latency = 1 }",
          "resource: a capacity of more than 1000000 with a 'latency'" },
        { MODULES "sim.resource { name = \"db\", capacity = 1 } sim.resource { name = \"db\", capacity = 1 }",
          "resource: the name 'db' is taken: there is a level 'db.in_use' already" },
        { MODULES "local db = sim.resource { name = \"db\", capacity = 1, latency = 1 } db:call()",
          "resource:call takes simulated time, which does not pass while the scenario is built" },
        { MODULES "local db = sim.resource { name = \"db\", capacity = 1 } sim.at(1, function() db:call() end)",
          "resource 'db' answers no calls: it has no 'latency'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct scene scene;
        const char *message = scene_play(&scene, rows[i].script);
        if (strstr(message, rows[i].message) == NULL) {
            printf("    expected: %s\n    got:      %s\n", rows[i].message, message);
        }
        CU_ASSERT_PTR_NOT_NULL(strstr(message, rows[i].message));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "calls slow each other down", calls_slow_each_other_down },
        { "calls use what their container holds", calls_use_what_their_container_holds },
        { "an ended container hangs up", an_ended_container_hangs_up },
        { "an ended container leaves the line", an_ended_container_leaves_the_line },
        { "the world has its own book", the_world_has_its_own_book },
        { "it keeps its numbers", it_keeps_its_numbers },
        { "wrong resources say so", wrong_resources_say_so },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/resource", tests);
    scenes_end();
    return status;
}
