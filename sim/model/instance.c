#include "model/instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/vec.h"
#include "model/auto_scaling_group.h"
#include "model/health.h"
#include "model/record.h"
#include "model/seating.h"
#include "model/standalone.h"
#include "model/world.h"

const char *const instance_status_names[INSTANCE_STATUSES] = {
    [INSTANCE_LAUNCHING] = "LAUNCHING",
    [INSTANCE_ACTIVE] = "ACTIVE",
    [INSTANCE_DRAINING] = "DRAINING",
    [INSTANCE_TERMINATED] = "TERMINATED",
};

static sim_time now_of(const struct instance *instance)
{
    return sim_now(instance->world->sim);
}

static void tell(const struct instance *instance)
{
    trace_emit(instance->world->sim, RECORD_INSTANCE, instance);
}

const char *instance_zone_name(const struct instance *instance)
{
    return instance->group->config.zones[instance->zone];
}

void instance_attributes(const struct instance *instance, const char *values[INSTANCE_ATTRIBUTES])
{
    values[INSTANCE_ATTRIBUTE_ZONE] = instance_zone_name(instance);
    values[INSTANCE_ATTRIBUTE_TYPE] = instance->type->name;
    values[INSTANCE_ATTRIBUTE_ARCHITECTURE] = instance->type->arm ? "arm64" : "x86_64";
    values[INSTANCE_ATTRIBUTE_ID] = instance->id;
}

struct instance_room instance_need(const struct task_definition *definition)
{
    return (struct instance_room){ definition->cpu_units, definition->memory_mib, definition->interfaces };
}

/* ---- books -------------------------------------------------------------------------------------------------- */

int instance_whole_weight(const struct instance_type *type)
{
    return instance_weight(type->cpu_units, type->memory_mib);
}

/* What no task takes: PLACE-06, the memory that is never registered belongs to it. */
static wide unused_weight(const struct instance *instance)
{
    const struct instance_room *registered = &instance->registered, *unused = &instance->unused;
    return instance_whole_weight(instance->type) - instance_weight(registered->cpu_units - unused->cpu_units,
                                                                   registered->memory_mib - unused->memory_mib);
}

static void charge(struct instance *instance, enum cost_part part, wide weight_ns)
{
    struct ec2 *ec2 = instance->world->ec2;
    ec2->rooms[instance->type - instance_types].shares.slot_ns[part] += weight_ns;
    ec2->unused_ns += weight_ns;
    instance->charged_ns += weight_ns;
}

static enum cost_part part_of_unused_room(const struct instance *instance)
{
    return instance->status == INSTANCE_LAUNCHING ? COST_STARTUP
           : instance->status == INSTANCE_ACTIVE  ? COST_IDLE
                                                  : COST_STOPPING;
}

void instance_flush_books(struct instance *instance)
{
    sim_time now = now_of(instance);
    charge(instance, part_of_unused_room(instance), unused_weight(instance) * (now - instance->charged_until));
    instance->charged_until = now;
}

/* COST-05: whole seconds and at least a minute, as of a task. */
static void close_books(struct instance *instance)
{
    sim_time now = now_of(instance);
    sim_time billable = cost_billable(instance->launched_at, now, false);
    wide whole = instance_whole_weight(instance->type);
    instance_flush_books(instance);
    charge(instance, COST_STARTUP, whole * (billable - (now - instance->launched_at)));
    instance->world->ec2->billed_ns += whole * billable;
}

/* ---- tasks on it -------------------------------------------------------------------------------------------- */

/* What a task keeps from others. */
enum holding {
    HOLDS_PLACE = 1 << 0,         /* CPU and memory, by the scheduler's count */
    HOLDS_INTERFACE = 1 << 1,     /* until it is STOPPED */
    HOLDS_ROOM = 1 << 2,          /* CPU and memory, really */
    HOLDS_INSTANCE = 1 << 3       /* its container runs, or is to run */
};

static unsigned holdings_of(const struct task *task)
{
    bool stays = !task->ended;
    return (stays && task->status < TASK_STOPPING ? HOLDS_PLACE : 0U) | (task->stopped_at < 0 ? HOLDS_INTERFACE : 0U) |
           (stays && task->pull_started_at >= 0 ? HOLDS_ROOM : 0U) | (stays ? HOLDS_INSTANCE : 0U);
}

/* Its network interface is held on its own. */
static struct instance_room place_of(const struct task *task)
{
    return (struct instance_room){ task->definition->cpu_units, task->definition->memory_mib, 0 };
}

/* +1: the task takes hold of it, -1: it lets go, 0: nothing changes. */
static int change_of(unsigned before, unsigned after, unsigned bit)
{
    return !!(after & bit) - !!(before & bit);
}

static bool is_daemon(const struct task *task)
{
    return seating_is_daemon(task->service);
}

static bool shares_cpu(const struct task *task)
{
    return task->definition->shares_cpu && (task->holdings & HOLDS_ROOM) != 0;
}

/* METRIC-05: what nobody has reserved goes to those without a CPU of their own, by what they have reserved. */
static void share_out_cpu(struct instance *instance)
{
    int64_t sharing = 0;
    for (const struct task *task = instance->tasks.first; task != NULL; task = task->next_mate) {
        sharing += shares_cpu(task) ? task->definition->cpu_units : 0;
    }
    for (struct task *task = instance->tasks.first; task != NULL && sharing > 0; task = task->next_mate) {
        if (shares_cpu(task)) {
            task_set_cpu_limit(task, TASK_FULL_CPU * (sharing + instance->unused.cpu_units) / sharing);
        }
    }
}

static void apply_holdings(struct instance *instance, struct task *task, unsigned after)
{
    unsigned before = task->holdings;
    const struct instance_room place = place_of(task);
    instance_room_add(&instance->free, &place, -change_of(before, after, HOLDS_PLACE));
    instance->free.interfaces -= task->definition->interfaces * change_of(before, after, HOLDS_INTERFACE);
    if (!is_daemon(task)) {
        instance->working_count += change_of(before, after, HOLDS_INSTANCE);
    }
    if (change_of(before, after, HOLDS_ROOM) != 0) {
        instance_flush_books(instance);
        instance_room_add(&instance->unused, &place, -change_of(before, after, HOLDS_ROOM));
        CHECK(instance->unused.cpu_units >= 0 && instance->unused.memory_mib >= 0);
    }
    task->holdings = after;
    if (change_of(before, after, HOLDS_ROOM) != 0) {
        share_out_cpu(instance);
    }
}

static bool has_image(const struct instance *instance, const struct task_definition *definition)
{
    for (int i = 0; i < instance->image_count; i++) {
        if (instance->images[i] == definition) {
            return true;
        }
    }
    return false;
}

static void start_task(struct instance *instance, struct task *task)
{
    bool cached = has_image(instance, task->definition);
    if (!cached) {
        VEC_GROW(instance->images, instance->image_count, instance->image_room);
        instance->images[instance->image_count++] = task->definition;
    }
    task_start_on_instance(task, cached);
}

/* SCHED-14: the agent starts a task once the room is really there, first come, first served. */
static void start_tasks(struct instance *instance)
{
    for (struct task *task = instance->tasks.first; task != NULL; task = task->next_mate) {
        if (task->status == TASK_PENDING) {
            const struct instance_room need = place_of(task);
            if (!instance_room_fits(&instance->unused, &need)) {
                return;
            }
            start_task(instance, task);
        }
    }
}

void instance_place(struct instance *instance, struct task *task)
{
    CHECK(instance->status == INSTANCE_ACTIVE && task->instance == NULL);
    task->instance = instance;
    task_list_add(&instance->tasks, task);
    instance->task_count++;
    task_seated(task);
    start_tasks(instance);
}

static void stop_daemons(struct instance *instance)
{
    for (struct task *task = instance->tasks.first, *next; task != NULL; task = next) {
        next = task->next_mate;
        if (task_is_active(task) && is_daemon(task)) {
            health_replace(task, CAUSE_DRAIN);
            health_stop(task);
        }
    }
}

/* SCHED-38: daemons stop last. */
static void drain_on(struct instance *instance)
{
    if (instance->working_count > 0) {
        return;
    }
    stop_daemons(instance);
    if (instance->task_count == 0 && instance->leaving) {
        instance_terminate(instance, CAUSE_DRAIN);
    }
}

static void release_instance(struct instance *instance)
{
    if (instance->status == INSTANCE_DRAINING) {
        drain_on(instance);
    } else if (instance->status == INSTANCE_ACTIVE && instance->working_count == 0) {
        auto_scaling_group_wake(instance->group);
    }
}

void instance_task_changed(struct task *task)
{
    struct instance *instance = task->instance;
    unsigned before = task->holdings, after = holdings_of(task);
    if (before == after) {
        return;
    }
    apply_holdings(instance, task, after);
    if (instance->status == INSTANCE_TERMINATED) {
        return;
    }
    if (before & ~after & HOLDS_ROOM) {
        start_tasks(instance);
    }
    if (before & ~after & (HOLDS_PLACE | HOLDS_INTERFACE)) {
        seating_room_came_up(instance->group->cluster);
    }
    if (before & ~after & HOLDS_INSTANCE) {
        release_instance(instance);
    }
}

static void destroy(struct instance *instance)
{
    sim_timer_destroy(instance->world->sim, instance->timer);
    pool_give(instance->world->ec2->instances, instance);
}

void instance_task_gone(struct task *task)
{
    struct instance *instance = task->instance;
    task_list_remove(&instance->tasks, task);
    instance->task_count--;
    task->instance = NULL;
    if (instance->status == INSTANCE_DRAINING) {
        drain_on(instance);
    } else if (instance->status == INSTANCE_TERMINATED && instance->task_count == 0) {
        destroy(instance);
    }
}

/* ---- its life ----------------------------------------------------------------------------------------------- */

static void make_id(struct instance *instance)
{
    struct rng ids;
    rng_init(&ids, instance->world->sim, "instance id", instance->serial);
    uint64_t high = rng_next(&ids), low = rng_next(&ids);
    snprintf(instance->id, sizeof instance->id, "i-0%08" PRIx32 "%08" PRIx32, (uint32_t)(high >> 32), (uint32_t)(low >> 32));
}

/* Its own network interface is no task's. */
struct instance_room instance_registered_room(const struct world *world, const struct instance_type *type)
{
    double share = assumed_number(&world->assumptions, ASSUME_REGISTERED_MEMORY_PERCENT) / 100;
    return (struct instance_room){ type->cpu_units, (int)(type->memory_mib * share), type->interfaces - 1 };
}

static void register_instance(struct instance *instance)
{
    instance_flush_books(instance);
    instance->status = INSTANCE_ACTIVE;
    instance->registered_at = now_of(instance);
    cluster_add_instance(instance->group->cluster, instance);
    tell(instance);
    seating_instances_changed(instance->group->cluster);
}

static void on_instance_timer(struct sim *sim, void *self)
{
    (void)sim;
    struct instance *instance = self;
    if (instance->status == INSTANCE_LAUNCHING) {
        register_instance(instance);
    } else {
        instance_terminate(instance, CAUSE_DRAIN);   /* CAP-14 */
    }
}

struct instance *instance_create(struct auto_scaling_group *group, int zone)
{
    struct world *world = group->world;
    struct instance *instance = pool_take(world->ec2->instances);
    *instance = (struct instance){
        .world = world, .group = group, .type = group->config.type, .serial = ++world->ec2->instances_launched, .zone = zone,
        .launched_at = sim_now(world->sim), .registered_at = -1, .charged_until = sim_now(world->sim),
    };
    struct rng rng;
    make_id(instance);
    rng_init(&rng, world->sim, "instance", instance->serial);
    instance->registered = instance->free = instance->unused = instance_registered_room(world, instance->type);
    instance->timer = sim_timer_create(world->sim, on_instance_timer, instance);
    sim_timer_arm(world->sim, instance->timer,
                  sim_now(world->sim) + assumed_draw(&world->assumptions, ASSUME_EC2_INSTANCE_COLD_S, &rng), RANK_LAPSE);
    tell(instance);
    return instance;
}

void instance_drain(struct instance *instance)
{
    CHECK(instance->status == INSTANCE_ACTIVE);
    instance_flush_books(instance);
    instance->status = INSTANCE_DRAINING;
    tell(instance);
    seating_instances_changed(instance->group->cluster);
    for (struct task *task = instance->tasks.first, *next; task != NULL; task = next) {
        next = task->next_mate;
        if (task_is_active(task) && !task_is_standalone(task) && !is_daemon(task)) {
            health_replace(task, CAUSE_DRAIN);
        }
    }
    drain_on(instance);
}

void instance_activate(struct instance *instance)
{
    CHECK(instance->status == INSTANCE_DRAINING && !instance->leaving);
    instance_flush_books(instance);
    instance->status = INSTANCE_ACTIVE;
    tell(instance);
    for (struct task *task = instance->tasks.first; task != NULL; task = task->next_mate) {
        health_keep(task);
    }
    seating_instances_changed(instance->group->cluster);
}

void instance_drain_and_terminate(struct instance *instance)
{
    static const sim_time most = 48 * SIM_HOUR;   /* CAP-14 */
    instance->leaving = true;
    sim_timer_arm(instance->world->sim, instance->timer, now_of(instance) + most, RANK_LAPSE);
    if (instance->status == INSTANCE_ACTIVE) {
        instance_drain(instance);
    } else {
        drain_on(instance);
    }
}

static void lose_tasks(struct instance *instance, enum cause cause)
{
    const char *reason = arena_printf(instance->world->arena, "Host EC2 (instance %s) terminated.", instance->id);
    for (struct task *task = instance->tasks.first, *next; task != NULL; task = next) {
        next = task->next_mate;
        task_lose(task, cause, "TerminationNotice", reason);
    }
}

void instance_terminate(struct instance *instance, enum cause cause)
{
    struct cluster *cluster = instance->group->cluster;
    if (instance->status == INSTANCE_TERMINATED) {
        return;
    }
    bool registered = instance->status != INSTANCE_LAUNCHING;
    instance_flush_books(instance);
    instance->status = INSTANCE_TERMINATED;
    sim_timer_cancel(instance->world->sim, instance->timer);
    if (registered) {
        cluster_remove_instance(cluster, instance);
    }
    lose_tasks(instance, cause);
    close_books(instance);
    free(instance->images);
    tell(instance);
    auto_scaling_group_remove(instance->group, instance);
    seating_instances_changed(cluster);
    if (instance->task_count == 0) {
        destroy(instance);
    }
}
