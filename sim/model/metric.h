/* CloudWatch metrics: datapoints by period, and expressions over them. */
#ifndef MODEL_METRIC_H
#define MODEL_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "engine/simtime.h"
#include "engine/sketch.h"

struct world;
struct assumptions;
struct service;
struct queue;
struct target_group;
struct cluster;
struct capacity_provider;

enum { METRIC_DIMENSIONS_MAX = 8, QUERY_TERMS_MAX = 20 };

enum statistic {
    STATISTIC_AVERAGE, STATISTIC_SUM, STATISTIC_MINIMUM, STATISTIC_MAXIMUM, STATISTIC_SAMPLE_COUNT, STATISTIC_COUNT
};
bool statistic_parse(const char *text, enum statistic *statistic, struct error *err);   /* AWS's words */
extern const char *const statistic_names[STATISTIC_COUNT];

/* An extended statistic: "p95", "p99.9". 0 to 100. */
bool percentile_parse(const char *text, double *percentile, struct error *err);

struct metric_dimension {
    const char *name, *value;
};

/* Names a metric. Dimensions in any order. Texts are borrowed until the call returns. */
struct metric_name {
    const char *namespace_, *name;
    struct metric_dimension dimensions[METRIC_DIMENSIONS_MAX];
    int dimension_count;
};

/* Where a metric's lag comes from (ALARM-08, ALARM-09). */
enum metric_source { METRIC_ECS, METRIC_INSIGHTS, METRIC_SQS, METRIC_ALB, METRIC_CUSTOM };

/* Which number of a service or a queue a metric is; METRIC_WRITTEN is none of them but what metric_put writes. */
enum metric_subject {
    METRIC_CPU, METRIC_MEMORY,
    METRIC_RUNNING_TASKS, METRIC_DESIRED_TASKS, METRIC_PENDING_TASKS, METRIC_DEPLOYMENTS, METRIC_TASK_SETS,
    METRIC_CPU_UTILIZED, METRIC_CPU_RESERVED, METRIC_MEMORY_UTILIZED, METRIC_MEMORY_RESERVED,
    METRIC_VISIBLE, METRIC_NOT_VISIBLE, METRIC_DELAYED, METRIC_OLDEST_AGE,
    METRIC_SENT, METRIC_RECEIVED, METRIC_DELETED, METRIC_EMPTY_RECEIVES,
    METRIC_REQUESTS, METRIC_REQUESTS_PER_TARGET, METRIC_RESPONSE_TIME,
    METRIC_TARGET_2XX, METRIC_TARGET_3XX, METRIC_TARGET_4XX, METRIC_TARGET_5XX, METRIC_BALANCER_5XX,
    METRIC_CONNECTIONS, METRIC_NEW_CONNECTIONS, METRIC_HEALTHY_HOSTS, METRIC_UNHEALTHY_HOSTS,
    METRIC_CLUSTER_CPU, METRIC_CLUSTER_MEMORY, METRIC_CLUSTER_CPU_RESERVATION, METRIC_CLUSTER_MEMORY_RESERVATION,
    METRIC_PROVIDER_RESERVATION,
    METRIC_WRITTEN
};

struct metric_slot {
    double sum, minimum, maximum, samples;
};

/* Add the samples of `point` to those of `total`; the value of a statistic over them (at least one sample). */
void metric_slot_add(struct metric_slot *total, const struct metric_slot *point);
double metric_slot_value(const struct metric_slot *total, enum statistic statistic);

struct metric_cell {
    int64_t index;                /* start / slot length; tells which turn of the ring it belongs to */
    struct metric_slot slot;
    struct sketch sketch;         /* its samples, where a percentile is read */
};

/* A series from outside in the place of what the simulation would report. */
struct recorded_point {
    sim_time start;               /* of its period */
    struct metric_slot slot;
};

struct recording {
    const struct recorded_point *points;     /* in any order, with holes; those of one period are added up */
    size_t point_count;
    sim_time period;              /* of the points; readers may have a longer one */
    sim_time visibility_delay, alarm_data_lag;       /* of this metric alone; below 0: as of its kind */
};

struct metric {
    const struct metrics *store;
    struct metric_name name;      /* own copy, dimensions sorted by name */
    enum metric_source source;
    enum metric_subject subject;
    const struct service *service;           /* what an AWS metric is about; NULL: not a service's */
    const struct queue *queue;
    struct target_group *target_group;       /* told what it is to keep for readers */
    const struct cluster *cluster;
    const struct capacity_provider *provider;
    sim_time slot;                /* the finest period that can be read */
    const struct recording *recording;       /* its points in order of time; NULL: simulated */
    struct metric_cell *slots;    /* a ring; NULL while nobody reads the metric */
    int64_t slot_count, newest;   /* newest: the greatest index written */
    bool keeps_samples;           /* for percentiles */
    sim_time kept_since, written_since;      /* -1: never */
};

/* From its begin until `until`, what is reported of a metric, or of all that are about a service, comes late. */
struct metric_fault {
    const struct metric *metric;             /* NULL: those of the service */
    const struct service *service;
    sim_time until, delay;        /* delay SIM_NEVER: it is lost */
    struct world *world;          /* as the next one set by metrics_disturb */
    struct metric_fault *next;
};

/* What an alarm costs as long as it exists (COST-12). */
struct alarm_rent {
    struct alarm_rent *next;
    int metrics;
    bool high_resolution;
    sim_time from, to;
};

/* The store of a world. */
struct metrics {
    struct metric **sorted;       /* by name: the order in which a probe fills them, too */
    size_t count, room;
    struct alarm_rent *rents;
    struct metric_fault *faults;  /* in no order; those that are over are used again */
    struct mem_owner delayed;     /* points on their way */
};

/* The fault begins now. */
void metrics_disturb(struct world *world, const struct metric_fault *fault);

struct metrics *metrics_create(struct world *world);   /* in the world's arena, but for `sorted` */
void metrics_destroy(struct metrics *metrics);         /* NULL is fine */

/* Charge alarms, custom metrics and the Container Insights metrics that something reads to world->control (COST-12,
 * COST-13) for [from, to). */
void metrics_charge(struct world *world, sim_time from, sim_time to);

/* At the end of a run: a custom metric that is read and was never written is a warning, and so is a recorded series that
 * nothing reads. */
void metrics_warn_unwritten(struct world *world);

/* The metric of that name, made if need be. Fails where a name is in an AWS namespace but not one that the model has,
 * or its dimensions name no service or queue of this world. */
struct metric *metric_find(struct world *world, const struct metric_name *name, struct error *err);

/* Put a recorded series in the place of a metric, before anything reads it; what the world itself reports under that name
 * is dropped from then on. The name may also be one of AWS's that the model does not have. NULL: error. Points before
 * time 0 are not seen. */
struct metric *metric_record(struct world *world, const struct metric_name *name, const struct recording *recording,
                             struct error *err);

/* Somebody reads the metric, as far back as `range`, which may come before anything was written. Without readers a
 * metric stores nothing, so a reader that comes late sees only what is written from then on. */
void metric_keep(struct metric *metric, sim_time now, sim_time range);
void metric_keep_samples(struct metric *metric);     /* and reads percentiles */

/* PutMetricData: `value`, finite, at this instant (custom namespaces). Cheap: keep the metric. */
void metric_put(struct metric *metric, sim_time now, double value);

/* One point of a period that begins at `start`: what AWS's own services report. `values` has its samples for percentiles;
 * NULL: it counts as one sample at its mean. */
void metric_report(struct metric *metric, sim_time start, sim_time period, const struct metric_slot *point,
                   const struct sketch *values);

/* The statistic over [start, start + period); false: no data. */
bool metric_read(const struct metric *metric, sim_time start, sim_time period, enum statistic statistic, double *value);

/* A percentile of the samples. */
bool metric_read_percentile(const struct metric *metric, sim_time start, sim_time period, double percentile, double *value);

/* From the end of a period until alarms of that period use its datapoint (ALARM-08, ALARM-09); until GetMetricData shows
 * it (CW-05, CW-06). */
sim_time metric_alarm_data_lag(const struct assumptions *assumptions, const struct metric *metric, sim_time period);
sim_time metric_visibility_delay(const struct assumptions *assumptions, const struct metric *metric, sim_time period);

/* MetricDataQuery[]: metrics and expressions over them, exactly one of which is returned. */
struct query_term {
    const char *id;
    const char *expression;       /* NULL: a metric */
    struct metric_name metric;
    enum statistic statistic;
    double percentile;            /* above 0: this in place of the statistic */
    sim_time period;              /* of the metric; 0: the query's */
    bool return_data;
};

struct query_config {
    struct query_term terms[QUERY_TERMS_MAX];
    int term_count;
};

struct query;

/* `period` is that of the series which is returned. A metric of a shorter one, which has to divide it, counts with the
 * datapoint that has the same timestamp.
 *
 * Checks ids, expressions and references ("expression 'm1 / mm': unknown id 'mm', did you mean 'm2'?"). In the
 * world's arena.
 *
 * Expressions: numbers, ids, + - * /, comparisons (1 or 0), parentheses, IF(condition, then, else), FILL(series,
 * value), FILL(metric, REPEAT) and FILL(metric, LINEAR), RATE(metric), MIN MAX SUM AVG of a list [a, b, ...] or of
 * METRICS(), which may name a part of the ids, ABS CEIL FLOOR. An operation on a missing datapoint has no datapoint, nor
 * has a division by zero; the functions of lists pass over missing members. */
struct query *query_create(struct world *world, const struct query_config *config, sim_time period, struct error *err);

/* The reader looks back as far as `range`. */
void query_keep(const struct query *query, sim_time now, sim_time range);

/* The returned series at [start, start + period); false: no datapoint (missing input, division by zero: BACKLOG-03). */
bool query_read(const struct query *query, sim_time start, double *value);

/* The same by a reader who sees periods that ended by `seen_until`: gaps before them are closed by FILL(metric, LINEAR). */
bool query_read_seeing(const struct query *query, sim_time start, sim_time seen_until, double *value);

/* The metrics that it reads, in the order of its terms; NULL past the last. */
const struct metric *query_metric(const struct query *query, int i);

#endif
