/* Weighted counts of whole numbers >= 0 in logarithmic buckets, 256 to an octave and exact below 512: quantiles within
 * 0.4 %. Mergeable. */
#ifndef ENGINE_HISTOGRAM_H
#define ENGINE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

struct histogram_bucket {
    uwide weight;
    int64_t ramps_change;         /* ramps that cover this bucket whole, less those that cover the one before */
};

struct histogram {
    struct histogram_bucket *buckets;   /* grown as needed */
    size_t room;
    uwide total;
    int64_t min, max;
};

void histogram_finish(struct histogram *histogram);  /* frees; a zeroed struct is an empty histogram */
void histogram_reset(struct histogram *histogram);   /* empty again, memory kept */

/* Negative values count as 0. */
void histogram_add(struct histogram *histogram, int64_t value, uint64_t weight);

/* The weight 1 for each value of [from, to): a quantity that grows with time, as the age of something between two events.
 * Takes no longer for a long ramp than for a short one. */
void histogram_add_ramp(struct histogram *histogram, int64_t from, int64_t to);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The smallest recorded value x such that at least `share` of the weight is at or below x, as the middle of its bucket;
 * exact at 0 and 1. -1 if empty. */
int64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
