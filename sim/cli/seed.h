/* The master seed as users give it. */
#ifndef CLI_SEED_H
#define CLI_SEED_H

#include <stdint.h>

#include "base/error.h"

/* NULL: 1. "random": drawn from the system, short enough to be typed again. */
bool seed_parse(const char *text, uint64_t *seed, struct error *err);

#endif
