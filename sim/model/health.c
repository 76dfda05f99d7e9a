#include "model/health.h"

#include "model/world.h"

const char *const task_health_names[] = { "UNKNOWN", "HEALTHY", "UNHEALTHY" };

static sim_time now_of(const struct task *task)
{
    return sim_now(task->world->sim);
}

/* ---- checks ------------------------------------------------------------------------------------------------- */

/* Nobody answers before the program is past its start-up. */
static bool passes(const struct task *task)
{
    return task->ready && !task->answers_unhealthy;
}

static enum task_health answer_of(const struct task *task)
{
    return passes(task) ? HEALTH_HEALTHY : HEALTH_UNHEALTHY;
}

/* SCHED-10 */
static bool is_forgiven(const struct health_check *check)
{
    return check->health == HEALTH_UNKNOWN && now_of(check->task) < check->begun_at + check->rule->start_period;
}

static void count_pass(struct health_check *check)
{
    check->failed = 0;
    check->passed++;
}

static void count_failure(struct health_check *check)
{
    check->passed = 0;
    check->failed += !is_forgiven(check);
}

static enum task_health health_now(const struct health_check *check)
{
    const struct health_rule *rule = check->rule;
    int passes_needed = check->health == HEALTH_UNKNOWN ? rule->passes_at_first : rule->passes;
    if (check->passed > 0 && check->passed >= passes_needed) {
        return HEALTH_HEALTHY;
    }
    return check->failed > 0 && check->failed >= rule->failures ? HEALTH_UNHEALTHY : check->health;
}

static void on_check(struct sim *sim, void *self);

static void arm(struct health_check *check, sim_time when)
{
    struct sim *sim = check->task->world->sim;
    if (check->timer == 0) {
        check->timer = sim_timer_create(sim, on_check, check);
    }
    sim_timer_arm(sim, check->timer, when, RANK_LAPSE);
}

static void check_now(struct health_check *check)
{
    enum task_health before = check->health;
    check->last_at = now_of(check->task);
    if (passes(check->task)) {
        count_pass(check);
    } else {
        count_failure(check);
    }
    check->health = health_now(check);
    if (check->health != answer_of(check->task)) {
        arm(check, check->last_at + check->rule->interval);
    }
    if (check->health != before) {
        check->changed(check);
    }
}

static void on_check(struct sim *sim, void *self)
{
    (void)sim;
    check_now(self);
}

void health_check_begin(struct health_check *check, struct task *task, const struct health_rule *rule, sim_time first_after,
                        void (*changed)(struct health_check *check))
{
    check->task = task;
    check->rule = rule;
    check->changed = changed;
    check->begun_at = now_of(task);
    check->last_at = check->begun_at + first_after;
    if (first_after > 0) {
        arm(check, check->last_at);
    } else {
        check_now(check);
    }
}

void health_check_end(struct health_check *check)
{
    if (check->timer != 0) {
        sim_timer_destroy(check->task->world->sim, check->timer);
    }
    *check = (struct health_check){ .task = check->task };
}

void health_changed(struct task *task)
{
    task_changed(task);
    if (assumed_choice(&task->service->assumptions, ASSUME_RECONCILE_TRIGGER) == RECONCILE_STATE_CHANGE) {
        service_request_pass(task->service);
    }
}

/* Checks that lay idle matter again, from the next one that is due. */
static void resume(struct health_check *check)
{
    if (check->rule == NULL || (check->timer != 0 && sim_timer_is_pending(check->task->world->sim, check->timer))) {
        return;
    }
    sim_time interval = check->rule->interval;
    arm(check, check->last_at + ((now_of(check->task) - check->last_at) / interval + 1) * interval);
}

/* ---- a task's life ------------------------------------------------------------------------------------------ */

static void on_container_change(struct health_check *check)
{
    health_changed(check->task);
}

void health_begin(struct task *task)
{
    const struct health_rule *rule = &task->definition->health_check;
    if (rule->interval > 0) {
        health_check_begin(&task->container_check, task, rule, rule->interval, on_container_change);
    }
}

void health_end(struct task *task)
{
    health_check_end(&task->container_check);
}

void health_answer_changed(struct task *task)
{
    resume(&task->container_check);
    for (struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        resume(&target->check);
    }
}

void health_set_answer(struct task *task, bool healthy)
{
    if (task->answers_unhealthy == healthy) {
        task->answers_unhealthy = !healthy;
        health_answer_changed(task);
    }
}

/* ---- what the scheduler makes of it ------------------------------------------------------------------------- */

static bool is_balanced(const struct task *task)
{
    return task->service->config.target_group_count > 0;
}

/* DEPLOY-04: without any check a task is healthy some time after RUNNING. */
static enum task_health container_health(const struct task *task)
{
    if (task->definition->health_check.interval > 0) {
        return task->container_check.health;
    }
    sim_time settle = assumed_time(&task->service->assumptions, ASSUME_HEALTHY_AFTER_S);
    return is_balanced(task) || now_of(task) >= task->started_at + settle ? HEALTH_HEALTHY : HEALTH_UNKNOWN;
}

static enum task_health worse(enum task_health a, enum task_health b)
{
    if (a == HEALTH_UNHEALTHY || b == HEALTH_UNHEALTHY) {
        return HEALTH_UNHEALTHY;
    }
    return a == HEALTH_HEALTHY ? b : a;
}

enum task_health task_health(const struct task *task)
{
    if (task->started_at < 0) {
        return HEALTH_UNKNOWN;
    }
    return worse(container_health(task), is_balanced(task) ? balancer_health(task) : HEALTH_HEALTHY);
}

/* SCHED-09 */
static bool is_in_grace(const struct task *task)
{
    return now_of(task) < task->started_at + task->service->config.health_check_grace;
}

static bool fails_checks(const struct task *task)
{
    return task_health(task) == HEALTH_UNHEALTHY && !is_in_grace(task);
}

bool task_is_failing(const struct task *task)
{
    return task->to_be_replaced || fails_checks(task);
}

bool task_is_leaving(const struct task *task)
{
    return task->to_be_replaced && task_health(task) == HEALTH_HEALTHY;
}

static bool replacement_honours_protection(const struct task *task)
{
    bool drains = task->replace_cause == CAUSE_DRAIN;
    return assumed_on(&task->service->assumptions,
                      drains ? ASSUME_DRAINING_HONOURS_PROTECTION : ASSUME_INFRA_HONOURS_PROTECTION);
}

bool health_honours_protection(const struct task *task)
{
    bool holds_unhealthy = assumed_on(&task->service->assumptions, ASSUME_UNHEALTHY_HONOURS_PROTECTION);
    return (!fails_checks(task) || holds_unhealthy) && (!task->to_be_replaced || replacement_honours_protection(task));
}

void health_replace(struct task *task, enum cause cause)
{
    task->to_be_replaced = true;
    task->replace_cause = cause;
    bool is_held = task->protection.enabled && replacement_honours_protection(task);
    if (cause == CAUSE_DRAIN && task->started_at < 0 && !is_held) {
        health_stop(task);
    } else {
        health_changed(task);
    }
}

void health_keep(struct task *task)
{
    if (task->to_be_replaced && task->replace_cause == CAUSE_DRAIN) {
        task->to_be_replaced = false;
        health_changed(task);
    }
}

static const char *replacement_reason(enum cause cause)
{
    return cause == CAUSE_DRAIN ? "Container instance is in DRAINING state"
                                : "ECS is performing maintenance on the underlying infrastructure hosting the task.";
}

static void stop_unhealthy(struct task *task)
{
    const struct target *failed = balancer_unhealthy_target(task);
    task_stop(task, CAUSE_HEALTH, "ServiceSchedulerInitiated",
              failed != NULL ? failed->group->stop_reason : "Task failed container health checks");
    deployment_task_unhealthy(task->deployment);
}

/* Of two reasons it goes for the one that protection does not hold. */
static bool goes_as_unhealthy(const struct task *task)
{
    return !task->to_be_replaced ||
           (fails_checks(task) && task->protection.enabled && replacement_honours_protection(task));
}

void health_stop(struct task *task)
{
    if (!goes_as_unhealthy(task)) {
        task_stop(task, task->replace_cause, "ServiceSchedulerInitiated", replacement_reason(task->replace_cause));
    } else {
        stop_unhealthy(task);
    }
}
