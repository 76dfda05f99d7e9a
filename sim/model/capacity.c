#include "model/capacity.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "model/world.h"

const struct capacity_strategy capacity_strategy_fargate = {
    .shares = { { .capacity = CAPACITY_FARGATE, .weight = 1 } }, .count = 1,
};

/* ---- pure --------------------------------------------------------------------------------------------------- */

static int find_share(const struct capacity_strategy *strategy, enum capacity capacity,
                      const struct capacity_provider *provider)
{
    int share = 0;
    while (share < strategy->count &&
           (strategy->shares[share].capacity != capacity || strategy->shares[share].provider != provider)) {
        share++;
    }
    return share;
}

static bool is_named_twice(const struct capacity_strategy *strategy)
{
    for (int i = 0; i < strategy->count; i++) {
        if (find_share(strategy, strategy->shares[i].capacity, strategy->shares[i].provider) != i) {
            return true;
        }
    }
    return false;
}

const char *capacity_strategy_fault(const struct capacity_strategy *strategy)
{
    int with_base = 0, with_weight = 0;
    for (int i = 0; i < strategy->count; i++) {
        with_base += strategy->shares[i].base > 0;
        with_weight += strategy->shares[i].weight > 0;
    }
    if (with_weight == 0) {
        return "at least one capacity provider must have a weight above 0 (it is 0 where none is given)";
    }
    if (with_base > 1) {
        return "only one capacity provider may have a base";
    }
    return is_named_twice(strategy) ? "a capacity provider is named twice" : NULL;
}

int capacity_share_of(const struct capacity_strategy *strategy, enum capacity capacity)
{
    return find_share(strategy, capacity, NULL);
}

int capacity_share_of_task(const struct capacity_strategy *strategy, const struct task *task)
{
    return find_share(strategy, task->capacity, task->provider);
}

/* Compares (count - base) / weight, of shares with a weight. Below its base a share's load is negative: a base comes first
 * without a rule of its own. */
static int compare_load(const struct capacity_share *a, int count_a, const struct capacity_share *b, int count_b)
{
    int64_t left = (int64_t)(count_a - a->base) * b->weight;
    int64_t right = (int64_t)(count_b - b->base) * a->weight;
    return (left > right) - (left < right);
}

int capacity_pick_start(const struct capacity_strategy *strategy, const int *counts)
{
    const struct capacity_share *shares = strategy->shares;
    int best = -1;
    for (int i = 0; i < strategy->count; i++) {
        if (shares[i].weight > 0 &&
            (best < 0 || compare_load(&shares[i], counts[i], &shares[best], counts[best]) < 0)) {
            best = i;
        }
    }
    CHECK(best >= 0);   /* a strategy without fault has a weight */
    return best;
}

/* A share that can place no task has none to keep. */
static bool has_weight(const struct capacity_strategy *strategy, int share)
{
    return share < strategy->count && strategy->shares[share].weight > 0;
}

int capacity_compare_stop(const struct capacity_strategy *strategy, const int *counts, int a, int b)
{
    bool a_counts = has_weight(strategy, a), b_counts = has_weight(strategy, b);
    int load = 0;
    if (a_counts != b_counts) {
        return a_counts ? 1 : -1;
    }
    if (a_counts) {
        load = compare_load(&strategy->shares[a], counts[a], &strategy->shares[b], counts[b]);
    }
    return load != 0 ? -load : b - a;   /* of equals the later one, which got its task last */
}

/* ---- what Fargate gives to the account ---------------------------------------------------------------------- */

static struct capacity_shortage *find_over(struct world *world)
{
    struct capacity_shortage *shortage = world->fargate.shortages;
    while (shortage != NULL && shortage->until > sim_now(world->sim)) {
        shortage = shortage->next;
    }
    return shortage;
}

void capacity_shortage_begin(struct world *world, int capacity, const char *zone, sim_time duration)
{
    struct capacity_shortage *shortage = find_over(world);
    if (shortage == NULL) {
        shortage = arena_alloc(world->arena, sizeof *shortage);
        shortage->next = world->fargate.shortages;
        world->fargate.shortages = shortage;
    }
    shortage->capacity = capacity;
    shortage->zone = zone != NULL ? arena_text(world->arena, zone) : NULL;
    shortage->until = sim_now(world->sim) + duration;
}

bool capacity_is_short(const struct world *world, enum capacity capacity, const char *zone)
{
    for (const struct capacity_shortage *shortage = world->fargate.shortages; shortage != NULL; shortage = shortage->next) {
        if (shortage->until > sim_now(world->sim) &&
            (shortage->capacity == CAPACITY_ANY || shortage->capacity == (int)capacity) &&
            (shortage->zone == NULL || strcmp(shortage->zone, zone) == 0)) {
            return true;
        }
    }
    return false;
}

bool capacity_within_quota(const struct world *world, enum capacity capacity, int cpu_units)
{
    const int64_t units_per_vcpu = 1024;
    int64_t quota = (int64_t)assumed_number(&world->assumptions, ASSUME_FARGATE_VCPU_QUOTA) * units_per_vcpu;
    return quota == 0 || world->fargate.cpu_units[capacity] + cpu_units <= quota;
}

bool capacity_take_launch(struct world *world, enum capacity capacity)
{
    struct token_bucket *bucket = &world->fargate.launches[capacity];
    if (bucket->burst == 0) {
        token_bucket_init(bucket, (int64_t)assumed_number(&world->assumptions, ASSUME_FARGATE_LAUNCH_BURST),
                          (int64_t)assumed_number(&world->assumptions, ASSUME_FARGATE_LAUNCH_RPS));
    }
    return token_bucket_take(bucket, sim_now(world->sim));
}
