/* Requests in cohorts against single ones: the same load on the same fleet played both ways, over a grid of loads. Prints how
 * far response times, tasks over time and cost are apart, in the mean over seeds, and how much faster cohorts are. Fails
 * where a steady fleet is further off than model/aggregate.h says of its load.
 * usage: aggregate ROOT few|all [WORD]   ROOT: of the sources; WORD: only that distribution, or that routing */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/trace.h"
#include "model/aggregate.h"
#include "model/outcome.h"
#include "model/record.h"
#include "model/world.h"
#include "script/scenario.h"

enum { MINUTES_MAX = 1000, SETTINGS = 10, TEXT = 128, PATH_TEXT = 4096, SEEDS = 3 };

struct grid_point {
    const char *distribution, *routing;
    int slots;
    double rate, load;            /* load of a target; of a swinging fleet only its rate counts */
    double swing;
    const char *metric;
    double requests;              /* of a steady fleet, per run */
};

/* What is compared. */
struct result {
    double mean_s, p95_s, tasks, most_tasks, cost, cpu_s;
    int minutes;
    int running[MINUTES_MAX];
};

static const double WORK_S = 0.05;

static void fail(const char *what)
{
    fprintf(stderr, "aggregate: %s\n", what);
    exit(2);
}

/* ---- one run ------------------------------------------------------------------------------------------------ */

static int tasks_of(const struct grid_point *point)
{
    double load = point->swing > 0 ? 0.6 : point->load;
    return (int)ceil(point->rate * WORK_S / load - 1e-9);
}

/* So that whole tasks have exactly that load. */
static double work_of(const struct grid_point *point)
{
    return point->swing > 0 ? WORK_S : point->load * tasks_of(point) / point->rate;
}

static void note_minute(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    (void)kind;
    struct result *result = context;
    const struct record_minute *row = record;
    if (row->service != NULL && result->minutes < MINUTES_MAX) {
        result->running[result->minutes++] = row->running;
    }
}

static double kpi(const struct world *world, const char *name)
{
    struct kpi_reference reference;
    struct error err;
    if (!kpi_reference_parse(&reference, world, name, &err)) {
        fail(err.text);
    }
    return kpi_reference_value(&reference);
}

static struct scenario *load(struct world *world, const char *root, const struct grid_point *point, bool aggregate)
{
    char path[PATH_TEXT], texts[SETTINGS][TEXT];
    snprintf(path, sizeof path, "%s/tests/analytic/aggregate.lua", root);
    snprintf(texts[0], TEXT, "%.17g", point->rate);
    snprintf(texts[1], TEXT, "%g", point->swing);
    snprintf(texts[2], TEXT, "%d", tasks_of(point));
    snprintf(texts[3], TEXT, "%.17g", work_of(point));
    snprintf(texts[4], TEXT, "%s", point->distribution);
    snprintf(texts[5], TEXT, "%d", point->slots);
    snprintf(texts[6], TEXT, "%s", point->routing);
    snprintf(texts[7], TEXT, "%s", point->metric != NULL ? point->metric : "cpu");
    snprintf(texts[8], TEXT, "%.0fs", point->swing > 0 ? 15000.0 : 600 + point->requests / point->rate);
    snprintf(texts[9], TEXT, "%d", aggregate);
    const struct scenario_setting settings[SETTINGS] = {
        { "rate", texts[0] }, { "swing", texts[1] }, { "tasks", texts[2] }, { "work", texts[3] },
        { "distribution", texts[4] }, { "slots", texts[5] }, { "routing", texts[6] }, { "metric", texts[7] },
        { "duration", texts[8] }, { "aggregate", texts[9] },
    };
    const struct scenario_options options = { .path = path, .settings = settings, .setting_count = SETTINGS };
    struct error err;
    struct scenario *scenario = scenario_load(world, &options, &err);
    if (scenario == NULL) {
        fail(err.text);
    }
    return scenario;
}

static void play(const char *root, const struct grid_point *point, int seed, bool aggregate, struct result *result)
{
    struct error err;
    struct world *world = world_create((uint64_t)seed, 0);
    struct scenario *scenario = load(world, root, point, aggregate);
    clock_t begin = clock();
    *result = (struct result){ .minutes = 0 };
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_MINUTE), note_minute, result);
    if (!world_run(world, &err)) {
        fail(err.text);
    }
    const struct tally *times = &world->target_groups[0]->books.time_in_system;
    result->cpu_s = (double)(clock() - begin) / CLOCKS_PER_SEC;
    result->mean_s = tally_mean(times) / 1e9;
    result->p95_s = (double)histogram_quantile(&times->histogram, 0.95) / 1e9;
    result->tasks = kpi(world, "avg_tasks");
    result->most_tasks = kpi(world, "max_tasks");
    result->cost = kpi(world, "cost");
    scenario_destroy(scenario);
    world_destroy(world);
}

/* ---- both ways ---------------------------------------------------------------------------------------------- */

/* Relative to single requests, in the mean over the seeds. */
struct comparison {
    double mean, p95, tasks, most_tasks, cost;
    double apart;                 /* mean difference of the numbers of tasks, minute by minute */
    double speed_up;
    double mean_spread;           /* standard error of the mean's */
};

static double relative(double value, double reference)
{
    return value / reference - 1;
}

static double apart(const struct result *a, const struct result *b)
{
    double sum = 0, tasks = 0;
    for (int i = 0; i < a->minutes && i < b->minutes; i++) {
        sum += abs(a->running[i] - b->running[i]);
        tasks += a->running[i];
    }
    return sum / tasks;
}

static struct comparison compare(const char *root, const struct grid_point *point, int seeds)
{
    static struct result single, cohorts;
    struct comparison sum = { 0 };
    double squares = 0, single_s = 0, cohorts_s = 0;
    for (int seed = 1; seed <= seeds; seed++) {
        play(root, point, seed, false, &single);
        play(root, point, seed, true, &cohorts);
        double mean = relative(cohorts.mean_s, single.mean_s);
        sum.mean += mean / seeds;
        squares += mean * mean;
        sum.p95 += relative(cohorts.p95_s, single.p95_s) / seeds;
        sum.tasks += relative(cohorts.tasks, single.tasks) / seeds;
        sum.most_tasks += relative(cohorts.most_tasks, single.most_tasks) / seeds;
        sum.cost += relative(cohorts.cost, single.cost) / seeds;
        sum.apart += apart(&single, &cohorts) / seeds;
        single_s += single.cpu_s;
        cohorts_s += cohorts.cpu_s;
    }
    double variance = seeds > 1 ? (squares - seeds * sum.mean * sum.mean) / (seeds - 1) : 0;
    sum.mean_spread = seeds > 1 ? sqrt((variance > 0 ? variance : 0) / seeds) : NAN;
    sum.speed_up = single_s / cohorts_s;
    return sum;
}

static const struct aggregate_accuracy *accuracy_at(double load)
{
    int band = 0;
    while (load > aggregate_accuracy[band].load) {
        band++;
    }
    return &aggregate_accuracy[band];
}

/* A comparison with NAN is false: where nothing is claimed, nothing is missed. */
static bool keeps(const struct grid_point *point, const struct comparison *comparison)
{
    if (point->swing > 0) {
        return fabs(comparison->tasks) < 0.02 && fabs(comparison->cost) < 0.02;
    }
    const struct aggregate_accuracy *claim = accuracy_at(point->load);
    return !(fabs(comparison->mean) > claim->mean_error) && !(fabs(comparison->p95) > claim->p95_error) &&
           fabs(comparison->cost) < 0.005;
}

static bool judge(const char *root, const struct grid_point *point, int seeds)
{
    const struct comparison found = compare(root, point, seeds);
    bool ok = keeps(point, &found);
    char load_text[TEXT];
    if (point->swing > 0) {
        snprintf(load_text, sizeof load_text, "swings, %s", point->metric);
    } else {
        snprintf(load_text, sizeof load_text, "%g", point->load);
    }
    printf("| %s | %s | %d | %g | %d | %s | %+.1f ± %.1f | %+.1f | %+.1f | %.1f | %+.1f | %+.2f | %.0f |%s\n", point->distribution,
           point->routing, point->slots, point->rate, tasks_of(point), load_text, 100 * found.mean, 100 * found.mean_spread,
           100 * found.p95, 100 * found.tasks, 100 * found.apart, 100 * found.most_tasks, 100 * found.cost, found.speed_up,
           ok ? "" : " FAILED");
    fflush(stdout);
    return ok;
}

/* ---- the grid ----------------------------------------------------------------------------------------------- */

static const struct grid_point few[] = {
    { "exponential", "round_robin", 1000, 1000, 0.7, 0, NULL, 1e6 },
    { "lognormal", "least_outstanding_requests", 1, 500, 0.8, 0, NULL, 1e6 },
    { "constant", "weighted_random", 4, 500, 0.6, 0, NULL, 1e6 },
    { "exponential", "round_robin", 1000, 200, 0, 0.6, "cpu", 0 },
};

/* Each at several loads. */
static const struct grid_point steady[] = {
    { "exponential", "round_robin", 1000, 100, 0, 0, NULL, 2e6 },
    { "exponential", "round_robin", 1000, 1000, 0, 0, NULL, 2e6 },
    { "exponential", "round_robin", 1000, 5000, 0, 0, NULL, 2e6 },
    { "exponential", "round_robin", 1, 1000, 0, 0, NULL, 2e6 },
    { "exponential", "least_outstanding_requests", 4, 1000, 0, 0, NULL, 2e6 },
    { "exponential", "weighted_random", 1000, 100, 0, 0, NULL, 2e6 },
    { "lognormal", "round_robin", 1000, 1000, 0, 0, NULL, 2e6 },
    { "lognormal", "round_robin", 1, 1000, 0, 0, NULL, 2e6 },
    { "lognormal", "least_outstanding_requests", 4, 1000, 0, 0, NULL, 2e6 },
    { "lognormal", "weighted_random", 1000, 100, 0, 0, NULL, 2e6 },
    { "constant", "round_robin", 1000, 1000, 0, 0, NULL, 2e6 },
    { "constant", "round_robin", 1, 1000, 0, 0, NULL, 2e6 },
    { "constant", "least_outstanding_requests", 4, 1000, 0, 0, NULL, 2e6 },
};

static const struct grid_point swinging[] = {
    { "exponential", "round_robin", 1000, 500, 0, 0.7, "cpu", 0 },
    { "exponential", "round_robin", 1000, 500, 0, 0.7, "requests", 0 },
    { "lognormal", "round_robin", 1000, 500, 0, 0.7, "cpu", 0 },
    { "constant", "round_robin", 1000, 500, 0, 0.7, "cpu", 0 },
};

static bool judge_few(const char *root)
{
    bool ok = true;
    for (size_t i = 0; i < sizeof few / sizeof few[0]; i++) {
        ok = judge(root, &few[i], 1) && ok;
    }
    return ok;
}

static bool judge_loads(const char *root, const struct grid_point *point)
{
    static const double loads[] = { 0.3, 0.6, 0.8, 0.9, 0.95 };
    bool ok = true;
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        struct grid_point loaded = *point;
        loaded.load = loads[i];
        ok = judge(root, &loaded, SEEDS) && ok;
    }
    return ok;
}

static bool is_wanted(const struct grid_point *point, const char *word)
{
    return word == NULL || strcmp(point->distribution, word) == 0 || strcmp(point->routing, word) == 0;
}

static bool judge_all(const char *root, const char *word)
{
    bool ok = true;
    for (size_t i = 0; i < sizeof steady / sizeof steady[0]; i++) {
        ok = (!is_wanted(&steady[i], word) || judge_loads(root, &steady[i])) && ok;
    }
    for (size_t i = 0; i < sizeof swinging / sizeof swinging[0]; i++) {
        ok = (!is_wanted(&swinging[i], word) || judge(root, &swinging[i], SEEDS)) && ok;
    }
    return ok;
}

int main(int argc, char **argv)
{
    bool is_all = argc >= 3 && strcmp(argv[2], "all") == 0;
    if (argc < 3 || argc > 4 || (!is_all && strcmp(argv[2], "few") != 0)) {
        fprintf(stderr, "usage: aggregate ROOT few|all [WORD]\n");
        return 2;
    }
    printf("| work | routing | slots | rate, 1/s | tasks | load | mean, %% | p95, %% | tasks, %% | apart, %% | most tasks, %% | "
           "cost, %% | times as fast |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    bool ok = is_all ? judge_all(argv[1], argc == 4 ? argv[3] : NULL) : judge_few(argv[1]);
    return ok ? 0 : 1;
}
