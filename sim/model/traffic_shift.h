/* Blue/green, linear and canary deployments under the ECS controller (DEPLOY-25..31): the new revision grows to full size
 * beside the old one, then the load balancer's traffic moves to it by steps. */
#ifndef MODEL_TRAFFIC_SHIFT_H
#define MODEL_TRAFFIC_SHIFT_H

#include <stdbool.h>

#include "engine/simtime.h"

struct deployment;
struct deployment_configuration;

/* DEPLOY-25, and AWS's words for them. Stages without hooks pass at once. */
enum lifecycle_stage {
    STAGE_NONE,                   /* a rolling deployment */
    STAGE_RECONCILE_SERVICE, STAGE_PRE_SCALE_UP, STAGE_SCALE_UP, STAGE_POST_SCALE_UP, STAGE_TEST_TRAFFIC_SHIFT,
    STAGE_POST_TEST_TRAFFIC_SHIFT, STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT, STAGE_PRODUCTION_TRAFFIC_SHIFT,
    STAGE_POST_PRODUCTION_TRAFFIC_SHIFT, STAGE_BAKE_TIME, STAGE_CLEAN_UP
};
extern const char *const lifecycle_stage_names[];

/* One step of the production traffic: the new revision's share from now on, and how long it bakes. */
struct traffic_step {
    int permille;
    sim_time bake;
};

/* The step `index`, 0 being the first; the last one has 1000 and no bake (DEPLOY-27..29). Pure. */
struct traffic_step traffic_step(const struct deployment_configuration *configuration, int index);

/* A deployment by one of these strategies begins. */
void traffic_shift_begin(struct deployment *deployment);

/* Another deployment is about to overtake it. True: not all traffic was its own yet, and what was goes back. */
bool traffic_shift_give_up(const struct deployment *deployment);

/* In each pass: go on to the next stage where this one is done. `scaled_up`: the new revision is whole and healthy. */
void traffic_shift_watch(struct deployment *deployment, bool scaled_up);

/* DEPLOY-30: has a stage lasted longer than AWS lets it? What cleans up waits for protected tasks however long. */
bool traffic_shift_is_overdue(const struct deployment *deployment);

/* All traffic to this deployment's revision, now. */
void traffic_shift_all(const struct deployment *deployment);

/* May the old revision's tasks go? */
bool traffic_shift_cleans_up(const struct deployment *deployment);

#endif
