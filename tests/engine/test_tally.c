#include "lib/unit.h"

#include "engine/level.h"
#include "engine/tally.h"

static void a_level_integrates_what_it_was(void)
{
    struct level level = { 0 };
    level_set(&level, 10, 3);
    level_add(&level, 20, -5);
    level_add(&level, 40, 6);
    CU_ASSERT_EQUAL((int64_t)level_area(&level, 50), 3 * 10 - 2 * 20 + 4 * 10);
    CU_ASSERT_EQUAL(level.min, -2);
    CU_ASSERT_EQUAL(level.max, 4);
    level_restart(&level, 60);
    CU_ASSERT_EQUAL((int64_t)level_area(&level, 70), 40);
    CU_ASSERT_EQUAL(level.min, 4);
    /* 10^5 jobs in a system for a week of nanoseconds need more than 64 bits. */
    struct level crowd = { .value = 100000 };
    CU_ASSERT(level_area(&crowd, 7 * SIM_DAY) == (wide)7 * SIM_DAY * 100000);
}

static void a_tally_sums_exactly(void)
{
    struct tally tally = { 0 };
    CU_ASSERT(tally_mean(&tally) != tally_mean(&tally));
    tally_add(&tally, INT64_MAX);
    tally_add(&tally, INT64_MAX);
    tally_add(&tally, -2);
    CU_ASSERT(tally.sum == 2 * (wide)INT64_MAX - 2);
    CU_ASSERT_EQUAL(tally.count, 3);
    tally_reset(&tally);
    tally_add(&tally, 1);
    tally_add(&tally, 2);
    CU_ASSERT_EQUAL(tally_mean(&tally), 1.5);
    CU_ASSERT_EQUAL(histogram_quantile(&tally.histogram, 1), 2);
    tally_finish(&tally);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a level integrates what it was", a_level_integrates_what_it_was },
        { "a tally sums exactly", a_tally_sums_exactly },
        UNIT_END,
    };
    return unit_main("engine/tally", tests);
}
