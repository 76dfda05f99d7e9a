/* Managed scaling of an Auto Scaling group: how many instances its tasks need, the metric that says so, and what becomes of the
 * group (CAP-06..21). Pure functions on plain values. */
#ifndef MODEL_MANAGED_SCALING_H
#define MODEL_MANAGED_SCALING_H

#include <stdbool.h>

#include "model/assumption.h"
#include "model/instance_placement.h"

struct managed_scaling {
    bool enabled;
    int target_capacity;          /* 1 to 100, in per cent */
    int minimum_step, maximum_step;          /* of a scale-out (CAP-11) */
    double warmup_s;              /* of an instance */
};
extern const struct managed_scaling managed_scaling_default;

/* Tasks with the same requirements that no instance has room for. */
struct unplaced_group {
    struct instance_room need;
    int count;
};

struct reservation_view {
    int running;                  /* N: instances of the group */
    int busy;                     /* of these, with a task that is not a daemon's (CAP-08) */
    const struct unplaced_group *unplaced;
    int unplaced_count;
    struct instance_room smallest, largest;  /* types of the group, as they come, less what daemons take */
    enum cpr_pending_base base;   /* CAP-19 */
};

struct reservation {
    int needed;                   /* M */
    double percent;               /* CapacityProviderReservation */
};

/* CAP-09: instances for all the groups, 0 if each has to be ignored since it does not fit the smallest type. Tasks of different
 * groups share instances: the largest group decides. */
int managed_scaling_count(const struct unplaced_group *unplaced, int count, const struct instance_room *smallest,
                          const struct instance_room *largest);

/* CAP-06, CAP-07 */
struct reservation managed_scaling_reservation(const struct reservation_view *view, const struct managed_scaling *settings);

/* CAP-12, CAP-20: the instances at which the reservation would be at its target; from none, `first_launch`, or 0: by the
 * formula. */
int managed_scaling_desired(const struct reservation *reservation, int running, int target_capacity, int first_launch);

/* CAP-21: the next minute's instances on the way down to `desired`. */
int managed_scaling_step_in(int running, int desired);

#endif
