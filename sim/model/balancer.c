#include "model/balancer.h"

#include "base/check.h"
#include "base/pool.h"
#include "base/vec.h"
#include "model/aggregate.h"
#include "model/request.h"
#include "model/service.h"
#include "model/visitor.h"
#include "model/world.h"

static sim_time now_of(const struct target_group *group)
{
    return sim_now(group->world->sim);
}

/* ---- who gets requests -------------------------------------------------------------------------------------- */

/* ALB-07: does it get requests where no target is healthy? */
static bool is_open_to(const struct target *target)
{
    switch (assumed_choice(&target->task->service->assumptions, ASSUME_FAIL_OPEN)) {
    case FAIL_OPEN_ALL: return true;
    case FAIL_OPEN_UNHEALTHY: return target->state == TARGET_UNHEALTHY;
    default: return false;
    }
}

static struct target_ring *ring_for(const struct target *target)
{
    struct target_set *set = &target->group->sets[target->task->deployment->ring];
    if (target->state == TARGET_DRAINING) {
        return NULL;
    }
    if (target->state == TARGET_HEALTHY) {
        return &set->healthy;
    }
    return is_open_to(target) ? &set->others : NULL;
}

static void enter(struct target *target, enum target_state state)
{
    aggregate_settle(target->group->aggregate);
    target->state = state;
    target->group->states[state]++;
    struct target_ring *ring = ring_for(target);
    if (ring != NULL) {
        routing_enter(ring, target, now_of(target->group), state == TARGET_HEALTHY);
    }
    target->been_healthy = target->been_healthy || state == TARGET_HEALTHY;
}

static void leave(struct target *target)
{
    aggregate_settle(target->group->aggregate);
    routing_leave(target);
    target->group->states[target->state]--;
}

static void change_state(struct target *target, enum target_state state)
{
    leave(target);
    enter(target, state);
}

void target_outstanding_changed(struct target *target, int change)
{
    target->outstanding += change;
    routing_changed(target);
}

/* ---- routing ------------------------------------------------------------------------------------------------ */

/* DEPLOY-27: the weights of the listener's two target groups. */
static struct target_set *pick_set(struct target_group *group)
{
    struct target_set *sets = group->sets;
    if (sets[0].permille == 0 || sets[1].permille == 0) {
        return sets[0].permille > 0 ? &sets[0] : &sets[1];
    }
    return rng_below(&group->rng, 1000) < (uint64_t)sets[0].permille ? &sets[0] : &sets[1];
}

static struct target_ring *open_ring(struct target_set *set)
{
    return set->healthy.count > 0 ? &set->healthy : &set->others;
}

struct target_ring *target_group_ring(struct target_group *group, int set)
{
    return open_ring(&group->sets[set]);
}

/* A listener's target groups are weighed before a cookie is looked at: AWS binds clients to one of them only where the rule
 * itself says so, and ECS's do not. */
struct target *target_group_pick(struct target_group *group, const struct visitor *visitor)
{
    struct target_ring *ring = open_ring(pick_set(group));
    struct target *bound = visitor != NULL ? visitor_target(visitor) : NULL;
    if (bound != NULL && bound->routing.ring == ring) {
        return bound;
    }
    return routing_pick(ring, now_of(group), &group->rng);
}

/* ALB-04: two readings. What is not AWS's own stays as it was chosen. */
struct target *target_group_pick_for_session(struct target_group *group)
{
    struct target_ring *ring = open_ring(pick_set(group));
    bool always = assumed_choice(&group->world->assumptions, ASSUME_WS_LOR) == WS_LOR_ALWAYS;
    return always && ring->routing != ROUTE_MOST_OUTSTANDING ? routing_pick_least(ring)
                                                             : routing_pick(ring, now_of(group), &group->rng);
}

/* ---- health ------------------------------------------------------------------------------------------------- */

static void on_target_change(struct health_check *check)
{
    struct target *target = (struct target *)check;
    change_state(target, check->health == HEALTH_HEALTHY ? TARGET_HEALTHY : TARGET_UNHEALTHY);
    if (target->state == TARGET_UNHEALTHY && task_is_active(target->task)) {
        notice_target_unhealthy(target->task, target->group);
    }
    health_changed(target->task);
}

enum task_health balancer_health(const struct task *task)
{
    bool all_healthy = task->targets != NULL;
    for (const struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        if (target->taken_out) {
            continue;
        }
        if (target->check.health == HEALTH_UNHEALTHY) {
            return HEALTH_UNHEALTHY;
        }
        all_healthy = all_healthy && target->check.health == HEALTH_HEALTHY;
    }
    return all_healthy ? HEALTH_HEALTHY : HEALTH_UNKNOWN;
}

const struct target *balancer_unhealthy_target(const struct task *task)
{
    const struct target *target = task->targets;
    while (target != NULL && target->check.health != HEALTH_UNHEALTHY) {
        target = target->next_of_task;
    }
    return target;
}

/* ---- registration ------------------------------------------------------------------------------------------- */

static struct target *add_target(struct task *task, struct target_group *group)
{
    struct target *target = pool_take(task->world->targets_pool);
    target->group = group;
    target->task = task;
    target->next_of_task = task->targets;
    target->registered_at = now_of(group);
    task->targets = target;
    enter(target, TARGET_INITIAL);
    return target;
}

/* From the task's own draws: the same however many other tasks there are. */
static sim_time first_check_after(const struct task *task)
{
    struct rng draws;
    rng_init(&draws, task->world->sim, "first health check", task->serial);
    return assumed_draw(&task->service->assumptions, ASSUME_FIRST_HEALTH_CHECK_S, &draws);
}

void balancer_register(struct task *task)
{
    const struct service_config *config = &task->service->config;
    CHECK(task->targets == NULL);
    for (int i = 0; i < config->target_group_count; i++) {
        struct target *target = add_target(task, config->target_groups[i]);
        health_check_begin(&target->check, task, &target->group->config.health, first_check_after(task), on_target_change);
    }
}

/* ALB-09 */
static void on_drained(struct sim *sim, void *self)
{
    (void)sim;
    struct target *target = self;
    enum cause cause = task_is_active(target->task) ? CAUSE_DEREGISTERED : target->task->cause;
    requests_cut_target(target, cause);
    sessions_cut_target(target, cause);
}

static void drain(struct target *target)
{
    struct sim *sim = target->task->world->sim;
    health_check_end(&target->check);
    change_state(target, TARGET_DRAINING);
    target->drain_timer = sim_timer_create(sim, on_drained, target);
    sim_timer_arm(sim, target->drain_timer, sim_now(sim) + target->group->config.deregistration_delay, RANK_LAPSE);
}

void balancer_deregister(struct task *task)
{
    for (struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        if (target->state != TARGET_DRAINING) {
            drain(target);
        }
    }
}

void balancer_forget(struct task *task)
{
    while (task->targets != NULL) {
        struct target *target = task->targets;
        leave(target);
        health_check_end(&target->check);
        if (target->drain_timer != 0) {
            sim_timer_destroy(task->world->sim, target->drain_timer);
        }
        task->targets = target->next_of_task;
        pool_give(task->world->targets_pool, target);
    }
}

struct target *target_group_find(const struct target_group *group, const struct task *task)
{
    struct target *target = task->targets;
    while (target != NULL && target->group != group) {
        target = target->next_of_task;
    }
    return target;
}

void target_take_out(struct target *target)
{
    if (target->state != TARGET_DRAINING) {
        target->taken_out = true;
        drain(target);
        health_changed(target->task);
    }
}

sim_time balancer_deregistration_delay(const struct task *task)
{
    sim_time longest = 0;
    for (const struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        sim_time delay = target->group->config.deregistration_delay;
        longest = delay > longest ? delay : longest;
    }
    return longest;
}

/* ---- the group ---------------------------------------------------------------------------------------------- */

static void begin_sets(struct target_group *group)
{
    for (int i = 0; i < 2; i++) {
        group->sets[i].healthy = (struct target_ring){ .routing = group->config.routing,
                                                       .slow_start = group->config.slow_start };
        group->sets[i].others = (struct target_ring){ .routing = group->config.routing };
    }
    target_group_share(group, 0, 1000);
}

struct target_group *target_group_create(struct world *world, const struct target_group_config *config)
{
    struct target_group *group = arena_alloc(world->arena, sizeof *group);
    CHECK(config->slow_start == 0 || config->routing == ROUTE_ROUND_ROBIN);
    CHECK(config->stickiness == STICKY_OFF || config->routing != ROUTE_WEIGHTED_RANDOM);
    group->world = world;
    group->config = *config;
    group->config.name = arena_text(world->arena, config->name);
    group->config.health.passes_at_first = (int)assumed_number(&world->assumptions, ASSUME_FIRST_HEALTH_PASSES);
    group->stop_reason = arena_printf(world->arena, "Task failed ELB health checks in (target-group %s)", config->name);
    group->index = world->target_group_count;
    begin_sets(group);
    group->timer = requests_timer_create(group);
    rng_init(&group->rng, world->sim, arena_printf(world->arena, "target group %s", config->name), 0);
    VEC_GROW(world->target_groups, world->target_group_count, world->target_group_room);
    world->target_groups[world->target_group_count++] = group;
    return group;
}

void target_group_share(struct target_group *group, int set, int permille)
{
    aggregate_settle(group->aggregate);
    group->sets[set].permille = permille;
    group->sets[1 - set].permille = 1000 - permille;
}

int target_group_healthy(const struct target_group *group)
{
    return group->states[TARGET_HEALTHY];
}

int target_group_registered(const struct target_group *group)
{
    return group->states[TARGET_INITIAL] + group->states[TARGET_HEALTHY] + group->states[TARGET_UNHEALTHY];
}
