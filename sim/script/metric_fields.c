#include "script/metric_fields.h"

#include <string.h>

#include "script/bind.h"

/* ---- dimensions --------------------------------------------------------------------------------------------- */

/* A dimension's value on top: a text, or the object whose name it is. */
static const char *read_value(lua_State *L, const struct path *path)
{
    const enum object_kind kinds[] = { OBJECT_SERVICE, OBJECT_QUEUE, OBJECT_TARGET_GROUP };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct reference *reference = object_test(L, -1, kinds[i]);
        if (reference) {
            return reference->name;
        }
    }
    return fields_text(L, path);
}

static void add_dimension(lua_State *L, const struct path *path, struct metric_name *metric, const char *name)
{
    if (metric->dimension_count == METRIC_DIMENSIONS_MAX) {
        fields_error(L, path, "more than %d dimensions", METRIC_DIMENSIONS_MAX);
    }
    metric->dimensions[metric->dimension_count++] = (struct metric_dimension){ name, read_value(L, path) };
}

static void take_dimension(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    const struct path name_path = { .parent = path, .name = "name" }, value_path = { .parent = path, .name = "value" };
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected { name =, value = }, got %s", fields_found(L));
    }
    lua_getfield(L, -1, "name");
    const char *name = fields_text(L, &name_path);
    lua_getfield(L, -2, "value");
    add_dimension(L, &value_path, context, name);
    lua_pop(L, 2);
}

void metric_read_name_dimensions(lua_State *L, const struct path *path, struct metric_name *metric)
{
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected a table, got %s", fields_found(L));
    }
    metric->dimension_count = 0;
    if (lua_rawlen(L, -1) > 0) {
        fields_read_list(L, path, METRIC_DIMENSIONS_MAX, take_dimension, metric);
        return;
    }
    for (const char *name = bind_next_name(L, path, NULL); name; name = bind_next_name(L, path, name)) {
        const struct path here = { .parent = path, .name = name };
        lua_getfield(L, -1, name);
        add_dimension(L, &here, metric, arena_text(scenario_of(L)->arena, name));
        lua_pop(L, 1);
    }
}

void metric_read_dimensions(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    metric_read_name_dimensions(L, path, out);
}

/* ---- queries ------------------------------------------------------------------------------------------------ */

struct term_request {
    struct query_term term;
    const char *statistic;
    double period_s;
    bool has_metric;
};

static const struct field metric_fields[] = {
    { .name = "namespace", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct term_request, term.metric.namespace_) },
    { .name = "metric_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct term_request, term.metric.name) },
    { .name = "dimensions", .type = FIELD_CUSTOM, .read = metric_read_dimensions,
      .offset = offsetof(struct term_request, term.metric) },
    FIELDS_END,
};

static const struct field stat_fields[] = {
    { .name = "metric", .type = FIELD_TABLE, .fields = metric_fields, .required = true },
    { .name = "stat", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct term_request, statistic) },
    { .name = "period", .type = FIELD_TIME, .offset = offsetof(struct term_request, period_s), .least = 1, .most = 86400 },
    { .name = "unit", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* Fields of the same struct, one table further in. */
static void read_stat(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read(L, -1, path, stat_fields, out);
    ((struct term_request *)out)->has_metric = true;
}

static const struct field term_fields[] = {
    { .name = "id", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct term_request, term.id) },
    { .name = "metric_stat", .type = FIELD_CUSTOM, .read = read_stat },
    { .name = "expression", .type = FIELD_TEXT, .offset = offsetof(struct term_request, term.expression) },
    { .name = "return_data", .type = FIELD_BOOLEAN, .offset = offsetof(struct term_request, term.return_data) },
    { .name = "label", .type = FIELD_WITHOUT_EFFECT },
    { .name = "period", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* MetricStat takes statistics and percentiles alike. */
static bool parse_stat(const char *text, struct query_term *term, struct error *err)
{
    bool is_percentile = text[0] == 'p';
    return is_percentile ? percentile_parse(text, &term->percentile, err) : statistic_parse(text, &term->statistic, err);
}

static void take_term(lua_State *L, const struct path *path, int i, void *context)
{
    struct metric_request *request = context;
    struct term_request term = { .term.return_data = true };
    fields_read(L, -1, path, term_fields, &term);
    if (term.has_metric == (term.term.expression != NULL)) {
        fields_error(L, path, "expected either 'metric_stat' or 'expression'");
    }
    struct error err;
    if (term.has_metric && !parse_stat(term.statistic, &term.term, &err)) {
        fields_error(L, path, "%s", err.text);
    }
    term.term.period = sim_from_seconds(term.period_s);
    request->query_period_s = term.period_s > request->query_period_s ? term.period_s : request->query_period_s;
    request->query.terms[i] = term.term;
}

void metric_read_queries(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct metric_request *request = out;
    request->query.term_count = fields_read_list(L, path, QUERY_TERMS_MAX, take_term, request);
    if (request->query.term_count == 0) {
        fields_error(L, path, "expected at least one metric");
    }
}

static void check_single(lua_State *L, const struct path *path, const struct metric_request *request)
{
    if (!request->metric.namespace_) {
        fields_error(L, path, "missing 'namespace' of a metric, or 'metrics'");
    }
    if (!request->metric.name) {
        fields_error(L, path, "missing 'metric_name'");
    }
    if (!request->statistic && !request->extended_statistic) {
        fields_error(L, path, "missing 'statistic'");
    }
    if (request->statistic && request->extended_statistic) {
        fields_error(L, path, "PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic parameters. Only "
                              "one of them should be present");
    }
}

/* What belongs to a single metric, by AWS's name; NULL: none of it is given. */
static const char *single_field(const struct metric_request *request)
{
    return request->metric.namespace_            ? "Namespace"
           : request->metric.name                ? "MetricName"
           : request->metric.dimension_count > 0 ? "Dimensions"
           : request->statistic                  ? "Statistic"
           : request->extended_statistic         ? "ExtendedStatistic"
                                                 : NULL;
}

static void check_list(lua_State *L, const struct path *path, const struct metric_request *request)
{
    const struct path metrics = { .parent = path, .name = "metrics" };
    int returned = 0;
    if (single_field(request)) {
        fields_error(L, path, "%s should not be set if list of Metrics is set", single_field(request));
    }
    for (int i = 0; i < request->query.term_count; i++) {
        returned += request->query.terms[i].return_data;
    }
    if (returned != 1) {
        fields_error(L, &metrics, "Exactly one element of the metrics list should return data: %d of %d do", returned,
                     request->query.term_count);
    }
}

void metric_request_to_query(lua_State *L, const struct path *path, const struct metric_request *request,
                             struct query_config *query)
{
    if (request->query.term_count > 0) {
        check_list(L, path, request);
        *query = request->query;
        return;
    }
    check_single(L, path, request);
    *query = (struct query_config){ .term_count = 1 };
    query->terms[0] = (struct query_term){ .id = "m1", .metric = request->metric, .return_data = true };
    struct query_term *term = &query->terms[0];
    struct error err;
    if (request->extended_statistic ? !percentile_parse(request->extended_statistic, &term->percentile, &err)
                                    : !statistic_parse(request->statistic, &term->statistic, &err)) {
        fields_error(L, path, "%s", err.text);
    }
}
