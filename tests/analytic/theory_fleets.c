/* Buffers, limits and prices. */
#include "analytic/formula.h"
#include "analytic/theory.h"

static void play_exactly(theory_player *play, void *context)
{
    static const struct {
        const char *claim, *scenario, *settings;
    } rows[] = {
        { "F16: floor(cap / pool) tasks are safe", "connections.lua", "cap=100 pool=15 tasks=6" },
        { "F16: one more is not", "connections.lua", "cap=100 pool=15 tasks=7" },
        { "F16: a deployment doubles them", "connections.lua", "cap=100 pool=15 tasks=3 deploy=true" },
        { "F16: and four are too many", "connections.lua", "cap=100 pool=15 tasks=4 deploy=true" },
        { "F17: 730 hours", "hours.lua", "hours=24 usd=144.16" },
        { "F17: 98 hours a week", "hours.lua", "hours=14 days=7 usd=84.09" },
        { "F17: 60 hours a week", "hours.lua", "hours=12 days=5 usd=51.49" },
        { "F17: 50 hours a week", "hours.lua", "hours=10 days=5 usd=42.90" },
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        play(context, &(struct theory_case){
            .claim = rows[i].claim, .scenario = rows[i].scenario, .settings = rows[i].settings,
            .effort = { { 1, 0 }, { 4, 0 } },
        });
    }
}

void theory_of_fleets(theory_player *play, void *context)
{
    play_exactly(play, context);
    /* Servers on their way are M/G/infinity: short if more of them than the buffer; an arrival misses if as many. */
    play(context, &(struct theory_case){
        .claim = "F14: a buffer of b is short for P(Poisson(lambda L) > b) of the time",
        .scenario = "ready.lua", .settings = "buffer=8 rate=0.1 startup=60",
        .effort = { { 30, 5 }, { 30, 150 } },
        .checks = {
            { "short.mean", poisson_above(6, 8), { 0.12, 0.03 } }, { "waits.mean", poisson_above(6, 7), { 0.12, 0.03 } },
        },
    });
}
