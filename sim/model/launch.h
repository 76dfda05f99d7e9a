/* Starting tasks of a service: on what capacity, where, how many at once, and after what pause once starts keep failing
 * (CAP-01..04, PLACE-04, SCHED-22..28). */
#ifndef MODEL_LAUNCH_H
#define MODEL_LAUNCH_H

#include <stdbool.h>

#include "engine/simtime.h"

struct deployment;
struct service;
struct task;

/* SCHED-26: of a deployment. Its consecutive failures are deployment->failed_tasks. */
struct launch_backoff {
    int doublings;                /* of the first pause */
    sim_time since, until;        /* of the latest pause */
};

/* Of a service. */
struct launch_state {
    sim_time minute_began;        /* SCHED-22: a minute begins with the first start after the last one */
    int minute_started;
    unsigned troubles;            /* met in this pass: bits by enum trouble (notice.h) */
};

struct launch_order {
    int wanted;
    int replacing;                /* of these: for unhealthy tasks (EVENT-01) */
    bool to_balance;              /* SCHED-40: one task, in this zone, on this share of the capacity provider strategy */
    int zone, share;
};

/* Start up to `wanted` tasks of `deployment`, unless they are to balance zones where the split over capacity providers and
 * the zones' counts want them (CAP-04, PLACE-04). Returns how many started; what could not start is tried again by a later
 * pass. */
int launch_tasks(struct deployment *deployment, const struct launch_order *order);

/* The same for standalone tasks, of the revision and by the strategy in books->config; writes them to `started`, and what was
 * in the way of others to `troubles`, bits by enum trouble (notice.h). */
int launch_standalone(struct service *books, int wanted, struct task **started, unsigned *troubles);

/* The end of a pass: tell what kept tasks from starting in it (EVENT-09, EVENT-10, EVENT-12, EVENT-13). */
void launch_settle(struct service *service);

/* The account of its service's books for tasks of this price, made if need be. */
int launch_find_account(const struct task *task);

/* A task ended by itself before it was RUNNING: news for the circuit breaker, and for the back-off. */
void launch_task_failed(const struct task *task);

/* SCHED-28, pure: the pause after so many doublings. */
sim_time launch_backoff_pause(sim_time start, sim_time cap, int doublings);

#endif
