/* An ECS service: its scheduler drives running tasks to the desired count, pass by pass. */
#ifndef MODEL_SERVICE_H
#define MODEL_SERVICE_H

#include <stdbool.h>

#include "engine/level.h"
#include "engine/rng.h"
#include "engine/tally.h"
#include "model/assumption.h"
#include "model/capacity.h"
#include "model/cost.h"
#include "model/deployment.h"
#include "model/launch.h"
#include "model/notice.h"
#include "model/rebalancing.h"
#include "model/session.h"
#include "model/task.h"

struct world;
struct scalable_target;
struct target_group;
struct instance_settings;

enum { SERVICE_ZONES_MAX = 16, SERVICE_TARGET_GROUPS_MAX = 5 };   /* SCHED-30 */

struct service_config {
    const char *name, *cluster;
    const struct task_definition *definition;
    int desired_count;            /* SCHED-29: 0..5000 */
    const char *zones[SERVICE_ZONES_MAX];    /* names of subnets' zones */
    int zone_count;
    struct capacity_strategy strategy;       /* CAP-01; empty: launch type FARGATE */
    struct instance_settings *instances;     /* of a service on container instances (seating.h); NULL: on Fargate */
    struct deployment_configuration deployment;
    struct target_group *target_groups[SERVICE_TARGET_GROUPS_MAX];
    int target_group_count;
    sim_time health_check_grace;  /* SCHED-09 */
    bool zone_rebalancing;        /* SCHED-39 */
    bool is_external;             /* its deployments are task sets (task_set.h) */
    bool cpu_high_resolution, memory_high_resolution;    /* TT-23: utilisation reported every 20 s */
};

struct service_books {
    struct level state[STATE_COUNT];         /* tasks in each state */
    struct level running;         /* RUNNING tasks, DEACTIVATING and STOPPING ones until their container has ended */
    struct level active;          /* RUNNING and not stopping: ECS's runningCount */
    struct level desired, ready, protected_tasks;
    struct level busy_running, busy_protected;   /* busy RUNNING tasks; of these, protected ones */
    struct level slots, busy_slots;          /* of RUNNING tasks */
    struct level held;            /* min(surplus, protected) */
    struct level need, under, over;          /* need(t), max(0, need - ready), max(0, ready - need) */
    struct level short_of_need;   /* 1 while ready < need */
    struct level blocked;         /* 1 while every victim wanted is protected */
    struct level overlap;         /* RUNNING tasks of old revisions, while one of the new revision is RUNNING */
    struct level below_healthy;   /* 1 while a pass of a deployment sees fewer healthy tasks than the lower bound */
    sim_time deploy_longest;      /* from UpdateService to COMPLETED; -1: none */
    struct level at_min, at_max;  /* 1 while desired is at the scalable target's bound */
    int64_t jobs_alone;           /* J(t) of outputs.md: jobs that would be in progress if each ran alone */
    uint64_t busy_stops[CAUSE_TASK_COUNT];
    uint64_t stops[CAUSE_TASK_COUNT];
    struct session_books sessions;           /* those that clients opened straight to its tasks */
    uint64_t tasks_created, expired_busy;
    uint64_t protect_calls[ROAD_COUNT];
    uint64_t protect_throttled, protect_rejected, protect_failed;
    uint64_t protect_peak, protect_this_second;
    sim_time protect_second;
    uint64_t actions_out, actions_in, reversals;
    int last_action;              /* +1, -1, 0: none yet */
    sim_time last_action_at;
    uint64_t not_scaled[5];       /* by enum not_scaled (scaling.h) */
    struct tally time_to_ready;   /* ns */
    struct cost_account *accounts;           /* one per size; window */
    int account_count, account_room;
    wide cost_before_pico;        /* billed before the window, for the timeline's running sum */
};

enum service_status { SERVICE_ACTIVE, SERVICE_DRAINING, SERVICE_INACTIVE };   /* DRAINING: deleted, tasks are left */
extern const char *const service_status_names[];     /* AWS's words */

struct service {
    struct world *world;
    struct service_config config;
    const char *name;
    struct assumptions assumptions;          /* the run's, or with the service's own overrides */
    int index;                    /* in world->services */
    bool is_standalone;           /* no service at all, but the books of a family's standalone tasks (standalone.h) */
    enum service_status status;
    int desired_count;
    struct deployment *deployments;          /* newest first: PRIMARY, then the ACTIVE ones; standalone: none */
    struct deployment *last_completed;       /* of those that are INACTIVE, the newest that was COMPLETED; NULL: none */
    uint64_t deployments_begun;
    struct task *first, *last;    /* tasks not yet STOPPED, oldest first */
    int pending_count, running_count;        /* as ECS counts them: not stopping */
    bool blocked;                 /* PROT-78 */
    sim_time blocked_since;
    bool out_of_memory_warned;
    sim_timer pass_timer;
    bool polls;                   /* the pass that is due is none that a change asked for (service_poll) */
    struct launch_state launching;
    struct rebalancing rebalancing;
    const char *task_stream;      /* name of the tasks' random streams */
    uint64_t tasks_started;       /* index of the next one */
    struct rng rng;
    struct notices notices;
    struct scalable_target *target;          /* NULL: not registered */
    struct service_books books;
    wide minute_area[STATE_COUNT];           /* of books.state at the last minute's end */
    wide minute_cost_pico;
};

/* A service, empty at first; its first pass follows after the ECS reaction latency. Takes a copy of `assumptions`. */
struct service *service_create(struct world *world, const struct service_config *config,
                               const struct assumptions *assumptions);

/* UpdateService desiredCount, by hand or by auto scaling: decides `blocked` anew and restarts the grid of passes (SCHED-18). */
/* `by`: "update_service" or "auto scaling", for the record. */
void service_set_desired(struct service *service, int desired_count, const char *by);

/* UpdateService with a task definition, or with forceNewDeployment: a deployment begins (DEPLOY-05), unless
 * deployment_refusal() has a reason against it. */
void service_deploy(struct service *service, const struct task_definition *definition);

/* UpdateService with a capacity provider strategy: it holds for tasks to come and starts no deployment (DEPLOY-05). */
void service_set_strategy(struct service *service, const struct capacity_strategy *strategy);

/* DeleteService. Without `force` it is refused while tasks are desired or run: the reason, NULL if there is none (PROT-47).
 * With it the tasks are stopped, protected or not (PROT-48, PROT-89). Auto scaling leaves the service alone from now on. */
const char *service_deletion_refusal(const struct service *service, bool force);
void service_delete(struct service *service, bool force);

/* ECS's steady state: running == desired and nothing pending; tasks that are stopping do not count (SCHED-19). */
bool service_is_steady(const struct service *service);

/* A pass found that all tasks it wants to stop are protected, or that none is (PROT-78). */
void service_set_blocked(struct service *service, bool blocked);

/* No service, but the books of standalone tasks of a family, under `name`: no scheduler, no deployments. */
struct service *service_create_standalone(struct world *world, const char *name, const struct task_definition *definition);

/* A task of the service changed its status or protection; keeps counts and books. */
void service_task_changed(struct service *service, struct task *task);

/* It reached STOPPED and is about to be forgotten. */
void service_task_gone(struct service *service, struct task *task);

/* A job came in that, served alone, would be in progress from now on (+1), or would have ended (-1): need(t). */
void service_add_job_alone(struct service *service, int change);

int service_protected_count(const struct service *service);

/* Everything billed so far, 10^-12 USD: jobs in progress counted as useful. */
wide service_cost_pico(struct service *service);

/* Under reconcile_trigger = state_change: a pass soon, unless one is due already. */
void service_request_pass(struct service *service);

/* There, too: what is under way changes by time alone. A pass in reconcile_s at the latest, unless one is due already. */
void service_poll(struct service *service);

void service_end_of_warm_up(struct service *service);
void service_finish(struct service *service);        /* free what the arena does not own */

#endif
