/* A deployment: one revision of a service on its way in, in force, or on its way out (DEPLOY-..). */
#ifndef MODEL_DEPLOYMENT_H
#define MODEL_DEPLOYMENT_H

#include <stdbool.h>

#include "engine/simtime.h"
#include "model/cause.h"
#include "model/traffic_shift.h"
#include "model/launch.h"

struct alarm;
struct service;
struct task;
struct task_definition;

/* DEPLOY-15 */
enum deployment_status { DEPLOYMENT_PRIMARY, DEPLOYMENT_ACTIVE, DEPLOYMENT_INACTIVE };
extern const char *const deployment_status_names[];
enum rollout_state { ROLLOUT_IN_PROGRESS, ROLLOUT_COMPLETED, ROLLOUT_FAILED };
extern const char *const rollout_state_names[];

/* DEPLOY-19: what the circuit breaker waits for. */
enum breaker_stage { BREAKER_FIRST_RUNNING, BREAKER_FIRST_HEALTHY, BREAKER_PASSED };

enum { DEPLOYMENT_ALARMS_MAX = 10 };

enum deployment_strategy { STRATEGY_ROLLING, STRATEGY_BLUE_GREEN, STRATEGY_LINEAR, STRATEGY_CANARY };   /* DEPLOY-25 */

struct deployment_configuration {
    int strategy;                 /* enum deployment_strategy */
    int minimum_healthy_percent, maximum_percent;    /* DEPLOY-01, DEPLOY-02 */
    bool breaker_enabled, breaker_rollback;          /* DEPLOY-18..22 */
    int breaker_threshold;        /* 0: half of the desired count, by the assumption cb_min */
    bool alarms_enabled, alarms_rollback;            /* DEPLOY-23 */
    const char *alarm_names[DEPLOYMENT_ALARMS_MAX];
    int alarm_count;
    double bake_minutes;          /* DEPLOY-24; below 0: by the alarms */
    double step_percent, step_bake_minutes;          /* DEPLOY-28 */
    double canary_percent, canary_bake_minutes;      /* DEPLOY-29 */
    bool early_success_enabled;   /* DEPLOY-14 */
    int early_success_percent;
    int deferred_cleanup;         /* boolean: SourceServiceRevisionCleanup DEFERRED */
    double time_limit_s;          /* DEPLOY-47: after which what deploys from outside rolls back; 0: never */
};
extern const struct deployment_configuration deployment_configuration_default;

struct deployment {
    char id[40];                  /* ecs-svc/<19 digits> */
    struct service *service;
    const struct task_definition *definition;
    struct deployment *older;     /* in service->deployments, and after that in the list of what was */
    enum deployment_status status;
    enum rollout_state rollout_state;
    const char *reason;           /* of the rollout state, in AWS's words; NULL: none */
    bool was_completed;           /* once: a rollback may return to it (DEPLOY-21) */
    bool rolls_back;              /* it is the target of a rollback in progress */
    int desired_count;            /* tasks of this revision that the scheduler keeps up */
    int active_count;             /* tasks that are neither stopping nor ended: pending and running */
    int pending_count, running_count;        /* the same as ECS counts them */
    int living_count;             /* tasks not yet STOPPED */
    bool digests_resolved;        /* DEPLOY-11 */
    int failed_tasks;             /* DEPLOY-20: of the breaker's first stage; consecutive */
    struct launch_backoff backoff;           /* SCHED-26 */
    int failed_health;            /* of its second one */
    enum breaker_stage breaker_stage;
    bool alarms_watched;          /* DEPLOY-23 */
    bool alarms_sought;           /* those that do not exist have been told */
    int recorded_wanted, recorded_passed_over;   /* of the last stop decision in the trace */
    sim_time asked_at;            /* UpdateService, of the one that it rolls back, too; -1: with its service */
    sim_time begun_at;            /* its rollout in progress: later than created_at after a rollback to it */
    sim_time created_at, completed_at;       /* -1: not completed */
    sim_time baking_since;        /* DEPLOY-24; -1: not yet */
    enum lifecycle_stage stage;   /* of what is no rolling deployment */
    sim_time stage_since;
    int traffic_step, traffic_permille;      /* its share of the requests since that step */
    int ring;                     /* of the target groups' two: where its tasks get their requests */
    int scale_milli;              /* of a task set (task_set.h), in 1/1000 per cent */
    bool leaves;                  /* a task set that was deleted */
    const char *stop_reason;      /* stoppedReason of the tasks that the scheduler stops for it (PROT-51) */
    const char *rebalance_reason; /* and of those that an AZ rebalancing stops */
};

/* DEPLOY-46, PROT-92: the text of the refusal of one more deployment now; NULL: there may be one. */
const char *deployment_refusal(const struct service *service);

/* A new PRIMARY deployment of `definition`; the one before becomes ACTIVE. The world's arena owns it. */
struct deployment *deployment_begin(struct service *service, const struct task_definition *definition);

/* For task_set.c: one that is in no list yet; out of its service's list; a line of the trace. */
struct deployment *deployment_create(struct service *service, const struct task_definition *definition);
void deployment_unlink(struct deployment *deployment);
void deployment_tell(const struct deployment *deployment);

/* After each pass, and when a task has gone: completion, failure, rollback, clean-up. */
void deployment_watch(struct service *service);

/* The breaker's news (DEPLOY-18..20): a task of it stopped without having reached RUNNING, reached RUNNING, is replaced
 * because its health checks failed. */
void deployment_task_failed(struct deployment *deployment);
void deployment_task_running(struct deployment *deployment);
void deployment_task_unhealthy(struct deployment *deployment);

/* Is the service between two revisions, or on its way to its first one (AAS-22)? */
bool deployment_in_progress(const struct service *service);

/* Active tasks of revisions other than the PRIMARY's. */
int deployment_active_old(const struct service *service);

/* DEPLOY-12: the service's desired count rises from `before` while old revisions still have tasks. */
void deployment_share_scale_out(struct service *service, int before);

/* DEPLOY-26: whole, beside a newer revision, is an old one with as many tasks as the service desires now. */
void deployment_trim_old(struct service *service);

/* DEPLOY-18: how many failures trip the breaker, pure. */
int deployment_breaker_threshold(int desired_count, int least);

/* DEPLOY-14: how many healthy tasks are enough, pure. */
int deployment_early_success(int desired_count, int healthy_percent);

/* DEPLOY-01: bounds of the service's tasks, pure. */
int deployment_lower_bound(int desired_count, int minimum_healthy_percent);
int deployment_upper_bound(int desired_count, int maximum_percent);

#endif
