#include "model/workload.h"

#include "base/check.h"
#include "base/units.h"
#include "model/request.h"
#include "model/world.h"

struct workload {
    struct world *world;
    struct workload_config config;
    sim_timer timer;
    struct rng rng;
    uint64_t index;               /* of the next arrival */
    double area;                  /* of the unit-rate process: expected arrivals up to the next one */
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

static void schedule_next(struct workload *workload)
{
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
    uint64_t index = workload->index++;
    sim_set_culprit(sim, workload->config.name);
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
    workload->timer = sim_timer_create(world->sim, on_arrival, workload);
    sim_at(world->sim, config->start, RANK_ARRIVAL, on_start, workload);
    return workload;
}
