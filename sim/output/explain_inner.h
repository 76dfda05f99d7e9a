/* What the files of an explanation share: who speaks, and what each has said. For explain*.c alone. */
#ifndef OUTPUT_EXPLAIN_INNER_H
#define OUTPUT_EXPLAIN_INNER_H

#include "output/explain.h"
#include "output/explain_deployment.h"
#include "output/explain_instance.h"
#include "output/explain_words.h"

/* Why nothing was done, or why ECS refused. */
struct reason {
    char *key;                    /* without what differs each time; owned */
    uint64_t times, untold;       /* since it is listened to; since it was told last */
    bool told;
};

struct reasons {
    struct reason *list;
    size_t count, room;
    sim_time newest_at, untold_at;           /* of the newest; of the newest that was counted only */
};

/* A policy with one of its alarms. */
struct voice {
    char *service, *policy, *alarm;          /* owned; alarm "": it evaluates itself */
    struct reasons reasons;
    uint64_t scaled_out, scaled_in;
    bool acted;                   /* since its alarm turned, or since it began to ask for something */
    bool overtaken;               /* the desired count has changed since a reason was told: at its next turn it is news */
    bool quiet;                   /* a policy without an alarm asks for nothing */
    char *standing;               /* its reason for doing nothing now; owned, NULL: it has acted since */
    sim_time since;
    uint64_t in_a_row;
};

enum { WATCH_OK, WATCH_ALARM, WATCH_INSUFFICIENT_DATA, WATCH_STATES };
extern const char *const watch_states[WATCH_STATES];

struct watch {
    char *alarm, *service;        /* owned */
    char *metric;                 /* what it looks at; owned, NULL: not known */
    char *policy;                 /* that it wakes; owned, "": none, or not known */
    const char *state, *before;   /* "" before its first turn */
    sim_time made_at, since;
    bool has_data;
    bool told[WATCH_STATES];
    bool open;                    /* its last turn to ALARM was told */
    char *held;                   /* the reason of one that was not; owned, NULL: none */
    uint64_t untold;              /* turns to ALARM */
    uint64_t turns[WATCH_STATES]; /* since it is listened to */
};

/* A service. */
struct place {
    char *name;                   /* owned */
    bool stirred;                 /* something has happened since it was steady */
    sim_time decided_at, caused_at, stopped_at;      /* the newest of each; -1: none */
    int decided;                  /* the desired count */
    char *cause;                  /* of the newest activity; owned */
    int desired;                  /* -1: not known yet */
    sim_time desired_since;
    bool blocked;
    sim_time blocked_since, blocked_at;
    uint64_t blocked_untold;
    struct reasons refusals;
    uint64_t chosen, busy, cut, sessions_cut, blocked_times;
    sim_time work_lost;
};

struct explain {
    struct text *text;
    const int64_t *start_unix_s;
    sim_time from;                /* earlier sentences are not told */
    bool detailed, totals_begun;
    bool line_open;               /* the newest line has no end yet */
    bool line_goes_on;            /* and explain_add may put more on it */
    sim_time line_at;
    char *line_who;               /* owned */
    struct voice *voices;
    size_t voice_count, voice_room;
    struct watch *watches;
    size_t watch_count, watch_room;
    struct explain_deployments deployments;
    struct explain_instances instances;
    struct place *places;
    size_t place_count, place_room;
};

static inline bool explain_listens(const struct explain *explain, sim_time at)
{
    return at >= explain->from;
}

/* The same, or, if the newest line was added for that instant and service, as the rest of it. */
void explain_add(struct explain *explain, sim_time at, const char *who, const char *sentence);
void explain_end_line(struct explain *explain);
const char *explain_label(const struct explain *explain, sim_time at, char label[CALENDAR_SIZE]);

/* explain_reasons.c. Count one that was given at `at`; true if it is to be told. */
bool reasons_take(struct reasons *reasons, const char *key, const struct explain *explain, sim_time at);
/* Tell those that were only counted. */
void reasons_tell(struct reasons *reasons, struct explain *explain, sim_time at, const char *service, const char *who);
/* Each is news again. */
void reasons_renew(struct reasons *reasons);
/* "66 times: 62 x in cooldown, 4 x it is at its minimum", the most frequent first. */
void reasons_put(const struct reasons *reasons, struct sentence *sentence);
uint64_t reasons_sum(const struct reasons *reasons);
void reasons_add(struct reasons *sum, const struct reasons *more);
void reasons_free(struct reasons *reasons);

/* explain_policy.c: what decides. */
void explain_take_alarm_made(struct explain *explain, const struct explain_event *event);
void explain_take_alarm_seen(struct explain *explain, const struct explain_event *event);
void explain_tell_alarm(struct explain *explain, const struct explain_event *event);
void explain_tell_decision(struct explain *explain, const struct explain_event *event);
void explain_tell_waterfall(struct explain *explain, const struct explain_event *event);
void explain_tell_standing_policies(struct explain *explain, sim_time from);
void explain_tell_overtaken(struct explain *explain, const char *service, sim_time at);    /* its desired count changes */
void explain_tell_open_policies(struct explain *explain);        /* what is counted still */
void explain_put_watch(struct sentence *sentence, const struct watch *watch);
void explain_end_policies(struct explain *explain);

/* explain_service.c: what ECS does. */
struct place *explain_place(struct explain *explain, const char *service);
void explain_tell_message(struct explain *explain, const struct explain_event *event);
void explain_tell_activity(struct explain *explain, const struct explain_event *event);
void explain_tell_desired(struct explain *explain, const struct explain_event *event);
void explain_tell_stop(struct explain *explain, const struct explain_event *event);
void explain_tell_refusal(struct explain *explain, const struct explain_event *event);
void explain_tell_expiry(struct explain *explain, const struct explain_event *event);
void explain_tell_task(struct explain *explain, const struct explain_event *event);
void explain_tell_disruption(struct explain *explain, const struct explain_event *event);
void explain_tell_delivery(struct explain *explain, const struct explain_event *event);
void explain_tell_sessions_cut(struct explain *explain, const struct explain_event *event);
void explain_tell_standing_services(struct explain *explain, sim_time from);
void explain_tell_open_services(struct explain *explain);
void explain_end_services(struct explain *explain);

/* explain_totals.c */
void explain_tell_totals(struct explain *explain);

#endif
