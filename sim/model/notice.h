/* Service events with ECS's exact texts (EVENT-..), identical ones suppressed while their cause lasts, at most 6 h (EVENT-37). */
#ifndef MODEL_NOTICE_H
#define MODEL_NOTICE_H

#include <stdbool.h>

#include "engine/simtime.h"

struct deployment;
struct service;
struct target_group;
struct task;

enum { NOTICES_KEPT = 100 };      /* EVENT-37 */

/* What keeps tasks from starting. */
enum trouble {
    TROUBLE_NO_CAPACITY,          /* EVENT-09 */
    TROUBLE_VCPU_QUOTA,           /* EVENT-10 */
    TROUBLE_FAILING_STARTS,       /* EVENT-12 */
    TROUBLE_THROTTLED,            /* EVENT-13 */
    TROUBLE_NO_INSTANCE,          /* EVENT-08, said by notice_unable_to_place() */
    TROUBLE_PROVISIONING_LIMIT,   /* EVENT-11 */
    TROUBLE_EMPTY_PROVIDER,       /* EVENT-11 */
    TROUBLE_PARTLY_LAUNCHED,      /* EVENT-15, said by notice_partly_launched() */
    TROUBLE_COUNT
};

struct notice {
    sim_time at;
    char *text;                   /* owned */
};

struct notices {
    struct notice kept[NOTICES_KEPT];        /* a ring: the newest at (next - 1) */
    int next, count;
    bool protected_standing;      /* the cause of EVENT-31 lasts */
    sim_time protected_at;        /* when it was last emitted */
    bool steady_standing, stuck_standing;
    sim_time steady_at, stuck_at;
    bool held_zones_standing;     /* EVENT-35 */
    sim_time held_zones_at;
    bool trouble_standing[TROUBLE_COUNT];
    sim_time trouble_at[TROUBLE_COUNT];
};

void notice_finish(struct service *service);

/* EVENT-01: `replaced` of them stand in for unhealthy tasks. */
void notice_started(struct service *service, struct task *const *tasks, int count, int replaced);
void notice_stopped_running(struct service *service, struct task *const *tasks, int count);     /* EVENT-02 */
void notice_stopped_pending(struct service *service, int count);                                /* EVENT-02 */
void notice_registered(struct service *service, int targets);                                  /* EVENT-03 */
void notice_deregistered(struct service *service, int targets);                                /* EVENT-03, EVENT-04 */
void notice_target_unhealthy(const struct task *task, const struct target_group *group);         /* EVENT-14 */
void notice_steady_state(struct service *service);                                              /* EVENT-05, EVENT-37 */
void notice_deployment_completed(struct service *service);                                      /* EVENT-06 */
void notice_deployment_failed(struct service *service, const char *reason);                     /* EVENT-06 */
void notice_rolling_back(struct service *service);        /* EVENT-06: to what is PRIMARY now */
void notice_stuck(struct service *service);               /* EVENT-07 */
void notice_not_stuck(struct service *service);
void notice_unable_to_scale_in(const struct deployment *deployment, int tasks);                 /* EVENT-31, EVENT-37 */
void notice_protection_cleared(struct service *service);  /* the cause of EVENT-31 has gone: it may be said again */
void notice_unsteady(struct service *service);

/* EVENT-17, tasks of the service by zone. */
void notice_unbalanced(struct service *service, const int *tasks);
void notice_balanced(struct service *service, const int *tasks);
void notice_started_to_balance(struct service *service, struct task *task);
void notice_stopped_to_balance(struct service *service, struct task *task);
void notice_rebalancing_stopped(struct service *service);

/* EVENT-35, EVENT-37: protection holds all tasks of the fuller zones (true: the event was due); it is over. */
bool notice_unable_to_rebalance(const struct deployment *deployment, int tasks);
void notice_able_to_rebalance(struct service *service);

/* EVENT-08: `closest` is the id of the instance that lacks least, NULL: none; `lack` what it has too little of, NULL: nothing. */
void notice_unable_to_place(struct service *service, const char *closest, const char *lack);

/* EVENT-15: some tasks of the deployment found capacity, and `tasks` did not. */
void notice_partly_launched(const struct deployment *deployment, int tasks);

/* A pass met these troubles, bits by enum trouble, and no others: those are over. */
void notice_troubles(struct service *service, unsigned troubles);

/* The i-th newest kept event, 0 = newest; NULL past the last. */
const struct notice *notice_newest(const struct service *service, int i);

#endif
