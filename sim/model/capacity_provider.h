/* Auto Scaling group capacity providers: once a minute their reservation, and what managed scaling makes of it (CAP-06..21). */
#ifndef MODEL_CAPACITY_PROVIDER_H
#define MODEL_CAPACITY_PROVIDER_H

#include <stdbool.h>

#include "model/auto_scaling_group.h"
#include "model/managed_scaling.h"

struct capacity_provider_config {
    const char *name;
    struct auto_scaling_group *group;
    struct managed_scaling scaling;
    bool termination_protection, managed_draining;   /* CAP-14 */
};

struct capacity_provider {
    struct world *world;
    struct capacity_provider_config config;
    struct capacity_provider *next;          /* in the cluster */
    int minutes_below;            /* in a row: the alarm that scales in counts them (CAP-13) */
    sim_time scaled_out_at;
};

/* Of a group that has none yet. */
struct capacity_provider *capacity_provider_create(struct world *world, const struct capacity_provider_config *config);

/* What it would report now. */
struct reservation capacity_provider_reservation(const struct capacity_provider *provider);

struct capacity_provider *capacity_provider_find(const struct world *world, const char *name);

#endif
