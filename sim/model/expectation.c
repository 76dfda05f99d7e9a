#include "model/expectation.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "model/queue.h"
#include "model/relation.h"
#include "model/scaling.h"
#include "model/service.h"
#include "model/world.h"

/* What the names of one rule may stand for. */
struct rule_names {
    struct world *world;
    const struct parameter_value *parameters;
    int parameter_count;
};

/* ---- names of both kinds of rules --------------------------------------------------------------------------- */

static double read_constant(const void *object, int which)
{
    (void)which;
    return *(const double *)object;
}

/* Parameters are constants of a run. */
static bool resolve_parameter(const struct rule_names *names, const char *name, struct relation_leaf *leaf)
{
    for (int i = 0; i < names->parameter_count; i++) {
        if (strcmp(names->parameters[i].name, name) == 0) {
            double *value = arena_alloc(names->world->arena, sizeof *value);
            *value = names->parameters[i].value;
            *leaf = (struct relation_leaf){ .read = read_constant, .object = value };
            return true;
        }
    }
    return false;
}

static size_t longer_match(size_t longest, const char *name, const char *text)
{
    size_t length = strlen(name);
    return length > longest && strncmp(text, name, length) == 0 && text[length] == '.' ? length : longest;
}

/* The longest name of an object in front of a '.'. */
static size_t object_length(void *context, const char *text)
{
    const struct world *world = ((const struct rule_names *)context)->world;
    size_t longest = 0;
    for (int i = 0; i < world->service_count; i++) {
        longest = longer_match(longest, world->services[i]->name, text);
    }
    for (int i = 0; i < world->queue_count; i++) {
        longest = longer_match(longest, world->queues[i]->config.name, text);
    }
    for (int i = 0; i < world->tally_count; i++) {
        longest = longer_match(longest, world->tallies[i].name, text);
    }
    for (int i = 0; i < world->level_count; i++) {
        longest = longer_match(longest, world->levels[i].name, text);
    }
    return longest;
}

/* ---- expectations ------------------------------------------------------------------------------------------- */

struct expectation {
    const char *text;
    const struct relation *relation;
};

static double read_reference(const void *object, int which)
{
    (void)which;
    return kpi_reference_value(object);
}

static bool is_baseline(const char *name)
{
    size_t length = strlen("baseline");
    return strncmp(name, "baseline", length) == 0 && (name[length] == '\0' || name[length] == '.');
}

static bool resolve_number(void *context, const char *name, struct relation_leaf *leaf, struct error *err)
{
    const struct rule_names *names = context;
    if (resolve_parameter(names, name, leaf)) {
        return true;
    }
    if (is_baseline(name)) {
        return error_set(err, "'%s' is a number of an earlier run, which only `ecsim check` knows", name);
    }
    struct kpi_reference *reference = arena_alloc(names->world->arena, sizeof *reference);
    if (!kpi_reference_parse(reference, names->world, name, err)) {
        return false;
    }
    *leaf = (struct relation_leaf){ .read = read_reference, .object = reference, .unit = kpi_reference_unit(reference) };
    return true;
}

static const char *skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return text;
}

/* "work_lost_s" and "0" make "work_lost_s == 0". */
static const char *whole_rule(struct arena *arena, const char *left, const char *right)
{
    right = skip_blanks(right);
    if (left == NULL) {
        return arena_text(arena, right);
    }
    bool has_sign = *right != '\0' && strchr("<>=!", *right) != NULL;
    return arena_printf(arena, "%s %s%s", left, has_sign ? "" : "== ", right);
}

struct expectation *expectation_parse(struct world *world, const char *left, const char *right,
                                      const struct parameter_value *parameters, int parameter_count, struct error *err)
{
    struct rule_names rule_names = { world, parameters, parameter_count };
    struct relation_names names = { resolve_number, object_length, &rule_names };
    struct expectation *expectation = arena_alloc(world->arena, sizeof *expectation);
    expectation->text = whole_rule(world->arena, left, right);
    expectation->relation = relation_parse(world->arena, expectation->text, &names, err);
    return expectation->relation != NULL ? expectation : NULL;
}

struct verdict expectation_judge(const struct expectation *expectation)
{
    struct relation_result result = relation_judge(expectation->relation);
    return (struct verdict){ expectation->text, result.holds, result.left, result.right,
                             relation_unit(expectation->relation) };
}

/* ---- states of a service or a queue, now -------------------------------------------------------------------- */

enum service_state {
    DESIRED_COUNT, RUNNING_COUNT, PENDING_COUNT, PROTECTED_COUNT, OLD_RUNNING_COUNT, MIN_CAPACITY, MAX_CAPACITY,
    SERVICE_STATES
};
static const char *const service_states[SERVICE_STATES] = {
    "desired_count", "running_count", "pending_count", "protected_count", "old_running_count", "min_capacity",
    "max_capacity",
};

enum queue_state { VISIBLE, IN_FLIGHT, OLDEST_AGE, QUEUE_STATES };
static const char *const queue_states[QUEUE_STATES] = { "visible", "in_flight", "oldest_age" };

static int old_running_count(const struct service *service)
{
    int count = 0;
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        count += task->deployment != service->deployments && task->started_at >= 0 && !task->ended;
    }
    return count;
}

static double read_service(const void *object, int which)
{
    const struct service *service = object;
    switch ((enum service_state)which) {
    case DESIRED_COUNT:
        return service->desired_count;
    case RUNNING_COUNT:
        return service->running_count;
    case PENDING_COUNT:
        return service->pending_count;
    case PROTECTED_COUNT:
        return service_protected_count(service);
    case OLD_RUNNING_COUNT:
        return old_running_count(service);
    case MIN_CAPACITY:
        return service->target != NULL ? (double)scalable_target_min(service->target) : (double)NAN;
    case MAX_CAPACITY:
        return service->target != NULL ? (double)scalable_target_max(service->target) : (double)NAN;
    case SERVICE_STATES:
        break;
    }
    return NAN;
}

static double read_queue(const void *object, int which)
{
    const struct queue *queue = object;
    switch ((enum queue_state)which) {
    case VISIBLE:
        return (double)queue->visible;
    case IN_FLIGHT:
        return (double)queue->in_flight;
    case OLDEST_AGE:
        return sim_seconds(queue_oldest_age(queue, sim_now(queue->world->sim)));
    case QUEUE_STATES:
        break;
    }
    return NAN;
}

static int index_of(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Without an owner a state is that of the only service or queue. */
static const struct service *owning_service(const struct world *world, const char *owner)
{
    if (owner[0] != '\0') {
        return world_find_service(world, owner);
    }
    return world->service_count == 1 ? world->services[0] : NULL;
}

static const struct queue *owning_queue(const struct world *world, const char *owner)
{
    if (owner[0] != '\0') {
        return world_find_queue(world, owner);
    }
    return world->queue_count == 1 ? world->queues[0] : NULL;
}

static bool no_owner(const struct world *world, const char *owner, const char *state, bool of_service, struct error *err)
{
    const char *kind = of_service ? "service" : "queue";
    if (owner[0] != '\0') {
        return error_set(err, "'%s.%s': there is no %s '%s'", owner, state, kind, owner);
    }
    int count = of_service ? world->service_count : world->queue_count;
    return error_set(err, "'%s': the scenario has %d %ss, say of which: '%s.%s'", state, count, kind,
                     of_service ? "SERVICE" : "QUEUE", state);
}

static bool unknown_state(const char *state, struct error *err)
{
    const char *names[SERVICE_STATES + (int)QUEUE_STATES];
    memcpy(names, service_states, sizeof service_states);
    memcpy(names + SERVICE_STATES, queue_states, sizeof queue_states);
    const char *nearest = suggest_nearest(state, names, SERVICE_STATES + (size_t)QUEUE_STATES);
    if (nearest == NULL) {
        return error_set(err, "unknown state '%s'", state);
    }
    return error_set(err, "unknown state '%s', did you mean '%s'?", state, nearest);
}

static bool resolve_owned_state(const struct world *world, const char *owner, const char *state,
                                struct relation_leaf *leaf, struct error *err)
{
    int of_service = index_of(state, service_states, SERVICE_STATES);
    int of_queue = index_of(state, queue_states, QUEUE_STATES);
    if (of_service < 0 && of_queue < 0) {
        return unknown_state(state, err);
    }
    if (of_service >= 0) {
        *leaf = (struct relation_leaf){ read_service, owning_service(world, owner), of_service, NULL };
    } else {
        *leaf = (struct relation_leaf){ read_queue, owning_queue(world, owner), of_queue,
                                        of_queue == OLDEST_AGE ? "s" : NULL };
    }
    return leaf->object != NULL || no_owner(world, owner, state, of_service >= 0, err);
}

static bool resolve_state(void *context, const char *name, struct relation_leaf *leaf, struct error *err)
{
    const struct rule_names *names = context;
    if (resolve_parameter(names, name, leaf)) {
        return true;
    }
    const char *dot = strrchr(name, '.');
    if (dot == NULL) {
        return resolve_owned_state(names->world, "", name, leaf, err);
    }
    const char *owner = arena_printf(names->world->arena, "%.*s", (int)(dot - name), name);
    return resolve_owned_state(names->world, owner, dot + 1, leaf, err);
}

/* ---- states reached in time --------------------------------------------------------------------------------- */

/* Looked at once a second, and only while it matters: from `after` until it held or the time is over. */
struct eventually {
    struct world *world;
    const char *text;
    const struct relation *relation;
    enum eventually_after kind;
    sim_time after, within, until;
    bool failed, watching;
    sim_time slowest;             /* from `after` until it held; -1: it never did */
    struct relation_result seen;  /* when it was looked at last */
    sim_timer timer;
    struct eventually *next;      /* in world->eventuallys */
};

static sim_time earlier(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

static void on_look(struct sim *sim, void *self)
{
    struct eventually *eventually = self;
    sim_time now = sim_now(sim), took = now - eventually->after;
    eventually->watching = false;
    eventually->seen = relation_judge(eventually->relation);
    if (eventually->seen.holds) {
        eventually->slowest = took > eventually->slowest ? took : eventually->slowest;
    } else if (now < eventually->until) {
        eventually->watching = true;
        sim_timer_arm(sim, eventually->timer, earlier(now + SIM_SECOND, eventually->until), RANK_RECORD);
    } else {
        eventually->failed = true;
    }
}

static void watch_from(struct eventually *eventually, sim_time after)
{
    eventually->after = after;
    eventually->until = after + earlier(eventually->within, SIM_NEVER - after);
    eventually->watching = true;
    sim_timer_arm(eventually->world->sim, eventually->timer, after, RANK_RECORD);
}

/* The run begins: all loads are declared, so that their end is known. */
static void on_begin(struct sim *sim, void *self)
{
    (void)sim;
    struct eventually *eventually = self;
    watch_from(eventually, eventually->kind == AFTER_LOAD_END ? eventually->world->load_end : eventually->after);
}

/* One that begins while an earlier one is still waited for leaves that one's limit in force. */
void expectation_note_deployment(struct service *service)
{
    for (struct eventually *each = service->world->eventuallys; each != NULL; each = each->next) {
        if (each->kind == AFTER_DEPLOYMENT && !each->watching) {
            watch_from(each, sim_now(service->world->sim));
        }
    }
}

/* As it would be written, to the second: "47h59m", where a reader's "2d" would be another time. */
static const char *time_text(struct arena *arena, sim_time length)
{
    enum { DAY = 86400 };
    int64_t seconds = length / SIM_SECOND, minutes = seconds / 60;
    if (length % SIM_SECOND != 0 || minutes == 0) {
        char text[32];
        return arena_text(arena, units_format_seconds(sim_seconds(length), text, sizeof text));
    }
    if (seconds % DAY == 0) {
        return arena_printf(arena, "%" PRId64 "d", seconds / DAY);
    }
    const char *hours = minutes >= 60 ? arena_printf(arena, "%" PRId64 "h", minutes / 60) : "";
    const char *rest = minutes % 60 != 0 ? arena_printf(arena, "%" PRId64 "m", minutes % 60) : "";
    return seconds % 60 != 0 ? arena_printf(arena, "%s%s%" PRId64 "s", hours, rest, seconds % 60)
                             : arena_printf(arena, "%s%s", hours, rest);
}

static const char *eventually_text(const struct eventually *eventually, const char *condition)
{
    struct arena *arena = eventually->world->arena;
    const char *const words[] = {
        [AFTER_TIME] = time_text(arena, eventually->after), [AFTER_LOAD_END] = "the load ends",
        [AFTER_DEPLOYMENT] = "each deployment begins",
    };
    return arena_printf(arena, "%s within %s after %s", condition, time_text(arena, eventually->within),
                        words[eventually->kind]);
}

struct eventually *eventually_create(struct world *world, const char *condition, enum eventually_after kind, sim_time after,
                                     sim_time within, const struct parameter_value *parameters, int parameter_count,
                                     struct error *err)
{
    struct rule_names rule_names = { world, parameters, parameter_count };
    struct relation_names names = { resolve_state, object_length, &rule_names };
    struct eventually *eventually = arena_alloc(world->arena, sizeof *eventually);
    *eventually = (struct eventually){
        .world = world, .kind = kind, .after = after, .within = within, .slowest = -1, .next = world->eventuallys,
        .seen = { .left = NAN, .right = NAN },
    };
    eventually->relation = relation_parse(world->arena, condition, &names, err);
    if (eventually->relation == NULL) {
        return NULL;
    }
    eventually->text = eventually_text(eventually, condition);
    eventually->timer = sim_timer_create(world->sim, on_look, eventually);
    world->eventuallys = eventually;
    if (kind != AFTER_DEPLOYMENT) {
        sim_at(world->sim, sim_now(world->sim), RANK_RECORD, on_begin, eventually);
    }
    return eventually;
}

/* What is still waited for at the end of the run has not held. */
struct verdict eventually_judge(const struct eventually *eventually)
{
    if (eventually->failed || eventually->watching || eventually->slowest < 0) {
        return (struct verdict){ eventually->text, false, eventually->seen.left, eventually->seen.right,
                                 relation_unit(eventually->relation) };
    }
    return (struct verdict){ eventually->text, true, sim_seconds(eventually->slowest),
                             sim_seconds(eventually->within), "s" };
}
