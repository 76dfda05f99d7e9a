#include "engine/station.h"

#include "base/check.h"
#include "base/wide.h"

enum { ALONE = 1000000 };         /* a stretch of 1 */

int64_t station_stretch(const struct station_config *config, int count)
{
    if (count <= config->knee) {
        return ALONE;
    }
    double beyond = (double)(count - config->knee) / config->knee;
    return (int64_t)(ALONE * (1 + config->slowdown * beyond) + 0.5);
}

/* All calls go at the same speed, so that one clock tells what each has had. */
static void advance(struct station *station)
{
    sim_time now = sim_now(station->sim);
    wide passed = now - station->since;
    station->clock += (int64_t)(passed * ALONE / station_stretch(&station->config, station->count));
    station->since = now;
}

static void arm(struct station *station)
{
    if (station->count == 0) {
        sim_timer_cancel(station->sim, station->timer);
        return;
    }
    /* Rounded up, so that the first call has had its work by then. */
    int64_t left = station->calls.next->due - station->clock;
    wide needed = ((wide)left * station_stretch(&station->config, station->count) + ALONE - 1) / ALONE;
    bool in_range = needed < SIM_NEVER - station->since;
    sim_timer_arm(station->sim, station->timer, in_range ? station->since + (sim_time)needed : SIM_NEVER, RANK_LAPSE);
}

static void remove_call(struct station *station, struct station_call *call)
{
    call->previous->next = call->next;
    call->next->previous = call->previous;
    station->count--;
}

static void on_due(struct sim *sim, void *self)
{
    (void)sim;
    struct station *station = self;
    advance(station);
    while (station->count > 0 && station->calls.next->due <= station->clock) {
        struct station_call *call = station->calls.next;
        remove_call(station, call);
        station->done(call);
    }
    arm(station);
}

void station_init(struct station *station, struct sim *sim, const struct station_config *config,
                  void (*done)(struct station_call *))
{
    CHECK(config->knee >= 1 && config->slowdown >= 0);
    *station = (struct station){ .sim = sim, .config = *config, .done = done };
    station->calls.next = station->calls.previous = &station->calls;
    station->timer = sim_timer_create(sim, on_due, station);
}

void station_begin(struct station *station, struct station_call *call, int64_t work)
{
    advance(station);
    call->due = station->clock + work;
    struct station_call *before = station->calls.previous;
    while (before != &station->calls && before->due > call->due) {
        before = before->previous;
    }
    call->previous = before;
    call->next = before->next;
    before->next->previous = call;
    before->next = call;
    station->count++;
    arm(station);
}

void station_leave(struct station *station, struct station_call *call)
{
    advance(station);
    remove_call(station, call);
    arm(station);
}
