/* By hand, with the fixture's latencies: one round trip to ECS takes 40 ms and takes effect after 20. */
#include "model/endpoint.h"

#include "lib/unit.h"
#include "lib/world.h"

static struct fixture fixture;

static void begin(const char *assumptions)
{
    fixture_init_assuming(&fixture, 1, assumptions);
    fixture_run(&fixture, 60);
}

static enum protection_verdict call(enum endpoint_operation operation, double minutes)
{
    struct endpoint_call request = { .process = &fixture.puppet.process, .operation = operation, .minutes = minutes };
    endpoint_call(&request);
    fixture_run(&fixture, sim_seconds(sim_now(fixture.world->sim)) + 5);
    return request.verdict;
}

static void an_expiry_counts_from_the_call(void)
{
    static const struct {
        const char *id;
        double first_minutes, second_minutes;   /* the second 60 s after the first took effect; 0: none */
        double expected_s;
    } rows[] = {
        { "EX-P01", 2, 0, 120 }, { "EX-P02", 15, 0, 900 }, { "EX-P03", PROTECTION_MINUTES_DEFAULT, 0, 7200 },
        { "EX-P04", 10, 5, 360 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin("");
        struct task *task = fixture.puppet.task;
        fixture_protect(task, true, rows[i].first_minutes);
        sim_time first = sim_now(fixture.world->sim);
        if (rows[i].second_minutes > 0) {
            fixture_run(&fixture, 120);
            fixture_protect(task, true, rows[i].second_minutes);
        }
        if (task->protection.expires_at - first != sim_from_seconds(rows[i].expected_s)) {
            CU_FAIL(rows[i].id);
        }
        fixture_finish(&fixture);
    }
}

static void a_call_takes_effect_half_way(void)
{
    begin("");
    struct endpoint_call request = { .process = &fixture.puppet.process, .operation = ENDPOINT_PUT_TRUE, .minutes = 60 };
    endpoint_call(&request);
    fixture_run(&fixture, 60.0199);
    CU_ASSERT(!fixture.puppet.task->protection.enabled);
    fixture_run(&fixture, 60.02);   /* PROT-87 */
    CU_ASSERT(fixture.puppet.task->protection.enabled);
    fixture_run(&fixture, 61);
    CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 60 * SIM_SECOND + 40 * SIM_MILLISECOND);
    CU_ASSERT_EQUAL(request.expires_at, 3660 * SIM_SECOND + 20 * SIM_MILLISECOND);
    fixture_finish(&fixture);
}

/* PROT-52, PROT-87: the race between a request in flight and a pass of the scheduler. */
static void the_pass_may_come_before_the_request(void)
{
    static const struct {
        double sent_at_s;
        enum protection_verdict expected;
    } rows[] = {
        { 74.979, PROTECTION_GRANTED },        /* reaches ECS 1 ms before the pass at 75 s */
        { 74.98, PROTECTION_GRANTED },         /* at one instant calls go before passes */
        { 74.981, PROTECTION_TASK_NOT_VALID },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin("");
        fixture_run(&fixture, 70);
        service_set_desired(fixture.service, 0, "update_service");
        fixture_run(&fixture, rows[i].sent_at_s);
        CU_ASSERT_EQUAL(call(ENDPOINT_PUT_TRUE, 60), rows[i].expected);
        fixture_finish(&fixture);
    }
}

/* EX-P12, PROT-25 */
static void the_endpoint_limits_one_task(void)
{
    begin("");
    struct token_bucket *bucket = &fixture.puppet.task->endpoint_bucket;
    sim_time now = sim_now(fixture.world->sim);
    for (int i = 0; i < 60; i++) {
        CU_ASSERT(token_bucket_take(bucket, now));
    }
    struct endpoint_call request = { .process = &fixture.puppet.process, .operation = ENDPOINT_GET };
    endpoint_call(&request);
    CU_ASSERT_EQUAL(request.verdict, PROTECTION_TOO_MANY_REQUESTS);   /* the 61st */
    fixture_run(&fixture, 61);
    int granted = 0;
    while (token_bucket_take(bucket, sim_now(fixture.world->sim))) {
        granted++;
    }
    CU_ASSERT_EQUAL(granted, 40);   /* 40 a second */
    fixture_finish(&fixture);
}

/* EX-P10, EX-P11, PROT-14 */
static void the_account_has_one_bucket(void)
{
    begin("");
    sim_time now = sim_now(fixture.world->sim);
    for (int i = 0; i < 200; i++) {
        CU_ASSERT(endpoint_take_token(fixture.world, i % 2 == 0));   /* reads and writes share it */
    }
    CU_ASSERT(!endpoint_take_token(fixture.world, false));
    CU_ASSERT_EQUAL(sim_now(fixture.world->sim), now);
    fixture_run(&fixture, 61);
    int granted = 0;
    while (endpoint_take_token(fixture.world, false)) {
        granted++;
    }
    CU_ASSERT_EQUAL(granted, 80);
    CU_ASSERT_EQUAL(call(ENDPOINT_GET, 0), PROTECTION_GRANTED);   /* five seconds later */
    fixture_finish(&fixture);
}

static void an_empty_bucket_throttles_the_endpoint(void)
{
    begin("");
    while (endpoint_take_token(fixture.world, false)) {
    }
    struct endpoint_call request = { .process = &fixture.puppet.process, .operation = ENDPOINT_PUT_FALSE };
    fixture.world->protection_bucket.per_second = 0;
    endpoint_call(&request);
    fixture_run(&fixture, 65);
    CU_ASSERT_EQUAL(request.verdict, PROTECTION_THROTTLED);
    CU_ASSERT_EQUAL(request.attempts, 3);
    CU_ASSERT_EQUAL(fixture.service->books.protect_throttled, 1);   /* one call of the program */
    CU_ASSERT(fixture.puppet.resumed_at < 64 * SIM_SECOND);         /* before the agent's deadline */
    fixture_finish(&fixture);
}

static void faults_can_be_injected(void)
{
    static const struct {
        const char *assumptions;
        enum protection_verdict expected;
        bool applied;
        double answer_after_s;
    } rows[] = {
        { "protect_error_p=1", PROTECTION_SERVER_ERROR, false, 0.04 },
        { "protect_timeout_p=1 timeout_applied_p=1", PROTECTION_TIMED_OUT, true, 4 },   /* PROT-24, PROT-94 */
        { "protect_timeout_p=1 timeout_applied_p=0", PROTECTION_TIMED_OUT, false, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(rows[i].assumptions);
        CU_ASSERT_EQUAL(call(ENDPOINT_PUT_TRUE, 60), rows[i].expected);
        CU_ASSERT_EQUAL(fixture.puppet.task->protection.enabled, rows[i].applied);
        CU_ASSERT_EQUAL(fixture.puppet.resumed_at, 60 * SIM_SECOND + sim_from_seconds(rows[i].answer_after_s));
        CU_ASSERT_EQUAL(fixture.service->books.protect_failed, 1);
        fixture_finish(&fixture);
    }
}

/* EX-P07 */
static void a_task_that_is_gone_is_missing(void)
{
    begin("");
    CU_ASSERT_EQUAL(endpoint_update_task(fixture.world, NULL, true, 60), PROTECTION_MISSING);
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/endpoint", (const struct unit_test[]){
        { "PROT-05, PROT-07: an expiry counts from the call", an_expiry_counts_from_the_call },
        { "PROT-87: a call takes effect half-way", a_call_takes_effect_half_way },
        { "PROT-52: the pass may come before the request", the_pass_may_come_before_the_request },
        { "PROT-25: the endpoint limits one task", the_endpoint_limits_one_task },
        { "PROT-14: the account has one bucket", the_account_has_one_bucket },
        { "PROT-27: an empty bucket throttles the endpoint", an_empty_bucket_throttles_the_endpoint },
        { "PROT-24, PROT-94: faults can be injected", faults_can_be_injected },
        { "PROT-09: a task that is gone is missing", a_task_that_is_gone_is_missing },
        UNIT_END,
    });
}
