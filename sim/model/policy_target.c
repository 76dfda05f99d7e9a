/* Target tracking (TT-..): the formula both ways, and the two alarms that such a policy owns. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "model/policy.h"
#include "model/service.h"
#include "model/world.h"

const char *const predefined_metric_names[PREDEFINED_COUNT] = {
    [PREDEFINED_ECS_CPU] = "ECSServiceAverageCPUUtilization",
    [PREDEFINED_ECS_MEMORY] = "ECSServiceAverageMemoryUtilization",
    [PREDEFINED_ECS_CPU_HIGH_RESOLUTION] = "ECSServiceAverageCPUUtilizationHighResolution",
    [PREDEFINED_ECS_MEMORY_HIGH_RESOLUTION] = "ECSServiceAverageMemoryUtilizationHighResolution",
    [PREDEFINED_ALB_REQUESTS] = "ALBRequestCountPerTarget",
};

static bool check_label(const struct target_policy_config *config, struct error *err)
{
    bool is_of_requests = config->predefined == PREDEFINED_ALB_REQUESTS;
    return is_of_requests || config->target_group == NULL ||
           error_set(err, "Resource label should not be specified for predefined metric type %s",
                     predefined_metric_names[config->predefined]);
}

bool target_policy_check(const struct target_policy_config *config, struct error *err)
{
    static const double largest = 0x1p360;   /* TT-26 */
    bool predefined = config->predefined != PREDEFINED_NONE, customized = config->query.term_count > 0;
    if (!predefined && !customized) {
        return error_set(err, "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target "
                              "tracking scaling");
    }
    if (predefined && customized) {
        return error_set(err, "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for "
                              "target tracking scaling");
    }
    if (!(config->target_value > 0)) {
        return error_set(err, "target_value %g is not above 0", config->target_value);
    }
    if (!(config->target_value <= largest)) {
        return error_set(err, "target_value %g is above 2^360", config->target_value);
    }
    return check_label(config, err);
}

/* ---- deciding ---- */

/* TT-11: rounded up, so as not to add too little; noise in the last digits is no reason for one task more. */
static int proportional(int base, double metric, double target)
{
    double needed = base * metric / target;
    needed = ceil(needed - fabs(needed) * 1e-12);
    if (!(needed > 0)) {
        return 0;
    }
    return needed < 1e9 ? (int)needed : 1000000000;
}

int target_policy_out(int base, double metric, double target, int step_from_zero)
{
    return base == 0 ? step_from_zero : proportional(base, metric, target);
}

int target_policy_in(int base, double metric, double target, double max_fraction, bool flap_guard, bool *flapping)
{
    int limit = (int)floor(max_fraction * base * (1 + 1e-12));
    int capacity = base - (limit > 1 ? limit : 1);
    int lowest = flap_guard ? proportional(base, metric, target) : 0;
    if (capacity < lowest) {
        capacity = lowest;
    }
    *flapping = flap_guard && capacity >= base;
    return capacity < base ? capacity : base;
}

static double aggregate(const struct policy *policy, const double *points, int count)
{
    bool latest = assumed_choice(&policy->service->assumptions, ASSUME_TT_AGGREGATE) == TT_AGGREGATE_LATEST;
    return latest ? points[count - 1] : points_average(points, count);   /* TT-13 */
}

static enum direction direction(const struct policy *policy, const struct policy_signal *signal, int desired)
{
    (void)policy, (void)desired;
    return signal->below ? DIRECTION_IN : DIRECTION_OUT;
}

static void propose_out(const struct policy *policy, double metric, int base, struct proposal *proposal)
{
    const struct target_settings *settings = policy->settings;
    int step = (int)assumed_number(&policy->service->assumptions, ASSUME_TT_SCALE_FROM_ZERO_STEP);
    proposal->capacity = target_policy_out(base, metric, settings->target_value, step);
    if (base == 0) {
        snprintf(proposal->formula, sizeof proposal->formula, "%d from 0", proposal->capacity);
        return;
    }
    char measured[32], target[32];
    units_format_number(metric, 6, measured, sizeof measured);
    units_format_number(settings->target_value, 6, target, sizeof target);
    snprintf(proposal->formula, sizeof proposal->formula, "ceil(%d x %s / %s) = %d", base, measured, target,
             proposal->capacity);
}

static void propose_in(const struct policy *policy, double metric, int base, struct proposal *proposal)
{
    const struct target_settings *settings = policy->settings;
    const struct assumptions *assumptions = &policy->service->assumptions;
    double fraction = assumed_number(assumptions, ASSUME_TT_SCALE_IN_MAX_FRACTION), goal = settings->target_value;
    bool guard = assumed_on(assumptions, ASSUME_TT_FLAP_GUARD), unused;
    proposal->capacity = target_policy_in(base, metric, goal, fraction, guard, &proposal->flapping);
    int limited = target_policy_in(base, metric, goal, fraction, false, &unused);
    char measured[32], target[32];
    units_format_number(metric, 6, measured, sizeof measured);
    units_format_number(goal, 6, target, sizeof target);
    if (guard) {
        snprintf(proposal->formula, sizeof proposal->formula, "max(%d - %d, ceil(%d x %s / %s)) = %d", base,
                 base - limited, base, measured, target, proposal->capacity);
    } else {
        snprintf(proposal->formula, sizeof proposal->formula, "%d - %d = %d", base, base - limited, proposal->capacity);
    }
}

static void propose(const struct policy *policy, const struct policy_signal *signal, enum direction wanted, int base,
                    struct proposal *proposal)
{
    if (wanted == DIRECTION_OUT) {
        propose_out(policy, signal->metric, base, proposal);
    } else {
        propose_in(policy, signal->metric, base, proposal);
    }
}

static sim_time cooldown(const struct policy *policy, enum direction wanted)
{
    const struct target_settings *settings = policy->settings;
    double seconds = wanted == DIRECTION_OUT
                         ? policy_number(settings->scale_out_cooldown_s, policy, ASSUME_COOLDOWN_OUT_S)
                         : policy_number(settings->scale_in_cooldown_s, policy, ASSUME_COOLDOWN_IN_S);
    return sim_from_seconds(seconds);
}

const struct policy_type target_policy_type = {
    .name = "TargetTrackingScaling", .tracks = true,
    .aggregate = aggregate, .direction = direction, .propose = propose, .cooldown = cooldown,
};

/* ---- the alarms ---- */

/* TT-01: each alarm's name ends in a uuid of its own. */
static const char *make_alarm_name(const struct policy *policy, bool high)
{
    const struct service *service = policy->service;
    char stream[600];
    snprintf(stream, sizeof stream, "alarm uuid %s/%s", service->name, policy->name);
    struct rng rng;
    rng_init(&rng, service->world->sim, stream, (uint64_t)policy->puts * 2 + high);
    uint64_t head = rng_next(&rng), tail = rng_next(&rng);
    return arena_printf(service->world->arena,
                        "TargetTracking-service/%s/%s-Alarm%s-%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-a%03" PRIx64
                        "-%012" PRIx64,
                        service->config.cluster, service->name, high ? "High" : "Low", head >> 32, head >> 16 & 0xffff,
                        head & 0xfff, tail >> 48 & 0xfff, tail & 0xffffffffffff);
}

static bool is_high_resolution(enum predefined_metric predefined)
{
    return predefined == PREDEFINED_ECS_CPU_HIGH_RESOLUTION || predefined == PREDEFINED_ECS_MEMORY_HIGH_RESOLUTION;
}

static bool is_cpu(enum predefined_metric predefined)
{
    return predefined == PREDEFINED_ECS_CPU || predefined == PREDEFINED_ECS_CPU_HIGH_RESOLUTION;
}

/* TT-23 */
static bool check_monitoring(const struct policy *policy, enum predefined_metric predefined, struct error *err)
{
    const struct service_config *config = &policy->service->config;
    bool is_reported = is_cpu(predefined) ? config->cpu_high_resolution : config->memory_high_resolution;
    return !is_high_resolution(predefined) || is_reported ||
           error_set(err, "High-resolution metrics are not fully enabled on the ECS service: %s needs a service whose "
                          "monitoring has resolution_seconds 20 for %s",
                     predefined_metric_names[predefined], is_cpu(predefined) ? "CPUUtilization" : "MemoryUtilization");
}

/* TT-05, TT-08: what a predefined metric type stands for. */
static void predefined_query(const struct policy *policy, enum predefined_metric predefined, struct query_config *query)
{
    *query = (struct query_config){ .term_count = 1 };
    query->terms[0] = (struct query_term){
        .id = "m1", .statistic = STATISTIC_AVERAGE, .return_data = true,
        .metric = {
            .namespace_ = "AWS/ECS",
            .name = is_cpu(predefined) ? "CPUUtilization" : "MemoryUtilization",
            .dimensions = { { "ClusterName", policy->service->config.cluster }, { "ServiceName", policy->service->name } },
            .dimension_count = 2,
        },
    };
}

static bool is_attached(const struct service_config *service, const struct target_group *group)
{
    for (int i = 0; i < service->target_group_count; i++) {
        if (service->target_groups[i] == group) {
            return true;
        }
    }
    return false;
}

/* TT-06, TT-22: which target group is meant; NULL: error. */
static const struct target_group *target_group_of(const struct policy *policy, const struct target_policy_config *config,
                                                  struct error *err)
{
    const struct service_config *service = &policy->service->config;
    if (config->target_group == NULL && service->target_group_count == 1) {
        return service->target_groups[0];
    }
    if (config->target_group == NULL) {
        error_set(err, "Resource label should be specified for predefined metric type %s: service '%s' has %d target groups",
                  predefined_metric_names[PREDEFINED_ALB_REQUESTS], service->name, service->target_group_count);
        return NULL;
    }
    if (!is_attached(service, config->target_group)) {
        error_set(err, "Target group %s is not attached to resource service/%s/%s", config->target_group->config.name,
                  service->cluster, service->name);
        return NULL;
    }
    return config->target_group;
}

/* TT-06 */
static bool request_count_query(const struct policy *policy, const struct target_policy_config *config,
                                struct query_config *query, struct error *err)
{
    const struct target_group *group = target_group_of(policy, config, err);
    if (group == NULL) {
        return false;
    }
    *query = (struct query_config){ .term_count = 1 };
    query->terms[0] = (struct query_term){
        .id = "m1", .statistic = STATISTIC_SUM, .return_data = true,
        .metric = {
            .namespace_ = "AWS/ApplicationELB", .name = "RequestCountPerTarget",
            .dimensions = { { "TargetGroup", group->config.name } }, .dimension_count = 1,
        },
    };
    return true;
}

/* What the two alarms of a policy have in common, and what tells them apart. */
struct alarm_plan {
    const struct query_config *query;
    const struct target_policy_config *policy;
    bool high;
};

static int evaluation_periods(const struct assumptions *assumptions, const struct alarm_plan *plan)
{
    enum assumption_id low = is_high_resolution(plan->policy->predefined) ? ASSUME_TT_LOW_N_20S : ASSUME_TT_LOW_N;
    return (int)assumed_number(assumptions, plan->high ? ASSUME_TT_HIGH_N : low);
}

static sim_time phase_of(const struct target_phases *phases, bool high)
{
    bool fixed = high ? phases->high_fixed : phases->low_fixed;
    return !fixed ? -1 : high ? phases->high : phases->low;
}

/* TT-09: N of N, missing data are missing. */
static struct alarm *make_alarm(struct policy *policy, const struct alarm_plan *plan, struct error *err)
{
    const struct assumptions *assumptions = &policy->service->assumptions;
    double target = plan->policy->target_value;
    struct alarm_config config = {
        .name = make_alarm_name(policy, plan->high), .query = *plan->query,
        .period = is_high_resolution(plan->policy->predefined) ? 20 * SIM_SECOND : SIM_MINUTE,
        .evaluation_periods = evaluation_periods(assumptions, plan),
        .comparison = plan->high ? COMPARE_GREATER : COMPARE_LESS,
        .threshold = plan->high ? target : target * assumed_number(assumptions, ASSUME_TT_LOW_RATIO),
        .missing = MISSING_MISSING, .actions_enabled = true, .phase = phase_of(&plan->policy->phases, plan->high),
        .actions = { [ALARM_STATE_ALARM] = { { .policy = policy } } },
        .action_counts = { [ALARM_STATE_ALARM] = 1 },
    };
    return alarm_create(policy->service->world, &config, err);
}

/* AAS-13: the metric of a policy that looks at one only. */
static const struct metric *single_metric(struct world *world, const struct query_config *query)
{
    struct error ignored;   /* the alarms have found it before */
    return query->term_count == 1 ? metric_find(world, &query->terms[0].metric, &ignored) : NULL;
}

struct target_settings *target_policy_settings(struct policy *policy, const struct target_policy_config *config,
                                               struct error *err)
{
    struct world *world = policy->service->world;
    struct target_settings *settings = arena_alloc(world->arena, sizeof *settings);
    settings->target_value = config->target_value;
    settings->scale_out_cooldown_s = config->scale_out_cooldown_s;
    settings->scale_in_cooldown_s = config->scale_in_cooldown_s;
    struct query_config query = config->query;
    if (config->predefined == PREDEFINED_ALB_REQUESTS) {
        if (!request_count_query(policy, config, &query, err)) {
            return NULL;
        }
    } else if (config->predefined != PREDEFINED_NONE) {
        predefined_query(policy, config->predefined, &query);
    }
    struct alarm_plan high = { &query, config, true }, low = { &query, config, false };
    settings->high = check_monitoring(policy, config->predefined, err) ? make_alarm(policy, &high, err) : NULL;
    if (settings->high == NULL) {
        return NULL;
    }
    if (!config->disable_scale_in && (settings->low = make_alarm(policy, &low, err)) == NULL) {
        alarm_delete(settings->high);
        return NULL;
    }
    settings->metric = single_metric(world, &query);
    return settings;
}

void target_policy_delete_alarms(const struct target_settings *settings)
{
    alarm_delete(settings->high);
    if (settings->low != NULL) {
        alarm_delete(settings->low);
    }
}
