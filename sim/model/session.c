#include "model/session.h"

#include <string.h>

#include "base/pool.h"
#include "model/record.h"
#include "model/request.h"
#include "model/world.h"

/* ---- need(t) ------------------------------------------------------------------------------------------------ */

static void end_alone(struct lone_session *alone)
{
    struct world *world = alone->service->world;
    if (alone->session != NULL) {
        alone->session->alone = NULL;
    }
    sim_timer_destroy(world->sim, alone->timer);
    service_add_job_alone(alone->service, -1);
    pool_give(world->lone_sessions_pool, alone);
}

static void on_alone_over(struct sim *sim, void *self)
{
    (void)sim;
    end_alone(self);
}

static struct lone_session *begin_alone(struct session *session)
{
    struct service *service = session->task->service;
    struct lone_session *alone = pool_take(service->world->lone_sessions_pool);
    alone->service = service;
    alone->session = session;
    alone->timer = sim_timer_create(service->world->sim, on_alone_over, alone);
    service_add_job_alone(service, 1);
    return alone;
}

/* The session is cut; how long its client would have stayed is known if it has said so. */
static void leave_alone(struct lone_session *alone)
{
    if (sim_timer_is_pending(alone->service->world->sim, alone->timer)) {
        alone->session = NULL;
    } else {
        end_alone(alone);
    }
}

/* ---- books -------------------------------------------------------------------------------------------------- */

wide session_books_area(const struct session_books *books, sim_time now)
{
    return books->area_before + level_area(&books->open, now);
}

void session_books_end_of_warm_up(struct session_books *books, sim_time now)
{
    books->area_before = session_books_area(books, now);
    level_restart(&books->open, now);
    books->started = books->reconnects = books->rejected = 0;
    memset(books->cut, 0, sizeof books->cut);
}

static void note_opened(struct session_books *books, const struct world *world, bool resumed)
{
    books->started += world->in_window && !resumed;
    books->reconnects += world->in_window && resumed;
    level_add(&books->open, sim_now(world->sim), 1);
}

static void note_refused(struct session_books *books, const struct world *world)
{
    books->refused++;
    books->rejected += world->in_window;
}

static void note_cut(struct session_books *books, const struct world *world, enum cause cause)
{
    books->cut_sum++;
    books->cut[cause] += world->in_window;
}

/* ---- its end ------------------------------------------------------------------------------------------------ */

static void tell_holder(struct session *session)
{
    struct process *holder = session->holder;
    if (holder != NULL) {
        sim_time lasted = sim_now(session->world->sim) - session->held_since;
        holder->number = lasted < session->held_for ? lasted : session->held_for;
        holder->withdraw = NULL;
        process_wake(holder);
    }
}

static void leave_list(struct session *session)
{
    struct task *task = session->task;
    *(session->previous != NULL ? &session->previous->next : &task->first_session) = session->next;
    *(session->next != NULL ? &session->next->previous : &task->last_session) = session->previous;
}

/* The program hears of it unless its container has ended. What waits in the task may have the slot. */
static void end(struct session *session)
{
    struct world *world = session->world;
    struct task *task = session->task;
    tell_holder(session);
    if (task->serving.program.disconnected != NULL) {
        task->serving.program.disconnected(session);
    }
    if (session->target != NULL) {
        target_outstanding_changed(session->target, -1);
    }
    level_add(&session->books->open, sim_now(world->sim), -1);
    session->books->open_sum += sim_now(world->sim) - session->opened_at;
    leave_list(session);
    slot_table_remove(&world->sessions, session->slot);
    pool_give(world->sessions_pool, session);
    task_sessions_changed(task, -1);
    requests_slot_freed(task);
}

static void end_in_order(struct session *session)
{
    session->books->left++;
    if (session->alone != NULL) {
        end_alone(session->alone);
    }
    end(session);
}

static void cut(struct session *session, enum cause cause)
{
    note_cut(session->books, session->world, cause);
    session->task->sessions_cut++;
    if (session->alone != NULL) {
        leave_alone(session->alone);
    }
    end(session);
}

static void tell_cut(struct task *task, int count, enum cause cause)
{
    if (count > 0) {
        trace_emit(task->world->sim, RECORD_SESSIONS_CUT, &(struct record_sessions_cut){ task, count, cause });
    }
}

void sessions_cut_target(struct target *target, enum cause cause)
{
    struct task *task = target->task;
    int count = 0;
    for (struct session *session = task->first_session, *next; session != NULL; session = next) {
        next = session->next;
        if (session->target == target) {
            cut(session, cause);
            count++;
        }
    }
    tell_cut(task, count, cause);
}

void sessions_end(struct task *task)
{
    int count = task->sessions;
    while (task->first_session != NULL) {
        cut(task->first_session, task->cause);
    }
    tell_cut(task, count, task->cause);
}

void session_leave(struct session *session)
{
    end_in_order(session);
}

void session_hang_up(struct session *session)
{
    struct task *task = session->task;
    if (task_is_active(task)) {
        end_in_order(session);
    } else {
        cut(session, task->cause);
        tell_cut(task, 1, task->cause);
    }
}

/* ---- its beginning ------------------------------------------------------------------------------------------ */

/* 0: it may begin. */
static int refusal_of(const struct task *task)
{
    const struct serving *serving = &task->serving;
    if (!serving->begun || serving->ended || task->stopping) {
        return HTTP_BAD_GATEWAY;
    }
    return task_slots_taken(task) < task->definition->slots ? 0 : HTTP_SERVICE_UNAVAILABLE;
}

static void enter_list(struct session *session)
{
    struct task *task = session->task;
    session->previous = task->last_session;
    *(task->last_session != NULL ? &task->last_session->next : &task->first_session) = session;
    task->last_session = session;
}

static struct session *begin(struct task *task, struct target *target, struct session_books *books, bool resumed)
{
    struct world *world = task->world;
    struct session *session = pool_take(world->sessions_pool);
    *session = (struct session){
        .world = world, .task = task, .target = target, .books = books, .opened_at = sim_now(world->sim),
    };
    slot_table_add(&world->sessions, session, &session->slot, &session->serial);
    enter_list(session);
    if (target != NULL) {
        target_outstanding_changed(target, 1);       /* ALB-12: one request as long as it lasts */
    }
    note_opened(books, world, resumed);
    session->alone = resumed ? NULL : begin_alone(session);
    task->sessions_served++;
    task_sessions_changed(task, 1);
    if (task->serving.program.connected != NULL) {
        task->serving.program.connected(session);
    }
    return session;
}

static struct session *connect_to(struct task *task, struct target *target, struct session_books *books, bool resumed,
                                  int *status)
{
    *status = refusal_of(task);
    if (*status != 0) {
        note_refused(books, task->world);
        return NULL;
    }
    return begin(task, target, books, resumed);
}

/* What the load balancer counts of the request to switch protocols; the one for want of a slot is the program's answer. */
static void note_handshake(struct target_group *group, const struct target *target, int status)
{
    target_group_note_connection(group);
    target_group_note_request(group, false);
    group->minute.requests += target != NULL;
    if (target == NULL || status == HTTP_BAD_GATEWAY) {
        target_group_note_failure(group);
    } else {
        target_group_note_status(group, status == 0 ? HTTP_SWITCHING_PROTOCOLS : status);
    }
}

struct session *target_group_connect(struct target_group *group, bool resumed, int *status)
{
    struct target *target = target_group_pick_for_session(group);
    struct session *session = NULL;
    *status = HTTP_SERVICE_UNAVAILABLE;
    group->sessions.asked++;
    if (target != NULL) {
        session = connect_to(target->task, target, &group->sessions, resumed, status);
    } else {
        note_refused(&group->sessions, group->world);
    }
    note_handshake(group, target, *status);
    return session;
}

struct session *task_connect(struct task *task, bool resumed, int *status)
{
    struct session_books *books = &task->service->books.sessions;
    books->asked++;
    return connect_to(task, NULL, books, resumed, status);
}

/* ---- its client --------------------------------------------------------------------------------------------- */

static void on_hold_over(struct sim *sim, void *self)
{
    (void)sim;
    struct process *client = self;
    session_leave(client->wait_object);
}

/* The client's own container has ended. */
static void client_is_gone(struct process *client)
{
    struct session *session = client->wait_object;
    session->holder = NULL;
    session_leave(session);
}

void session_hold(struct session *session, sim_time length, struct process *client)
{
    struct sim *sim = session->world->sim;
    session->holder = client;
    session->held_since = sim_now(sim);
    session->held_for = length;
    client->wait_object = session;
    client->withdraw = client_is_gone;
    if (session->alone != NULL) {
        sim_timer_arm(sim, session->alone->timer, sim_now(sim) + length, RANK_RECORD);
    }
    process_wait(client, length, RANK_LAPSE, on_hold_over);
}

struct session *session_find(struct world *world, uint32_t slot, uint32_t serial)
{
    return slot_table_find(&world->sessions, slot, serial);
}
