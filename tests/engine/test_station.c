/* A station slows its calls down by its law, and keeps the theory of shared processors. */
#include "lib/unit.h"

#include "engine/rng.h"
#include "engine/station.h"

enum { CALLS_MAX = 64 };

struct probe {
    struct station_call call;     /* first */
    struct sim *sim;
    sim_time begun, took;         /* took: -1 until it is done */
};

static void on_done(struct station_call *call)
{
    struct probe *probe = (struct probe *)call;
    probe->took = sim_now(probe->sim) - probe->begun;
}

static void begin(struct probe *probe, struct station *station, double seconds)
{
    *probe = (struct probe){ .sim = station->sim, .begun = sim_now(station->sim), .took = -1 };
    station_begin(station, &probe->call, sim_from_seconds(seconds));
}

static void run(struct sim *sim)
{
    struct error err;
    CU_ASSERT(sim_run(sim, SIM_DAY, &err));
}

/* n calls at once that take a second alone take 1 + slowdown (n - knee) / knee seconds together. */
static void equal_calls_keep_the_law(void)
{
    static const struct {
        int knee, count;
        double slowdown, seconds;
    } rows[] = {
        { 10, 1, 1, 1 },   { 10, 10, 1, 1 },  { 10, 11, 1, 1.1 }, { 10, 20, 1, 2 },  { 10, 40, 1, 4 },
        { 10, 20, 3, 4 },  { 10, 40, 3, 10 }, { 1, 5, 1, 5 },     { 4, 7, 0, 1 },    { 4, 7, 0.5, 1.375 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sim *sim = sim_create(1, 0);
        struct station station;
        struct probe probes[CALLS_MAX];
        station_init(&station, sim, &(struct station_config){ rows[i].knee, rows[i].slowdown }, on_done);
        for (int k = 0; k < rows[i].count; k++) {
            begin(&probes[k], &station, 1);
        }
        run(sim);
        for (int k = 0; k < rows[i].count; k++) {
            CU_ASSERT_DOUBLE_EQUAL(sim_seconds(probes[k].took), rows[i].seconds, 1e-6);
        }
        CU_ASSERT_EQUAL(station.count, 0);
        sim_destroy(sim);
    }
}

struct scene {
    struct station station;
    struct probe probes[3];
};

static void join(struct sim *sim, void *self)
{
    (void)sim;
    struct scene *scene = self;
    begin(&scene->probes[1], &scene->station, 1);
}

static void give_up(struct sim *sim, void *self)
{
    (void)sim;
    struct scene *scene = self;
    station_leave(&scene->station, &scene->probes[1].call);
}

/* Alone for a second, then two at half speed for two seconds, then alone again. */
static void a_call_that_leaves_frees_the_others(void)
{
    struct sim *sim = sim_create(1, 0);
    struct scene scene;
    station_init(&scene.station, sim, &(struct station_config){ 1, 1 }, on_done);
    begin(&scene.probes[0], &scene.station, 5);
    sim_at(sim, 1 * SIM_SECOND, RANK_CALL, join, &scene);
    sim_at(sim, 2 * SIM_SECOND, RANK_CALL, give_up, &scene);
    run(sim);
    CU_ASSERT_EQUAL(scene.probes[0].took, sim_from_seconds(5.5));
    CU_ASSERT_EQUAL(scene.probes[1].took, -1);
    sim_destroy(sim);
}

/* The shortest goes first, whenever it came; of equal ones the first that came. */
static void calls_end_in_the_order_of_their_work(void)
{
    struct sim *sim = sim_create(1, 0);
    struct scene scene;
    station_init(&scene.station, sim, &(struct station_config){ 1, 1 }, on_done);
    begin(&scene.probes[0], &scene.station, 3);
    begin(&scene.probes[1], &scene.station, 1);
    begin(&scene.probes[2], &scene.station, 2);
    run(sim);
    CU_ASSERT_EQUAL(scene.probes[1].took, 3 * SIM_SECOND);
    CU_ASSERT_EQUAL(scene.probes[2].took, 5 * SIM_SECOND);
    CU_ASSERT_EQUAL(scene.probes[0].took, 6 * SIM_SECOND);
    sim_destroy(sim);
}

/* Poisson arrivals at one server that all share: a mean of S / (1 - rho), whatever the distribution of the work. */
struct open_load {
    struct station station;
    struct rng rng;
    double between, total;        /* seconds */
    bool regular;
    int64_t done;
    struct probe probes[4096];
    int next;
};

static struct open_load load;

static void on_load_done(struct station_call *call)
{
    on_done(call);
    load.total += sim_seconds(((struct probe *)call)->took);
    load.done++;
}

static void on_load_arrival(struct sim *sim, void *self)
{
    (void)self;
    begin(&load.probes[load.next], &load.station, load.regular ? 1 : rng_exponential(&load.rng));
    load.next = (load.next + 1) % 4096;
    sim_at(sim, sim_now(sim) + sim_from_seconds(load.between * rng_exponential(&load.rng)), RANK_ARRIVAL, on_load_arrival, NULL);
}

static void shared_processing_is_insensitive(void)
{
    for (int regular = 0; regular <= 1; regular++) {
        struct sim *sim = sim_create(7, 0);
        struct error err;
        load = (struct open_load){ .between = 1 / 0.7, .regular = regular == 1 };
        rng_init(&load.rng, sim, "load", 0);
        station_init(&load.station, sim, &(struct station_config){ 1, 1 }, on_load_done);
        sim_at(sim, 0, RANK_ARRIVAL, on_load_arrival, NULL);
        CU_ASSERT(sim_run(sim, 1000000 * SIM_SECOND, &err));
        CU_ASSERT_DOUBLE_EQUAL(load.total / (double)load.done, 1 / (1 - 0.7), 0.03 * 1 / (1 - 0.7));
        sim_destroy(sim);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "equal calls keep the law", equal_calls_keep_the_law },
        { "a call that leaves frees the others", a_call_that_leaves_frees_the_others },
        { "calls end in the order of their work", calls_end_in_the_order_of_their_work },
        { "shared processing does not feel the distribution", shared_processing_is_insensitive },
        UNIT_END,
    };
    return unit_main("engine/station", tests);
}
