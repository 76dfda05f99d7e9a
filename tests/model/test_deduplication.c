#include "model/deduplication.h"

#include <stdio.h>

#include "lib/unit.h"

/* SQS-07: five minutes from the first sending, which repetitions do not prolong. */
static void an_id_is_remembered_for_five_minutes(void)
{
    static const struct {
        const char *id;
        sim_time at;
        bool repeats;
    } rows[] = {
        { "a", 0, false },
        { "a", 0, true },
        { "b", SIM_MINUTE, false },
        { "a", 4 * SIM_MINUTE, true },
        { "a", 5 * SIM_MINUTE - 1, true },
        { "a", 5 * SIM_MINUTE, false },
        { "b", 6 * SIM_MINUTE - 1, true },
        { "A", 6 * SIM_MINUTE - 1, false },
        { "b", 6 * SIM_MINUTE, false },
        { "a", 10 * SIM_MINUTE - 1, true },
        { "a", 10 * SIM_MINUTE, false },
    };
    struct deduplication *deduplication = deduplication_create();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool repeats = deduplication_repeats(deduplication, rows[i].id, rows[i].at);
        if (repeats != rows[i].repeats) {
            printf("    row %zu\n", i);
        }
        CU_ASSERT_EQUAL(repeats, rows[i].repeats);
    }
    deduplication_destroy(deduplication);
}

int main(void)
{
    return unit_main("model/deduplication", (const struct unit_test[]){
        { "SQS-07: an id is remembered for five minutes", an_id_is_remembered_for_five_minutes },
        UNIT_END,
    });
}
