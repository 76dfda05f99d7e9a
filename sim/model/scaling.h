/* Application Auto Scaling: scalable targets, policies, activities, and the order of checks in one decision. */
#ifndef MODEL_SCALING_H
#define MODEL_SCALING_H

#include <stdbool.h>

#include "model/alarm.h"

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

enum predefined_metric { PREDEFINED_NONE, PREDEFINED_ECS_CPU, PREDEFINED_ECS_MEMORY };

struct target_policy_config {
    double target_value;
    double scale_out_cooldown_s, scale_in_cooldown_s;    /* negative: the assumption */
    bool disable_scale_in;
    enum predefined_metric predefined;
    struct query_config query;    /* customised: one metric, or metric math */
};

/* PutScalingPolicy, for a registered target. In the world's arena. Target tracking makes its two alarms (TT-05).
 * Putting a name again changes that policy, whose alarms are replaced (TT-03). */
struct policy *scaling_put_step_policy(struct service *service, const char *name,
                                       const struct step_policy_config *config, struct error *err);
struct policy *scaling_put_target_policy(struct service *service, const char *name,
                                         const struct target_policy_config *config, struct error *err);
const char *policy_name(const struct policy *policy);

/* An alarm invokes a policy with what it saw (AAS-08): called by alarm.c on a change to ALARM and every minute after. */
void scaling_invoke(struct policy *policy, const struct alarm *alarm);

/* One per world; frees what the arena does not own. */
struct scaling *scaling_create(struct world *world);
void scaling_destroy(struct scaling *scaling);

/* Called by service.c: a task has become ready (time_to_ready); the desired count has changed (at_min, at_max). */
void scaling_task_ready(struct service *service, struct task *task);
void scaling_note_bounds(struct service *service);

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
    const struct alarm *alarm;
    int capacity, desired;        /* base of the computation; desired count before */
    double metric;                /* what entered the formula */
    int proposed;                 /* before bounds; -1: none */
    int result;                   /* the new desired count; equal to `desired`: nothing done */
    const char *formula;          /* "ceil(10 x 150 / 100) = 15" */
    const char *why;              /* one clause: "scaled out", "in cooldown until 0:12:05", "AlreadyAtMaxCapacity" ... */
};

#endif
