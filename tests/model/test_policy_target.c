/* Target tracking: the formula out, the limited one in, the alarms' thresholds (TT-..). */
#include <math.h>
#include <stdio.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/policy.h"

static void scale_out_is_proportional_and_rounded_up(void)
{
    static const struct {
        const char *rule;
        int base;
        double metric, target;
        int capacity;
    } rows[] = {
        { "EX-A04, TT-12: no dead band", 2, (50.70 + 50.42 + 51.03) / 3, 50, 3 },
        { "EX-A04", 10, 150, 100, 15 },
        { "EX-A16: 150 messages a task at 100", 10, 1500.0 / 10, 10 / 0.1, 15 },
        { "TT-14: a saturated service of 2 at 50", 2, 100, 50, 4 },
        { "TT-11: noise in the last digit adds nothing", 1, 0.1 + 0.2, 0.1, 3 },
        { "TT-11: needs 1.5 more, adds 2", 10, 115, 100, 12 },
        { "TT-19: from zero by the least step", 0, 5000, 1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int capacity = target_policy_out(rows[i].base, rows[i].metric, rows[i].target, 1);
        if (capacity != rows[i].capacity) {
            printf("%s: %d\n", rows[i].rule, capacity);
        }
        CU_ASSERT_EQUAL(capacity, rows[i].capacity);
    }
    CU_ASSERT_EQUAL(target_policy_out(0, 5000, 1, 3), 3);
}

static void scale_in_is_limited(void)
{
    static const struct {
        const char *rule;
        int base;
        double metric, target, fraction;
        bool guard;
        int capacity;
        bool flapping;
    } rows[] = {
        { "EX-A12 first", 4, 10, 60, 0.05, true, 3, false },
        { "EX-A12 second", 3, 10, 60, 0.05, true, 2, false },
        { "EX-A13 8 idle", 8, 1, 50, 0.05, true, 7, false },
        { "TT-16 floor(0.05 x 135)", 135, 1, 4, 0.05, true, 129, false },
        { "TT-16 floor(0.05 x 60)", 60, 0, 4, 0.05, true, 57, false },
        { "TT-16 f = 0", 135, 1, 4, 0, true, 134, false },
        { "TT-16 f = 1 is proportional", 135, 1, 4, 1, true, 34, false },
        { "TT-11 could remove 1.5, removes 1", 10, 85, 100, 1, true, 9, false },
        { "TT-17 one less would exceed the target", 2, 44, 50, 0.05, true, 2, true },
        { "TT-17 off lifts the bound", 2, 44, 50, 0.05, false, 1, false },
        { "TT-17 off lifts it for f = 1 too", 135, 3, 4, 1, false, 0, false },
        { "TT-16 a whole share is whole", 100, 0, 50, 0.29, true, 71, false },
        { "TT-20 true zeros", 1, 0, 50, 0.05, true, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool flapping;
        int capacity = target_policy_in(rows[i].base, rows[i].metric, rows[i].target, rows[i].fraction, rows[i].guard,
                                        &flapping);
        if (capacity != rows[i].capacity || flapping != rows[i].flapping) {
            printf("%s: %d\n", rows[i].rule, capacity);
        }
        CU_ASSERT_EQUAL(capacity, rows[i].capacity);
        CU_ASSERT_EQUAL(flapping, rows[i].flapping);
    }
}

static struct target_policy_config track_cpu(double target)
{
    return (struct target_policy_config){
        .target_value = target, .scale_out_cooldown_s = -1, .scale_in_cooldown_s = -1, .predefined = PREDEFINED_ECS_CPU,
    };
}

static struct policy *put_cpu(struct fixture *fixture, const char *name, double target, struct error *err)
{
    struct scalable_target_config bounds = { 1, 10, -1, -1, -1 };
    if (fixture->service->target == NULL) {
        CU_ASSERT_FATAL(scaling_register_target(fixture->service, &bounds, err));
    }
    struct target_policy_config config = track_cpu(target);
    return scaling_put_target_policy(fixture->service, name, &config, err);
}

static void the_mean_of_the_points_counts_or_the_latest(void)
{
    static const struct {
        const char *assumptions;
        double metric;            /* TT-13 */
    } rows[] = { { "", 40 }, { "tt_aggregate=latest", 70 } };
    static const double points[] = { 20, 30, 70 };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        fixture_init_assuming(&fixture, 1, rows[i].assumptions);
        struct policy policy = { .type = &target_policy_type, .service = fixture.service };
        CU_ASSERT_DOUBLE_EQUAL(policy.type->aggregate(&policy, points, 3), rows[i].metric, 0);
        fixture_finish(&fixture);
    }
}

static void the_alarms_are_as_aws_makes_them(void)
{
    static const struct {
        double target, low;       /* EX-A11 */
    } rows[] = { { 70, 63 }, { 50, 45 }, { 30, 27 }, { 10, 9 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        struct error err;
        fixture_init(&fixture, 1);
        struct policy *policy = put_cpu(&fixture, "cpu", rows[i].target, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
        const struct target_settings *settings = policy->settings;
        const struct alarm_rule *high = alarm_rule_of(settings->high), *low = alarm_rule_of(settings->low);
        CU_ASSERT_DOUBLE_EQUAL(high->threshold, rows[i].target, 0);
        CU_ASSERT_DOUBLE_EQUAL(low->threshold, rows[i].low, 0);
        CU_ASSERT_EQUAL(high->comparison, COMPARE_GREATER);
        CU_ASSERT_EQUAL(low->comparison, COMPARE_LESS);
        CU_ASSERT_TRUE(high->n == 3 && high->m == 3 && low->n == 15 && low->m == 15);
        CU_ASSERT_TRUE(high->missing == MISSING_MISSING && low->missing == MISSING_MISSING);   /* TT-09 */
        const char *prefix = "TargetTracking-service/default/worker-AlarmHigh-";
        CU_ASSERT_NSTRING_EQUAL(alarm_name(settings->high), prefix, strlen(prefix));
        CU_ASSERT_EQUAL(strlen(alarm_name(settings->high)), strlen(prefix) + 36);
        fixture_finish(&fixture);
    }
}

/* TT-08, TT-23: 3 and 30 periods of 20 s, seen by when a breach turns them: 11 s after the end of the last period. */
static void high_resolution_has_alarms_of_20_s(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init_assuming(&fixture, 1, "alarm_first_eval_delay_s=0");
    struct scalable_target_config bounds = { 1, 10, -1, -1, -1 };
    CU_ASSERT_FATAL(scaling_register_target(fixture.service, &bounds, &err));
    struct target_policy_config config = track_cpu(50);
    config.predefined = PREDEFINED_ECS_CPU_HIGH_RESOLUTION;
    config.phases = (struct target_phases){ true, true, SIM_SECOND, 2 * SIM_SECOND };
    CU_ASSERT_PTR_NULL(scaling_put_target_policy(fixture.service, "cpu", &config, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "ECSServiceAverageCPUUtilizationHighResolution needs a service whose monitoring has "
                                     "resolution_seconds 20 for CPUUtilization");
    fixture.service->config.cpu_high_resolution = true;
    struct policy *policy = scaling_put_target_policy(fixture.service, "cpu", &config, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
    const struct target_settings *settings = policy->settings;
    const struct alarm_rule *high = alarm_rule_of(settings->high), *low = alarm_rule_of(settings->low);
    CU_ASSERT_TRUE(high->n == 3 && high->m == 3 && low->n == 30 && low->m == 30);
    CU_ASSERT_PTR_EQUAL(alarm_service(settings->high), fixture.service);
    struct metric_name name = {
        "AWS/ECS", "CPUUtilization", { { "ServiceName", "worker" }, { "ClusterName", "default" } }, 2
    };
    struct metric *cpu = metric_find(fixture.world, &name, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cpu);
    for (int start = 0; start < 1200; start += 20) {
        double value = start < 60 ? 80 : 10;
        metric_report(cpu, start * SIM_SECOND, 20 * SIM_SECOND, value, value, value, 1);
    }
    fixture_run(&fixture, 75);
    CU_ASSERT_EQUAL(alarm_current_state(settings->high), ALARM_STATE_ALARM);
    CU_ASSERT_EQUAL(alarm_turned_at(settings->high), 71 * SIM_SECOND);
    fixture_run(&fixture, 700);
    CU_ASSERT_EQUAL(alarm_current_state(settings->low), ALARM_STATE_ALARM);
    CU_ASSERT_EQUAL(alarm_turned_at(settings->low), (60 + 600 + 12) * SIM_SECOND);
    fixture_finish(&fixture);
}

static void without_scale_in_there_is_no_low_alarm(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 1);
    CU_ASSERT_FATAL(
        scaling_register_target(fixture.service, &(struct scalable_target_config){ 1, 10, -1, -1, -1 }, &err));
    struct target_policy_config config = track_cpu(50);
    config.disable_scale_in = true;
    struct policy *policy = scaling_put_target_policy(fixture.service, "cpu", &config, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
    CU_ASSERT_PTR_NULL(((struct target_settings *)policy->settings)->low);
    fixture_finish(&fixture);
}

static void putting_again_replaces_the_alarms(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 1);
    struct policy *policy = put_cpu(&fixture, "cpu", 50, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
    const struct alarm *before = ((struct target_settings *)policy->settings)->high;
    CU_ASSERT_PTR_EQUAL(put_cpu(&fixture, "cpu", 60, &err), policy);
    const struct alarm *after = ((struct target_settings *)policy->settings)->high;
    CU_ASSERT_STRING_NOT_EQUAL(alarm_name(before), alarm_name(after));
    CU_ASSERT_EQUAL(alarm_current_state(after), ALARM_STATE_INSUFFICIENT_DATA);
    fixture_finish(&fixture);
}

static void malformed_policies_are_refused(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 1);
    struct target_policy_config config = track_cpu(50);
    CU_ASSERT_PTR_NULL(scaling_put_target_policy(fixture.service, "cpu", &config, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "no scalable target registered for resource ID service/default/worker");
    CU_ASSERT_PTR_NOT_NULL(put_cpu(&fixture, "cpu", 50, &err));
    CU_ASSERT_PTR_NULL(put_cpu(&fixture, "more cpu", 60, &err));   /* AAS-13 */
    CU_ASSERT_STRING_EQUAL(err.text,
                           "only one target tracking policy for a given metric is allowed: 'cpu' tracks it already");
    CU_ASSERT_PTR_NULL(put_cpu(&fixture, "cpu", 0, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "target_value 0 is not above 0");
    config.predefined = PREDEFINED_NONE;
    CU_ASSERT_PTR_NULL(scaling_put_target_policy(fixture.service, "cpu", &config, &err));
    CU_ASSERT_STRING_EQUAL(
        err.text, "exactly one of predefined_metric_specification and customized_metric_specification is needed");
    fixture_finish(&fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "EX-A04 EX-A16 TT-11 TT-19: scale-out is proportional and rounded up",
          scale_out_is_proportional_and_rounded_up },
        { "EX-A12 EX-A13 TT-16 TT-17: scale-in is limited", scale_in_is_limited },
        { "TT-13: the mean of the datapoints counts, or the latest", the_mean_of_the_points_counts_or_the_latest },
        { "EX-A11 TT-05: the alarms are as AWS makes them", the_alarms_are_as_aws_makes_them },
        { "TT-08 TT-23: high resolution has alarms of 20 s", high_resolution_has_alarms_of_20_s },
        { "TT-04: without scale-in there is no low alarm", without_scale_in_there_is_no_low_alarm },
        { "TT-03: putting again replaces the alarms", putting_again_replaces_the_alarms },
        { "AAS-13: malformed policies are refused", malformed_policies_are_refused },
        UNIT_END,
    };
    return unit_main("policy_target", tests);
}
