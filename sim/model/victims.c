#include "model/victims.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/health.h"
#include "model/placement.h"
#include "model/record.h"
#include "model/world.h"

/* The tasks of a service that its scheduler may still stop, oldest first. */
struct stoppable {
    struct task **tasks;
    struct stop_candidate *candidates;
    bool *taken;
    int *victims;
    int count;
};

/* PROT-41, PROT-44, PROT-45, PROT-88..90: what a task is replaced for decides whether protection holds it. */
static bool is_held(const struct task *task)
{
    if (!task->protection.enabled) {
        return false;
    }
    return !task_is_failing(task) || health_honours_protection(task);
}

static struct stop_candidate candidate_of(const struct task *task, const struct deployment *deployment,
                                          const struct stop_order *order)
{
    bool failing = task_is_failing(task);
    return (struct stop_candidate){
        .is_protected = is_held(task), .is_running = task->status == TASK_RUNNING, .is_unhealthy = failing,
        .is_eligible = task->deployment == deployment && (failing || !order->failing_only) &&
                       (order->zone < 0 || task->zone == order->zone),
        .is_busy = task_is_busy(task), .zone = task->zone, .serial = task->serial,
    };
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
            found.candidates[found.count++] = candidate_of(task, deployment, order);
        }
    }
    return found;
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

/* EVENT-02 */
static void announce(struct service *service, const struct stoppable *stoppable, int picked)
{
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
    if (task_is_failing(task)) {
        health_stop(task);
    } else {
        task_stop(task, cause, "ServiceSchedulerInitiated", task->deployment->stop_reason);
    }
}

int victims_stop(struct deployment *deployment, const struct stop_order *order)
{
    struct service *service = deployment->service;
    if (order->wanted <= 0) {
        deployment->recorded_wanted = 0;
        return 0;
    }
    struct stoppable stoppable = find_stoppable(deployment, order);
    enum victim_order rule = (enum victim_order)assumed_choice(&service->assumptions, ASSUME_VICTIM_ORDER);
    enum az_count_scope scope = (enum az_count_scope)assumed_choice(&service->assumptions, ASSUME_AZ_COUNT_SCOPE);
    int picked = placement_pick_stop(stoppable.candidates, stoppable.count, order->wanted, service->config.zone_count, rule,
                                     scope, &service->rng, stoppable.taken, stoppable.victims);
    record_decision(deployment, &stoppable, order->wanted, picked);
    if (picked > 0) {
        announce(service, &stoppable, picked);
    }
    for (int i = 0; i < picked; i++) {
        stop_one(stoppable.tasks[stoppable.victims[i]], order->cause);
    }
    int left = order->wanted - picked;
    if (left > 0) {
        bool of_surplus = assumed_choice(&service->assumptions, ASSUME_EVENT_N) == EVENT_N_SURPLUS;
        notice_unable_to_scale_in(deployment, of_surplus ? left : count_held(&stoppable));
    }
    free_stoppable(&stoppable);
    return left;
}
