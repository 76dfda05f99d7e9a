/* Custom policies: what they see and when (CW-05, AAS-05), and that they take part as any other (AAS-06, -17, -18). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/policy.h"
#include "model/record.h"

/* ---- pure ---- */

/* EX-A24: a minute is shown from 41 s after its end on. */
static void a_minute_is_shown_a_while_after_its_end(void)
{
    static const struct {
        double seconds_after_end;
        bool visible;
    } rows[] = {
        { 35, false }, { 36, false }, { 39, false }, { 40, false }, { 42, true }, { 42, true }, { 45, true },
        { 47, true },  { 49, true },
    };
    const sim_time end = 10 * SIM_MINUTE;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sim_time now = end + sim_from_seconds(rows[i].seconds_after_end);
        sim_time newest = custom_policy_newest_end(now, SIM_MINUTE, 41 * SIM_SECOND);
        CU_ASSERT_EQUAL(newest, rows[i].visible ? end : end - SIM_MINUTE);
    }
    CU_ASSERT_EQUAL(custom_policy_newest_end(30 * SIM_SECOND, SIM_MINUTE, 41 * SIM_SECOND), 0);
}

/* AAS-06: the direction is that of the answer against what was asked, not against the desired count. */
static void answers_become_proposals(void)
{
    enum { OUT = DIRECTION_OUT, IN = DIRECTION_IN, NONE = DIRECTION_NONE };
    static const struct {
        const char *claim;
        bool proposes;
        int asked, answer, desired, end, result;
    } rows[] = {
        { "out", true, 4, 6, 4, DECISION_SCALED, 6 },
        { "in", true, 4, 3, 4, DECISION_SCALED, 3 },
        { "nothing to say", false, 4, 0, 4, DECISION_NO_CHANGE, 4 },
        { "content", true, 4, 4, 4, DECISION_NO_CHANGE, 4 },
        { "one more than runs, while more are on their way", true, 4, 5, 9, DECISION_NOT_SCALED, 9 },
        { "one less than runs, while fewer are wanted", true, 9, 8, 4, DECISION_NOT_SCALED, 4 },
        { "clamped above", true, 4, 50, 4, DECISION_SCALED, 10 },
        { "clamped below", true, 4, 0, 4, DECISION_SCALED, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy policy = { .type = &custom_policy_type };
        struct custom_answer answer = { .proposes = rows[i].proposes, .capacity = rows[i].answer };
        struct policy_signal signal = { .metric = NAN, .answer = &answer, .asked_capacity = rows[i].asked };
        struct scaling_view view = {
            .direction = policy.type->direction(&policy, &signal, rows[i].desired), .desired = rows[i].desired,
            .base = rows[i].asked, .min = 2, .max = 10,
        };
        struct scaling_decision decision;
        scaling_decide(&policy, &signal, &view, &decision);
        if ((int)decision.end != rows[i].end || decision.result != rows[i].result) {
            printf("%s: end %d result %d\n", rows[i].claim, (int)decision.end, decision.result);
            CU_FAIL();
        }
    }
}

static void the_formula_says_what_was_asked(void)
{
    struct policy policy = { .type = &custom_policy_type };
    struct custom_answer answer = { .proposes = true, .capacity = 6, .reason = "backlog" };
    struct policy_signal signal = { .answer = &answer, .asked_capacity = 4 };
    struct proposal proposal = { .flapping = false };
    policy.type->propose(&policy, &signal, DIRECTION_OUT, 4, &proposal);
    CU_ASSERT_STRING_EQUAL(proposal.formula, "decide(4) = 6, backlog");
}

/* ---- a service under such a policy ---- */

enum { ASKED_MAX = 64 };

struct asked {
    sim_time at;
    int capacity;
    double data;
};

struct rig {
    struct fixture fixture;
    struct metric *metric;
    struct asked asked[ASKED_MAX];
    int count;
    int answer;                   /* -1: no proposal; -2: fails; -3: one more than it is asked with */
    char why[80];                 /* of the latest decision */
};

static bool decide(void *context, const struct custom_question *question, struct custom_answer *answer,
                   struct error *err)
{
    struct rig *rig = context;
    CU_ASSERT_FATAL(rig->count < ASKED_MAX && question->count == 1);
    CU_ASSERT_STRING_EQUAL(question->ids[0], "m1");
    rig->asked[rig->count++] = (struct asked){ question->now, question->capacity, question->data[0] };
    answer->proposes = rig->answer != -1;
    answer->capacity = rig->answer == -3 ? question->capacity + 1 : rig->answer;
    return rig->answer != -2 || error_set(err, "no idea");
}

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    (void)now, (void)kind;
    struct rig *rig = context;
    snprintf(rig->why, sizeof rig->why, "%s", ((const struct record_decision *)record)->why);
}

static struct policy *put(struct rig *rig, const char *name, double out_cooldown, double in_cooldown, struct error *err)
{
    struct custom_policy_config config = {
        .query = { .term_count = 1, .terms = { { .id = "m1", .metric = { "Test", "load", .dimension_count = 0 } } } },
        .period = SIM_MINUTE, .evaluation_interval = SIM_MINUTE, .scale_out_cooldown_s = out_cooldown,
        .scale_in_cooldown_s = in_cooldown, .decider = { decide, rig },
    };
    return scaling_put_custom_policy(rig->fixture.service, name, &config, err);
}

static void rig_init(struct rig *rig, const char *assumptions, double out_cooldown, double in_cooldown)
{
    struct error err;
    struct scalable_target_config bounds = { 1, 10, -1, -1, -1 };
    *rig = (struct rig){ .answer = -1 };
    fixture_init_assuming(&rig->fixture, 2, assumptions);
    struct world *world = rig->fixture.world;
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_DECISION), on_record, rig);
    CU_ASSERT_FATAL(scaling_register_target(rig->fixture.service, &bounds, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(put(rig, "mine", out_cooldown, in_cooldown, &err));
    rig->metric = metric_find(world, &(struct metric_name){ "Test", "load", .dimension_count = 0 }, &err);
}

/* One datapoint per minute: its own number. */
static void publish(struct rig *rig, int from, int to)
{
    for (int minute = from; minute < to; minute++) {
        metric_put(rig->metric, minute * SIM_MINUTE, minute);
    }
}

/* CW-05: at 3:00 the minute [1:00, 2:00) is the newest one shown; with a lag of 70 s it is the one before. */
static void it_sees_what_cloudwatch_shows(void)
{
    static const struct {
        const char *assumptions;
        double at_180, at_240;
    } rows[] = { { "metric_visibility_delay_s=41", 1, 2 }, { "metric_visibility_delay_s=70", 0, 1 },
                 { "metric_visibility_delay_s=0", 2, 3 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig rig;
        rig_init(&rig, rows[i].assumptions, 0, 0);
        publish(&rig, 0, 10);
        fixture_run(&rig.fixture, 241);
        CU_ASSERT_FATAL(rig.count >= 2);
        CU_ASSERT_EQUAL(rig.asked[rig.count - 2].at, 3 * SIM_MINUTE);
        CU_ASSERT_EQUAL(rig.asked[rig.count - 2].data, rows[i].at_180);
        CU_ASSERT_EQUAL(rig.asked[rig.count - 1].data, rows[i].at_240);
        fixture_finish(&rig.fixture);
    }
}

/* CW-06: a period of 20 s is shown 12 s after its start, but not before its end; with 36 s, 16 s after its end. A period of
 * 10 s is shown 2 s after its end. Asked each 5 s; each slot holds its number. */
static void it_sees_short_periods_soon(void)
{
    static const struct {
        const char *assumptions;
        int period_s;
        double first_at, at_100;   /* when it is asked first; what it sees at 100 s */
    } rows[] = {
        { "", 20, 20, 4 },
        { "metric_visibility_delay_20s_s=36", 20, 40, 3 },
        { "", 10, 15, 8 },
        { "metric_visibility_delay_20s_s=0", 10, 10, 9 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig rig;
        struct error err;
        rig_init(&rig, rows[i].assumptions, 0, 0);
        struct custom_policy_config config = {
            .query = { .term_count = 1, .terms = { { .id = "m1", .metric = { "Test", "fast", .dimension_count = 0 } } } },
            .period = rows[i].period_s * SIM_SECOND, .evaluation_interval = 5 * SIM_SECOND, .decider = { decide, &rig },
        };
        CU_ASSERT_PTR_NOT_NULL_FATAL(scaling_put_custom_policy(rig.fixture.service, "fast", &config, &err));
        struct metric *fast =
            metric_find(rig.fixture.world, &(struct metric_name){ "Test", "fast", .dimension_count = 0 }, &err);
        for (int slot = 0; slot < 20; slot++) {
            metric_put(fast, slot * config.period, slot);
        }
        fixture_run(&rig.fixture, 101);
        CU_ASSERT_FATAL(rig.count > 0);
        CU_ASSERT_EQUAL(sim_seconds(rig.asked[0].at), rows[i].first_at);
        CU_ASSERT_EQUAL(rig.asked[rig.count - 1].data, rows[i].at_100);
        fixture_finish(&rig.fixture);
    }
}

/* AAS-05. A datapoint counts for three periods, as for an alarm of one datapoint (ALARM-11). */
static void it_is_not_asked_without_data(void)
{
    struct rig rig;
    rig_init(&rig, "", 0, 0);
    fixture_run(&rig.fixture, 181);
    CU_ASSERT_EQUAL(rig.count, 0);
    CU_ASSERT_STRING_EQUAL(rig.why, "m1 has no data");
    publish(&rig, 3, 4);
    fixture_run(&rig.fixture, 601);
    CU_ASSERT_EQUAL_FATAL(rig.count, 3);                 /* [3:00, 4:00) is shown from 4:41 on: 5:00, 6:00, 7:00 */
    CU_ASSERT_EQUAL(rig.asked[0].at, 5 * SIM_MINUTE);
    CU_ASSERT_EQUAL(rig.asked[2].at, 7 * SIM_MINUTE);
    CU_ASSERT_STRING_EQUAL(rig.why, "m1 has no data");
    fixture_finish(&rig.fixture);
}

static void no_proposal_changes_nothing(void)
{
    struct rig rig;
    rig_init(&rig, "", 0, 0);
    publish(&rig, 0, 10);
    fixture_run(&rig.fixture, 301);
    CU_ASSERT_EQUAL(rig.fixture.service->desired_count, 2);
    CU_ASSERT_STRING_EQUAL(rig.why, "the policy asks for no change");
    fixture_finish(&rig.fixture);
}

/* AAS-17: as long as a scale-out is credited the rule is asked with the count before it, so that "one more" does not
 * multiply. The activity of 2:00 ends at 2:33, and with it the credit where there is no cooldown. */
static void a_scale_out_is_credited(void)
{
    static const struct {
        const char *assumptions;
        double cooldown;
        int at_3m, at_5m;
    } rows[] = {
        { "cooldown_credit=on", 0, 4, 6 },
        { "cooldown_credit=on", 600, 3, 3 },
        { "cooldown_credit=off", 600, 4, 6 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig rig;
        rig_init(&rig, rows[i].assumptions, rows[i].cooldown, 0);
        rig.answer = -3;
        publish(&rig, 0, 10);
        fixture_run(&rig.fixture, 181);
        CU_ASSERT_EQUAL(rig.fixture.service->desired_count, rows[i].at_3m);
        fixture_run(&rig.fixture, 301);
        CU_ASSERT_EQUAL(rig.fixture.service->desired_count, rows[i].at_5m);
        fixture_finish(&rig.fixture);
    }
}

/* AAS-18 */
static void its_scale_in_has_a_cooldown(void)
{
    struct rig rig;
    rig_init(&rig, "", 0, 600);
    rig.answer = 6;
    publish(&rig, 0, 20);
    fixture_run(&rig.fixture, 300);
    CU_ASSERT_EQUAL(rig.fixture.service->desired_count, 6);
    rig.answer = 5;
    fixture_run(&rig.fixture, 361);
    CU_ASSERT_EQUAL(rig.fixture.service->desired_count, 5);
    rig.answer = 4;
    fixture_run(&rig.fixture, 700);
    CU_ASSERT_EQUAL(rig.fixture.service->desired_count, 5);
    CU_ASSERT_TRUE(strncmp(rig.why, "in cooldown until", 17) == 0);
    fixture_run(&rig.fixture, 1100);
    CU_ASSERT_EQUAL(rig.fixture.service->desired_count, 4);
    fixture_finish(&rig.fixture);
}

static void a_rule_that_fails_fails_the_run(void)
{
    struct rig rig;
    struct error err = { "" };
    rig_init(&rig, "", 0, 0);
    rig.answer = -2;
    publish(&rig, 0, 10);
    CU_ASSERT_FALSE(sim_run(rig.fixture.world->sim, SIM_HOUR, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "at 2m: policy 'mine': no idea");
    fixture_finish(&rig.fixture);
}

static void putting_it_again_replaces_it(void)
{
    struct rig rig;
    struct error err;
    rig_init(&rig, "", 0, 0);
    publish(&rig, 0, 10);
    fixture_run(&rig.fixture, 150);
    int before = rig.count;
    CU_ASSERT_PTR_NOT_NULL(put(&rig, "mine", 0, 0, &err));
    fixture_run(&rig.fixture, 271);
    CU_ASSERT_EQUAL(rig.count, before + 2);              /* at 3:30 and 4:30, no more at 3:00 and 4:00 */
    CU_ASSERT_EQUAL(rig.asked[rig.count - 1].at, 270 * SIM_SECOND);
    fixture_finish(&rig.fixture);
}

static void wrong_times_are_refused(void)
{
    struct rig rig;
    struct error err;
    rig_init(&rig, "", 0, 0);
    struct custom_policy_config config = {
        .query = { .term_count = 1, .terms = { { .id = "m1", .metric = { "Test", "x", .dimension_count = 0 } } } },
        .period = 90 * SIM_SECOND, .evaluation_interval = SIM_MINUTE, .decider = { decide, &rig },
    };
    CU_ASSERT_PTR_NULL(scaling_put_custom_policy(rig.fixture.service, "x", &config, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "Period must be 10, 20, 30 or a multiple of 60: 90 is not");
    config.period = SIM_MINUTE;
    config.evaluation_interval = 0;
    CU_ASSERT_PTR_NULL(scaling_put_custom_policy(rig.fixture.service, "x", &config, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "evaluation_interval 0 is below a second");
    fixture_finish(&rig.fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "CW-05: a minute is shown a while after its end", a_minute_is_shown_a_while_after_its_end },
        { "answers become proposals, by what was asked", answers_become_proposals },
        { "the formula says what was asked and why", the_formula_says_what_was_asked },
        { "CW-05: it sees the newest datapoint that CloudWatch shows", it_sees_what_cloudwatch_shows },
        { "CW-06: it sees short periods soon", it_sees_short_periods_soon },
        { "AAS-05: it is not asked while a metric has no data", it_is_not_asked_without_data },
        { "no proposal changes nothing", no_proposal_changes_nothing },
        { "AAS-17: a scale-out is credited", a_scale_out_is_credited },
        { "AAS-18: its scale-in has a cooldown", its_scale_in_has_a_cooldown },
        { "a rule that fails fails the run", a_rule_that_fails_fails_the_run },
        { "putting it again replaces it", putting_it_again_replaces_it },
        { "wrong times are refused", wrong_times_are_refused },
        UNIT_END
    };
    return unit_main("model/policy_custom", tests);
}
