#include "engine/trace.h"

#include <stdlib.h>

#include "base/vec.h"

struct trace_listener {
    uint64_t kinds;
    trace_observer *observer;
    void *context;
};

void trace_observe(struct trace *trace, uint64_t kinds, trace_observer *observer, void *context)
{
    VEC_GROW(trace->listeners, trace->listener_count, trace->listener_room);
    trace->listeners[trace->listener_count++] = (struct trace_listener){ kinds, observer, context };
    trace->kinds |= kinds;
}

void trace_finish(struct trace *trace)
{
    free(trace->listeners);
    *trace = (struct trace){ 0 };
}

void trace_deliver(struct sim *sim, int kind, const void *record)
{
    const struct trace *trace = sim_trace(sim);
    for (size_t i = 0; i < trace->listener_count; i++) {
        /* A copy: an observer may add observers. */
        struct trace_listener listener = trace->listeners[i];
        if ((listener.kinds >> kind & 1) != 0) {
            listener.observer(listener.context, sim_now(sim), kind, record);
        }
    }
}
