#include "model/world.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/vec.h"
#include "model/aggregate.h"
#include "model/audit.h"
#include "model/cluster.h"
#include "model/disruption.h"
#include "model/probe.h"
#include "model/record.h"
#include "model/request.h"
#include "model/scaling.h"
#include "model/visitor.h"

/* ---- slot tables -------------------------------------------------------------------------------------------- */

/* Free slots are chained through their serial; UINT32_MAX ends the chain. */
enum { FIRST_SERIAL = 1 };

void slot_table_add(struct slot_table *table, void *object, uint32_t *slot, uint32_t *serial)
{
    if (table->free_head == 0) {
        VEC_GROW(table->entries, table->count, table->room);
        table->entries[table->count++] = (struct slot_entry){ .object = NULL };
        *slot = table->count - 1;
    } else {
        *slot = table->free_head - 1;
        table->free_head = table->entries[*slot].serial;
    }
    if (++table->next_serial == 0) {
        table->next_serial = FIRST_SERIAL;
    }
    *serial = table->next_serial;
    table->entries[*slot] = (struct slot_entry){ object, *serial };
}

void slot_table_remove(struct slot_table *table, uint32_t slot)
{
    CHECK(slot < table->count && table->entries[slot].object != NULL);
    table->entries[slot] = (struct slot_entry){ NULL, table->free_head };
    table->free_head = slot + 1;
}

void *slot_table_find(const struct slot_table *table, uint32_t slot, uint32_t serial)
{
    if (slot >= table->count || table->entries[slot].serial != serial) {
        return NULL;
    }
    return table->entries[slot].object;
}

/* ---- building ----------------------------------------------------------------------------------------------- */

enum { MONDAY_2026_01_05 = 1767571200 };

struct world *world_create(uint64_t seed, uint64_t replication)
{
    struct world *world = mem_alloc(sizeof *world);
    world->sim = sim_create(seed, replication);
    world->arena = sim_arena(world->sim);
    world->config = (struct world_config){
        .duration = SIM_DAY, .start_unix_s = MONDAY_2026_01_05, .drain_threshold = -1,
        .reversal_window = 30 * SIM_MINUTE,
    };
    world->in_window = true;
    assumptions_init(&world->assumptions);
    world->tasks_pool = pool_create(sizeof(struct task));
    world->messages_pool = pool_create(sizeof(struct message));
    world->attempts_pool = pool_create(sizeof(struct attempt));
    world->targets_pool = pool_create(sizeof(struct target));
    world->requests_pool = pool_create(sizeof(struct request));
    world->visitors_pool = pool_create(sizeof(struct visitor));
    world->sessions_pool = pool_create(sizeof(struct session));
    world->lone_sessions_pool = pool_create(sizeof(struct lone_session));
    /* PROT-15 */
    token_bucket_init(&world->service_modify_bucket, 50, 5);
    token_bucket_init(&world->cluster_modify_bucket, 100, 40);
    token_bucket_init(&world->cluster_read_bucket, 100, 20);
    token_bucket_init(&world->run_task_bucket, 20, 20);      /* SCHED-24 */
    world->metrics = metrics_create(world);
    world->disruptions = disruptions_create(world);
    world->scaling = scaling_create(world);
    world->ec2 = ec2_create(world);
    return world;
}

void world_destroy(struct world *world)
{
    if (world == NULL) {
        return;
    }
    for (int i = 0; i < world->service_count; i++) {
        service_finish(world->services[i]);
    }
    for (int i = 0; i < world->queue_count; i++) {
        queue_finish(world->queues[i]);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        target_group_finish(world->target_groups[i]);
    }
    for (int i = 0; i < world->tally_count; i++) {
        tally_finish(&world->tallies[i].tally);
    }
    for (uint32_t slot = 0; slot < world->tasks.count; slot++) {
        if (world->tasks.entries[slot].object != NULL) {
            task_finish(world->tasks.entries[slot].object);
        }
    }
    ec2_destroy(world->ec2);
    scaling_destroy(world->scaling);
    metrics_destroy(world->metrics);
    disruptions_destroy(world->disruptions);
    pool_destroy(world->tasks_pool);
    pool_destroy(world->messages_pool);
    pool_destroy(world->attempts_pool);
    pool_destroy(world->targets_pool);
    pool_destroy(world->requests_pool);
    pool_destroy(world->visitors_pool);
    pool_destroy(world->sessions_pool);
    pool_destroy(world->lone_sessions_pool);
    free(world->tasks.entries);
    free(world->attempts.entries);
    free(world->requests.entries);
    free(world->sessions.entries);
    free(world->services);
    free(world->alarms);
    free(world->queues);
    free(world->target_groups);
    free(world->tallies);
    free(world->levels);
    sim_destroy(world->sim);
    free(world);
}

struct service *world_find_service(const struct world *world, const char *name)
{
    for (int i = 0; i < world->service_count; i++) {
        if (strcmp(world->services[i]->name, name) == 0) {
            return world->services[i];
        }
    }
    return NULL;
}

struct queue *world_find_queue(const struct world *world, const char *name)
{
    for (int i = 0; i < world->queue_count; i++) {
        if (strcmp(world->queues[i]->config.name, name) == 0) {
            return world->queues[i];
        }
    }
    return NULL;
}

struct target_group *world_find_target_group(const struct world *world, const char *name)
{
    for (int i = 0; i < world->target_group_count; i++) {
        if (strcmp(world->target_groups[i]->config.name, name) == 0) {
            return world->target_groups[i];
        }
    }
    return NULL;
}

struct task *world_find_task(const struct world *world, uint32_t slot, uint32_t serial)
{
    return slot_table_find(&world->tasks, slot, serial);
}

void world_warn(struct world *world, const char *subject, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    world->warnings++;
    trace_emit(world->sim, RECORD_WARNING, &(struct record_warning){ subject, text });
}

sim_time world_window_start(const struct world *world)
{
    return world->config.warm_up;
}

/* ---- the timeline ------------------------------------------------------------------------------------------- */

static void fill_queue(struct record_minute *row, const struct queue *queue, sim_time now)
{
    row->queue = queue;
    row->visible = queue->visible;
    row->in_flight = queue->in_flight;
    row->delayed = queue->delayed;
    row->oldest_age_s = sim_seconds(queue_oldest_age(queue, now));
}

/* In the same columns: what waits for a slot, and what is in one. */
static void fill_target_group(struct record_minute *row, const struct target_group *group, sim_time now)
{
    row->target_group = group;
    row->visible = group->waiting;
    row->in_flight = group->served;
    row->oldest_age_s = sim_seconds(target_group_oldest_age(group, now));
}

static void fill_states(struct record_minute *row, struct service *service, sim_time now, sim_time length)
{
    for (int state = 0; state < STATE_COUNT; state++) {
        wide area = level_area(&service->books.state[state], now);
        row->state[state] = (double)(area - service->minute_area[state]) / (double)length;
        service->minute_area[state] = area;
    }
}

static void fill_cost(struct record_minute *row, struct service *service)
{
    wide cost = service_cost_pico(service);
    row->cost_usd = (double)(cost - service->minute_cost_pico) / 1e12;
    row->cost_cumulative_usd = (double)cost / 1e12;
    service->minute_cost_pico = cost;
}

static const struct queue *first_queue(const struct service *service)
{
    return service->config.definition->queue_count > 0 ? service->config.definition->queues[0] : NULL;
}

static int old_running(const struct service *service)
{
    return service->deployments != NULL ? service->running_count - service->deployments->running_count : 0;
}

static int64_t open_sessions(const struct service *service)
{
    int64_t sum = 0;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        sum += task->sessions;
    }
    return sum;
}

static void record_service_minute(struct service *service, sim_time now, sim_time length)
{
    struct record_minute row = {
        .service = service, .desired = service->desired_count, .running = service->running_count,
        .pending = service->pending_count,
        .sessions = open_sessions(service), .old_running = old_running(service), .blocked = service->blocked, .min_capacity = service->desired_count,
        .max_capacity = service->desired_count, .cpu_percent = NAN, .memory_percent = NAN,
    };
    if (service->target != NULL) {
        row.min_capacity = scalable_target_min(service->target);
        row.max_capacity = scalable_target_max(service->target);
    }
    probe_service_cpu(service, &row.cpu_percent, &row.memory_percent);
    fill_states(&row, service, now, length);
    fill_cost(&row, service);
    if (first_queue(service) != NULL) {
        fill_queue(&row, first_queue(service), now);
    } else if (service->config.target_group_count > 0) {
        fill_target_group(&row, service->config.target_groups[0], now);
    }
    trace_emit(service->world->sim, RECORD_MINUTE, &row);
}

static bool has_row_of_its_own(const struct queue *queue)
{
    return queue->consumer == NULL || first_queue(queue->consumer) != queue;
}

static void record_minute(struct world *world, sim_time length)
{
    sim_time now = sim_now(world->sim);
    for (int i = 0; i < world->service_count; i++) {
        record_service_minute(world->services[i], now, length);
    }
    for (int i = 0; i < world->queue_count; i++) {
        if (has_row_of_its_own(world->queues[i])) {
            struct record_minute row = { .cpu_percent = NAN, .memory_percent = NAN };
            fill_queue(&row, world->queues[i], now);
            trace_emit(world->sim, RECORD_MINUTE, &row);
        }
    }
}

static void close_minute(struct world *world, sim_time length)
{
    for (int i = 0; i < world->queue_count; i++) {
        queue_minute(world->queues[i]);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        target_group_minute(world->target_groups[i]);
    }
    if (trace_wanted(world->sim, RECORD_MINUTE)) {
        record_minute(world, length);
    }
}

static void on_minute(struct sim *sim, void *self)
{
    struct world *world = self;
    close_minute(world, SIM_MINUTE);
    sim_at(sim, sim_now(sim) + SIM_MINUTE, RANK_RECORD, on_minute, world);
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static void on_warm_up_over(struct sim *sim, void *self)
{
    (void)sim;
    struct world *world = self;
    world->in_window = true;
    level_restart(&world->running, world->config.warm_up);
    ec2_end_of_warm_up(world);
    for (int i = 0; i < world->service_count; i++) {
        service_end_of_warm_up(world->services[i]);
    }
    for (int i = 0; i < world->queue_count; i++) {
        queue_end_of_warm_up(world->queues[i]);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        target_group_end_of_warm_up(world->target_groups[i]);
    }
    for (int i = 0; i < world->tally_count; i++) {
        tally_reset(&world->tallies[i].tally);
    }
    for (int i = 0; i < world->level_count; i++) {
        struct named_level *level = &world->levels[i];
        *level = (struct named_level){ level->name, level->unit, level->value, level->value, level->value, 0,
                                       world->config.warm_up };
    }
}

static int64_t drain_threshold(const struct world *world, const struct queue *queue)
{
    if (world->config.drain_threshold >= 0) {
        return world->config.drain_threshold;
    }
    if (queue->consumer == NULL) {
        return 1;
    }
    const struct service *service = queue->consumer;
    int least = service->target != NULL ? scalable_target_min(service->target) : service->desired_count;
    int64_t threshold = (int64_t)least * service->config.definition->slots;
    return threshold > 1 ? threshold : 1;
}

static void start(struct world *world)
{
    world->started = true;
    token_bucket_init(&world->protection_bucket,
                      (int64_t)assumed_number(&world->assumptions, ASSUME_PROTECTION_BURST),
                      (int64_t)assumed_number(&world->assumptions, ASSUME_PROTECTION_RPS));
    world->protection_read_bucket = world->protection_bucket;
    for (int i = 0; i < world->queue_count; i++) {
        world->queues[i]->drain_threshold = drain_threshold(world, world->queues[i]);
    }
    probe_start(world);
    sim_at(world->sim, SIM_MINUTE, RANK_RECORD, on_minute, world);
    if (world->config.warm_up > 0) {
        world->in_window = false;
        sim_at(world->sim, world->config.warm_up, RANK_RECORD, on_warm_up_over, world);
    }
}

static bool no_job_is_left(const struct world *world)
{
    for (int i = 0; i < world->target_group_count; i++) {
        if (world->target_groups[i]->oldest != NULL || aggregate_open(world->target_groups[i]->aggregate) > 0) {
            return false;
        }
    }
    for (int i = 0; i < world->queue_count; i++) {
        if (world->queues[i]->jobs.oldest != NULL) {
            return false;
        }
    }
    return true;
}

void world_job_left(struct world *world)
{
    if (world->draining && no_job_is_left(world)) {
        sim_stop(world->sim);
    }
}

/* Legal, but hardly meant. */
static void warn_of_suspicious(struct world *world)
{
    metrics_warn_unwritten(world);
    for (int i = 0; i < world->queue_count; i++) {
        const struct queue *queue = world->queues[i];
        if (queue->books.sent > 0 && queue->books.received == 0) {
            world_warn(world, queue->config.name, "messages were sent to the queue and nobody received one");
        }
    }
    for (int i = 0; i < world->target_group_count; i++) {
        const struct target_group *group = world->target_groups[i];
        if (group->books.sent > 0 && group->service == NULL) {
            world_warn(world, group->config.name, "requests were sent to the target group and no service stands behind it");
        }
    }
    for (int i = 0; i < world->service_count; i++) {
        const struct service *service = world->services[i];
        sim_time window = world->ended_at - world_window_start(world);
        if (scaling_is_by_policy(service) && 2 * level_area(&service->books.at_max, world->ended_at) > window) {
            world_warn(world, service->name,
                       "the desired count was at max_capacity for more than half of the time: the policy could not do more");
        }
    }
}

static void close_books(struct world *world)
{
    sim_time now = sim_now(world->sim);
    world->ended_at = now;
    if (now % SIM_MINUTE != 0) {
        close_minute(world, now % SIM_MINUTE);
    }
    sim_time window_start = now < world->config.warm_up ? now : world->config.warm_up;
    metrics_charge(world, window_start, now);
    ec2_close_books(world);
    warn_of_suspicious(world);
    for (int i = 0; i < world->service_count; i++) {
        for (struct task *task = world->services[i]->first; task != NULL; task = task->next) {
            task_close_books(task);
            trace_emit(world->sim, RECORD_TASK_END, task);
        }
    }
    for (int i = 0; i < world->queue_count; i++) {
        queue_close_books(world->queues[i]);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        target_group_close_books(world->target_groups[i]);
    }
}

bool world_run(struct world *world, struct error *err)
{
    start(world);
    bool ran = sim_run(world->sim, world->config.duration, err);
    if (ran && world->config.drain > 0 && !world->interrupted && !no_job_is_left(world)) {
        world->draining = true;
        ran = sim_run(world->sim, world->config.duration + world->config.drain, err);
    }
    if (!ran) {
        return false;
    }
    close_books(world);
    audit_world(world, NULL, 0);
    return true;
}
