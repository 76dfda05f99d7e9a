/* The calls that run millions of times allocate nothing: the memory of the Lua state does not grow over many of them. */
#include <stdio.h>

#include "lib/unit.h"
#include "model/record.h"
#include "scene.h"
#include "script/bind.h"

enum { CALLS = 20000 };

/* Notes the state's memory at each sim.log; the collector stands still. */
struct gauge {
    struct scene scene;
    int readings;
    long long bytes[4];
};

static void on_log(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    (void)kind;
    (void)record;
    struct gauge *gauge = context;
    lua_State *L = state_lua(gauge->scene.scenario->state);
    lua_gc(L, LUA_GCSTOP);
    gauge->bytes[gauge->readings++ & 3] = (long long)lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB);
}

/* Plays `script`, which logs three times: before a few calls, between, and after CALLS of them. Returns bytes per call. */
static double bytes_per_call(const char *script)
{
    static struct gauge gauge;
    gauge = (struct gauge){ .readings = 0 };
    CU_ASSERT_FATAL(scene_load(&gauge.scene, script));
    trace_observe(sim_trace(gauge.scene.world->sim), RECORD_BIT(RECORD_LOG), on_log, &gauge);
    bool ran = scene_run(&gauge.scene);
    if (!ran) {
        printf("    %s\n", gauge.scene.err.text);
    }
    CU_ASSERT(ran && gauge.readings == 3);
    scene_finish(&gauge.scene);
    return (double)(gauge.bytes[2] - gauge.bytes[1]) / CALLS;
}

/* In a process of the world, and in a container: CALL many times. */
#define LOOPS(call) "local function loop(n) for i = 1, n do " call " end end sim.log(\"warm\") loop(10) sim.log(\"from\") loop(20000) " \
                    "sim.log(\"to\") "
#define IN_WORLD(setup, call) MODULES "sim.scenario { duration = \"1d\" } " setup " sim.at(1, function() " LOOPS(call) " end)"
#define IN_TASK(setup, call) MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1d\" } local function app(task, jobs) " setup \
                             LOOPS(call) " sim.sleep(1e9) end " WORKER

/* A client of one task that serves sessions, with handlers for their beginnings and ends. */
#define IN_CLIENT(call)                                                                                              \
    MODULES "sim.scenario { duration = \"1d\" } local chat = require \"elb\".create_target_group { name = \"chat\" } " \
    "local function app(task) task:serve { on_connect = function() end, on_disconnect = function() end } end "       \
    "ecs.create_service { service_name = \"chat\", desired_count = 1, load_balancers = { { target_group_arn = chat } }, " \
    "task_definition = ecs.register_task_definition { family = \"chat\", cpu = 256, memory = 512, "                  \
    "container_definitions = { { app = app, slots = 10 } } } } sim.at(100, function() " LOOPS(call) " end)"

static void hot_calls_allocate_nothing(void)
{
    static const struct {
        const char *call, *script;
    } rows[] = {
        { "sim.now", IN_WORLD("", "sim.now()") },
        { "sim.sleep", IN_WORLD("", "sim.sleep(1)") },
        { "x()", IN_WORLD("local x = sim.random { name = \"x\", mean = 1 }", "x()") },
        { "tally:add", IN_WORLD("local t = sim.tally(\"t\", \"s\")", "t:add(i % 7)") },
        { "level:set", IN_WORLD("local l = sim.level(\"l\", \"s\")", "l:set(i % 7)") },
        { "channel", IN_WORLD("local c = sim.channel() sim.spawn(function() while true do c:get() end end)", "c:put(i) sim.sleep(0.1)") },
        { "resource", IN_WORLD("local r = sim.resource { name = \"r\", capacity = 1 }", "r:acquire() r:release()") },
        { "resource:call", IN_WORLD("local r = sim.resource { name = \"r\", capacity = 1, latency = 0.1, knee = 1 }", "r:call(1)") },
        { "put_metric_data", IN_WORLD("local d = { A = \"b\" }", "cloudwatch.put_metric_data(\"My\", \"M\", 1, d)") },
        { "put_metric_data without dimensions", IN_WORLD("", "cloudwatch.put_metric_data(\"My\", \"M\", 1)") },
        { "task.stopping", IN_TASK("", "local s = task.stopping") },
        { "task:work", IN_TASK("", "task:work(0.1)") },
        { "task:protect and unprotect", IN_TASK("", "task:protect(1) task:unprotect()") },
        { "task:get_protection", IN_TASK("", "task:get_protection()") },
        { "target_group:connect, connection:hold", IN_CLIENT("chat:connect():hold(1)") },
        { "target_group:connect, connection:close", IN_CLIENT("chat:connect():close() sim.sleep(0.1)") },
        { "message", IN_TASK("local q = jobs ", "q:send(1) local m = q:receive() m:work_left() m:receive_count() m:sent_timestamp() "
                             "m:change_visibility(60) m:checkpoint() task:work(m) m:delete() m:abandon()") },
        { "batch", IN_TASK("local q, l = jobs, { 1 } ", "q:send_batch(l) local m = q:receive(1) q:delete_batch(m)") },
        { "batch of a FIFO queue", MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1d\" } local q = sqs.create_queue { "
          "queue_name = \"q.fifo\", fifo_queue = true, content_based_deduplication = true } local function app(task, q) "
          "local l = { { 1, nil, \"a\" }, { 1, nil, \"b\", 7 } } "
          LOOPS("q:send(1, nil, i % 100, i % 1000) q:send_batch(l) local a, b, c = q:receive(3) q:delete_batch(a) if b then q:delete_batch(b) end "
                "if c then c:delete() end")
          " sim.sleep(1e9) end ecs.create_service { service_name = \"w\", desired_count = 1, task_definition = "
          "ecs.register_task_definition { family = \"w\", cpu = 256, memory = 512, container_definitions = { { app = app, slots = 3, "
          "queues = { q } } } } }" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double bytes = bytes_per_call(rows[i].script);
        if (bytes > 0.5) {
            printf("    %s: %.1f bytes per call\n", rows[i].call, bytes);
        }
        CU_ASSERT(bytes <= 0.5);
    }
}

static void finished_coroutines_serve_again(void)
{
    CU_ASSERT(bytes_per_call(MODULES "sim.scenario { duration = 60000 } local n = 0 "
        "sim.arrivals { rate = 1, process = \"regular\", each = function() sim.sleep(2) n = n + 1 "
        "if n == 1 or n == 100 or n == 20100 then sim.log(\"x\") end end }") <= 0.5);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "hot calls allocate nothing", hot_calls_allocate_nothing },
        { "an arrival with a function of its own reuses a finished coroutine", finished_coroutines_serve_again },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/hot", tests);
    scenes_end();
    return status;
}
