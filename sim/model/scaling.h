/* Application Auto Scaling: scalable targets, policies, activities, and the order of checks in one decision. */
#ifndef MODEL_SCALING_H
#define MODEL_SCALING_H

#include <stdbool.h>

#include "engine/rate.h"
#include "model/alarm.h"
#include "model/timetable.h"

struct world;
struct service;
struct policy;
struct task;
struct scaling;
struct scalable_target;

enum not_scaled {                 /* AAS-28 */
    NOT_SCALED_ANTICIPATED_FLAPPING, NOT_SCALED_PUT_AS_UNSCALABLE, NOT_SCALED_AT_MAX, NOT_SCALED_AT_MIN,
    NOT_SCALED_AT_DESIRED, NOT_SCALED_COUNT
};
extern const char *const not_scaled_codes[NOT_SCALED_COUNT];    /* "AlreadyAtMaxCapacity" ... */

/* RegisterScalableTarget: a second call changes what it names (negative: unchanged) and clamps at once (AAS-02). The
 * first must name both bounds. */
struct scalable_target_config {
    int min_capacity, max_capacity;
    int dynamic_scaling_in_suspended, dynamic_scaling_out_suspended, scheduled_scaling_suspended;   /* -1: unchanged */
};
bool scaling_register_target(struct service *service, const struct scalable_target_config *config, struct error *err);
int scalable_target_min(const struct scalable_target *target);
int scalable_target_max(const struct scalable_target *target);

enum adjustment_type { ADJUST_CHANGE, ADJUST_PERCENT, ADJUST_EXACT };

struct step_adjustment {
    double lower, upper;          /* offsets from the threshold; -INFINITY, INFINITY: unbounded (STEP-01) */
    int adjustment;
};

enum { STEPS_MAX = 20 };          /* AAS-09 */

struct step_policy_config {
    enum adjustment_type adjustment_type;
    struct step_adjustment steps[STEPS_MAX];
    int step_count;
    int min_adjustment_magnitude; /* 0: none (STEP-06) */
    double cooldown_s;            /* negative: the assumption */
    enum statistic aggregation;   /* Average, Minimum, Maximum (STEP-07) */
};

/* STEP-03. What AWS refuses, in its words where they are known, as the checks of the other kinds below. *step: which of the
 * steps is wrong; -1: none of them alone. */
bool step_policy_check(const struct step_policy_config *config, int *step, struct error *err);

enum predefined_metric {
    PREDEFINED_NONE, PREDEFINED_ECS_CPU, PREDEFINED_ECS_MEMORY,
    PREDEFINED_ECS_CPU_HIGH_RESOLUTION, PREDEFINED_ECS_MEMORY_HIGH_RESOLUTION,
    PREDEFINED_ALB_REQUESTS, PREDEFINED_COUNT
};
extern const char *const predefined_metric_names[PREDEFINED_COUNT];      /* AWS's words (TT-21) */

/* When the two alarms of a target tracking policy are evaluated (ALARM-02): for replays. */
struct target_phases {
    bool high_fixed, low_fixed;   /* false: drawn */
    sim_time high, low;
};

struct target_policy_config {
    double target_value;
    double scale_out_cooldown_s, scale_in_cooldown_s;    /* negative: the assumption */
    bool disable_scale_in;
    enum predefined_metric predefined;
    const struct target_group *target_group;             /* of ALBRequestCountPerTarget; NULL: the service's only one */
    struct query_config query;    /* customised: one metric, or metric math */
    struct target_phases phases;
};
bool target_policy_check(const struct target_policy_config *config, struct error *err);      /* TT-22, TT-25, TT-26 */

/* ---- custom policies: the scenario's own rule in the place of an alarm and a formula ---- */

enum { CUSTOM_REASON_MAX = 96 };

/* What the rule is asked: the base count (AAS-06, while a scale-out is credited the one before it: AAS-17) and, in the
 * order of the terms, the newest datapoints that CloudWatch shows. */
struct custom_question {
    sim_time now;
    int capacity;
    const char *const *ids;
    const double *data;
    int count;
};

struct custom_answer {
    bool proposes;                /* false: it has nothing to say */
    int capacity;                 /* more than it was asked with: out; less: in */
    char reason[CUSTOM_REASON_MAX];          /* "": none was given */
};

/* Who decides. False: it failed, which fails the run. Both in the run's arena or longer. */
struct custom_decider {
    bool (*decide)(void *context, const struct custom_question *question, struct custom_answer *answer,
                   struct error *err);
    void *context;
};

struct custom_policy_config {
    struct query_config query;    /* every term is handed over, whatever its return_data says */
    sim_time period, evaluation_interval;
    double scale_out_cooldown_s, scale_in_cooldown_s;
    struct custom_decider decider;
};

/* ---- predictive policies: the forecast is the scenario's (PRED-07) ---- */

struct predictive_policy_config {
    bool scales;                  /* ForecastAndScale; false: ForecastOnly */
    double scheduling_buffer_s;   /* negative: the assumption */
    bool increases_max;           /* IncreaseMaxCapacity; false: HonorMaxCapacity */
    int max_capacity_buffer;      /* per cent of the forecast; -1: not given */
    struct rate forecast;         /* tasks over the run's time; keeps the points */
};
bool predictive_policy_check(const struct predictive_policy_config *config, struct error *err);      /* PRED-04 */

/* PutScalingPolicy, for a registered target. In the world's arena. Target tracking makes its two alarms (TT-05).
 * Putting a name again changes that policy, whose alarms are replaced (TT-03). */
struct policy *scaling_put_step_policy(struct service *service, const char *name,
                                       const struct step_policy_config *config, struct error *err);
struct policy *scaling_put_target_policy(struct service *service, const char *name,
                                         const struct target_policy_config *config, struct error *err);
struct policy *scaling_put_custom_policy(struct service *service, const char *name,
                                         const struct custom_policy_config *config, struct error *err);
struct policy *scaling_put_predictive_policy(struct service *service, const char *name,
                                             const struct predictive_policy_config *config, struct error *err);
/* Is there a policy, and anything between the bounds for it to do? */
bool scaling_is_by_policy(const struct service *service);

const char *policy_name(const struct policy *policy);
bool policy_takes_alarms(const struct policy *policy);           /* false: it evaluates itself */

/* PutScheduledAction, for a registered target. */
bool scaling_put_scheduled_action(struct service *service, const struct scheduled_action_config *config,
                                  struct error *err);

/* An occurrence of the scheduled action `name`, now: called by timetable.c. Negative: the bound stays. Lost while
 * scheduled scaling is suspended (SCHD-05); failed if the bounds contradict each other (SCHD-10). False: the one before
 * has not ended yet, so that this one has to be tried again (SCHD-09). */
bool scaling_run_scheduled_action(struct service *service, const char *name, int min_capacity, int max_capacity);

/* An alarm invokes a policy with what it saw (AAS-08): called by alarm.c on a change to ALARM and every minute after. */
void scaling_invoke(struct policy *policy, const struct alarm *alarm);

/* One per world; frees what the arena does not own. */
struct scaling *scaling_create(struct world *world);
void scaling_destroy(struct scaling *scaling);

/* Called by service.c: a task was started or has become ready (time_to_ready); the desired count has changed (at_min,
 * at_max). */
void scaling_note_tasks(struct service *service);
void scaling_note_bounds(struct service *service);

/* The first scale-out after an alarm's turn to ALARM, instant by instant; -1: it did not come so far. */
struct waterfall {
    const struct alarm *alarm;
    int from, to;                 /* the desired count */
    sim_time load_changed_at;     /* start of the first breaching period */
    sim_time measured_at;         /* end of the last period that it took to breach */
    sim_time published_at;        /* alarms can use that period's datapoint (ALARM-08) */
    sim_time alarmed_at, decided_at;
    sim_time started_at;          /* ECS has created the tasks */
    sim_time ready_at;            /* as many tasks are ready as it was scaled to */
};

struct record_waterfall {
    const struct service *service;
    const struct policy *policy;
    const struct waterfall *waterfall;
};

struct record_activity {
    const struct service *service;
    uint64_t id;
    bool begun;                   /* false: ended, or not scaled at all */
    const char *status_code;      /* AAS-27 */
    const char *description, *cause, *status_message;
    int not_scaled;               /* enum not_scaled; -1: it scaled */
    sim_time started_at, ended_at;
};

struct record_decision {
    const struct service *service;
    const struct policy *policy;
    const struct alarm *alarm;    /* NULL: of a policy that evaluates itself */
    int capacity, desired;        /* base of the computation; desired count before */
    double metric;                /* what entered the formula; NAN: of such a policy */
    sim_time data_from, data_to;  /* the span of the datapoints that it looked at; -1: there were none */
    const char *const *data_ids;  /* of a custom policy: what its rule was given */
    const double *data;
    int data_count;
    int proposed;                 /* before bounds; -1: none */
    int result;                   /* the new desired count; equal to `desired`: nothing done */
    const char *formula;          /* "ceil(10 x 150 / 100) = 15" */
    const char *why;              /* one clause: "scaled out", "in cooldown until 0:12:05", "AlreadyAtMaxCapacity" ... */
};

#endif
