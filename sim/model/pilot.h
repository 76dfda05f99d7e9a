/* A pilot: a fleet of equal targets at a steady load, played without a world around it. Arrivals, routing, slots and the
 * sharing of the CPU are as request.c, routing.c and work.c have them. */
#ifndef MODEL_PILOT_H
#define MODEL_PILOT_H

#include "engine/dist.h"
#include "engine/sim.h"
#include "model/routing.h"

struct pilot_config {
    enum routing routing;         /* not ROUTE_MOST_OUTSTANDING */
    int targets;
    int64_t demand;               /* CPU of one request, in 1/1000 per cent of the target's */
    int slots;
    bool regular;                 /* arrivals of equal spacing instead of Poisson */
    const struct dist *work;
};

/* Equally many requests in each, by response time: 0.95 and 0.99 are in the middle of one. Seconds; means over its requests,
 * but for the wait for a slot, a part of the response: some requests of one stratum wait long for little work, others not
 * at all. */
enum { PILOT_STRATA = 250, PILOT_WAITS = 8 };
struct pilot_stratum {
    double response, work;
    double waits[PILOT_WAITS];    /* from a sample, in order; their mean is that of the stratum */
};

struct pilot_report {
    double work_rate;             /* what came in fact, seconds of work per target and second: chance makes it more or less */
    double response;              /* mean over all requests */
    double empty;                 /* share of time in which a target has none */
    struct pilot_stratum strata[PILOT_STRATA];
};

/* Requests come every `interval` seconds on the mean. The draws are from the stream of that name, the same for all pilots. */
void pilot_fly(struct sim *sim, const char *stream, const struct pilot_config *config, double interval, int64_t requests,
               struct pilot_report *report);

#endif
