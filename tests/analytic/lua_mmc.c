/* M/M/c built in Lua against Erlang C, over many seeds: is the mean wait within 3.5 standard errors of theory, and is the
 * interval narrow enough for this to mean something? Runs share nothing, so two threads play them. */
#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytic/mmc.h"
#include "model/outcome.h"
#include "model/world.h"
#include "script/scenario.h"

enum { SEEDS_MAX = 30, THREADS = 2, PARAMETERS = 4 };

static const double WORK_S = 60;  /* mean work of a job in mmc.lua */

struct load {
    uint32_t servers;
    double load;
    int seeds;
    long warm_up, customers;      /* per seed */
    double half_width_max;        /* of the 95 % interval, relative to theory */
};

static const struct load few[] = {
    { .servers = 5, .load = 0.8, .seeds = 10, .warm_up = 2000, .customers = 120000, .half_width_max = 0.05 },
};
static const struct load all[] = {
    { .servers = 1, .load = 0.5, .seeds = 30, .warm_up = 1000, .customers = 100000, .half_width_max = 0.01 },
    { .servers = 5, .load = 0.8, .seeds = 30, .warm_up = 2000, .customers = 500000, .half_width_max = 0.01 },
    { .servers = 20, .load = 0.95, .seeds = 30, .warm_up = 20000, .customers = 1000000, .half_width_max = 0.03 },
};

/* What the threads share: the next seed to play, and each seed's own place for its result. */
struct trials {
    const char *scenario;
    const struct load *load;
    pthread_mutex_t lock;
    int next_seed;
    double wait_s[SEEDS_MAX + 1];
};

static void fail(const char *what)
{
    fprintf(stderr, "lua_mmc: %s\n", what);
    exit(2);
}

static struct scenario *load_scenario(struct world *world, const struct trials *trials)
{
    char values[PARAMETERS][32];
    snprintf(values[0], sizeof values[0], "%" PRIu32, trials->load->servers);
    snprintf(values[1], sizeof values[1], "%g", trials->load->load);
    snprintf(values[2], sizeof values[2], "%ld", trials->load->customers);
    snprintf(values[3], sizeof values[3], "%ld", trials->load->warm_up);
    const struct scenario_setting settings[PARAMETERS] = {
        { "servers", values[0] }, { "load", values[1] }, { "customers", values[2] }, { "warm_up", values[3] },
    };
    const struct scenario_options options = {
        .path = trials->scenario, .settings = settings, .setting_count = PARAMETERS,
    };
    struct error err;
    struct scenario *scenario = scenario_load(world, &options, &err);
    if (scenario == NULL) {
        fail(err.text);
    }
    return scenario;
}

static double play(const struct trials *trials, int seed)
{
    struct error err;
    struct kpi_reference wait;
    struct world *world = world_create((uint64_t)seed, 0);
    struct scenario *scenario = load_scenario(world, trials);
    if (!world_run(world, &err) || !kpi_reference_parse(&wait, world, "wait.mean", &err)) {
        fail(err.text);
    }
    double mean = kpi_reference_value(&wait);
    scenario_destroy(scenario);
    world_destroy(world);
    return mean;
}

static int take_seed(struct trials *trials)
{
    pthread_mutex_lock(&trials->lock);
    int seed = trials->next_seed++;
    pthread_mutex_unlock(&trials->lock);
    return seed;
}

static void *play_seeds(void *context)
{
    struct trials *trials = context;
    for (int seed = take_seed(trials); seed <= trials->load->seeds; seed = take_seed(trials)) {
        trials->wait_s[seed] = play(trials, seed);
    }
    return NULL;
}

static void play_all(struct trials *trials)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, play_seeds, trials) != 0) {
            fail("no thread");
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Print and judge one load: n runs, added up in the order of their seeds. */
static bool is_erlangs(const struct load *load, const double *wait_s)
{
    int n = load->seeds;
    double expected = WORK_S * mmc_expected_wait_s(&(struct mmc){ .servers = load->servers, .load = load->load });
    double sum = 0, squares = 0;
    for (int seed = 1; seed <= n; seed++) {
        sum += wait_s[seed];
    }
    double mean = sum / n;
    for (int seed = 1; seed <= n; seed++) {
        squares += (wait_s[seed] - mean) * (wait_s[seed] - mean);
    }
    double error = sqrt(squares / (n - 1) / n);
    double t = (mean - expected) / error;
    double half_width = gsl_cdf_tdist_Pinv(0.975, n - 1) * error / expected;
    bool ok = fabs(t) < 3.5 && half_width <= load->half_width_max;
    printf("M/M/%" PRIu32 " load %g, %d seeds of %ld jobs: wait %.4f s, theory %.4f s, t %.2f, half-width %.2f %% "
           "(at most %g %%)%s\n",
           load->servers, load->load, n, load->customers, mean, expected, t, 100 * half_width,
           100 * load->half_width_max, ok ? "" : ": FAILED");
    fflush(stdout);
    return ok;
}

static bool check(const char *scenario, const struct load *load)
{
    struct trials trials = { .scenario = scenario, .load = load, .next_seed = 1 };
    pthread_mutex_init(&trials.lock, NULL);
    play_all(&trials);
    pthread_mutex_destroy(&trials.lock);
    return is_erlangs(load, trials.wait_s);
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[2], "few") != 0 && strcmp(argv[2], "all") != 0)) {
        fail("usage: lua_mmc SCENARIO few|all");
    }
    bool long_run = strcmp(argv[2], "all") == 0, ok = true;
    const struct load *loads = long_run ? all : few;
    size_t count = long_run ? sizeof all / sizeof *all : sizeof few / sizeof *few;
    for (size_t i = 0; i < count; i++) {
        ok = check(argv[1], &loads[i]) && ok;
    }
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
