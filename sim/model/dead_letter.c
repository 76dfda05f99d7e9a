#include "model/dead_letter.h"

#include "model/message_group.h"
#include "model/record.h"
#include "model/world.h"

bool dead_letter_is_due(const struct message *message)
{
    const struct queue_config *config = &message->queue->config;
    return config->dead_letter_queue != NULL && message->receive_count >= config->max_receive_count;
}

static void end_job(struct message *message)
{
    struct queue *queue = message->queue;
    struct job_books *books = &queue->books;
    books->dead_lettered++;
    books->dlq += queue->world->in_window;
    job_books_lose(books, queue->world, CAUSE_DEAD_LETTER, message->saved_ns);
    struct record_delivery record = { queue, message, NULL, "dead_lettered", CAUSE_DEAD_LETTER, message->saved_ns };
    trace_emit(queue->world->sim, RECORD_DELIVERY, &record);
    queue_book_end(message, false);
    message_orphan_attempts(message, false);
    message_lift(message);
    message_leave(message);
}

/* Standard queues keep the time of the first enqueue, so that retention goes on; FIFO queues begin anew. */
static sim_time sent_at(const struct message *message, const struct queue *to, sim_time now)
{
    return to->groups != NULL ? now : message->sent_at;
}

static void change_group(struct message *message, const struct queue *to)
{
    if (message->group != NULL) {
        struct message left = *message;              /* its id is the group's to forget */
        message_group_join(to->groups, message, left.group->id.text);
        message_group_leave(&left);
    }
}

void dead_letter_move(struct message *message)
{
    struct queue *to = message->queue->config.dead_letter_queue;
    struct world *world = to->world;
    sim_time now = sim_now(world->sim);
    end_job(message);
    change_group(message, to);
    *message = (struct message){
        .queue = to, .group = message->group, .order = message->order, .sent_at = sent_at(message, to, now),
        .entered_at = now, .first_received_at = -1, .work_ns = message->work_ns, .left_ns = message->work_ns,
        .received_before = message->received_before + message->receive_count, .is_dead_letter = true,
        .cut_expected_end = -1,
    };
    queue_touch(to);
    job_books_take_over(&to->books, world);
    message_enter(message);
    queue_count_alone(to, message->work_ns);
    message_make_visible(message);
    world_job_left(world);
    queue_serve_pollers(to);
}
