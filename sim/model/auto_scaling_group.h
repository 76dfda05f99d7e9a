/* EC2 Auto Scaling groups: so many instances of one type, evenly over their zones. */
#ifndef MODEL_AUTO_SCALING_GROUP_H
#define MODEL_AUTO_SCALING_GROUP_H

#include <stdbool.h>

#include "model/instance.h"

enum { GROUP_ZONES_MAX = 16 };

struct auto_scaling_group_config {
    const char *name, *cluster;
    const struct instance_type *type;
    int min_size, max_size, desired_capacity;
    const char *zones[GROUP_ZONES_MAX];
    int zone_count;
    bool new_instances_protected; /* from scale-in: their own flag, not ECS's tasks (PROT-50) */
};

struct auto_scaling_group {
    struct world *world;
    struct auto_scaling_group_config config;
    struct cluster *cluster;
    struct auto_scaling_group *next;         /* in the cluster */
    struct capacity_provider *provider;      /* NULL: none */
    int desired_capacity;
    struct instance *first, *last;           /* not TERMINATED, oldest first */
    int instance_count;           /* of these, those that it does not let go */
    int held_told;                /* so many that it may not let go, by its newest record */
    bool woken;
};

/* Keeps nothing of `config`. Launches what it desires at once. */
struct auto_scaling_group *auto_scaling_group_create(struct world *world, const struct auto_scaling_group_config *config);

struct auto_scaling_group *auto_scaling_group_find(const struct world *world, const char *name);

/* The nearest capacity within its bounds. */
int auto_scaling_group_bound(const struct auto_scaling_group *group, int capacity);

/* Launch or let go so many instances that there are `desired_capacity`, which is clamped to the bounds. Protected ones stay until
 * they are not. */
void auto_scaling_group_set_desired(struct auto_scaling_group *group, int desired_capacity);

/* An instance is protected no longer: if there are too many, one goes at this instant. */
void auto_scaling_group_wake(struct auto_scaling_group *group);

/* An instance has ended: forget it, and launch another if it was wanted. */
void auto_scaling_group_remove(struct auto_scaling_group *group, struct instance *instance);

/* An instance that the group could let go. */
struct scale_in_candidate {
    bool is_protected;
    int zone;
    sim_time age;
};

/* EC2's default termination policy: the zone with most instances, then the instance nearest to its next full hour, then the
 * oldest. The index; below 0: all are protected. Pure. */
int auto_scaling_group_pick(const struct scale_in_candidate *candidates, int count);

#endif
