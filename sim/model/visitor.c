#include "model/visitor.h"

#include "base/pool.h"
#include "model/balancer.h"
#include "model/process.h"
#include "model/world.h"

static sim_time now_of(const struct target_group *group)
{
    return sim_now(group->world->sim);
}

/* ---- connections -------------------------------------------------------------------------------------------- */

static void become_idle(struct visitor *visitor)
{
    struct target_group *group = visitor->group;
    visitor->is_idle = true;
    visitor->idle_since = now_of(group);
    visitor->older = group->latest_idle;
    visitor->newer = NULL;
    *(visitor->older != NULL ? &visitor->older->newer : &group->longest_idle) = visitor;
    group->latest_idle = visitor;
}

static void leave_idle(struct visitor *visitor)
{
    struct target_group *group = visitor->group;
    visitor->is_idle = false;
    *(visitor->older != NULL ? &visitor->older->newer : &group->longest_idle) = visitor->newer;
    *(visitor->newer != NULL ? &visitor->newer->older : &group->latest_idle) = visitor->older;
}

static void disconnect(struct visitor *visitor, sim_time when)
{
    if (visitor->is_idle) {
        leave_idle(visitor);
    }
    if (visitor->is_connected) {
        visitor->is_connected = false;
        target_group_close_connection(visitor->group, when);
    }
}

/* All time out after the same time, so the longest idle one is the next. */
void visitors_settle(struct target_group *group)
{
    sim_time timeout = group->config.idle_timeout;
    while (group->longest_idle != NULL && group->longest_idle->idle_since + timeout <= now_of(group)) {
        disconnect(group->longest_idle, group->longest_idle->idle_since + timeout);
    }
}

static void connect(struct visitor *visitor)
{
    visitor->is_connected = true;
    visitor->connected_at = now_of(visitor->group);
    target_group_note_connection(visitor->group);
    target_group_open_connection(visitor->group);
}

/* ---- visits ------------------------------------------------------------------------------------------------- */

static struct visitor *find(const struct process *process, const struct target_group *group)
{
    struct visitor *visitor = process->visitors;
    while (visitor != NULL && visitor->group != group) {
        visitor = visitor->next;
    }
    return visitor;
}

static struct visitor *create(struct process *process, struct target_group *group)
{
    struct visitor *visitor = pool_take(group->world->visitors_pool);
    visitor->group = group;
    visitor->next = process->visitors;
    process->visitors = visitor;
    return visitor;
}

struct visitor *visitor_arrive(struct process *process, struct target_group *group)
{
    struct visitor *visitor = find(process, group);
    visitor = visitor != NULL ? visitor : create(process, group);
    visitors_settle(group);
    if (visitor->is_idle) {
        leave_idle(visitor);
    } else {
        connect(visitor);
    }
    return visitor;
}

/* ---- the cookie --------------------------------------------------------------------------------------------- */

struct target *visitor_target(const struct visitor *visitor)
{
    const struct target_group *group = visitor->group;
    if (now_of(group) >= visitor->bound_until) {
        return NULL;
    }
    const struct task *task = slot_table_find(&group->world->tasks, visitor->task_slot, visitor->task_handle);
    struct target *target = task != NULL ? task->targets : NULL;
    while (target != NULL && target->group != group) {
        target = target->next_of_task;
    }
    return target != NULL && target->state == TARGET_HEALTHY ? target : NULL;
}

/* ALB-08: the load balancer's own cookie is new in every answer, the program's is set once. */
static void bind(struct visitor *visitor, const struct target *target)
{
    const struct target_group_config *config = &visitor->group->config;
    bool is_renewed = config->stickiness == STICKY_LB_COOKIE || visitor_target(visitor) != target;
    if (config->stickiness != STICKY_OFF && is_renewed) {
        visitor->task_slot = target->task->slot;
        visitor->task_handle = target->task->handle;
        visitor->bound_until = now_of(visitor->group) + config->cookie_duration;
    }
}

void visitor_answered(struct visitor *visitor, const struct target *target)
{
    const struct target_group *group = visitor->group;
    if (target != NULL) {
        bind(visitor, target);
    }
    if (now_of(group) - visitor->connected_at < group->config.client_keep_alive) {
        become_idle(visitor);
    } else {
        disconnect(visitor, now_of(group));
    }
}

void visitor_hung_up(struct visitor *visitor)
{
    disconnect(visitor, now_of(visitor->group));
}

void visitors_forget(struct process *process)
{
    while (process->visitors != NULL) {
        struct visitor *visitor = process->visitors;
        process->visitors = visitor->next;
        visitors_settle(visitor->group);
        disconnect(visitor, now_of(visitor->group));
        pool_give(visitor->group->world->visitors_pool, visitor);
    }
}
