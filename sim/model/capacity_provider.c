#include "model/capacity_provider.h"

#include <string.h>

#include "model/record.h"
#include "model/seating.h"
#include "model/world.h"

enum { GROUPS_MAX = 64 };         /* of tasks with different requirements */

static sim_time now_of(const struct capacity_provider *provider)
{
    return sim_now(provider->world->sim);
}

/* ---- the metric --------------------------------------------------------------------------------------------- */

static int count_busy(const struct auto_scaling_group *group)
{
    int busy = 0;
    for (const struct instance *instance = group->first; instance != NULL; instance = instance->next) {
        busy += !instance->leaving && instance->working_count > 0;
    }
    return busy;
}

/* DEPLOY-07: what daemons take is no room for others. */
static struct instance_room room_for_tasks(const struct auto_scaling_group *group)
{
    struct instance_room room = instance_registered_room(group->world, group->config.type);
    for (const struct service *daemon = group->cluster->daemons; daemon != NULL;
         daemon = daemon->config.instances->next_daemon) {
        struct instance_room need = instance_need(daemon->config.definition);
        instance_room_add(&room, &need, -1);
    }
    return room;
}

struct reservation capacity_provider_reservation(const struct capacity_provider *provider)
{
    const struct auto_scaling_group *group = provider->config.group;
    struct unplaced_group unplaced[GROUPS_MAX];
    struct instance_room room = room_for_tasks(group);
    const struct reservation_view view = {
        .running = group->instance_count, .busy = count_busy(group), .unplaced = unplaced,
        .unplaced_count = seating_unplaced(provider, unplaced, GROUPS_MAX), .smallest = room, .largest = room,
        .base = (enum cpr_pending_base)assumed_choice(&provider->world->assumptions, ASSUME_CPR_PENDING_BASE),
    };
    return managed_scaling_reservation(&view, &provider->config.scaling);
}

/* ---- what becomes of the group ------------------------------------------------------------------------------- */

/* CAP-12 */
static bool is_warming_up(const struct capacity_provider *provider)
{
    sim_time warmup = sim_from_seconds(provider->config.scaling.warmup_s);
    for (const struct instance *instance = provider->config.group->first; instance != NULL; instance = instance->next) {
        if (!instance->leaving && now_of(provider) < instance->launched_at + warmup) {
            return true;
        }
    }
    return false;
}

static void set_desired(struct capacity_provider *provider, const struct reservation *reservation, int desired)
{
    struct auto_scaling_group *group = provider->config.group;
    const struct record_capacity record = {
        provider, reservation->percent, group->desired_capacity, auto_scaling_group_bound(group, desired),
    };
    if (record.to != record.from) {
        trace_emit(provider->world->sim, RECORD_CAPACITY, &record);
    }
    auto_scaling_group_set_desired(group, desired);
}

static void scale_out(struct capacity_provider *provider, const struct reservation *reservation, int desired)
{
    provider->minutes_below = 0;
    if (desired > provider->config.group->desired_capacity && !is_warming_up(provider)) {
        set_desired(provider, reservation, desired);
        provider->scaled_out_at = now_of(provider);
    }
}

static int step_in(const struct capacity_provider *provider, int running, int desired)
{
    int rule = assumed_choice(&provider->world->assumptions, ASSUME_CAS_SCALE_IN_STEP);
    return rule == CAS_SCALE_IN_ONE ? running - 1 : managed_scaling_step_in(running, desired);
}

/* CAP-13 */
static void scale_in(struct capacity_provider *provider, const struct reservation *reservation, int desired)
{
    enum { ALARM_MINUTES = 15 };
    int running = provider->config.group->instance_count;
    bool is_over = now_of(provider) >= provider->scaled_out_at + ALARM_MINUTES * SIM_MINUTE;
    provider->minutes_below++;
    if (provider->minutes_below >= ALARM_MINUTES && is_over && desired < running) {
        set_desired(provider, reservation, step_in(provider, running, desired));
    }
}

static void on_minute(struct sim *sim, void *self)
{
    struct capacity_provider *provider = self;
    const struct managed_scaling *scaling = &provider->config.scaling;
    int first_launch = (int)assumed_number(&provider->world->assumptions, ASSUME_CAS_FIRST_LAUNCH);
    struct reservation reservation = capacity_provider_reservation(provider);
    int desired = managed_scaling_desired(&reservation, provider->config.group->instance_count, scaling->target_capacity,
                                          first_launch);
    sim_at(sim, sim_now(sim) + SIM_MINUTE, RANK_SCALING, on_minute, provider);
    if (reservation.percent > scaling->target_capacity) {
        scale_out(provider, &reservation, desired);
    } else if (reservation.percent < scaling->target_capacity) {
        scale_in(provider, &reservation, desired);
    } else {
        provider->minutes_below = 0;
    }
}

/* ---- the provider ------------------------------------------------------------------------------------------- */

struct capacity_provider *capacity_provider_create(struct world *world, const struct capacity_provider_config *config)
{
    struct capacity_provider *provider = arena_alloc(world->arena, sizeof *provider);
    *provider = (struct capacity_provider){ .world = world, .config = *config, .scaled_out_at = -SIM_HOUR };
    provider->config.name = arena_text(world->arena, config->name);
    config->group->provider = provider;
    struct capacity_provider **end = &config->group->cluster->providers;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = provider;
    if (config->scaling.enabled) {
        sim_at(world->sim, sim_now(world->sim) + SIM_MINUTE, RANK_SCALING, on_minute, provider);
    }
    return provider;
}

struct capacity_provider *capacity_provider_find(const struct world *world, const char *name)
{
    for (const struct cluster *cluster = world->ec2->clusters; cluster != NULL; cluster = cluster->next) {
        for (struct capacity_provider *provider = cluster->providers; provider != NULL; provider = provider->next) {
            if (strcmp(provider->config.name, name) == 0) {
                return provider;
            }
        }
    }
    return NULL;
}
