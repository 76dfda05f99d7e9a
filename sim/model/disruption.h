/* What happens to tasks, and to what they stand on, without their service asking for it: once, or again and again at random
 * (PROT-39..45, SCHED-36..38, CAP-05). */
#ifndef MODEL_DISRUPTION_H
#define MODEL_DISRUPTION_H

#include <stdbool.h>

#include "engine/simtime.h"

struct metric;
struct service;
struct task;
struct world;

enum disruption_cause {
    /* of tasks */
    DISRUPT_CRASH,                /* exit code 1 */
    DISRUPT_DRAIN,                /* SCHED-38 */
    DISRUPT_HEALTH,               /* the program answers unhealthy until it ends (SCHED-33) */
    DISRUPT_HOST,                 /* lost at once, without SIGTERM (PROT-43) */
    DISRUPT_RETIREMENT,           /* SCHED-37 */
    DISRUPT_SPOT,                 /* CAP-05, SCHED-12 */
    /* of what they stand on, for a duration */
    DISRUPT_METRICS,              /* what is reported comes late, or never */
    DISRUPT_SHORTAGE,             /* nothing starts (CAP-03, EVENT-09) */
    DISRUPT_THROTTLE,             /* calls to ECS are answered ThrottlingException */
    DISRUPT_ZONE,                 /* all tasks in it are lost, and nothing starts there */
    DISRUPTION_COUNT
};
enum { DISRUPTIONS_OF_TASKS = DISRUPT_SPOT + 1 };
extern const char *const disruption_names[DISRUPTION_COUNT];         /* as written in scenarios: "spot" */

struct disruption_config {
    enum disruption_cause cause;
    sim_time start;               /* not in the past */
    /* of tasks */
    struct service *service;
    int count;                    /* so many of its tasks, chosen at random; 0: `share` of them, rounded up */
    double share;                 /* DISRUPT_THROTTLE: of the calls */
    double rate_per_hour;         /* above 0: in [start, stop) each task is hit at this rate, instead of some at once */
    sim_time stop;
    /* for a duration */
    sim_time duration;
    int capacity;                 /* of a shortage: CAPACITY_ANY: all */
    const char *provider;         /* the same as a text for the record; NULL: all; kept */
    const char *zone;             /* of a shortage, NULL: all; of the loss of a zone; kept */
    struct metric *metric;        /* of late metrics; NULL: those about `service` */
    sim_time delay;               /* of late metrics; SIM_NEVER: they are lost */
};

/* The n-th disruption of one cause that a service meets has streams of its own, one for each of its tasks: two services, or
 * two runs, with the same disruptions lose the same tasks, as far as both have them. */
void disruption_begin(struct world *world, const struct disruption_config *config);

/* A task was created, or is RUNNING: disruptions with a rate draw when it is their turn. It ends: they forget it. */
void disruption_expose(struct task *task);
void disruption_forget(struct task *task);

/* Is this call to ECS throttled by a disruption? Draws for each call while there is one. */
bool disruption_throttles(struct world *world);

/* The store of a world. */
struct disruptions;
struct disruptions *disruptions_create(struct world *world);
void disruptions_destroy(struct disruptions *disruptions);           /* NULL is fine; after the tasks */

#endif
