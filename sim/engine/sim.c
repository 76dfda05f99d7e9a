#include "engine/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/calendar.h"
#include "engine/trace.h"

/* Unless told otherwise, more events at one instant are an endless loop in simulated time. */
#define EVENTS_AT_ONE_INSTANT_MAX UINT64_C(10000000)

enum ending {
    NOT_ENDED,
    STOPPED,
    FAILED,
};

struct sim {
    struct sim_front front;                  /* first: sim_now and sim_trace find it there */
    enum ending ending;
    volatile sig_atomic_t *attention;
    uint64_t events;
    uint64_t events_before_instant, events_at_one_instant_max;
    struct calendar calendar;

    void (*attend)(struct sim *sim, void *context);
    void *attend_context;
    volatile sig_atomic_t nobody_asks;       /* stays 0: what `attention` points to by default */
    const char *culprit;
    struct arena *arena;
    struct trace trace;
    uint64_t seed, replication;
    struct error failure;
};

struct sim *sim_create(uint64_t seed, uint64_t replication)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    sim->front.trace = &sim->trace;
    sim->attention = &sim->nobody_asks;
    sim->events_at_one_instant_max = EVENTS_AT_ONE_INSTANT_MAX;
    sim->seed = seed;
    sim->replication = replication;
    sim->arena = arena_create();
    calendar_init(&sim->calendar);
    return sim;
}

void sim_destroy(struct sim *sim)
{
    if (sim != NULL) {
        calendar_finish(&sim->calendar);
        trace_finish(&sim->trace);
        arena_destroy(sim->arena);
        free(sim);
    }
}

uint64_t sim_seed(const struct sim *sim)
{
    return sim->seed;
}

uint64_t sim_replication(const struct sim *sim)
{
    return sim->replication;
}

uint64_t sim_events(const struct sim *sim)
{
    return sim->events;
}

struct arena *sim_arena(struct sim *sim)
{
    return sim->arena;
}

void sim_at(struct sim *sim, sim_time when, enum sim_rank rank, sim_handler *handler, void *self)
{
    CHECK(when >= sim->front.now);
    calendar_at(&sim->calendar, when, rank, handler, self);
}

void sim_wake(struct sim *sim, sim_handler *handler, void *self)
{
    calendar_wake(&sim->calendar, handler, self);
}

sim_timer sim_timer_create(struct sim *sim, sim_handler *handler, void *self)
{
    return calendar_timer_create(&sim->calendar, handler, self);
}

void sim_timer_destroy(struct sim *sim, sim_timer timer)
{
    calendar_timer_destroy(&sim->calendar, timer);
}

void sim_timer_arm(struct sim *sim, sim_timer timer, sim_time when, enum sim_rank rank)
{
    CHECK(when >= sim->front.now);
    calendar_timer_arm(&sim->calendar, timer, when, rank);
}

void sim_timer_wake(struct sim *sim, sim_timer timer)
{
    calendar_timer_wake(&sim->calendar, timer);
}

void sim_timer_cancel(struct sim *sim, sim_timer timer)
{
    calendar_timer_cancel(&sim->calendar, timer);
}

bool sim_timer_is_pending(const struct sim *sim, sim_timer timer)
{
    return calendar_timer_is_pending(&sim->calendar, timer);
}

void sim_stop(struct sim *sim)
{
    if (sim->ending == NOT_ENDED) {
        sim->ending = STOPPED;
    }
}

bool sim_stopped(const struct sim *sim)
{
    return sim->ending == STOPPED;
}

static const char *clock_text(const struct sim *sim, char *text, size_t size)
{
    return units_format_seconds(sim_seconds(sim->front.now), text, size);
}

void sim_fail(struct sim *sim, const struct error *err)
{
    if (sim->ending == FAILED) {
        return;
    }
    char when[64];
    sim->ending = FAILED;
    sim->failure = *err;
    error_wrap(&sim->failure, "at %s", clock_text(sim, when, sizeof when));
}

static void fail_without_progress(struct sim *sim)
{
    char when[64];
    sim->ending = FAILED;
    error_set(&sim->failure, "%" PRIu64 " events at %s without time passing%s%s", sim->events_at_one_instant_max,
              clock_text(sim, when, sizeof when), sim->culprit != NULL ? ", last in " : "",
              sim->culprit != NULL ? sim->culprit : "");
}

void sim_limit_instant(struct sim *sim, uint64_t events)
{
    sim->events_at_one_instant_max = events;
}

void sim_set_culprit(struct sim *sim, const char *name)
{
    sim->culprit = name;
}

void sim_on_attention(struct sim *sim, volatile sig_atomic_t *flag, void (*attend)(struct sim *sim, void *context),
                      void *context)
{
    sim->attention = flag != NULL ? flag : &sim->nobody_asks;
    sim->attend = attend;
    sim->attend_context = context;
}

static void describe(const void *context, char *text, size_t size)
{
    const struct sim *sim = context;
    snprintf(text, size, "simulated time %" PRId64 ".%09" PRId64 " s, seed %" PRIu64 ", replication %" PRIu64,
             sim->front.now / SIM_SECOND, sim->front.now % SIM_SECOND, sim->seed, sim->replication);
}

static void run_event(struct sim *sim, const struct calendar_event *event)
{
    if (event->time != sim->front.now) {
        sim->front.now = event->time;
        sim->events_before_instant = sim->events;
    } else if (sim->events - sim->events_before_instant >= sim->events_at_one_instant_max) {
        fail_without_progress(sim);
        return;
    }
    sim->events++;
    event->handler(sim, event->self);
}

static void run_events(struct sim *sim, sim_time until)
{
    sim_time last = until < SIM_NEVER ? until : SIM_NEVER - 1;
    struct calendar_event event;
    while (sim->ending == NOT_ENDED) {
        if (*sim->attention != 0) {
            sim->attend(sim, sim->attend_context);
        } else if (calendar_take(&sim->calendar, sim->front.now, last, &event)) {
            run_event(sim, &event);
        } else {
            sim->front.now = until;
            return;
        }
    }
}

bool sim_run(struct sim *sim, sim_time until, struct error *err)
{
    CHECK(until >= sim->front.now);
    check_set_context(describe, sim);
    run_events(sim, until);
    check_set_context(NULL, NULL);
    if (sim->ending == FAILED) {
        *err = sim->failure;
    }
    return sim->ending != FAILED;
}
