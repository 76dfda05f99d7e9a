#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/trace.h"

struct heard {
    char text[64];
    struct sim *sim;
    const char *name;
    struct heard *late;
};

static void hear(void *context, sim_time now, int kind, const void *record)
{
    struct heard *heard = context;
    size_t length = strlen(heard->text);
    snprintf(heard->text + length, sizeof heard->text - length, "%s%d@%d:%s ", heard->name, kind, (int)now,
             (const char *)record);
    if (heard->late != NULL) {
        trace_observe(sim_trace(heard->sim), UINT64_C(1) << 63, hear, heard->late);
        heard->late = NULL;
    }
}

static void on_event_emit(struct sim *sim, void *self)
{
    (void)self;
    trace_emit(sim, 0, "a");
    trace_emit(sim, 1, "b");
    trace_emit(sim, 63, "c");
}

static void records_reach_those_who_listen_to_their_kind(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct heard late = { .name = "L" };
    struct heard first = { .name = "F", .sim = sim, .late = &late }, second = { .name = "S" };
    CU_ASSERT_FALSE(trace_wanted(sim, 0));
    trace_emit(sim, 0, "unheard");
    trace_observe(sim_trace(sim), 1, hear, &first);
    trace_observe(sim_trace(sim), 3, hear, &second);
    CU_ASSERT_TRUE(trace_wanted(sim, 1));
    CU_ASSERT_FALSE(trace_wanted(sim, 2));
    CU_ASSERT_FALSE(trace_wanted(sim, 63));
    sim_at(sim, 5, RANK_LAPSE, on_event_emit, NULL);
    CU_ASSERT_TRUE(sim_run(sim, 5, &err));
    CU_ASSERT_STRING_EQUAL(first.text, "F0@5:a ");
    CU_ASSERT_STRING_EQUAL(second.text, "S0@5:a S1@5:b ");
    CU_ASSERT_STRING_EQUAL(late.text, "L63@5:c ");
    sim_destroy(sim);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "records reach those who listen to their kind", records_reach_those_who_listen_to_their_kind },
        UNIT_END,
    };
    return unit_main("engine/trace", tests);
}
