/* Requests: processor sharing, slots, and the routings that have a theory. */
#include <math.h>

#include "analytic/formula.h"
#include "analytic/theory.h"

static const double WORK_S = 0.1;

/* M/G/1 with processor sharing: E[S] / (1 - rho), whatever the distribution; the task is busy for rho of its time. */
static void play_distributions(theory_player *play, void *context)
{
    static const struct {
        const char *settings;
        double load, length_few, half_width_few, half_width_all;
    } rows[] = {
        { "distribution=constant load=0.5", 0.5, 4000, 0.03, 0.01 },
        { "distribution=exponential load=0.5", 0.5, 4000, 0.03, 0.01 },
        { "distribution=lognormal load=0.5", 0.5, 4000, 0.05, 0.01 },
        { "distribution=constant load=0.8", 0.8, 8000, 0.06, 0.01 },
        { "distribution=exponential load=0.8", 0.8, 8000, 0.06, 0.01 },
        { "distribution=lognormal load=0.8", 0.8, 8000, 0.08, 0.01 },
        { "distribution=constant load=0.9", 0.9, 10000, 0.08, 0.02 },
        { "distribution=exponential load=0.9", 0.9, 10000, 0.12, 0.02 },
        { "distribution=lognormal load=0.9", 0.9, 25000, 0.15, 0.03 },
    };
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        play(context, &(struct theory_case){
            .claim = "M/G/1 with processor sharing: the mean time does not depend on the distribution",
            .scenario = "requests.lua", .settings = rows[i].settings,
            .effort = { { 30, rows[i].length_few }, { 30, 400000 } },
            .checks = {
                { "time_in_system", WORK_S / (1 - rows[i].load), { rows[i].half_width_few, rows[i].half_width_all } },
                { "busy_share", rows[i].load, { 0.02, 0.01 } },
            },
        });
    }
}

void theory_of_sharing(theory_player *play, void *context)
{
    play_distributions(play, context);
    play(context, &(struct theory_case){
        .claim = "M/G/1 with processor sharing: every size is slowed down by the same factor",
        .scenario = "slowdown.lua", .settings = "load=0.8",
        .effort = { { 30, 4000 }, { 30, 500000 } },
        .checks = {
            { "small.mean", 5, { 0.12, 0.01 } }, { "middle.mean", 5, { 0.12, 0.01 } }, { "large.mean", 5, { 0.12, 0.01 } },
        },
    });
    play(context, &(struct theory_case){
        .claim = "c slots that take 100 / c per cent of the CPU each are M/M/c",
        .scenario = "requests.lua", .settings = "slots=5 cpu_percent=20 load=0.8",
        .effort = { { 30, 12000 }, { 30, 500000 } },
        .checks = {
            { "wait", WORK_S * erlang_c_wait(5, 4), { 0.08, 0.01 } },
            { "time_in_system", WORK_S * (1 + erlang_c_wait(5, 4)), { 0.03, 0.01 } },
            { "util", 0.8, { 0.01, 0.01 } },
        },
    });
    /* First come, first served: the time in system is exponential. */
    play(context, &(struct theory_case){
        .claim = "one slot is M/M/1: its quantiles and the share within half a second",
        .scenario = "requests.lua", .settings = "slots=1 load=0.7",
        .effort = { { 30, 12000 }, { 30, 400000 } },
        .checks = {
            { "tis_p50", WORK_S / 0.3 * log(2), { 0.05, 0.01 } }, { "tis_p95", WORK_S / 0.3 * log(20), { 0.05, 0.01 } },
            { "wait_p95", WORK_S / 0.3 * log(20 * 0.7), { 0.05, 0.01 } },
            { "slo_attainment", 1 - exp(-0.5 * 0.3 / WORK_S), { 0.02, 0.005 } },
        },
    });
    play(context, &(struct theory_case){
        .claim = "without a limit of slots as many share the CPU of c: the same mean time as M/M/c",
        .scenario = "requests.lua", .settings = "cpu_percent=20 load=0.8",
        .effort = { { 30, 12000 }, { 30, 500000 } },
        .checks = { { "time_in_system", WORK_S * (1 + erlang_c_wait(5, 4)), { 0.03, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "weighted random routing makes each task a queue of its own, M/M/1",
        .scenario = "requests.lua", .settings = "tasks=4 slots=1 routing=weighted_random load=0.7",
        .effort = { { 30, 12000 }, { 30, 500000 } },
        .checks = { { "wait", WORK_S * 0.7 / 0.3, { 0.06, 0.01 } }, { "util", 0.7, { 0.01, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "round robin over two tasks gives each every second arrival, E2/M/1",
        .scenario = "requests.lua", .settings = "tasks=2 slots=1 routing=round_robin load=0.8",
        .effort = { { 30, 12000 }, { 30, 500000 } },
        .checks = { { "wait", WORK_S * nth_arrival_wait(2, 0.8), { 0.06, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "least outstanding requests over two tasks is joining the shorter line, not one line for both",
        .scenario = "requests.lua", .settings = "tasks=2 slots=1 routing=least_outstanding_requests load=0.8",
        .effort = { { 30, 12000 }, { 30, 500000 } },
        .checks = { { "time_in_system", WORK_S * shorter_line_time(0.8), { 0.04, 0.01 } } },
    });
    play(context, &(struct theory_case){
        .claim = "CloudWatch shows the load as CPU, the rate as requests and their ratio as response time",
        .scenario = "requests.lua", .settings = "load=0.8 metrics=true",
        .effort = { { 30, 12000 }, { 30, 400000 } },
        .checks = {
            { "cpu.mean", 80, { 0.02, 0.01 } }, { "count.mean", 480, { 0.02, 0.01 } },
            { "response.mean / count.mean", 0.5, { 0.05, 0.01 } },
        },
    });
}
