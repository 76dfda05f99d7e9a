#include "model/auto_scaling_group.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/capacity.h"
#include "model/capacity_provider.h"
#include "model/record.h"
#include "model/world.h"

static sim_time now_of(const struct auto_scaling_group *group)
{
    return sim_now(group->world->sim);
}

/* ---- which instance goes ------------------------------------------------------------------------------------- */

/* Negative: a goes first. */
static int compare(const struct scale_in_candidate *a, const struct scale_in_candidate *b, const int *in_zone)
{
    sim_time a_hour = a->age % SIM_HOUR, b_hour = b->age % SIM_HOUR;
    if (in_zone[a->zone] != in_zone[b->zone]) {
        return in_zone[b->zone] - in_zone[a->zone];
    }
    return a_hour != b_hour ? (a_hour > b_hour ? -1 : 1) : (a->age > b->age ? -1 : a->age < b->age);
}

int auto_scaling_group_pick(const struct scale_in_candidate *candidates, int count)
{
    int in_zone[GROUP_ZONES_MAX] = { 0 };
    int best = -1;
    for (int i = 0; i < count; i++) {
        in_zone[candidates[i].zone]++;
    }
    for (int i = 0; i < count; i++) {
        if (!candidates[i].is_protected && (best < 0 || compare(&candidates[i], &candidates[best], in_zone) < 0)) {
            best = i;
        }
    }
    return best;
}

static bool is_protected_by_tasks(const struct auto_scaling_group *group)
{
    return group->provider != NULL && group->provider->config.termination_protection;
}

/* PROT-50: where ECS manages the flag, a task of no daemon sets it (CAP-14, CAP-17). */
static bool is_protected(const struct instance *instance)
{
    const struct auto_scaling_group *group = instance->group;
    return is_protected_by_tasks(group) ? instance->working_count > 0 : group->config.new_instances_protected;
}

/* NULL: all are protected. */
static struct instance *pick(const struct auto_scaling_group *group)
{
    struct scale_in_candidate *candidates = mem_alloc((size_t)group->instance_count * sizeof *candidates);
    struct instance **instances = mem_alloc((size_t)group->instance_count * sizeof(struct instance *));
    int count = 0;
    for (struct instance *instance = group->first; instance != NULL; instance = instance->next) {
        if (!instance->leaving) {
            instances[count] = instance;
            candidates[count++] = (struct scale_in_candidate){
                is_protected(instance), instance->zone, now_of(group) - instance->launched_at,
            };
        }
    }
    int picked = auto_scaling_group_pick(candidates, count);
    struct instance *instance = picked >= 0 ? instances[picked] : NULL;
    free(candidates);
    free(instances);
    return instance;
}

/* ---- launching and letting go -------------------------------------------------------------------------------- */

/* Below 0: EC2 gives no instance in any of them. */
static int emptiest_zone(const struct auto_scaling_group *group)
{
    int counts[GROUP_ZONES_MAX] = { 0 };
    bool any_open = false;
    for (const struct instance *instance = group->first; instance != NULL; instance = instance->next) {
        counts[instance->zone] += !instance->leaving;
    }
    for (int zone = 0; zone < group->config.zone_count; zone++) {
        bool is_short = capacity_is_short(group->world, CAPACITY_EC2, group->config.zones[zone]);
        counts[zone] = is_short ? INT_MAX : counts[zone];
        any_open = any_open || !is_short;
    }
    return any_open ? placement_pick_zone(counts, group->config.zone_count) : -1;
}

static void on_wake(struct sim *sim, void *self);

static void try_again_later(struct auto_scaling_group *group)
{
    if (!group->woken) {
        group->woken = true;
        sim_at(group->world->sim, now_of(group) + SIM_MINUTE, RANK_SCALING, on_wake, group);
    }
}

static void launch(struct auto_scaling_group *group, int zone)
{
    struct instance *instance = instance_create(group, zone);
    *(group->last != NULL ? &group->last->next : &group->first) = instance;
    group->last = instance;
    group->instance_count++;
}

/* CAP-14 */
static void let_go(struct auto_scaling_group *group, struct instance *instance)
{
    bool drains = group->provider != NULL && group->provider->config.managed_draining;
    if (drains && instance->status != INSTANCE_LAUNCHING) {
        group->instance_count--;
        instance_drain_and_terminate(instance);
    } else {
        instance_terminate(instance, CAUSE_HOST);
    }
}

static void launch_missing(struct auto_scaling_group *group)
{
    while (group->instance_count < group->desired_capacity) {
        int zone = emptiest_zone(group);
        if (zone < 0) {
            try_again_later(group);
            return;
        }
        launch(group, zone);
    }
}

/* When it begins, and when their number changes. */
static void tell_held(struct auto_scaling_group *group, int held)
{
    struct record_scale_in_held record = {
        group, held, is_protected_by_tasks(group) ? "tasks" : "new_instances_protected_from_scale_in",
    };
    if (held > 0 && held != group->held_told) {
        trace_emit(group->world->sim, RECORD_SCALE_IN_HELD, &record);
    }
    group->held_told = held;
}

static void let_surplus_go(struct auto_scaling_group *group)
{
    struct instance *instance = NULL;
    while (group->instance_count > group->desired_capacity && (instance = pick(group)) != NULL) {
        let_go(group, instance);
    }
    int surplus = group->instance_count - group->desired_capacity;
    tell_held(group, surplus > 0 ? surplus : 0);
}

static void reconcile(struct auto_scaling_group *group)
{
    launch_missing(group);
    let_surplus_go(group);
}

static void on_wake(struct sim *sim, void *self)
{
    (void)sim;
    struct auto_scaling_group *group = self;
    group->woken = false;
    reconcile(group);
}

void auto_scaling_group_wake(struct auto_scaling_group *group)
{
    if (!group->woken && group->instance_count != group->desired_capacity) {
        group->woken = true;
        sim_wake(group->world->sim, on_wake, group);
    }
}

int auto_scaling_group_bound(const struct auto_scaling_group *group, int capacity)
{
    const struct auto_scaling_group_config *config = &group->config;
    return capacity < config->min_size ? config->min_size : capacity > config->max_size ? config->max_size : capacity;
}

void auto_scaling_group_set_desired(struct auto_scaling_group *group, int desired_capacity)
{
    group->desired_capacity = auto_scaling_group_bound(group, desired_capacity);
    reconcile(group);
}

void auto_scaling_group_remove(struct auto_scaling_group *group, struct instance *instance)
{
    struct instance **place = &group->first, *before = NULL;
    while (*place != instance) {
        before = *place;
        place = &before->next;
    }
    *place = instance->next;
    if (group->last == instance) {
        group->last = before;
    }
    group->instance_count -= !instance->leaving;
    auto_scaling_group_wake(group);
}

/* ---- the group ---------------------------------------------------------------------------------------------- */

struct auto_scaling_group *auto_scaling_group_create(struct world *world, const struct auto_scaling_group_config *config)
{
    struct auto_scaling_group *group = arena_alloc(world->arena, sizeof *group);
    struct cluster *cluster = cluster_of(world, config->cluster);
    *group = (struct auto_scaling_group){ .world = world, .config = *config, .cluster = cluster };
    group->config.name = arena_text(world->arena, config->name);
    group->config.cluster = cluster->name;
    for (int i = 0; i < config->zone_count; i++) {
        group->config.zones[i] = arena_text(world->arena, config->zones[i]);
    }
    struct auto_scaling_group **end = &cluster->groups;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = group;
    auto_scaling_group_set_desired(group, config->desired_capacity);
    return group;
}

struct auto_scaling_group *auto_scaling_group_find(const struct world *world, const char *name)
{
    for (const struct cluster *cluster = world->ec2->clusters; cluster != NULL; cluster = cluster->next) {
        for (struct auto_scaling_group *group = cluster->groups; group != NULL; group = group->next) {
            if (strcmp(group->config.name, name) == 0) {
                return group;
            }
        }
    }
    return NULL;
}
