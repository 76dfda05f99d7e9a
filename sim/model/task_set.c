#include "model/task_set.h"

#include "model/service.h"
#include "model/world.h"

enum { WHOLE = 100 * 1000 };      /* 100 per cent, in 1/1000 per cent */

int task_set_computed_desired(int desired_count, int scale_milli)
{
    return (int)(((int64_t)desired_count * scale_milli + WHOLE - 1) / WHOLE);
}

struct deployment *task_set_create(struct service *service, const struct task_definition *definition, int scale_milli)
{
    struct deployment *set = deployment_create(service, definition);
    struct deployment *primary = service->deployments;
    set->status = DEPLOYMENT_ACTIVE;
    set->rollout_state = ROLLOUT_COMPLETED;
    set->ring = primary->ring;
    set->scale_milli = scale_milli;
    set->older = primary->older;
    primary->older = set;
    deployment_tell(set);
    service_request_pass(service);
    return set;
}

void task_set_scale(struct deployment *set, int scale_milli)
{
    set->scale_milli = scale_milli;
    service_request_pass(set->service);
}

void task_set_make_primary(struct deployment *set)
{
    struct service *service = set->service;
    struct deployment *before = service->deployments;
    if (set == before) {
        return;
    }
    deployment_unlink(set);
    before->status = DEPLOYMENT_ACTIVE;
    set->status = DEPLOYMENT_PRIMARY;
    set->older = before;
    service->deployments = set;
    service->config.definition = set->definition;
    deployment_tell(set);
}

void task_set_delete(struct deployment *set)
{
    set->leaves = true;
    task_set_scale(set, 0);
}

void task_sets_compute(struct service *service)
{
    for (struct deployment *set = service->deployments; set != NULL; set = set->older) {
        set->desired_count = task_set_computed_desired(service->desired_count, set->scale_milli);
    }
}

bool task_set_is_steady(const struct deployment *set)
{
    bool any_failing = false;
    for (const struct task *task = set->service->first; task != NULL; task = task->next) {
        any_failing = any_failing || (task->deployment == set && task_is_active(task) && task_is_failing(task));
    }
    return set->running_count == task_set_computed_desired(set->service->desired_count, set->scale_milli) &&
           set->pending_count == 0 && !any_failing;
}

bool task_sets_are_steady(const struct service *service)
{
    for (const struct deployment *set = service->deployments; set != NULL; set = set->older) {
        if (!task_set_is_steady(set)) {
            return false;
        }
    }
    return true;
}
