/* FIFO queues (SQS-07), by hand: the program starts at 25 s; a call to SQS takes 10 ms and takes effect half-way. */
#include "model/message_group.h"

#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/task.h"

static struct fixture fixture;
static struct queue *orders;
static struct task_definition slots;

#define MS SIM_MILLISECOND

/* Each message is one with a size of its own, by which the tests know it again: the n-th has n seconds of work. */
static void begin(const char *assumptions)
{
    fixture_init_assuming(&fixture, 1, assumptions);
    const struct queue_config config = {
        .name = "orders.fifo", .visibility_timeout = SIM_MINUTE, .retention = 4 * SIM_DAY, .fifo = true,
    };
    orders = queue_create(fixture.world, &config, &fixture.world->assumptions);
    fixture_run(&fixture, 30);
    fixture_set_slots(&fixture, &slots, SQS_BATCH_MAX);
}

static struct process *program(void)
{
    return &fixture.puppet.process;
}

/* "aab": two messages of group a, one of group b, of 1, 2 and 3 seconds. */
static void send(const char *groups)
{
    for (int i = 0; groups[i] != '\0'; i++) {
        const char group[] = { groups[i], '\0' };
        const struct queue_entry entry = { .work_ns = (i + 1) * SIM_SECOND, .delay = -1, .group = group };
        queue_send_batch(orders, &entry, 1);
    }
}

/* What a receive of up to `most` messages brings, as digits: "13". */
static const char *receive(int most, struct attempt **first)
{
    static char text[SQS_BATCH_MAX + 1];
    size_t length = 0;
    *first = fixture_receive(&fixture, orders, most);
    for (const struct attempt *attempt = *first; attempt != NULL; attempt = attempt->next_in_answer) {
        text[length++] = (char)('0' + attempt->message->work_ns / SIM_SECOND);
    }
    text[length] = '\0';
    return text;
}

/* Receives that follow each other, nothing deleted in between: each bars the groups that it took from. */
static void a_group_is_barred_while_one_of_its_messages_is_in_flight(void)
{
    static const struct {
        const char *groups;
        int most;
        const char *first, *second, *third;
    } rows[] = {
        { "aaa", 1, "1", "", "" },
        { "aab", 1, "1", "3", "" },
        { "aaa", 2, "12", "", "" },
        { "abab", 3, "132", "", "" },   /* a group as far as it goes, then the next */
        { "abc", 2, "12", "3", "" },
        { "abcabc", 2, "14", "25", "36" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct attempt *attempt;
        begin("");
        send(rows[i].groups);
        CU_ASSERT_STRING_EQUAL(receive(rows[i].most, &attempt), rows[i].first);
        CU_ASSERT_STRING_EQUAL(receive(rows[i].most, &attempt), rows[i].second);
        CU_ASSERT_STRING_EQUAL(receive(rows[i].most, &attempt), rows[i].third);
        fixture_finish(&fixture);
    }
}

static void a_delete_frees_the_group(void)
{
    struct attempt *attempt;
    begin("");
    send("aab");
    receive(1, &attempt);
    attempt_delete(attempt, program());
    CU_ASSERT_STRING_EQUAL(receive(1, &attempt), "3");   /* b has been ready for longer */
    CU_ASSERT_STRING_EQUAL(receive(1, &attempt), "2");
    fixture_finish(&fixture);
}

/* Of a batch all must be done with before the group goes on. */
static void a_group_goes_on_when_nothing_of_it_is_in_flight(void)
{
    struct attempt *attempt, *none;
    begin("");
    send("aaa");
    CU_ASSERT_STRING_EQUAL(receive(2, &attempt), "12");
    struct attempt *second = attempt->next_in_answer;
    attempt_delete(attempt, program());
    CU_ASSERT_STRING_EQUAL(receive(1, &none), "");
    attempt_delete(second, program());
    CU_ASSERT_STRING_EQUAL(receive(1, &attempt), "3");
    fixture_finish(&fixture);
}

static void what_comes_back_is_the_first_again(void)
{
    struct attempt *attempt;
    begin("");
    send("aaaa");
    CU_ASSERT_STRING_EQUAL(receive(3, &attempt), "123");
    attempt_change_visibility(attempt->next_in_answer->next_in_answer, 0, program());
    attempt_change_visibility(attempt, 0, program());
    CU_ASSERT_STRING_EQUAL(receive(4, &attempt), "");   /* the second is still in flight */
    fixture_run(&fixture, 100);
    CU_ASSERT_STRING_EQUAL(receive(4, &attempt), "1234");
    CU_ASSERT_EQUAL(attempt->message->receive_count, 2);
    fixture_finish(&fixture);
}

/* Retention ends a message in flight, too: its group is free at once, and whoever polls gets the next. */
static void retention_frees_the_group(void)
{
    struct attempt *attempt;
    begin("");
    orders->config.retention = SIM_MINUTE;
    orders->config.visibility_timeout = SIM_HOUR;
    orders->config.wait_time = 20 * SIM_SECOND;
    send("a");
    CU_ASSERT_STRING_EQUAL(receive(1, &attempt), "1");
    fixture_run(&fixture, 80);
    send("a");
    queue_receive(orders, program(), 1);
    fixture_run(&fixture, 89);
    CU_ASSERT_EQUAL(orders->poller_count, 1);
    fixture_run(&fixture, 90);
    CU_ASSERT_EQUAL(orders->poller_count, 0);
    CU_ASSERT_PTR_NOT_NULL(program()->attempt);
    fixture_finish(&fixture);
}

static void a_delay_is_the_queues(void)
{
    struct attempt *attempt;
    begin("");
    orders->config.delay = 15 * SIM_SECOND;
    send("ab");
    CU_ASSERT_EQUAL(orders->delayed, 2);
    CU_ASSERT_STRING_EQUAL(receive(10, &attempt), "");
    fixture_run(&fixture, 45);
    CU_ASSERT_STRING_EQUAL(receive(10, &attempt), "12");
    fixture_finish(&fixture);
}

static void a_repetition_is_no_message(void)
{
    struct attempt *attempt;
    begin("");
    struct queue_entry entries[] = {
        { .work_ns = SIM_SECOND, .delay = -1, .group = "a", .deduplication_id = "one" },
        { .work_ns = 2 * SIM_SECOND, .delay = -1, .group = "b", .deduplication_id = "one" },
        { .work_ns = 3 * SIM_SECOND, .delay = -1, .group = "a", .deduplication_id = "two" },
    };
    queue_send_batch(orders, entries, 3);
    CU_ASSERT_EQUAL(orders->books.sent, 2);
    CU_ASSERT_EQUAL(orders->books.requests, 1);
    CU_ASSERT_STRING_EQUAL(receive(10, &attempt), "13");
    attempt_delete(attempt, program());
    queue_send_batch(orders, entries, 1);         /* done and deleted, and still a repetition */
    CU_ASSERT_EQUAL(orders->books.sent, 2);
    fixture_run(&fixture, 330);
    queue_send_batch(orders, entries, 1);
    CU_ASSERT_EQUAL(orders->books.sent, 3);
    fixture_finish(&fixture);
}

/* OWN-60, whatever is assumed of standard queues. */
static void a_receipt_whose_timeout_has_passed_deletes_nothing(void)
{
    static const char *const choices[] = { "sqs_stale_delete=ignored", "sqs_stale_delete=deletes" };
    for (int i = 0; i < 2; i++) {
        struct attempt *attempt;
        begin(choices[i]);
        send("a");
        receive(1, &attempt);
        fixture_run(&fixture, 100);
        attempt_delete(attempt, program());
        CU_ASSERT_EQUAL(orders->visible, 1);
        CU_ASSERT_EQUAL(orders->books.stale_deletes, 1);
        CU_ASSERT_EQUAL(orders->books.jobs_done, 0);
        fixture_finish(&fixture);
    }
}

/* SQS-04: a FIFO queue says nothing, not even to a short poll. */
static void over_the_limit_a_fifo_queue_says_nothing(void)
{
    struct attempt *attempt;
    begin("");
    send("a");
    orders->in_flight += SQS_IN_FLIGHT_MAX;       /* as if */
    CU_ASSERT_STRING_EQUAL(receive(1, &attempt), "");
    CU_ASSERT(!program()->over_limit);
    CU_ASSERT_EQUAL(orders->books.empty_receives, 1);
    orders->in_flight -= SQS_IN_FLIGHT_MAX;
    CU_ASSERT_STRING_EQUAL(receive(1, &attempt), "1");
    fixture_finish(&fixture);
}

/* COST-11: EX-S35's requests to a FIFO queue are dearer by a quarter. */
static void requests_to_a_fifo_queue_are_dearer(void)
{
    struct cost_bill standard, fifo;
    cost_price(NULL, 0, &(struct cost_control){ .sqs_requests = 6300000 }, 0, &standard);
    cost_price(NULL, 0, &(struct cost_control){ .sqs_fifo_requests = 6300000 }, 0, &fifo);
    CU_ASSERT_DOUBLE_EQUAL(cost_usd(standard.total_pico), 2.52, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(cost_usd(fifo.total_pico), 3.15, 1e-9);
}

/* ---- the order, whatever happens ---------------------------------------------------------------------------- */

enum { MESSAGES = 400, GROUPS = 9, STEPS = 3000 };

/* What the test knows of a message, which has 1 s of work per place in this list. */
struct known {
    int group;
    bool deleted;
    struct attempt *attempt;      /* NULL: not in flight */
};

static struct known known[MESSAGES];
static int known_count;

static int place_of(const struct attempt *attempt)
{
    return (int)(attempt->message->work_ns / SIM_SECOND) - 1;
}

static void send_to(int group)
{
    const char id[] = { (char)('a' + group), '\0' };
    known[known_count] = (struct known){ .group = group };
    queue_send_batch(orders, &(struct queue_entry){ .work_ns = (known_count + 1) * SIM_SECOND, .delay = -1, .group = id }, 1);
    known_count++;
}

static bool is_barred(int group)
{
    bool barred = false;
    for (int i = 0; i < known_count; i++) {
        barred = barred || (known[i].group == group && known[i].attempt != NULL);
    }
    return barred;
}

/* The first message of the group that is left and not in flight; -1: none. */
static int first_of(int group)
{
    for (int i = 0; i < known_count; i++) {
        if (known[i].group == group && !known[i].deleted && known[i].attempt == NULL) {
            return i;
        }
    }
    return -1;
}

/* Each message of an answer is the first of a group that was not barred before the answer; an answer that is not full has
 * taken all. */
static unsigned check_answer(struct attempt *answer, int wanted)
{
    bool barred[GROUPS];
    unsigned wrong = 0;
    int count = 0;
    for (int group = 0; group < GROUPS; group++) {
        barred[group] = is_barred(group);
    }
    for (struct attempt *attempt = answer; attempt != NULL; attempt = attempt->next_in_answer, count++) {
        struct known *message = &known[place_of(attempt)];
        wrong += barred[message->group] || place_of(attempt) != first_of(message->group);
        message->attempt = attempt;
    }
    for (int group = 0; count < wanted && group < GROUPS; group++) {
        wrong += !barred[group] && first_of(group) >= 0;
    }
    return wrong + (count > wanted);
}

/* Delete one that is in flight, or give it back. */
static void finish_one(struct rng *rng)
{
    int start = (int)rng_below(rng, (uint64_t)known_count);
    for (int i = start; i < known_count; i++) {
        struct attempt *attempt = known[i].attempt;
        if (attempt != NULL) {
            known[i].attempt = NULL;
            known[i].deleted = rng_below(rng, 3) > 0;
            if (known[i].deleted) {
                attempt_delete(attempt, program());
            } else {
                attempt_change_visibility(attempt, 0, program());
            }
            return;
        }
    }
}

static void the_order_holds_whatever_happens(void)
{
    struct rng rng;
    unsigned wrong = 0;
    rng_seed(&rng, 1, 0, "groups", 0);
    begin("");
    fixture_set_slots(&fixture, &slots, MESSAGES);
    orders->config.visibility_timeout = 12 * SIM_HOUR;
    known_count = 0;
    for (int step = 0; step < STEPS; step++) {
        int what = (int)rng_below(&rng, 4);
        if (what == 0 && known_count < MESSAGES) {
            send_to((int)rng_below(&rng, GROUPS));
        } else if (what == 1) {
            int wanted = 1 + (int)rng_below(&rng, 4);
            wrong += check_answer(fixture_receive(&fixture, orders, wanted), wanted);
        } else if (known_count > 0) {
            finish_one(&rng);
        }
    }
    CU_ASSERT_EQUAL(known_count, MESSAGES);
    CU_ASSERT_EQUAL(wrong, 0);
    fixture_finish(&fixture);
}

/* SQS-08: only a standard queue sends what is received too often to the back; here it bars its group, and its age counts. */
static void the_age_metric_goes_on_for_a_message_that_bars_its_group(void)
{
    struct attempt *attempt;
    begin("");
    send("a");
    for (int i = 0; i < 3; i++) {
        receive(1, &attempt);
        attempt_change_visibility(attempt, 0, program());
    }
    sim_time now = sim_now(fixture.world->sim);
    CU_ASSERT_EQUAL(queue_oldest_age_cw(orders, now), now - 30 * SIM_SECOND);
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/message_group", (const struct unit_test[]){
        { "SQS-07: a group is barred while one of its messages is in flight",
          a_group_is_barred_while_one_of_its_messages_is_in_flight },
        { "SQS-07: a delete frees the group", a_delete_frees_the_group },
        { "SQS-07: a group goes on when nothing of it is in flight", a_group_goes_on_when_nothing_of_it_is_in_flight },
        { "SQS-07: what comes back is the first again", what_comes_back_is_the_first_again },
        { "SQS-05: retention frees the group", retention_frees_the_group },
        { "SQS-05: a delay is the queue's", a_delay_is_the_queues },
        { "SQS-07: a repetition is no message", a_repetition_is_no_message },
        { "OWN-60: a receipt whose timeout has passed deletes nothing", a_receipt_whose_timeout_has_passed_deletes_nothing },
        { "SQS-04: over the limit a FIFO queue says nothing", over_the_limit_a_fifo_queue_says_nothing },
        { "SQS-07: the order holds whatever happens", the_order_holds_whatever_happens },
        { "COST-11: requests to a FIFO queue are dearer", requests_to_a_fifo_queue_are_dearer },
        { "SQS-08: the age metric goes on for a message that bars its group",
          the_age_metric_goes_on_for_a_message_that_bars_its_group },
        UNIT_END,
    });
}
