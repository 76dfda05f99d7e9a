#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "model/assumption.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *name, *value, *text;
} legal[] = {
    { "reconcile_s", "5", "5" },
    { "reconcile_s", "2m", "120" },                          /* units where the unit is seconds */
    { "ecs_react_latency_s", "3..8", "3..8" },
    { "ecs_react_latency_s", "4", "4" },
    { "ecs_react_latency_s", "4..4", "4" },
    { "action_latency_s", "0.15..0.2", "0.15..0.2" },
    { "protect_latency_ms", "20..50", "20..50" },
    { "sqs_call_ms", "0.001", "0.001" },                     /* nearly none, for theory */
    { "renewals_exempt", "off", "off" },
    { "renewals_exempt", "true", "on" },
    { "blocked_rule", "protected_gt_desired", "protected_gt_desired" },
    { "cooldown_credit", "subtract", "subtract" },
    { "tt_scale_in_max_fraction", "1", "1" },
    { "tt_low_n", "30", "30" },
};

static const struct {
    const char *name, *value, *message;
} illegal[] = {
    { "reconcil_s", "5", "unknown assumption 'reconcil_s', did you mean 'reconcile_s'?" },
    { "gravity", "5", "unknown assumption 'gravity'" },
    { "reconcile_s", "often", "reconcile_s: 'often' is not a number in s" },
    { "reconcile_s", "-5", "reconcile_s: '-5': expected a number in s that is not negative" },
    { "reconcile_s", "0", "reconcile_s: 0 is outside [0.001, 3600]" },
    { "reconcile_s", "3..8", "reconcile_s: '3..8' is not a number in s" },
    { "sqs_call_ms", "0", "sqs_call_ms: 0 is outside [0.001, 60000]" },     /* SQS-10: never 0 */
    { "sqs_call_ms", "-1", "sqs_call_ms: -1 is outside [0.001, 60000]" },
    { "ecs_react_latency_s", "8..3", "ecs_react_latency_s: '8..3' ends before it begins" },
    { "ecs_react_latency_s", "3...8", "ecs_react_latency_s: '3...8' ends before it begins" },
    { "tt_high_n", "2.5", "tt_high_n: 2.5 is not a whole number" },
    { "protect_error_p", "1.5", "protect_error_p: 1.5 is outside [0, 1]" },
    { "protect_error_p", "", "protect_error_p: '' is not a number" },
    { "renewals_exempt", "yes", "renewals_exempt: 'yes' is neither 'on' nor 'off'" },
    { "blocked_rule", "block", "blocked_rule: 'block' is none of: blocked protected_gt_desired blocked_after_s off" },
    { "blocked_rule", "", "blocked_rule: '' is none of: blocked protected_gt_desired blocked_after_s off" },
};

static int id_of(const char *name)
{
    for (int id = 0; id < ASSUME_COUNT; id++) {
        if (strcmp(assumption_table[id].name, name) == 0) {
            return id;
        }
    }
    return -1;
}

static void legal_values_are_taken_and_told(void)
{
    for (size_t i = 0; i < COUNT_OF(legal); i++) {
        struct assumptions assumptions;
        struct error err;
        char text[64];
        assumptions_init(&assumptions);
        CU_ASSERT(assumptions_set(&assumptions, legal[i].name, legal[i].value, &err));
        int id = id_of(legal[i].name);
        CU_ASSERT_FATAL(id >= 0);
        CU_ASSERT(assumptions.overridden[id]);
        assumption_value_text(&assumptions, (enum assumption_id)id, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, legal[i].text);
    }
}

static void illegal_values_are_refused_and_nothing_changes(void)
{
    for (size_t i = 0; i < COUNT_OF(illegal); i++) {
        struct assumptions assumptions, before;
        struct error err;
        assumptions_init(&assumptions);
        before = assumptions;
        CU_ASSERT_FALSE(assumptions_set(&assumptions, illegal[i].name, illegal[i].value, &err));
        CU_ASSERT_EQUAL(strncmp(err.text, illegal[i].message, strlen(illegal[i].message)), 0);
        CU_ASSERT_EQUAL(memcmp(&assumptions, &before, sizeof before), 0);
    }
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void every_row_is_complete(void)
{
    static const char *const grades[] = { "documented", "observed", "assumed" };
    static const char *const confidences[] = { "H", "M", "L" };
    for (int id = 0; id < ASSUME_COUNT; id++) {
        const struct assumption *row = &assumption_table[id];
        CU_ASSERT_FATAL(row->name != NULL && row->value != NULL && row->alternatives != NULL && row->unit != NULL);
        CU_ASSERT_EQUAL(id_of(row->name), id);
        CU_ASSERT(row->rules[0] != '\0' && row->statement[0] != '\0' && row->source[0] != '\0' && row->date[0] != '\0');
        CU_ASSERT(is_one_of(row->grade, grades, COUNT_OF(grades)));
        CU_ASSERT(is_one_of(row->confidence, confidences, COUNT_OF(confidences)));
        CU_ASSERT_EQUAL(row->kind == ASSUMPTION_CHOICE, row->choices != NULL);
    }
    for (size_t i = 0; i < assumption_rule_count; i++) {
        const struct assumption_rule *rule = &assumption_rules[i];
        CU_ASSERT(rule->rule[0] != '\0' && rule->statement[0] != '\0' && rule->source[0] != '\0' && rule->date[0] != '\0');
        CU_ASSERT(is_one_of(rule->grade, grades, COUNT_OF(grades)));
    }
}

/* An alternative is a legal value, and another one than the default. */
static void every_alternative_can_be_set(void)
{
    for (int id = 0; id < ASSUME_COUNT; id++) {
        char alternatives[256];
        snprintf(alternatives, sizeof alternatives, "%s", assumption_table[id].alternatives);
        for (char *rest = alternatives, *one = strtok_r(rest, "|", &rest); one != NULL; one = strtok_r(NULL, "|", &rest)) {
            struct assumptions assumptions, defaults;
            struct error err;
            assumptions_init(&assumptions);
            defaults = assumptions;
            CU_ASSERT(assumptions_set(&assumptions, assumption_table[id].name, one, &err));
            CU_ASSERT_NOT_EQUAL(memcmp(&assumptions.values[id], &defaults.values[id], sizeof defaults.values[id]), 0);
        }
    }
}

/* The words of a choice and the enum that the model compares with. */
static const struct {
    enum assumption_id id;
    const char *word;
    int value;
} choices[] = {
    { ASSUME_BLOCKED_RULE, "blocked", BLOCKED_RULE_BLOCKED },
    { ASSUME_BLOCKED_RULE, "protected_gt_desired", BLOCKED_RULE_PROTECTED_GT_DESIRED },
    { ASSUME_BLOCKED_RULE, "blocked_after_s", BLOCKED_RULE_AFTER },
    { ASSUME_BLOCKED_RULE, "off", BLOCKED_RULE_OFF },
    { ASSUME_PROTECT_STOPPING, "refused", PROTECT_STOPPING_REFUSED },
    { ASSUME_PROTECT_STOPPING, "success", PROTECT_STOPPING_SUCCESS },
    { ASSUME_EVENT_N, "protected", EVENT_N_PROTECTED },
    { ASSUME_EVENT_N, "surplus", EVENT_N_SURPLUS },
    { ASSUME_RECONCILE_TRIGGER, "update_service", RECONCILE_UPDATE_SERVICE },
    { ASSUME_RECONCILE_TRIGGER, "state_change", RECONCILE_STATE_CHANGE },
    { ASSUME_VICTIM_ORDER, "ecs", VICTIM_ECS },
    { ASSUME_VICTIM_ORDER, "newest", VICTIM_NEWEST },
    { ASSUME_VICTIM_ORDER, "oldest", VICTIM_OLDEST },
    { ASSUME_VICTIM_ORDER, "idle_first", VICTIM_IDLE_FIRST },
    { ASSUME_VICTIM_ORDER, "random", VICTIM_RANDOM },
    { ASSUME_VICTIM_ORDER, "fewest_jobs", VICTIM_FEWEST_JOBS },
    { ASSUME_VICTIM_ORDER, "least_remaining", VICTIM_LEAST_REMAINING },
    { ASSUME_VICTIM_ORDER, "least_lost", VICTIM_LEAST_LOST },
    { ASSUME_AZ_COUNT_SCOPE, "running", AZ_COUNT_RUNNING },
    { ASSUME_AZ_COUNT_SCOPE, "candidates", AZ_COUNT_CANDIDATES },
    { ASSUME_SQS_WAITER_ORDER, "fifo", WAITER_FIFO },
    { ASSUME_SQS_WAITER_ORDER, "random", WAITER_RANDOM },
    { ASSUME_SQS_STALE_DELETE, "ignored", STALE_DELETE_IGNORED },
    { ASSUME_SQS_STALE_DELETE, "deletes", STALE_DELETE_DELETES },
    { ASSUME_ALARM_IGNORE_GOOD_POINT, "ok", IGNORE_GOOD_POINT_OK },
    { ASSUME_ALARM_IGNORE_GOOD_POINT, "retain", IGNORE_GOOD_POINT_RETAIN },
    { ASSUME_TT_AGGREGATE, "average", TT_AGGREGATE_AVERAGE },
    { ASSUME_TT_AGGREGATE, "latest", TT_AGGREGATE_LATEST },
    { ASSUME_BASE_COUNT, "running", BASE_COUNT_RUNNING },
    { ASSUME_BASE_COUNT, "desired", BASE_COUNT_DESIRED },
    { ASSUME_ACTIVITY_ENDS, "steady", ACTIVITY_ENDS_STEADY },
    { ASSUME_ACTIVITY_ENDS, "desired_set", ACTIVITY_ENDS_DESIRED_SET },
    { ASSUME_COOLDOWN_FROM, "completion", COOLDOWN_FROM_COMPLETION },
    { ASSUME_COOLDOWN_FROM, "start", COOLDOWN_FROM_START },
    { ASSUME_COOLDOWN_CREDIT, "on", CREDIT_ON },
    { ASSUME_COOLDOWN_CREDIT, "off", CREDIT_OFF },
    { ASSUME_COOLDOWN_CREDIT, "subtract", CREDIT_SUBTRACT },
    { ASSUME_IN_PROGRESS_DECIDE, "compute", IN_PROGRESS_COMPUTE },
    { ASSUME_IN_PROGRESS_DECIDE, "wait", IN_PROGRESS_WAIT },
    { ASSUME_PRICE_BASIS, "hourly", PRICE_HOURLY },
    { ASSUME_PRICE_BASIS, "per_second", PRICE_PER_SECOND },
    { ASSUME_BILL_END, "execution_stopped", BILL_EXECUTION_STOPPED },
    { ASSUME_BILL_END, "stopped", BILL_STOPPED },
};

static void choices_stand_in_the_order_of_their_enums(void)
{
    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        struct assumptions assumptions;
        struct error err;
        assumptions_init(&assumptions);
        CU_ASSERT(assumptions_set(&assumptions, assumption_table[choices[i].id].name, choices[i].word, &err));
        CU_ASSERT_EQUAL(assumed_choice(&assumptions, choices[i].id), choices[i].value);
    }
}

static void numbers_become_times_by_their_unit(void)
{
    struct assumptions assumptions;
    struct error err;
    assumptions_init(&assumptions);
    CU_ASSERT_EQUAL(assumed_time(&assumptions, ASSUME_RECONCILE_S), 10 * SIM_SECOND);
    CU_ASSERT_EQUAL(assumed_time(&assumptions, ASSUME_EVENT_REPEAT_S), 6 * SIM_HOUR);
    CU_ASSERT(assumptions_set(&assumptions, "sqs_call_ms", "0.001", &err));
    struct rng rng;
    rng_seed(&rng, 1, 0, "test", 0);
    CU_ASSERT_EQUAL(assumed_draw(&assumptions, ASSUME_SQS_CALL_MS, &rng), 1000);
}

static void draws_stay_in_their_range(void)
{
    struct assumptions assumptions;
    struct rng rng;
    assumptions_init(&assumptions);
    rng_seed(&rng, 7, 0, "test", 0);
    sim_time least = SIM_NEVER, most = 0;
    for (int i = 0; i < 10000; i++) {
        sim_time drawn = assumed_draw(&assumptions, ASSUME_SQS_CALL_MS, &rng);
        least = drawn < least ? drawn : least;
        most = drawn > most ? drawn : most;
    }
    CU_ASSERT(least >= 6 * SIM_MILLISECOND && least < 6 * SIM_MILLISECOND + 10000);
    CU_ASSERT(most < 14 * SIM_MILLISECOND && most > 14 * SIM_MILLISECOND - 10000);
}

static void a_constant_draws_as_often_as_a_range(void)
{
    struct assumptions fixed, drawn;
    struct rng a, b;
    struct error err;
    assumptions_init(&fixed);
    assumptions_init(&drawn);
    CU_ASSERT(assumptions_set(&fixed, "pull_s", "5", &err));
    rng_seed(&a, 7, 0, "test", 0);
    b = a;
    assumed_draw(&fixed, ASSUME_PULL_S, &a);
    assumed_draw(&drawn, ASSUME_PULL_S, &b);
    CU_ASSERT_EQUAL(rng_next(&a), rng_next(&b));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "legal values are taken and told", legal_values_are_taken_and_told },
        { "illegal values are refused and nothing changes", illegal_values_are_refused_and_nothing_changes },
        { "every row is complete", every_row_is_complete },
        { "every alternative can be set", every_alternative_can_be_set },
        { "choices stand in the order of their enums", choices_stand_in_the_order_of_their_enums },
        { "numbers become times by their unit", numbers_become_times_by_their_unit },
        { "draws stay in their range", draws_stay_in_their_range },
        { "a constant draws as often as a range", a_constant_draws_as_often_as_a_range },
        UNIT_END,
    };
    return unit_main("model/assumption", tests);
}
