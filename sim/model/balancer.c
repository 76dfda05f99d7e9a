#include "model/balancer.h"

#include "base/check.h"
#include "base/pool.h"
#include "base/vec.h"
#include "model/request.h"
#include "model/service.h"
#include "model/world.h"

const char *const routing_names[ROUTE_COUNT] = {
    [ROUTE_ROUND_ROBIN] = "round_robin",
    [ROUTE_LEAST_OUTSTANDING] = "least_outstanding_requests",
    [ROUTE_WEIGHTED_RANDOM] = "weighted_random",
    [ROUTE_MOST_OUTSTANDING] = "most_outstanding_requests",
};

/* ---- the ring of targets ------------------------------------------------------------------------------------ */

static struct target_ring *ring_of(const struct target *target)
{
    return &target->group->rings[target->task->deployment->ring];
}

/* Behind the one that has just had its turn. */
static void enter_ring(struct target *target)
{
    struct target_ring *ring = ring_of(target);
    if (ring->turn == NULL) {
        ring->turn = target->next = target->previous = target;
    } else {
        target->next = ring->turn;
        target->previous = ring->turn->previous;
        target->previous->next = target->next->previous = target;
    }
    ring->count++;
}

static void leave_ring(struct target *target)
{
    struct target_ring *ring = ring_of(target);
    if (target->next == NULL) {
        return;
    }
    target->next->previous = target->previous;
    target->previous->next = target->next;
    if (ring->turn == target) {
        ring->turn = target->next != target ? target->next : NULL;
    }
    target->next = target->previous = NULL;
    ring->count--;
}

/* ---- routing ------------------------------------------------------------------------------------------------ */

static struct target *by_round_robin(struct target_ring *ring, struct rng *rng)
{
    (void)rng;
    return ring->turn;
}

/* Of equals the one whose turn comes first. */
static struct target *by_least_outstanding(struct target_ring *ring, struct rng *rng)
{
    (void)rng;
    struct target *least = ring->turn;
    for (struct target *target = least->next; target != ring->turn; target = target->next) {
        least = target->outstanding < least->outstanding ? target : least;
    }
    return least;
}

/* ALB-03: with equal weights, which is what targets have unless their error rates differ. */
static struct target *by_random(struct target_ring *ring, struct rng *rng)
{
    struct target *target = ring->turn;
    for (uint64_t skip = rng_below(rng, (uint64_t)ring->count); skip > 0; skip--) {
        target = target->next;
    }
    return target;
}

static bool has_room(const struct target *target)
{
    return target->outstanding < target->task->definition->slots;
}

static struct target *by_most_outstanding(struct target_ring *ring, struct rng *rng)
{
    struct target *most = NULL, *target = ring->turn;
    do {
        if (has_room(target) && (most == NULL || target->outstanding > most->outstanding)) {
            most = target;
        }
        target = target->next;
    } while (target != ring->turn);
    return most != NULL ? most : by_least_outstanding(ring, rng);
}

/* DEPLOY-27: the weights of the listener's two target groups. */
static struct target_ring *pick_ring(struct target_group *group)
{
    struct target_ring *rings = group->rings;
    if (rings[0].permille == 0 || rings[1].permille == 0) {
        return rings[0].permille > 0 ? &rings[0] : &rings[1];
    }
    return rng_below(&group->rng, 1000) < (uint64_t)rings[0].permille ? &rings[0] : &rings[1];
}

struct target *target_group_pick(struct target_group *group)
{
    static struct target *(*const pick[ROUTE_COUNT])(struct target_ring *ring, struct rng *rng) = {
        [ROUTE_ROUND_ROBIN] = by_round_robin,
        [ROUTE_LEAST_OUTSTANDING] = by_least_outstanding,
        [ROUTE_WEIGHTED_RANDOM] = by_random,
        [ROUTE_MOST_OUTSTANDING] = by_most_outstanding,
    };
    struct target_ring *ring = pick_ring(group);
    if (ring->turn == NULL) {
        return NULL;
    }
    struct target *target = pick[group->config.routing](ring, &group->rng);
    ring->turn = target->next;
    return target;
}

/* ---- health ------------------------------------------------------------------------------------------------- */

static void on_target_change(struct health_check *check)
{
    struct target *target = (struct target *)check;
    if (check->health == HEALTH_HEALTHY) {
        enter_ring(target);
    } else {
        leave_ring(target);
        if (task_is_active(target->task)) {
            notice_target_unhealthy(target->task, target->group);
        }
    }
    health_changed(target->task);
}

enum task_health balancer_health(const struct task *task)
{
    bool all_healthy = task->targets != NULL;
    for (const struct target *target = task->targets; target != NULL; target = target->next_of_task) {
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

void balancer_register(struct task *task)
{
    const struct service_config *config = &task->service->config;
    CHECK(task->targets == NULL);
    for (int i = 0; i < config->target_group_count; i++) {
        struct target *target = pool_take(task->world->targets_pool);
        target->group = config->target_groups[i];
        target->task = task;
        target->next_of_task = task->targets;
        target->group->registered++;
        task->targets = target;
    }
    balancer_admit(task);
}

/* From the task's own draws: the same however many other tasks there are. */
static sim_time first_check_after(const struct task *task)
{
    struct rng draws;
    rng_init(&draws, task->world->sim, "first health check", task->serial);
    return assumed_draw(&task->service->assumptions, ASSUME_FIRST_HEALTH_CHECK_S, &draws);
}

void balancer_admit(struct task *task)
{
    for (struct target *target = task->targets; target != NULL && task->ready; target = target->next_of_task) {
        health_check_begin(&target->check, task, &target->group->config.health, first_check_after(task), on_target_change);
    }
}

void balancer_deregister(struct task *task)
{
    for (struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        leave_ring(target);
        health_check_end(&target->check);
    }
}

void balancer_forget(struct task *task)
{
    while (task->targets != NULL) {
        struct target *target = task->targets;
        leave_ring(target);
        health_check_end(&target->check);
        target->group->registered--;
        task->targets = target->next_of_task;
        pool_give(task->world->targets_pool, target);
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

struct target_group *target_group_create(struct world *world, const struct target_group_config *config)
{
    struct target_group *group = arena_alloc(world->arena, sizeof *group);
    group->world = world;
    group->config = *config;
    group->config.name = arena_text(world->arena, config->name);
    group->config.health.passes_at_first = (int)assumed_number(&world->assumptions, ASSUME_FIRST_HEALTH_PASSES);
    group->stop_reason = arena_printf(world->arena, "Task failed ELB health checks in (target-group %s)", config->name);
    group->index = world->target_group_count;
    target_group_share(group, 0, 1000);
    group->timer = requests_timer_create(group);
    rng_init(&group->rng, world->sim, arena_printf(world->arena, "target group %s", config->name), 0);
    VEC_GROW(world->target_groups, world->target_group_count, world->target_group_room);
    world->target_groups[world->target_group_count++] = group;
    return group;
}

void target_group_share(struct target_group *group, int ring, int permille)
{
    group->rings[ring].permille = permille;
    group->rings[1 - ring].permille = 1000 - permille;
}

int target_group_healthy(const struct target_group *group)
{
    return group->rings[0].count + group->rings[1].count;
}

sim_time target_group_oldest_age(const struct target_group *group, sim_time now)
{
    return group->oldest != NULL ? now - group->oldest->sent_at : 0;
}

void target_group_begin_minute(struct target_group *group)
{
    group->minute = (struct target_group_minute){ 0 };
}

static void begin_hour(struct target_group *group, sim_time now)
{
    group->hour = (struct target_group_hour){ .connection_ns = level_area(&group->books.in_system, now) };
}

/* COST-08 is settled by the hour. */
static void close_hour(struct target_group *group, sim_time now)
{
    wide open_ns = level_area(&group->books.in_system, now) - group->hour.connection_ns;
    group->lcu_pico += cost_lcu_pico(group->hour.connections, open_ns);
    begin_hour(group, now);
}

void target_group_minute(struct target_group *group)
{
    sim_time now = sim_now(group->world->sim);
    job_books_minute(&group->books, group->world, target_group_oldest_age(group, now));
    if ((now - world_window_start(group->world)) % SIM_HOUR == 0) {
        close_hour(group, now);
    }
}

void target_group_end_of_warm_up(struct target_group *group)
{
    job_books_end_of_warm_up(&group->books);
    group->lcu_pico = 0;
    begin_hour(group, sim_now(group->world->sim));
}

void target_group_close_books(struct target_group *group)
{
    close_hour(group, sim_now(group->world->sim));
    for (const struct request *request = group->oldest; request != NULL; request = request->younger) {
        job_books_unfinished(&group->books, group->world, request->sent_at, request->started_at >= 0);
    }
}

void target_group_finish(struct target_group *group)
{
    job_books_finish(&group->books);
}
