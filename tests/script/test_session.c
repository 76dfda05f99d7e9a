/* Sessions as scripts have them: what clients and servers see, instant by instant. */
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

/* A script and what it logs: "SECONDS text"; or its error. */
struct row {
    const char *script, *log;
};

static void check_rows(const struct row *rows, size_t count)
{
    static struct scene scene;
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT(same_text(scene_play(&scene, rows[i].script), rows[i].log));
    }
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof rows / sizeof *rows)

/* One task of two slots behind the target group `chat`, which takes sessions from 5 s on. */
#define CHAT(app, rest)                                                                                                 \
    MODULES FAST_ASSUMPTIONS "sim.assume { first_health_check_s = 0 } local elb = require \"elb\" "                      \
    "local function log(...) sim.log(string.rep(\"%s \", select(\"#\", ...)):sub(1, -2), ...) end "                      \
    "sim.scenario { duration = 300 } "                                                                                  \
    "local chat = elb.create_target_group { name = \"chat\", deregistration_delay_timeout_seconds = 20 } "              \
    "local server local function app(task) server = task " app " end "                                                  \
    "local service = ecs.create_service { service_name = \"chat\", desired_count = 1, "                                 \
    "load_balancers = { { target_group_arn = chat } }, task_definition = ecs.register_task_definition { "               \
    "family = \"chat\", cpu = 256, memory = 512, container_definitions = { { app = app, slots = 2, "                    \
    "usage = { cpu_percent = 1 } } } } } " rest
#define AT_10(body) "sim.at(10, function() " body " end) "

static void clients_hold_their_connections(void)
{
    static const struct row rows[] = {
        { CHAT("task:serve {}", AT_10("local c = chat:connect() log(tostring(c)) log(c:hold(20.25), c:hold(1)) c:close()")),
          "10 connection\n30.25 20.25 0\n" },
        { CHAT("task:serve {}", AT_10("log(chat:connect():hold(\"1m30s\"))")), "100 90.0\n" },
        { CHAT("task:serve {}", AT_10("local c = chat:connect() sim.spawn(function() sim.sleep(5) c:close() end) log(c:hold(60))")),
          "15 5.0\n" },
        { CHAT("task:serve {}", AT_10("local c = server:connect() log(c:hold(5))")), "15 5.0\n" },
        { CHAT("task:serve {}", AT_10("local one, two = chat:connect(), chat:connect() log(one == two, one ~= nil)")),
          "10 false true\n" },
        { CHAT("task:serve {}", AT_10("local c = chat:connect() log(c:hold(math.huge))")
               "sim.at(70, function() ecs.update_service { service = service, desired_count = 0 } end) "),
          "92.02 82.02\n" },                          /* passes at 71.02 and 72.02 s, a delay of 20 s */
    };
    CHECK_ROWS(rows);
}

static void who_gets_none_is_told_why(void)
{
    static const struct row rows[] = {
        { CHAT("task:serve {}", "sim.at(1, function() log(chat:connect()) end)"), "1 nil 503\n" },
        { CHAT("task:serve {}", AT_10("chat:connect() chat:connect() log(chat:connect())")), "10 nil 503\n" },
        { CHAT("sim.sleep(50) task:serve {}", AT_10("log(chat:connect()) log(server:connect())")), "10 nil 502\n10 nil 502\n" },
        { CHAT("task:serve {}", AT_10("local task = server ecs.stop_task { task = task } log(task:connect()) sim.sleep(60) "
                                      "log(task:connect())")),
          "10.04 nil 502\n70.04 nil 502\n" },
    };
    CHECK_ROWS(rows);
}

/* on_connect and on_disconnect, each in a coroutine of its own; the latter also where the load balancer or the program cuts. */
static void programs_hear_of_their_sessions(void)
{
    static const struct row rows[] = {
        { CHAT("task:serve { on_connect = function(c) log(\"in\") sim.sleep(2) log(\"talk\", tostring(c)) end, "
               "on_disconnect = function(c) sim.sleep(1) log(\"out\", tostring(c)) end }",
               AT_10("log(chat:connect():hold(3))")),
          "10 in\n12 talk connection\n13 3.0\n14 out connection\n" },
        { CHAT("local names = {} task:serve { on_connect = function(c) names[c] = \"ann\" end, "      /* a key in tables */
               "on_disconnect = function(c) log(names[c]) end }", AT_10("chat:connect():hold(3)")),
          "13 ann\n" },
        { CHAT("task:serve { on_connect = function(c) sim.sleep(4) c:close() end, on_disconnect = function() log(\"out\") end }",
               AT_10("log(chat:connect():hold(60))")),
          "14 4.0\n14 out\n" },
        { CHAT("task:serve { on_disconnect = function() log(\"out\") end }",
               AT_10("sim.spawn(function() log(chat:connect():hold(60)) end) ecs.stop_task { task = server }")),
          "30.02 20.02\n30.02 out\n" },                    /* ALB-09: the delay ends before the stop timeout */
        { CHAT("task:serve { on_disconnect = function() log(\"out\") end }",
               AT_10("log(server:connect():hold(60))") "sim.at(12, function() sim.disrupt { service = service, cause = \"host\" } end)"),
          "12 2.0\n" },                              /* not when the container has ended */
        { CHAT("task:serve { on_disconnect = function() log(\"out\") end } log(\"served\")",
               AT_10("sim.spawn(function() server:connect():hold(7) end) sim.sleep(1) ecs.stop_task { task = server }")),
          "17 out\n17 served\n" },                   /* after SIGTERM until the last one is gone */
    };
    CHECK_ROWS(rows);
}

static void sessions_resume(void)
{
    static const struct row rows[] = {
        { CHAT("task:serve {}", "sim.expect { reconnects = 1, sessions_in = 1, sessions_cut = 1, [\"chat.sessions_cut{host}\"] = 1, "
               "[\"chat.busy_stops{host}\"] = 1, avg_sessions = \"< 1\" } "
               AT_10("local left, cut = 60, nil repeat local c = chat:connect(cut) if c then left, cut = left - c:hold(left), c end "
                     "if left > 0 then sim.sleep(1) end until left <= 0 log(left)")
               "sim.at(12, function() sim.disrupt { service = service, cause = \"host\" } end)"),
          "73 0.0\n" },
        { CHAT("task:serve {}", AT_10("local c = chat:connect() chat:connect(c)")),
          "at 10 s: case.lua:1: bad argument #1 to 'connect' (the connection is still open) (in sim.at at case.lua:1)" },
        { CHAT("task:serve {}", AT_10("chat:connect(1)")),
          "at 10 s: case.lua:1: bad argument #1 to 'connect' (connection expected, got number) (in sim.at at case.lua:1)" },
    };
    CHECK_ROWS(rows);
}

static void handles_are_told_apart(void)
{
    static const struct row rows[] = {
        { CHAT("task:serve {}", AT_10("chat:connect():delete()")),
          "at 10 s: case.lua:1: calling 'delete' on bad self (message expected, got connection) (in sim.at at case.lua:1)" },
        { CHAT("task:serve { on_request = function(request) request:hold(1) end }", AT_10("chat:request(1)")),
          "at 10 s: case.lua:1: calling 'hold' on bad self (connection expected, got request) (in" },
        { CHAT("task:serve {}", AT_10("local c = chat:connect() sim.spawn(function() c:hold(9) end) sim.sleep(1) c:hold(1)")),
          "at 11 s: case.lua:1: calling 'hold' on bad self (another coroutine holds the connection) (in sim.at at case.lua:1)" },
        { CHAT("task:serve { on_request = function() return \"fine\" end }", AT_10("chat:request(1)")),
          "at 10 s: case.lua:1: on_request: expected an HTTP status or nothing, got a string (in task " },
        { CHAT("\ntask:serve { on_request = function() return 99 end }", AT_10("chat:request(1)")),
          "at 10 s: case.lua:2: on_request: expected an HTTP status or nothing, got 99 (in task " },
        { CHAT("task:serve {}", AT_10("chat:connect():hold(-1)")),
          "at 10 s: case.lua:1: bad argument #1 to 'hold' (expected a time, not below 0, got -1) (in sim.at at case.lua:1)" },
        { CHAT("task:serve {}", AT_10("chat:connect():hold()")),
          "at 10 s: case.lua:1: bad argument #1 to 'hold' (expected a time in seconds or as in \"2m30s\", got a nil) (in" },
        { CHAT("task:serve {}", AT_10("chat:connect():hold(0/0)")),
          "at 10 s: case.lua:1: bad argument #1 to 'hold' (expected a time, not below 0, got nan) (in" },
        { CHAT("task:serve {}", AT_10("return chat:connect().x")),
          "at 10 s: case.lua:1: message, request or connection: unknown field or method 'x' (in" },
        { CHAT("task:serve {}", AT_10("elb.deregister_targets { target_group_arn = chat, targets = { chat:connect() } }")),
          "at 10 s: case.lua:1: deregister_targets.targets[1]: expected a task or its id, got a connection (in" },
    };
    static struct scene scene;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT(begins_with(scene_play(&scene, rows[i].script), rows[i].log));
    }
}

/* ALB-09: an operator takes a task out of its target group; it stays in the service. */
static void targets_are_deregistered(void)
{
    static const struct row rows[] = {
        { CHAT("task:serve {}", AT_10("sim.spawn(function() log(chat:connect():hold(60)) end) "
               "log(#elb.deregister_targets { target_group_arn = chat, targets = { server } }) log(chat:connect()) sim.sleep(40) "
               "log(ecs.describe_services { services = { service } }.services[1].running_count)")),
          "10.04 0\n10.04 nil 503\n30.02 20.02\n50.08 1\n" },
        { CHAT("task:serve {}", AT_10("elb.deregister_targets { target_group_arn = \"chat\", targets = { { id = server.task_arn } } } "
               "log(chat:connect())")),
          "10.04 nil 503\n" },
        { CHAT("task:serve {}", AT_10("log(elb.deregister_targets { target_group_arn = chat, targets = { \"unknown\" } })")),
          "10.04 nil InvalidTarget A target is not registered with the target group.\n" },
        { CHAT("task:serve {}", AT_10("elb.deregister_targets { target_group_arn = chat, targets = { { it = server } } }")),
          "at 10 s: case.lua:1: deregister_targets.targets[1]: unknown field 'it', did you mean 'id'? (in sim.at at case.lua:1)" },
    };
    CHECK_ROWS(rows);
}

/* A connection that comes while a receive is under way takes the slot that the message needs. */
static void messages_and_sessions_share_the_slots(void)
{
    static struct scene scene;
    const char *message = scene_play(&scene, MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1m\" } "
        "local function app(task, jobs) task:spawn(function() task:serve {} end) task:spawn(function() sim.sleep(\"1ms\") "
        "task:connect() end) jobs:receive() sim.sleep(1e6) end " WORKER "jobs:send(1)");
    CU_ASSERT_PTR_NOT_NULL(strstr(message, "received a message while all its slots are taken: declare slots = 2 or delete"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "clients hold their connections", clients_hold_their_connections },
        { "who gets none is told why", who_gets_none_is_told_why },
        { "programs hear of their sessions", programs_hear_of_their_sessions },
        { "sessions resume", sessions_resume },
        { "handles are told apart", handles_are_told_apart },
        { "messages and sessions share the slots", messages_and_sessions_share_the_slots },
        { "targets are deregistered", targets_are_deregistered },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/session", tests);
    scenes_end();
    return status;
}
