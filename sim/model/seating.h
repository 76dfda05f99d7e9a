/* Where on container instances the tasks of services start: what a service's scheduler sees of them, tasks that wait for room,
 * daemons (PLACE-01..03, DEPLOY-07, SCHED-25, CAP-09). */
#ifndef MODEL_SEATING_H
#define MODEL_SEATING_H

#include <stdbool.h>

#include "model/capacity.h"
#include "model/instance_placement.h"

struct capacity_provider;
struct cluster;
struct instance;
struct instance_query;
struct service;
struct task;
struct task_definition;
struct unplaced_group;

enum { PLACEMENT_CONSTRAINTS_MAX = 10 };     /* PLACE-03 */

/* Of a service on instances. Lives in the world's arena. */
struct instance_settings {
    struct cluster *cluster;
    bool is_daemon;               /* DEPLOY-07 */
    struct placement_rule rule;
    const struct instance_query *member_of[PLACEMENT_CONSTRAINTS_MAX];
    int member_of_count;
    struct service *next_daemon;  /* in the cluster */
    struct rng rng;               /* of placements alone: they shift no other draw of the service */
};

bool seating_is_daemon(const struct service *service);

/* SCHED-41: on instances zones are rebalanced where they come first in the placement, and no constraint speaks of them. */
bool seating_may_rebalance(const struct service *service);

/* Is there an instance in that zone that its tasks may run on, of the provider's group if it is not NULL? */
bool seating_reaches_zone(const struct service *service, const struct capacity_provider *provider, int zone);

/* ---- for a pass --------------------------------------------------------------------------------------------- */

struct seating;

/* The instances of the service's cluster as its scheduler sees them now, for tasks of one definition. Valid until anything but
 * seating_take() changes them. */
struct seating *seating_create(struct service *service, const struct task_definition *definition);
void seating_destroy(struct seating *seating);       /* NULL is fine */

struct seat {
    struct instance *instance;    /* NULL: the task waits */
    int zone;                     /* of the service */
};

/* Is there a place for one more task: on an instance, of the provider's group if it is not NULL, and with a provider also among
 * those that wait? What is in the way is added to `troubles`, bits by enum trouble (notice.h). Below 0 any `zone` will do; to
 * rebalance one, only an instance (SCHED-42), and that there is none is no trouble. */
bool seating_find(struct seating *seating, const struct capacity_provider *provider, int zone, struct seat *seat,
                  unsigned *troubles);
void seating_take(struct seating *seating, const struct seat *seat, struct task *task);

/* For a stop decision: the views, and the index of a task's instance, -1 where it has none. */
struct instance_view *seating_views(struct seating *seating, int *count);
int seating_index(const struct task *task);

/* ---- between passes ----------------------------------------------------------------------------------------- */

/* There is more room than before: tasks that wait are placed at this instant, first come, first served. */
void seating_room_came_up(struct cluster *cluster);

/* An instance has become ACTIVE, or no longer is: daemons follow at once, before any other task. */
void seating_instances_changed(struct cluster *cluster);

/* A service on instances was created; a service, on instances or not, is deleted. */
void seating_add_service(struct service *service);
void seating_remove_service(struct service *service);

/* For task.c: a task of CAPACITY_EC2 changed. */
void seating_task_changed(struct task *task);

/* Tasks that wait on the provider, by requirements; returns how many groups, at most `room`. */
int seating_unplaced(const struct capacity_provider *provider, struct unplaced_group *groups, int room);

#endif
