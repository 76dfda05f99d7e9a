/* A rate over time, and arrivals from it by time change of a unit-rate Poisson process: a sweep over the rate keeps its
 * pairing, since the same unit process is stretched. */
#ifndef ENGINE_RATE_H
#define ENGINE_RATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/simtime.h"

struct rate_point {
    sim_time time;
    double per_second;
};

/* Linear between points, level outside them; repeated every `period` if that is above 0. Two points at one time: a step. */
struct rate {
    const struct rate_point *points;
    size_t count;
    sim_time period;              /* 0: not repeated */
    const double *area;           /* derived: expected arrivals up to each point */
};

/* Check order and sign, keep the points, derive the areas in `arena`. */
bool rate_init(struct rate *rate, struct arena *arena, struct error *err);
double rate_at(const struct rate *rate, sim_time when);          /* per second */
double rate_area(const struct rate *rate, sim_time until);       /* expected arrivals in [0, until] */

/* The first instant at which `area` arrivals are expected since 0; SIM_NEVER if there is none. */
sim_time rate_time_of(const struct rate *rate, double area);

#endif
