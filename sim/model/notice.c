#include "model/notice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/balancer.h"
#include "model/record.h"
#include "model/service.h"
#include "model/world.h"

static sim_time now_of(const struct service *service)
{
    return sim_now(service->world->sim);
}

/* Takes `text`. */
static void keep(struct service *service, char *text)
{
    struct notices *notices = &service->notices;
    struct notice *place = &notices->kept[notices->next];
    free(place->text);
    *place = (struct notice){ now_of(service), text };
    notices->next = (notices->next + 1) % NOTICES_KEPT;
    if (notices->count < NOTICES_KEPT) {
        notices->count++;
    }
    trace_emit(service->world->sim, RECORD_SERVICE_EVENT, &(struct record_service_event){ service, text });
}

static void say(struct service *service, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct service *service, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    keep(service, mem_text(text));
}

/* "<start> (task ID) (task ID).<end>" for any number of tasks. */
static void say_tasks(struct service *service, const char *start, struct task *const *tasks, int count, const char *end)
{
    size_t room = strlen(start) + (size_t)count * sizeof " (task 0123456789abcdef0123456789abcdef)" + strlen(end) + 2;
    char *text = mem_alloc(room);
    size_t length = (size_t)snprintf(text, room, "%s", start);
    for (int i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, room - length, " (task %s)", tasks[i]->id);
    }
    snprintf(text + length, room - length, ".%s", end);
    keep(service, text);
}

void notice_finish(struct service *service)
{
    for (int i = 0; i < NOTICES_KEPT; i++) {
        free(service->notices.kept[i].text);
    }
}

void notice_started(struct service *service, struct task *const *tasks, int count, int replaced)
{
    char start[320], end[80] = "";
    snprintf(start, sizeof start, "(service %s) has started %d tasks:", service->name, count);
    if (replaced > 0) {
        snprintf(end, sizeof end, " Amazon ECS replaced %d tasks due to an unhealthy status.", replaced);
    }
    say_tasks(service, start, tasks, count, end);
}

void notice_stopped_running(struct service *service, struct task *const *tasks, int count)
{
    char start[320];
    snprintf(start, sizeof start, "(service %s) has stopped %d running tasks:", service->name, count);
    say_tasks(service, start, tasks, count, "");
}

void notice_stopped_pending(struct service *service, int count)
{
    say(service, "(service %s) stopped %d pending tasks.", service->name, count);
}

static void say_of_targets(struct service *service, const char *what, int targets)
{
    for (int i = 0; i < service->config.target_group_count; i++) {
        say(service, "(service %s) %s %d targets in (target-group %s)", service->name, what, targets,
            service->config.target_groups[i]->config.name);
    }
}

void notice_registered(struct service *service, int targets)
{
    say_of_targets(service, "registered", targets);
}

void notice_deregistered(struct service *service, int targets)
{
    say_of_targets(service, "deregistered", targets);
    say(service, "(service %s) has begun draining connections on %d tasks.", service->name, targets);
}

void notice_target_unhealthy(const struct task *task, const struct target_group *group)
{
    say(task->service,
        "(service %s) (task %s) (port 80) is unhealthy in (target-group %s) due to (reason Health checks failed with these "
        "codes: [503]).",
        task->service->name, task->id, group->config.name);
}

/* EVENT-37: said when its cause begins, and again every six hours while it lasts. */
static bool is_due(const struct service *service, bool *standing, sim_time *said_at)
{
    sim_time now = now_of(service);
    if (*standing && now - *said_at < assumed_time(&service->assumptions, ASSUME_EVENT_REPEAT_S)) {
        return false;
    }
    *standing = true;
    *said_at = now;
    return true;
}

void notice_steady_state(struct service *service)
{
    if (is_due(service, &service->notices.steady_standing, &service->notices.steady_at)) {
        say(service, "(service %s) has reached a steady state.", service->name);
    }
}

void notice_unsteady(struct service *service)
{
    service->notices.steady_standing = false;
}

void notice_deployment_completed(struct service *service)
{
    say(service, "(service %s) (deployment %s) deployment completed.", service->name, service->deployments->id);
}

void notice_deployment_failed(struct service *service, const char *reason)
{
    say(service, "(service %s) (deployment %s) deployment failed: %s.", service->name, service->deployments->id, reason);
}

void notice_rolling_back(struct service *service)
{
    say(service, "(service %s) rolling back to deployment %s.", service->name, service->deployments->id);
}

void notice_stuck(struct service *service)
{
    if (is_due(service, &service->notices.stuck_standing, &service->notices.stuck_at)) {
        say(service,
            "(service %s) was unable to stop or start tasks during a deployment because of the service deployment "
            "configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
            service->name);
    }
}

void notice_not_stuck(struct service *service)
{
    service->notices.stuck_standing = false;
}

void notice_unable_to_scale_in(const struct deployment *deployment, int tasks)
{
    struct service *service = deployment->service;
    if (is_due(service, &service->notices.protected_standing, &service->notices.protected_at)) {
        /* EVENT-36: the plural is never adjusted. */
        say(service,
            "(service %s) was unable to reach steady state because (taskSet %s) was unable to scale in due to "
            "(reason %d tasks under protection)",
            service->name, deployment->id, tasks);
    }
}

void notice_protection_cleared(struct service *service)
{
    service->notices.protected_standing = false;
}

/* "3 tasks in a, 1 tasks in b". Returns `text`. */
static const char *list_zones(const struct service *service, const int *tasks, char *text, size_t size)
{
    int length = 0;
    for (int zone = 0; zone < service->config.zone_count && length >= 0 && (size_t)length < size; zone++) {
        length += snprintf(text + length, size - (size_t)length, "%s%d tasks in %s", zone > 0 ? ", " : "", tasks[zone],
                           service->config.zones[zone]);
    }
    return text;
}

void notice_unbalanced(struct service *service, const int *tasks)
{
    char zones[400];
    say(service, "(service %s) is not AZ balanced with %s. AZ Rebalancing in progress.", service->name,
        list_zones(service, tasks, zones, sizeof zones));
}

void notice_balanced(struct service *service, const int *tasks)
{
    char zones[400];
    say(service, "(service %s) is AZ balanced with %s.", service->name, list_zones(service, tasks, zones, sizeof zones));
}

void notice_started_to_balance(struct service *service, struct task *task)
{
    say(service, "(service %s) has started 1 tasks in %s to AZ Rebalance: (task %s).", service->name, task_zone_name(task),
        task->id);
}

void notice_stopped_to_balance(struct service *service, struct task *task)
{
    say(service, "(service %s) has stopped 1 running tasks in %s due to AZ rebalancing: (task %s).", service->name,
        task_zone_name(task), task->id);
}

void notice_rebalancing_stopped(struct service *service)
{
    say(service, "(service %s) stopped AZ Rebalancing.", service->name);
}

bool notice_unable_to_rebalance(const struct deployment *deployment, int tasks)
{
    struct service *service = deployment->service;
    bool due = is_due(service, &service->notices.held_zones_standing, &service->notices.held_zones_at);
    if (due) {
        say(service,
            "(service %s) was unable to AZ Rebalance because (taskSet %s) was unable to scale in due to (reason %d tasks "
            "under protection).",
            service->name, deployment->id, tasks);
    }
    return due;
}

void notice_able_to_rebalance(struct service *service)
{
    service->notices.held_zones_standing = false;
}

static const char *const trouble_texts[TROUBLE_COUNT] = {
    [TROUBLE_NO_CAPACITY] =
        "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different "
        "availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    [TROUBLE_VCPU_QUOTA] = "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run "
                           "concurrently",
    [TROUBLE_FAILING_STARTS] = "is unable to consistently start tasks successfully.",
    [TROUBLE_THROTTLED] = "operations are being throttled. Will try again later.",
    [TROUBLE_PROVISIONING_LIMIT] =
        "was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded.",
    [TROUBLE_EMPTY_PROVIDER] =
        "was unable to reach steady state. Reason: No Container Instances were found in your capacity provider.",
};

void notice_unable_to_place(struct service *service, const char *closest, const char *lack)
{
    struct notices *notices = &service->notices;
    char nearest[160] = "";
    if (!is_due(service, &notices->trouble_standing[TROUBLE_NO_INSTANCE], &notices->trouble_at[TROUBLE_NO_INSTANCE])) {
        return;
    }
    if (closest != NULL && lack != NULL) {
        snprintf(nearest, sizeof nearest, " The closest matching (container-instance %s) has insufficient %s available.",
                 closest, lack);
    }
    say(service, "(service %s) was unable to place a task because no container instance met all of its requirements.%s",
        service->name, nearest);
}

void notice_partly_launched(const struct deployment *deployment, int tasks)
{
    struct service *service = deployment->service;
    struct notices *notices = &service->notices;
    if (is_due(service, &notices->trouble_standing[TROUBLE_PARTLY_LAUNCHED], &notices->trouble_at[TROUBLE_PARTLY_LAUNCHED])) {
        say(service, "(service %s) could not launch %d tasks for deployment %s.", service->name, tasks, deployment->id);
    }
}

void notice_troubles(struct service *service, unsigned troubles)
{
    struct notices *notices = &service->notices;
    for (int i = 0; i < TROUBLE_COUNT; i++) {
        bool met = (troubles >> i) & 1U;
        if (!met) {
            notices->trouble_standing[i] = false;
        } else if (trouble_texts[i] != NULL && is_due(service, &notices->trouble_standing[i], &notices->trouble_at[i])) {
            say(service, "(service %s) %s", service->name, trouble_texts[i]);
        }
    }
}

const struct notice *notice_newest(const struct service *service, int i)
{
    const struct notices *notices = &service->notices;
    if (i < 0 || i >= notices->count) {
        return NULL;
    }
    return &notices->kept[(notices->next - 1 - i + 2 * NOTICES_KEPT) % NOTICES_KEPT];
}
