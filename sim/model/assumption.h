/* The ledger: every rule and constant of AWS that the model implements, with its source, and what may be said instead. */
#ifndef MODEL_ASSUMPTION_H
#define MODEL_ASSUMPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/rng.h"
#include "engine/simtime.h"

enum assumption_id {
    /* protection */
    ASSUME_BLOCKED_RULE,            /* PROT-78: blocked protected_gt_desired blocked_after_s off */
    ASSUME_BLOCKED_AFTER_S,         /* PROT-78, third reading */
    ASSUME_RENEWALS_EXEMPT,         /* PROT-79 */
    ASSUME_PROTECT_STOPPING,        /* PROT-86: refused success */
    ASSUME_PROTECT_LATENCY_MS,      /* PROT-87: 20..50 */
    ASSUME_PROTECT_TIMEOUT_S,       /* PROT-24: 4 */
    ASSUME_TIMEOUT_APPLIED_P,       /* PROT-94 */
    ASSUME_ENDPOINT_RPS,            /* PROT-95 */
    ASSUME_ENDPOINT_BURST,
    ASSUME_PROTECTION_BUCKET_SHARED,/* protection.md 11 item 9 */
    ASSUME_PROTECTION_BURST,        /* PROT-14 */
    ASSUME_PROTECTION_RPS,
    ASSUME_EVENT_N,                 /* PROT-82: protected surplus */
    ASSUME_PROTECT_ERROR_P,         /* injected faults, default 0 */
    ASSUME_PROTECT_TIMEOUT_P,
    /* scheduler */
    ASSUME_RECONCILE_S,             /* SCHED-18 */
    ASSUME_RECONCILE_TRIGGER,       /* SCHED-18: update_service state_change */
    ASSUME_ECS_REACT_LATENCY_S,     /* AAS-31: 3..8 */
    ASSUME_VICTIM_ORDER,            /* SCHED-50: enum victim_order */
    ASSUME_AZ_COUNT_SCOPE,          /* PROT-84: running candidates */
    ASSUME_EVENT_REPEAT_S,          /* EVENT-37: 21600 */
    ASSUME_HEALTHY_AFTER_S,         /* DEPLOY-04: 40 */
    ASSUME_FIRST_HEALTH_PASSES,     /* ALB-06: 1 */
    ASSUME_FIRST_HEALTH_CHECK_S,    /* ALB-06, SCHED-21: 1..5 */
    ASSUME_FAIL_OPEN,               /* ALB-07: all unhealthy off */
    ASSUME_WS_LOR,                  /* ALB-12: configured always */
    ASSUME_UNHEALTHY_HONOURS_PROTECTION,     /* PROT-88 */
    ASSUME_INFRA_HONOURS_PROTECTION,         /* PROT-89 */
    ASSUME_DRAINING_HONOURS_PROTECTION,      /* PROT-90 */
    ASSUME_AZ_REBALANCE,            /* SCHED-43 */
    /* deployments */
    ASSUME_COUNT_STOPPING,          /* DEPLOY-03 */
    ASSUME_STOP_FIRST,              /* DEPLOY-17 */
    ASSUME_RESOLVE_DIGESTS,         /* DEPLOY-11 */
    ASSUME_PROTECTED_COUNTS_HEALTHY,/* DEPLOY-42 */
    ASSUME_DEPLOY_SCALE_OUT,        /* DEPLOY-12: both primary */
    ASSUME_DEPLOYMENT_CAP,          /* PROT-92: 5; 0 = off */
    ASSUME_BLUEGREEN_WAIT_PROTECTED,/* PROT-93 */
    ASSUME_CB_MIN,                  /* DEPLOY-18: 3 */
    /* starts */
    ASSUME_LAUNCHES_PER_MINUTE,     /* SCHED-22: 500 */
    ASSUME_FARGATE_LAUNCH_BURST,    /* SCHED-23: 100 */
    ASSUME_FARGATE_LAUNCH_RPS,      /* SCHED-23: 20 */
    ASSUME_FARGATE_VCPU_QUOTA,      /* SCHED-32: 0 = off */
    ASSUME_BACKOFF_AFTER,           /* SCHED-28: 3 */
    ASSUME_BACKOFF_START_S,         /* SCHED-28: 10 */
    ASSUME_BACKOFF_CAP_S,           /* SCHED-26: 1620 */
    ASSUME_PULL_ERROR_S,            /* SCHED-21: 0.5 */
    ASSUME_API_LATENCY_MS,          /* operators' and controllers' calls: 20..50 */
    /* task life */
    ASSUME_CREATED_TO_PULL_S,       /* SCHED-20, pitfalls 9: 17..22 */
    ASSUME_PULL_S,                  /* SCHED-20: 5..15 */
    ASSUME_STOP_REPORT_S,           /* SCHED-19: 11 */
    ASSUME_SPOT_STOP_CODE,          /* SCHED-05 */
    ASSUME_ENI_DETACH_S,            /* SCHED-19: 24 */
    ASSUME_IDLE_CPU_PERCENT,        /* METRIC-08: 1 */
    ASSUME_IDLE_MEMORY_PERCENT,     /* METRIC-08: 20 */
    /* SQS */
    ASSUME_SQS_CALL_MS,             /* SQS-10: 6..14 */
    ASSUME_SQS_WAITER_ORDER,        /* SQS-10: fifo random */
    ASSUME_SQS_STALE_DELETE,        /* SQS-07: ignored deletes */
    ASSUME_SQS_METRIC_IDLE_AFTER_S, /* CW-08: 21600 */
    ASSUME_SQS_METRIC_WAKE_S,       /* CW-08: 0..900 */
    /* CloudWatch */
    ASSUME_METRIC_VISIBILITY_DELAY_S,        /* CW-05: 41 */
    ASSUME_METRIC_VISIBILITY_DELAY_20S_S,    /* CW-06: 12 */
    ASSUME_ALARM_DATA_LAG_ECS_S,             /* ALARM-08: 120 */
    ASSUME_ALARM_DATA_LAG_CUSTOM_S,          /* ALARM-09: 30 */
    ASSUME_ALARM_DATA_LAG_SQS_S,             /* ALARM-09: 60 */
    ASSUME_ALARM_DATA_LAG_INSIGHTS_S,        /* ALARM-09: 60 */
    ASSUME_ALARM_DATA_LAG_ALB_S,             /* ALARM-09: 60 */
    ASSUME_ALARM_DATA_LAG_SUBMINUTE_S,       /* ALARM-09: 10 */
    ASSUME_ALARM_DATA_LAG_ECS_20S_S,         /* ALARM-08: 11 */
    ASSUME_ALARM_PHASE_S,                    /* ALARM-02: 0..60 (scaled to the interval) */
    ASSUME_ALARM_FIRST_EVAL_DELAY_S,         /* ALARM-03: 43 */
    ASSUME_ALARM_RANGE_EXTRA,                /* ALARM-11: 2 */
    ASSUME_ALARM_RANGE_EXTRA_SUBMINUTE,      /* ALARM-11: 6 */
    ASSUME_ALARM_IGNORE_GOOD_POINT,          /* ALARM-12: ok retain */
    /* Application Auto Scaling */
    ASSUME_TT_HIGH_N,               /* TT-05 */
    ASSUME_TT_LOW_N,
    ASSUME_TT_LOW_N_20S,            /* TT-08: 30 */
    ASSUME_TT_LOW_RATIO,
    ASSUME_TT_AGGREGATE,            /* TT-13: average latest */
    ASSUME_TT_SCALE_IN_MAX_FRACTION,/* TT-16: 0.05 */
    ASSUME_TT_FLAP_GUARD,           /* TT-17 */
    ASSUME_TT_SCALE_FROM_ZERO_STEP, /* TT-19 */
    ASSUME_BASE_COUNT,              /* AAS-06: running desired */
    ASSUME_ACTION_REPEAT_S,         /* AAS-07: 60; 0 = off */
    ASSUME_ACTION_LATENCY_S,        /* AAS-29: 0.15..0.2 */
    ASSUME_ACTIVITY_POLL_FIRST_S,   /* AAS-33: 33 */
    ASSUME_ACTIVITY_POLL_S,         /* AAS-33: 32 */
    ASSUME_ACTIVITY_ENDS,           /* AAS-37: steady desired_set */
    ASSUME_COOLDOWN_OUT_S,          /* AAS-15 */
    ASSUME_COOLDOWN_IN_S,
    ASSUME_COOLDOWN_STEP_S,
    ASSUME_COOLDOWN_FROM,           /* AAS-16: completion start */
    ASSUME_COOLDOWN_CREDIT,         /* AAS-17: on off subtract */
    ASSUME_IN_PROGRESS_DECIDE,      /* AAS-21: compute wait */
    ASSUME_DEPLOYMENT_BLOCK_SCALE_IN, /* AAS-22 */
    ASSUME_NOTSCALED_DEDUP,         /* AAS-28 */
    ASSUME_SCHEDULE_JITTER_S,       /* SCHD-08: 0..20 */
    ASSUME_SCHEDULE_CLAMP_S,        /* SCHD-07: 0.27 */
    ASSUME_SCHEDULE_COLLISIONS,     /* SCHD-09 */
    ASSUME_SCHEDULE_RETRY_S,        /* SCHD-09: 0.8..31 */
    ASSUME_PREDICTIVE_BUFFER_S,     /* PRED-03: 300 */
    /* container instances */
    ASSUME_EC2_TASK_START_S,        /* SCHED-20: 5..10 */
    ASSUME_EC2_INSTANCE_COLD_S,     /* SCHED-20: 120..150 */
    ASSUME_REGISTERED_MEMORY_PERCENT, /* PLACE-06: 98.125 */
    ASSUME_PROVISIONING_LIMIT,      /* SCHED-25: 500 */
    ASSUME_CPR_PENDING_BASE,        /* CAP-19: all busy */
    ASSUME_CAS_FIRST_LAUNCH,        /* CAP-20: 2; 0 = formula */
    ASSUME_CAS_SCALE_IN_STEP,       /* CAP-21: half one */
    /* cost */
    ASSUME_PRICE_BASIS,             /* COST-02: hourly per_second */
    ASSUME_BILL_END,                /* COST-04: execution_stopped stopped */
    ASSUME_WINDOWS_PRICE,           /* COST-02: page price_list */
    ASSUME_COUNT
};

enum assumption_kind { ASSUMPTION_NUMBER, ASSUMPTION_RANGE, ASSUMPTION_SWITCH, ASSUMPTION_CHOICE };

/* One row of the ledger. A NUMBER is one number; a RANGE a number or "low..high", drawn uniformly; a SWITCH on or off; a
 * CHOICE one of `choices`. */
struct assumption {
    const char *name;             /* as in --assume and sim.assume */
    const char *rules;            /* "PROT-78 DEPLOY-49" */
    const char *statement;        /* what the model does, one sentence */
    enum assumption_kind kind;
    const char *value;            /* the default as text */
    const char *alternatives;     /* other defensible values as text, separated by '|'; "" where the number is free */
    const char *choices;          /* of a CHOICE, separated by ' ' in the order of its enum; else NULL */
    const char *unit;             /* "s", "ms", "1/s", "tasks", "" */
    double least, most;           /* legal bounds of the numbers */
    bool whole;                   /* the numbers are counts */
    const char *grade;            /* documented observed assumed */
    const char *confidence;       /* H M L */
    const char *source, *date;
};

extern const struct assumption assumption_table[ASSUME_COUNT];

/* Rules that the model implements as written, without a constant to choose, and rules that it does not implement: the rest
 * of the ledger. */
struct assumption_rule {
    const char *rule, *statement, *source, *date, *grade;
    bool modelled;
};

extern const struct assumption_rule assumption_rules[];
extern const size_t assumption_rule_count;

/* The values in force for a run, or for one object with an `assume` of its own. Plain data: copy by assignment. */
struct assumption_value {
    double low, high;             /* equal for a NUMBER; SWITCH 0 or 1; CHOICE: index in `choices` */
};

struct assumptions {
    struct assumption_value values[ASSUME_COUNT];
    bool overridden[ASSUME_COUNT];
};

void assumptions_init(struct assumptions *assumptions);          /* the defaults */

/* Set `name` from text ("5", "2m" where the unit is s, "20..50", "on", "protected_gt_desired"). Fails on an unknown name
 * (with the nearest known one), an illegal value or one outside its bounds; `assumptions` is untouched then. */
bool assumptions_set(struct assumptions *assumptions, const char *name, const char *value, struct error *err);

/* The value in force as text, as assumptions_set takes it. Returns `text`. */
const char *assumption_value_text(const struct assumptions *assumptions, enum assumption_id id, char *text, size_t size);

double assumed_number(const struct assumptions *assumptions, enum assumption_id id);
int assumed_choice(const struct assumptions *assumptions, enum assumption_id id);
bool assumed_on(const struct assumptions *assumptions, enum assumption_id id);
sim_time assumed_time(const struct assumptions *assumptions, enum assumption_id id);   /* of a NUMBER in s or ms */

/* A draw from a RANGE in s or ms, uniform, from the entity's own stream. A constant draws all the same, so that fixing one
 * assumption shifts no other. */
sim_time assumed_draw(const struct assumptions *assumptions, enum assumption_id id, struct rng *rng);

/* Choices, in the order of the table. */
enum blocked_rule { BLOCKED_RULE_BLOCKED, BLOCKED_RULE_PROTECTED_GT_DESIRED, BLOCKED_RULE_AFTER, BLOCKED_RULE_OFF };
enum protect_stopping { PROTECT_STOPPING_REFUSED, PROTECT_STOPPING_SUCCESS };
enum event_n { EVENT_N_PROTECTED, EVENT_N_SURPLUS };
enum reconcile_trigger { RECONCILE_UPDATE_SERVICE, RECONCILE_STATE_CHANGE };
enum victim_order {
    VICTIM_ECS, VICTIM_RANDOM, VICTIM_NEWEST, VICTIM_OLDEST, VICTIM_IDLE_FIRST, VICTIM_FEWEST_JOBS, VICTIM_LEAST_REMAINING,
    VICTIM_LEAST_LOST
};
enum deploy_scale_out { DEPLOY_SCALE_OUT_BOTH, DEPLOY_SCALE_OUT_PRIMARY };
enum spot_stop_code { SPOT_STOP_INTERRUPTION, SPOT_STOP_NOTICE };
enum az_count_scope { AZ_COUNT_RUNNING, AZ_COUNT_CANDIDATES };
enum fail_open { FAIL_OPEN_ALL, FAIL_OPEN_UNHEALTHY, FAIL_OPEN_OFF };
enum ws_lor { WS_LOR_CONFIGURED, WS_LOR_ALWAYS };
enum sqs_waiter_order { WAITER_FIFO, WAITER_RANDOM };
enum sqs_stale_delete { STALE_DELETE_IGNORED, STALE_DELETE_DELETES };
enum alarm_ignore_good_point { IGNORE_GOOD_POINT_OK, IGNORE_GOOD_POINT_RETAIN };
enum tt_aggregate { TT_AGGREGATE_AVERAGE, TT_AGGREGATE_LATEST };
enum base_count { BASE_COUNT_RUNNING, BASE_COUNT_DESIRED };
enum activity_ends { ACTIVITY_ENDS_STEADY, ACTIVITY_ENDS_DESIRED_SET };
enum cooldown_from { COOLDOWN_FROM_COMPLETION, COOLDOWN_FROM_START };
enum cooldown_credit { CREDIT_ON, CREDIT_OFF, CREDIT_SUBTRACT };
enum in_progress_decide { IN_PROGRESS_COMPUTE, IN_PROGRESS_WAIT };
enum cpr_pending_base { CPR_PENDING_BASE_ALL, CPR_PENDING_BASE_BUSY };
enum cas_scale_in_step { CAS_SCALE_IN_HALF, CAS_SCALE_IN_ONE };
enum price_basis { PRICE_HOURLY, PRICE_PER_SECOND };
enum windows_price { WINDOWS_PRICE_PAGE, WINDOWS_PRICE_LIST };
enum bill_end { BILL_EXECUTION_STOPPED, BILL_STOPPED };

#endif
