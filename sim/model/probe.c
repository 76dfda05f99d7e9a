#include "model/probe.h"

#include "model/capacity_provider.h"
#include "model/metric.h"
#include "model/visitor.h"
#include "model/world.h"

/* METRIC-03 */
static const sim_time sample_period = 20 * SIM_SECOND;

static void add_sample(struct task *task, bool begins_minute)
{
    double percent = task_sample_cpu(task);
    if (begins_minute || task->cpu_period_samples == 0) {
        task->cpu_period_samples = 0;
        task->cpu_period_sum = 0;
        task->cpu_period_min = task->cpu_period_max = percent;
    }
    task->cpu_period_samples++;
    task->cpu_sample = percent;
    task->cpu_period_sum += percent;
    task->cpu_period_min = percent < task->cpu_period_min ? percent : task->cpu_period_min;
    task->cpu_period_max = percent > task->cpu_period_max ? percent : task->cpu_period_max;
}

static void sample_tasks(const struct world *world, bool begins_minute)
{
    for (int i = 0; i < world->service_count; i++) {
        for (struct task *task = world->services[i]->first; task != NULL; task = task->next) {
            if (task->status == TASK_RUNNING) {
                add_sample(task, begins_minute);
            }
        }
    }
}

/* CW-02: the first sample of a new task is 0. */
static bool is_first_sample(const struct task *task, sim_time start)
{
    return task->started_at > start || task->cpu_period_samples == 0;
}

static struct metric_slot one_sample(double value)
{
    return (struct metric_slot){ .sum = value, .minimum = value, .maximum = value, .samples = 1 };
}

static struct metric_slot cpu_of_task(const struct task *task, sim_time minute)
{
    if (is_first_sample(task, minute)) {
        return one_sample(0);
    }
    return (struct metric_slot){ .sum = task->cpu_period_sum / task->cpu_period_samples,
                                 .minimum = task->cpu_period_min, .maximum = task->cpu_period_max, .samples = 1 };
}

/* CW-03 */
static struct metric_slot latest_cpu_of_task(const struct task *task, sim_time start)
{
    return one_sample(is_first_sample(task, start) ? 0 : task->cpu_sample);
}

static struct metric_slot memory_of_task(const struct task *task, sim_time start)
{
    return one_sample(is_first_sample(task, start) ? 0 : task_memory_percent(task));
}

typedef struct metric_slot task_reader(const struct task *task, sim_time start);

/* CW-02, CW-04: one sample of each task that is RUNNING now, for the period that began at `start`. */
static struct metric_slot sum_over_tasks(const struct service *service, sim_time start, task_reader *of_task)
{
    struct metric_slot total = { .samples = 0 };
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        if (task->status == TASK_RUNNING) {
            struct metric_slot sample = of_task(task, start);
            metric_slot_add(&total, &sample);
        }
    }
    return total;
}

/* clang-format off */
static double running_tasks(const struct service *service) { return service->running_count; }
static double desired_tasks(const struct service *service) { return service->desired_count; }
static double pending_tasks(const struct service *service) { return service->pending_count; }
/* clang-format on */

static double deployments(const struct service *service)
{
    int count = 0;
    for (const struct deployment *deployment = service->deployments; deployment != NULL; deployment = deployment->older) {
        count++;
    }
    return count;
}

/* Deployments by ECS itself use none. */
static double task_sets(const struct service *service)
{
    (void)service;
    return 0;
}

/* Units of CPU and MiB of all running tasks, the way Container Insights has them. */
static struct metric_slot cpu_units_used(const struct task *task, sim_time minute)
{
    struct metric_slot percent = cpu_of_task(task, minute);
    return one_sample(percent.sum * task->definition->cpu_units / 100);
}

static struct metric_slot cpu_units_reserved(const struct task *task, sim_time minute)
{
    (void)minute;
    return one_sample(task->definition->cpu_units);
}

static struct metric_slot memory_mib_used(const struct task *task, sim_time minute)
{
    return one_sample(memory_of_task(task, minute).sum * task->definition->memory_mib / 100);
}

static struct metric_slot memory_mib_reserved(const struct task *task, sim_time minute)
{
    (void)minute;
    return one_sample(task->definition->memory_mib);
}

/* METRIC-06: a share of what ACTIVE and DRAINING instances have registered; none: no data. */
static struct metric_slot share_of_cluster(const struct cluster *cluster, sim_time minute, task_reader *of_task,
                                           int (*registered)(const struct instance *instance))
{
    double taken = 0, whole = 0;
    for (int i = 0; i < cluster->instance_count; i++) {
        const struct instance *instance = cluster->instances[i];
        whole += registered(instance);
        for (const struct task *task = instance->tasks.first; task != NULL; task = task->next_mate) {
            taken += task->status == TASK_RUNNING ? of_task(task, minute).sum : 0;
        }
    }
    return whole > 0 ? one_sample(100 * taken / whole) : (struct metric_slot){ .samples = 0 };
}

static int registered_cpu(const struct instance *instance)
{
    return instance->registered.cpu_units;
}

static int registered_memory(const struct instance *instance)
{
    return instance->registered.memory_mib;
}

static struct metric_slot cluster_cpu(const struct metric *metric, sim_time minute)
{
    return share_of_cluster(metric->cluster, minute, cpu_units_used, registered_cpu);
}

static struct metric_slot cluster_memory(const struct metric *metric, sim_time minute)
{
    return share_of_cluster(metric->cluster, minute, memory_mib_used, registered_memory);
}

static struct metric_slot cluster_cpu_reservation(const struct metric *metric, sim_time minute)
{
    return share_of_cluster(metric->cluster, minute, cpu_units_reserved, registered_cpu);
}

static struct metric_slot cluster_memory_reservation(const struct metric *metric, sim_time minute)
{
    return share_of_cluster(metric->cluster, minute, memory_mib_reserved, registered_memory);
}

/* CAP-06 */
static struct metric_slot provider_reservation(const struct metric *metric, sim_time minute)
{
    (void)minute;
    return one_sample(capacity_provider_reservation(metric->provider).percent);
}

static double visible(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)queue->visible;
}

static double not_visible(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)queue->in_flight;
}

static double delayed(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)queue->delayed;
}

static double oldest_age(const struct queue *queue, sim_time now)
{
    return sim_seconds(queue_oldest_age_cw(queue, now));
}

static double sent(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)(queue->books.sent - queue->sampled_sent);
}

static double received(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)(queue->books.received - queue->sampled_received);
}

static double deleted(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)(queue->books.deleted - queue->sampled_deleted);
}

static double empty_receives(const struct queue *queue, sim_time now)
{
    (void)now;
    return (double)(queue->books.empty_receives - queue->sampled_empty);
}

/* CW-09: counts of events come with traffic, RequestCountPerTarget always, hosts while there are any. */
static struct metric_slot count_if_any(uint64_t count)
{
    return count > 0 ? one_sample((double)count) : (struct metric_slot){ .samples = 0 };
}

static struct metric_slot request_count(const struct target_group *group)
{
    return count_if_any(group->minute.requests);
}

static struct metric_slot requests_per_target(const struct target_group *group)
{
    int healthy = target_group_healthy(group);
    return one_sample((double)group->minute.requests / (healthy > 0 ? healthy : 1));
}

static struct metric_slot target_response_time(const struct target_group *group)
{
    const struct target_group_minute *minute = &group->minute;
    return (struct metric_slot){
        .sum = (double)minute->response_ns / 1e9, .minimum = sim_seconds(minute->response_least),
        .maximum = sim_seconds(minute->response_most), .samples = (double)minute->responses,
    };
}

static struct metric_slot target_2xx(const struct target_group *group)
{
    return count_if_any(group->minute.answers[2]);
}

static struct metric_slot target_3xx(const struct target_group *group)
{
    return count_if_any(group->minute.answers[3]);
}

static struct metric_slot target_4xx(const struct target_group *group)
{
    return count_if_any(group->minute.answers[4]);
}

static struct metric_slot target_5xx(const struct target_group *group)
{
    return count_if_any(group->minute.answers[5]);
}

static struct metric_slot balancer_5xx(const struct target_group *group)
{
    return count_if_any(group->minute.balancer_5xx);
}

static struct metric_slot active_connections(const struct target_group *group)
{
    return count_if_any((uint64_t)target_group_connections(group));
}

static struct metric_slot new_connections(const struct target_group *group)
{
    return count_if_any(group->minute.connections);
}

static struct metric_slot hosts_in(const struct target_group *group, enum target_state state)
{
    return target_group_registered(group) > 0 ? one_sample(group->states[state]) : (struct metric_slot){ .samples = 0 };
}

static struct metric_slot healthy_hosts(const struct target_group *group)
{
    return hosts_in(group, TARGET_HEALTHY);
}

static struct metric_slot unhealthy_hosts(const struct target_group *group)
{
    return hosts_in(group, TARGET_UNHEALTHY);
}

/* How a subject is read: by exactly one of the first six. */
struct reader {
    task_reader *of_task, *sum_of_tasks;     /* a sample per task; the sum over them as one sample */
    double (*of_service)(const struct service *service);
    double (*of_queue)(const struct queue *queue, sim_time now);
    struct metric_slot (*of_target_group)(const struct target_group *group);
    struct metric_slot (*of_instances)(const struct metric *metric, sim_time minute);
    task_reader *of_task_20s;     /* of_task at high resolution */
};

static const struct reader readers[METRIC_WRITTEN] = {
    [METRIC_CPU] = { .of_task = cpu_of_task, .of_task_20s = latest_cpu_of_task },
    [METRIC_MEMORY] = { .of_task = memory_of_task, .of_task_20s = memory_of_task },
    [METRIC_RUNNING_TASKS] = { .of_service = running_tasks },
    [METRIC_DESIRED_TASKS] = { .of_service = desired_tasks },
    [METRIC_PENDING_TASKS] = { .of_service = pending_tasks },
    [METRIC_DEPLOYMENTS] = { .of_service = deployments },
    [METRIC_TASK_SETS] = { .of_service = task_sets },
    [METRIC_CPU_UTILIZED] = { .sum_of_tasks = cpu_units_used },
    [METRIC_CPU_RESERVED] = { .sum_of_tasks = cpu_units_reserved },
    [METRIC_MEMORY_UTILIZED] = { .sum_of_tasks = memory_mib_used },
    [METRIC_MEMORY_RESERVED] = { .sum_of_tasks = memory_mib_reserved },
    [METRIC_VISIBLE] = { .of_queue = visible },
    [METRIC_NOT_VISIBLE] = { .of_queue = not_visible },
    [METRIC_DELAYED] = { .of_queue = delayed },
    [METRIC_OLDEST_AGE] = { .of_queue = oldest_age },
    [METRIC_SENT] = { .of_queue = sent },
    [METRIC_RECEIVED] = { .of_queue = received },
    [METRIC_DELETED] = { .of_queue = deleted },
    [METRIC_EMPTY_RECEIVES] = { .of_queue = empty_receives },
    [METRIC_REQUESTS] = { .of_target_group = request_count },
    [METRIC_REQUESTS_PER_TARGET] = { .of_target_group = requests_per_target },
    [METRIC_RESPONSE_TIME] = { .of_target_group = target_response_time },
    [METRIC_TARGET_2XX] = { .of_target_group = target_2xx },
    [METRIC_TARGET_3XX] = { .of_target_group = target_3xx },
    [METRIC_TARGET_4XX] = { .of_target_group = target_4xx },
    [METRIC_TARGET_5XX] = { .of_target_group = target_5xx },
    [METRIC_BALANCER_5XX] = { .of_target_group = balancer_5xx },
    [METRIC_CONNECTIONS] = { .of_target_group = active_connections },
    [METRIC_NEW_CONNECTIONS] = { .of_target_group = new_connections },
    [METRIC_HEALTHY_HOSTS] = { .of_target_group = healthy_hosts },
    [METRIC_UNHEALTHY_HOSTS] = { .of_target_group = unhealthy_hosts },
    [METRIC_CLUSTER_CPU] = { .of_instances = cluster_cpu },
    [METRIC_CLUSTER_MEMORY] = { .of_instances = cluster_memory },
    [METRIC_CLUSTER_CPU_RESERVATION] = { .of_instances = cluster_cpu_reservation },
    [METRIC_CLUSTER_MEMORY_RESERVATION] = { .of_instances = cluster_memory_reservation },
    [METRIC_PROVIDER_RESERVATION] = { .of_instances = provider_reservation },
};

/* Of a group's response times the metric gets all, as far as somebody reads percentiles. */
static void report_point(struct metric *metric, sim_time start, const struct metric_slot *point)
{
    bool has_values = metric->subject == METRIC_RESPONSE_TIME && metric->target_group->keeps_response_times;
    metric_report(metric, start, metric->slot, point, has_values ? &metric->target_group->response_times : NULL);
}

static void report_tasks(struct metric *metric, sim_time start, task_reader *of_task)
{
    for (const struct task *task = metric->service->first; task != NULL; task = task->next) {
        if (task->status == TASK_RUNNING) {
            struct metric_slot sample = of_task(task, start);
            report_point(metric, start, &sample);
        }
    }
}

/* CW-08: nothing from an inactive queue, and the first points after it woke are late. */
static bool is_reported(const struct queue *queue, sim_time now)
{
    return queue_is_active(queue, now) && now >= queue->woken_at + queue->metric_wake;
}

/* One sample of the minute, of a metric that is not reported task by task; none: no data. */
static struct metric_slot point_of(const struct metric *metric, sim_time minute, sim_time now)
{
    const struct reader *reader = &readers[metric->subject];
    if (reader->sum_of_tasks != NULL) {
        struct metric_slot total = sum_over_tasks(metric->service, minute, reader->sum_of_tasks);
        return total.samples > 0 ? one_sample(total.sum) : total;
    }
    if (reader->of_service != NULL) {
        return one_sample(reader->of_service(metric->service));
    }
    if (reader->of_target_group != NULL) {
        return reader->of_target_group(metric->target_group);
    }
    if (reader->of_instances != NULL) {
        return reader->of_instances(metric, minute);
    }
    return is_reported(metric->queue, now) ? one_sample(reader->of_queue(metric->queue, now))
                                           : (struct metric_slot){ .samples = 0 };
}

/* The metric's latest period, if one ends now. */
static void report(struct metric *metric, sim_time now)
{
    bool is_wanted = metric->subject != METRIC_WRITTEN && metric->recording == NULL && metric->slots != NULL;
    if (!is_wanted || now % metric->slot != 0) {
        return;
    }
    const struct reader *reader = &readers[metric->subject];
    if (reader->of_task != NULL) {
        report_tasks(metric, now - metric->slot, metric->slot < SIM_MINUTE ? reader->of_task_20s : reader->of_task);
        return;
    }
    struct metric_slot point = point_of(metric, now - SIM_MINUTE, now);
    if (point.samples > 0) {
        report_point(metric, now - SIM_MINUTE, &point);
    }
}

static void report_periods(struct world *world, sim_time now)
{
    for (size_t i = 0; i < world->metrics->count; i++) {
        report(world->metrics->sorted[i], now);
    }
}

static void note_counters(struct queue *queue)
{
    queue->sampled_sent = queue->books.sent;
    queue->sampled_received = queue->books.received;
    queue->sampled_deleted = queue->books.deleted;
    queue->sampled_empty = queue->books.empty_receives;
}

static void note_all_counters(struct world *world)
{
    for (int i = 0; i < world->queue_count; i++) {
        note_counters(world->queues[i]);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        target_group_begin_minute(world->target_groups[i]);
    }
}

static void settle_connections(struct world *world)
{
    for (int i = 0; i < world->target_group_count; i++) {
        visitors_settle(world->target_groups[i]);
    }
}

static void on_sample(struct sim *sim, void *self)
{
    struct world *world = self;
    sim_time now = sim_now(sim);
    sample_tasks(world, now % SIM_MINUTE == sample_period);
    settle_connections(world);
    report_periods(world, now);
    if (now % SIM_MINUTE == 0) {
        note_all_counters(world);
    }
    sim_at(sim, now + sample_period, RANK_METRIC, on_sample, world);
}

void probe_start(struct world *world)
{
    sim_at(world->sim, sim_now(world->sim) + sample_period, RANK_METRIC, on_sample, world);
}

bool probe_service_cpu(const struct service *service, double *cpu_percent, double *memory_percent)
{
    sim_time sampled_at = sim_now(service->world->sim) / sample_period * sample_period;
    sim_time minute = sampled_at > 0 ? (sampled_at - 1) / SIM_MINUTE * SIM_MINUTE : 0;
    struct metric_slot cpu = sum_over_tasks(service, minute, cpu_of_task);
    struct metric_slot memory = sum_over_tasks(service, minute, memory_of_task);
    if (cpu.samples == 0) {
        return false;
    }
    *cpu_percent = metric_slot_value(&cpu, STATISTIC_AVERAGE);
    *memory_percent = metric_slot_value(&memory, STATISTIC_AVERAGE);
    return true;
}
