#include "engine/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/vec.h"

/* Of a double's 52 bits of fraction, those that a bucket does not look at. */
enum { FINER_BITS = 52 - 7 };

/* The exponent and the first bits of the fraction: the bits of a double grow with its magnitude. */
static int64_t key_of(double value)
{
    double magnitude = fabs(value);
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    int64_t key = (int64_t)(bits >> FINER_BITS);
    return value < 0 ? -key : key;
}

static size_t position_of(const struct sketch *sketch, int64_t key)
{
    size_t low = 0, high = sketch->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sketch->buckets[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_bucket(struct sketch *sketch, const struct sketch_bucket *added)
{
    size_t at = position_of(sketch, added->key);
    if (at == sketch->count || sketch->buckets[at].key != added->key) {
        VEC_GROW(sketch->buckets, sketch->count, sketch->room);
        memmove(&sketch->buckets[at + 1], &sketch->buckets[at], (sketch->count - at) * sizeof *sketch->buckets);
        sketch->buckets[at] = (struct sketch_bucket){ .key = added->key };
        sketch->count++;
    }
    sketch->buckets[at].weight += added->weight;
    sketch->buckets[at].sum += added->sum;
    sketch->weight += added->weight;
}

void sketch_finish(struct sketch *sketch)
{
    free(sketch->buckets);
    *sketch = (struct sketch){ .count = 0 };
}

void sketch_reset(struct sketch *sketch)
{
    sketch->count = 0;
    sketch->weight = 0;
}

void sketch_add(struct sketch *sketch, double value, double weight)
{
    CHECK(isfinite(value) && weight > 0);
    add_bucket(sketch, &(struct sketch_bucket){ key_of(value), weight, value * weight });
}

void sketch_merge(struct sketch *into, const struct sketch *from)
{
    for (size_t i = 0; i < from->count; i++) {
        add_bucket(into, &from->buckets[i]);
    }
}

double sketch_quantile(const struct sketch *sketch, double share)
{
    /* A little less: 0.07 is no binary fraction, yet 7 of 100 are meant to be enough for it. */
    double wanted = share * sketch->weight * (1 - 1e-12), below = 0;
    for (size_t i = 0; i < sketch->count; i++) {
        below += sketch->buckets[i].weight;
        if (below >= wanted) {
            return sketch->buckets[i].sum / sketch->buckets[i].weight;
        }
    }
    return NAN;
}
