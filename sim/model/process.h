/* Somebody who waits: a coroutine of a scenario, or a program in C. One wait at a time, one timer each. */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include <stdbool.h>

#include "engine/sim.h"

struct task;
struct attempt;
struct visitor;
struct process;

/* Doubly linked ring of processes; an empty list points at itself. */
struct process_link {
    struct process_link *next, *previous;
};

struct process {
    struct sim *sim;
    struct task *task;                            /* the container that it runs in; NULL: a process of the world */
    void (*resume)(struct process *process);      /* its wait is over; the result fields are set */

    /* The rest belongs to what it waits for. */
    sim_timer timer;
    sim_handler *step;                            /* what the timer does next; `self` is the process */
    void (*withdraw)(struct process *process);    /* leave the lists of what it waits for; NULL: in none */
    struct process_link waiting;                  /* in the list of what it waits for: long polls, channels */
    struct process_link mates;                    /* in the container's list of processes */
    struct visitor *visitors;                     /* what it keeps of load balancers (visitor.h) */
    void *wait_object;                            /* what it waits for: a queue, a call in flight */
    sim_time return_trip;                         /* of a call: from its effect to its answer */
    sim_handler *effect;                          /* of a call */
    sim_time debt;                                /* time of calls that returned at once, added to its next wait (SQS-10) */
    int wanted;                                   /* of a receive: messages at most */
    struct attempt *attempt;                      /* result of a receive: the first; NULL if it came back empty */
    bool over_limit;                              /* with it: refused, since too many messages are in flight (SQS-04) */
    int64_t number;                               /* result of calls that answer a number */
};

/* The process belongs to `task` (NULL: the world) and waits for nothing. `process` must stay in place until finished. */
void process_init(struct process *process, struct sim *sim, struct task *task, void (*resume)(struct process *));

/* Withdraw from whatever it waits for, leave the container, give the timer back. Nothing resumes it any more. */
void process_finish(struct process *process);

/* Wait for `duration` plus what it owes, then resume. */
void process_sleep(struct process *process, sim_time duration);

/* Wait, then run step(sim, process) in the place of a resume. Adds the debt. */
void process_wait(struct process *process, sim_time duration, enum sim_rank rank, sim_handler *step);

/* End the wait now: resume at this instant, after the running event. */
void process_wake(struct process *process);

/* A call to a control plane: it takes effect half-way, when effect(sim, process) runs, and the process resumes at the end. */
void process_call(struct process *process, sim_time round_trip, sim_handler *effect);

/* Rings of links; the list head is a link of its own. */
void process_list_init(struct process_link *list);
bool process_list_is_empty(const struct process_link *list);
void process_list_append(struct process_link *list, struct process_link *link);
void process_list_remove(struct process_link *link);      /* in a list or not */
struct process *process_of_waiting(struct process_link *link);
struct process *process_of_mates(struct process_link *link);

#endif
