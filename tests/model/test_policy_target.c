/* Target tracking: the formula out, the limited one in, the alarms' thresholds (TT-..). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/policy.h"
#include "model/record.h"

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
        { "EX-A16 BACKLOG-01: 150 messages a task at 100", 10, 1500.0 / 10, 10 / 0.1, 15 },
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
        { "TT-15 as far below the target as AlarmLow allows, for few tasks", 9, 45, 50, 0.05, true, 9, true },
        { "TT-15 a little further", 9, 44, 50, 0.05, true, 8, false },
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
        CU_ASSERT_PTR_NOT_NULL(strstr(alarm_name(settings->low), "worker-AlarmLow-"));
        CU_ASSERT_STRING_NOT_EQUAL(strstr(alarm_name(settings->low), "-AlarmLow-") + strlen("-AlarmLow-"),
                                   alarm_name(settings->high) + strlen(prefix));   /* TT-01: a uuid each */
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
    CU_ASSERT_STRING_EQUAL(err.text, "High-resolution metrics are not fully enabled on the ECS service: "
                                     "ECSServiceAverageCPUUtilizationHighResolution needs a service whose monitoring has "
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
        metric_report(cpu, start * SIM_SECOND, 20 * SIM_SECOND, &(struct metric_slot){ value, value, value, 1 }, NULL);
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

/* TT-22, TT-25, TT-26: what AWS's validation says. */
static void malformed_settings_are_refused(void)
{
    static const struct target_group group = { .config = { .name = "web" } };
    static const struct {
        double target;
        enum predefined_metric predefined;
        int terms;
        const struct target_group *label;
        const char *message;      /* NULL: accepted */
    } rows[] = {
        { 50, PREDEFINED_ECS_CPU, 0, NULL, NULL },
        { 50, PREDEFINED_NONE, 2, NULL, NULL },
        { 0x1p360, PREDEFINED_ALB_REQUESTS, 0, &group, NULL },
        { 50, PREDEFINED_NONE, 0, NULL,
          "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target tracking scaling" },
        { 50, PREDEFINED_ECS_CPU, 1, NULL,
          "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for target tracking scaling" },
        { 0, PREDEFINED_ECS_CPU, 0, NULL, "target_value 0 is not above 0" },
        { -5, PREDEFINED_ECS_CPU, 0, NULL, "target_value -5 is not above 0" },
        { 0x1p361, PREDEFINED_ECS_CPU, 0, NULL, "target_value 4.69709e+108 is above 2^360" },
        { 50, PREDEFINED_ECS_MEMORY, 0, &group,
          "Resource label should not be specified for predefined metric type ECSServiceAverageMemoryUtilization" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { "" };
        struct target_policy_config config = {
            .target_value = rows[i].target, .predefined = rows[i].predefined, .target_group = rows[i].label,
            .query = { .term_count = rows[i].terms },
        };
        CU_ASSERT_EQUAL(target_policy_check(&config, &err), rows[i].message == NULL);
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message != NULL ? rows[i].message : "");
    }
}

static void what_does_not_go_together_is_refused(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 1);
    struct target_policy_config config = track_cpu(50);
    CU_ASSERT_PTR_NULL(scaling_put_target_policy(fixture.service, "cpu", &config, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "No scalable target registered for service namespace: ecs, resource ID: "
                                     "service/default/worker, scalable dimension: ecs:service:DesiredCount");
    CU_ASSERT_PTR_NOT_NULL(put_cpu(&fixture, "cpu", 50, &err));
    CU_ASSERT_PTR_NULL(put_cpu(&fixture, "more cpu", 60, &err));   /* AAS-13 */
    CU_ASSERT_STRING_EQUAL(err.text, "Only one TargetTrackingScaling policy for a given metric specification is allowed: 'cpu' "
                                     "tracks it already");
    struct step_policy_config step = { .step_count = 1, .steps = { { 0, INFINITY, 1 } } };
    CU_ASSERT_PTR_NULL(scaling_put_step_policy(fixture.service, "cpu", &step, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "policy 'cpu' is of type TargetTrackingScaling");
    for (int i = 1; i < 50; i++) {   /* AAS-09 */
        char name[16];
        snprintf(name, sizeof name, "step %d", i);
        CU_ASSERT_PTR_NOT_NULL(scaling_put_step_policy(fixture.service, name, &step, &err));
    }
    CU_ASSERT_PTR_NULL(scaling_put_step_policy(fixture.service, "one more", &step, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "a scalable target has at most 50 policies");
    CU_ASSERT_PTR_NOT_NULL(put_cpu(&fixture, "cpu", 60, &err));
    fixture_finish(&fixture);
}

/* ---- what the two alarms look at ---------------------------------------------------------------------------- */

enum { MADE_MAX = 4 };

struct made {
    char metric[MADE_MAX][64];
    sim_time period[MADE_MAX];
    int count;
};

static void on_made(void *context, sim_time now, int kind, const void *record)
{
    (void)now, (void)kind;
    struct made *made = context;
    const struct record_alarm_made *alarm = record;
    CU_ASSERT_FATAL(made->count < MADE_MAX);
    snprintf(made->metric[made->count], sizeof made->metric[0], "%s", alarm->metric);
    made->period[made->count++] = alarm->period;
}

static struct target_group *make_group(struct fixture *fixture, const char *name)
{
    struct target_group_config config = { .name = name, .deregistration_delay = 300 * SIM_SECOND };
    return target_group_create(fixture->world, &config);
}

/* TT-05 to TT-08, TT-21: every predefined type and a customised metric, all with 3 and 15 periods at 0.9 of the target. */
static void each_metric_type_has_its_series(void)
{
    static const struct {
        const char *rule;
        enum predefined_metric predefined;
        const char *type, *metric;
        int period_s, low_n;
    } rows[] = {
        { "TT-05", PREDEFINED_ECS_CPU, "ECSServiceAverageCPUUtilization", "CPUUtilization Average, worker", 60, 15 },
        { "TT-05", PREDEFINED_ECS_MEMORY, "ECSServiceAverageMemoryUtilization", "MemoryUtilization Average, worker", 60, 15 },
        { "TT-08", PREDEFINED_ECS_CPU_HIGH_RESOLUTION, "ECSServiceAverageCPUUtilizationHighResolution",
          "CPUUtilization Average, worker", 20, 30 },
        { "TT-08", PREDEFINED_ECS_MEMORY_HIGH_RESOLUTION, "ECSServiceAverageMemoryUtilizationHighResolution",
          "MemoryUtilization Average, worker", 20, 30 },
        { "TT-06", PREDEFINED_ALB_REQUESTS, "ALBRequestCountPerTarget", "RequestCountPerTarget Sum, web", 60, 15 },
        { "TT-07 TT-24", PREDEFINED_NONE, NULL, "Depth Maximum", 60, 15 },
    };
    CU_ASSERT_EQUAL(PREDEFINED_COUNT - 1, 5);   /* TT-21: there are no others for ECS */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        struct error err;
        struct made made = { .count = 0 };
        fixture_init(&fixture, 1);
        trace_observe(sim_trace(fixture.world->sim), RECORD_BIT(RECORD_ALARM_MADE), on_made, &made);
        struct service_config *service = &fixture.service->config;
        service->cpu_high_resolution = service->memory_high_resolution = rows[i].period_s == 20;
        service->target_groups[0] = make_group(&fixture, "web");
        service->target_group_count = 1;
        CU_ASSERT_FATAL(
            scaling_register_target(fixture.service, &(struct scalable_target_config){ 1, 10, -1, -1, -1 }, &err));
        struct target_policy_config config = track_cpu(50);
        config.predefined = rows[i].predefined;
        if (rows[i].predefined == PREDEFINED_NONE) {
            config.query = (struct query_config){
                .term_count = 1,
                .terms = { { .id = "m1", .metric = { "Own", "Depth", .dimension_count = 0 }, .statistic = STATISTIC_MAXIMUM,
                             .return_data = true } },
            };
        } else {
            CU_ASSERT_STRING_EQUAL(predefined_metric_names[rows[i].predefined], rows[i].type);
        }
        struct policy *policy = scaling_put_target_policy(fixture.service, "p", &config, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
        CU_ASSERT_EQUAL_FATAL(made.count, 2);
        const struct target_settings *settings = policy->settings;
        const struct alarm_rule *high = alarm_rule_of(settings->high), *low = alarm_rule_of(settings->low);
        for (int alarm = 0; alarm < 2; alarm++) {
            if (strcmp(made.metric[alarm], rows[i].metric) != 0) {
                printf("%s: %s\n", rows[i].rule, made.metric[alarm]);
            }
            CU_ASSERT_STRING_EQUAL(made.metric[alarm], rows[i].metric);
            CU_ASSERT_EQUAL(made.period[alarm], rows[i].period_s * SIM_SECOND);
        }
        CU_ASSERT_TRUE(high->n == 3 && low->n == rows[i].low_n && high->threshold == 50 && low->threshold == 45);
        fixture_finish(&fixture);
    }
}

/* TT-22: the label may be left out where only one target group can be meant. */
static void requests_are_those_of_an_attached_target_group(void)
{
    static const struct {
        int attached;             /* "web" and, of two, "other" */
        const char *label, *message;
    } rows[] = {
        { 1, NULL, NULL },
        { 1, "web", NULL },
        { 2, "other", NULL },
        { 0, NULL, "Resource label should be specified for predefined metric type ALBRequestCountPerTarget: service 'worker' has 0 "
                   "target groups" },
        { 2, NULL, "Resource label should be specified for predefined metric type ALBRequestCountPerTarget: service 'worker' has 2 "
                   "target groups" },
        { 1, "other", "Target group other is not attached to resource service/default/worker" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        struct error err = { "" };
        fixture_init(&fixture, 1);
        struct target_group *groups[] = { make_group(&fixture, "web"), make_group(&fixture, "other") };
        struct service_config *service = &fixture.service->config;
        service->target_groups[0] = groups[0];
        service->target_groups[1] = groups[1];
        service->target_group_count = rows[i].attached;
        CU_ASSERT_FATAL(
            scaling_register_target(fixture.service, &(struct scalable_target_config){ 1, 10, -1, -1, -1 }, &err));
        struct target_policy_config config = track_cpu(100);
        config.predefined = PREDEFINED_ALB_REQUESTS;
        config.target_group = rows[i].label == NULL ? NULL : groups[strcmp(rows[i].label, "other") == 0];
        CU_ASSERT_EQUAL(scaling_put_target_policy(fixture.service, "p", &config, &err) != NULL, rows[i].message == NULL);
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message != NULL ? rows[i].message : "");
        fixture_finish(&fixture);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "EX-A04 EX-A16 TT-11 TT-19: scale-out is proportional and rounded up",
          scale_out_is_proportional_and_rounded_up },
        { "EX-A12 EX-A13 TT-15 TT-16 TT-17 TT-20: scale-in is limited", scale_in_is_limited },
        { "TT-13: the mean of the datapoints counts, or the latest", the_mean_of_the_points_counts_or_the_latest },
        { "EX-A11 TT-01 TT-05 TT-09: the alarms are as AWS makes them", the_alarms_are_as_aws_makes_them },
        { "TT-08 TT-23: high resolution has alarms of 20 s", high_resolution_has_alarms_of_20_s },
        { "TT-04: without scale-in there is no low alarm", without_scale_in_there_is_no_low_alarm },
        { "TT-03: putting again replaces the alarms", putting_again_replaces_the_alarms },
        { "TT-22 TT-25 TT-26: malformed settings are refused", malformed_settings_are_refused },
        { "AAS-09 AAS-13: what does not go together is refused", what_does_not_go_together_is_refused },
        { "TT-05 TT-06 TT-07 TT-08 TT-21 TT-24: each metric type has its series", each_metric_type_has_its_series },
        { "TT-22: requests are those of an attached target group", requests_are_those_of_an_attached_target_group },
        UNIT_END,
    };
    return unit_main("policy_target", tests);
}
