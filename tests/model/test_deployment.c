/* Times by hand, with the fixture's latencies: passes at 5 s, 15 s, ...; tasks run 20 s after their creation and are healthy
 * 40 s later. A change of the service restarts the grid 5 s later. */
#include "model/deployment.h"

#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/health.h"
#include "model/task_set.h"

static struct fixture fixture;
static struct task_definition revisions[8];

/* Revision 2, 3, ...: like revision 1. */
static const struct task_definition *revision(int number)
{
    static const char *const names[] = { "", "worker:1", "worker:2", "worker:3", "worker:4", "worker:5", "worker:6", "worker:7" };
    struct task_definition *definition = &revisions[number];
    *definition = *fixture.service->config.definition;
    definition->revision = number;
    definition->name = names[number];
    return definition;
}

static void begin(int desired, const char *assumptions)
{
    fixture_init_assuming(&fixture, desired, assumptions);
    fixture.puppet.exit_on_sigterm = true;
    fixture_run(&fixture, 100);
    CU_ASSERT_FATAL(!deployment_in_progress(fixture.service));
}

static void protect_all(double minutes)
{
    for (struct task *task = fixture.service->first; task != NULL; task = task->next) {
        if (task->deployment == fixture.service->deployments) {
            fixture_protect(task, true, minutes);
        }
    }
}

static const struct deployment *primary(void)
{
    return fixture.service->deployments;
}

/* ---- pure --------------------------------------------------------------------------------------------------- */

static void thresholds_are_those_of_the_guide(void)
{
    static const struct {
        const char *id;
        int desired, expected;
    } rows[] = { { "EX-S11", 1, 3 }, { "EX-S11", 800, 200 }, { "EX-S12", 10, 5 }, { "EX-S12", 100, 50 }, { "DEPLOY-18", 7, 4 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(deployment_breaker_threshold(rows[i].desired, 3), rows[i].expected);
    }
}

static void early_success_rounds_up(void)
{
    static const struct {
        const char *id;
        int desired, percent, expected;
    } rows[] = { { "EX-S13", 2, 50, 1 }, { "EX-S13", 3, 50, 2 }, { "EX-S13", 10, 80, 8 }, { "EX-S13", 100, 90, 90 },
                 { "EX-S13", 10, 100, 10 }, { "DEPLOY-14: at least one", 4, 0, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(deployment_early_success(rows[i].desired, rows[i].percent), rows[i].expected);
    }
}

static void a_task_set_has_its_share_rounded_up(void)
{
    static const struct {
        const char *id;
        int desired, scale_milli, expected;
    } rows[] = { { "EX-S14", 2, 60 * 1000, 2 }, { "DEPLOY-16", 10, 12 * 1000, 2 }, { "DEPLOY-16", 10, 10 * 1000, 1 },
                 { "DEPLOY-16", 5000, 1, 1 }, { "DEPLOY-16", 5000, 0, 0 }, { "DEPLOY-16", 5000, 100 * 1000, 5000 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(task_set_computed_desired(rows[i].desired, rows[i].scale_milli), rows[i].expected);
    }
}

/* ---- rolling ------------------------------------------------------------------------------------------------ */

static void a_revision_replaces_another(void)
{
    begin(2, "");
    service_deploy(fixture.service, revision(2));                     /* at 100 s; passes at 105, 115, ... */
    fixture_run(&fixture, 104.9);
    CU_ASSERT_EQUAL(primary()->active_count, 0);
    fixture_run(&fixture, 105);
    CU_ASSERT_EQUAL(primary()->active_count, 2);                      /* DEPLOY-09: new ones first */
    fixture_run(&fixture, 164.9);                                     /* RUNNING at 125 s, healthy at 165 s (DEPLOY-04) */
    CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 2);
    fixture_run(&fixture, 165);
    CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 0);
    CU_ASSERT_STRING_EQUAL(fixture.service->first->stop_code, "ServiceSchedulerInitiated");
    CU_ASSERT_EQUAL(fixture.service->first->cause, CAUSE_DEPLOYMENT);
    CU_ASSERT(service_is_steady(fixture.service));                    /* SCHED-19: before the old ones are STOPPED */
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_IN_PROGRESS);
    fixture_run(&fixture, 204.9);                                     /* STOPPED at 165 + 11 + 24 s, seen by the pass of 205 s */
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_IN_PROGRESS);
    fixture_run(&fixture, 205);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
    CU_ASSERT_PTR_NULL(primary()->older);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "deployment completed."), 2);
    fixture_finish(&fixture);
}

static void the_first_task_of_a_deployment_starts_alone(void)
{
    begin(3, "resolve_digests=on");
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 124.9);
    CU_ASSERT_EQUAL(primary()->active_count, 1);
    fixture_run(&fixture, 125);                                       /* DEPLOY-11: it runs */
    CU_ASSERT_EQUAL(primary()->active_count, 3);
    fixture_finish(&fixture);
}

/* EX-P19, DEPLOY-43, DEPLOY-44 */
static void protected_old_tasks_hold_a_deployment(void)
{
    begin(4, "");
    protect_all(60);                                                  /* until 3700 s */
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 3699.9);
    CU_ASSERT_EQUAL(primary()->running_count, 4);
    CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 4);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_IN_PROGRESS);
    CU_ASSERT_EQUAL(primary()->older->status, DEPLOYMENT_ACTIVE);
    CU_ASSERT(fixture.service->blocked);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "was unable to scale in due to (reason 4 tasks under protection)"), 1);
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 0);
    fixture_run(&fixture, 3705);
    CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 0);
    fixture_run(&fixture, 3800);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
    fixture_finish(&fixture);
}

/* EX-P21, DEPLOY-45 */
static void protection_does_not_trip_the_breaker(void)
{
    begin(2, "");
    fixture.service->config.deployment.breaker_enabled = fixture.service->config.deployment.breaker_rollback = true;
    protect_all(2880);
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 86400);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_IN_PROGRESS);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "rolling back"), 0);
    fixture_finish(&fixture);
}

/* EX-P22, DEPLOY-46 */
static void five_deployments_that_wait_refuse_a_sixth(void)
{
    begin(4, "blocked_rule=off");     /* else the first one would refuse the others' tasks protection (PROT-78) */
    for (int i = 0; i < 4; i++) {
        fixture_protect(fixture.service->last, true, 2880);           /* one of the PRIMARY's */
        CU_ASSERT_PTR_NULL(deployment_refusal(fixture.service));
        service_deploy(fixture.service, revision(i + 2));
        fixture_run(&fixture, 400 + 300 * i);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(deployment_refusal(fixture.service));
    CU_ASSERT_STRING_EQUAL(deployment_refusal(fixture.service),
                           "5 active deployments exist, unable to create new deployment.");
    for (struct task *task = fixture.service->first; task != NULL; task = task->next) {
        fixture_protect(task, false, 0);
    }
    fixture_run(&fixture, 2000);
    CU_ASSERT_PTR_NULL(deployment_refusal(fixture.service));
    fixture_finish(&fixture);
}

/* EX-P23, DEPLOY-47 */
static void an_outer_time_limit_rolls_back(void)
{
    static const struct {
        double minutes;
        bool rolled_back;
    } rows[] = { { 120, false }, { 240, true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1, "");
        const struct deployment *before = primary();
        fixture.service->config.deployment.time_limit_s = 3 * 3600;
        protect_all(rows[i].minutes);
        service_deploy(fixture.service, revision(2));
        fixture_run(&fixture, 12000);                                 /* past 3 h, before 4 h */
        CU_ASSERT_EQUAL(fixture_count_events(&fixture, "rolling back to deployment"), rows[i].rolled_back);
        CU_ASSERT_EQUAL(primary() == before, rows[i].rolled_back);
        CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
        fixture_finish(&fixture);
    }
}

static void a_protected_task_of_a_failed_revision_stays(void)
{
    begin(1, "blocked_rule=off");
    fixture.service->config.deployment.time_limit_s = 600;
    struct task *old = fixture.service->first;
    fixture_protect(old, true, 2880);
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 650);
    protect_all(2880);                                                /* the new one */
    struct task *new = fixture.service->last;
    fixture_run(&fixture, 5000);
    CU_ASSERT_EQUAL(primary()->definition->revision, 1);
    CU_ASSERT(new->stop_decided == false);                            /* PROT-36 */
    fixture_protect(new, false, 0);
    fixture_run(&fixture, 5010);
    CU_ASSERT_EQUAL(new->cause, CAUSE_ROLLBACK);
    fixture_run(&fixture, 5100);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
    fixture_finish(&fixture);
}

/* DEPLOY-14 */
static void early_success_need_not_wait_for_the_old_tasks(void)
{
    static const struct {
        int percent;
        bool deferred;
        enum rollout_state at_300;
    } rows[] = { { 100, false, ROLLOUT_IN_PROGRESS }, { 100, true, ROLLOUT_COMPLETED }, { 0, true, ROLLOUT_COMPLETED } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(2, "");
        fixture.service->config.deployment.early_success_enabled = true;
        fixture.service->config.deployment.early_success_percent = rows[i].percent;
        fixture.service->config.deployment.deferred_cleanup = rows[i].deferred;
        protect_all(60);
        service_deploy(fixture.service, revision(2));
        fixture_run(&fixture, 300);
        CU_ASSERT_EQUAL(primary()->rollout_state, rows[i].at_300);
        CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 2);
        fixture_run(&fixture, 3800);
        CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 0);
        CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
        CU_ASSERT_EQUAL(fixture_count_events(&fixture, "deployment completed."), 2);
        fixture_finish(&fixture);
    }
}

/* DEPLOY-12 */
static void a_scale_out_during_a_deployment_reaches_both_revisions(void)
{
    static const struct {
        const char *assumptions;
        int old_desired;
    } rows[] = { { "", 4 }, { "deploy_scale_out=primary", 2 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(2, rows[i].assumptions);
        protect_all(60);
        service_deploy(fixture.service, revision(2));
        fixture_run(&fixture, 106);
        service_set_desired(fixture.service, 4, "update_service");
        CU_ASSERT_EQUAL(primary()->older->desired_count, rows[i].old_desired);
        fixture_run(&fixture, 111);
        CU_ASSERT_EQUAL(primary()->active_count, 4);                  /* upper bound 8 */
        CU_ASSERT_EQUAL(primary()->older->active_count, rows[i].old_desired);
        fixture_finish(&fixture);
    }
}

/* SCHED-37: until its replacement is there a retiring task works on. */
static void a_retiring_task_is_healthy_all_the_same(void)
{
    begin(2, "");
    health_replace(fixture.service->first, CAUSE_RETIREMENT);
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 300);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
    CU_ASSERT_EQUAL(level_area(&fixture.service->books.below_healthy, sim_now(fixture.world->sim)), 0);
    fixture_finish(&fixture);
}

/* ---- circuit breaker ---------------------------------------------------------------------------------------- */

static void failures_trip_the_breaker(void)
{
    static const struct {
        const char *claim;
        bool rollback;
        int failures;
        bool runs;                /* one task reached RUNNING before */
        enum rollout_state expected;
        int revision;
    } rows[] = {
        { "DEPLOY-19: below the threshold", true, 2, false, ROLLOUT_IN_PROGRESS, 2 },
        { "DEPLOY-19: at the threshold, back to what was", true, 3, false, ROLLOUT_IN_PROGRESS, 1 },
        { "DEPLOY-21: without rollback it has failed and stays", false, 3, false, ROLLOUT_FAILED, 2 },
        { "DEPLOY-20: a task that ran ends the first stage", true, 5, true, ROLLOUT_IN_PROGRESS, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(2, "");
        fixture.service->config.deployment.breaker_enabled = true;
        fixture.service->config.deployment.breaker_rollback = rows[i].rollback;
        service_deploy(fixture.service, revision(2));
        struct deployment *deployment = fixture.service->deployments;
        if (rows[i].runs) {
            deployment_task_running(deployment);
        }
        for (int k = 0; k < rows[i].failures; k++) {
            deployment_task_failed(deployment);
        }
        CU_ASSERT_EQUAL(primary()->rollout_state, rows[i].expected);
        CU_ASSERT_EQUAL(primary()->definition->revision, rows[i].revision);
        CU_ASSERT_EQUAL(fixture_count_events(&fixture, "deployment failed: tasks failed to start."),
                        rows[i].failures >= 3 && !rows[i].runs);
        fixture_finish(&fixture);
    }
}

static void unhealthy_tasks_trip_its_second_stage(void)
{
    begin(2, "");
    fixture.service->config.deployment.breaker_enabled = fixture.service->config.deployment.breaker_rollback = true;
    service_deploy(fixture.service, revision(2));
    struct deployment *deployment = fixture.service->deployments;
    deployment_task_unhealthy(deployment);                            /* no part of the first stage */
    deployment_task_running(deployment);
    deployment_task_unhealthy(deployment);
    CU_ASSERT_EQUAL(primary()->definition->revision, 2);
    deployment_task_unhealthy(deployment);
    CU_ASSERT_EQUAL(primary()->definition->revision, 1);
    fixture_finish(&fixture);
}

/* What protection held when the desired count was low is no load that more tasks must share. */
static void a_scale_out_multiplies_no_surplus(void)
{
    begin(4, "");
    protect_all(60);
    service_set_desired(fixture.service, 1, "update_service");
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL(primary()->older->active_count, 4);
    service_set_desired(fixture.service, 5, "update_service");
    CU_ASSERT(primary()->older->desired_count <= 5);
    fixture_finish(&fixture);
}

/* No task changes its state when it has settled, and none when a deployment is complete. */
static void time_alone_brings_a_pass(void)
{
    begin(2, "reconcile_trigger=state_change");
    service_deploy(fixture.service, revision(2));
    fixture_run(&fixture, 300);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
    CU_ASSERT_PTR_NULL(primary()->older);
    fixture_finish(&fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "DEPLOY-18: thresholds of the circuit breaker", thresholds_are_those_of_the_guide },
        { "DEPLOY-14: tasks that make an early success", early_success_rounds_up },
        { "a task set has its share, rounded up (DEPLOY-16)", a_task_set_has_its_share_rounded_up },
        { "DEPLOY-09 DEPLOY-13: a revision replaces another", a_revision_replaces_another },
        { "DEPLOY-11: the first task of a deployment starts alone", the_first_task_of_a_deployment_starts_alone },
        { "EX-P19: protected old tasks hold a deployment", protected_old_tasks_hold_a_deployment },
        { "EX-P21: they do not trip the circuit breaker", protection_does_not_trip_the_breaker },
        { "EX-P22: five deployments that wait refuse a sixth", five_deployments_that_wait_refuse_a_sixth },
        { "EX-P23: an outer time limit rolls back", an_outer_time_limit_rolls_back },
        { "PROT-36: a protected task of a failed revision stays", a_protected_task_of_a_failed_revision_stays },
        { "DEPLOY-14: early success, with clean-up blocking or deferred", early_success_need_not_wait_for_the_old_tasks },
        { "DEPLOY-12: a scale-out during a deployment", a_scale_out_during_a_deployment_reaches_both_revisions },
        { "DEPLOY-12: what protection holds is no measure of it", a_scale_out_multiplies_no_surplus },
        { "DEPLOY-01: a retiring task is healthy all the same", a_retiring_task_is_healthy_all_the_same },
        { "SCHED-18: a deployment goes on without changes of state", time_alone_brings_a_pass },
        { "DEPLOY-19: failures to start", failures_trip_the_breaker },
        { "DEPLOY-19: failures of health", unhealthy_tasks_trip_its_second_stage },
        UNIT_END,
    };
    return unit_main("model/deployment", tests);
}
