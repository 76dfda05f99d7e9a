#include "model/placement.h"

#include "base/check.h"
#include "model/service.h"

int placement_pick_zone(const int *zone_counts, int zones)
{
    int best = 0;
    for (int zone = 1; zone < zones; zone++) {
        if (zone_counts[zone] < zone_counts[best]) {
            best = zone;
        }
    }
    return best;
}

struct choice {
    const struct stop_candidate *candidates;
    int count;
    const struct stop_rules *rules;
    int in_zone[CAPACITY_SHARES_MAX + 1][SERVICE_ZONES_MAX];     /* each share's own (PLACE-04, SCHED-46) */
    const bool *taken;
    int healthy;                  /* candidates that are not taken */
};

/* Of the work in a task, by an order that looks at it: the lightest goes first. */
static int64_t weight(enum victim_order order, const struct stop_candidate *candidate)
{
    switch (order) {
    case VICTIM_IDLE_FIRST: return candidate->jobs > 0;
    case VICTIM_FEWEST_JOBS: return candidate->jobs;
    case VICTIM_LEAST_REMAINING: return candidate->left_ns;
    case VICTIM_LEAST_LOST: return candidate->at_stake_ns;
    case VICTIM_ECS:
    case VICTIM_RANDOM:
    case VICTIM_NEWEST:
    case VICTIM_OLDEST: break;
    }
    return 0;
}

bool placement_weighs_work(enum victim_order order)
{
    return order == VICTIM_LEAST_REMAINING || order == VICTIM_LEAST_LOST;
}

/* Negative: a goes first; positive: b; 0: a draw decides. SCHED-50, in its order. */
static int compare(const struct choice *choice, const struct stop_candidate *a, const struct stop_candidate *b)
{
    const struct stop_rules *rules = choice->rules;
    switch (rules->order) {
    case VICTIM_ECS:
        break;
    case VICTIM_NEWEST:
        return a->serial > b->serial ? -1 : 1;
    case VICTIM_OLDEST:
        return a->serial < b->serial ? -1 : 1;
    case VICTIM_RANDOM:
        return 0;
    case VICTIM_IDLE_FIRST:
    case VICTIM_FEWEST_JOBS:
    case VICTIM_LEAST_REMAINING:
    case VICTIM_LEAST_LOST:
        if (weight(rules->order, a) != weight(rules->order, b)) {
            return weight(rules->order, a) < weight(rules->order, b) ? -1 : 1;
        }
        break;
    }
    if (a->is_running != b->is_running) {
        return a->is_running ? 1 : -1;
    }
    if (a->is_unhealthy != b->is_unhealthy) {
        return a->is_unhealthy ? -1 : 1;
    }
    if (a->is_leaving != b->is_leaving) {
        return a->is_leaving ? -1 : 1;
    }
    int by_share = capacity_compare_stop(rules->strategy, rules->on_share, a->share, b->share);
    if (by_share == 0 && rules->ground != NULL) {
        return rules->ground->compare(rules->ground, (int)(a - choice->candidates), (int)(b - choice->candidates));
    }
    return by_share != 0 ? by_share : choice->in_zone[b->share][b->zone] - choice->in_zone[a->share][a->zone];
}

/* PROT-61, DEPLOY-01 */
static bool may_go(const struct choice *choice, const struct stop_candidate *candidate)
{
    bool is_kept = candidate->is_healthy && choice->rules->keep_healthy >= choice->healthy;
    return candidate->is_eligible && !candidate->is_protected && !is_kept;
}

/* The index of the next victim, -1 if every candidate is taken or may not go. */
static int pick_one(const struct choice *choice, struct rng *rng)
{
    int best = -1;
    uint64_t equals = 0;
    for (int i = 0; i < choice->count; i++) {
        const struct stop_candidate *candidate = &choice->candidates[i];
        if (choice->taken[i] || !may_go(choice, candidate)) {
            continue;
        }
        int order = best < 0 ? -1 : compare(choice, candidate, &choice->candidates[best]);
        if (order < 0) {
            best = i;
            equals = 1;
        } else if (order == 0 && rng_below(rng, ++equals) == 0) {
            best = i;   /* each of k equals is kept with chance 1 / k */
        }
    }
    return best;
}

static void count_candidates(struct choice *choice)
{
    for (int i = 0; i < choice->count; i++) {
        const struct stop_candidate *candidate = &choice->candidates[i];
        choice->healthy += candidate->is_healthy;
        if (choice->rules->scope == AZ_COUNT_RUNNING || !candidate->is_protected) {
            choice->in_zone[candidate->share][candidate->zone]++;
        }
    }
}

int placement_pick_stop(const struct stop_candidate *candidates, int count, int wanted, const struct stop_rules *rules,
                        struct rng *rng, bool *taken, int *victims)
{
    struct choice choice = { .candidates = candidates, .count = count, .rules = rules, .taken = taken };
    int picked = 0;
    CHECK(rules->zones <= SERVICE_ZONES_MAX);
    count_candidates(&choice);
    for (int i = 0; i < count; i++) {
        taken[i] = false;
    }
    while (picked < wanted) {
        int victim = pick_one(&choice, rng);
        if (victim < 0) {
            break;
        }
        taken[victim] = true;
        choice.healthy -= candidates[victim].is_healthy;
        choice.in_zone[candidates[victim].share][candidates[victim].zone]--;
        rules->on_share[candidates[victim].share]--;
        if (rules->ground != NULL) {
            rules->ground->take(rules->ground, victim);
        }
        victims[picked++] = victim;
    }
    return picked;
}
