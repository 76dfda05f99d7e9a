#include "model/registration.h"

#include "model/world.h"

/* SCHED-20: a task that runs is registered in the next pass. */
static bool wants_registration(const struct task *task)
{
    return task->started_at >= 0 && !task->stop_decided && !task->ended && task->targets == NULL;
}

static void register_targets(struct service *service)
{
    int registered = 0;
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (wants_registration(task)) {
            balancer_register(task);
            task_changed(task);
            registered++;
        }
    }
    if (registered > 0) {
        notice_registered(service, registered);
    }
}

/* EVENT-18: the pass after the one that decided to stop them. */
static void deregister_targets(struct service *service)
{
    int deregistered = 0;
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (task->status == TASK_DEACTIVATING && !task->deregistered) {
            task_deregister(task);
            deregistered++;
        }
    }
    if (deregistered > 0) {
        notice_deregistered(service, deregistered);
    }
}

void registration_pass(struct service *service)
{
    if (service->config.target_group_count > 0) {
        register_targets(service);
        deregister_targets(service);
    }
}
