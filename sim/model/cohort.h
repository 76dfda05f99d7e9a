/* A cohort: requests that came evenly spaced, wait equally long for a slot, and take equally long. All that the books want to
 * know of them, the time in the system and in slots included, follows from whole numbers without looking at each. */
#ifndef MODEL_COHORT_H
#define MODEL_COHORT_H

#include <stdbool.h>

#include "base/wide.h"
#include "engine/simtime.h"

struct cohort {
    sim_time first, spacing;      /* the i-th comes at first + i * spacing; spacing above 0 */
    int64_t count;
    sim_time wait, response;      /* from its coming until it starts, and until it is finished */
    sim_time patience;            /* until its client has an answer: the response, or less */
    int64_t entered, started, answered, left;        /* so many have, in order, by the last cohort_advance */
    int64_t work_ns;              /* of those that have not left */
    sim_time next;                /* before this nothing happens to any of them */
};

/* What happened since the last time. */
struct cohort_step {
    int64_t entered, started, answered, left;
    int64_t work_ns;              /* of those that left */
    wide system_ns;               /* what the entries add to an integral of clients that wait, until now, and the answers take */
    wide slot_ns;                 /* spent in slots */
};
struct cohort_step cohort_advance(struct cohort *cohort, sim_time since, sim_time now);

static inline int64_t cohort_in_slots(const struct cohort *cohort)
{
    return cohort->started - cohort->left;
}

static inline int64_t cohort_open(const struct cohort *cohort)
{
    return cohort->entered - cohort->answered;
}

static inline bool cohort_is_over(const struct cohort *cohort)
{
    return cohort->left == cohort->count;
}

static inline sim_time cohort_sent_at(const struct cohort *cohort, int64_t i)
{
    return cohort->first + i * cohort->spacing;
}

/* Work done by `now` for those in slots: each in proportion to its time there. */
int64_t cohort_work_in_slots(const struct cohort *cohort, sim_time now);

#endif
