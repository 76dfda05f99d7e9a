#include "model/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "lib/unit.h"
#include "lib/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- a run by hand ------------------------------------------------------------------------------------------ */

/* The simplest consumer: receive, work, delete, again; deaf to SIGTERM. */
struct consumer {
    struct process process;
    struct work work;
    struct attempt *attempt;      /* being worked on; NULL while receiving */
};

static struct fixture fixture;

static void on_consumer(struct process *process)
{
    struct consumer *consumer = process->task->program;
    if (consumer->attempt != NULL) {
        attempt_delete(consumer->attempt, process);
        consumer->attempt = NULL;
    } else if (process->attempt != NULL) {
        consumer->attempt = process->attempt;
        task_work(process->task, &consumer->work, process, &consumer->attempt->job, INT64_MAX);
        return;
    }
    queue_receive(fixture.queue, process, 1);
}

static void start_consumer(struct app *app, struct task *task)
{
    (void)app;
    struct consumer *consumer = arena_alloc(task->world->arena, sizeof *consumer);
    task->program = consumer;
    process_init(&consumer->process, task->world->sim, task, on_consumer);
    queue_receive(fixture.queue, &consumer->process, 1);
}

enum { JOBS = 10 };

/* Ten jobs of a minute at time 0. The program starts at 25 s, job k is delivered at 25.005 + 60.020 k and deleted 60.005 s
 * later. */
static void begin(void)
{
    fixture_init(&fixture, 1);
    fixture.puppet.app = (struct app){ start_consumer, NULL, NULL };
    fixture.world->config.duration = SIM_HOUR;
    for (int i = 0; i < JOBS; i++) {
        queue_send(fixture.queue, SIM_MINUTE, -1);
    }
}

static void finish(void)
{
    struct error err;
    if (!world_run(fixture.world, &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

static double value_of(const char *name)
{
    struct kpi_reference reference;
    struct error err;
    if (!kpi_reference_parse(&reference, fixture.world, name, &err)) {
        CU_FAIL_FATAL(err.text);
    }
    return kpi_reference_value(&reference);
}

struct expected {
    const char *name;
    double value;                 /* NAN: undefined */
    double tolerance;             /* relative */
};

static void check_values(const struct expected *expected, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double value = value_of(expected[i].name), right = expected[i].value;
        bool same = isnan(right) ? isnan(value) : fabs(value - right) <= expected[i].tolerance * fabs(right);
        if (!same) {
            printf("\n%s is %.12g instead of %.12g\n", expected[i].name, value, right);
        }
        CU_ASSERT(same);
    }
}

#define EXACTLY 1e-12
#define BUCKET 0.004              /* of a histogram */

/* 256 units and 512 MiB */
#define TASK_SECOND_USD (0.0123425 / 3600)

static const struct expected of_the_calm_run[] = {
    { "jobs_in", 10, 0 },
    { "jobs_done", 10, 0 },
    { "tis_p50", 325.09, BUCKET },
    { "tis_p99", 625.19, BUCKET },
    { "wait_p50", 265.085, BUCKET },
    { "wait_p95", 565.185, BUCKET },
    { "oldest_age_max", 625.19, 1e-9 },
    { "oldest_age_cw_max", 600, EXACTLY },
    { "slo_attainment", NAN, 0 },                            /* no SLO */
    { "slo_miss_min", NAN, 0 },
    { "drain_time", 505.165, EXACTLY },                      /* at most one visible */
    { "busy_stops", 0, 0 },
    { "jobs_cut", 0, 0 },
    { "work_lost_s", 0, 0 },
    { "work_lost_ratio", 0, 0 },
    { "redeliveries", 0, 0 },
    { "delay_by_cut_s", NAN, 0 },                            /* none was cut */
    { "protection_coverage", 0, 0 },
    { "protected_idle_h", 0, 0 },
    { "protect_calls_peak", 0, 0 },
    { "task_starts_h", 1, 0 },
    { "under_area", (250 + 9 * 35) / 3600.0, EXACTLY },      /* need is 10 for a minute; ready is 1 from 25 s */
    { "over_area", 3540 / 3600.0, EXACTLY },
    { "under_share", 60 / 3600.0, EXACTLY },
    { "time_at_min", NAN, 0 },                               /* no scalable target */
    { "time_to_ready_p50", NAN, 0 },
    { "not_scaled", 0, 0 },
    { "actions{in}", 0, 0 },
    { "avg_tasks", 3575 / 3600.0, EXACTLY },
    { "max_tasks", 1, 0 },
    { "util", 600.05 / 3575, EXACTLY },
    { "worker.cost", 3580 * TASK_SECOND_USD, 1e-9 },         /* billed from the pull at 20 s */
    { "cost_useful", 600.05 * TASK_SECOND_USD, 1e-9 },
    { "cost_startup", 5 * TASK_SECOND_USD, 1e-6 },
    { "cost_idle", (3575 - 600.05) * TASK_SECOND_USD, 1e-9 },
    { "cost_lost", 0, 0 },
    { "cost_stopping", 0, 0 },
    { "worker.cost_vs_oracle", 3580 / 600.0, 1e-9 },         /* ten minutes were needed */
    { "blocked_s", 0, 0 },
    { "little_residual", 0, 0 },
};

static void a_calm_run_comes_out_as_computed_by_hand(void)
{
    begin();
    finish();
    check_values(of_the_calm_run, COUNT_OF(of_the_calm_run));
    /* 10 sends, 10 deletes, 10 receives with a message and long polls of 20 s and a call until the end. */
    double requests = (double)fixture.queue->books.requests;
    CU_ASSERT(requests > 10 + 10 + 10 + 140 && requests < 10 + 10 + 10 + 150);
    CU_ASSERT_DOUBLE_EQUAL(value_of("cost_control"), requests * 0.4e-6, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(value_of("cost"), value_of("worker.cost") + value_of("cost_control"), 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(value_of("cost_month"), 730 * value_of("cost"), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of("cost_per_1k"), 100 * value_of("cost"), 1e-12);
    fixture_finish(&fixture);
}

static void stop_the_fleet(struct sim *sim, void *self)
{
    (void)sim;
    service_set_desired(self, 0, "update_service");
}

static const struct expected of_the_cut_run[] = {
    { "jobs_done", 1, 0 },
    { "busy_stops", 1, 0 },
    { "busy_stops{scale_in}", 1, 0 },
    { "busy_stops{crash}", 0, 0 },
    { "worker.jobs_cut{scale_in}", 1, 0 },
    { "work_lost_s", 49.97, EXACTLY },
    { "jobs.work_lost_s{scale_in}", 49.97, EXACTLY },
    { "work_lost_s{overtaken}", 0, 0 },
    { "work_lost_ratio", 49.97 / 109.97, EXACTLY },
    { "drain_time", 3600, EXACTLY },                         /* not drained when the run ends */
    { "tis_p99", 3600, BUCKET },                             /* unfinished jobs count with their age */
    { "slo_attainment", 0.1, EXACTLY },
    { "worker.cost", 126 * TASK_SECOND_USD, 1e-8 },          /* 20 s to 146 s: container's end at 135 s and 11 s */
    { "cost_lost", (135 - 85.025) * TASK_SECOND_USD, 1e-6 },
    { "little_residual", 0.95, 1 },
    { "max_tasks", 1, 0 },
};

/* At 100 s the desired count becomes 0; ECS reacts at 105 s and kills at 135 s a job that was begun at 85.030 s. */
static void a_stop_in_mid_job_is_booked_to_its_cause(void)
{
    begin();
    fixture.world->config.slo = 2 * SIM_MINUTE;
    sim_at(fixture.world->sim, 100 * SIM_SECOND, RANK_SCALING, stop_the_fleet, fixture.service);
    finish();
    check_values(of_the_cut_run, COUNT_OF(of_the_cut_run));
    CU_ASSERT(value_of("slo_miss_min") >= 57 && value_of("slo_miss_min") <= 58);
    fixture_finish(&fixture);
}

/* ---- names -------------------------------------------------------------------------------------------------- */

static void add_tally_and_level(struct world *world)
{
    world->tallies = mem_alloc(sizeof *world->tallies);
    world->tallies[0] = (struct named_tally){ .name = "queue_wait", .unit = "s" };
    world->tally_count = world->tally_room = 1;
    world->levels = mem_alloc(sizeof *world->levels);
    world->levels[0] = (struct named_level){ .name = "open", .unit = "doors" };
    world->level_count = world->level_room = 1;
}

static void tallies_and_levels_have_their_numbers(void)
{
    static const struct expected expected[] = {
        { "queue_wait.count", 4, 0 },      { "queue_wait.mean", 2.5, EXACTLY }, { "queue_wait.p50", 2, BUCKET },
        { "queue_wait.p99", 4, BUCKET },   { "queue_wait.max", 4, EXACTLY },    { "open.mean", 6, EXACTLY },
        { "open.min", 0, 0 },              { "open.max", 8, 0 },                { "open.last", 8, 0 },
    };
    begin();
    add_tally_and_level(fixture.world);
    for (int i = 1; i <= 4; i++) {
        tally_add(&fixture.world->tallies[0].tally, i * SIM_SECOND);
    }
    /* 8 doors from 900 s on. */
    fixture.world->levels[0].max = fixture.world->levels[0].value = 8;
    fixture.world->levels[0].since = 900 * SIM_SECOND;
    finish();
    check_values(expected, COUNT_OF(expected));
    fixture_finish(&fixture);
}

static const struct {
    const char *name, *message;
} wrong_names[] = {
    { "work_lst_s", "unknown number 'work_lst_s', did you mean 'work_lost_s'?" },
    { "nothing_like_it_at_all", "unknown number 'nothing_like_it_at_all'" },
    { "wroker.util", "unknown service, queue, target group, tally or level 'wroker', did you mean 'worker'?" },
    { "worker.utl", "unknown number 'utl', did you mean 'util'?" },
    { "jobs.util", "queue 'jobs' has no number 'util' of its own" },
    { "worker.cost_control", "service 'worker' has no number 'cost_control' of its own" },
    { "util{scale_in}", "'util' is not split, so '{scale_in}' names nothing" },
    { "work_lost_s{scale_inn}", "unknown split of 'work_lost_s' 'scale_inn', did you mean 'scale_in'?" },
    { "busy_stops{overtaken}", "unknown split of 'busy_stops' 'overtaken'" },
    { "busy_stops{scale_in", "'busy_stops{scale_in': a split is written like work_lost_s{scale_in}" },
    { "busy_stops{}", "'busy_stops{}': a split is written like work_lost_s{scale_in}" },
    { "queue_wait", "'queue_wait' has several numbers, say which: 'queue_wait.mean'" },
    { "queue_wait.p90", "unknown number of 'queue_wait' 'p90', did you mean 'p50'?" },
    { "open.p95", "unknown number of 'open' 'p95'" },
    { "open.mean{x}", "'open' is not split, so '{x}' names nothing" },
    { "", "unknown number ''" },
    { ".util", "'.util': whose number is it?" },
};

static void wrong_names_are_told_with_the_nearest_right_one(void)
{
    begin();
    add_tally_and_level(fixture.world);
    for (size_t i = 0; i < COUNT_OF(wrong_names); i++) {
        struct kpi_reference reference;
        struct error err;
        CU_ASSERT_FALSE(kpi_reference_parse(&reference, fixture.world, wrong_names[i].name, &err));
        if (strcmp(err.text, wrong_names[i].message) != 0) {
            printf("\n%s\n", err.text);
        }
        CU_ASSERT_STRING_EQUAL(err.text, wrong_names[i].message);
    }
    fixture_finish(&fixture);
}

struct visited {
    int count, wrong;
};

static void compare_with_its_name(void *context, const char *name, const char *unit, double value)
{
    struct visited *visited = context;
    struct kpi_reference reference;
    struct error err;
    visited->count++;
    bool same = kpi_reference_parse(&reference, fixture.world, name, &err) &&
                strcmp(kpi_reference_unit(&reference), unit) == 0;
    double again = same ? kpi_reference_value(&reference) : 0;
    visited->wrong += !same || !(again == value || (isnan(again) && isnan(value)));
}

static void every_number_that_is_told_can_be_asked_for_by_its_name(void)
{
    begin();
    add_tally_and_level(fixture.world);
    finish();
    struct visited visited = { 0, 0 };
    outcome_visit(fixture.world, compare_with_its_name, &visited);
    CU_ASSERT(visited.count > 3 * (int)kpi_count / 2);
    CU_ASSERT_EQUAL(visited.wrong, 0);
    fixture_finish(&fixture);
}

static void the_table_is_complete(void)
{
    for (size_t i = 0; i < kpi_count; i++) {
        const struct kpi *kpi = &kpi_table[i];
        CU_ASSERT_PTR_EQUAL(kpi_find(kpi->name), kpi);       /* no name twice */
        CU_ASSERT(kpi->definition != NULL && kpi->unit != NULL && kpi->value != NULL);
        CU_ASSERT_EQUAL(kpi->splits == NULL, kpi->split_count == 0);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a calm run comes out as computed by hand", a_calm_run_comes_out_as_computed_by_hand },
        { "a stop in mid-job is booked to its cause", a_stop_in_mid_job_is_booked_to_its_cause },
        { "tallies and levels have their numbers", tallies_and_levels_have_their_numbers },
        { "wrong names are told with the nearest right one", wrong_names_are_told_with_the_nearest_right_one },
        { "every number that is told can be asked for by its name", every_number_that_is_told_can_be_asked_for_by_its_name },
        { "the table is complete", the_table_is_complete },
        UNIT_END,
    };
    return unit_main("model/outcome", tests);
}
