#include "model/message.h"

#include "base/units.h"
#include "model/message_group.h"
#include "model/record.h"
#include "model/world.h"

static sim_time now_of(const struct queue *queue)
{
    return sim_now(queue->world->sim);
}

/* ---- lists of states ---------------------------------------------------------------------------------------- */

struct message_list {
    struct message **head, **tail;
    int64_t *count;
};

static struct message_list list_of(struct message *message, enum message_state state)
{
    struct queue *queue = message->queue;
    struct message_group *group = message->group;
    switch (state) {
    case MESSAGE_DELAYED:
        return (struct message_list){ &queue->delayed_head, &queue->delayed_tail, &queue->delayed };
    case MESSAGE_VISIBLE:
        return group != NULL ? (struct message_list){ &group->head, &group->tail, &queue->visible }
                             : (struct message_list){ &queue->visible_head, &queue->visible_tail, &queue->visible };
    case MESSAGE_IN_FLIGHT:
        break;
    }
    return (struct message_list){ &queue->flight_head, &queue->flight_tail, &queue->in_flight };
}

/* Behind all that lapse no later: with one timeout for all, that is the end. */
static struct message *place_by_lapse(const struct message_list *list, sim_time until)
{
    struct message *before = *list->tail;
    while (before != NULL && before->state_until > until) {
        before = before->previous;
    }
    return before;
}

/* SQS-07: in its group's order. What is new goes to the end; what comes back was among the first. */
static struct message *place_by_order(const struct message_list *list, uint64_t order)
{
    if (*list->tail == NULL || (*list->tail)->order < order) {
        return *list->tail;
    }
    struct message *after = *list->head;
    while (after->order < order) {
        after = after->next;
    }
    return after->previous;
}

void message_place(struct message *message, enum message_state state, sim_time until)
{
    struct message_list list = list_of(message, state);
    struct message *before = state == MESSAGE_VISIBLE && message->group != NULL ? place_by_order(&list, message->order)
                                                                                : place_by_lapse(&list, until);
    message->state = state;
    message->state_until = until;
    message->previous = before;
    message->next = before != NULL ? before->next : *list.head;
    *(before != NULL ? &before->next : list.head) = message;
    *(message->next != NULL ? &message->next->previous : list.tail) = message;
    (*list.count)++;
    if (message->group != NULL) {
        message_group_note(message, state, 1);
    }
}

void message_lift(struct message *message)
{
    struct message_list list = list_of(message, message->state);
    *(message->previous != NULL ? &message->previous->next : list.head) = message->next;
    *(message->next != NULL ? &message->next->previous : list.tail) = message->previous;
    message->next = message->previous = NULL;
    (*list.count)--;
    if (message->group != NULL) {
        message_group_note(message, message->state, -1);
    }
    if (message->state == MESSAGE_VISIBLE) {
        queue_book_visible(message->queue);
    }
}

void message_make_visible(struct message *message)
{
    message_place(message, MESSAGE_VISIBLE, 0);
    queue_book_visible(message->queue);
}

/* ---- age ---------------------------------------------------------------------------------------------------- */

static struct age_list *age_list_of(const struct message *message)
{
    return message->is_dead_letter ? &message->queue->dead_letters : &message->queue->jobs;
}

static sim_time end_of_retention(const struct queue *queue, const struct age_list *list)
{
    return list->oldest != NULL ? list->oldest->sent_at + queue->config.retention : SIM_NEVER;
}

static void schedule_retention(struct queue *queue)
{
    sim_time jobs = end_of_retention(queue, &queue->jobs), dead_letters = end_of_retention(queue, &queue->dead_letters);
    sim_time next = jobs < dead_letters ? jobs : dead_letters, now = now_of(queue);
    if (next != SIM_NEVER) {
        /* A dead letter may have lain in its source for longer than it is kept here. */
        sim_timer_arm(queue->world->sim, queue->retention_timer, next > now ? next : now, RANK_LAPSE);
    }
}

void message_enter(struct message *message)
{
    struct queue *queue = message->queue;
    struct age_list *list = age_list_of(message);
    queue_book_age(queue);
    struct message *older = list->youngest;
    while (older != NULL && older->sent_at > message->sent_at) {
        older = older->older;
    }
    message->older = older;
    message->younger = older != NULL ? older->younger : list->oldest;
    *(older != NULL ? &older->younger : &list->oldest) = message;
    *(message->younger != NULL ? &message->younger->older : &list->youngest) = message;
    if (older == NULL) {
        schedule_retention(queue);
    }
}

void message_leave(struct message *message)
{
    struct age_list *list = age_list_of(message);
    if (message->older == NULL) {
        queue_book_age(message->queue);
    }
    *(message->older != NULL ? &message->older->younger : &list->oldest) = message->younger;
    *(message->younger != NULL ? &message->younger->older : &list->youngest) = message->older;
    message->younger = message->older = NULL;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

void message_orphan_attempts(struct message *message, bool done)
{
    for (struct attempt *attempt = message->attempts, *next; attempt != NULL; attempt = next) {
        next = attempt->next_of_message;
        attempt->message = NULL;
        attempt->next_of_message = NULL;
        attempt->job_failed = !done;
    }
    message->attempts = message->newest = NULL;
}

void message_forget(struct message *message, bool done)
{
    struct queue *queue = message->queue;
    queue_book_end(message, done);
    message_orphan_attempts(message, done);
    message_lift(message);
    message_leave(message);
    if (message->group != NULL) {
        message_group_leave(message);
    }
    message_schedule_lapse(queue);
    pool_give(queue->world->messages_pool, message);
    world_job_left(queue->world);
    queue_serve_pollers(queue);   /* its group is free again, or its place in flight */
}

static void expire(struct message *message)
{
    struct queue *queue = message->queue;
    queue->books.expired++;
    job_books_lose(&queue->books, queue->world, CAUSE_EXPIRED, message->saved_ns);
    struct record_delivery record = { queue, message, NULL, "expired", CAUSE_EXPIRED, message->saved_ns };
    trace_emit(queue->world->sim, RECORD_DELIVERY, &record);
    message_forget(message, false);
}

static void expire_old(struct queue *queue, const struct age_list *list)
{
    while (end_of_retention(queue, list) <= now_of(queue)) {
        expire(list->oldest);
    }
}

void message_on_retention(struct sim *sim, void *self)
{
    (void)sim;
    struct queue *queue = self;
    expire_old(queue, &queue->jobs);
    expire_old(queue, &queue->dead_letters);
    schedule_retention(queue);
}

/* ---- lapses ------------------------------------------------------------------------------------------------- */

void message_schedule_lapse(struct queue *queue)
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

static void lapse_delayed(struct message *message)
{
    message_lift(message);
    message_make_visible(message);
}

static void lapse_in_flight(struct message *message)
{
    message_lift(message);
    if (message->newest != NULL) {
        note_overtime(message->newest);
    }
    struct record_delivery record = { message->queue, message, NULL, "visible_again", CAUSE_OVERTAKEN, 0 };
    trace_emit(message->queue->world->sim, RECORD_DELIVERY, &record);
    message_make_visible(message);
}

void message_on_lapse(struct sim *sim, void *self)
{
    struct queue *queue = self;
    sim_time now = sim_now(sim);
    while (queue->delayed_head != NULL && queue->delayed_head->state_until <= now) {
        lapse_delayed(queue->delayed_head);
        queue_serve_pollers(queue);
    }
    while (queue->flight_head != NULL && queue->flight_head->state_until <= now) {
        lapse_in_flight(queue->flight_head);
        queue_serve_pollers(queue);
    }
    message_schedule_lapse(queue);
}
