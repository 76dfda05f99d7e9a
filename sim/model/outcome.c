#include "model/outcome.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/cluster.h"
#include "model/scaling.h"
#include "model/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const double HOUR_NS = 3600e9;
static const double MONTH_HOURS = 730;

/* ---- whom a number is about --------------------------------------------------------------------------------- */

/* The services of a scope: for (int i = 0; (service = next_service(scope, &i)) != NULL;) */
static const struct service *next_service(const struct kpi_scope *scope, int *i)
{
    bool of_services = scope->queue == NULL && scope->target_group == NULL;
    while (of_services && *i < scope->world->service_count) {
        const struct service *service = scope->world->services[(*i)++];
        if (scope->service == NULL || scope->service == service) {
            return service;
        }
    }
    return NULL;
}

static bool covers_queue(const struct kpi_scope *scope, const struct queue *queue)
{
    if (scope->queue != NULL || scope->target_group != NULL) {
        return queue == scope->queue;
    }
    return scope->service == NULL || queue->consumer == scope->service;
}

/* The queues of a scope; those of a service are the ones that it consumes. */
static const struct queue *next_queue(const struct kpi_scope *scope, int *i)
{
    while (*i < scope->world->queue_count) {
        const struct queue *queue = scope->world->queues[(*i)++];
        if (covers_queue(scope, queue)) {
            return queue;
        }
    }
    return NULL;
}

static bool covers_target_group(const struct kpi_scope *scope, const struct target_group *group)
{
    if (scope->queue != NULL || scope->target_group != NULL) {
        return group == scope->target_group;
    }
    return scope->service == NULL || group->service == scope->service;
}

/* The books of all jobs of a scope: messages of its queues, requests of its target groups. */
static const struct job_books *next_books(const struct kpi_scope *scope, int *i)
{
    const struct world *world = scope->world;
    const struct queue *queue = next_queue(scope, i);
    if (queue != NULL) {
        return &queue->books;
    }
    while (*i < world->queue_count + world->target_group_count) {
        const struct target_group *group = world->target_groups[(*i)++ - world->queue_count];
        if (covers_target_group(scope, group)) {
            return &group->books;
        }
    }
    return NULL;
}

/* The books of all sessions of a scope: through its target groups, and straight to the tasks of its services. */
static const struct session_books *next_session_books(const struct kpi_scope *scope, int *i)
{
    const struct world *world = scope->world;
    while (*i < world->target_group_count) {
        const struct target_group *group = world->target_groups[(*i)++];
        if (covers_target_group(scope, group)) {
            return &group->sessions;
        }
    }
    int of_services = *i - world->target_group_count;
    const struct service *service = next_service(scope, &of_services);
    *i = world->target_group_count + of_services;
    return service != NULL ? &service->books.sessions : NULL;
}

static double window_ns(const struct kpi_scope *scope)
{
    sim_time length = scope->world->ended_at - world_window_start(scope->world);
    return length > 0 ? (double)length : NAN;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

/* ---- counts ------------------------------------------------------------------------------------------------- */

static uint64_t count_at(const void *books, size_t field)
{
    return *(const uint64_t *)(const void *)((const char *)books + field);
}

/* A counter, or with `splits` an array of them: one of it, or their sum. */
static uint64_t split_count(const struct kpi *kpi, const void *books, int split)
{
    uint64_t sum = 0;
    int first = split < 0 ? 0 : split;
    int last = split >= 0 ? split : kpi->split_count > 0 ? kpi->split_count - 1 : 0;
    for (int i = first; i <= last; i++) {
        sum += count_at(books, kpi->field + (size_t)i * sizeof(uint64_t));
    }
    return sum;
}

static double job_count(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    uint64_t sum = 0;
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        sum += split_count(kpi, books, split);
    }
    return (double)sum;
}

static double service_count(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    uint64_t sum = 0;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        sum += split_count(kpi, &service->books, split);
    }
    return (double)sum;
}

static double service_count_per_hour(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    return service_count(kpi, scope, split) * HOUR_NS / window_ns(scope);
}

/* ---- quantiles ---------------------------------------------------------------------------------------------- */

static double quantile_s(const struct histogram *histogram, double share)
{
    int64_t value = histogram_quantile(histogram, share);
    return value < 0 ? NAN : (double)value / 1e9;
}

static const struct histogram *histogram_at(const void *books, size_t field)
{
    return (const struct histogram *)(const void *)((const char *)books + field);
}

static double job_quantile(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    struct histogram all = { 0 };
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        histogram_merge(&all, histogram_at(books, kpi->field));
    }
    double seconds = quantile_s(&all, kpi->argument);
    histogram_finish(&all);
    return seconds;
}

static double service_quantile(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    struct histogram all = { 0 };
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        histogram_merge(&all, histogram_at(&service->books, kpi->field));
    }
    double seconds = quantile_s(&all, kpi->argument);
    histogram_finish(&all);
    return seconds;
}

/* ---- integrals over time ------------------------------------------------------------------------------------ */

static double area_at(const struct service *service, size_t field)
{
    const struct level *level = (const struct level *)(const void *)((const char *)&service->books + field);
    return (double)level_area(level, service->world->ended_at);
}

static double summed_area(const struct kpi_scope *scope, size_t field)
{
    double sum = 0;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        sum += area_at(service, field);
    }
    return sum;
}

/* In units of `argument` nanoseconds. */
static double service_area(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    return summed_area(scope, kpi->field) / kpi->argument;
}

static double service_area_ratio(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    return ratio(summed_area(scope, kpi->field), summed_area(scope, kpi->whole_field));
}

static double service_mean(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    return summed_area(scope, kpi->field) / window_ns(scope);
}

static double service_deploy_s(const struct service *service)
{
    const struct deployment *primary = service->deployments;
    sim_time longest = service->books.deploy_longest;
    if (primary != NULL && primary->rollout_state == ROLLOUT_IN_PROGRESS && primary->asked_at >= 0) {
        sim_time age = service->world->ended_at - primary->asked_at;
        longest = age > longest ? age : longest;
    }
    return longest >= 0 ? sim_seconds(longest) : NAN;
}

static double deploy_s(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    double longest = NAN;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        longest = fmax(longest, service_deploy_s(service));
    }
    return longest;
}

/* Share of time, the mean over services. */
static double service_time_share(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    int services = 0;
    for (int i = 0; next_service(scope, &i) != NULL;) {
        services++;
    }
    return ratio(summed_area(scope, kpi->field), services * window_ns(scope));
}

/* The same over services that auto scaling may scale. */
static double target_time_share(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    double area = 0;
    int services = 0;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        if (service->target != NULL) {
            services++;
            area += area_at(service, kpi->field);
        }
    }
    return ratio(area, services * window_ns(scope));
}

static double max_tasks(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    return (double)(scope->service != NULL ? scope->service->books.running.max : scope->world->running.max);
}

/* ---- jobs and work ------------------------------------------------------------------------------------------ */

static double slo_attainment(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    uint64_t due = 0, met = 0;
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        due += books->jobs_due;
        met += books->jobs_in_slo;
    }
    return scope->world->config.slo > 0 ? ratio((double)met, (double)due) : NAN;
}

static double slo_miss_min(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    return scope->world->config.slo > 0 ? job_count(kpi, scope, split) : NAN;
}

static double queue_drain_time(const struct queue *queue)
{
    const struct job_books *books = &queue->books;
    if (books->visible_max <= queue->drain_threshold) {
        return NAN;
    }
    sim_time until = books->drained_at >= 0 ? books->drained_at : queue->world->ended_at;
    return sim_seconds(until - books->visible_max_at);
}

static double drain_time(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    double longest = NAN;
    const struct queue *queue;
    for (int i = 0; (queue = next_queue(scope, &i)) != NULL;) {
        longest = fmax(longest, queue_drain_time(queue));
    }
    return longest;
}

static double work_lost_s(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    wide sum = 0;
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        for (int cause = 0; cause < kpi->split_count; cause++) {
            sum += split < 0 || split == cause ? books->window_work_lost_ns[cause] : 0;
        }
    }
    return (double)sum / 1e9;
}

static double work_lost_ratio(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    wide lost = 0, useful = 0;
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        useful += books->window_work_useful_ns;
        for (int cause = 0; cause < CAUSE_COUNT; cause++) {
            lost += books->window_work_lost_ns[cause];
        }
    }
    return ratio((double)lost, (double)(lost + useful));
}

static double delay_by_cut_s(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    wide sum = 0;
    uint64_t count = 0;
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        sum += books->delay_by_cut_sum;
        count += books->delay_by_cut_count;
    }
    return ratio((double)sum, (double)count) / 1e9;
}

/* ---- sessions ----------------------------------------------------------------------------------------------- */

static double session_count(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    uint64_t sum = 0;
    const struct session_books *books;
    for (int i = 0; (books = next_session_books(scope, &i)) != NULL;) {
        sum += split_count(kpi, books, split);
    }
    return (double)sum;
}

static double session_cuts(const struct kpi_scope *scope)
{
    static const struct kpi cut = { .field = offsetof(struct session_books, cut), .splits = cause_names, .split_count = CAUSE_CUT_COUNT };
    return session_count(&cut, scope, -1);
}

static double sessions_cut_per_10k(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    return ratio(10000 * session_cuts(scope), session_count(kpi, scope, split));
}

static double avg_sessions(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    double area = 0;
    const struct session_books *books;
    for (int i = 0; (books = next_session_books(scope, &i)) != NULL;) {
        area += (double)level_area(&books->open, scope->world->ended_at);
    }
    return area / window_ns(scope);
}

/* ---- Little's law ------------------------------------------------------------------------------------------- */

/* abs(L - lambda W) / L over the whole run: L by integration, lambda by counting arrivals, W from finished jobs alone. With
 * the unfinished ones the law is exact and says nothing (audit.h checks it). */
static double little_residual(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    wide area = 0, finished_time = 0;
    double arrived = 0, finished = 0;
    const struct job_books *books;
    for (int i = 0; (books = next_books(scope, &i)) != NULL;) {
        area += level_area(&books->in_system, scope->world->ended_at);
        finished_time += books->time_in_system_sum - books->unfinished_sum;
        arrived += (double)(books->sent + books->redriven);
        finished += (double)books->finished;
    }
    double predicted = arrived * ratio((double)finished_time, finished);
    return ratio(fabs((double)area - predicted), (double)area);
}

/* ---- protection and auto scaling ---------------------------------------------------------------------------- */

static double protect_calls_peak(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    return (double)(scope->service != NULL ? scope->service->books.protect_peak : scope->world->protect_peak);
}

enum { ACTIONS_OUT, ACTIONS_IN };
static const char *const direction_names[] = { [ACTIONS_OUT] = "out", [ACTIONS_IN] = "in" };

static double actions(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi;
    uint64_t sum = 0;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        sum += split != ACTIONS_IN ? service->books.actions_out : 0;
        sum += split != ACTIONS_OUT ? service->books.actions_in : 0;
    }
    return (double)sum;
}

/* ---- money -------------------------------------------------------------------------------------------------- */

/* COST-07: begun hours are billed whole. */
static void add_balancers(const struct world *world, struct cost_control *control)
{
    sim_time length = world->ended_at - world_window_start(world);
    uint64_t hours = length > 0 ? (uint64_t)((length + SIM_HOUR - 1) / SIM_HOUR) : 0;
    for (int i = 0; i < world->target_group_count; i++) {
        control->balancer_hours += hours;
        control->lcu_pico += world->target_groups[i]->lcu_pico;
    }
}

static void add_queue(const struct queue *queue, struct cost_control *control)
{
    *(queue->config.fifo ? &control->sqs_fifo_requests : &control->sqs_requests) += queue->books.requests;
}

struct cost_bill outcome_bill(const struct kpi_scope *scope)
{
    struct cost_bill sum = { .total_pico = 0 }, one;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        bool per_second = assumed_choice(&service->assumptions, ASSUME_PRICE_BASIS) == PRICE_PER_SECOND;
        cost_price(service->books.accounts, service->books.account_count, NULL, per_second, &one);
        cost_bill_add(&sum, &one);
    }
    if (scope->service == NULL) {
        cost_price(scope->world->ec2->rooms, INSTANCE_TYPES, NULL, 0, &one);
        cost_bill_add(&sum, &one);
        struct cost_control control = scope->world->control;
        for (int i = 0; i < scope->world->queue_count; i++) {
            add_queue(scope->world->queues[i], &control);
        }
        add_balancers(scope->world, &control);
        cost_price(NULL, 0, &control, 0, &one);
        cost_bill_add(&sum, &one);
    }
    return sum;
}

static double total_usd(const struct kpi_scope *scope)
{
    return cost_usd(outcome_bill(scope).total_pico);
}

static double cost(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    return total_usd(scope);
}

static double cost_month(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    return total_usd(scope) * (MONTH_HOURS * HOUR_NS / window_ns(scope));
}

static double cost_per_1k(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    static const struct kpi done = { .field = offsetof(struct job_books, jobs_done) };
    return ratio(1000 * total_usd(scope), job_count(&done, scope, -1));
}

/* `field`: which part. */
static double cost_part(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)split;
    return cost_usd(outcome_bill(scope).part_pico[kpi->field]);
}

/* What need(t) tasks would have cost without start-up and minimum charge, at the price of the service's first tasks. */
static double oracle_usd(const struct service *service)
{
    if (service->books.account_count == 0) {
        return 0;
    }
    bool per_second = assumed_choice(&service->assumptions, ASSUME_PRICE_BASIS) == PRICE_PER_SECOND;
    double hour_usd = cost_usd(cost_task_hour_pico(&service->books.accounts[0].size, per_second));
    return area_at(service, offsetof(struct service_books, need)) / HOUR_NS * hour_usd;
}

static double cost_vs_oracle(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    (void)kpi, (void)split;
    double oracle = 0;
    const struct service *service;
    for (int i = 0; (service = next_service(scope, &i)) != NULL;) {
        oracle += oracle_usd(service);
    }
    return ratio(total_usd(scope), oracle);
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

#define LESS .better = BETTER_LESS
#define MORE .better = BETTER_MORE
#define NEUTRAL .better = BETTER_NONE
#define EVERY_RUN .judged = JUDGED_EVERY_RUN
#define ON_MEAN .judged = JUDGED_ON_MEAN
#define OF_JOBS .per_queue = true, .per_target_group = true, .per_service = true
#define OF_QUEUES .per_queue = true, .per_service = true
#define OF_SESSIONS .per_target_group = true, .per_service = true
#define OF_SERVICES .per_service = true

#define JOB_FIELD(member) .field = offsetof(struct job_books, member)
#define JOB_COUNT(member) OF_JOBS, .value = job_count, JOB_FIELD(member)
#define QUEUE_COUNT(member) OF_QUEUES, .value = job_count, JOB_FIELD(member)
#define JOB_QUANTILE(member, share) OF_JOBS, .value = job_quantile, JOB_FIELD(member), .argument = share
#define QUEUE_QUANTILE(member, share) OF_QUEUES, .value = job_quantile, JOB_FIELD(member), .argument = share
#define SESSION_COUNT(member) OF_SESSIONS, .value = session_count, .field = offsetof(struct session_books, member)
#define SERVICE_FIELD(member) .field = offsetof(struct service_books, member)
#define SERVICE_COUNT(member) OF_SERVICES, .value = service_count, SERVICE_FIELD(member)
#define TASK_HOURS(member) OF_SERVICES, .value = service_area, SERVICE_FIELD(member), .argument = 3600e9
#define SPLIT_BY(names, count) .splits = names, .split_count = (int)(count)
#define COST_PART(part) OF_SERVICES, .value = cost_part, .field = part

const struct kpi kpi_table[] = {
    { "jobs_in", "jobs", NEUTRAL, ON_MEAN, JOB_COUNT(jobs_in), .definition = "first enqueues; requests sent" },
    { "jobs_done", "jobs", MORE, ON_MEAN, JOB_COUNT(jobs_done), .definition = "jobs processed and deleted; requests answered without an error" },
    { "tis_p50", "s", LESS, ON_MEAN, JOB_QUANTILE(time_in_system.histogram, 0.5),
      .definition = "time in system: completion minus first enqueue; unfinished jobs with their age, requests refused not at all; half "
                    "are faster" },
    { "tis_p95", "s", LESS, ON_MEAN, JOB_QUANTILE(time_in_system.histogram, 0.95),
      .definition = "the same, 95 % are faster" },
    { "tis_p99", "s", LESS, ON_MEAN, JOB_QUANTILE(time_in_system.histogram, 0.99),
      .definition = "the same, 99 % are faster" },
    { "wait_p50", "s", LESS, ON_MEAN, JOB_QUANTILE(wait.histogram, 0.5),
      .definition = "first delivery, or a slot, minus first enqueue; undelivered jobs with their age; half wait less" },
    { "wait_p95", "s", LESS, ON_MEAN, JOB_QUANTILE(wait.histogram, 0.95), .definition = "the same, 95 % wait less" },
    { "oldest_age_p95", "s", LESS, ON_MEAN, QUEUE_QUANTILE(oldest_age, 0.95),
      .definition = "age of the oldest message not yet deleted, jobs in work included; 95 % of the time it is younger" },
    { "oldest_age_max", "s", LESS, ON_MEAN, QUEUE_QUANTILE(oldest_age, 1), .definition = "the same, at worst" },
    { "oldest_age_cw_p95", "s", LESS, ON_MEAN, QUEUE_QUANTILE(oldest_age_cw, 0.95),
      .definition = "the same as ApproximateAgeOfOldestMessage shows it by the minute: without messages received three times" },
    { "oldest_age_cw_max", "s", LESS, ON_MEAN, QUEUE_QUANTILE(oldest_age_cw, 1), .definition = "the same, at worst" },
    { "slo_attainment", "ratio", MORE, ON_MEAN, OF_JOBS, .value = slo_attainment,
      .definition = "jobs done within the SLO / jobs done, failed or refused, or older than the SLO at the end" },
    { "slo_miss_min", "min", LESS, ON_MEAN, OF_JOBS, .value = slo_miss_min, JOB_FIELD(slo_miss_min),
      .definition = "minutes in which the p95 of jobs finishing, or the oldest age, exceeded the SLO" },
    { "drain_time", "s", LESS, ON_MEAN, OF_QUEUES, .value = drain_time,
      .definition = "from the highest visible backlog to the first instant at or below the drain threshold, or to the end; "
                    "of several queues the longest" },
    { "busy_stops", "tasks", LESS, EVERY_RUN, SERVICE_COUNT(busy_stops), SPLIT_BY(cause_names, CAUSE_TASK_COUNT),
      .definition = "tasks with a job in progress or a session open when their stop was decided, or when they died" },
    { "jobs_cut", "jobs", LESS, EVERY_RUN, JOB_COUNT(jobs_cut), SPLIT_BY(cause_names, CAUSE_CUT_COUNT),
      .definition = "attempts and requests not finished when the container ended, or their connections were cut" },
    { "work_lost_s", "s", LESS, EVERY_RUN, OF_JOBS, .value = work_lost_s, SPLIT_BY(cause_names, CAUSE_COUNT),
      .definition = "seconds of work of attempts that came to nothing, less what checkpoints saved" },
    { "work_lost_ratio", "ratio", LESS, EVERY_RUN, OF_JOBS, .value = work_lost_ratio,
      .definition = "work lost / (work useful + work lost)" },
    { "redeliveries", "jobs", LESS, EVERY_RUN, QUEUE_COUNT(redeliveries), .definition = "deliveries beyond the first" },
    { "duplicates", "jobs", LESS, EVERY_RUN, QUEUE_COUNT(duplicates), .definition = "completions beyond the first" },
    { "dlq", "jobs", LESS, EVERY_RUN, QUEUE_COUNT(dlq), .definition = "messages moved to the dead-letter queue of their queue" },
    { "delay_by_cut_s", "s", LESS, ON_MEAN, OF_QUEUES, .value = delay_by_cut_s,
      .definition = "mean extra time in system of jobs that were cut: completion minus when the cut attempt would have ended" },
    { "sessions_in", "sessions", NEUTRAL, ON_MEAN, SESSION_COUNT(started),
      .definition = "sessions opened; those that resume one that was cut do not count again" },
    { "sessions_rejected", "sessions", LESS, ON_MEAN, SESSION_COUNT(rejected),
      .definition = "clients that asked for a session and got none: no target, no free slot, no program that takes it" },
    { "sessions_cut", "sessions", LESS, EVERY_RUN, SESSION_COUNT(cut), SPLIT_BY(cause_names, CAUSE_CUT_COUNT),
      .definition = "sessions ended by the fleet, not by the user" },
    { "sessions_cut_per_10k", "1/10^4", LESS, ON_MEAN, OF_SESSIONS, .value = sessions_cut_per_10k,
      .field = offsetof(struct session_books, started), .definition = "10,000 x sessions_cut / sessions_in" },
    { "reconnects", "sessions", LESS, ON_MEAN, SESSION_COUNT(reconnects), .definition = "sessions that resume one that ended before its client left" },
    { "avg_sessions", "sessions", NEUTRAL, ON_MEAN, OF_SESSIONS, .value = avg_sessions,
      .definition = "mean number of open sessions over time" },
    { "protection_coverage", "ratio", MORE, EVERY_RUN, OF_SERVICES, .value = service_area_ratio,
      SERVICE_FIELD(busy_protected), .whole_field = offsetof(struct service_books, busy_running),
      .definition = "busy RUNNING task-time under protection / busy RUNNING task-time" },
    { "protected_idle_h", "task-h", LESS, ON_MEAN, TASK_HOURS(state[STATE_PROTECTED_IDLE]),
      .definition = "task-time protected with no work" },
    { "expired_busy", "times", LESS, EVERY_RUN, SERVICE_COUNT(expired_busy),
      .definition = "protections that lapsed while the task was busy" },
    { "protect_calls", "calls", LESS, ON_MEAN, SERVICE_COUNT(protect_calls), SPLIT_BY(protection_roads, ROAD_COUNT),
      .definition = "protection requests, through the agent and through the API" },
    { "protect_calls_peak", "1/s", LESS, EVERY_RUN, OF_SERVICES, .value = protect_calls_peak,
      .definition = "most protection requests in any second" },
    { "protect_throttled", "calls", LESS, ON_MEAN, SERVICE_COUNT(protect_throttled),
      .definition = "answers 429 or ThrottlingException" },
    { "protect_rejected", "calls", LESS, ON_MEAN, SERVICE_COUNT(protect_rejected),
      .definition = "answers DEPLOYMENT_BLOCKED" },
    { "protect_failed", "calls", LESS, ON_MEAN, SERVICE_COUNT(protect_failed),
      .definition = "every other failure, time-outs included" },
    { "scale_in_held_h", "task-h", LESS, ON_MEAN, TASK_HOURS(held),
      .definition = "integral of min(running beyond desired, protected tasks)" },
    { "actions", "times", NEUTRAL, ON_MEAN, OF_SERVICES, .value = actions,
      SPLIT_BY(direction_names, COUNT_OF(direction_names)),
      .definition = "changes of the desired count made by auto scaling" },
    { "reversals_h", "1/h", LESS, ON_MEAN, OF_SERVICES, .value = service_count_per_hour, SERVICE_FIELD(reversals),
      .definition = "actions opposite to the one before, within the reversal window of it" },
    { "task_starts_h", "1/h", LESS, ON_MEAN, OF_SERVICES, .value = service_count_per_hour, SERVICE_FIELD(tasks_created),
      .definition = "tasks created" },
    { "under_area", "task-h", LESS, ON_MEAN, TASK_HOURS(under), .definition = "integral of max(0, need - ready)" },
    { "over_area", "task-h", LESS, ON_MEAN, TASK_HOURS(over), .definition = "integral of max(0, ready - need)" },
    { "under_share", "ratio", LESS, ON_MEAN, OF_SERVICES, .value = service_time_share, SERVICE_FIELD(short_of_need),
      .definition = "share of time with fewer tasks ready than needed" },
    { "time_to_ready_p50", "s", LESS, ON_MEAN, OF_SERVICES, .value = service_quantile,
      SERVICE_FIELD(time_to_ready.histogram), .argument = 0.5,
      .definition = "per scale-out after an alarm: start of the first breaching period to the last of its tasks ready; half "
                    "are faster" },
    { "time_to_ready_p95", "s", LESS, ON_MEAN, OF_SERVICES, .value = service_quantile,
      SERVICE_FIELD(time_to_ready.histogram), .argument = 0.95, .definition = "the same, 95 % are faster" },
    { "time_at_min", "ratio", NEUTRAL, ON_MEAN, OF_SERVICES, .value = target_time_share, SERVICE_FIELD(at_min),
      .definition = "share of time with the desired count at the least capacity of the scalable target" },
    { "time_at_max", "ratio", LESS, ON_MEAN, OF_SERVICES, .value = target_time_share, SERVICE_FIELD(at_max),
      .definition = "the same at the most capacity" },
    { "not_scaled", "times", NEUTRAL, ON_MEAN, SERVICE_COUNT(not_scaled), SPLIT_BY(not_scaled_codes, NOT_SCALED_COUNT),
      .definition = "activities with that not-scaled reason" },
    { "avg_tasks", "tasks", LESS, ON_MEAN, OF_SERVICES, .value = service_mean, SERVICE_FIELD(active),
      .definition = "mean number of RUNNING tasks over time" },
    { "max_tasks", "tasks", LESS, EVERY_RUN, OF_SERVICES, .value = max_tasks,
      .definition = "most tasks at once whose containers ran, stopping ones included" },
    { "util", "ratio", MORE, ON_MEAN, OF_SERVICES, .value = service_area_ratio, SERVICE_FIELD(busy_slots),
      .whole_field = offsetof(struct service_books, slots),
      .definition = "busy slot-time / slot-time of tasks whose containers ran" },
    { "cost", "USD", LESS, ON_MEAN, OF_SERVICES, .value = cost,
      .definition = "everything billed: tasks, for the whole run also unused room on instances and the control plane" },
    { "cost_month", "USD", LESS, ON_MEAN, OF_SERVICES, .value = cost_month, .definition = "the same for 730 hours" },
    { "cost_per_1k", "USD", LESS, ON_MEAN, OF_SERVICES, .value = cost_per_1k, .definition = "cost of 1000 jobs done" },
    { "cost_useful", "USD", LESS, ON_MEAN, COST_PART(COST_USEFUL),
      .definition = "slot-time of attempts that finished, or are in progress at the end" },
    { "cost_idle", "USD", LESS, ON_MEAN, COST_PART(COST_IDLE), .definition = "ready slots without work; for the whole run also unused room on instances" },
    { "cost_startup", "USD", LESS, ON_MEAN, COST_PART(COST_STARTUP),
      .definition = "from the image pull until ready, and rounding up to seconds and the minimum charge" },
    { "cost_protected_idle", "USD", LESS, ON_MEAN, COST_PART(COST_PROTECTED_IDLE),
      .definition = "protected tasks without work" },
    { "cost_stopping", "USD", LESS, ON_MEAN, COST_PART(COST_STOPPING),
      .definition = "after the stop was decided, slots without work" },
    { "cost_lost", "USD", LESS, ON_MEAN, COST_PART(COST_LOST), .definition = "slot-time of attempts that came to nothing" },
    { "cost_control", "USD", LESS, ON_MEAN, .value = cost_part, .field = COST_CONTROL,
      .definition = "alarms, metrics, queue requests and load balancers" },
    { "cost_vs_oracle", "ratio", LESS, ON_MEAN, OF_SERVICES, .value = cost_vs_oracle,
      .definition = "cost / price of exactly the tasks needed, without start-up and minimum charge" },
    { "blocked_s", "s", LESS, ON_MEAN, OF_SERVICES, .value = service_area, SERVICE_FIELD(blocked), .argument = 1e9,
      .definition = "time in which the scheduler wanted to stop a task and every candidate was protected" },
    { "deploy_s", "s", LESS, ON_MEAN, OF_SERVICES, .value = deploy_s,
      .definition = "longest deployment, from UpdateService to COMPLETED, a rollback included; one still under way with its age" },
    { "overlap_task_h", "task-h", LESS, ON_MEAN, TASK_HOURS(overlap),
      .definition = "RUNNING tasks of old revisions while one of the new revision is RUNNING" },
    { "min_healthy_violation_s", "s", LESS, EVERY_RUN, OF_SERVICES, .value = service_area, SERVICE_FIELD(below_healthy),
      .argument = 1e9,
      .definition = "time in deployments with healthy tasks below desired x minimum_healthy_percent, as passes see it" },
    { "little_residual", "ratio", NEUTRAL, ON_MEAN, OF_JOBS, .value = little_residual,
      .definition = "abs(L - lambda W) / L, the three estimated apart, W from finished jobs" },
};

const size_t kpi_count = COUNT_OF(kpi_table);

const struct kpi *kpi_find(const char *name)
{
    for (size_t i = 0; i < kpi_count; i++) {
        if (strcmp(kpi_table[i].name, name) == 0) {
            return &kpi_table[i];
        }
    }
    return NULL;
}

double kpi_value(const struct kpi *kpi, const struct kpi_scope *scope, int split)
{
    return kpi->value(kpi, scope, split);
}
