#include "model/expectation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static struct fixture fixture;

static const struct parameter_value parameters[] = {
    { "limit", 3 }, { "tenth", 0.1 }, { "share", 0.3 }, { "patience", 600 },
};

/* A world whose numbers are known without a run: ten jobs came, eight are done, an hour has passed. */
static void begin_with_numbers(void)
{
    fixture_init(&fixture, 0);
    struct queue_config queue = {
        .name = "job-queue", .visibility_timeout = SIM_MINUTE, .wait_time = 0, .retention = SIM_DAY,
    };
    queue_create(fixture.world, &queue, &fixture.world->assumptions);
    fixture.queue->books.jobs_in = 10;
    fixture.queue->books.jobs_done = 8;
    fixture.queue->books.window_work_lost_ns[CAUSE_SCALE_IN] = 90 * SIM_SECOND;
    fixture.queue->books.slo_miss_min = 5;
    fixture.service->books.running.max = fixture.world->running.max = 7;
    tally_add(&fixture.queue->books.wait, 45 * SIM_SECOND);
    fixture.world->config.slo = SIM_MINUTE;
    fixture.world->ended_at = SIM_HOUR;
}

static const struct {
    const char *left, *right, *text, *unit;
    bool held;
    double value, limit;
} rules[] = {
    { "jobs_in", "10", "jobs_in == 10", "jobs", true, 10, 10 },
    { "jobs_in", " == 10", "jobs_in == 10", "jobs", true, 10, 10 },
    { "jobs_in", "!= 10", "jobs_in != 10", "jobs", false, 10, 10 },
    { "jobs_done", "< 8", "jobs_done < 8", "jobs", false, 8, 8 },
    { "jobs_done", "<= 8", "jobs_done <= 8", "jobs", true, 8, 8 },
    { "jobs_done", "> 7.5", "jobs_done > 7.5", "jobs", true, 8, 7.5 },
    { "jobs_done", ">= 8.5", "jobs_done >= 8.5", "jobs", false, 8, 8.5 },
    { "wait_p95", "< 60s", "wait_p95 < 60s", "s", true, 45, 60 },
    { "wait_p95", "< 1m", "wait_p95 < 1m", "s", true, 45, 60 },
    { "wait_p95", "<= 0.5m", "wait_p95 <= 0.5m", "s", false, 45, 30 },
    { "work_lost_s{scale_in}", "90", "work_lost_s{scale_in} == 90", "s", true, 90, 90 },
    { "work_lost_s{crash}", "0", "work_lost_s{crash} == 0", "s", true, 0, 0 },
    { "jobs.jobs_done", "8", "jobs.jobs_done == 8", "jobs", true, 8, 8 },
    { "worker.jobs_done", "8", "worker.jobs_done == 8", "jobs", true, 8, 8 },
    { "job-queue.jobs_in", "0", "job-queue.jobs_in == 0", "jobs", true, 0, 0 },   /* '-' within a name */
    { "slo_miss_min", "<= 5", "slo_miss_min <= 5", "min", true, 5, 5 },
    { NULL, "max_tasks * 10 <= 100", "max_tasks * 10 <= 100", "", true, 70, 100 },
    { NULL, "max_tasks*10-jobs_done == 62", "max_tasks*10-jobs_done == 62", "", true, 62, 62 },
    { NULL, "jobs_in - jobs.jobs_done - 1 == 1", "jobs_in - jobs.jobs_done - 1 == 1", "", true, 1, 1 },
    { NULL, "100 / (jobs_in - jobs_done) / 2 > 24", "100 / (jobs_in - jobs_done) / 2 > 24", "", true, 25, 24 },
    { NULL, "2 + 3 * 4 == 14", "2 + 3 * 4 == 14", "", true, 14, 14 },
    { NULL, "(2 + 3) * 4 == 20", "(2 + 3) * 4 == 20", "", true, 20, 20 },
    { NULL, "-limit + 5 == 2", "-limit + 5 == 2", "", true, 2, 2 },
    { NULL, "max_tasks <= limit * 2", "max_tasks <= limit * 2", "tasks", false, 7, 6 },
    { NULL, "600 == patience", "600 == patience", "", true, 600, 600 },
    { NULL, "tenth + 0.2 == share", "tenth + 0.2 == share", "", true, 0.3, 0.3 },       /* not so in binary */
    { NULL, "tenth + 0.2 > share", "tenth + 0.2 > share", "", false, 0.3, 0.3 },
    { NULL, "tenth + 0.2 <= share", "tenth + 0.2 <= share", "", true, 0.3, 0.3 },
    { NULL, "1.5e-05 < 0.1", "1.5e-05 < 0.1", "", true, 1.5e-5, 0.1 },
    { NULL, "10000000001 == 10000000000", "10000000001 == 10000000000", "", false, 10000000001, 10000000000 },
    { "util", ">= 0", "util >= 0", "ratio", false, NAN, 0 },                            /* undefined never holds */
    { "util", "!= 0", "util != 0", "ratio", false, NAN, 0 },
    { NULL, "1 / (jobs_in - 10) > 0", "1 / (jobs_in - 10) > 0", "", false, NAN, 0 },
};

static bool alike(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 0.005 * fabs(b);   /* a quantile's bucket */
}

static void rules_are_judged(void)
{
    begin_with_numbers();
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct error err;
        struct expectation *expectation = expectation_parse(fixture.world, rules[i].left, rules[i].right, parameters,
                                                            COUNT_OF(parameters), &err);
        if (expectation == NULL) {
            CU_FAIL(err.text);
            continue;
        }
        struct verdict verdict = expectation_judge(expectation);
        if (verdict.held != rules[i].held) {
            printf("\n%s: %.17g against %.17g\n", verdict.text, verdict.value, verdict.limit);
        }
        CU_ASSERT_EQUAL(verdict.held, rules[i].held);
        CU_ASSERT_STRING_EQUAL(verdict.text, rules[i].text);
        CU_ASSERT_STRING_EQUAL(verdict.unit, rules[i].unit);
        CU_ASSERT(alike(verdict.value, rules[i].value) && alike(verdict.limit, rules[i].limit));
    }
    fixture_finish(&fixture);
}

static const struct {
    const char *left, *right, *message;
} mistakes[] = {
    { "work_lst_s", "0", "unknown number 'work_lst_s', did you mean 'work_lost_s'?" },
    { "wroker.util", "> 0.4", "unknown service, queue, target group, tally or level 'wroker', did you mean 'worker'?" },
    { "work_lost_s{scalein}", "0", "unknown split of 'work_lost_s' 'scalein', did you mean 'scale_in'?" },
    { NULL, "max_tasks * tens <= 100", "unknown number 'tens'" },
    { "cost", "<= baseline * 1.05", "'baseline' is a number of an earlier run, which only `ecsim check` knows" },
    { "cost", "<= baseline.cost", "'baseline.cost' is a number of an earlier run, which only `ecsim check` knows" },
    { "cost", "", "'cost == ' ends where a number or a name is expected" },
    { "cost", "<", "'cost <' ends where a number or a name is expected" },
    { "cost", "< 5 6", "'cost < 5 6': the end is expected at '6'" },
    { "cost", "< 5 < 6", "'cost < 5 < 6': the end is expected at '< 6'" },
    { "cost", "= 5", "'cost = 5': equality is written '=='" },
    { "cost", "=< 5", "'cost =< 5': equality is written '=='" },
    { "cost", "< 60x", "'60x' is neither a number nor a time such as '90s'" },
    { "cost", "< (5", "'cost < (5' ends where ')' is expected" },
    { "cost", "< 5)", "'cost < 5)': the end is expected at ')'" },
    { "cost", "< * 5", "'cost < * 5': a number or a name is expected at '* 5'" },
    { "cost", "< $5", "'cost < $5': a number or a name is expected at '$5'" },
    { NULL, "", "'' ends where a number or a name is expected" },
    { NULL, "max_tasks", "'max_tasks' ends where a comparison such as '<=' is expected" },
    { NULL, "max_tasks 5", "'max_tasks 5': a comparison such as '<=' is expected at '5'" },
    { "slo_miss_min", "< 5m", "a number in min cannot be compared with a time: leave the time's unit out" },
    { "max_tasks", "< 5s", "a number in tasks cannot be compared with a time: leave the time's unit out" },
};

static void mistakes_are_told_when_the_script_is_loaded(void)
{
    begin_with_numbers();
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        struct error err = { "" };
        CU_ASSERT_PTR_NULL(expectation_parse(fixture.world, mistakes[i].left, mistakes[i].right, parameters,
                                             COUNT_OF(parameters), &err));
        if (strcmp(err.text, mistakes[i].message) != 0) {
            printf("\n%s\n", err.text);
        }
        CU_ASSERT_STRING_EQUAL(err.text, mistakes[i].message);
    }
    fixture_finish(&fixture);
}

static void endless_rules_are_refused(void)
{
    begin_with_numbers();
    char text[5001];
    struct error err;
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CU_ASSERT_PTR_NULL(expectation_parse(fixture.world, NULL, text, NULL, 0, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "a comparison of more than 1000 characters");
    text[900] = '\0';
    CU_ASSERT_PTR_NULL(expectation_parse(fixture.world, NULL, text, NULL, 0, &err));
    fixture_finish(&fixture);
}

/* ---- eventually --------------------------------------------------------------------------------------------- */

static void scale_to_two(struct sim *sim, void *self)
{
    (void)sim;
    service_set_desired(self, 2, "update_service");
}

static void send_one(struct sim *sim, void *self)
{
    (void)sim;
    queue_send(self, SIM_SECOND, -1);
}

/* At 100 s two tasks are wanted; they run at 125 s. At 200.25 s a message comes, at 300 s the load ends. */
static const struct {
    const char *condition;
    double after;                 /* below 0: the end of the load */
    double within;
    bool held;
    double value;                 /* seconds after `after`; of one that is not kept, the last value of its left side */
    const char *text;
} conditions[] = {
    { "worker.running_count == 2", 100, 60, true, 25, "worker.running_count == 2 within 1m after 1m40s" },
    { "running_count == desired_count", 101, 24, true, 24, "running_count == desired_count within 24 s after 1m41s" },
    { "running_count == 2", 100, 24, false, 0, "running_count == 2 within 24 s after 1m40s" },
    { "running_count == 2", 100.5, 60, true, 25, "running_count == 2 within 1m after 1m41s" },
    { "desired_count == 0", 0, 0, true, 0, "desired_count == 0 within 0 s after 0 s" },
    { "desired_count == 2", 0, 0, false, 0, "desired_count == 2 within 0 s after 0 s" },
    { "pending_count > 1", 100, 60, true, 5, "pending_count > 1 within 1m after 1m40s" },
    { "protected_count == 0", 0, 10, true, 0, "protected_count == 0 within 10 s after 0 s" },
    { "old_running_count == 0", 150, 10, true, 0, "old_running_count == 0 within 10 s after 2m30s" },
    { "min_capacity >= 0", 150, 10, false, NAN, "min_capacity >= 0 within 10 s after 2m30s" },    /* no scalable target */
    { "jobs.visible == 1", 200, 60, true, 1, "jobs.visible == 1 within 1m after 3m20s" },
    { "in_flight == 0 + limit - 3", 0, 60, true, 0, "in_flight == 0 + limit - 3 within 1m after 0 s" },
    { "oldest_age > 30s", 200, 60, true, 31, "oldest_age > 30s within 1m after 3m20s" },
    { "visible == 1", -1, 60, true, 0, "visible == 1 within 1m after the load ends" },
    { "running_count == 0", -1, 1e9, false, 2, "running_count == 0 within 277777h46m40s after the load ends" },
    { "running_count == 0", 0, 86400, true, 0, "running_count == 0 within 1d after 0 s" },
    { "running_count == 0", 172740, 60, false, NAN, "running_count == 0 within 1m after 47h59m" },    /* the run ended before */
};

static void conditions_are_seen_to_the_second(void)
{
    fixture_init(&fixture, 0);
    struct eventually *watched[COUNT_OF(conditions)];
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        struct error err;
        bool after_load_end = conditions[i].after < 0;
        watched[i] = eventually_create(fixture.world, conditions[i].condition,
                                       after_load_end ? AFTER_LOAD_END : AFTER_TIME,
                                       after_load_end ? 0 : sim_from_seconds(conditions[i].after),
                                       sim_from_seconds(conditions[i].within), parameters, COUNT_OF(parameters), &err);
        if (watched[i] == NULL) {
            CU_FAIL_FATAL(err.text);
        }
    }
    /* Loads may be declared later than what waits for their end. */
    fixture.world->load_end = 300 * SIM_SECOND;
    sim_at(fixture.world->sim, 100 * SIM_SECOND, RANK_SCALING, scale_to_two, fixture.service);
    sim_at(fixture.world->sim, 200 * SIM_SECOND + 250 * SIM_MILLISECOND, RANK_ARRIVAL, send_one, fixture.queue);
    fixture_run(&fixture, 500);
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        struct verdict verdict = eventually_judge(watched[i]);
        bool as_expected = verdict.held == conditions[i].held &&
                           (verdict.value == conditions[i].value || (isnan(verdict.value) && isnan(conditions[i].value)));
        if (!as_expected) {
            printf("\n%s: %g\n", verdict.text, verdict.value);
        }
        CU_ASSERT(as_expected);
        CU_ASSERT_STRING_EQUAL(verdict.text, conditions[i].text);
        CU_ASSERT_STRING_EQUAL(verdict.unit, verdict.held ? "s" : "");
    }
    fixture_finish(&fixture);
}

static const struct {
    const char *condition, *message;
} wrong_conditions[] = {
    { "runing_count == 0", "unknown state 'runing_count', did you mean 'running_count'?" },
    { "wroker.running_count == 0", "'wroker.running_count': there is no service 'wroker'" },
    { "jobs.running_count == 0", "'jobs.running_count': there is no service 'jobs'" },
    { "worker.visible == 0", "'worker.visible': there is no queue 'worker'" },
    { "visible == 0", "'visible': the scenario has 2 queues, say of which: 'QUEUE.visible'" },
    { "work_lost_s == 0", "unknown state 'work_lost_s'" },
    { "running_count", "'running_count' ends where a comparison such as '<=' is expected" },
};

static void wrong_conditions_are_told(void)
{
    begin_with_numbers();
    for (size_t i = 0; i < COUNT_OF(wrong_conditions); i++) {
        struct error err = { "" };
        CU_ASSERT_PTR_NULL(eventually_create(fixture.world, wrong_conditions[i].condition, 0, false, SIM_MINUTE, NULL, 0,
                                             &err));
        CU_ASSERT_STRING_EQUAL(err.text, wrong_conditions[i].message);
    }
    fixture_finish(&fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "rules are judged", rules_are_judged },
        { "mistakes are told when the script is loaded", mistakes_are_told_when_the_script_is_loaded },
        { "endless rules are refused", endless_rules_are_refused },
        { "conditions are seen to the second", conditions_are_seen_to_the_second },
        { "wrong conditions are told", wrong_conditions_are_told },
        UNIT_END,
    };
    return unit_main("model/expectation", tests);
}
