/* What every run checks about itself (spec outputs.md section 7): a violation is our bug and ends the program. */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include "base/wide.h"
#include "engine/simtime.h"
#include "model/cause.h"

struct task;
struct world;

/* The ledger of a run, for the summary: each law with its two sides. */
struct audit_row {
    const char *law;
    wide left, right;
};

/* Check every law on a world whose books are closed; CHECK-fails on the first that does not hold. Writes up to `room` rows,
 * returns how many there are. */
int audit_world(const struct world *world, struct audit_row *rows, int room);

/* The same for one task: when its stop is decided (no task is stopped by scale-in, deployment or rebalancing while protected),
 * and when it is STOPPED or the run ends (timestamps in order, one state at a time, each second billed once). */
void audit_stop(const struct task *task, enum cause cause);
void audit_task(const struct task *task, sim_time now);

#endif
