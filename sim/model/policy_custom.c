/* Custom policies: a rule of the scenario's own sees what CloudWatch shows and names a capacity. Ours, not AWS's. */
#include <stdio.h>

#include "model/policy.h"
#include "model/service.h"
#include "model/world.h"

/* ---- deciding ---- */

static double aggregate(const struct policy *policy, const double *points, int count)
{
    (void)policy;
    return points_average(points, count);   /* no alarm invokes it: policy_takes_alarms */
}

/* AAS-06: by what the rule was asked with, so that a count that lags behind the desired one turns no scale-out into a
 * scale-in. */
static enum direction direction(const struct policy *policy, const struct policy_signal *signal, int desired)
{
    (void)policy, (void)desired;
    if (!signal->answer->proposes) {
        return DIRECTION_NONE;
    }
    int wanted = signal->answer->capacity, asked = signal->asked_capacity;
    return (enum direction)((wanted > asked) - (wanted < asked));
}

static void propose(const struct policy *policy, const struct policy_signal *signal, enum direction wanted, int base,
                    struct proposal *proposal)
{
    (void)policy, (void)wanted, (void)base;
    const struct custom_answer *answer = signal->answer;
    proposal->capacity = answer->capacity;
    snprintf(proposal->formula, sizeof proposal->formula, "decide(%d) = %d%s%s", signal->asked_capacity,
             answer->capacity, answer->reason[0] != '\0' ? ", " : "", answer->reason);
}

static sim_time cooldown(const struct policy *policy, enum direction wanted)
{
    const struct custom_settings *settings = policy->settings;
    return wanted == DIRECTION_OUT ? settings->cooldown_out : settings->cooldown_in;
}

const struct policy_type custom_policy_type = {
    .name = "Custom", .tracks = false,
    .aggregate = aggregate, .direction = direction, .propose = propose, .cooldown = cooldown,
};

/* ---- what it sees ---- */

sim_time custom_policy_newest_end(sim_time now, sim_time period, sim_time delay)
{
    return now < delay ? 0 : (now - delay) / period * period;
}

/* How many periods back a datapoint still counts: as for an alarm of one datapoint. */
static int periods_seen(const struct policy *policy, sim_time period)
{
    enum assumption_id extra = period < SIM_MINUTE ? ASSUME_ALARM_RANGE_EXTRA_SUBMINUTE : ASSUME_ALARM_RANGE_EXTRA;
    return 1 + (int)assumed_number(&policy->service->assumptions, extra);
}

static bool read_newest(const struct query *series, sim_time end, sim_time period, int periods, double *value,
                        sim_time *start)
{
    for (int back = 1; back <= periods; back++) {
        *start = end - back * period;
        if (*start >= 0 && query_read_seeing(series, *start, end, value)) {
            return true;
        }
    }
    return false;
}

/* Of all metrics, which every series holds; a recorded one may have a delay of its own. */
static sim_time slowest_delay(const struct policy *policy)
{
    const struct custom_settings *settings = policy->settings;
    const struct metric *metric;
    sim_time slowest = 0;
    for (int i = 0; (metric = query_metric(settings->series[0], i)) != NULL; i++) {
        sim_time delay = metric_visibility_delay(&policy->service->assumptions, metric, settings->period);
        slowest = delay > slowest ? delay : slowest;
    }
    return slowest;
}

const char *custom_policy_read(const struct policy *policy, sim_time now, struct custom_reading *reading)
{
    const struct custom_settings *settings = policy->settings;
    sim_time end = custom_policy_newest_end(now, settings->period, slowest_delay(policy));
    reading->from = SIM_NEVER;
    reading->to = 0;
    for (int i = 0; i < settings->count; i++) {
        sim_time start;
        if (!read_newest(settings->series[i], end, settings->period, periods_seen(policy, settings->period),
                         &reading->data[i], &start)) {
            return settings->ids[i];
        }
        reading->from = start < reading->from ? start : reading->from;
        reading->to = start + settings->period > reading->to ? start + settings->period : reading->to;
    }
    return NULL;
}

/* ---- building ---- */

static bool check_times(const struct custom_policy_config *config, struct error *err)
{
    if (!alarm_check_period(config->period, err)) {
        return false;
    }
    return config->evaluation_interval >= SIM_SECOND ||
           error_set(err, "evaluation_interval %g is below a second", sim_seconds(config->evaluation_interval));
}

/* A query returns one series, so there is one per term, over the same terms. */
static const struct query *series_of(const struct policy *policy, const struct custom_policy_config *config, int term,
                                     sim_time range, struct error *err)
{
    struct world *world = policy->service->world;
    struct query_config query = config->query;
    for (int i = 0; i < query.term_count; i++) {
        query.terms[i].return_data = i == term;
    }
    struct query *series = query_create(world, &query, config->period, err);
    if (series != NULL) {
        query_keep(series, sim_now(world->sim), range);
    }
    return series;
}

struct custom_settings *custom_policy_settings(const struct policy *policy, const struct custom_policy_config *config,
                                               struct error *err)
{
    if (!check_times(config, err)) {
        return NULL;
    }
    struct world *world = policy->service->world;
    sim_time delay = assumed_time(&policy->service->assumptions, ASSUME_METRIC_VISIBILITY_DELAY_S);
    sim_time range = delay + (periods_seen(policy, config->period) + 1) * config->period;
    struct custom_settings *settings = arena_alloc(world->arena, sizeof *settings);
    *settings = (struct custom_settings){
        .count = config->query.term_count, .period = config->period, .interval = config->evaluation_interval,
        .cooldown_out = sim_from_seconds(config->scale_out_cooldown_s),
        .cooldown_in = sim_from_seconds(config->scale_in_cooldown_s), .decider = config->decider,
    };
    for (int i = 0; i < settings->count; i++) {
        settings->ids[i] = arena_text(world->arena, config->query.terms[i].id);
        settings->series[i] = series_of(policy, config, i, range, err);
        if (settings->series[i] == NULL) {
            return NULL;
        }
    }
    return settings;
}
