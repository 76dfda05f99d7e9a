#include "model/instance_placement.h"

#include "lib/unit.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define FREE(cpu, memory) { cpu, memory, 2 }
#define VIEW(cpu, memory, zone_, type_, tasks_)                                                                     \
    { .is_eligible = true, .free = FREE(cpu, memory), .zone = (zone_), .type = (type_), .tasks = (tasks_) }

static const struct instance_room need = { 512, 1024, 1 };

/* ---- starting ----------------------------------------------------------------------------------------------- */

static const struct start_row {
    const char *claim;
    struct placement_rule rule;
    struct instance_view views[4];
    int count, expected;
} start_rows[] = {
    { "PLACE-01: no room for its CPU", { .strategy_count = 0 }, { VIEW(511, 4096, 0, 0, 0) }, 1, -1 },
    { "PLACE-01: no room for its memory", { .strategy_count = 0 }, { VIEW(2048, 1023, 0, 0, 0) }, 1, -1 },
    { "PLACE-05: no network interface is left", { .strategy_count = 0 },
      { { .is_eligible = true, .free = { 2048, 4096, 0 } } }, 1, -1 },
    { "PLACE-01: constraints bind, even where there is room", { .strategy_count = 0 },
      { { .free = FREE(2048, 4096) }, VIEW(512, 1024, 0, 0, 3) }, 2, 1 },
    { "PLACE-01: distinctInstance, one task each", { .distinct_instance = true },
      { VIEW(2048, 4096, 0, 0, 1), VIEW(512, 1024, 0, 0, 0) }, 2, 1 },
    { "PLACE-01: distinctInstance, nowhere left", { .distinct_instance = true }, { VIEW(2048, 4096, 0, 0, 1) }, 1, -1 },
    { "PLACE-02: zones first", { .strategies = { SPREAD_ZONE, SPREAD_INSTANCE }, .strategy_count = 2 },
      { VIEW(2048, 4096, 0, 0, 0), VIEW(2048, 4096, 0, 0, 2), VIEW(2048, 4096, 1, 0, 1) }, 3, 2 },
    { "PLACE-02: then the instance with fewest tasks", { .strategies = { SPREAD_ZONE, SPREAD_INSTANCE }, .strategy_count = 2 },
      { VIEW(2048, 4096, 0, 0, 2), VIEW(2048, 4096, 0, 0, 1), VIEW(2048, 4096, 1, 0, 3) }, 3, 1 },
    { "PLACE-03: a full instance still counts for its zone", { .strategies = { SPREAD_ZONE }, .strategy_count = 1 },
      { VIEW(0, 0, 0, 0, 4), VIEW(2048, 4096, 0, 0, 0), VIEW(2048, 4096, 1, 0, 1) }, 3, 2 },
    { "PLACE-01: strategies are best effort: the emptier zone is full", { .strategies = { SPREAD_ZONE }, .strategy_count = 1 },
      { VIEW(0, 0, 1, 0, 1), VIEW(2048, 4096, 0, 0, 4) }, 2, 1 },
    { "PLACE-03: spread over types", { .strategies = { SPREAD_TYPE }, .strategy_count = 1 },
      { VIEW(2048, 4096, 0, 0, 2), VIEW(2048, 4096, 0, 1, 1) }, 2, 1 },
    { "PLACE-03: binpack on CPU, least left that fits", { .strategies = { BINPACK_CPU }, .strategy_count = 1 },
      { VIEW(2048, 1024, 0, 0, 0), VIEW(256, 4096, 0, 0, 0), VIEW(768, 4096, 0, 0, 0) }, 3, 2 },
    { "PLACE-03: binpack on memory", { .strategies = { BINPACK_MEMORY }, .strategy_count = 1 },
      { VIEW(2048, 1024, 0, 0, 0), VIEW(512, 4096, 0, 0, 0) }, 2, 0 },
    { "PLACE-01: strategies in their order, zones before packing",
      { .strategies = { SPREAD_ZONE, BINPACK_MEMORY }, .strategy_count = 2 },
      { VIEW(2048, 1024, 0, 0, 2), VIEW(2048, 4096, 1, 0, 1), VIEW(2048, 2048, 1, 0, 0) }, 3, 2 },
    { "what comes behind random never decides", { .strategies = { BINPACK_CPU, PLACE_RANDOM, SPREAD_INSTANCE }, .strategy_count = 3 },
      { VIEW(512, 1024, 0, 0, 5), VIEW(1024, 1024, 0, 0, 0) }, 2, 0 },
};

static void tasks_go_where_the_rules_say(void)
{
    for (size_t i = 0; i < COUNT_OF(start_rows); i++) {
        const struct start_row *row = &start_rows[i];
        for (uint64_t seed = 1; seed <= 20; seed++) {   /* no draw may change a choice that a rule decides */
            struct rng rng;
            rng_seed(&rng, seed, 0, "placement", 0);
            if (instance_placement_pick(row->views, row->count, &need, &row->rule, &rng) != row->expected) {
                CU_FAIL(row->claim);
            }
        }
    }
}

static void hits_of(const struct placement_rule *rule, const struct instance_view *views, int count, int *hits)
{
    struct rng rng;
    rng_seed(&rng, 4, 0, "placement", 0);
    for (int draw = 0; draw < 20000; draw++) {
        hits[instance_placement_pick(views, count, &need, rule, &rng)]++;
    }
}

static void equals_get_tasks_alike(void)
{
    const struct instance_view views[] = { VIEW(512, 1024, 0, 0, 7), VIEW(0, 0, 0, 0, 0), VIEW(2048, 4096, 0, 0, 0) };
    const struct placement_rule random = { .strategies = { PLACE_RANDOM, BINPACK_CPU }, .strategy_count = 2 };
    int hits[3] = { 0 };
    hits_of(&random, views, 3, hits);
    CU_ASSERT_EQUAL(hits[1], 0);
    CU_ASSERT(hits[0] > 9646 && hits[0] < 10354);   /* 10000 +- 5 standard deviations of 71 */
}

static void the_closest_instance_tells_what_is_missing(void)
{
    const struct instance_view views[] = {
        { .free = FREE(2048, 4096) }, VIEW(0, 0, 0, 0, 0), VIEW(100, 4096, 0, 0, 0), VIEW(2048, 100, 0, 0, 0),
    };
    const char *lack;
    CU_ASSERT_EQUAL(instance_placement_closest(views, 4, &need, &lack), 2);   /* EVENT-08 */
    CU_ASSERT_STRING_EQUAL(lack, "CPU units");
    CU_ASSERT_EQUAL(instance_placement_closest(&views[3], 1, &need, &lack), 0);
    CU_ASSERT_STRING_EQUAL(lack, "memory");
    CU_ASSERT_EQUAL(instance_placement_closest(views, 1, &need, &lack), -1);
    CU_ASSERT_PTR_NULL(lack);
}

/* ---- stopping ----------------------------------------------------------------------------------------------- */

enum { TASKS_MAX = 6 };

static const struct stop_row {
    const char *claim;
    struct placement_rule rule;
    struct instance_view views[4];
    int view_count;
    int instances[TASKS_MAX];     /* of the tasks; -1: none */
    bool is_protected[TASKS_MAX];
    int count, wanted;
    enum az_count_scope scope;
    int expected[TASKS_MAX];      /* instances of the victims */
} stop_rows[] = {
    { "SCHED-44: the zone with most tasks", { .strategies = { SPREAD_ZONE, SPREAD_INSTANCE }, .strategy_count = 2 },
      { VIEW(0, 0, 0, 0, 0), VIEW(0, 0, 0, 0, 0), VIEW(0, 0, 1, 0, 0) }, 3, { 0, 1, 1, 2, 2 }, { false }, 5, 1,
      AZ_COUNT_RUNNING, { 1 } },
    { "SCHED-44: then the instance with most tasks, pick by pick",
      { .strategies = { SPREAD_ZONE, SPREAD_INSTANCE }, .strategy_count = 2 }, { VIEW(0, 0, 0, 0, 0), VIEW(0, 0, 0, 0, 0) }, 2,
      { 0, 1, 1, 1 }, { false }, 4, 2, AZ_COUNT_RUNNING, { 1, 1 } },
    { "SCHED-45: spread over zones", { .strategies = { SPREAD_ZONE }, .strategy_count = 1 },
      { VIEW(0, 0, 0, 0, 0), VIEW(0, 0, 1, 0, 0) }, 2, { 0, 1, 1 }, { false }, 3, 1, AZ_COUNT_RUNNING, { 1 } },
    { "SCHED-45: binpack, the instance with most of it left after the stop", { .strategies = { BINPACK_CPU }, .strategy_count = 1 },
      { VIEW(0, 0, 0, 0, 0), VIEW(1024, 0, 0, 0, 0), VIEW(512, 2048, 0, 0, 0) }, 3, { 0, 1, 2 }, { false }, 3, 2,
      AZ_COUNT_RUNNING, { 1, 2 } },
    { "SCHED-45: what a victim gives back counts for the next", { .strategies = { BINPACK_CPU }, .strategy_count = 1 },
      { VIEW(900, 0, 0, 0, 0), VIEW(1024, 0, 0, 0, 0) }, 2, { 0, 1, 1 }, { false }, 3, 2, AZ_COUNT_RUNNING, { 1, 1 } },
    { "SCHED-48: a task that waits for an instance goes before one that has one", { .strategies = { SPREAD_ZONE }, .strategy_count = 1 },
      { VIEW(0, 0, 0, 0, 0) }, 1, { 0, -1, 0 }, { false }, 3, 1, AZ_COUNT_RUNNING, { -1 } },
    { "CAP-17 PROT-61: a protected task is never picked and counts for its instance",
      { .strategies = { SPREAD_INSTANCE }, .strategy_count = 1 }, { VIEW(0, 0, 0, 0, 0), VIEW(0, 0, 0, 0, 0) }, 2, { 0, 0, 1 },
      { true, false, false }, 3, 2, AZ_COUNT_RUNNING, { 0, 1 } },
    { "PROT-84: among candidates only", { .strategies = { SPREAD_INSTANCE }, .strategy_count = 1 },
      { VIEW(0, 0, 0, 0, 0), VIEW(0, 0, 0, 0, 0) }, 2, { 0, 0, 0, 1, 1 }, { true, true, false, false, false }, 5, 1,
      AZ_COUNT_CANDIDATES, { 1 } },
};

static int pick_victims(const struct stop_row *row, uint64_t seed, int *victims)
{
    struct stop_candidate candidates[TASKS_MAX];
    struct instance_view views[4];
    struct instance_stop stop;
    struct rng rng;
    bool taken[TASKS_MAX];
    int on_share[] = { row->count, 0 };
    rng_seed(&rng, seed, 0, "victims", 0);
    for (int i = 0; i < row->view_count; i++) {
        views[i] = row->views[i];
    }
    for (int i = 0; i < row->count; i++) {
        candidates[i] = (struct stop_candidate){
            .is_eligible = true, .is_running = true, .is_protected = row->is_protected[i], .serial = (uint64_t)i,
        };
    }
    instance_stop_init(&stop, candidates, row->instances, row->count, views, row->view_count, &row->rule, &need, row->scope);
    const struct stop_rules rules = {
        .order = VICTIM_ECS, .scope = row->scope, .zones = 1, .strategy = &capacity_strategy_fargate, .on_share = on_share,
        .ground = &stop.ground,
    };
    return placement_pick_stop(candidates, row->count, row->wanted, &rules, &rng, taken, victims);
}

static void victims_leave_the_best_result(void)
{
    for (size_t i = 0; i < COUNT_OF(stop_rows); i++) {
        const struct stop_row *row = &stop_rows[i];
        for (uint64_t seed = 1; seed <= 20; seed++) {
            int victims[TASKS_MAX];
            CU_ASSERT_EQUAL_FATAL(pick_victims(row, seed, victims), row->wanted);
            for (int k = 0; k < row->wanted; k++) {
                if (row->instances[victims[k]] != row->expected[k]) {
                    CU_FAIL(row->claim);
                }
            }
        }
    }
}

int main(void)
{
    return unit_main("model/instance_placement", (const struct unit_test[]){
        { "tasks go where the rules say", tasks_go_where_the_rules_say },
        { "PLACE-03: of equals each gets its share", equals_get_tasks_alike },
        { "EVENT-08: the closest instance tells what is missing", the_closest_instance_tells_what_is_missing },
        { "victims leave the best result", victims_leave_the_best_result },
        UNIT_END,
    });
}
