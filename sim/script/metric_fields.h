/* CloudWatch's Metric, MetricStat and MetricDataQuery as fields of requests. */
#ifndef SCRIPT_METRIC_FIELDS_H
#define SCRIPT_METRIC_FIELDS_H

#include <stddef.h>

#include "model/metric.h"
#include "script/fields.h"

/* A metric named in a request, and what is asked of it. */
struct metric_request {
    struct metric_name metric;
    const char *statistic, *extended_statistic;      /* NULL: not given */
    struct query_config query;    /* term_count 0: `metrics` not given */
    double query_period_s;        /* the longest of its metrics; 0: none is given */
};

/* Readers into a struct metric_request: of `dimensions`, of `metrics`. */
field_reader metric_read_dimensions, metric_read_queries;

/* The fields of a struct metric_request at `member` of struct `owner`. */
#define METRIC_FIELDS(owner, member)                                                                            \
    { .name = "namespace", .type = FIELD_TEXT, .offset = offsetof(owner, member.metric.namespace_) },           \
    { .name = "metric_name", .type = FIELD_TEXT, .offset = offsetof(owner, member.metric.name) },               \
    { .name = "dimensions", .type = FIELD_CUSTOM, .read = metric_read_dimensions,                               \
      .offset = offsetof(owner, member.metric) },                                                               \
    { .name = "statistic", .type = FIELD_TEXT, .offset = offsetof(owner, member.statistic) },                   \
    { .name = "unit", .type = FIELD_WITHOUT_EFFECT },                                                           \
    { .name = "metrics", .type = FIELD_CUSTOM, .read = metric_read_queries, .offset = offsetof(owner, member) }

/* One metric or a list of queries, never both, as a query; raises what is wrong. */
void metric_request_to_query(lua_State *L, const struct path *path, const struct metric_request *request,
                             struct query_config *query);

/* Reads the map or list of dimensions on top into `name`. */
void metric_read_name_dimensions(lua_State *L, const struct path *path, struct metric_name *name);

#endif
