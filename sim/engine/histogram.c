#include "engine/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    SUB_BITS = 8,
    SUB_BUCKETS = 1 << SUB_BITS,
};

/* An octave starts at a power of two and has SUB_BUCKETS buckets of one width; the first two have the width 1. */
static size_t bucket_of(int64_t value)
{
    if (value < 2 * SUB_BUCKETS) {
        return (size_t)value;
    }
    int octave = 63 - __builtin_clzll((unsigned long long)value) - SUB_BITS;
    return (size_t)octave * SUB_BUCKETS + (size_t)(value >> octave);
}

static int octave_of(size_t bucket)
{
    return bucket < 2 * SUB_BUCKETS ? 0 : (int)(bucket / SUB_BUCKETS) - 1;
}

static int64_t bucket_width(size_t bucket)
{
    return INT64_C(1) << octave_of(bucket);
}

static int64_t bucket_start(size_t bucket)
{
    int octave = octave_of(bucket);
    return (int64_t)(bucket - (size_t)octave * SUB_BUCKETS) << octave;
}

static struct histogram_bucket *reach(struct histogram *histogram, size_t bucket)
{
    if (bucket >= histogram->room) {
        /* Whole octaves: few resizes, little waste. */
        size_t room = (bucket / SUB_BUCKETS + 1) * SUB_BUCKETS;
        histogram->buckets = mem_resize(histogram->buckets, room, sizeof *histogram->buckets);
        memset(histogram->buckets + histogram->room, 0, (room - histogram->room) * sizeof *histogram->buckets);
        histogram->room = room;
    }
    return &histogram->buckets[bucket];
}

static void note(struct histogram *histogram, int64_t min, int64_t max, uwide weight)
{
    if (histogram->total == 0 || min < histogram->min) {
        histogram->min = min;
    }
    if (histogram->total == 0 || max > histogram->max) {
        histogram->max = max;
    }
    histogram->total += weight;
}

void histogram_finish(struct histogram *histogram)
{
    free(histogram->buckets);
    *histogram = (struct histogram){ 0 };
}

void histogram_reset(struct histogram *histogram)
{
    if (histogram->room > 0) {
        memset(histogram->buckets, 0, histogram->room * sizeof *histogram->buckets);
    }
    histogram->total = 0;
}

void histogram_add(struct histogram *histogram, int64_t value, uint64_t weight)
{
    if (weight == 0) {
        return;
    }
    int64_t counted = value > 0 ? value : 0;
    reach(histogram, bucket_of(counted))->weight += weight;
    note(histogram, counted, counted, weight);
}

void histogram_add_ramp(struct histogram *histogram, int64_t from, int64_t to)
{
    CHECK(from <= to);
    if (from < 0) {
        histogram_add(histogram, 0, (uint64_t)(to < 0 ? to : 0) - (uint64_t)from);
        from = 0;
    }
    if (from >= to) {
        return;
    }
    size_t first = bucket_of(from);
    size_t last = bucket_of(to - 1);
    reach(histogram, last);
    struct histogram_bucket *buckets = histogram->buckets;
    if (first == last) {
        buckets[first].weight += (uint64_t)(to - from);
    } else {
        buckets[first].weight += (uint64_t)(bucket_start(first + 1) - from);
        buckets[first + 1].ramps_change++;
        buckets[last].ramps_change--;
        buckets[last].weight += (uint64_t)(to - bucket_start(last));
    }
    note(histogram, from, to - 1, (uint64_t)(to - from));
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->total == 0) {
        return;
    }
    reach(into, from->room - 1);
    for (size_t i = 0; i < from->room; i++) {
        into->buckets[i].weight += from->buckets[i].weight;
        into->buckets[i].ramps_change += from->buckets[i].ramps_change;
    }
    note(into, from->min, from->max, from->total);
}

/* The bucket with which the weight from 0 up reaches `wanted`. */
static size_t bucket_at(const struct histogram *histogram, double wanted)
{
    uwide below = 0;
    int64_t ramps = 0;
    for (size_t i = 0; i < histogram->room; i++) {
        const struct histogram_bucket *bucket = &histogram->buckets[i];
        ramps += bucket->ramps_change;
        below += bucket->weight + (uwide)ramps * (uwide)bucket_width(i);
        if ((double)below >= wanted) {
            return i;
        }
    }
    return bucket_of(histogram->max);
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
    if (histogram->total == 0) {
        return -1;
    }
    if (share <= 0) {
        return histogram->min;
    }
    if (share >= 1) {
        return histogram->max;
    }
    /* A little less: 0.07 is no binary fraction, yet 7 of 100 are meant to be enough for it. */
    double wanted = share * (double)histogram->total * (1 - 1e-12);
    size_t bucket = bucket_at(histogram, wanted);
    int64_t middle = bucket_start(bucket) + (bucket_width(bucket) - 1) / 2;
    return clamp(middle, histogram->min, histogram->max);
}
