/* The means of independent runs against what theory expects of them. */
#ifndef ANALYTIC_SAMPLE_H
#define ANALYTIC_SAMPLE_H

#include <stdbool.h>

enum { SAMPLE_MAX = 64 };

struct sample {
    double values[SAMPLE_MAX];    /* one a run */
    int count;                    /* two at least before anything is asked */
};

struct sample_verdict {
    double mean, expected;
    double t;                     /* how many standard errors the mean is away */
    double half_width;            /* of the 95 % interval, relative to theory */
    bool agrees;
};

/* Theory holds if the mean is within 3.5 standard errors of it, and the interval is narrow enough, `half_width_most` of
 * theory, for this to mean something. Runs that do not differ at all agree with nothing: there is no interval. */
struct sample_verdict sample_judge(const struct sample *sample, double expected, double half_width_most);

#endif
