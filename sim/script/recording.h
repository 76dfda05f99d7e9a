/* A recorded metric as CloudWatch's GetMetricData and GetMetricStatistics answer it, in JSON. */
#ifndef SCRIPT_RECORDING_H
#define SCRIPT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "model/metric.h"

/* What to take from the answer. Of GetMetricData's results all that fit, as a listing in pages repeats them. */
struct recording_choice {
    const char *id, *label;       /* NULL: any; results of several ids are an error then */
    const char *statistic;        /* of GetMetricStatistics' datapoints; NULL: all that they have */
    int64_t start_unix_s;         /* the instant of the recording that is time 0 */
};

struct recording_place {
    int list, index;              /* MetricDataResults[list].Values[index]; list -1: Datapoints[index] */
};

/* The points in the order of the file. */
struct recording_points {
    struct recorded_point *points;
    struct recording_place *places;
    size_t count;
};

/* Parse `text`, which ends in a NUL, into `arena`. Messages name the path in the JSON, what was found there and expected. */
bool recording_parse(const char *text, const struct recording_choice *choice, struct arena *arena,
                     struct recording_points *points, struct error *err);

/* Where the point of that index stands: "MetricDataResults[0].Values[3]". `points` is a struct recording_points. */
void recording_describe_place(const void *points, size_t index, char *text, size_t size);

/* "2026-09-17T01:44:00Z", with "+02:00" in place of Z or a fraction of a second before it, as instant_parse_stamp; as the run's
 * time. */
bool recording_parse_time(const char *text, int64_t start_unix_s, sim_time *time);

/* One sample of that value. */
struct metric_slot recording_sample(double value);

#endif
