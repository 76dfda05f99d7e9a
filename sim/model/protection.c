#include "model/protection.h"

#include <math.h>

#include "model/record.h"
#include "model/service.h"
#include "model/standalone.h"
#include "model/task.h"
#include "model/world.h"

const struct protection_verdict_type protection_verdicts[PROTECTION_VERDICT_COUNT] = {
    [PROTECTION_GRANTED] = { NULL, 200 },
    [PROTECTION_DEPLOYMENT_BLOCKED] = { "DEPLOYMENT_BLOCKED", 200 },   /* PROT-26: a failure is HTTP 200 */
    [PROTECTION_TASK_NOT_VALID] = { "TASK_NOT_VALID", 200 },
    [PROTECTION_MISSING] = { "MISSING", 200 },
    [PROTECTION_INVALID_PARAMETER] = { "InvalidParameterException", 400 },
    [PROTECTION_THROTTLED] = { "ThrottlingException", 400 },
    [PROTECTION_TOO_MANY_REQUESTS] = { "TooManyRequests", 429 },
    [PROTECTION_TIMED_OUT] = { "RequestCanceled", 504 },
    [PROTECTION_SERVER_ERROR] = { "ServerException", 500 },
};

const char *const protection_roads[ROAD_COUNT] = { [ROAD_ENDPOINT] = "endpoint", [ROAD_API] = "api" };

/* PROT-78: is a new protection refused at present? */
static bool is_refused(const struct protection_view *view, const struct assumptions *assumptions)
{
    switch ((enum blocked_rule)assumed_choice(assumptions, ASSUME_BLOCKED_RULE)) {
    case BLOCKED_RULE_BLOCKED:
        return view->blocked;
    case BLOCKED_RULE_PROTECTED_GT_DESIRED:
        return view->protected_count + (view->in_force ? 0 : 1) > view->desired_count;
    case BLOCKED_RULE_AFTER:
        return view->blocked && view->blocked_for >= assumed_time(assumptions, ASSUME_BLOCKED_AFTER_S);
    case BLOCKED_RULE_OFF:
        return false;
    }
    return false;
}

enum protection_verdict protection_judge(const struct protection_view *view, bool enable, double minutes,
                                         const struct assumptions *assumptions)
{
    if (enable &&
        !(minutes >= PROTECTION_MINUTES_MIN && minutes <= PROTECTION_MINUTES_MAX && minutes == floor(minutes))) {
        return PROTECTION_INVALID_PARAMETER;
    }
    if (!view->in_service) {
        return PROTECTION_TASK_NOT_VALID;
    }
    if (!enable) {
        return PROTECTION_GRANTED;
    }
    if (view->stop_decided) {
        return assumed_choice(assumptions, ASSUME_PROTECT_STOPPING) == PROTECT_STOPPING_SUCCESS
                   ? PROTECTION_GRANTED
                   : PROTECTION_TASK_NOT_VALID;
    }
    if (view->in_force && assumed_on(assumptions, ASSUME_RENEWALS_EXEMPT)) {
        return PROTECTION_GRANTED;
    }
    return is_refused(view, assumptions) ? PROTECTION_DEPLOYMENT_BLOCKED : PROTECTION_GRANTED;
}

bool protection_in_force(const struct protection *protection, sim_time now)
{
    return protection->enabled && now < protection->expires_at;
}

static void lift(struct task *task, sim_time now)
{
    struct protection *protection = &task->protection;
    if (protection->enabled) {
        protection->protected_ns += now - protection->granted_at;
        protection->enabled = false;
        sim_timer_cancel(task->world->sim, protection->timer);
    }
}

static void grant(struct task *task, double minutes)
{
    struct protection *protection = &task->protection;
    sim_time now = sim_now(task->world->sim);
    if (!protection->enabled) {
        protection->enabled = true;
        protection->granted_at = now;
    }
    protection->expires_at = now + (sim_time)minutes * SIM_MINUTE;   /* PROT-05, PROT-07: reset, never added */
    sim_timer_arm(task->world->sim, protection->timer, protection->expires_at, RANK_LAPSE);
}

/* PROT-54: ECS itself flips it; the task becomes eligible, expiry does not stop it. */
static void on_protection_expired(struct sim *sim, void *self)
{
    struct task *task = self;
    lift(task, sim_now(sim));
    bool busy = task_is_busy(task);
    task->service->books.expired_busy += busy;
    trace_emit(sim, RECORD_PROTECTION_EXPIRED, &(struct record_protection_expired){ task, busy });
    task_changed(task);
}

void task_protection_init(struct task *task)
{
    task->protection = (struct protection){ .enabled = false };
    task->protection.timer = sim_timer_create(task->world->sim, on_protection_expired, task);
}

void task_protection_end(struct task *task)
{
    lift(task, sim_now(task->world->sim));
    sim_timer_destroy(task->world->sim, task->protection.timer);
}

enum protection_verdict task_protection_apply(struct task *task, bool enable, double minutes)
{
    sim_time now = sim_now(task->world->sim);
    const struct service *service = task->service;
    struct protection_view view = {
        .in_service = !task_is_standalone(task),
        .stop_decided = task->stop_decided || task->ended,
        .in_force = protection_in_force(&task->protection, now),
        .blocked = service->blocked,
        .blocked_for = service->blocked ? now - service->blocked_since : 0,
        .protected_count = service_protected_count(service),
        .desired_count = service->desired_count,
    };
    enum protection_verdict verdict = protection_judge(&view, enable, minutes, &service->assumptions);
    if (verdict == PROTECTION_GRANTED && !view.stop_decided) {
        if (enable) {
            grant(task, minutes);
        } else {
            lift(task, now);
        }
        task_changed(task);
    }
    return verdict;
}
