/* What the benchmarks share: thread CPU time, less disturbed by other work than the wall clock, and medians. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MEASURE_ROUNDS = 7 };

static inline double measure_cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline int measure_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One line: the name, then median, least and most nanoseconds of the rounds. */
static inline void measure_print(const char *name, double *nanoseconds)
{
    qsort(nanoseconds, MEASURE_ROUNDS, sizeof *nanoseconds, measure_compare);
    printf("%-34s %8.1f ns  (min %.1f max %.1f)\n", name, nanoseconds[MEASURE_ROUNDS / 2], nanoseconds[0],
           nanoseconds[MEASURE_ROUNDS - 1]);
    fflush(stdout);
}

#endif
