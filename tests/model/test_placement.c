#include "model/placement.h"

#include "lib/unit.h"

/* p = protected, r = running, u = unhealthy, o = of an old revision, b = busy; zone and serial follow. */
struct row {
    const char *claim;            /* with the rule */
    enum victim_order order;
    enum az_count_scope scope;
    int zones, wanted;
    struct stop_candidate candidates[6];
    int count;
    int expected[6];
    int expected_count;
};

#define TASK(running, zone_, serial_) { .is_running = (running), .is_eligible = true, .zone = (zone_), .serial = (serial_) }
#define PROTECTED_ON(share_, zone_, serial_)                                                                       \
    { .is_protected = true, .is_running = true, .is_eligible = true, .share = (share_), .zone = (zone_),           \
      .serial = (serial_) }
#define ON(share_, zone_, serial_)                                                                                 \
    { .is_running = true, .is_eligible = true, .share = (share_), .zone = (zone_), .serial = (serial_) }
#define WORKS(jobs_, left_, at_stake_, serial_)                                                                    \
    { .is_running = true, .is_eligible = true, .jobs = (jobs_), .left_ns = (left_), .at_stake_ns = (at_stake_),    \
      .serial = (serial_) }
#define PROTECTED(zone_, serial_)                                                                                  \
    { .is_protected = true, .is_running = true, .is_eligible = true, .zone = (zone_), .serial = (serial_) }

/* Shares 0 and 1; 2 is what neither is. */
static const struct capacity_strategy on_demand_and_spot = {
    .shares = { { .capacity = CAPACITY_FARGATE, .weight = 1 }, { .capacity = CAPACITY_FARGATE_SPOT, .weight = 1 } },
    .count = 2,
};

static const struct row rows[] = {
    { "PROT-61: protection filters before choice, even where every other reason says stop", VICTIM_ECS, AZ_COUNT_RUNNING,
      1, 1, { { .is_protected = true, .is_unhealthy = true, .serial = 1 }, TASK(true, 0, 2) }, 2, { 1 }, 1 },
    { "PROT-56: down to the protected set and no further", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 3,
      { PROTECTED(0, 1), TASK(true, 0, 2), PROTECTED(0, 3) }, 3, { 1 }, 1 },
    { "SCHED-50: pending tasks go before running ones", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 1,
      { TASK(true, 0, 1), TASK(false, 0, 2), TASK(true, 0, 3) }, 3, { 1 }, 1 },
    { "SCHED-50: unhealthy tasks go before healthy ones", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 1,
      { TASK(true, 0, 1), { .is_running = true, .is_unhealthy = true, .is_eligible = true, .serial = 2 } }, 2, { 1 }, 1 },
    { "SCHED-38: then what is to leave for another reason", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 2,
      { TASK(true, 0, 1), { .is_running = true, .is_leaving = true, .is_eligible = true, .serial = 2 },
        { .is_running = true, .is_unhealthy = true, .is_eligible = true, .serial = 3 } }, 3, { 2, 1 }, 2 },
    { "a task that nobody asks for is not picked, and counts for its zone all the same", VICTIM_ECS, AZ_COUNT_RUNNING, 2, 1,
      { TASK(true, 0, 1), { .is_running = true, .is_unhealthy = true, .zone = 1, .serial = 2 }, TASK(true, 1, 3) }, 3, { 2 }, 1 },
    { "SCHED-46: the fullest zone gives, pick by pick", VICTIM_ECS, AZ_COUNT_RUNNING, 2, 2,
      { TASK(true, 0, 1), TASK(true, 1, 2), PROTECTED(1, 3) }, 3, { 1, 0 }, 2 },
    { "PROT-84: zones count all running tasks; the fullest has only protected ones, so the next gives", VICTIM_ECS,
      AZ_COUNT_RUNNING, 2, 1, { PROTECTED(0, 1), PROTECTED(0, 2), TASK(true, 1, 3) }, 3, { 2 }, 1 },
    { "PROT-84, all tasks counted: zone 0 is fullest through its protected tasks", VICTIM_ECS, AZ_COUNT_RUNNING, 2, 1,
      { PROTECTED(0, 1), PROTECTED(0, 2), TASK(true, 0, 3), TASK(true, 1, 4), TASK(true, 1, 5) }, 5, { 2 }, 1 },
    { "CAP-04: the provider with more than its share gives, from the fullest of its own zones", VICTIM_ECS, AZ_COUNT_RUNNING, 2,
      1, { ON(0, 0, 1), ON(0, 0, 2), ON(1, 0, 3), ON(1, 1, 4), PROTECTED_ON(1, 1, 5) }, 5, { 3 }, 1 },
    { "CAP-04: of equals the later provider gives", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 1, { ON(0, 0, 1), ON(1, 0, 2) }, 2, { 1 }, 1 },
    { "CAP-04, PROT-61: where all that a provider could give is protected, the next one gives", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 2,
      { ON(0, 0, 1), PROTECTED_ON(1, 0, 2), PROTECTED_ON(1, 0, 3), ON(1, 0, 4) }, 4, { 3, 0 }, 2 },
    { "tasks on a provider that the strategy no longer names go first", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 1,
      { ON(0, 0, 1), ON(0, 0, 2), ON(2, 0, 3) }, 3, { 2 }, 1 },
    { "what-if order newest", VICTIM_NEWEST, AZ_COUNT_RUNNING, 2, 2,
      { TASK(true, 0, 7), TASK(true, 1, 9), TASK(true, 1, 8) }, 3, { 1, 2 }, 2 },
    { "what-if order oldest", VICTIM_OLDEST, AZ_COUNT_RUNNING, 2, 2,
      { TASK(true, 0, 7), TASK(true, 1, 9), TASK(true, 1, 8) }, 3, { 0, 2 }, 2 },
    { "what-if order idle_first", VICTIM_IDLE_FIRST, AZ_COUNT_RUNNING, 1, 1, { WORKS(1, 0, 0, 1), WORKS(0, 0, 0, 2) }, 2, { 1 }, 1 },
    { "what-if order fewest_jobs", VICTIM_FEWEST_JOBS, AZ_COUNT_RUNNING, 1, 2,
      { WORKS(3, 9, 0, 1), WORKS(1, 9, 9, 2), WORKS(2, 0, 0, 3) }, 3, { 1, 2 }, 2 },
    { "what-if order least_remaining", VICTIM_LEAST_REMAINING, AZ_COUNT_RUNNING, 1, 2,
      { WORKS(1, 3, 0, 1), WORKS(2, 2, 9, 2), WORKS(1, 1, 9, 3) }, 3, { 2, 1 }, 2 },
    { "what-if order least_lost", VICTIM_LEAST_LOST, AZ_COUNT_RUNNING, 1, 2,
      { WORKS(1, 0, 3, 1), WORKS(2, 9, 1, 2), WORKS(1, 0, 2, 3) }, 3, { 1, 2 }, 2 },
    { "what-if orders leave what they do not tell apart to ECS's", VICTIM_IDLE_FIRST, AZ_COUNT_RUNNING, 2, 1,
      { WORKS(0, 0, 0, 1), TASK(true, 1, 2), TASK(true, 1, 3), { .is_eligible = true, .zone = 0, .serial = 4 } }, 4, { 3 }, 1 },
};

static int pick(const struct row *row, enum az_count_scope scope, int wanted, struct rng *rng, bool *taken, int *victims)
{
    int on_share[CAPACITY_SHARES_MAX + 1] = { 0 };
    for (int i = 0; i < row->count; i++) {
        on_share[row->candidates[i].share]++;
    }
    struct stop_rules rules = {
        .order = row->order, .scope = scope, .zones = row->zones, .strategy = &on_demand_and_spot, .on_share = on_share,
    };
    return placement_pick_stop(row->candidates, row->count, wanted, &rules, rng, taken, victims);
}

static void victims_follow_the_rules(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        for (uint64_t seed = 1; seed <= 20; seed++) {   /* no draw may change a choice that a rule decides */
            struct rng rng;
            rng_seed(&rng, seed, 0, "victims", 0);
            bool taken[6];
            int victims[6];
            int picked = pick(row, row->scope, row->wanted, &rng, taken, victims);
            CU_ASSERT_EQUAL_FATAL(picked, row->expected_count);
            for (int k = 0; k < picked; k++) {
                if (victims[k] != row->expected[k]) {
                    CU_FAIL(row->claim);
                }
            }
        }
    }
}

static void candidates_only_scope_ignores_protected_tasks(void)
{
    /* PROT-84, alternative: without its protected tasks zone 0 has one task, zone 1 has two. */
    const struct row *row = &rows[7];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rng rng;
        rng_seed(&rng, seed, 0, "victims", 0);
        bool taken[6];
        int victims[6];
        pick(row, AZ_COUNT_CANDIDATES, 1, &rng, taken, victims);
        CU_ASSERT_EQUAL(row->candidates[victims[0]].zone, 1);
    }
}

enum { EQUALS = 5 };

static void check_picked_alike(const struct stop_candidate candidates[EQUALS], enum victim_order order)
{
    enum { DRAWS = 20000 };
    int hits[EQUALS] = { 0 };
    struct rng rng;
    rng_seed(&rng, 4, 0, "victims", 0);
    for (int n = 0; n < DRAWS; n++) {
        bool taken[EQUALS];
        int victim, on_share[CAPACITY_SHARES_MAX + 1] = { EQUALS };
        struct stop_rules rules = {
            .order = order, .scope = AZ_COUNT_RUNNING, .zones = 2, .strategy = &on_demand_and_spot, .on_share = on_share,
        };
        placement_pick_stop(candidates, EQUALS, 1, &rules, &rng, taken, &victim);
        hits[victim]++;
    }
    for (int i = 0; i < EQUALS; i++) {   /* 4000 +- 5 standard deviations of 57 */
        CU_ASSERT(hits[i] > 3715 && hits[i] < 4285);
    }
}

/* SCHED-47: effectively random. */
static void equals_are_picked_alike(void)
{
    check_picked_alike((const struct stop_candidate[EQUALS]){ TASK(true, 0, 1), TASK(true, 0, 2), TASK(true, 0, 3),
                                                              TASK(true, 0, 4), TASK(true, 0, 5) }, VICTIM_ECS);
}

static void at_random_nothing_counts(void)
{
    check_picked_alike((const struct stop_candidate[EQUALS]){ TASK(false, 0, 1), TASK(true, 1, 2), WORKS(1, 5, 5, 3),
                                                              TASK(true, 0, 4), TASK(true, 0, 5) }, VICTIM_RANDOM);
}

static void the_emptiest_zone_gets_the_next_task(void)
{
    /* EX-P25, EX-S37: two tasks over two zones, one each. */
    CU_ASSERT_EQUAL(placement_pick_zone((const int[]){ 0, 0 }, 2), 0);
    CU_ASSERT_EQUAL(placement_pick_zone((const int[]){ 1, 0 }, 2), 1);
    CU_ASSERT_EQUAL(placement_pick_zone((const int[]){ 3, 1, 1 }, 3), 1);
}

#define HEALTHY(serial_) { .is_healthy = true, .is_running = true, .is_eligible = true, .serial = (serial_) }

static void healthy_tasks_stay_as_far_as_the_bound_needs_them(void)
{
    static const struct {
        const char *claim;
        enum victim_order order;
        int wanted, keep;
        struct stop_candidate candidates[3];
        int expected[3], expected_count;
    } cases[] = {
        { "down to the bound and no further", VICTIM_ECS, 3, 2, { HEALTHY(1), TASK(true, 0, 2), HEALTHY(3) }, { 1 }, 1 },
        { "those that may not be picked count for it", VICTIM_NEWEST, 3, 1,
          { { .is_healthy = true, .is_running = true, .serial = 1 }, HEALTHY(2), HEALTHY(3) }, { 2, 1 }, 2 },
        { "no order is above it", VICTIM_NEWEST, 1, 2, { TASK(true, 0, 1), HEALTHY(2), HEALTHY(3) }, { 0 }, 1 },
        { "without a bound any may go", VICTIM_NEWEST, 2, 0, { TASK(true, 0, 1), HEALTHY(2), HEALTHY(3) }, { 2, 1 }, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool taken[3];
        int victims[3], on_share[CAPACITY_SHARES_MAX + 1] = { 3 };
        struct rng rng;
        rng_seed(&rng, 1, 0, "victims", 0);
        struct stop_rules rules = { .order = cases[i].order, .keep_healthy = cases[i].keep, .zones = 1,
                                    .strategy = &on_demand_and_spot, .on_share = on_share };
        int picked = placement_pick_stop(cases[i].candidates, 3, cases[i].wanted, &rules, &rng, taken, victims);
        CU_ASSERT_EQUAL_FATAL(picked, cases[i].expected_count);
        for (int k = 0; k < picked; k++) {
            if (victims[k] != cases[i].expected[k]) {
                CU_FAIL(cases[i].claim);
            }
        }
    }
}

int main(void)
{
    return unit_main("model/placement", (const struct unit_test[]){
        { "victims follow the rules", victims_follow_the_rules },
        { "az_count_scope = candidates ignores protected tasks", candidates_only_scope_ignores_protected_tasks },
        { "SCHED-47: equals are picked alike", equals_are_picked_alike },
        { "what-if order random: nothing counts", at_random_nothing_counts },
        { "SCHED-40: the emptiest zone gets the next task", the_emptiest_zone_gets_the_next_task },
        { "DEPLOY-01: healthy tasks stay as far as the lower bound needs them", healthy_tasks_stay_as_far_as_the_bound_needs_them },
        UNIT_END,
    });
}
