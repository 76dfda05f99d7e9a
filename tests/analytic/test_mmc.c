#include "lib/unit.h"

#include <math.h>
#include <stdio.h>

#include "analytic/mmc.h"

enum { SEEDS = 30 };

/* Waits as Erlang's formula expects: over seeds 1 to 30 the mean is within 3.5 standard errors of theory, and the interval
 * is narrow enough for this to mean something. */
static void mean_waits_are_erlangs(void)
{
    static const struct {
        struct mmc mmc;
        double half_width_max;   /* of the 95 % interval, relative to theory */
    } cases[] = {
        { { .servers = 1, .load = 0.5, .warm_up = 1000, .customers = 100000 }, 0.01 },
        { { .servers = 5, .load = 0.8, .warm_up = 2000, .customers = 300000 }, 0.01 },
        { { .servers = 20, .load = 0.95, .warm_up = 20000, .customers = 1000000 }, 0.03 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mmc mmc = cases[i].mmc;
        double sum = 0, squares = 0;
        for (mmc.seed = 1; mmc.seed <= SEEDS; mmc.seed++) {
            struct mmc_outcome outcome = mmc_run(&mmc);
            sum += outcome.mean_wait_s;
            squares += outcome.mean_wait_s * outcome.mean_wait_s;
            /* Little, in integers: no time is lost or counted twice. */
            CU_ASSERT(outcome.area_ns == outcome.time_in_system_ns);
        }
        double mean = sum / SEEDS;
        double expected = mmc_expected_wait_s(&mmc);
        double error = sqrt((squares - sum * mean) / (SEEDS - 1) / SEEDS);
        double t = (mean - expected) / error;
        double half_width = 2.045 * error / expected;
        printf("\n    M/M/%u load %g: wait %.5f s, theory %.5f s, t %.2f, half-width %.2f %%", mmc.servers, mmc.load, mean,
               expected, t, 100 * half_width);
        CU_ASSERT(fabs(t) < 3.5);
        CU_ASSERT(half_width <= cases[i].half_width_max);
    }
}

/* From the literature: one server rho / (1 - rho), and tables of Erlang C. */
static void erlangs_formula_gives_known_waits(void)
{
    CU_ASSERT_DOUBLE_EQUAL(mmc_expected_wait_s(&(struct mmc){ .servers = 1, .load = 0.9 }), 9, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(mmc_expected_wait_s(&(struct mmc){ .servers = 2, .load = 0.5 }), 1.0 / 3, 1e-9);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "Erlang's formula gives known waits", erlangs_formula_gives_known_waits },
        { "mean waits are Erlang's", mean_waits_are_erlangs },
        UNIT_END,
    };
    return unit_main("analytic/mmc", tests);
}
