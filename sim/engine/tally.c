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
    tally->count++;
    tally->sum += value;
    histogram_add(&tally->histogram, value, 1);
}

double tally_mean(const struct tally *tally)
{
    return tally->count > 0 ? (double)tally->sum / (double)tally->count : (double)NAN;
}
