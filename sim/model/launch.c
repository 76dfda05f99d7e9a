#include "model/launch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/disruption.h"
#include "model/placement.h"
#include "model/seating.h"
#include "model/record.h"
#include "model/world.h"

static sim_time now_of(const struct service *service)
{
    return sim_now(service->world->sim);
}

/* ---- back-off ----------------------------------------------------------------------------------------------- */

sim_time launch_backoff_pause(sim_time start, sim_time cap, int doublings)
{
    sim_time pause = start;
    while (doublings-- > 0 && pause < cap) {
        pause *= 2;
    }
    return pause < cap ? pause : cap;
}

static bool keeps_failing(const struct deployment *deployment)
{
    return deployment->failed_tasks >= (int)assumed_number(&deployment->service->assumptions, ASSUME_BACKOFF_AFTER);
}

static bool is_pausing(const struct deployment *deployment)
{
    return keeps_failing(deployment) && now_of(deployment->service) < deployment->backoff.until;
}

static void pause(struct deployment *deployment, int doublings)
{
    const struct assumptions *assumptions = &deployment->service->assumptions;
    sim_time start = assumed_time(assumptions, ASSUME_BACKOFF_START_S);
    sim_time cap = assumed_time(assumptions, ASSUME_BACKOFF_CAP_S);
    sim_time now = now_of(deployment->service);
    deployment->backoff = (struct launch_backoff){ doublings, now, now + launch_backoff_pause(start, cap, doublings) };
}

/* Tasks that were started together fail together: one pause, not one for each. */
void launch_task_failed(const struct task *task)
{
    struct deployment *deployment = task->deployment;
    if (deployment == NULL) {
        return;
    }
    bool failed_before = keeps_failing(deployment);
    deployment_task_failed(deployment);
    if (!failed_before && keeps_failing(deployment)) {
        pause(deployment, 0);
    } else if (failed_before && task->created_at > deployment->backoff.since) {
        pause(deployment, deployment->backoff.doublings + 1);
    }
}

/* ---- the books ---------------------------------------------------------------------------------------------- */

int launch_find_account(const struct task *task)
{
    struct service_books *books = &task->service->books;
    struct cost_size size = task_cost_size(task);
    for (int i = 0; i < books->account_count; i++) {
        if (memcmp(&books->accounts[i].size, &size, sizeof size) == 0) {
            return i;
        }
    }
    VEC_GROW(books->accounts, books->account_count, books->account_room);
    books->accounts[books->account_count] = (struct cost_account){ .size = size };
    return books->account_count++;
}

/* Without a deployment: a standalone task, and the books of its family. */
static const struct task_definition *definition_of(const struct service *service, const struct deployment *deployment)
{
    return deployment != NULL ? deployment->definition : service->config.definition;
}

static struct task *start_one(struct service *service, struct deployment *deployment, int zone, enum capacity capacity)
{
    const struct task_definition *definition = definition_of(service, deployment);
    struct task *task = task_create(service, deployment, definition, zone, capacity);
    if (capacity != CAPACITY_EC2) {   /* an instance's price is known when it is found */
        task->account = launch_find_account(task);
    }
    task->previous = service->last;
    *(service->last != NULL ? &service->last->next : &service->first) = task;
    service->last = task;
    service->books.tasks_created += service->world->in_window;
    if (deployment != NULL) {
        deployment->living_count++;
    }
    disruption_expose(task);
    task_changed(task);
    trace_emit(service->world->sim, RECORD_TASK_STATUS, &(struct record_task_status){ task, "created" });
    return task;
}

/* ---- where -------------------------------------------------------------------------------------------------- */

/* What there is, kept up while tasks are started. */
struct launch_counts {
    int on_share[CAPACITY_SHARES_MAX + 1];               /* tasks of the deployment: it keeps the split by itself (CAP-04) */
    int in_zone[CAPACITY_COUNT][SERVICE_ZONES_MAX];      /* tasks of the service (PLACE-04) */
    struct seating *seating;      /* of a service on instances; NULL: nothing has asked for it yet */
};

static void count_tasks(struct launch_counts *counts, const struct service *service, const struct deployment *deployment)
{
    *counts = (struct launch_counts){ 0 };
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        if (task_is_active(task)) {
            counts->in_zone[task->capacity][task->zone]++;
            counts->on_share[capacity_share_of_task(&service->config.strategy, task)] +=
                task->deployment == deployment;
        }
    }
}

/* Below 0: in every zone that may be had the capacity is short. */
static int find_zone(const struct service *service, const struct launch_counts *counts, enum capacity capacity,
                     const struct launch_order *order)
{
    int tasks[SERVICE_ZONES_MAX];
    bool any_open = false;
    for (int zone = 0; zone < service->config.zone_count; zone++) {
        bool open = (!order->to_balance || zone == order->zone) &&
                    !capacity_is_short(service->world, capacity, service->config.zones[zone]);
        tasks[zone] = open ? counts->in_zone[capacity][zone] : INT_MAX;
        any_open = any_open || open;
    }
    return any_open ? placement_pick_zone(tasks, service->config.zone_count) : -1;
}

/* ---- how many at once --------------------------------------------------------------------------------------- */

/* SCHED-22 */
static bool minute_has_room(struct service *service)
{
    struct launch_state *launching = &service->launching;
    sim_time now = now_of(service);
    if (launching->minute_started == 0 || now >= launching->minute_began + SIM_MINUTE) {
        launching->minute_began = now;
        launching->minute_started = 0;
    }
    return launching->minute_started < (int)assumed_number(&service->assumptions, ASSUME_LAUNCHES_PER_MINUTE);
}

static bool take_launch(struct service *service, enum capacity capacity)
{
    bool is_limited = !service->is_standalone;
    if ((is_limited && !minute_has_room(service)) ||
        (capacity != CAPACITY_EC2 && !capacity_take_launch(service->world, capacity))) {
        service->launching.troubles |= 1U << TROUBLE_THROTTLED;
        return false;
    }
    service->launching.minute_started++;
    return true;
}

static struct task *try_on_instances(struct service *service, struct deployment *deployment, struct launch_counts *counts,
                                     struct capacity_provider *provider, int zone)
{
    struct seat seat;
    if (counts->seating == NULL) {
        counts->seating = seating_create(service, definition_of(service, deployment));
    }
    if (!seating_find(counts->seating, provider, zone, &seat, &service->launching.troubles) ||
        !take_launch(service, CAPACITY_EC2)) {
        return NULL;
    }
    struct task *task = start_one(service, deployment, seat.zone, CAPACITY_EC2);
    task->provider = provider;
    seating_take(counts->seating, &seat, task);
    return task;
}

/* NULL if something is in the way, which is noted. */
static struct task *try_one(struct service *service, struct deployment *deployment, struct launch_counts *counts,
                            const struct launch_order *order)
{
    int share = order->to_balance ? order->share : capacity_pick_start(&service->config.strategy, counts->on_share);
    enum capacity capacity = service->config.strategy.shares[share].capacity;
    counts->on_share[share]++;    /* started or not: what one provider lacks falls to no other (CAP-03) */
    if (capacity == CAPACITY_EC2) {
        return try_on_instances(service, deployment, counts, service->config.strategy.shares[share].provider,
                                order->to_balance ? order->zone : -1);
    }
    int zone = find_zone(service, counts, capacity, order);
    if (zone < 0) {
        service->launching.troubles |= 1U << TROUBLE_NO_CAPACITY;
    } else if (!capacity_within_quota(service->world, capacity, definition_of(service, deployment)->cpu_units)) {
        service->launching.troubles |= 1U << TROUBLE_VCPU_QUOTA;
    } else if (take_launch(service, capacity)) {
        counts->in_zone[capacity][zone]++;
        return start_one(service, deployment, zone, capacity);
    }
    return NULL;
}

static int start_some(struct service *service, struct deployment *deployment, const struct launch_order *order,
                      struct task **started)
{
    struct launch_counts counts;
    int count = 0;
    count_tasks(&counts, service, deployment);
    for (int i = 0; i < order->wanted; i++) {
        struct task *task = try_one(service, deployment, &counts, order);
        if (task != NULL) {
            started[count++] = task;
        }
    }
    seating_destroy(counts.seating);
    return count;
}

/* What is missing comes first: those that start are replacements as far as nothing else is left to start. */
static void tell(struct service *service, const struct launch_order *order, struct task *const *started, int count)
{
    int replaced = count - (order->wanted - order->replacing);
    if (order->to_balance) {
        notice_started_to_balance(service, started[0]);
    } else {
        notice_started(service, started, count, replaced);
    }
}

static int start_and_tell(struct deployment *deployment, const struct launch_order *order)
{
    struct task **started = mem_alloc((size_t)order->wanted * sizeof(struct task *));
    int count = start_some(deployment->service, deployment, order, started);
    if (count > 0) {
        tell(deployment->service, order, started, count);
    }
    free(started);
    return count;
}

/* EVENT-15 */
static void note_partial_launch(const struct deployment *deployment, int missing)
{
    const unsigned lacks = 1U << TROUBLE_NO_CAPACITY | 1U << TROUBLE_VCPU_QUOTA | 1U << TROUBLE_NO_INSTANCE;
    struct service *service = deployment->service;
    bool is_watched = service->config.deployment.breaker_enabled && deployment->rollout_state == ROLLOUT_IN_PROGRESS;
    if (is_watched && deployment->active_count > 0 && service->launching.troubles & lacks) {
        service->launching.troubles |= 1U << TROUBLE_PARTLY_LAUNCHED;
        notice_partly_launched(deployment, missing);
    }
}

int launch_tasks(struct deployment *deployment, const struct launch_order *order)
{
    if (order->wanted <= 0) {
        return 0;
    }
    int started = is_pausing(deployment) ? 0 : start_and_tell(deployment, order);
    if (started < order->wanted) {
        service_poll(deployment->service);
        note_partial_launch(deployment, order->wanted - started);
    }
    return started;
}

int launch_standalone(struct service *books, int wanted, struct task **started, unsigned *troubles)
{
    int count = start_some(books, NULL, &(struct launch_order){ .wanted = wanted }, started);
    *troubles = books->launching.troubles;
    books->launching.troubles = 0;
    return count;
}

void launch_settle(struct service *service)
{
    unsigned failing = keeps_failing(service->deployments) ? 1U << TROUBLE_FAILING_STARTS : 0;
    notice_troubles(service, service->launching.troubles | failing);
    service->launching.troubles = 0;
}
