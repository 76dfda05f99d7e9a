#include "model/routing.h"

#include <stdlib.h>

#include "base/vec.h"
#include "model/balancer.h"
#include "model/task.h"

const char *const routing_names[ROUTE_COUNT] = {
    [ROUTE_ROUND_ROBIN] = "round_robin",
    [ROUTE_LEAST_OUTSTANDING] = "least_outstanding_requests",
    [ROUTE_WEIGHTED_RANDOM] = "weighted_random",
    [ROUTE_MOST_OUTSTANDING] = "most_outstanding_requests",
};

/* ---- algorithms --------------------------------------------------------------------------------------------- */

static bool has_fewer(const struct target *a, const struct target *b)
{
    return a->outstanding != b->outstanding ? a->outstanding < b->outstanding : a->routing.turn < b->routing.turn;
}

static bool has_room(const struct target *target)
{
    return target->outstanding < target->task->definition->slots;
}

/* Without room the fewest again. */
static bool fills_first(const struct target *a, const struct target *b)
{
    if (has_room(a) != has_room(b)) {
        return has_room(a);
    }
    bool by_most = has_room(a) && a->outstanding != b->outstanding;
    return by_most ? a->outstanding > b->outstanding : has_fewer(a, b);
}

/* Does a come before b in the heap? NULL: the algorithm needs none. */
typedef bool earlier(const struct target *a, const struct target *b);

static earlier *const heap_orders[ROUTE_COUNT] = {
    [ROUTE_LEAST_OUTSTANDING] = has_fewer,
    [ROUTE_MOST_OUTSTANDING] = fills_first,
};

/* ---- the heap ----------------------------------------------------------------------------------------------- */

static void put(struct target_ring *ring, int at, struct target *target)
{
    ring->members[at] = target;
    target->routing.at = at;
}

static void sift_up(struct target_ring *ring, struct target *target, earlier *before)
{
    int at = target->routing.at;
    while (at > 0 && before(target, ring->members[(at - 1) / 2])) {
        put(ring, at, ring->members[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(ring, at, target);
}

static void sift_down(struct target_ring *ring, struct target *target, earlier *before)
{
    int at = target->routing.at;
    for (int child; (child = 2 * at + 1) < ring->count; at = child) {
        child += child + 1 < ring->count && before(ring->members[child + 1], ring->members[child]);
        if (!before(ring->members[child], target)) {
            break;
        }
        put(ring, at, ring->members[child]);
    }
    put(ring, at, target);
}

static void find_place(struct target_ring *ring, struct target *target)
{
    earlier *before = heap_orders[ring->routing];
    if (before != NULL) {
        sift_up(ring, target, before);
        sift_down(ring, target, before);
    }
}

static void join_members(struct target_ring *ring, struct target *target)
{
    VEC_GROW(ring->members, ring->count, ring->room);
    put(ring, ring->count++, target);
    find_place(ring, target);
}

static void leave_members(struct target_ring *ring, struct target *target)
{
    struct target *last = ring->members[--ring->count];
    if (last != target) {
        put(ring, target->routing.at, last);
        find_place(ring, last);
    }
}

/* ---- turns -------------------------------------------------------------------------------------------------- */

/* Behind the one that has just had its turn. */
static void join_turns(struct target_ring *ring, struct target *target)
{
    struct routing_place *place = &target->routing;
    if (ring->turn == NULL) {
        ring->turn = place->next = place->previous = target;
    } else {
        place->next = ring->turn;
        place->previous = ring->turn->routing.previous;
        place->previous->routing.next = place->next->routing.previous = target;
    }
}

static void leave_turns(struct target_ring *ring, struct target *target)
{
    struct routing_place *place = &target->routing;
    place->next->routing.previous = place->previous;
    place->previous->routing.next = place->next;
    if (ring->turn == target) {
        ring->turn = place->next != target ? place->next : NULL;
    }
}

/* ---- slow start --------------------------------------------------------------------------------------------- */

static bool is_warming(const struct target *target)
{
    return target->routing.warm_since >= 0;
}

static void end_warming(struct target *target)
{
    if (is_warming(target)) {
        target->routing.warm_since = -1;
        target->routing.ring->warming--;
    }
}

/* End all that are over, whether anybody is picked meanwhile or not: one of full share makes the others wait. */
static void end_due(struct target_ring *ring, sim_time now)
{
    if (ring->warming == 0 || now < ring->next_warm_at) {
        return;
    }
    ring->next_warm_at = SIM_NEVER;
    for (int i = 0; i < ring->count; i++) {
        struct target *target = ring->members[i];
        sim_time warm_at = target->routing.warm_since + ring->slow_start;
        if (is_warming(target) && warm_at <= now) {
            end_warming(target);
        } else if (is_warming(target) && warm_at < ring->next_warm_at) {
            ring->next_warm_at = warm_at;
        }
    }
}

/* ALB-05: targets that were registered together start together, at full share. */
static bool is_spared_by(const struct target *target, const struct target *other)
{
    bool was_there = target->been_healthy || other->registered_at < target->registered_at;
    return other != target && was_there && !is_warming(other);
}

static void begin_warming(struct target_ring *ring, struct target *target, sim_time now)
{
    end_due(ring, now);
    for (int i = 0; i < ring->count; i++) {
        if (is_spared_by(target, ring->members[i])) {
            target->routing.warm_since = now;
            target->routing.share = 0;
            ring->next_warm_at = ring->warming > 0 ? ring->next_warm_at : now + ring->slow_start;
            ring->warming++;
            return;
        }
    }
}

/* Where all targets warm up, all have full shares: of nobody's share there is nothing to leave. */
static bool shares_grow(const struct target_ring *ring)
{
    return ring->warming > 0 && ring->warming < ring->count;
}

double routing_share(const struct target *target, sim_time now)
{
    struct target_ring *ring = target->routing.ring;
    end_due(ring, now);
    bool is_growing = shares_grow(ring) && is_warming(target);
    return is_growing ? (double)(now - target->routing.warm_since) / (double)ring->slow_start : 1;
}

/* Its share of a turn grows linearly from none to a whole one. */
static bool takes_turn(struct target *target, sim_time now)
{
    struct routing_place *place = &target->routing;
    if (!is_warming(target)) {
        return true;
    }
    place->share += now - place->warm_since;
    bool takes = place->share >= place->ring->slow_start;
    place->share -= takes ? place->ring->slow_start : 0;
    return takes;
}

static struct target *next_in_turn(struct target_ring *ring, sim_time now)
{
    struct target *target = ring->turn;
    end_due(ring, now);
    while (shares_grow(ring) && !takes_turn(target, now)) {
        target = target->routing.next;
    }
    ring->turn = target->routing.next;
    return target;
}

/* ---- the ring ----------------------------------------------------------------------------------------------- */

void routing_finish(struct target_ring *ring)
{
    free(ring->members);
}

void routing_enter(struct target_ring *ring, struct target *target, sim_time now, bool warms)
{
    target->routing = (struct routing_place){ .ring = ring, .turn = ++ring->picks, .warm_since = -1 };
    join_members(ring, target);
    join_turns(ring, target);
    if (warms && ring->slow_start > 0) {
        begin_warming(ring, target, now);
    }
}

void routing_leave(struct target *target)
{
    struct target_ring *ring = target->routing.ring;
    if (ring != NULL) {
        end_warming(target);
        leave_turns(ring, target);
        leave_members(ring, target);
        target->routing.ring = NULL;
    }
}

void routing_changed(struct target *target)
{
    if (target->routing.ring != NULL) {
        find_place(target->routing.ring, target);
    }
}

static struct target *take(struct target_ring *ring, struct target *target)
{
    target->routing.turn = ++ring->picks;
    find_place(ring, target);
    return target;
}

struct target *routing_pick(struct target_ring *ring, sim_time now, struct rng *rng)
{
    if (ring->count == 0) {
        return NULL;
    }
    switch (ring->routing) {
    case ROUTE_ROUND_ROBIN:
        return next_in_turn(ring, now);
    case ROUTE_WEIGHTED_RANDOM:   /* equal weights, which is what targets have unless their error rates differ */
        return ring->members[rng_below(rng, (uint64_t)ring->count)];
    case ROUTE_LEAST_OUTSTANDING:
    case ROUTE_MOST_OUTSTANDING:
    case ROUTE_COUNT:
        break;
    }
    return take(ring, ring->members[0]);
}

struct target *routing_pick_least(struct target_ring *ring)
{
    struct target *least = ring->count > 0 ? ring->members[0] : NULL;
    for (int i = 1; i < ring->count && ring->routing != ROUTE_LEAST_OUTSTANDING; i++) {
        least = has_fewer(ring->members[i], least) ? ring->members[i] : least;
    }
    return least != NULL ? take(ring, least) : NULL;
}
