/* A server that answers calls side by side and slows down under them: up to `knee` calls each go at full speed, and beyond it
 * each call more stretches all of them. */
#ifndef ENGINE_STATION_H
#define ENGINE_STATION_H

#include <stdbool.h>

#include "engine/sim.h"

struct station;

/* Embedded in what waits for the answer. In place from station_begin until it is done or has left. */
struct station_call {
    struct station_call *next, *previous;            /* in the order in which they will be done */
    int64_t due;                                     /* on the station's clock */
};

struct station_config {
    int knee;                     /* calls that do not disturb each other; at least 1 */
    double slowdown;              /* n > knee calls take 1 + slowdown (n - knee) / knee times as long as alone. 1: they share
                                     what the knee can do; above 1: together they do less than that; 0: never slower */
};

struct station {
    struct sim *sim;
    struct station_config config;
    struct station_call calls;    /* head of the ring */
    int count;
    int64_t clock;                /* work that a call present since the start would have had, ns */
    sim_time since;               /* when `clock` was read */
    sim_timer timer;
    void (*done)(struct station_call *call);         /* it is no longer in the ring; may begin others */
};

/* `station` must stay in place until the run ends. */
void station_init(struct station *station, struct sim *sim, const struct station_config *config,
                  void (*done)(struct station_call *));

/* A call that takes `work` ns alone. */
void station_begin(struct station *station, struct station_call *call, int64_t work);

/* It gives up: the others are faster from now on. */
void station_leave(struct station *station, struct station_call *call);

/* How many times longer a call takes among `count`, in millionths. */
int64_t station_stretch(const struct station_config *config, int count);

#endif
