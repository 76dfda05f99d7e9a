/* Which provider gets and gives tasks, and what keeps tasks from starting. Times by hand, with the fixture's latencies:
 * passes at 5 s and every 10 s from then on; tasks run 20 s after their creation. */
#include "model/capacity.h"

#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"

#define FARGATE(base_, weight_) { .capacity = CAPACITY_FARGATE, .base = (base_), .weight = (weight_) }
#define SPOT(base_, weight_) { .capacity = CAPACITY_FARGATE_SPOT, .base = (base_), .weight = (weight_) }

static struct fixture fixture;

/* ---- pure --------------------------------------------------------------------------------------------------- */

static void starts_follow_base_and_weights(void)
{
    static const struct {
        const char *example;
        struct capacity_strategy strategy;
        int tasks, first, second;
    } rows[] = {
        { "EX-S18", { { FARGATE(0, 1), SPOT(0, 1) }, 2 }, 10, 5, 5 },
        { "EX-S19", { { FARGATE(0, 1), SPOT(0, 4) }, 2 }, 5, 1, 4 },
        { "EX-S19", { { FARGATE(0, 1), SPOT(0, 4) }, 2 }, 10, 2, 8 },
        { "EX-S20", { { FARGATE(1, 1), SPOT(0, 4) }, 2 }, 1, 1, 0 },
        { "EX-S20", { { FARGATE(1, 1), SPOT(0, 4) }, 2 }, 6, 2, 4 },
        { "CAP-04: ties by list order", { { SPOT(0, 1), FARGATE(0, 1) }, 2 }, 3, 2, 1 },
        { "CAP-01: base first, wherever it stands", { { SPOT(0, 1000), FARGATE(3, 1) }, 2 }, 3, 0, 3 },
        { "CAP-01: weight 0 places nothing, not even a base", { { FARGATE(5, 0), SPOT(0, 1) }, 2 }, 4, 0, 4 },
        { "CAP-01: one provider", { { SPOT(0, 7) }, 1 }, 4, 4, 0 },
        { "CAP-01: the largest numbers", { { FARGATE(100000, 1), SPOT(0, 1000) }, 2 }, 5000, 5000, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int counts[CAPACITY_SHARES_MAX + 1] = { 0 };
        for (int task = 0; task < rows[i].tasks; task++) {
            counts[capacity_pick_start(&rows[i].strategy, counts)]++;
        }
        if (counts[0] != rows[i].first || counts[1] != rows[i].second) {
            CU_FAIL(rows[i].example);
        }
    }
}

/* The share that gives a task up first, of those that have one. */
static int pick_stop(const struct capacity_strategy *strategy, const int *counts)
{
    int best = -1;
    for (int share = 0; share <= strategy->count; share++) {
        if (counts[share] > 0 && (best < 0 || capacity_compare_stop(strategy, counts, share, best) < 0)) {
            best = share;
        }
    }
    return best;
}

static void stops_follow_base_and_weights(void)
{
    static const struct {
        const char *claim;
        struct capacity_strategy strategy;
        int counts[3], stops, expected[3];
    } rows[] = {
        { "CAP-04: the highest load gives", { { FARGATE(0, 1), SPOT(0, 4) }, 2 }, { 3, 4 }, 1, { 2, 4 } },
        { "CAP-04: of equals the later one, which was the last to get one", { { FARGATE(0, 1), SPOT(0, 1) }, 2 }, { 5, 5 }, 1,
          { 5, 4 } },
        { "CAP-04: the split stays", { { FARGATE(0, 1), SPOT(0, 4) }, 2 }, { 2, 8 }, 5, { 1, 4 } },
        { "CAP-01: the base is the last to go", { { FARGATE(2, 1), SPOT(0, 4) }, 2 }, { 3, 4 }, 5, { 2, 0 } },
        { "what weight 0 left behind goes first", { { FARGATE(0, 0), SPOT(0, 1) }, 2 }, { 1, 9 }, 2, { 0, 8 } },
        { "what the strategy does not name goes first", { { SPOT(0, 1) }, 1 }, { 9, 2 }, 3, { 8, 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int counts[CAPACITY_SHARES_MAX + 1] = { rows[i].counts[0], rows[i].counts[1], rows[i].counts[2] };
        for (int stop = 0; stop < rows[i].stops; stop++) {
            counts[pick_stop(&rows[i].strategy, counts)]--;
        }
        if (memcmp(counts, rows[i].expected, sizeof rows[i].expected) != 0) {
            CU_FAIL(rows[i].claim);
        }
    }
}

/* CAP-04 over random walks: a base is kept as far as there are tasks for it, and beyond it neither share is a task or more
 * away from its weight's part. */
static void the_split_holds_wherever_the_count_goes(void)
{
    struct rng rng;
    rng_seed(&rng, 11, 0, "walks", 0);
    for (int walk = 0; walk < 500; walk++) {
        int base = (int)rng_below(&rng, 5), first = 1 + (int)rng_below(&rng, 9), second = 1 + (int)rng_below(&rng, 9);
        struct capacity_strategy strategy = { { FARGATE(base, first), SPOT(0, second) }, 2 };
        int counts[CAPACITY_SHARES_MAX + 1] = { 0 };
        for (int step = 0; step < 60; step++) {
            int tasks = counts[0] + counts[1], wanted = (int)rng_below(&rng, 80);
            for (; tasks < wanted; tasks++) {
                counts[capacity_pick_start(&strategy, counts)]++;
            }
            for (; tasks > wanted; tasks--) {
                counts[pick_stop(&strategy, counts)]--;
            }
            int beyond = wanted > base ? wanted - base : 0;
            int away = (counts[0] - (wanted - beyond)) * (first + second) - beyond * first;   /* times the weights' sum */
            CU_ASSERT_FATAL(counts[0] >= wanted - beyond && away > -(first + second) && away < first + second);
        }
    }
}

static void strategies_are_checked(void)
{
    static const struct {
        const char *claim;
        struct capacity_strategy strategy;
        const char *fault;        /* how it begins; NULL: none */
    } rows[] = {
        { "EX-S21", { { FARGATE(0, 0), SPOT(0, 0) }, 2 }, "at least one capacity provider must have a weight" },
        { "CAP-01: nobody at all", { { FARGATE(0, 0) }, 0 }, "at least one capacity provider must have a weight" },
        { "CAP-01: the default weight is 0", { { SPOT(0, 0) }, 1 }, "at least one capacity provider must have a weight" },
        { "CAP-01: one base", { { FARGATE(1, 1), SPOT(1, 1) }, 2 }, "only one capacity provider may have a base" },
        { "each once", { { SPOT(0, 1), SPOT(0, 2) }, 2 }, "a capacity provider is named twice" },
        { "CAP-01: a weight of 0 beside another", { { FARGATE(1, 0), SPOT(0, 1) }, 2 }, NULL },
        { "what launch type FARGATE comes to", { { FARGATE(0, 1) }, 1 }, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *fault = capacity_strategy_fault(&rows[i].strategy);
        bool as_expected = rows[i].fault != NULL ? fault != NULL && strncmp(fault, rows[i].fault, strlen(rows[i].fault)) == 0
                                                 : fault == NULL;
        if (!as_expected) {
            CU_FAIL(rows[i].claim);
        }
    }
}

/* ---- a service ---------------------------------------------------------------------------------------------- */

static int count_on(enum capacity capacity)
{
    int count = 0;
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        count += task_is_active(task) && task->capacity == capacity;
    }
    return count;
}

static int count_in_zone(enum capacity capacity, int zone)
{
    int count = 0;
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        count += task_is_active(task) && task->capacity == capacity && task->zone == zone;
    }
    return count;
}

static bool zones_are_even(enum capacity capacity)
{
    int least = count_in_zone(capacity, 0), most = least;
    for (int zone = 1; zone < fixture.service->config.zone_count; zone++) {
        int count = count_in_zone(capacity, zone);
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    return most - least <= 1;
}

static void run_for(double seconds)
{
    fixture_run(&fixture, sim_seconds(sim_now(fixture.world->sim)) + seconds);
}

static const struct capacity_strategy mostly_spot = { { FARGATE(2, 1), SPOT(0, 3) }, 2 };
static const struct capacity_strategy half_spot = { { FARGATE(0, 1), SPOT(0, 1) }, 2 };
static const struct capacity_strategy only_spot = { { SPOT(0, 1) }, 1 };

static void begin(const struct capacity_strategy *strategy, int desired_count, const char *assumptions)
{
    fixture_init_assuming(&fixture, desired_count, assumptions);
    service_set_strategy(fixture.service, strategy);
}

static void a_service_keeps_its_split(void)
{
    static const struct {
        int desired, on_demand, spot;
    } rows[] = {
        { 1, 1, 0 }, { 6, 3, 3 }, { 10, 4, 6 }, { 30, 9, 21 }, { 14, 5, 9 }, { 6, 3, 3 }, { 3, 2, 1 }, { 22, 7, 15 }, { 0, 0, 0 },
    };
    begin(&mostly_spot, 0, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        service_set_desired(fixture.service, rows[i].desired, "update_service");
        run_for(120);
        CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), rows[i].on_demand);
        CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), rows[i].spot);
        CU_ASSERT(zones_are_even(CAPACITY_FARGATE) && zones_are_even(CAPACITY_FARGATE_SPOT));
    }
    CU_ASSERT_EQUAL(fixture.service->books.account_count, 2);   /* COST-02: each at its own price */
    CU_ASSERT(fixture.service->books.accounts[0].size.spot != fixture.service->books.accounts[1].size.spot);
    fixture_finish(&fixture);
}

static void a_lost_spot_task_is_replaced_on_spot(void)
{
    begin(&mostly_spot, 10, "");
    run_for(60);
    for (int lost = 0; lost < 6; lost++) {
        struct task *task = fixture.service->first;
        while (task->capacity != CAPACITY_FARGATE_SPOT || !task_is_active(task)) {
            task = task->next;
        }
        task_stop(task, CAUSE_SPOT, "SpotInterruption", "Your Spot Task was interrupted.");
    }
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 0);
    run_for(60);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 4);   /* CAP-03 */
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 6);
    fixture_finish(&fixture);
}

static void a_new_strategy_is_for_tasks_to_come(void)
{
    fixture_init(&fixture, 4);
    run_for(120);
    const struct deployment *before = fixture.service->deployments;
    service_set_strategy(fixture.service, &only_spot);
    run_for(60);
    CU_ASSERT_PTR_EQUAL(fixture.service->deployments, before);   /* DEPLOY-05 */
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 4);
    service_set_desired(fixture.service, 6, "update_service");
    run_for(60);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 2);
    service_set_desired(fixture.service, 3, "update_service");
    run_for(60);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 1);
    service_deploy(fixture.service, fixture.service->config.definition);
    run_for(300);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 0);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 3);
    fixture_finish(&fixture);
}

/* CAP-04: what the old revision has is no part of the new one's split. */
static void a_new_revision_has_a_split_of_its_own(void)
{
    begin(&half_spot, 8, "");
    run_for(120);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 4);
    service_set_strategy(fixture.service, &(struct capacity_strategy){ { FARGATE(0, 3), SPOT(0, 1) }, 2 });
    service_deploy(fixture.service, fixture.service->config.definition);
    run_for(300);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 6);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 2);
    fixture_finish(&fixture);
}

/* ---- limits ------------------------------------------------------------------------------------------------- */

static const char throttled[] = "(service worker) operations are being throttled. Will try again later.";
static const char no_capacity[] = "(service worker) was unable to place a task. Reason: Capacity is unavailable at this time. "
                                  "Please try again later or in a different availability zone.";

static void starts_are_limited(void)
{
    static const struct {
        const char *claim, *assumptions;
        const struct capacity_strategy *strategy;
        int desired;
        struct {
            double at;
            int started;
        } passes[4];
        int notices;
    } rows[] = {
        { "SCHED-22: 500 within the first minute", "fargate_launch_burst=10000", &capacity_strategy_fargate, 1200,
          { { 5, 500 }, { 55, 500 }, { 65, 1000 }, { 125, 1200 } }, 1 },
        { "SCHED-22, newer Regions", "launches_per_minute=125", &capacity_strategy_fargate, 130,
          { { 5, 100 }, { 15, 125 }, { 55, 125 }, { 65, 130 } }, 1 },
        { "SCHED-23: 100 at once, 20 a second", "", &capacity_strategy_fargate, 250,
          { { 5, 100 }, { 15, 200 }, { 25, 250 }, { 35, 250 } }, 1 },
        { "SCHED-23, newer Regions", "fargate_launch_burst=25 fargate_launch_rps=1", &capacity_strategy_fargate, 40,
          { { 5, 25 }, { 15, 35 }, { 25, 40 }, { 35, 40 } }, 1 },
        { "SCHED-23: On-Demand and Spot each", "", &half_spot, 210, { { 5, 200 }, { 15, 210 }, { 25, 210 }, { 35, 210 } }, 1 },
        { "nothing is in the way of a hundred", "", &capacity_strategy_fargate, 100,
          { { 5, 100 }, { 15, 100 }, { 25, 100 }, { 35, 100 } }, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(rows[i].strategy, rows[i].desired, rows[i].assumptions);
        for (int k = 0; k < 4; k++) {
            fixture_run(&fixture, rows[i].passes[k].at);
            if (count_on(CAPACITY_FARGATE) + count_on(CAPACITY_FARGATE_SPOT) != rows[i].passes[k].started) {
                CU_FAIL(rows[i].claim);
            }
        }
        CU_ASSERT_EQUAL(fixture_count_events(&fixture, throttled), rows[i].notices);   /* EVENT-13 */
        fixture_finish(&fixture);
    }
}

static void the_account_s_limit_is_for_all_services(void)
{
    fixture_init(&fixture, 80);
    struct service_config second = fixture.service->config;
    second.name = "second";
    struct service *other = service_create(fixture.world, &second, &fixture.world->assumptions);
    fixture_run(&fixture, 5);
    CU_ASSERT_EQUAL(fixture.service->pending_count, 80);   /* SCHED-23 */
    CU_ASSERT_EQUAL(other->pending_count, 20);
    fixture_run(&fixture, 15);
    CU_ASSERT_EQUAL(other->pending_count, 80);
    fixture_finish(&fixture);
}

static void the_vcpu_quota_counts_until_tasks_are_stopped(void)
{
    fixture_init_assuming(&fixture, 6, "fargate_vcpu_quota=1");   /* SCHED-32: four tasks of a quarter */
    fixture.puppet.exit_on_sigterm = true;
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(fixture.service->running_count, 4);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "Reason: You've reached the limit on the number of vCPUs you can run"), 1);
    struct task *task = fixture.service->first;
    task_stop(task, CAUSE_STOP_TASK, "UserInitiated", "by hand");   /* STOPPED 35 s later */
    fixture_run(&fixture, 94);
    CU_ASSERT_EQUAL(fixture.service->running_count + fixture.service->pending_count, 3);
    fixture_run(&fixture, 96);
    CU_ASSERT_EQUAL(fixture.service->running_count + fixture.service->pending_count, 4);
    fixture_finish(&fixture);
}

/* ---- shortages ---------------------------------------------------------------------------------------------- */

static void a_shortage_of_spot_is_no_reason_for_on_demand(void)
{
    begin(&half_spot, 6, "");
    capacity_shortage_begin(fixture.world, CAPACITY_FARGATE_SPOT, NULL, 100 * SIM_SECOND);
    fixture_run(&fixture, 94);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 3);   /* CAP-03 */
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 0);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, no_capacity), 1);   /* EVENT-09, EVENT-19: nine passes, one event */
    fixture_run(&fixture, 105);   /* retried each pass */
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE), 3);
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE_SPOT), 3);
    capacity_shortage_begin(fixture.world, CAPACITY_ANY, NULL, 100 * SIM_SECOND);
    service_set_desired(fixture.service, 8, "update_service");
    run_for(60);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, no_capacity), 2);   /* EVENT-19: it was over in between */
    CU_ASSERT_EQUAL(count_on(CAPACITY_FARGATE) + count_on(CAPACITY_FARGATE_SPOT), 6);
    fixture_finish(&fixture);
}

static void a_zone_that_is_short_is_passed_over(void)
{
    begin(&half_spot, 8, "");
    capacity_shortage_begin(fixture.world, CAPACITY_FARGATE, "a", SIM_HOUR);
    capacity_shortage_begin(fixture.world, CAPACITY_ANY, "b", SIM_HOUR);
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(count_in_zone(CAPACITY_FARGATE, 2), 4);   /* PLACE-04: best effort */
    CU_ASSERT_EQUAL(count_in_zone(CAPACITY_FARGATE_SPOT, 0), 2);
    CU_ASSERT_EQUAL(count_in_zone(CAPACITY_FARGATE_SPOT, 2), 2);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, no_capacity), 0);
    const struct launch_order in_b = { .wanted = 1, .to_balance = true, .zone = 1, .share = 0 };
    CU_ASSERT_EQUAL(launch_tasks(fixture.service->deployments, &in_b), 0);   /* where no other zone will do */
    fixture_run(&fixture, 65);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, no_capacity), 1);
    fixture_finish(&fixture);
}

static void shortages_end_one_by_one(void)
{
    fixture_init(&fixture, 0);
    struct world *world = fixture.world;
    capacity_shortage_begin(world, CAPACITY_FARGATE, NULL, 10 * SIM_SECOND);
    capacity_shortage_begin(world, CAPACITY_FARGATE, "a", 30 * SIM_SECOND);
    fixture_run(&fixture, 9.9);
    CU_ASSERT(capacity_is_short(world, CAPACITY_FARGATE, "b"));
    CU_ASSERT(!capacity_is_short(world, CAPACITY_FARGATE_SPOT, "a"));
    fixture_run(&fixture, 10);
    CU_ASSERT(!capacity_is_short(world, CAPACITY_FARGATE, "b"));
    CU_ASSERT(capacity_is_short(world, CAPACITY_FARGATE, "a"));
    capacity_shortage_begin(world, CAPACITY_FARGATE_SPOT, "c", 5 * SIM_SECOND);   /* in the place of the one that is over */
    CU_ASSERT(capacity_is_short(world, CAPACITY_FARGATE, "a") && capacity_is_short(world, CAPACITY_FARGATE_SPOT, "c"));
    fixture_run(&fixture, 30);
    CU_ASSERT(!capacity_is_short(world, CAPACITY_FARGATE, "a") && !capacity_is_short(world, CAPACITY_FARGATE_SPOT, "c"));
    fixture_finish(&fixture);
}

static void passes_that_state_changes_trigger_try_again_too(void)
{
    fixture_init_assuming(&fixture, 1, "reconcile_trigger=state_change");
    capacity_shortage_begin(fixture.world, CAPACITY_ANY, NULL, SIM_MINUTE);
    fixture_run(&fixture, 64);
    CU_ASSERT_EQUAL(fixture.service->pending_count, 0);
    fixture_run(&fixture, 65);
    CU_ASSERT_EQUAL(fixture.service->pending_count, 1);
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/capacity", (const struct unit_test[]){
        { "CAP-04: starts follow base and weights", starts_follow_base_and_weights },
        { "CAP-04: stops follow base and weights", stops_follow_base_and_weights },
        { "CAP-04: the split holds wherever the count goes", the_split_holds_wherever_the_count_goes },
        { "CAP-01: strategies are checked", strategies_are_checked },
        { "CAP-04, PLACE-04: a service keeps its split, and each provider its zones", a_service_keeps_its_split },
        { "CAP-03: a lost Spot task is replaced on Spot", a_lost_spot_task_is_replaced_on_spot },
        { "DEPLOY-05: a new strategy is for tasks to come", a_new_strategy_is_for_tasks_to_come },
        { "CAP-04: a new revision has a split of its own", a_new_revision_has_a_split_of_its_own },
        { "SCHED-22, SCHED-23: starts are limited", starts_are_limited },
        { "SCHED-23: the account's limit is for all services", the_account_s_limit_is_for_all_services },
        { "SCHED-32: the vCPU quota counts until tasks are STOPPED", the_vcpu_quota_counts_until_tasks_are_stopped },
        { "EVENT-09, CAP-03: a shortage of Spot is no reason for On-Demand", a_shortage_of_spot_is_no_reason_for_on_demand },
        { "PLACE-04: a zone that is short is passed over", a_zone_that_is_short_is_passed_over },
        { "shortages end one by one", shortages_end_one_by_one },
        { "SCHED-18: passes that state changes trigger try again, too", passes_that_state_changes_trigger_try_again_too },
        UNIT_END,
    });
}
