/* CloudWatch alarms: M of N datapoints with missing ones, each alarm at its own phase (ALARM-..). */
#ifndef MODEL_ALARM_H
#define MODEL_ALARM_H

#include <stdbool.h>

#include "model/metric.h"

struct world;
struct alarm;
struct policy;

enum alarm_state { ALARM_STATE_OK, ALARM_STATE_ALARM, ALARM_STATE_INSUFFICIENT_DATA, ALARM_STATE_COUNT };
extern const char *const alarm_state_names[ALARM_STATE_COUNT];

enum alarm_missing { MISSING_MISSING, MISSING_IGNORE, MISSING_BREACHING, MISSING_NOT_BREACHING, MISSING_COUNT };
extern const char *const alarm_missing_names[MISSING_COUNT];    /* AWS's words */

enum comparison {
    COMPARE_GREATER, COMPARE_GREATER_OR_EQUAL, COMPARE_LESS, COMPARE_LESS_OR_EQUAL, COMPARISON_COUNT
};
extern const char *const comparison_names[COMPARISON_COUNT];    /* AWS's words */
bool comparison_breaches(enum comparison comparison, double value, double threshold);

/* One slot of the evaluation range. */
struct alarm_point {
    bool present;
    double value, samples;        /* samples: where few of them are ignored, else 0 */
    sim_time start;
};

/* ALARM-07: how many samples make a percentile (0 to 100) count. */
double alarm_samples_needed(double percentile);

/* ALARM-12, pure. `points` oldest to newest, the whole evaluation range; n = evaluation periods, m = datapoints to
 * alarm. `before` matters only where missing data are ignored. */
struct alarm_rule {
    int n, m;
    enum alarm_missing missing;
    enum comparison comparison;
    double threshold;
    bool retain_on_good;          /* alarm_ignore_good_point = retain */
};
enum alarm_state alarm_evaluate(const struct alarm_rule *rule, const struct alarm_point *points, int count,
                                enum alarm_state before);

struct alarm_action {
    struct policy *policy;        /* or, when NULL, the scenario's own function */
    void (*call)(void *context, enum alarm_state state, enum alarm_state previous);   /* on changes only (AAS-07) */
    void *context;
};

enum { ALARM_ACTIONS_MAX = 5 };

struct alarm_config {
    const char *name;
    struct query_config query;
    sim_time period;              /* 10, 20, 30 s or k x 60 s */
    int evaluation_periods, datapoints_to_alarm;     /* M of N; M 0: all */
    enum comparison comparison;
    double threshold;
    enum alarm_missing missing;
    bool ignores_low_samples;     /* ALARM-07, of an alarm on one percentile: EvaluateLowSampleCountPercentile = ignore */
    bool actions_enabled;
    struct alarm_action actions[ALARM_STATE_COUNT][ALARM_ACTIONS_MAX];   /* of the turn to each state */
    int action_counts[ALARM_STATE_COUNT];
    sim_time phase;               /* below 0: drawn (ALARM-02) */
};

/* What AWS allows as a period. */
bool alarm_check_period(sim_time period, struct error *err);

/* ALARM-01 ALARM-05. In the world's arena. Evaluates itself from now on: each minute, or each 10 s where the period is
 * below a minute, at its own phase (ALARM-02, ALARM-03). */
struct alarm *alarm_create(struct world *world, const struct alarm_config *config, struct error *err);
void alarm_delete(struct alarm *alarm);              /* never evaluates or costs again */

struct alarm *alarm_find(const struct world *world, const char *name);    /* NULL: there is none */
sim_time alarm_span(const struct alarm *alarm);      /* of the periods that it looks at */
enum alarm_state alarm_current_state(const struct alarm *alarm);
const char *alarm_name(const struct alarm *alarm);
const struct alarm_rule *alarm_rule_of(const struct alarm *alarm);

/* Whose alarm it is: the service of the policies that it invokes, else of its metrics; NULL: no service's, or several. */
const struct service *alarm_service(const struct alarm *alarm);

/* What a policy learns (AAS-08): the newest up to N real points of the latest evaluation, oldest first. */
int alarm_recent(const struct alarm *alarm, const double **values);
void alarm_recent_span(const struct alarm *alarm, sim_time *from, sim_time *to);     /* of these, at least one */

sim_time alarm_turned_at(const struct alarm *alarm);         /* when it came into its state */
/* Start of the first breaching period of its latest turn to ALARM. */
sim_time alarm_breach_started(const struct alarm *alarm);

/* End of the newest breaching period of that turn, and when alarms can use its datapoint (ALARM-08). */
sim_time alarm_breach_ended(const struct alarm *alarm);
sim_time alarm_breach_published(const struct alarm *alarm);

struct record_alarm_made {
    const struct alarm *alarm;
    const char *metric;           /* "CPUUtilization Average, worker", "backlog = m1 / m2, jobs, worker" */
    const struct policy *policy;  /* the first that it invokes in ALARM; NULL: none */
    sim_time period;
    const struct alarm_rule *rule;
};

struct record_alarm_seen {
    const struct alarm *alarm;
    struct alarm_point point;     /* the newest slot of its range */
};

struct record_alarm {
    const struct alarm *alarm;
    const struct service *service;   /* alarm_service */
    enum alarm_state from, to;
    const char *reason;           /* ALARM-13, AWS's words */
    const struct alarm_point *points;   /* the evaluation range as it saw it, oldest first */
    int point_count;
};

#endif
