#include "model/health.h"

#include "model/world.h"

const char *const task_health_names[] = { "UNKNOWN", "HEALTHY", "UNHEALTHY" };

enum task_health task_health(const struct task *task)
{
    const struct service *service = task->service;
    bool healthy;
    if (task->started_at < 0) {
        return HEALTH_UNKNOWN;
    }
    if (service->config.target_group_count > 0) {
        healthy = task_is_in_service(task);
    } else {
        sim_time settle = assumed_time(&service->assumptions, ASSUME_HEALTHY_AFTER_S);
        healthy = sim_now(task->world->sim) >= task->started_at + settle;
    }
    return healthy ? HEALTH_HEALTHY : HEALTH_UNKNOWN;
}

bool task_is_failing(const struct task *task)
{
    return task->to_be_replaced || task_health(task) == HEALTH_UNHEALTHY;
}

bool health_honours_protection(const struct task *task)
{
    (void)task;
    return false;
}

void health_stop(struct task *task)
{
    task_stop(task, CAUSE_HEALTH, "ServiceSchedulerInitiated", "Task failed container health checks");
}
