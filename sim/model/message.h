/* A message in its queue: in the list of its state, and in the order of enqueue. What becomes of it in time: its delay or
 * visibility timeout lapses, its retention period ends. */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/sim.h"

struct attempt;
struct message_group;
struct queue;

enum message_state { MESSAGE_DELAYED, MESSAGE_VISIBLE, MESSAGE_IN_FLIGHT };

/* One job, from its first enqueue until deleted, expired or dead-lettered; then, in the dead-letter queue, a dead letter,
 * which is no job any more. */
struct message {
    struct queue *queue;
    struct message *next, *previous;        /* in the list of its state */
    struct message *younger, *older;        /* in queue->jobs or queue->dead_letters, by sent_at */
    struct message_group *group;  /* of a FIFO queue; NULL in a standard one */
    uint64_t order;               /* in its group */
    sim_time sent_at;             /* where retention counts from */
    sim_time entered_at;          /* its queue: when it was sent, or dead-lettered */
    sim_time first_received_at;   /* -1 */
    sim_time state_until;         /* delayed or in flight: when it becomes visible */
    int64_t work_ns;              /* the whole job */
    int64_t left_ns;              /* after checkpoints: where the next delivery starts */
    int64_t saved_ns;             /* work held by checkpoints */
    int receive_count;            /* in this queue */
    int received_before;          /* in those that it was dead-lettered from */
    bool is_dead_letter;
    enum message_state state;
    struct attempt *newest;       /* the attempt with the newest receipt; NULL before the first and after its end */
    struct attempt *attempts;     /* all attempts still going on, linked by next_of_message */
    sim_time cut_expected_end;    /* delay_by_cut_s: when the first attempt that was cut would have ended; -1: never cut */
};

struct age_list {
    struct message *oldest, *youngest;
};

/* It becomes one of its queue's, in no state yet; or stops being one, in no state any more. */
void message_enter(struct message *message);
void message_leave(struct message *message);

/* Put it into the list of `state`, until an instant (MESSAGE_VISIBLE: 0); or take it out of the list of its state. */
void message_place(struct message *message, enum message_state state, sim_time until);
void message_lift(struct message *message);

/* It is in no state: anybody may receive it from now on. Long polls are not told (queue_serve_pollers). */
void message_make_visible(struct message *message);

/* It is done, or has expired: attempts at it that still go on work for nothing from now on. */
void message_forget(struct message *message, bool done);

/* The attempts at it go on without it: its job is done (by another attempt), or has failed. */
void message_orphan_attempts(struct message *message, bool done);

/* Arm the timer of what lapses next in the queue. */
void message_schedule_lapse(struct queue *queue);

/* The handlers of a queue's timers. */
void message_on_lapse(struct sim *sim, void *queue);
void message_on_retention(struct sim *sim, void *queue);

#endif
