#include "model/scaling.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "engine/trace.h"
#include "model/policy.h"
#include "model/record.h"
#include "model/service.h"
#include "model/world.h"

const char *const not_scaled_codes[NOT_SCALED_COUNT] = {
    "AutoScalingAnticipatedFlapping", "TargetServicePutResourceAsUnscalable", "AlreadyAtMaxCapacity",
    "AlreadyAtMinCapacity", "AlreadyAtDesiredCapacity",
};

/* AAS-28: at a bound the activity has failed; where nothing was left to do it has not. */
static const char *const not_scaled_status[NOT_SCALED_COUNT] = { "Failed", "Failed", "Failed", "Failed", "Successful" };

enum { NOTHING_RECORDED = -1, POLICIES_MAX = 50 /* AAS-09 */, CAUSE_TEXT = 800, DESCRIPTION_TEXT = 64 };

/* A change of the desired count that has been asked for and not yet been seen fulfilled (AAS-33). */
struct activity {
    bool in_progress;
    uint64_t id;
    int to;
    enum direction direction;
    const struct policy *policy;  /* NULL: a bound was changed */
    sim_time started_at;
    char cause[CAUSE_TEXT];
};

/* What a repeated scale-out is credited with (AAS-17). */
struct credit {
    int base, added;
};

struct scalable_target {
    struct service *service;
    int min, max;
    bool in_suspended, out_suspended, scheduled_suspended;
    struct policy *policies;
    int policy_count;
    struct activity activity;
    sim_timer poll_timer;
    sim_time out_cooldown_until, in_cooldown_until;
    struct credit credit;
    int recorded;                 /* the newest activity's code if it did not scale, else NOTHING_RECORDED */
    struct rng rng;
    struct timetable *timetable;
    sim_timer clamp_timer;        /* after a scheduled action */
};

/* An action on its way from an alarm to its policy (AAS-29). */
struct invocation {
    struct policy *policy;
    const struct alarm *alarm;    /* NULL: a custom policy has evaluated itself */
    struct policy_signal signal;
    sim_time data_from, data_to;  /* what it looked at; -1: nothing */
    const double *data;           /* of a custom policy */
};

struct scaling {
    struct mem_owner invocations;
    uint64_t activities;
};

struct scaling *scaling_create(struct world *world)
{
    return arena_alloc(world->arena, sizeof(struct scaling));
}

void scaling_destroy(struct scaling *scaling)
{
    if (scaling != NULL) {
        mem_release_all(&scaling->invocations);
    }
}

static sim_time now_of(const struct scalable_target *target)
{
    return sim_now(target->service->world->sim);
}

int scalable_target_min(const struct scalable_target *target)
{
    return target->min;
}

int scalable_target_max(const struct scalable_target *target)
{
    return target->max;
}

/* ---- records ------------------------------------------------------------------------------------------------ */

/* PRED-05: the bounds as forecasts in force raise them. */
static struct bounds bounds_of(const struct scalable_target *target)
{
    struct bounds bounds = { target->min, target->max };
    for (const struct policy *policy = target->policies; policy != NULL; policy = policy->next) {
        if (policy->type == &predictive_policy_type) {
            bounds = predictive_bounds(policy->settings, target->max, bounds);
        }
    }
    return bounds;
}

static void record_activity(const struct scalable_target *target, bool begun, const char *status_code,
                            const char *status_message)
{
    const struct activity *activity = &target->activity;
    char description[DESCRIPTION_TEXT];
    snprintf(description, sizeof description, "Setting desired count to %d.", activity->to);
    struct record_activity record = {
        .service = target->service, .id = activity->id, .begun = begun, .status_code = status_code,
        .description = description, .cause = activity->cause, .status_message = status_message, .not_scaled = -1,
        .started_at = activity->started_at, .ended_at = begun ? -1 : now_of(target),
    };
    trace_emit(target->service->world->sim, RECORD_ACTIVITY, &record);
}

static void compose_cause(char *cause, const struct alarm *alarm, const struct policy *policy)
{
    if (alarm == NULL) {
        snprintf(cause, CAUSE_TEXT, "custom policy %s decided", policy->name);
        return;
    }
    snprintf(cause, CAUSE_TEXT, "monitor alarm %s in state %s triggered policy %s", alarm_name(alarm),
             alarm_state_names[alarm_current_state(alarm)], policy->name);
}

/* AAS-26, AAS-28 */
static void record_not_scaled(struct scalable_target *target, const struct policy *policy, const struct alarm *alarm,
                              enum not_scaled code)
{
    struct service *service = target->service;
    if (target->recorded == (int)code && assumed_on(&service->assumptions, ASSUME_NOTSCALED_DEDUP)) {
        return;
    }
    target->recorded = (int)code;
    service->books.not_scaled[code]++;
    char cause[CAUSE_TEXT];
    compose_cause(cause, alarm, policy);
    struct record_activity record = {
        .service = service, .id = ++service->world->scaling->activities, .begun = false,
        .status_code = not_scaled_status[code], .description = "Attempting to scale due to alarm triggered",
        .cause = cause, .status_message = NULL, .not_scaled = (int)code, .started_at = now_of(target), .ended_at = -1,
    };
    trace_emit(service->world->sim, RECORD_ACTIVITY, &record);
}

enum { WHY_TEXT = 400 };

static void say_until(char *why, sim_time until)
{
    int64_t seconds = (until + SIM_SECOND - 1) / SIM_SECOND;
    snprintf(why, WHY_TEXT, "in cooldown until %" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
             (int)(seconds % 60));
}

/* The first tracking policy that keeps the target from scaling in; NULL: all agree (AAS-10, AAS-14). One whose scale-in is
 * disabled objects only while it says out. */
static const struct policy *find_objection(const struct scalable_target *target)
{
    for (const struct policy *policy = target->policies; policy != NULL; policy = policy->next) {
        if (!policy->type->tracks) {
            continue;
        }
        const struct target_settings *settings = policy->settings;
        bool says_out = alarm_current_state(settings->high) == ALARM_STATE_ALARM;
        bool says_in = settings->low == NULL || alarm_current_state(settings->low) == ALARM_STATE_ALARM;
        if (says_out || !says_in) {
            return policy;
        }
    }
    return NULL;
}

static void say_why(char *why, const struct scalable_target *target, const struct scaling_view *view,
                    const struct scaling_decision *decision)
{
    const char *way = view->direction == DIRECTION_IN ? "in" : "out";
    switch (decision->end) {
    case DECISION_NO_CHANGE:
        snprintf(why, WHY_TEXT, "the policy asks for no change");
        break;
    case DECISION_SUSPENDED:
        snprintf(why, WHY_TEXT, "scale-%s is suspended", way);
        break;
    case DECISION_WAITS:
        snprintf(why, WHY_TEXT, "an activity is in progress");
        break;
    case DECISION_OBJECTED:
        snprintf(why, WHY_TEXT, "policy %s does not say in", find_objection(target)->name);
        break;
    case DECISION_IN_COOLDOWN:
        if (target->in_cooldown_until > now_of(target)) {
            say_until(why, target->in_cooldown_until);
        } else {
            snprintf(why, WHY_TEXT, "the previous scale-in is about to complete");
        }
        break;
    case DECISION_NOT_SCALED:
        snprintf(why, WHY_TEXT, "%s", not_scaled_codes[decision->code]);
        break;
    case DECISION_SCALED:
        snprintf(why, WHY_TEXT, "scaled %s", way);
        break;
    }
}

static void record_decision(const struct invocation *invocation, const struct scaling_decision *decision,
                            const char *why)
{
    const struct service *service = invocation->policy->service;
    const struct custom_settings *custom = invocation->data != NULL ? invocation->policy->settings : NULL;
    struct record_decision record = {
        .service = service, .policy = invocation->policy, .alarm = invocation->alarm, .capacity = decision->base,
        .desired = service->desired_count, .metric = invocation->signal.metric, .proposed = decision->proposed,
        .result = decision->result, .formula = decision->formula, .why = why,
        .data_from = invocation->data_from, .data_to = invocation->data_to,
        .data_ids = custom != NULL ? custom->ids : NULL, .data = invocation->data,
        .data_count = custom != NULL ? custom->count : 0,
    };
    trace_emit(service->world->sim, RECORD_DECISION, &record);
}

/* ---- activities --------------------------------------------------------------------------------------------- */

static bool cooldown_counts_from_start(const struct scalable_target *target)
{
    return assumed_choice(&target->service->assumptions, ASSUME_COOLDOWN_FROM) == COOLDOWN_FROM_START;
}

/* AAS-16, AAS-20: the running activity's cooldown begins now. Changes of bounds have none (SCHD-06). */
static void begin_cooldown(struct scalable_target *target)
{
    const struct activity *activity = &target->activity;
    if (activity->policy == NULL) {
        return;
    }
    sim_time until = now_of(target) + activity->policy->type->cooldown(activity->policy, activity->direction);
    *(activity->direction == DIRECTION_OUT ? &target->out_cooldown_until : &target->in_cooldown_until) = until;
}

static void end_activity(struct scalable_target *target, const char *status_code, const char *status_message)
{
    record_activity(target, false, status_code, status_message);
    target->activity.in_progress = false;
    sim_timer_cancel(target->service->world->sim, target->poll_timer);
    if (!cooldown_counts_from_start(target)) {
        begin_cooldown(target);
    }
}

/* AAS-24 */
static void end_overridden(struct scalable_target *target, int later)
{
    char message[128];
    snprintf(message, sizeof message, "Successfully set desired count to %d. Found it was later changed to %d.",
             target->activity.to, later);
    end_activity(target, "Overridden", message);
}

static void end_fulfilled(struct scalable_target *target)
{
    char message[128];
    snprintf(message, sizeof message, "Successfully set desired count to %d. Change successfully fulfilled by ecs.",
             target->activity.to);
    end_activity(target, "Successful", message);
}

/* AAS-33, AAS-37 */
static void on_poll(struct sim *sim, void *self)
{
    struct scalable_target *target = self;
    const struct service *service = target->service;
    bool set_is_enough = assumed_choice(&service->assumptions, ASSUME_ACTIVITY_ENDS) == ACTIVITY_ENDS_DESIRED_SET;
    if (service->desired_count != target->activity.to) {
        end_overridden(target, service->desired_count);
    } else if (set_is_enough || service_is_steady(service)) {
        end_fulfilled(target);
    } else {
        sim_timer_arm(sim, target->poll_timer,
                      sim_now(sim) + assumed_time(&service->assumptions, ASSUME_ACTIVITY_POLL_S), RANK_SCALING);
    }
}

static void book_action(struct service *service, enum direction direction)
{
    struct service_books *books = &service->books;
    sim_time now = sim_now(service->world->sim);
    *(direction == DIRECTION_OUT ? &books->actions_out : &books->actions_in) += 1;
    if (books->last_action == -(int)direction &&
        now - books->last_action_at <= service->world->config.reversal_window) {
        books->reversals++;
    }
    books->last_action = (int)direction;
    books->last_action_at = now;
}

/* Set the desired count, at once (AAS-30), and watch until it is fulfilled. */
static void begin_activity(struct scalable_target *target, int to, const struct policy *policy, const char *cause)
{
    struct service *service = target->service;
    struct world *world = service->world;
    if (target->activity.in_progress) {
        end_overridden(target, to);
    }
    struct activity *activity = &target->activity;
    *activity = (struct activity){
        .in_progress = true, .id = ++world->scaling->activities, .to = to, .policy = policy,
        .direction = to > service->desired_count ? DIRECTION_OUT : DIRECTION_IN, .started_at = now_of(target),
    };
    snprintf(activity->cause, sizeof activity->cause, "%s", cause);
    char message[128];
    snprintf(message, sizeof message,
             "Successfully set desired count to %d. Waiting for change to be fulfilled by ecs.", to);
    record_activity(target, true, "InProgress", message);
    target->recorded = NOTHING_RECORDED;
    book_action(service, activity->direction);
    if (activity->direction == DIRECTION_OUT) {
        target->in_cooldown_until = 0;   /* AAS-18 */
    }
    if (cooldown_counts_from_start(target)) {
        begin_cooldown(target);
    }
    sim_timer_arm(world->sim, target->poll_timer,
                  now_of(target) + assumed_time(&service->assumptions, ASSUME_ACTIVITY_POLL_FIRST_S), RANK_SCALING);
    service_set_desired(service, to, "auto scaling");
}

/* ---- decisions ---------------------------------------------------------------------------------------------- */

/* AAS-17: from the first scale-out until the cooldown of the last is over. */
static bool is_credited(const struct scalable_target *target)
{
    const struct activity *activity = &target->activity;
    bool scaling_out = activity->in_progress && activity->policy != NULL && activity->direction == DIRECTION_OUT;
    return (scaling_out || now_of(target) < target->out_cooldown_until) &&
           assumed_choice(&target->service->assumptions, ASSUME_COOLDOWN_CREDIT) != CREDIT_OFF;
}

/* AAS-18. While the previous scale-in has surplus tasks left (AAS-37) the next is computed as usual (AAS-21); once
 * they are gone the cooldown is due, though nobody has looked yet. */
static bool is_in_cooldown(const struct scalable_target *target)
{
    const struct activity *activity = &target->activity;
    bool done_unseen = activity->in_progress && activity->policy != NULL && activity->direction == DIRECTION_IN &&
                       target->service->running_count <= activity->to;
    return done_unseen || now_of(target) < target->in_cooldown_until;
}

static struct scaling_view view_of(const struct scalable_target *target, enum direction direction, bool tracks)
{
    const struct service *service = target->service;
    const struct assumptions *assumptions = &service->assumptions;
    bool base_is_running = assumed_choice(assumptions, ASSUME_BASE_COUNT) == BASE_COUNT_RUNNING;
    const struct bounds bounds = bounds_of(target);
    return (struct scaling_view){
        .direction = direction,
        .suspended = direction == DIRECTION_IN ? target->in_suspended : target->out_suspended,
        .waits = target->activity.in_progress &&
                 assumed_choice(assumptions, ASSUME_IN_PROGRESS_DECIDE) == IN_PROGRESS_WAIT,
        .objected = tracks && find_objection(target) != NULL,   /* AAS-12: step scaling asks nobody */
        .deployment_blocks =
            deployment_in_progress(service) && assumed_on(assumptions, ASSUME_DEPLOYMENT_BLOCK_SCALE_IN),
        .desired = service->desired_count,
        .base = base_is_running ? service->running_count : service->desired_count,
        .min = bounds.min, .max = bounds.max,
        .in_cooldown = is_in_cooldown(target),
        .credited = is_credited(target),
        .credit = (enum cooldown_credit)assumed_choice(assumptions, ASSUME_COOLDOWN_CREDIT),
        .credit_base = target->credit.base, .credit_added = target->credit.added,
    };
}

static void note_credit(struct scalable_target *target, const struct scaling_view *view,
                        const struct scaling_decision *decision)
{
    if (!view->credited) {
        target->credit = (struct credit){ .base = decision->base, .added = 0 };
    }
    target->credit.added += decision->result - view->desired;
}

static void end_wait(struct policy *policy)
{
    policy->wait.waiting = false;
    trace_emit(policy->service->world->sim, RECORD_WATERFALL,
               &(struct record_waterfall){ policy->service, policy, &policy->wait.waterfall });
}

static void follow_wait(struct policy *policy)
{
    struct service *service = policy->service;
    struct waterfall *waterfall = &policy->wait.waterfall;
    sim_time now = sim_now(service->world->sim);
    if (!policy->wait.waiting) {
        return;
    }
    if (waterfall->started_at < 0 && service->pending_count + service->running_count >= waterfall->to) {
        waterfall->started_at = now;
    }
    if (service->books.ready.value >= waterfall->to) {
        waterfall->ready_at = now;
        tally_add(&service->books.time_to_ready, now - waterfall->load_changed_at);
        end_wait(policy);
    }
}

/* The first scale-out after a turn to ALARM is the one whose readiness counts. */
static void begin_wait(struct policy *policy, const struct alarm *alarm, int from, int to)
{
    if (policy->counted_turn == alarm_turned_at(alarm)) {
        return;
    }
    if (policy->wait.waiting) {
        end_wait(policy);         /* overtaken by the next one */
    }
    policy->counted_turn = alarm_turned_at(alarm);
    policy->wait = (struct policy_wait){
        .waiting = true,
        .waterfall = {
            .alarm = alarm, .from = from, .to = to, .load_changed_at = alarm_breach_started(alarm),
            .measured_at = alarm_breach_ended(alarm), .published_at = alarm_breach_published(alarm),
            .alarmed_at = alarm_turned_at(alarm), .decided_at = sim_now(policy->service->world->sim),
            .started_at = -1, .ready_at = -1,
        },
    };
    follow_wait(policy);
}

static void act(struct scalable_target *target, const struct invocation *invocation, const struct scaling_view *view,
                const struct scaling_decision *decision)
{
    char cause[CAUSE_TEXT];
    compose_cause(cause, invocation->alarm, invocation->policy);
    if (view->direction == DIRECTION_OUT) {
        note_credit(target, view, decision);
    }
    begin_activity(target, decision->result, invocation->policy, cause);
    if (view->direction == DIRECTION_OUT && invocation->alarm != NULL) {
        begin_wait(invocation->policy, invocation->alarm, view->desired, decision->result);
    }
}

static void decide(const struct invocation *invocation)
{
    struct policy *policy = invocation->policy;
    struct scalable_target *target = policy->service->target;
    enum direction direction = policy->type->direction(policy, &invocation->signal, policy->service->desired_count);
    struct scaling_view view = view_of(target, direction, policy->type->tracks);
    struct scaling_decision decision;
    scaling_decide(policy, &invocation->signal, &view, &decision);
    if (trace_wanted(policy->service->world->sim, RECORD_DECISION)) {
        char why[WHY_TEXT];
        say_why(why, target, &view, &decision);
        record_decision(invocation, &decision, why);
    }
    if (decision.end == DECISION_SCALED) {
        act(target, invocation, &view, &decision);
    } else if (decision.end == DECISION_NOT_SCALED) {
        record_not_scaled(target, policy, invocation->alarm, decision.code);
    }
}

/* An evaluation that could not even ask what the policy wants. */
static void record_nothing(const struct invocation *invocation, const char *why)
{
    const struct service *service = invocation->policy->service;
    struct scaling_decision none = { .base = service->running_count, .proposed = -1, .result = service->desired_count };
    record_decision(invocation, &none, why);
}

static void on_invocation(struct sim *sim, void *self)
{
    (void)sim;
    struct invocation *invocation = self;
    decide(invocation);
    mem_release(&invocation->policy->service->world->scaling->invocations, invocation);
}

void scaling_invoke(struct policy *policy, const struct alarm *alarm)
{
    struct world *world = policy->service->world;
    const struct alarm_rule *rule = alarm_rule_of(alarm);
    const double *points;
    int count = alarm_recent(alarm, &points);
    bool breaches_below = rule->comparison == COMPARE_LESS || rule->comparison == COMPARE_LESS_OR_EQUAL;
    struct invocation invocation = {
        .policy = policy, .alarm = alarm, .data_from = -1, .data_to = -1,
        .signal = { .metric = NAN, .threshold = rule->threshold,
                    .below = breaches_below == (alarm_current_state(alarm) == ALARM_STATE_ALARM) },
    };
    if (count == 0) {   /* AAS-08 */
        record_nothing(&invocation, "the alarm has no datapoints");
        return;
    }
    alarm_recent_span(alarm, &invocation.data_from, &invocation.data_to);
    invocation.signal.metric = policy->type->aggregate(policy, points, count);
    struct invocation *sent = mem_own(&world->scaling->invocations, sizeof *sent);
    *sent = invocation;
    sim_time latency =
        assumed_draw(&policy->service->assumptions, ASSUME_ACTION_LATENCY_S, &policy->service->target->rng);
    sim_at(world->sim, sim_now(world->sim) + latency, RANK_SCALING, on_invocation, sent);
}

/* ---- custom policies ---------------------------------------------------------------------------------------- */

static void record_missing(const struct invocation *invocation, const char *id)
{
    char why[WHY_TEXT];
    snprintf(why, sizeof why, "%s has no data", id);
    record_nothing(invocation, why);
}

/* Ask with the count that a scale-out would start from, and take the answer as any proposal. */
static void ask(struct policy *policy, struct invocation *invocation)
{
    const struct custom_settings *settings = policy->settings;
    struct sim *sim = policy->service->world->sim;
    struct scaling_view view = view_of(policy->service->target, DIRECTION_OUT, false);
    struct custom_question question = {
        .now = sim_now(sim), .capacity = scaling_base(&view), .ids = settings->ids, .data = invocation->data,
        .count = settings->count,
    };
    struct custom_answer answer = { .proposes = false };
    struct error err;
    if (!settings->decider.decide(settings->decider.context, &question, &answer, &err)) {
        error_wrap(&err, "policy '%s'", policy->name);
        sim_fail(sim, &err);
        return;
    }
    invocation->signal.answer = &answer;
    invocation->signal.asked_capacity = question.capacity;
    decide(invocation);
}

static void on_custom_evaluation(struct sim *sim, void *self)
{
    struct policy *policy = self;
    const struct custom_settings *settings = policy->settings;
    struct custom_reading reading;
    struct invocation invocation = { .policy = policy, .signal.metric = NAN, .data_from = -1, .data_to = -1 };
    sim_timer_arm(sim, settings->timer, sim_now(sim) + settings->interval, RANK_SCALING);
    const char *missing = custom_policy_read(policy, sim_now(sim), &reading);
    if (missing != NULL) {
        record_missing(&invocation, missing);   /* AAS-05 */
        return;
    }
    invocation.data_from = reading.from;
    invocation.data_to = reading.to;
    invocation.data = reading.data;
    ask(policy, &invocation);
}

/* ---- forecasts ---------------------------------------------------------------------------------------------- */

/* The clause of the decision record: what the forecast asks for, and for which hour of the day. */
static void say_forecast(char *formula, const struct world *world, const struct predictive_settings *settings,
                         sim_time hour)
{
    int64_t start_s = world->config.start_unix_s;
    int of_day = (int)((start_s / 3600 + (hour + start_s % 3600 * SIM_SECOND) / SIM_HOUR) % 24);
    snprintf(formula, FORMULA_MAX, "forecast %d from %02d:00", settings->capacity, of_day);
}

/* PRED-02: a forecast scales out only. */
static void follow_forecast(struct policy *policy, sim_time hour)
{
    const struct service *service = policy->service;
    struct scalable_target *target = service->target;
    const struct predictive_settings *settings = policy->settings;
    struct scaling_decision decision = {
        .base = service->desired_count, .proposed = settings->capacity, .result = service->desired_count,
    };
    int floor = predictive_bounds(settings, target->max, (struct bounds){ 0, target->max }).min;
    const char *why = "the forecast asks for no more";
    if (!settings->config.scales) {
        why = "forecast only";
    } else if (floor > service->desired_count && target->out_suspended) {
        why = "scale-out is suspended";
    } else if (floor > service->desired_count) {
        why = "scaled out";
        decision.result = floor;
    }
    say_forecast(decision.formula, service->world, settings, hour);
    struct invocation invocation = { .policy = policy, .signal.metric = NAN, .data_from = -1, .data_to = -1 };
    record_decision(&invocation, &decision, why);
    if (decision.result > service->desired_count) {
        char cause[CAUSE_TEXT];
        snprintf(cause, sizeof cause, "predictive policy %s predicted a capacity of %d", policy->name,
                 settings->capacity);
        begin_activity(target, decision.result, NULL, cause);
    }
}

static void on_forecast(struct sim *sim, void *self)
{
    struct policy *policy = self;
    struct predictive_settings *settings = policy->settings;
    sim_time hour = predictive_hour(sim_now(sim), policy->service->world->config.start_unix_s, settings->buffer);
    settings->capacity = predictive_capacity(&settings->config.forecast, hour);
    sim_timer_arm(sim, settings->timer, hour + SIM_HOUR - settings->buffer, RANK_SCALING);
    follow_forecast(policy, hour);
}

/* ---- what the service tells --------------------------------------------------------------------------------- */

void scaling_note_tasks(struct service *service)
{
    if (service->target == NULL) {
        return;
    }
    for (struct policy *policy = service->target->policies; policy != NULL; policy = policy->next) {
        follow_wait(policy);
    }
}

bool scaling_is_by_policy(const struct service *service)
{
    const struct scalable_target *target = service->target;
    return target != NULL && target->policies != NULL && target->min < target->max;
}

void scaling_note_bounds(struct service *service)
{
    const struct scalable_target *target = service->target;
    if (target == NULL) {
        return;
    }
    level_set(&service->books.at_min, now_of(target), service->desired_count <= target->min);
    level_set(&service->books.at_max, now_of(target), service->desired_count >= target->max);
    for (struct policy *policy = target->policies; policy != NULL; policy = policy->next) {
        /* Scaled in or changed by hand before its tasks were there: nobody will see them all. */
        if (policy->wait.waiting && service->desired_count < policy->wait.waterfall.to) {
            end_wait(policy);
        }
    }
}

/* ---- targets ------------------------------------------------------------------------------------------------ */

static bool check_bounds(int min, int max, struct error *err)
{
    if (min < 0 || max < 0) {
        return error_set(err, "%s is missing", min < 0 ? "min_capacity" : "max_capacity");
    }
    return min <= max ||
           error_set(err, "Maximum capacity cannot be less than minimum capacity: %d is below %d", max, min);
}

/* AAS-02 */
static void clamp(struct scalable_target *target)
{
    int desired = target->service->desired_count, max = bounds_of(target).max;
    char cause[64];
    if (desired < target->min) {
        snprintf(cause, sizeof cause, "minimum capacity was set to %d", target->min);
        begin_activity(target, target->min, NULL, cause);
    } else if (desired > max) {
        snprintf(cause, sizeof cause, "maximum capacity was set to %d", max);
        begin_activity(target, max, NULL, cause);
    }
}

static void on_clamp(struct sim *sim, void *self)
{
    (void)sim;
    clamp(self);
}

static struct scalable_target *create_target(struct service *service)
{
    struct world *world = service->world;
    struct scalable_target *target = arena_alloc(world->arena, sizeof *target);
    target->service = service;
    target->recorded = NOTHING_RECORDED;
    target->poll_timer = sim_timer_create(world->sim, on_poll, target);
    target->clamp_timer = sim_timer_create(world->sim, on_clamp, target);
    target->timetable = timetable_create(service);
    rng_init(&target->rng, world->sim, arena_printf(world->arena, "scaling of %s", service->name), 0);
    return target;
}

static void set_flag(bool *flag, int value)
{
    *flag = value < 0 ? *flag : value > 0;
}

bool scaling_register_target(struct service *service, const struct scalable_target_config *config, struct error *err)
{
    struct scalable_target *target = service->target;
    int min = config->min_capacity < 0 && target != NULL ? target->min : config->min_capacity;
    int max = config->max_capacity < 0 && target != NULL ? target->max : config->max_capacity;
    if (!check_bounds(min, max, err)) {
        return false;
    }
    if (target == NULL) {
        target = service->target = create_target(service);
    }
    target->min = min;
    target->max = max;
    set_flag(&target->in_suspended, config->dynamic_scaling_in_suspended);
    set_flag(&target->out_suspended, config->dynamic_scaling_out_suspended);
    set_flag(&target->scheduled_suspended, config->scheduled_scaling_suspended);
    clamp(target);
    scaling_note_bounds(service);
    return true;
}

/* ---- scheduled actions -------------------------------------------------------------------------------------- */

/* SCHD-07: the first of the two activities, over at once. `fault` NULL: it has succeeded. */
static void record_scheduled_action(struct scalable_target *target, const char *name, struct bounds bounds,
                                    const char *fault)
{
    struct service *service = target->service;
    char description[DESCRIPTION_TEXT], cause[CAUSE_TEXT], message[2 * DESCRIPTION_TEXT + 120];
    snprintf(description, sizeof description, "Setting min capacity to %d and max capacity to %d", bounds.min, bounds.max);
    snprintf(cause, sizeof cause, "scheduled action name %s was triggered", name);
    snprintf(message, sizeof message, "%s min capacity to %d and max capacity to %d%s%s",
             fault != NULL ? "Failed to set" : "Successfully set", bounds.min, bounds.max,
             fault != NULL ? ". Reason: " : "", fault != NULL ? fault : "");
    struct record_activity record = {
        .service = service, .id = ++service->world->scaling->activities, .begun = false,
        .status_code = fault != NULL ? "Failed" : "Successful", .description = description, .cause = cause,
        .status_message = message, .not_scaled = -1, .started_at = now_of(target), .ended_at = now_of(target),
    };
    trace_emit(service->world->sim, RECORD_ACTIVITY, &record);
    target->recorded = NOTHING_RECORDED;
}

static void set_scheduled_bounds(struct scalable_target *target, struct bounds bounds)
{
    const struct service *service = target->service;
    target->min = bounds.min;
    target->max = bounds.max;
    scaling_note_bounds(target->service);
    sim_timer_arm(service->world->sim, target->clamp_timer,
                  now_of(target) + assumed_time(&service->assumptions, ASSUME_SCHEDULE_CLAMP_S), RANK_SCALING);
}

bool scaling_run_scheduled_action(struct service *service, const char *name, int min_capacity, int max_capacity)
{
    struct scalable_target *target = service->target;
    const struct bounds bounds = {
        min_capacity < 0 ? target->min : min_capacity, max_capacity < 0 ? target->max : max_capacity,
    };
    if (target->scheduled_suspended) {
        return true;
    }
    if (sim_timer_is_pending(service->world->sim, target->clamp_timer) &&
        assumed_on(&service->assumptions, ASSUME_SCHEDULE_COLLISIONS)) {
        record_scheduled_action(target, name, bounds, "You already have a pending update to an Auto Scaling resource.");
        return false;
    }
    if (bounds.min > bounds.max) {
        record_scheduled_action(target, name, bounds, "Maximum capacity cannot be less than minimum capacity.");
        world_warn(service->world, service->name, "scheduled action %s failed: max_capacity %d is below min_capacity %d",
                   name, bounds.max, bounds.min);
        return true;
    }
    record_scheduled_action(target, name, bounds, NULL);
    set_scheduled_bounds(target, bounds);
    return true;
}

static bool check_registered(const struct service *service, struct error *err)
{
    return service->target != NULL ||
           error_set(err, "No scalable target registered for service namespace: ecs, resource ID: service/%s/%s, scalable "
                          "dimension: ecs:service:DesiredCount",
                     service->config.cluster, service->name);
}

bool scaling_put_scheduled_action(struct service *service, const struct scheduled_action_config *config,
                                  struct error *err)
{
    return check_registered(service, err) && timetable_put(service->target->timetable, config, err);
}

/* ---- policies ----------------------------------------------------------------------------------------------- */

static struct policy *find_policy(const struct scalable_target *target, const char *name)
{
    struct policy *policy = target->policies;
    while (policy != NULL && strcmp(policy->name, name) != 0) {
        policy = policy->next;
    }
    return policy;
}

static bool check_put(const struct service *service, const char *name, const struct policy_type *type,
                      struct error *err)
{
    if (!check_registered(service, err)) {
        return false;
    }
    const struct policy *policy = find_policy(service->target, name);
    if (policy == NULL && service->target->policy_count == POLICIES_MAX) {
        return error_set(err, "a scalable target has at most %d policies", POLICIES_MAX);
    }
    return policy == NULL || policy->type == type ||
           error_set(err, "policy '%s' is of type %s", name, policy->type->name);
}

/* The policy of that name, or a new one that the target does not know yet. */
static struct policy *find_or_make(struct service *service, const char *name, const struct policy_type *type)
{
    struct policy *policy = find_policy(service->target, name);
    if (policy == NULL) {
        struct arena *arena = service->world->arena;
        policy = arena_alloc(arena, sizeof *policy);
        *policy = (struct policy){
            .type = type, .name = arena_text(arena, name), .service = service, .counted_turn = -1,
        };
    }
    return policy;
}

static struct policy *put(struct policy *policy, void *settings)
{
    struct scalable_target *target = policy->service->target;
    if (policy->settings == NULL) {
        struct policy **tail = &target->policies;
        while (*tail != NULL) {
            tail = &(*tail)->next;
        }
        *tail = policy;
        target->policy_count++;
    }
    policy->settings = settings;
    policy->puts++;
    return policy;
}

struct policy *scaling_put_step_policy(struct service *service, const char *name,
                                       const struct step_policy_config *config, struct error *err)
{
    int step;
    if (!check_put(service, name, &step_policy_type, err) || !step_policy_check(config, &step, err)) {
        return NULL;
    }
    struct step_policy_config *settings = arena_alloc(service->world->arena, sizeof *settings);
    *settings = *config;
    return put(find_or_make(service, name, &step_policy_type), settings);
}

/* AAS-13 */
static bool check_metric(const struct policy *put, const struct metric *metric, struct error *err)
{
    for (const struct policy *policy = put->service->target->policies; policy != NULL; policy = policy->next) {
        if (policy == put || !policy->type->tracks) {
            continue;
        }
        const struct target_settings *settings = policy->settings;
        if (metric != NULL && settings->metric == metric) {
            return error_set(err, "Only one TargetTrackingScaling policy for a given metric specification is allowed: '%s' "
                                  "tracks it already", policy->name);
        }
    }
    return true;
}

struct policy *scaling_put_target_policy(struct service *service, const char *name,
                                         const struct target_policy_config *config, struct error *err)
{
    if (!check_put(service, name, &target_policy_type, err) || !target_policy_check(config, err)) {
        return NULL;
    }
    struct policy *policy = find_or_make(service, name, &target_policy_type);
    struct target_settings *settings = target_policy_settings(policy, config, err);
    if (settings == NULL) {
        return NULL;
    }
    if (!check_metric(policy, settings->metric, err)) {
        target_policy_delete_alarms(settings);
        return NULL;
    }
    if (policy->settings != NULL) {
        target_policy_delete_alarms(policy->settings);   /* TT-03 */
    }
    return put(policy, settings);
}

struct policy *scaling_put_custom_policy(struct service *service, const char *name,
                                         const struct custom_policy_config *config, struct error *err)
{
    if (!check_put(service, name, &custom_policy_type, err)) {
        return NULL;
    }
    struct sim *sim = service->world->sim;
    struct policy *policy = find_or_make(service, name, &custom_policy_type);
    struct custom_settings *settings = custom_policy_settings(policy, config, err);
    if (settings == NULL) {
        return NULL;
    }
    if (policy->settings != NULL) {
        sim_timer_destroy(sim, ((const struct custom_settings *)policy->settings)->timer);
    }
    settings->timer = sim_timer_create(sim, on_custom_evaluation, policy);
    sim_timer_arm(sim, settings->timer, sim_now(sim) + settings->interval, RANK_SCALING);
    return put(policy, settings);
}

struct policy *scaling_put_predictive_policy(struct service *service, const char *name,
                                             const struct predictive_policy_config *config, struct error *err)
{
    if (!check_put(service, name, &predictive_policy_type, err) || !predictive_policy_check(config, err)) {
        return NULL;
    }
    struct sim *sim = service->world->sim;
    struct policy *policy = find_or_make(service, name, &predictive_policy_type);
    struct predictive_settings *settings = predictive_policy_settings(policy, config);
    if (policy->settings != NULL) {
        sim_timer_destroy(sim, ((const struct predictive_settings *)policy->settings)->timer);
    }
    settings->timer = sim_timer_create(sim, on_forecast, policy);
    sim_timer_arm(sim, settings->timer, sim_now(sim), RANK_SCALING);
    return put(policy, settings);
}
