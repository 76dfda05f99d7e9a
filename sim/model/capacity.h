/* What tasks run on: capacity providers, their shares of a service's tasks, and what Fargate gives at present (CAP-01..05,
 * SCHED-23, SCHED-32, EVENT-09). */
#ifndef MODEL_CAPACITY_H
#define MODEL_CAPACITY_H

#include <stdbool.h>

#include "engine/simtime.h"
#include "model/task.h"
#include "model/token_bucket.h"

struct capacity_provider;
struct world;

enum { CAPACITY_SHARES_MAX = 20 };           /* CAP-01 */
enum { CAPACITY_ANY = -1 };

struct capacity_share {           /* one item of a capacity provider strategy */
    enum capacity capacity;
    int base, weight;
    struct capacity_provider *provider;      /* of CAPACITY_EC2; NULL: launch type EC2 */
};

struct capacity_strategy {
    struct capacity_share shares[CAPACITY_SHARES_MAX];
    int count;
};
extern const struct capacity_strategy capacity_strategy_fargate;     /* what launch type FARGATE comes to */

/* ---- pure --------------------------------------------------------------------------------------------------- */

/* CAP-01: what is wrong with a strategy, in a sentence; NULL: nothing. */
const char *capacity_strategy_fault(const struct capacity_strategy *strategy);

/* The index of the share that tasks on `capacity` belong to; strategy->count if the strategy has none (any more). */
int capacity_share_of(const struct capacity_strategy *strategy, enum capacity capacity);

/* The same of one task: those on instances belong to their capacity provider. */
int capacity_share_of_task(const struct capacity_strategy *strategy, const struct task *task);

/* CAP-04, where share i has counts[i] tasks, and counts[strategy->count] are those without a share: which share gets the
 * next task; and whether share `a` gives a task up before share `b` (negative), after it (positive), or is the same (0). */
int capacity_pick_start(const struct capacity_strategy *strategy, const int *counts);
int capacity_compare_stop(const struct capacity_strategy *strategy, const int *counts, int a, int b);

/* ---- what Fargate gives to the account ---------------------------------------------------------------------- */

struct capacity_shortage {
    int capacity;                 /* CAPACITY_ANY: all */
    const char *zone;             /* NULL: all */
    sim_time until;
    struct capacity_shortage *next;
};

struct fargate {
    struct token_bucket launches[CAPACITY_COUNT];    /* SCHED-23; filled when the first task asks */
    int64_t cpu_units[CAPACITY_COUNT];               /* of tasks that are not STOPPED (SCHED-32); task.c keeps it */
    struct capacity_shortage *shortages;             /* in no order; those that are over are used again */
};

/* For `duration` nothing starts on `capacity` (CAPACITY_ANY: on none) in `zone` (NULL: in none). Copies `zone`. */
void capacity_shortage_begin(struct world *world, int capacity, const char *zone, sim_time duration);
bool capacity_is_short(const struct world *world, enum capacity capacity, const char *zone);

/* One more task of `cpu_units`: does the account's vCPU quota allow it (SCHED-32)? */
bool capacity_within_quota(const struct world *world, enum capacity capacity, int cpu_units);

/* Take a token for one launch; false: none is left (SCHED-23). */
bool capacity_take_launch(struct world *world, enum capacity capacity);

#endif
