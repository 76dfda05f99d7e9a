#include "model/disruption.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/auto_scaling_group.h"
#include "model/capacity.h"
#include "model/health.h"
#include "model/instance.h"
#include "model/metric.h"
#include "model/record.h"
#include "model/standalone.h"
#include "model/world.h"

const char *const disruption_names[DISRUPTION_COUNT] = {
    [DISRUPT_CRASH] = "crash",       [DISRUPT_DRAIN] = "drain",
    [DISRUPT_HEALTH] = "health",     [DISRUPT_HOST] = "host",
    [DISRUPT_RETIREMENT] = "retirement", [DISRUPT_SPOT] = "spot",
    [DISRUPT_METRICS] = "metrics",   [DISRUPT_SHORTAGE] = "shortage",
    [DISRUPT_THROTTLE] = "throttle", [DISRUPT_ZONE] = "zone",
};

struct disruption {
    struct world *world;
    struct disruption_config config;
    uint32_t turn;                /* the how-manieth of its cause that the service meets */
    struct rng rng;               /* of calls to be throttled */
    struct disruption *next;      /* among those in force: with a rate, or throttling */
};

/* When one disruption hits one task. */
struct hazard {
    struct disruption *disruption;
    struct task *task;
    sim_timer timer;
    struct hazard *next;          /* of the task */
};

/* How many disruptions of each cause a service has met. */
struct disruption_turns {
    uint32_t of[DISRUPTION_COUNT];
};

struct disruptions {
    struct mem_owner owned;       /* those that are to come or in force; hazards */
    struct disruption *rated, *throttling;
    struct disruption_turns *turns;          /* by index of the service; the last: those without a service */
    size_t turn_room;
};

/* ---- what each cause does to a task -------------------------------------------------------------------------- */

static bool is_on_spot(const struct task *task)
{
    return task->capacity == CAPACITY_FARGATE_SPOT;
}

static bool has_started(const struct task *task)
{
    return task->started_at >= 0;
}

/* Not one that still waits for an instance. */
static bool has_host(const struct task *task)
{
    return !task->waits;
}

/* SCHED-37: Fargate's own. */
static bool can_be_retired(const struct task *task)
{
    return task->capacity != CAPACITY_EC2 && !task->to_be_replaced;
}

/* SCHED-38 */
static bool can_be_drained(const struct task *task)
{
    return has_host(task) && !task_is_standalone(task) && !task->to_be_replaced;
}

static bool can_turn_unhealthy(const struct task *task)
{
    return has_started(task) && !task->answers_unhealthy;
}

static void crash(struct task *task)
{
    task_exit(task, 1);
}

/* With its instance, if it has one to itself or with others. */
static void drain(struct task *task)
{
    if (task->instance != NULL && task->instance->status == INSTANCE_ACTIVE) {
        instance_drain(task->instance);
    } else {
        health_replace(task, CAUSE_DRAIN);
    }
}

static void turn_unhealthy(struct task *task)
{
    health_set_answer(task, false);
}

static void lose_host(struct task *task)
{
    if (task->instance != NULL) {
        instance_terminate(task->instance, CAUSE_HOST);
    } else {
        task_lose(task, CAUSE_HOST, "InfrastructureHealth", "The infrastructure that hosted the task failed");
    }
}

/* SCHED-37; nobody replaces a standalone task. */
static void retire(struct task *task)
{
    health_replace(task, CAUSE_RETIREMENT);
    if (task_is_standalone(task)) {
        health_stop(task);
    }
}

/* CAP-05, SCHED-05 */
static void reclaim(struct task *task)
{
    static const char *const codes[] = { [SPOT_STOP_INTERRUPTION] = "SpotInterruption",
                                         [SPOT_STOP_NOTICE] = "TerminationNotice" };
    int code = assumed_choice(&task->service->assumptions, ASSUME_SPOT_STOP_CODE);
    task_stop(task, CAUSE_SPOT, codes[code], "Your Spot Task was interrupted.");
}

static const struct task_disruption {
    bool (*can_hit)(const struct task *task);            /* of tasks that are not stopping */
    void (*hit)(struct task *task);
} of_tasks[DISRUPTIONS_OF_TASKS] = {
    [DISRUPT_CRASH] = { has_started, crash },
    [DISRUPT_DRAIN] = { can_be_drained, drain },
    [DISRUPT_HEALTH] = { can_turn_unhealthy, turn_unhealthy },
    [DISRUPT_HOST] = { has_host, lose_host },
    [DISRUPT_RETIREMENT] = { can_be_retired, retire },
    [DISRUPT_SPOT] = { is_on_spot, reclaim },
};

static bool can_hit(const struct disruption *disruption, const struct task *task)
{
    return task_is_active(task) && of_tasks[disruption->config.cause].can_hit(task);
}

/* ---- records ------------------------------------------------------------------------------------------------- */

enum { WHAT_ROOM = 320 };

static const char *describe_shortage(const struct disruption_config *config, char *text)
{
    const char *provider = config->provider != NULL ? config->provider : "any capacity";
    bool in_zone = config->zone != NULL;
    snprintf(text, WHAT_ROOM, "%s%s%s", provider, in_zone ? " in zone " : "", in_zone ? config->zone : "");
    return text;
}

static const char *describe_metrics(const struct disruption_config *config, char *text)
{
    const char *name = config->metric != NULL ? config->metric->name.name : "what ECS reports of it";
    if (config->delay < SIM_NEVER) {
        snprintf(text, WHAT_ROOM, "%s, %g s late", name, sim_seconds(config->delay));
    } else {
        snprintf(text, WHAT_ROOM, "%s, lost", name);
    }
    return text;
}

/* NULL: the tasks say it. */
static const char *describe(const struct disruption_config *config, char text[WHAT_ROOM])
{
    switch (config->cause) {
    case DISRUPT_METRICS: return describe_metrics(config, text);
    case DISRUPT_SHORTAGE: return describe_shortage(config, text);
    case DISRUPT_THROTTLE: snprintf(text, WHAT_ROOM, "%g %% of the calls to ECS", 100 * config->share); return text;
    case DISRUPT_ZONE: return config->zone;
    case DISRUPT_CRASH:
    case DISRUPT_DRAIN:
    case DISRUPT_HEALTH:
    case DISRUPT_HOST:
    case DISRUPT_RETIREMENT:
    case DISRUPT_SPOT:
    case DISRUPTION_COUNT: break;
    }
    return NULL;
}

static void tell(const struct disruption *disruption, struct task *const *tasks, int count)
{
    const struct disruption_config *config = &disruption->config;
    struct sim *sim = disruption->world->sim;
    char text[WHAT_ROOM];
    if (trace_wanted(sim, RECORD_DISRUPTION)) {
        sim_time until = config->duration > 0 ? sim_now(sim) + config->duration : -1;
        struct record_disruption record = { config->cause, config->service, tasks, count, describe(config, text), until };
        trace_emit(sim, RECORD_DISRUPTION, &record);
    }
}

/* One may take others with it that stood on the same instance. */
static void hit_tasks(const struct disruption *disruption, struct task *const *tasks, int count)
{
    tell(disruption, tasks, count);
    for (int i = 0; i < count; i++) {
        if (can_hit(disruption, tasks[i])) {
            of_tasks[disruption->config.cause].hit(tasks[i]);
        }
    }
}

/* ---- some tasks at once -------------------------------------------------------------------------------------- */

/* Which of a disruption's streams is the task's. */
static void seed_stream(struct rng *rng, const struct disruption *disruption, const struct task *task)
{
    static const char *const streams[DISRUPTIONS_OF_TASKS] = {
        [DISRUPT_CRASH] = "disruption crash", [DISRUPT_DRAIN] = "disruption drain",
        [DISRUPT_HEALTH] = "disruption health", [DISRUPT_HOST] = "disruption host",
        [DISRUPT_RETIREMENT] = "disruption retirement", [DISRUPT_SPOT] = "disruption spot",
    };
    rng_init(rng, disruption->world->sim, streams[disruption->config.cause], (uint64_t)disruption->turn << 40 | task->index);
}

/* A task's lot; those with the lowest are hit. */
struct lot {
    uint64_t number;
    struct task *task;
};

static int compare_lots(const void *a, const void *b)
{
    const struct lot *left = a, *right = b;
    if (left->number != right->number) {
        return left->number < right->number ? -1 : 1;
    }
    return (left->task->index > right->task->index) - (left->task->index < right->task->index);
}

static struct lot *draw_lots(const struct disruption *disruption, int *count)
{
    const struct service *service = disruption->config.service;
    size_t room = (size_t)(service->running_count + service->pending_count) + 1;
    struct lot *lots = mem_resize(NULL, room, sizeof *lots);
    *count = 0;
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (can_hit(disruption, task)) {
            struct rng rng;
            seed_stream(&rng, disruption, task);
            lots[(*count)++] = (struct lot){ rng_next(&rng), task };
        }
    }
    qsort(lots, (size_t)*count, sizeof *lots, compare_lots);
    return lots;
}

static int wanted_of(const struct disruption_config *config, int eligible)
{
    int wanted = config->count > 0 ? config->count : (int)ceil(config->share * eligible);
    return wanted < eligible ? wanted : eligible;
}

static void hit_some(struct disruption *disruption)
{
    int eligible;
    struct lot *lots = draw_lots(disruption, &eligible);
    int wanted = wanted_of(&disruption->config, eligible);
    struct task **tasks = mem_resize(NULL, (size_t)wanted + 1, sizeof *tasks);
    for (int i = 0; i < wanted; i++) {
        tasks[i] = lots[i].task;
    }
    hit_tasks(disruption, tasks, wanted);
    if (wanted == 0) {
        world_warn(disruption->world, disruption->config.service->name, "a disruption '%s' found no task to hit",
                   disruption_names[disruption->config.cause]);
    }
    free(tasks);
    free(lots);
}

/* ---- again and again ----------------------------------------------------------------------------------------- */

static void drop_hazard(struct task *task, struct hazard *hazard)
{
    struct hazard **place = &task->hazards;
    while (*place != hazard) {
        place = &(*place)->next;
    }
    *place = hazard->next;
    sim_timer_destroy(task->world->sim, hazard->timer);
    mem_release(&task->world->disruptions->owned, hazard);
}

void disruption_forget(struct task *task)
{
    while (task->hazards != NULL) {
        drop_hazard(task, task->hazards);
    }
}

static void on_hazard(struct sim *sim, void *self)
{
    (void)sim;
    struct hazard *hazard = self;
    const struct disruption *disruption = hazard->disruption;
    struct task *task = hazard->task;
    drop_hazard(task, hazard);
    if (can_hit(disruption, task)) {
        hit_tasks(disruption, &task, 1);
    }
}

/* Poisson: the time until the next event has no memory, so that it may be drawn when the task first can be hit. */
static void expose(struct disruption *disruption, struct task *task)
{
    struct sim *sim = task->world->sim;
    struct rng rng;
    seed_stream(&rng, disruption, task);
    double seconds = rng_exponential(&rng) * 3600 / disruption->config.rate_per_hour;
    if (seconds >= sim_seconds(disruption->config.stop - sim_now(sim))) {
        return;
    }
    struct hazard *hazard = mem_own(&task->world->disruptions->owned, sizeof *hazard);
    *hazard = (struct hazard){ disruption, task, sim_timer_create(sim, on_hazard, hazard), task->hazards };
    task->hazards = hazard;
    sim_timer_arm(sim, hazard->timer, sim_now(sim) + sim_from_seconds(seconds), RANK_LAPSE);
}

static bool is_exposed(const struct disruption *disruption, const struct task *task)
{
    for (const struct hazard *hazard = task->hazards; hazard != NULL; hazard = hazard->next) {
        if (hazard->disruption == disruption) {
            return true;
        }
    }
    return false;
}

void disruption_expose(struct task *task)
{
    for (struct disruption *rated = task->world->disruptions->rated; rated != NULL; rated = rated->next) {
        if (rated->config.service == task->service && can_hit(rated, task) && !is_exposed(rated, task)) {
            expose(rated, task);
        }
    }
}

static void begin_rate(struct disruption *disruption)
{
    struct disruptions *disruptions = disruption->world->disruptions;
    disruption->next = disruptions->rated;
    disruptions->rated = disruption;
    for (struct task *task = disruption->config.service->first; task != NULL; task = task->next) {
        if (can_hit(disruption, task)) {
            expose(disruption, task);
        }
    }
}

/* ---- what tasks stand on ------------------------------------------------------------------------------------- */

/* Those without tasks, too. */
static void lose_instances(struct world *world, const char *zone)
{
    for (struct cluster *cluster = world->ec2->clusters; cluster != NULL; cluster = cluster->next) {
        for (struct auto_scaling_group *group = cluster->groups; group != NULL; group = group->next) {
            for (struct instance *instance = group->first, *next; instance != NULL; instance = next) {
                next = instance->next;
                if (strcmp(instance_zone_name(instance), zone) == 0) {
                    instance_terminate(instance, CAUSE_HOST);
                }
            }
        }
    }
}

static void lose_zone(struct disruption *disruption)
{
    struct world *world = disruption->world;
    const char *zone = disruption->config.zone;
    struct task **tasks = NULL;
    size_t count = 0, room = 0;
    for (int i = 0; i < world->service_count; i++) {
        for (struct task *task = world->services[i]->first; task != NULL; task = task->next) {
            if (!task->ended && strcmp(task_zone_name(task), zone) == 0) {
                VEC_GROW(tasks, count, room);
                tasks[count++] = task;
            }
        }
    }
    tell(disruption, tasks, (int)count);
    capacity_shortage_begin(world, CAPACITY_ANY, zone, disruption->config.duration);
    for (size_t i = 0; i < count; i++) {
        lose_host(tasks[i]);
    }
    lose_instances(world, zone);
    free(tasks);
}

static void leave(struct disruption **list, const struct disruption *disruption)
{
    while (*list != disruption) {
        list = &(*list)->next;
    }
    *list = disruption->next;
}

static void on_throttling_over(struct sim *sim, void *self)
{
    (void)sim;
    struct disruption *disruption = self;
    struct disruptions *disruptions = disruption->world->disruptions;
    leave(&disruptions->throttling, disruption);
    mem_release(&disruptions->owned, disruption);
}

static void begin_throttling(struct disruption *disruption)
{
    struct disruptions *disruptions = disruption->world->disruptions;
    rng_init(&disruption->rng, disruption->world->sim, "disruption throttle", disruption->turn);
    disruption->next = disruptions->throttling;
    disruptions->throttling = disruption;
    tell(disruption, NULL, 0);
    sim_at(disruption->world->sim, sim_now(disruption->world->sim) + disruption->config.duration, RANK_LAPSE,
           on_throttling_over, disruption);
}

bool disruption_throttles(struct world *world)
{
    bool throttled = false;
    for (struct disruption *each = world->disruptions->throttling; each != NULL; each = each->next) {
        throttled = rng_uniform(&each->rng) < each->config.share || throttled;
    }
    return throttled;
}

static void disturb_metrics(struct disruption *disruption)
{
    const struct disruption_config *config = &disruption->config;
    tell(disruption, NULL, 0);
    metrics_disturb(disruption->world, &(struct metric_fault){
        .metric = config->metric, .service = config->service, .delay = config->delay,
        .until = sim_now(disruption->world->sim) + config->duration,
    });
}

static void begin_shortage(struct disruption *disruption)
{
    tell(disruption, NULL, 0);
    capacity_shortage_begin(disruption->world, disruption->config.capacity, disruption->config.zone,
                            disruption->config.duration);
}

/* ---- their beginning ----------------------------------------------------------------------------------------- */

static void (*const strikes[DISRUPTION_COUNT])(struct disruption *disruption) = {
    [DISRUPT_CRASH] = hit_some,      [DISRUPT_DRAIN] = hit_some,
    [DISRUPT_HEALTH] = hit_some,     [DISRUPT_HOST] = hit_some,
    [DISRUPT_RETIREMENT] = hit_some, [DISRUPT_SPOT] = hit_some,
    [DISRUPT_METRICS] = disturb_metrics, [DISRUPT_SHORTAGE] = begin_shortage,
    [DISRUPT_THROTTLE] = begin_throttling, [DISRUPT_ZONE] = lose_zone,
};

static void on_start(struct sim *sim, void *self)
{
    (void)sim;
    struct disruption *disruption = self;
    enum disruption_cause cause = disruption->config.cause;
    if (disruption->config.rate_per_hour > 0) {
        begin_rate(disruption);
        return;
    }
    strikes[cause](disruption);
    if (cause != DISRUPT_THROTTLE) {
        mem_release(&disruption->world->disruptions->owned, disruption);
    }
}

static uint32_t take_turn(struct disruptions *disruptions, const struct disruption_config *config)
{
    size_t index = config->service != NULL ? (size_t)config->service->index + 1 : 0;
    if (index >= disruptions->turn_room) {
        size_t room = index + 8;
        disruptions->turns = mem_resize(disruptions->turns, room, sizeof *disruptions->turns);
        memset(disruptions->turns + disruptions->turn_room, 0,
               (room - disruptions->turn_room) * sizeof *disruptions->turns);
        disruptions->turn_room = room;
    }
    return disruptions->turns[index].of[config->cause]++;
}

void disruption_begin(struct world *world, const struct disruption_config *config)
{
    struct disruption *disruption = mem_own(&world->disruptions->owned, sizeof *disruption);
    disruption->world = world;
    disruption->config = *config;
    disruption->turn = take_turn(world->disruptions, config);
    sim_at(world->sim, config->start, RANK_LAPSE, on_start, disruption);
}

struct disruptions *disruptions_create(struct world *world)
{
    return arena_alloc(world->arena, sizeof(struct disruptions));
}

void disruptions_destroy(struct disruptions *disruptions)
{
    if (disruptions != NULL) {
        mem_release_all(&disruptions->owned);
        free(disruptions->turns);
    }
}
