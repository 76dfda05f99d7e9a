/* Amazon SQS: standard and FIFO queues. Calls that send and receive, long polls, what CloudWatch sees. The life of a message
 * is told by message.h, that of a delivery by attempt.h. */
#ifndef MODEL_QUEUE_H
#define MODEL_QUEUE_H

#include <stdbool.h>

#include "base/pool.h"
#include "engine/rng.h"
#include "model/assumption.h"
#include "model/attempt.h"
#include "model/cause.h"
#include "model/job.h"
#include "model/message.h"
#include "model/process.h"

struct deduplication;
struct message_groups;
struct service;
struct task;
struct task_definition;
struct world;

enum {
    SQS_BATCH_MAX = 10,           /* SQS-03: entries of one request */
    SQS_IN_FLIGHT_MAX = 120000,   /* SQS-04 */
    SQS_DELAY_MAX_S = 900,        /* SQS-05 */
    SQS_ID_MAX = 128              /* characters of a message group's id, and of a deduplication id */
};

struct queue_config {
    const char *name;
    sim_time visibility_timeout;  /* SQS-01: 0..12 h */
    sim_time wait_time;           /* SQS-03: 0..20 s */
    sim_time delay;               /* SQS-05: 0..15 min */
    sim_time retention;           /* SQS-05: 60 s..14 d */
    bool fifo;                    /* SQS-07 */
    bool content_based_deduplication;        /* of a FIFO queue: a message needs no deduplication id */
    struct queue *dead_letter_queue;         /* SQS-06: of the same kind, made before; NULL: none */
    int max_receive_count;        /* with one: at least 1 */
};

struct queue {
    struct world *world;
    struct queue_config config;
    const struct assumptions *assumptions;
    int index;                    /* in world->queues */
    struct service *consumer;     /* the service whose program is handed the queue; NULL until there is one */
    int64_t drain_threshold;
    struct message *visible_head, *visible_tail;     /* of a standard queue; a FIFO one has them in its groups */
    struct message *flight_head, *flight_tail, *delayed_head, *delayed_tail;
    struct age_list jobs, dead_letters;
    int64_t visible, in_flight, delayed;
    struct message_groups *groups;           /* NULL: a standard queue */
    struct deduplication *deduplication;     /* NULL: a standard queue */
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

/* One message to send. */
struct queue_entry {
    int64_t work_ns;
    sim_time delay;               /* below 0: the queue's own, as always in a FIFO queue */
    const char *group;            /* of a FIFO queue, and only there: 1 to SQS_ID_MAX characters */
    const char *deduplication_id; /* of a FIFO queue; NULL: like no other message */
};

/* SendMessage to a standard queue, at once. */
void queue_send(struct queue *queue, int64_t work_ns, sim_time delay);

/* SendMessageBatch, or SendMessage where `count` is 1: one request of up to SQS_BATCH_MAX messages. Long polls see all of
 * them. What repeats a deduplication id is accepted and is no message. */
void queue_send_batch(struct queue *queue, const struct queue_entry *entries, int count);

/* ReceiveMessage of up to `most` messages (at most SQS_BATCH_MAX) from inside a container: the process resumes with
 * process->attempt, the first of a chain by next_in_answer. NULL: the poll came back empty, or with process->over_limit. */
void queue_receive(struct queue *queue, struct process *process, int most);

/* As CloudWatch sees them. */
sim_time queue_oldest_age(const struct queue *queue, sim_time now);      /* true age of its jobs, 0 if there is none */
sim_time queue_oldest_age_cw(const struct queue *queue, sim_time now);   /* SQS-08: a standard queue leaves some out */
bool queue_is_active(const struct queue *queue, sim_time now);           /* CW-08 */

void queue_minute(struct queue *queue);              /* at each minute's end: what is counted per minute */
void queue_end_of_warm_up(struct queue *queue);
void queue_close_books(struct queue *queue);         /* at the end of the run: ages, unfinished jobs */
void queue_finish(struct queue *queue);              /* free what the arena does not own */

/* For the files of messages and attempts: a request of `process`, whose time becomes its debt. */
void queue_note_call(struct queue *queue, struct process *process);
void queue_touch(struct queue *queue);               /* CW-08: it is in use */

/* Something has become visible, or free to be received: hand it to those who poll. */
void queue_serve_pollers(struct queue *queue);

/* need(t) of outputs.md section 1: a job of this size as it would run if nothing stood in its way. */
void queue_count_alone(struct queue *queue, int64_t work_ns);

/* Books: before the oldest job changes; after the number of visible messages has; a message leaves. */
void queue_book_age(struct queue *queue);
void queue_book_visible(struct queue *queue);
void queue_book_end(const struct message *message, bool done);

#endif
