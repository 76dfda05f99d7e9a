#include "model/deployment.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/alarm.h"
#include "model/health.h"
#include "model/record.h"
#include "model/world.h"

const char *const deployment_status_names[] = { "PRIMARY", "ACTIVE", "INACTIVE" };
const char *const rollout_state_names[] = { "IN_PROGRESS", "COMPLETED", "FAILED" };

const struct deployment_configuration deployment_configuration_default = {
    .minimum_healthy_percent = 100, .maximum_percent = 200, .bake_minutes = -1,
    .step_percent = 10, .step_bake_minutes = 6, .canary_percent = 5, .canary_bake_minutes = 10,
};

static sim_time now_of(const struct deployment *deployment)
{
    return sim_now(deployment->service->world->sim);
}

/* ---- pure rules --------------------------------------------------------------------------------------------- */

int deployment_lower_bound(int desired_count, int minimum_healthy_percent)
{
    return (desired_count * minimum_healthy_percent + 99) / 100;
}

int deployment_upper_bound(int desired_count, int maximum_percent)
{
    return desired_count * maximum_percent / 100;
}

int deployment_early_success(int desired_count, int healthy_percent)
{
    int needed = (desired_count * healthy_percent + 99) / 100;
    return needed > 1 ? needed : 1;
}

int deployment_breaker_threshold(int desired_count, int least)
{
    const int most = 200;
    int half = (desired_count + 1) / 2;
    return half < least ? least : half > most ? most : half;
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

static void make_id(struct deployment *deployment)
{
    struct service *service = deployment->service;
    struct rng ids;
    uint64_t index = (uint64_t)service->index + ((uint64_t)service->deployments_begun << 32);
    rng_init(&ids, service->world->sim, "deployment id", index);
    uint64_t digits = UINT64_C(1000000000000000000) + rng_below(&ids, UINT64_C(9000000000000000000));
    snprintf(deployment->id, sizeof deployment->id, "ecs-svc/%" PRIu64, digits);
    deployment->stop_reason = arena_printf(service->world->arena, "Scaling activity initiated by (deployment %s)",
                                           deployment->id);
    deployment->rebalance_reason = arena_printf(
        service->world->arena, "Availability-zone rebalancing initiated by (deployment %s)", deployment->id);
    service->deployments_begun++;
}

void deployment_tell(const struct deployment *deployment)
{
    trace_emit(deployment->service->world->sim, RECORD_DEPLOYMENT,
               &(struct record_deployment){ deployment->service, deployment });
}

static int count_listed(const struct service *service)
{
    int count = 0;
    for (const struct deployment *deployment = service->deployments; deployment != NULL; deployment = deployment->older) {
        count++;
    }
    return count;
}

const char *deployment_refusal(const struct service *service)
{
    int cap = (int)assumed_number(&service->assumptions, ASSUME_DEPLOYMENT_CAP);
    if (cap == 0 || !deployment_in_progress(service) || count_listed(service) < cap) {
        return NULL;
    }
    return arena_printf(service->world->arena, "%d active deployments exist, unable to create new deployment.", cap);
}

/* DEPLOY-23 */
static bool is_any_alarm_raised(const struct service *service)
{
    const struct deployment_configuration *configuration = &service->config.deployment;
    for (int i = 0; i < configuration->alarm_count; i++) {
        const struct alarm *alarm = alarm_find(service->world, configuration->alarm_names[i]);
        if (alarm != NULL && alarm_current_state(alarm) == ALARM_STATE_ALARM) {
            return true;
        }
    }
    return false;
}

/* An alarm may be made after the service that names it, but not after its first pass. */
static void warn_of_missing_alarms(struct deployment *deployment)
{
    const struct service *service = deployment->service;
    const struct deployment_configuration *configuration = &service->config.deployment;
    if (deployment->alarms_sought || !configuration->alarms_enabled) {
        return;
    }
    deployment->alarms_sought = true;
    for (int i = 0; i < configuration->alarm_count; i++) {
        if (alarm_find(service->world, configuration->alarm_names[i]) == NULL) {
            world_warn(service->world, service->name, "its deployments watch an alarm '%s' that does not exist",
                       configuration->alarm_names[i]);
        }
    }
}

/* The service turns to it: what was PRIMARY keeps the tasks that it has, until they are replaced. */
static void become_primary(struct deployment *deployment)
{
    struct service *service = deployment->service;
    struct deployment *before = service->deployments;
    if (before != NULL) {
        before->status = DEPLOYMENT_ACTIVE;
        before->desired_count = before->active_count;
    }
    deployment->older = before;
    deployment->status = DEPLOYMENT_PRIMARY;
    deployment->rollout_state = ROLLOUT_IN_PROGRESS;
    deployment->begun_at = now_of(deployment);
    deployment->completed_at = deployment->baking_since = -1;
    deployment->failed_tasks = deployment->failed_health = 0;
    deployment->breaker_stage = BREAKER_FIRST_RUNNING;
    deployment->desired_count = service->desired_count;
    deployment->alarms_watched = service->config.deployment.alarms_enabled && !is_any_alarm_raised(service);
    service->deployments = deployment;
    service->config.definition = deployment->definition;
    deployment_tell(deployment);
}

/* DEPLOY-26: its tasks wait behind a target group of their own until the traffic comes. */
static void choose_ring(struct deployment *deployment, const struct deployment *before, bool was_shifting)
{
    int with_traffic = was_shifting ? 1 - before->ring : before->ring;
    bool shifts = deployment->service->config.deployment.strategy != STRATEGY_ROLLING;
    deployment->ring = shifts ? 1 - with_traffic : with_traffic;
}

struct deployment *deployment_create(struct service *service, const struct task_definition *definition)
{
    struct deployment *deployment = arena_alloc(service->world->arena, sizeof *deployment);
    deployment->service = service;
    deployment->definition = definition;
    deployment->created_at = sim_now(service->world->sim);
    deployment->asked_at = -1;
    make_id(deployment);
    return deployment;
}

struct deployment *deployment_begin(struct service *service, const struct task_definition *definition)
{
    struct deployment *before = service->deployments;
    bool was_shifting = before != NULL && traffic_shift_give_up(before);
    struct deployment *deployment = deployment_create(service, definition);
    if (before != NULL) {
        choose_ring(deployment, before, was_shifting);
    }
    become_primary(deployment);
    if (was_shifting) {
        before->desired_count = 0;   /* DEPLOY-25: one revision beside the one that has the traffic is enough */
    }
    if (before != NULL && service->config.deployment.strategy != STRATEGY_ROLLING) {
        traffic_shift_begin(deployment);
    }
    return deployment;
}

/* ---- state -------------------------------------------------------------------------------------------------- */

bool deployment_in_progress(const struct service *service)
{
    const struct deployment *primary = service->deployments;
    return !service->config.is_external && (primary->rollout_state == ROLLOUT_IN_PROGRESS || primary->older != NULL);
}

int deployment_active_old(const struct service *service)
{
    int count = 0;
    for (const struct deployment *old = service->deployments->older; old != NULL; old = old->older) {
        count += old->active_count;
    }
    return count;
}

void deployment_share_scale_out(struct service *service, int before)
{
    int more = service->desired_count - before;
    if (more <= 0 || before == 0 ||
        assumed_choice(&service->assumptions, ASSUME_DEPLOY_SCALE_OUT) == DEPLOY_SCALE_OUT_PRIMARY) {
        return;
    }
    for (struct deployment *old = service->deployments->older; old != NULL; old = old->older) {
        int shared = old->desired_count + old->desired_count * more / before;
        int most = service->desired_count > old->desired_count ? service->desired_count : old->desired_count;
        old->desired_count = shared < most ? shared : most;   /* what protection holds is no measure of the load */
    }
}

void deployment_trim_old(struct service *service)
{
    bool beside = service->deployments->stage != STAGE_NONE;
    for (struct deployment *old = service->deployments->older; old != NULL && beside; old = old->older) {
        old->desired_count = old->desired_count < service->desired_count ? old->desired_count : service->desired_count;
    }
}

static int count_healthy(const struct deployment *deployment)
{
    int count = 0;
    for (const struct task *task = deployment->service->first; task != NULL; task = task->next) {
        count += task->deployment == deployment && task_is_active(task) && !task_is_failing(task) &&
                 task_health(task) == HEALTH_HEALTHY;
    }
    return count;
}

/* ---- ending ------------------------------------------------------------------------------------------------- */

static void note_duration(struct deployment *deployment)
{
    sim_time *longest = &deployment->service->books.deploy_longest;
    sim_time took = now_of(deployment) - deployment->asked_at;
    if (deployment->asked_at >= 0 && took > *longest) {
        *longest = took;
    }
}

static void complete(struct deployment *deployment)
{
    note_duration(deployment);
    deployment->rollout_state = ROLLOUT_COMPLETED;
    deployment->completed_at = now_of(deployment);
    deployment->was_completed = deployment->digests_resolved = true;
    deployment->rolls_back = false;
    notice_deployment_completed(deployment->service);
    deployment_tell(deployment);
}

/* DEPLOY-21: the newest that was COMPLETED, unless it is under way again. */
static struct deployment *rollback_target(const struct service *service)
{
    for (struct deployment *old = service->deployments->older; old != NULL; old = old->older) {
        if (old->was_completed) {
            return old;
        }
    }
    return service->last_completed;
}

void deployment_unlink(struct deployment *deployment)
{
    struct deployment **place = &deployment->service->deployments;
    while (*place != NULL && *place != deployment) {
        place = &(*place)->older;
    }
    if (*place != NULL) {
        *place = deployment->older;
    }
}

static void roll_back(struct service *service)
{
    struct deployment *target = rollback_target(service);
    if (target == NULL || target == service->deployments) {
        return;                   /* DEPLOY-21: it stalls */
    }
    deployment_unlink(target);
    target->rolls_back = true;
    target->stage = STAGE_NONE;
    target->asked_at = service->deployments->asked_at;
    become_primary(target);
    traffic_shift_all(target);
    notice_rolling_back(service);
}

static void fail(struct deployment *deployment, const char *reason, bool rollback)
{
    deployment->rollout_state = ROLLOUT_FAILED;
    deployment->reason = reason;
    notice_deployment_failed(deployment->service, reason);
    deployment_tell(deployment);
    if (rollback) {
        roll_back(deployment->service);
    }
}

/* DEPLOY-46: an old revision is INACTIVE once the last of its tasks is STOPPED. */
static void drop_finished(struct service *service)
{
    struct deployment **place = &service->deployments->older;
    while (*place != NULL) {
        struct deployment *old = *place;
        bool stays = service->config.is_external && !old->leaves;
        if (old->living_count > 0 || stays) {
            place = &old->older;
            continue;
        }
        *place = old->older;
        old->status = DEPLOYMENT_INACTIVE;
        if (old->was_completed && (service->last_completed == NULL ||
                                   service->last_completed->completed_at <= old->completed_at)) {
            service->last_completed = old;
        }
        deployment_tell(old);
    }
}

/* DEPLOY-19: the second stage ends when a task has passed its checks. */
static void watch_breaker(struct deployment *primary, int healthy)
{
    if (healthy > 0) {
        primary->breaker_stage = BREAKER_PASSED;
    }
}

static bool is_whole(const struct deployment *primary, int healthy)
{
    int desired = primary->service->desired_count;
    return healthy >= desired && primary->active_count == desired;
}

/* DEPLOY-13, DEPLOY-14, DEPLOY-44 */
static bool is_done(const struct deployment *primary, int healthy)
{
    const struct service *service = primary->service;
    const struct deployment_configuration *configuration = &service->config.deployment;
    if (primary->stage != STAGE_NONE) {
        bool waits = assumed_on(&service->assumptions, ASSUME_BLUEGREEN_WAIT_PROTECTED);
        return traffic_shift_cleans_up(primary) && (primary->older == NULL || !waits);
    }
    if (configuration->early_success_enabled &&
        healthy >= deployment_early_success(service->desired_count, configuration->early_success_percent)) {
        return configuration->deferred_cleanup || primary->older == NULL;
    }
    return is_whole(primary, healthy) && primary->older == NULL;
}

/* DEPLOY-24: where it is not set, as long as the slowest alarm looks back, at most five minutes. */
static sim_time bake_time(const struct service *service)
{
    const struct deployment_configuration *configuration = &service->config.deployment;
    const sim_time most = 300 * SIM_SECOND;
    sim_time longest = 0;
    if (configuration->bake_minutes >= 0) {
        return sim_from_seconds(configuration->bake_minutes * 60);
    }
    for (int i = 0; i < configuration->alarm_count; i++) {
        const struct alarm *alarm = alarm_find(service->world, configuration->alarm_names[i]);
        if (alarm != NULL) {
            longest = alarm_span(alarm) > longest ? alarm_span(alarm) : longest;
        }
    }
    return longest < most ? longest : most;
}

static bool has_baked(struct deployment *primary)
{
    if (!primary->alarms_watched || primary->stage != STAGE_NONE) {
        return true;
    }
    if (primary->baking_since < 0) {
        primary->baking_since = now_of(primary);
    }
    return now_of(primary) >= primary->baking_since + bake_time(primary->service);
}

/* DEPLOY-47 */
static bool is_overdue(const struct deployment *primary)
{
    double limit = primary->service->config.deployment.time_limit_s;
    return limit > 0 && !primary->rolls_back && now_of(primary) >= primary->begun_at + sim_from_seconds(limit);
}

void deployment_watch(struct service *service)
{
    const struct deployment_configuration *configuration = &service->config.deployment;
    struct deployment *primary = service->deployments;
    drop_finished(service);
    if (primary->rollout_state != ROLLOUT_IN_PROGRESS) {
        return;
    }
    int healthy = count_healthy(primary);
    watch_breaker(primary, healthy);
    warn_of_missing_alarms(primary);
    if (primary->stage != STAGE_NONE) {
        traffic_shift_watch(primary, is_whole(primary, healthy));
    }
    if (primary->alarms_watched && is_any_alarm_raised(service)) {
        fail(primary, "alarm detected", configuration->alarms_rollback);   /* DEPLOY-23 */
    } else if (is_overdue(primary) || traffic_shift_is_overdue(primary)) {
        fail(primary, "timed out", true);   /* DEPLOY-47 */
    } else if (is_done(primary, healthy) && has_baked(primary)) {
        complete(primary);
    }
}

/* ---- circuit breaker ---------------------------------------------------------------------------------------- */

static int breaker_threshold(const struct service *service)
{
    int threshold = service->config.deployment.breaker_threshold;
    int least = (int)assumed_number(&service->assumptions, ASSUME_CB_MIN);
    return threshold > 0 ? threshold : deployment_breaker_threshold(service->desired_count, least);
}

static void trip_if_due(struct deployment *deployment, int failures, int threshold)
{
    const struct deployment_configuration *configuration = &deployment->service->config.deployment;
    if (configuration->breaker_enabled && deployment->status == DEPLOYMENT_PRIMARY &&
        deployment->rollout_state == ROLLOUT_IN_PROGRESS && failures >= threshold) {
        fail(deployment, "tasks failed to start", configuration->breaker_rollback);
    }
}

/* DEPLOY-11: three tasks, one after the other, could not resolve the digests: it fails, or goes on without them. */
static void give_up_digests(struct deployment *deployment)
{
    enum { ATTEMPTS = 3 };
    if (!deployment->digests_resolved && assumed_on(&deployment->service->assumptions, ASSUME_RESOLVE_DIGESTS)) {
        trip_if_due(deployment, deployment->failed_tasks, ATTEMPTS);
    }
    deployment->digests_resolved = deployment->digests_resolved || deployment->failed_tasks >= ATTEMPTS;
}

void deployment_task_failed(struct deployment *deployment)
{
    deployment->failed_tasks++;
    give_up_digests(deployment);
    if (deployment->breaker_stage == BREAKER_FIRST_RUNNING) {
        trip_if_due(deployment, deployment->failed_tasks, breaker_threshold(deployment->service));
    }
}

void deployment_task_running(struct deployment *deployment)
{
    deployment->digests_resolved = true;
    deployment->failed_tasks = 0;
    if (deployment->breaker_stage == BREAKER_FIRST_RUNNING) {
        deployment->breaker_stage = BREAKER_FIRST_HEALTHY;
    }
}

void deployment_task_unhealthy(struct deployment *deployment)
{
    deployment->failed_health++;
    if (deployment->breaker_stage == BREAKER_FIRST_HEALTHY) {
        trip_if_due(deployment, deployment->failed_health, breaker_threshold(deployment->service));
    }
}
