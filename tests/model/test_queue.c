/* By hand, with the fixture's latencies: the program starts at 25 s; a call to SQS takes 10 ms and takes effect half-way. */
#include "model/queue.h"

#include "lib/unit.h"
#include "lib/world.h"
#include "model/task.h"

static struct fixture fixture;

#define MS SIM_MILLISECOND

static void begin(const char *assumptions)
{
    fixture_init_assuming(&fixture, 1, assumptions);
    fixture_run(&fixture, 30);
}

static struct process *program(void)
{
    return &fixture.puppet.process;
}

static struct attempt *receive(void)
{
    return fixture_receive(&fixture, fixture.queue, 1);
}

static void a_receive_takes_one_call(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    queue_receive(fixture.queue, program(), 1);
    fixture_run(&fixture, 30.004);
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    fixture_run(&fixture, 30.005);   /* SQS-10: takes effect half-way */
    CU_ASSERT_EQUAL(fixture.queue->in_flight, 1);
    fixture_run(&fixture, 31);
    CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 30 * SIM_SECOND + 10 * MS);
    CU_ASSERT_PTR_NOT_NULL(program()->attempt);
    fixture_finish(&fixture);
}

static void a_long_poll_waits_for_a_message(void)
{
    begin("");
    queue_receive(fixture.queue, program(), 1);
    fixture_run(&fixture, 40);
    queue_send(fixture.queue, SIM_SECOND, -1);
    fixture_run(&fixture, 41);
    CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 40 * SIM_SECOND + 5 * MS);
    CU_ASSERT_PTR_NOT_NULL(program()->attempt);
    fixture_finish(&fixture);
}

static void a_long_poll_comes_back_empty(void)
{
    begin("");
    queue_receive(fixture.queue, program(), 1);
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 50 * SIM_SECOND + 10 * MS);   /* SQS-03: 20 s from its effect */
    CU_ASSERT_PTR_NULL(program()->attempt);
    CU_ASSERT_EQUAL(fixture.queue->books.empty_receives, 1);
    fixture_finish(&fixture);
}

static void a_short_poll_costs_one_call(void)
{
    begin("");
    fixture.queue->config.wait_time = 0;
    queue_receive(fixture.queue, program(), 1);
    fixture_run(&fixture, 31);
    CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 30 * SIM_SECOND + 10 * MS);
    CU_ASSERT_PTR_NULL(program()->attempt);
    fixture_finish(&fixture);
}

static void a_message_comes_back_after_its_visibility_timeout(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    receive();
    fixture_run(&fixture, 90.004);
    CU_ASSERT_EQUAL(fixture.queue->in_flight, 1);
    fixture_run(&fixture, 90.005);   /* SQS-01: 60 s after the delivery at 30.005 s */
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    CU_ASSERT_EQUAL(fixture.queue->books.overtimes, 1);
    CU_ASSERT_EQUAL(fixture.world->warnings, 1);
    fixture_finish(&fixture);
}

/* EX-S39, SQS-02: default 60 s timeout, at t = 15 s set to 10 s: visible at 25 s */
static void a_changed_timeout_counts_from_the_call(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    struct attempt *attempt = receive();
    sim_time delivered = attempt->received_at;
    fixture_run(&fixture, sim_seconds(delivered) + 15);
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, 10 * SIM_SECOND, program()), VISIBILITY_CHANGED);
    fixture_run(&fixture, sim_seconds(delivered) + 24.999);
    CU_ASSERT_EQUAL(fixture.queue->visible, 0);
    fixture_run(&fixture, sim_seconds(delivered) + 25);
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, 10 * SIM_SECOND, program()), VISIBILITY_NOT_IN_FLIGHT);
    fixture_finish(&fixture);
}

static void a_timeout_ends_twelve_hours_after_the_receipt(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    struct attempt *attempt = receive();
    sim_time now = sim_now(fixture.world->sim);
    sim_time rest = 12 * SIM_HOUR - (now - attempt->received_at);
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, rest + 1, program()), VISIBILITY_INVALID);   /* SQS-01 */
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, rest, program()), VISIBILITY_CHANGED);
    fixture_finish(&fixture);
}

static void timeout_zero_gives_the_message_back(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    struct attempt *attempt = receive();
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, 0, program()), VISIBILITY_CHANGED);
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    CU_ASSERT_EQUAL(fixture.puppet.task->attempt_count, 0);
    attempt = receive();
    CU_ASSERT_EQUAL(attempt->message->receive_count, 2);
    fixture_finish(&fixture);
}

static void a_late_delete_misses(void)
{
    begin("");
    struct attempt *second, *first;
    struct task_definition two_slots;
    fixture_set_slots(&fixture, &two_slots, 2);   /* the program receives while its first attempt goes on */
    queue_send(fixture.queue, SIM_SECOND, -1);
    first = receive();
    fixture_run(&fixture, 91);
    second = receive();
    CU_ASSERT(first->overtaken);
    attempt_delete(first, program());   /* SQS-07 */
    CU_ASSERT_EQUAL(fixture.queue->books.stale_deletes, 1);
    CU_ASSERT_EQUAL(fixture.queue->in_flight, 1);
    CU_ASSERT_EQUAL(fixture.queue->books.jobs_done, 0);
    attempt_delete(second, program());
    CU_ASSERT_EQUAL(fixture.queue->in_flight, 0);
    CU_ASSERT_EQUAL(fixture.queue->books.jobs_done, 1);
    fixture_finish(&fixture);
}

static void a_late_delete_may_delete(void)
{
    begin("sqs_stale_delete=deletes");
    struct task_definition two_slots;
    fixture_set_slots(&fixture, &two_slots, 2);   /* the program receives while its first attempt goes on */
    queue_send(fixture.queue, SIM_SECOND, -1);
    struct attempt *first = receive();
    fixture_run(&fixture, 91);
    struct attempt *second = receive();
    attempt_delete(first, program());
    CU_ASSERT_EQUAL(fixture.queue->books.jobs_done, 1);
    CU_ASSERT_PTR_NULL(second->message);
    attempt_delete(second, program());
    CU_ASSERT_EQUAL(fixture.queue->books.jobs_done, 1);
    CU_ASSERT_EQUAL(fixture.queue->books.duplicates, 1);
    fixture_finish(&fixture);
}

static void a_delayed_message_appears_later(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, 15 * SIM_SECOND);
    CU_ASSERT_EQUAL(fixture.queue->delayed, 1);
    fixture_run(&fixture, 44.999);
    CU_ASSERT_EQUAL(fixture.queue->visible, 0);
    fixture_run(&fixture, 45);   /* SQS-05 */
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    fixture_finish(&fixture);
}

static void retention_ends_a_job(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    fixture_run(&fixture, 30 + 4 * 86400 - 1);
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    fixture_run(&fixture, 30 + 4 * 86400);   /* SQS-05 */
    CU_ASSERT_EQUAL(fixture.queue->visible, 0);
    CU_ASSERT_EQUAL(fixture.queue->books.expired, 1);
    fixture_finish(&fixture);
}

static void the_age_metric_forgets_messages_received_three_times(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    for (int times = 1; times <= 3; times++) {
        sim_time now = sim_now(fixture.world->sim);
        CU_ASSERT_EQUAL(queue_oldest_age_cw(fixture.queue, now), now - 30 * SIM_SECOND);   /* SQS-08 */
        attempt_change_visibility(receive(), 0, program());
    }
    sim_time now = sim_now(fixture.world->sim);
    CU_ASSERT_EQUAL(queue_oldest_age_cw(fixture.queue, now), 0);
    CU_ASSERT_EQUAL(queue_oldest_age(fixture.queue, now), now - 30 * SIM_SECOND);
    fixture_finish(&fixture);
}

/* A program that fails deletes nothing: its slot is free, and the message comes back when its timeout has passed. */
static void an_abandoned_message_comes_back_later(void)
{
    begin("");
    queue_send(fixture.queue, SIM_SECOND, -1);
    struct attempt *attempt = receive();
    attempt_abandon(attempt);
    CU_ASSERT_EQUAL(fixture.puppet.task->attempt_count, 0);
    CU_ASSERT_EQUAL(fixture.queue->in_flight, 1);
    fixture_run(&fixture, 90.004);
    CU_ASSERT_EQUAL(fixture.queue->visible, 0);
    fixture_run(&fixture, 90.005);
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    CU_ASSERT_EQUAL(fixture.queue->books.overtimes, 0);   /* nobody worked on it any more */
    CU_ASSERT_EQUAL(receive()->message->receive_count, 2);
    fixture_finish(&fixture);
}

/* EX-S39's rule over a long job: a heartbeat every 40 s holds a message with a timeout of 60 s for an hour and a half. */
static void a_heartbeat_holds_a_message(void)
{
    begin("");
    queue_send(fixture.queue, SIM_HOUR, -1);
    struct attempt *attempt = receive();
    double start = sim_seconds(attempt->received_at);
    int refused = 0;
    for (int beat = 1; beat <= 135; beat++) {
        fixture_run(&fixture, start + 40 * beat);
        refused += attempt_change_visibility(attempt, SIM_MINUTE, program()) != VISIBILITY_CHANGED;
    }
    CU_ASSERT_EQUAL(refused, 0);
    CU_ASSERT_EQUAL(fixture.queue->books.overtimes, 0);
    attempt_delete(attempt, program());
    CU_ASSERT_EQUAL(fixture.queue->books.jobs_done, 1);
    CU_ASSERT_EQUAL(fixture.queue->books.redeliveries, 0);
    fixture_finish(&fixture);
}

/* SQS-01: the twelve hours count from the receipt, however often the timeout was extended. */
static void heartbeats_end_after_twelve_hours(void)
{
    begin("");
    queue_send(fixture.queue, SIM_HOUR, -1);
    struct attempt *attempt = receive();
    double start = sim_seconds(attempt->received_at);
    for (int beat = 1; beat <= 11; beat++) {       /* an hour each, a minute early */
        CU_ASSERT_EQUAL(attempt_change_visibility(attempt, SIM_HOUR, program()), VISIBILITY_CHANGED);
        fixture_run(&fixture, start + 59 * 60 * beat);
    }
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, SIM_HOUR, program()), VISIBILITY_CHANGED);
    fixture_run(&fixture, start + 12 * 3600 - 720);
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, 720 * SIM_SECOND + 1, program()), VISIBILITY_INVALID);
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, 720 * SIM_SECOND, program()), VISIBILITY_CHANGED);
    fixture_run(&fixture, start + 12 * 3600 - 0.001);
    CU_ASSERT_EQUAL(fixture.queue->visible, 0);
    fixture_run(&fixture, start + 12 * 3600);
    CU_ASSERT_EQUAL(fixture.queue->visible, 1);
    CU_ASSERT_EQUAL(attempt_change_visibility(attempt, SIM_MINUTE, program()), VISIBILITY_NOT_IN_FLIGHT);
    fixture_finish(&fixture);
}

static int answer_length(const struct attempt *attempt)
{
    int length = 0;
    for (; attempt != NULL; attempt = attempt->next_in_answer) {
        length++;
    }
    return length;
}

static void send_ones(int count)
{
    const struct queue_entry entry = { .work_ns = SIM_SECOND, .delay = -1 };
    struct queue_entry entries[SQS_BATCH_MAX];
    for (int i = 0; i < count; i++) {
        entries[i] = entry;
    }
    queue_send_batch(fixture.queue, entries, count);
}

/* SQS-03: of what is there at most so many; COST-11: one request each way. */
static void a_batch_is_one_request(void)
{
    static const struct {
        int there, wanted, got;
    } rows[] = { { 10, 10, 10 }, { 10, 3, 3 }, { 2, 10, 2 }, { 1, 1, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin("");
        struct task_definition slots;
        fixture_set_slots(&fixture, &slots, SQS_BATCH_MAX);
        send_ones(rows[i].there);
        CU_ASSERT_EQUAL(fixture.queue->books.requests, 1);
        CU_ASSERT_EQUAL(fixture.queue->books.sent, (uint64_t)rows[i].there);
        struct attempt *attempts[SQS_BATCH_MAX];
        int count = 0;
        for (struct attempt *attempt = fixture_receive(&fixture, fixture.queue, rows[i].wanted); attempt != NULL;
             attempt = attempt->next_in_answer) {
            attempts[count++] = attempt;
        }
        CU_ASSERT_EQUAL(count, rows[i].got);
        CU_ASSERT_EQUAL(fixture.queue->books.requests, 2);
        sim_time debt = program()->debt;
        attempt_delete_batch(fixture.queue, attempts, count, program());
        CU_ASSERT_EQUAL(fixture.queue->books.requests, 3);
        CU_ASSERT_EQUAL(program()->debt - debt, 10 * MS);   /* SQS-10: one call */
        CU_ASSERT_EQUAL(fixture.queue->books.jobs_done, (uint64_t)rows[i].got);
        CU_ASSERT_EQUAL(fixture.queue->visible, rows[i].there - rows[i].got);
        fixture_finish(&fixture);
    }
}

/* A long poll for several messages comes back with what has come at once, and does not wait for more. */
static void a_long_poll_takes_a_batch(void)
{
    begin("");
    struct task_definition slots;
    fixture_set_slots(&fixture, &slots, SQS_BATCH_MAX);
    queue_receive(fixture.queue, program(), 5);
    fixture_run(&fixture, 40);
    send_ones(3);
    fixture_run(&fixture, 41);
    CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 40 * SIM_SECOND + 5 * MS);
    CU_ASSERT_EQUAL(answer_length(program()->attempt), 3);
    CU_ASSERT_EQUAL(fixture.puppet.task->attempt_count, 3);
    fixture_finish(&fixture);
}

/* Take as many as may be in flight. */
static void fill_up(struct task_definition *slots)
{
    fixture_set_slots(&fixture, slots, SQS_IN_FLIGHT_MAX + SQS_BATCH_MAX);
    fixture.queue->config.visibility_timeout = 12 * SIM_HOUR;
    for (int i = 0; i < SQS_IN_FLIGHT_MAX / SQS_BATCH_MAX + 1; i++) {
        send_ones(SQS_BATCH_MAX);
    }
    for (int i = 0; i < SQS_IN_FLIGHT_MAX / SQS_BATCH_MAX; i++) {
        queue_receive(fixture.queue, program(), SQS_BATCH_MAX);
        fixture_run(&fixture, 30 + 0.01 * (i + 1));
    }
    CU_ASSERT_EQUAL(fixture.queue->in_flight, SQS_IN_FLIGHT_MAX);
    CU_ASSERT_EQUAL(fixture.queue->visible, SQS_BATCH_MAX);
}

static void a_short_poll_over_the_limit_is_refused(void)
{
    begin("");
    struct task_definition slots;
    fill_up(&slots);
    struct attempt *last = program()->attempt;
    fixture.queue->config.wait_time = 0;
    CU_ASSERT_PTR_NULL(fixture_receive(&fixture, fixture.queue, 1));   /* SQS-04 */
    CU_ASSERT(program()->over_limit);
    CU_ASSERT_EQUAL(fixture.queue->books.empty_receives, 0);
    attempt_delete(last, program());
    CU_ASSERT_EQUAL(answer_length(fixture_receive(&fixture, fixture.queue, 10)), 1);   /* as many as there is room for */
    CU_ASSERT(!program()->over_limit);
    fixture_finish(&fixture);
}

static void a_long_poll_over_the_limit_waits(void)
{
    begin("");
    struct task_definition slots;
    fill_up(&slots);
    struct attempt *last = program()->attempt;
    CU_ASSERT_PTR_NULL(fixture_receive(&fixture, fixture.queue, 1));   /* SQS-04: empty, and no error */
    CU_ASSERT(!program()->over_limit);
    CU_ASSERT_EQUAL(fixture.queue->books.empty_receives, 1);
    sim_time now = sim_now(fixture.world->sim);
    queue_receive(fixture.queue, program(), 1);
    fixture_run(&fixture, sim_seconds(now) + 5);
    CU_ASSERT_EQUAL(fixture.queue->poller_count, 1);
    struct process nobody = { .sim = fixture.world->sim };
    attempt_delete(last, &nobody);                /* there is room for one more: it goes to who waits */
    CU_ASSERT_EQUAL(fixture.queue->poller_count, 0);
    CU_ASSERT_PTR_NOT_NULL(program()->attempt);
    fixture_finish(&fixture);
}

static void a_checkpoint_survives_a_cut(void)
{
    begin("");
    queue_send(fixture.queue, 100 * SIM_SECOND, -1);
    struct attempt *attempt = receive();
    struct work work;
    double start = sim_seconds(sim_now(fixture.world->sim));
    task_work(fixture.puppet.task, &work, program(), &attempt->job, 20 * SIM_SECOND);
    fixture_run(&fixture, start + 20);
    attempt_checkpoint(attempt);
    task_work(fixture.puppet.task, &work, program(), &attempt->job, 100 * SIM_SECOND);
    fixture_run(&fixture, start + 30);
    struct message *message = attempt->message;
    task_exit(fixture.puppet.task, 1);
    CU_ASSERT_EQUAL(message->left_ns, 80 * SIM_SECOND);
    CU_ASSERT(fixture.queue->books.work_lost_ns[CAUSE_CRASH] == 10 * SIM_SECOND);
    CU_ASSERT_EQUAL(fixture.queue->books.jobs_cut[CAUSE_CRASH], 1);
    fixture_finish(&fixture);
}

static void work_belongs_to_the_job_that_is_done(void)
{
    begin("");
    queue_send(fixture.queue, 10 * SIM_SECOND, -1);
    struct attempt *attempt = receive();
    struct work work;
    double start = sim_seconds(sim_now(fixture.world->sim));
    task_work(fixture.puppet.task, &work, program(), &attempt->job, INT64_MAX);
    fixture_run(&fixture, start + 10);
    CU_ASSERT_EQUAL(work.done_ns, 10 * SIM_SECOND);
    attempt_delete(attempt, program());
    CU_ASSERT(fixture.queue->books.work_useful_ns == 10 * SIM_SECOND);
    CU_ASSERT_EQUAL(program()->debt, 10 * MS);   /* the call returns at once, its time is owed */
    CU_ASSERT_PTR_NULL(attempt_find(fixture.world, 0, 1));
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/queue", (const struct unit_test[]){
        { "SQS-10: a receive takes one call", a_receive_takes_one_call },
        { "SQS-03: a long poll waits for a message", a_long_poll_waits_for_a_message },
        { "SQS-03: a long poll comes back empty", a_long_poll_comes_back_empty },
        { "SQS-03: a short poll costs one call", a_short_poll_costs_one_call },
        { "SQS-01: a message comes back after its visibility timeout", a_message_comes_back_after_its_visibility_timeout },
        { "EX-S39: a changed timeout counts from the call", a_changed_timeout_counts_from_the_call },
        { "SQS-01: a timeout ends twelve hours after the receipt", a_timeout_ends_twelve_hours_after_the_receipt },
        { "SQS-02: timeout zero gives the message back", timeout_zero_gives_the_message_back },
        { "SQS-07: a late delete misses", a_late_delete_misses },
        { "SQS-07, alternative: a late delete deletes", a_late_delete_may_delete },
        { "SQS-05: a delayed message appears later", a_delayed_message_appears_later },
        { "SQS-05: retention ends a job", retention_ends_a_job },
        { "SQS-08: the age metric forgets messages received three times", the_age_metric_forgets_messages_received_three_times },
        { "SQS-01: an abandoned message comes back later", an_abandoned_message_comes_back_later },
        { "EX-S39: a heartbeat holds a message", a_heartbeat_holds_a_message },
        { "SQS-01: heartbeats end after twelve hours", heartbeats_end_after_twelve_hours },
        { "SQS-03 COST-11: a batch is one request", a_batch_is_one_request },
        { "SQS-03: a long poll takes a batch", a_long_poll_takes_a_batch },
        { "SQS-04: a short poll over the limit is refused", a_short_poll_over_the_limit_is_refused },
        { "SQS-04: a long poll over the limit waits", a_long_poll_over_the_limit_waits },
        { "a checkpoint survives a cut", a_checkpoint_survives_a_cut },
        { "work belongs to the job that is done", work_belongs_to_the_job_that_is_done },
        UNIT_END,
    });
}
