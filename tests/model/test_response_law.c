#include "lib/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>

#include "model/response_law.h"

enum { FULL_CPU = 100000, SETTLED_S = 2000 };

static const double WORK_S = 0.1;

static struct dist work_of(const char *name, double cv)
{
    struct error err;
    struct dist dist = { .type = dist_type_find(name), .mean = WORK_S, .cv = cv, .min = -INFINITY, .max = INFINITY };
    CU_ASSERT_FATAL(dist_init(&dist, &err));
    return dist;
}

static struct response_law *law_of(struct sim *sim, enum routing routing, int targets, int slots, struct dist work)
{
    const struct response_family_config config = { .routing = routing, .demand = FULL_CPU, .slots = slots, .work = work };
    return response_family_law(response_family_create(sim, &config), targets);
}

/* Where a target ends that gets so much for long. */
static struct response_state settle(struct response_law *law, double load)
{
    struct response_state state = response_law_after(law, 0, load * response_law_capacity(law), 1);
    for (int second = 1; second < SETTLED_S; second++) {
        state = response_law_after(law, state.in_system, load * response_law_capacity(law), 1);
    }
    return state;
}

static void check_within(double value, double expected, double tolerance)
{
    if (!(fabs(value / expected - 1) <= tolerance)) {
        printf("%g is not %g\n", value, expected);
        CU_FAIL("not within the tolerance");
    }
}

/* Pollaczek and Khinchine; processor sharing is insensitive to the distribution. */
static void one_target_is_as_theory_has_it(void)
{
    static const struct {
        const char *work;
        double cv;
        int slots;
        double load, tolerance;
    } rows[] = {
        { "exponential", 0, 1, 0.5, 0.02 }, { "exponential", 0, 1, 0.8, 0.03 }, { "exponential", 0, 1000, 0.8, 0.03 },
        { "constant", 0, 1, 0.5, 0.01 }, { "constant", 0, 1, 0.8, 0.02 }, { "constant", 0, 1000, 0.8, 0.03 },
        { "lognormal", 2, 1, 0.5, 0.06 }, { "lognormal", 2, 1000, 0.5, 0.02 }, { "lognormal", 2, 1000, 0.8, 0.03 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sim *sim = sim_create(1, 0);
        struct response_law *law = law_of(sim, ROUTE_WEIGHTED_RANDOM, 7, rows[i].slots, work_of(rows[i].work, rows[i].cv));
        double load = rows[i].load, cv = rows[i].work[0] == 'e' ? 1 : rows[i].cv;
        double queue = load * load / (1 - load) * (rows[i].slots == 1 ? (1 + cv * cv) / 2 : 1);
        struct response_state state = settle(law, load);
        check_within(response_law_capacity(law), 1 / WORK_S, 1e-9);
        check_within(state.load, load, 1e-3);
        check_within(state.in_system, load + queue, rows[i].tolerance);
        check_within(state.empty, 1 - load, 0.03);
        sim_destroy(sim);
    }
}

/* By Little's law, and with the mean that was put in. */
static void strata_add_up(void)
{
    struct sim *sim = sim_create(2, 0);
    struct response_law *law = law_of(sim, ROUTE_ROUND_ROBIN, 5, 3, work_of("lognormal", 2));
    struct response_state state = settle(law, 0.75);
    double response = 0, work = 0, service = 0, before = 0;
    for (int i = 0; i < PILOT_STRATA; i++) {
        for (int k = 0; k < PILOT_WAITS; k++) {
            struct response_times times = response_state_times(&state, i, k);
            CU_ASSERT(times.response >= before && times.wait >= 0 && times.wait <= times.response * (1 + 1e-12));
            response += times.response / (PILOT_STRATA * PILOT_WAITS);
            service += (times.response - times.wait) / (PILOT_STRATA * PILOT_WAITS);
            work += times.work / (PILOT_STRATA * PILOT_WAITS);
            before = times.response * (1 - 1e-12);
        }
    }
    check_within(response * 0.75 * response_law_capacity(law), state.in_system, 1e-6);
    check_within(work, WORK_S, 0.02);
    CU_ASSERT(service > work);    /* three slots share one CPU */
    sim_destroy(sim);
}

/* What takes turns meets even gaps; what looks at all targets waits least. */
static void routing_orders_the_queues(void)
{
    struct sim *sim = sim_create(3, 0);
    double held[3];
    for (int routing = ROUTE_ROUND_ROBIN; routing <= ROUTE_WEIGHTED_RANDOM; routing++) {
        held[routing] = settle(law_of(sim, (enum routing)routing, 12, 1, work_of("exponential", 0)), 0.8).in_system;
    }
    CU_ASSERT(held[ROUTE_LEAST_OUTSTANDING] < 0.6 * held[ROUTE_ROUND_ROBIN]);
    CU_ASSERT(held[ROUTE_ROUND_ROBIN] < 0.7 * held[ROUTE_WEIGHTED_RANDOM]);
    sim_destroy(sim);
}

/* Beyond its capacity a target holds what it cannot finish, and works it off at that rate. */
static void overload_piles_up_and_is_worked_off(void)
{
    static const int slots[] = { 1, 1000 };
    for (int i = 0; i < 2; i++) {
        struct sim *sim = sim_create(4, 0);
        struct response_law *law = law_of(sim, ROUTE_ROUND_ROBIN, 4, slots[i], work_of("exponential", 0));
        double capacity = response_law_capacity(law);
        struct response_state state = { 0 };
        for (int second = 0; second < 200; second++) {
            state = response_law_after(law, state.in_system, 1.5 * capacity, 1);
        }
        check_within(state.in_system, 100 * capacity, 0.03);
        struct response_times middle = response_state_times(&state, PILOT_STRATA / 2, 0);
        CU_ASSERT(slots[i] > 1 ? middle.wait < 1 : middle.wait > 90);
        for (int second = 0; second < 150; second++) {
            state = response_law_after(law, state.in_system, 0.5 * capacity, 1);
        }
        check_within(state.in_system, 25 * capacity, 0.1);
        sim_destroy(sim);
    }
}

static void a_run_has_one_law_and_a_seed_its_own(void)
{
    struct sim *first = sim_create(5, 0), *again = sim_create(5, 0), *other = sim_create(6, 0);
    double held = settle(law_of(first, ROUTE_ROUND_ROBIN, 3, 2, work_of("exponential", 0)), 0.6).in_system;
    CU_ASSERT_EQUAL(held, settle(law_of(again, ROUTE_ROUND_ROBIN, 3, 2, work_of("exponential", 0)), 0.6).in_system);
    CU_ASSERT_NOT_EQUAL(held, settle(law_of(other, ROUTE_ROUND_ROBIN, 3, 2, work_of("exponential", 0)), 0.6).in_system);
    sim_destroy(first);
    sim_destroy(again);
    sim_destroy(other);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "one target is as Pollaczek, Khinchine and processor sharing have it", one_target_is_as_theory_has_it },
        { "strata add up", strata_add_up },
        { "routing orders the queues", routing_orders_the_queues },
        { "overload piles up and is worked off", overload_piles_up_and_is_worked_off },
        { "a run has one law, and a seed its own", a_run_has_one_law_and_a_seed_its_own },
        UNIT_END,
    };
    return unit_main("model/response_law", tests);
}
