/* What stops, losses and protection do to work in progress. */
#include <math.h>

#include "analytic/formula.h"
#include "analytic/theory.h"

static const double STOP_TIMEOUT_S = 120;

static void play_stops(theory_player *play, void *context)
{
    static const struct {
        const char *settings;
        double mean, cv, half_width_few, half_width_all;
    } rows[] = {
        { "mean=60", 60, 0, 0.12, 0.03 },
        { "mean=600", 600, 0, 0.025, 0.005 },
        { "distribution=gamma mean=120 cv=1.5 settle=20", 120, 1.5, 0.06, 0.015 },
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        double mean = rows[i].mean, cv = rows[i].cv;
        double saved = cv > 0 ? residual_gamma(mean, cv, STOP_TIMEOUT_S) : residual_exponential(mean, STOP_TIMEOUT_S);
        play(context, &(struct theory_case){
            .claim = "F1: of the jobs that a stop meets, those with more left than the stop timeout are cut",
            .scenario = "residual.lua", .settings = rows[i].settings,
            .effort = { { 30, 130 }, { 30, 2000 } },
            .checks = {
                { "jobs_cut{scale_in} / busy_stops{scale_in}", 1 - saved,
                  { rows[i].half_width_few, rows[i].half_width_all } },
            },
        });
    }
    play(context, &(struct theory_case){
        .claim = "F2: of the jobs that a loss meets, m (1 + cv^2) / 2 had been done",
        .scenario = "residual.lua", .settings = "distribution=gamma mean=60 cv=1.5 settle=30 lost=true",
        .effort = { { 30, 130 }, { 30, 2000 } },
        .checks = { { "work_lost_s{host} / jobs_cut{host}", 60 * (1 + 1.5 * 1.5) / 2, { 0.08, 0.02 } } },
    });
    play(context, &(struct theory_case){
        .claim = "F4: k tasks taken from n by a rule blind to work, b of them busy, are k b / n busy stops",
        .scenario = "blind.lua", .settings = "",
        .effort = { { 30, 15 }, { 30, 300 } },
        .checks = { { "busy_stops{scale_in} / decided.count", 4 * 6 / 10.0, { 0.04, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "F15: a job of length S under interruptions at rate h takes (exp(h S) - 1) / h of work",
        .scenario = "interrupted.lua", .settings = "rate=2 work=1800",
        .effort = { { 30, 1 }, { 30, 50 } },
        .checks = {
            { "work_lost_s{host} / jobs_done", (exp(1) - 1 - 1) * 1800, { 0.04, 0.01 } },
            { "worker.cost_lost / worker.cost_useful", exp(1) - 1 - 1, { 0.04, 0.01 } },
            { "jobs_cut{host} / jobs_done", exp(1) - 1, { 0.03, 0.01 } },
        },
    });
}

void theory_of_protection(theory_player *play, void *context)
{
    play_stops(play, context);
    play(context, &(struct theory_case){
        .claim = "F5: protection taken d after a receive that comes every T leaves a chance d / T per decision",
        .scenario = "race.lua", .settings = "late=2",
        .effort = { { 30, 8 }, { 30, 100 } },
        .checks = { { "busy_stops{scale_in} / decided.count", 50 * 2 / 20.0, { 0.1, 0.025 } } },
    });
    play(context, &(struct theory_case){
        .claim = "F6: a task of k independent slots, each busy a share rho, is idle for (1 - rho)^k",
        .scenario = "all_idle.lua", .settings = "slots=4 share=0.5",
        .effort = { { 30, 6 }, { 30, 46 } },
        .checks = {
            { "busy_share", 1 - pow(0.5, 4), { 0.02, 0.01 } }, { "util", 0.5, { 0.02, 0.01 } },
        },
    });
    /* The scheduler finds an unprotected task in its next pass, half of ten seconds later in the mean. */
    play(context, &(struct theory_case){
        .claim = "F12: the last of P exponential jobs is done after m (1 + 1/2 + ... + 1/P)",
        .scenario = "last_one.lua", .settings = "tasks=10",
        .effort = { { 30, 15 }, { 30, 150 } },
        .checks = { { "last.mean", 600 * harmonic(10) + 5, { 0.06, 0.02 } } },
    });
}
