/* An attempt at a message: one delivery to one task, until deleted, given up or cut. */
#ifndef MODEL_ATTEMPT_H
#define MODEL_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/simtime.h"
#include "model/cause.h"
#include "model/job.h"

struct message;
struct process;
struct queue;
struct task;
struct world;

/* `serial` makes its handle stale when it ends. */
struct attempt {
    struct job job;               /* first */
    struct message *message;      /* NULL once the job is gone: done by another attempt, or failed */
    struct queue *queue;
    struct task *task;
    struct attempt *next_in_task, *next_of_message;
    struct attempt *next_in_answer;          /* of the receive that handed it out */
    uint32_t serial, slot;        /* the handle: queue->world's table of attempts */
    sim_time received_at;
    sim_time charged_since;       /* slot time not yet charged to useful or lost */
    int64_t saved_ns;             /* of the work done in it, checkpointed */
    bool overtaken;               /* its visibility timeout passed and the message was delivered again */
    bool job_failed;              /* without a message: its job has expired, or was dead-lettered */
};

/* An attempt's handle is (slot, serial); NULL if that attempt has ended. */
struct attempt *attempt_find(struct world *world, uint32_t slot, uint32_t serial);

/* For queue.c: `message`, which is visible, is delivered to `task`. */
struct attempt *attempt_begin(struct message *message, struct task *task);

/* DeleteMessage (SQS-07): with the newest receipt the job is done; with an older one, or in a FIFO queue one whose timeout
 * has passed, nothing happens to the message. Ends the attempt either way. The call's time becomes a debt of `process`. */
void attempt_delete(struct attempt *attempt, struct process *process);

/* DeleteMessageBatch: up to SQS_BATCH_MAX attempts at messages of one queue, in one request. */
void attempt_delete_batch(struct queue *queue, struct attempt *const *attempts, int count, struct process *process);

enum visibility_verdict { VISIBILITY_CHANGED, VISIBILITY_NOT_IN_FLIGHT, VISIBILITY_INVALID };

/* ChangeMessageVisibility (SQS-02): counts from now; 0 gives the message back and ends the attempt. */
enum visibility_verdict attempt_change_visibility(struct attempt *attempt, sim_time timeout, struct process *process);

/* The program lets go of it and tells SQS nothing: the message stays hidden until its timeout passes. */
void attempt_abandon(struct attempt *attempt);

/* What has been worked on it so far survives; the next delivery starts there. */
void attempt_checkpoint(struct attempt *attempt);

/* The container of `task` has ended: every attempt in it is cut. The messages stay hidden until their timeouts pass. */
void queue_cut_attempts(struct task *task, enum cause cause);

/* Book the slot time of an attempt in progress, as useful so far: at the ends of the window. */
void attempt_charge_in_progress(struct attempt *attempt);

#endif
