#include "model/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/suggest.h"
#include "base/vec.h"
#include "model/world.h"

/* Custom metrics are kept at the finest period that an alarm can have, AWS's own at the period of their publication. */
static const sim_time custom_slot = 10 * SIM_SECOND;
static const sim_time reported_slot = SIM_MINUTE;
/* At least this much past is kept for every reader, so that an alarm made later finds points too (ALARM-04). */
static const sim_time kept_at_least = 3 * SIM_HOUR;

const char *const statistic_names[STATISTIC_COUNT] = { "Average", "Sum", "Minimum", "Maximum", "SampleCount" };

struct known_metric {
    const char *namespace_, *name;
    enum metric_source source;
    enum metric_subject subject;
};

static const struct known_metric known_metrics[] = {
    { "AWS/ECS", "CPUUtilization", METRIC_ECS, METRIC_CPU },
    { "AWS/ECS", "MemoryUtilization", METRIC_ECS, METRIC_MEMORY },
    { "ECS/ContainerInsights", "RunningTaskCount", METRIC_INSIGHTS, METRIC_RUNNING_TASKS },
    { "ECS/ContainerInsights", "DesiredTaskCount", METRIC_INSIGHTS, METRIC_DESIRED_TASKS },
    { "ECS/ContainerInsights", "PendingTaskCount", METRIC_INSIGHTS, METRIC_PENDING_TASKS },
    { "AWS/SQS", "ApproximateNumberOfMessagesVisible", METRIC_SQS, METRIC_VISIBLE },
    { "AWS/SQS", "ApproximateNumberOfMessagesNotVisible", METRIC_SQS, METRIC_NOT_VISIBLE },
    { "AWS/SQS", "ApproximateNumberOfMessagesDelayed", METRIC_SQS, METRIC_DELAYED },
    { "AWS/SQS", "ApproximateAgeOfOldestMessage", METRIC_SQS, METRIC_OLDEST_AGE },
    { "AWS/SQS", "NumberOfMessagesSent", METRIC_SQS, METRIC_SENT },
    { "AWS/SQS", "NumberOfMessagesReceived", METRIC_SQS, METRIC_RECEIVED },
    { "AWS/SQS", "NumberOfMessagesDeleted", METRIC_SQS, METRIC_DELETED },
    { "AWS/SQS", "NumberOfEmptyReceives", METRIC_SQS, METRIC_EMPTY_RECEIVES },
};

enum { KNOWN_METRICS = sizeof known_metrics / sizeof known_metrics[0] };

/* "<fault> '<name>'", with the nearest of `known` if one is near. */
static bool unknown(struct error *err, const char *fault, const char *name, const char *const *known, size_t count)
{
    const char *nearest = suggest_nearest(name, known, count);
    if (nearest == NULL) {
        return error_set(err, "%s '%s'", fault, name);
    }
    return error_set(err, "%s '%s', did you mean '%s'?", fault, name, nearest);
}

bool statistic_parse(const char *text, enum statistic *statistic, struct error *err)
{
    for (int i = 0; i < STATISTIC_COUNT; i++) {
        if (strcmp(text, statistic_names[i]) == 0) {
            *statistic = (enum statistic)i;
            return true;
        }
    }
    return unknown(err, "unknown statistic", text, statistic_names, STATISTIC_COUNT);
}

/* --- names --- */

static int compare_dimensions(const void *a, const void *b)
{
    const struct metric_dimension *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->value, right->value);
}

static int compare_names(const struct metric_name *a, const struct metric_name *b)
{
    int order = strcmp(a->namespace_, b->namespace_);
    if (order == 0) {
        order = strcmp(a->name, b->name);
    }
    if (order == 0) {
        order = a->dimension_count - b->dimension_count;
    }
    for (int i = 0; order == 0 && i < a->dimension_count; i++) {
        order = compare_dimensions(&a->dimensions[i], &b->dimensions[i]);
    }
    return order;
}

static bool is_reserved(const char *namespace_)
{
    return strncmp(namespace_, "AWS/", 4) == 0 || strcmp(namespace_, "ECS/ContainerInsights") == 0;
}

/* Which known metric it is. */
static const struct known_metric *find_known(const struct metric_name *name, struct error *err)
{
    const char *namespaces[KNOWN_METRICS], *siblings[KNOWN_METRICS];
    size_t sibling_count = 0;
    for (int i = 0; i < KNOWN_METRICS; i++) {
        const struct known_metric *known = &known_metrics[i];
        namespaces[i] = known->namespace_;
        if (strcmp(known->namespace_, name->namespace_) == 0) {
            if (strcmp(known->name, name->name) == 0) {
                return known;
            }
            siblings[sibling_count++] = known->name;
        }
    }
    if (sibling_count == 0) {
        unknown(err, "unknown namespace", name->namespace_, namespaces, KNOWN_METRICS);
    } else {
        unknown(err, "unknown metric", name->name, siblings, sibling_count);
        error_wrap(err, "namespace %s", name->namespace_);
    }
    return NULL;
}

/* The value of the dimension that must be there; `names` are all that may be. */
static const char *find_dimension(const struct metric_name *name, const char *wanted, struct error *err)
{
    for (int i = 0; i < name->dimension_count; i++) {
        if (strcmp(name->dimensions[i].name, wanted) == 0) {
            return name->dimensions[i].value;
        }
    }
    error_set(err, "metric %s %s needs the dimension '%s'", name->namespace_, name->name, wanted);
    return NULL;
}

static bool check_dimension_names(const struct metric_name *name, const char *const *allowed, size_t allowed_count,
                                  struct error *err)
{
    for (int i = 0; i < name->dimension_count; i++) {
        bool found = false;
        for (size_t k = 0; k < allowed_count; k++) {
            found = found || strcmp(name->dimensions[i].name, allowed[k]) == 0;
        }
        if (!found) {
            unknown(err, "unknown dimension", name->dimensions[i].name, allowed, allowed_count);
            return error_wrap(err, "metric %s %s", name->namespace_, name->name);
        }
    }
    return true;
}

static bool unknown_object(struct error *err, const char *fault, const char *name, const char **names, size_t count)
{
    unknown(err, fault, name, names, count);
    free(names);
    return false;
}

static bool no_such_service(const struct world *world, const char *name, struct error *err)
{
    size_t count = (size_t)world->service_count;
    const char **names = mem_resize(NULL, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = world->services[i]->name;
    }
    return unknown_object(err, "there is no service", name, names, count);
}

static bool no_such_queue(const struct world *world, const char *name, struct error *err)
{
    size_t count = (size_t)world->queue_count;
    const char **names = mem_resize(NULL, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = world->queues[i]->config.name;
    }
    return unknown_object(err, "there is no queue", name, names, count);
}

static bool resolve_service(struct world *world, struct metric *metric, const struct metric_name *name,
                            struct error *err)
{
    static const char *const allowed[] = { "ClusterName", "ServiceName" };
    if (!check_dimension_names(name, allowed, 2, err)) {
        return false;
    }
    const char *cluster = find_dimension(name, "ClusterName", err);
    const char *service_name = cluster != NULL ? find_dimension(name, "ServiceName", err) : NULL;
    if (service_name == NULL) {
        return false;
    }
    struct service *service = world_find_service(world, service_name);
    if (service == NULL) {
        return no_such_service(world, service_name, err);
    }
    if (strcmp(service->config.cluster, cluster) != 0) {
        return error_set(err, "service '%s' is in cluster '%s', not in '%s'", service_name, service->config.cluster,
                         cluster);
    }
    metric->service = service;
    return true;
}

static bool resolve_queue(struct world *world, struct metric *metric, const struct metric_name *name, struct error *err)
{
    static const char *const allowed[] = { "QueueName" };
    if (!check_dimension_names(name, allowed, 1, err)) {
        return false;
    }
    const char *queue_name = find_dimension(name, "QueueName", err);
    if (queue_name == NULL) {
        return false;
    }
    metric->queue = world_find_queue(world, queue_name);
    return metric->queue != NULL || no_such_queue(world, queue_name, err);
}

/* What the name means in this world. */
static bool resolve(struct world *world, struct metric *metric, const struct metric_name *name, struct error *err)
{
    metric->source = METRIC_CUSTOM;
    metric->subject = METRIC_WRITTEN;
    metric->slot = custom_slot;
    if (name->namespace_[0] == '\0' || name->name[0] == '\0') {
        return error_set(err, "a metric needs a namespace and a name");
    }
    if (!is_reserved(name->namespace_)) {
        return true;
    }
    const struct known_metric *known = find_known(name, err);
    if (known == NULL) {
        return false;
    }
    metric->source = known->source;
    metric->subject = known->subject;
    metric->slot = reported_slot;
    return known->source == METRIC_SQS ? resolve_queue(world, metric, name, err)
                                       : resolve_service(world, metric, name, err);
}

static void copy_name(struct metric_name *copy, const struct metric_name *name, struct arena *arena)
{
    copy->namespace_ = arena_text(arena, name->namespace_);
    copy->name = arena_text(arena, name->name);
    copy->dimension_count = name->dimension_count;
    for (int i = 0; i < name->dimension_count; i++) {
        copy->dimensions[i].name = arena_text(arena, name->dimensions[i].name);
        copy->dimensions[i].value = arena_text(arena, name->dimensions[i].value);
    }
}

/* Where the name is among the sorted metrics, or would be. */
static size_t position_of(const struct metrics *metrics, const struct metric_name *name)
{
    size_t low = 0, high = metrics->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(&metrics->sorted[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct metric *metric_find(struct world *world, const struct metric_name *name, struct error *err)
{
    struct metrics *metrics = world->metrics;
    struct metric_name sorted = *name;
    qsort(sorted.dimensions, (size_t)sorted.dimension_count, sizeof sorted.dimensions[0], compare_dimensions);
    size_t at = position_of(metrics, &sorted);
    if (at < metrics->count && compare_names(&metrics->sorted[at]->name, &sorted) == 0) {
        return metrics->sorted[at];
    }
    struct metric found = { .kept_since = -1, .written_since = -1 };
    if (!resolve(world, &found, &sorted, err)) {
        return NULL;
    }
    struct metric *metric = arena_alloc(world->arena, sizeof *metric);
    *metric = found;
    copy_name(&metric->name, &sorted, world->arena);
    VEC_GROW(metrics->sorted, metrics->count, metrics->room);
    memmove(&metrics->sorted[at + 1], &metrics->sorted[at], (metrics->count - at) * sizeof *metrics->sorted);
    metrics->sorted[at] = metric;
    metrics->count++;
    return metric;
}

/* --- datapoints --- */

void metric_slot_add(struct metric_slot *total, const struct metric_slot *point)
{
    bool first = total->samples == 0;
    total->minimum = first || point->minimum < total->minimum ? point->minimum : total->minimum;
    total->maximum = first || point->maximum > total->maximum ? point->maximum : total->maximum;
    total->sum += point->sum;
    total->samples += point->samples;
}

double metric_slot_value(const struct metric_slot *total, enum statistic statistic)
{
    switch (statistic) {
    case STATISTIC_AVERAGE:
        return total->sum / total->samples;
    case STATISTIC_SUM:
        return total->sum;
    case STATISTIC_MINIMUM:
        return total->minimum;
    case STATISTIC_MAXIMUM:
        return total->maximum;
    case STATISTIC_SAMPLE_COUNT:
    case STATISTIC_COUNT:
        break;
    }
    return total->samples;
}

/* The slot of that index, whatever stands in it; NULL: older than what is kept. */
static struct metric_slot *slot_of(const struct metric *metric, int64_t index)
{
    return index > metric->newest - metric->slot_count ? &metric->slots[index % metric->slot_count] : NULL;
}

static void merge(struct metric *metric, int64_t index, const struct metric_slot *point)
{
    struct metric_slot *slot = slot_of(metric, index);
    if (slot == NULL) {
        return;
    }
    metric->newest = index > metric->newest ? index : metric->newest;
    if (slot->index != index) {
        *slot = (struct metric_slot){ .index = index };
    }
    metric_slot_add(slot, point);
}

void metric_keep(struct metric *metric, sim_time now, sim_time range)
{
    sim_time kept = range > kept_at_least ? range : kept_at_least;
    int64_t wanted = kept / metric->slot + 1;
    if (metric->kept_since < 0) {
        metric->kept_since = now;
    }
    if (wanted <= metric->slot_count) {
        return;
    }
    struct metric_slot *old = metric->slots;
    int64_t old_count = metric->slot_count;
    metric->slots = mem_resize(NULL, (size_t)wanted, sizeof *metric->slots);
    memset(metric->slots, 0, (size_t)wanted * sizeof *metric->slots);
    metric->slot_count = wanted;
    for (int64_t i = 0; i < old_count; i++) {
        if (old[i].samples > 0 && old[i].index > metric->newest - old_count) {
            merge(metric, old[i].index, &old[i]);
        }
    }
    free(old);
}

static void write_point(struct metric *metric, sim_time start, const struct metric_slot *point)
{
    if (metric->slots != NULL) {
        merge(metric, start / metric->slot, point);
    }
}

void metric_put(struct metric *metric, sim_time now, double value)
{
    CHECK(metric->subject == METRIC_WRITTEN);
    if (metric->written_since < 0) {
        metric->written_since = now;
    }
    write_point(metric, now, &(struct metric_slot){ .sum = value, .minimum = value, .maximum = value, .samples = 1 });
}

void metric_report(struct metric *metric, sim_time start, sim_time period, double sum, double minimum, double maximum,
                   double samples)
{
    CHECK(start >= 0 && start % metric->slot == 0 && period >= metric->slot && samples > 0);
    if (metric->written_since < 0) {
        metric->written_since = start;
    }
    write_point(metric, start,
                &(struct metric_slot){ .sum = sum, .minimum = minimum, .maximum = maximum, .samples = samples });
}

bool metric_read(const struct metric *metric, sim_time start, sim_time period, enum statistic statistic, double *value)
{
    if (metric->slots == NULL || start < 0) {
        return false;
    }
    struct metric_slot total = { .samples = 0 };
    int64_t first = start / metric->slot, past = (start + period) / metric->slot;
    for (int64_t index = first; index < past; index++) {
        const struct metric_slot *slot = slot_of(metric, index);
        if (slot != NULL && slot->index == index && slot->samples > 0) {
            metric_slot_add(&total, slot);
        }
    }
    if (total.samples == 0) {
        return false;
    }
    *value = metric_slot_value(&total, statistic);
    return true;
}

/* --- the store --- */

struct metrics *metrics_create(struct world *world)
{
    return arena_alloc(world->arena, sizeof(struct metrics));
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL) {
        return;
    }
    for (size_t i = 0; i < metrics->count; i++) {
        free(metrics->sorted[i]->slots);
    }
    free(metrics->sorted);
}

static sim_time overlap(sim_time from, sim_time to, sim_time since, sim_time until)
{
    sim_time start = since > from ? since : from, end = until < to ? until : to;
    return end > start ? end - start : 0;
}

void metrics_charge(struct world *world, sim_time from, sim_time to)
{
    struct cost_control *control = &world->control;
    for (const struct alarm_rent *rent = world->metrics->rents; rent != NULL; rent = rent->next) {
        wide *account = rent->high_resolution ? &control->high_resolution_alarm_ns : &control->alarm_ns;
        *account += (wide)rent->metrics * overlap(from, to, rent->from, rent->to);
    }
    for (size_t i = 0; i < world->metrics->count; i++) {
        const struct metric *metric = world->metrics->sorted[i];
        sim_time since = metric->source == METRIC_CUSTOM ? metric->written_since : metric->kept_since;
        if ((metric->source == METRIC_CUSTOM || metric->source == METRIC_INSIGHTS) && since >= 0) {
            control->metric_ns += overlap(from, to, since, to);
        }
    }
}

void metrics_warn_unwritten(struct world *world)
{
    for (size_t i = 0; i < world->metrics->count; i++) {
        const struct metric *metric = world->metrics->sorted[i];
        if (metric->subject == METRIC_WRITTEN && metric->kept_since >= 0 && metric->written_since < 0) {
            char subject[128];
            snprintf(subject, sizeof subject, "metric %s %s", metric->name.namespace_, metric->name.name);
            world_warn(world, subject, "is read but was never written");
        }
    }
}
