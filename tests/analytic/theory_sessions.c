/* Sessions: M/G/infinity, Erlang B, and where they are placed. */
#include <math.h>
#include <stdio.h>

#include "analytic/formula.h"
#include "analytic/theory.h"

static void play_stays(theory_player *play, void *context)
{
    static const char *const distributions[] = {
        "distribution=constant", "distribution=exponential", "distribution=lognormal",
    };
    for (int i = 0; i < 3; i++) {
        char limited[64];
        snprintf(limited, sizeof limited, "%s slots=10", distributions[i]);
        play(context, &(struct theory_case){
            .claim = "M/G/infinity: open sessions are Poisson, their variance is their mean",
            .scenario = "sessions.lua", .settings = distributions[i],
            .effort = { { 30, 3500 }, { 30, 60000 } },
            .checks = { { "avg_sessions", 8, { 0.02, 0.01 } }, { "squares.mean", 8 * 8 + 8, { 0.04, 0.01 } } },
        });
        play(context, &(struct theory_case){
            .claim = "M/G/c/c: with a limit of sessions a share is refused that Erlang B knows, whatever the distribution",
            .scenario = "sessions.lua", .settings = limited,
            .effort = { { 30, 3500 }, { 30, 60000 } },
            .checks = {
                { "refused.mean", erlang_b(10, 8), { 0.06, 0.02 } },
                { "avg_sessions", 8 * (1 - erlang_b(10, 8)), { 0.02, 0.01 } },
                { "util", 0.8 * (1 - erlang_b(10, 8)), { 0.02, 0.01 } },
            },
        });
    }
}

void theory_of_sessions(theory_player *play, void *context)
{
    play_stays(play, context);
    play(context, &(struct theory_case){
        .claim = "F13: of N sessions placed at random on n tasks none is on a given one for (1 - 1/n)^N of the time",
        .scenario = "placement.lua", .settings = "tasks=8 clients=12",
        .effort = { { 30, 3 }, { 30, 200 } },
        .checks = { { "busy_share", 1 - pow(1 - 1 / 8.0, 12), { 0.02, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "F13: a cordoned task with m exponential sessions is empty after L (1 + 1/2 + ... + 1/m)",
        .scenario = "cordoned.lua", .settings = "sessions=10",
        .effort = { { 30, 15 }, { 30, 400 } },
        .checks = { { "empty.mean", 60 * harmonic(10), { 0.06, 0.02 } } },
    });
}
