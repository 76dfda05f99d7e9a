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
#define PROTECTED(zone_, serial_)                                                                                  \
    { .is_protected = true, .is_running = true, .is_eligible = true, .zone = (zone_), .serial = (serial_) }

static const struct row rows[] = {
    { "PROT-61: protection filters before choice, even where every other reason says stop", VICTIM_ECS, AZ_COUNT_RUNNING,
      1, 1, { { .is_protected = true, .is_unhealthy = true, .serial = 1 }, TASK(true, 0, 2) }, 2, { 1 }, 1 },
    { "PROT-56: down to the protected set and no further", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 3,
      { PROTECTED(0, 1), TASK(true, 0, 2), PROTECTED(0, 3) }, 3, { 1 }, 1 },
    { "SCHED-50: pending tasks go before running ones", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 1,
      { TASK(true, 0, 1), TASK(false, 0, 2), TASK(true, 0, 3) }, 3, { 1 }, 1 },
    { "SCHED-50: unhealthy tasks go before healthy ones", VICTIM_ECS, AZ_COUNT_RUNNING, 1, 1,
      { TASK(true, 0, 1), { .is_running = true, .is_unhealthy = true, .is_eligible = true, .serial = 2 } }, 2, { 1 }, 1 },
    { "a task that nobody asks for is not picked, and counts for its zone all the same", VICTIM_ECS, AZ_COUNT_RUNNING, 2, 1,
      { TASK(true, 0, 1), { .is_running = true, .is_unhealthy = true, .zone = 1, .serial = 2 }, TASK(true, 1, 3) }, 3, { 2 }, 1 },
    { "SCHED-46: the fullest zone gives, pick by pick", VICTIM_ECS, AZ_COUNT_RUNNING, 2, 2,
      { TASK(true, 0, 1), TASK(true, 1, 2), PROTECTED(1, 3) }, 3, { 1, 0 }, 2 },
    { "PROT-84: zones count all running tasks; the fullest has only protected ones, so the next gives", VICTIM_ECS,
      AZ_COUNT_RUNNING, 2, 1, { PROTECTED(0, 1), PROTECTED(0, 2), TASK(true, 1, 3) }, 3, { 2 }, 1 },
    { "PROT-84, all tasks counted: zone 0 is fullest through its protected tasks", VICTIM_ECS, AZ_COUNT_RUNNING, 2, 1,
      { PROTECTED(0, 1), PROTECTED(0, 2), TASK(true, 0, 3), TASK(true, 1, 4), TASK(true, 1, 5) }, 5, { 2 }, 1 },
    { "what-if order newest", VICTIM_NEWEST, AZ_COUNT_RUNNING, 2, 2,
      { TASK(true, 0, 7), TASK(true, 1, 9), TASK(true, 1, 8) }, 3, { 1, 2 }, 2 },
    { "what-if order oldest", VICTIM_OLDEST, AZ_COUNT_RUNNING, 2, 2,
      { TASK(true, 0, 7), TASK(true, 1, 9), TASK(true, 1, 8) }, 3, { 0, 2 }, 2 },
    { "what-if order idle_first", VICTIM_IDLE_FIRST, AZ_COUNT_RUNNING, 1, 1,
      { { .is_running = true, .is_eligible = true, .is_busy = true, .serial = 1 }, TASK(true, 0, 2) }, 2, { 1 }, 1 },
};

static void victims_follow_the_rules(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        for (uint64_t seed = 1; seed <= 20; seed++) {   /* no draw may change a choice that a rule decides */
            struct rng rng;
            rng_seed(&rng, seed, 0, "victims", 0);
            bool taken[6];
            int victims[6];
            int picked = placement_pick_stop(row->candidates, row->count, row->wanted, row->zones, row->order, row->scope,
                                             &rng, taken, victims);
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
        placement_pick_stop(row->candidates, row->count, 1, 2, VICTIM_ECS, AZ_COUNT_CANDIDATES, &rng, taken, victims);
        CU_ASSERT_EQUAL(row->candidates[victims[0]].zone, 1);
    }
}

static void equals_are_picked_alike(void)
{
    enum { TASKS = 5, DRAWS = 20000 };
    struct stop_candidate candidates[TASKS];
    int hits[TASKS] = { 0 };
    for (int i = 0; i < TASKS; i++) {
        candidates[i] = (struct stop_candidate){ .is_running = true, .is_eligible = true, .serial = (uint64_t)i };
    }
    struct rng rng;
    rng_seed(&rng, 4, 0, "victims", 0);
    for (int n = 0; n < DRAWS; n++) {
        bool taken[TASKS];
        int victim;
        placement_pick_stop(candidates, TASKS, 1, 1, VICTIM_ECS, AZ_COUNT_RUNNING, &rng, taken, &victim);
        hits[victim]++;
    }
    for (int i = 0; i < TASKS; i++) {   /* SCHED-47: effectively random; 4000 +- 5 standard deviations of 57 */
        CU_ASSERT(hits[i] > 3715 && hits[i] < 4285);
    }
}

static void the_emptiest_zone_gets_the_next_task(void)
{
    /* EX-P25, EX-S37: two tasks over two zones, one each. */
    CU_ASSERT_EQUAL(placement_pick_zone((const int[]){ 0, 0 }, 2), 0);
    CU_ASSERT_EQUAL(placement_pick_zone((const int[]){ 1, 0 }, 2), 1);
    CU_ASSERT_EQUAL(placement_pick_zone((const int[]){ 3, 1, 1 }, 3), 1);
}

int main(void)
{
    return unit_main("model/placement", (const struct unit_test[]){
        { "victims follow the rules", victims_follow_the_rules },
        { "az_count_scope = candidates ignores protected tasks", candidates_only_scope_ignores_protected_tasks },
        { "SCHED-47: equals are picked alike", equals_are_picked_alike },
        { "SCHED-40: the emptiest zone gets the next task", the_emptiest_zone_gets_the_next_task },
        UNIT_END,
    });
}
