/* Decisions as sentences: why it scaled, why it did not, which tasks were chosen to stop and which were passed over. A run
 * tells them while it goes on (explain_observe), a folder afterwards (explain_folder.h): the sentences are the same.
 *
 * What is told is what changes. A reason for doing nothing is told once and counted until the policy acts, or until its alarm
 * turns again after the desired count has changed; a turn of an alarm is told the first time and whenever something comes of
 * it; ECS's messages are left out where a sentence before has said the same. The totals come last, with the alarms that never
 * knew anything. */
#ifndef OUTPUT_EXPLAIN_H
#define OUTPUT_EXPLAIN_H

#include <stdint.h>

#include "model/record.h"
#include "model/scaling.h"
#include "output/calendar.h"
#include "output/text.h"

struct world;
struct explain;

struct explain_task {
    const char *id;
    sim_time protected_until;
};

/* What is told, whatever it was read from. Texts are borrowed until the call returns; what a kind lacks is NULL or 0. */
struct explain_event {
    enum record_kind kind;
    sim_time at;
    const char *service, *task, *policy, *alarm;
    const char *text;             /* a service's message, an alarm's reason, why it was decided so, who changed the desired
                                     count, ECS's refusal (NULL: granted), an activity's cause, what happened to a task or
                                     to a message, the metric of a new alarm, the cause of a disruption, why a
                                     deployment failed (NULL: it has not), an instance's status, what holds a group's
                                     instances */
    const char *what;             /* that a disruption is about; NULL: its tasks say it */
    const char *group, *instance, *zone;     /* of instances */
    int instances;                /* of the group; of an instance, its tasks */
    sim_time until;               /* of a disruption; -1: it does not last */
    const char *deployment, *definition;     /* a deployment's ID; its task definition, or a task's */
    bool rolls_back;              /* of a deployment */
    const char *stage;            /* the same: its lifecycle stage; NULL: a rolling one */
    const char *description, *fault;         /* of an activity; fault NULL: it has not failed */
    const char *cause;            /* why a task ended, a message or sessions were cut: cause_names */
    const char *from_state, *to_state;       /* of an alarm; status and rollout state of a deployment */
    const char *formula;          /* of a decision; "": it was not reached */
    double metric;                /* of a decision, NAN: a custom policy has none; that an alarm saw, NAN: no datapoint; the
                                     reservation that managed scaling acted on; a deployment's per cent of the traffic */
    sim_time data_from, data_to;  /* the span of what a decision looked at; -1: nothing */
    const char *const *data_ids;  /* what a custom policy was given */
    const double *data;
    int data_count;
    int from, to;                 /* the desired count, or capacity, before and after */
    int capacity, proposed;       /* a decision's base, and what it asked for before bounds (-1: nothing) */
    int wanted;                   /* tasks that a pass of the scheduler wants to stop; instances that a group wants to let go */
    int exit_code;                /* of a task */
    int sessions;                 /* that were cut */
    bool begun;                   /* of an activity */
    bool blocked, busy;
    sim_time work_lost;
    const struct explain_task *chosen, *passed_over;
    int chosen_count, passed_over_count;
    struct waterfall waterfall;
};

/* Tells to `text`, which it borrows, as it does the calendar instant of time 0. */
struct explain *explain_create(struct text *text, const int64_t *start_unix_s);

/* From now on every evaluation of every policy and every turn of every alarm is told: for a look at a few minutes. */
void explain_in_detail(struct explain *explain);

/* What comes before `from` is not told; what still holds then is (SIM_NEVER: nothing is told at all). */
void explain_begin_at(struct explain *explain, sim_time from);

void explain_tell(struct explain *explain, const struct explain_event *event);

/* A sentence of the caller's own, in the same form. */
void explain_say(struct explain *explain, sim_time at, const char *who, const char *sentence);

/* Tell the counts that are still open and the totals of what was told, and free. False: nothing was told. */
bool explain_finish(struct explain *explain);

/* Listen to `world` from now on; end it with explain_finish. */
struct explain *explain_observe(struct world *world, struct text *text);

/* "worker-AlarmHigh" of the name of an alarm that a tracking policy owns; other names as they are. */
enum { EXPLAIN_NAME = 256 };
const char *explain_alarm_name(const char *alarm, char name[EXPLAIN_NAME]);

/* The name in "scheduled action name NAME was triggered". False: the activity has another cause. */
bool explain_scheduled_action(const char *cause, char name[EXPLAIN_NAME]);

#endif
