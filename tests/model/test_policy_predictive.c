/* Predictive scaling: which hour's forecast is in force, and how it raises the bounds (PRED-02..07). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/policy.h"
#include "model/record.h"

static void an_hour_is_applied_ahead_of_its_start(void)
{
    static const struct {
        const char *rule;
        double now, buffer;
        int64_t start_s;
        double hour;
    } rows[] = {
        { "EX-A18 not before 09:55", 9.9 * 3600, 300, 0, 9 * 3600 },
        { "EX-A18 at 09:55", 9 * 3600 + 3300, 300, 0, 10 * 3600 },
        { "PRED-03 no buffer: at the hour", 36000 - 0.001, 0, 0, 9 * 3600 },
        { "PRED-03 no buffer", 36000, 0, 0, 10 * 3600 },
        { "PRED-03 an hour ahead", 9 * 3600, 3600, 0, 10 * 3600 },
        { "hours are the clock's: a run that starts at half past", 0, 300, 1767571200 + 1800, -1800 },
        { "the next one", 1500, 300, 1767571200 + 1800, 1800 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sim_time hour = predictive_hour(sim_from_seconds(rows[i].now), rows[i].start_s, sim_from_seconds(rows[i].buffer));
        CU_ASSERT_EQUAL(hour, sim_from_seconds(rows[i].hour));
        if (hour != sim_from_seconds(rows[i].hour)) {
            printf("%s: %g\n", rows[i].rule, sim_seconds(hour));
        }
    }
}

static struct rate rate_of(struct arena *arena, const struct rate_point *points, size_t count)
{
    struct rate rate = { .points = points, .count = count };
    struct error err;
    CU_ASSERT_TRUE_FATAL(rate_init(&rate, arena, &err));
    return rate;
}

static void an_hours_forecast_is_that_of_its_start(void)
{
    static const struct rate_point points[] = { { 0, 2 }, { SIM_HOUR, 2 }, { SIM_HOUR, 5 }, { 3 * SIM_HOUR, 5.5 } };
    static const struct {
        sim_time hour;
        int capacity;
    } rows[] = { { -SIM_HOUR / 2, 2 }, { 0, 2 }, { SIM_HOUR, 5 }, { 2 * SIM_HOUR, 6 }, { 9 * SIM_HOUR, 6 } };
    struct arena *arena = arena_create();
    struct rate rate = rate_of(arena, points, 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(predictive_capacity(&rate, rows[i].hour), rows[i].capacity);
    }
    arena_destroy(arena);
}

static void forecasts_raise_the_bounds(void)
{
    static const struct {
        const char *rule;
        bool scales, increases_max;
        int buffer, forecast, min, max;
    } rows[] = {   /* of a target with 2..40 */
        { "PRED-02 ForecastOnly", false, false, -1, 8, 2, 40 },
        { "PRED-02 ForecastAndScale", true, false, -1, 8, 8, 40 },
        { "below the minimum", true, false, -1, 1, 2, 40 },
        { "PRED-04 HonorMaxCapacity", true, false, -1, 50, 40, 40 },
        { "PRED-04 IncreaseMaxCapacity", true, true, 10, 50, 50, 55 },
        { "PRED-04 no more than the forecast", true, true, 0, 50, 50, 50 },
        { "PRED-04 close to the maximum", true, true, 10, 39, 39, 43 },
        { "PRED-04 far below it", true, true, 100, 10, 10, 40 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct predictive_settings settings = {
            .config = { .scales = rows[i].scales, .increases_max = rows[i].increases_max,
                        .max_capacity_buffer = rows[i].buffer },
            .capacity = rows[i].forecast,
        };
        struct bounds bounds = predictive_bounds(&settings, 40, (struct bounds){ 2, 40 });
        CU_ASSERT(bounds.min == rows[i].min && bounds.max == rows[i].max);
        if (bounds.min != rows[i].min || bounds.max != rows[i].max) {
            printf("%s: %d..%d\n", rows[i].rule, bounds.min, bounds.max);
        }
    }
}

/* ---- a service under a forecast ------------------------------------------------------------------------------ */

struct rig {
    struct fixture fixture;
    struct service *service;
    char cause[100], why[100], formula[FORMULA_MAX];         /* of the latest activity; of the latest decision */
    int decisions;
};

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    struct rig *rig = context;
    if (kind == RECORD_ACTIVITY) {
        snprintf(rig->cause, sizeof rig->cause, "%s", ((const struct record_activity *)record)->cause);
        return;
    }
    const struct record_decision *decision = record;
    snprintf(rig->why, sizeof rig->why, "%s", decision->why);
    snprintf(rig->formula, sizeof rig->formula, "%s", decision->formula);
    rig->decisions++;
}

static void rig_init(struct rig *rig, int desired, int min, int max)
{
    struct error err;
    struct scalable_target_config target = { min, max, -1, -1, -1 };
    *rig = (struct rig){ .decisions = 0 };
    fixture_init_assuming(&rig->fixture, desired, "alarm_first_eval_delay_s=0 alarm_phase_s=0 cooldown_step_s=0");
    rig->service = rig->fixture.service;
    CU_ASSERT_TRUE_FATAL(scaling_register_target(rig->service, &target, &err));
    trace_observe(sim_trace(rig->fixture.world->sim), RECORD_BIT(RECORD_ACTIVITY) | RECORD_BIT(RECORD_DECISION), on_record,
                  rig);
}

/* 2 tasks, 8 from 10:00 to 12:00, 2 again. */
static struct policy *forecast(struct rig *rig, struct predictive_policy_config config)
{
    static const struct rate_point points[] = {
        { 0, 2 }, { 10 * SIM_HOUR, 2 }, { 10 * SIM_HOUR, 8 }, { 12 * SIM_HOUR, 8 }, { 12 * SIM_HOUR, 2 },
    };
    struct error err;
    config.forecast = rate_of(rig->fixture.world->arena, points, sizeof points / sizeof *points);
    struct policy *policy = scaling_put_predictive_policy(rig->service, "plan", &config, &err);
    if (policy == NULL) {
        CU_FAIL_FATAL(err.text);
    }
    return policy;
}

#define HONOR .scheduling_buffer_s = -1, .max_capacity_buffer = -1

static void run(struct rig *rig, double seconds)
{
    fixture_run(&rig->fixture, seconds);
}

/* An alarm of some minutes from `from` on, which asks for `capacity`. */
static void ask(struct rig *rig, int from, int capacity)
{
    struct error err;
    struct metric_name name = { "Test", "Load", .dimension_count = 0 };
    struct step_policy_config step = {
        .adjustment_type = ADJUST_EXACT, .cooldown_s = 0, .step_count = 1, .steps = { { 0, INFINITY, capacity } },
    };
    struct alarm_config alarm = {
        .name = "load", .period = SIM_MINUTE, .evaluation_periods = 1, .comparison = COMPARE_GREATER, .threshold = 50,
        .missing = MISSING_NOT_BREACHING, .actions_enabled = true, .phase = 0,
        .query = { .term_count = 1, .terms = { { .id = "m1", .metric = name, .return_data = true } } },
        .action_counts = { [ALARM_STATE_ALARM] = 1 },
    };
    alarm.actions[ALARM_STATE_ALARM][0].policy = scaling_put_step_policy(rig->service, "dynamic", &step, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(alarm_create(rig->fixture.world, &alarm, &err));
    for (int minute = from; minute < from + 3; minute++) {
        metric_put(metric_find(rig->fixture.world, &name, &err), minute * SIM_MINUTE, 60);
    }
}

static void capacity_comes_before_the_hour(void)
{
    struct rig rig;
    rig_init(&rig, 2, 1, 20);
    forecast(&rig, (struct predictive_policy_config){ .scales = true, HONOR });
    run(&rig, 9 * 3600 + 3299.9);
    CU_ASSERT_EQUAL(rig.service->desired_count, 2);
    run(&rig, 9 * 3600 + 3300);                      /* EX-A18: 09:55 */
    CU_ASSERT_EQUAL(rig.service->desired_count, 8);
    CU_ASSERT_STRING_EQUAL(rig.cause, "predictive policy plan predicted a capacity of 8");
    CU_ASSERT_STRING_EQUAL(rig.formula, "forecast 8 from 10:00");
    CU_ASSERT_STRING_EQUAL(rig.why, "scaled out");
    run(&rig, 20 * 3600);                            /* PRED-02: nobody scales in */
    CU_ASSERT_EQUAL(rig.service->desired_count, 8);
    CU_ASSERT_STRING_EQUAL(rig.why, "the forecast asks for no more");
    fixture_finish(&rig.fixture);
}

static void the_hour_under_way_applies_at_once(void)
{
    struct rig rig;
    rig_init(&rig, 1, 1, 20);
    forecast(&rig, (struct predictive_policy_config){ .scales = true, HONOR });
    run(&rig, 1);
    CU_ASSERT_EQUAL(rig.service->desired_count, 2);
    fixture_finish(&rig.fixture);
}

static void a_forecast_only_is_told_and_not_followed(void)
{
    struct rig rig;
    rig_init(&rig, 2, 1, 20);
    forecast(&rig, (struct predictive_policy_config){ .scales = false, HONOR });
    run(&rig, 11 * 3600);
    CU_ASSERT_EQUAL(rig.service->desired_count, 2);
    CU_ASSERT_STRING_EQUAL(rig.why, "forecast only");
    CU_ASSERT_EQUAL(rig.decisions, 12);              /* one an hour, for 0:00 to 11:00 */
    fixture_finish(&rig.fixture);
}

/* EX-A17, PRED-05: with 8 forecast for 10:00 to 12:00. */
static void the_larger_capacity_holds(void)
{
    static const struct {
        const char *rule;
        int before, dynamic, after;               /* desired at 10:30, asked for, desired at 11:30 */
    } rows[] = {
        { "EX-A17 dynamic 10, predictive 8", 8, 10, 10 },
        { "a scale-in stops at the forecast", 8, 4, 8 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        rig_init(&rig, 2, 1, 20);
        forecast(&rig, (struct predictive_policy_config){ .scales = true, HONOR });
        ask(&rig, 640, rows[i].dynamic);
        run(&rig, 10.5 * 3600);
        CU_ASSERT_EQUAL(rig.service->desired_count, rows[i].before);
        run(&rig, 11.5 * 3600);
        if (rig.service->desired_count != rows[i].after) {
            printf("%s: %d\n", rows[i].rule, rig.service->desired_count);
        }
        CU_ASSERT_EQUAL(rig.service->desired_count, rows[i].after);
        fixture_finish(&rig.fixture);
    }
}

static void after_the_hour_policies_may_scale_in(void)
{
    struct rig rig;
    rig_init(&rig, 2, 1, 20);
    forecast(&rig, (struct predictive_policy_config){ .scales = true, HONOR });
    ask(&rig, 730, 1);
    run(&rig, 12 * 3600);
    CU_ASSERT_EQUAL(rig.service->desired_count, 8);
    run(&rig, 13 * 3600);
    CU_ASSERT_EQUAL(rig.service->desired_count, 2);  /* the forecast of the new hour */
    fixture_finish(&rig.fixture);
}

static void the_maximum_is_kept_or_raised(void)
{
    static const struct {
        bool increases_max;
        int buffer, desired;
    } rows[] = { { false, -1, 5 }, { true, 0, 8 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        rig_init(&rig, 2, 1, 5);
        forecast(&rig, (struct predictive_policy_config){
            .scales = true, .scheduling_buffer_s = 0, .increases_max = rows[i].increases_max,
            .max_capacity_buffer = rows[i].buffer });
        run(&rig, 10 * 3600 - 1);
        CU_ASSERT_EQUAL(rig.service->desired_count, 2);
        run(&rig, 10 * 3600);
        CU_ASSERT_EQUAL(rig.service->desired_count, rows[i].desired);
        fixture_finish(&rig.fixture);
    }
}

static void suspended_scale_out_holds_forecasts_too(void)
{
    struct rig rig;
    struct error err;
    struct scalable_target_config suspend = { -1, -1, -1, 1, -1 }, resume = { -1, -1, -1, 0, -1 };
    rig_init(&rig, 2, 1, 20);
    forecast(&rig, (struct predictive_policy_config){ .scales = true, HONOR });
    CU_ASSERT_TRUE(scaling_register_target(rig.service, &suspend, &err));
    run(&rig, 10.5 * 3600);
    CU_ASSERT_EQUAL(rig.service->desired_count, 2);
    CU_ASSERT_STRING_EQUAL(rig.why, "scale-out is suspended");
    CU_ASSERT_TRUE(scaling_register_target(rig.service, &resume, &err));
    run(&rig, 11 * 3600);                            /* the next hour, at 10:55 */
    CU_ASSERT_EQUAL(rig.service->desired_count, 8);
    fixture_finish(&rig.fixture);
}

static void bad_policies_are_refused(void)
{
    static const struct rate_point points[] = { { 0, 2 } };
    static const struct {
        bool increases_max;
        int buffer;
        size_t count;
        const char *message;
    } rows[] = {
        { true, -1, 1, "You must specify MaxCapacityBuffer when using IncreaseMaxCapacity" },
        { false, 10, 1, "You cannot specify MaxCapacityBuffer when using HonorMaxCapacity" },
        { false, -1, 0, "missing 'forecast': the scenario supplies it" },
    };
    struct rig rig;
    rig_init(&rig, 2, 1, 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { "" };
        struct predictive_policy_config config = {
            .scheduling_buffer_s = -1, .increases_max = rows[i].increases_max, .max_capacity_buffer = rows[i].buffer,
            .forecast = { .points = points, .count = rows[i].count },
        };
        CU_ASSERT_PTR_NULL(scaling_put_predictive_policy(rig.service, "bad", &config, &err));
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message);
    }
    CU_ASSERT_FALSE(policy_takes_alarms(forecast(&rig, (struct predictive_policy_config){ HONOR })));
    fixture_finish(&rig.fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "PRED-03 EX-A18: an hour is applied ahead of its start", an_hour_is_applied_ahead_of_its_start },
        { "PRED-07: an hour's forecast is that of its start", an_hours_forecast_is_that_of_its_start },
        { "PRED-02 PRED-04: forecasts raise the bounds", forecasts_raise_the_bounds },
        { "EX-A18 PRED-02: capacity comes before the hour", capacity_comes_before_the_hour },
        { "the hour under way applies at once", the_hour_under_way_applies_at_once },
        { "PRED-02: a forecast only is told and not followed", a_forecast_only_is_told_and_not_followed },
        { "EX-A17 PRED-05: the larger capacity holds", the_larger_capacity_holds },
        { "PRED-02: after the hour policies may scale in", after_the_hour_policies_may_scale_in },
        { "PRED-04: the maximum is kept or raised", the_maximum_is_kept_or_raised },
        { "AAS-25: suspended scale-out holds forecasts too", suspended_scale_out_holds_forecasts_too },
        { "bad policies are refused", bad_policies_are_refused },
        UNIT_END,
    };
    return unit_main("model/policy_predictive", tests);
}
