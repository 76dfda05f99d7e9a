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
    enum victim_order order;
    const int *zone_counts;
    const bool *taken;
};

/* Negative: a goes first; positive: b; 0: a draw decides. SCHED-50, in its order. */
static int compare(const struct choice *choice, const struct stop_candidate *a, const struct stop_candidate *b)
{
    switch (choice->order) {
    case VICTIM_ECS:
        break;
    case VICTIM_NEWEST:
        return a->serial > b->serial ? -1 : 1;
    case VICTIM_OLDEST:
        return a->serial < b->serial ? -1 : 1;
    case VICTIM_IDLE_FIRST:
        if (a->is_busy != b->is_busy) {
            return a->is_busy ? 1 : -1;
        }
        break;
    }
    if (a->is_running != b->is_running) {
        return a->is_running ? 1 : -1;
    }
    if (a->is_unhealthy != b->is_unhealthy) {
        return a->is_unhealthy ? -1 : 1;
    }
    return choice->zone_counts[b->zone] - choice->zone_counts[a->zone];
}

/* The index of the next victim, -1 if every candidate is protected or taken. */
static int pick_one(const struct choice *choice, struct rng *rng)
{
    int best = -1;
    uint64_t equals = 0;
    for (int i = 0; i < choice->count; i++) {
        const struct stop_candidate *candidate = &choice->candidates[i];
        if (choice->taken[i] || !candidate->is_eligible || candidate->is_protected) {   /* PROT-61 */
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

static void count_zones(const struct stop_candidate *candidates, int count, enum az_count_scope scope, int *zone_counts)
{
    for (int i = 0; i < count; i++) {
        if (scope == AZ_COUNT_RUNNING || !candidates[i].is_protected) {
            zone_counts[candidates[i].zone]++;
        }
    }
}

int placement_pick_stop(const struct stop_candidate *candidates, int count, int wanted, int zones, enum victim_order order,
                        enum az_count_scope scope, struct rng *rng, bool *taken, int *victims)
{
    int zone_counts[SERVICE_ZONES_MAX] = { 0 };
    CHECK(zones <= SERVICE_ZONES_MAX);
    count_zones(candidates, count, scope, zone_counts);
    for (int i = 0; i < count; i++) {
        taken[i] = false;
    }
    struct choice choice = { candidates, count, order, zone_counts, taken };
    int picked = 0;
    while (picked < wanted) {
        int victim = pick_one(&choice, rng);
        if (victim < 0) {
            break;
        }
        taken[victim] = true;
        zone_counts[candidates[victim].zone]--;
        victims[picked++] = victim;
    }
    return picked;
}
