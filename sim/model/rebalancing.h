/* AZ rebalancing: in a steady service, one task is started in the emptiest zone, and when it is healthy one is stopped in
 * the fullest (SCHED-39..43). FARGATE and FARGATE_SPOT are balanced each by itself (SCHED-42). */
#ifndef MODEL_REBALANCING_H
#define MODEL_REBALANCING_H

#include <stdbool.h>
#include <stdint.h>

struct service;

/* ---- pure --------------------------------------------------------------------------------------------------- */

struct zone_tasks {
    int count;
    int stoppable;                /* of these: running and not protected (PROT-37) */
    bool is_closed;               /* none can start there (SCHED-42) */
};

struct rebalancing_step {
    bool balanced;                /* no two zones differ by more than one task: nothing to do */
    int start_zone;               /* the emptiest; -1: all are closed */
    int stop_zone;                /* the fullest with two tasks more and one that may be stopped; -1: protection holds them */
};

/* SCHED-40 */
struct rebalancing_step rebalancing_plan(const struct zone_tasks *zones, int count);

/* The fullest zone with a task that may be stopped and at least `more_than` + 1 tasks; -1: none. */
int rebalancing_stop_zone(const struct zone_tasks *zones, int count, int more_than);

/* ---- of a service ------------------------------------------------------------------------------------------- */

struct rebalancing {
    bool in_progress;             /* EVENT-17 said so */
    bool waits;                   /* for the task that is to take another's place to be healthy */
    uint32_t slot, handle;        /* of that task */
    int share;                    /* of the capacity provider strategy, which it is on */
};

/* Is there a task above the desired count that is to take another's place? */
bool rebalancing_waits(const struct service *service);

/* At most one step. `idle`: the pass does nothing else; `room`: tasks that the upper bound leaves. */
void rebalancing_pass(struct service *service, bool idle, int room);

#endif
