/* Downstream limits (sim.resource): units that coroutines acquire and give back. */
#ifndef SCRIPT_RESOURCE_H
#define SCRIPT_RESOURCE_H

struct container;

/* The container has ended: what it holds is free again. */
void resource_give_back(struct container *container);

#endif
