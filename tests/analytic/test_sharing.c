#include "lib/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>

#include "model/request.h"
#include "model/workload.h"
#include "model/world.h"

/* M/G/1 with processor sharing: the mean time in system is E[S] / (1 - rho), whatever the distribution. One task, slots
 * enough that nobody waits for one. */
enum { SEEDS = 20, HOURS = 2 };

static const double MEAN_S = 0.1;

static struct app app;

static double mean_time_s(uint64_t seed, const struct dist *work, double load)
{
    struct world *world = world_create(seed, 0);
    struct error err;
    struct target_group_config group_config = {
        .name = "web", .deregistration_delay = SIM_MINUTE, .idle_timeout = 4000 * SIM_SECOND,
    };
    struct target_group *group = target_group_create(world, &group_config);
    struct task_definition definition = {
        .family = "web", .revision = 1, .name = "web:1", .cpu_units = 256, .memory_mib = 512,
        .ephemeral_storage_gib = 20, .stop_timeout_s = 30, .slots = 100000, .startup = dist_constant(0),
        .cpu_percent = 100, .idle_cpu_percent = 0, .idle_memory_percent = 0, .app = &app,
    };
    struct service_config service_config = {
        .name = "web", .cluster = "default", .definition = &definition, .desired_count = 1, .zones = { "a" },
        .zone_count = 1, .deployment = { .minimum_healthy_percent = 100, .maximum_percent = 200 }, .target_groups = { group },
        .target_group_count = 1,
    };
    app = serving_app;
    service_create(world, &service_config, &world->assumptions);
    struct workload_sink into = { .target_group = group };
    struct rate_point point = { 0, load / MEAN_S };
    struct workload_config workload = {
        .name = "load", .rate = { .points = &point, .count = 1 }, .start = SIM_MINUTE, .stop = SIM_NEVER, .into = &into,
        .into_count = 1, .work = *work,
    };
    CU_ASSERT_FATAL(rate_init(&workload.rate, world->arena, &err));
    workload_create(world, &workload);
    world->config.duration = HOURS * SIM_HOUR;
    world->config.warm_up = 5 * SIM_MINUTE;
    CU_ASSERT_FATAL(world_run(world, &err));
    double mean = tally_mean(&group->books.time_in_system) / 1e9;
    world_destroy(world);
    return mean;
}

/* Over seeds 1 to 20 the mean is within 3.5 standard errors of theory, and the interval is narrow enough to mean something. */
static void mean_times_do_not_depend_on_the_distribution(void)
{
    static const struct {
        const char *type;
        double cv, load;
        double half_width_max;   /* of the 95 % interval, relative to theory */
    } rows[] = {
        { "constant", 0, 0.8, 0.02 },
        { "exponential", 0, 0.5, 0.02 },
        { "exponential", 0, 0.8, 0.03 },
        { "gamma", 0.5, 0.8, 0.03 },
        { "lognormal", 2, 0.8, 0.05 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dist work = { .type = dist_type_find(rows[i].type), .mean = MEAN_S, .cv = rows[i].cv,
                             .min = -INFINITY, .max = INFINITY };
        struct error err;
        double sum = 0, squares = 0;
        CU_ASSERT_FATAL(dist_init(&work, &err));
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            double mean = mean_time_s(seed, &work, rows[i].load);
            sum += mean;
            squares += mean * mean;
        }
        double mean = sum / SEEDS, expected = MEAN_S / (1 - rows[i].load);
        double error = sqrt((squares - sum * mean) / (SEEDS - 1) / SEEDS);
        double t = (mean - expected) / error, half_width = 2.093 * error / expected;
        printf("\n    %s cv %g load %g: %.5f s, theory %.5f s, t %.2f, half-width %.2f %%", rows[i].type, rows[i].cv,
               rows[i].load, mean, expected, t, 100 * half_width);
        CU_ASSERT(fabs(t) < 3.5);
        CU_ASSERT(half_width <= rows[i].half_width_max);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "mean times do not depend on the distribution", mean_times_do_not_depend_on_the_distribution },
        UNIT_END,
    };
    return unit_main("analytic/sharing", tests);
}
