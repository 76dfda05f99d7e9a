#include "lib/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/world.h"
#include "model/audit.h"
#include "model/metric.h"
#include "model/probe.h"
#include "model/request.h"
#include "model/visitor.h"

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

/* ALB-02: seconds between checks as short as AWS has them; two failures, two passes. */
static const struct target_group_config checked = {
    .name = "web", .deregistration_delay = 60 * SIM_SECOND, .idle_timeout = 60 * SIM_SECOND,
    .client_keep_alive = SIM_HOUR, .health = { .interval = 5 * SIM_SECOND, .passes = 2, .failures = 2 },
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

static struct target *target_of(int i)
{
    struct task *task = service->first;
    for (; i > 0; i--) {
        task = task->next;
    }
    return task->targets;
}

/* As if its checks had found it so; 'I': they have not said anything yet. */
static void put_into(struct target *target, char state)
{
    if (state == 'D') {
        balancer_deregister(target->task);
    } else if (state != 'I') {
        target->check.health = state == 'H' ? HEALTH_HEALTHY : HEALTH_UNHEALTHY;
        target->check.changed(&target->check);
    }
}

/* Registered, and not checked yet. */
static void begin_unchecked(const struct target_group_config *config, int tasks, const char *fail_open)
{
    set_up(config, tasks, 4);
    assume("first_health_check_s", "300");
    assume("fail_open", fail_open);
    service->assumptions = world->assumptions;
    service->config.health_check_grace = SIM_DAY;
    probe_start(world);
    run_to(REGISTERED_S);
}

/* The targets of so many requests, by their order of registration; '.': none. */
static void pick_some(char *picked, int count)
{
    for (int k = 0; k < count; k++) {
        const struct target *target = target_group_pick(group, NULL);
        int i = 0;
        while (target != NULL && target_of(i) != target) {
            i++;
        }
        picked[k] = (char)(target != NULL ? '0' + i : '.');
    }
    picked[count] = '\0';
}

/* ALB-07, ALB-11: whom six requests reach, by the states of three targets: initial, healthy, unhealthy, draining. */
static void without_a_healthy_target_the_others_get_requests(void)
{
    static const struct {
        const char *reading, *states, *picked;
    } rows[] = {
        { "all", "HUI", "000000" }, { "all", "IUU", "012012" }, { "all", "DUI", "212121" }, { "all", "DDD", "......" },
        { "all", "III", "012012" }, { "unhealthy", "UUI", "010101" }, { "unhealthy", "III", "......" },
        { "off", "UHI", "111111" }, { "off", "UUI", "......" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char picked[7];
        begin_unchecked(&checked, 3, rows[i].reading);
        for (int k = 0; k < 3; k++) {
            put_into(target_of(k), rows[i].states[k]);
        }
        pick_some(picked, 6);
        if (strcmp(picked, rows[i].picked) != 0) {
            printf("\n    %s, %s: %s, expected %s", rows[i].reading, rows[i].states, picked, rows[i].picked);
        }
        CU_ASSERT_STRING_EQUAL(picked, rows[i].picked);
        tear_down();
    }
}

/* DEPLOY-27, ALB-07: each of the two target groups fails open for itself. */
static void the_unhealthy_set_gets_its_own_requests(void)
{
    begin_unchecked(&checked, 2, "all");
    put_into(target_of(0), 'U');
    put_into(target_of(1), 'U');
    target_group_share(group, 1, 1000);          /* all traffic is green's, where nobody is */
    CU_ASSERT_PTR_NULL(target_group_pick(group, NULL));
    target_group_share(group, 0, 1000);
    CU_ASSERT_PTR_NOT_NULL(target_group_pick(group, NULL));
    tear_down();
}

/* ALB-07: the request has found a target, but nobody listens there: 502. */
static void before_its_program_runs_a_target_refuses_connections(void)
{
    set_up(&checked, 1, 1);
    definition.startup = dist_constant(100);
    run_to(REGISTERED_S);
    send(0, 1);
    run_to(REGISTERED_S + 1);
    CU_ASSERT_EQUAL(clients[0].process.number, 502);
    CU_ASSERT_EQUAL(group->minute.requests, 1);
    CU_ASSERT_EQUAL(group->minute.balancer_5xx, 1);
    tear_down();
}

/* Of 10000 requests, those that the green revision's tasks get at some time after UpdateService. */
static int picked_of_green(int seconds_after)
{
    int green = 0;
    run_to(1000 + seconds_after);
    for (int i = 0; i < 10000; i++) {
        green += target_group_pick(group, NULL)->task->definition->revision == 2;
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
    CU_ASSERT_EQUAL(target_group_registered(group), 0);
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
        uint64_t balancer_5xx;
    } rows[] = { { 2, 2, 0 }, { 100, 60, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(&plain, 1, 1);
        run_to(REGISTERED_S);
        target_group_request(group, 90 * SIM_SECOND, sim_from_seconds(rows[i].timeout_s), &clients[0].process);
        run_to(REGISTERED_S + 89);
        CU_ASSERT_EQUAL(clients[0].process.number, 504);
        CU_ASSERT_EQUAL(clients[0].answered_at, sim_from_seconds(REGISTERED_S + rows[i].answered_s));
        CU_ASSERT_EQUAL(group->minute.balancer_5xx, rows[i].balancer_5xx);
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

/* SCHED-07: a target drains whether its program runs or not; that one does not start any more. */
static void a_start_up_ends_with_its_targets_registration(void)
{
    set_up(&checked, 1, 1);
    definition.startup = dist_constant(40);
    run_to(REGISTERED_S);
    service_set_desired(service, 0, "update_service");
    run_to(110.9);               /* decided at 41 s, deregistered at 51 s */
    struct task *task = service->first;
    CU_ASSERT_EQUAL(task->status, TASK_DEACTIVATING);
    CU_ASSERT_FALSE(task->ready);
    run_to(111.5);
    CU_ASSERT_EQUAL(task->sigterm_at, (51 + 60) * SIM_SECOND);
    CU_ASSERT(task->ended);
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

/* ---- clients that come back ---------------------------------------------------------------------------------- */

/* Which of three targets answers requests of the first client, sent at the given seconds after the targets are there. */
static void answerers(const char *states, const int *at_s, char *text)
{
    for (int k = 0; states[k] != '\0'; k++) {
        run_to(REGISTERED_S + at_s[k]);
        if (states[k] == 'U' || states[k] == 'H') {          /* the bound target falls ill; is well again */
            put_into(target_of(0), states[k]);
        } else if (states[k] == 'D') {
            balancer_deregister(target_of(0)->task);
        }
        int64_t before[3];
        for (int i = 0; i < 3; i++) {
            before[i] = target_of(i)->task->jobs_done;
        }
        send(0, 0.1);
        run_to(REGISTERED_S + at_s[k] + 0.5);
        for (int i = 0; i < 3; i++) {
            if (target_of(i)->task->jobs_done > before[i]) {
                text[k] = (char)('0' + i);
            }
        }
    }
}

/* ALB-03, ALB-08 */
static void a_cookie_binds_a_client_to_its_target(void)
{
    static const struct {
        const char *claim;
        enum stickiness stickiness;
        enum routing routing;
        const char *states;
        int at_s[5];
        const char *expected;
    } rows[] = {
        { "without one they take turns", STICKY_OFF, ROUTE_ROUND_ROBIN, ".....", { 1, 2, 3, 4, 5 }, "01201" },
        { "bound", STICKY_LB_COOKIE, ROUTE_ROUND_ROBIN, ".....", { 1, 2, 3, 4, 5 }, "00000" },
        { "under least outstanding requests, too", STICKY_LB_COOKIE, ROUTE_LEAST_OUTSTANDING, ".....", { 1, 2, 3, 4, 5 },
          "00000" },
        { "each answer renews the balancer's cookie", STICKY_LB_COOKIE, ROUTE_ROUND_ROBIN, ".....",
          { 1, 80, 160, 240, 341 }, "00001" },
        { "the program's is set once", STICKY_APP_COOKIE, ROUTE_ROUND_ROBIN, ".....", { 1, 80, 102, 160, 204 }, "00112" },
        { "an unhealthy target loses its clients for good", STICKY_LB_COOKIE, ROUTE_ROUND_ROBIN, "..U.H", { 1, 2, 3, 4, 5 },
          "00111" },
        { "so does one that drains", STICKY_LB_COOKIE, ROUTE_ROUND_ROBIN, "..D..", { 1, 2, 3, 4, 5 }, "00111" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[6] = ".....";
        struct target_group_config config = checked;
        config.stickiness = rows[i].stickiness;
        config.routing = rows[i].routing;
        config.cookie_duration = 100 * SIM_SECOND;
        set_up(&config, 3, 4);
        run_to(REGISTERED_S);
        answerers(rows[i].states, rows[i].at_s, text);
        if (strcmp(text, rows[i].expected) != 0) {
            printf("\n    %s: %s, expected %s", rows[i].claim, text, rows[i].expected);
        }
        CU_ASSERT_STRING_EQUAL(text, rows[i].expected);
        tear_down();
    }
}

/* DEPLOY-27: the weights of the two target groups come before a cookie, which is kept for a while. */
static void a_cookie_counts_within_its_set(void)
{
    struct target_group_config config = checked;
    config.stickiness = STICKY_LB_COOKIE;
    config.cookie_duration = SIM_HOUR;
    set_up(&config, 3, 4);
    run_to(REGISTERED_S);
    for (int k = 0; k < 3; k++) {
        target_group_share(group, k % 2, 1000);              /* nobody is in the second one */
        send(0, 0.1);
        run_to(REGISTERED_S + k + 1);
        CU_ASSERT_EQUAL(clients[0].process.number, k % 2 == 0 ? 200 : 503);
    }
    CU_ASSERT_EQUAL(target_of(0)->task->jobs_done, 2);
    tear_down();
}

/* Loads without clients have no cookies, and as many connections as the scenario says. */
static void a_load_is_bound_to_nothing(void)
{
    struct target_group_config config = checked;
    config.stickiness = STICKY_LB_COOKIE;
    config.cookie_duration = SIM_DAY;
    config.requests_per_connection = 3;
    set_up(&config, 2, 4);
    run_to(REGISTERED_S);
    for (int i = 0; i < 4; i++) {
        target_group_send(group, 0);
    }
    run_to(REGISTERED_S + 1);
    CU_ASSERT_EQUAL(target_of(0)->task->jobs_done, 2);
    CU_ASSERT_EQUAL(target_of(1)->task->jobs_done, 2);
    CU_ASSERT_EQUAL(group->hour.connections, 2);
    tear_down();
}

/* ALB-08: requests of 1 s, the next one so long after the answer; new connections, and connection-seconds until the time-out
 * of the last one. */
static void a_client_keeps_its_connection(void)
{
    static const struct {
        const char *claim;
        double pause_s;
        int requests, keep_alive_s;
        uint64_t connections;
        double open_s;
    } rows[] = {
        { "one request, and the idle time-out", 0, 1, 3600, 1, 61 },
        { "three on one connection", 10, 3, 3600, 1, 3 + 20 + 60 },
        { "at the time-out it is gone", 60, 3, 3600, 3, 3 * 61 },
        { "past its keep-alive it closes with an answer", 30, 4, 60, 2, 63 + 1 + 60 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct target_group_config config = checked;
        config.client_keep_alive = rows[i].keep_alive_s * SIM_SECOND;
        set_up(&config, 1, 1);
        run_to(REGISTERED_S);
        double at = REGISTERED_S;
        uint64_t connections = 0;
        for (int k = 0; k < rows[i].requests; k++) {
            run_to(at);
            send(0, 1);
            at += 1 + rows[i].pause_s;
        }
        connections = group->hour.connections;
        run_to(at + 100);
        visitors_settle(group);
        double open_s = (double)level_area(&group->connections, sim_now(world->sim)) / 1e9;
        if (connections != rows[i].connections || fabs(open_s - rows[i].open_s) > 1e-6) {
            printf("\n    %s: %d, %g s", rows[i].claim, (int)connections, open_s);
        }
        CU_ASSERT_EQUAL(connections, rows[i].connections);
        CU_ASSERT_DOUBLE_EQUAL(open_s, rows[i].open_s, 1e-6);
        CU_ASSERT_EQUAL(target_group_connections(group), 0);
        tear_down();
    }
}

/* A client that ends, or loses patience, closes its connection; an answer by the load balancer keeps it. */
static void connections_close_with_their_clients(void)
{
    set_up(&checked, 1, 1);
    run_to(10);
    send(0, 1);                                  /* 503 */
    CU_ASSERT_EQUAL(target_group_connections(group), 1);
    run_to(REGISTERED_S);
    CU_ASSERT_EQUAL(clients[0].process.number, 503);
    send(0, 5);
    CU_ASSERT_EQUAL(group->hour.connections, 1);
    target_group_request(group, 5 * SIM_SECOND, 2 * SIM_SECOND, &clients[1].process);
    run_to(REGISTERED_S + 3);
    CU_ASSERT_EQUAL(clients[1].process.number, 504);
    CU_ASSERT_EQUAL(group->minute.balancer_5xx, 1);          /* it was the client that left */
    CU_ASSERT_EQUAL(target_group_connections(group), 1);
    process_finish(&clients[0].process);
    CU_ASSERT_EQUAL(target_group_connections(group), 0);
    run_to(REGISTERED_S + 20);
    process_init(&clients[0].process, world->sim, NULL, on_answer);
    tear_down();
}

/* ---- capacity units ----------------------------------------------------------------------------------------- */

enum { VISITS = 3 * 3600, VISIT_REQUESTS = 5, VISIT_PAUSE_S = 30 };

/* EX-S34: once a second somebody comes for two minutes, and sends a request every half of one. */
struct visit {
    struct process process;
    int steps;
};

static struct visit visits[VISITS];

static void go_on(struct process *process)
{
    struct visit *visit = (struct visit *)process;
    int step = visit->steps++;
    if (step == 2 * VISIT_REQUESTS - 1) {
        process_finish(process);
    } else if (step % 2 == 0) {
        target_group_request(group, 0, SIM_MINUTE, process);
    } else {
        process_sleep(process, VISIT_PAUSE_S * SIM_SECOND);
    }
}

/* COST-07, COST-08: the third hour, in which all is steady. */
static void an_hour_costs_its_dearest_measure(void)
{
    struct target_group_config config = checked;
    config.request_bytes = 1000;
    config.response_bytes = 59000;
    config.rules = 60;
    set_up(&config, 1, 1);
    run_to(REGISTERED_S);
    for (int i = 0; i < VISITS; i++) {
        visits[i].steps = 0;
        process_init(&visits[i].process, world->sim, NULL, go_on);
        process_sleep(&visits[i].process, i * SIM_SECOND);
    }
    run_to(7200);
    target_group_minute(group);
    wide before = group->lcu_pico;
    run_to(10800);
    CU_ASSERT_EQUAL(group->hour.connections, 3600);
    CU_ASSERT_EQUAL(group->hour.requests, 18000);
    CU_ASSERT(group->hour.bytes == 1080000000);
    CU_ASSERT_EQUAL(target_group_connections(group), 120);
    target_group_minute(group);
    CU_ASSERT_DOUBLE_EQUAL((double)(group->lcu_pico - before) / 8e9, 1.08, 1e-9);
    struct cost_bill bill;
    const struct cost_control month = { .balancer_hours = 720, .lcu_pico = 720 * (group->lcu_pico - before) };
    cost_price(NULL, 0, &month, 0, &bill);
    CU_ASSERT_DOUBLE_EQUAL(cost_usd(bill.total_pico), 22.42, 0.005);
    for (int i = 0; i < VISITS; i++) {
        if (visits[i].steps < 2 * VISIT_REQUESTS) {
            process_finish(&visits[i].process);
        }
    }
    tear_down();
}

/* COST-08: the hours of the bill begin with the window, and end with the first minute in which they are over. */
static void hours_are_those_of_the_window(void)
{
    static const struct {
        int warm_up_s, minute_ends_s;
        bool hour_ends;
    } rows[] = {
        { 0, 3540, false }, { 0, 3600, true }, { 0, 3660, false }, { 0, 7200, true },
        { 90, 3660, false }, { 90, 3720, true }, { 90, 3780, false }, { 90, 7320, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(&checked, 1, 1);
        world->config.warm_up = rows[i].warm_up_s * SIM_SECOND;
        run_to(rows[i].minute_ends_s);
        target_group_note_request(group, false);
        target_group_minute(group);
        CU_ASSERT_EQUAL(group->hour.requests, !rows[i].hour_ends);
        tear_down();
    }
}

/* ---- CloudWatch --------------------------------------------------------------------------------------------- */

static struct metric *keep_metric(const char *metric_name)
{
    struct error err;
    struct metric_name name = { "AWS/ApplicationELB", metric_name, { { "TargetGroup", "web" } }, 1 };
    struct metric *metric = metric_find(world, &name, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(metric);
    metric_keep(metric, 0, SIM_HOUR);
    return metric;
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
        { "HTTPCode_Target_2XX_Count", STATISTIC_SUM, 6, 6 },
        { "HTTPCode_Target_4XX_Count", STATISTIC_SUM, 6, -1 },
        { "HTTPCode_Target_5XX_Count", STATISTIC_SUM, 6, -1 },
        { "HTTPCode_ELB_5XX_Count", STATISTIC_SUM, 6, -1 },
        { "NewConnectionCount", STATISTIC_SUM, 6, 6 },
        { "ActiveConnectionCount", STATISTIC_SUM, 6, -1 },   /* all are closed at the minute's end */
        { "ActiveConnectionCount", STATISTIC_SUM, 120, 20 }, /* 60 for each task, of which 50 s do 50 */
        { "HealthyHostCount", STATISTIC_AVERAGE, 6, 2 },
        { "UnHealthyHostCount", STATISTIC_AVERAGE, 6, 0 },
        { "RequestCount", STATISTIC_SUM, 0, -1 },
        { "RequestCountPerTarget", STATISTIC_SUM, 0, 0 },
        { "TargetResponseTime", STATISTIC_AVERAGE, 0, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(&plain, 2, 1);
        struct metric *metric = keep_metric(rows[i].name);
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

/* CW-09: no data without registered targets; who is initial or drains is neither healthy nor unhealthy (ALB-11). */
static void cloudwatch_counts_hosts(void)
{
    static const struct {
        const char *states;
        double healthy, unhealthy;
    } rows[] = { { "HHU", 2, 1 }, { "HIU", 1, 1 }, { "UDI", 0, 1 }, { "DDD", -1, -1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_unchecked(&checked, 3, "all");
        struct metric *healthy = keep_metric("HealthyHostCount"), *unhealthy = keep_metric("UnHealthyHostCount");
        for (int k = 0; k < 3; k++) {
            put_into(target_of(k), rows[i].states[k]);
        }
        run_to(130);
        CU_ASSERT_EQUAL(read(healthy, STATISTIC_AVERAGE), rows[i].healthy);
        CU_ASSERT_EQUAL(read(unhealthy, STATISTIC_AVERAGE), rows[i].unhealthy);
        tear_down();
    }
}

/* Percentiles of TargetResponseTime are those of the single answers: 20 of 1 to 20 s by one slot; late data as well. */
static void percentiles_are_of_real_response_times(void)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        double value = 0;
        set_up(&plain, 1, 1);
        struct metric *metric = keep_metric("TargetResponseTime");
        metric_keep_samples(metric);
        probe_start(world);
        if (is_late) {
            metrics_disturb(world, &(struct metric_fault){ .metric = metric, .until = SIM_HOUR, .delay = SIM_MINUTE });
        }
        run_to(70);
        for (int k = 0; k < 20; k++) {
            target_group_send(group, SIM_SECOND);
        }
        run_to(185);
        static const struct {
            double percentile, expected;
        } rows[] = { { 50, 10 }, { 90, 18 }, { 95, 19 }, { 99, 20 } };
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            CU_ASSERT(metric_read_percentile(metric, 60 * SIM_SECOND, SIM_MINUTE, rows[i].percentile, &value));
            CU_ASSERT_DOUBLE_EQUAL(value, rows[i].expected, 0.008 * rows[i].expected);
        }
        tear_down();
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "DEPLOY-29: a canary gets its share", a_canary_gets_its_share },
        { "without a target the answer is 503", without_a_target_the_answer_is_503 },
        { "a task is registered by the pass after it runs", a_task_is_registered_by_the_pass_after_it_runs },
        { "further requests wait inside the task", further_requests_wait_inside_the_task },
        { "a late answer is 504 and its work is lost", a_late_answer_is_504_and_its_work_is_lost },
        { "the whole deregistration delay passes before SIGTERM", the_whole_deregistration_delay_passes_before_sigterm },
        { "connections are cut when the delay is over", connections_are_cut_when_the_delay_is_over },
        { "some stops do not wait", some_stops_do_not_wait },
        { "a task that dies answers 502", a_task_that_dies_answers_502 },
        { "ALB-07: without a healthy target the others get requests", without_a_healthy_target_the_others_get_requests },
        { "the unhealthy set gets its own requests", the_unhealthy_set_gets_its_own_requests },
        { "before its program runs a target refuses connections", before_its_program_runs_a_target_refuses_connections },
        { "ALB-03, ALB-08: a cookie binds a client to its target", a_cookie_binds_a_client_to_its_target },
        { "a cookie counts within its set", a_cookie_counts_within_its_set },
        { "a load is bound to nothing", a_load_is_bound_to_nothing },
        { "a start-up ends with its target's registration", a_start_up_ends_with_its_targets_registration },
        { "ALB-08: a client keeps its connection", a_client_keeps_its_connection },
        { "connections close with their clients", connections_close_with_their_clients },
        { "EX-S34: an hour costs its dearest measure", an_hour_costs_its_dearest_measure },
        { "COST-08: hours are those of the window", hours_are_those_of_the_window },
        { "CloudWatch sees the requests", cloudwatch_sees_the_requests },
        { "CloudWatch counts hosts", cloudwatch_counts_hosts },
        { "percentiles are of real response times", percentiles_are_of_real_response_times },
        UNIT_END,
    };
    return unit_main("model/balancer", tests);
}
