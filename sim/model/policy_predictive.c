#include <math.h>

#include "model/policy.h"
#include "model/service.h"
#include "model/world.h"

const struct policy_type predictive_policy_type = { .name = "PredictiveScaling" };

bool predictive_policy_check(const struct predictive_policy_config *config, struct error *err)
{
    bool has_buffer = config->max_capacity_buffer >= 0;
    if (config->increases_max != has_buffer) {   /* PRED-04 */
        return error_set(err, has_buffer ? "You cannot specify MaxCapacityBuffer when using HonorMaxCapacity"
                                         : "You must specify MaxCapacityBuffer when using IncreaseMaxCapacity");
    }
    return config->forecast.count > 0 || error_set(err, "missing 'forecast': the scenario supplies it");
}

struct predictive_settings *predictive_policy_settings(const struct policy *policy,
                                                       const struct predictive_policy_config *config)
{
    struct predictive_settings *settings = arena_alloc(policy->service->world->arena, sizeof *settings);
    settings->config = *config;
    settings->buffer = sim_from_seconds(
        policy_number(config->scheduling_buffer_s, policy, ASSUME_PREDICTIVE_BUFFER_S));
    return settings;
}

sim_time predictive_hour(sim_time now, int64_t start_unix_s, sim_time buffer)
{
    sim_time passed = start_unix_s % 3600 * SIM_SECOND;   /* of the hour in which the run starts */
    return (now + buffer + passed) / SIM_HOUR * SIM_HOUR - passed;
}

/* A hundred-millionth of a task is an error of rounding. */
static int whole_tasks(double tasks)
{
    double up = ceil(tasks - 1e-8);
    return up < 0 ? 0 : up < 1e6 ? (int)up : 1000000;
}

int predictive_capacity(const struct rate *forecast, sim_time hour)
{
    return whole_tasks(rate_at(forecast, hour > 0 ? hour : 0));
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

struct bounds predictive_bounds(const struct predictive_settings *settings, int max_capacity, struct bounds bounds)
{
    if (!settings->config.scales) {
        return bounds;
    }
    int most = max_capacity;
    if (settings->config.increases_max) {
        most = larger(most, whole_tasks(settings->capacity * (100.0 + settings->config.max_capacity_buffer) / 100));
    }
    int floor = settings->capacity < most ? settings->capacity : most;
    return (struct bounds){ larger(bounds.min, floor), larger(bounds.max, most) };
}
