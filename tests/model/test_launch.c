/* Starts that fail, and the pauses that follow. Passes at 5 s and every 10 s from then on; a pull begins 18 s after the
 * task's creation and fails half a second later. */
#include "model/launch.h"

#include <stdio.h>
#include <string.h>

#include "engine/trace.h"
#include "lib/unit.h"
#include "lib/world.h"
#include "model/record.h"

static struct fixture fixture;

/* What became of the tasks. */
static struct {
    double created[64];           /* s */
    int created_count;
    double ended[3];              /* of the first task: created, execution stopped, STOPPED */
    const char *stop_code, *reason;
    sim_time started_at;
} seen;

static void on_status(void *context, sim_time now, int kind, const void *record)
{
    (void)context;
    (void)kind;
    const struct record_task_status *status = record;
    if (strcmp(status->what, "created") == 0 && seen.created_count < 64) {
        seen.created[seen.created_count++] = sim_seconds(now);
    }
    if (strcmp(status->what, "stopped") == 0 && seen.stop_code == NULL) {
        const struct task *task = status->task;
        seen.ended[0] = sim_seconds(task->created_at);
        seen.ended[1] = sim_seconds(task->execution_stopped_at);
        seen.ended[2] = sim_seconds(task->stopped_at);
        seen.stop_code = task->stop_code;
        seen.reason = task->stopped_reason;
        seen.started_at = task->started_at;
    }
}

static const struct task_definition *definition_failing_with(double p)
{
    struct task_definition *definition = arena_alloc(fixture.world->arena, sizeof *definition);
    *definition = *fixture.service->config.definition;
    definition->pull_error_p = p;
    return definition;
}

/* A service whose image is missing from the start. */
static void begin(int desired_count, const char *assumptions)
{
    fixture_init_assuming(&fixture, desired_count, assumptions);
    memset(&seen, 0, sizeof seen);
    trace_observe(sim_trace(fixture.world->sim), RECORD_BIT(RECORD_TASK_STATUS), on_status, NULL);
    fixture.service->deployments->definition = definition_failing_with(1);
}

static void pauses_double_up_to_the_cap(void)
{
    static const struct {
        double start_s, cap_s;
        int doublings;
        double expected_s;
    } rows[] = {
        { 10, 1620, 0, 10 }, { 10, 1620, 1, 20 }, { 10, 1620, 7, 1280 }, { 10, 1620, 8, 1620 }, { 10, 1620, 1000000, 1620 },
        { 10, 900, 7, 900 }, { 60, 30, 0, 30 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sim_time start = sim_from_seconds(rows[i].start_s), cap = sim_from_seconds(rows[i].cap_s);
        CU_ASSERT_EQUAL(launch_backoff_pause(start, cap, rows[i].doublings), sim_from_seconds(rows[i].expected_s));
    }
}

static void an_image_that_is_missing_ends_a_task_like_this(void)
{
    begin(1, "created_to_pull_s=18 backoff_after=1000");
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(seen.ended[0], 5);
    CU_ASSERT_EQUAL(seen.ended[1], 23.5);   /* SCHED-21: 18.5 s */
    CU_ASSERT_EQUAL(seen.ended[2], 47.5);   /* SCHED-21: 42.0 s in the one capture, 42.5 by eni_detach_s */
    CU_ASSERT_STRING_EQUAL(seen.stop_code, "TaskFailedToStart");
    CU_ASSERT_PTR_NOT_NULL(strstr(seen.reason, "CannotPullContainerError"));
    CU_ASSERT(seen.started_at < 0);
    CU_ASSERT_EQUAL(fixture.puppet.starts, 0);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_CRASH], 2);   /* the second one at 43.5 s */
    fixture_finish(&fixture);
}

static void failures_are_drawn_task_by_task(void)
{
    fixture_init(&fixture, 400);
    fixture.service->deployments->definition = definition_failing_with(0.25);
    fixture_run(&fixture, 24);   /* the first hundred */
    int failing = 0, all = 0;
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        failing += task->pull_fails;
        all++;
    }
    CU_ASSERT_EQUAL(all, 200);
    CU_ASSERT(failing > 25 && failing < 75);   /* 50, and four standard deviations of 6.1 to either side */
    fixture_finish(&fixture);
}

static void pauses_grow_while_starts_keep_failing(void)
{
    /* SCHED-28: each start at the first pass after the failure, or, from the third on, after the pause: 10 s, 20 s, ... */
    static const double expected[] = { 5, 25, 45, 75, 115, 175, 275, 455, 795, 1455, 2755, 4395, 6035 };
    begin(1, "created_to_pull_s=18");
    fixture_run(&fixture, 6100);
    CU_ASSERT_EQUAL(seen.created_count, (int)(sizeof expected / sizeof *expected));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        CU_ASSERT_EQUAL(seen.created[i], expected[i]);
    }
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "(service worker) is unable to consistently start tasks successfully."), 1);
    fixture_finish(&fixture);
}

static void tasks_that_fail_together_are_one_failure_of_the_curve(void)
{
    begin(20, "created_to_pull_s=17..19");
    fixture_run(&fixture, 600);
    /* Rounds of 20 at 5 s, then after 10, 20, 40, 80, 160 s, each counted from the first failure of a round. */
    CU_ASSERT_EQUAL(fixture.service->deployments->failed_tasks, 6 * 20);
    CU_ASSERT_EQUAL(fixture.service->deployments->backoff.doublings, 5);
    fixture_finish(&fixture);
}

static void a_new_task_definition_starts_at_once(void)
{
    begin(2, "created_to_pull_s=18");
    fixture_run(&fixture, 700);   /* SCHED-26: in a pause of more than five minutes */
    int before = seen.created_count;
    service_deploy(fixture.service, definition_failing_with(0));
    fixture_run(&fixture, 706);
    CU_ASSERT_EQUAL(seen.created_count, before + 2);
    fixture_run(&fixture, 760);
    CU_ASSERT_EQUAL(fixture.service->running_count, 2);
    fixture_finish(&fixture);
}

static void a_start_that_succeeds_ends_the_count(void)
{
    begin(1, "created_to_pull_s=18");
    fixture_run(&fixture, 60);    /* two have failed; the third is on its way */
    CU_ASSERT_EQUAL(fixture.service->deployments->failed_tasks, 2);
    fixture.service->last->pull_fails = false;
    fixture_run(&fixture, 70);
    CU_ASSERT_EQUAL(fixture.service->running_count, 1);
    CU_ASSERT_EQUAL(fixture.service->deployments->failed_tasks, 0);
    task_exit(fixture.puppet.task, 1);
    fixture_run(&fixture, 100);
    CU_ASSERT_EQUAL(fixture.service->deployments->failed_tasks, 1);   /* 75 + 18.5 s */
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "unable to consistently start"), 0);
    fixture_finish(&fixture);
}

static void tasks_that_ran_are_replaced_without_a_pause(void)
{
    fixture_init(&fixture, 1);
    for (int crash = 0; crash < 10; crash++) {   /* SCHED-27 */
        fixture_run(&fixture, 26 + 30 * crash);
        CU_ASSERT_EQUAL_FATAL(fixture.service->running_count, 1);
        task_exit(fixture.puppet.task, 1);
    }
    CU_ASSERT_EQUAL(fixture.service->deployments->failed_tasks, 0);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "unable to consistently start"), 0);
    fixture_finish(&fixture);
}

static void the_circuit_breaker_hears_of_failures(void)
{
    begin(1, "created_to_pull_s=18");
    fixture.service->config.deployment.breaker_enabled = true;
    fixture_run(&fixture, 63);
    CU_ASSERT_EQUAL(fixture.service->deployments->rollout_state, ROLLOUT_IN_PROGRESS);
    fixture_run(&fixture, 64);   /* DEPLOY-18: the third one */
    CU_ASSERT_EQUAL(fixture.service->deployments->rollout_state, ROLLOUT_FAILED);
    fixture_run(&fixture, 1000);
    CU_ASSERT_EQUAL(seen.created_count, 3);   /* DEPLOY-15 */
    fixture_finish(&fixture);
}

static void without_digests_the_third_failure_opens_the_gate(void)
{
    begin(4, "created_to_pull_s=18 resolve_digests=on");
    fixture_run(&fixture, 74);
    CU_ASSERT_EQUAL(seen.created_count, 3);   /* DEPLOY-11: one at a time */
    fixture_run(&fixture, 75);
    CU_ASSERT_EQUAL(seen.created_count, 7);
    fixture_finish(&fixture);
}

/* DEPLOY-11: before the threshold of DEPLOY-18, which is five here. */
static void without_digests_the_third_failure_trips_the_breaker(void)
{
    begin(10, "created_to_pull_s=18 resolve_digests=on");
    fixture.service->config.deployment.breaker_enabled = true;
    fixture_run(&fixture, 63);
    CU_ASSERT_EQUAL(fixture.service->deployments->rollout_state, ROLLOUT_IN_PROGRESS);
    fixture_run(&fixture, 64);
    CU_ASSERT_EQUAL(fixture.service->deployments->rollout_state, ROLLOUT_FAILED);
    fixture_run(&fixture, 1000);
    CU_ASSERT_EQUAL(seen.created_count, 3);
    fixture_finish(&fixture);
}

/* EVENT-15: four of six tasks find room. */
static void a_deployment_with_a_breaker_tells_what_it_could_not_launch(void)
{
    static const struct {
        bool breaker;
        int told;
    } rows[] = { { true, 1 }, { false, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture_init_assuming(&fixture, 6, "fargate_vcpu_quota=1");
        fixture.service->config.deployment.breaker_enabled = rows[i].breaker;
        fixture_run(&fixture, 600);
        CU_ASSERT_EQUAL(fixture.service->running_count, 4);
        char expected[128];
        snprintf(expected, sizeof expected, "(service worker) could not launch 2 tasks for deployment %s.",
                 fixture.service->deployments->id);
        CU_ASSERT_EQUAL(fixture_count_events(&fixture, expected), rows[i].told);
        fixture_finish(&fixture);
    }
}

int main(void)
{
    return unit_main("model/launch", (const struct unit_test[]){
        { "SCHED-28: pauses double up to the cap", pauses_double_up_to_the_cap },
        { "SCHED-21: an image that is missing ends a task like this", an_image_that_is_missing_ends_a_task_like_this },
        { "failures are drawn task by task", failures_are_drawn_task_by_task },
        { "SCHED-26, EVENT-12: pauses grow while starts keep failing", pauses_grow_while_starts_keep_failing },
        { "SCHED-28: tasks that fail together are one failure of the curve", tasks_that_fail_together_are_one_failure_of_the_curve },
        { "SCHED-26: a new task definition starts at once", a_new_task_definition_starts_at_once },
        { "SCHED-28: a start that succeeds ends the count", a_start_that_succeeds_ends_the_count },
        { "SCHED-27: tasks that ran are replaced without a pause", tasks_that_ran_are_replaced_without_a_pause },
        { "DEPLOY-18: the circuit breaker hears of failures", the_circuit_breaker_hears_of_failures },
        { "DEPLOY-11: the third failure opens the gate", without_digests_the_third_failure_opens_the_gate },
        { "EVENT-15: a deployment with a circuit breaker tells what it could not launch",
          a_deployment_with_a_breaker_tells_what_it_could_not_launch },
        { "DEPLOY-11: or it trips the circuit breaker", without_digests_the_third_failure_trips_the_breaker },
        UNIT_END,
    });
}
