#include "model/attempt.h"

#include "base/check.h"
#include "model/record.h"
#include "model/request.h"
#include "model/task.h"
#include "model/world.h"

static sim_time now_of(const struct attempt *attempt)
{
    return sim_now(attempt->queue->world->sim);
}

struct attempt *attempt_find(struct world *world, uint32_t slot, uint32_t serial)
{
    return slot_table_find(&world->attempts, slot, serial);
}

static void tell(const struct attempt *attempt, const struct message *message, const char *what, enum cause cause,
                 int64_t lost_ns)
{
    struct record_delivery record = { attempt->queue, message, attempt->task, what, cause, lost_ns };
    trace_emit(attempt->queue->world->sim, RECORD_DELIVERY, &record);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

/* Slot time since the last charge: `lost` of `done` units of work were for nothing. */
static void charge(struct attempt *attempt, int64_t lost, int64_t done)
{
    sim_time now = now_of(attempt);
    wide length = now - attempt->charged_since;
    wide wasted = done > 0 ? length * lost / done : length;
    attempt->charged_since = now;
    task_charge(attempt->task, COST_LOST, wasted);
    task_charge(attempt->task, COST_USEFUL, length - wasted);
}

void attempt_charge_in_progress(struct attempt *attempt)
{
    charge(attempt, 0, 1);
}

static void unlink_from_task(struct attempt *attempt)
{
    struct attempt **link = &attempt->task->attempts;
    while (*link != attempt) {
        link = &(*link)->next_in_task;
    }
    *link = attempt->next_in_task;
}

static void unlink_from_message(struct attempt *attempt)
{
    struct message *message = attempt->message;
    if (message == NULL) {
        return;
    }
    struct attempt **link = &message->attempts;
    while (*link != attempt) {
        link = &(*link)->next_of_message;
    }
    *link = attempt->next_of_message;
    if (message->newest == attempt) {
        message->newest = NULL;
    }
}

/* The attempt is over, its books are closed: nothing knows it any more. A request may have its slot. */
static void forget(struct attempt *attempt)
{
    struct queue *queue = attempt->queue;
    struct task *task = attempt->task;
    job_forget(&attempt->job);
    unlink_from_message(attempt);
    unlink_from_task(attempt);
    slot_table_remove(&queue->world->attempts, attempt->slot);
    pool_give(queue->world->attempts_pool, attempt);
    task_attempts_changed(task, -1);
    requests_slot_freed(task);
}

static void end_useful(struct attempt *attempt)
{
    job_settle(&attempt->job);
    struct message *message = attempt->message;
    int64_t useful = attempt->job.done_ns - attempt->saved_ns + message->saved_ns;
    job_books_use(&attempt->queue->books, attempt->queue->world, useful);
    attempt->task->work_useful_ns += attempt->job.done_ns;
    attempt->task->jobs_done += !message->is_dead_letter;
    charge(attempt, 0, 1);
    forget(attempt);
}

static void end_lost(struct attempt *attempt, enum cause cause, const char *what)
{
    job_settle(&attempt->job);
    int64_t lost = attempt->job.done_ns - attempt->saved_ns;
    job_books_lose(&attempt->queue->books, attempt->queue->world, cause, lost);
    attempt->task->work_lost_ns += lost;
    attempt->task->work_useful_ns += attempt->saved_ns;
    charge(attempt, lost, attempt->job.done_ns);
    tell(attempt, attempt->message, what, cause, lost);
    forget(attempt);
}

void queue_cut_attempts(struct task *task, enum cause cause)
{
    sim_time now = sim_now(task->world->sim);
    while (task->attempts != NULL) {
        struct attempt *attempt = task->attempts;
        job_books_cut(&attempt->queue->books, task->world, cause);
        job_settle(&attempt->job);
        if (attempt->message != NULL && attempt->message->cut_expected_end < 0) {
            attempt->message->cut_expected_end = now + attempt->job.left_ns;
        }
        end_lost(attempt, cause, "cut");
    }
}

/* ---- the beginning ------------------------------------------------------------------------------------------ */

/* An attempt runs past its timeout when somebody else receives the message. */
static void overtake(struct message *message)
{
    for (struct attempt *attempt = message->attempts; attempt != NULL; attempt = attempt->next_of_message) {
        if (!attempt->overtaken) {
            attempt->overtaken = true;
            tell(attempt, message, "overtaken", CAUSE_OVERTAKEN, 0);
        }
    }
}

static void book_delivery(struct message *message, sim_time now)
{
    struct queue *queue = message->queue;
    queue->books.received++;
    if (message->first_received_at < 0) {
        message->first_received_at = now;
        if (!message->is_dead_letter) {
            job_books_start(&queue->books, queue->world, message->sent_at);
        }
    }
}

static void check_slots(const struct task *task)
{
    if (task_slots_taken(task) > task->definition->slots) {
        struct error err;
        error_set(&err, "task %s received a message while all its slots are taken: declare slots = %d or delete the "
                        "message before the next receive", task->id, task_slots_taken(task));
        sim_fail(task->world->sim, &err);
    }
}

struct attempt *attempt_begin(struct message *message, struct task *task)
{
    struct queue *queue = message->queue;
    sim_time now = sim_now(queue->world->sim);
    message_lift(message);
    overtake(message);
    message_place(message, MESSAGE_IN_FLIGHT, now + queue->config.visibility_timeout);
    message_schedule_lapse(queue);
    book_delivery(message, now);
    struct attempt *attempt = pool_take(queue->world->attempts_pool);
    *attempt = (struct attempt){
        .message = message, .queue = queue, .task = task, .next_in_task = task->attempts,
        .next_of_message = message->attempts, .received_at = now, .charged_since = now,
        .job = { .left_ns = message->left_ns, .done_total = &queue->books.work_done_ns },
    };
    slot_table_add(&queue->world->attempts, attempt, &attempt->slot, &attempt->serial);
    task->attempts = message->attempts = message->newest = attempt;
    if (++message->receive_count > 1) {
        queue->books.redeliveries++;
        tell(attempt, message, "redelivered", CAUSE_OVERTAKEN, 0);
    }
    task_attempts_changed(task, 1);
    check_slots(task);
    return attempt;
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

/* SQS-07. A FIFO queue takes no receipt whose timeout has passed, and no choice changes that (OWN-60). */
static bool receipt_deletes(const struct attempt *attempt)
{
    const struct queue *queue = attempt->queue;
    const struct message *message = attempt->message;
    bool newest = message->newest == attempt;
    if (queue->groups != NULL) {
        return newest && message->state == MESSAGE_IN_FLIGHT;
    }
    return newest || assumed_choice(queue->assumptions, ASSUME_SQS_STALE_DELETE) == STALE_DELETE_DELETES;
}

static void delete_message(struct attempt *attempt)
{
    struct queue *queue = attempt->queue;
    struct message *message = attempt->message;
    if (message == NULL && !attempt->job_failed) {
        queue->books.duplicates++;
        end_lost(attempt, CAUSE_OVERTAKEN, "duplicate");
    } else if (message != NULL && receipt_deletes(attempt)) {
        queue->books.deleted++;
        end_useful(attempt);
        message_forget(message, true);
    } else {
        queue->books.stale_deletes++;
        end_lost(attempt, CAUSE_OVERTAKEN, "stale_delete");
    }
}

void attempt_delete(struct attempt *attempt, struct process *process)
{
    queue_note_call(attempt->queue, process);
    delete_message(attempt);
}

void attempt_delete_batch(struct queue *queue, struct attempt *const *attempts, int count, struct process *process)
{
    CHECK(count <= SQS_BATCH_MAX);
    queue_note_call(queue, process);
    for (int i = 0; i < count; i++) {
        CHECK(attempts[i]->queue == queue);
        delete_message(attempts[i]);
    }
}

static void give_back(struct attempt *attempt)
{
    struct queue *queue = attempt->queue;
    struct message *message = attempt->message;
    end_lost(attempt, CAUSE_GIVEN_UP, "given_up");
    message_make_visible(message);
    message_schedule_lapse(queue);
    queue_serve_pollers(queue);
}

enum visibility_verdict attempt_change_visibility(struct attempt *attempt, sim_time timeout, struct process *process)
{
    struct message *message = attempt->message;
    queue_note_call(attempt->queue, process);
    if (message == NULL || message->newest != attempt || message->state != MESSAGE_IN_FLIGHT) {
        return VISIBILITY_NOT_IN_FLIGHT;
    }
    sim_time now = now_of(attempt);
    if (timeout < 0 || now + timeout > attempt->received_at + 12 * SIM_HOUR) {
        return VISIBILITY_INVALID;   /* SQS-01: at most 12 h from the receipt, SQS-02 */
    }
    message_lift(message);
    if (timeout == 0) {
        give_back(attempt);
    } else {
        message_place(message, MESSAGE_IN_FLIGHT, now + timeout);
        message_schedule_lapse(attempt->queue);
    }
    return VISIBILITY_CHANGED;
}

void attempt_abandon(struct attempt *attempt)
{
    end_lost(attempt, CAUSE_GIVEN_UP, "given_up");
}

void attempt_checkpoint(struct attempt *attempt)
{
    struct message *message = attempt->message;
    if (message == NULL || message->newest != attempt) {
        return;
    }
    job_settle(&attempt->job);
    message->saved_ns += attempt->job.done_ns - attempt->saved_ns;
    attempt->saved_ns = attempt->job.done_ns;
    message->left_ns = attempt->job.left_ns;
}
