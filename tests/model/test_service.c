/* Times by hand, with the fixture's latencies: the service exists at 0, its first pass is at 5 s, tasks created then run at
 * 25 s; passes follow every 10 s. */
#include "model/service.h"

#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"

static struct fixture fixture;

static void a_service_reaches_its_desired_count(void)
{
    fixture_init(&fixture, 4);
    fixture_run(&fixture, 4.999);
    CU_ASSERT_EQUAL(fixture.service->pending_count, 0);
    fixture_run(&fixture, 24.999);
    CU_ASSERT_EQUAL(fixture.service->pending_count, 4);
    fixture_run(&fixture, 25);
    CU_ASSERT_EQUAL(fixture.service->running_count, 4);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "(service worker) has started 4 tasks: (task "), 1);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has reached a steady state."), 1);   /* the pass of 25 s sees it */
    int zones[3] = { 0 };
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        zones[task->zone]++;
    }
    CU_ASSERT(zones[0] == 2 && zones[1] == 1 && zones[2] == 1);   /* PLACE-04 */
    fixture_finish(&fixture);
}

/* EVENT-05: the pass at 305 s stops two tasks, which count no more at once; the next one finds the service at rest. */
static void a_scale_in_ends_in_a_steady_state(void)
{
    fixture_init(&fixture, 4);
    fixture_run(&fixture, 300);
    service_set_desired(fixture.service, 2, "update_service");
    fixture_run(&fixture, 314.9);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has stopped 2 running tasks: (task "), 1);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has reached a steady state."), 1);
    fixture_run(&fixture, 315);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has reached a steady state."), 2);
    fixture_run(&fixture, 600);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has reached a steady state."), 2);
    fixture_finish(&fixture);
}

static void a_deployment_completes_when_its_tasks_are_healthy(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 64.9);
    CU_ASSERT(deployment_in_progress(fixture.service));
    fixture_run(&fixture, 65);   /* DEPLOY-04: 40 s after RUNNING */
    CU_ASSERT(!deployment_in_progress(fixture.service));
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "deployment completed."), 1);
    fixture_finish(&fixture);
}

/* EX-P13, PROT-57 */
static void a_protected_task_outlives_a_desired_count_of_zero(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    struct task *task = fixture.service->first;
    CU_ASSERT_EQUAL(fixture_protect(task, true, 60), PROTECTION_GRANTED);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 600);
    CU_ASSERT_EQUAL(fixture.service->running_count, 1);
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 0);   /* PROT-53 */
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "was unable to reach steady state because (taskSet ecs-svc/"), 1);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "was unable to scale in due to (reason 1 tasks under protection)"), 1);
    CU_ASSERT_EQUAL(fixture_protect(task, false, 0), PROTECTION_GRANTED);
    fixture_run(&fixture, 605);   /* the next pass: 65 s, then every 10 */
    CU_ASSERT_EQUAL(fixture.service->running_count, 0);
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 1);
    CU_ASSERT_STRING_EQUAL(task->stop_code, "ServiceSchedulerInitiated");   /* PROT-51 AAS-35 */
    CU_ASSERT_PTR_NOT_NULL(strstr(task->stopped_reason, "Scaling activity initiated by (deployment ecs-svc/"));
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "(service worker) has stopped 1 running tasks: (task "), 1);
    fixture_finish(&fixture);
}

static void expiry_makes_a_task_eligible(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    fixture_protect(fixture.service->first, true, 1);
    service_set_desired(fixture.service, 0, "update_service");   /* passes at 65, 75, ... */
    fixture_run(&fixture, 119.999);
    CU_ASSERT(fixture.service->first->protection.enabled);
    fixture_run(&fixture, 124.999);
    CU_ASSERT(!fixture.service->first->protection.enabled);   /* PROT-54: at 120 s; it stops nothing by itself */
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 0);
    fixture_run(&fixture, 125);   /* PROT-55 */
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 1);
    fixture_finish(&fixture);
}

/* EX-P15, PROT-58 */
static void a_raised_desired_count_ends_the_block(void)
{
    fixture_init(&fixture, 2);
    fixture_run(&fixture, 60);
    fixture_protect(fixture.service->first, true, 60);
    fixture_protect(fixture.service->last, true, 60);
    service_set_desired(fixture.service, 1, "update_service");
    fixture_run(&fixture, 70);
    CU_ASSERT(fixture.service->blocked);
    service_set_desired(fixture.service, 2, "update_service");
    CU_ASSERT(!fixture.service->blocked);
    fixture_run(&fixture, 300);
    CU_ASSERT_EQUAL(fixture.service->running_count, 2);
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 0);
    fixture_finish(&fixture);
}

/* EX-P16, PROT-61; PROT-56: unprotected tasks stop down to the protected set */
static void protection_matters_only_where_it_is_in_the_way(void)
{
    fixture_init(&fixture, 3);
    fixture_run(&fixture, 60);
    struct task *kept = fixture.service->first;
    fixture_protect(kept, true, 60);
    service_set_desired(fixture.service, 1, "update_service");
    fixture_run(&fixture, 300);
    CU_ASSERT_EQUAL(fixture.service->running_count, 1);
    CU_ASSERT_PTR_EQUAL(fixture.service->first, kept);
    CU_ASSERT(!fixture.service->blocked);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "under protection"), 0);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 400);
    CU_ASSERT(fixture.service->blocked);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "(reason 1 tasks under protection)"), 1);
    fixture_finish(&fixture);
}

/* EX-P17, PROT-52 */
static void protection_comes_too_late_after_the_stop_decision(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 65);
    CU_ASSERT_EQUAL(fixture_protect(fixture.service->first, true, 60), PROTECTION_TASK_NOT_VALID);
    fixture_run(&fixture, 200);
    CU_ASSERT_PTR_NULL(fixture.service->first);
    fixture_finish(&fixture);
}

/* EX-P18, EVENT-37 */
static void an_event_is_repeated_after_six_hours_or_when_its_cause_comes_back(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    fixture_protect(fixture.service->first, true, 2880);
    service_set_desired(fixture.service, 0, "update_service");   /* said at 65 s */
    fixture_run(&fixture, 65 + 6 * 3600 - 1);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "under protection"), 1);
    fixture_run(&fixture, 65 + 6 * 3600);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "under protection"), 2);
    service_set_desired(fixture.service, 1, "update_service");
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 7 * 3600);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "under protection"), 3);
    fixture_finish(&fixture);
}

static void pending_tasks_are_cancelled(void)
{
    fixture_init(&fixture, 2);
    fixture_run(&fixture, 10);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 15);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "(service worker) stopped 2 pending tasks."), 1);   /* EVENT-02 */
    fixture_run(&fixture, 100);
    CU_ASSERT_EQUAL(fixture.puppet.starts, 0);
    CU_ASSERT_PTR_NULL(fixture.service->first);
    fixture_finish(&fixture);
}

static void a_task_that_ends_by_itself_is_replaced(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    task_exit(fixture.puppet.task, 1);   /* SCHED-36 */
    CU_ASSERT_EQUAL(fixture.service->running_count, 0);
    fixture_run(&fixture, 100);
    CU_ASSERT_EQUAL(fixture.service->running_count, 1);
    CU_ASSERT_EQUAL(fixture.puppet.starts, 2);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_CRASH], 1);
    fixture_finish(&fixture);
}

static void state_changes_may_trigger_passes(void)
{
    fixture_init_assuming(&fixture, 1, "reconcile_trigger=state_change");
    fixture_run(&fixture, 60);
    fixture_protect(fixture.service->first, true, 60);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 100);
    CU_ASSERT(fixture.service->blocked);
    fixture_protect(fixture.service->first, false, 0);
    fixture_run(&fixture, 104.999);
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 0);
    fixture_run(&fixture, 105);   /* SCHED-18, alternative: the release itself is the trigger, ECS reacts after 5 s */
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 1);
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/service", (const struct unit_test[]){
        { "a service reaches its desired count, spread over zones", a_service_reaches_its_desired_count },
        { "a scale-in ends in a steady state (EVENT-05)", a_scale_in_ends_in_a_steady_state },
        { "DEPLOY-04: the deployment completes when its tasks are healthy", a_deployment_completes_when_its_tasks_are_healthy },
        { "PROT-57: a protected task outlives a desired count of zero", a_protected_task_outlives_a_desired_count_of_zero },
        { "PROT-54, PROT-55: expiry makes a task eligible", expiry_makes_a_task_eligible },
        { "PROT-58: a raised desired count ends the block", a_raised_desired_count_ends_the_block },
        { "PROT-56: protection matters only where it is in the way", protection_matters_only_where_it_is_in_the_way },
        { "PROT-52: protection comes too late after the stop decision", protection_comes_too_late_after_the_stop_decision },
        { "EVENT-37: an event is repeated after six hours", an_event_is_repeated_after_six_hours_or_when_its_cause_comes_back },
        { "EVENT-02: pending tasks are cancelled", pending_tasks_are_cancelled },
        { "SCHED-36: a task that ends by itself is replaced", a_task_that_ends_by_itself_is_replaced },
        { "SCHED-18: state changes may trigger passes", state_changes_may_trigger_passes },
        UNIT_END,
    });
}
