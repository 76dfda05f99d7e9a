/* Step scaling (STEP-..). */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "model/policy.h"

/* ---- checking, in AWS's words ---- */

static int compare_lower(const void *a, const void *b)
{
    const struct step_adjustment *left = *(const struct step_adjustment *const *)a;
    const struct step_adjustment *right = *(const struct step_adjustment *const *)b;
    if (left->lower < right->lower || left->lower > right->lower) {
        return left->lower < right->lower ? -1 : 1;
    }
    return (left > right) - (left < right);
}

enum { INTERVAL_TEXT = 80 };

static const char *bound_text(double bound, char *text, size_t size)
{
    if (isinf(bound)) {
        snprintf(text, size, "%s", bound < 0 ? "-inf" : "inf");
    } else {
        units_format_number(bound, 12, text, size);
    }
    return text;
}

static const char *interval_text(const struct step_adjustment *step, char *text)
{
    char lower[32], upper[32];
    snprintf(text, INTERVAL_TEXT, "[%s, %s]", bound_text(step->lower, lower, sizeof lower),
             bound_text(step->upper, upper, sizeof upper));
    return text;
}

static bool check_step(const struct step_policy_config *config, const struct step_adjustment *step, struct error *err)
{
    char interval[INTERVAL_TEXT];
    if (isinf(step->lower) && isinf(step->upper)) {
        return error_set(err, "Both lower and upper bounds of a step adjustment cannot be left unspecified");
    }
    if (!(step->lower < step->upper)) {
        return error_set(err, "the lower bound of a step adjustment must be less than its upper bound: %s",
                         interval_text(step, interval));
    }
    if (config->adjustment_type == ADJUST_EXACT && step->adjustment < 0) {
        return error_set(err, "Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity: %d",
                         step->adjustment);
    }
    return true;
}

static bool check_neighbours(const struct step_adjustment *step, const struct step_adjustment *next, struct error *err)
{
    char left[INTERVAL_TEXT], right[INTERVAL_TEXT];
    interval_text(step, left);
    interval_text(next, right);
    if (isinf(step->lower) && isinf(next->lower)) {
        return error_set(err, "At most one step adjustment may have an unspecified lower bound");
    }
    if (isinf(step->upper) && isinf(next->upper)) {
        return error_set(err, "At most one step adjustment may have an unspecified upper bound");
    }
    if (step->upper > next->lower) {
        return error_set(err, "Step adjustment intervals cannot overlap: %s and %s", left, right);
    }
    if (step->upper < next->lower) {
        return error_set(err, "Step adjustment intervals cannot have gaps between them: %s and %s", left, right);
    }
    return true;
}

static bool check_lowest(const struct step_adjustment *step, struct error *err)
{
    bool reaches = step->lower >= 0 || isinf(step->lower);
    return reaches || error_set(err, "There must be a step adjustment with an unspecified lower bound when one step "
                                     "adjustment has a negative lower bound");
}

static bool check_highest(const struct step_adjustment *step, struct error *err)
{
    bool reaches = step->upper <= 0 || isinf(step->upper);
    return reaches || error_set(err, "There must be a step adjustment with an unspecified upper bound when one step "
                                     "adjustment has a positive upper bound");
}

/* *fault: the one that was looked at last. */
static bool check_steps(const struct step_policy_config *config, const struct step_adjustment **fault, struct error *err)
{
    const struct step_adjustment *steps[STEPS_MAX];
    size_t count = (size_t)config->step_count;
    for (size_t i = 0; i < count; i++) {
        steps[i] = *fault = &config->steps[i];
        if (!check_step(config, steps[i], err)) {
            return false;
        }
    }
    qsort(steps, count, sizeof *steps, compare_lower);
    for (size_t i = 1; i < count; i++) {
        *fault = steps[i];
        if (!check_neighbours(steps[i - 1], steps[i], err)) {
            return false;
        }
    }
    *fault = steps[0];
    if (!check_lowest(steps[0], err)) {
        return false;
    }
    *fault = steps[count - 1];
    return check_highest(steps[count - 1], err);
}

static bool check_settings(const struct step_policy_config *config, struct error *err)
{
    if (config->step_count < 1) {
        return error_set(err, "There must be at least one step adjustment");
    }
    if (config->step_count > STEPS_MAX) {
        return error_set(err, "There can be at most %d step adjustments per scaling policy", STEPS_MAX);
    }
    if (config->min_adjustment_magnitude < 0) {
        return error_set(err, "min_adjustment_magnitude %d is negative", config->min_adjustment_magnitude);
    }
    if (config->min_adjustment_magnitude > 0 && config->adjustment_type != ADJUST_PERCENT) {
        return error_set(err, "Minimum adjustment magnitude is only allowed for adjustment type PercentChangeInCapacity");
    }
    if (config->aggregation == STATISTIC_SUM || config->aggregation == STATISTIC_SAMPLE_COUNT) {
        return error_set(err, "metric_aggregation_type '%s' is not Average, Minimum or Maximum",
                         statistic_names[config->aggregation]);
    }
    return true;
}

bool step_policy_check(const struct step_policy_config *config, int *step, struct error *err)
{
    const struct step_adjustment *fault;
    *step = -1;
    if (!check_settings(config, err)) {
        return false;
    }
    if (!check_steps(config, &fault, err)) {
        *step = (int)(fault - config->steps);
        return false;
    }
    return true;
}

/* ---- deciding ---- */

const struct step_adjustment *step_policy_pick(const struct step_policy_config *config, double difference, bool below)
{
    bool on_lower_side = difference < 0 || (below && !(difference > 0));
    for (int i = 0; i < config->step_count; i++) {
        const struct step_adjustment *step = &config->steps[i];
        if (on_lower_side ? step->lower < difference && difference <= step->upper
                          : step->lower <= difference && difference < step->upper) {
            return step;
        }
    }
    return NULL;
}

/* STEP-05: toward zero, but never to zero. */
static int64_t percent_of(int base, int percent)
{
    int64_t raw = (int64_t)base * percent, whole = raw / 100;
    if (whole != 0 || raw == 0) {
        return whole;
    }
    return raw > 0 ? 1 : -1;
}

static int64_t at_least(int64_t change, int magnitude)
{
    if (change > 0) {
        return change < magnitude ? magnitude : change;
    }
    return change < 0 && change > -magnitude ? -magnitude : change;
}

int step_policy_capacity(const struct step_policy_config *config, int adjustment, int base)
{
    int64_t capacity = adjustment;
    if (config->adjustment_type == ADJUST_CHANGE) {
        capacity = (int64_t)base + adjustment;
    } else if (config->adjustment_type == ADJUST_PERCENT) {
        capacity = base + at_least(percent_of(base, adjustment), config->min_adjustment_magnitude);
    }
    if (capacity > INT32_MAX) {
        return INT32_MAX;
    }
    return capacity > 0 ? (int)capacity : 0;
}

static double aggregate(const struct policy *policy, const double *points, int count)
{
    const struct step_policy_config *config = policy->settings;
    if (config->aggregation == STATISTIC_AVERAGE) {
        return points_average(points, count);
    }
    double extreme = points[0];
    for (int i = 1; i < count; i++) {
        extreme = config->aggregation == STATISTIC_MINIMUM ? fmin(extreme, points[i]) : fmax(extreme, points[i]);
    }
    return extreme;
}

static const struct step_adjustment *pick(const struct policy *policy, const struct policy_signal *signal)
{
    return step_policy_pick(policy->settings, signal->metric - signal->threshold, signal->below);
}

static enum direction direction(const struct policy *policy, const struct policy_signal *signal, int desired)
{
    const struct step_policy_config *config = policy->settings;
    const struct step_adjustment *step = pick(policy, signal);
    if (step == NULL) {
        return DIRECTION_NONE;
    }
    if (config->adjustment_type == ADJUST_EXACT) {
        return step->adjustment < desired ? DIRECTION_IN : DIRECTION_OUT;
    }
    return (enum direction)((step->adjustment > 0) - (step->adjustment < 0));
}

static void propose(const struct policy *policy, const struct policy_signal *signal, enum direction wanted, int base,
                    struct proposal *proposal)
{
    (void)wanted;   /* the step's sign says it */
    const struct step_policy_config *config = policy->settings;
    int adjustment = pick(policy, signal)->adjustment;
    proposal->capacity = step_policy_capacity(config, adjustment, base);
    switch (config->adjustment_type) {
    case ADJUST_CHANGE:
        snprintf(proposal->formula, sizeof proposal->formula, "%d %c %d = %d", base, adjustment < 0 ? '-' : '+',
                 abs(adjustment), proposal->capacity);
        break;
    case ADJUST_PERCENT:
        snprintf(proposal->formula, sizeof proposal->formula, "%d %c %d %% = %d", base, adjustment < 0 ? '-' : '+',
                 abs(adjustment), proposal->capacity);
        break;
    case ADJUST_EXACT:
        snprintf(proposal->formula, sizeof proposal->formula, "exactly %d", proposal->capacity);
        break;
    }
}

static sim_time cooldown(const struct policy *policy, enum direction wanted)
{
    (void)wanted;   /* one for both directions */
    const struct step_policy_config *config = policy->settings;
    return sim_from_seconds(policy_number(config->cooldown_s, policy, ASSUME_COOLDOWN_STEP_S));
}

const struct policy_type step_policy_type = {
    .name = "StepScaling", .tracks = false,
    .aggregate = aggregate, .direction = direction, .propose = propose, .cooldown = cooldown,
};
