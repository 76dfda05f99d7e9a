#include "model/queue.h"

#include "base/check.h"
#include "base/vec.h"
#include "model/dead_letter.h"
#include "model/deduplication.h"
#include "model/message_group.h"
#include "model/task.h"
#include "model/world.h"

static sim_time now_of(const struct queue *queue)
{
    return sim_now(queue->world->sim);
}

/* ---- books -------------------------------------------------------------------------------------------------- */

/* The oldest job's age has grown since the last change: book that stretch. */
void queue_book_age(struct queue *queue)
{
    const struct message *oldest = queue->jobs.oldest;
    sim_time now = now_of(queue), since = queue->age_since;
    queue->age_since = now;
    if (now == since || !queue->world->in_window) {
        return;
    }
    if (oldest == NULL) {
        histogram_add(&queue->books.oldest_age, 0, (uint64_t)(now - since));
    } else {
        histogram_add_ramp(&queue->books.oldest_age, since - oldest->sent_at, now - oldest->sent_at);
    }
}

void queue_book_visible(struct queue *queue)
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

static bool in_window(const struct message *message)
{
    return message->sent_at >= world_window_start(message->queue->world) && message->queue->world->in_window;
}

void queue_book_end(const struct message *message, bool done)
{
    struct queue *queue = message->queue;
    if (message->is_dead_letter) {
        job_books_leave(&queue->books, queue->world, message->entered_at);
        return;
    }
    job_books_end(&queue->books, queue->world, message->sent_at, done ? JOB_DONE : JOB_FAILED);
    if (done && message->cut_expected_end >= 0 && in_window(message)) {
        queue->books.delay_by_cut_sum += now_of(queue) - message->cut_expected_end;
        queue->books.delay_by_cut_count++;
    }
}

static void on_job_alone_done(struct sim *sim, void *self)
{
    (void)sim;
    struct queue *queue = self;
    service_add_job_alone(queue->consumer, -1);
}

void queue_count_alone(struct queue *queue, int64_t work_ns)
{
    if (queue->consumer != NULL) {
        service_add_job_alone(queue->consumer, 1);
        sim_at(queue->world->sim, now_of(queue) + work_ns, RANK_RECORD, on_job_alone_done, queue);
    }
}

/* CW-08: a queue that had gone quiet shows its first datapoints late. */
void queue_touch(struct queue *queue)
{
    sim_time now = now_of(queue);
    if (!queue_is_active(queue, now)) {
        queue->woken_at = now;
        queue->metric_wake = assumed_draw(queue->assumptions, ASSUME_SQS_METRIC_WAKE_S, &queue->rng);
    }
    queue->last_used_at = now;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

static struct message *make_message(struct queue *queue, const struct queue_entry *entry)
{
    sim_time now = now_of(queue);
    struct message *message = pool_take(queue->world->messages_pool);
    *message = (struct message){
        .queue = queue, .sent_at = now, .entered_at = now, .first_received_at = -1, .work_ns = entry->work_ns,
        .left_ns = entry->work_ns, .cut_expected_end = -1,
    };
    if (queue->groups != NULL) {
        message_group_join(queue->groups, message, entry->group);
    }
    return message;
}

/* SQS-07: accepted, and no message. */
static bool is_repetition(struct queue *queue, const struct queue_entry *entry)
{
    return entry->deduplication_id != NULL &&
           deduplication_repeats(queue->deduplication, entry->deduplication_id, now_of(queue));
}

static void send(struct queue *queue, const struct queue_entry *entry)
{
    CHECK((queue->groups != NULL) == (entry->group != NULL) && (queue->groups == NULL || entry->delay < 0));
    if (is_repetition(queue, entry)) {
        return;
    }
    struct message *message = make_message(queue, entry);
    sim_time delay = entry->delay < 0 ? queue->config.delay : entry->delay;
    job_books_arrive(&queue->books, queue->world, entry->work_ns);
    message_enter(message);
    queue_count_alone(queue, entry->work_ns);
    if (delay > 0) {
        message_place(message, MESSAGE_DELAYED, now_of(queue) + delay);
        message_schedule_lapse(queue);
    } else {
        message_make_visible(message);
    }
}

void queue_send_batch(struct queue *queue, const struct queue_entry *entries, int count)
{
    CHECK(count <= SQS_BATCH_MAX);
    queue_touch(queue);
    queue->books.requests++;
    for (int i = 0; i < count; i++) {
        send(queue, &entries[i]);
    }
    queue_serve_pollers(queue);
}

void queue_send(struct queue *queue, int64_t work_ns, sim_time delay)
{
    const struct queue_entry entry = { .work_ns = work_ns, .delay = delay };
    queue_send_batch(queue, &entry, 1);
}

/* ---- handing out -------------------------------------------------------------------------------------------- */

/* SQS-07: a receive that has begun with a group goes on with it; the next group follows. */
static struct message *first_deliverable(const struct queue *queue, const struct message_group *begun)
{
    if (queue->groups == NULL) {
        return queue->visible_head;
    }
    return begun != NULL && begun->head != NULL ? begun->head : message_groups_first(queue->groups);
}

/* SQS-06: what has been received too often is moved by the receive that would be the next. */
static struct message *next_message(struct queue *queue, const struct message_group *begun)
{
    struct message *message = first_deliverable(queue, begun);
    while (message != NULL && dead_letter_is_due(message)) {
        dead_letter_move(message);
        message = first_deliverable(queue, begun);
    }
    return message;
}

/* SQS-04 */
static bool is_over_limit(const struct queue *queue)
{
    return queue->in_flight >= SQS_IN_FLIGHT_MAX;
}

/* False: there is nothing for the process. */
static bool hand_out(struct queue *queue, struct process *process)
{
    const struct message_group *begun = NULL;
    struct attempt **end = &process->attempt;
    for (int count = 0; count < process->wanted && !is_over_limit(queue); count++) {
        struct message *message = next_message(queue, begun);
        if (message == NULL) {
            break;
        }
        begun = message->group;
        *end = attempt_begin(message, process->task);
        end = &(*end)->next_in_answer;
    }
    return process->attempt != NULL;
}

/* ---- receiving ---------------------------------------------------------------------------------------------- */

static sim_time draw_call(struct queue *queue, struct process *process)
{
    struct rng *rng = process->task != NULL ? &process->task->rng : &queue->rng;
    return assumed_draw(queue->assumptions, ASSUME_SQS_CALL_MS, rng);
}

void queue_note_call(struct queue *queue, struct process *process)
{
    process->debt += draw_call(queue, process);
    queue->books.requests++;
    queue_touch(queue);
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

void queue_serve_pollers(struct queue *queue)
{
    while (!process_list_is_empty(&queue->pollers) && !is_over_limit(queue) && next_message(queue, NULL) != NULL) {
        struct process *process = pick_poller(queue);
        leave_pollers(process);
        process->withdraw = NULL;
        hand_out(queue, process);
        process_sleep(process, process->return_trip);
    }
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

static void begin_long_poll(struct queue *queue, struct process *process)
{
    process_list_append(&queue->pollers, &process->waiting);
    queue->poller_count++;
    process->withdraw = leave_pollers;
    process_wait(process, queue->config.wait_time, RANK_LAPSE, on_poll_over);
}

/* SQS-04: only a standard queue says that too much is in flight. */
static void end_short_poll(struct queue *queue, struct process *process)
{
    process->over_limit = is_over_limit(queue) && queue->groups == NULL;
    queue->books.empty_receives += !process->over_limit;
    process_sleep(process, process->return_trip);
}

static void on_receive_arrives(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct queue *queue = process->wait_object;
    queue_touch(queue);
    if (hand_out(queue, process)) {
        process_sleep(process, process->return_trip);
    } else if (queue->config.wait_time > 0) {
        begin_long_poll(queue, process);
    } else {
        end_short_poll(queue, process);
    }
}

void queue_receive(struct queue *queue, struct process *process, int most)
{
    CHECK(most >= 1 && most <= SQS_BATCH_MAX);
    sim_time round_trip = draw_call(queue, process);
    sim_time outward = round_trip / 2;
    queue->books.requests++;
    process->attempt = NULL;
    process->wanted = most;
    process->over_limit = false;
    process->wait_object = queue;
    process->return_trip = round_trip - outward;
    process_wait(process, outward, RANK_CALL, on_receive_arrives);
}

/* ---- the queue ---------------------------------------------------------------------------------------------- */

struct queue *queue_create(struct world *world, const struct queue_config *config, const struct assumptions *assumptions)
{
    const struct queue *dead_letter_queue = config->dead_letter_queue;
    CHECK(dead_letter_queue == NULL || (dead_letter_queue->config.fifo == config->fifo && config->max_receive_count > 0));
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
    if (config->fifo) {
        queue->groups = message_groups_create();
        queue->deduplication = deduplication_create();
    }
    process_list_init(&queue->pollers);
    queue->timer = sim_timer_create(world->sim, message_on_lapse, queue);
    queue->retention_timer = sim_timer_create(world->sim, message_on_retention, queue);
    rng_init(&queue->rng, world->sim, arena_printf(world->arena, "queue %s", config->name), 0);
    queue->books.drained_at = -1;
    VEC_GROW(world->queues, world->queue_count, world->queue_room);
    world->queues[world->queue_count++] = queue;
    return queue;
}

sim_time queue_oldest_age(const struct queue *queue, sim_time now)
{
    return queue->jobs.oldest != NULL ? now - queue->jobs.oldest->sent_at : 0;
}

/* SQS-08. A FIFO queue keeps its order: there the message bars its group, and goes on to age. */
static bool is_sent_to_the_back(const struct message *message)
{
    enum { RECEIVES = 3 };
    return message->receive_count >= RECEIVES && message->group == NULL;
}

/* SQS-08: of a dead letter its age in the dead-letter queue. They stand in the order of their first enqueue: look at all. */
static sim_time oldest_dead_letter_entered_at(const struct queue *queue, sim_time now)
{
    sim_time first = now;
    for (const struct message *message = queue->dead_letters.oldest; message != NULL; message = message->younger) {
        if (!is_sent_to_the_back(message) && message->entered_at < first) {
            first = message->entered_at;
        }
    }
    return first;
}

sim_time queue_oldest_age_cw(const struct queue *queue, sim_time now)
{
    sim_time first = oldest_dead_letter_entered_at(queue, now);
    const struct message *job = queue->jobs.oldest;
    while (job != NULL && is_sent_to_the_back(job)) {
        job = job->younger;
    }
    return now - (job != NULL && job->sent_at < first ? job->sent_at : first);
}

static bool holds_messages(const struct queue *queue)
{
    return queue->jobs.oldest != NULL || queue->dead_letters.oldest != NULL;
}

bool queue_is_active(const struct queue *queue, sim_time now)
{
    sim_time idle_after = assumed_time(queue->assumptions, ASSUME_SQS_METRIC_IDLE_AFTER_S);
    return holds_messages(queue) || !process_list_is_empty(&queue->pollers) || idle_after == 0 ||
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
    queue_book_age(queue);
    for (const struct message *message = queue->jobs.oldest; message != NULL; message = message->younger) {
        job_books_unfinished(&queue->books, queue->world, message->sent_at, message->first_received_at >= 0);
    }
    for (const struct message *message = queue->dead_letters.oldest; message != NULL; message = message->younger) {
        job_books_remain(&queue->books, queue->world, message->entered_at);
    }
}

void queue_finish(struct queue *queue)
{
    message_groups_destroy(queue->groups);
    deduplication_destroy(queue->deduplication);
    job_books_finish(&queue->books);
}
