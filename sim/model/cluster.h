/* Clusters of container instances: what is registered in them, and the tasks that wait for room. */
#ifndef MODEL_CLUSTER_H
#define MODEL_CLUSTER_H

#include <stdbool.h>

#include "base/wide.h"
#include "engine/simtime.h"
#include "model/cost.h"
#include "model/instance_type.h"

struct auto_scaling_group;
struct capacity_provider;
struct instance;
struct pool;
struct service;
struct task;
struct world;

/* Linked by task->next_mate. */
struct task_list {
    struct task *first, *last;
};

void task_list_add(struct task_list *list, struct task *task);
void task_list_remove(struct task_list *list, struct task *task);

struct cluster {
    struct world *world;
    const char *name;
    struct cluster *next;
    struct instance **instances;  /* ACTIVE and DRAINING ones, in the order of their registration */
    int instance_count, instance_room;
    struct auto_scaling_group *groups;       /* in the order of their creation, like the following */
    struct capacity_provider *providers;
    struct service *daemons;      /* by config.instances->next_daemon */
    struct task_list waiting;     /* PROVISIONING: no instance has room for them; in the order of their creation */
    int waiting_count;
    bool placing;                 /* room has come up: waiting tasks are about to be placed */
};

/* What a world has of EC2. */
struct ec2 {
    struct cluster *clusters;     /* in the order of their creation */
    struct pool *instances;
    uint64_t instances_launched;
    struct cost_account rooms[INSTANCE_TYPES];       /* room that no task takes, by type; window */
    /* Weight x time (instance_type.h), whole run: of instances; of this, with no task and with tasks. */
    wide billed_ns, unused_ns, taken_ns;
};

/* The cluster of that name, made if need be. */
struct cluster *cluster_of(struct world *world, const char *name);
struct cluster *cluster_find(const struct world *world, const char *name);   /* NULL: no instance is to be in it */

/* The zones of its groups, each once, at most `most`; returns how many. */
int cluster_zones(const struct cluster *cluster, const char **zones, int most);

/* An instance becomes ACTIVE in the cluster, or is gone. */
void cluster_add_instance(struct cluster *cluster, struct instance *instance);
void cluster_remove_instance(struct cluster *cluster, struct instance *instance);

/* A task waits for an instance, or no longer does. */
void cluster_add_waiting(struct cluster *cluster, struct task *task);
void cluster_remove_waiting(struct cluster *cluster, struct task *task);

struct ec2 *ec2_create(struct world *world);         /* in the world's arena, but for its pool and vectors */
void ec2_destroy(struct ec2 *ec2);
void ec2_end_of_warm_up(struct world *world);
void ec2_close_books(struct world *world);

#endif
