/* How long requests take in a fleet of equal targets at a steady load, and what a target that is not there yet does on its
 * way. Found once, by pilots (pilot.h), for all requests that come while the fleet is that large and the load that high. */
#ifndef MODEL_RESPONSE_LAW_H
#define MODEL_RESPONSE_LAW_H

#include "model/pilot.h"

struct response_family_config {
    enum routing routing;         /* not ROUTE_MOST_OUTSTANDING */
    int64_t demand;               /* CPU of one request, in 1/1000 per cent of the target's */
    int slots;
    bool regular;                 /* arrivals of equal spacing instead of Poisson */
    struct dist work;
};

/* The laws of fleets of all sizes; in the arena of the run, its draws from streams of the run. A pilot is played when it is
 * first needed. */
struct response_family;
struct response_law;
struct response_family *response_family_create(struct sim *sim, const struct response_family_config *config);
struct response_law *response_family_law(struct response_family *family, int targets);

/* Of the work of one request, in s. */
struct work_moments {
    double mean, variance;
};
struct work_moments response_law_work(struct sim *sim, const struct dist *work);

/* Requests per second of one target that works without a pause. */
double response_law_capacity(const struct response_law *law);

/* Where a target stands that has so many requests in it, on the mean. */
struct response_state {
    double load;                  /* of the capacity, below 1 */
    double in_system;
    double empty;                 /* share of time without a request */
    const struct pilot_stratum *low, *high;          /* at two loads; NULL: none */
    double weight;                /* of `high` */
    double stretch, extra_wait;   /* above the highest load that is played */
};

/* The state after `length` seconds in which `rate` requests per second come to a target that was in `in_system`: what it
 * holds grows by what comes and falls by what it finishes in that state. With rate and finishing equal it is the steady
 * state, since by Little's law a steady target that holds so much finishes so much. */
struct response_state response_law_after(struct response_law *law, double in_system, double rate, double length);

/* What a request takes that comes in this state: of that stratum, with one of its waits. Seconds. */
struct response_times {
    double response, wait, work;
};
struct response_times response_state_times(const struct response_state *state, int stratum, int wait);

#endif
