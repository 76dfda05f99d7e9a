/* Observations of whole numbers: count, exact sum, extremes, quantiles. */
#ifndef ENGINE_TALLY_H
#define ENGINE_TALLY_H

#include <stdint.h>

#include "base/wide.h"
#include "engine/histogram.h"

struct tally {
    uint64_t count;
    wide sum;
    struct histogram histogram;
};

void tally_finish(struct tally *tally);              /* a zeroed struct is an empty tally */
void tally_reset(struct tally *tally);
void tally_add(struct tally *tally, int64_t value);
void tally_add_many(struct tally *tally, int64_t value, uint64_t count);   /* so many equal ones */
double tally_mean(const struct tally *tally);        /* NaN if empty */

#endif
