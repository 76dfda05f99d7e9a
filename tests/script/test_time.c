/* Coroutines of a scenario, what they wait for, and the life of a container, instant by instant. */
#include "lib/unit.h"
#include "scene.h"

/* A script and what it logs: "SECONDS text". */
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

#define LOG "local function log(...) sim.log(string.rep(\"%s \", select(\"#\", ...)):sub(1, -2), ...) end "

static void processes_of_the_world_run_on_time(void)
{
    static const struct row rows[] = {
        { MODULES LOG "sim.scenario { duration = 100 } sim.spawn(function(a, b) log(a, b) sim.sleep(\"1m30s\") log(\"up\") end, 1, \"x\") "
                      "log(\"built\")",
          "0 built\n0 1 x\n90 up\n" },
        { MODULES LOG "sim.scenario { duration = 100 } sim.at(5, function() log(\"b\") end) sim.at(2, function() log(\"a\") "
                      "sim.at(3, function() log(\"nested\") end) end)",
          "2 a\n3 nested\n5 b\n" },
        { MODULES LOG "sim.scenario { duration = 35 } sim.every(10, function() log(sim.now()) end)", "10 10.0\n20 20.0\n30 30.0\n" },
        { MODULES LOG "sim.scenario { duration = 45 } sim.every(10, function() log(\"beat\") sim.sleep(15) end)",
          "10 beat\n30 beat\n" },                    /* a beat that falls while the last one runs is skipped */
        { MODULES LOG "sim.scenario { duration = 10 } sim.spawn(function() log(\"first\") sim.spawn(function() log(\"third\") end) "
                      "log(\"second\") end)",
          "0 first\n0 second\n0 third\n" },
        { MODULES LOG "sim.scenario { duration = 10 } sim.at(1, function() log(pcall(function() sim.sleep(2) error(\"x\", 0) end)) end)",
          "3 false x\n" },                           /* waiting inside pcall */
        { MODULES LOG "sim.scenario { duration = 100 } sim.arrivals { times = { 1, 1, 4 }, each = function(i) sim.sleep(10) log(i) end }",
          "11 1\n11 2\n14 3\n" },
        { MODULES LOG "sim.scenario { duration = 10 } sim.at(1, function() log(\"waits\") sim.sleep(math.huge) log(\"never\") end)",
          "1 waits\n" },                              /* later than time can be */
    };
    CHECK_ROWS(rows);
}

static void channels_are_first_in_first_out(void)
{
    static const struct row rows[] = {
        { MODULES LOG "sim.scenario { duration = 10 } local c = sim.channel() c:put(1) c:put(\"two\") log(#c) "
                      "sim.spawn(function() log(c:get(), c:get(), #c) end)",
          "0 2\n0 1 two 0\n" },
        { MODULES LOG "sim.scenario { duration = 10 } local c = sim.channel() "
                      "for i = 1, 2 do sim.spawn(function() log(i, c:get()) end) end "
                      "sim.at(3, function() c:put(\"a\") c:put(\"b\") log(#c) end)",
          "3 0\n3 1 a\n3 2 b\n" },
        { MODULES LOG "sim.scenario { duration = 10 } local c = sim.channel() sim.spawn(function() log(c:get(4)) log(c:get(0)) "
                      "log(c:get(4)) end) sim.at(5, function() c:put(7) end)",
          "4 nil\n4 nil\n5 7\n" },
        { MODULES LOG "sim.scenario { duration = 10 } local c = sim.channel() "           /* promised to the waiter */
                      "sim.spawn(function() log(\"waiter\", c:get()) end) "
                      "sim.at(1, function() c:put(1) log(\"thief\", c:get(0)) end)",
          "1 thief nil\n1 waiter 1\n" },
        { MODULES "sim.channel():put(nil)", "case.lua:1: bad argument #1 to 'put' (value other than nil expected, got nil)" },
    };
    CHECK_ROWS(rows);
}

static void resources_are_handed_out_in_order(void)
{
    static const struct row rows[] = {
        { MODULES LOG "sim.scenario { duration = 20 } local db = sim.resource { name = \"db\", capacity = 2 } "
                      "for i = 1, 3 do sim.spawn(function() db:acquire() log(\"in\", i) sim.sleep(i) db:release() end) end",
          "0 in 1\n0 in 2\n1 in 3\n" },
        { MODULES LOG "sim.scenario { duration = 20 } local db = sim.resource { name = \"db\", capacity = 2 } "
                      "sim.spawn(function() log(db:acquire(2)) sim.sleep(5) db:release(2) end) "
                      "sim.spawn(function() log(db:acquire(1, 0)) log(db:acquire(1, 3)) log(db:acquire(1, 3)) end)",
          "0 true\n0 false\n3 false\n5 true\n" },
        { MODULES LOG "sim.scenario { duration = 20 } local db = sim.resource { name = \"db\", capacity = 2 } "
                      "sim.spawn(function() db:acquire(1) sim.sleep(5) db:release(1) end) "           /* no overtaking */
                      "sim.spawn(function() db:acquire(2) log(\"big\") db:release(2) end) "
                      "sim.spawn(function() db:acquire(1) log(\"small\") end)",
          "5 big\n5 small\n" },
        { MODULES "local db = sim.resource { name = \"db\", capacity = 2 } sim.spawn(function() db:release() end)",
          "at 0 s: case.lua:1: resource 'db': 1 released, but only 0 held (in sim.spawn)" },
        { MODULES "local db = sim.resource { name = \"db\", capacity = 2 } sim.spawn(function() db:acquire(3) end)",
          "at 0 s: case.lua:1: resource 'db': 3 units are outside 1..2 (in sim.spawn)" },
    };
    CHECK_ROWS(rows);
}

/* The worker's task is ready at 3 s. */
#define PLAY(app, rest) MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 100 } local function app(task, jobs) " app " end " \
                        WORKER rest

static void work_takes_its_time(void)
{
    static const struct row rows[] = {
        { PLAY("log(\"ready\") local m = jobs:receive() log(\"got\", m:work_left(), m:receive_count(), m:sent_timestamp()) "
               "log(task:work(m)) m:delete() sim.sleep(1e6)", "jobs:send(30)"),
          "3 ready\n3.01 got 30.0 1 0.0\n33.01 0.0\n" },
        { PLAY("local m = jobs:receive() log(task:work(m, 10)) m:checkpoint() log(task:work(m, 50)) m:delete() sim.sleep(1e6)",
               "jobs:send(30)"),
          "13.01 20.0\n33.01 0.0\n" },
        { PLAY("log(task:work(5)) sim.sleep(1e6)", ""), "8 0\n" },
        { PLAY("log(jobs:receive()) sim.sleep(1e6)", ""), "23.01 nil\n" },
        { PLAY("task:parallel(2, function(i) task:work(5) log(i) end) log(\"both\") sim.sleep(1e6)", ""),
          "13 1\n13 2\n13 both\n" },                 /* METRIC-08: they share the CPU */
        { PLAY("task:spawn(function(x) log(x) sim.sleep(2) log(\"never\") end, \"bg\") sim.sleep(1) log(\"exit\") task:exit(3)",
               "sim.at(8, function() ecs.update_service { service = worker, desired_count = 0 } end)"),
          "3 bg\n4 exit\n6 bg\n7 exit\n9 bg\n10 exit\n" },        /* SCHED-36: replaced until nobody wants it */
        { PLAY("log(jobs:get_attributes().approximate_number_of_messages) sim.sleep(1e6)", "jobs:send(1) jobs:send(1, 60)"), "3.01 1\n" },
        { PLAY("local m = jobs:receive() m:delete() log(pcall(task.work, task, m)) m:delete() log(m:change_visibility(5)) "
               "log(m:work_left()) sim.sleep(1e6)", "jobs:send(30)"),
          "3.01 false bad argument #2 to '?' (the message has been deleted or handed back)\n3.01 nil MessageNotInflight\n3.01 0.0\n" },
    };
    CHECK_ROWS(rows);
}

static void protection_answers_as_the_endpoint(void)
{
    static const struct row rows[] = {
        { PLAY("log(task:protect(60)) log(task:get_protection()) log(task:unprotect()) log(task:get_protection()) sim.sleep(1e6)", ""),
          "3.04 true 3603.02 200\n3.08 true 3603.02 200\n3.12 true nil 200\n3.16 false nil 200\n" },
        { PLAY("log(task:protect(0)) log(task:protect(2881)) log(task:protect()) sim.sleep(1e6)", ""),
          "3.04 nil InvalidParameterException 400\n3.08 nil InvalidParameterException 400\n3.12 true 7203.1 200\n" },
        { MODULES FAST_ASSUMPTIONS LOG "sim.assume { protect_error_p = 1 } sim.scenario { duration = 10 } "
                  "local function app(task) log(task:protect(1)) sim.sleep(1e6) end " WORKER,
          "3.04 nil ServerException 500\n" },
        { MODULES FAST_ASSUMPTIONS LOG "sim.assume { protect_timeout_p = 1 } sim.scenario { duration = 10 } "
                  "local function app(task) log(task:protect(1)) sim.sleep(1e6) end " WORKER,
          "7 nil RequestCanceled 504\n" },
    };
    CHECK_ROWS(rows);
}

static void sigterm_sets_a_flag_and_calls_handlers(void)
{
    static const struct row rows[] = {
        { PLAY("task:on_sigterm(function() log(\"handler\", task.stopping) end) log(task.stopping) sim.sleep(60) log(\"killed?\")",
               "sim.at(10, function() ecs.update_service { service = worker, desired_count = 0 } end)"),
          "3 false\n11.02 handler true\n" },         /* PROT-70: nothing is interrupted; SIGKILL after 30 s */
        { PLAY("task:on_sigterm(function() log(\"leaving\") task:exit(0) end) sim.sleep(1e6)",
               "sim.at(10, function() ecs.update_service { service = worker, desired_count = 0 } sim.sleep(1.5) "
               "log(ecs.describe_services { services = { worker } }.services[1].running_count) end)"),
          "11.02 leaving\n11.58 0\n" },
    };
    CHECK_ROWS(rows);
}

static void a_container_gives_back_what_it_holds(void)
{
    static const struct row rows[] = {
        { MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 20 } local db = sim.resource { name = \"db\", capacity = 1 } "
                  "local function app(task) db:acquire() log(\"holds\") sim.sleep(2) task:exit(1) end " WORKER
                  "sim.at(4, function() log(db:acquire()) end)",
          "3 holds\n5 true\n" },
        { MODULES FAST_ASSUMPTIONS LOG "sim.scenario { duration = 12 } local c = sim.channel() "
                  "local function app(task) task:spawn(function() log(\"got\", c:get()) end) sim.sleep(2) task:exit(1) end " WORKER
                  "sim.at(6, function() c:put(1) log(#c) end)",
          "6 1\n7 got 1\n" },                        /* the getter died with its container: the value stays for the next */
    };
    CHECK_ROWS(rows);
}

static void controllers_see_aws_shapes(void)
{
    static const struct row rows[] = {
        { PLAY("sim.sleep(1e6)", "sim.at(20, function() local s = ecs.describe_services { services = { worker, \"worker\" } }.services "
               "log(#s, s[1].service_name, s[1].desired_count, s[1].running_count, s[1].pending_count, s[1].task_definition, "
               "s[1].deployments[1].status, #s[1].deployments, s[1].events[#s[1].events].created_at > 0) end)"),
          "20.04 2 worker 1 1 0 task definition worker:1 PRIMARY 1 true\n" },
        { PLAY("log(task.task_arn == ecs.list_tasks { service_name = \"worker\" }.task_arns[1].task_arn) sim.sleep(1e6)", ""),
          "3.04 true\n" },
        { PLAY("local same = ecs.list_tasks { service_name = worker }.task_arns[1] log(same == task, #task.task_arn, "
               "task.availability_zone, task.capacity_provider_name, task.task_definition_arn) sim.sleep(1e6)", ""),
          "case.lua:1: undefined global 'worker'" },
        { PLAY("sim.sleep(1e6)", "sim.at(20, function() local t = ecs.list_tasks { service_name = worker }.task_arns[1] "
               "local d = ecs.describe_tasks { tasks = { t, \"nope\" } } "
               "log(d.tasks[1].task_arn == t, d.tasks[1].last_status, d.tasks[1].desired_status, d.tasks[1].started_at, "
               "d.tasks[1].stopped_at, #d.failures, d.failures[1].arn, d.failures[1].reason) end)"),
          "20.08 true RUNNING RUNNING 3.0 nil 1 nope MISSING\n" },
        { PLAY("sim.sleep(1e6)", "sim.at(20, function() local t = ecs.list_tasks { service_name = worker }.task_arns[1] "
               "local a = ecs.update_task_protection { tasks = { t, \"x\" }, protection_enabled = true, expires_in_minutes = 1 } "
               "log(#a.protected_tasks, a.protected_tasks[1].task_arn == t, a.protected_tasks[1].expiration_date, #a.failures, "
               "a.failures[1].reason) "
               "local g = ecs.get_task_protection { tasks = { t } } log(g.protected_tasks[1].protection_enabled) "
               "sim.sleep(70) g = ecs.get_task_protection { tasks = { t.task_arn } } "
               "log(g.protected_tasks[1].protection_enabled, g.protected_tasks[1].expiration_date) end)"),
          "20.08 1 true 80.06 1 MISSING\n20.12 true\n90.16 false nil\n" },
        { PLAY("sim.sleep(1e6)", "sim.at(20, function() local t = ecs.list_tasks { service_name = worker }.task_arns[1] "
               "log(ecs.update_task_protection { tasks = { t }, protection_enabled = true, expires_in_minutes = 3000 }) end)"),
          "20.08 nil InvalidParameterException expiresInMinutes must be between 1 and 2880\n" },
        { PLAY("sim.sleep(1e6)", "sim.at(20, function() local throttled = 0 local done = sim.channel() "
               "for i = 1, 60 do sim.spawn(function() local a, code = ecs.update_service { service = worker } "
               "if not a then throttled = throttled + 1 log(code) end done:put(1) end) if i > 50 then break end end "
               "for i = 1, 51 do done:get() end log(throttled) end)"),
          "20.04 ThrottlingException\n20.04 1\n" },  /* PROT-15: a burst of 50 */
    };
    static struct scene scene;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *log = scene_play(&scene, rows[i].script);
        CU_ASSERT(i == 2 ? begins_with(log + 8, rows[i].log) : same_text(log, rows[i].log));
    }
}

static void alarms_call_functions_on_change(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES LOG
        "sim.assume { alarm_phase_s = 0 } sim.scenario { duration = \"10m\" } "
        "sim.every(10, function() cloudwatch.put_metric_data(\"My\", \"Load\", sim.now() < 200 and 1 or 9, { A = \"b\" }) end) "
        "cloudwatch.put_metric_alarm { alarm_name = \"high\", namespace = \"My\", metric_name = \"Load\", dimensions = { A = \"b\" }, "
        "statistic = \"Average\", period = 60, evaluation_periods = 1, threshold = 5, comparison_operator = \"GreaterThanThreshold\", "
        "alarm_actions = { function(state, previous) log(state, previous) end } }"), "300 ALARM OK\n"));
}

static void parameters_have_types(void)
{
    static struct scene scene;
    const struct scenario_setting settings[] = { { "a", "0.5" }, { "t", "1h30m" }, { "b", "true" } };
    const struct scenario_options options = { .path = "case.lua", .settings = settings, .setting_count = 3 };
    CU_ASSERT(scene_load_with(&scene, "-- Why?\n--  Look.\n\n-- not this\n" MODULES LOG
        "local p = sim.params { a = { 1, \"number\", max = 5 }, t = { \"10m\", \"time\" }, b = { false, \"switch\" }, "
        "c = { \"x\", \"choice\", { \"x\", \"y\" } }, n = { 360, \"whole\" } } "
        "log(p.a, p.t, p.b, p.c, p.n .. \"\") for k, v in pairs(p) do log(k, v) end", &options));
    CU_ASSERT(same_text(scene.log, "0 0.5 5400 true x 360\n0 a 0.5\n0 b true\n0 c x\n0 n 360\n0 t 5400\n"));
    CU_ASSERT(scenario_parameter_count(scene.scenario) == 5);
    const struct parameter *a = scenario_parameter(scene.scenario, 0), *t = scenario_parameter(scene.scenario, 4);
    CU_ASSERT(same_text(a->name, "a") && same_text(a->default_text, "1") && same_text(a->text, "0.5") && a->changed);
    CU_ASSERT(t->type == PARAMETER_TIME && same_text(t->default_text, "10m") && t->number == 5400);
    CU_ASSERT(!scenario_parameter(scene.scenario, 2)->changed);
    CU_ASSERT(same_text(scenario_header_line(scene.scenario, 0), "Why?"));
    CU_ASSERT(same_text(scenario_header_line(scene.scenario, 1), "Look."));
    CU_ASSERT(scenario_header_line(scene.scenario, 2) == NULL);
    scene_finish(&scene);
}

static void inputs_are_noted(void)
{
    static struct scene scene;
    scene_write("lib/empty.lua", "return {}");
    scene_write("jobs.csv", "at,size,note\n1,2.5,\n\"3\",4,\"a \"\"b\"\"\"\r\n");
    CU_ASSERT(scene_load(&scene, MODULES LOG "require \"lib.empty\" local t = sim.csv(\"jobs.csv\", { \"at\", \"size\" }) "
                                         "log(#t.at, t.at[2], t.size[1])"));
    CU_ASSERT(same_text(scene.log, "0 2 3 2.5\n"));
    CU_ASSERT(scenario_input_count(scene.scenario) == 3);
    const struct scenario_input *module = scenario_input(scene.scenario, 1), *csv = scenario_input(scene.scenario, 2);
    CU_ASSERT(same_text(module->role, "module") && same_text(module->name, "lib.empty") && module->bytes == 9);
    CU_ASSERT(same_text(csv->role, "csv") && same_text(csv->name, "jobs.csv"));
    CU_ASSERT(same_text(module->digest, "fnv1a64:20a2f7ea4dc2780d"));
    scene_finish(&scene);
}

static void csv_files_set_by_the_user_lie_in_the_working_directory(void)
{
    static struct scene scene;
    const struct scenario_setting setting = { "input", "here.csv" };
    const struct scenario_options options = { .path = "far/case.lua", .settings = &setting, .setting_count = 1 };
    const char *text = MODULES LOG "local p = sim.params { input = { \"there.csv\", \"jobs\" } } log(sim.csv(p.input).a[1])";
    scene_write("far/case.lua", text);
    scene_write("far/there.csv", "a\n1\n");
    scene_write("there.csv", "a\n2\n");
    scene_write("here.csv", "a\n3\n");
    CU_ASSERT(scene_load_with(&scene, "", &options) && same_text(scene.log, "0 3\n"));
    scene_finish(&scene);
    const struct scenario_options plain = { .path = "far/case.lua" };
    CU_ASSERT(scene_load_with(&scene, "", &plain) && same_text(scene.log, "0 1\n"));
    scene_finish(&scene);
}

static void fields_without_effect_are_listed(void)
{
    static struct scene scene;
    CU_ASSERT(scene_load(&scene, MODULES "for i = 1, 2 do sqs.create_queue { queue_name = \"q\" .. i, tags = {} } end "
                                         "ecs.register_task_definition { family = \"f\", cpu = 256, memory = 512, tags = {}, "
                                         "container_definitions = { { app = function() end, image = \"x\" } } }"));
    static const char *const expected[] = {
        "create_queue.tags", "register_task_definition.container_definitions[1].image", "register_task_definition.tags",
    };
    CU_ASSERT_FATAL(scenario_without_effect_count(scene.scenario) == 3);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT(same_text(scenario_without_effect(scene.scenario, i), expected[i]));
    }
    scene_finish(&scene);
}

static void what_the_user_assumes_wins(void)
{
    static struct scene scene;
    const struct scenario_setting assumption = { "reconcile_s", "7" };
    const struct scenario_options options = { .path = "case.lua", .assumptions = &assumption, .assumption_count = 1 };
    CU_ASSERT(scene_load_with(&scene, MODULES "sim.assume { reconcile_s = 3, renewals_exempt = false, blocked_rule = \"off\" }", &options));
    CU_ASSERT(assumed_number(&scene.world->assumptions, ASSUME_RECONCILE_S) == 7);
    CU_ASSERT(!assumed_on(&scene.world->assumptions, ASSUME_RENEWALS_EXEMPT));
    CU_ASSERT(assumed_choice(&scene.world->assumptions, ASSUME_BLOCKED_RULE) == BLOCKED_RULE_OFF);
    scene_finish(&scene);
}

static void verdicts_come_in_the_order_of_the_script(void)
{
    static struct scene scene;
    CU_ASSERT(scene_load(&scene, MODULES "sim.scenario { duration = 60 } local t = sim.tally(\"t\", \"s\") "
                                         "sim.params { k = { 2, \"factor\" } } sim.at(5, function() t:add(3) t:add(5) end) "
                                         "sim.expect { [\"t.mean\"] = \"< 3\", \"t.mean * k == 8\" } "
                                         "sim.expect { [\"t.count\"] = 2 }"));
    CU_ASSERT_FATAL(scenario_verdict_count(scene.scenario) == 3);
    CU_ASSERT(scene_run(&scene));
    CU_ASSERT(scenario_verdict(scene.scenario, 0).held);
    CU_ASSERT(!scenario_verdict(scene.scenario, 1).held);
    CU_ASSERT(scenario_verdict(scene.scenario, 2).held);
    scene_finish(&scene);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "sleep, spawn, at, every and arrivals run on time", processes_of_the_world_run_on_time },
        { "channels are first in, first out, and keep their promises", channels_are_first_in_first_out },
        { "resources are handed out in order", resources_are_handed_out_in_order },
        { "receive, work and exit take their time", work_takes_its_time },
        { "protect, unprotect and get_protection answer value, reason, status", protection_answers_as_the_endpoint },
        { "SIGTERM sets a flag and starts handlers, interrupts nothing", sigterm_sets_a_flag_and_calls_handlers },
        { "what a container held is free when it ends", a_container_gives_back_what_it_holds },
        { "controllers get answers of AWS's shape after the latency", controllers_see_aws_shapes },
        { "a function as an alarm's action runs when the state changes", alarms_call_functions_on_change },
        { "parameters have types and can be listed", parameters_have_types },
        { "what was read is noted with its hash", inputs_are_noted },
        { "a CSV file named by --set lies in the working directory", csv_files_set_by_the_user_lie_in_the_working_directory },
        { "fields without effect are listed once", fields_without_effect_are_listed },
        { "--assume wins over sim.assume", what_the_user_assumes_wins },
        { "verdicts come in the order of the script", verdicts_come_in_the_order_of_the_script },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/time", tests);
    scenes_end();
    return status;
}
