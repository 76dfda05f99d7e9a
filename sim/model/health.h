/* What health checks find out about a task's program, and what the scheduler makes of it (DEPLOY-04, SCHED-09, SCHED-10,
 * SCHED-33..38, ALB-02, ALB-06). */
#ifndef MODEL_HEALTH_H
#define MODEL_HEALTH_H

#include <stdbool.h>

#include "engine/sim.h"
#include "model/cause.h"

struct task;

enum task_health { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY };
extern const char *const task_health_names[];        /* AWS's words */

/* ---- checks ------------------------------------------------------------------------------------------------- */

/* Of checks that lie `interval` apart so many in a row change what a program's health is. */
struct health_rule {
    sim_time interval;            /* 0: nothing is checked */
    sim_time start_period;        /* before the first check that passes, failures count for nothing so long (SCHED-10) */
    int passes_at_first;          /* to be HEALTHY for the first time (ALB-06) */
    int passes, failures;         /* to be HEALTHY again; to be UNHEALTHY */
};

/* The checks of one task, by its container's rule or a target group's. Those that could change nothing, since health is
 * what the program answers, take no event. */
struct health_check {
    struct task *task;
    const struct health_rule *rule;          /* NULL: it has not begun, or has ended */
    void (*changed)(struct health_check *check);
    enum task_health health;
    int passed, failed;           /* in a row */
    sim_time begun_at, last_at;   /* last_at: of one check; the others lie whole intervals away */
    sim_timer timer;              /* 0: none so far */
};

/* Check the program of `task` for the first time `first_after` from now (0: at once), and then by `rule`, which it keeps.
 * changed(check) is called when `health` has changed. */
void health_check_begin(struct health_check *check, struct task *task, const struct health_rule *rule, sim_time first_after,
                        void (*changed)(struct health_check *check));
void health_check_end(struct health_check *check);   /* begun or not */

/* For those that keep checks: what they found changes its task. */
void health_changed(struct task *task);

/* ---- a task's life ------------------------------------------------------------------------------------------ */

/* For task.c: its container runs, or has ended. */
void health_begin(struct task *task);
void health_end(struct task *task);

/* The program answers checks differently from now on: `task:set_healthy`, or it is past its start-up. */
void health_set_answer(struct task *task, bool healthy);
void health_answer_changed(struct task *task);

/* ---- what the scheduler makes of it ------------------------------------------------------------------------- */

/* Of a RUNNING task, by the checks that its service and its container have (DEPLOY-04); HEALTH_UNKNOWN before. */
enum task_health task_health(const struct task *task);

/* Is it to be replaced: unhealthy and past the grace period (SCHED-09), or asked to go for another reason than a new
 * revision or a lower desired count? */
bool task_is_failing(const struct task *task);

/* A failing task that is healthy all the same: it retires or drains, and counts for the lower bound (SCHED-37, SCHED-38). */
bool task_is_leaving(const struct task *task);

/* Does protection hold a failing task? PROT-88..90 */
bool health_honours_protection(const struct task *task);

/* Have it replaced: CAUSE_RETIREMENT or CAUSE_DRAIN. What drains and does not run yet is stopped at once (SCHED-38). */
void health_replace(struct task *task, enum cause cause);

/* What it was to be drained from stays after all. */
void health_keep(struct task *task);

/* Stop a failing task for what it is replaced for. */
void health_stop(struct task *task);

#endif
