/* Deployments as sentences: begun, first task, ended, and how long protected tasks held them up. */
#ifndef OUTPUT_EXPLAIN_DEPLOYMENT_H
#define OUTPUT_EXPLAIN_DEPLOYMENT_H

#include "output/explain.h"

struct explain_rollout;

/* A zeroed one is ready. */
struct explain_deployments {
    struct explain_rollout *list; /* the newest of each service */
    size_t count, room;
    sim_time told_until;
};

/* Every event comes by here, before it is told. */
void explain_deployments_tell(struct explain *explain, struct explain_deployments *deployments,
                              const struct explain_event *event);

/* Tell which are under way still, and free. */
void explain_deployments_finish(struct explain *explain, struct explain_deployments *deployments);

#endif
