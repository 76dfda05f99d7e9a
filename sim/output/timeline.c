#include "output/timeline.h"

#include <math.h>

#include "model/record.h"
#include "model/world.h"
#include "output/calendar.h"
#include "output/csv.h"

struct timeline {
    const struct world *world;
    struct csv csv;
    bool begun;                   /* the header is written */
};

/* States of tasks as stacked in the fleet strip, from the bottom. */
static const enum task_state states[] = {
    STATE_PROTECTED_BUSY, STATE_BUSY, STATE_IDLE, STATE_PROTECTED_IDLE, STATE_PENDING, STATE_DRAINING,
};
enum { STATES = sizeof states / sizeof states[0] };

static const char *const columns_before_states[] = {
    "time", "clock", "kind", "service", "queue", "desired_count", "running_count", "pending_count", "min_capacity",
    "max_capacity",
};
static const char *const columns_after_states[] = {
    "cpu_percent", "memory_percent", "visible", "in_flight", "delayed", "oldest_age_s", "cost_usd",
    "cost_cumulative_usd", "old_running_count", "blocked", "sessions",
};

/* Not before the scenario is built: its levels are columns too. */
static void put_header(struct timeline *timeline)
{
    struct csv *csv = &timeline->csv;
    for (size_t i = 0; i < sizeof columns_before_states / sizeof columns_before_states[0]; i++) {
        csv_text(csv, columns_before_states[i]);
    }
    for (int i = 0; i < STATES; i++) {
        csv_text(csv, task_state_names[states[i]]);
    }
    for (size_t i = 0; i < sizeof columns_after_states / sizeof columns_after_states[0]; i++) {
        csv_text(csv, columns_after_states[i]);
    }
    for (int i = 0; i < timeline->world->level_count; i++) {
        csv_text(csv, timeline->world->levels[i].name);
    }
    csv_end_row(csv);
    timeline->begun = true;
}

static double known(const void *owner, double value)
{
    return owner != NULL ? value : NAN;
}

static void put_fleet(struct csv *csv, const struct record_minute *minute)
{
    const struct service *service = minute->service;
    const struct scalable_target *target = service != NULL ? service->target : NULL;
    csv_number(csv, known(service, minute->desired));
    csv_number(csv, known(service, minute->running));
    csv_number(csv, known(service, minute->pending));
    csv_number(csv, known(target, minute->min_capacity));
    csv_number(csv, known(target, minute->max_capacity));
    for (int i = 0; i < STATES; i++) {
        csv_number(csv, known(service, minute->state[states[i]]));
    }
    csv_number(csv, known(service, minute->cpu_percent));
    csv_number(csv, known(service, minute->memory_percent));
}

/* Where the row's jobs come from. */
static const char *source_name(const struct record_minute *minute)
{
    if (minute->queue != NULL) {
        return minute->queue->config.name;
    }
    return minute->target_group != NULL ? minute->target_group->config.name : NULL;
}

static void put_jobs(struct csv *csv, const struct record_minute *minute)
{
    const char *source = source_name(minute);
    csv_number(csv, known(source, (double)minute->visible));
    csv_number(csv, known(source, (double)minute->in_flight));
    csv_number(csv, known(source, (double)minute->delayed));
    csv_number(csv, known(source, minute->oldest_age_s));
}

static void on_minute(void *context, sim_time now, int kind, const void *record)
{
    (void)kind;
    struct timeline *timeline = context;
    const struct world *world = timeline->world;
    const struct record_minute *minute = record;
    if (!timeline->begun) {
        put_header(timeline);
    }
    struct csv *csv = &timeline->csv;
    char clock[CALENDAR_SIZE];
    csv_seconds(csv, now);
    csv_text(csv, calendar_minute(world->config.start_unix_s, now, clock));
    csv_text(csv, minute->service != NULL ? "service" : "queue");
    csv_text(csv, minute->service != NULL ? minute->service->name : NULL);
    csv_text(csv, source_name(minute));
    put_fleet(csv, minute);
    put_jobs(csv, minute);
    csv_number(csv, known(minute->service, minute->cost_usd));
    csv_number(csv, known(minute->service, minute->cost_cumulative_usd));
    csv_number(csv, known(minute->service, minute->old_running));
    csv_number(csv, known(minute->service, minute->blocked));
    csv_number(csv, known(minute->service, (double)minute->sessions));
    for (int i = 0; i < world->level_count; i++) {
        csv_number(csv, world->levels[i].value);
    }
    csv_end_row(csv);
}

struct timeline *timeline_observe(struct world *world, struct text *text)
{
    struct timeline *timeline = arena_alloc(world->arena, sizeof *timeline);
    *timeline = (struct timeline){ .world = world, .csv = { .text = text } };
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_MINUTE), on_minute, timeline);
    return timeline;
}

void timeline_finish(struct timeline *timeline)
{
    if (!timeline->begun) {
        put_header(timeline);
    }
}
