#include "model/audit.h"

#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "model/aggregate.h"
#include "model/auto_scaling_group.h"
#include "model/outcome.h"
#include "model/queue.h"
#include "model/request.h"
#include "model/service.h"
#include "model/task.h"
#include "model/world.h"

/* ---- laws --------------------------------------------------------------------------------------------------- */

static void put_wide(wide value, char *text, size_t size)
{
    const uwide eighteen_digits = UINT64_C(1000000000000000000);
    uwide magnitude = value < 0 ? -(uwide)value : (uwide)value;
    unsigned long long high = (unsigned long long)(magnitude / eighteen_digits);
    unsigned long long low = (unsigned long long)(magnitude % eighteen_digits);
    const char *sign = value < 0 ? "-" : "";
    if (high > 0) {
        snprintf(text, size, "%s%llu%018llu", sign, high, low);
    } else {
        snprintf(text, size, "%s%llu", sign, low);
    }
}

/* Both sides of a law, about one queue, service or task. */
static void hold(const char *law, const char *subject, wide left, wide right)
{
    if (left != right) {
        char left_text[64], right_text[64], text[512];
        put_wide(left, left_text, sizeof left_text);
        put_wide(right, right_text, sizeof right_text);
        snprintf(text, sizeof text, "%s of %s: %s is not %s", law, subject, left_text, right_text);
        check_failed(__FILE__, __LINE__, text);
    }
}

/* What both sides of a law come to, over the parts of the world. */
struct law {
    const char *text;
    wide left, right;
};

static void add(struct law *law, const char *subject, wide left, wide right)
{
    hold(law->text, subject, left, right);
    law->left += left;
    law->right += right;
}

/* ---- queues ------------------------------------------------------------------------------------------------- */

static int64_t messages_by_age(const struct age_list *list)
{
    int64_t count = 0;
    for (const struct message *message = list->oldest; message != NULL; message = message->younger) {
        count++;
    }
    return count;
}

static struct law messages_sent(const struct world *world)
{
    struct law law = { "messages sent + redriven = deleted + dead-lettered + expired + delayed + visible + in flight", 0, 0 };
    for (int i = 0; i < world->queue_count; i++) {
        const struct queue *queue = world->queues[i];
        const struct job_books *books = &queue->books;
        int64_t held = queue->delayed + queue->visible + queue->in_flight;
        hold("messages counted = messages held", queue->config.name, held,
             messages_by_age(&queue->jobs) + messages_by_age(&queue->dead_letters));
        add(&law, queue->config.name, (wide)books->sent + (wide)books->redriven,
            (wide)books->deleted + (wide)books->dead_lettered + (wide)books->expired + held);
    }
    return law;
}

static struct law messages_redriven(const struct world *world)
{
    struct law law = { "messages dead-lettered = redriven", 0, 0 };
    wide dead_lettered = 0, redriven = 0;
    for (int i = 0; i < world->queue_count; i++) {
        dead_lettered += (wide)world->queues[i]->books.dead_lettered;
        redriven += (wide)world->queues[i]->books.redriven;
    }
    add(&law, "the run", dead_lettered, redriven);
    return law;
}

static int64_t requests_by_age(const struct target_group *group)
{
    int64_t count = 0;
    for (const struct request *request = group->oldest; request != NULL; request = request->younger) {
        count++;
    }
    return count;
}

static struct law requests_sent(const struct world *world)
{
    struct law law = { "requests sent = completed + rejected + timed out + cut + open", 0, 0 };
    for (int i = 0; i < world->target_group_count; i++) {
        const struct target_group *group = world->target_groups[i];
        const struct job_books *books = &group->books;
        wide ended = (wide)books->completed + (wide)books->rejected + (wide)books->timed_out + (wide)books->cut;
        hold("requests ended = those that left", group->config.name, ended, (wide)books->finished);
        wide open = requests_by_age(group) + aggregate_open(group->aggregate);
        add(&law, group->config.name, (wide)books->sent, ended + open);
    }
    return law;
}

/* ---- sessions ----------------------------------------------------------------------------------------------- */

/* How many are open in these books, and for how long they have been. */
struct open_sessions {
    int64_t count;
    wide age_ns;
};

static struct open_sessions open_sessions(const struct world *world, const struct session_books *books)
{
    struct open_sessions open = { 0, 0 };
    for (uint32_t slot = 0; slot < world->sessions.count; slot++) {
        const struct session *session = world->sessions.entries[slot].object;
        if (session != NULL && session->books == books) {
            open.count++;
            open.age_ns += world->ended_at - session->opened_at;
        }
    }
    return open;
}

/* Call visit(law, world, name, books) for all books of sessions. */
static struct law over_session_books(const struct world *world, const char *text,
                                     void (*visit)(struct law *law, const struct world *world, const char *subject,
                                                   const struct session_books *books))
{
    struct law law = { text, 0, 0 };
    for (int i = 0; i < world->target_group_count; i++) {
        visit(&law, world, world->target_groups[i]->config.name, &world->target_groups[i]->sessions);
    }
    for (int i = 0; i < world->service_count; i++) {
        visit(&law, world, world->services[i]->name, &world->services[i]->books.sessions);
    }
    return law;
}

static void add_ends(struct law *law, const struct world *world, const char *subject, const struct session_books *books)
{
    int64_t open = open_sessions(world, books).count;
    hold("sessions counted = sessions open", subject, books->open.value, open);
    add(law, subject, (wide)books->asked, (wide)books->refused + (wide)books->left + (wide)books->cut_sum + open);
}

static struct law sessions_asked(const struct world *world)
{
    return over_session_books(world, "sessions asked for = rejected + left + cut + open", add_ends);
}

static void add_lengths(struct law *law, const struct world *world, const char *subject, const struct session_books *books)
{
    add(law, subject, session_books_area(books, world->ended_at), books->open_sum + open_sessions(world, books).age_ns);
}

/* Little's law, without tolerance. */
static struct law session_time(const struct world *world)
{
    return over_session_books(world, "integral of sessions open = sum of their lengths, ns", add_lengths);
}

/* ---- jobs --------------------------------------------------------------------------------------------------- */

/* Little's law without tolerance; when the books are closed the sum holds the ages of unfinished jobs as well. */
static struct law jobs_in_system(const struct world *world)
{
    struct law law = { "integral of jobs in system = sum of times in system, ns", 0, 0 };
    for (int i = 0; i < world->queue_count; i++) {
        const struct queue *queue = world->queues[i];
        add(&law, queue->config.name, level_area(&queue->books.in_system, world->ended_at),
            queue->books.time_in_system_sum);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        const struct target_group *group = world->target_groups[i];
        add(&law, group->config.name, level_area(&group->books.in_system, world->ended_at),
            group->books.time_in_system_sum);
    }
    return law;
}

static wide checkpointed(const struct age_list *list)
{
    wide sum = 0;
    for (const struct message *message = list->oldest; message != NULL; message = message->younger) {
        sum += message->saved_ns;
    }
    return sum;
}

/* Attempts at jobs that are gone stand in no queue's lists: look through all of the world. */
static wide in_progress(const struct world *world, const struct queue *queue)
{
    wide sum = 0;
    for (uint32_t slot = 0; slot < world->attempts.count; slot++) {
        const struct attempt *attempt = world->attempts.entries[slot].object;
        if (attempt != NULL && attempt->queue == queue) {
            sum += attempt->job.done_ns - attempt->saved_ns;
        }
    }
    return sum;
}

/* Requests whose clients have gone stand in their task's lists alone. */
static wide requests_in_progress(const struct world *world, const struct target_group *group)
{
    wide sum = 0;
    for (uint32_t slot = 0; slot < world->tasks.count; slot++) {
        const struct task *task = world->tasks.entries[slot].object;
        for (const struct request *request = task != NULL ? task->serving.served.first : NULL; request != NULL;
             request = request->next) {
            sum += request->group == group ? request->job.done_ns : 0;
        }
    }
    return sum;
}

static void add_work(struct law *law, const char *subject, const struct job_books *books, wide going_on)
{
    wide accounted = books->work_useful_ns + going_on;
    for (int cause = 0; cause < CAUSE_COUNT; cause++) {
        accounted += books->work_lost_ns[cause];
    }
    add(law, subject, books->work_done_ns, accounted);
}

static struct law work_done(const struct world *world)
{
    struct law law = { "work done = useful + lost + held by checkpoints + in progress, ns", 0, 0 };
    for (int i = 0; i < world->queue_count; i++) {
        const struct queue *queue = world->queues[i];
        add_work(&law, queue->config.name, &queue->books,
                 checkpointed(&queue->jobs) + checkpointed(&queue->dead_letters) + in_progress(world, queue));
    }
    for (int i = 0; i < world->target_group_count; i++) {
        const struct target_group *group = world->target_groups[i];
        add_work(&law, group->config.name, &group->books, requests_in_progress(world, group));
    }
    return law;
}

/* ---- tasks -------------------------------------------------------------------------------------------------- */

static bool is_guarded(enum cause cause)   /* PROT-31 to PROT-37 */
{
    return cause == CAUSE_SCALE_IN || cause == CAUSE_DEPLOYMENT || cause == CAUSE_ROLLBACK || cause == CAUSE_AZ_REBALANCE;
}

void audit_stop(const struct task *task, enum cause cause)
{
    CHECK(!is_guarded(cause) || !protection_in_force(&task->protection, sim_now(task->world->sim)));
}

/* Instants that have not come are -1; those that have stand in the order of a task's life. */
static void check_order(const struct task *task, sim_time now)
{
    const sim_time life[] = {
        task->created_at, task->pull_started_at, task->started_at, task->ready_at,
        task->sigterm_at, task->execution_stopped_at, task->stopped_at,
    };
    sim_time latest = 0;
    for (size_t i = 0; i < sizeof life / sizeof life[0]; i++) {
        CHECK(life[i] < 0 || (life[i] >= latest && life[i] <= now));
        latest = life[i] < 0 ? latest : life[i];
    }
    CHECK(task->stopping_at < 0 || (task->stopping_at >= task->created_at && task->stopping_at <= now));
}

static wide slot_time_charged(const struct task *task)
{
    wide sum = 0;
    for (int part = 0; part < COST_PARTS; part++) {
        sum += task->shares.slot_ns[part];
    }
    return sum;
}

/* COST-04; -1: not yet */
static sim_time end_of_billing(const struct task *task)
{
    return task_bills_until_stopped(task) ? task->stopped_at : task->execution_stopped_at;
}

/* COST-01: what rounding adds is booked at the end of billing. */
static wide slot_time_billed(const struct task *task, sim_time now)
{
    if (task->pull_started_at < 0) {
        return 0;
    }
    sim_time end = end_of_billing(task);
    sim_time billed = end >= 0 ? task_billable(task, end) : now - task->pull_started_at;
    return (wide)billed * task->definition->slots;
}

void audit_task(const struct task *task, sim_time now)
{
    sim_time lifetime = now - task->created_at, in_states = 0;
    for (int state = 0; state < STATE_COUNT; state++) {
        in_states += task->state_ns[state];
    }
    check_order(task, now);
    hold("time in the six states = lifetime, ns,", task->id, in_states, lifetime);
    hold("slot-time charged = slot-time billed, ns,", task->id, slot_time_charged(task), slot_time_billed(task, now));
}

static int64_t alive_count(const struct world *world)
{
    int64_t alive = 0;
    for (uint32_t slot = 0; slot < world->tasks.count; slot++) {
        const struct task *task = world->tasks.entries[slot].object;
        if (task != NULL) {
            audit_task(task, world->ended_at);
            alive++;
        }
    }
    return alive;
}

static struct law tasks_created(const struct world *world)
{
    struct law law = { "tasks created = stopped + alive", 0, 0 };
    add(&law, "the run", (wide)world->task_serial, (wide)world->tasks_stopped + alive_count(world));
    return law;
}

/* A service's counts against its tasks, one by one. */
static void check_counts(const struct service *service)
{
    int64_t listed = 0, running = 0, active = 0, counted = 0;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        bool runs = task->started_at >= 0 && !task->ended;
        listed++;
        running += runs;
        active += runs && !task->stop_decided;
    }
    for (int state = 0; state < STATE_COUNT; state++) {
        counted += service->books.state[state].value;
    }
    hold("tasks in the six states = tasks", service->name, counted, listed);
    hold("containers that run = tasks whose container runs", service->name, service->books.running.value, running);
    hold("running count = tasks that run and stay", service->name, service->running_count, active);
    hold("running count = its level", service->name, service->running_count, service->books.active.value);
}

static struct law containers_running(const struct world *world)
{
    struct law law = { "containers that run = those of the services", 0, 0 };
    int64_t sum = 0;
    for (int i = 0; i < world->service_count; i++) {
        check_counts(world->services[i]);
        sum += world->services[i]->books.running.value;
    }
    add(&law, "the run", world->running.value, sum);
    return law;
}

/* ---- money -------------------------------------------------------------------------------------------------- */

/* Accounts are of the window, tasks of the run: the two meet only without a warm-up. */
static struct law slot_time(const struct world *world)
{
    struct law law = { "slot-time of the accounts = slot-time billed to tasks, ns", 0, 0 };
    wide accounts = 0, tasks = world->stopped_slot_ns;
    for (int i = 0; i < world->service_count; i++) {
        const struct service_books *books = &world->services[i]->books;
        for (int k = 0; k < books->account_count * COST_PARTS; k++) {
            accounts += books->accounts[k / COST_PARTS].shares.slot_ns[k % COST_PARTS];
        }
        for (const struct task *task = world->services[i]->first; task != NULL; task = task->next) {
            tasks += end_of_billing(task) < 0 ? slot_time_billed(task, world->ended_at) : 0;
        }
    }
    if (world->config.warm_up == 0) {
        add(&law, "the run", accounts, tasks);
    }
    return law;
}

/* What instances are billed for is what their tasks took and what nobody did. */
static struct law instance_time(const struct world *world)
{
    struct law law = { "weight-time billed to instances = taken by tasks + unused, ns", 0, 0 };
    const struct ec2 *ec2 = world->ec2;
    wide billed = ec2->billed_ns, taken = ec2->taken_ns;
    for (const struct cluster *cluster = ec2->clusters; cluster != NULL; cluster = cluster->next) {
        for (const struct auto_scaling_group *group = cluster->groups; group != NULL; group = group->next) {
            for (const struct instance *instance = group->first; instance != NULL; instance = instance->next) {
                billed += (wide)instance_whole_weight(instance->type) * (world->ended_at - instance->launched_at);
            }
        }
    }
    for (uint32_t slot = 0; slot < world->tasks.count; slot++) {
        const struct task *task = world->tasks.entries[slot].object;
        if (task != NULL && task->capacity == CAPACITY_EC2 && task->execution_stopped_at < 0) {
            taken += slot_time_billed(task, world->ended_at) / task->definition->slots *
                     instance_weight(task->definition->cpu_units, task->definition->memory_mib);
        }
    }
    add(&law, "the run", billed, taken + ec2->unused_ns);
    return law;
}

static struct law cost_parts(const struct world *world)
{
    struct law law = { "cost = its parts, 10^-12 USD", 0, 0 };
    struct cost_bill bill = outcome_bill(&(struct kpi_scope){ .world = world });
    wide sum = 0;
    for (int part = 0; part < COST_PARTS; part++) {
        sum += bill.part_pico[part];
    }
    add(&law, "the run", bill.total_pico, sum);
    return law;
}

/* ---- the ledger --------------------------------------------------------------------------------------------- */

static bool has_dead_letter_queue(const struct world *world)
{
    for (int i = 0; i < world->queue_count; i++) {
        if (world->queues[i]->config.dead_letter_queue != NULL) {
            return true;
        }
    }
    return false;
}

int audit_world(const struct world *world, struct audit_row *rows, int room)
{
    static struct law (*const laws[])(const struct world *) = {
        messages_sent, messages_redriven, requests_sent, sessions_asked, session_time, jobs_in_system, work_done, tasks_created, containers_running, slot_time, instance_time,
        cost_parts,
    };
    int held = 0;
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        if (laws[i] == messages_redriven && !has_dead_letter_queue(world)) {
            continue;             /* says nothing about a world without dead-letter queues */
        }
        if (laws[i] == requests_sent && world->target_group_count == 0) {
            continue;             /* says nothing about a world without requests */
        }
        if ((laws[i] == sessions_asked || laws[i] == session_time) && world->sessions.next_serial == 0) {
            continue;             /* or without sessions */
        }
        if (laws[i] == instance_time && world->ec2->instances_launched == 0) {
            continue;             /* or without instances */
        }
        struct law law = laws[i](world);
        if (held < room) {
            rows[held] = (struct audit_row){ law.text, law.left, law.right };
        }
        held++;
    }
    return held;
}
