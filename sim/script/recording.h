/* A recorded metric as CloudWatch's GetMetricData and GetMetricStatistics answer it, in JSON. */
#ifndef SCRIPT_RECORDING_H
#define SCRIPT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "model/metric.h"

/* What to take from the answer. */
struct recording_choice {
    const char *id;               /* of GetMetricData's results; NULL: the only one */
    const char *statistic;        /* of GetMetricStatistics' datapoints; NULL: all that they have */
    int64_t start_unix_s;         /* the instant of the recording that is time 0 */
};

/* The points in the order of the file, in `arena`. `text` ends in a NUL. */
bool recording_parse(const char *text, const struct recording_choice *choice, struct arena *arena,
                     struct recorded_point **points, size_t *count, struct error *err);

/* "2026-09-17T01:44:00Z", with "+02:00" in place of Z or a fraction of a second before it; as the run's time. */
bool recording_parse_time(const char *text, int64_t start_unix_s, sim_time *time);

/* One sample of that value. */
struct metric_slot recording_sample(double value);

#endif
