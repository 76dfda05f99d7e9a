#include "scheduler_laws.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "model/health.h"
#include "model/record.h"

static void violated(const struct laws *laws, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

static void violated(const struct laws *laws, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%.3f s: ", sim_seconds(sim_now(laws->world->sim)));
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    fflush(stderr);
    _exit(1);                     /* what the run holds is not freed: no word of leaks */
}

static struct witness *witness_of(struct laws *laws, const struct task *task)
{
    CHECK(task->slot < LAWS_TASKS_MAX);
    return &laws->witnesses[task->slot];
}

static const struct service *service_of(const struct laws *laws)
{
    return laws->world->services[0];
}

static bool assumes(const struct laws *laws, enum assumption_id id)
{
    return assumed_on(&service_of(laws)->assumptions, id);
}

/* ---- heads -------------------------------------------------------------------------------------------------- */

struct heads {
    int active, pending, running;
    int leaving;                  /* their stop is decided, their container still there */
    int healthy;                  /* active ones that count for the lower bound */
    int protected_tasks;
    int old;                      /* active, of other revisions than the PRIMARY's */
    int primary_staying;          /* active, of the PRIMARY's, none that goes before healthy ones */
};

static bool counts_as_healthy(struct laws *laws, const struct task *task)
{
    bool counts = assumes(laws, ASSUME_PROTECTED_COUNTS_HEALTHY) || !witness_of(laws, task)->is_protected;
    return counts && task_health(task) == HEALTH_HEALTHY;
}

/* Does it go before healthy ones? The what-if orders know nothing of health. */
static bool goes_first(struct laws *laws, const struct task *task)
{
    bool knows_health = assumed_choice(&service_of(laws)->assumptions, ASSUME_VICTIM_ORDER) == VICTIM_ECS;
    return knows_health && task_is_failing(task) && !witness_of(laws, task)->is_protected;
}

static void count_head(struct laws *laws, struct heads *heads, const struct task *task)
{
    bool is_active = !task->stop_decided && !task->ended;
    bool is_old = task->deployment != service_of(laws)->deployments;
    heads->protected_tasks += witness_of(laws, task)->is_protected;
    heads->leaving += task->stop_decided && !task->ended;
    if (is_active) {
        heads->active++;
        heads->pending += task->started_at < 0;
        heads->running += task->started_at >= 0;
        heads->healthy += counts_as_healthy(laws, task);
        heads->old += is_old;
        heads->primary_staying += !is_old && !goes_first(laws, task);
    }
}

static struct heads count_heads(struct laws *laws)
{
    struct heads heads = { 0 };
    for (const struct task *task = service_of(laws)->first; task != NULL; task = task->next) {
        count_head(laws, &heads, task);
    }
    return heads;
}

/* DEPLOY-01 */
static int lower_bound(const struct service *service)
{
    return (service->desired_count * service->config.deployment.minimum_healthy_percent + 99) / 100;
}

static int upper_bound(const struct service *service)
{
    return service->desired_count * service->config.deployment.maximum_percent / 100;
}

/* ---- starts and stops --------------------------------------------------------------------------------------- */

/* DEPLOY-26: beside each other revisions may be whole, whatever the percentages. */
static bool fits_beside(const struct deployment *deployment)
{
    int staying = 0;
    for (const struct task *task = deployment->service->first; task != NULL; task = task->next) {
        staying += task->deployment == deployment && task_is_active(task) && !task_is_failing(task);
    }
    return deployment->service->deployments->stage != STAGE_NONE && staying <= deployment->service->desired_count;
}

/* DEPLOY-01, DEPLOY-03. What is only missing starts whatever is still on its way out, but for a deployment (DEPLOY-06). */
static void check_start(struct laws *laws, const struct task *task)
{
    const struct service *service = service_of(laws);
    struct heads heads = count_heads(laws);
    int counted = heads.active + (assumes(laws, ASSUME_COUNT_STOPPING) ? heads.leaving : 0);
    bool is_missing = heads.old == 0 && heads.active <= service->desired_count;
    if (counted > upper_bound(service) && !is_missing && !fits_beside(task->deployment)) {
        violated(laws, "upper bound: the start of task %s makes %d active and %d leaving; at most %d, desired %d", task->id,
                 heads.active, heads.leaving, upper_bound(service), service->desired_count);
    }
    if (task->deployment->rollout_state == ROLLOUT_FAILED && task->deployment == service->deployments) {
        violated(laws, "rollout: task %s starts after it has failed (DEPLOY-15)", task->id);
    }
}

static bool is_own_choice(enum cause cause)
{
    return cause == CAUSE_SCALE_IN || cause == CAUSE_DEPLOYMENT || cause == CAUSE_ROLLBACK || cause == CAUSE_AZ_REBALANCE;
}

/* PROT-31 to PROT-37 always, PROT-88 to PROT-90 as assumed. */
static bool is_guarded(const struct laws *laws, enum cause cause)
{
    return is_own_choice(cause) || (cause == CAUSE_HEALTH && assumes(laws, ASSUME_UNHEALTHY_HONOURS_PROTECTION)) ||
           (cause == CAUSE_RETIREMENT && assumes(laws, ASSUME_INFRA_HONOURS_PROTECTION)) ||
           (cause == CAUSE_DRAIN && assumes(laws, ASSUME_DRAINING_HONOURS_PROTECTION));
}

/* DEPLOY-06: what retires or drains goes within the bounds, too. */
static bool is_bounded(enum cause cause)
{
    return is_own_choice(cause) || cause == CAUSE_RETIREMENT || cause == CAUSE_DRAIN;
}

/* DEPLOY-01. Of a surplus that a lowered desired count leaves, those may go that were healthy while others settle. */
static void check_lower_bound(struct laws *laws, const struct task *task)
{
    const struct service *service = service_of(laws);
    struct heads heads = count_heads(laws);
    bool is_of_primary = task->deployment == service->deployments && task->cause != CAUSE_AZ_REBALANCE;
    bool is_surplus = is_of_primary && heads.primary_staying + !goes_first(laws, task) > service->desired_count;
    if (counts_as_healthy(laws, task) && heads.healthy < lower_bound(service) && !is_surplus) {
        violated(laws, "lower bound: the stop of task %s (%s) leaves %d healthy; at least %d, desired %d", task->id,
                 cause_names[task->cause], heads.healthy, lower_bound(service), service->desired_count);
    }
}

static void check_stop(struct laws *laws, const struct task *task)
{
    if (is_guarded(laws, task->cause) && witness_of(laws, task)->is_protected) {
        violated(laws, "protection: task %s is stopped (%s) while protected", task->id, cause_names[task->cause]);
    }
    if (is_bounded(task->cause)) {
        check_lower_bound(laws, task);
    }
}

/* PROT-61 */
static void check_choice(struct laws *laws, const struct record_stop_decision *record)
{
    for (int i = 0; i < record->chosen_count; i++) {
        if (witness_of(laws, record->chosen[i])->is_protected && !task_is_failing(record->chosen[i])) {
            violated(laws, "protection: task %s is chosen while protected", record->chosen[i]->id);
        }
    }
    for (int i = 0; i < record->passed_over_count; i++) {
        if (!witness_of(laws, record->passed_over[i])->is_protected) {
            violated(laws, "protection: task %s is passed over and not protected", record->passed_over[i]->id);
        }
    }
    if (record->blocked && record->passed_over_count == 0) {
        violated(laws, "protection: %d of %d stopped, and nothing held the others", record->chosen_count, record->wanted);
    }
}

/* ---- stop codes --------------------------------------------------------------------------------------------- */

/* SCHED-02, PROT-43 */
static bool is_code_of_cause(const char *code, enum cause cause)
{
    static const char *const codes[CAUSE_TASK_COUNT][2] = {
        [CAUSE_SCALE_IN] = { "ServiceSchedulerInitiated" }, [CAUSE_DEPLOYMENT] = { "ServiceSchedulerInitiated" },
        [CAUSE_ROLLBACK] = { "ServiceSchedulerInitiated" }, [CAUSE_AZ_REBALANCE] = { "ServiceSchedulerInitiated" },
        [CAUSE_HEALTH] = { "ServiceSchedulerInitiated" },   [CAUSE_SPOT] = { "SpotInterruption", "TerminationNotice" },
        [CAUSE_RETIREMENT] = { "ServiceSchedulerInitiated" }, [CAUSE_HOST] = { "InfrastructureHealth", "TerminationNotice" },
        [CAUSE_DRAIN] = { "ServiceSchedulerInitiated" },    [CAUSE_STOP_TASK] = { "UserInitiated" },
        [CAUSE_CRASH] = { "EssentialContainerExited", "TaskFailedToStart" },
        [CAUSE_EXIT] = { "EssentialContainerExited" },
    };
    for (int i = 0; i < 2; i++) {
        if (codes[cause][i] != NULL && strcmp(codes[cause][i], code) == 0) {
            return true;
        }
    }
    return false;
}

static void check_stop_code(struct laws *laws, const struct task *task)
{
    struct witness *witness = witness_of(laws, task);
    if (!task->stop_decided && !task->ended) {
        return;
    }
    if (task->stop_code == NULL || !is_code_of_cause(task->stop_code, task->cause)) {
        violated(laws, "stop code: task %s ends with %s (%s)", task->id, task->stop_code != NULL ? task->stop_code : "none",
                 cause_names[task->cause]);
    }
    if (witness->stop_code != NULL && strcmp(witness->stop_code, task->stop_code) != 0) {
        violated(laws, "stop code: that of task %s changes from %s to %s", task->id, witness->stop_code, task->stop_code);
    }
    witness->stop_code = task->stop_code;
}

/* ---- billing ------------------------------------------------------------------------------------------------ */

/* COST-01, COST-04: from the pull to the end, whole seconds, at least a minute; a task that still runs, and one on an
 * instance, to the nanosecond. */
static wide slot_time_due(struct laws *laws, const struct task *task, sim_time now)
{
    const struct witness *witness = witness_of(laws, task);
    bool is_on_fargate = task->capacity != CAPACITY_EC2;
    bool until_stopped = is_on_fargate && assumed_choice(&task->service->assumptions, ASSUME_BILL_END) == BILL_STOPPED;
    sim_time end = until_stopped ? witness->released_at : witness->ended_at;
    if (witness->pulled_at < 0) {
        return 0;
    }
    if (end < 0 || !is_on_fargate) {
        return (wide)((end < 0 ? now : end) - witness->pulled_at) * task->definition->slots;
    }
    sim_time seconds = (end - witness->pulled_at + SIM_SECOND - 1) / SIM_SECOND;
    return (wide)(seconds > 60 ? seconds : 60) * SIM_SECOND * task->definition->slots;
}

static void check_bill(struct laws *laws, sim_time now, const struct task *task)
{
    wide charged = 0, due = slot_time_due(laws, task, now);
    for (int part = 0; part < COST_PARTS; part++) {
        charged += task->shares.slot_ns[part];
    }
    if (charged != due) {
        violated(laws, "billing: task %s is charged %.9f s, due are %.9f s", task->id, (double)charged / 1e9,
                 (double)due / 1e9);
    }
    laws->billed_slot_ns += due;
    laws->gone++;
}

/* ---- counts ------------------------------------------------------------------------------------------------- */

/* What DescribeServices answers: each deployment's counts, and the service's as their sums. */
static void check_deployments(const struct laws *laws, const struct heads *heads)
{
    const struct service *service = service_of(laws);
    int pending = 0, running = 0, active = 0;
    for (const struct deployment *one = service->deployments; one != NULL; one = one->older) {
        bool is_first = one == service->deployments;
        if (one->status != (is_first ? DEPLOYMENT_PRIMARY : DEPLOYMENT_ACTIVE)) {
            violated(laws, "counts: a deployment in the list is %s", deployment_status_names[one->status]);
        }
        pending += one->pending_count;
        running += one->running_count;
        active += one->active_count;
    }
    if (pending != heads->pending || running != heads->running || active != heads->active) {
        violated(laws, "counts: deployments have %d pending, %d running, %d active; there are %d, %d, %d", pending, running,
                 active, heads->pending, heads->running, heads->active);
    }
}

static void check_counts(struct laws *laws)
{
    const struct service *service = service_of(laws);
    struct heads heads = count_heads(laws);
    check_deployments(laws, &heads);
    if (service->pending_count != heads.pending || service->running_count != heads.running) {
        violated(laws, "counts: the service has %d pending and %d running; there are %d and %d", service->pending_count,
                 service->running_count, heads.pending, heads.running);
    }
    if (service_protected_count(service) != heads.protected_tasks) {
        violated(laws, "counts: the service has %d protected; there are %d", service_protected_count(service),
                 heads.protected_tasks);
    }
    if (service->deployments->desired_count != service->desired_count) {
        violated(laws, "counts: desired are %d, of the PRIMARY %d", service->desired_count,
                 service->deployments->desired_count);
    }
}

static void on_instant_over(struct sim *sim, void *self)
{
    (void)sim;
    struct laws *laws = self;
    laws->is_awake = false;
    check_counts(laws);
}

/* ---- listening ---------------------------------------------------------------------------------------------- */

static void hear_status(struct laws *laws, sim_time now, const struct record_task_status *record)
{
    struct witness *witness = witness_of(laws, record->task);
    if (strcmp(record->what, "created") == 0) {
        *witness = (struct witness){ .pulled_at = -1, .ended_at = -1, .released_at = -1 };
        laws->begun++;
        laws->last_act = now;
        check_start(laws, record->task);
    } else if (strcmp(record->what, "pull") == 0) {
        witness->pulled_at = now;
    } else if (strcmp(record->what, "stop_decided") == 0) {
        laws->last_act = now;
        check_stop(laws, record->task);
    } else if (strcmp(record->what, "execution_stopped") == 0) {
        witness->ended_at = now;
    } else if (strcmp(record->what, "stopped") == 0) {
        witness->released_at = now;
    }
    if (record->task->ended) {
        witness->is_protected = false;   /* PROT-60 */
    }
    check_stop_code(laws, record->task);
}

static void hear_answer(struct laws *laws, sim_time now, const struct record_protection *record)
{
    struct witness *witness = witness_of(laws, record->task);
    bool is_too_late = record->task->stop_decided || record->task->ended;
    if (record->operation == ENDPOINT_GET || record->verdict != PROTECTION_GRANTED || is_too_late) {
        return;
    }
    witness->is_protected = record->operation == ENDPOINT_PUT_TRUE;
    witness->protected_until = now + (sim_time)record->minutes * SIM_MINUTE;
}

static void hear_expiry(struct laws *laws, sim_time now, const struct task *task)
{
    struct witness *witness = witness_of(laws, task);
    if (!witness->is_protected || witness->protected_until != now) {
        violated(laws, "protection: that of task %s expires, granted until %.3f s", task->id,
                 sim_seconds(witness->protected_until));
    }
    witness->is_protected = false;
}

static void look_when_over(struct laws *laws)
{
    if (!laws->is_awake) {
        laws->is_awake = true;
        sim_wake(laws->world->sim, on_instant_over, laws);
    }
}

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    struct laws *laws = context;
    if (kind == RECORD_TASK_STATUS) {
        hear_status(laws, now, record);
        look_when_over(laws);
    } else if (kind == RECORD_PROTECTION) {
        hear_answer(laws, now, record);
        look_when_over(laws);
    } else if (kind == RECORD_PROTECTION_EXPIRED) {
        hear_expiry(laws, now, ((const struct record_protection_expired *)record)->task);
    } else if (kind == RECORD_STOP_DECISION) {
        check_choice(laws, record);
    } else if (kind == RECORD_TASK_END) {
        check_bill(laws, now, record);
    } else if (kind == RECORD_DESIRED || kind == RECORD_DEPLOYMENT) {
        look_when_over(laws);
    }
}

void laws_watch(struct laws *laws, struct world *world)
{
    *laws = (struct laws){ .world = world };
    uint64_t kinds = RECORD_BIT(RECORD_TASK_STATUS) | RECORD_BIT(RECORD_PROTECTION) | RECORD_BIT(RECORD_PROTECTION_EXPIRED) |
                     RECORD_BIT(RECORD_STOP_DECISION) | RECORD_BIT(RECORD_TASK_END) | RECORD_BIT(RECORD_DESIRED) |
                     RECORD_BIT(RECORD_DEPLOYMENT);
    trace_observe(sim_trace(world->sim), kinds, on_record, laws);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static void check_books(const struct laws *laws)
{
    const struct service_books *books = &service_of(laws)->books;
    wide charged = 0;
    for (int i = 0; i < books->account_count; i++) {
        for (int part = 0; part < COST_PARTS; part++) {
            charged += books->accounts[i].shares.slot_ns[part];
        }
    }
    if (charged != laws->billed_slot_ns) {
        violated(laws, "billing: the service's accounts have %.9f s, its tasks %.9f s", (double)charged / 1e9,
                 (double)laws->billed_slot_ns / 1e9);
    }
    if (laws->begun != laws->gone) {
        violated(laws, "stop code: %llu tasks began, %llu ended", (unsigned long long)laws->begun,
                 (unsigned long long)laws->gone);
    }
}

static bool has_to_replace(const struct service *service)
{
    bool has = service->deployments->older != NULL;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        has = has || task_is_failing(task);
    }
    return has;
}

/* DEPLOY-08: neither a start nor a stop is within the bounds; DEPLOY-15, DEPLOY-21: failed, without a rollback; an image
 * that cannot be had. */
static bool may_stay_unsteady(const struct service *service)
{
    const struct deployment *primary = service->deployments;
    bool is_tight = upper_bound(service) <= service->desired_count && lower_bound(service) >= service->desired_count;
    return (is_tight && has_to_replace(service)) || primary->rollout_state == ROLLOUT_FAILED ||
           primary->definition->pull_error_p > 0;
}

static void check_rest(const struct laws *laws, sim_time quiet)
{
    const struct service *service = service_of(laws);
    const struct deployment *primary = service->deployments;
    if (may_stay_unsteady(service)) {
        return;
    }
    if (service->running_count != service->desired_count || service->pending_count > 0 || primary->older != NULL ||
        primary->rollout_state != ROLLOUT_COMPLETED) {
        violated(laws, "liveness: at rest %d are running and %d pending of %d, %s, %s", service->running_count,
                 service->pending_count, service->desired_count, rollout_state_names[primary->rollout_state],
                 primary->older != NULL ? "older deployments are left" : "no older deployment");
    }
    if (laws->last_act > laws->world->ended_at - quiet) {
        violated(laws, "liveness: tasks still start or stop at %.3f s", sim_seconds(laws->last_act));
    }
}

void laws_judge_end(const struct laws *laws, sim_time quiet)
{
    check_books(laws);
    check_rest(laws, quiet);
}
