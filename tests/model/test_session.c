#include "lib/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "model/audit.h"
#include "model/metric.h"
#include "model/outcome.h"
#include "model/probe.h"
#include "model/request.h"
#include "model/session.h"
#include "model/world.h"

/* Every latency of the control plane fixed: first pass at 5 s, then every 10 s, tasks RUNNING at 26 s, registered by the
 * pass at 35 s. */
enum { SERVING_S = 37, DELAY_S = 60, STOP_TIMEOUT_S = 30, CLIENTS = 8 };

struct client {
    struct process process;
    struct session *session;
    int status;                   /* of its latest wish to connect; 0: granted */
    int ends;
    sim_time ended_at;
};

static struct world *world;
static struct target_group *group;
static struct service *service;
static struct task_definition definition;
static struct app app;
static struct client clients[CLIENTS];
static int connected, disconnected;

static void on_end_of_hold(struct process *process)
{
    struct client *client = (struct client *)process;
    client->ends++;
    client->session = NULL;
    client->ended_at = sim_now(process->sim);
}

static void count_connected(struct session *session)
{
    (void)session;
    connected++;
}

static void count_disconnected(struct session *session)
{
    (void)session;
    disconnected++;
}

static void serve(struct app *self, struct task *task)
{
    (void)self;
    static const struct serving_program program = { .connected = count_connected, .disconnected = count_disconnected };
    task_serve(task, NULL, &program);
}

static void do_nothing(struct app *self, struct task *task)
{
    (void)self;
    (void)task;
}

static void assume(const char *name, const char *value)
{
    struct error err;
    CU_ASSERT_FATAL(assumptions_set(&world->assumptions, name, value, &err));
}

/* What differs from one test to the next; 0: two tasks of four slots, sessions that need nothing. */
struct setting {
    int tasks, slots;
    enum routing routing;
    const char *ws_lor;
    double cpu_percent, memory_percent;      /* of a session */
    bool deaf;                    /* the program does not serve */
};

static void set_up(struct setting setting)
{
    world = world_create(1, 0);
    assume("ecs_react_latency_s", "5");
    assume("created_to_pull_s", "15");
    assume("pull_s", "6");
    assume("resolve_digests", "off");
    assume("first_health_check_s", "0");
    assume("ws_lor", setting.ws_lor != NULL ? setting.ws_lor : "configured");
    const struct target_group_config config = {
        .name = "chat", .deregistration_delay = DELAY_S * SIM_SECOND, .idle_timeout = 60 * SIM_SECOND,
        .routing = setting.routing, .health = { .interval = 30 * SIM_SECOND, .passes = 5, .failures = 2 },
    };
    group = target_group_create(world, &config);
    app = (struct app){ .start = setting.deaf ? do_nothing : serve };
    definition = (struct task_definition){
        .family = "chat", .revision = 1, .name = "chat:1", .cpu_units = 1024, .memory_mib = 2048,
        .ephemeral_storage_gib = 20, .stop_timeout_s = STOP_TIMEOUT_S, .slots = setting.slots > 0 ? setting.slots : 4,
        .startup = dist_constant(0), .cpu_percent = setting.cpu_percent, .memory_percent = setting.memory_percent,
        .idle_cpu_percent = 1, .idle_memory_percent = 20, .app = &app,
    };
    struct service_config service_config = {
        .name = "chat", .cluster = "default", .definition = &definition, .desired_count = setting.tasks > 0 ? setting.tasks : 2,
        .zones = { "a" }, .zone_count = 1, .deployment = { .minimum_healthy_percent = 100, .maximum_percent = 200 },
        .target_groups = { group }, .target_group_count = 1,
    };
    service = service_create(world, &service_config, &world->assumptions);
    connected = disconnected = 0;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){ .status = -1 };
        process_init(&clients[i].process, world->sim, NULL, on_end_of_hold);
    }
}

static void run_to(double seconds)
{
    struct error err;
    if (!sim_run(world->sim, sim_from_seconds(seconds), &err)) {
        CU_FAIL_FATAL(err.text);
    }
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

static void hold(struct client *client, double seconds)
{
    if (client->session != NULL) {
        session_hold(client->session, sim_from_seconds(seconds), &client->process);
    }
}

/* Through the target group, for so long. */
static void join(int i, double seconds)
{
    clients[i].session = target_group_connect(group, false, &clients[i].status);
    hold(&clients[i], seconds);
}

/* Straight to the oldest task. */
static void join_directly(int i, double seconds)
{
    clients[i].session = task_connect(service->first, false, &clients[i].status);
    hold(&clients[i], seconds);
}

static sim_time lasted(int i)
{
    return clients[i].process.number;
}

/* ---- where sessions go -------------------------------------------------------------------------------------- */

/* ALB-04, ALB-10, ALB-12: which task gets each of six sessions; the first and the third leave before the fifth comes. */
static void each_reading_picks_its_target(void)
{
    static const struct {
        enum routing routing;
        const char *ws_lor, *tasks;
    } rows[] = {
        { ROUTE_ROUND_ROBIN, "configured", "010101" },
        { ROUTE_ROUND_ROBIN, "always", "010100" },
        { ROUTE_LEAST_OUTSTANDING, "configured", "010100" },
        { ROUTE_LEAST_OUTSTANDING, "always", "010100" },
        { ROUTE_MOST_OUTSTANDING, "configured", "000000" },
        { ROUTE_MOST_OUTSTANDING, "always", "000000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up((struct setting){ .routing = rows[i].routing, .ws_lor = rows[i].ws_lor, .slots = 8 });
        run_to(SERVING_S);
        const struct task *first = NULL;
        char picked[7] = "";
        for (int k = 0; k < 6; k++) {
            join(k, k == 0 || k == 2 ? 3 : 1000);
            first = first != NULL ? first : clients[0].session->task;
            picked[k] = clients[k].session->task == first ? '0' : '1';
            run_to(SERVING_S + (k < 3 ? k : k + 10));
        }
        if (strcmp(picked, rows[i].tasks) != 0) {
            printf("\n    %s, ws_lor %s: %s, expected %s", routing_names[rows[i].routing], rows[i].ws_lor, picked, rows[i].tasks);
        }
        CU_ASSERT_STRING_EQUAL(picked, rows[i].tasks);
        tear_down();
    }
}

/* Who gets no session: 503 without a target or a slot, 502 from a task that takes none. */
static void who_gets_none_is_told_why(void)
{
    enum way { NO_TARGET, NO_SLOT, DEAF, STOPPING, GONE, WAYS };
    static const int expected[WAYS] = { 503, 503, 502, 502, 502 };
    for (int way = 0; way < WAYS; way++) {
        set_up((struct setting){ .tasks = 1, .slots = 1, .deaf = way == DEAF });
        run_to(way == NO_TARGET ? 20 : SERVING_S);
        if (way == NO_SLOT) {
            join(1, 1000);
        }
        if (way == STOPPING || way == GONE) {
            join_directly(1, 1000);
            task_stop(service->first, CAUSE_STOP_TASK, "UserInitiated", "test");
        }
        if (way == GONE) {
            run_to(SERVING_S + STOP_TIMEOUT_S + 1);
        }
        if (way == STOPPING || way == GONE) {
            join_directly(0, 10);
        } else {
            join(0, 10);
        }
        CU_ASSERT_EQUAL(clients[0].status, expected[way]);
        CU_ASSERT_PTR_NULL(clients[0].session);
        CU_ASSERT_EQUAL(group->sessions.rejected + service->books.sessions.rejected, 1);
        tear_down();
    }
}

/* A request waits for a slot that a session has, and gets it when that ends. */
static void sessions_and_requests_share_the_slots(void)
{
    set_up((struct setting){ .tasks = 1, .slots = 1 });
    run_to(SERVING_S);
    join(0, 10);
    target_group_send(group, SIM_SECOND);
    run_to(SERVING_S + 9);
    CU_ASSERT_EQUAL(group->waiting, 1);
    run_to(SERVING_S + 10.5);
    CU_ASSERT_EQUAL(group->served, 1);
    join(1, 10);
    CU_ASSERT_EQUAL(clients[1].status, 503);
    tear_down();
}

static void go_nowhere(struct process *process)
{
    (void)process;
}

/* The slot of a message that is done, or let go of, goes to the request that waits for one. */
static void messages_and_requests_share_the_slots(void)
{
    for (int is_deleted = 0; is_deleted <= 1; is_deleted++) {
        struct process program;
        set_up((struct setting){ .tasks = 1, .slots = 1 });
        const struct queue_config config = { .name = "jobs", .visibility_timeout = SIM_MINUTE, .retention = SIM_HOUR };
        struct queue *queue = queue_create(world, &config, &world->assumptions);
        run_to(SERVING_S);
        queue_send(queue, SIM_SECOND, -1);
        process_init(&program, world->sim, service->first, go_nowhere);
        queue_receive(queue, &program, 1);
        run_to(SERVING_S + 1);
        target_group_send(group, SIM_SECOND);
        CU_ASSERT_EQUAL(group->waiting, 1);
        if (is_deleted) {
            attempt_delete(program.attempt, &program);
        } else {
            attempt_abandon(program.attempt);
        }
        CU_ASSERT_EQUAL(group->served, 1);
        run_to(SERVING_S + 3);
        CU_ASSERT_EQUAL(group->books.completed, 1);
        process_finish(&program);
        queue_close_books(queue);
        tear_down();
    }
}

/* ---- how they end ------------------------------------------------------------------------------------------- */

static void a_session_lasts_as_long_as_its_client_stays(void)
{
    set_up((struct setting){ .tasks = 1 });
    run_to(SERVING_S);
    join(0, 600);                 /* ALB-08: longer than the idle time-out */
    join(1, 20);
    CU_ASSERT_EQUAL(connected, 2);
    run_to(SERVING_S + 100);
    CU_ASSERT_EQUAL(clients[0].ends, 0);
    CU_ASSERT_EQUAL(clients[1].ends, 1);
    CU_ASSERT_EQUAL(lasted(1), 20 * SIM_SECOND);
    CU_ASSERT_EQUAL(disconnected, 1);
    run_to(SERVING_S + 601);
    CU_ASSERT_EQUAL(lasted(0), 600 * SIM_SECOND);
    CU_ASSERT_EQUAL(group->sessions.left, 2);
    CU_ASSERT_EQUAL(group->sessions.cut_sum, 0);
    tear_down();
}

static void scale_in(void)
{
    service_set_desired(service, 0, "update_service");       /* passes: stop at 42 s, deregistration at 52 s */
}

static void stop(void)
{
    task_stop(service->first, CAUSE_STOP_TASK, "UserInitiated", "test");
}

static void interrupt(void)
{
    task_stop(service->first, CAUSE_SPOT, "SpotInterruption", "test");
}

static void lose(void)
{
    task_lose(service->first, CAUSE_HOST, "TaskFailedToStart", "test");
}

static void leave(void)
{
    task_exit(service->first, 0);
}

static void crash(void)
{
    task_exit(service->first, 1);
}

static void take_out(void)
{
    target_take_out(service->first->targets);
}

/* Sessions of 1000 s from 37 s on, through the target group and straight to the task: when and for what each is cut; of how
 * many the program hears. -1: it is not. */
static void each_end_of_a_task_cuts_its_sessions(void)
{
    static const struct {
        const char *rule;
        void (*act)(void);
        enum cause cause;
        double through_s, straight_s;
        int heard;
    } rows[] = {
        { "ALB-09 SCHED-07", scale_in, CAUSE_SCALE_IN, 52 + DELAY_S, 52 + DELAY_S + STOP_TIMEOUT_S, 1 },
        { "SCHED-11 ALB-12", stop, CAUSE_STOP_TASK, 37 + STOP_TIMEOUT_S, 37 + STOP_TIMEOUT_S, 0 },
        { "SCHED-12 ALB-12", interrupt, CAUSE_SPOT, 37 + STOP_TIMEOUT_S, 37 + STOP_TIMEOUT_S, 0 },
        { "PROT-43", lose, CAUSE_HOST, 37, 37, 0 },
        { "PROT-40", leave, CAUSE_EXIT, 37, 37, 0 },
        { "PROT-40", crash, CAUSE_CRASH, 37, 37, 0 },
        { "ALB-09", take_out, CAUSE_DEREGISTERED, 37 + DELAY_S, -1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up((struct setting){ .tasks = 1 });
        run_to(SERVING_S);
        join(0, 1000);
        join_directly(1, 1000);
        rows[i].act();
        run_to(300);
        double through_s = clients[0].ends > 0 ? sim_seconds(clients[0].ended_at) : -1;
        double straight_s = clients[1].ends > 0 ? sim_seconds(clients[1].ended_at) : -1;
        if (through_s != rows[i].through_s || straight_s != rows[i].straight_s || disconnected != rows[i].heard) {
            printf("\n    %s: cut at %g and %g s, %d heard; expected %g, %g, %d", rows[i].rule, through_s, straight_s, disconnected,
                   rows[i].through_s, rows[i].straight_s, rows[i].heard);
        }
        CU_ASSERT_DOUBLE_EQUAL(through_s, rows[i].through_s, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(straight_s, rows[i].straight_s, 1e-9);
        CU_ASSERT_EQUAL(disconnected, rows[i].heard);
        CU_ASSERT_EQUAL(group->sessions.cut[rows[i].cause], 1);
        CU_ASSERT_EQUAL(service->books.sessions.cut[rows[i].cause], rows[i].straight_s >= 0);
        CU_ASSERT_EQUAL(lasted(0), clients[0].ended_at - SERVING_S * SIM_SECOND);
        tear_down();
    }
}

/* ALB-12: whichever comes first, the end of the delay or SIGKILL. */
static void a_short_delay_cuts_before_the_stop_timeout(void)
{
    set_up((struct setting){ .tasks = 1 });
    group->config.deregistration_delay = 10 * SIM_SECOND;
    run_to(SERVING_S);
    join(0, 1000);
    stop();
    run_to(100);
    CU_ASSERT_EQUAL(clients[0].ended_at, (SERVING_S + 10) * SIM_SECOND);
    CU_ASSERT_EQUAL(group->sessions.cut[CAUSE_STOP_TASK], 1);
    CU_ASSERT_EQUAL(disconnected, 1);
    tear_down();
}

/* After SIGTERM the program serves until its last session is gone, and then exits. */
static void a_server_stays_for_its_last_session(void)
{
    static const struct {
        double stays_s, exits_s;
        int code;
    } rows[] = { { 5, 42, 0 }, { 20, 57, 0 }, { 100, SERVING_S + STOP_TIMEOUT_S, 137 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up((struct setting){ .tasks = 1 });
        run_to(SERVING_S);
        join_directly(0, rows[i].stays_s);
        struct task *task = service->first;
        stop();
        run_to(rows[i].exits_s - 0.001);
        CU_ASSERT_FALSE(task->ended);
        run_to(rows[i].exits_s);
        CU_ASSERT(task->ended);
        CU_ASSERT_EQUAL(task->exit_code, rows[i].code);
        CU_ASSERT_EQUAL(service->books.sessions.cut[CAUSE_STOP_TASK], rows[i].code != 0);
        tear_down();
    }
}

/* A cordoned task keeps its place in the service and its sessions, and gets nothing new. */
static void a_cordoned_task_stays_in_service(void)
{
    set_up((struct setting){ .tasks = 2 });
    run_to(SERVING_S);
    join(0, 50);
    struct task *cordoned = clients[0].session->task;
    target_take_out(cordoned->targets);
    for (int i = 1; i < 4; i++) {
        join(i, 10);
        CU_ASSERT_PTR_NOT_EQUAL(clients[i].session->task, cordoned);
    }
    CU_ASSERT(task_is_in_service(cordoned));
    run_to(300);
    CU_ASSERT_EQUAL(lasted(0), 50 * SIM_SECOND);
    CU_ASSERT_EQUAL(group->sessions.cut_sum, 0);
    CU_ASSERT_EQUAL(service->running_count, 2);
    CU_ASSERT_EQUAL(service->tasks_started, 2);
    tear_down();
}

/* A program that hangs up ends a session in order, unless it does so because it is stopped. */
static void hanging_up_is_a_cut_where_the_task_is_stopped(void)
{
    for (int stopped = 0; stopped < 2; stopped++) {
        set_up((struct setting){ .tasks = 1 });
        run_to(SERVING_S);
        join_directly(0, 1000);
        if (stopped) {
            stop();
        }
        run_to(SERVING_S + 4);
        session_hang_up(clients[0].session);
        run_to(SERVING_S + 5);
        CU_ASSERT_EQUAL(clients[0].ends, 1);
        CU_ASSERT_EQUAL(lasted(0), 4 * SIM_SECOND);
        CU_ASSERT_EQUAL(service->books.sessions.cut_sum, (uint64_t)stopped);
        CU_ASSERT_EQUAL(service->books.sessions.left, (uint64_t)!stopped);
        tear_down();
    }
}

/* A client that ends, such as one in another task's container, leaves. */
static void a_client_that_ends_leaves(void)
{
    set_up((struct setting){ .tasks = 1 });
    run_to(SERVING_S);
    join(0, 1000);
    run_to(SERVING_S + 1);
    process_finish(&clients[0].process);
    CU_ASSERT_EQUAL(service->first->sessions, 0);
    CU_ASSERT_EQUAL(group->sessions.left, 1);
    CU_ASSERT_EQUAL(disconnected, 1);
    process_init(&clients[0].process, world->sim, NULL, on_end_of_hold);
    tear_down();
}

/* ---- what they take ----------------------------------------------------------------------------------------- */

/* METRIC-08: each session asks for its share as long as it is open; beyond 100 % nothing is left. */
static void sessions_use_cpu(void)
{
    static const struct {
        int sessions;
        double cpu_percent, shown_percent;
    } rows[] = { { 0, 20, 1 }, { 1, 20, 20 }, { 3, 20, 60 }, { 4, 30, 100 }, { 2, 0.2, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up((struct setting){ .tasks = 1, .cpu_percent = rows[i].cpu_percent });
        run_to(SERVING_S);
        for (int k = 0; k < rows[i].sessions; k++) {
            join(k, 100);
        }
        task_sample_cpu(service->first);
        run_to(SERVING_S + 50);
        CU_ASSERT_DOUBLE_EQUAL(task_sample_cpu(service->first), rows[i].shown_percent, 1e-6);
        run_to(SERVING_S + 150);
        task_sample_cpu(service->first);
        run_to(SERVING_S + 200);
        CU_ASSERT_DOUBLE_EQUAL(task_sample_cpu(service->first), 1, 1e-6);    /* all have left */
        tear_down();
    }
}

/* METRIC-05: CPU that nobody has reserved any more is used from that instant on. */
static void sessions_use_what_becomes_free(void)
{
    set_up((struct setting){ .tasks = 1, .cpu_percent = 50 });
    run_to(SERVING_S);
    for (int k = 0; k < 4; k++) {
        join(k, 100);
    }
    task_sample_cpu(service->first);
    run_to(SERVING_S + 20);
    task_set_cpu_limit(service->first, 2 * TASK_FULL_CPU);
    run_to(SERVING_S + 40);
    CU_ASSERT_DOUBLE_EQUAL(task_sample_cpu(service->first), 150, 1e-6);
    tear_down();
}

static void on_worked(struct work *work)
{
    *(sim_time *)work->task->program = sim_now(work->task->world->sim);
}

/* METRIC-08: 10 s of work that asks for half of the CPU, beside three sessions that do so: 200 % in all. */
static void sessions_slow_down_work(void)
{
    sim_time finished_at = -1;
    wide done = 0;
    set_up((struct setting){ .tasks = 1, .cpu_percent = 50 });
    run_to(SERVING_S);
    for (int i = 0; i < 3; i++) {
        join(i, 12);              /* until then 6 s of it are done */
    }
    struct work work;
    struct job job = { .left_ns = 10 * SIM_SECOND, .done_total = &done };
    service->first->program = &finished_at;
    task_work_alone(service->first, &work, &job, on_worked);
    run_to(SERVING_S + 100);
    CU_ASSERT_EQUAL(finished_at, (SERVING_S + 16) * SIM_SECOND);
    CU_ASSERT(done == 10 * SIM_SECOND);
    tear_down();
}

/* 20 % by itself, 30 % each: the third one is too much, and all three are cut. */
static void too_many_sessions_run_out_of_memory(void)
{
    for (int sessions = 2; sessions <= 3; sessions++) {
        set_up((struct setting){ .tasks = 1, .memory_percent = 30 });
        run_to(SERVING_S);
        for (int i = 0; i < sessions; i++) {
            join(i, 1000);
        }
        struct task *task = service->first;
        CU_ASSERT_DOUBLE_EQUAL(task_memory_percent(task), 20 + 30 * sessions, 1e-9);
        run_to(SERVING_S + 1);
        CU_ASSERT_EQUAL(task->ended, sessions == 3);
        CU_ASSERT_EQUAL(group->sessions.cut[CAUSE_CRASH], sessions == 3 ? 3 : 0);
        CU_ASSERT_EQUAL(task->exit_code, sessions == 3 ? 137 : 0);
        tear_down();
    }
}

/* A session's slot is useful as long as it is open, however it ends; the other slots are idle. */
static void the_slot_of_a_session_is_useful(void)
{
    set_up((struct setting){ .tasks = 1 });
    run_to(SERVING_S);
    struct task *task = service->first;
    task_flush_books(task);
    wide idle_before = task->shares.slot_ns[COST_IDLE];
    join(0, 1000);
    join(1, 10);
    CU_ASSERT_EQUAL(task->state, STATE_BUSY);
    run_to(SERVING_S + 30);
    task_exit(task, 1);
    CU_ASSERT(task->shares.slot_ns[COST_USEFUL] == 40 * SIM_SECOND);
    CU_ASSERT(task->shares.slot_ns[COST_IDLE] - idle_before == (4 * 30 - 40) * SIM_SECOND);
    CU_ASSERT(task->shares.slot_ns[COST_LOST] == 0);
    CU_ASSERT_EQUAL(service->books.busy_stops[CAUSE_CRASH], 1);
    CU_ASSERT(level_area(&service->books.busy_slots, sim_now(world->sim)) == 40 * SIM_SECOND);
    tear_down();
}

/* ---- books -------------------------------------------------------------------------------------------------- */

/* outputs.md, need(t): a session that is cut and comes back is one that ran to its end without a break. */
static void need_knows_no_cuts(void)
{
    set_up((struct setting){ .tasks = 1, .slots = 4 });
    run_to(SERVING_S);
    join(0, 100);
    join(1, 100);
    clients[2].session = target_group_connect(group, false, &clients[2].status);     /* nobody says for how long */
    CU_ASSERT_EQUAL(service->books.jobs_alone, 3);
    session_leave(clients[2].session);
    CU_ASSERT_EQUAL(service->books.jobs_alone, 2);
    run_to(SERVING_S + 40);
    task_exit(service->first, 1);
    run_to(SERVING_S + 90);       /* replaced by now */
    CU_ASSERT_EQUAL(service->books.jobs_alone, 2);
    clients[0].session = target_group_connect(group, true, &clients[0].status);
    CU_ASSERT_PTR_NOT_NULL_FATAL(clients[0].session);
    hold(&clients[0], 60);
    CU_ASSERT_EQUAL(service->books.jobs_alone, 2);
    run_to(SERVING_S + 99.9);
    CU_ASSERT_EQUAL(service->books.jobs_alone, 2);
    run_to(SERVING_S + 100);
    CU_ASSERT_EQUAL(service->books.jobs_alone, 0);
    CU_ASSERT_EQUAL(group->sessions.started, 3);
    CU_ASSERT_EQUAL(group->sessions.reconnects, 1);
    CU_ASSERT_EQUAL(group->sessions.cut[CAUSE_CRASH], 2);
    tear_down();
}

/* Counts are the window's; the laws of the audit are about the whole run. */
static void the_warm_up_does_not_count(void)
{
    set_up((struct setting){ .tasks = 1 });
    world->config.warm_up = 60 * SIM_SECOND;
    world->in_window = false;
    run_to(SERVING_S);
    join(0, 40);
    join(1, 10);
    run_to(60);
    world->in_window = true;
    session_books_end_of_warm_up(&group->sessions, sim_now(world->sim));
    join(2, 20);
    run_to(100);
    CU_ASSERT_EQUAL(group->sessions.started, 1);
    CU_ASSERT_EQUAL(group->sessions.asked, 3);
    CU_ASSERT(level_area(&group->sessions.open, sim_now(world->sim)) == (17 + 20) * SIM_SECOND);
    CU_ASSERT(session_books_area(&group->sessions, sim_now(world->sim)) == 70 * SIM_SECOND);
    tear_down();
}

/* Of three sessions through the target group, of 100 s but for what cuts two of them after 40 s, and one straight to the task;
 * a fourth client finds no slot, and one that was cut comes back. */
static void numbers_follow_the_sessions(void)
{
    static const struct {
        const char *kpi;
        bool of_group;            /* or of the run */
        int split;
        double expected;
    } rows[] = {
        { "sessions_in", false, -1, 4 },          { "sessions_in", true, -1, 3 },
        { "sessions_rejected", false, -1, 1 },    { "sessions_cut", false, -1, 3 },
        { "sessions_cut", true, CAUSE_CRASH, 2 }, { "sessions_cut", false, CAUSE_SCALE_IN, 0 },
        { "sessions_cut_per_10k", false, -1, 7500 }, { "reconnects", false, -1, 1 },
        { "avg_sessions", true, -1, (10 + 40 + 40 + 10) / 147.0 },
        { "avg_sessions", false, -1, (10 + 40 + 40 + 10 + 40) / 147.0 },
        { "busy_stops", false, CAUSE_CRASH, 1 },
    };
    set_up((struct setting){ .tasks = 1, .slots = 4 });
    run_to(SERVING_S);
    join(0, 10);
    join(1, 100);
    join(2, 100);
    join_directly(3, 100);
    join(4, 100);
    run_to(SERVING_S + 40);
    task_exit(service->first, 1);
    run_to(SERVING_S + 100);
    clients[1].session = target_group_connect(group, true, &clients[1].status);
    hold(&clients[1], 60);
    run_to(SERVING_S + 110);
    world->ended_at = sim_now(world->sim);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct kpi_scope scope = { .world = world, .target_group = rows[i].of_group ? group : NULL };
        double value = kpi_value(kpi_find(rows[i].kpi), &scope, rows[i].split);
        if (fabs(value - rows[i].expected) > 1e-9) {
            printf("\n    %s{%d}: %g, expected %g", rows[i].kpi, rows[i].split, value, rows[i].expected);
        }
        CU_ASSERT_DOUBLE_EQUAL(value, rows[i].expected, 1e-9);
    }
    tear_down();
}

static double read(const struct metric *metric)
{
    double value = -1;
    return metric_read(metric, 60 * SIM_SECOND, SIM_MINUTE, STATISTIC_SUM, &value) ? value : -1;
}

/* CW-09: what CloudWatch shows for the minute from 60 s to 120 s with so many sessions from 70 s on, four slots; -1: no data. */
static void cloudwatch_sees_the_connections(void)
{
    static const struct {
        const char *name;
        int sessions;
        double expected;
    } rows[] = {
        { "ActiveConnectionCount", 3, 3 }, { "ActiveConnectionCount", 0, -1 }, { "RequestCount", 3, 3 },
        { "HTTPCode_Target_5XX_Count", 6, 2 }, { "HTTPCode_Target_5XX_Count", 3, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        set_up((struct setting){ .tasks = 1 });
        struct metric_name name = { "AWS/ApplicationELB", rows[i].name, { { "TargetGroup", "chat" } }, 1 };
        struct metric *metric = metric_find(world, &name, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(metric);
        metric_keep(metric, 0, SIM_HOUR);
        probe_start(world);
        run_to(70);
        for (int k = 0; k < rows[i].sessions; k++) {
            join(k, 1000);
        }
        run_to(120);
        double value = read(metric);
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
        { "ALB-04, ALB-12: each reading picks its target", each_reading_picks_its_target },
        { "who gets none is told why", who_gets_none_is_told_why },
        { "sessions and requests share the slots", sessions_and_requests_share_the_slots },
        { "messages and requests share the slots", messages_and_requests_share_the_slots },
        { "ALB-08: a session lasts as long as its client stays", a_session_lasts_as_long_as_its_client_stays },
        { "each end of a task cuts its sessions", each_end_of_a_task_cuts_its_sessions },
        { "ALB-12: a short delay cuts before the stop timeout", a_short_delay_cuts_before_the_stop_timeout },
        { "a server stays for its last session", a_server_stays_for_its_last_session },
        { "a cordoned task stays in service", a_cordoned_task_stays_in_service },
        { "hanging up is a cut where the task is stopped", hanging_up_is_a_cut_where_the_task_is_stopped },
        { "a client that ends leaves", a_client_that_ends_leaves },
        { "METRIC-08: sessions use CPU", sessions_use_cpu },
        { "METRIC-05: sessions use what becomes free", sessions_use_what_becomes_free },
        { "METRIC-08: sessions slow down work", sessions_slow_down_work },
        { "too many sessions run out of memory", too_many_sessions_run_out_of_memory },
        { "the slot of a session is useful", the_slot_of_a_session_is_useful },
        { "need(t) knows no cuts", need_knows_no_cuts },
        { "numbers follow the sessions", numbers_follow_the_sessions },
        { "the warm-up does not count", the_warm_up_does_not_count },
        { "CW-09: CloudWatch sees the connections", cloudwatch_sees_the_connections },
        UNIT_END,
    };
    return unit_main("model/session", tests);
}
