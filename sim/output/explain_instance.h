/* Container instances as sentences: launched, registered, drained, terminated, and why one could not go. */
#ifndef OUTPUT_EXPLAIN_INSTANCE_H
#define OUTPUT_EXPLAIN_INSTANCE_H

#include "output/explain.h"
#include "output/explain_words.h"

struct explain_stay;

/* What befalls instances of one group at one instant is one sentence. A zeroed one is ready. */
struct explain_instances {
    struct explain_stay *stays;   /* of those that are launching, and of those that drain */
    size_t stay_count, stay_room;
    struct sentence sentence;     /* not told yet */
    char *group;                  /* whose it is; owned */
    const char *verb;
    sim_time at, told_until;
    int named, unnamed;           /* instances in it */
};

/* Every event comes by here, before it is told. */
void explain_instances_tell(struct explain *explain, struct explain_instances *instances, const struct explain_event *event);

/* Tell the last of it, and which drain still, and free. */
void explain_instances_finish(struct explain *explain, struct explain_instances *instances);

#endif
