#include "output/tasks.h"

#include <math.h>

#include "model/record.h"
#include "model/world.h"
#include "output/csv.h"

static const char *const columns[] = {
    "task", "service", "task_definition", "zone", "capacity", "status", "created_s", "pull_started_s", "started_s",
    "ready_s", "stopping_s", "sigterm_s", "execution_stopped_s", "stopped_s", "cause", "stop_code", "stopped_reason",
    "exit_code", "jobs_done", "busy_s", "protected_s", "work_useful_s", "work_lost_s", "cost_usd", "sessions", "sessions_cut",
};

static const char *const capacity_names[CAPACITY_COUNT] = {
    [CAPACITY_FARGATE] = "FARGATE",
    [CAPACITY_FARGATE_SPOT] = "FARGATE_SPOT",
    [CAPACITY_EC2] = "EC2",
};

static double task_cost_usd(const struct task *task)
{
    const struct assumptions *assumptions = &task->service->assumptions;
    struct cost_account account = { .size = task_cost_size(task), .shares = task->shares };
    struct cost_bill bill;
    cost_price(&account, 1, NULL, assumed_choice(assumptions, ASSUME_PRICE_BASIS) == PRICE_PER_SECOND, &bill);
    return cost_usd(bill.total_pico);
}

static void put_life(struct csv *csv, const struct task *task)
{
    const sim_time instants[] = {
        task->created_at, task->pull_started_at, task->started_at, task->ready_at,
        task->stopping_at, task->sigterm_at, task->execution_stopped_at, task->stopped_at,
    };
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        csv_seconds(csv, instants[i]);
    }
}

static void put_end(struct csv *csv, const struct task *task)
{
    bool stopped = task->stop_decided || task->ended;
    csv_text(csv, stopped ? cause_names[task->cause] : NULL);
    csv_text(csv, stopped ? task->stop_code : NULL);
    csv_text(csv, stopped ? task->stopped_reason : NULL);
    csv_number(csv, task->ended && task->started_at >= 0 ? (double)task->exit_code : NAN);
}

static void on_task_end(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    (void)kind;
    struct csv csv = { .text = context };
    const struct task *task = record;
    csv_text(&csv, task->id);
    csv_text(&csv, task->service->name);
    csv_text(&csv, task->definition->name);
    csv_text(&csv, task_zone_name(task));
    csv_text(&csv, capacity_names[task->capacity]);
    csv_text(&csv, task_status_names[task->status]);
    put_life(&csv, task);
    put_end(&csv, task);
    csv_number(&csv, task->jobs_done);
    csv_seconds(&csv, task->state_ns[STATE_BUSY] + task->state_ns[STATE_PROTECTED_BUSY]);
    csv_seconds(&csv, task->protection.protected_ns);
    csv_seconds(&csv, task->work_useful_ns);
    csv_seconds(&csv, task->work_lost_ns);
    csv_number(&csv, task_cost_usd(task));
    csv_number(&csv, (double)task->sessions_served);
    csv_number(&csv, (double)task->sessions_cut);
    csv_end_row(&csv);
}

void tasks_observe(struct world *world, struct text *text)
{
    struct csv csv = { .text = text };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        csv_text(&csv, columns[i]);
    }
    csv_end_row(&csv);
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_TASK_END), on_task_end, text);
}
