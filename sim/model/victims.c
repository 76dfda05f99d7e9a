#include "model/victims.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/health.h"
#include "model/instance.h"
#include "model/placement.h"
#include "model/record.h"
#include "model/seating.h"
#include "model/world.h"

/* The tasks of a service that its scheduler may still stop, oldest first. */
struct stoppable {
    struct task **tasks;
    struct stop_candidate *candidates;
    bool *taken;
    int *victims;
    int count;
    int on_share[CAPACITY_SHARES_MAX + 1];   /* tasks of the revision */
};

/* Where the tasks of a service on instances are: what SCHED-44 and SCHED-45 look at. */
struct ground {
    struct seating *seating;      /* NULL: on Fargate */
    int *instances;
    struct instance_stop stop;
};

/* PROT-41, PROT-44, PROT-45, PROT-88..90: what a task is replaced for decides whether protection holds it. */
static bool is_held(const struct task *task)
{
    if (!task->protection.enabled) {
        return false;
    }
    return !task_is_failing(task) || health_honours_protection(task);
}

/* DEPLOY-42 */
static bool counts_as_healthy(const struct task *task)
{
    bool counts = !task->protection.enabled || assumed_on(&task->service->assumptions, ASSUME_PROTECTED_COUNTS_HEALTHY);
    return counts && task_health(task) == HEALTH_HEALTHY;
}

static struct stop_candidate candidate_of(const struct task *task, const struct deployment *deployment,
                                          const struct stop_order *order)
{
    int share = capacity_share_of_task(&deployment->service->config.strategy, task);
    return (struct stop_candidate){
        .is_protected = is_held(task), .is_running = task->status == TASK_RUNNING,
        .is_unhealthy = task_health(task) == HEALTH_UNHEALTHY, .is_healthy = counts_as_healthy(task), .is_leaving = task->to_be_replaced,
        .is_eligible = task->deployment == deployment && (task_is_failing(task) || !order->failing_only) &&
                       (!order->to_balance || (task->zone == order->zone && share == order->share)),
        .zone = task->zone, .serial = task->serial, .share = share, .jobs = task_slots_taken(task),
    };
}

static void weigh_work(struct stop_candidate *candidate, struct task *task)
{
    struct task_load load = task_load_now(task);
    candidate->left_ns = load.left_ns;
    candidate->at_stake_ns = load.at_stake_ns;
}

static enum victim_order victim_order_of(const struct service *service)
{
    return (enum victim_order)assumed_choice(&service->assumptions, ASSUME_VICTIM_ORDER);
}

static struct stoppable find_stoppable(const struct deployment *deployment, const struct stop_order *order)
{
    const struct service *service = deployment->service;
    size_t room = (size_t)(service->running_count + service->pending_count) + 1;
    struct stoppable found = {
        .tasks = mem_alloc(room * sizeof(struct task *)),
        .candidates = mem_alloc(room * sizeof(struct stop_candidate)),
        .taken = mem_alloc(room * sizeof(bool)),
        .victims = mem_alloc(room * sizeof(int)),
    };
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (task_is_active(task)) {
            found.tasks[found.count] = task;
            found.candidates[found.count] = candidate_of(task, deployment, order);
            if (placement_weighs_work(victim_order_of(service))) {
                weigh_work(&found.candidates[found.count], task);
            }
            found.on_share[found.candidates[found.count++].share] += task->deployment == deployment;
        }
    }
    return found;
}

/* DEPLOY-01: what is healthy counts only as far as the lower bound can spare it. */
static int count_wanted(const struct stoppable *stoppable, const struct stop_order *order)
{
    int healthy = 0, others = 0;
    for (int i = 0; i < stoppable->count; i++) {
        const struct stop_candidate *candidate = &stoppable->candidates[i];
        healthy += candidate->is_healthy;
        others += candidate->is_eligible && !candidate->is_healthy;
    }
    int spare = healthy > order->keep_healthy ? healthy - order->keep_healthy : 0;
    bool is_bound = order->keep_healthy > 0 && order->wanted > others + spare;
    return is_bound ? others + spare : order->wanted;
}

static void free_stoppable(struct stoppable *stoppable)
{
    free(stoppable->tasks);
    free(stoppable->candidates);
    free(stoppable->taken);
    free(stoppable->victims);
}

/* ---- records ------------------------------------------------------------------------------------------------ */

/* A pass that can stop nobody says so when it begins and when its numbers change, not every ten seconds. */
static bool is_repetition(struct deployment *deployment, int wanted, int picked, int passed_over)
{
    bool same = picked == 0 && wanted == deployment->recorded_wanted && passed_over == deployment->recorded_passed_over;
    deployment->recorded_wanted = picked == 0 ? wanted : 0;
    deployment->recorded_passed_over = passed_over;
    return same;
}

static int count_held(const struct stoppable *stoppable)
{
    int held = 0;
    for (int i = 0; i < stoppable->count; i++) {
        held += stoppable->candidates[i].is_eligible && stoppable->candidates[i].is_protected;
    }
    return held;
}

static void record_decision(struct deployment *deployment, const struct stoppable *stoppable, int wanted, int picked)
{
    struct service *service = deployment->service;
    if (is_repetition(deployment, wanted, picked, count_held(stoppable)) ||
        !trace_wanted(service->world->sim, RECORD_STOP_DECISION)) {
        return;
    }
    size_t room = (size_t)stoppable->count + 1;
    const struct task **chosen = mem_alloc(room * sizeof *chosen), **passed_over = mem_alloc(room * sizeof *passed_over);
    int passed_over_count = 0;
    for (int i = 0; i < picked; i++) {
        chosen[i] = stoppable->tasks[stoppable->victims[i]];
    }
    for (int i = 0; i < stoppable->count; i++) {
        if (stoppable->candidates[i].is_eligible && stoppable->candidates[i].is_protected) {
            passed_over[passed_over_count++] = stoppable->tasks[i];
        }
    }
    struct record_stop_decision record = { service, wanted, chosen, picked, passed_over, passed_over_count,
                                           picked < wanted };
    trace_emit(service->world->sim, RECORD_STOP_DECISION, &record);
    free(chosen);
    free(passed_over);
}

/* ---- stopping ----------------------------------------------------------------------------------------------- */

/* EVENT-02, EVENT-17 */
static void announce(struct service *service, const struct stoppable *stoppable, int picked, bool to_balance)
{
    if (to_balance && picked > 0) {
        notice_stopped_to_balance(service, stoppable->tasks[stoppable->victims[0]]);
        return;
    }
    struct task **running = mem_alloc((size_t)(picked + 1) * sizeof(struct task *));
    int running_count = 0, pending_count = 0;
    for (int i = 0; i < picked; i++) {
        struct task *task = stoppable->tasks[stoppable->victims[i]];
        if (task->status == TASK_RUNNING) {
            running[running_count++] = task;
        } else {
            pending_count++;
        }
    }
    if (running_count > 0) {
        notice_stopped_running(service, running, running_count);
    }
    if (pending_count > 0) {
        notice_stopped_pending(service, pending_count);
    }
    free(running);
}

/* PROT-51, SCHED-04 */
static void stop_one(struct task *task, enum cause cause)
{
    const struct deployment *deployment = task->deployment;
    if (task_is_failing(task)) {
        health_stop(task);
    } else {
        task_stop(task, cause, "ServiceSchedulerInitiated",
                  cause == CAUSE_AZ_REBALANCE ? deployment->rebalance_reason : deployment->stop_reason);
    }
}

/* Returns what compares the tasks, NULL on Fargate. */
static struct stop_ground *survey(struct ground *ground, struct deployment *deployment, const struct stoppable *stoppable,
                                  enum az_count_scope scope)
{
    const struct instance_settings *settings = deployment->service->config.instances;
    *ground = (struct ground){ .seating = NULL };
    if (settings == NULL) {
        return NULL;
    }
    const struct instance_room each = instance_need(deployment->definition);
    int view_count;
    ground->seating = seating_create(deployment->service, deployment->definition);
    ground->instances = mem_alloc(((size_t)stoppable->count + 1) * sizeof *ground->instances);
    for (int i = 0; i < stoppable->count; i++) {
        ground->instances[i] = seating_index(stoppable->tasks[i]);
    }
    struct instance_view *views = seating_views(ground->seating, &view_count);
    instance_stop_init(&ground->stop, stoppable->candidates, ground->instances, stoppable->count, views, view_count,
                       &settings->rule, &each, scope);
    return &ground->stop.ground;
}

static void forget_survey(struct ground *ground)
{
    seating_destroy(ground->seating);
    free(ground->instances);
}

int victims_stop(struct deployment *deployment, const struct stop_order *order)
{
    struct service *service = deployment->service;
    if (order->wanted <= 0) {
        deployment->recorded_wanted = 0;
        return 0;
    }
    struct stoppable stoppable = find_stoppable(deployment, order);
    int wanted = count_wanted(&stoppable, order);
    struct stop_rules rules = {
        .order = order->failing_only ? VICTIM_ECS : victim_order_of(service),   /* what-if orders are about scale-in */
        .scope = (enum az_count_scope)assumed_choice(&service->assumptions, ASSUME_AZ_COUNT_SCOPE),
        .keep_healthy = order->keep_healthy, .zones = service->config.zone_count, .strategy = &service->config.strategy,
        .on_share = stoppable.on_share,
    };
    struct ground ground;
    rules.ground = survey(&ground, deployment, &stoppable, rules.scope);
    int picked = placement_pick_stop(stoppable.candidates, stoppable.count, wanted, &rules, &service->rng,
                                     stoppable.taken, stoppable.victims);
    forget_survey(&ground);
    record_decision(deployment, &stoppable, wanted, picked);
    announce(service, &stoppable, picked, order->to_balance);
    for (int i = 0; i < picked; i++) {
        stop_one(stoppable.tasks[stoppable.victims[i]], order->cause);
    }
    int left = wanted - picked;
    if (left > 0) {
        bool of_surplus = assumed_choice(&service->assumptions, ASSUME_EVENT_N) == EVENT_N_SURPLUS;
        notice_unable_to_scale_in(deployment, of_surplus ? left : count_held(&stoppable));
    }
    free_stoppable(&stoppable);
    return left;
}
