/* The module `sqs` as scenarios meet it: queues and their attributes, batches, FIFO queues, dead letters, priorities. */
#include <math.h>
#include <stdio.h>

#include "lib/unit.h"
#include "model/outcome.h"
#include "scene.h"

struct row {
    const char *script, *said;
};

#define LOG "local function log(...) sim.log(string.rep(\"%s \", select(\"#\", ...)):sub(1, -2), ...) end "

static void check_rows(const struct row *rows, size_t count)
{
    static struct scene scene;
    for (size_t i = 0; i < count; i++) {
        bool good = begins_with(scene_play(&scene, rows[i].script), rows[i].said);
        if (!good) {
            printf("    row %zu\n", i);
        }
        CU_ASSERT(good);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

/* ---- attributes --------------------------------------------------------------------------------------------- */

#define QUEUE(name, fields) MODULES "sqs.create_queue { queue_name = \"dead\" } " \
                            "sqs.create_queue { queue_name = \"dead.fifo\", fifo_queue = true }\n" \
                            "sqs.create_queue { queue_name = \"" name "\", " fields " }"
#define REDRIVE(name, fields, target, count) QUEUE(name, fields "redrive_policy = { dead_letter_target_arn = \"" target \
                                                   "\", max_receive_count = " count " }")

static void attributes_are_checked(void)
{
    static const struct row rows[] = {
        { QUEUE("q", "redrive_policy = {}"), "case.lua:2: create_queue.redrive_policy: missing 'dead_letter_target_arn'" },
        { QUEUE("q", "redrive_policy = 3"), "case.lua:2: create_queue.redrive_policy: expected a table, got a number" },
        { QUEUE("q", "redrive_policy = { dead_letter_target_arn = \"dead\", max_receives = 3 }"),
          "case.lua:2: create_queue.redrive_policy: unknown field 'max_receives'" },
        { REDRIVE("q", "", "ded", "3"),
          "case.lua:2: create_queue.redrive_policy.dead_letter_target_arn: unknown queue 'ded', did you mean 'dead'?" },
        { REDRIVE("q", "", "q", "3"), "case.lua:2: create_queue.redrive_policy: 'q' cannot be its own dead-letter queue" },
        { REDRIVE("q", "", "dead", "0"), "case.lua:2: create_queue.redrive_policy.max_receive_count: 0 is outside 1..1000" },
        { REDRIVE("q", "", "dead", "1001"), "case.lua:2: create_queue.redrive_policy.max_receive_count: 1001 is outside 1..1000" },
        { REDRIVE("q", "", "dead", "1.5"), "case.lua:2: create_queue.redrive_policy.max_receive_count: 1.5 is not a whole number" },
        { REDRIVE("q", "", "dead.fifo", "3"),    /* SQS-06 */
          "case.lua:2: create_queue: the dead-letter queue of a standard queue is a standard queue too, 'dead.fifo' is not" },
        { REDRIVE("q.fifo", "fifo_queue = true, ", "dead", "3"),
          "case.lua:2: create_queue: the dead-letter queue of a FIFO queue is a FIFO queue too, 'dead' is not" },
        { QUEUE("q.fifo", ""), "case.lua:2: create_queue: 'q.fifo' is the name of a FIFO queue, which has fifo_queue = true" },
        { QUEUE("q", "fifo_queue = true"), "case.lua:2: create_queue: 'q': the name of a FIFO queue ends in '.fifo'" },
        { QUEUE("q.fifo", "fifo_queue = \"true\""), "case.lua:2: create_queue.fifo_queue: expected true or false, got a string" },
        { QUEUE("q", "content_based_deduplication = true"),
          "case.lua:2: create_queue: only a FIFO queue has content_based_deduplication" },
        { QUEUE("q.fifo", "fifo_queue = true, deduplication_scope = \"messageGroup\""),
          "case.lua:2: create_queue.deduplication_scope: unknown value 'messageGroup', expected queue" },
        { QUEUE("q", "message_retention_period = 59"), "case.lua:2: create_queue.message_retention_period: 59 is outside 60..1209600" },
        { QUEUE("q", "delay_seconds = \"16m\""), "case.lua:2: create_queue.delay_seconds: 960 is outside 0..900" },
        { QUEUE("q", "receive_message_wait_time_seconds = 21"),
          "case.lua:2: create_queue.receive_message_wait_time_seconds: 21 is outside 0..20" },
        { MODULES "local q = sqs.create_queue { queue_name = \"q.fifo\", fifo_queue = true }\n"
                  "sim.arrivals { rate = 1, into = q, work = 1 }",
          "case.lua:2: arrivals.into: messages to the FIFO queue 'q.fifo' need a group each: send them in 'each'" },
    };
    CHECK_ROWS(rows);
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

#define SEND(call) MODULES "local q, f, c = sqs.create_queue { queue_name = \"q\" }, " \
                   "sqs.create_queue { queue_name = \"f.fifo\", fifo_queue = true }, " \
                   "sqs.create_queue { queue_name = \"c.fifo\", fifo_queue = true, content_based_deduplication = true }\n" call

static void what_is_sent_is_checked(void)
{
    static const struct row rows[] = {
        { SEND("q:send(-1)"), "case.lua:2: queue:send: expected seconds of work, not below 0, got -1" },
        { SEND("q:send(\"1\")"), "case.lua:2: queue:send: expected seconds of work, not below 0, got a string" },
        { SEND("q:send(0/0)"), "case.lua:2: queue:send: expected seconds of work, not below 0, got nan" },
        { SEND("q:send(1e10)"), "case.lua:2: queue:send: expected seconds of work, below 9e9, got 10000000000" },
        { SEND("q:send(1, 901)"), "case.lua:2: queue:send: delay: a message is delayed for 15 minutes at most" },   /* SQS-05 */
        { SEND("q:send(1, -1)"), "case.lua:2: queue:send: delay: expected a time, not below 0, got -1" },
        { SEND("q:send(1, {})"), "case.lua:2: queue:send: delay: expected a time in seconds or as in \"2m30s\", got a table" },
        { SEND("q:send(1, nil, \"g\")"), "case.lua:2: queue:send: only a FIFO queue takes a group and a deduplication id" },
        { SEND("q:send(1, nil, nil, \"d\")"), "case.lua:2: queue:send: only a FIFO queue takes a group and a deduplication id" },
        { SEND("f:send(1)"), "case.lua:2: queue:send: a message to a FIFO queue needs a group: send(work, nil, group, deduplication_id)" },
        { SEND("f:send(1, nil, \"g\")"),
          "case.lua:2: queue:send: the queue has no content_based_deduplication, so that each message needs a deduplication id" },
        { SEND("c:send(1, 5, \"g\")"), "case.lua:2: queue:send: a FIFO queue delays all messages alike: delay_seconds of the queue" },
        { SEND("c:send(1, nil, \"\")"), "case.lua:2: queue:send: the ids of group and deduplication are texts of 1 to 128 characters" },
        { SEND("c:send(1, nil, (\"x\"):rep(129))"), "case.lua:2: queue:send: the ids of group and deduplication are texts of 1 to 128" },
        { SEND("c:send(1, nil, \"a\\0b\")"), "case.lua:2: queue:send: the ids of group and deduplication are texts of 1 to 128" },
        { SEND("c:send(1, nil, 1.5)"), "case.lua:2: queue:send: the ids of group and deduplication are texts of 1 to 128" },
        { SEND("q:send_batch {}"), "case.lua:2: bad argument #1 to 'send_batch' (expected 1 to 10 messages)" },
        { SEND("q:send_batch { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }"), "case.lua:2: bad argument #1 to 'send_batch' (expected 1 to 10" },
        { SEND("q:send_batch(1)"), "case.lua:2: bad argument #1 to 'send_batch' (table expected, got number)" },
        { SEND("q:send_batch { 1, \"x\" }"), "case.lua:2: queue:send_batch: entry 2: expected seconds of work, not below 0" },
        { SEND("q:send_batch { { work = 1 } }"), "case.lua:2: queue:send_batch: entry 1: expected seconds of work, not below 0, got a nil" },
        { SEND("q:send_batch { 1, { 2, \"16m\" } }"), "case.lua:2: queue:send_batch: entry 2: delay: a message is delayed for 15" },
        { SEND("q:send_batch { 1, { 2, nil, \"g\" } }"), "case.lua:2: queue:send_batch: entry 2: only a FIFO queue takes a group" },
        { SEND("f:send_batch { 1 }"), "case.lua:2: queue:send_batch: entry 1: a message to a FIFO queue needs a group" },
    };
    CHECK_ROWS(rows);
}

/* ---- receiving ---------------------------------------------------------------------------------------------- */

/* A worker of six slots that is handed `jobs`, as WORKER, and `orders.fifo`; ready at 3 s. */
#define PLAY(app, rest) MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 200 } " \
    "local function sizes(...) local t = table.pack(...) for i = 1, t.n do t[i] = t[i] and string.format(\"%g\", t[i]:work_left()) or \"none\" end " \
    "return table.concat(t, \" \") end " \
    "local jobs = sqs.create_queue { queue_name = \"jobs\", visibility_timeout = 30 } " \
    "local orders = sqs.create_queue { queue_name = \"orders.fifo\", fifo_queue = true, visibility_timeout = 30 } " \
    "local function app(task, jobs, orders) " app " end " \
    "ecs.create_service { service_name = \"worker\", desired_count = 1, task_definition = ecs.register_task_definition { " \
    "family = \"worker\", cpu = 256, memory = 512, container_definitions = { { app = app, slots = 6, queues = { jobs, orders } } } } } " rest

static void batches_are_received_and_deleted(void)
{
    static const struct row rows[] = {
        { PLAY("log(sizes(jobs:receive(3))) log(sizes(jobs:receive(3))) log(sizes(jobs:receive())) sim.sleep(1e6)",
               "jobs:send_batch { 1, 2, { 3 }, 4 }"),
          "3.01 1 2 3\n3.02 4\n3.03 none\n" },
        { PLAY("local a, b = jobs:receive(2) task:work(a) task:work(b) jobs:delete_batch(a, b) log(pcall(task.work, task, a)) "
               "jobs:delete_batch(a, b) sim.sleep(1) log(jobs:get_attributes().approximate_number_of_messages) sim.sleep(1e6)",
               "jobs:send_batch { 1, 2, 3 }"),
          "6.01 false bad argument #2 to '?' (the message has been deleted or handed back)\n7.04 1\n" },
        { PLAY("log(sizes(jobs:receive(3))) sim.sleep(1e6)", "jobs:send_batch { 1, { 2, 10 } }"), "3.01 1\n" },
        { PLAY("local a, b = jobs:receive(2) sim.sleep(40) log(sizes(jobs:receive(2)))  jobs:delete_batch(a, b) "
               "log(a:work_left()) sim.sleep(1e6)", "jobs:send_batch { 1, 2 }"),
          "43.02 1 2\n43.02 0.0\n" },
    };
    CHECK_ROWS(rows);
}

static void wrong_batches_are_errors(void)
{
    static const struct row rows[] = {
        { PLAY("\njobs:receive(0)", ""), "at 3 s: case.lua:2: bad argument #1 to 'receive' (a receive takes 1 to 10 messages)" },
        { PLAY("\njobs:receive(11)", ""), "at 3 s: case.lua:2: bad argument #1 to 'receive' (a receive takes 1 to 10 messages)" },
        { PLAY("\njobs:receive(7)", ""),
          "at 3 s: case.lua:2: queue:receive: all slots of the task are taken; a program that takes more messages at once needs slots = 7 " },
        { PLAY("task:spawn(function() jobs:receive(4) sim.sleep(1e6) end) sim.sleep(1)\njobs:receive(4)", "jobs:send_batch { 1, 2, 3 }"),
          "at 4 s: case.lua:2: queue:receive: all slots of the task are taken; a program that takes more messages at once needs slots = 7 " },
        { PLAY("task:spawn(function() task:serve {} end) sim.sleep(1) task:connect()\njobs:receive(6)", ""),
          "at 4 s: case.lua:2: queue:receive: all slots of the task are taken; a program that takes more messages at once needs slots = 7 " },
        { PLAY("local a = jobs:receive()\njobs:delete_batch(a, orders:receive())", "jobs:send(1) orders:send(1, nil, 1, 1)"),
          "at 3.02 s: case.lua:2: bad argument #2 to 'delete_batch' (a message of another queue)" },
        { PLAY("local a = jobs:receive()\njobs:delete_batch(a, a)", "jobs:send(1)"),
          "at 3.01 s: case.lua:2: bad argument #2 to 'delete_batch' (the same message twice)" },
        { PLAY("\njobs:delete_batch()", ""), "at 3 s: case.lua:2: bad argument #1 to 'delete_batch' (expected 1 to 10 messages)" },
        { PLAY("\njobs:delete_batch(1)", ""), "at 3 s: case.lua:2: bad argument #1 to 'delete_batch' (message expected, got number)" },
    };
    CHECK_ROWS(rows);
}

static void a_fifo_queue_keeps_its_order(void)
{
    static const struct row rows[] = {
        { PLAY("log(sizes(orders:receive(3))) log(sizes(orders:receive(3))) sim.sleep(1e6)",
               "orders:send(1, nil, \"a\", 1) orders:send_batch { { 2, nil, \"a\", 2 }, { 3, nil, 7, 3 }, { 4, nil, \"a\", 4 } }"),
          "3.01 1 2 4\n3.02 3\n" },
        { PLAY("log(sizes(orders:receive(3))) sim.sleep(300)", "orders:send(1, nil, 7, \"x\") orders:send(2, nil, 8, \"x\") "
               "orders:send(3, nil, 8, 5) orders:send(3, nil, 8, \"5\")"),
          "3.01 1 3\n" },
        { PLAY("local a = orders:receive() sim.sleep(40) a:delete() log(orders:get_attributes().approximate_number_of_messages) "
               "sim.sleep(1e6)", "orders:send(1, nil, 7, \"x\")"),
          "43.03 1\n" },                             /* OWN-60 */
    };
    CHECK_ROWS(rows);
}

/* SQS-06: the receive count goes on in the dead-letter queue, which another service may read. */
static void dead_letters_can_be_received(void)
{
    static const struct row rows[] = {
        { MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 30 } "
          "local dead = sqs.create_queue { queue_name = \"dead\", receive_message_wait_time_seconds = 20 } "
          "local jobs = sqs.create_queue { queue_name = \"jobs\", redrive_policy = { dead_letter_target_arn = dead, max_receive_count = 2 } } "
          "local function service(name, app, queue) ecs.create_service { service_name = name, desired_count = 1, "
          "task_definition = ecs.register_task_definition { family = name, cpu = 256, memory = 512, "
          "container_definitions = { { app = app, queues = { queue } } } } } end "
          "service(\"worker\", function(task, queue) while true do local m = queue:receive() log(\"worker\", m and m:receive_count()) "
          "if m then m:change_visibility(0) end sim.sleep(10) end end, jobs) "
          "service(\"mender\", function(task, queue) while true do local m = queue:receive() if m then log(\"mender\", m:receive_count(), "
          "m:sent_timestamp()) task:work(m) m:delete() end end end, dead) "
          "jobs:send(5)",
          "3.01 worker 1\n13.03 worker 2\n23.05 mender 3 0.0\n23.05 worker nil\n" },
    };
    CHECK_ROWS(rows);
}

/* SQS-04. Two tasks, since one has at most 100,000 slots. */
static void over_the_limit_a_short_poll_says_so(void)
{
    static const struct row rows[] = {
        { MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 300 } "
          "local jobs = sqs.create_queue { queue_name = \"jobs\", visibility_timeout = \"12h\" } "
          "local function app(task, jobs) local taken, answer, why = 0 repeat answer, why = jobs:receive(10) until not answer "
          "log(why) sim.sleep(1e6) end "
          "ecs.create_service { service_name = \"worker\", desired_count = 2, task_definition = ecs.register_task_definition { "
          "family = \"worker\", cpu = 256, memory = 512, container_definitions = { { app = app, slots = 70000, queues = { jobs } } } } } "
          "for i = 1, 12001 do jobs:send_batch { i, i, i, i, i, i, i, i, i, i } end",
          "64.01 OverLimit\n64.01 OverLimit\n" },
    };
    CHECK_ROWS(rows);
}

/* ---- priorities --------------------------------------------------------------------------------------------- */

static double number(const struct scene *scene, const char *name, const char *queue)
{
    struct kpi_scope scope = { .world = scene->world, .service = queue == NULL ? scene->world->services[0] : NULL };
    scope.queue = queue != NULL ? world_find_queue(scene->world, queue) : NULL;
    return kpi_value(kpi_find(name), &scope, -1);
}

#define WORKER_OF_TWO \
    "local urgent = sqs.create_queue { queue_name = \"urgent\" } " \
    "local normal = sqs.create_queue { queue_name = \"normal\", receive_message_wait_time_seconds = 20 } " \
    "local function app(task, urgent, normal) while true do local m = urgent:receive() or normal:receive() " \
    "if m then log(m:work_left()) task:work(m) m:delete() end end end " \
    "ecs.create_service { service_name = \"worker\", desired_count = 1, task_definition = ecs.register_task_definition { " \
    "family = \"worker\", cpu = 256, memory = 512, container_definitions = { { app = app, queues = { urgent, normal } } } } } "

/* A worker that looks into the important queue before it waits at the other: what it needs, did and cost is of both. */
static void the_important_queue_comes_first(void)
{
    static struct scene scene;
    CU_ASSERT_FATAL(scene_load(&scene, MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 103, slo = 30 } " WORKER_OF_TWO
        "normal:send_batch { 10, 10, 10 } sim.at(5, function() urgent:send(11) end) sim.at(60, function() normal:send(9) end)"));
    CU_ASSERT_FATAL(scene_run(&scene));
    CU_ASSERT(same_text(scene.log, "3.02 10.0\n13.04 11.0\n24.07 10.0\n34.1 10.0\n60.005 9.0\n"));
    static const struct {
        const char *name, *queue;
        double value;
    } rows[] = {
        { "jobs_done", NULL, 5 }, { "jobs_done", "urgent", 1 }, { "jobs_done", "normal", 4 },
        { "redeliveries", NULL, 0 }, { "dlq", NULL, 0 },
        { "slo_attainment", "urgent", 1 }, { "slo_attainment", "normal", 0.5 },
        { "util", NULL, 50.025 / 100 },          /* each held for 5 ms before its receive has returned */
        /* need 3 until 5, 4 until 10, 1 until 16, 1 from 60 to 69; one task ready from 3 on */
        { "under_area", NULL, (3 * 3 + 2 * 2 + 5 * 3) / 3600.0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = number(&scene, rows[i].name, rows[i].queue);
        if (fabs(value - rows[i].value) > 2e-3 * (1 + rows[i].value)) {
            printf("    %s of %s is %g\n", rows[i].name, rows[i].queue != NULL ? rows[i].queue : "the service", value);
        }
        CU_ASSERT_DOUBLE_EQUAL(value, rows[i].value, 2e-3 * (1 + rows[i].value));
    }
    scene_finish(&scene);
}

/* A run that drains waits for jobs; dead letters that nobody reads would never go. */
static void a_draining_run_does_not_wait_for_dead_letters(void)
{
    static struct scene scene;
    CU_ASSERT_FATAL(scene_load(&scene, MODULES FAST_ASSUMPTIONS "sim.scenario { duration = 60, drain = \"1h\" } "
        "local dead = sqs.create_queue { queue_name = \"dead\" } "
        "local jobs = sqs.create_queue { queue_name = \"jobs\", visibility_timeout = 20, "
        "redrive_policy = { dead_letter_target_arn = dead, max_receive_count = 1 } } "
        "local function app(task, jobs) while true do local m = jobs:receive() if m and m:work_left() > 5 then m:change_visibility(0) "
        "elseif m then task:work(m) m:delete() end sim.sleep(1) end end "
        "ecs.create_service { service_name = \"worker\", desired_count = 1, task_definition = ecs.register_task_definition { "
        "family = \"worker\", cpu = 256, memory = 512, container_definitions = { { app = app, queues = { jobs } } } } } "
        "sim.arrivals { times = { 1, 57, 58, 59 }, work = { 9, 4, 4, 4 }, into = jobs }"));
    CU_ASSERT_FATAL(scene_run(&scene));
    CU_ASSERT_EQUAL(world_find_queue(scene.world, "dead")->visible, 1);
    CU_ASSERT(scene.world->ended_at > 60 * SIM_SECOND && scene.world->ended_at < 90 * SIM_SECOND);
    scene_finish(&scene);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "attributes are checked", attributes_are_checked },
        { "what is sent is checked", what_is_sent_is_checked },
        { "SQS-03: batches are received and deleted", batches_are_received_and_deleted },
        { "wrong batches are errors", wrong_batches_are_errors },
        { "SQS-07: a FIFO queue keeps its order", a_fifo_queue_keeps_its_order },
        { "SQS-06: dead letters can be received", dead_letters_can_be_received },
        { "SQS-04: over the limit a short poll says so", over_the_limit_a_short_poll_says_so },
        { "the important queue comes first", the_important_queue_comes_first },
        { "a draining run does not wait for dead letters", a_draining_run_does_not_wait_for_dead_letters },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/sqs", tests);
    scenes_end();
    return status;
}
