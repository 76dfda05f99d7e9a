/* Elastic Load Balancing: target groups, the tasks behind them, and which of them a request goes to (ALB-..). One load
 * balancer stands before each target group. */
#ifndef MODEL_BALANCER_H
#define MODEL_BALANCER_H

#include <stdbool.h>

#include "engine/rng.h"
#include "engine/sim.h"
#include "model/health.h"
#include "model/job.h"

struct world;
struct task;
struct service;
struct request;
struct target_group;

enum routing {                    /* ALB-03 */
    ROUTE_ROUND_ROBIN, ROUTE_LEAST_OUTSTANDING, ROUTE_WEIGHTED_RANDOM,
    ROUTE_MOST_OUTSTANDING,       /* not AWS's: fills one task before it turns to the next */
    ROUTE_COUNT
};
extern const char *const routing_names[ROUTE_COUNT];   /* AWS's words */

struct target_group_config {
    const char *name;
    sim_time deregistration_delay;           /* ALB-01: 0..1 h */
    sim_time idle_timeout;        /* ALB-08: 1..4000 s */
    enum routing routing;
    struct health_rule health;    /* ALB-02; passes_at_first follows from the assumptions (ALB-06) */
};

/* Targets take turns. */
struct target_ring {
    struct target *turn;          /* the next one by round robin; NULL: nobody is there */
    int count;
    int permille;                 /* of the requests go to it */
};

/* A task in a target group, from its registration until its container has ended. */
struct target {
    struct health_check check;    /* first */
    struct target_group *group;
    struct task *task;
    struct target *next_of_task;
    struct target *next, *previous;          /* in the ring of those that get requests; NULL: in no ring */
    int64_t outstanding;          /* requests whose clients still wait for it */
};

/* What CloudWatch learns of the running minute. */
struct target_group_minute {
    uint64_t requests;            /* that a target was found for */
    uint64_t target_5xx, responses;
    wide response_ns;
    sim_time response_least, response_most;
};

/* What decides the load balancer capacity units of the running hour (COST-08). */
struct target_group_hour {
    uint64_t connections;
    wide connection_ns;           /* books.in_system's area when the hour began */
};

struct target_group {
    struct world *world;
    struct target_group_config config;
    int index;                    /* in world->target_groups */
    struct service *service;      /* the first that names it; NULL: none does */
    const char *stop_reason;      /* stoppedReason of tasks whose checks it fails */
    struct target_ring rings[2];  /* as AWS's two target groups of a blue/green deployment; else all are in one */
    int registered;
    struct request *oldest, *youngest;       /* whose clients wait */
    int64_t waiting, served;      /* inside tasks: for a slot; in one */
    sim_timer timer;              /* the idle time-out of the oldest request, or earlier */
    struct rng rng;
    struct job_books books;
    struct target_group_minute minute;
    struct target_group_hour hour;
    wide lcu_pico;                /* window: 10^-12 USD, of whole hours */
};

struct target_group *target_group_create(struct world *world, const struct target_group_config *config);

/* The target that the next request goes to; NULL: there is none (503). */
struct target *target_group_pick(struct target_group *group);

/* A task of a service that names target groups. Registered once by a pass of the scheduler; checked as soon as its program
 * runs as well, and in the rings while it is healthy; deregistered before it is stopped; forgotten when its container has
 * ended. */
void balancer_register(struct task *task);
void balancer_admit(struct task *task);
void balancer_deregister(struct task *task);
void balancer_forget(struct task *task);
sim_time balancer_deregistration_delay(const struct task *task);     /* the longest of its groups */

/* HEALTHY if all its targets are, UNHEALTHY if one is. */
enum task_health balancer_health(const struct task *task);
const struct target *balancer_unhealthy_target(const struct task *task);     /* NULL: none */

/* So many of 1000 requests go to that ring, the others to the other one. */
void target_group_share(struct target_group *group, int ring, int permille);

/* Healthy hosts: the targets that get requests. */
int target_group_healthy(const struct target_group *group);

sim_time target_group_oldest_age(const struct target_group *group, sim_time now);
void target_group_begin_minute(struct target_group *group);          /* CloudWatch has been told of the last one */
void target_group_minute(struct target_group *group);                /* at each minute's end: what is counted per minute */
void target_group_end_of_warm_up(struct target_group *group);
void target_group_close_books(struct target_group *group);           /* at the end of the run */
void target_group_finish(struct target_group *group);                /* free what the arena does not own */

#endif
