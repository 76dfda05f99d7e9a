#include "output/events.h"

#include <math.h>
#include <string.h>

#include "model/capacity_provider.h"
#include "model/record.h"
#include "model/scaling.h"
#include "model/world.h"
#include "output/json.h"

const char *const events_protection_names[] = {
    [ENDPOINT_PUT_TRUE] = "protect",
    [ENDPOINT_PUT_FALSE] = "unprotect",
    [ENDPOINT_GET] = "get",
};

static void key_integer(struct json *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_wide(json, value);
}

static void key_service(struct json *json, const struct service *service)
{
    json_key_text(json, "service", service != NULL ? service->name : NULL);
}

/* NULL: nobody's. */
static void key_task(struct json *json, const struct task *task)
{
    key_service(json, task != NULL ? task->service : NULL);
    json_key_text(json, "task", task != NULL ? task->id : NULL);
}

static void put_service_event(struct json *json, const void *record)
{
    const struct record_service_event *event = record;
    key_service(json, event->service);
    json_key_text(json, "message", event->text);
}

static void put_task_status(struct json *json, const void *record)
{
    const struct record_task_status *change = record;
    const struct task *task = change->task;
    key_task(json, task);
    json_key_text(json, "what", change->what);
    json_key_text(json, "status", task_status_names[task->status]);
    json_key_text(json, "task_definition", task->definition->name);
    json_key_bool(json, "busy", task_is_busy(task));
    if (task->stop_decided || task->ended) {
        json_key_text(json, "cause", cause_names[task->cause]);
        json_key_text(json, "stop_code", task->stop_code);
        json_key_text(json, "stopped_reason", task->stopped_reason);
    }
    if (task->ended) {
        key_integer(json, "exit_code", task->exit_code);
    }
}

static void put_chosen(struct json *json, const struct record_stop_decision *decision)
{
    json_key(json, "chosen");
    json_open(json, '[');
    for (int i = 0; i < decision->chosen_count; i++) {
        json_text(json, decision->chosen[i]->id);
    }
    json_close(json, ']');
}

static void put_passed_over(struct json *json, const struct record_stop_decision *decision)
{
    json_key(json, "passed_over");
    json_open(json, '[');
    for (int i = 0; i < decision->passed_over_count; i++) {
        const struct task *task = decision->passed_over[i];
        json_open(json, '{');
        json_key_text(json, "task", task->id);
        json_key_seconds(json, "protected_until_s", task->protection.expires_at);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_stop_decision(struct json *json, const void *record)
{
    const struct record_stop_decision *decision = record;
    key_service(json, decision->service);
    key_integer(json, "wanted", decision->wanted);
    put_chosen(json, decision);
    put_passed_over(json, decision);
    json_key_bool(json, "blocked", decision->blocked);
}

static void put_protection(struct json *json, const void *record)
{
    const struct record_protection *call = record;
    const struct protection_verdict_type *verdict = &protection_verdicts[call->verdict];
    key_task(json, call->task);
    json_key_text(json, "road", protection_roads[call->road]);
    json_key_text(json, "call", events_protection_names[call->operation]);
    if (call->operation == ENDPOINT_PUT_TRUE) {
        json_key_number(json, "minutes", call->minutes);
    }
    json_key_text(json, "answer", verdict->name != NULL ? verdict->name : "granted");
    key_integer(json, "http_status", verdict->http_status);
    if (call->operation == ENDPOINT_PUT_TRUE && call->verdict == PROTECTION_GRANTED && call->task != NULL) {
        json_key_seconds(json, "expires_s", call->task->protection.expires_at);
    }
}

static void put_protection_expired(struct json *json, const void *record)
{
    const struct record_protection_expired *expired = record;
    key_task(json, expired->task);
    json_key_bool(json, "busy", expired->busy);
}

static void put_desired(struct json *json, const void *record)
{
    const struct record_desired *change = record;
    key_service(json, change->service);
    key_integer(json, "from", change->from);
    key_integer(json, "to", change->to);
    json_key_text(json, "by", change->by);
}

static void put_delivery(struct json *json, const void *record)
{
    const struct record_delivery *delivery = record;
    json_key_text(json, "queue", delivery->queue->config.name);
    json_key_text(json, "what", delivery->what);
    key_task(json, delivery->task);
    if (delivery->message != NULL) {
        json_key_seconds(json, "sent_s", delivery->message->sent_at);
        key_integer(json, "receive_count", delivery->message->receive_count);
    }
    json_key_seconds(json, "work_lost_s", delivery->work_lost_ns);
    if (delivery->work_lost_ns > 0 || strcmp(delivery->what, "cut") == 0) {
        json_key_text(json, "cause", cause_names[delivery->cause]);
    }
}

static void put_sessions_cut(struct json *json, const void *record)
{
    const struct record_sessions_cut *cut = record;
    key_task(json, cut->task);
    key_integer(json, "count", cut->count);
    json_key_text(json, "cause", cause_names[cut->cause]);
}

static void put_alarm_made(struct json *json, const void *record)
{
    const struct record_alarm_made *made = record;
    key_service(json, alarm_service(made->alarm));
    json_key_text(json, "policy", made->policy != NULL ? policy_name(made->policy) : NULL);
    json_key_text(json, "alarm", alarm_name(made->alarm));
    json_key_text(json, "metric", made->metric);
    json_key_seconds(json, "period_s", made->period);
    key_integer(json, "evaluation_periods", made->rule->n);
    key_integer(json, "datapoints_to_alarm", made->rule->m);
    json_key_text(json, "comparison", comparison_names[made->rule->comparison]);
    json_key_number(json, "threshold", made->rule->threshold);
    json_key_text(json, "treat_missing_data", alarm_missing_names[made->rule->missing]);
}

/* Where there is no datapoint the value is null. */
static void put_alarm_seen(struct json *json, const void *record)
{
    const struct record_alarm_seen *seen = record;
    json_key_text(json, "alarm", alarm_name(seen->alarm));
    json_key_seconds(json, "start_s", seen->point.start);
    json_key_number(json, "value", seen->point.present ? seen->point.value : NAN);
}

static void put_waterfall(struct json *json, const void *record)
{
    const struct record_waterfall *scale_out = record;
    const struct waterfall *waterfall = scale_out->waterfall;
    key_service(json, scale_out->service);
    json_key_text(json, "policy", policy_name(scale_out->policy));
    json_key_text(json, "alarm", alarm_name(waterfall->alarm));
    key_integer(json, "from", waterfall->from);
    key_integer(json, "to", waterfall->to);
    json_key_seconds(json, "load_changed_s", waterfall->load_changed_at);
    json_key_seconds(json, "measured_s", waterfall->measured_at);
    json_key_seconds(json, "published_s", waterfall->published_at);
    json_key_seconds(json, "alarm_s", waterfall->alarmed_at);
    json_key_seconds(json, "decided_s", waterfall->decided_at);
    json_key_seconds(json, "started_s", waterfall->started_at);
    json_key_seconds(json, "ready_s", waterfall->ready_at);
}

static void put_points(struct json *json, const struct record_alarm *change)
{
    json_key(json, "points");
    json_open(json, '[');
    for (int i = 0; i < change->point_count; i++) {
        const struct alarm_point *point = &change->points[i];
        json_open(json, '[');
        json_number(json, sim_seconds(point->start));
        json_number(json, point->present ? point->value : NAN);
        json_close(json, ']');
    }
    json_close(json, ']');
}

static void put_alarm(struct json *json, const void *record)
{
    const struct record_alarm *change = record;
    key_service(json, change->service);
    json_key_text(json, "alarm", alarm_name(change->alarm));
    json_key_text(json, "from", alarm_state_names[change->from]);
    json_key_text(json, "to", alarm_state_names[change->to]);
    json_key_text(json, "reason", change->reason);
    put_points(json, change);
}

static void put_activity(struct json *json, const void *record)
{
    const struct record_activity *activity = record;
    key_service(json, activity->service);
    key_integer(json, "id", (int64_t)activity->id);
    json_key_bool(json, "begun", activity->begun);
    json_key_text(json, "status_code", activity->status_code);
    json_key_text(json, "description", activity->description);
    json_key_text(json, "cause", activity->cause);
    json_key_text(json, "status_message", activity->status_message);
    json_key_text(json, "not_scaled", activity->not_scaled >= 0 ? not_scaled_codes[activity->not_scaled] : NULL);
    json_key_seconds(json, "started_s", activity->started_at);
    json_key_seconds(json, "ended_s", activity->begun ? -1 : activity->ended_at);
}

/* What a custom policy was given. */
static void put_data(struct json *json, const struct record_decision *decision)
{
    if (decision->data_count == 0) {
        return;
    }
    json_key(json, "data");
    json_open(json, '{');
    for (int i = 0; i < decision->data_count; i++) {
        json_key_number(json, decision->data_ids[i], decision->data[i]);
    }
    json_close(json, '}');
}

static void put_decision(struct json *json, const void *record)
{
    const struct record_decision *decision = record;
    key_service(json, decision->service);
    json_key_text(json, "policy", policy_name(decision->policy));
    json_key_text(json, "alarm", decision->alarm != NULL ? alarm_name(decision->alarm) : NULL);
    json_key_number(json, "metric", decision->metric);
    key_integer(json, "capacity", decision->capacity);
    key_integer(json, "desired", decision->desired);
    json_key_text(json, "formula", decision->formula);
    json_key_number(json, "proposed", decision->proposed >= 0 ? decision->proposed : (double)NAN);
    key_integer(json, "result", decision->result);
    json_key_text(json, "why", decision->why);
    json_key_seconds(json, "data_from_s", decision->data_from);
    json_key_seconds(json, "data_to_s", decision->data_to);
    put_data(json, decision);
}

static void put_deployment(struct json *json, const void *record)
{
    const struct record_deployment *change = record;
    const struct deployment *deployment = change->deployment;
    key_service(json, change->service);
    json_key_text(json, "deployment", deployment->id);
    json_key_text(json, "task_definition", deployment->definition->name);
    json_key_text(json, "status", deployment_status_names[deployment->status]);
    json_key_text(json, "rollout_state", rollout_state_names[deployment->rollout_state]);
    json_key_text(json, "lifecycle_stage", lifecycle_stage_names[deployment->stage]);
    if (deployment->stage != STAGE_NONE) {
        json_key_number(json, "traffic_percent", deployment->traffic_permille / 10.0);
    }
    json_key_text(json, "reason", deployment->reason);
    json_key_bool(json, "rollback", deployment->rolls_back);
    json_key_number(json, "running_count", deployment->running_count);
    json_key_seconds(json, "created_s", deployment->created_at);
}

static void put_tasks(struct json *json, struct task *const *tasks, int count)
{
    json_key(json, "tasks");
    json_open(json, '[');
    for (int i = 0; i < count; i++) {
        json_text(json, tasks[i]->id);
    }
    json_close(json, ']');
}

static void put_disruption(struct json *json, const void *record)
{
    const struct record_disruption *disruption = record;
    key_service(json, disruption->service);
    json_key_text(json, "cause", disruption_names[disruption->cause]);
    json_key_text(json, "what", disruption->what);
    put_tasks(json, disruption->tasks, disruption->task_count);
    json_key_seconds(json, "until_s", disruption->until);
}

static void put_instance(struct json *json, const void *record)
{
    const struct instance *instance = record;
    json_key_text(json, "instance", instance->id);
    json_key_text(json, "what", instance_status_names[instance->status]);
    json_key_text(json, "group", instance->group->config.name);
    json_key_text(json, "instance_type", instance->type->name);
    json_key_text(json, "zone", instance_zone_name(instance));
    key_integer(json, "tasks", instance->task_count);
}

static void put_capacity(struct json *json, const void *record)
{
    const struct record_capacity *change = record;
    json_key_text(json, "capacity_provider", change->provider->config.name);
    json_key_text(json, "group", change->provider->config.group->config.name);
    json_key_number(json, "reservation_percent", change->reservation_percent);
    key_integer(json, "from", change->from);
    key_integer(json, "to", change->to);
}

static void put_scale_in_held(struct json *json, const void *record)
{
    const struct record_scale_in_held *held = record;
    json_key_text(json, "group", held->group->config.name);
    key_integer(json, "wanted", held->wanted);
    key_integer(json, "instances", held->group->instance_count);
    json_key_text(json, "reason", held->reason);
}

static void put_placement(struct json *json, const void *record)
{
    const struct task *task = record;
    key_task(json, task);
    json_key_text(json, "instance", task->instance->id);
    json_key_text(json, "zone", task_zone_name(task));
}

static void put_log(struct json *json, const void *record)
{
    const struct record_log *log = record;
    key_task(json, log->task);
    json_key_text(json, "text", log->text);
}

static void put_warning(struct json *json, const void *record)
{
    const struct record_warning *warning = record;
    json_key_text(json, "subject", warning->subject);
    json_key_text(json, "text", warning->text);
}

/* By kind of record; those without a name have a file of their own. */
static const struct {
    const char *name;
    void (*put)(struct json *json, const void *record);
} forms[RECORD_KIND_COUNT] = {
    [RECORD_SERVICE_EVENT] = { "service_event", put_service_event },
    [RECORD_TASK_STATUS] = { "task", put_task_status },
    [RECORD_STOP_DECISION] = { "stop_decision", put_stop_decision },
    [RECORD_PROTECTION] = { "protection", put_protection },
    [RECORD_PROTECTION_EXPIRED] = { "protection_expired", put_protection_expired },
    [RECORD_DESIRED] = { "desired", put_desired },
    [RECORD_DELIVERY] = { "delivery", put_delivery },
    [RECORD_SESSIONS_CUT] = { "sessions_cut", put_sessions_cut },
    [RECORD_ALARM] = { "alarm", put_alarm },
    [RECORD_ALARM_MADE] = { "alarm_made", put_alarm_made },
    [RECORD_ALARM_SEEN] = { "alarm_seen", put_alarm_seen },
    [RECORD_WATERFALL] = { "scale_out_waterfall", put_waterfall },
    [RECORD_ACTIVITY] = { "activity", put_activity },
    [RECORD_DECISION] = { "decision", put_decision },
    [RECORD_DEPLOYMENT] = { "deployment", put_deployment },
    [RECORD_DISRUPTION] = { "disruption", put_disruption },
    [RECORD_INSTANCE] = { "instance", put_instance },
    [RECORD_CAPACITY] = { "capacity", put_capacity },
    [RECORD_SCALE_IN_HELD] = { "scale_in_held", put_scale_in_held },
    [RECORD_PLACEMENT] = { "placement", put_placement },
    [RECORD_LOG] = { "log", put_log },
    [RECORD_WARNING] = { "warning", put_warning },
};

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    struct text *text = context;
    struct json json;
    json_init(&json, text);
    json_open(&json, '{');
    json_key_seconds(&json, "time_s", now);
    json_key_text(&json, "kind", forms[kind].name);
    forms[kind].put(&json, record);
    json_close(&json, '}');
    text_char(text, '\n');
}

void events_observe(struct world *world, struct text *text)
{
    uint64_t kinds = 0;
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        kinds |= forms[kind].put != NULL ? RECORD_BIT(kind) : 0;
    }
    trace_observe(sim_trace(world->sim), kinds, on_record, text);
}
