/* Weighted samples of any real numbers in logarithmic buckets, 128 to an octave: quantiles within 0.8 %, and exact where
 * the samples of a bucket are equal. Mergeable; takes room for the buckets that are used, however many samples there are. */
#ifndef ENGINE_SKETCH_H
#define ENGINE_SKETCH_H

#include <stddef.h>
#include <stdint.h>

struct sketch_bucket {
    int64_t key;                  /* grows with the values */
    double weight, sum;
};

struct sketch {
    struct sketch_bucket *buckets;   /* by key, grown as needed */
    size_t count, room;
    double weight;
};

void sketch_finish(struct sketch *sketch);           /* frees; a zeroed struct is an empty sketch */
void sketch_reset(struct sketch *sketch);            /* empty again, memory kept */

void sketch_add(struct sketch *sketch, double value, double weight);   /* finite, above 0 */
void sketch_merge(struct sketch *into, const struct sketch *from);

/* The least value with at least `share` (0 to 1) of the weight at or below it, as the mean of its bucket. NaN if empty. */
double sketch_quantile(const struct sketch *sketch, double share);

#endif
