#include "engine/tally.h"

#include <math.h>

void tally_finish(struct tally *tally)
{
    histogram_finish(&tally->histogram);
    *tally = (struct tally){ 0 };
}

void tally_reset(struct tally *tally)
{
    tally->count = 0;
    tally->sum = 0;
    histogram_reset(&tally->histogram);
}

void tally_add(struct tally *tally, int64_t value)
{
    tally_add_many(tally, value, 1);
}

void tally_add_many(struct tally *tally, int64_t value, uint64_t count)
{
    tally->count += count;
    tally->sum += (wide)value * count;
    histogram_add(&tally->histogram, value, count);
}

double tally_mean(const struct tally *tally)
{
    return tally->count > 0 ? (double)tally->sum / (double)tally->count : (double)NAN;
}
