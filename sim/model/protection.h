/* Task scale-in protection as ECS sees it, and the rule by which ECS refuses it. */
#ifndef MODEL_PROTECTION_H
#define MODEL_PROTECTION_H

#include <stdbool.h>

#include "engine/sim.h"
#include "model/assumption.h"

struct task;

struct protection {
    bool enabled;
    sim_time expires_at;          /* protected on [grant, expires_at) (PROT-81) */
    sim_time granted_at;
    sim_timer timer;              /* flips it at expiry (PROT-54) */
    sim_time protected_ns;        /* closed intervals so far */
};

/* PROT-04 */
enum { PROTECTION_MINUTES_MIN = 1, PROTECTION_MINUTES_MAX = 2880, PROTECTION_MINUTES_DEFAULT = 120 };

enum protection_verdict {
    PROTECTION_GRANTED,
    PROTECTION_DEPLOYMENT_BLOCKED,   /* PROT-10, PROT-11 */
    PROTECTION_TASK_NOT_VALID,       /* PROT-09, PROT-86 */
    PROTECTION_MISSING,
    PROTECTION_INVALID_PARAMETER,    /* minutes out of range: an exception, not a failure */
    PROTECTION_THROTTLED,            /* the account's bucket */
    PROTECTION_TOO_MANY_REQUESTS,    /* the endpoint's own limit: HTTP 429 */
    PROTECTION_TIMED_OUT,            /* HTTP 504 */
    PROTECTION_SERVER_ERROR,         /* injected */
    PROTECTION_VERDICT_COUNT
};

struct protection_verdict_type {
    const char *name;             /* AWS's code; NULL when granted */
    int http_status;              /* at the agent endpoint (PROT-26, PROT-30) */
};
extern const struct protection_verdict_type protection_verdicts[PROTECTION_VERDICT_COUNT];

/* How a request reaches ECS: from inside a container through the agent, or from outside through the API. */
enum protection_road { ROAD_ENDPOINT, ROAD_API, ROAD_COUNT };
extern const char *const protection_roads[ROAD_COUNT];

/* What the rules for an enabling request look at. */
struct protection_view {
    bool in_service, stop_decided, in_force;   /* of the task */
    bool blocked;                 /* the scheduler wants to stop tasks and every remaining candidate is protected */
    sim_time blocked_for;         /* how long already; 0 if not blocked */
    int protected_count, desired_count;        /* of the service */
};

/* PROT-04 PROT-09 PROT-78 PROT-79 PROT-86, pure: what ECS answers to UpdateTaskProtection. Clearing is never refused (PROT-80). */
enum protection_verdict protection_judge(const struct protection_view *view, bool enable, double minutes,
                                         const struct assumptions *assumptions);

bool protection_in_force(const struct protection *protection, sim_time now);

/* Begin and end with the task (PROT-18: unprotected; PROT-60: does not survive the task). */
void task_protection_init(struct task *task);
void task_protection_end(struct task *task);

/* ECS applies a request to `task` at this instant: judge, set or clear, tell the service. */
enum protection_verdict task_protection_apply(struct task *task, bool enable, double minutes);

#endif
