/* Times by hand, with the fixture's latencies: passes at 5 s, 15 s, ...; tasks run 20 s after their creation and are healthy
 * 40 s later. Services begin in one zone, are steady, and get their other zones at 100 s. */
#include "model/rebalancing.h"

#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/launch.h"
#include "model/victims.h"

static struct fixture fixture;

/* ---- pure --------------------------------------------------------------------------------------------------- */

static void plans_move_tasks_to_the_emptiest_zone(void)
{
    static const struct {
        const char *claim;
        struct zone_tasks zones[3];
        int count;
        bool balanced;
        int start, stop;
    } rows[] = {
        { "EX-S37: 2 tasks over 2 zones", { { 1, 1, false }, { 1, 1, false } }, 2, true, 0, -1 },
        { "EX-S38: 3,1,1 becomes 2,2,1",
          { { 3, 3, false }, { 1, 1, false }, { 1, 1, false } }, 3, false, 1, 0 },
        { "EX-S38: 2,2,1 is balanced",
          { { 2, 2, false }, { 2, 2, false }, { 1, 1, false } }, 3, true, 2, -1 },
        { "EX-P25: both in one zone", { { 2, 2, false }, { 0, 0, false } }, 2, false, 1, 0 },
        { "EX-P26: both protected", { { 2, 0, false }, { 0, 0, false } }, 2, false, 1, -1 },
        { "SCHED-40: one task cannot be in two zones", { { 1, 1, false }, { 0, 0, false } }, 2, true, 1, -1 },
        { "SCHED-40: at least one in each zone",
          { { 3, 3, false }, { 2, 2, false }, { 0, 0, false } }, 3, false, 2, 0 },
        { "PROT-37: the fullest that can spare one",
          { { 4, 0, false }, { 3, 1, false }, { 0, 0, false } }, 3, false, 2, 1 },
        { "SCHED-42: a zone without an instance gets none",
          { { 4, 4, false }, { 1, 1, false }, { 0, 0, true } }, 3, false, 1, 0 },
        { "SCHED-42: nor is one missing there",
          { { 2, 2, false }, { 2, 2, false }, { 0, 0, true } }, 3, true, 0, -1 },
        { "SCHED-42: no instance anywhere", { { 2, 2, true }, { 0, 0, true } }, 2, true, -1, -1 },
        { "a zone with one task more gives none",
          { { 3, 0, false }, { 2, 2, false }, { 1, 1, false } }, 3, false, 2, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rebalancing_step step = rebalancing_plan(rows[i].zones, rows[i].count);
        bool right = step.balanced == rows[i].balanced && step.start_zone == rows[i].start && step.stop_zone == rows[i].stop;
        if (!right) {
            printf("\n    %s: %s, start in %d, stop in %d", rows[i].claim, step.balanced ? "balanced" : "unbalanced",
                   step.start_zone, step.stop_zone);
        }
        CU_ASSERT(right);
    }
}

/* ---- whole services ------------------------------------------------------------------------------------------ */

static void begin(int desired, int zones, const char *assumptions)
{
    fixture_init_assuming(&fixture, desired, assumptions);
    fixture.puppet.exit_on_sigterm = true;
    fixture.service->config.zone_count = 1;
    fixture.service->config.zone_rebalancing = true;
    fixture_run(&fixture, 100);
    CU_ASSERT_FATAL(service_is_steady(fixture.service) && !deployment_in_progress(fixture.service));
    fixture.service->config.zone_count = zones;
}

static int in_zone(int zone)
{
    int count = 0;
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        count += task->zone == zone && task_is_active(task);
    }
    return count;
}

static void protect_all(double minutes)
{
    for (struct task *task = fixture.service->first; task != NULL; task = task->next) {
        fixture_protect(task, true, minutes);
    }
}

static int said(const char *text)
{
    return fixture_count_events(&fixture, text);
}

static const struct task *find_stopping(void)
{
    const struct task *task = fixture.service->first;
    while (task != NULL && !task->stop_decided) {
        task = task->next;
    }
    return task;
}

/* EX-P25, SCHED-40, EVENT-17 */
static void a_task_moves_to_the_empty_zone(void)
{
    begin(2, 2, "");
    fixture_run(&fixture, 105);
    CU_ASSERT_EQUAL(said("(service worker) is not AZ balanced with 2 tasks in a, 0 tasks in b. AZ Rebalancing in progress."), 1);
    CU_ASSERT_EQUAL(said("(service worker) has started 1 tasks in b to AZ Rebalance: (task "), 1);
    fixture_run(&fixture, 164.9);                                     /* RUNNING at 125 s, healthy at 165 s */
    CU_ASSERT(in_zone(0) == 2 && in_zone(1) == 1);
    fixture_run(&fixture, 165);
    CU_ASSERT(in_zone(0) == 1 && in_zone(1) == 1);
    const struct task *moved = find_stopping();
    CU_ASSERT_EQUAL(moved->cause, CAUSE_AZ_REBALANCE);
    CU_ASSERT_PTR_NOT_NULL(strstr(moved->stopped_reason, "Availability-zone rebalancing initiated by (deployment ecs-svc/"));
    CU_ASSERT_EQUAL(said("(service worker) has stopped 1 running tasks in a due to AZ rebalancing: (task "), 1);
    fixture_run(&fixture, 1000);
    CU_ASSERT_EQUAL(said("(service worker) is AZ balanced with 1 tasks in a, 1 tasks in b."), 1);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_AZ_REBALANCE], 1);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_SCALE_IN], 0);
    fixture_finish(&fixture);
}

static void many_tasks_move_one_by_one(void)
{
    begin(7, 3, "");
    int most = 0;
    for (int second = 101; second <= 3000; second++) {
        fixture_run(&fixture, second);
        int active = fixture.service->running_count + fixture.service->pending_count;
        most = active > most ? active : most;
    }
    CU_ASSERT_EQUAL(most, 8);
    CU_ASSERT(in_zone(0) == 3 && in_zone(1) == 2 && in_zone(2) == 2);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_AZ_REBALANCE], 4);
    CU_ASSERT_EQUAL(said("AZ Rebalancing in progress."), 1);
    CU_ASSERT_EQUAL(said("is AZ balanced with 3 tasks in a, 2 tasks in b, 2 tasks in c."), 1);
    fixture_finish(&fixture);
}

/* EX-P26, PROT-37, EVENT-35 */
static void protection_stops_it(void)
{
    begin(2, 2, "");
    protect_all(60);                                                  /* until 3700 s */
    fixture_run(&fixture, 3600);
    CU_ASSERT(in_zone(0) == 2 && in_zone(1) == 0);
    CU_ASSERT_EQUAL(said("(service worker) was unable to AZ Rebalance because (taskSet ecs-svc/"), 1);
    CU_ASSERT_EQUAL(said(") was unable to scale in due to (reason 2 tasks under protection)."), 1);
    CU_ASSERT_EQUAL(said("(service worker) stopped AZ Rebalancing."), 1);
    CU_ASSERT_EQUAL(said("to AZ Rebalance: "), 0);
    CU_ASSERT(!fixture.service->blocked);                             /* nobody wants to stop more than it may */
    fixture_run(&fixture, 4000);
    CU_ASSERT(in_zone(0) == 1 && in_zone(1) == 1);
    fixture_finish(&fixture);
}

/* EX-P26, protection taken while the new task starts: that one goes again, as any surplus does. */
static void protection_stops_it_half_way(void)
{
    begin(2, 2, "");
    protect_all(60);
    fixture_protect(fixture.service->last, false, 0);
    fixture_run(&fixture, 110);
    fixture_protect(fixture.service->last->previous, true, 60);
    fixture_run(&fixture, 164.9);
    CU_ASSERT(in_zone(0) == 2 && in_zone(1) == 1);
    fixture_run(&fixture, 300);
    CU_ASSERT(in_zone(0) == 2 && in_zone(1) == 0);
    CU_ASSERT_EQUAL(said("(reason 2 tasks under protection)."), 1);
    CU_ASSERT_EQUAL(said("(service worker) stopped AZ Rebalancing."), 1);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_AZ_REBALANCE], 0);
    fixture_finish(&fixture);
}

/* SCHED-40: a task more is desired; it runs at 125 s, and the pass of that instant says so. */
static void it_waits_for_the_steady_state(void)
{
    begin(3, 3, "");
    service_set_desired(fixture.service, 4, "update_service");
    fixture_run(&fixture, 134.9);
    CU_ASSERT(in_zone(0) == 3 && in_zone(1) == 1);
    CU_ASSERT_EQUAL(said("AZ"), 0);
    fixture_run(&fixture, 135);
    CU_ASSERT_EQUAL(said("has started 1 tasks in c to AZ Rebalance"), 1);
    fixture_finish(&fixture);
}

/* SCHED-42 */
static void a_deployment_stops_it(void)
{
    begin(2, 2, "");
    fixture_run(&fixture, 110);
    CU_ASSERT_EQUAL(in_zone(1), 1);
    service_deploy(fixture.service, fixture.service->config.definition);
    fixture_run(&fixture, 115);
    CU_ASSERT_EQUAL(said("(service worker) stopped AZ Rebalancing."), 1);
    while (deployment_in_progress(fixture.service)) {
        fixture_run(&fixture, sim_seconds(sim_now(fixture.world->sim)) + 1);
        CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_AZ_REBALANCE], 0);
    }
    fixture_run(&fixture, 2000);
    CU_ASSERT(in_zone(0) == 1 && in_zone(1) == 1);
    fixture_finish(&fixture);
}

static void a_failed_deployment_is_left_as_it_is(void)
{
    begin(2, 2, "");
    fixture.service->deployments->rollout_state = ROLLOUT_FAILED;    /* DEPLOY-15 */
    fixture_run(&fixture, 1000);
    CU_ASSERT(in_zone(0) == 2 && in_zone(1) == 0);
    fixture_finish(&fixture);
}

/* SCHED-39, SCHED-41, SCHED-43: when nothing moves. */
static void not_every_service_is_rebalanced(void)
{
    static const struct {
        const char *claim, *assumptions;
        bool enabled;
        int maximum, desired;
        bool moves;
    } rows[] = {
        { "it is", "", true, 200, 2, true },
        { "SCHED-39: not disabled ones", "", false, 200, 2, false },
        { "SCHED-41: not with a maximumPercent of 100", "", true, 100, 2, false },
        { "SCHED-43: not above maximumPercent", "", true, 125, 2, false },
        { "SCHED-43: within it", "", true, 150, 2, true },
        { "SCHED-43: not if it is assumed away", "az_rebalance=off", true, 200, 2, false },
        { "a single task is where it is", "", true, 200, 1, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(rows[i].desired, 2, rows[i].assumptions);
        fixture.service->config.zone_rebalancing = rows[i].enabled;
        fixture.service->config.deployment.maximum_percent = rows[i].maximum;
        fixture_run(&fixture, 1000);
        if ((in_zone(1) == 1) != rows[i].moves) {
            CU_FAIL(rows[i].claim);
        }
        CU_ASSERT_EQUAL(said("AZ balanced") > 0, rows[i].moves);
        fixture_finish(&fixture);
    }
}

/* A new service is spread from the start (PLACE-04), a scale-in keeps it so (SCHED-46): nothing to move. */
static void what_is_spread_stays(void)
{
    fixture_init(&fixture, 8);
    fixture.service->config.zone_rebalancing = true;
    fixture_run(&fixture, 1000);
    service_set_desired(fixture.service, 4, "update_service");
    fixture_run(&fixture, 2000);
    service_set_desired(fixture.service, 7, "update_service");
    fixture_run(&fixture, 3000);
    CU_ASSERT_EQUAL(said("AZ"), 0);
    fixture_finish(&fixture);
}

static void a_new_task_that_dies_is_started_again(void)
{
    begin(2, 2, "");
    fixture_run(&fixture, 130);
    task_exit(fixture.service->last, 1);
    CU_ASSERT_EQUAL(in_zone(1), 0);
    fixture_run(&fixture, 1000);
    CU_ASSERT(in_zone(0) == 1 && in_zone(1) == 1);
    CU_ASSERT_EQUAL(said("to AZ Rebalance: "), 2);
    CU_ASSERT_EQUAL(said("AZ Rebalancing in progress."), 1);
    fixture_finish(&fixture);
}

/* One of the others dies meanwhile: the new task takes its place, and nobody is stopped. */
static void a_new_task_may_come_in_handy(void)
{
    begin(2, 2, "");
    fixture_run(&fixture, 130);
    task_exit(fixture.service->first, 1);
    fixture_run(&fixture, 1000);
    CU_ASSERT(in_zone(0) == 1 && in_zone(1) == 1);
    CU_ASSERT_EQUAL(fixture.service->tasks_started, 3);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_AZ_REBALANCE], 0);
    CU_ASSERT_EQUAL(said("is AZ balanced with 1 tasks in a, 1 tasks in b."), 1);
    fixture_finish(&fixture);
}

/* SCHED-42: one task of each capacity in zone a, twice: each capacity is moved by itself. */
static void capacities_are_balanced_each_by_itself(void)
{
    begin(2, 2, "");
    struct capacity_strategy *strategy = &fixture.service->config.strategy;
    strategy->shares[strategy->count++] = (struct capacity_share){ .capacity = CAPACITY_FARGATE_SPOT, .weight = 1 };
    fixture.service->config.zone_count = 1;
    service_set_desired(fixture.service, 4, "update_service");        /* two more, on Spot */
    fixture_run(&fixture, 200);
    fixture.service->config.zone_count = 2;
    fixture_run(&fixture, 1000);
    for (int zone = 0; zone < 2; zone++) {
        int of[CAPACITY_COUNT] = { 0 };
        for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
            of[task->capacity] += task->zone == zone && task_is_active(task);
        }
        CU_ASSERT(of[CAPACITY_FARGATE] == 1 && of[CAPACITY_FARGATE_SPOT] == 1);
    }
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_AZ_REBALANCE], 2);
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/rebalancing", (const struct unit_test[]){
        { "SCHED-40: plans move tasks to the emptiest zone", plans_move_tasks_to_the_emptiest_zone },
        { "EX-P25: a task moves to the empty zone", a_task_moves_to_the_empty_zone },
        { "SCHED-43: many tasks move one by one", many_tasks_move_one_by_one },
        { "EX-P26: protection stops it", protection_stops_it },
        { "EX-P26: protection stops it half-way", protection_stops_it_half_way },
        { "SCHED-40: it waits for the steady state", it_waits_for_the_steady_state },
        { "SCHED-42: a deployment stops it", a_deployment_stops_it },
        { "DEPLOY-15: a failed deployment is left as it is", a_failed_deployment_is_left_as_it_is },
        { "SCHED-41: not every service is rebalanced", not_every_service_is_rebalanced },
        { "what is spread stays", what_is_spread_stays },
        { "a new task that dies is started again", a_new_task_that_dies_is_started_again },
        { "a new task may come in handy", a_new_task_may_come_in_handy },
        { "SCHED-42: capacities are balanced each by itself", capacities_are_balanced_each_by_itself },
        UNIT_END,
    });
}
