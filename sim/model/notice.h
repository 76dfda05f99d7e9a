/* Service events with ECS's exact texts (EVENT-..), identical ones suppressed while their cause lasts, at most 6 h (EVENT-37). */
#ifndef MODEL_NOTICE_H
#define MODEL_NOTICE_H

#include <stdbool.h>

#include "engine/simtime.h"

struct deployment;
struct service;
struct task;

enum { NOTICES_KEPT = 100 };      /* EVENT-37 */

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
};

void notice_finish(struct service *service);

void notice_started(struct service *service, struct task *const *tasks, int count);             /* EVENT-01 */
void notice_stopped_running(struct service *service, struct task *const *tasks, int count);     /* EVENT-02 */
void notice_stopped_pending(struct service *service, int count);                                /* EVENT-02 */
void notice_registered(struct service *service, int targets);                                  /* EVENT-03 */
void notice_deregistered(struct service *service, int targets);                                /* EVENT-03, EVENT-04 */
void notice_steady_state(struct service *service);                                              /* EVENT-05, EVENT-37 */
void notice_deployment_completed(struct service *service);                                      /* EVENT-06 */
void notice_deployment_failed(struct service *service, const char *reason);                     /* EVENT-06 */
void notice_rolling_back(struct service *service);        /* EVENT-06: to what is PRIMARY now */
void notice_stuck(struct service *service);               /* EVENT-07 */
void notice_not_stuck(struct service *service);
void notice_unable_to_scale_in(const struct deployment *deployment, int tasks);                 /* EVENT-31, EVENT-37 */
void notice_protection_cleared(struct service *service);  /* the cause of EVENT-31 has gone: it may be said again */
void notice_unsteady(struct service *service);

/* The i-th newest kept event, 0 = newest; NULL past the last. */
const struct notice *notice_newest(const struct service *service, int i);

#endif
