/* Requests by the thousand: a load above a chosen rate comes into its target group as cohorts (cohort.h), a few per target
 * and second, which take what response_law.h says that requests take in a fleet of this size under this load. Whole numbers
 * enter and leave, so that the laws of audit.h hold as they do for single requests; what is lost is the detail of when each
 * request of a cohort comes, and how the queue of one target happens to differ from that of its neighbours.
 *
 * Between two settlements nothing of it is seen outside. It settles every second, and at once when a target comes or goes. */
#ifndef MODEL_AGGREGATE_H
#define MODEL_AGGREGATE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/wide.h"
#include "engine/dist.h"
#include "engine/simtime.h"
#include "model/cause.h"

struct target;
struct target_group;
struct task;
struct aggregate;
struct aggregate_target;

struct aggregate_config {
    const char *load;             /* whose requests they are, for messages */
    struct dist work;
    bool regular;
};

/* Of `group`, which has none yet. False: it cannot have one. */
bool aggregate_create(struct target_group *group, const struct aggregate_config *config, struct error *err);
void aggregate_finish(struct aggregate *aggregate);  /* frees what the arena does not own; NULL is fine */

/* The run fails where the service of the group has a program of its own: its requests are no mere work. */
void aggregate_check_program(const struct aggregate *aggregate);

/* From now until `until`, `count` requests come, evenly, with so much work in all; `rate` a second are expected. Settle at
 * `until`, before more come. */
void aggregate_feed(struct aggregate *aggregate, sim_time until, int64_t count, wide work_ns, double rate);

/* Bring everything up to this instant. NULL is fine, as below. */
void aggregate_settle(struct aggregate *aggregate);
void aggregate_settle_task(const struct task *task);

/* Whose clients wait; when the first of them was sent, `now` if there are none. */
int64_t aggregate_open(const struct aggregate *aggregate);
sim_time aggregate_oldest(const struct aggregate *aggregate, sim_time now);
void aggregate_close_books(struct aggregate *aggregate);

/* For request.c: does the task hold requests that it has not finished? Clients whose connections through `target` are cut
 * have their answer; the task goes on. Its container has ended. */
bool aggregate_holds(const struct task *task);
void aggregate_cut(struct target *target, enum cause cause);
void aggregate_end(struct task *task);

/* Slot time since the last settlement. */
wide aggregate_uncharged_ns(const struct task *task);

/* How far an aggregate is from single requests has been measured (tests/analytic/aggregate.c), by the load of targets. */
enum aggregate_band { BAND_MODERATE, BAND_HIGH, BAND_EXTREME, BAND_BEYOND, AGGREGATE_BANDS };
struct aggregate_accuracy {
    double load;                  /* up to this */
    double mean_error, p95_error; /* at most, of response times; NAN: not known */
};
extern const struct aggregate_accuracy aggregate_accuracy[AGGREGATE_BANDS];

/* Requests that have gone this way, by the load of their targets, and the highest band that more than a hundredth of them
 * were in. */
struct aggregate_use {
    const char *load;             /* whose */
    uint64_t requests, in_band[AGGREGATE_BANDS];
    enum aggregate_band band;
};
struct aggregate_use aggregate_use(const struct aggregate *aggregate);       /* NULL is fine: none */

#endif
