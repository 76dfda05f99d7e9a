/* Which zone to start in and which tasks to stop: pure functions on plain values. */
#ifndef MODEL_PLACEMENT_H
#define MODEL_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/rng.h"
#include "model/assumption.h"

/* A task as the scheduler sees it. */
struct stop_candidate {
    bool is_eligible;             /* among those that may be picked at all; the others only count for their zones */
    bool is_protected;            /* PROT-61: a filter, before anything else */
    bool is_running;              /* false: PROVISIONING to ACTIVATING, which go first */
    bool is_unhealthy;
    bool is_busy;                 /* known to us, not to ECS: only for the what-if order idle_first */
    int zone;
    uint64_t serial;              /* order of creation */
};

/* The zone with the fewest tasks, the lowest index among equals (SCHED-40, PLACE-04). zone_counts has `zones` entries. */
int placement_pick_zone(const int *zone_counts, int zones);

/* SCHED-50: write the indices of up to `wanted` victims among `candidates` to `victims`, in the order in which they are
 * picked; returns how many. Zones are rebalanced pick by pick; PROT-84 says which tasks count for a zone. Ties are broken
 * by draws from `rng`, whose number depends only on the candidates. `taken` is working space of `count` entries; afterwards
 * it tells the victims from the others. */
int placement_pick_stop(const struct stop_candidate *candidates, int count, int wanted, int zones, enum victim_order order,
                        enum az_count_scope scope, struct rng *rng, bool *taken, int *victims);

#endif
