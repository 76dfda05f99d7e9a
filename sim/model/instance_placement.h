/* On which container instance a task starts, and which task of a service on instances is stopped: pure functions on plain
 * values (PLACE-01..03, SCHED-44, SCHED-45). */
#ifndef MODEL_INSTANCE_PLACEMENT_H
#define MODEL_INSTANCE_PLACEMENT_H

#include <stdbool.h>

#include "engine/rng.h"
#include "model/assumption.h"
#include "model/placement.h"

enum { PLACEMENT_STRATEGIES_MAX = 5 };       /* PLACE-03 */
enum { PLACEMENT_GROUPS_MAX = 64 };          /* zones, or types of instances */

enum placement_strategy {
    SPREAD_ZONE, SPREAD_TYPE, SPREAD_INSTANCE,       /* fewest tasks of the service (PLACE-03) */
    BINPACK_CPU, BINPACK_MEMORY,                     /* least left that still fits */
    PLACE_RANDOM
};

struct placement_rule {
    bool distinct_instance;
    enum placement_strategy strategies[PLACEMENT_STRATEGIES_MAX];
    int strategy_count;
};
extern const struct placement_rule placement_rule_default;   /* PLACE-02: zones, then instances */

/* Room on an instance, or what a task needs of it. */
struct instance_room {
    int cpu_units, memory_mib, interfaces;
};

/* A container instance as a service's scheduler sees it. */
struct instance_view {
    bool is_eligible;             /* ACTIVE, and it fits all constraints but distinctInstance */
    struct instance_room free;    /* may be below 0, where room is kept for daemons (DEPLOY-07) */
    int zone, type;               /* small numbers, the same for the same */
    int tasks;                    /* of the service, neither stopping nor ended */
};

/* Tasks of the service by zone and by type of instance. */
struct placement_spread {
    int in_zone[PLACEMENT_GROUPS_MAX], of_type[PLACEMENT_GROUPS_MAX];
};

bool instance_room_fits(const struct instance_room *room, const struct instance_room *need);
void instance_room_add(struct instance_room *room, const struct instance_room *more, int times);

/* PLACE-01: the index of the instance on which the next task goes; below 0: it fits on none. Of equals a draw decides, whose
 * number depends only on the arguments. */
int instance_placement_pick(const struct instance_view *views, int count, const struct instance_room *need,
                            const struct placement_rule *rule, struct rng *rng);

/* EVENT-08: where it fits on none, the eligible instance that lacks least, or -1; `lack`, in ECS's words, is what is not there,
 * or NULL if distinctInstance is in the way. */
int instance_placement_closest(const struct instance_view *views, int count, const struct instance_room *need,
                               const char **lack);

/* Which of two tasks on instances placement_pick_stop() stops, where nothing more urgent decides: the one that leaves the best
 * result (SCHED-45), which without strategies is one in the zone, then on the instance with most tasks (SCHED-44). */
struct instance_stop {
    struct stop_ground ground;    /* first */
    const int *instances;         /* by candidate: its index in `views`; below 0: it waits for an instance, and goes first */
    struct instance_view *views;
    const struct placement_rule *rule;
    struct instance_room each;    /* what one task takes */
    struct placement_spread spread;
};

/* Keeps all that it is given, and changes free room and tasks in `views` with each victim. PROT-84: `scope` tells which tasks
 * count. */
void instance_stop_init(struct instance_stop *stop, const struct stop_candidate *candidates, const int *instances, int count,
                        struct instance_view *views, int view_count, const struct placement_rule *rule,
                        const struct instance_room *each, enum az_count_scope scope);

#endif
