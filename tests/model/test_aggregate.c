#include "lib/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "model/aggregate.h"
#include "model/probe.h"
#include "model/request.h"
#include "model/workload.h"
#include "model/world.h"

/* Tasks run after 26 s and have their first health check at once when they are registered, after 35 s. */
enum { SERVING_S = 37, DELAY_S = 60, IDLE_TIMEOUT_S = 30 };

static const double WORK_S = 0.1;

static struct world *world;
static struct target_group *group;
static struct service *service;
static struct task_definition definition;
static struct app app;
static struct workload_sink sink;

static void assume(const char *name, const char *value)
{
    struct error err;
    CU_ASSERT_FATAL(assumptions_set(&world->assumptions, name, value, &err));
}

static void add_group(enum routing routing)
{
    const struct target_group_config config = {
        .name = "web", .deregistration_delay = DELAY_S * SIM_SECOND, .idle_timeout = IDLE_TIMEOUT_S * SIM_SECOND,
        .routing = routing,
    };
    group = target_group_create(world, &config);
}

static void set_up(int tasks, int slots, enum routing routing)
{
    world = world_create(1, 0);
    assume("ecs_react_latency_s", "5");
    assume("created_to_pull_s", "15");
    assume("pull_s", "6");
    assume("resolve_digests", "off");
    assume("first_health_check_s", "0");
    add_group(routing);
    app = serving_app;
    definition = (struct task_definition){
        .family = "web", .revision = 1, .name = "web:1", .cpu_units = 1024, .memory_mib = 2048,
        .ephemeral_storage_gib = 20, .stop_timeout_s = 30, .slots = slots, .startup = dist_constant(0),
        .cpu_percent = 100, .idle_cpu_percent = -1, .idle_memory_percent = -1, .app = &app,
    };
    const struct service_config config = {
        .name = "web", .cluster = "default", .definition = &definition, .desired_count = tasks,
        .zones = { "a" }, .zone_count = 1, .deployment = { .minimum_healthy_percent = 100, .maximum_percent = 200 },
        .target_groups = { group }, .target_group_count = 1,
    };
    service = service_create(world, &config, &world->assumptions);
}

static struct dist exponential_work(void)
{
    struct error err;
    struct dist dist = { .type = dist_type_find("exponential"), .mean = WORK_S, .min = -INFINITY, .max = INFINITY };
    CU_ASSERT_FATAL(dist_init(&dist, &err));
    return dist;
}

static struct rate rate_of(const struct rate_point *points, size_t count)
{
    struct error err;
    struct rate rate = { .points = points, .count = count };
    CU_ASSERT_FATAL(rate_init(&rate, world->arena, &err));
    return rate;
}

static bool create_aggregate(const char *load, struct error *err)
{
    const struct aggregate_config config = { .load = load, .work = exponential_work() };
    return aggregate_create(group, &config, err);
}

/* A load from `start_s` on that comes in cohorts above `limit` a second. */
static void add_load(const struct rate_point *points, size_t count, double start_s, double limit)
{
    struct error err;
    CU_ASSERT_FATAL(create_aggregate("visitors", &err));
    sink = (struct workload_sink){ .target_group = group };
    const struct workload_config config = {
        .name = "visitors", .rate = rate_of(points, count), .start = sim_from_seconds(start_s), .stop = SIM_NEVER,
        .into = &sink, .into_count = 1, .work = exponential_work(), .aggregate_above = limit,
    };
    workload_create(world, &config);
}

static void add_steady_load(double per_second, double start_s)
{
    const struct rate_point point = { 0, per_second };
    add_load(&point, 1, start_s, 1);
}

/* To the end: world_run holds the books to the laws of audit.h. */
static void run_for(double seconds)
{
    struct error err;
    world->config.duration = sim_from_seconds(seconds);
    if (!world_run(world, &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

static uint64_t ended(void)
{
    const struct job_books *books = &group->books;
    return books->completed + books->rejected + books->timed_out + books->cut;
}

static uint64_t in_cohorts(void)
{
    return aggregate_use(group->aggregate).requests;
}

static void what_comes_is_answered(void)
{
    set_up(10, 1000, ROUTE_ROUND_ROBIN);
    add_steady_load(50, SERVING_S);
    run_for(SERVING_S + 2000);
    CU_ASSERT_DOUBLE_EQUAL((double)group->books.sent, 50 * 2000, 5 * sqrt(50 * 2000));
    CU_ASSERT_EQUAL(in_cohorts(), group->books.sent);
    CU_ASSERT_EQUAL(group->books.completed + (uint64_t)aggregate_open(group->aggregate), group->books.sent);
    double work_s = (double)group->books.work_useful_ns / 1e9;
    CU_ASSERT_DOUBLE_EQUAL(work_s / (double)group->books.completed, WORK_S, 0.02 * WORK_S);
    CU_ASSERT(tally_mean(&group->books.time_in_system) > 1.1 * WORK_S * 1e9);
    CU_ASSERT(tally_mean(&group->books.time_in_system) < 2 * WORK_S * 1e9);
    world_destroy(world);
}

/* Half loaded: METRIC-08. Slots are busy as long as requests are in them. */
static void tasks_are_as_busy_as_their_requests(void)
{
    set_up(4, 1, ROUTE_WEIGHTED_RANDOM);
    add_steady_load(20, SERVING_S);
    world->config.warm_up = 100 * SIM_SECOND;
    run_for(4100);
    double slots = (double)level_area(&service->books.slots, world->ended_at);
    CU_ASSERT_DOUBLE_EQUAL((double)level_area(&service->books.busy_slots, world->ended_at) / slots, 0.5, 0.02);
    CU_ASSERT_DOUBLE_EQUAL((double)level_area(&service->books.busy_running, world->ended_at) / slots, 0.5, 0.02);
    const struct cost_shares *shares = &service->books.accounts[0].shares;
    double whole = (double)(shares->slot_ns[COST_USEFUL] + shares->slot_ns[COST_IDLE]);
    CU_ASSERT_DOUBLE_EQUAL((double)shares->slot_ns[COST_USEFUL] / whole, 0.5, 0.02);
    double cpu_percent, memory_percent;
    probe_service_cpu(service, &cpu_percent, &memory_percent);
    CU_ASSERT_DOUBLE_EQUAL(cpu_percent, 50, 12);
    world_destroy(world);
}

static void nobody_there_is_503(void)
{
    set_up(0, 1, ROUTE_ROUND_ROBIN);
    add_steady_load(100, 0);
    run_for(30.5);
    CU_ASSERT(group->books.sent > 2500);
    CU_ASSERT_EQUAL(group->books.rejected, group->books.sent);
    CU_ASSERT_EQUAL(in_cohorts(), 0);
    world_destroy(world);
}

/* ALB-08: the task goes on with what nobody waits for. */
static void too_slow_is_504(void)
{
    set_up(2, 1, ROUTE_ROUND_ROBIN);
    add_steady_load(40, SERVING_S);
    run_for(SERVING_S + 300);
    CU_ASSERT(group->books.timed_out > 4000);
    CU_ASSERT(group->books.work_lost_ns[CAUSE_GIVEN_UP] > 0);
    CU_ASSERT_EQUAL(group->books.rejected + group->books.cut, 0);
    int64_t longest = group->books.time_in_system.histogram.max;
    CU_ASSERT_EQUAL(longest, IDLE_TIMEOUT_S * SIM_SECOND);
    CU_ASSERT(group->waiting > 3000);
    world_destroy(world);
}

static void lose_one(struct sim *sim, void *self)
{
    (void)sim;
    (void)self;
    task_lose(service->first, CAUSE_HOST, "ServiceSchedulerInitiated", "host");
}

static void a_lost_task_takes_its_requests_along(void)
{
    set_up(3, 4, ROUTE_LEAST_OUTSTANDING);
    add_steady_load(25, SERVING_S);
    sim_at(world->sim, sim_from_seconds(100.37), RANK_SCALING, lose_one, NULL);
    run_for(200);
    CU_ASSERT(group->books.cut > 0);
    CU_ASSERT_EQUAL(group->books.cut, group->books.jobs_cut[CAUSE_HOST]);
    CU_ASSERT(group->books.work_lost_ns[CAUSE_HOST] > 0);
    CU_ASSERT(group->books.cut < 40);
    world_destroy(world);
}

static void shrink(struct sim *sim, void *self)
{
    (void)sim;
    (void)self;
    service_set_desired(service, 2, "test");
}

/* SCHED-06, SCHED-07: the deregistration delay is longer than the requests. */
static void a_drained_task_cuts_nothing(void)
{
    set_up(5, 1000, ROUTE_ROUND_ROBIN);
    add_steady_load(10, SERVING_S);
    sim_at(world->sim, sim_from_seconds(100.37), RANK_SCALING, shrink, NULL);
    run_for(400);
    CU_ASSERT_EQUAL(service->running_count, 2);
    CU_ASSERT_EQUAL(world->tasks_stopped, 3);
    CU_ASSERT_EQUAL(group->books.cut + group->books.rejected + group->books.timed_out, 0);
    world_destroy(world);
}

/* Across the limit and back, twice. */
static void nothing_is_lost_between_the_modes(void)
{
    static const struct rate_point points[] = {
        { 100 * SIM_SECOND, 10 }, { 200 * SIM_SECOND, 60 }, { 300 * SIM_SECOND, 5 }, { 300 * SIM_SECOND, 50 },
        { 400 * SIM_SECOND, 50 }, { 400 * SIM_SECOND, 5 },
    };
    set_up(6, 2, ROUTE_ROUND_ROBIN);
    add_load(points, sizeof points / sizeof points[0], SERVING_S, 30);
    run_for(500);
    /* The rate passes the limit at 140 s and at 254.5 s, besides the two steps. */
    const double single = 63 * 10 + 40 * 20 + 5 / 11.0 * 100 * 17.5 + 500, cohorts = 60 * 45 + 6 / 11.0 * 100 * 45 + 5000;
    double sent = (double)group->books.sent, aggregate = (double)in_cohorts();
    CU_ASSERT_DOUBLE_EQUAL(aggregate, cohorts, 5 * sqrt(cohorts));
    CU_ASSERT_DOUBLE_EQUAL(sent - aggregate, single, 5 * sqrt(single));
    CU_ASSERT(ended() >= group->books.sent - 5);
    CU_ASSERT_EQUAL(group->books.completed, ended());
    world_destroy(world);
}

static void nothing_is_left_when_the_load_is_over(void)
{
    static const struct rate_point points[] = { { 0, 25 }, { 200 * SIM_SECOND, 25 }, { 200 * SIM_SECOND, 0 } };
    set_up(3, 2, ROUTE_ROUND_ROBIN);
    add_load(points, sizeof points / sizeof points[0], SERVING_S, 1);
    run_for(260);
    CU_ASSERT_EQUAL(group->books.completed, group->books.sent);
    CU_ASSERT_EQUAL(group->waiting + group->served + aggregate_open(group->aggregate), 0);
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        CU_ASSERT_EQUAL(task->attempt_count, 0);
        CU_ASSERT_EQUAL(task->targets->outstanding, 0);
    }
    world_destroy(world);
}

/* Common random numbers: what comes is the same, whoever takes it. */
static void the_fleet_does_not_change_what_comes(void)
{
    wide work_ns[2];
    uint64_t sent[2];
    for (int i = 0; i < 2; i++) {
        set_up(i == 0 ? 3 : 9, i == 0 ? 1 : 8, i == 0 ? ROUTE_ROUND_ROBIN : ROUTE_LEAST_OUTSTANDING);
        add_steady_load(1000, 20);
        run_for(60.25);
        sent[i] = group->books.sent;
        work_ns[i] = group->books.work_arrived_ns;
        world_destroy(world);
    }
    CU_ASSERT_EQUAL(sent[0], sent[1]);
    CU_ASSERT(work_ns[0] == work_ns[1]);
    CU_ASSERT_DOUBLE_EQUAL((double)sent[0], 40250, 1000);
}

static void send_fifty(struct sim *sim, void *self)
{
    (void)sim;
    (void)self;
    for (int i = 0; i < 50; i++) {
        target_group_send(group, SIM_SECOND);
    }
}

static void single_requests_go_beside_cohorts(void)
{
    set_up(2, 2, ROUTE_LEAST_OUTSTANDING);
    add_steady_load(10, SERVING_S);
    sim_at(world->sim, sim_from_seconds(60.4), RANK_ARRIVAL, send_fifty, NULL);
    run_for(200);
    CU_ASSERT_EQUAL(group->books.sent - in_cohorts(), 50);
    CU_ASSERT(ended() >= group->books.sent - 8);
    world_destroy(world);
}

static const char *told(bool done, const struct error *err)
{
    return done ? "" : err->text;
}

static void what_cannot_be_is_said(void)
{
    struct error err;
    set_up(1, 1, ROUTE_ROUND_ROBIN);
    CU_ASSERT(create_aggregate("visitors", &err));
    CU_ASSERT_STRING_EQUAL(told(create_aggregate("others", &err), &err),
                           "target group 'web' has a load with aggregate_above already: 'visitors'");
    world_destroy(world);
    set_up(1, 1, ROUTE_MOST_OUTSTANDING);
    CU_ASSERT_STRING_EQUAL(told(create_aggregate("visitors", &err), &err),
                           "aggregate_above cannot go with 'most_outstanding_requests', the algorithm of target group 'web'");
    world_destroy(world);
}

static void start_nothing(struct app *self, struct task *task)
{
    (void)self;
    (void)task;
}

static void a_program_of_its_own_is_refused(void)
{
    struct error err;
    set_up(1, 1, ROUTE_ROUND_ROBIN);
    app.start = start_nothing;
    add_steady_load(10, 0);
    world->config.duration = 100 * SIM_SECOND;
    CU_ASSERT_FATAL(!world_run(world, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "load 'visitors' has aggregate_above, which is for tasks that merely work on "
                                            "requests: 'web:1' has a program of its own"));
    world_destroy(world);
}

static void the_run_says_what_is_known_of_the_error(void)
{
    static const struct {
        double per_second;
        enum aggregate_band band;
    } rows[] = { { 5, BAND_MODERATE }, { 8.7, BAND_HIGH }, { 9.4, BAND_EXTREME }, { 12, BAND_BEYOND } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(1, 1, ROUTE_ROUND_ROBIN);
        add_steady_load(rows[i].per_second, SERVING_S);
        run_for(500);
        CU_ASSERT_EQUAL(aggregate_use(group->aggregate).band, rows[i].band);
        world_destroy(world);
    }
    CU_ASSERT_EQUAL(aggregate_use(NULL).requests, 0);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "what comes is answered", what_comes_is_answered },
        { "tasks are as busy as their requests make them", tasks_are_as_busy_as_their_requests },
        { "without a target it is 503", nobody_there_is_503 },
        { "what takes too long is 504, and the task goes on", too_slow_is_504 },
        { "a lost task takes its requests along", a_lost_task_takes_its_requests_along },
        { "a drained task cuts nothing", a_drained_task_cuts_nothing },
        { "nothing is lost between the modes", nothing_is_lost_between_the_modes },
        { "nothing is left when the load is over", nothing_is_left_when_the_load_is_over },
        { "the fleet does not change what comes", the_fleet_does_not_change_what_comes },
        { "single requests go beside cohorts", single_requests_go_beside_cohorts },
        { "what cannot be is said", what_cannot_be_is_said },
        { "a program of its own is refused", a_program_of_its_own_is_refused },
        { "the run says what is known of the error", the_run_says_what_is_known_of_the_error },
        UNIT_END,
    };
    return unit_main("model/aggregate", tests);
}
