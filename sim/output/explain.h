/* Decisions as sentences: why it scaled, why it did not, which tasks were chosen to stop and which were passed over. A run
 * tells them while it goes on (explain_observe), a folder afterwards (explain_folder.h): the sentences are the same. */
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
                                     count, ECS's refusal (NULL: granted), the cause of a disruption, what happened to a task, why
                                     a deployment failed */
    const char *what;             /* that a disruption is about; NULL: its tasks say it */
    sim_time until;               /* of a disruption; -1: it does not last */
    const char *from_state, *to_state;       /* of an alarm; status and rollout state of a deployment */
    const char *deployment, *definition;     /* a deployment's ID; its task definition, or a task's */
    bool rolls_back;              /* of a deployment */
    const char *formula;          /* of a decision; "": it was not reached */
    double metric;                /* of a decision; NAN: a custom policy has none */
    int from, to;                 /* the desired count before and after */
    int wanted;                   /* tasks that a pass of the scheduler wants to stop */
    bool blocked, busy;
    const struct explain_task *chosen, *passed_over;
    int chosen_count, passed_over_count;
    struct waterfall waterfall;
};

/* Tells to `text`, which it borrows, as it does the calendar instant of time 0. A reason that stays the same is told once,
 * with a count when it ends. */
struct explain *explain_create(struct text *text, const int64_t *start_unix_s);

/* What comes before `from` is not told; what still holds then is (SIM_NEVER: nothing is told at all). */
void explain_begin_at(struct explain *explain, sim_time from);

void explain_tell(struct explain *explain, const struct explain_event *event);

/* A sentence of the caller's own, in the same form. */
void explain_say(struct explain *explain, sim_time at, const char *who, const char *sentence);

/* Tell the counts that are still open, and free. */
void explain_finish(struct explain *explain);

/* Listen to `world` from now on; end it with explain_finish. */
struct explain *explain_observe(struct world *world, struct text *text);

/* "worker-AlarmHigh" of the name of an alarm that a tracking policy owns; other names as they are. */
enum { EXPLAIN_NAME = 256 };
const char *explain_alarm_name(const char *alarm, char name[EXPLAIN_NAME]);

#endif
