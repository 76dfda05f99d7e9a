/* What the model tells its observers: the kinds of trace records and their contents (borrowed until the call returns). */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stdbool.h>

#include "engine/trace.h"
#include "model/cause.h"
#include "model/disruption.h"
#include "model/endpoint.h"
#include "model/service.h"
#include "model/queue.h"

enum record_kind {
    RECORD_SERVICE_EVENT,         /* struct record_service_event */
    RECORD_TASK_STATUS,           /* struct record_task_status */
    RECORD_TASK_END,              /* const struct task *: STOPPED, or still alive at the end of the run */
    RECORD_STOP_DECISION,         /* struct record_stop_decision: a pass of the scheduler that wanted to stop tasks */
    RECORD_PROTECTION,            /* struct record_protection: a request and its answer */
    RECORD_PROTECTION_EXPIRED,    /* struct record_protection_expired */
    RECORD_DESIRED,               /* struct record_desired: the desired count changed */
    RECORD_DELIVERY,              /* struct record_delivery: a message delivered again, overtaken, lost */
    RECORD_SESSIONS_CUT,          /* struct record_sessions_cut: at one instant, of one task */
    RECORD_ALARM,                 /* struct record_alarm (alarm.h) */
    RECORD_ALARM_MADE,            /* struct record_alarm_made (alarm.h) */
    RECORD_ALARM_SEEN,            /* struct record_alarm_seen (alarm.h): the newest datapoint that it sees has changed */
    RECORD_WATERFALL,             /* struct record_waterfall (scaling.h) */
    RECORD_ACTIVITY,              /* struct record_activity (scaling.h): begun or ended, or not scaled */
    RECORD_DECISION,              /* struct record_decision (scaling.h): every evaluation of every policy */
    RECORD_DEPLOYMENT,            /* struct record_deployment */
    RECORD_DISRUPTION,            /* struct record_disruption */
    RECORD_INSTANCE,              /* const struct instance * (instance.h): launched, or of another status */
    RECORD_CAPACITY,              /* struct record_capacity: managed scaling changed a group's desired capacity */
    RECORD_SCALE_IN_HELD,         /* struct record_scale_in_held: a group has too many instances and may let none go */
    RECORD_PLACEMENT,             /* const struct task *: placed on task->instance */
    RECORD_MINUTE,                /* struct record_minute: one timeline row */
    RECORD_LOG,                   /* struct record_log: sim.log */
    RECORD_WARNING,               /* struct record_warning */
    RECORD_KIND_COUNT
};

#define RECORD_BIT(kind) (UINT64_C(1) << (kind))
#define RECORD_ALL ((UINT64_C(1) << RECORD_KIND_COUNT) - 1)

struct auto_scaling_group;
struct capacity_provider;

struct record_service_event {
    const struct service *service;
    const char *text;
};

struct record_task_status {
    const struct task *task;      /* task->status is the new one; ready, stop_decided etc. as they are */
    const char *what;             /* "created" "pull" "running" "ready" "stop_decided" "deregistered" "sigterm" "sigkill" "lost"
                                     "exit" "failed_to_start" "execution_stopped" "stopped" */
};

struct record_stop_decision {
    const struct service *service;
    int wanted;
    const struct task *const *chosen;
    int chosen_count;
    const struct task *const *passed_over;   /* protected tasks */
    int passed_over_count;
    bool blocked;
};

struct record_protection {
    const struct task *task;
    enum protection_road road;
    enum endpoint_operation operation;
    double minutes;
    enum protection_verdict verdict;
};

struct record_protection_expired {
    const struct task *task;
    bool busy;
};

struct record_desired {
    const struct service *service;
    int from, to;
    const char *by;               /* "auto scaling" "update_service" "delete_service" "daemon" */
};

struct record_delivery {
    const struct queue *queue;
    const struct message *message;
    const struct task *task;      /* receiver, or the task whose attempt ended; NULL: no task has part in it */
    const char *what;             /* "visible_again" "redelivered" "overtaken" "cut" "given_up" "expired" "dead_lettered"
                                     "stale_delete" "duplicate" */
    enum cause cause;             /* of a cut */
    int64_t work_lost_ns;
};

struct record_sessions_cut {
    const struct task *task;
    int count;
    enum cause cause;
};

struct record_capacity {
    const struct capacity_provider *provider;
    double reservation_percent;
    int from, to;
};

struct record_scale_in_held {
    const struct auto_scaling_group *group;
    int wanted;                   /* instances too many */
    const char *reason;           /* what protects all that it has: "tasks" "new_instances_protected_from_scale_in" */
};

struct record_deployment {
    const struct service *service;
    const struct deployment *deployment;
};

/* A disruption strikes. What its cause has no use for is NULL or 0. */
struct record_disruption {
    enum disruption_cause cause;
    const struct service *service;
    struct task *const *tasks;    /* that it hits at once */
    int task_count;
    const char *what;             /* "FARGATE_SPOT in zone b": what it is about, if no tasks in particular */
    sim_time until;               /* -1: it does not last */
};

/* Fleet states are time-weighted means over the minute that ends now; the rest are values at this instant. */
struct record_minute {
    const struct service *service;           /* NULL: a row of a queue that is not the service's first */
    const struct queue *queue;    /* the row's queue; NULL: none */
    const struct target_group *target_group; /* without a queue: visible are requests that wait for a slot, in flight those in one */
    double state[STATE_COUNT];
    int desired, running, pending, min_capacity, max_capacity;
    int old_running;              /* of `running`, those of revisions other than the PRIMARY's */
    bool blocked;                 /* every task that the scheduler wants to stop is protected */
    double cpu_percent, memory_percent;      /* NaN without running tasks */
    int64_t visible, in_flight, delayed;
    double oldest_age_s;
    int64_t sessions;             /* open, of the service's tasks */
    double cost_usd, cost_cumulative_usd;    /* of the minute; since the start */
};

struct record_log {
    const struct task *task;      /* NULL: outside a container */
    const char *text;
};

struct record_warning {
    const char *subject;          /* "queue jobs" */
    const char *text;
};

#endif
