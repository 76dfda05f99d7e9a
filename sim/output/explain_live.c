/* Explanations while a run goes on: the model's records as explain.c takes them. */
#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "model/capacity_provider.h"
#include "model/world.h"
#include "output/explain.h"

enum { TASKS_MAX = 64 };          /* of a stop decision: more than are ever named */

struct tasks {
    struct explain_task chosen[TASKS_MAX], passed_over[TASKS_MAX];
};

static const char *name_of(const struct service *service)
{
    return service != NULL ? service->name : "";
}

static void take_service_event(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_service_event *said = record;
    event->service = said->service->name;
    event->text = said->text;
}

static void take_desired(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_desired *change = record;
    event->service = change->service->name;
    event->from = change->from;
    event->to = change->to;
    event->text = change->by;
}

static void take_stop(struct explain_event *event, struct tasks *tasks, const void *record)
{
    const struct record_stop_decision *decision = record;
    event->service = decision->service->name;
    event->wanted = decision->wanted;
    event->blocked = decision->blocked;
    event->chosen = tasks->chosen;
    event->chosen_count = decision->chosen_count;
    event->passed_over = tasks->passed_over;
    event->passed_over_count = decision->passed_over_count;
    for (int i = 0; i < decision->chosen_count && i < TASKS_MAX; i++) {
        tasks->chosen[i] = (struct explain_task){ .id = decision->chosen[i]->id };
    }
    for (int i = 0; i < decision->passed_over_count && i < TASKS_MAX; i++) {
        const struct task *task = decision->passed_over[i];
        tasks->passed_over[i] = (struct explain_task){ task->id, task->protection.expires_at };
    }
}

static void take_task(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_task_status *change = record;
    const struct task *task = change->task;
    event->service = name_of(task->service);
    event->task = task->id;
    event->text = change->what;
    event->definition = task->definition->name;
    event->cause = task->stop_decided || task->ended ? cause_names[task->cause] : "";
    event->busy = task_is_busy(task);
    event->exit_code = task->exit_code;
}

static void take_deployment(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct deployment *deployment = ((const struct record_deployment *)record)->deployment;
    event->service = deployment->service->name;
    event->deployment = deployment->id;
    event->definition = deployment->definition->name;
    event->from_state = deployment_status_names[deployment->status];
    event->to_state = rollout_state_names[deployment->rollout_state];
    event->rolls_back = deployment->rolls_back;
    event->stage = lifecycle_stage_names[deployment->stage];
    event->metric = deployment->traffic_permille / 10.0;
    event->text = deployment->reason;
}

static void take_disruption(struct explain_event *event, struct tasks *tasks, const void *record)
{
    const struct record_disruption *disruption = record;
    event->service = name_of(disruption->service);
    event->text = disruption_names[disruption->cause];
    event->what = disruption->what;
    event->until = disruption->until;
    event->chosen = tasks->chosen;
    event->chosen_count = disruption->task_count;
    for (int i = 0; i < disruption->task_count && i < TASKS_MAX; i++) {
        tasks->chosen[i] = (struct explain_task){ .id = disruption->tasks[i]->id };
    }
}

static void take_instance(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct instance *instance = record;
    event->group = instance->group->config.name;
    event->instance = instance->id;
    event->zone = instance_zone_name(instance);
    event->text = instance_status_names[instance->status];
    event->instances = instance->task_count;
}

static void take_capacity(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_capacity *change = record;
    event->group = change->provider->config.group->config.name;
    event->metric = change->reservation_percent;
    event->from = change->from;
    event->to = change->to;
}

static void take_scale_in_held(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_scale_in_held *held = record;
    event->group = held->group->config.name;
    event->wanted = held->wanted;
    event->instances = held->group->instance_count;
    event->text = held->reason;
}

static void take_delivery(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_delivery *delivery = record;
    event->text = delivery->what;
    event->task = delivery->task != NULL ? delivery->task->id : NULL;
    event->service = delivery->task != NULL ? name_of(delivery->task->service) : "";
    event->cause = cause_names[delivery->cause];
    event->work_lost = delivery->work_lost_ns;
}

static void take_sessions_cut(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_sessions_cut *cut = record;
    event->task = cut->task->id;
    event->service = name_of(cut->task->service);
    event->cause = cause_names[cut->cause];
    event->sessions = cut->count;
}

static void take_activity(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_activity *activity = record;
    event->service = activity->service->name;
    event->text = activity->cause;
    event->description = activity->description;
    event->fault = strcmp(activity->status_code, "Failed") != 0 ? NULL
        : activity->status_message != NULL ? activity->status_message : "";
    event->begun = activity->begun;
}

static void take_protection(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_protection *call = record;
    event->text = protection_verdicts[call->verdict].name;
    event->task = call->task != NULL ? call->task->id : NULL;
    event->service = call->task != NULL ? name_of(call->task->service) : "";
}

static void take_expiry(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_protection_expired *expired = record;
    event->task = expired->task->id;
    event->service = name_of(expired->task->service);
    event->busy = expired->busy;
}

static void take_alarm(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_alarm *change = record;
    event->service = name_of(change->service);
    event->alarm = alarm_name(change->alarm);
    event->from_state = alarm_state_names[change->from];
    event->to_state = alarm_state_names[change->to];
    event->text = change->reason;
}

static void take_alarm_made(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_alarm_made *made = record;
    event->service = name_of(alarm_service(made->alarm));
    event->policy = made->policy != NULL ? policy_name(made->policy) : "";
    event->alarm = alarm_name(made->alarm);
    event->text = made->metric;
}

static void take_alarm_seen(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_alarm_seen *seen = record;
    event->alarm = alarm_name(seen->alarm);
    event->metric = seen->point.present ? seen->point.value : (double)NAN;
}

static void take_decision(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_decision *decision = record;
    event->service = decision->service->name;
    event->policy = policy_name(decision->policy);
    event->alarm = decision->alarm != NULL ? alarm_name(decision->alarm) : NULL;
    event->text = decision->why;
    event->formula = decision->formula != NULL ? decision->formula : "";
    event->metric = decision->metric;
    event->data_from = decision->data_from;
    event->data_to = decision->data_to;
    event->data_ids = decision->data_ids;
    event->data = decision->data;
    event->data_count = decision->data_count;
    event->capacity = decision->capacity;
    event->proposed = decision->proposed;
    event->from = decision->desired;
    event->to = decision->result;
}

static void take_waterfall(struct explain_event *event, struct tasks *tasks, const void *record)
{
    (void)tasks;
    const struct record_waterfall *scale_out = record;
    event->service = scale_out->service->name;
    event->policy = policy_name(scale_out->policy);
    event->waterfall = *scale_out->waterfall;
}

static void (*const takers[RECORD_KIND_COUNT])(struct explain_event *, struct tasks *, const void *) = {
    [RECORD_SERVICE_EVENT] = take_service_event,
    [RECORD_TASK_STATUS] = take_task,
    [RECORD_STOP_DECISION] = take_stop,
    [RECORD_PROTECTION] = take_protection,
    [RECORD_PROTECTION_EXPIRED] = take_expiry,
    [RECORD_DESIRED] = take_desired,
    [RECORD_DELIVERY] = take_delivery,
    [RECORD_SESSIONS_CUT] = take_sessions_cut,
    [RECORD_ALARM] = take_alarm,
    [RECORD_ALARM_MADE] = take_alarm_made,
    [RECORD_ALARM_SEEN] = take_alarm_seen,
    [RECORD_ACTIVITY] = take_activity,
    [RECORD_DECISION] = take_decision,
    [RECORD_DEPLOYMENT] = take_deployment,
    [RECORD_WATERFALL] = take_waterfall,
    [RECORD_DISRUPTION] = take_disruption,
    [RECORD_INSTANCE] = take_instance,
    [RECORD_CAPACITY] = take_capacity,
    [RECORD_SCALE_IN_HELD] = take_scale_in_held,
};

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    struct tasks tasks;
    struct explain_event event = { .kind = (enum record_kind)kind, .at = now };
    takers[kind](&event, &tasks, record);
    explain_tell(context, &event);
}

struct explain *explain_observe(struct world *world, struct text *text)
{
    struct explain *explain = explain_create(text, &world->config.start_unix_s);
    uint64_t kinds = 0;
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        kinds |= takers[kind] != NULL ? RECORD_BIT(kind) : 0;
    }
    trace_observe(sim_trace(world->sim), kinds, on_record, explain);
    return explain;
}
