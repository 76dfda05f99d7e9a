/* One ECS task, on Fargate or on a container instance: its life, its container, the work in it, its clock for the books. */
#ifndef MODEL_TASK_H
#define MODEL_TASK_H

#include <stdbool.h>

#include "engine/dist.h"
#include "engine/rng.h"
#include "engine/sim.h"
#include "model/app.h"
#include "model/assumption.h"
#include "model/cause.h"
#include "model/cost.h"
#include "model/health.h"
#include "model/job.h"
#include "model/process.h"
#include "model/protection.h"
#include "model/token_bucket.h"

struct world;
struct service;
struct deployment;
struct queue;
struct request;
struct session;
struct target;
struct hazard;
struct instance;
struct capacity_provider;

enum architecture { ARCHITECTURE_X86_64, ARCHITECTURE_ARM64 };
enum capacity { CAPACITY_FARGATE, CAPACITY_FARGATE_SPOT, CAPACITY_EC2, CAPACITY_COUNT };

/* A revision of a family. Lives in the world's arena. */
struct task_definition {
    const char *family;
    int revision;
    int cpu_units, memory_mib;    /* on Fargate a pair that it sells (COST-03) */
    int ephemeral_storage_gib;
    enum architecture architecture;
    bool windows;                 /* operating system family; else Linux */
    bool shares_cpu;              /* on an instance: may use what no task has reserved there (METRIC-05) */
    int interfaces;               /* on an instance: network interfaces of its own, 1 in network mode awsvpc (PLACE-05) */
    int stop_timeout_s;           /* SCHED-08 */
    int slots;                    /* jobs, requests, sessions at once */
    struct dist startup;          /* from RUNNING until the program starts */
    struct dist pull;             /* image pull; has_pull false: the assumption pull_s */
    bool has_pull;
    double pull_error_p;          /* probability that a task's image cannot be pulled */
    struct health_rule health_check;                /* of the container (SCHED-10) */
    double cpu_percent, memory_percent;             /* of one running job or session (METRIC-08) */
    double idle_cpu_percent, idle_memory_percent;   /* what the program takes anyway; negative: the assumption */
    struct queue **queues;        /* handed to the program */
    int queue_count;
    struct app *app;
    void *script;                 /* the scripting layer's own */
    const char *name;             /* "family:revision" */
};

enum task_status {                /* SCHED-01 */
    TASK_PROVISIONING, TASK_PENDING, TASK_ACTIVATING, TASK_RUNNING, TASK_DEACTIVATING, TASK_STOPPING,
    TASK_DEPROVISIONING, TASK_STOPPED
};
extern const char *const task_status_names[];       /* AWS's words */

/* Every task-second is in exactly one of these (outputs.md section 1). */
enum task_state {
    STATE_DRAINING, STATE_PENDING, STATE_PROTECTED_BUSY, STATE_BUSY, STATE_PROTECTED_IDLE, STATE_IDLE, STATE_COUNT
};
extern const char *const task_state_names[STATE_COUNT];

/* One running piece of work: all that is left of a job, or some seconds of CPU. In the process that waits for it, or in the
 * job itself where no process does. */
struct work {
    struct task *task;
    struct process *process;      /* NULL: `finished` is called instead of resuming it */
    void (*finished)(struct work *work);
    struct job *job;              /* NULL: work that belongs to no job */
    int64_t due, settled;         /* on the task's work clock: when it is finished; to where its job knows what was done */
    uint64_t order;               /* of beginning, among works that are due together */
    size_t place;                 /* in the task's heap */
    int64_t done_ns;              /* done in this call, as of `settled` */
    int64_t demand;               /* CPU asked for, in 1/1000 per cent of the task's */
    struct work *next;            /* among works that have just finished */
};

/* Oldest first. */
struct request_list {
    struct request *first, *last;
};

/* What a program does with requests (request.h) and sessions (session.h). Either of the latter must not end the session. */
struct serving_program {
    void (*take)(struct request *request);   /* NULL: works on it and answers */
    void (*connected)(struct session *session);      /* NULL: nobody looks */
    void (*disconnected)(struct session *session);   /* it ends for another reason than the container's end */
};

/* Those that the task holds. */
struct serving {
    bool begun, ended;            /* ended: after SIGTERM, the last one answered, the last session gone */
    struct serving_program program;
    struct process *process;      /* resumes at the end; NULL: the container exits */
    struct request_list waiting, served;     /* for a slot; in one */
};

struct task {
    struct world *world;
    struct service *service;      /* whose it is; of a standalone task the books of its family (standalone.h) */
    struct deployment *deployment;           /* NULL: standalone */
    const struct task_definition *definition;
    uint64_t serial;              /* 1, 2, ... in order of creation in this world */
    uint64_t index;               /* 0, 1, ... in order of creation in its service: of its random streams */
    uint32_t slot, handle;        /* (slot, serial of the entry) in world->tasks */
    char id[33];                  /* 32 hexadecimal digits, as in ECS's texts */
    int zone;                     /* index in the service's zones */
    enum capacity capacity;
    struct capacity_provider *provider;      /* CAPACITY_EC2: NULL with a launch type */
    struct instance *instance;    /* that it was placed on; NULL: on Fargate, or not yet */
    struct task *next_mate, *previous_mate;  /* on its instance, or among those that wait for one */
    unsigned holdings;            /* the instance's own: what it takes of it */
    bool waits;                   /* for an instance with room */
    struct task *next, *previous; /* in the service's list, oldest first */

    enum task_status status;
    bool ready;                   /* RUNNING, past its own start-up */
    bool stopping;                /* SIGTERM has been sent */
    bool stop_decided;            /* desiredStatus STOPPED */
    bool ended;                   /* the container has ended */
    bool been_ready;              /* it has been in service: what follows is no start-up any more */
    bool answers_unhealthy;       /* what its program says when its health is checked */
    struct health_check container_check;
    bool to_be_replaced;          /* for replace_cause: retirement, draining (SCHED-37, SCHED-38) */
    enum cause replace_cause;
    enum cause cause;             /* valid once stop_decided or ended */
    const char *stop_code;        /* SCHED-02 */
    const char *stopped_reason;
    int exit_code;
    sim_time created_at, pull_started_at, started_at, ready_at, stopping_at, sigterm_at, execution_stopped_at, stopped_at;
                                  /* -1 until it happens */
    struct protection protection;
    struct rng rng;               /* this task's own stream */
    bool pull_fails;
    sim_timer timer;              /* the next step of its life */
    sim_timer stop_timer;         /* SIGKILL */
    struct hazard *hazards;       /* disruptions drawn for it (disruption.h) */
    struct token_bucket endpoint_bucket;   /* PROT-25 */

    void *program;                /* the app's own, from start to end */
    struct process_link processes;
    struct attempt *attempts;     /* in progress, linked by next_in_task */
    int attempt_count;            /* slots taken by attempts, and by requests being served */
    struct session *first_session, *last_session;    /* open, oldest first */
    int sessions;                 /* how many: each occupies a slot, too */
    uint64_t sessions_served, sessions_cut;  /* so far; of these, those that were cut */
    struct target *targets;       /* in target groups; NULL: not registered, or no longer */
    bool deregistered;            /* its targets drain */
    struct serving serving;

    struct work **works;          /* running, sharing the CPU: a heap, the first one to finish at its top */
    size_t work_count, work_room;
    uint64_t works_begun;
    int64_t demand_sum;           /* of the running works and open sessions, 1/1000 per cent */
    int64_t cpu_limit;            /* what they may have, 1/1000 per cent: 100, or more where the CPU is shared */
    int64_t work_clock;           /* shows what each work has done that ran all the time: they all run at one speed */
    sim_time work_since;          /* the instant at which it showed that */
    sim_timer work_timer;         /* the next of them to finish */

    /* Accumulators for metrics: integral of CPU use since cpu_sampled_at, in 1/1000 per cent x ns. */
    wide cpu_area;
    sim_time cpu_since, cpu_sampled_at;
    int64_t cpu_now;              /* 1/1000 per cent */
    double cpu_period_sum;        /* written by the probe: sum, least, most of the samples of this period */
    double cpu_period_min, cpu_period_max, cpu_sample;   /* cpu_sample: the latest of them */
    int cpu_period_samples;

    /* Books: when the current state of the slots began, and what was charged to this task so far. */
    enum task_state state;
    sim_time state_since;
    sim_time state_ns[STATE_COUNT];
    struct cost_shares shares;    /* slot-nanoseconds by cost part */
    int account;                  /* in service->books.accounts */
    sim_time charged_until;
    enum cost_part idle_part;     /* what a free slot's time is booked as */
    int idle_slots;               /* free slots that are billed */
    int session_slots;            /* billed slots that sessions occupy */
    unsigned membership;          /* the service's own: in which of its counts this task is */
    enum task_state counted_state;
    int counted_slots, counted_busy_slots;
    int64_t work_useful_ns, work_lost_ns;
    int jobs_done;
};

/* A new task of `deployment` (NULL: standalone) in `zone`; it begins its life at once: PROVISIONING. The world owns it. */
struct task *task_create(struct service *service, struct deployment *deployment, const struct task_definition *definition,
                         int zone, enum capacity capacity);

/* The scheduler (or an operator, or a disruption) wants it gone. `reason` is kept for the run. SIGTERM, stop timeout,
 * SIGKILL follow (SCHED-06). Nothing happens if its stop was decided before. */
void task_stop(struct task *task, enum cause cause, const char *stop_code, const char *reason);

/* What it runs on is gone: the container ends at once, without SIGTERM (PROT-43). A stop that was decided before keeps its
 * cause. Nothing happens if the container has ended. */
void task_lose(struct task *task, enum cause cause, const char *stop_code, const char *reason);

/* The program ends by itself: 0 is CAUSE_EXIT, anything else CAUSE_CRASH (PROT-40). Ends the container at this instant;
 * called from the container's own process, which is finished when this returns. */
void task_exit(struct task *task, int code);

/* It ends by itself without having been RUNNING: stop code TaskFailedToStart. Keeps `reason` for the run. */
void task_fail_to_start(struct task *task, const char *reason);

/* Begin to work on `job` (its remaining work, at most `at_most_ns`), or, with job NULL, for `at_most_ns` of work that belongs
 * to no job. `work` must stay in place until `process` has resumed; the result is work->done_ns then. Processor sharing
 * where demands exceed 100 % (METRIC-08). */
void task_work(struct task *task, struct work *work, struct process *process, struct job *job, int64_t at_most_ns);

/* The same on all that is left of `job`, without a process: finished(work) is called when it is done. */
void task_work_alone(struct task *task, struct work *work, struct job *job, void (*finished)(struct work *work));
void work_withdraw(struct work *work);               /* of task_work_alone, before it has finished */

/* Book slot-time of an attempt in `task` to a part of the cost. */
void task_charge(struct task *task, enum cost_part part, wide slot_ns);

/* An attempt began or ended in `task`. */
void task_attempts_changed(struct task *task, int change);

/* A session began or ended in `task`. */
void task_sessions_changed(struct task *task, int change);

/* Book the time up to this instant. */
void task_flush_books(struct task *task);

/* The end of the run: close the books of a task that is still alive. */
void task_close_books(struct task *task);

/* Bring a job's numbers up to this instant. */
void job_settle(struct job *job);

/* The job ends, worked on or not: what works on it goes on and counts for no job. */
void job_forget(struct job *job);

/* At the end of the run, of a task that is still alive: free what neither arena nor pool owns. */
void task_finish(struct task *task);

/* For task.c: the CPU's clock and timer. */
void task_work_init(struct task *task);
void task_work_finish(struct task *task);
void task_work_start_clock(struct task *task, sim_time now);

/* Of a task that shares the CPU of its instance, in 1/1000 per cent of its own; every task begins with TASK_FULL_CPU. */
void task_set_cpu_limit(struct task *task, int64_t limit);
/* For aggregate.c: in the last `length` its requests took CPU, in 1/1000 per cent x ns, and there were some for so long. */
enum { TASK_FULL_CPU = 100 * 1000 };
void task_use_cpu(struct task *task, wide area, sim_time busy, sim_time length);
void task_work_session(struct task *task, int change);           /* one more that asks for CPU, or one fewer */

/* Mean CPU use since the last call, in per cent of the task's reservation. */
double task_sample_cpu(struct task *task);
double task_memory_percent(const struct task *task);

int task_slots_taken(const struct task *task);
bool task_is_busy(const struct task *task);

/* The work of its jobs in progress. */
struct task_load {
    int64_t left_ns;
    int64_t at_stake_ns;          /* done, not checkpointed, and lost if it is stopped now: the job outlasts the stop timeout */
};
struct task_load task_load_now(struct task *task);

/* Neither stopping nor ended: what ECS counts as pending or running. */
bool task_is_active(const struct task *task);

/* Ready in the sense of outputs.md section 1: its program runs, and is healthy in the target groups of its service. */
bool task_is_in_service(const struct task *task);

/* For instance.c: it was placed on task->instance; its container is started there, with its image in the cache or without. */
void task_seated(struct task *task);
void task_start_on_instance(struct task *task, bool cached);

/* What decides its price; for how long it is billed if its billing ends at `end`, which is when it is STOPPED, or before. */
struct cost_size task_cost_size(const struct task *task);
sim_time task_billable(const struct task *task, sim_time end);
bool task_bills_until_stopped(const struct task *task);

/* For service.c: a pass has found the task in DEACTIVATING; the whole deregistration delay begins (SCHED-06, SCHED-07). */
void task_deregister(struct task *task);
/* Recompute the state after a change, close the books of the old one. */
void task_changed(struct task *task);

const char *task_zone_name(const struct task *task);

#endif
