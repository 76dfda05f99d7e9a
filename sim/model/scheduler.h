/* The ECS service scheduler: what one pass starts and stops (SCHED-18, SCHED-33..36, DEPLOY-01..17). */
#ifndef MODEL_SCHEDULER_H
#define MODEL_SCHEDULER_H

#include <stdbool.h>

#include "engine/sim.h"

struct service;

/* The tasks of one revision, or of several, that are neither stopping nor ended. */
struct revision_count {
    int desired;                  /* that the scheduler is to keep up */
    int surplus;                  /* above that, revision by revision: to be stopped, unless they are protected */
    int starting;                 /* not RUNNING yet */
    int settling;                 /* RUNNING, not yet judged healthy or unhealthy */
    int healthy;                  /* DEPLOY-04 */
    int failing;                  /* unhealthy, or to be replaced for another reason (SCHED-33, SCHED-37, SCHED-38) */
    int leaving;                  /* of these, healthy: they retire or drain, and count for the lower bound */
};

struct pass_view {
    int desired;                  /* of the service */
    int lower, upper;             /* DEPLOY-01 */
    int stopping;                 /* tasks on their way out that count against `upper` (DEPLOY-03) */
    int protected_healthy;        /* healthy tasks that count for nothing (DEPLOY-42 off) */
    bool rolling;                 /* an older revision has tasks, or had them when this deployment began */
    bool may_start_primary;       /* false: its rollout has failed */
    bool digests_resolved;        /* DEPLOY-11 */
    bool stop_first;              /* DEPLOY-17 */
    int rebalancing;              /* tasks above `desired` that are to take the places of others (SCHED-40) */
    bool beside, cleans_up;       /* the new revision grows to full size beside the old one (DEPLOY-26), which may go now */
    struct revision_count primary, old;
};

struct pass_plan {
    int start_old, start_primary;
    int reduce_old;               /* tasks fewer that the old revisions are to have from now on */
    int stop_primary;             /* the old ones stop down to what they are to have (scheduler_surplus) */
    bool stop_failing_only;       /* of stop_primary: they have their replacements, or make room for them (SCHED-34) */
    bool stuck;                   /* EVENT-07 */
};

/* Pure. */
struct pass_plan scheduler_plan(const struct pass_view *view);

/* Tasks above `desired`, without failing ones whose replacements are still on their way (SCHED-33, SCHED-35). Pure. */
int scheduler_surplus(const struct revision_count *tasks, int desired);

/* Is there such a surplus, and all of it tasks that have been replaced? Pure. */
bool scheduler_surplus_is_failing(const struct revision_count *tasks, int desired);

/* One pass of a service, now. */
void scheduler_pass(struct sim *sim, void *service);

#endif
