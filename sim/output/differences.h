/* Where a run leaves AWS's rules as the ledger has them: assumptions that it or one of its services overrides. */
#ifndef OUTPUT_DIFFERENCES_H
#define OUTPUT_DIFFERENCES_H

#include "model/assumption.h"

struct world;

struct difference {
    const struct assumption *assumption;
    const char *service;          /* NULL: of the whole run */
    char value[64];
};

/* Call visit for each, the run's first, then service by service. */
void differences_visit(const struct world *world,
                       void (*visit)(void *context, const struct difference *difference), void *context);

#endif
