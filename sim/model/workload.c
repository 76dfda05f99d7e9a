#include "model/workload.h"

#include <math.h>

#include "base/check.h"
#include "base/units.h"
#include "model/aggregate.h"
#include "model/request.h"
#include "model/response_law.h"
#include "model/world.h"

/* Intervals of arrivals that come in cohorts: from whole second to whole second. */
static const sim_time cohort_interval = SIM_SECOND;

struct workload {
    struct world *world;
    struct workload_config config;
    sim_timer timer;
    struct rng rng;
    uint64_t index;               /* of the next arrival */
    double area;                  /* of the unit-rate process: expected arrivals up to the next one */

    /* For arrivals in cohorts. */
    bool in_cohorts;              /* until the timer's next event */
    const char *cohort_name;      /* seeds the streams of their intervals */
    struct work_moments work;
};

static sim_time next_replayed(struct workload *workload)
{
    if (workload->index >= workload->config.time_count) {
        return SIM_NEVER;
    }
    return workload->config.times[workload->index];
}

static sim_time next_drawn(struct workload *workload)
{
    workload->area += workload->config.regular ? 1 : rng_exponential(&workload->rng);
    return rate_time_of(&workload->config.rate, workload->area);
}

/* ---- arrivals in cohorts ------------------------------------------------------------------------------------ */

/* Poisson: up to a few hundred by its gaps, beyond that by the expansion of Cornish and Fisher, which is right to a fraction
 * of a request there. */
static int64_t draw_count(struct rng *rng, double mean)
{
    const double few = 200;
    int64_t count = 0;
    if (mean <= few) {
        for (double area = rng_exponential(rng); area < mean; area += rng_exponential(rng)) {
            count++;
        }
        return count;
    }
    double normal = rng_normal(rng);
    return (int64_t)(mean + sqrt(mean) * normal + (normal * normal - 1) / 6 + 0.5);
}

/* The sum of the works of so many. */
static wide draw_work(const struct workload *workload, struct rng *rng, int64_t count)
{
    enum { FEW = 64 };
    wide sum = 0;
    if (count <= FEW) {
        for (int64_t i = 0; i < count; i++) {
            sim_time work = dist_draw(&workload->config.work, rng);
            sum += work > 0 ? work : 0;
        }
        return sum;
    }
    double n = (double)count;
    double seconds = n * workload->work.mean + sqrt(n * workload->work.variance) * rng_normal(rng);
    return sim_from_seconds(seconds > 0 ? seconds : 0);
}

static int64_t count_until(struct workload *workload, struct rng *rng, sim_time until)
{
    double expected = rate_area(&workload->config.rate, until);
    if (!workload->config.regular) {
        return draw_count(rng, expected - rate_area(&workload->config.rate, sim_now(workload->world->sim)));
    }
    int64_t count = (int64_t)floor(expected - workload->area);
    workload->area += (double)count;
    return count;
}

static bool comes_in_cohorts(const struct workload *workload)
{
    const struct workload_config *config = &workload->config;
    return config->aggregate_above > 0 && rate_at(&config->rate, sim_now(workload->world->sim)) > config->aggregate_above;
}

/* An interval's draws are its own: what the fleet does in the meantime cannot shift them. */
static void feed_interval(struct workload *workload)
{
    struct sim *sim = workload->world->sim;
    struct rng rng;
    sim_time now = sim_now(sim), end = (now / cohort_interval + 1) * cohort_interval;
    sim_time until = end < workload->config.stop ? end : workload->config.stop;
    double expected = rate_area(&workload->config.rate, until) - rate_area(&workload->config.rate, now);
    rng_init(&rng, sim, workload->cohort_name, (uint64_t)(now / cohort_interval));
    int64_t count = count_until(workload, &rng, until);
    wide work = draw_work(workload, &rng, count);
    workload->index += (uint64_t)count;
    workload->in_cohorts = true;
    aggregate_feed(workload->config.into[0].target_group->aggregate, until, count, work, expected / sim_seconds(until - now));
    sim_timer_arm(sim, workload->timer, until, RANK_ARRIVAL);
}

static void schedule_next(struct workload *workload);

static void on_interval_over(struct workload *workload)
{
    const struct workload_config *config = &workload->config;
    sim_time now = sim_now(workload->world->sim);
    workload->in_cohorts = false;
    aggregate_settle(config->into[0].target_group->aggregate);
    if (now < config->stop) {
        workload->area = config->regular ? workload->area : rate_area(&config->rate, now);
        schedule_next(workload);
    }
}

/* ---- arrivals one by one ------------------------------------------------------------------------------------ */

static void schedule_next(struct workload *workload)
{
    if (comes_in_cohorts(workload)) {
        feed_interval(workload);
        return;
    }
    sim_time when = workload->config.rate.count > 0 ? next_drawn(workload) : next_replayed(workload);
    if (when < workload->config.stop) {
        sim_timer_arm(workload->world->sim, workload->timer, when, RANK_ARRIVAL);
    }
}

/* The n-th job has the n-th stream of its name: nobody else's draws can shift its size. */
static int64_t work_of(const struct workload *workload, uint64_t index)
{
    if (workload->config.works_ns != NULL) {
        return workload->config.works_ns[index];
    }
    struct rng rng;
    rng_init(&rng, workload->world->sim, workload->config.work_name, index);
    sim_time work = dist_draw(&workload->config.work, &rng);
    return work > 0 ? work : 0;
}

static void deliver(const struct workload_sink *sink, int64_t work)
{
    if (sink->queue != NULL) {
        queue_send(sink->queue, work, -1);
    } else {
        target_group_send(sink->target_group, work);
    }
}

static void on_arrival(struct sim *sim, void *self)
{
    struct workload *workload = self;
    sim_set_culprit(sim, workload->config.name);
    if (workload->in_cohorts) {
        on_interval_over(workload);
        return;
    }
    uint64_t index = workload->index++;
    if (workload->config.each != NULL) {
        workload->config.each(workload->config.context, index);
    }
    if (workload->config.into_count > 0) {
        int64_t work = work_of(workload, index);
        for (int i = 0; i < workload->config.into_count; i++) {
            deliver(&workload->config.into[i], work);
        }
    }
    schedule_next(workload);
}

/* A recording may be longer than the run, or count from another zero: what is left out is said. */
static void warn_of_left_out(const struct workload *workload)
{
    const struct workload_config *config = &workload->config;
    size_t left_out = 0;
    for (size_t i = 0; i < config->time_count; i++) {
        left_out += config->times[i] < config->start || config->times[i] >= config->stop;
    }
    if (left_out > 0) {
        char start[32], stop[32];
        units_format_seconds(sim_seconds(config->start), start, sizeof start);
        units_format_seconds(sim_seconds(config->stop), stop, sizeof stop);
        world_warn(workload->world, config->name, "%zu of %zu arrivals lie outside %s..%s and are left out", left_out,
                   config->time_count, start, stop);
    }
}

static void on_start(struct sim *sim, void *self)
{
    struct workload *workload = self;
    const struct workload_config *config = &workload->config;
    if (config->stop > workload->world->config.duration) {
        workload->config.stop = workload->world->config.duration;
    }
    if (workload->config.stop > workload->world->load_end) {
        workload->world->load_end = workload->config.stop;
    }
    if (config->rate.count > 0) {
        workload->area = rate_area(&config->rate, sim_now(sim));
    }
    while (config->rate.count == 0 && workload->index < config->time_count &&
           config->times[workload->index] < sim_now(sim)) {
        workload->index++;
    }
    warn_of_left_out(workload);
    if (config->aggregate_above > 0) {
        aggregate_check_program(config->into[0].target_group->aggregate);
        workload->work = response_law_work(sim, &config->work);
    }
    schedule_next(workload);
}

struct workload *workload_create(struct world *world, const struct workload_config *config)
{
    struct workload *workload = arena_alloc(world->arena, sizeof *workload);
    workload->world = world;
    workload->config = *config;
    workload->config.name = arena_text(world->arena, config->name);
    workload->config.work_name =
        arena_printf(world->arena, "work %s of %s", config->work_name != NULL ? config->work_name : "", config->name);
    rng_init(&workload->rng, world->sim, arena_printf(world->arena, "arrivals %s", config->name), 0);
    workload->cohort_name = arena_printf(world->arena, "cohorts of %s", config->name);
    CHECK(config->aggregate_above == 0 ||
          (config->into_count == 1 && config->into[0].target_group != NULL && config->into[0].target_group->aggregate != NULL));
    workload->timer = sim_timer_create(world->sim, on_arrival, workload);
    sim_at(world->sim, config->start, RANK_ARRIVAL, on_start, workload);
    return workload;
}
