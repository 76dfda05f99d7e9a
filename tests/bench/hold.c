/* The hold model through the public functions of the engine: each event plans its next one at an exponential distance.
 *     hold timer|once SIZE...      SIZE events are pending all the time; CPU time per event */
#include <string.h>

#include "base/mem.h"
#include "bench/measure.h"
#include "engine/rng.h"
#include "engine/sim.h"

struct holder {
    struct rng *rng;
    sim_timer timer;
};

static sim_time draw_distance(struct rng *rng)
{
    return sim_from_seconds(rng_exponential(rng));
}

static void on_timer(struct sim *sim, void *self)
{
    struct holder *holder = self;
    sim_timer_arm(sim, holder->timer, sim_now(sim) + draw_distance(holder->rng), RANK_LAPSE);
}

static void on_once(struct sim *sim, void *self)
{
    struct holder *holder = self;
    sim_at(sim, sim_now(sim) + draw_distance(holder->rng), RANK_LAPSE, on_once, holder);
}

static void plan_first(struct sim *sim, struct holder *holder, bool with_timer)
{
    if (with_timer) {
        holder->timer = sim_timer_create(sim, on_timer, holder);
        on_timer(sim, holder);
    } else {
        on_once(sim, holder);
    }
}

/* Nanoseconds per event of about `events` more events. */
static double run_for(struct sim *sim, size_t size, double events)
{
    struct error err;
    uint64_t before = sim_events(sim);
    double start = measure_cpu_seconds();
    sim_run(sim, sim_now(sim) + sim_from_seconds(events / (double)size), &err);
    return (measure_cpu_seconds() - start) / (double)(sim_events(sim) - before) * 1e9;
}

static void hold(size_t size, bool with_timer)
{
    struct rng rng;
    rng_seed(&rng, 7, 0, "hold", 0);
    struct sim *sim = sim_create(7, 0);
    struct holder *holders = mem_resize(NULL, size, sizeof *holders);
    for (size_t i = 0; i < size; i++) {
        holders[i].rng = &rng;
        plan_first(sim, &holders[i], with_timer);
    }
    run_for(sim, size, 3 * (double)size + 2e5);
    double rounds[MEASURE_ROUNDS];
    for (int i = 0; i < MEASURE_ROUNDS; i++) {
        rounds[i] = run_for(sim, size, size >= 100000 ? 2e6 : 1e6);
    }
    char name[64];
    snprintf(name, sizeof name, "hold %s %zu", with_timer ? "timer" : "once", size);
    measure_print(name, rounds);
    free(holders);
    sim_destroy(sim);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: hold timer|once SIZE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        hold((size_t)strtod(argv[i], NULL), strcmp(argv[1], "timer") == 0);
    }
    return 0;
}
