/* Recorded values, each of which stands for a span of time, as a rate. */
#ifndef SCRIPT_SERIES_H
#define SCRIPT_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/rate.h"

struct series_value {
    sim_time start;
    double value;
    size_t index;                 /* in the file */
};

struct series {
    struct series_value *values;  /* in any order */
    size_t count;
    /* Where the value of that index stands, for messages: "line 17". */
    void (*describe_place)(const void *source, size_t index, char *text, size_t size);
    const void *source;
};

enum series_holes { SERIES_REFUSE, SERIES_LEVEL, SERIES_ZERO };

struct series_form {
    sim_time period;              /* what a value stands for; 0: the median distance between neighbours */
    sim_time per;                 /* values count per so much; 0: over the time that each stands for */
    enum series_holes holes;      /* between values more than one and a half periods apart */
    sim_time from, to;            /* what is taken, counted from the first value; `from` becomes time 0 */
};

struct series_rate {
    struct rate_point *points;    /* a step per change, 0 after the end */
    size_t count;
    sim_time length;
    size_t holes;                 /* that were filled */
};

/* Sort the values by time and make a rate of them, in `arena`. Refuses values below 0 and two at one time. */
bool series_to_rate(struct series *series, const struct series_form *form, struct arena *arena, struct series_rate *rate,
                    struct error *err);

#endif
