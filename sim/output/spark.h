/* A quantity over time as one line of block characters. Memory does not grow with the run. */
#ifndef OUTPUT_SPARK_H
#define OUTPUT_SPARK_H

#include <stdbool.h>
#include <stdint.h>

#include "output/text.h"

enum { SPARK_BINS = 128 };

enum spark_kind { SPARK_MEAN, SPARK_MAX };

/* Values one after the other, equally spaced in time; neighbours share a bin once there are many. */
struct spark {
    enum spark_kind kind;
    double bins[SPARK_BINS];
    int count;                    /* full bins */
    int64_t per_bin, in_bin;      /* values */
    double sum, max;              /* of the bin that fills */
    double least, most;           /* of all values */
};

void spark_init(struct spark *spark, enum spark_kind kind);
void spark_add(struct spark *spark, double value);   /* NaN counts as 0 */
void spark_draw(const struct spark *spark, struct text *text, int width);

#endif
