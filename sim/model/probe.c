#include "model/probe.h"

#include "model/metric.h"
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
static bool is_first_sample(const struct task *task, sim_time minute)
{
    return task->started_at > minute || task->cpu_period_samples == 0;
}

static struct metric_slot cpu_of_task(const struct task *task, sim_time minute)
{
    if (is_first_sample(task, minute)) {
        return (struct metric_slot){ .samples = 1 };
    }
    return (struct metric_slot){ .sum = task->cpu_period_sum / task->cpu_period_samples,
                                 .minimum = task->cpu_period_min, .maximum = task->cpu_period_max, .samples = 1 };
}

static struct metric_slot memory_of_task(const struct task *task, sim_time minute)
{
    double percent = is_first_sample(task, minute) ? 0 : task_memory_percent(task);
    return (struct metric_slot){ .sum = percent, .minimum = percent, .maximum = percent, .samples = 1 };
}

/* CW-02, CW-04: one sample of each task that is RUNNING now, for the minute that began at `minute`. */
static struct metric_slot sum_over_tasks(const struct service *service, sim_time minute,
                                         struct metric_slot (*of_task)(const struct task *task, sim_time minute))
{
    struct metric_slot total = { .samples = 0 };
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        if (task->status == TASK_RUNNING) {
            struct metric_slot sample = of_task(task, minute);
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

/* How a subject is read: by exactly one of these. */
struct reader {
    struct metric_slot (*of_task)(const struct task *task, sim_time minute);
    double (*of_service)(const struct service *service);
    double (*of_queue)(const struct queue *queue, sim_time now);
};

static const struct reader readers[METRIC_WRITTEN] = {
    [METRIC_CPU] = { .of_task = cpu_of_task },
    [METRIC_MEMORY] = { .of_task = memory_of_task },
    [METRIC_RUNNING_TASKS] = { .of_service = running_tasks },
    [METRIC_DESIRED_TASKS] = { .of_service = desired_tasks },
    [METRIC_PENDING_TASKS] = { .of_service = pending_tasks },
    [METRIC_VISIBLE] = { .of_queue = visible },
    [METRIC_NOT_VISIBLE] = { .of_queue = not_visible },
    [METRIC_DELAYED] = { .of_queue = delayed },
    [METRIC_OLDEST_AGE] = { .of_queue = oldest_age },
    [METRIC_SENT] = { .of_queue = sent },
    [METRIC_RECEIVED] = { .of_queue = received },
    [METRIC_DELETED] = { .of_queue = deleted },
    [METRIC_EMPTY_RECEIVES] = { .of_queue = empty_receives },
};

static struct metric_slot one_sample(double value)
{
    return (struct metric_slot){ .sum = value, .minimum = value, .maximum = value, .samples = 1 };
}

/* CW-08: nothing from an inactive queue, and the first points after it woke are late. */
static bool is_reported(const struct queue *queue, sim_time now)
{
    return queue_is_active(queue, now) && now >= queue->woken_at + queue->metric_wake;
}

static struct metric_slot point_of(const struct metric *metric, sim_time minute, sim_time now)
{
    const struct reader *reader = &readers[metric->subject];
    if (reader->of_task != NULL) {
        return sum_over_tasks(metric->service, minute, reader->of_task);
    }
    if (reader->of_service != NULL) {
        return one_sample(reader->of_service(metric->service));
    }
    return is_reported(metric->queue, now) ? one_sample(reader->of_queue(metric->queue, now))
                                           : (struct metric_slot){ .samples = 0 };
}

static void report(struct metric *metric, sim_time minute, sim_time now)
{
    if (metric->subject == METRIC_WRITTEN || metric->slots == NULL) {
        return;
    }
    struct metric_slot point = point_of(metric, minute, now);
    if (point.samples > 0) {
        metric_report(metric, minute, SIM_MINUTE, point.sum, point.minimum, point.maximum, point.samples);
    }
}

static void note_counters(struct queue *queue)
{
    queue->sampled_sent = queue->books.sent;
    queue->sampled_received = queue->books.received;
    queue->sampled_deleted = queue->books.deleted;
    queue->sampled_empty = queue->books.empty_receives;
}

static void report_minute(struct world *world, sim_time now)
{
    for (size_t i = 0; i < world->metrics->count; i++) {
        report(world->metrics->sorted[i], now - SIM_MINUTE, now);
    }
    for (int i = 0; i < world->queue_count; i++) {
        note_counters(world->queues[i]);
    }
}

static void on_sample(struct sim *sim, void *self)
{
    struct world *world = self;
    sim_time now = sim_now(sim);
    sample_tasks(world, now % SIM_MINUTE == sample_period);
    if (now % SIM_MINUTE == 0) {
        report_minute(world, now);
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
