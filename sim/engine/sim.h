/* One run: its clock, its pending events, its memory, its observers. Knows no word of AWS.
 *
 * Events run in the total order (time, rank, order of scheduling); what a running event wakes runs before any other
 * event of that instant. Runs share nothing: any number of them may live in one process. */
#ifndef ENGINE_SIM_H
#define ENGINE_SIM_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/simtime.h"

struct sim;
struct trace;

typedef void sim_handler(struct sim *sim, void *self);

/* Order among events of one instant. */
enum sim_rank {
    RANK_LAPSE,      /* what ends: protection, visibility, stop timeouts, work, sleeps, answers of calls */
    RANK_ARRIVAL,    /* load */
    RANK_CALL,       /* calls reaching the control plane */
    RANK_METRIC,     /* samples and datapoints */
    RANK_ALARM,      /* evaluations */
    RANK_SCALING,    /* actions of auto scaling, schedules, operators */
    RANK_SCHEDULER,  /* passes of service schedulers */
    RANK_RECORD,     /* what the tool itself notes */
    RANK_COUNT
};

/* A timer belongs to one object and is pending at most once. Handles stay valid until destroyed; 0 is none. */
typedef uint32_t sim_timer;

/* `seed` and `replication` derive every random stream of the run. Cannot fail. */
struct sim *sim_create(uint64_t seed, uint64_t replication);
void sim_destroy(struct sim *sim);                   /* NULL is fine */

static inline sim_time sim_now(const struct sim *sim);
uint64_t sim_seed(const struct sim *sim);
uint64_t sim_replication(const struct sim *sim);
uint64_t sim_events(const struct sim *sim);          /* events run so far */
struct arena *sim_arena(struct sim *sim);            /* memory that lives as long as the run */
static inline struct trace *sim_trace(struct sim *sim);

/* Run handler(sim, self) once at `when`, which must not lie in the past; it cannot be withdrawn. What is planned for
 * SIM_NEVER never runs. `self` must stay valid until then. */
void sim_at(struct sim *sim, sim_time when, enum sim_rank rank, sim_handler *handler, void *self);

/* Run handler(sim, self) at this instant, after the running event and before all other events; first woken, first run. */
void sim_wake(struct sim *sim, sim_handler *handler, void *self);

/* A timer of `self`, not pending. `self` must stay valid until the timer is destroyed. */
sim_timer sim_timer_create(struct sim *sim, sim_handler *handler, void *self);
void sim_timer_destroy(struct sim *sim, sim_timer timer);   /* pending or not */

/* Make it pending at `when` >= now, in place of what it was pending for. Moving it later costs no second heap entry. */
void sim_timer_arm(struct sim *sim, sim_timer timer, sim_time when, enum sim_rank rank);
void sim_timer_wake(struct sim *sim, sim_timer timer);      /* as sim_wake, in place of what it was pending for */
void sim_timer_cancel(struct sim *sim, sim_timer timer);    /* pending or not */
bool sim_timer_is_pending(const struct sim *sim, sim_timer timer);

/* Run every event up to and including `until`, then set the clock to `until`. False if the run failed (`err`): an event
 * called sim_fail, or 10^7 events passed at one instant. After sim_stop: true, the clock at the last event. */
bool sim_run(struct sim *sim, sim_time until, struct error *err);

/* End the run after the current event, for good: later calls of sim_run return at once. */
void sim_stop(struct sim *sim);
bool sim_stopped(const struct sim *sim);

/* The same with this error, to which the simulated time is added in front; the first one counts. */
void sim_fail(struct sim *sim, const struct error *err);

/* So many events at one instant, 10^7 unless this is called, end the run as an endless loop. */
void sim_limit_instant(struct sim *sim, uint64_t events);

/* What runs now, for messages about endless loops: a text that stays valid, e.g. "task 1a2b". NULL: nothing known. */
void sim_set_culprit(struct sim *sim, const char *name);

/* Between two events, whenever *flag is set, call attend(sim, context): progress, interruption. The flag may be set by a
 * signal handler; attend clears it. Must not change what the run does, other than by sim_stop. */
void sim_on_attention(struct sim *sim, volatile sig_atomic_t *flag, void (*attend)(struct sim *sim, void *context),
                      void *context);

/* What is asked too often for a call. The rest of struct sim is private. */
struct sim_front {
    sim_time now;
    struct trace *trace;
};

static inline sim_time sim_now(const struct sim *sim)
{
    return ((const struct sim_front *)sim)->now;
}

static inline struct trace *sim_trace(struct sim *sim)
{
    return ((struct sim_front *)sim)->trace;
}

#endif
