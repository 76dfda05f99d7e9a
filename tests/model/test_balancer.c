#include "lib/unit.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "lib/world.h"
#include "model/audit.h"
#include "model/metric.h"
#include "model/probe.h"
#include "model/request.h"

/* Every latency of the control plane fixed: first pass at 5 s, then every 10 s, tasks RUNNING at 26 s, registered by the
 * pass at 35 s. */
enum { REGISTERED_S = 36, CLIENTS = 8 };

struct client {
    struct process process;
    int answers;
    sim_time answered_at;
};

static struct world *world;
static struct target_group *group;
static struct service *service;
static struct task_definition definition;
static struct app app;
static struct client clients[CLIENTS];

static void on_answer(struct process *process)
{
    struct client *client = (struct client *)process;
    client->answers++;
    client->answered_at = sim_now(process->sim);
}

static void assume(const char *name, const char *value)
{
    struct error err;
    CU_ASSERT_FATAL(assumptions_set(&world->assumptions, name, value, &err));
}

static void set_up(const struct target_group_config *config, int tasks, int slots)
{
    world = world_create(1, 0);
    assume("ecs_react_latency_s", "5");
    assume("created_to_pull_s", "15");
    assume("pull_s", "6");
    assume("resolve_digests", "off");
    assume("first_health_check_s", "0");
    group = target_group_create(world, config);
    app = serving_app;
    definition = (struct task_definition){
        .family = "web", .revision = 1, .name = "web:1", .cpu_units = 1024, .memory_mib = 2048,
        .ephemeral_storage_gib = 20, .stop_timeout_s = 30, .slots = slots, .startup = dist_constant(0),
        .cpu_percent = 100, .idle_cpu_percent = -1, .idle_memory_percent = -1, .app = &app,
    };
    struct service_config service_config = {
        .name = "web", .cluster = "default", .definition = &definition, .desired_count = tasks,
        .zones = { "a" }, .zone_count = 1, .deployment = { .minimum_healthy_percent = 100, .maximum_percent = 200 },
        .target_groups = { group }, .target_group_count = 1,
    };
    service = service_create(world, &service_config, &world->assumptions);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].answers = 0;
        process_init(&clients[i].process, world->sim, NULL, on_answer);
    }
}

static const struct target_group_config plain = {
    .name = "web", .deregistration_delay = 60 * SIM_SECOND, .idle_timeout = 60 * SIM_SECOND,
};

static void run_to(double seconds)
{
    struct error err;
    if (!sim_run(world->sim, sim_from_seconds(seconds), &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

static void send(int client, double work_s)
{
    target_group_request(group, sim_from_seconds(work_s), SIM_HOUR, &clients[client].process);
}

/* Every law of the audit on the world as it stands. */
static void tear_down(void)
{
    world->ended_at = sim_now(world->sim);
    for (struct task *task = service->first; task != NULL; task = task->next) {
        task_close_books(task);
    }
    target_group_close_books(group);
    audit_world(world, NULL, 0);
    world_destroy(world);
}

/* ALB-03: which task gets which of six requests, with two, nothing and one already in progress. */
static void each_algorithm_picks_its_target(void)
{
    static const struct {
        enum routing routing;
        const char *tasks;       /* of the requests, by order of registration */
    } rows[] = {
        { ROUTE_ROUND_ROBIN, "012012" },
        { ROUTE_LEAST_OUTSTANDING, "121201" },
        { ROUTE_MOST_OUTSTANDING, "002221" },    /* four slots each */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(&plain, 3, 4);
        run_to(REGISTERED_S);
        group->config.routing = rows[i].routing;
        struct target *first = group->rings[0].turn;
        struct target *const targets[] = { first, first->next, first->next->next };
        targets[0]->outstanding += 2;
        targets[2]->outstanding += 1;
        char picked[7] = "";
        for (int k = 0; k < 6; k++) {
            struct target *target = target_group_pick(group);
            picked[k] = (char)('0' + (target == targets[1]) + 2 * (target == targets[2]));
            target->outstanding++;
        }
        if (strcmp(picked, rows[i].tasks) != 0) {
            printf("\n    %s: %s, expected %s", routing_names[rows[i].routing], picked, rows[i].tasks);
        }
        CU_ASSERT_STRING_EQUAL(picked, rows[i].tasks);
        tear_down();
    }
}

/* Of 10000 requests, those that the green revision's tasks get at some time after UpdateService. */
static int picked_of_green(int seconds_after)
{
    int green = 0;
    run_to(1000 + seconds_after);
    for (int i = 0; i < 10000; i++) {
        green += target_group_pick(group)->task->definition->revision == 2;
    }
    return green;
}

/* DEPLOY-26, DEPLOY-29: a canary of 5 % for ten minutes, then all; the old tasks go when the deployment has baked. */
static void a_canary_gets_its_share(void)
{
    static struct task_definition canary;
    set_up(&plain, 2, 4);
    run_to(1000);
    canary = definition;
    canary.revision = 2;
    service->config.deployment.strategy = STRATEGY_CANARY;
    service->config.deployment.canary_percent = 5;
    service->config.deployment.canary_bake_minutes = 10;
    service->config.deployment.bake_minutes = 5;
    service_deploy(service, &canary);
    CU_ASSERT_EQUAL(picked_of_green(34), 0);      /* registered, but no traffic yet */
    CU_ASSERT(abs(picked_of_green(120) - 500) < 90);   /* 4 standard deviations */
    CU_ASSERT(abs(picked_of_green(600) - 500) < 90);
    CU_ASSERT_EQUAL(picked_of_green(700), 10000);
    CU_ASSERT_EQUAL(service->running_count, 4);
    run_to(1000 + 1200);
    CU_ASSERT_EQUAL(service->running_count, 2);
    CU_ASSERT_EQUAL(service->deployments->rollout_state, ROLLOUT_COMPLETED);
    tear_down();
}

static void without_a_target_the_answer_is_503(void)
{
    set_up(&plain, 1, 1);
    run_to(10);
    send(0, 1);
    run_to(11);
    CU_ASSERT_EQUAL(clients[0].answers, 1);
    CU_ASSERT_EQUAL(clients[0].process.number, 503);
    CU_ASSERT_EQUAL(group->books.rejected, 1);
    CU_ASSERT_EQUAL(group->books.time_in_system.count, 0);
    tear_down();
}

/* SCHED-20: RUNNING at 26 s, its target takes requests from the next pass on. */
static void a_task_is_registered_by_the_pass_after_it_runs(void)
{
    set_up(&plain, 1, 1);
    run_to(34);
    CU_ASSERT_EQUAL(service->running_count, 1);
    CU_ASSERT_EQUAL(group->registered, 0);
    CU_ASSERT_FALSE(task_is_in_service(service->first));
    run_to(REGISTERED_S);
    CU_ASSERT_EQUAL(target_group_healthy(group), 1);
    CU_ASSERT(task_is_in_service(service->first));
    tear_down();
}

/* Slots: two at once, the third waits inside the task; two works on one CPU take twice as long. */
static void further_requests_wait_inside_the_task(void)
{
    static const double expected_s[] = { 2, 2, 3 };
    set_up(&plain, 1, 2);
    run_to(REGISTERED_S);
    for (int i = 0; i < 3; i++) {
        send(i, 1);
    }
    CU_ASSERT_EQUAL(group->served, 2);
    CU_ASSERT_EQUAL(group->waiting, 1);
    run_to(REGISTERED_S + 10);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(clients[i].process.number, 200);
        CU_ASSERT_DOUBLE_EQUAL(sim_seconds(clients[i].answered_at) - REGISTERED_S, expected_s[i], 1e-6);
    }
    CU_ASSERT_EQUAL(group->books.jobs_done, 3);
    CU_ASSERT_EQUAL(service->first->jobs_done, 3);
    tear_down();
}

/* A client waits as long as it likes, and never longer than the idle time-out (ALB-08); the task goes on. */
static void a_late_answer_is_504_and_its_work_is_lost(void)
{
    static const struct {
        double timeout_s, answered_s;
    } rows[] = { { 2, 2 }, { 100, 60 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(&plain, 1, 1);
        run_to(REGISTERED_S);
        target_group_request(group, 90 * SIM_SECOND, sim_from_seconds(rows[i].timeout_s), &clients[0].process);
        run_to(REGISTERED_S + 89);
        CU_ASSERT_EQUAL(clients[0].process.number, 504);
        CU_ASSERT_EQUAL(clients[0].answered_at, sim_from_seconds(REGISTERED_S + rows[i].answered_s));
        CU_ASSERT_EQUAL(service->first->attempt_count, 1);
        run_to(REGISTERED_S + 91);
        CU_ASSERT_EQUAL(service->first->attempt_count, 0);
        CU_ASSERT_EQUAL(clients[0].answers, 1);
        CU_ASSERT(group->books.work_lost_ns[CAUSE_GIVEN_UP] == 90 * SIM_SECOND);
        CU_ASSERT_EQUAL(group->books.timed_out, 1);
        tear_down();
    }
}

/* SCHED-06, SCHED-07, EVENT-18: stop decided in a pass, deregistered in the next, SIGTERM after the whole delay. */
static void the_whole_deregistration_delay_passes_before_sigterm(void)
{
    set_up(&plain, 1, 2);
    run_to(REGISTERED_S);
    service_set_desired(service, 0, "update_service");
    run_to(42);                  /* pass at 41 s */
    struct task *task = service->first;
    CU_ASSERT_EQUAL(task->status, TASK_DEACTIVATING);
    CU_ASSERT_EQUAL(task->stopping_at, 41 * SIM_SECOND);
    send(0, 1);                  /* not deregistered yet */
    run_to(52);
    CU_ASSERT_EQUAL(clients[0].process.number, 200);
    send(1, 1);
    run_to(53);
    CU_ASSERT_EQUAL(clients[1].process.number, 503);
    run_to(110.9);
    CU_ASSERT_EQUAL(task->sigterm_at, -1);
    run_to(111.5);
    CU_ASSERT_EQUAL(task->sigterm_at, (51 + 60) * SIM_SECOND);
    CU_ASSERT(task->ended);      /* nothing to do: it exits at once */
    CU_ASSERT_EQUAL(task->exit_code, 0);
    tear_down();
}

/* ALB-09: what is open when the delay is over is cut; what began before goes on until then. */
static void connections_are_cut_when_the_delay_is_over(void)
{
    set_up(&(struct target_group_config){ .name = "web", .deregistration_delay = 20 * SIM_SECOND,
                                          .idle_timeout = 600 * SIM_SECOND }, 1, 2);
    run_to(REGISTERED_S);
    send(0, 10);
    send(1, 100);
    service_set_desired(service, 0, "update_service");
    run_to(71);                  /* 51 s + 20 s */
    CU_ASSERT_EQUAL(clients[0].process.number, 200);
    CU_ASSERT_EQUAL(clients[1].process.number, 502);
    CU_ASSERT_EQUAL(clients[1].answered_at, 71 * SIM_SECOND);
    CU_ASSERT_EQUAL(group->books.jobs_cut[CAUSE_SCALE_IN], 1);
    run_to(71 + 30);             /* SIGKILL: the task was still at it */
    CU_ASSERT(service->first->ended);
    CU_ASSERT(group->books.work_lost_ns[CAUSE_SCALE_IN] > 0);
    tear_down();
}

/* SCHED-11, SCHED-12: nobody waits for the deregistration then. */
static void some_stops_do_not_wait(void)
{
    static const enum cause causes[] = { CAUSE_STOP_TASK, CAUSE_SPOT };
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        set_up(&plain, 1, 1);
        run_to(REGISTERED_S);
        task_stop(service->first, causes[i], "UserInitiated", "test");
        CU_ASSERT_EQUAL(service->first->sigterm_at, sim_now(world->sim));
        CU_ASSERT_EQUAL(target_group_healthy(group), 0);
        tear_down();
    }
}

static void a_task_that_dies_answers_502(void)
{
    set_up(&plain, 1, 1);
    run_to(REGISTERED_S);
    send(0, 10);
    send(1, 10);
    run_to(REGISTERED_S + 4);
    task_exit(service->first, 1);
    run_to(REGISTERED_S + 5);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(clients[i].process.number, 502);
    }
    CU_ASSERT_EQUAL(group->books.jobs_cut[CAUSE_CRASH], 2);
    CU_ASSERT(group->books.work_lost_ns[CAUSE_CRASH] == 4 * SIM_SECOND);
    CU_ASSERT_EQUAL(target_group_healthy(group), 0);
    tear_down();
}

static double read(struct metric *metric, enum statistic statistic)
{
    double value = -1;
    return metric_read(metric, 60 * SIM_SECOND, SIM_MINUTE, statistic, &value) ? value : -1;
}

/* CW-09: what CloudWatch shows for the minute from 60 s to 120 s, with 6 requests of 1 s to 2 tasks; -1: no data. */
static void cloudwatch_sees_the_requests(void)
{
    static const struct {
        const char *name;
        enum statistic statistic;
        int requests;
        double expected;
    } rows[] = {
        { "RequestCount", STATISTIC_SUM, 6, 6 },
        { "RequestCountPerTarget", STATISTIC_SUM, 6, 3 },
        { "TargetResponseTime", STATISTIC_AVERAGE, 6, 2 },   /* three at once share a CPU, one after another by one slot */
        { "TargetResponseTime", STATISTIC_MAXIMUM, 6, 3 },
        { "TargetResponseTime", STATISTIC_SAMPLE_COUNT, 6, 6 },
        { "HTTPCode_Target_5XX_Count", STATISTIC_SUM, 6, -1 },
        { "HealthyHostCount", STATISTIC_AVERAGE, 6, 2 },
        { "UnHealthyHostCount", STATISTIC_AVERAGE, 6, 0 },
        { "RequestCount", STATISTIC_SUM, 0, -1 },
        { "RequestCountPerTarget", STATISTIC_SUM, 0, 0 },
        { "TargetResponseTime", STATISTIC_AVERAGE, 0, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        set_up(&plain, 2, 1);
        struct metric_name name = { "AWS/ApplicationELB", rows[i].name, { { "TargetGroup", "web" } }, 1 };
        struct metric *metric = metric_find(world, &name, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(metric);
        metric_keep(metric, 0, SIM_HOUR);
        probe_start(world);
        run_to(70);
        for (int k = 0; k < rows[i].requests; k++) {
            target_group_send(group, SIM_SECOND);
        }
        run_to(120);
        double value = read(metric, rows[i].statistic);
        if (value != rows[i].expected) {
            printf("\n    %s: %g, expected %g", rows[i].name, value, rows[i].expected);
        }
        CU_ASSERT_DOUBLE_EQUAL(value, rows[i].expected, 1e-9);
        tear_down();
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "each algorithm picks its target", each_algorithm_picks_its_target },
        { "DEPLOY-29: a canary gets its share", a_canary_gets_its_share },
        { "without a target the answer is 503", without_a_target_the_answer_is_503 },
        { "a task is registered by the pass after it runs", a_task_is_registered_by_the_pass_after_it_runs },
        { "further requests wait inside the task", further_requests_wait_inside_the_task },
        { "a late answer is 504 and its work is lost", a_late_answer_is_504_and_its_work_is_lost },
        { "the whole deregistration delay passes before SIGTERM", the_whole_deregistration_delay_passes_before_sigterm },
        { "connections are cut when the delay is over", connections_are_cut_when_the_delay_is_over },
        { "some stops do not wait", some_stops_do_not_wait },
        { "a task that dies answers 502", a_task_that_dies_answers_502 },
        { "CloudWatch sees the requests", cloudwatch_sees_the_requests },
        UNIT_END,
    };
    return unit_main("model/balancer", tests);
}
