#include "model/rebalancing.h"

#include "model/health.h"
#include "model/launch.h"
#include "model/victims.h"
#include "model/seating.h"
#include "model/world.h"

/* ---- pure --------------------------------------------------------------------------------------------------- */

/* Below 0: none can start anywhere. */
static int emptiest(const struct zone_tasks *zones, int count)
{
    int best = -1;
    for (int zone = 0; zone < count; zone++) {
        bool is_better = best < 0 || zones[zone].count < zones[best].count;
        best = is_better && !zones[zone].is_closed ? zone : best;
    }
    return best;
}

static int fullest(const struct zone_tasks *zones, int count)
{
    int best = 0;
    for (int zone = 1; zone < count; zone++) {
        best = zones[zone].count > zones[best].count ? zone : best;
    }
    return best;
}

int rebalancing_stop_zone(const struct zone_tasks *zones, int count, int more_than)
{
    int best = -1;
    for (int zone = 0; zone < count; zone++) {
        bool gives = zones[zone].stoppable > 0 && zones[zone].count > more_than;
        if (gives && (best < 0 || zones[zone].count > zones[best].count)) {
            best = zone;
        }
    }
    return best;
}

struct rebalancing_step rebalancing_plan(const struct zone_tasks *zones, int count)
{
    int start_zone = emptiest(zones, count);
    if (start_zone < 0) {
        return (struct rebalancing_step){ .balanced = true, .start_zone = -1, .stop_zone = -1 };
    }
    int fewest = zones[start_zone].count;
    return (struct rebalancing_step){
        .balanced = zones[fullest(zones, count)].count - fewest <= 1,
        .start_zone = start_zone,
        .stop_zone = rebalancing_stop_zone(zones, count, fewest + 1),
    };
}

/* ---- what there is ------------------------------------------------------------------------------------------ */

/* The task that is to take another's place, while it may still do so. */
static struct task *awaited(const struct service *service)
{
    const struct rebalancing *state = &service->rebalancing;
    struct task *task = state->waits ? world_find_task(service->world, state->slot, state->handle) : NULL;
    return task != NULL && task_is_active(task) && !task_is_failing(task) ? task : NULL;
}

static int active_count(const struct service *service)
{
    return service->running_count + service->pending_count;
}

/* Its replacement comes first, and would be the next victim. */
static bool is_any_failing(const struct service *service)
{
    bool any = false;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        any = any || (task_is_active(task) && task_is_failing(task));
    }
    return any;
}

/* SCHED-41, SCHED-42; what has failed launches nothing more (DEPLOY-15). */
static bool is_allowed(const struct service *service)
{
    const struct service_config *config = &service->config;
    bool is_asked = config->zone_rebalancing && !config->is_external && config->deployment.maximum_percent != 100 &&
                    seating_may_rebalance(service) && assumed_on(&service->assumptions, ASSUME_AZ_REBALANCE);
    return is_asked && service->deployments->rollout_state != ROLLOUT_FAILED && !deployment_in_progress(service) &&
           !is_any_failing(service);
}

bool rebalancing_waits(const struct service *service)
{
    return is_allowed(service) && awaited(service) != NULL && active_count(service) > service->desired_count;
}

static bool may_be_stopped(const struct task *task)
{
    return task->status == TASK_RUNNING && !task->protection.enabled && !task_is_failing(task);
}

static void count_share(const struct service *service, int share, struct zone_tasks *zones)
{
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        if (task_is_active(task) && capacity_share_of_task(&service->config.strategy, task) == share) {
            zones[task->zone].count++;
            zones[task->zone].stoppable += may_be_stopped(task);
        }
    }
}

/* Of all shares together, for the events. */
static void count_zones(const struct service *service, int *tasks)
{
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        tasks[task->zone] += task_is_active(task);
    }
}

static int count_protected(const struct service *service)
{
    int count = 0;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        count += task_is_active(task) && task->protection.enabled;
    }
    return count;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static void give_up(struct service *service)
{
    if (service->rebalancing.in_progress) {
        notice_rebalancing_stopped(service);
    }
    service->rebalancing = (struct rebalancing){ 0 };
}

/* EVENT-35: the event that it is stopped belongs to the one that says why. */
static void give_up_protected(struct service *service)
{
    int held = count_protected(service);
    if (held == 0) {
        give_up(service);         /* a new strategy, or tasks that went meanwhile, left nothing to move */
        return;
    }
    if (notice_unable_to_rebalance(service->deployments, held)) {
        notice_rebalancing_stopped(service);
    }
    service->rebalancing = (struct rebalancing){ 0 };
}

static void announce(struct service *service)
{
    int tasks[SERVICE_ZONES_MAX] = { 0 };
    count_zones(service, tasks);
    notice_unbalanced(service, tasks);
    service->rebalancing.in_progress = true;
}

static void start_one(struct service *service, int share, int zone)
{
    const struct launch_order order = { .wanted = 1, .to_balance = true, .zone = zone, .share = share };
    notice_able_to_rebalance(service);
    if (!service->rebalancing.in_progress) {
        announce(service);
    }
    if (launch_tasks(service->deployments, &order) == 1) {
        service->rebalancing.waits = true;
        service->rebalancing.slot = service->last->slot;
        service->rebalancing.handle = service->last->handle;
        service->rebalancing.share = share;
    }
}

static void end_balanced(struct service *service)
{
    int tasks[SERVICE_ZONES_MAX] = { 0 };
    notice_able_to_rebalance(service);
    if (service->rebalancing.in_progress) {
        count_zones(service, tasks);
        notice_balanced(service, tasks);
    }
    service->rebalancing = (struct rebalancing){ 0 };
}

/* SCHED-42: of a service on instances it is closed to zones that have none; these are looked at only if that matters. */
static struct rebalancing_step plan_of_share(const struct service *service, int share)
{
    struct zone_tasks zones[SERVICE_ZONES_MAX] = { { 0 } };
    count_share(service, share, zones);
    struct rebalancing_step step = rebalancing_plan(zones, service->config.zone_count);
    if (step.balanced || service->config.instances == NULL) {
        return step;
    }
    for (int zone = 0; zone < service->config.zone_count; zone++) {
        zones[zone].is_closed = !seating_reaches_zone(service, service->config.strategy.shares[share].provider, zone);
    }
    return rebalancing_plan(zones, service->config.zone_count);
}

static void begin_step(struct service *service, int room)
{
    bool held = false;
    for (int share = 0; share < service->config.strategy.count; share++) {
        struct rebalancing_step step = plan_of_share(service, share);
        if (!step.balanced && step.stop_zone >= 0) {
            if (room > 0) {
                start_one(service, share, step.start_zone);
            }
            return;
        }
        held = held || !step.balanced;
    }
    if (held) {
        give_up_protected(service);
    } else {
        end_balanced(service);
    }
}

/* The new task is healthy: it takes the place of one in the fullest zone. */
static void end_step(struct service *service, const struct task *extra)
{
    int share = service->rebalancing.share;
    struct zone_tasks zones[SERVICE_ZONES_MAX] = { { 0 } };
    count_share(service, share, zones);
    int zone = rebalancing_stop_zone(zones, service->config.zone_count, zones[extra->zone].count);
    if (zone < 0) {
        give_up_protected(service);
        return;
    }
    int lower = deployment_lower_bound(service->desired_count, service->config.deployment.minimum_healthy_percent);
    victims_stop(service->deployments, &(struct stop_order){ .wanted = 1, .keep_healthy = lower, .to_balance = true,
                                                             .zone = zone, .share = share, .cause = CAUSE_AZ_REBALANCE });
    service->rebalancing.waits = active_count(service) > service->desired_count;
}

void rebalancing_pass(struct service *service, bool idle, int room)
{
    if (!is_allowed(service)) {
        give_up(service);
        return;
    }
    const struct task *extra = awaited(service);
    service->rebalancing.waits = extra != NULL && active_count(service) > service->desired_count;
    if (service->rebalancing.waits) {
        if (task_health(extra) == HEALTH_HEALTHY && service->pending_count == 0) {
            end_step(service, extra);
        }
    } else if (idle && service_is_steady(service) && service->notices.steady_standing) {   /* SCHED-40: it has said so */
        begin_step(service, room);
    }
}
