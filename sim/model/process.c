#include "model/process.h"

#include <stddef.h>

#include "base/check.h"
#include "model/task.h"
#include "model/visitor.h"

void process_list_init(struct process_link *list)
{
    list->next = list->previous = list;
}

bool process_list_is_empty(const struct process_link *list)
{
    return list->next == list;
}

void process_list_append(struct process_link *list, struct process_link *link)
{
    link->previous = list->previous;
    link->next = list;
    list->previous->next = link;
    list->previous = link;
}

void process_list_remove(struct process_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    process_list_init(link);
}

struct process *process_of_waiting(struct process_link *link)
{
    return (struct process *)(void *)((char *)link - offsetof(struct process, waiting));
}

struct process *process_of_mates(struct process_link *link)
{
    return (struct process *)(void *)((char *)link - offsetof(struct process, mates));
}

static void on_timer(struct sim *sim, void *self)
{
    struct process *process = self;
    process->step(sim, process);
}

static void on_wait_over(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    process->withdraw = NULL;
    process->resume(process);
}

void process_init(struct process *process, struct sim *sim, struct task *task, void (*resume)(struct process *))
{
    *process = (struct process){ .sim = sim, .task = task, .resume = resume };
    process->timer = sim_timer_create(sim, on_timer, process);
    process_list_init(&process->waiting);
    process_list_init(&process->mates);
    if (task != NULL) {
        process_list_append(&task->processes, &process->mates);
    }
}

static void withdraw(struct process *process)
{
    if (process->withdraw != NULL) {
        process->withdraw(process);
        process->withdraw = NULL;
    }
    process_list_remove(&process->waiting);
}

void process_finish(struct process *process)
{
    withdraw(process);
    visitors_forget(process);
    process_list_remove(&process->mates);
    sim_timer_destroy(process->sim, process->timer);
}

void process_wait(struct process *process, sim_time duration, enum sim_rank rank, sim_handler *step)
{
    process->step = step;
    sim_time from = sim_now(process->sim) + process->debt;
    process->debt = 0;
    sim_timer_arm(process->sim, process->timer, duration > SIM_NEVER - from ? SIM_NEVER : from + duration, rank);
}

void process_sleep(struct process *process, sim_time duration)
{
    process_wait(process, duration, RANK_LAPSE, on_wait_over);
}

void process_wake(struct process *process)
{
    withdraw(process);
    process->step = on_wait_over;
    sim_timer_wake(process->sim, process->timer);
}

static void on_call_arrives(struct sim *sim, void *self)
{
    struct process *process = self;
    process_sleep(process, process->return_trip);
    process->effect(sim, process);
}

void process_call(struct process *process, sim_time round_trip, sim_handler *effect)
{
    sim_time outward = round_trip / 2;
    process->return_trip = round_trip - outward;
    process->effect = effect;
    process_wait(process, outward, RANK_CALL, on_call_arrives);
}
