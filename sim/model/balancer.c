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

/* Behind the one that has just had its turn. */
static void enter_ring(struct target *target)
{
    struct target_group *group = target->group;
    if (group->turn == NULL) {
        group->turn = target->next = target->previous = target;
    } else {
        target->next = group->turn;
        target->previous = group->turn->previous;
        target->previous->next = target->next->previous = target;
    }
    group->in_ring++;
}

static void leave_ring(struct target *target)
{
    struct target_group *group = target->group;
    if (target->next == NULL) {
        return;
    }
    target->next->previous = target->previous;
    target->previous->next = target->next;
    if (group->turn == target) {
        group->turn = target->next != target ? target->next : NULL;
    }
    target->next = target->previous = NULL;
    group->in_ring--;
}

/* ---- routing ------------------------------------------------------------------------------------------------ */

static struct target *by_round_robin(struct target_group *group)
{
    return group->turn;
}

/* Of equals the one whose turn comes first. */
static struct target *by_least_outstanding(struct target_group *group)
{
    struct target *least = group->turn;
    for (struct target *target = least->next; target != group->turn; target = target->next) {
        least = target->outstanding < least->outstanding ? target : least;
    }
    return least;
}

/* ALB-03: with equal weights, which is what targets have unless their error rates differ. */
static struct target *by_random(struct target_group *group)
{
    struct target *target = group->turn;
    for (uint64_t skip = rng_below(&group->rng, (uint64_t)group->in_ring); skip > 0; skip--) {
        target = target->next;
    }
    return target;
}

static bool has_room(const struct target *target)
{
    return target->outstanding < target->task->definition->slots;
}

static struct target *by_most_outstanding(struct target_group *group)
{
    struct target *most = NULL, *target = group->turn;
    do {
        if (has_room(target) && (most == NULL || target->outstanding > most->outstanding)) {
            most = target;
        }
        target = target->next;
    } while (target != group->turn);
    return most != NULL ? most : by_least_outstanding(group);
}

struct target *target_group_pick(struct target_group *group)
{
    static struct target *(*const pick[ROUTE_COUNT])(struct target_group *group) = {
        [ROUTE_ROUND_ROBIN] = by_round_robin,
        [ROUTE_LEAST_OUTSTANDING] = by_least_outstanding,
        [ROUTE_WEIGHTED_RANDOM] = by_random,
        [ROUTE_MOST_OUTSTANDING] = by_most_outstanding,
    };
    if (group->turn == NULL) {
        return NULL;
    }
    struct target *target = pick[group->config.routing](group);
    group->turn = target->next;
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

void balancer_admit(struct task *task)
{
    for (struct target *target = task->targets; target != NULL && task->ready; target = target->next_of_task) {
        enter_ring(target);
    }
}

void balancer_deregister(struct task *task)
{
    for (struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        leave_ring(target);
    }
}

void balancer_forget(struct task *task)
{
    while (task->targets != NULL) {
        struct target *target = task->targets;
        leave_ring(target);
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
    group->index = world->target_group_count;
    group->timer = requests_timer_create(group);
    rng_init(&group->rng, world->sim, arena_printf(world->arena, "target group %s", config->name), 0);
    VEC_GROW(world->target_groups, world->target_group_count, world->target_group_room);
    world->target_groups[world->target_group_count++] = group;
    return group;
}

int target_group_healthy(const struct target_group *group)
{
    return group->in_ring;
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
