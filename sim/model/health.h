/* What the scheduler makes of a task's health (DEPLOY-04, SCHED-09, SCHED-10, SCHED-33). */
#ifndef MODEL_HEALTH_H
#define MODEL_HEALTH_H

#include <stdbool.h>

struct task;

enum task_health { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY };
extern const char *const task_health_names[];        /* AWS's words */

/* Of a RUNNING task, by the checks that its service has; HEALTH_UNKNOWN before. */
enum task_health task_health(const struct task *task);

/* Is it to be replaced: unhealthy, or asked to go for another reason than a new revision or a lower desired count? */
bool task_is_failing(const struct task *task);

/* Does protection hold a failing task? PROT-88..90 */
bool health_honours_protection(const struct task *task);

/* Stop a failing task for what it is replaced for. */
void health_stop(struct task *task);

#endif
