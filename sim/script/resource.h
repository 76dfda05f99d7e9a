/* Downstream limits (sim.resource): units that coroutines acquire and give back, and calls that use one while they last. */
#ifndef SCRIPT_RESOURCE_H
#define SCRIPT_RESOURCE_H

#include <stdbool.h>

#include "engine/station.h"

struct container;
struct resource;

/* What a container, or all processes of the world together, hold of a resource. */
struct holding {
    struct resource *resource;
    int units, in_calls;          /* in_calls: of the units, those that calls use now */
    struct holding *next;
};

/* What a coroutine that waits for a resource is at. */
struct resource_wait {
    struct station_call call;
    bool is_call;                 /* not acquire */
    bool is_served;               /* the call has its unit */
    bool from_own;                /* a unit that its container held */
    sim_time asked_at, served_at;
};

/* The container has ended: what it holds is free again. */
void resource_give_back(struct container *container);

#endif
