/* Step scaling: steps, percentages and what AWS's validation refuses (STEP-01..07). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "model/policy.h"

#define NO_BOUND INFINITY

/* The policies of EX-A03: out in [0,10) 0 %, [10,20) 10 %, [20,inf) 30 %, and the mirror image below the threshold. */
static const struct step_policy_config percent_out = {
    .adjustment_type = ADJUST_PERCENT, .step_count = 3,
    .steps = { { 0, 10, 0 }, { 10, 20, 10 }, { 20, NO_BOUND, 30 } },
};
static const struct step_policy_config percent_in = {
    .adjustment_type = ADJUST_PERCENT, .step_count = 3,
    .steps = { { -10, 0, 0 }, { -20, -10, -10 }, { -NO_BOUND, -20, -30 } },
};

static void steps_are_picked_by_the_distance_from_the_threshold(void)
{
    static const struct {
        double metric;            /* EX-A03: threshold 50 */
        bool below;
        int percent;
    } rows[] = {
        { 59.999, false, 0 }, { 60, false, 10 }, { 69.999, false, 10 }, { 70, false, 30 }, { 50, false, 0 },
        { 40, true, -10 },    { 40.001, true, 0 }, { 30, true, -30 },   { 50, true, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct step_policy_config *config = rows[i].below ? &percent_in : &percent_out;
        const struct step_adjustment *step = step_policy_pick(config, rows[i].metric - 50, rows[i].below);
        CU_ASSERT_PTR_NOT_NULL_FATAL(step);
        CU_ASSERT_EQUAL(step->adjustment, rows[i].percent);
    }
    /* STEP-02: nothing covers the other side. */
    CU_ASSERT_PTR_NULL(step_policy_pick(&percent_out, -0.001, true));
    CU_ASSERT_PTR_NULL(step_policy_pick(&percent_in, 0.001, false));
}

static void adjustments_follow_their_type(void)
{
    static const struct {
        const char *rule;
        enum adjustment_type type;
        int base, adjustment, magnitude, capacity;
    } rows[] = {
        { "EX-A03 10 to 11", ADJUST_PERCENT, 10, 10, 0, 11 },
        { "EX-A03 11 to 14", ADJUST_PERCENT, 11, 30, 0, 14 },
        { "EX-A09 12.7 adds 12", ADJUST_PERCENT, 127, 10, 0, 127 + 12 },
        { "EX-A09 0.67 adds 1", ADJUST_PERCENT, 67, 1, 0, 67 + 1 },
        { "EX-A09 -0.58 removes 1", ADJUST_PERCENT, 58, -1, 0, 58 - 1 },
        { "EX-A09 -6.67 removes 6", ADJUST_PERCENT, 667, -1, 0, 667 - 6 },
        { "EX-A10", ADJUST_PERCENT, 4, 25, 2, 6 },
        { "STEP-06 magnitude below", ADJUST_PERCENT, 4, -25, 2, 2 },
        { "STEP-06 not without percent", ADJUST_CHANGE, 4, 1, 3, 5 },
        { "STEP-05 nothing of nothing", ADJUST_PERCENT, 4, 0, 2, 4 },
        { "STEP-05 exactly one", ADJUST_PERCENT, 4, 25, 0, 5 },
        { "STEP-04 change", ADJUST_CHANGE, 3, 5, 0, 8 },
        { "STEP-04 exact", ADJUST_EXACT, 3, 5, 0, 5 },
        { "never below zero", ADJUST_CHANGE, 3, -5, 0, 0 },
        { "EX-A19 200 %", ADJUST_PERCENT, 10, 200, 0, 30 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_policy_config config = {
            .adjustment_type = rows[i].type, .min_adjustment_magnitude = rows[i].magnitude,
        };
        int capacity = step_policy_capacity(&config, rows[i].adjustment, rows[i].base);
        if (capacity != rows[i].capacity) {
            printf("%s: %d\n", rows[i].rule, capacity);
        }
        CU_ASSERT_EQUAL(capacity, rows[i].capacity);
    }
}

/* STEP-03, STEP-06, AAS-09: what AWS's validation says, and of which step. */
static void malformed_steps_are_refused(void)
{
    static const struct {
        struct step_policy_config config;
        int step;                 /* -1: of none alone */
        const char *message;      /* NULL: accepted */
    } rows[] = {
        { { .steps = { { 0, 10, 1 }, { 10, NO_BOUND, 2 } }, .step_count = 2 }, -1, NULL },
        { { .steps = { { -NO_BOUND, 0, -1 } }, .step_count = 1 }, -1, NULL },
        { { .steps = { { 10, NO_BOUND, 2 }, { 0, 10, 1 }, { -NO_BOUND, 0, -1 } }, .step_count = 3 }, -1, NULL },
        { { .adjustment_type = ADJUST_PERCENT, .steps = { { 0, NO_BOUND, 1 } }, .step_count = 1, .min_adjustment_magnitude = 2 },
          -1, NULL },
        { { .step_count = 0 }, -1, "There must be at least one step adjustment" },
        { { .step_count = 21 }, -1, "There can be at most 20 step adjustments per scaling policy" },
        { { .steps = { { -NO_BOUND, NO_BOUND, 1 } }, .step_count = 1 }, 0,
          "Both lower and upper bounds of a step adjustment cannot be left unspecified" },
        { { .steps = { { 0, 5, 1 }, { 10, 10, 1 } }, .step_count = 2 }, 1,
          "the lower bound of a step adjustment must be less than its upper bound: [10, 10]" },
        { { .steps = { { 0, 20, 1 }, { 10, NO_BOUND, 2 } }, .step_count = 2 }, 1,
          "Step adjustment intervals cannot overlap: [0, 20] and [10, inf]" },
        { { .steps = { { 10, NO_BOUND, 2 }, { 0, 5, 1 } }, .step_count = 2 }, 0,
          "Step adjustment intervals cannot have gaps between them: [0, 5] and [10, inf]" },
        { { .steps = { { -NO_BOUND, 5, 1 }, { -NO_BOUND, 10, 2 } }, .step_count = 2 }, 1,
          "At most one step adjustment may have an unspecified lower bound" },
        { { .steps = { { 0, NO_BOUND, 1 }, { 10, NO_BOUND, 2 } }, .step_count = 2 }, 1,
          "At most one step adjustment may have an unspecified upper bound" },
        { { .steps = { { -10, 0, -1 } }, .step_count = 1 }, 0,
          "There must be a step adjustment with an unspecified lower bound when one step adjustment has a negative lower bound" },
        { { .steps = { { 10, 20, 2 }, { 0, 10, 1 } }, .step_count = 2 }, 0,
          "There must be a step adjustment with an unspecified upper bound when one step adjustment has a positive upper bound" },
        { { .adjustment_type = ADJUST_EXACT, .steps = { { 0, NO_BOUND, -1 } }, .step_count = 1 }, 0,
          "Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity: -1" },
        { { .steps = { { 0, NO_BOUND, 1 } }, .step_count = 1, .aggregation = STATISTIC_SUM }, -1,
          "metric_aggregation_type 'Sum' is not Average, Minimum or Maximum" },
        { { .steps = { { 0, NO_BOUND, 1 } }, .step_count = 1, .min_adjustment_magnitude = -1 }, -1,
          "min_adjustment_magnitude -1 is negative" },
        { { .steps = { { 0, NO_BOUND, 1 } }, .step_count = 1, .min_adjustment_magnitude = 2 }, -1,
          "Minimum adjustment magnitude is only allowed for adjustment type PercentChangeInCapacity" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { "" };
        int step;
        CU_ASSERT_EQUAL(step_policy_check(&rows[i].config, &step, &err), rows[i].message == NULL);
        CU_ASSERT_EQUAL(step, rows[i].step);
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message != NULL ? rows[i].message : "");
    }
}

static void datapoints_are_aggregated_as_asked(void)
{
    static const double points[] = { 3, 1, 8 };
    static const struct {
        enum statistic aggregation;   /* STEP-07 */
        double metric;
    } rows[] = { { STATISTIC_AVERAGE, 4 }, { STATISTIC_MINIMUM, 1 }, { STATISTIC_MAXIMUM, 8 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_policy_config config = { .aggregation = rows[i].aggregation };
        struct policy policy = { .type = &step_policy_type, .settings = &config };
        CU_ASSERT_DOUBLE_EQUAL(policy.type->aggregate(&policy, points, 3), rows[i].metric, 0);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "EX-A03: steps are picked by the distance from the threshold",
          steps_are_picked_by_the_distance_from_the_threshold },
        { "EX-A03 EX-A09 EX-A10: adjustments follow their type", adjustments_follow_their_type },
        { "STEP-03 STEP-06 AAS-09: malformed steps are refused", malformed_steps_are_refused },
        { "STEP-07: datapoints are aggregated as asked", datapoints_are_aggregated_as_asked },
        UNIT_END,
    };
    return unit_main("policy_step", tests);
}
