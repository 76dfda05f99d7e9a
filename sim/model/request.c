#include "model/request.h"

#include "base/check.h"
#include "base/pool.h"
#include "model/aggregate.h"
#include "model/service.h"
#include "model/visitor.h"
#include "model/world.h"

/* ---- lists -------------------------------------------------------------------------------------------------- */

static void list_append(struct request_list *list, struct request *request)
{
    request->previous = list->last;
    request->next = NULL;
    *(list->last != NULL ? &list->last->next : &list->first) = request;
    list->last = request;
}

static void list_remove(struct request_list *list, struct request *request)
{
    *(request->previous != NULL ? &request->previous->next : &list->first) = request->next;
    *(request->next != NULL ? &request->next->previous : &list->last) = request->previous;
}

static void enter_by_age(struct target_group *group, struct request *request)
{
    request->older = group->youngest;
    *(group->youngest != NULL ? &group->youngest->younger : &group->oldest) = request;
    group->youngest = request;
}

static void leave_by_age(struct target_group *group, struct request *request)
{
    *(request->older != NULL ? &request->older->younger : &group->oldest) = request->younger;
    *(request->younger != NULL ? &request->younger->older : &group->youngest) = request->older;
}

/* ---- the client gets its answer ----------------------------------------------------------------------------- */

static void answer_process(struct process *client, int status)
{
    client->number = status;
    client->withdraw = NULL;
    process_wake(client);
}

/* Answered by `target` or (NULL) by the load balancer. */
static void settle_visit(struct request *request, const struct target *target)
{
    if (request->visitor != NULL) {
        visitor_answered(request->visitor, target);
    }
}

/* `how` it ends for the client; the task may go on. */
static void answer_client(struct request *request, int status, enum job_end how)
{
    struct target_group *group = request->group;
    struct process *client = request->client;
    job_books_end(&group->books, group->world, request->sent_at, how);
    leave_by_age(group, request);
    target_outstanding_changed(request->target, -1);
    if (request->is_anonymous) {
        target_group_close_connection(group, sim_now(group->world->sim));
    }
    request->target = NULL;
    request->client = NULL;
    request->visitor = NULL;
    if (client != NULL) {
        answer_process(client, status);
    }
    world_job_left(group->world);
}

/* One of both sides gives it up, and with it the connection. */
static void time_out(struct request *request)
{
    request->group->books.timed_out++;
    request->lost_to = CAUSE_GIVEN_UP;
    if (request->visitor != NULL) {
        visitor_hung_up(request->visitor);
    }
    answer_client(request, HTTP_GATEWAY_TIMEOUT, JOB_FAILED);
}

static void cut(struct request *request, enum cause cause)
{
    request->group->books.cut++;
    job_books_cut(&request->group->books, request->group->world, cause);
    request->lost_to = cause;
    target_group_note_failure(request->group);
    settle_visit(request, NULL);
    answer_client(request, HTTP_BAD_GATEWAY, JOB_FAILED);
}

static void schedule_timeout(struct target_group *group)
{
    if (group->oldest != NULL && !sim_timer_is_pending(group->world->sim, group->timer)) {
        sim_timer_arm(group->world->sim, group->timer, group->oldest->sent_at + group->config.idle_timeout, RANK_LAPSE);
    }
}

/* ALB-08. The timer may have been armed for a request that has been answered since. */
static void on_idle_timeout(struct sim *sim, void *self)
{
    struct target_group *group = self;
    while (group->oldest != NULL && group->oldest->sent_at + group->config.idle_timeout <= sim_now(sim)) {
        target_group_note_failure(group);
        time_out(group->oldest);
    }
    schedule_timeout(group);
}

sim_timer requests_timer_create(struct target_group *group)
{
    return sim_timer_create(group->world->sim, on_idle_timeout, group);
}

/* ---- inside the task ---------------------------------------------------------------------------------------- */

static void charge(struct request *request, enum cost_part part)
{
    sim_time now = sim_now(request->task->world->sim);
    task_charge(request->task, part, (wide)(now - request->charged_since));
    request->charged_since = now;
}

static void book_work(struct request *request, bool useful)
{
    struct target_group *group = request->group;
    struct task *task = request->task;
    int64_t done = request->job.done_ns;
    if (useful) {
        job_books_use(&group->books, group->world, done);
        task->work_useful_ns += done;
        task->jobs_done++;
    } else {
        job_books_lose(&group->books, group->world, request->lost_to, done);
        task->work_lost_ns += done;
    }
    charge(request, useful ? COST_USEFUL : COST_LOST);
}

static void forget(struct request *request)
{
    struct world *world = request->group->world;
    if (request->serial != 0) {
        slot_table_remove(&world->requests, request->slot);
    }
    pool_give(world->requests_pool, request);
}

/* It gives its slot back. */
static void leave_slot(struct request *request, bool useful)
{
    struct task *task = request->task;
    job_settle(&request->job);
    job_forget(&request->job);
    book_work(request, useful);
    list_remove(&task->serving.served, request);
    request->group->served--;
    forget(request);
    task_attempts_changed(task, -1);
}

static void on_worked(struct work *work)
{
    struct request *request = (struct request *)(void *)((char *)work - offsetof(struct request, work));
    request_answer(request, HTTP_OK);
}

static void start(struct request *request)
{
    struct task *task = request->task;
    struct target_group *group = request->group;
    sim_time now = sim_now(task->world->sim);
    list_append(&task->serving.served, request);
    group->waiting--;
    group->served++;
    request->started_at = request->charged_since = now;
    if (request->target != NULL) {
        job_books_start(&group->books, group->world, request->sent_at);
    }
    task_attempts_changed(task, 1);
    if (task->serving.program.take == NULL) {
        task_work_alone(task, &request->work, &request->job, on_worked);
    } else {
        slot_table_add(&task->world->requests, request, &request->slot, &request->serial);
        task->serving.program.take(request);
    }
}

static void start_waiting(struct task *task)
{
    struct serving *serving = &task->serving;
    while (serving->begun && serving->waiting.first != NULL && task_slots_taken(task) < task->definition->slots) {
        struct request *request = serving->waiting.first;
        list_remove(&serving->waiting, request);
        start(request);
    }
}

static void on_served_out(struct sim *sim, void *self)
{
    (void)sim;
    task_exit(self, 0);
}

/* After SIGTERM, when nothing is left to do. */
static void end_if_served_out(struct task *task)
{
    struct serving *serving = &task->serving;
    if (!task->stopping || !serving->begun || serving->ended || serving->served.first != NULL ||
        serving->waiting.first != NULL || task->sessions > 0 || aggregate_holds(task)) {
        return;
    }
    serving->ended = true;
    if (serving->process != NULL) {
        process_wake(serving->process);
    } else {
        sim_wake(task->world->sim, on_served_out, task);
    }
}

void task_serve(struct task *task, struct process *process, const struct serving_program *program)
{
    CHECK(!task->serving.begun || task->serving.ended);
    task->serving.begun = true;
    task->serving.ended = false;
    task->serving.process = process;
    task->serving.program = *program;
    start_waiting(task);
    end_if_served_out(task);
}

void requests_sigterm(struct task *task)
{
    end_if_served_out(task);
}

void requests_slot_freed(struct task *task)
{
    if (!task->ended) {
        start_waiting(task);
        end_if_served_out(task);
    }
}

void request_answer(struct request *request, int status)
{
    struct task *task = request->task;
    struct job_books *books = &request->group->books;
    bool is_error = status >= HTTP_SERVER_ERROR, waited_for = request->target != NULL;
    if (waited_for) {
        target_group_note_answer(request->group, status, sim_now(task->world->sim) - request->sent_at);
        settle_visit(request, request->target);
        books->completed += !is_error;
        books->rejected += is_error;
        request->lost_to = CAUSE_GIVEN_UP;
        answer_client(request, status, is_error ? JOB_REFUSED : JOB_DONE);
    }
    leave_slot(request, waited_for && !is_error);
    requests_slot_freed(task);
}

/* Those whose clients wait, of one target or (NULL) of all. */
static void cut_all(const struct request_list *list, const struct target *target, enum cause cause)
{
    for (struct request *request = list->first, *next; request != NULL; request = next) {
        next = request->next;
        if (request->target != NULL && (target == NULL || request->target == target)) {
            cut(request, cause);
        }
    }
}

void requests_cut_target(struct target *target, enum cause cause)
{
    cut_all(&target->task->serving.served, target, cause);
    cut_all(&target->task->serving.waiting, target, cause);
    aggregate_cut(target, cause);
}

void requests_end(struct task *task)
{
    aggregate_end(task);
    cut_all(&task->serving.served, NULL, task->cause);
    cut_all(&task->serving.waiting, NULL, task->cause);
    while (task->serving.waiting.first != NULL) {
        struct request *request = task->serving.waiting.first;
        list_remove(&task->serving.waiting, request);
        request->group->waiting--;
        forget(request);
    }
    while (task->serving.served.first != NULL) {
        struct request *request = task->serving.served.first;
        if (request->job.working == &request->work) {
            work_withdraw(&request->work);
        }
        leave_slot(request, false);
    }
    task->serving = (struct serving){ .begun = false };
}

wide requests_uncharged_ns(const struct task *task)
{
    wide sum = aggregate_uncharged_ns(task);
    sim_time now = sim_now(task->world->sim);
    for (const struct request *request = task->serving.served.first; request != NULL; request = request->next) {
        sum += now - request->charged_since;
    }
    return sum;
}

void requests_charge_in_progress(struct task *task)
{
    aggregate_settle_task(task);
    for (struct request *request = task->serving.served.first; request != NULL; request = request->next) {
        charge(request, COST_USEFUL);
    }
}

/* ---- the program that only serves --------------------------------------------------------------------------- */

static void start_serving(struct app *app, struct task *task)
{
    (void)app;
    static const struct serving_program works_on_requests = { .take = NULL };
    task_serve(task, NULL, &works_on_requests);
}

const struct app serving_app = { .start = start_serving };

/* ---- arrival ------------------------------------------------------------------------------------------------ */

/* By the load balancer, at once. */
static void refuse(struct target_group *group, int status, struct process *client, struct visitor *visitor)
{
    group->books.rejected++;
    job_books_end(&group->books, group->world, sim_now(group->world->sim), JOB_REFUSED);
    target_group_note_failure(group);
    if (client != NULL) {
        visitor_answered(visitor, NULL);
        answer_process(client, status);
    }
}

static void on_alone_done(struct sim *sim, void *self)
{
    (void)sim;
    struct target_group *group = self;
    service_add_job_alone(group->service, -1);
}

/* need(t) of outputs.md section 1: the request as it would run if nothing stood in its way. */
static void count_alone(struct target_group *group, int64_t work_ns)
{
    if (group->service != NULL) {
        service_add_job_alone(group->service, 1);
        sim_at(group->world->sim, sim_now(group->world->sim) + work_ns, RANK_RECORD, on_alone_done, group);
    }
}

static void arrive(struct target_group *group, int64_t work_ns, bool is_anonymous)
{
    job_books_arrive(&group->books, group->world, work_ns);
    target_group_note_request(group, is_anonymous);
    count_alone(group, work_ns);
}

/* What the load balancer says itself; 0: the target takes it. Before its program runs nobody listens (ALB-07). */
static int refusal_of(const struct target *target)
{
    if (target == NULL) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    return target->task->ready ? 0 : HTTP_BAD_GATEWAY;
}

/* The target that takes the request; NULL: it has been refused. */
static struct target *route(struct target_group *group, int64_t work_ns, struct process *client, struct visitor *visitor)
{
    arrive(group, work_ns, client == NULL);
    struct target *target = target_group_pick(group, visitor);
    int refusal = refusal_of(target);
    group->minute.requests += target != NULL;
    if (refusal != 0) {
        refuse(group, refusal, client, visitor);
    }
    return refusal == 0 ? target : NULL;
}

static void leave_request(struct process *client)
{
    struct request *request = client->wait_object;
    request->client = NULL;
    request->visitor = NULL;
}

static void send_to(struct target *target, int64_t work_ns, struct process *client, struct visitor *visitor)
{
    struct target_group *group = target->group;
    struct task *task = target->task;
    struct request *request = pool_take(group->world->requests_pool);
    *request = (struct request){
        .job = { .left_ns = work_ns, .done_total = &group->books.work_done_ns }, .group = group, .task = task,
        .target = target, .client = client, .visitor = visitor, .is_anonymous = client == NULL,
        .sent_at = sim_now(group->world->sim), .started_at = -1,
    };
    if (client != NULL) {
        client->wait_object = request;
        client->withdraw = leave_request;
    } else {
        target_group_open_connection(group);
    }
    target_outstanding_changed(target, 1);
    group->waiting++;
    enter_by_age(group, request);
    schedule_timeout(group);
    list_append(&task->serving.waiting, request);
    start_waiting(task);
}

void target_group_send(struct target_group *group, int64_t work_ns)
{
    struct target *target = route(group, work_ns, NULL, NULL);
    if (target != NULL) {
        send_to(target, work_ns, NULL, NULL);
    }
}

static void on_patience_over(struct sim *sim, void *self)
{
    (void)sim;
    struct process *client = self;
    time_out(client->wait_object);
}

void target_group_request(struct target_group *group, int64_t work_ns, sim_time timeout, struct process *client)
{
    struct visitor *visitor = visitor_arrive(client, group);
    struct target *target = route(group, work_ns, client, visitor);
    if (target != NULL) {
        process_wait(client, timeout, RANK_LAPSE, on_patience_over);
        send_to(target, work_ns, client, visitor);
    }
}

struct request *request_find(struct world *world, uint32_t slot, uint32_t serial)
{
    return slot_table_find(&world->requests, slot, serial);
}
