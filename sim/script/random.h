/* Random variables of the scenario (sim.random), and fields that take a time or one of them. */
#ifndef SCRIPT_RANDOM_H
#define SCRIPT_RANDOM_H

#include <stdbool.h>

#include "engine/dist.h"
#include "script/fields.h"
#include "script/object.h"

struct random_object {
    struct object object;
    struct dist dist;
    struct rng rng;               /* of draws by the scenario itself */
    const char *name;
};

/* A field of type "time or random". */
struct random_field {
    struct dist dist;
    const char *name;             /* of the random variable; NULL: a plain time */
    bool given;
};
field_reader random_read;         /* into a struct random_field */

#endif
