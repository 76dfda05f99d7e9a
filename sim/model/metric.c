#include "model/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/suggest.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/capacity_provider.h"
#include "model/world.h"

/* Custom metrics are kept at the finest period that an alarm can have, AWS's own at the period of their publication. */
static const sim_time custom_slot = 10 * SIM_SECOND;
static const sim_time reported_slot = SIM_MINUTE;
static const sim_time high_resolution_slot = 20 * SIM_SECOND;
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
    { "AWS/ECS", "CPUReservation", METRIC_ECS, METRIC_CLUSTER_CPU_RESERVATION },
    { "AWS/ECS", "MemoryReservation", METRIC_ECS, METRIC_CLUSTER_MEMORY_RESERVATION },
    { "AWS/ECS/ManagedScaling", "CapacityProviderReservation", METRIC_ECS, METRIC_PROVIDER_RESERVATION },
    { "ECS/ContainerInsights", "RunningTaskCount", METRIC_INSIGHTS, METRIC_RUNNING_TASKS },
    { "ECS/ContainerInsights", "DesiredTaskCount", METRIC_INSIGHTS, METRIC_DESIRED_TASKS },
    { "ECS/ContainerInsights", "PendingTaskCount", METRIC_INSIGHTS, METRIC_PENDING_TASKS },
    { "ECS/ContainerInsights", "DeploymentCount", METRIC_INSIGHTS, METRIC_DEPLOYMENTS },
    { "ECS/ContainerInsights", "TaskSetCount", METRIC_INSIGHTS, METRIC_TASK_SETS },
    { "ECS/ContainerInsights", "CpuUtilized", METRIC_INSIGHTS, METRIC_CPU_UTILIZED },
    { "ECS/ContainerInsights", "CpuReserved", METRIC_INSIGHTS, METRIC_CPU_RESERVED },
    { "ECS/ContainerInsights", "MemoryUtilized", METRIC_INSIGHTS, METRIC_MEMORY_UTILIZED },
    { "ECS/ContainerInsights", "MemoryReserved", METRIC_INSIGHTS, METRIC_MEMORY_RESERVED },
    { "AWS/ApplicationELB", "RequestCount", METRIC_ALB, METRIC_REQUESTS },
    { "AWS/ApplicationELB", "RequestCountPerTarget", METRIC_ALB, METRIC_REQUESTS_PER_TARGET },
    { "AWS/ApplicationELB", "TargetResponseTime", METRIC_ALB, METRIC_RESPONSE_TIME },
    { "AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", METRIC_ALB, METRIC_TARGET_2XX },
    { "AWS/ApplicationELB", "HTTPCode_Target_3XX_Count", METRIC_ALB, METRIC_TARGET_3XX },
    { "AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", METRIC_ALB, METRIC_TARGET_4XX },
    { "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", METRIC_ALB, METRIC_TARGET_5XX },
    { "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", METRIC_ALB, METRIC_BALANCER_5XX },
    { "AWS/ApplicationELB", "ActiveConnectionCount", METRIC_ALB, METRIC_CONNECTIONS },
    { "AWS/ApplicationELB", "NewConnectionCount", METRIC_ALB, METRIC_NEW_CONNECTIONS },
    { "AWS/ApplicationELB", "HealthyHostCount", METRIC_ALB, METRIC_HEALTHY_HOSTS },
    { "AWS/ApplicationELB", "UnHealthyHostCount", METRIC_ALB, METRIC_UNHEALTHY_HOSTS },
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

bool percentile_parse(const char *text, double *percentile, struct error *err)
{
    double number;
    if (text[0] != 'p' || !units_parse_number(text + 1, &number) || !(number > 0) || number > 100) {
        return error_set(err, "The value %s for parameter ExtendedStatistic is not supported: percentiles are p0.01 to p100",
                         text);
    }
    *percentile = number;
    return true;
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

typedef bool resolver(struct world *world, struct metric *metric, const struct metric_name *name, struct error *err);

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
    if (service == NULL || service->is_standalone) {
        return no_such_service(world, service_name, err);
    }
    if (strcmp(service->config.cluster, cluster) != 0) {
        return error_set(err, "service '%s' is in cluster '%s', not in '%s'", service_name, service->config.cluster,
                         cluster);
    }
    metric->service = service;
    return true;
}

/* METRIC-06: of all the services of a cluster that has instances. */
static bool resolve_cluster(struct world *world, struct metric *metric, const struct metric_name *name, struct error *err)
{
    static const char *const allowed[] = { "ClusterName" };
    const char *cluster = check_dimension_names(name, allowed, 1, err) ? find_dimension(name, "ClusterName", err) : NULL;
    if (cluster == NULL) {
        return false;
    }
    metric->cluster = cluster_find(world, cluster);
    metric->subject = metric->subject == METRIC_CPU      ? METRIC_CLUSTER_CPU
                      : metric->subject == METRIC_MEMORY ? METRIC_CLUSTER_MEMORY
                                                         : metric->subject;
    return metric->cluster != NULL || error_set(err, "cluster '%s' has no container instances", cluster);
}

static bool resolve_provider(struct world *world, struct metric *metric, const struct metric_name *name, struct error *err)
{
    static const char *const allowed[] = { "CapacityProviderName", "ClusterName" };
    if (!check_dimension_names(name, allowed, 2, err) || find_dimension(name, "ClusterName", err) == NULL) {
        return false;
    }
    const char *provider = find_dimension(name, "CapacityProviderName", err);
    if (provider == NULL) {
        return false;
    }
    metric->provider = capacity_provider_find(world, provider);
    return metric->provider != NULL || error_set(err, "there is no capacity provider '%s'", provider);
}

static bool resolve_ecs(struct world *world, struct metric *metric, const struct metric_name *name, struct error *err)
{
    struct error ignored;
    bool of_service = metric->subject == METRIC_CPU || metric->subject == METRIC_MEMORY;
    if (metric->subject == METRIC_PROVIDER_RESERVATION) {
        return resolve_provider(world, metric, name, err);
    }
    bool of_cluster = name->dimension_count == 1 && find_dimension(name, "ClusterName", &ignored) != NULL &&
                      cluster_find(world, name->dimensions[0].value) != NULL;
    return of_service && !of_cluster ? resolve_service(world, metric, name, err)
                                     : resolve_cluster(world, metric, name, err);
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

/* TT-23 */
static bool is_high_resolution(const struct metric *metric)
{
    if (metric->subject != METRIC_CPU && metric->subject != METRIC_MEMORY) {
        return false;
    }
    const struct service_config *config = &metric->service->config;
    return metric->subject == METRIC_CPU ? config->cpu_high_resolution : config->memory_high_resolution;
}

static bool no_such_target_group(const struct world *world, const char *name, struct error *err)
{
    size_t count = (size_t)world->target_group_count;
    const char **names = mem_resize(NULL, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = world->target_groups[i]->config.name;
    }
    return unknown_object(err, "there is no target group", name, names, count);
}

/* LoadBalancer names the only one that the group has. */
static bool resolve_target_group(struct world *world, struct metric *metric, const struct metric_name *name,
                                 struct error *err)
{
    static const char *const allowed[] = { "LoadBalancer", "TargetGroup" };
    if (!check_dimension_names(name, allowed, 2, err)) {
        return false;
    }
    const char *group_name = find_dimension(name, "TargetGroup", err);
    if (group_name == NULL) {
        return false;
    }
    metric->target_group = world_find_target_group(world, group_name);
    return metric->target_group != NULL || no_such_target_group(world, group_name, err);
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
    static resolver *const resolvers[] = {
        [METRIC_ECS] = resolve_ecs,
        [METRIC_INSIGHTS] = resolve_service,
        [METRIC_SQS] = resolve_queue,
        [METRIC_ALB] = resolve_target_group,
    };
    bool found = resolvers[known->source](world, metric, name, err);
    metric->slot = found && is_high_resolution(metric) ? high_resolution_slot : reported_slot;
    return found;
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

/* The metric of that name; a new one means what `resolve_new` says. */
static struct metric *find_or_make(struct world *world, const struct metric_name *name, resolver *resolve_new,
                                   struct error *err)
{
    struct metrics *metrics = world->metrics;
    struct metric_name sorted = *name;
    qsort(sorted.dimensions, (size_t)sorted.dimension_count, sizeof sorted.dimensions[0], compare_dimensions);
    size_t at = position_of(metrics, &sorted);
    if (at < metrics->count && compare_names(&metrics->sorted[at]->name, &sorted) == 0) {
        return metrics->sorted[at];
    }
    struct metric found = { .kept_since = -1, .written_since = -1 };
    if (!resolve_new(world, &found, &sorted, err)) {
        return NULL;
    }
    struct metric *metric = arena_alloc(world->arena, sizeof *metric);
    *metric = found;
    metric->store = metrics;
    copy_name(&metric->name, &sorted, world->arena);
    VEC_GROW(metrics->sorted, metrics->count, metrics->room);
    memmove(&metrics->sorted[at + 1], &metrics->sorted[at], (metrics->count - at) * sizeof *metrics->sorted);
    metrics->sorted[at] = metric;
    metrics->count++;
    return metric;
}

struct metric *metric_find(struct world *world, const struct metric_name *name, struct error *err)
{
    return find_or_make(world, name, resolve, err);
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

/* The cell of that index, whatever stands in it; NULL: older than what is kept. */
static struct metric_cell *cell_of(const struct metric *metric, int64_t index)
{
    return index > metric->newest - metric->slot_count ? &metric->slots[index % metric->slot_count] : NULL;
}

/* The same, empty unless it stands for that index already. */
static struct metric_cell *open_cell(struct metric *metric, int64_t index)
{
    struct metric_cell *cell = cell_of(metric, index);
    if (cell == NULL) {
        return NULL;
    }
    metric->newest = index > metric->newest ? index : metric->newest;
    if (cell->index != index) {
        cell->index = index;
        cell->slot = (struct metric_slot){ .samples = 0 };
        sketch_reset(&cell->sketch);
    }
    return cell;
}

static void copy_cell(struct metric *metric, const struct metric_cell *old)
{
    struct metric_cell *cell = open_cell(metric, old->index);
    if (cell != NULL) {
        metric_slot_add(&cell->slot, &old->slot);
        sketch_merge(&cell->sketch, &old->sketch);
    }
}

static void free_cells(struct metric_cell *cells, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        sketch_finish(&cells[i].sketch);
    }
    free(cells);
}

void metric_keep(struct metric *metric, sim_time now, sim_time range)
{
    sim_time kept = range > kept_at_least ? range : kept_at_least;
    int64_t wanted = kept / metric->slot + 1;
    if (metric->kept_since < 0) {
        metric->kept_since = now;
    }
    if (wanted <= metric->slot_count || metric->recording != NULL) {
        return;
    }
    struct metric_cell *old = metric->slots;
    int64_t old_count = metric->slot_count;
    metric->slots = mem_resize(NULL, (size_t)wanted, sizeof *metric->slots);
    memset(metric->slots, 0, (size_t)wanted * sizeof *metric->slots);
    metric->slot_count = wanted;
    for (int64_t i = 0; i < old_count; i++) {
        if (old[i].slot.samples > 0 && old[i].index > metric->newest - old_count) {
            copy_cell(metric, &old[i]);
        }
    }
    free_cells(old, old_count);
}

void metric_keep_samples(struct metric *metric)
{
    metric->keeps_samples = true;
    if (metric->subject == METRIC_RESPONSE_TIME && metric->recording == NULL) {
        metric->target_group->keeps_response_times = true;
    }
}

static void keep_samples(struct sketch *kept, const struct metric_slot *point, const struct sketch *values)
{
    if (values != NULL) {
        sketch_merge(kept, values);
    } else {
        sketch_add(kept, point->sum / point->samples, 1);
    }
}

static void write_point(struct metric *metric, sim_time start, const struct metric_slot *point, const struct sketch *values)
{
    if (metric->slots == NULL) {
        return;
    }
    struct metric_cell *cell = open_cell(metric, start / metric->slot);
    if (cell == NULL) {
        return;
    }
    metric_slot_add(&cell->slot, point);
    if (metric->keeps_samples) {
        keep_samples(&cell->sketch, point, values);
    }
}

/* --- faults --- */

static bool is_in_force(const struct metric_fault *fault, sim_time now)
{
    return now < fault->until;
}

/* The worst of those that it meets; NULL: none. */
static const struct metric_fault *find_fault(const struct metric *metric, sim_time now)
{
    const struct metric_fault *worst = NULL;
    for (const struct metric_fault *fault = metric->store->faults; fault != NULL; fault = fault->next) {
        bool is_meant = fault->metric != NULL ? fault->metric == metric : fault->service == metric->service;
        if (is_meant && is_in_force(fault, now) && (worst == NULL || fault->delay > worst->delay)) {
            worst = fault;
        }
    }
    return worst;
}

/* One block, with the buckets of its samples behind it. */
struct delayed_point {
    struct metric *metric;
    sim_time start;
    struct metric_slot slot;
    bool has_values;
    struct sketch values;
    struct mem_owner *owner;
};

static void on_late_point(struct sim *sim, void *self)
{
    (void)sim;
    struct delayed_point *point = self;
    write_point(point->metric, point->start, &point->slot, point->has_values ? &point->values : NULL);
    mem_release(point->owner, point);
}

static void delay_point(struct world *world, const struct delayed_point *given, const struct sketch *values, sim_time until)
{
    struct mem_owner *owner = &world->metrics->delayed;
    size_t buckets = values != NULL ? values->count * sizeof *values->buckets : 0;
    struct delayed_point *point = mem_own(owner, sizeof *point + buckets);
    *point = *given;
    point->owner = owner;
    if (values != NULL) {
        point->has_values = true;
        point->values = *values;
        point->values.buckets = (struct sketch_bucket *)(void *)(point + 1);
        memcpy(point->values.buckets, values->buckets, buckets);
    }
    sim_at(world->sim, until, RANK_METRIC, on_late_point, point);
}

/* A point of a period that began at `start` reaches the store now, unless a fault keeps it. */
static void deliver_point(struct metric *metric, sim_time start, sim_time now, const struct metric_slot *slot,
                          const struct sketch *values)
{
    const struct metric_fault *fault = metric->store->faults != NULL ? find_fault(metric, now) : NULL;
    if (fault == NULL) {
        write_point(metric, start, slot, values);
    } else if (fault->delay < SIM_NEVER - now) {
        struct delayed_point point = { .metric = metric, .start = start, .slot = *slot };
        delay_point(fault->world, &point, values, now + fault->delay);
    }
}

void metrics_disturb(struct world *world, const struct metric_fault *given)
{
    struct metric_fault *fault = world->metrics->faults;
    while (fault != NULL && is_in_force(fault, sim_now(world->sim))) {
        fault = fault->next;
    }
    if (fault == NULL) {
        fault = arena_alloc(world->arena, sizeof *fault);
        fault->next = world->metrics->faults;
        world->metrics->faults = fault;
    }
    struct metric_fault *next = fault->next;
    *fault = *given;
    fault->world = world;
    fault->next = next;
}

/* --- writing --- */

void metric_put(struct metric *metric, sim_time now, double value)
{
    CHECK(metric->subject == METRIC_WRITTEN);
    if (metric->written_since < 0) {
        metric->written_since = now;
    }
    const struct metric_slot point = { .sum = value, .minimum = value, .maximum = value, .samples = 1 };
    deliver_point(metric, now, now, &point, NULL);
}

void metric_report(struct metric *metric, sim_time start, sim_time period, const struct metric_slot *point,
                   const struct sketch *values)
{
    CHECK(start >= 0 && start % metric->slot == 0 && period >= metric->slot && point->samples > 0);
    if (metric->written_since < 0) {
        metric->written_since = start;
    }
    deliver_point(metric, start, start + period, point, values);
}

/* Visit the points of [start, start + period), oldest first. */
typedef void point_visitor(void *context, const struct metric_slot *point, const struct sketch *samples);

static void visit_recorded(const struct recording *recording, sim_time start, sim_time end, point_visitor *visit,
                           void *context)
{
    size_t low = 0, high = recording->point_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (recording->points[middle].start < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < recording->point_count && recording->points[low].start < end; low++) {
        visit(context, &recording->points[low].slot, NULL);
    }
}

static void visit_points(const struct metric *metric, sim_time start, sim_time period, point_visitor *visit,
                         void *context)
{
    if (metric->recording != NULL) {
        visit_recorded(metric->recording, start, start + period, visit, context);
        return;
    }
    if (metric->slots == NULL || start < 0) {
        return;
    }
    int64_t first = start / metric->slot, past = (start + period) / metric->slot;
    for (int64_t index = first; index < past; index++) {
        const struct metric_cell *cell = cell_of(metric, index);
        if (cell != NULL && cell->index == index && cell->slot.samples > 0) {
            visit(context, &cell->slot, &cell->sketch);
        }
    }
}

static void add_to_slot(void *context, const struct metric_slot *point, const struct sketch *samples)
{
    (void)samples;
    metric_slot_add(context, point);
}

bool metric_read(const struct metric *metric, sim_time start, sim_time period, enum statistic statistic, double *value)
{
    struct metric_slot total = { .samples = 0 };
    visit_points(metric, start, period, add_to_slot, &total);
    if (total.samples == 0) {
        return false;
    }
    *value = metric_slot_value(&total, statistic);
    return true;
}

static void add_to_sketch(void *context, const struct metric_slot *point, const struct sketch *samples)
{
    if (samples != NULL) {
        sketch_merge(context, samples);
    } else {
        sketch_add(context, point->sum / point->samples, 1);
    }
}

bool metric_read_percentile(const struct metric *metric, sim_time start, sim_time period, double percentile, double *value)
{
    struct sketch total = { .count = 0 };
    visit_points(metric, start, period, add_to_sketch, &total);
    bool has_data = total.count > 0;
    if (has_data) {
        *value = sketch_quantile(&total, percentile / 100);
    }
    sketch_finish(&total);
    return has_data;
}

/* --- delays --- */

sim_time metric_alarm_data_lag(const struct assumptions *assumptions, const struct metric *metric, sim_time period)
{
    static const enum assumption_id lags[] = {
        [METRIC_ECS] = ASSUME_ALARM_DATA_LAG_ECS_S,
        [METRIC_INSIGHTS] = ASSUME_ALARM_DATA_LAG_INSIGHTS_S,
        [METRIC_SQS] = ASSUME_ALARM_DATA_LAG_SQS_S,
        [METRIC_ALB] = ASSUME_ALARM_DATA_LAG_ALB_S,
        [METRIC_CUSTOM] = ASSUME_ALARM_DATA_LAG_CUSTOM_S,
    };
    enum assumption_id id = lags[metric->source];
    if (metric->recording != NULL && metric->recording->alarm_data_lag >= 0) {
        return metric->recording->alarm_data_lag;
    }
    if (period < SIM_MINUTE) {
        id = metric->source == METRIC_ECS ? ASSUME_ALARM_DATA_LAG_ECS_20S_S : ASSUME_ALARM_DATA_LAG_SUBMINUTE_S;
    }
    return assumed_time(assumptions, id);
}

sim_time metric_visibility_delay(const struct assumptions *assumptions, const struct metric *metric, sim_time period)
{
    if (metric->recording != NULL && metric->recording->visibility_delay >= 0) {
        return metric->recording->visibility_delay;
    }
    if (period >= SIM_MINUTE) {
        return assumed_time(assumptions, ASSUME_METRIC_VISIBILITY_DELAY_S);
    }
    /* CW-06 counts from the period's start; a datapoint is whole at its end. */
    sim_time after_end = assumed_time(assumptions, ASSUME_METRIC_VISIBILITY_DELAY_20S_S) - period;
    return after_end > 0 ? after_end : 0;
}

/* --- recorded series --- */

static int compare_points(const void *a, const void *b)
{
    const struct recorded_point *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

/* Into the arena, in order of time, each at the start of its period, one of a kind. */
static const struct recording *copy_recording(struct arena *arena, const struct recording *given)
{
    struct recording *recording = arena_alloc(arena, sizeof *recording);
    struct recorded_point *points = arena_alloc(arena, (given->point_count + 1) * sizeof *points);
    size_t seen = 0, count = 0;
    for (size_t i = 0; i < given->point_count; i++) {
        if (given->points[i].start >= 0) {
            points[seen] = given->points[i];
            points[seen].start -= points[seen].start % given->period;
            seen++;
        }
    }
    qsort(points, seen, sizeof *points, compare_points);
    for (size_t i = 0; i < seen; i++) {
        if (count > 0 && points[count - 1].start == points[i].start) {
            metric_slot_add(&points[count - 1].slot, &points[i].slot);
        } else {
            points[count++] = points[i];
        }
    }
    *recording = *given;
    recording->points = points;
    recording->point_count = count;
    return recording;
}

/* As resolve, but a name that the model does not have is anybody's. */
static bool resolve_recorded(struct world *world, struct metric *metric, const struct metric_name *name,
                             struct error *err)
{
    struct error ignored;
    bool is_ours = name->namespace_[0] == '\0' || name->name[0] == '\0' || !is_reserved(name->namespace_) ||
                   find_known(name, &ignored) != NULL;
    if (is_ours) {
        return resolve(world, metric, name, err);
    }
    metric->source = METRIC_CUSTOM;
    metric->subject = METRIC_WRITTEN;
    return true;
}

static bool check_recording(const struct recording *recording, struct error *err)
{
    if (recording->period < SIM_SECOND || recording->period % SIM_SECOND != 0) {
        return error_set(err, "period %g is no whole number of seconds", sim_seconds(recording->period));
    }
    return recording->point_count > 0 || error_set(err, "the series has no datapoints");
}

struct metric *metric_record(struct world *world, const struct metric_name *name, const struct recording *recording,
                             struct error *err)
{
    if (!check_recording(recording, err)) {
        return NULL;
    }
    struct metric *metric = find_or_make(world, name, resolve_recorded, err);
    if (metric == NULL) {
        return NULL;
    }
    if (metric->recording != NULL || metric->kept_since >= 0) {
        error_set(err, "metric %s %s %s", name->namespace_, name->name,
                  metric->recording != NULL ? "is recorded already" : "is read already: record it before what reads it");
        return NULL;
    }
    metric->recording = copy_recording(world->arena, recording);
    metric->slot = recording->period;
    return metric;
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
        free_cells(metrics->sorted[i]->slots, metrics->sorted[i]->slot_count);
    }
    mem_release_all(&metrics->delayed);
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
        bool is_read = metric->kept_since >= 0;
        char subject[128];
        snprintf(subject, sizeof subject, "metric %s %s", metric->name.namespace_, metric->name.name);
        if (metric->recording != NULL && !is_read) {
            world_warn(world, subject, "is recorded but never read");
        } else if (metric->recording == NULL && metric->subject == METRIC_WRITTEN && is_read &&
                   metric->written_since < 0) {
            world_warn(world, subject, "is read but was never written");
        }
    }
}
