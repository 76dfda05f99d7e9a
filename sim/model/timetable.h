/* The scheduled actions of one scalable target: which is due next, and that they run in their order. */
#ifndef MODEL_TIMETABLE_H
#define MODEL_TIMETABLE_H

#include <stdbool.h>

#include "base/error.h"
#include "model/schedule.h"

struct service;
struct timetable;

/* PutScheduledAction. For an action that exists already, what is not given stays as it was, but for start and end. */
struct scheduled_action_config {
    const char *name;
    bool has_schedule, has_zone, has_action;         /* given: schedule; schedule.zone; one of the capacities or both */
    struct schedule schedule;
    int min_capacity, max_capacity;                  /* negative: the action does not change it */
};

/* In the world's arena; nothing in it. */
struct timetable *timetable_create(struct service *service);

/* False where AWS would refuse: nothing to do, no schedule, more than 200 actions, one that never runs. */
bool timetable_put(struct timetable *timetable, const struct scheduled_action_config *config, struct error *err);

#endif
