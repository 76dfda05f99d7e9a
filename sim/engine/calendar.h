/* The pending events of one run in their total order. Inside the engine; models see it through engine/sim.h.
 *
 * An event is a 16-byte key in a heap, time | rank | sequence | slot, and a slot with what to call. A timer keeps its slot
 * and has at most one live entry in the heap: arming it later only notes when it is due, and the entry moves on when it
 * comes up early; arming it earlier leaves the old entry behind as a stale one, which is skipped. The sequence is taken
 * when the timer is armed, so the order is as if every arming had moved the entry at once. */
#ifndef ENGINE_CALENDAR_H
#define ENGINE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"
#include "engine/keyheap.h"
#include "engine/sim.h"

struct calendar_slot;
struct calendar_woken;

/* What to run. */
struct calendar_event {
    sim_time time;
    sim_handler *handler;
    void *self;
};

struct calendar {
    struct keyheap heap;
    size_t stale;                   /* entries of the heap that no slot knows any more */
    uint64_t sequence;
    struct calendar_slot *slots;
    uwide *entries;                 /* of each slot: its live entry, where that is not what it is due by */
    size_t slot_count, slot_room;
    uint32_t likely_next;           /* the slot that comes up after the first, if the heap stays as it is */
    uint32_t *free_slots;
    size_t free_count, free_room;
    struct calendar_woken *woken;   /* a ring; its room is a power of two */
    size_t woken_first, woken_count, woken_room;
};

void calendar_init(struct calendar *calendar);
void calendar_finish(struct calendar *calendar);

/* These are the functions of engine/sim.h; times are not checked against a clock. */
void calendar_at(struct calendar *calendar, sim_time when, enum sim_rank rank, sim_handler *handler, void *self);
void calendar_wake(struct calendar *calendar, sim_handler *handler, void *self);
sim_timer calendar_timer_create(struct calendar *calendar, sim_handler *handler, void *self);
void calendar_timer_destroy(struct calendar *calendar, sim_timer timer);
void calendar_timer_arm(struct calendar *calendar, sim_timer timer, sim_time when, enum sim_rank rank);
void calendar_timer_wake(struct calendar *calendar, sim_timer timer);
void calendar_timer_cancel(struct calendar *calendar, sim_timer timer);
bool calendar_timer_is_pending(const struct calendar *calendar, sim_timer timer);

/* Remove the first event: of those woken, which happen `now`, else of those not later than `until`. False if there is
 * none. */
bool calendar_take(struct calendar *calendar, sim_time now, sim_time until, struct calendar_event *event);

#endif
