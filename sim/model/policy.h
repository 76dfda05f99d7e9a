/* The family of scaling policies, as scaling.c uses it: each kind proposes a capacity from plain values. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <stdbool.h>

#include "model/assumption.h"
#include "model/scaling.h"

enum direction { DIRECTION_IN = -1, DIRECTION_NONE, DIRECTION_OUT };

/* What an alarm tells a policy (AAS-08). */
struct policy_signal {
    double metric;                /* its recent datapoints, aggregated as the policy wants */
    double threshold;
    bool below;                   /* the metric is on the lower side of the threshold */
    const struct custom_answer *answer;      /* of a custom policy, which has none of the above */
    int asked_capacity;           /* what its rule was asked with */
};

enum { FORMULA_MAX = 128 };

struct proposal {
    int capacity;
    bool flapping;                /* TT-17: whatever was removed would have to be added again */
    char formula[FORMULA_MAX];    /* "ceil(10 x 150 / 100) = 15" */
};

/* One kind of policy. All functions are pure: they look at the policy's settings and at their arguments. */
struct policy_type {
    const char *name;             /* AWS's PolicyType */
    bool tracks;                  /* takes part in the agreement on scale-in (AAS-10) */
    double (*aggregate)(const struct policy *policy, const double *points, int count);
    enum direction (*direction)(const struct policy *policy, const struct policy_signal *signal, int desired);
    void (*propose)(const struct policy *policy, const struct policy_signal *signal, enum direction direction, int base,
                    struct proposal *proposal);
    sim_time (*cooldown)(const struct policy *policy, enum direction direction);
};

extern const struct policy_type custom_policy_type, predictive_policy_type, step_policy_type, target_policy_type;

/* The scale-out whose tasks a policy's books wait for (time_to_ready). */
struct policy_wait {
    bool waiting;
    struct waterfall waterfall;   /* as far as it has come */
};

struct policy {
    const struct policy_type *type;
    const char *name;
    struct service *service;
    struct policy *next;          /* of the same target, in the order in which they were put */
    void *settings;               /* the kind's own */
    int puts;
    sim_time counted_turn;        /* the alarm's turn whose first scale-out is in the books; -1: none */
    struct policy_wait wait;
};

/* A setting of the policy; where it is negative, the assumption. */
double policy_number(double given, const struct policy *policy, enum assumption_id otherwise);
double points_average(const double *points, int count);

/* ---- step scaling: settings are a struct step_policy_config ---- */

/* STEP-01 STEP-02: the step for metric - threshold; NULL: none covers it. `below`: a difference of 0 is on the lower
 * side. */
const struct step_adjustment *step_policy_pick(const struct step_policy_config *config, double difference, bool below);

/* STEP-04..06 */
int step_policy_capacity(const struct step_policy_config *config, int adjustment, int base);

/* ---- target tracking ---- */

struct target_settings {
    double target_value, scale_out_cooldown_s, scale_in_cooldown_s;
    struct alarm *high, *low;     /* low NULL: no scale-in (TT-04) */
    const struct metric *metric;  /* of a policy on a single metric, else NULL */
};

/* TT-11, TT-19 */
int target_policy_out(int base, double metric, double target, int step_from_zero);

/* TT-16, TT-17; *flapping: nothing may be removed. */
int target_policy_in(int base, double metric, double target, double max_fraction, bool flap_guard, bool *flapping);

/* The settings that `config` asks for, with the two alarms that the policy owns (TT-05), in the world's arena; NULL:
 * error. */
struct target_settings *target_policy_settings(struct policy *policy, const struct target_policy_config *config,
                                               struct error *err);
void target_policy_delete_alarms(const struct target_settings *settings);

/* ---- custom ---- */

struct custom_settings {
    const char *ids[QUERY_TERMS_MAX];
    const struct query *series[QUERY_TERMS_MAX];
    int count;
    sim_time period, interval, cooldown_out, cooldown_in;
    struct custom_decider decider;
    sim_timer timer;
};

/* The newest datapoint of every series, and the span that they cover. */
struct custom_reading {
    double data[QUERY_TERMS_MAX];
    sim_time from, to;
};

/* CW-05: the end of the newest period whose datapoint can be read `delay` after it ended. */
sim_time custom_policy_newest_end(sim_time now, sim_time period, sim_time delay);

/* The settings that `config` asks for, without a timer, in the world's arena; NULL: error. */
struct custom_settings *custom_policy_settings(const struct policy *policy, const struct custom_policy_config *config,
                                               struct error *err);

/* What CloudWatch shows at `now`, looking back as far as an alarm of one datapoint does (ALARM-11). NULL, or the id of
 * a series that has no data: then nothing is decided (AAS-05). */
const char *custom_policy_read(const struct policy *policy, sim_time now, struct custom_reading *reading);

/* ---- predictive ---- */

struct predictive_settings {
    struct predictive_policy_config config;
    sim_time buffer;
    int capacity;                 /* the forecast in force; 0 before the first */
    sim_timer timer;
};

/* The settings that `config` asks for, without a timer, in the world's arena. */
struct predictive_settings *predictive_policy_settings(const struct policy *policy,
                                                       const struct predictive_policy_config *config);

/* PRED-03: the start of the hour whose forecast is in force at `now`. Hours are the clock's, in UTC; that of the first may
 * lie before time 0. */
sim_time predictive_hour(sim_time now, int64_t start_unix_s, sim_time buffer);

/* An hour's forecast is that of its start, rounded up. */
int predictive_capacity(const struct rate *forecast, sim_time hour);

struct bounds {
    int min, max;
};

/* PRED-02, PRED-04, PRED-05: `bounds` as the forecast in force widens or narrows them; the target's own maximum is
 * max_capacity. */
struct bounds predictive_bounds(const struct predictive_settings *settings, int max_capacity, struct bounds bounds);

/* ---- one decision ---- */

/* Everything that a decision looks at besides the policy and its signal. */
struct scaling_view {
    enum direction direction;     /* what the policy wants */
    bool suspended;               /* AAS-25, in this direction */
    bool waits;                   /* AAS-21, in_progress_decide = wait, and an activity is in progress */
    bool objected;                /* AAS-10: a tracking policy does not say in */
    bool deployment_blocks;       /* AAS-22 */
    int desired, base, min, max;  /* base: AAS-06 */
    bool in_cooldown;             /* of scale-in: AAS-18 */
    bool credited;                /* an earlier scale-out is to be credited: AAS-17 */
    enum cooldown_credit credit;
    int credit_base, credit_added;
};

enum decision_end {
    DECISION_NO_CHANGE,           /* the policy wants nothing */
    DECISION_SUSPENDED, DECISION_WAITS, DECISION_OBJECTED, DECISION_IN_COOLDOWN,
    DECISION_NOT_SCALED,          /* with a code */
    DECISION_SCALED
};

struct scaling_decision {
    enum decision_end end;
    enum not_scaled code;         /* of DECISION_NOT_SCALED */
    int base;                     /* what the formula started from */
    int proposed;                 /* before bounds; -1: the formula was not reached */
    int result;                   /* the new desired count; the old one unless DECISION_SCALED */
    char formula[FORMULA_MAX];
};

/* AAS-03, AAS-04, AAS-17: the count that a decision in the view's direction starts from. */
int scaling_base(const struct scaling_view *view);

/* OWN-24: THE ORDER OF CHECKS in one decision: suspended; an activity to wait for; of scale-in, other tracking policies and
 * a deployment; at the bound; cooldown (in: stop, out: credit); formula, bounds, direction; anticipated flapping; already
 * at the desired count; act. */
void scaling_decide(const struct policy *policy, const struct policy_signal *signal, const struct scaling_view *view,
                    struct scaling_decision *decision);

#endif
