/* Amazon SQS, standard queues: messages, attempts at them, visibility timeouts, long polls. */
#ifndef MODEL_QUEUE_H
#define MODEL_QUEUE_H

#include <stdbool.h>

#include "base/pool.h"
#include "engine/rng.h"
#include "model/assumption.h"
#include "model/cause.h"
#include "model/job.h"
#include "model/process.h"

struct world;
struct task;
struct service;
struct task_definition;

struct queue_config {
    const char *name;
    sim_time visibility_timeout;  /* SQS-01: 0..12 h */
    sim_time wait_time;           /* SQS-03: 0..20 s */
    sim_time delay;               /* SQS-05: 0..15 min */
    sim_time retention;           /* SQS-05: 60 s..14 d */
};

enum message_state { MESSAGE_DELAYED, MESSAGE_VISIBLE, MESSAGE_IN_FLIGHT };

/* One job, from its first enqueue until deleted or expired. */
struct message {
    struct queue *queue;
    struct message *next, *previous;        /* in the list of its state */
    struct message *younger, *older;        /* all messages of the queue by time of enqueue */
    sim_time sent_at;
    sim_time first_received_at;   /* -1 */
    sim_time state_until;         /* delayed or in flight: when it becomes visible */
    int64_t work_ns;              /* the whole job */
    int64_t left_ns;              /* after checkpoints: where the next delivery starts */
    int64_t saved_ns;             /* work held by checkpoints */
    int receive_count;
    enum message_state state;
    struct attempt *newest;       /* the attempt with the newest receipt; NULL before the first and after its end */
    struct attempt *attempts;     /* all attempts still going on, linked by next_of_message */
    sim_time cut_expected_end;    /* delay_by_cut_s: when the first attempt that was cut would have ended; -1: never cut */
};

/* One delivery to one task, until deleted, given up or cut. `serial` makes its handle stale when it ends. */
struct attempt {
    struct job job;               /* first */
    struct message *message;      /* NULL once the job is gone (done by another attempt, or expired) */
    struct queue *queue;
    struct task *task;
    struct attempt *next_in_task, *next_of_message;
    uint32_t serial, slot;        /* the handle: queue->world's table of attempts */
    sim_time received_at;
    sim_time charged_since;       /* slot time not yet charged to useful or lost */
    int64_t saved_ns;             /* of the work done in it, checkpointed */
    bool overtaken;               /* its visibility timeout passed and the message was delivered again */
    bool warned;
};

struct queue {
    struct world *world;
    struct queue_config config;
    const struct assumptions *assumptions;
    int index;                    /* in world->queues */
    struct service *consumer;     /* the service whose program is handed the queue; NULL until there is one */
    int64_t drain_threshold;
    struct message *visible_head, *visible_tail, *flight_head, *flight_tail, *delayed_head, *delayed_tail;
    struct message *oldest, *youngest;
    int64_t visible, in_flight, delayed;
    struct process_link pollers;  /* longest-waiting first */
    int64_t poller_count;
    sim_timer timer;              /* the next message whose state lapses */
    sim_timer retention_timer;
    struct rng rng;
    sim_time last_used_at;        /* CW-08: a message held, or a call */
    sim_time woken_at, metric_wake;          /* CW-08: after waking, the first datapoint is late by this much */
    bool overtime_warned;
    sim_time age_since;           /* oldest_age is booked up to here */
    struct job_books books;
    uint64_t sampled_sent, sampled_received, sampled_deleted, sampled_empty;   /* the probe's own, at its last sample */
};

struct queue *queue_create(struct world *world, const struct queue_config *config, const struct assumptions *assumptions);

/* A message with `work_ns` of work, at once; `delay` below 0: the queue's own. */
void queue_send(struct queue *queue, int64_t work_ns, sim_time delay);

/* ReceiveMessage from inside a container: the process resumes with process->attempt, NULL if the poll came back empty. */
void queue_receive(struct queue *queue, struct process *process);

/* An attempt's handle is (slot, serial); NULL if that attempt has ended. */
struct attempt *attempt_find(struct world *world, uint32_t slot, uint32_t serial);

/* DeleteMessage (SQS-07): with the newest receipt the job is done; with an older one nothing happens to the message. Ends
 * the attempt either way. The call's time becomes a debt of `process`. */
void attempt_delete(struct attempt *attempt, struct process *process);

enum visibility_verdict { VISIBILITY_CHANGED, VISIBILITY_NOT_IN_FLIGHT, VISIBILITY_INVALID };

/* ChangeMessageVisibility (SQS-02): counts from now; 0 gives the message back and ends the attempt. */
enum visibility_verdict attempt_change_visibility(struct attempt *attempt, sim_time timeout, struct process *process);

/* What has been worked on it so far survives; the next delivery starts there. */
void attempt_checkpoint(struct attempt *attempt);

/* The container of `task` has ended: every attempt in it is cut. The messages stay hidden until their timeouts pass. */
void queue_cut_attempts(struct task *task, enum cause cause);

/* Book the slot time of an attempt in progress, as useful so far: at the ends of the window. */
void attempt_charge_in_progress(struct attempt *attempt);

/* As CloudWatch sees them. */
sim_time queue_oldest_age(const struct queue *queue, sim_time now);      /* true age, 0 if empty */
sim_time queue_oldest_age_cw(const struct queue *queue, sim_time now);   /* SQS-08: without messages received >= 3 times */
bool queue_is_active(const struct queue *queue, sim_time now);           /* CW-08 */

void queue_minute(struct queue *queue);              /* at each minute's end: what is counted per minute */
void queue_end_of_warm_up(struct queue *queue);
void queue_close_books(struct queue *queue);         /* at the end of the run: ages, unfinished jobs */
void queue_finish(struct queue *queue);              /* free what the arena does not own */

#endif
