/* Elastic Load Balancing: target groups, the tasks behind them, and which of them a request goes to (ALB-..). One load
 * balancer stands before each target group. */
#ifndef MODEL_BALANCER_H
#define MODEL_BALANCER_H

#include <stdbool.h>

#include "engine/level.h"
#include "engine/rng.h"
#include "engine/sim.h"
#include "engine/sketch.h"
#include "model/health.h"
#include "model/job.h"
#include "model/routing.h"
#include "model/session.h"

struct world;
struct task;
struct service;
struct request;
struct target_group;
struct visitor;
struct aggregate;
struct aggregate_target;

enum target_state { TARGET_INITIAL, TARGET_HEALTHY, TARGET_UNHEALTHY, TARGET_DRAINING, TARGET_STATES };     /* ALB-11 */

enum stickiness {                 /* ALB-03, ALB-08: whose cookie binds a client to a target (visitor.h) */
    STICKY_OFF,
    STICKY_LB_COOKIE,             /* the load balancer's, renewed with every answer */
    STICKY_APP_COOKIE             /* the program's, set by the target's first answer */
};

struct target_group_config {
    const char *name;
    sim_time deregistration_delay;           /* ALB-01: 0..1 h */
    sim_time idle_timeout;        /* ALB-08: 1..4000 s */
    sim_time client_keep_alive;   /* ALB-08: 60..604800 s: an older connection closes with its next answer */
    enum routing routing;
    sim_time slow_start;          /* ALB-05, round robin only: 30..900 s; 0: off */
    enum stickiness stickiness;   /* not with weighted random (ALB-03) */
    sim_time cookie_duration;     /* 1..604800 s */
    struct health_rule health;    /* ALB-02; passes_at_first follows from the assumptions (ALB-06) */

    /* What a request costs (COST-08). */
    int64_t request_bytes, response_bytes;
    int rules;                    /* of the listener, evaluated for each request; 0 as 1 */
    int requests_per_connection;  /* of loads without clients; 0 as 1 */
};

/* As of AWS's target groups: requests go to those that are healthy, or where there is none to the others (ALB-07). */
struct target_set {
    struct target_ring healthy, others;
    int permille;                 /* of the requests go to it */
};

/* A task in a target group, from its registration until its container has ended. */
struct target {
    struct health_check check;    /* first */
    struct target_group *group;
    struct task *task;
    struct target *next_of_task;
    struct aggregate_target *aggregate;      /* cohorts in it (aggregate.h); NULL: none so far */
    struct routing_place routing;
    enum target_state state;
    bool been_healthy;
    sim_time registered_at;
    int64_t outstanding;          /* requests whose clients still wait for it, and open sessions */
    bool taken_out;               /* by an operator: it drains, or has drained */
    sim_timer drain_timer;        /* the deregistration delay; 0: not deregistered */
};

/* What CloudWatch learns of the running minute. */
struct target_group_minute {
    uint64_t requests;            /* that a target was found for */
    uint64_t connections;         /* new ones, of clients */
    uint64_t balancer_5xx;        /* answered by the load balancer itself */
    uint64_t answers[6];          /* by targets, by the hundreds of their status */
    uint64_t responses;           /* of known length */
    wide response_ns;
    sim_time response_least, response_most;
};

/* What decides the load balancer capacity units of the running hour (COST-08). */
struct target_group_hour {
    uint64_t connections, requests;
    wide bytes;
    wide connection_ns;           /* integral of the open connections when the hour began */
};

struct target_group {
    struct world *world;
    struct target_group_config config;
    int index;                    /* in world->target_groups */
    struct service *service;      /* the first that names it; NULL: none does */
    const char *stop_reason;      /* stoppedReason of tasks whose checks it fails */
    struct target_set sets[2];    /* as AWS's two target groups of a blue/green deployment; else all are in one */
    int states[TARGET_STATES];    /* so many targets are in them */
    struct request *oldest, *youngest;       /* whose clients wait */
    int64_t waiting, served;      /* inside tasks: for a slot; in one */
    sim_timer timer;              /* the idle time-out of the oldest request, or earlier */
    struct rng rng;
    struct aggregate *aggregate;  /* of a load that comes in cohorts; NULL: none does */
    struct job_books books;
    struct session_books sessions;
    struct level connections;     /* open ones on which clients send requests */
    struct visitor *longest_idle, *latest_idle;      /* connections without a request (visitor.h) */
    uint64_t anonymous_requests;  /* of loads without clients */
    struct sketch response_times; /* of the running minute, in s, where percentiles of them are read */
    bool keeps_response_times;
    struct target_group_minute minute;
    struct target_group_hour hour;
    wide lcu_pico;                /* window: 10^-12 USD, of whole hours */
};

struct target_group *target_group_create(struct world *world, const struct target_group_config *config);

/* The target that the next request of that client (NULL: a load without clients), or session (ALB-04), goes to; NULL: there
 * is none (503). Its program may not run yet. */
struct target *target_group_pick(struct target_group *group, const struct visitor *visitor);
struct target *target_group_pick_for_session(struct target_group *group);

/* The targets that share the requests of sets[set]. */
struct target_ring *target_group_ring(struct target_group *group, int set);

/* The target has one request or session more, or (-1) less. */
void target_outstanding_changed(struct target *target, int change);

/* A task of a service that names target groups. Registered once by a pass of the scheduler, and checked from then on,
 * whether its program runs or not; deregistered before it is stopped; forgotten when its container has ended. */
void balancer_register(struct task *task);
void balancer_deregister(struct task *task);
void balancer_forget(struct task *task);
sim_time balancer_deregistration_delay(const struct task *task);     /* the longest of its groups */

/* DeregisterTargets by hand: the task gets nothing new from this group, and what is open is cut when the deregistration
 * delay is over (ALB-09). For ECS the target is as good as healthy. */
void target_take_out(struct target *target);
struct target *target_group_find(const struct target_group *group, const struct task *task);     /* NULL: none of its */

/* HEALTHY if all its targets are, UNHEALTHY if one is. */
enum task_health balancer_health(const struct task *task);
const struct target *balancer_unhealthy_target(const struct task *task);     /* NULL: none */

/* So many of 1000 requests go to that set, the others to the other one. */
void target_group_share(struct target_group *group, int set, int permille);

int target_group_healthy(const struct target_group *group);
int target_group_registered(const struct target_group *group);       /* draining ones do not count */

/* ---- books (target_group_books.c) ----------------------------------------------------------------------------- */

/* A request has come, on a connection of its own unless `visitor` has one. */
void target_group_note_request(struct target_group *group, bool is_anonymous);
void target_group_note_answer(struct target_group *group, int status, sim_time length);     /* by a target */
void target_group_note_cohort(struct target_group *group, int64_t count);        /* so many requests of a load have come */
void target_group_note_answers(struct target_group *group, int status, sim_time length, int64_t count);
void target_group_note_status(struct target_group *group, int status);   /* the same, of what is no response to time */
void target_group_note_failure(struct target_group *group);              /* a 5xx by the load balancer itself */

/* Clients' connections: a new one; one on which requests are sent has been opened, or was closed at `when`, which is at
 * most as long ago as the last minute's end. */
void target_group_note_connection(struct target_group *group);
void target_group_open_connection(struct target_group *group);
void target_group_close_connection(struct target_group *group, sim_time when);

/* So many more are open than before, or fewer, and the integral of open ones until now is so much larger than it was. */
void target_group_connections_moved(struct target_group *group, int64_t change, wide area);

/* Open ones: those of requests, and sessions. */
int64_t target_group_connections(const struct target_group *group);

sim_time target_group_oldest_age(const struct target_group *group, sim_time now);
void target_group_begin_minute(struct target_group *group);          /* CloudWatch has been told of the last one */
void target_group_minute(struct target_group *group);                /* at each minute's end: what is counted per minute */
void target_group_end_of_warm_up(struct target_group *group);
void target_group_close_books(struct target_group *group);           /* at the end of the run */
void target_group_finish(struct target_group *group);                /* free what the arena does not own */

#endif
