/* Alarms, thresholds and targets; how long target tracking takes to see a step is in model/test_detection.c. Scenarios
 * without a number here expect theirs themselves, exactly. */
#include <math.h>

#include "analytic/theory.h"

/* Mean minutes, after a calm one, until n breach in a row. */
static double run_of(int n, double chance)
{
    return (1 - pow(chance, n)) / ((1 - chance) * pow(chance, n));
}

static void play_exactly(theory_player *play, void *context)
{
    static const struct {
        const char *claim, *scenario, *settings;
        double hours;             /* 0: the scenario knows */
    } rows[] = {
        { "F8: a band of 4 / 3 is wide enough for four tasks", "band.lua", "tasks=4 low=75", 6 },
        { "F8: a narrower one never rests", "band.lua", "tasks=4 low=77", 6 },
        { "F8: for six tasks it is wide enough", "band.lua", "tasks=6 low=77", 6 },
        { "F8: 100 / 99 never rests", "band.lua", "tasks=40 low=99", 6 },
        { "F10: 12 a task for a minute and jobs of five seconds", "backlog.lua", "latency=60 work=5", 0 },
        { "F10: 240 with twenty slots", "backlog.lua", "latency=60 work=5 slots=20", 0 },
        { "F11: a metric capped at 100 multiplies by 100 / 60 at most", "capped.lua", "target=60", 0 },
        { "F11: by 100 / 97", "capped.lua", "target=97 tasks=30", 0 },
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        play(context, &(struct theory_case){
            .claim = rows[i].claim, .scenario = rows[i].scenario, .settings = rows[i].settings,
            .effort = { { 1, rows[i].hours }, { 4, 4 * rows[i].hours } },
        });
    }
}

void theory_of_scaling(theory_player *play, void *context)
{
    play(context, &(struct theory_case){
        .claim = "F7: N breaching minutes in a row come every (1 - p^N) / ((1 - p) p^N) minutes",
        .scenario = "runs.lua", .settings = "chance=0.4",
        .effort = { { 30, 2000 }, { 30, 100000 } },
        .checks = {
            { "gap_1.mean", run_of(1, 0.4), { 0.03, 0.01 } }, { "gap_2.mean", run_of(2, 0.4), { 0.04, 0.01 } },
            { "gap_3.mean", run_of(3, 0.4), { 0.06, 0.01 } },
        },
    });
    play_exactly(play, context);
}
