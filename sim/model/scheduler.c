#include "model/scheduler.h"

#include "model/health.h"
#include "model/launch.h"
#include "model/rebalancing.h"
#include "model/registration.h"
#include "model/task_set.h"
#include "model/victims.h"
#include "model/world.h"

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int at_least_0(int number)
{
    return number > 0 ? number : 0;
}

/* ---- the plan: pure ----------------------------------------------------------------------------------------- */

/* That count towards the desired number: a failing task is to be replaced first (SCHED-33). */
static int good(const struct revision_count *tasks)
{
    return tasks->starting + tasks->settling + tasks->healthy;
}

static int active(const struct revision_count *tasks)
{
    return good(tasks) + tasks->failing;
}

int scheduler_surplus(const struct revision_count *tasks, int desired)
{
    int awaited = least(tasks->failing, tasks->starting + tasks->settling);
    return at_least_0(active(tasks) - desired - awaited);
}

bool scheduler_surplus_is_failing(const struct revision_count *tasks, int desired)
{
    return scheduler_surplus(tasks, desired) > 0 && good(tasks) <= desired;
}

/* Of `started` tasks those that stand in for unhealthy ones; what is missing comes first. */
static int replacing(const struct revision_count *tasks, int desired, int started)
{
    int missing = at_least_0(desired - active(tasks));
    return least(at_least_0(started - missing), tasks->failing - tasks->leaving);
}

static int healthy_of_all(const struct pass_view *view)
{
    return view->old.healthy + view->old.leaving + view->primary.healthy + view->primary.leaving - view->protected_healthy;
}

static int allowed_primary(const struct pass_view *view, int wanted)
{
    if (!view->may_start_primary) {
        return 0;
    }
    bool first_alone = !view->digests_resolved;   /* DEPLOY-11 */
    return first_alone ? least(wanted, at_least_0(1 - active(&view->primary))) : wanted;
}

/* Without room for replacements one unhealthy task at a time makes it (SCHED-34); of those that leave, as many as the lower
 * bound can spare (SCHED-37, SCHED-38). */
static void make_room(const struct pass_view *view, struct pass_plan *plan)
{
    const struct revision_count *primary = &view->primary;
    int one_at_a_time = view->stopping == 0 ? 1 : 0;
    int spare = least(primary->leaving, at_least_0(healthy_of_all(view) - view->lower));
    if (plan->stop_primary == 0) {
        plan->stop_primary = primary->failing > primary->leaving ? one_at_a_time : spare;
        plan->stop_failing_only = plan->stop_primary > 0;
    }
}

/* What is missing because tasks ended, or because more are desired, is no matter of the bounds (DEPLOY-06). */
static struct pass_plan plan_without_old(const struct pass_view *view, int room)
{
    const struct revision_count *tasks = &view->primary;
    int missing = at_least_0(view->desired - active(tasks));
    int to_replace = at_least_0(view->desired - good(tasks)) - missing;
    int room_left = at_least_0(room - missing);
    struct pass_plan plan = {
        .start_primary = allowed_primary(view, missing + least(to_replace, room_left)),
        .stop_primary = scheduler_surplus(tasks, view->desired + view->rebalancing),
        .stop_failing_only = scheduler_surplus_is_failing(tasks, view->desired + view->rebalancing),
    };
    if (to_replace > 0 && room_left == 0 && missing == 0 && view->may_start_primary) {
        make_room(view, &plan);
    }
    return plan;
}

/* DEPLOY-17: how many tasks fewer the old revisions are to have. Those that are not healthy cost no health; still enough
 * tasks remain, since these may be all that is on its way. Nobody goes first for a new revision that starts no more. */
static int reduction_of_old(const struct pass_view *view, int room, int start_primary)
{
    const struct revision_count *old = &view->old, *primary = &view->primary;
    bool stop_first = view->may_start_primary && (view->stop_first || room == 0);
    int keep = stop_first || view->lower > view->desired ? view->lower : view->desired;
    int without_cost = old->starting + old->settling + old->failing - old->leaving;
    int spare = at_least_0(active(old) + good(primary) + start_primary - keep);
    int may_go = least(at_least_0(healthy_of_all(view) - keep) + without_cost, spare);
    return least(old->desired, at_least_0(may_go - old->surplus));
}

static bool is_in_flux(const struct pass_view *view)
{
    return view->old.starting + view->old.settling + view->primary.starting + view->primary.settling + view->stopping > 0;
}

static struct pass_plan plan_with_old(const struct pass_view *view, int room)
{
    const struct revision_count *old = &view->old, *primary = &view->primary;
    int wanted = view->may_start_primary ? at_least_0(view->desired - good(primary)) : 0;
    struct pass_plan plan = {
        .start_primary = allowed_primary(view, least(wanted, room)),
        .stop_primary = scheduler_surplus(primary, view->desired),
        .stop_failing_only = scheduler_surplus_is_failing(primary, view->desired),
    };
    plan.reduce_old = reduction_of_old(view, room, plan.start_primary);
    int old_desired = old->desired - plan.reduce_old;
    plan.start_old = least(at_least_0(old_desired - good(old)), room - plan.start_primary);   /* DEPLOY-12 */
    if (wanted > 0 && room == 0) {
        make_room(view, &plan);
        plan.stuck = scheduler_surplus(old, old_desired) + plan.stop_primary == 0 && !is_in_flux(view);   /* DEPLOY-08 */
    }
    return plan;
}

/* DEPLOY-26: both revisions at full size, whatever the percentages, until the clean-up. */
static struct pass_plan plan_beside_old(const struct pass_view *view)
{
    const struct revision_count *old = &view->old, *primary = &view->primary;
    int reduce = view->cleans_up ? old->desired : 0;
    return (struct pass_plan){
        .start_primary = allowed_primary(view, at_least_0(view->desired - good(primary))),
        .start_old = at_least_0(old->desired - reduce - good(old)),
        .reduce_old = reduce,
        .stop_primary = scheduler_surplus(primary, view->desired),
        .stop_failing_only = scheduler_surplus_is_failing(primary, view->desired),
    };
}

static int room_of(const struct pass_view *view)
{
    return at_least_0(view->upper - active(&view->primary) - active(&view->old) - view->stopping);
}

struct pass_plan scheduler_plan(const struct pass_view *view)
{
    int room = room_of(view);
    if (view->beside && view->rolling) {
        return plan_beside_old(view);
    }
    return view->rolling ? plan_with_old(view, room) : plan_without_old(view, room);
}

/* ---- what a pass sees --------------------------------------------------------------------------------------- */

static void count_task(struct revision_count *tasks, const struct task *task)
{
    if (task_is_failing(task)) {
        tasks->failing++;
        tasks->leaving += task_is_leaving(task);
    } else if (task->started_at < 0) {
        tasks->starting++;
    } else if (task_health(task) == HEALTH_HEALTHY) {
        tasks->healthy++;
    } else {
        tasks->settling++;
    }
}

static void count_revision(struct revision_count *tasks, const struct deployment *deployment)
{
    int before = active(tasks);
    tasks->desired += deployment->desired_count;
    for (const struct task *task = deployment->service->first; task != NULL; task = task->next) {
        if (task->deployment == deployment && task_is_active(task)) {
            count_task(tasks, task);
        }
    }
    tasks->surplus += at_least_0(active(tasks) - before - deployment->desired_count);
}

static int count_protected_healthy(const struct service *service)
{
    int count = 0;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        count += task_is_active(task) && task->protection.enabled && task_health(task) == HEALTH_HEALTHY;
    }
    return count;
}

static int count_stopping(const struct service *service)
{
    int count = 0;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        count += task->stop_decided && !task->ended;   /* STOPPED follows by itself once the container is gone */
    }
    return count;
}

static struct pass_view view_of(const struct service *service)
{
    const struct assumptions *assumptions = &service->assumptions;
    const struct deployment_configuration *config = &service->config.deployment;
    const struct deployment *primary = service->deployments;
    struct pass_view view = {
        .desired = service->desired_count,
        .lower = deployment_lower_bound(service->desired_count, config->minimum_healthy_percent),
        .upper = deployment_upper_bound(service->desired_count, config->maximum_percent),
        .stopping = assumed_on(assumptions, ASSUME_COUNT_STOPPING) ? count_stopping(service) : 0,
        .protected_healthy =
            assumed_on(assumptions, ASSUME_PROTECTED_COUNTS_HEALTHY) ? 0 : count_protected_healthy(service),
        .may_start_primary = primary->rollout_state != ROLLOUT_FAILED,
        .digests_resolved = primary->digests_resolved || !assumed_on(assumptions, ASSUME_RESOLVE_DIGESTS),
        .stop_first = config->minimum_healthy_percent < 100 && assumed_on(assumptions, ASSUME_STOP_FIRST),
    };
    view.rebalancing = rebalancing_waits(service) ? 1 : 0;
    view.beside = primary->stage != STAGE_NONE;
    view.cleans_up = traffic_shift_cleans_up(primary);
    count_revision(&view.primary, primary);
    for (const struct deployment *old = primary->older; old != NULL; old = old->older) {
        count_revision(&view.old, old);
        view.rolling = view.rolling || old->active_count > 0;
    }
    return view;
}

/* A new revision may not cost health below the lower bound (DEPLOY-01); a scale-out is no matter of it. */
static void note_health(struct service *service, const struct pass_view *view)
{
    bool deploys = service->deployments->asked_at >= 0 && service->deployments->rollout_state == ROLLOUT_IN_PROGRESS;
    int healthy = view->primary.healthy + view->primary.leaving + view->old.healthy + view->old.leaving;
    bool below = deploys && healthy < view->lower;
    level_set(&service->books.below_healthy, sim_now(service->world->sim), below);
}

/* ---- a pass ------------------------------------------------------------------------------------------------- */

/* What goes first: what costs no health, what protection does not hold, anything. */
enum reduction { REDUCE_UNHEALTHY, REDUCE_UNPROTECTED, REDUCE_ANY, REDUCTION_COUNT };

static int count_reducible(const struct deployment *old, enum reduction reduction)
{
    int count = 0;
    for (const struct task *task = old->service->first; task != NULL; task = task->next) {
        bool may_go = reduction == REDUCE_ANY || !task->protection.enabled;
        bool costs = reduction == REDUCE_UNHEALTHY && task_health(task) == HEALTH_HEALTHY;
        count += task->deployment == old && task_is_active(task) && may_go && !costs;
    }
    return count;
}

/* Oldest first: `by` fewer in all. */
static void reduce_old(struct deployment *old, int *by, enum reduction reduction)
{
    if (old == NULL || *by == 0) {
        return;
    }
    reduce_old(old->older, by, reduction);
    int room = least(old->desired_count, reduction == REDUCE_ANY ? *by : count_reducible(old, reduction));
    int taken = least(room, *by);
    old->desired_count -= taken;
    *by -= taken;
}

/* What the lower bound holds, the revision is to have again: elsewhere there may be tasks that can go. */
static void give_back(struct deployment *old, int held)
{
    struct revision_count tasks = { 0 };
    count_revision(&tasks, old);
    old->desired_count += least(held, at_least_0(good(&tasks) - old->desired_count));
}

/* Returns how many were not stopped because protected tasks are in the way. */
static int stop_old(struct deployment *old, int keep_healthy, enum cause cause)
{
    struct revision_count tasks = { 0 };
    count_revision(&tasks, old);
    int wanted = scheduler_surplus(&tasks, old->desired_count), before = old->active_count;
    bool failing_only = scheduler_surplus_is_failing(&tasks, old->desired_count);
    int blocked = victims_stop(old, &(struct stop_order){ .wanted = wanted, .keep_healthy = keep_healthy,
                                                          .failing_only = failing_only, .cause = cause });
    give_back(old, wanted - blocked - (before - old->active_count));
    return blocked;
}

static int stop_tasks(struct service *service, const struct pass_view *view, const struct pass_plan *plan)
{
    struct deployment *primary = service->deployments;
    int by = plan->reduce_old, blocked = 0;
    for (int reduction = 0; reduction < REDUCTION_COUNT; reduction++) {
        reduce_old(primary->older, &by, (enum reduction)reduction);
    }
    enum cause cause = primary->rolls_back ? CAUSE_ROLLBACK : CAUSE_DEPLOYMENT;
    for (struct deployment *old = primary->older; old != NULL; old = old->older) {
        blocked += stop_old(old, view->lower, cause);
    }
    return blocked + victims_stop(primary, &(struct stop_order){
        .wanted = plan->stop_primary, .keep_healthy = plan->stop_failing_only ? view->lower : 0,
        .failing_only = plan->stop_failing_only, .cause = CAUSE_SCALE_IN });
}

static void start_of(struct deployment *deployment, const struct revision_count *tasks, int desired, int wanted)
{
    int replaces = replacing(tasks, desired, wanted);
    launch_tasks(deployment, &(struct launch_order){ .wanted = wanted, .replacing = replaces });
}

static void start_tasks(struct service *service, const struct pass_view *view, const struct pass_plan *plan)
{
    int left = plan->start_old;
    start_of(service->deployments, &view->primary, view->desired, plan->start_primary);
    for (struct deployment *old = service->deployments->older; old != NULL && left > 0; old = old->older) {
        struct revision_count tasks = { 0 };
        count_revision(&tasks, old);
        int wanted = least(left, at_least_0(old->desired_count - good(&tasks)));
        left -= wanted;
        start_of(old, &tasks, old->desired_count, wanted);
    }
}

/* EVENT-05: what a pass has stopped counts no more (SCHED-19), yet only the next one finds the service at rest. */
static void watch_steady_state(struct service *service, bool has_stopped)
{
    if (has_stopped || !service_is_steady(service)) {
        notice_unsteady(service);
    } else {
        notice_steady_state(service);
    }
}

static int count_active(const struct service *service)
{
    return service->running_count + service->pending_count;
}

static void arm_next(struct sim *sim, struct service *service)
{
    if (assumed_choice(&service->assumptions, ASSUME_RECONCILE_TRIGGER) == RECONCILE_UPDATE_SERVICE) {
        sim_timer_arm(sim, service->pass_timer,
                      sim_now(sim) + assumed_time(&service->assumptions, ASSUME_RECONCILE_S), RANK_SCHEDULER);
    }
}

/* Tasks settle, alarms bake, limits pass without a change of state that would ask for a pass. */
static void keep_watching(struct service *service, const struct pass_view *view, bool has_stopped)
{
    bool has_more_to_do = has_stopped || (!service_is_steady(service) && !service->blocked);
    if (is_in_flux(view) || deployment_in_progress(service) || has_more_to_do) {
        service_poll(service);
    }
}

/* The breaker tripped over a task that this pass replaced (DEPLOY-19): what it meant to start is out of date. */
static bool has_given_up(const struct service *service, const struct deployment *planned_for, bool had_failed)
{
    return service->deployments != planned_for || (planned_for->rollout_state == ROLLOUT_FAILED) != had_failed;
}

/* Returns how many protected tasks are in the way. */
static int stop_of_task_set(struct deployment *set)
{
    struct revision_count tasks = { 0 };
    count_revision(&tasks, set);
    return victims_stop(set, &(struct stop_order){
        .wanted = scheduler_surplus(&tasks, set->desired_count), .cause = CAUSE_SCALE_IN,
        .failing_only = scheduler_surplus_is_failing(&tasks, set->desired_count) });
}

static void start_of_task_set(struct deployment *set)
{
    struct revision_count tasks = { 0 };
    count_revision(&tasks, set);
    start_of(set, &tasks, set->desired_count, at_least_0(set->desired_count - good(&tasks)));
}

/* Task sets do not replace each other: no bounds, no order (DEPLOY-16). */
static void settle_task_sets(struct service *service)
{
    int blocked = 0, before = count_active(service);
    task_sets_compute(service);
    for (struct deployment *set = service->deployments; set != NULL; set = set->older) {
        blocked += stop_of_task_set(set);
    }
    bool has_stopped = count_active(service) < before;
    service_set_blocked(service, blocked);
    for (struct deployment *set = service->deployments; set != NULL; set = set->older) {
        start_of_task_set(set);
    }
    launch_settle(service);
    deployment_watch(service);
    watch_steady_state(service, has_stopped);
    if (has_stopped || (!service_is_steady(service) && !service->blocked)) {
        service_poll(service);
    }
}

static bool is_idle(const struct pass_plan *plan)
{
    return plan->start_primary + plan->start_old + plan->stop_primary + plan->reduce_old == 0;
}

void scheduler_pass(struct sim *sim, void *self)
{
    struct service *service = self;
    sim_set_culprit(sim, service->name);
    arm_next(sim, service);
    registration_pass(service);
    if (service->config.is_external) {
        settle_task_sets(service);
        return;
    }
    deployment_trim_old(service);
    struct pass_view view = view_of(service);
    struct pass_plan plan = scheduler_plan(&view);
    note_health(service, &view);
    const struct deployment *planned_for = service->deployments;
    bool had_failed = planned_for->rollout_state == ROLLOUT_FAILED;
    int before = count_active(service);
    service_set_blocked(service, stop_tasks(service, &view, &plan));
    bool has_stopped = count_active(service) < before;
    if (!has_given_up(service, planned_for, had_failed)) {
        start_tasks(service, &view, &plan);
    }
    rebalancing_pass(service, is_idle(&plan), room_of(&view));
    launch_settle(service);
    if (plan.stuck) {
        notice_stuck(service);
    } else {
        notice_not_stuck(service);
    }
    deployment_watch(service);
    watch_steady_state(service, has_stopped);
    keep_watching(service, &view, has_stopped);
}
