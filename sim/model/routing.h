/* Which of the targets that may get requests gets the next one (ALB-03, ALB-05). */
#ifndef MODEL_ROUTING_H
#define MODEL_ROUTING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/rng.h"
#include "engine/simtime.h"

struct target;

enum routing {                    /* ALB-03 */
    ROUTE_ROUND_ROBIN, ROUTE_LEAST_OUTSTANDING, ROUTE_WEIGHTED_RANDOM,
    ROUTE_MOST_OUTSTANDING,       /* not AWS's: fills one task before it turns to the next */
    ROUTE_COUNT
};
extern const char *const routing_names[ROUTE_COUNT];   /* AWS's words */

/* Targets that share requests. Round robin picks in constant time, as does chance; the algorithms that look at outstanding
 * requests take the logarithm of the number of targets, for each change of these as well. */
struct target_ring {
    enum routing routing;
    sim_time slow_start;          /* ALB-05, round robin only; 0: off */
    struct target **members;      /* a heap, the one to pick first at its top, for algorithms that have such an order */
    int count, room;
    struct target *turn;          /* the next one by round robin */
    int warming;                  /* targets in slow start */
    sim_time next_warm_at;        /* with any: none of them is due earlier */
    uint64_t picks;               /* and entries: so many turns were given */
};

/* What routing keeps with a target. */
struct routing_place {
    struct target_ring *ring;     /* NULL: it gets no requests */
    int at;                       /* in its members */
    struct target *next, *previous;          /* by round robin */
    uint64_t turn;                /* when it was picked last, or entered: of equals the least goes first */
    sim_time warm_since;          /* in slow start; -1: it has its full share */
    sim_time share;               /* in slow start: turns that it is due, in `slow_start`ths of a turn */
};

void routing_finish(struct target_ring *ring);       /* frees; the members stay */

/* The target joins behind all others. With `warms` it begins with a slow start, unless no other target of the ring has its
 * full share and was registered before it: there must be somebody to leave the requests to. */
void routing_enter(struct target_ring *ring, struct target *target, sim_time now, bool warms);
void routing_leave(struct target *target);           /* in a ring or not */

/* Its outstanding requests have changed. */
void routing_changed(struct target *target);

/* The target for the next request, whose turn it was thereby; NULL: the ring is empty. */
struct target *routing_pick(struct target_ring *ring, sim_time now, struct rng *rng);

/* What a member gets of a whole share of the requests by round robin: less than 1 in its slow start. */
double routing_share(const struct target *target, sim_time now);

/* The one with the fewest outstanding requests, whatever the ring's algorithm. */
struct target *routing_pick_least(struct target_ring *ring);

#endif
