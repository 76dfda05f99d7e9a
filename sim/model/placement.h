/* Which zone to start in and which tasks to stop: pure functions on plain values. */
#ifndef MODEL_PLACEMENT_H
#define MODEL_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/rng.h"
#include "model/assumption.h"
#include "model/capacity.h"

/* A task as the scheduler sees it. */
struct stop_candidate {
    bool is_eligible;             /* among those that may be picked at all; the others only count for their zones */
    bool is_protected;            /* PROT-61: a filter, before anything else */
    bool is_running;              /* false: PROVISIONING to ACTIVATING, which go first */
    bool is_unhealthy;
    bool is_healthy;              /* counts for the lower bound (DEPLOY-01) */
    bool is_leaving;              /* to be replaced for another reason */
    int zone;
    int share;                    /* of the capacity provider strategy: capacity_share_of() */
    uint64_t serial;              /* order of creation */
    /* Known to us, not to ECS: only for what-if orders. */
    int jobs;                     /* in progress */
    int64_t left_ns, at_stake_ns; /* of work: struct task_load; read by the orders for which placement_weighs_work() */
};

/* Decides between tasks that are alike so far, in place of their zones: of services on instances (instance_placement.h). */
struct stop_ground {
    int (*compare)(const struct stop_ground *ground, int a, int b);   /* candidates; negative: a goes first */
    void (*take)(struct stop_ground *ground, int victim);
};

struct stop_rules {
    enum victim_order order;
    int keep_healthy;             /* so many healthy candidates stay; 0: any may go (DEPLOY-01) */
    enum az_count_scope scope;    /* PROT-84: which tasks count for a zone */
    int zones;
    const struct capacity_strategy *strategy;
    int *on_share;                /* tasks of the revision on each share; falls with each victim */
    struct stop_ground *ground;   /* NULL: the fullest zone */
};

/* Does this order look at what work is left or at stake? */
bool placement_weighs_work(enum victim_order order);

/* The zone with the fewest tasks, the lowest index among equals (SCHED-40, PLACE-04). zone_counts has `zones` entries. */
int placement_pick_zone(const int *zone_counts, int zones);

/* SCHED-50: write the indices of up to `wanted` victims among `candidates` to `victims`, in the order in which they are
 * picked; returns how many. The split over capacity providers (CAP-04) and, in each of these, the zones (SCHED-46) are
 * evened out pick by pick. Ties are broken by draws from `rng`, whose number depends only on the candidates. `taken` is
 * working space of `count` entries; afterwards it tells the victims from the others. */
int placement_pick_stop(const struct stop_candidate *candidates, int count, int wanted, const struct stop_rules *rules,
                        struct rng *rng, bool *taken, int *victims);

#endif
