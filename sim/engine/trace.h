/* The only road from a model to files, plots and explanations: typed records for observers, free when nobody listens. */
#ifndef ENGINE_TRACE_H
#define ENGINE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/sim.h"

/* Called at the instant of the record; borrows `record`, whose type `kind` tells (the model declares both). */
typedef void trace_observer(void *context, sim_time now, int kind, const void *record);

struct trace_listener;

/* The observers of one run. A zeroed struct has none. */
struct trace {
    uint64_t kinds;                     /* bit k: somebody listens to kind k */
    struct trace_listener *listeners;
    size_t listener_count, listener_room;
};

/* From now on call observer(context, ...) for kinds whose bit is set in `kinds` (bit k = kind k, k < 64). Observers are
 * called in the order in which they were added. */
void trace_observe(struct trace *trace, uint64_t kinds, trace_observer *observer, void *context);
void trace_finish(struct trace *trace);

/* Does anybody listen to this kind? Ask before composing an expensive record. */
static inline bool trace_wanted(struct sim *sim, int kind)
{
    return (sim_trace(sim)->kinds >> kind & 1) != 0;
}

void trace_deliver(struct sim *sim, int kind, const void *record);

static inline void trace_emit(struct sim *sim, int kind, const void *record)
{
    if (trace_wanted(sim, kind)) {
        trace_deliver(sim, kind, record);
    }
}

#endif
