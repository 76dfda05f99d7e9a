#include "model/alarm.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/policy.h"
#include "model/record.h"
#include "model/scaling.h"
#include "model/world.h"

const char *const alarm_state_names[ALARM_STATE_COUNT] = { "OK", "ALARM", "INSUFFICIENT_DATA" };
const char *const alarm_missing_names[MISSING_COUNT] = { "missing", "ignore", "breaching", "notBreaching" };
const char *const comparison_names[COMPARISON_COUNT] = {
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
};

/* As reasons put it (ALARM-13). */
static const char *const comparison_phrases[COMPARISON_COUNT] = {
    "greater than", "greater than or equal to", "less than", "less than or equal to",
};

struct alarm {
    struct world *world;
    const char *name;
    struct query *query;
    const struct service *service;           /* alarm_service */
    double samples_needed;        /* of each datapoint; 0: any number will do */
    struct alarm_rule rule;
    bool m_was_set;               /* M of N was asked for: reasons say so */
    bool actions_enabled;
    struct alarm_action actions[ALARM_STATE_COUNT][ALARM_ACTIONS_MAX];
    int action_counts[ALARM_STATE_COUNT];
    sim_time period, interval, lag, repeat;
    sim_timer timer;
    struct alarm_rent *rent;

    enum alarm_state state;
    sim_time turned_at, invoked_at, breach_started, breach_ended;
    struct alarm_point seen;      /* the newest point as it was last recorded; start -1: never */
    struct alarm_point *points;   /* the evaluation range, oldest first */
    int point_count;
    const struct alarm_point **real;         /* of these, the newest up to N that are there, oldest first */
    double *recent;                          /* their values */
    int real_count;
};

/* --- deciding --- */

bool comparison_breaches(enum comparison comparison, double value, double threshold)
{
    switch (comparison) {
    case COMPARE_GREATER:
        return value > threshold;
    case COMPARE_GREATER_OR_EQUAL:
        return value >= threshold;
    case COMPARE_LESS:
        return value < threshold;
    case COMPARE_LESS_OR_EQUAL:
    case COMPARISON_COUNT:
        break;
    }
    return value <= threshold;
}

static bool breaches(const struct alarm_rule *rule, const struct alarm_point *point)
{
    return comparison_breaches(rule->comparison, point->value, rule->threshold);
}

/* Of the newest up to N real points: how many breach, how many do not, and how old the oldest is (1: the newest
 * slot). */
struct tallied {
    int breaching, good, oldest_age;
};

static struct tallied tally_points(const struct alarm_rule *rule, const struct alarm_point *points, int count)
{
    struct tallied tallied = { 0, 0, 0 };
    for (int age = 1; age <= count && tallied.breaching + tallied.good < rule->n; age++) {
        const struct alarm_point *point = &points[count - age];
        if (!point->present) {
            continue;
        }
        *(breaches(rule, point) ? &tallied.breaching : &tallied.good) += 1;
        tallied.oldest_age = age;
    }
    return tallied;
}

static enum alarm_state fill_with_nothing(const struct alarm_rule *rule, const struct tallied *tallied)
{
    if (tallied->good > 0) {
        return ALARM_STATE_OK;
    }
    /* Breaching points alone alarm once the oldest has aged as far as M slots: no later good point can come before
     * it. */
    return tallied->breaching > 0 && tallied->oldest_age >= rule->m ? ALARM_STATE_ALARM : ALARM_STATE_INSUFFICIENT_DATA;
}

enum alarm_state alarm_evaluate(const struct alarm_rule *rule, const struct alarm_point *points, int count,
                                enum alarm_state before)
{
    struct tallied tallied = tally_points(rule, points, count);
    int missing = rule->n - tallied.breaching - tallied.good;
    if (tallied.breaching >= rule->m) {
        return ALARM_STATE_ALARM;
    }
    if (tallied.good >= rule->n - rule->m + 1) {
        return ALARM_STATE_OK;
    }
    switch (rule->missing) {
    case MISSING_BREACHING:
        return tallied.breaching + missing >= rule->m ? ALARM_STATE_ALARM : ALARM_STATE_OK;
    case MISSING_NOT_BREACHING:
        return ALARM_STATE_OK;
    case MISSING_IGNORE:
        return tallied.good > 0 && !rule->retain_on_good ? ALARM_STATE_OK : before;
    case MISSING_MISSING:
    case MISSING_COUNT:
        break;
    }
    return fill_with_nothing(rule, &tallied);
}

/* --- saying why: AWS's words (ALARM-13) --- */

enum { REASON_MAX = 1024, LISTED_MAX = 5 };

struct reason {
    char text[REASON_MAX];
    size_t length;
};

static void say(struct reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct reason *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(reason->text + reason->length, sizeof reason->text - reason->length, format, arguments);
    va_end(arguments);
    CHECK(written >= 0 && (size_t)written < sizeof reason->text - reason->length);
    reason->length += (size_t)written;
}

static void say_number(struct reason *reason, double number)
{
    char text[64];
    units_format_number(number, 12, text, sizeof text);
    say(reason, strpbrk(text, ".en") != NULL ? "%s" : "%s.0", text);
}

static void say_time(struct reason *reason, const struct alarm *alarm, sim_time when)
{
    time_t unix_s = (time_t)(alarm->world->config.start_unix_s + when / SIM_SECOND);
    struct tm utc;
    CHECK(gmtime_r(&unix_s, &utc) != NULL);
    say(reason, "%02d/%02d/%02d %02d:%02d:%02d", utc.tm_mday, utc.tm_mon + 1, utc.tm_year % 100, utc.tm_hour,
        utc.tm_min, utc.tm_sec);
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static const char *was_were(int count)
{
    return count == 1 ? "was" : "were";
}

/* "[100.0 (05/01/26 00:03:00), ...]": newest first, those that speak for the new state. */
static void say_points(struct reason *reason, const struct alarm *alarm, bool breaching)
{
    int listed = 0;
    say(reason, "[");
    for (int i = alarm->real_count - 1; i >= 0 && listed < LISTED_MAX; i--) {
        if (breaches(&alarm->rule, alarm->real[i]) == breaching) {
            say(reason, listed++ > 0 ? ", " : "");
            say_number(reason, alarm->real[i]->value);
            say(reason, " (");
            say_time(reason, alarm, alarm->real[i]->start);
            say(reason, ")");
        }
    }
    say(reason, "]");
}

/* The newest `missing` slots without a point. */
static void say_missing_times(struct reason *reason, const struct alarm *alarm, int missing)
{
    int listed = 0;
    say(reason, " (");
    for (int i = alarm->point_count - 1; i >= 0 && listed < missing && listed < LISTED_MAX; i--) {
        if (!alarm->points[i].present) {
            say(reason, listed++ > 0 ? ", " : "");
            say_time(reason, alarm, alarm->points[i].start);
        }
    }
    say(reason, ")");
}

static void say_crossing(struct reason *reason, const struct alarm *alarm, int count, bool breaching)
{
    say(reason, "Threshold Crossed: %d ", count);
    if (alarm->m_was_set) {
        say(reason, "out of the last %d datapoints ", alarm->rule.n);
    } else {
        say(reason, "datapoint%s ", plural(count));
    }
    if (count <= LISTED_MAX) {
        say_points(reason, alarm, breaching);
        say(reason, " ");
    }
    say(reason, "%s %s%s the threshold (", was_were(count), breaching ? "" : "not ",
        comparison_phrases[alarm->rule.comparison]);
    say_number(reason, alarm->rule.threshold);
    say(reason, ")");
}

static void say_minimum(struct reason *reason, const struct alarm *alarm, bool breaching)
{
    int minimum = breaching ? alarm->rule.m : alarm->rule.n - alarm->rule.m + 1;
    say(reason, " (minimum %d datapoint%s for %s transition)", minimum, plural(minimum),
        breaching ? "OK -> ALARM" : "ALARM -> OK");
}

/* A threshold was crossed: by `count` points that are there, and by `missing` ones that are treated as if they were. */
static void say_turn(struct reason *reason, const struct alarm *alarm, int count, int missing, bool breaching)
{
    const char *treated = breaching ? "Breaching" : "NonBreaching";
    if (count == 0) {
        say(reason,
            "Threshold Crossed: no datapoints were received for %d period%s and %d missing datapoint%s %s treated as "
            "[%s].",
            alarm->rule.n, plural(alarm->rule.n), missing, plural(missing), was_were(missing), treated);
        return;
    }
    say_crossing(reason, alarm, count, breaching);
    if (missing > 0) {
        say(reason, " and %d missing datapoint%s %s treated as [%s]", missing, plural(missing), was_were(missing),
            treated);
        say_missing_times(reason, alarm, missing);
    }
    if (alarm->m_was_set) {
        say_minimum(reason, alarm, breaching);
    }
    say(reason, ".");
    if (count > LISTED_MAX) {
        say(reason, " The most recent datapoints: ");
        say_points(reason, alarm, breaching);
        say(reason, ".");
    }
}

static void compose_reason(struct reason *reason, const struct alarm *alarm, enum alarm_state to)
{
    struct tallied tallied = tally_points(&alarm->rule, alarm->points, alarm->point_count);
    int missing = alarm->rule.n - tallied.breaching - tallied.good;
    if (to == ALARM_STATE_INSUFFICIENT_DATA) {
        say(reason, "Insufficient Data: %d datapoint%s %s unknown.", missing, plural(missing), was_were(missing));
        return;
    }
    bool breaching = to == ALARM_STATE_ALARM;
    enum alarm_missing treatment = breaching ? MISSING_BREACHING : MISSING_NOT_BREACHING;
    say_turn(reason, alarm, breaching ? tallied.breaching : tallied.good,
             alarm->rule.missing == treatment ? missing : 0, breaching);
}

/* --- acting --- */

static void count_samples(const struct alarm *alarm, struct alarm_point *point)
{
    if (alarm->samples_needed > 0 && point->present) {
        metric_read(query_metric(alarm->query, 0), point->start, alarm->period, STATISTIC_SAMPLE_COUNT, &point->samples);
    }
}

/* The evaluation range: the newest slots that the lag lets the alarm see (ALARM-08..11). */
static void read_points(struct alarm *alarm, sim_time now)
{
    sim_time end = (now - alarm->lag) / alarm->period * alarm->period;
    for (int i = 0; i < alarm->point_count; i++) {
        struct alarm_point *point = &alarm->points[i];
        point->start = end - (alarm->point_count - i) * alarm->period;
        point->present = point->start >= 0 && query_read_seeing(alarm->query, point->start, end, &point->value);
        count_samples(alarm, point);
    }
}

static void pick_real_points(struct alarm *alarm)
{
    int first = alarm->point_count, count = 0;
    while (first > 0 && count < alarm->rule.n) {
        count += alarm->points[--first].present;
    }
    alarm->real_count = 0;
    for (int i = first; i < alarm->point_count; i++) {
        if (alarm->points[i].present) {
            alarm->real[alarm->real_count] = &alarm->points[i];
            alarm->recent[alarm->real_count++] = alarm->points[i].value;
        }
    }
}

/* ALARM-07: one of the points that would count has too few samples. */
static bool has_low_samples(const struct alarm *alarm)
{
    for (int i = 0; i < alarm->real_count; i++) {
        if (alarm->real[i]->samples < alarm->samples_needed) {
            return true;
        }
    }
    return false;
}

static void note_breach(struct alarm *alarm)
{
    const struct alarm_point *newest = &alarm->points[alarm->point_count - 1];
    alarm->breach_started = newest->start;           /* where missing points were taken for breaching ones */
    alarm->breach_ended = newest->start + alarm->period;
    for (int i = alarm->real_count - 1; i >= 0; i--) {
        if (breaches(&alarm->rule, alarm->real[i])) {
            alarm->breach_started = alarm->real[i]->start;
        }
    }
    for (int i = 0; i < alarm->real_count; i++) {
        if (breaches(&alarm->rule, alarm->real[i])) {
            alarm->breach_ended = alarm->real[i]->start + alarm->period;
        }
    }
}

static void invoke_policies(struct alarm *alarm, sim_time now)
{
    alarm->invoked_at = now;
    if (!alarm->actions_enabled || alarm->state == ALARM_STATE_INSUFFICIENT_DATA) {
        return;   /* AAS-05 */
    }
    for (int i = 0; i < alarm->action_counts[alarm->state]; i++) {
        if (alarm->actions[alarm->state][i].policy != NULL) {
            scaling_invoke(alarm->actions[alarm->state][i].policy, alarm);
        }
    }
}

static void call_functions(struct alarm *alarm, enum alarm_state previous)
{
    for (int i = 0; alarm->actions_enabled && i < alarm->action_counts[alarm->state]; i++) {
        const struct alarm_action *action = &alarm->actions[alarm->state][i];
        if (action->policy == NULL) {
            action->call(action->context, alarm->state, previous);
        }
    }
}

static void record_turn(const struct alarm *alarm, enum alarm_state from)
{
    if (!trace_wanted(alarm->world->sim, RECORD_ALARM)) {
        return;
    }
    struct reason reason = { .length = 0 };
    compose_reason(&reason, alarm, alarm->state);
    trace_emit(alarm->world->sim, RECORD_ALARM,
               &(struct record_alarm){ alarm, alarm->service, from, alarm->state, reason.text, alarm->points,
                                       alarm->point_count });
}

/* On changes only: a metric that stands still is one line of the file. */
static void record_seen(struct alarm *alarm)
{
    const struct alarm_point *newest = &alarm->points[alarm->point_count - 1];
    bool same = alarm->seen.start >= 0 && alarm->seen.present == newest->present &&
                (!newest->present || !(alarm->seen.value < newest->value || alarm->seen.value > newest->value));
    if (!same && trace_wanted(alarm->world->sim, RECORD_ALARM_SEEN)) {
        alarm->seen = *newest;
        trace_emit(alarm->world->sim, RECORD_ALARM_SEEN, &(struct record_alarm_seen){ alarm, *newest });
    }
}

static void turn(struct alarm *alarm, enum alarm_state to, sim_time now)
{
    enum alarm_state from = alarm->state;
    alarm->state = to;
    alarm->turned_at = now;
    if (to == ALARM_STATE_ALARM) {
        note_breach(alarm);
    }
    record_turn(alarm, from);
    invoke_policies(alarm, now);
    call_functions(alarm, from);
}

static void on_tick(struct sim *sim, void *self)
{
    struct alarm *alarm = self;
    sim_time now = sim_now(sim);
    sim_timer_arm(sim, alarm->timer, now + alarm->interval, RANK_ALARM);
    read_points(alarm, now);
    pick_real_points(alarm);
    record_seen(alarm);
    enum alarm_state state = alarm->state;
    if (!has_low_samples(alarm)) {
        state = alarm_evaluate(&alarm->rule, alarm->points, alarm->point_count, alarm->state);
    }
    if (state != alarm->state) {
        turn(alarm, state, now);
    } else if (alarm->repeat > 0 && now - alarm->invoked_at >= alarm->repeat) {
        invoke_policies(alarm, now);   /* AAS-07 */
    }
}

/* --- building --- */

bool alarm_check_period(sim_time period, struct error *err)
{
    bool sub_minute = period == 10 * SIM_SECOND || period == 20 * SIM_SECOND || period == 30 * SIM_SECOND;
    return sub_minute || (period > 0 && period % SIM_MINUTE == 0) ||
           error_set(err, "Period must be 10, 20, 30 or a multiple of 60: %g is not", sim_seconds(period));
}

/* ALARM-05 */
static bool check_range(const struct alarm_config *config, struct error *err)
{
    bool by_the_hour = config->period >= SIM_HOUR;
    sim_time longest = by_the_hour ? 7 * SIM_DAY : SIM_DAY;
    if (config->evaluation_periods > longest / config->period) {
        return error_set(err, "Metrics cannot be checked across more than a %s (EvaluationPeriods * Period must be <= %" PRId64
                              ") for alarms using period %s 3600",
                         by_the_hour ? "week" : "day", longest / SIM_SECOND, by_the_hour ? ">=" : "<");
    }
    return true;
}

static bool check_metrics(const struct query_config *query, struct error *err)
{
    enum { METRICS_MAX = 10 };
    int metrics = 0;
    for (int i = 0; i < query->term_count; i++) {
        const struct query_term *term = &query->terms[i];
        if (term->period > 0 && !alarm_check_period(term->period, err)) {
            return false;
        }
        metrics += term->expression == NULL;
    }
    return metrics <= METRICS_MAX || error_set(err, "Too many metrics in alarm, maximum is %d: %d", METRICS_MAX, metrics);
}

static bool check_config(const struct alarm_config *config, struct error *err)
{
    if (!alarm_check_period(config->period, err)) {
        return false;
    }
    if (config->evaluation_periods < 1) {
        return error_set(err, "evaluation_periods %d is below 1", config->evaluation_periods);
    }
    if (config->datapoints_to_alarm < 0 || config->datapoints_to_alarm > config->evaluation_periods) {
        return error_set(err, "DatapointsToAlarm must be less than or equal to EvaluationPeriods: %d of %d",
                         config->datapoints_to_alarm, config->evaluation_periods);
    }
    if (!isfinite(config->threshold)) {
        return error_set(err, "threshold is not a finite number");
    }
    return check_range(config, err) && check_metrics(&config->query, err);
}

/* ALARM-08, ALARM-09: the slowest input decides. */
static sim_time data_lag(const struct alarm *alarm)
{
    sim_time slowest = 0;
    const struct metric *metric;
    for (int i = 0; (metric = query_metric(alarm->query, i)) != NULL; i++) {
        sim_time lag = metric_alarm_data_lag(&alarm->world->assumptions, metric, alarm->period);
        slowest = lag > slowest ? lag : slowest;
    }
    return slowest;
}

/* ALARM-02: a second of the minute, scaled to the interval. */
static sim_time draw_phase(const struct alarm *alarm)
{
    struct rng rng;
    rng_init(&rng, alarm->world->sim, arena_printf(alarm->world->arena, "alarm phase %s", alarm->name), 0);
    sim_time phase = assumed_draw(&alarm->world->assumptions, ASSUME_ALARM_PHASE_S, &rng);
    return phase / (SIM_MINUTE / alarm->interval);
}

/* ALARM-03 */
static sim_time first_tick(const struct alarm *alarm, sim_time now, sim_time phase)
{
    sim_time earliest = now + assumed_time(&alarm->world->assumptions, ASSUME_ALARM_FIRST_EVAL_DELAY_S);
    sim_time past = (earliest - phase) % alarm->interval;
    if (past < 0) {
        past += alarm->interval;
    }
    return past == 0 ? earliest : earliest + alarm->interval - past;
}

static void set_rule(struct alarm *alarm, const struct alarm_config *config)
{
    enum alarm_ignore_good_point on_good =
        (enum alarm_ignore_good_point)assumed_choice(&alarm->world->assumptions, ASSUME_ALARM_IGNORE_GOOD_POINT);
    alarm->m_was_set = config->datapoints_to_alarm > 0;
    alarm->rule = (struct alarm_rule){
        .n = config->evaluation_periods,
        .m = alarm->m_was_set ? config->datapoints_to_alarm : config->evaluation_periods,
        .missing = config->missing, .comparison = config->comparison, .threshold = config->threshold,
        .retain_on_good = on_good == IGNORE_GOOD_POINT_RETAIN,
    };
}

static void set_times(struct alarm *alarm)
{
    const struct assumptions *assumptions = &alarm->world->assumptions;
    bool sub_minute = alarm->period < SIM_MINUTE;
    alarm->interval = sub_minute ? 10 * SIM_SECOND : SIM_MINUTE;
    alarm->lag = data_lag(alarm);
    alarm->repeat = assumed_time(assumptions, ASSUME_ACTION_REPEAT_S) / (SIM_MINUTE / alarm->interval);
    alarm->point_count =
        alarm->rule.n +
        (int)assumed_number(assumptions, sub_minute ? ASSUME_ALARM_RANGE_EXTRA_SUBMINUTE : ASSUME_ALARM_RANGE_EXTRA);
}

static void allocate_points(struct alarm *alarm)
{
    struct arena *arena = alarm->world->arena;
    alarm->points = arena_alloc(arena, (size_t)alarm->point_count * sizeof *alarm->points);
    alarm->real = arena_alloc(arena, (size_t)alarm->rule.n * sizeof *alarm->real);
    alarm->recent = arena_alloc(arena, (size_t)alarm->rule.n * sizeof *alarm->recent);
}

/* NULL: nobody's so far. *several: of more than one. */
static void add_owner(const struct service **owner, const struct service *service, bool *several)
{
    *several = *several || (*owner != NULL && service != NULL && service != *owner);
    *owner = service != NULL ? service : *owner;
}

static const struct service *find_owner(const struct alarm *alarm)
{
    const struct service *of_policies = NULL, *of_metrics = NULL;
    bool several_policies = false, several_metrics = false;
    for (int state = 0; state < ALARM_STATE_COUNT; state++) {
        for (int i = 0; i < alarm->action_counts[state]; i++) {
            const struct policy *policy = alarm->actions[state][i].policy;
            add_owner(&of_policies, policy != NULL ? policy->service : NULL, &several_policies);
        }
    }
    const struct metric *metric;
    for (int i = 0; (metric = query_metric(alarm->query, i)) != NULL; i++) {
        add_owner(&of_metrics, metric->service, &several_metrics);
    }
    if (of_policies != NULL) {
        return several_policies ? NULL : of_policies;
    }
    return several_metrics ? NULL : of_metrics;
}

/* COST-12 */
static void rent(struct alarm *alarm, sim_time now)
{
    struct metrics *metrics = alarm->world->metrics;
    alarm->rent = arena_alloc(alarm->world->arena, sizeof *alarm->rent);
    *alarm->rent = (struct alarm_rent){
        .next = metrics->rents, .high_resolution = alarm->period < SIM_MINUTE, .from = now, .to = SIM_NEVER,
    };
    while (query_metric(alarm->query, alarm->rent->metrics) != NULL) {
        alarm->rent->metrics++;
    }
    metrics->rents = alarm->rent;
}

double alarm_samples_needed(double percentile)
{
    double share = percentile / 100;
    double needed = 10 / (share >= 0.5 ? 1 - share : share);
    return ceil(needed - needed * 1e-9);   /* 1 - 0.9 is a little less than a tenth */
}

/* ALARM-07 */
static bool set_samples_needed(struct alarm *alarm, const struct alarm_config *config, struct error *err)
{
    const struct query_term *only = &config->query.terms[0];
    if (!config->ignores_low_samples) {
        return true;
    }
    if (config->query.term_count != 1 || !(only->percentile > 0) || !(only->percentile < 100)) {
        return error_set(err, "Option evaluateLowSampleCountPercentile can not be applied: this option is enabled only for "
                              "percentile statistics below p100");
    }
    alarm->samples_needed = alarm_samples_needed(only->percentile);
    return true;
}

/* What a metric is about: the value of its last dimension. NULL: an expression, or a metric without dimensions. */
static const char *subject_of(const struct query_term *term)
{
    int count = term->expression == NULL ? term->metric.dimension_count : 0;
    return count > 0 ? term->metric.dimensions[count - 1].value : NULL;
}

/* Has an earlier term the subject of the one at `index`? */
static bool repeats_subject(const struct query_config *query, int index)
{
    for (int i = 0; i < index; i++) {
        const char *subject = subject_of(&query->terms[i]);
        if (subject != NULL && strcmp(subject, subject_of(&query->terms[index])) == 0) {
            return true;
        }
    }
    return false;
}

/* The expression alone would be the same text for every service that is scaled in the same way. */
static const char *expression_text(struct arena *arena, const struct query_config *query, const struct query_term *returned)
{
    const char *text = arena_printf(arena, "%s = %s", returned->id, returned->expression);
    for (int i = 0; i < query->term_count; i++) {
        const char *subject = subject_of(&query->terms[i]);
        if (subject != NULL && !repeats_subject(query, i)) {
            text = arena_printf(arena, "%s, %s", text, subject);
        }
    }
    return text;
}

/* What it watches, for readers: the name of a metric, or the expression that is returned, and what they are about. */
static const char *metric_text(const struct alarm *alarm, const struct query_config *query)
{
    struct arena *arena = alarm->world->arena;
    const struct query_term *term = &query->terms[0];
    for (int i = 0; i < query->term_count; i++) {
        term = query->terms[i].return_data ? &query->terms[i] : term;
    }
    if (term->expression != NULL) {
        return expression_text(arena, query, term);
    }
    const char *subject = subject_of(term);
    return arena_printf(arena, "%s %s%s%s", term->metric.name, statistic_names[term->statistic],
                        subject != NULL ? ", " : "", subject != NULL ? subject : "");
}

static const struct policy *invoked_policy(const struct alarm *alarm)
{
    for (int i = 0; i < alarm->action_counts[ALARM_STATE_ALARM]; i++) {
        if (alarm->actions[ALARM_STATE_ALARM][i].policy != NULL) {
            return alarm->actions[ALARM_STATE_ALARM][i].policy;
        }
    }
    return NULL;
}

static void record_made(const struct alarm *alarm, const struct query_config *query)
{
    if (trace_wanted(alarm->world->sim, RECORD_ALARM_MADE)) {
        trace_emit(alarm->world->sim, RECORD_ALARM_MADE,
                   &(struct record_alarm_made){
                       alarm, metric_text(alarm, query), invoked_policy(alarm), alarm->period, &alarm->rule,
                   });
    }
}

struct alarm *alarm_create(struct world *world, const struct alarm_config *config, struct error *err)
{
    if (!check_config(config, err)) {
        return NULL;
    }
    sim_time now = sim_now(world->sim);
    struct alarm *alarm = arena_alloc(world->arena, sizeof *alarm);
    alarm->world = world;
    alarm->name = arena_text(world->arena, config->name);
    alarm->period = config->period;
    alarm->query = query_create(world, &config->query, config->period, err);
    if (alarm->query == NULL || !set_samples_needed(alarm, config, err)) {
        return NULL;
    }
    set_rule(alarm, config);
    set_times(alarm);
    allocate_points(alarm);
    alarm->actions_enabled = config->actions_enabled;
    memcpy(alarm->actions, config->actions, sizeof alarm->actions);
    memcpy(alarm->action_counts, config->action_counts, sizeof alarm->action_counts);
    alarm->state = ALARM_STATE_INSUFFICIENT_DATA;
    alarm->turned_at = alarm->invoked_at = now;
    alarm->seen.start = -1;
    alarm->service = find_owner(alarm);
    query_keep(alarm->query, now, alarm->lag + (alarm->point_count + 1) * alarm->period);
    rent(alarm, now);
    sim_time phase = config->phase < 0 ? draw_phase(alarm) : config->phase;
    alarm->timer = sim_timer_create(world->sim, on_tick, alarm);
    sim_timer_arm(world->sim, alarm->timer, first_tick(alarm, now, phase), RANK_ALARM);
    record_made(alarm, &config->query);
    VEC_GROW(world->alarms, world->alarm_count, world->alarm_room);
    world->alarms[world->alarm_count++] = alarm;
    return alarm;
}

static void forget(struct world *world, const struct alarm *alarm)
{
    int i = 0;
    while (world->alarms[i] != alarm) {
        i++;
    }
    world->alarms[i] = world->alarms[--world->alarm_count];
}

struct alarm *alarm_find(const struct world *world, const char *name)
{
    for (int i = 0; i < world->alarm_count; i++) {
        if (strcmp(world->alarms[i]->name, name) == 0) {
            return world->alarms[i];
        }
    }
    return NULL;
}

sim_time alarm_span(const struct alarm *alarm)
{
    return alarm->rule.n * alarm->period;
}

void alarm_delete(struct alarm *alarm)
{
    forget(alarm->world, alarm);
    sim_timer_destroy(alarm->world->sim, alarm->timer);
    alarm->rent->to = sim_now(alarm->world->sim);
}

enum alarm_state alarm_current_state(const struct alarm *alarm)
{
    return alarm->state;
}

const char *alarm_name(const struct alarm *alarm)
{
    return alarm->name;
}

const struct alarm_rule *alarm_rule_of(const struct alarm *alarm)
{
    return &alarm->rule;
}

const struct service *alarm_service(const struct alarm *alarm)
{
    return alarm->service;
}

int alarm_recent(const struct alarm *alarm, const double **values)
{
    *values = alarm->recent;
    return alarm->real_count;
}

void alarm_recent_span(const struct alarm *alarm, sim_time *from, sim_time *to)
{
    *from = alarm->real[0]->start;
    *to = alarm->real[alarm->real_count - 1]->start + alarm->period;
}

sim_time alarm_turned_at(const struct alarm *alarm)
{
    return alarm->turned_at;
}

sim_time alarm_breach_started(const struct alarm *alarm)
{
    return alarm->breach_started;
}

sim_time alarm_breach_ended(const struct alarm *alarm)
{
    return alarm->breach_ended;
}

sim_time alarm_breach_published(const struct alarm *alarm)
{
    return alarm->breach_ended + alarm->lag;
}
