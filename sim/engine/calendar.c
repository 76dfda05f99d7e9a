#include "engine/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/vec.h"

/* The lower half of a key is order | slot, and the order is rank | sequence. */
enum {
    SLOT_BITS = 24,
    SEQUENCE_BITS = 36,
    RANK_BITS = 4,
    ORDER_BITS = RANK_BITS + SEQUENCE_BITS,
    STALE_MIN = 1024,            /* fewer stale entries are not worth a sweep */
    FETCH_FROM = 1000,           /* a smaller calendar stays in the cache by itself */
};

#define SLOT_LIMIT ((size_t)1 << SLOT_BITS)
#define SEQUENCE_LIMIT (UINT64_C(1) << SEQUENCE_BITS)
#define ORDER_MASK ((UINT64_C(1) << ORDER_BITS) - 1)

_Static_assert(ORDER_BITS + SLOT_BITS == 64, "order and slot fill the lower half of a key");
_Static_assert(RANK_COUNT <= 1 << RANK_BITS, "ranks fit into their bits");

/* How the entry of a slot in the heap relates to what the slot is due by. */
enum entry {
    ENTRY_NONE,                  /* there is no live entry */
    ENTRY_IS_DUE,                /* they are the same */
    ENTRY_APART,                 /* the entry is kept in calendar.entries; it is not after what the slot is due by */
    ENTRY_ONE_SHOT,              /* the same, and the slot is given back afterwards */
};

/* 32 bytes, since memory is the limit from 10^5 events up. */
struct calendar_slot {
    sim_handler *handler;        /* NULL: free */
    void *self;
    sim_time due_time;
    uint64_t due_order : ORDER_BITS;   /* 0: not pending; of one woken: its place in the ring */
    uint64_t entry : SLOT_BITS;
};

/* A call or, without a handler, the slot that is due by this order. */
struct calendar_woken {
    sim_handler *handler;
    void *self;
    uint64_t order;
    uint32_t slot;
};

static uwide make_key(sim_time when, uint64_t order, uint32_t slot)
{
    return (uwide)when << 64 | order << SLOT_BITS | slot;
}

static sim_time time_of(uwide key)
{
    return (sim_time)(key >> 64);
}

static uint64_t order_of(uwide key)
{
    return (uint64_t)key >> SLOT_BITS;
}

static uint32_t slot_of(uwide key)
{
    return (uint32_t)key & (SLOT_LIMIT - 1);
}

static uint64_t next_order(struct calendar *calendar, enum sim_rank rank)
{
    CHECK(calendar->sequence < SEQUENCE_LIMIT);
    return (uint64_t)rank << SEQUENCE_BITS | calendar->sequence++;
}

static void grow_slots(struct calendar *calendar)
{
    size_t room = calendar->slot_room > 0 ? 2 * calendar->slot_room : 64;
    struct calendar_slot *slots = mem_lines(room * sizeof *slots);
    if (calendar->slot_count > 0) {
        memcpy(slots, calendar->slots, calendar->slot_count * sizeof *slots);
    }
    free(calendar->slots);
    calendar->slots = slots;
    calendar->entries = mem_resize(calendar->entries, room, sizeof *calendar->entries);
    calendar->slot_room = room;
}

static uint32_t take_slot(struct calendar *calendar, struct calendar_slot content)
{
    uint32_t slot;
    if (calendar->free_count > 0) {
        slot = calendar->free_slots[--calendar->free_count];
    } else {
        CHECK(calendar->slot_count < SLOT_LIMIT);
        if (calendar->slot_count == calendar->slot_room) {
            grow_slots(calendar);
        }
        slot = (uint32_t)calendar->slot_count++;
    }
    calendar->slots[slot] = content;
    return slot;
}

/* Stale entries may still name the slot: its next user is told apart by its sequence numbers. */
static void give_slot(struct calendar *calendar, uint32_t slot)
{
    calendar->slots[slot] = (struct calendar_slot){ 0 };
    VEC_GROW(calendar->free_slots, calendar->free_count, calendar->free_room);
    calendar->free_slots[calendar->free_count++] = slot;
}

static struct calendar_slot *timer_slot(const struct calendar *calendar, sim_timer timer)
{
    CHECK(timer < calendar->slot_count && calendar->slots[timer].handler != NULL);
    return &calendar->slots[timer];
}

void calendar_init(struct calendar *calendar)
{
    *calendar = (struct calendar){ .sequence = 1 };
    /* Slot 0 is never given out, so that a zeroed handle is caught. */
    take_slot(calendar, (struct calendar_slot){ 0 });
}

void calendar_finish(struct calendar *calendar)
{
    keyheap_finish(&calendar->heap);
    free(calendar->slots);
    free(calendar->entries);
    free(calendar->free_slots);
    free(calendar->woken);
    *calendar = (struct calendar){ 0 };
}

/* Have the slots of coming events in the cache: the next ones are among the children of the root, and three of these four
 * were there before. What the slot points to is fetched one event later, when the slot has arrived. */
static void fetch_ahead(struct calendar *calendar)
{
    const uwide *keys = calendar->heap.keys;
    if (calendar->heap.count > FETCH_FROM) {
        __builtin_prefetch(&calendar->slots[slot_of(keys[1])], 1);
        __builtin_prefetch(&calendar->slots[slot_of(keys[2])], 1);
        __builtin_prefetch(&calendar->slots[slot_of(keys[3])], 1);
        __builtin_prefetch(&calendar->slots[slot_of(keys[4])], 1);
        calendar->likely_next = slot_of(keys[keyheap_smallest(keys, 1, calendar->heap.count)]);
    }
}

static void push(struct calendar *calendar, uwide key)
{
    keyheap_push(&calendar->heap, key);
    fetch_ahead(calendar);
}

void calendar_at(struct calendar *calendar, sim_time when, enum sim_rank rank, sim_handler *handler, void *self)
{
    uint64_t order = next_order(calendar, rank);
    uint32_t slot = take_slot(calendar, (struct calendar_slot){
        .handler = handler, .self = self, .due_time = when, .due_order = order & ORDER_MASK, .entry = ENTRY_ONE_SHOT });
    push(calendar, make_key(when, order, slot));
}

static void grow_ring(struct calendar *calendar)
{
    size_t room = calendar->woken_room > 0 ? 2 * calendar->woken_room : 64;
    struct calendar_woken *ring = mem_resize(NULL, room, sizeof *ring);
    for (size_t i = 0; i < calendar->woken_count; i++) {
        ring[i] = calendar->woken[(calendar->woken_first + i) & (calendar->woken_room - 1)];
    }
    free(calendar->woken);
    calendar->woken = ring;
    calendar->woken_first = 0;
    calendar->woken_room = room;
}

static void push_woken(struct calendar *calendar, struct calendar_woken woken)
{
    if (calendar->woken_count == calendar->woken_room) {
        grow_ring(calendar);
    }
    size_t end = (calendar->woken_first + calendar->woken_count++) & (calendar->woken_room - 1);
    calendar->woken[end] = woken;
}

static struct calendar_woken pop_woken(struct calendar *calendar)
{
    struct calendar_woken woken = calendar->woken[calendar->woken_first];
    calendar->woken_first = (calendar->woken_first + 1) & (calendar->woken_room - 1);
    calendar->woken_count--;
    return woken;
}

void calendar_wake(struct calendar *calendar, sim_handler *handler, void *self)
{
    push_woken(calendar, (struct calendar_woken){ .handler = handler, .self = self });
}

sim_timer calendar_timer_create(struct calendar *calendar, sim_handler *handler, void *self)
{
    return take_slot(calendar, (struct calendar_slot){ .handler = handler, .self = self });
}

static bool is_stale(const struct calendar *calendar, uwide key)
{
    uint32_t slot = slot_of(key);
    bool is_due = calendar->slots[slot].due_order == order_of(key);
    bool is_apart = calendar->slots[slot].entry == ENTRY_APART && calendar->entries[slot] == key;
    return !is_due && !is_apart;
}

static void sweep(struct calendar *calendar)
{
    struct keyheap *heap = &calendar->heap;
    size_t kept = 0;
    for (size_t i = 0; i < heap->count; i++) {
        if (!is_stale(calendar, heap->keys[i])) {
            heap->keys[kept++] = heap->keys[i];
        }
    }
    heap->count = kept;
    keyheap_restore(heap);
    calendar->stale = 0;
}

/* Without sweeps a timer that is given back long before its time, as most timeouts are, would stay in the heap until then.
 * Keys are unique, so the order of events does not show when a sweep took place. */
static void note_stale(struct calendar *calendar)
{
    calendar->stale++;
    if (calendar->stale >= STALE_MIN && calendar->stale > calendar->heap.count / 2) {
        if (calendar->heap.hollow) {
            keyheap_close(&calendar->heap);
        }
        sweep(calendar);
    }
}

void calendar_timer_destroy(struct calendar *calendar, sim_timer timer)
{
    bool leaves_entry = timer_slot(calendar, timer)->entry != ENTRY_NONE;
    give_slot(calendar, timer);
    if (leaves_entry) {
        note_stale(calendar);
    }
}

/* The timer will be due by something else than its entry. */
static void set_entry_apart(struct calendar *calendar, sim_timer timer)
{
    struct calendar_slot *slot = &calendar->slots[timer];
    if (slot->entry == ENTRY_IS_DUE) {
        calendar->entries[timer] = make_key(slot->due_time, slot->due_order, timer);
        slot->entry = ENTRY_APART;
    }
}

void calendar_timer_arm(struct calendar *calendar, sim_timer timer, sim_time when, enum sim_rank rank)
{
    struct calendar_slot *slot = timer_slot(calendar, timer);
    set_entry_apart(calendar, timer);
    uint64_t order = next_order(calendar, rank);
    uwide due = make_key(when, order, timer);
    slot->due_time = when;
    slot->due_order = order & ORDER_MASK;
    bool has_entry = slot->entry == ENTRY_APART;
    if (has_entry && calendar->entries[timer] < due) {
        return;
    }
    slot->entry = ENTRY_IS_DUE;
    push(calendar, due);
    if (has_entry) {
        note_stale(calendar);
    }
}

void calendar_timer_wake(struct calendar *calendar, sim_timer timer)
{
    struct calendar_slot *slot = timer_slot(calendar, timer);
    set_entry_apart(calendar, timer);
    uint64_t order = next_order(calendar, RANK_LAPSE);
    slot->due_order = order & ORDER_MASK;
    push_woken(calendar, (struct calendar_woken){ .order = order, .slot = timer });
}

void calendar_timer_cancel(struct calendar *calendar, sim_timer timer)
{
    struct calendar_slot *slot = timer_slot(calendar, timer);
    set_entry_apart(calendar, timer);
    slot->due_order = 0;
}

bool calendar_timer_is_pending(const struct calendar *calendar, sim_timer timer)
{
    return timer_slot(calendar, timer)->due_order != 0;
}

static bool take_woken(struct calendar *calendar, struct calendar_event *event)
{
    while (calendar->woken_count > 0) {
        struct calendar_woken woken = pop_woken(calendar);
        if (woken.handler == NULL) {
            struct calendar_slot *slot = &calendar->slots[woken.slot];
            if (slot->due_order != woken.order) {
                continue;   /* cancelled, armed or woken again, or given back since */
            }
            slot->due_order = 0;
            woken.handler = slot->handler;
            woken.self = slot->self;
        }
        event->handler = woken.handler;
        event->self = woken.self;
        return true;
    }
    return false;
}

/* The entry has come up. True if its slot is due by it. */
static bool settle(struct calendar *calendar, uwide key)
{
    struct calendar_slot *slot = &calendar->slots[slot_of(key)];
    if (slot->due_order == order_of(key)) {
        slot->due_order = 0;
        if (slot->entry == ENTRY_ONE_SHOT) {
            give_slot(calendar, slot_of(key));
        } else {
            slot->entry = ENTRY_NONE;
        }
        return true;
    }
    if (is_stale(calendar, key)) {
        calendar->stale--;
    } else if (slot->due_order != 0) {
        /* Early: the timer was moved to later. */
        slot->entry = ENTRY_IS_DUE;
        push(calendar, make_key(slot->due_time, slot->due_order, slot_of(key)));
    } else {
        slot->entry = ENTRY_NONE;
    }
    return false;
}

static bool take_due(struct calendar *calendar, sim_time until, struct calendar_event *event)
{
    struct keyheap *heap = &calendar->heap;
    for (;;) {
        if (heap->hollow) {
            keyheap_close(heap);
            fetch_ahead(calendar);
        }
        if (heap->count == 0 || time_of(heap->keys[0]) > until) {
            return false;
        }
        uwide key = heap->keys[0];
        const struct calendar_slot *slot = &calendar->slots[slot_of(key)];
        event->time = time_of(key);
        event->handler = slot->handler;
        event->self = slot->self;
        keyheap_take(heap);
        __builtin_prefetch(calendar->slots[calendar->likely_next].self, 1);
        if (settle(calendar, key)) {
            return true;
        }
    }
}

bool calendar_take(struct calendar *calendar, sim_time now, sim_time until, struct calendar_event *event)
{
    event->time = now;
    return take_woken(calendar, event) || take_due(calendar, until, event);
}
