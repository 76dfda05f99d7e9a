#include "model/instance_placement.h"

#include <limits.h>
#include <stddef.h>

const struct placement_rule placement_rule_default = {
    .strategies = { SPREAD_ZONE, SPREAD_INSTANCE }, .strategy_count = 2,
};

bool instance_room_fits(const struct instance_room *room, const struct instance_room *need)
{
    return need->cpu_units <= room->cpu_units && need->memory_mib <= room->memory_mib &&
           need->interfaces <= room->interfaces;
}

void instance_room_add(struct instance_room *room, const struct instance_room *more, int times)
{
    room->cpu_units += times * more->cpu_units;
    room->memory_mib += times * more->memory_mib;
    room->interfaces += times * more->interfaces;
}

static void add_tasks(struct placement_spread *spread, const struct instance_view *view, int tasks)
{
    spread->in_zone[view->zone] += tasks;
    spread->of_type[view->type] += tasks;
}

/* The less, the sooner a task starts there; the more, the sooner one stops. */
static int load_of(const struct instance_view *view, const struct placement_spread *spread, enum placement_strategy strategy)
{
    switch (strategy) {
    case SPREAD_ZONE:
        return spread->in_zone[view->zone];
    case SPREAD_TYPE:
        return spread->of_type[view->type];
    case SPREAD_INSTANCE:
        return view->tasks;
    case BINPACK_CPU:
        return view->free.cpu_units;
    case BINPACK_MEMORY:
        return view->free.memory_mib;
    case PLACE_RANDOM:
        break;
    }
    return 0;
}

/* Negative: a carries less; the strategies in their order, until one tells them apart or leaves it to chance. */
static int compare_loads(const struct placement_spread *spread, const struct placement_rule *rule,
                         const struct instance_view *a, const struct instance_view *b)
{
    int order = 0;
    for (int i = 0; i < rule->strategy_count && order == 0 && rule->strategies[i] != PLACE_RANDOM; i++) {
        order = load_of(a, spread, rule->strategies[i]) - load_of(b, spread, rule->strategies[i]);
    }
    return order;
}

/* ---- starting ----------------------------------------------------------------------------------------------- */

static bool can_take(const struct instance_view *view, const struct instance_room *need, const struct placement_rule *rule)
{
    return view->is_eligible && instance_room_fits(&view->free, need) && !(rule->distinct_instance && view->tasks > 0);
}

int instance_placement_pick(const struct instance_view *views, int count, const struct instance_room *need,
                            const struct placement_rule *rule, struct rng *rng)
{
    struct placement_spread spread = { { 0 }, { 0 } };
    int best = -1;
    uint64_t equals = 0;
    for (int i = 0; i < count; i++) {
        add_tasks(&spread, &views[i], views[i].tasks);
    }
    for (int i = 0; i < count; i++) {
        if (!can_take(&views[i], need, rule)) {
            continue;
        }
        int order = best < 0 ? -1 : compare_loads(&spread, rule, &views[i], &views[best]);
        if (order < 0) {
            best = i;
            equals = 1;
        } else if (order == 0 && rng_below(rng, ++equals) == 0) {
            best = i;   /* each of k equals is kept with chance 1 / k */
        }
    }
    return best;
}

static int count_lacks(const struct instance_view *view, const struct instance_room *need)
{
    return (view->free.cpu_units < need->cpu_units) + (view->free.memory_mib < need->memory_mib) +
           (view->free.interfaces < need->interfaces);
}

static const char *name_lack(const struct instance_view *view, const struct instance_room *need)
{
    return view->free.cpu_units < need->cpu_units     ? "CPU units"
           : view->free.memory_mib < need->memory_mib ? "memory"
           : view->free.interfaces < need->interfaces ? "elastic network interfaces"
                                                      : NULL;
}

int instance_placement_closest(const struct instance_view *views, int count, const struct instance_room *need,
                               const char **lack)
{
    int closest = -1, least = INT_MAX;
    for (int i = 0; i < count; i++) {
        int lacks = count_lacks(&views[i], need);
        if (views[i].is_eligible && lacks < least) {
            closest = i;
            least = lacks;
        }
    }
    *lack = closest >= 0 ? name_lack(&views[closest], need) : NULL;
    return closest;
}

/* ---- stopping ----------------------------------------------------------------------------------------------- */

static int compare_stop(const struct stop_ground *ground, int a, int b)
{
    const struct instance_stop *stop = (const struct instance_stop *)ground;
    bool a_placed = stop->instances[a] >= 0, b_placed = stop->instances[b] >= 0;
    if (!a_placed || !b_placed) {
        return a_placed - b_placed;
    }
    return compare_loads(&stop->spread, stop->rule, &stop->views[stop->instances[b]], &stop->views[stop->instances[a]]);
}

static void count_tasks(struct instance_stop *stop, int instance, int change)
{
    stop->views[instance].tasks += change;
    add_tasks(&stop->spread, &stop->views[instance], change);
}

static void take_victim(struct stop_ground *ground, int victim)
{
    struct instance_stop *stop = (struct instance_stop *)ground;
    int instance = stop->instances[victim];
    if (instance >= 0) {
        count_tasks(stop, instance, -1);
        instance_room_add(&stop->views[instance].free, &stop->each, 1);
    }
}

void instance_stop_init(struct instance_stop *stop, const struct stop_candidate *candidates, const int *instances, int count,
                        struct instance_view *views, int view_count, const struct placement_rule *rule,
                        const struct instance_room *each, enum az_count_scope scope)
{
    *stop = (struct instance_stop){
        .ground = { compare_stop, take_victim }, .instances = instances, .views = views, .rule = rule, .each = *each,
    };
    for (int i = 0; i < view_count; i++) {
        views[i].tasks = 0;
    }
    for (int i = 0; i < count; i++) {
        bool counts = scope == AZ_COUNT_RUNNING || !candidates[i].is_protected;
        if (counts && instances[i] >= 0) {
            count_tasks(stop, instances[i], 1);
        }
    }
}
