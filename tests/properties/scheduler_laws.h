/* What holds for every service, whatever happens to it: judged from what the model records and from facts of its tasks, with
 * arithmetic of its own. */
#ifndef TESTS_PROPERTIES_SCHEDULER_LAWS_H
#define TESTS_PROPERTIES_SCHEDULER_LAWS_H

#include "model/world.h"

enum { LAWS_TASKS_MAX = 512 };

/* What was recorded of the task in one slot of the world's table. */
struct witness {
    bool is_protected;
    sim_time protected_until;
    sim_time pulled_at, ended_at, released_at;   /* billing: container's pull, its end, STOPPED; -1: not yet */
    const char *stop_code;        /* the first that was seen; NULL: none yet */
};

struct laws {
    struct world *world;
    struct witness witnesses[LAWS_TASKS_MAX];
    uint64_t begun, gone;
    wide billed_slot_ns;          /* of tasks that are gone */
    sim_time last_act;            /* when a task was started or its stop was decided */
    bool is_awake;                /* a look at the counts is due at this instant */
};

/* Observe `world`, which has one service. A violation is printed to stderr, with the law and the simulated time, and ends
 * the process with status 1. */
void laws_watch(struct laws *laws, struct world *world);

/* After world_run: the books, and the service at rest after `quiet` without changes. */
void laws_judge_end(const struct laws *laws, sim_time quiet);

#endif
