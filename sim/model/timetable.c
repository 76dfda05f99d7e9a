#include "model/timetable.h"

#include <string.h>

#include "model/scaling.h"
#include "model/service.h"
#include "model/world.h"

enum { ACTIONS_MAX = 200 /* AAS-09 */ };

/* What lies further ahead than a clock of nanoseconds reaches never comes. */
#define FAR_AHEAD_S INT64_C(9000000000)

struct scheduled_action {
    const char *name;
    struct schedule schedule;
    int min_capacity, max_capacity;
    int64_t created_s;
    struct rng rng;
    bool is_due;                  /* false: never again */
    int64_t due_s;
    sim_time late;                /* how late that occurrence is (SCHD-08) */
    struct scheduled_action *next;           /* in the order in which they were put */
};

struct timetable {
    struct service *service;
    struct scheduled_action *first;
    int count;
    sim_timer timer;
    struct scheduled_action *coming;         /* what the timer is for; NULL: nothing */
    sim_time ran_at;              /* the latest run */
};

static int64_t start_of(const struct timetable *timetable)
{
    return timetable->service->world->config.start_unix_s;
}

static int64_t now_s(const struct timetable *timetable)
{
    return start_of(timetable) + sim_now(timetable->service->world->sim) / SIM_SECOND;
}

/* ---- what comes next ----------------------------------------------------------------------------------------- */

static void plan_occurrence(const struct timetable *timetable, struct scheduled_action *action, int64_t after_s)
{
    action->is_due = schedule_next(&action->schedule, action->created_s, after_s, &action->due_s) &&
                     action->due_s - start_of(timetable) < FAR_AHEAD_S;
    if (action->is_due) {
        action->late =
            assumed_draw(&timetable->service->assumptions, ASSUME_SCHEDULE_JITTER_S, &action->rng);
    }
}

/* SCHD-05: the order within a target is that of the times on the schedules, however late the single one is. */
static void plan(struct timetable *timetable)
{
    struct sim *sim = timetable->service->world->sim;
    struct scheduled_action *coming = NULL;
    for (struct scheduled_action *action = timetable->first; action != NULL; action = action->next) {
        if (action->is_due && (coming == NULL || action->due_s < coming->due_s)) {
            coming = action;
        }
    }
    timetable->coming = coming;
    if (coming == NULL) {
        sim_timer_cancel(sim, timetable->timer);
        return;
    }
    sim_time when = (coming->due_s - start_of(timetable)) * SIM_SECOND + coming->late;
    sim_time earliest = timetable->ran_at > sim_now(sim) ? timetable->ran_at : sim_now(sim);
    sim_timer_arm(sim, timetable->timer, when > earliest ? when : earliest, RANK_SCALING);
}

/* SCHD-09: whoever comes after waits until the action that has collided got through (SCHD-05). */
static void on_due(struct sim *sim, void *self)
{
    struct timetable *timetable = self;
    struct scheduled_action *action = timetable->coming;
    timetable->ran_at = sim_now(sim);
    if (!scaling_run_scheduled_action(timetable->service, action->name, action->min_capacity, action->max_capacity)) {
        sim_time wait = assumed_draw(&timetable->service->assumptions, ASSUME_SCHEDULE_RETRY_S, &action->rng);
        sim_timer_arm(sim, timetable->timer, sim_now(sim) + wait, RANK_SCALING);
        return;
    }
    plan_occurrence(timetable, action, action->due_s);
    plan(timetable);
}

/* ---- PutScheduledAction -------------------------------------------------------------------------------------- */

static struct scheduled_action *find(const struct timetable *timetable, const char *name)
{
    struct scheduled_action *action = timetable->first;
    while (action != NULL && strcmp(action->name, name) != 0) {
        action = action->next;
    }
    return action;
}

static bool check(const struct timetable *timetable, const struct scheduled_action *known,
                  const struct scheduled_action_config *config, struct error *err)
{
    if (known == NULL && !config->has_schedule) {
        return error_set(err, "missing 'schedule'");
    }
    if (known == NULL && !config->has_action) {
        return error_set(err, "missing 'scalable_target_action': At least one of minimum capacity and maximum capacity should "
                              "be provided");
    }
    if (known == NULL && timetable->count == ACTIONS_MAX) {
        return error_set(err, "a scalable target has at most %d scheduled actions", ACTIONS_MAX);
    }
    return config->min_capacity < 0 || config->max_capacity < 0 || config->min_capacity <= config->max_capacity ||
           error_set(err, "Maximum capacity cannot be less than minimum capacity: %d is below %d", config->max_capacity,
                     config->min_capacity);
}

static struct schedule merged_schedule(const struct scheduled_action *known,
                                       const struct scheduled_action_config *config)
{
    struct schedule schedule = config->has_schedule ? config->schedule : known->schedule;
    schedule.zone = config->has_zone || known == NULL ? config->schedule.zone : known->schedule.zone;
    schedule.start_s = config->schedule.start_s;
    schedule.end_s = config->schedule.end_s;
    return schedule;
}

static struct scheduled_action *append(struct timetable *timetable, const char *name)
{
    const struct service *service = timetable->service;
    struct arena *arena = service->world->arena;
    struct scheduled_action *action = arena_alloc(arena, sizeof *action), **tail = &timetable->first;
    action->name = arena_text(arena, name);
    rng_init(&action->rng, service->world->sim, arena_printf(arena, "schedule %s of %s", name, service->name), 0);
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = action;
    timetable->count++;
    return action;
}

bool timetable_put(struct timetable *timetable, const struct scheduled_action_config *config, struct error *err)
{
    struct scheduled_action *action = find(timetable, config->name);
    if (!check(timetable, action, config, err)) {
        return false;
    }
    const struct schedule schedule = merged_schedule(action, config);
    int64_t first_s, now = now_s(timetable);
    if (!schedule_next(&schedule, now, now, &first_s)) {
        return error_set(err, "the schedule does not occur after the present time");
    }
    if (action == NULL) {
        action = append(timetable, config->name);
    }
    action->schedule = schedule;
    action->created_s = now;
    if (config->has_action) {
        action->min_capacity = config->min_capacity;
        action->max_capacity = config->max_capacity;
    }
    plan_occurrence(timetable, action, now);
    plan(timetable);
    return true;
}

struct timetable *timetable_create(struct service *service)
{
    struct timetable *timetable = arena_alloc(service->world->arena, sizeof *timetable);
    timetable->service = service;
    timetable->timer = sim_timer_create(service->world->sim, on_due, timetable);
    return timetable;
}
