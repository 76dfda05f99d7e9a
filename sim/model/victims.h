/* Which tasks of a service its scheduler stops: never a protected one, unless the cause is none of those that protection
 * guards against (PROT-31..50). */
#ifndef MODEL_VICTIMS_H
#define MODEL_VICTIMS_H

#include <stdbool.h>

#include "model/cause.h"

struct deployment;

struct stop_order {
    int wanted;
    bool failing_only;            /* only tasks that are to be replaced */
    int zone;                     /* only in this one; below 0: anywhere */
    enum cause cause;             /* of those that are not failing */
};

/* Stop up to `wanted` tasks of the deployment. Returns how many were not stopped because all that remained are protected. */
int victims_stop(struct deployment *deployment, const struct stop_order *order);

#endif
