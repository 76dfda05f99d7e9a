/* Dead-letter queues (SQS-06), by hand: the program starts at 25 s; a call to SQS takes 10 ms and takes effect half-way. */
#include "model/dead_letter.h"

#include <math.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/audit.h"
#include "model/outcome.h"
#include "model/record.h"
#include "model/task.h"

static struct fixture fixture;
static struct queue *jobs, *failed;
static int dead_lettered_records;

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    (void)context, (void)now, (void)kind;
    dead_lettered_records += strcmp(((const struct record_delivery *)record)->what, "dead_lettered") == 0;
}

static struct queue *make(const char *name, bool fifo, struct queue *dead_letter_queue, int max_receive_count)
{
    const struct queue_config config = {
        .name = name, .visibility_timeout = SIM_MINUTE, .retention = SIM_HOUR, .fifo = fifo,
        .dead_letter_queue = dead_letter_queue, .max_receive_count = max_receive_count,
    };
    return queue_create(fixture.world, &config, &fixture.world->assumptions);
}

static void begin(bool fifo, int max_receive_count)
{
    fixture_init(&fixture, 1);
    failed = make(fifo ? "failed.fifo" : "failed", fifo, NULL, 0);
    jobs = make(fifo ? "work.fifo" : "work", fifo, failed, max_receive_count);
    fixture.world->config.slo = SIM_HOUR;
    dead_lettered_records = 0;
    trace_observe(sim_trace(fixture.world->sim), RECORD_BIT(RECORD_DELIVERY), on_record, NULL);
    fixture_run(&fixture, 30);
}

static struct process *program(void)
{
    return &fixture.puppet.process;
}

static struct attempt *receive(struct queue *queue)
{
    return fixture_receive(&fixture, queue, 1);
}

static void send(const char *group)
{
    queue_send_batch(jobs, &(struct queue_entry){ .work_ns = 10 * SIM_SECOND, .delay = -1, .group = group }, 1);
}

/* Receive and give back, so often. */
static void fail(int times)
{
    for (int i = 0; i < times; i++) {
        attempt_change_visibility(receive(jobs), 0, program());
    }
}

/* SQS-06: after so many deliveries it is still there; the next receive moves it, and finds nothing. */
static void the_receive_beyond_the_maximum_moves_a_message(void)
{
    static const int maxima[] = { 1, 2, 10 };
    for (int i = 0; i < 3; i++) {
        begin(false, maxima[i]);
        send(NULL);
        fail(maxima[i]);
        CU_ASSERT_EQUAL(jobs->visible, 1);
        CU_ASSERT_EQUAL(failed->visible, 0);
        CU_ASSERT_EQUAL(dead_lettered_records, 0);
        CU_ASSERT_PTR_NULL(receive(jobs));
        CU_ASSERT_EQUAL(jobs->visible, 0);
        CU_ASSERT_EQUAL(failed->visible, 1);
        CU_ASSERT_EQUAL(dead_lettered_records, 1);
        CU_ASSERT_EQUAL(jobs->books.empty_receives, 1);
        fixture_finish(&fixture);
    }
}

static void the_same_receive_finds_the_next_message(void)
{
    begin(false, 1);
    send(NULL);
    fail(1);
    queue_send(jobs, 20 * SIM_SECOND, -1);
    struct attempt *attempt = receive(jobs);
    CU_ASSERT_EQUAL(attempt->message->work_ns, 20 * SIM_SECOND);
    CU_ASSERT_EQUAL(failed->visible, 1);
    fixture_finish(&fixture);
}

/* A long poll is a receive attempt as long as it waits: what lapses then goes. */
static void a_waiting_poll_moves_what_lapses(void)
{
    begin(false, 1);
    jobs->config.wait_time = 20 * SIM_SECOND;
    send(NULL);
    struct attempt *attempt = receive(jobs);
    double until = sim_seconds(attempt->received_at) + 60;
    fixture_run(&fixture, until - 5);
    queue_receive(jobs, program(), 1);
    fixture_run(&fixture, until - 1);
    CU_ASSERT_EQUAL(failed->visible, 0);
    fixture_run(&fixture, until);
    CU_ASSERT_EQUAL(failed->visible, 1);
    CU_ASSERT_EQUAL(jobs->poller_count, 1);       /* and the poll goes on */
    attempt_delete(attempt, program());
    CU_ASSERT_EQUAL(failed->visible, 1);          /* its receipt is of another queue */
    CU_ASSERT_EQUAL(jobs->books.stale_deletes, 1);
    CU_ASSERT_EQUAL(jobs->books.duplicates, 0);
    fixture_finish(&fixture);
}

static double number(const char *name, const struct queue *queue)
{
    struct kpi_scope scope = { .world = fixture.world, .queue = queue };
    return kpi_value(kpi_find(name), &scope, -1);
}

/* The end of the run: its audit holds. */
static void close_books(void)
{
    fixture.world->ended_at = sim_now(fixture.world->sim);
    task_close_books(fixture.service->first);
    for (int i = 0; i < fixture.world->queue_count; i++) {
        queue_close_books(fixture.world->queues[i]);
    }
    audit_world(fixture.world, NULL, 0);
}

/* For its queue the job ends as a failure; in the other queue it is none, also when somebody deletes it there. */
static void a_job_is_counted_once(void)
{
    begin(false, 1);
    send(NULL);
    fail(1);
    fixture_run(&fixture, 100);
    receive(jobs);
    struct attempt *attempt = receive(failed);
    CU_ASSERT_EQUAL(attempt->message->receive_count, 1);
    CU_ASSERT_EQUAL(attempt->message->received_before, 1);
    attempt_delete(attempt, program());
    close_books();
    const struct {
        const char *name;
        double in_jobs, in_failed;
    } rows[] = {
        { "jobs_in", 1, 0 }, { "jobs_done", 0, 0 }, { "dlq", 1, 0 }, { "redeliveries", 0, 0 }, { "slo_attainment", 0, NAN },
        { "tis_p50", 70.005, NAN },   /* until it was moved */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double in_jobs = number(rows[i].name, jobs), in_failed = number(rows[i].name, failed);
        CU_ASSERT_DOUBLE_EQUAL(in_jobs, rows[i].in_jobs, 0.01 * rows[i].in_jobs);
        CU_ASSERT(isnan(rows[i].in_failed) ? isnan(in_failed) : in_failed == rows[i].in_failed);
    }
    CU_ASSERT_EQUAL(failed->books.deleted, 1);
    CU_ASSERT_EQUAL(failed->books.sent, 0);       /* NumberOfMessagesSent does not count it */
    CU_ASSERT_EQUAL(fixture.service->first->jobs_done, 0);
    fixture_finish(&fixture);
}

static void what_checkpoints_held_is_lost(void)
{
    begin(false, 1);
    send(NULL);
    struct attempt *attempt = receive(jobs);
    struct work work;
    double start = sim_seconds(sim_now(fixture.world->sim));
    task_work(fixture.puppet.task, &work, program(), &attempt->job, 4 * SIM_SECOND);
    fixture_run(&fixture, start + 4);
    attempt_checkpoint(attempt);
    attempt_change_visibility(attempt, 0, program());
    CU_ASSERT_PTR_NULL(receive(jobs));
    CU_ASSERT(jobs->books.work_lost_ns[CAUSE_DEAD_LETTER] == 4 * SIM_SECOND);
    CU_ASSERT_EQUAL(receive(failed)->job.left_ns, 10 * SIM_SECOND);   /* whole again */
    close_books();
    fixture_finish(&fixture);
}

/* SQS-06: in a standard queue retention goes on from the first enqueue, in a FIFO queue it begins anew. */
static void retention_goes_on_in_a_standard_queue_alone(void)
{
    static const struct {
        bool fifo;
        double expires;
    } rows[] = { { false, 30 + 3600 }, { true, 2000.015 + 3600 } };
    for (int i = 0; i < 2; i++) {
        begin(rows[i].fifo, 1);
        send(rows[i].fifo ? "a" : NULL);
        fail(1);
        fixture_run(&fixture, 2000);
        CU_ASSERT_PTR_NULL(receive(jobs));
        fixture_run(&fixture, rows[i].expires - 0.001);
        CU_ASSERT_EQUAL(failed->visible, 1);
        fixture_run(&fixture, rows[i].expires);
        CU_ASSERT_EQUAL(failed->visible, 0);
        CU_ASSERT_EQUAL(failed->books.expired, 1);
        CU_ASSERT(failed->books.work_lost_ns[CAUSE_EXPIRED] == 0);
        fixture_finish(&fixture);
    }
}

/* What has lain in its queue for longer than the dead-letter queue keeps anything expires with the move. */
static void too_old_for_the_dead_letter_queue(void)
{
    begin(false, 1);
    failed->config.retention = SIM_MINUTE;
    send(NULL);
    fail(1);
    fixture_run(&fixture, 2000);
    CU_ASSERT_PTR_NULL(receive(jobs));
    CU_ASSERT_EQUAL(jobs->books.dead_lettered, 1);
    CU_ASSERT_EQUAL(failed->visible, 0);
    CU_ASSERT_EQUAL(failed->books.expired, 1);
    close_books();
    fixture_finish(&fixture);
}

/* Moved in another order than sent: each expires at its own time. */
static void dead_letters_expire_by_their_enqueue(void)
{
    begin(false, 1);
    send(NULL);
    fixture_run(&fixture, 100);
    send(NULL);
    struct task_definition two_slots;
    fixture_set_slots(&fixture, &two_slots, 2);
    struct attempt *first = receive(jobs), *second = receive(jobs);
    attempt_change_visibility(second, 0, program());
    CU_ASSERT_PTR_NULL(receive(jobs));
    fixture_run(&fixture, 200);
    CU_ASSERT_PTR_NULL(receive(jobs));            /* the first has lapsed */
    CU_ASSERT(first->job_failed);
    CU_ASSERT_EQUAL(failed->visible, 2);
    fixture_run(&fixture, 3630);
    CU_ASSERT_EQUAL(failed->visible, 1);
    fixture_run(&fixture, 3700);
    CU_ASSERT_EQUAL(failed->visible, 0);
    fixture_finish(&fixture);
}

/* SQS-08: there its age is that in the dead-letter queue; the age of jobs knows dead letters not at all. */
static void the_age_metric_counts_from_the_move(void)
{
    begin(false, 3);
    send(NULL);
    fail(3);
    fixture_run(&fixture, 1000);
    CU_ASSERT_EQUAL(queue_oldest_age(jobs, 1000 * SIM_SECOND), 970 * SIM_SECOND);
    CU_ASSERT_EQUAL(queue_oldest_age_cw(jobs, 1000 * SIM_SECOND), 0);
    CU_ASSERT_PTR_NULL(receive(jobs));
    fixture_run(&fixture, 1100);
    CU_ASSERT_EQUAL(queue_oldest_age(jobs, 1100 * SIM_SECOND), 0);
    CU_ASSERT_EQUAL(queue_oldest_age(failed, 1100 * SIM_SECOND), 0);
    CU_ASSERT_EQUAL(queue_oldest_age_cw(failed, 1100 * SIM_SECOND), 100 * SIM_SECOND - 15 * SIM_MILLISECOND);
    fixture_finish(&fixture);
}

/* A backlog is drained as well when what was left of it is moved away, or expires. */
static void what_leaves_unreceived_drains_the_queue(void)
{
    static const struct {
        int64_t threshold;
        int fails, expected_ms;
    } rows[] = {
        { 0, 2, 30045 },          /* by the third receive: each takes 10 ms, and so does giving back */
        { 0, 0, 3630000 },        /* by the end of the retention period */
        { 1, 0, 3630000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(false, 1);
        jobs->drain_threshold = rows[i].threshold;
        send(NULL);
        send(NULL);
        fail(rows[i].fails);
        if (rows[i].fails > 0) {
            CU_ASSERT_PTR_NULL(receive(jobs));
        } else {
            fixture_run(&fixture, 4000);
        }
        CU_ASSERT_EQUAL(jobs->visible, 0);
        CU_ASSERT_EQUAL(jobs->books.drained_at, rows[i].expected_ms * SIM_MILLISECOND);
        fixture_finish(&fixture);
    }
}

/* A dead-letter queue may have one of its own. */
static void dead_letters_go_on(void)
{
    fixture_init(&fixture, 1);
    struct queue *last = make("last", false, NULL, 0);
    failed = make("failed", false, last, 2);
    jobs = make("work", false, failed, 1);
    fixture_run(&fixture, 30);
    send(NULL);
    fail(1);
    CU_ASSERT_PTR_NULL(receive(jobs));
    for (int i = 0; i < 2; i++) {
        attempt_change_visibility(receive(failed), 0, program());
    }
    CU_ASSERT_PTR_NULL(receive(failed));
    CU_ASSERT_EQUAL(last->visible, 1);
    CU_ASSERT_EQUAL(failed->books.dlq, 1);
    CU_ASSERT_EQUAL(receive(last)->message->received_before, 3);
    close_books();
    fixture_finish(&fixture);
}

/* SQS-07: its group stays with it, and goes on without it. */
static void a_group_goes_on_without_its_dead_letter(void)
{
    begin(true, 1);
    send("a");
    send("a");
    fail(1);
    struct attempt *next = receive(jobs);
    CU_ASSERT_EQUAL(next->message->receive_count, 1);
    CU_ASSERT_EQUAL(failed->visible, 1);
    attempt_change_visibility(next, 0, program());
    CU_ASSERT_PTR_NULL(receive(jobs));
    CU_ASSERT_EQUAL(failed->visible, 2);
    CU_ASSERT_PTR_NOT_NULL(receive(failed));
    CU_ASSERT_PTR_NULL(receive(failed));          /* one of the group is in flight */
    close_books();
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/dead_letter", (const struct unit_test[]){
        { "SQS-06: the receive beyond the maximum moves a message", the_receive_beyond_the_maximum_moves_a_message },
        { "SQS-06: the same receive finds the next message", the_same_receive_finds_the_next_message },
        { "SQS-06: a waiting poll moves what lapses", a_waiting_poll_moves_what_lapses },
        { "SQS-06: a job is counted once", a_job_is_counted_once },
        { "SQS-06: what checkpoints held is lost", what_checkpoints_held_is_lost },
        { "SQS-06: retention goes on in a standard queue alone", retention_goes_on_in_a_standard_queue_alone },
        { "SQS-06: too old for the dead-letter queue", too_old_for_the_dead_letter_queue },
        { "SQS-05 SQS-06: dead letters expire by their enqueue", dead_letters_expire_by_their_enqueue },
        { "what leaves unreceived drains the queue", what_leaves_unreceived_drains_the_queue },
        { "SQS-08: the age metric counts from the move", the_age_metric_counts_from_the_move },
        { "SQS-06: dead letters go on", dead_letters_go_on },
        { "SQS-07: a group goes on without its dead letter", a_group_goes_on_without_its_dead_letter },
        UNIT_END,
    });
}
