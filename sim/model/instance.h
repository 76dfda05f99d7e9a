/* A container instance: its life, its room, the tasks on it, its share of the bill (SCHED-14, SCHED-38, COST-05). */
#ifndef MODEL_INSTANCE_H
#define MODEL_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/sim.h"
#include "model/cause.h"
#include "model/cluster.h"
#include "model/instance_placement.h"
#include "model/instance_query.h"
#include "model/instance_type.h"

struct task_definition;

enum instance_status { INSTANCE_LAUNCHING, INSTANCE_ACTIVE, INSTANCE_DRAINING, INSTANCE_TERMINATED, INSTANCE_STATUSES };
extern const char *const instance_status_names[INSTANCE_STATUSES];

struct instance {
    struct world *world;
    struct auto_scaling_group *group;
    struct instance *next;        /* in its group, oldest first */
    const struct instance_type *type;
    uint64_t serial;              /* 1, 2, ... in order of launch in this world */
    char id[20];                  /* "i-" and 17 hexadecimal digits */
    int zone;                     /* index in the group's zones */
    enum instance_status status;
    int index;                    /* in cluster->instances */
    bool leaving;                 /* its group lets it go: it ends when it is empty, or when `timer` runs out */
    struct instance_room registered;
    struct instance_room free;    /* by the scheduler's count: a STOPPING task takes no CPU and memory any more (SCHED-14) */
    struct instance_room unused;  /* by the agent's: until a task's container has ended */
    struct task_list tasks;       /* placed on it and not yet STOPPED, in the order of placement */
    int task_count;
    int working_count;            /* of these, tasks of no daemon whose container has not ended */
    const struct task_definition **images;   /* pulled before */
    int image_count, image_room;
    sim_time launched_at, registered_at;     /* registered_at: -1 until then */
    sim_timer timer;
    sim_time charged_until;
    wide charged_ns;              /* weight x time, to unused room */
};

/* Launched at this instant, billed from now on; ACTIVE after ec2_instance_cold_s. */
struct instance *instance_create(struct auto_scaling_group *group, int zone);

/* The task goes on this instance, which must have room for it, and starts as soon as the room is really free. */
void instance_place(struct instance *instance, struct task *task);

/* Its task, changed: for task.c. Keeps room and books. */
void instance_task_changed(struct task *task);
void instance_task_gone(struct task *task);          /* STOPPED, and about to be forgotten */

/* SCHED-38: no more tasks; those of services are stopped or replaced, those of daemons stop when no other is left. */
void instance_drain(struct instance *instance);
void instance_activate(struct instance *instance);   /* DRAINING -> ACTIVE, unless its group lets it go */

/* It drains, and is terminated when it is empty, or after 48 h with all tasks that it has left (CAP-14). */
void instance_drain_and_terminate(struct instance *instance);

/* It ends now, and with it, for `cause`, all tasks on it. */
void instance_terminate(struct instance *instance, enum cause cause);

/* What a task of that definition needs of an instance. */
struct instance_room instance_need(const struct task_definition *definition);

/* What an instance of that type registers for tasks (PLACE-05, PLACE-06). */
struct instance_room instance_registered_room(const struct world *world, const struct instance_type *type);

void instance_attributes(const struct instance *instance, const char *values[INSTANCE_ATTRIBUTES]);
const char *instance_zone_name(const struct instance *instance);

/* In how many pieces the price of an instance of that type is shared out (instance_type.h). */
int instance_whole_weight(const struct instance_type *type);

/* For the books: to this instant. */
void instance_flush_books(struct instance *instance);

#endif
