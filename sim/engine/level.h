/* A whole number that changes at instants: its integral over time is exact. */
#ifndef ENGINE_LEVEL_H
#define ENGINE_LEVEL_H

#include <stdint.h>

#include "base/wide.h"
#include "engine/simtime.h"

struct level {
    int64_t value, min, max;      /* extremes since level_restart */
    sim_time since;               /* when `value` was set */
    wide area;                    /* integral up to `since`, in units x ns */
};

static inline wide level_area(const struct level *level, sim_time now)
{
    return level->area + (wide)level->value * (now - level->since);
}

static inline void level_set(struct level *level, sim_time now, int64_t value)
{
    level->area = level_area(level, now);
    level->since = now;
    level->value = value;
    if (value < level->min) {
        level->min = value;
    }
    if (value > level->max) {
        level->max = value;
    }
}

static inline void level_add(struct level *level, sim_time now, int64_t change)
{
    level_set(level, now, level->value + change);
}

/* Forget the past, keep the value: the end of a warm-up. */
static inline void level_restart(struct level *level, sim_time now)
{
    level->area = 0;
    level->since = now;
    level->min = level->max = level->value;
}

#endif
