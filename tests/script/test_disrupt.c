/* sim.disrupt, ecs.run_task, stop_task, delete_service and set_healthy from Lua: what they do, and what a mistake is told. */
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

/* A service of one task that idles; one of two on Spot that leave when they are told to. */
#define SLEEPER "local function app(task) while not task.stopping do sim.sleep(600) end end "
#define CALM MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1h\" } " SLEEPER WORKER
#define WEB                                                                                                                \
    MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1h\" } "                                                         \
            "local function app(task) task:on_sigterm(function() task:exit(0) end) while true do sim.sleep(600) end end " \
            "local definition = ecs.register_task_definition { family = \"web\", cpu = 256, memory = 512, "               \
            "container_definitions = { { app = app, health_check = { interval = 10, retries = 2 } } } } "                 \
            "local web = ecs.create_service { service_name = \"web\", desired_count = 2, task_definition = definition, "  \
            "capacity_provider_strategy = { { capacity_provider = \"FARGATE_SPOT\", weight = 1 } } } "                    \
            "local function first() return ecs.list_tasks { service_name = web }.task_arns[1] end "                        \
            "local function tell(task) local t = ecs.describe_tasks { tasks = { task } }.tasks[1] "                        \
            "sim.log(\"%s %s %s\", t.desired_status, t.stop_code or \"-\", t.stopped_reason or \"-\") end\n"
#define TELL(cause) WEB "sim.at(100, function() local task = first() sim.disrupt { service = web, cause = \"" cause "\", "  \
                        "count = 2 } repeat sim.sleep(1) "                                                                   \
                        "until ecs.describe_tasks { tasks = { task } }.tasks[1].stop_code tell(task) end)"

struct row {
    const char *script, *log;     /* the log's beginning, without its first time */
};

static void check_log(const struct row *row)
{
    static struct scene scene;
    const char *log = scene_play(&scene, row->script), *text = strchr(log, ' ');
    if (!begins_with(text != NULL ? text + 1 : log, row->log)) {
        CU_FAIL(row->script);
    }
}

static void disruptions_reach_their_tasks(void)
{
    static const struct row rows[] = {
        { WEB "sim.at(100, function() local task = first() sim.disrupt { service = web, cause = \"spot\", count = 2 } "
              "sim.sleep(1) tell(task) end)", "STOPPED SpotInterruption Your Spot Task was interrupted." },
        { WEB "sim.at(100, function() local task = first() sim.disrupt { service = web, cause = \"host\", share = 1 } "
              "sim.sleep(1) tell(task) end)", "STOPPED InfrastructureHealth " },
        { WEB "sim.at(100, function() local task = first() sim.disrupt { service = web, cause = \"crash\", count = 2 } "
              "sim.sleep(1) tell(task) end)", "STOPPED EssentialContainerExited " },
        { TELL("retirement"), "STOPPED ServiceSchedulerInitiated ECS is performing maintenance" },
        { TELL("drain"), "STOPPED ServiceSchedulerInitiated Container instance" },
        { TELL("health"), "STOPPED ServiceSchedulerInitiated Task failed container health checks" },
        { WEB "sim.disrupt { service = web, cause = \"spot\", start = 100 } sim.at(101, function() "
              "sim.log(\"%d\", ecs.describe_services { services = { web } }.services[1].running_count) end)", "1" },
        { WEB "sim.disrupt { service = web, cause = \"crash\", rate = 3600, start = 100, stop = 200 } "
              "sim.eventually { \"web.running_count == 0\", after = 100, within = 100 } "
              "sim.at(1000, function() sim.log(\"%d\", ecs.describe_services { services = { web } }.services[1].running_count) "
              "end)", "2" },
        { WEB "sim.disrupt { cause = \"shortage\", capacity_provider = \"FARGATE_SPOT\", duration = 500 } "
              "sim.at(400, function() sim.log(\"%s\", tostring(first())) end)", "nil" },
        { WEB "sim.disrupt { cause = \"zone\", availability_zone = \"a\", duration = 500, start = 100 } "
              "sim.at(101, function() sim.log(first().availability_zone) end)", "b" },
        { WEB "sim.disrupt { cause = \"throttle\", duration = 500, start = 100 } "
              "sim.at(101, function() local answer, code = ecs.list_tasks { service_name = web } sim.log(code) end)",
          "ThrottlingException" },
        { WEB "for _, nothing in ipairs { { rate = 0 }, { share = 0, start = 0 }, { count = 0, start = 0 } } do "
              "nothing.cause, nothing.service = \"spot\", web sim.disrupt(nothing) end "
              "sim.disrupt { cause = \"throttle\", duration = 0 } "
              "sim.at(101, function() sim.log(\"%d\", #ecs.list_tasks { service_name = web }.task_arns) end)", "2" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_log(&rows[i]);
    }
}

/* An alarm's function sees that the metric has fallen silent. */
#define SILENCE                                                                                                              \
    WEB "local cloudwatch = require \"cloudwatch\" sim.every(60, function() cloudwatch.put_metric_data(\"app\", \"x\", 5) end) " \
        "cloudwatch.put_metric_alarm { alarm_name = \"silent\", namespace = \"app\", metric_name = \"x\", statistic = \"Sum\", " \
        "period = 60, evaluation_periods = 1, threshold = 1, comparison_operator = \"LessThanThreshold\", "                      \
        "treat_missing_data = \"breaching\", alarm_actions = { function(state) if sim.now() > 900 then sim.log(state) end end } } "

static void metrics_fall_silent(void)
{
    static const struct row rows[] = {
        { SILENCE, "" },
        { SILENCE "sim.disrupt { cause = \"metrics\", metric = { namespace = \"app\", metric_name = \"x\" }, lost = true, "
                  "start = 900, duration = 900 }", "ALARM" },
        { SILENCE "sim.disrupt { cause = \"metrics\", metric = { namespace = \"app\", metric_name = \"x\" }, delay = \"10m\", "
                  "start = 900, duration = 900 }", "ALARM" },
        { SILENCE "sim.disrupt { cause = \"metrics\", service = web, lost = true, start = 900, duration = 900 }", "" },
    };
    static struct scene scene;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *log = scene_play(&scene, rows[i].script);
        CU_ASSERT((strstr(log, "ALARM") != NULL) == (*rows[i].log != '\0'));
        CU_ASSERT(strstr(log, "case.lua") == NULL);
    }
}

static void operators_start_and_stop_tasks(void)
{
    static const struct row rows[] = {
        { WEB "sim.at(100, function() local task = first() ecs.stop_task { task = task, reason = \"enough\" } tell(task) end)",
          "STOPPED UserInitiated enough" },
        { WEB "sim.at(100, function() local task = first() ecs.update_task_protection { tasks = { task }, "
              "protection_enabled = true } local answer = ecs.stop_task { task = task.task_arn } "
              "sim.log(\"%s %s\", answer.task.stop_code, answer.task.stopped_reason) end)",       /* PROT-39 */
          "UserInitiated Task stopped by user" },
        { WEB "sim.at(100, function() local _, code, message = ecs.stop_task { task = \"0123\" } sim.log(code .. message) end)",
          "InvalidParameterExceptionThe referenced task was not found." },
        { WEB "sim.at(100, function() local answer = ecs.run_task { task_definition = definition, count = 2 } sim.sleep(60) "
              "local listed = ecs.list_tasks { family = \"web\" }.task_arns "
              "sim.log(\"%d %d %d\", #answer.tasks, #answer.failures, #listed) end)",
          "2 0 4" },
        { WEB "sim.at(100, function() local task = ecs.run_task { task_definition = definition }.tasks[1].task_arn "
              "local answer = ecs.update_task_protection { tasks = { task }, protection_enabled = true } "
              "sim.log(answer.failures[1].reason) end)",                                          /* PROT-09 */
          "TASK_NOT_VALID" },
        { WEB "sim.at(100, function() for i = 1, 21 do sim.spawn(function() "
              "local answer, code = ecs.run_task { task_definition = definition } if not answer then sim.log(code) end end) "
              "end end)", "ThrottlingException" },                                                /* SCHED-24 */
        { WEB "sim.disrupt { cause = \"shortage\", duration = 500 } sim.at(100, function() "
              "local answer = ecs.run_task { task_definition = definition, count = 3 } "
              "sim.log(\"%d %d %s\", #answer.tasks, #answer.failures, answer.failures[1].reason) end)",
          "0 3 Capacity is unavailable at this time." },
        { WEB "sim.at(100, function() local _, code = ecs.delete_service { service = web } sim.log(code) end)",   /* PROT-47 */
          "InvalidParameterException" },
        { WEB "sim.at(100, function() local answer = ecs.delete_service { service = web, force = true } sim.sleep(60) "
              "local now = ecs.describe_services { services = { web } }.services[1] "
              "local _, code = ecs.update_service { service = web, desired_count = 1 } "
              "sim.log(\"%s %s %d %s\", answer.service.status, now.status, now.running_count, code) end)",        /* PROT-48 */
          "DRAINING INACTIVE 0 ServiceNotActiveException" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_log(&rows[i]);
    }
}

/* PROT-41: the program itself says that it is unwell. */
static void a_program_may_call_itself_unhealthy(void)
{
    static const struct row row = {
        MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1h\" } local sick = false "
        "local function app(task) sim.sleep(100) if not sick then sick = true task:set_healthy(false) end sim.sleep(3600) end "
        "local web = ecs.create_service { service_name = \"web\", desired_count = 1, "
        "task_definition = ecs.register_task_definition { family = \"web\", cpu = 256, memory = 512, "
        "container_definitions = { { app = app, health_check = { interval = 10, retries = 2 } } } } } "
        "sim.at(60, function() local task = ecs.list_tasks { service_name = web }.task_arns[1] sim.sleep(100) "
        "sim.log(ecs.describe_tasks { tasks = { task } }.tasks[1].stopped_reason) end)",
        "Task failed container health checks",
    };
    check_log(&row);
}

/* One job, one task: the numbers of a family stand in its own name, and the books balance. */
static void standalone_tasks_have_numbers(void)
{
    static struct scene scene;
    static const char script[] =
        MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"1h\" } "
        "local jobs = sqs.create_queue { queue_name = \"jobs\", visibility_timeout = \"10m\" } "
        "local function work(task, queue) local message = queue:receive() if message then task:work(message) "
        "message:delete() end end "
        "local batch = ecs.register_task_definition { family = \"batch\", cpu = 256, memory = 512, "
        "container_definitions = { { app = work, queues = { jobs } } } } "
        "sim.arrivals { times = { 100, 200, 3590 }, each = function() jobs:send(50) ecs.run_task { task_definition = batch } end } "
        "sim.disrupt { cause = \"host\", family = \"batch\", start = 220 } "
        "sim.expect { [\"batch.busy_stops{host}\"] = 1, [\"batch.jobs_done\"] = 1, [\"batch.cost\"] = \"> 0\", "
        "[\"jobs_cut{host}\"] = 1, [\"work_lost_s{host}\"] = \"> 10\" }";
    CU_ASSERT_FATAL(scene_load(&scene, script));
    CU_ASSERT(scene_run(&scene));
    for (size_t i = 0; i < scenario_verdict_count(scene.scenario); i++) {
        struct verdict verdict = scenario_verdict(scene.scenario, i);
        if (!verdict.held) {
            CU_FAIL(verdict.text);
        }
    }
    scene_finish(&scene);
}

#define DISRUPT(fields) CALM "\nsim.disrupt { " fields " }"

static void mistakes_name_the_path(void)
{
    static const struct row rows[] = {
        { DISRUPT("service = worker, start = 1"), "disrupt: missing 'cause'" },
        { DISRUPT("cause = \"spott\", service = worker, start = 1"),
          "disrupt.cause: unknown value 'spott', did you mean 'spot'?" },
        { DISRUPT("cause = \"flood\""), "disrupt.cause: unknown value 'flood', expected crash, drain, health, host" },
        { DISRUPT("cause = \"spot\", start = 1"), "disrupt: missing 'service' or 'family'" },
        { DISRUPT("cause = \"spot\", service = \"workr\", start = 1"),
          "disrupt.service: unknown service 'workr', did you mean 'worker'?" },
        { DISRUPT("cause = \"spot\", service = worker"), "disrupt: missing 'start': while the scenario is built" },
        { DISRUPT("cause = \"spot\", service = worker, start = 1, count = 1, share = 0.5"),
          "disrupt: expected either 'count' or 'share', got both" },
        { DISRUPT("cause = \"spot\", service = worker, rate = 1, count = 1"),
          "disrupt: expected either 'count' or 'rate', got both" },
        { DISRUPT("cause = \"spot\", service = worker, rate = -1"), "disrupt.rate: -1 is outside 0..1000000" },
        { DISRUPT("cause = \"spot\", service = worker, start = 1, stop = 2"), "disrupt: 'stop' goes with a 'rate'" },
        { DISRUPT("cause = \"spot\", service = worker, rate = 1, start = 5, stop = 5"), "disrupt: stop is not after start" },
        { DISRUPT("cause = \"spot\", service = worker, start = 1, duration = 5"), "disrupt: cause 'spot' takes no 'duration'" },
        { DISRUPT("cause = \"drain\", family = \"worker\", start = 1"), "disrupt: cause 'drain' takes no 'family'" },
        { DISRUPT("cause = \"health\", service = worker, start = 1"),
          "disrupt: service 'worker' has neither a container health check nor a target group: nobody would notice" },
        { DISRUPT("cause = \"shortage\", capacity_provider = \"FARGATE_SPOOT\", duration = 1"),
          "disrupt.capacity_provider: unknown value 'FARGATE_SPOOT', did you mean 'FARGATE_SPOT'?" },
        { DISRUPT("cause = \"shortage\""), "disrupt: missing 'duration'" },
        { DISRUPT("cause = \"shortage\", duration = 1, service = worker"), "disrupt: cause 'shortage' takes no 'service'" },
        { DISRUPT("cause = \"zone\", duration = 1"), "disrupt: missing 'availability_zone'" },
        { DISRUPT("cause = \"zone\", availability_zone = \"d\", duration = 1"),
          "disrupt.availability_zone: unknown availability zone 'd'" },
        { DISRUPT("cause = \"metrics\", duration = 1, lost = true"), "disrupt: missing 'service' or 'metric'" },
        { DISRUPT("cause = \"metrics\", duration = 1, service = worker"), "disrupt: missing 'delay' or 'lost'" },
        { DISRUPT("cause = \"metrics\", duration = 1, lost = true, metric = { namespace = \"AWS/SQS\", metric_name = \"x\" }"),
          "disrupt: namespace AWS/SQS: unknown metric 'x'" },
        { DISRUPT("cause = \"throttle\", duration = 1, share = 2"), "disrupt.share: 2 is outside 0..1" },
        { DISRUPT("cause = \"throttle\", duraton = 1"), "disrupt: unknown field 'duraton', did you mean 'duration'?" },
        { CALM "\nsim.at(10, function() sim.disrupt { cause = \"crash\", service = worker, start = 5 } end)",
          "disrupt: start: this time has passed" },
        { CALM "\nsim.at(10, function() ecs.stop_task {} end)", "stop_task: missing 'task'" },
        { CALM "\nsim.at(10, function() ecs.run_task { task_definition = \"worker\", count = 11 } end)",
          "run_task.count: 11 is outside 1..10" },
        { CALM "\nsim.at(10, function() ecs.delete_service { service = \"workr\" } end)",
          "delete_service.service: unknown service 'workr', did you mean 'worker'?" },
        { CALM "\nsim.at(10, function() ecs.list_tasks {} end)", "list_tasks: missing 'service_name' or 'family'" },
    };
    static struct scene scene;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *message = scene_play(&scene, rows[i].script), *place = strstr(message, "case.lua:2: ");
        if (place == NULL || !begins_with(place + strlen("case.lua:2: "), rows[i].log)) {
            CU_FAIL(rows[i].log);
        }
    }
}

int main(void)
{
    scenes_begin();
    int status = unit_main("script/disrupt", (const struct unit_test[]){
        { "disruptions reach their tasks", disruptions_reach_their_tasks },
        { "metrics fall silent", metrics_fall_silent },
        { "operators start and stop tasks", operators_start_and_stop_tasks },
        { "a program may call itself unhealthy", a_program_may_call_itself_unhealthy },
        { "standalone tasks have numbers", standalone_tasks_have_numbers },
        { "mistakes name the path", mistakes_name_the_path },
        UNIT_END,
    });
    scenes_end();
    return status;
}
