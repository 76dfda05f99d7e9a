#include "model/queue.h"

#include <string.h>

#include "base/units.h"
#include "base/vec.h"
#include "model/record.h"
#include "model/task.h"
#include "model/world.h"

static void on_lapse(struct sim *sim, void *self);
static void on_retention(struct sim *sim, void *self);

static sim_time now_of(const struct queue *queue)
{
    return sim_now(queue->world->sim);
}

/* ---- lists -------------------------------------------------------------------------------------------------- */

struct message_list {
    struct message **head, **tail;
    int64_t *count;
};

static struct message_list list_of(struct queue *queue, enum message_state state)
{
    switch (state) {
    case MESSAGE_DELAYED:
        return (struct message_list){ &queue->delayed_head, &queue->delayed_tail, &queue->delayed };
    case MESSAGE_VISIBLE:
        return (struct message_list){ &queue->visible_head, &queue->visible_tail, &queue->visible };
    case MESSAGE_IN_FLIGHT:
        break;
    }
    return (struct message_list){ &queue->flight_head, &queue->flight_tail, &queue->in_flight };
}

static void list_remove(struct queue *queue, struct message *message)
{
    struct message_list list = list_of(queue, message->state);
    *(message->previous != NULL ? &message->previous->next : list.head) = message->next;
    *(message->next != NULL ? &message->next->previous : list.tail) = message->previous;
    message->next = message->previous = NULL;
    (*list.count)--;
}

/* Behind all that lapse no later: with one timeout for all, that is the end. */
static void list_insert(struct queue *queue, struct message *message, enum message_state state, sim_time until)
{
    message->state = state;
    message->state_until = until;
    struct message_list list = list_of(queue, state);
    struct message *before = *list.tail;
    while (before != NULL && before->state_until > until) {
        before = before->previous;
    }
    message->previous = before;
    message->next = before != NULL ? before->next : *list.head;
    *(before != NULL ? &before->next : list.head) = message;
    *(message->next != NULL ? &message->next->previous : list.tail) = message;
    (*list.count)++;
}

static void schedule_lapse(struct queue *queue)
{
    sim_time next = SIM_NEVER;
    if (queue->flight_head != NULL) {
        next = queue->flight_head->state_until;
    }
    if (queue->delayed_head != NULL && queue->delayed_head->state_until < next) {
        next = queue->delayed_head->state_until;
    }
    if (next == SIM_NEVER) {
        sim_timer_cancel(queue->world->sim, queue->timer);
    } else {
        sim_timer_arm(queue->world->sim, queue->timer, next, RANK_LAPSE);
    }
}

/* ---- books -------------------------------------------------------------------------------------------------- */

/* The oldest message's age has grown since the last change: book that stretch. */
static void book_age(struct queue *queue)
{
    sim_time now = now_of(queue), since = queue->age_since;
    queue->age_since = now;
    if (now == since || !queue->world->in_window) {
        return;
    }
    if (queue->oldest == NULL) {
        histogram_add(&queue->books.oldest_age, 0, (uint64_t)(now - since));
    } else {
        histogram_add_ramp(&queue->books.oldest_age, since - queue->oldest->sent_at, now - queue->oldest->sent_at);
    }
}

static bool in_window(const struct message *message)
{
    return message->sent_at >= world_window_start(message->queue->world) && message->queue->world->in_window;
}

static void book_visible(struct queue *queue)
{
    struct job_books *books = &queue->books;
    if (queue->visible > books->visible_max) {
        books->visible_max = queue->visible;
        books->visible_max_at = now_of(queue);
        books->drained_at = -1;
    } else if (books->drained_at < 0 && queue->visible <= queue->drain_threshold) {
        books->drained_at = now_of(queue);
    }
}

static void book_finish(struct message *message, bool done)
{
    struct queue *queue = message->queue;
    job_books_end(&queue->books, queue->world, message->sent_at, done ? JOB_DONE : JOB_FAILED);
    if (done && message->cut_expected_end >= 0 && in_window(message)) {
        queue->books.delay_by_cut_sum += now_of(queue) - message->cut_expected_end;
        queue->books.delay_by_cut_count++;
    }
}

static void book_lost(struct attempt *attempt, enum cause cause, int64_t lost_ns)
{
    job_books_lose(&attempt->queue->books, attempt->queue->world, cause, lost_ns);
    attempt->task->work_lost_ns += lost_ns;
}

static void tell(const struct attempt *attempt, const struct message *message, const char *what, enum cause cause,
                 int64_t lost_ns)
{
    struct record_delivery record = { attempt->queue, message, attempt->task, what, cause, lost_ns };
    trace_emit(attempt->queue->world->sim, RECORD_DELIVERY, &record);
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static void deliver_to_poller(struct queue *queue);

static void make_visible(struct queue *queue, struct message *message)
{
    list_insert(queue, message, MESSAGE_VISIBLE, 0);
    book_visible(queue);
    if (!process_list_is_empty(&queue->pollers)) {
        deliver_to_poller(queue);
    }
}

static void on_job_alone_done(struct sim *sim, void *self)
{
    (void)sim;
    struct queue *queue = self;
    service_add_job_alone(queue->consumer, -1);
}

/* need(t) of outputs.md section 1: the job as it would run if nothing stood in its way. */
static void count_alone(struct queue *queue, int64_t work_ns)
{
    if (queue->consumer != NULL) {
        service_add_job_alone(queue->consumer, 1);
        sim_at(queue->world->sim, now_of(queue) + work_ns, RANK_RECORD, on_job_alone_done, queue);
    }
}

static void enter_by_age(struct queue *queue, struct message *message)
{
    book_age(queue);
    message->older = queue->youngest;
    *(queue->youngest != NULL ? &queue->youngest->younger : &queue->oldest) = message;
    queue->youngest = message;
    if (message->older == NULL) {
        sim_timer_arm(queue->world->sim, queue->retention_timer, message->sent_at + queue->config.retention, RANK_LAPSE);
    }
}

static void leave_by_age(struct queue *queue, struct message *message)
{
    if (message->older == NULL) {
        book_age(queue);
    }
    *(message->older != NULL ? &message->older->younger : &queue->oldest) = message->younger;
    *(message->younger != NULL ? &message->younger->older : &queue->youngest) = message->older;
}

/* CW-08: a queue that had gone quiet shows its first datapoints late. */
static void touch(struct queue *queue)
{
    sim_time now = now_of(queue);
    if (!queue_is_active(queue, now)) {
        queue->woken_at = now;
        queue->metric_wake = assumed_draw(queue->assumptions, ASSUME_SQS_METRIC_WAKE_S, &queue->rng);
    }
    queue->last_used_at = now;
}

void queue_send(struct queue *queue, int64_t work_ns, sim_time delay)
{
    sim_time now = now_of(queue);
    struct message *message = pool_take(queue->world->messages_pool);
    *message = (struct message){
        .queue = queue, .sent_at = now, .first_received_at = -1, .work_ns = work_ns, .left_ns = work_ns,
        .cut_expected_end = -1,
    };
    touch(queue);
    queue->books.requests++;
    job_books_arrive(&queue->books, queue->world, work_ns);
    enter_by_age(queue, message);
    count_alone(queue, work_ns);
    if (delay < 0) {
        delay = queue->config.delay;
    }
    if (delay > 0) {
        list_insert(queue, message, MESSAGE_DELAYED, now + delay);
        schedule_lapse(queue);
    } else {
        make_visible(queue, message);
    }
}

/* The job leaves the queue: done, or expired. Attempts at it that still go on work for nothing from now on. */
static void forget_message(struct message *message, bool done)
{
    struct queue *queue = message->queue;
    book_finish(message, done);
    for (struct attempt *attempt = message->attempts, *next; attempt != NULL; attempt = next) {
        next = attempt->next_of_message;
        attempt->message = NULL;
        attempt->next_of_message = NULL;
    }
    list_remove(queue, message);
    leave_by_age(queue, message);
    schedule_lapse(queue);
    pool_give(queue->world->messages_pool, message);
    world_job_left(queue->world);
}

static void on_retention(struct sim *sim, void *self)
{
    struct queue *queue = self;
    while (queue->oldest != NULL && queue->oldest->sent_at + queue->config.retention <= sim_now(sim)) {
        struct message *message = queue->oldest;
        queue->books.expired++;
        job_books_lose(&queue->books, queue->world, CAUSE_EXPIRED, message->saved_ns);
        struct record_delivery record = { queue, message, NULL, "expired", CAUSE_EXPIRED, message->saved_ns };
        trace_emit(sim, RECORD_DELIVERY, &record);
        forget_message(message, false);
    }
    if (queue->oldest != NULL) {
        sim_timer_arm(sim, queue->retention_timer, queue->oldest->sent_at + queue->config.retention, RANK_LAPSE);
    }
}

/* ---- attempts ----------------------------------------------------------------------------------------------- */

struct attempt *attempt_find(struct world *world, uint32_t slot, uint32_t serial)
{
    return slot_table_find(&world->attempts, slot, serial);
}

/* Slot time since the last charge: `lost` of `done` units of work were for nothing. */
static void charge(struct attempt *attempt, int64_t lost, int64_t done)
{
    sim_time now = now_of(attempt->queue);
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

/* The attempt is over, its books are closed: nothing knows it any more. */
static void forget_attempt(struct attempt *attempt)
{
    struct queue *queue = attempt->queue;
    struct task *task = attempt->task;
    job_forget(&attempt->job);
    unlink_from_message(attempt);
    unlink_from_task(attempt);
    slot_table_remove(&queue->world->attempts, attempt->slot);
    pool_give(queue->world->attempts_pool, attempt);
    task_attempts_changed(task, -1);
}

static void end_useful(struct attempt *attempt)
{
    job_settle(&attempt->job);
    struct message *message = attempt->message;
    int64_t useful = attempt->job.done_ns - attempt->saved_ns + message->saved_ns;
    job_books_use(&attempt->queue->books, attempt->queue->world, useful);
    attempt->task->work_useful_ns += attempt->job.done_ns;
    attempt->task->jobs_done++;
    charge(attempt, 0, 1);
    forget_attempt(attempt);
}

static void end_lost(struct attempt *attempt, enum cause cause, const char *what)
{
    job_settle(&attempt->job);
    int64_t lost = attempt->job.done_ns - attempt->saved_ns;
    book_lost(attempt, cause, lost);
    attempt->task->work_useful_ns += attempt->saved_ns;
    charge(attempt, lost, attempt->job.done_ns);
    tell(attempt, attempt->message, what, cause, lost);
    forget_attempt(attempt);
}

static void note_overtime(struct attempt *attempt)
{
    struct queue *queue = attempt->queue;
    queue->books.overtimes++;
    if (!queue->overtime_warned) {
        queue->overtime_warned = true;
        char timeout[32];
        units_format_seconds(sim_seconds(queue->config.visibility_timeout), timeout, sizeof timeout);
        world_warn(queue->world, queue->config.name,
                   "an attempt outlived its visibility timeout of %s: the message is delivered again while it is still "
                   "worked on; use change_visibility, a longer timeout or smaller jobs (SQS-07)", timeout);
    }
}

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

static struct attempt *deliver(struct queue *queue, struct process *process)
{
    struct message *message = queue->visible_head;
    struct task *task = process->task;
    sim_time now = now_of(queue);
    list_remove(queue, message);
    book_visible(queue);
    overtake(message);
    list_insert(queue, message, MESSAGE_IN_FLIGHT, now + queue->config.visibility_timeout);
    schedule_lapse(queue);
    if (message->first_received_at < 0) {
        message->first_received_at = now;
        job_books_start(&queue->books, queue->world, message->sent_at);
    }
    queue->books.received++;
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
    if (task->attempt_count > task->definition->slots) {
        struct error err;
        error_set(&err, "task %s received a message while all its slots are taken: declare slots = %d or delete the "
                        "message before the next receive", task->id, task->attempt_count);
        sim_fail(queue->world->sim, &err);
    }
    return attempt;
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static sim_time draw_call(struct queue *queue, struct process *process)
{
    struct rng *rng = process->task != NULL ? &process->task->rng : &queue->rng;
    return assumed_draw(queue->assumptions, ASSUME_SQS_CALL_MS, rng);
}

static void leave_pollers(struct process *process)
{
    struct queue *queue = process->wait_object;
    process_list_remove(&process->waiting);
    queue->poller_count--;
}

static struct process *pick_poller(struct queue *queue)
{
    struct process_link *link = queue->pollers.next;
    if (assumed_choice(queue->assumptions, ASSUME_SQS_WAITER_ORDER) == WAITER_RANDOM) {
        for (uint64_t skip = rng_below(&queue->rng, (uint64_t)queue->poller_count); skip > 0; skip--) {
            link = link->next;
        }
    }
    return process_of_waiting(link);
}

static void deliver_to_poller(struct queue *queue)
{
    struct process *process = pick_poller(queue);
    leave_pollers(process);
    process->withdraw = NULL;
    process->attempt = deliver(queue, process);
    process_sleep(process, process->return_trip);
}

static void on_poll_over(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct queue *queue = process->wait_object;
    leave_pollers(process);
    process->withdraw = NULL;
    queue->last_used_at = now_of(queue);
    queue->books.empty_receives++;
    process_sleep(process, process->return_trip);
}

static void on_receive_arrives(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct queue *queue = process->wait_object;
    touch(queue);
    if (queue->visible > 0) {
        process->attempt = deliver(queue, process);
        process_sleep(process, process->return_trip);
    } else if (queue->config.wait_time > 0) {
        process_list_append(&queue->pollers, &process->waiting);
        queue->poller_count++;
        process->withdraw = leave_pollers;
        process_wait(process, queue->config.wait_time, RANK_LAPSE, on_poll_over);
    } else {
        queue->books.empty_receives++;
        process_sleep(process, process->return_trip);
    }
}

void queue_receive(struct queue *queue, struct process *process)
{
    sim_time round_trip = draw_call(queue, process);
    sim_time outward = round_trip / 2;
    queue->books.requests++;
    process->attempt = NULL;
    process->wait_object = queue;
    process->return_trip = round_trip - outward;
    process_wait(process, outward, RANK_CALL, on_receive_arrives);
}

void attempt_delete(struct attempt *attempt, struct process *process)
{
    struct queue *queue = attempt->queue;
    struct message *message = attempt->message;
    process->debt += draw_call(queue, process);
    queue->books.requests++;
    touch(queue);
    bool newest = message != NULL && message->newest == attempt;
    bool deletes = assumed_choice(queue->assumptions, ASSUME_SQS_STALE_DELETE) == STALE_DELETE_DELETES;
    if (message == NULL) {
        queue->books.duplicates++;
        end_lost(attempt, CAUSE_OVERTAKEN, "duplicate");
    } else if (newest || deletes) {
        queue->books.deleted++;
        end_useful(attempt);
        forget_message(message, true);
    } else {
        queue->books.stale_deletes++;
        end_lost(attempt, CAUSE_OVERTAKEN, "stale_delete");
    }
}

enum visibility_verdict attempt_change_visibility(struct attempt *attempt, sim_time timeout, struct process *process)
{
    struct queue *queue = attempt->queue;
    struct message *message = attempt->message;
    process->debt += draw_call(queue, process);
    queue->books.requests++;
    touch(queue);
    if (message == NULL || message->newest != attempt || message->state != MESSAGE_IN_FLIGHT) {
        return VISIBILITY_NOT_IN_FLIGHT;
    }
    sim_time now = now_of(queue);
    if (timeout < 0 || now + timeout > attempt->received_at + 12 * SIM_HOUR) {
        return VISIBILITY_INVALID;   /* SQS-01: at most 12 h from the receipt, SQS-02 */
    }
    list_remove(queue, message);
    if (timeout == 0) {
        end_lost(attempt, CAUSE_GIVEN_UP, "given_up");
        make_visible(queue, message);
    } else {
        list_insert(queue, message, MESSAGE_IN_FLIGHT, now + timeout);
    }
    schedule_lapse(queue);
    return VISIBILITY_CHANGED;
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

/* ---- time passes -------------------------------------------------------------------------------------------- */

static void lapse_in_flight(struct queue *queue, struct message *message)
{
    list_remove(queue, message);
    if (message->newest != NULL) {
        note_overtime(message->newest);
    }
    struct record_delivery record = { queue, message, NULL, "visible_again", CAUSE_OVERTAKEN, 0 };
    trace_emit(queue->world->sim, RECORD_DELIVERY, &record);
    make_visible(queue, message);
}

static void on_lapse(struct sim *sim, void *self)
{
    struct queue *queue = self;
    sim_time now = sim_now(sim);
    while (queue->delayed_head != NULL && queue->delayed_head->state_until <= now) {
        struct message *message = queue->delayed_head;
        list_remove(queue, message);
        make_visible(queue, message);
    }
    while (queue->flight_head != NULL && queue->flight_head->state_until <= now) {
        lapse_in_flight(queue, queue->flight_head);
    }
    schedule_lapse(queue);
}

/* ---- the queue ---------------------------------------------------------------------------------------------- */

struct queue *queue_create(struct world *world, const struct queue_config *config, const struct assumptions *assumptions)
{
    struct queue *queue = arena_alloc(world->arena, sizeof *queue);
    struct assumptions *own = arena_alloc(world->arena, sizeof *own);
    *own = *assumptions;
    queue->world = world;
    queue->config = *config;
    queue->config.name = arena_text(world->arena, config->name);
    queue->assumptions = own;
    queue->index = world->queue_count;
    queue->drain_threshold = 1;
    queue->last_used_at = sim_now(world->sim);
    queue->age_since = sim_now(world->sim);
    process_list_init(&queue->pollers);
    queue->timer = sim_timer_create(world->sim, on_lapse, queue);
    queue->retention_timer = sim_timer_create(world->sim, on_retention, queue);
    rng_init(&queue->rng, world->sim, arena_printf(world->arena, "queue %s", config->name), 0);
    queue->books.drained_at = -1;
    VEC_GROW(world->queues, world->queue_count, world->queue_room);
    world->queues[world->queue_count++] = queue;
    return queue;
}

sim_time queue_oldest_age(const struct queue *queue, sim_time now)
{
    return queue->oldest != NULL ? now - queue->oldest->sent_at : 0;
}

sim_time queue_oldest_age_cw(const struct queue *queue, sim_time now)
{
    enum { SENT_TO_THE_BACK = 3 };   /* SQS-08 */
    for (const struct message *message = queue->oldest; message != NULL; message = message->younger) {
        if (message->receive_count < SENT_TO_THE_BACK) {
            return now - message->sent_at;
        }
    }
    return 0;
}

bool queue_is_active(const struct queue *queue, sim_time now)
{
    sim_time idle_after = assumed_time(queue->assumptions, ASSUME_SQS_METRIC_IDLE_AFTER_S);
    return queue->oldest != NULL || !process_list_is_empty(&queue->pollers) || idle_after == 0 ||
           now - queue->last_used_at <= idle_after;
}

void queue_minute(struct queue *queue)
{
    sim_time now = now_of(queue);
    histogram_add(&queue->books.oldest_age_cw, queue_oldest_age_cw(queue, now), 1);
    job_books_minute(&queue->books, queue->world, queue_oldest_age(queue, now));
}

void queue_end_of_warm_up(struct queue *queue)
{
    struct job_books *books = &queue->books;
    queue->age_since = now_of(queue);
    job_books_end_of_warm_up(books);
    books->visible_max = queue->visible;
    books->visible_max_at = now_of(queue);
    books->drained_at = queue->visible <= queue->drain_threshold ? now_of(queue) : -1;
}

void queue_close_books(struct queue *queue)
{
    book_age(queue);
    for (const struct message *message = queue->oldest; message != NULL; message = message->younger) {
        job_books_unfinished(&queue->books, queue->world, message->sent_at, message->first_received_at >= 0);
    }
}

void queue_finish(struct queue *queue)
{
    job_books_finish(&queue->books);
}
