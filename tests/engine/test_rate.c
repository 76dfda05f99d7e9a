#include "lib/unit.h"

#include <math.h>
#include <string.h>

#include "engine/rate.h"
#include "engine/rng.h"

enum { POINTS_MAX = 8 };

struct shape {
    const char *name;
    double period_s;
    size_t count;
    struct {
        double time_s, per_second;
    } points[POINTS_MAX];
};

static const struct shape shapes[] = {
    { "level", 0, 1, { { 0, 2.5 } } },
    { "level from a late point", 0, 1, { { 100, 0.003 } } },
    { "ramp up", 0, 2, { { 10, 1 }, { 20, 5 } } },
    { "ramp down to nothing", 0, 2, { { 0, 1000 }, { 3600, 0 } } },
    { "ramp up from nothing", 0, 3, { { 0, 0 }, { 3600, 0 }, { 7200, 0.1 } } },
    { "spike", 0, 5, { { 0, 2 }, { 50, 2 }, { 50, 20 }, { 60, 20 }, { 60, 2 } } },
    { "spike at the start", 0, 5, { { 0, 2 }, { 0, 2 }, { 0, 20 }, { 10, 20 }, { 10, 2 } } },
    { "pause", 0, 4, { { 10, 1 }, { 10, 0 }, { 20, 0 }, { 20, 1 } } },
    { "saw tooth", 60, 2, { { 0, 0 }, { 60, 10 } } },
    { "falling saw tooth", 60, 2, { { 0, 10 }, { 60, 0 } } },
    { "day", 86400, 4, { { 0, 0.02 }, { 28800, 0.07 }, { 57600, 0.013 }, { 86400, 0.02 } } },
    { "office hours", 86400, 4, { { 32400, 0 }, { 32400, 1.0 / 3 }, { 61200, 1.0 / 3 }, { 61200, 0 } } },
    { "a lap of a third of a second", 1.0 / 3, 2, { { 0.1, 1 }, { 0.2, 7 } } },
};
enum { SHAPES = sizeof shapes / sizeof shapes[0], RANDOM_SHAPES = 1000 };

/* The rate of a shape; its points live as long as the arena. */
static struct rate make_rate(const struct shape *shape, struct arena *arena)
{
    struct rate_point points[POINTS_MAX];
    struct error err = { "" };
    for (size_t i = 0; i < shape->count; i++) {
        points[i].time = sim_from_seconds(shape->points[i].time_s);
        points[i].per_second = shape->points[i].per_second;
    }
    struct rate rate = { .points = points, .count = shape->count, .period = sim_from_seconds(shape->period_s) };
    CU_ASSERT_TRUE(rate_init(&rate, arena, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "");
    return rate;
}

/* Points at odd times with odd rates, steps and pauses among them. */
static struct rate make_random_rate(struct rng *rng, struct arena *arena)
{
    struct shape shape = { .name = "random", .count = 1 + rng_below(rng, POINTS_MAX) };
    double time_s = 0;
    for (size_t i = 0; i < shape.count; i++) {
        time_s += rng_below(rng, 4) == 0 ? 0 : rng_exponential(rng) * 100;
        shape.points[i].time_s = time_s;
        shape.points[i].per_second = rng_below(rng, 5) == 0 ? 0 : rng_exponential(rng) / 3;
    }
    shape.period_s = rng_below(rng, 2) == 0 ? 0 : time_s + 1e-9 + (double)rng_below(rng, 2) * rng_exponential(rng);
    return make_rate(&shape, arena);
}

static const struct shape *shape_named(const char *name)
{
    const struct shape *shape = shapes;
    while (strcmp(shape->name, name) != 0) {
        shape++;
    }
    return shape;
}

static void rates_and_areas_are_as_drawn(void)
{
    static const struct {
        const char *shape;
        double time_s, rate, area;
    } cases[] = {
        { "level", 0, 2.5, 0 },
        { "level", 1000, 2.5, 2500 },
        { "level from a late point", 50, 0.003, 0.15 },
        { "ramp up", 5, 1, 5 },
        { "ramp up", 15, 3, 20 },
        { "ramp up", 20, 5, 40 },
        { "ramp up", 30, 5, 90 },
        { "ramp down to nothing", 1800, 500, 1350000 },
        { "ramp down to nothing", 7200, 0, 1800000 },
        { "spike", 50, 20, 100 },
        { "spike", 55, 20, 200 },
        { "spike", 60, 2, 300 },
        { "spike at the start", 5, 20, 100 },
        { "pause", 15, 0, 10 },
        { "pause", 21, 1, 11 },
        { "saw tooth", 30, 5, 75 },
        { "saw tooth", 60, 0, 300 },
        { "saw tooth", 60 * 1000 + 30, 5, 300075 },
        { "falling saw tooth", 30, 5, 225 },
        { "falling saw tooth", 90, 5, 525 },
        { "office hours", 86400, 0, 9600 },
        { "office hours", 86400 + 32400, 1.0 / 3, 9600 },
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rate rate = make_rate(shape_named(cases[i].shape), arena);
        sim_time when = sim_from_seconds(cases[i].time_s);
        CU_ASSERT_DOUBLE_EQUAL(rate_at(&rate, when), cases[i].rate, 1e-12 * cases[i].rate);
        CU_ASSERT_DOUBLE_EQUAL(rate_area(&rate, when), cases[i].area, 1e-12 * cases[i].area);
    }
    arena_destroy(arena);
}

/* Neighbouring nanoseconds, most of them around points and laps, where pieces meet. */
static unsigned count_falls(const struct rate *rate, struct rng *rng, int tries)
{
    unsigned falls = 0;
    for (int i = 0; i < tries; i++) {
        const struct rate_point *point = &rate->points[rng_below(rng, rate->count)];
        sim_time near = (sim_time)rng_below(rng, 1000) * rate->period + point->time + (sim_time)rng_below(rng, 7) - 3;
        sim_time when = i % 4 == 0 ? (sim_time)rng_below(rng, SIM_DAY) : near > 0 ? near : 0;
        falls += rate_area(rate, when) > rate_area(rate, when + 1);
    }
    return falls;
}

static void the_area_never_falls(void)
{
    struct rng rng;
    rng_seed(&rng, 1, 0, "area", 0);
    for (size_t i = 0; i < SHAPES + RANDOM_SHAPES; i++) {
        struct arena *arena = arena_create();
        struct rate rate = i < SHAPES ? make_rate(&shapes[i], arena) : make_random_rate(&rng, arena);
        CU_ASSERT_EQUAL(count_falls(&rate, &rng, i < SHAPES ? 20000 : 200), 0);
        arena_destroy(arena);
    }
}

static bool is_first_instant_of(const struct rate *rate, double area, sim_time when)
{
    if (when == SIM_NEVER) {
        return rate_area(rate, SIM_NEVER - 1) < area;
    }
    return rate_area(rate, when) >= area && (when == 0 || rate_area(rate, when - 1) < area);
}

static unsigned count_wrong_times(const struct rate *rate, struct rng *rng, int tries)
{
    double area = 0;
    sim_time last = 0;
    unsigned wrong = 0;
    for (int i = 0; i < tries; i++) {
        area += i % 5 == 0 ? 1e-9 : rng_exponential(rng) * (i % 1000 == 0 ? 1000 : 1);
        sim_time when = rate_time_of(rate, area);
        wrong += when < last || !is_first_instant_of(rate, area, when);
        last = when;
    }
    return wrong;
}

static void the_time_of_an_area_is_the_first_instant_that_reaches_it(void)
{
    struct rng rng;
    rng_seed(&rng, 1, 0, "time", 0);
    for (size_t i = 0; i < SHAPES + RANDOM_SHAPES; i++) {
        struct arena *arena = arena_create();
        struct rate rate = i < SHAPES ? make_rate(&shapes[i], arena) : make_random_rate(&rng, arena);
        CU_ASSERT_EQUAL(count_wrong_times(&rate, &rng, i < SHAPES ? 20000 : 200), 0);
        arena_destroy(arena);
    }
}

static void times_of_points_are_found_exactly(void)
{
    struct arena *arena = arena_create();
    unsigned wrong = 0;
    for (size_t i = 0; i < SHAPES; i++) {
        struct rate rate = make_rate(&shapes[i], arena);
        for (sim_time lap = 0; lap < 100; lap++) {
            for (size_t j = 0; j < rate.count; j++) {
                double area = rate_area(&rate, lap * rate.period + rate.points[j].time);
                wrong += !is_first_instant_of(&rate, area, rate_time_of(&rate, area));
                double next = nextafter(area, INFINITY);
                wrong += !is_first_instant_of(&rate, next, rate_time_of(&rate, next));
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    arena_destroy(arena);
}

static void areas_that_are_never_reached_take_for_ever(void)
{
    static const struct shape nothing = { "nothing", 0, 1, { { 0, 0 } } }, no_day = { "no day", 86400, 1, { { 0, 0 } } };
    struct arena *arena = arena_create();
    struct rate rate = make_rate(&nothing, arena);
    CU_ASSERT_EQUAL(rate_time_of(&rate, 0), 0);
    CU_ASSERT_EQUAL(rate_time_of(&rate, 1e-300), SIM_NEVER);
    rate = make_rate(&no_day, arena);
    CU_ASSERT_EQUAL(rate_time_of(&rate, 1), SIM_NEVER);
    CU_ASSERT_EQUAL(rate_area(&rate, SIM_NEVER), 0);
    rate = make_rate(shape_named("ramp down to nothing"), arena);
    CU_ASSERT_DOUBLE_EQUAL(sim_seconds(rate_time_of(&rate, 1800000)), 3600, 0.001);
    CU_ASSERT_EQUAL(rate_time_of(&rate, 1800000.001), SIM_NEVER);
    rate = make_rate(shape_named("level"), arena);
    CU_ASSERT_EQUAL(rate_time_of(&rate, 1e30), SIM_NEVER);
    rate = make_rate(shape_named("day"), arena);
    CU_ASSERT_EQUAL(rate_time_of(&rate, 1e30), SIM_NEVER);
    arena_destroy(arena);
}

/* Twice the rate meets the same unit process: its n-th arrival comes where twice the area has passed. */
static void a_stretched_rate_keeps_its_pairing(void)
{
    static const struct shape slow = { "slow", 0, 2, { { 0, 1 }, { 100, 3 } } };
    static const struct shape fast = { "fast", 0, 2, { { 0, 2 }, { 100, 6 } } };
    struct arena *arena = arena_create();
    struct rate a = make_rate(&slow, arena), b = make_rate(&fast, arena);
    for (int i = 1; i < 300; i++) {
        CU_ASSERT_EQUAL(rate_time_of(&a, i), rate_time_of(&b, 2 * i));
    }
    arena_destroy(arena);
}

static void impossible_rates_are_refused(void)
{
    static const struct {
        struct shape shape;
        const char *message;
    } cases[] = {
        { { "", 0, 0, { { 0, 0 } } }, "a rate needs at least one point" },
        { { "", -1, 1, { { 0, 0 } } }, "period -1 s is below 0" },
        { { "", 0, 1, { { -2, 1 } } }, "point 1: time -2 s is before 0 s" },
        { { "", 0, 2, { { 6, 1 }, { 5, 1 } } }, "point 2: time 5 s is before 6 s" },
        { { "", 0, 2, { { 0, 1 }, { 5, -1 } } }, "point 2: rate -1 is not a number from 0 up" },
        { { "", 0, 1, { { 0, (double)INFINITY } } }, "point 1: rate inf is not a number from 0 up" },
        { { "", 10, 2, { { 0, 1 }, { 11, 1 } } }, "point 2: time 11 s is after the period of 10 s" },
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct shape *shape = &cases[i].shape;
        struct rate_point points[POINTS_MAX];
        struct error err;
        for (size_t j = 0; j < shape->count; j++) {
            points[j] = (struct rate_point){ sim_from_seconds(shape->points[j].time_s), shape->points[j].per_second };
        }
        struct rate rate = { .points = points, .count = shape->count, .period = sim_from_seconds(shape->period_s) };
        CU_ASSERT_FALSE_FATAL(rate_init(&rate, arena, &err));
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
    }
    arena_destroy(arena);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "rates and areas are as drawn", rates_and_areas_are_as_drawn },
        { "the area never falls", the_area_never_falls },
        { "the time of an area is the first instant that reaches it",
          the_time_of_an_area_is_the_first_instant_that_reaches_it },
        { "times of points are found exactly", times_of_points_are_found_exactly },
        { "areas that are never reached take for ever", areas_that_are_never_reached_take_for_ever },
        { "a stretched rate keeps its pairing", a_stretched_rate_keeps_its_pairing },
        { "impossible rates are refused", impossible_rates_are_refused },
        UNIT_END,
    };
    return unit_main("engine/rate", tests);
}
