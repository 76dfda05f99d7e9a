/* Which tasks of a service its scheduler stops: never a protected one, unless the cause is none of those that protection
 * guards against (PROT-31..50). */
#ifndef MODEL_VICTIMS_H
#define MODEL_VICTIMS_H

#include <stdbool.h>

#include "model/cause.h"

struct deployment;

struct stop_order {
    int wanted;
    int keep_healthy;             /* so many healthy tasks of the service stay; 0: any may go (DEPLOY-01) */
    bool failing_only;            /* only tasks that are to be replaced */
    bool to_balance;              /* SCHED-40: only in this zone, on this share of the capacity provider strategy */
    int zone, share;
    enum cause cause;             /* of those that are not failing */
};

/* Stop up to `wanted` tasks of the deployment. Returns how many were not stopped because protection holds them. */
int victims_stop(struct deployment *deployment, const struct stop_order *order);

#endif
