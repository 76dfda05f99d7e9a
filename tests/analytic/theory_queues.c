/* Workers on a queue: M/M/c. */
#include "analytic/formula.h"
#include "analytic/theory.h"

static const double WORK_S = 60;  /* mean work of a job in mmc.lua */

void theory_of_queues(theory_player *play, void *context)
{
    play(context, &(struct theory_case){
        .claim = "F3: M/M/1 waits",
        .scenario = "mmc.lua", .settings = "servers=1 load=0.5",
        .effort = { { 30, 4000 }, { 30, 100000 } },
        .checks = { { "wait.mean", WORK_S * erlang_c_wait(1, 0.5), { 0.05, 0.01 } } },
    });
    /* Arrivals see what time sees: the chance to wait is the share of time with all servers busy. */
    play(context, &(struct theory_case){
        .claim = "F3: M/M/5 waits as Erlang says, is as busy and pays for it",
        .scenario = "mmc.lua", .settings = "servers=5 load=0.8",
        .effort = { { 30, 8000 }, { 30, 500000 } },
        .checks = {
            { "wait.mean", WORK_S * erlang_c_wait(5, 4), { 0.08, 0.01 } },
            { "waits.mean", erlang_c(5, 4), { 0.03, 0.01 } },
            { "util", 0.8, { 0.01, 0.01 } },
            { "mmc.cost_useful / mmc.cost", 0.8, { 0.01, 0.01 } },
            /* Jobs that find a task each are M/G/infinity: that is what is needed. */
            { "under_share", poisson_above(4, 5), { 0.05, 0.01 } },
            { "mmc.cost_vs_oracle", 5 / 4.0, { 0.02, 0.01 } },
        },
    });
    /* Pollaczek and Khinchine: rho (1 + cv^2) / 2 (1 - rho) jobs. */
    play(context, &(struct theory_case){
        .claim = "M/D/1 waits half as long as M/M/1",
        .scenario = "mmc.lua", .settings = "servers=1 load=0.8 distribution=constant",
        .effort = { { 30, 4000 }, { 30, 300000 } },
        .checks = { { "wait.mean", WORK_S * 0.8 / 0.2 / 2, { 0.08, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "M/G/1 waits as long as M/M/1 where the work varies as much, of whatever shape",
        .scenario = "mmc.lua", .settings = "servers=1 load=0.6 distribution=lognormal",
        .effort = { { 30, 4000 }, { 30, 300000 } },
        .checks = { { "wait.mean", WORK_S * 0.6 / 0.4, { 0.08, 0.015 } } },
    });
    play(context, &(struct theory_case){
        .claim = "F3: a worker at load 0.9 waits nine jobs",
        .scenario = "mmc.lua", .settings = "servers=1 load=0.9",
        .effort = { { 0, 0 }, { 30, 300000 } },
        .checks = { { "wait.mean", 9 * WORK_S, { 0, 0.03 } } },
    });
    play(context, &(struct theory_case){
        .claim = "F3: M/M/20 near its limit",
        .scenario = "mmc.lua", .settings = "servers=20 load=0.95 warm_up=20000",
        .effort = { { 0, 0 }, { 30, 1000000 } },
        .checks = { { "wait.mean", WORK_S * erlang_c_wait(20, 19), { 0, 0.03 } } },
    });
    /* Little, of what CloudWatch samples: in line lambda W, in flight lambda E[S]. An idle task takes 1 per cent of its CPU
     * (METRIC-08). */
    play(context, &(struct theory_case){
        .claim = "CloudWatch shows the line, the jobs in flight and the load of M/M/5",
        .scenario = "mmc.lua", .settings = "servers=5 load=0.8 metrics=true",
        .effort = { { 30, 4000 }, { 30, 200000 } },
        .checks = {
            { "visible.mean", 4 * erlang_c_wait(5, 4), { 0.12, 0.03 } },
            { "in_flight.mean", 4, { 0.02, 0.01 } },
            { "cpu.mean", 80 + 0.2 * 1, { 0.02, 0.01 } },
        },
    });
}
