#include "lib/unit.h"

#include <stdio.h>

#include "analytic/formula.h"
#include "analytic/mmc.h"
#include "analytic/sample.h"

enum { SEEDS = 30 };

/* Waits as Erlang's formula expects, over seeds 1 to 30. */
static void mean_waits_are_erlangs(void)
{
    static const struct {
        struct mmc mmc;
        double half_width_most;
    } cases[] = {
        { { .servers = 1, .load = 0.5, .warm_up = 1000, .customers = 50000 }, 0.01 },
        { { .servers = 5, .load = 0.8, .warm_up = 2000, .customers = 300000 }, 0.01 },
        { { .servers = 20, .load = 0.95, .warm_up = 20000, .customers = 600000 }, 0.03 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mmc mmc = cases[i].mmc;
        struct sample waits = { .count = SEEDS };
        for (mmc.seed = 1; mmc.seed <= SEEDS; mmc.seed++) {
            struct mmc_outcome outcome = mmc_run(&mmc);
            waits.values[mmc.seed - 1] = outcome.mean_wait_s;
            /* Little, in integers: no time is lost or counted twice. */
            CU_ASSERT(outcome.area_ns == outcome.time_in_system_ns);
        }
        double expected = erlang_c_wait((int)mmc.servers, mmc.load * mmc.servers);
        struct sample_verdict verdict = sample_judge(&waits, expected, cases[i].half_width_most);
        printf("\n    M/M/%u load %g: wait %.5f s, theory %.5f s, t %.2f, half-width %.2f %%", mmc.servers, mmc.load,
               verdict.mean, expected, verdict.t, 100 * verdict.half_width);
        CU_ASSERT(verdict.agrees);
    }
}

/* From the literature: one server rho / (1 - rho), and tables of Erlang B and C. */
static void formulas_give_known_numbers(void)
{
    CU_ASSERT_DOUBLE_EQUAL(erlang_c_wait(1, 0.9), 9, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(erlang_c_wait(2, 1), 1.0 / 3, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(erlang_c(10, 8), 0.409, 5e-4);
    CU_ASSERT_DOUBLE_EQUAL(erlang_c_wait(10, 8), 0.205, 5e-4);
    CU_ASSERT_DOUBLE_EQUAL(erlang_b(10, 5), 0.0184, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(nth_arrival_wait(1, 0.9), 9, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(poisson_above(6, 12), 0.0088, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(harmonic(10), 2.929, 5e-4);
    CU_ASSERT_DOUBLE_EQUAL(residual_exponential(60, 120), 0.86, 5e-3);
    CU_ASSERT_DOUBLE_EQUAL(residual_gamma(60, 1, 120), residual_exponential(60, 120), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(residual_gamma(60, 0.001, 30), 0.5, 1e-3);    /* all alike */
    /* Between one line for both and two that know nothing of each other, and nearer to the first. */
    CU_ASSERT(shorter_line_time(0.8) > 1 + erlang_c_wait(2, 1.6) && shorter_line_time(0.8) < 1 + nth_arrival_wait(2, 0.8));
}

/* The judge itself can say no: to a mean that is off, to an interval that is wide, and to what cannot be judged. */
static void judge_says_no(void)
{
    struct sample sample = { .values = { 0.9, 1.0, 1.1, 1.0 }, .count = 4 };
    CU_ASSERT(sample_judge(&sample, 1.01, 0.2).agrees);
    CU_ASSERT_DOUBLE_EQUAL(sample_judge(&sample, 1, 0.2).half_width, 3.18245 * 0.0408248, 1e-5);
    CU_ASSERT_FALSE(sample_judge(&sample, 1.2, 0.2).agrees);
    CU_ASSERT_FALSE(sample_judge(&sample, 1.01, 0.1).agrees);
    sample.values[3] = sample.values[0] = sample.values[2] = 1;
    CU_ASSERT_FALSE(sample_judge(&sample, 1, 0.1).agrees);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "formulas give known numbers", formulas_give_known_numbers },
        { "the judge says no", judge_says_no },
        { "mean waits are Erlang's", mean_waits_are_erlangs },
        UNIT_END,
    };
    return unit_main("analytic/mmc", tests);
}
