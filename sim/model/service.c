#include "model/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/vec.h"
#include "model/placement.h"
#include "model/record.h"
#include "model/request.h"
#include "model/scaling.h"
#include "model/world.h"

const char *const rollout_state_names[] = { "IN_PROGRESS", "COMPLETED", "FAILED" };

static sim_time now_of(const struct service *service)
{
    return sim_now(service->world->sim);
}

/* ---- counts and books --------------------------------------------------------------------------------------- */

/* In which of the service's counts a task is. */
enum membership {
    IN_PENDING = 1 << 0,          /* ECS's pendingCount */
    IN_ACTIVE = 1 << 1,           /* ECS's runningCount */
    IN_RUNNING = 1 << 2,          /* its container runs */
    IN_READY = 1 << 3,
    IN_PROTECTED = 1 << 4,
    IN_BUSY_RUNNING = 1 << 5,
    IN_BUSY_PROTECTED = 1 << 6,
    IN_STATE = 1 << 7             /* any of the six states: until STOPPED */
};

static unsigned membership_of(const struct task *task)
{
    bool leaving = task->stop_decided || task->ended;
    bool running = task->started_at >= 0 && !task->ended;
    bool protected_now = task->protection.enabled && !task->ended;
    bool busy = running && task_is_busy(task);
    return (task->started_at < 0 && !leaving ? IN_PENDING : 0U) | (running && !leaving ? IN_ACTIVE : 0U) |
           (running ? IN_RUNNING : 0U) | (task_is_in_service(task) && !leaving ? IN_READY : 0U) |
           (protected_now ? IN_PROTECTED : 0U) | (busy ? IN_BUSY_RUNNING : 0U) |
           (busy && protected_now ? IN_BUSY_PROTECTED : 0U) | (task->stopped_at < 0 ? IN_STATE : 0U);
}

static void count(struct level *level, sim_time now, unsigned before, unsigned after, unsigned bit)
{
    if ((before ^ after) & bit) {
        level_add(level, now, after & bit ? 1 : -1);
    }
}

static void set_if_new(struct level *level, sim_time now, int64_t value)
{
    if (level->value != value) {
        level_set(level, now, value);
    }
}

/* Numbers that follow from several counts. */
static void update_derived(struct service *service, sim_time now)
{
    struct service_books *books = &service->books;
    int64_t surplus = books->active.value - service->desired_count;
    int64_t held = surplus < books->protected_tasks.value ? surplus : books->protected_tasks.value;
    set_if_new(&books->held, now, held > 0 ? held : 0);
    int64_t slots = service->config.definition->slots;
    int64_t need = (books->jobs_alone + slots - 1) / slots;
    int64_t missing = need - books->ready.value;
    set_if_new(&books->need, now, need);
    set_if_new(&books->under, now, missing > 0 ? missing : 0);
    set_if_new(&books->over, now, missing < 0 ? -missing : 0);
    set_if_new(&books->short_of_need, now, missing > 0);
}

static void count_state(struct service *service, struct task *task, sim_time now, unsigned before, unsigned after)
{
    if (before & IN_STATE) {
        level_add(&service->books.state[task->counted_state], now, -1);
    }
    if (after & IN_STATE) {
        level_add(&service->books.state[task->state], now, 1);
    }
    task->counted_state = task->state;
}

void service_task_changed(struct service *service, struct task *task)
{
    struct service_books *books = &service->books;
    sim_time now = now_of(service);
    unsigned before = task->membership, after = membership_of(task);
    if (before != after) {
        count(&books->active, now, before, after, IN_ACTIVE);
        count(&books->running, now, before, after, IN_RUNNING);
        count(&service->world->running, now, before, after, IN_RUNNING);
        count(&books->ready, now, before, after, IN_READY);
        count(&books->protected_tasks, now, before, after, IN_PROTECTED);
        count(&books->busy_running, now, before, after, IN_BUSY_RUNNING);
        count(&books->busy_protected, now, before, after, IN_BUSY_PROTECTED);
        service->pending_count += !!(after & IN_PENDING) - !!(before & IN_PENDING);
        service->running_count += !!(after & IN_ACTIVE) - !!(before & IN_ACTIVE);
        task->membership = after;
        if (assumed_choice(&service->assumptions, ASSUME_RECONCILE_TRIGGER) == RECONCILE_STATE_CHANGE) {
            service_request_pass(service);
        }
        if (after & ~before & (IN_PENDING | IN_READY)) {
            scaling_note_tasks(service);
        }
    }
    if (task->counted_state != task->state || (before ^ after) & IN_STATE) {
        count_state(service, task, now, before, after);
    }
    int slots = after & IN_RUNNING ? task->definition->slots : 0;
    int busy = after & IN_RUNNING ? task->attempt_count + task->sessions : 0;
    if (slots != task->counted_slots || busy != task->counted_busy_slots) {
        level_add(&books->slots, now, slots - task->counted_slots);
        level_add(&books->busy_slots, now, busy - task->counted_busy_slots);
        task->counted_slots = slots;
        task->counted_busy_slots = busy;
    }
    update_derived(service, now);
}

void service_add_job_alone(struct service *service, int change)
{
    service->books.jobs_alone += change;
    update_derived(service, now_of(service));
}

int service_protected_count(const struct service *service)
{
    return (int)service->books.protected_tasks.value;
}

bool service_is_steady(const struct service *service)
{
    return service->running_count == service->desired_count && service->pending_count == 0;
}

bool service_deployment_in_progress(const struct service *service)
{
    return service->deployment.rollout_state == ROLLOUT_IN_PROGRESS;
}

/* ---- starting ----------------------------------------------------------------------------------------------- */

/* The account of the books for tasks of this size. */
static int find_account(struct service *service, const struct task_definition *definition, enum capacity capacity)
{
    struct service_books *books = &service->books;
    struct cost_size size = {
        .cpu_units = definition->cpu_units, .memory_mib = definition->memory_mib,
        .ephemeral_storage_gib = definition->ephemeral_storage_gib,
        .arm = definition->architecture == ARCHITECTURE_ARM64, .spot = capacity == CAPACITY_FARGATE_SPOT,
        .slots = definition->slots,
    };
    for (int i = 0; i < books->account_count; i++) {
        if (memcmp(&books->accounts[i].size, &size, sizeof size) == 0) {
            return i;
        }
    }
    VEC_GROW(books->accounts, books->account_count, books->account_room);
    books->accounts[books->account_count] = (struct cost_account){ .size = size };
    return books->account_count++;
}

static int zone_for_next(const struct service *service)
{
    int counts[SERVICE_ZONES_MAX] = { 0 };
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        counts[task->zone] += !task->stop_decided && !task->ended;
    }
    return placement_pick_zone(counts, service->config.zone_count);
}

static struct task *start_one(struct service *service)
{
    const struct task_definition *definition = service->deployment.definition;
    struct task *task =
        task_create(service->world, service, definition, zone_for_next(service), service->config.capacity);
    task->account = find_account(service, definition, service->config.capacity);
    task->previous = service->last;
    *(service->last != NULL ? &service->last->next : &service->first) = task;
    service->last = task;
    service->books.tasks_created += service->world->in_window;
    task_changed(task);
    trace_emit(service->world->sim, RECORD_TASK_STATUS, &(struct record_task_status){ task, "created" });
    return task;
}

static void start_tasks(struct service *service, int wanted)
{
    struct task **started = mem_alloc((size_t)wanted * sizeof(struct task *));
    for (int i = 0; i < wanted; i++) {
        started[i] = start_one(service);
    }
    notice_started(service, started, wanted);
    free(started);
}

void service_task_gone(struct service *service, struct task *task)
{
    *(task->previous != NULL ? &task->previous->next : &service->first) = task->next;
    *(task->next != NULL ? &task->next->previous : &service->last) = task->previous;
}

/* ---- stopping ----------------------------------------------------------------------------------------------- */

static void set_blocked(struct service *service, bool blocked)
{
    if (blocked && !service->blocked) {
        service->blocked_since = now_of(service);
    }
    if (!blocked) {
        notice_protection_cleared(service);
    }
    service->blocked = blocked;
    set_if_new(&service->books.blocked, now_of(service), blocked);
}

/* The tasks of the service that its scheduler may still stop, oldest first. */
struct stoppable {
    struct task **tasks;
    struct stop_candidate *candidates;
    bool *taken;
    int *victims;
    int count;
};

static struct stoppable find_stoppable(const struct service *service)
{
    size_t room = (size_t)(service->running_count + service->pending_count) + 1;
    struct stoppable found = {
        .tasks = mem_alloc(room * sizeof(struct task *)),
        .candidates = mem_alloc(room * sizeof(struct stop_candidate)),
        .taken = mem_alloc(room * sizeof(bool)),
        .victims = mem_alloc(room * sizeof(int)),
    };
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (task->stop_decided || task->ended) {
            continue;
        }
        found.tasks[found.count] = task;
        found.candidates[found.count++] = (struct stop_candidate){
            .is_protected = task->protection.enabled, .is_running = task->status == TASK_RUNNING,
            .is_primary = task->definition == service->deployment.definition, .is_busy = task_is_busy(task),
            .zone = task->zone, .serial = task->serial,
        };
    }
    return found;
}

static void free_stoppable(struct stoppable *stoppable)
{
    free(stoppable->tasks);
    free(stoppable->candidates);
    free(stoppable->taken);
    free(stoppable->victims);
}

/* A pass that can stop nobody says so when it begins and when its numbers change, not every ten seconds. */
static bool is_repetition(struct service *service, int wanted, int picked, int passed_over)
{
    bool same = picked == 0 && wanted == service->recorded_wanted && passed_over == service->recorded_passed_over;
    service->recorded_wanted = picked == 0 ? wanted : 0;
    service->recorded_passed_over = passed_over;
    return same;
}

static void record_decision(struct service *service, const struct stoppable *stoppable, int wanted, int picked)
{
    if (is_repetition(service, wanted, picked, service_protected_count(service)) ||
        !trace_wanted(service->world->sim, RECORD_STOP_DECISION)) {
        return;
    }
    size_t room = (size_t)stoppable->count + 1;
    const struct task **chosen = mem_alloc(room * sizeof *chosen), **passed_over = mem_alloc(room * sizeof *passed_over);
    int passed_over_count = 0;
    for (int i = 0; i < picked; i++) {
        chosen[i] = stoppable->tasks[stoppable->victims[i]];
    }
    for (int i = 0; i < stoppable->count; i++) {
        if (stoppable->candidates[i].is_protected) {
            passed_over[passed_over_count++] = stoppable->tasks[i];
        }
    }
    struct record_stop_decision record = { service, wanted, chosen, picked, passed_over, passed_over_count,
                                           picked < wanted };
    trace_emit(service->world->sim, RECORD_STOP_DECISION, &record);
    free(chosen);
    free(passed_over);
}

/* PROT-51, SCHED-04 */
static void stop_chosen(struct service *service, const struct stoppable *stoppable, int picked)
{
    struct task **running = mem_alloc((size_t)(picked + 1) * sizeof(struct task *));
    int running_count = 0, pending_count = 0;
    for (int i = 0; i < picked; i++) {
        struct task *task = stoppable->tasks[stoppable->victims[i]];
        if (task->status == TASK_RUNNING) {
            running[running_count++] = task;
        } else {
            pending_count++;
        }
    }
    if (running_count > 0) {
        notice_stopped_running(service, running, running_count);
    }
    if (pending_count > 0) {
        notice_stopped_pending(service, pending_count);
    }
    free(running);
    for (int i = 0; i < picked; i++) {
        task_stop(stoppable->tasks[stoppable->victims[i]], CAUSE_SCALE_IN, "ServiceSchedulerInitiated",
                  service->scale_in_reason);
    }
}

static void stop_tasks(struct service *service, int wanted)
{
    struct stoppable stoppable = find_stoppable(service);
    enum victim_order order = (enum victim_order)assumed_choice(&service->assumptions, ASSUME_VICTIM_ORDER);
    enum az_count_scope scope = (enum az_count_scope)assumed_choice(&service->assumptions, ASSUME_AZ_COUNT_SCOPE);
    int picked = placement_pick_stop(stoppable.candidates, stoppable.count, wanted, service->config.zone_count, order, scope,
                                     &service->rng, stoppable.taken, stoppable.victims);
    record_decision(service, &stoppable, wanted, picked);
    if (picked > 0) {
        stop_chosen(service, &stoppable, picked);
    }
    free_stoppable(&stoppable);
    set_blocked(service, picked < wanted);
    if (picked < wanted) {
        bool surplus = assumed_choice(&service->assumptions, ASSUME_EVENT_N) == EVENT_N_SURPLUS;
        notice_unable_to_scale_in(service, surplus ? wanted - picked : service_protected_count(service));
    }
}

/* ---- target groups ------------------------------------------------------------------------------------------ */

/* SCHED-20: a task that runs is registered in the next pass. */
static bool wants_registration(const struct task *task)
{
    return task->started_at >= 0 && !task->stop_decided && !task->ended && task->targets == NULL;
}

static void register_targets(struct service *service)
{
    int registered = 0;
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (wants_registration(task)) {
            balancer_register(task);
            task_changed(task);
            registered++;
        }
    }
    if (registered > 0) {
        notice_registered(service, registered);
    }
}

/* EVENT-18: the pass after the one that decided to stop them. */
static void deregister_targets(struct service *service)
{
    int deregistered = 0;
    for (struct task *task = service->first; task != NULL; task = task->next) {
        if (task->status == TASK_DEACTIVATING && !task->deregistered) {
            task_deregister(task);
            deregistered++;
        }
    }
    if (deregistered > 0) {
        notice_deregistered(service, deregistered);
    }
}

/* ---- passes ------------------------------------------------------------------------------------------------- */

struct service_plan service_plan(int desired_count, int running_count, int pending_count)
{
    int missing = desired_count - running_count - pending_count;
    return (struct service_plan){ .start = missing > 0 ? missing : 0, .stop = missing < 0 ? -missing : 0 };
}

/* DEPLOY-04: without load balancer and container check a task is healthy some time after RUNNING, with target groups as
 * soon as they send it requests; DEPLOY-13. */
static bool deployment_is_done(const struct service *service)
{
    sim_time settle = assumed_time(&service->assumptions, ASSUME_HEALTHY_AFTER_S);
    if (!service_is_steady(service)) {
        return false;
    }
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        bool healthy = service->config.target_group_count > 0 ? task_is_in_service(task)
                                                              : now_of(service) >= task->started_at + settle;
        if (!task->stop_decided && !task->ended && !healthy) {
            return false;
        }
    }
    return true;
}

static void watch_deployment(struct service *service)
{
    struct deployment *deployment = &service->deployment;
    if (deployment->rollout_state == ROLLOUT_IN_PROGRESS && deployment_is_done(service)) {
        deployment->rollout_state = ROLLOUT_COMPLETED;
        deployment->completed_at = now_of(service);
        notice_deployment_completed(service);
        trace_emit(service->world->sim, RECORD_DEPLOYMENT, &(struct record_deployment){ service, deployment });
    }
}

static void watch_steady_state(struct service *service)
{
    if (service_is_steady(service)) {
        notice_steady_state(service);
    } else {
        notice_unsteady(service);
    }
}

static void on_pass(struct sim *sim, void *self)
{
    struct service *service = self;
    sim_set_culprit(sim, service->name);
    if (assumed_choice(&service->assumptions, ASSUME_RECONCILE_TRIGGER) == RECONCILE_UPDATE_SERVICE) {
        sim_timer_arm(sim, service->pass_timer,
                      sim_now(sim) + assumed_time(&service->assumptions, ASSUME_RECONCILE_S), RANK_SCHEDULER);
    }
    if (service->config.target_group_count > 0) {
        register_targets(service);
        deregister_targets(service);
    }
    struct service_plan plan =
        service_plan(service->desired_count, service->running_count, service->pending_count);
    if (plan.start > 0) {
        start_tasks(service, plan.start);
    }
    if (plan.stop > 0) {
        stop_tasks(service, plan.stop);
    } else {
        set_blocked(service, false);
        service->recorded_wanted = 0;
    }
    watch_deployment(service);
    watch_steady_state(service);
}

/* SCHED-18: the next pass comes after ECS's reaction latency, and starts the grid anew. */
static void restart_grid(struct service *service)
{
    sim_time react = assumed_draw(&service->assumptions, ASSUME_ECS_REACT_LATENCY_S, &service->rng);
    sim_timer_arm(service->world->sim, service->pass_timer, now_of(service) + react, RANK_SCHEDULER);
}

void service_request_pass(struct service *service)
{
    if (!sim_timer_is_pending(service->world->sim, service->pass_timer)) {
        restart_grid(service);
    }
}

void service_set_desired(struct service *service, int desired_count, const char *by)
{
    struct record_desired record = { service, service->desired_count, desired_count, by };
    service->desired_count = desired_count;
    level_set(&service->books.desired, now_of(service), desired_count);
    scaling_note_bounds(service);
    update_derived(service, now_of(service));
    if (service->running_count + service->pending_count <= desired_count) {
        set_blocked(service, false);   /* PROT-58, PROT-78 */
    }
    trace_emit(service->world->sim, RECORD_DESIRED, &record);
    restart_grid(service);
}

/* ---- the service -------------------------------------------------------------------------------------------- */

static void make_deployment(struct service *service)
{
    struct rng ids;
    rng_init(&ids, service->world->sim, "deployment id", (uint64_t)service->index);
    uint64_t digits = UINT64_C(1000000000000000000) + rng_below(&ids, UINT64_C(9000000000000000000));
    snprintf(service->deployment.id, sizeof service->deployment.id, "ecs-svc/%" PRIu64, digits);
    service->deployment.definition = service->config.definition;
    service->deployment.created_at = now_of(service);
    service->deployment.completed_at = -1;
    service->scale_in_reason = arena_printf(service->world->arena, "Scaling activity initiated by (deployment %s)",
                                            service->deployment.id);
}

static void adopt_target_groups(struct service *service)
{
    for (int i = 0; i < service->config.target_group_count; i++) {
        struct target_group *group = service->config.target_groups[i];
        if (group->service == NULL) {
            group->service = service;
        }
    }
}

static void adopt_queues(struct service *service)
{
    const struct task_definition *definition = service->config.definition;
    for (int i = 0; i < definition->queue_count; i++) {
        if (definition->queues[i]->consumer == NULL) {
            definition->queues[i]->consumer = service;
        }
    }
}

struct service *service_create(struct world *world, const struct service_config *config,
                               const struct assumptions *assumptions)
{
    struct service *service = arena_alloc(world->arena, sizeof *service);
    service->world = world;
    service->config = *config;
    service->name = service->config.name = arena_text(world->arena, config->name);
    service->config.cluster = arena_text(world->arena, config->cluster);
    for (int i = 0; i < config->zone_count; i++) {
        service->config.zones[i] = arena_text(world->arena, config->zones[i]);
    }
    service->assumptions = *assumptions;
    service->index = world->service_count;
    service->desired_count = config->desired_count;
    service->task_stream = arena_printf(world->arena, "tasks of %s", service->name);
    rng_init(&service->rng, world->sim, arena_printf(world->arena, "service %s", service->name), 0);
    service->pass_timer = sim_timer_create(world->sim, on_pass, service);
    level_set(&service->books.desired, now_of(service), config->desired_count);
    service->books.protect_second = -1;
    make_deployment(service);
    adopt_queues(service);
    adopt_target_groups(service);
    VEC_GROW(world->services, world->service_count, world->service_room);
    world->services[world->service_count++] = service;
    restart_grid(service);
    return service;
}

static void restart_levels(struct service_books *books, sim_time now)
{
    struct level *const levels[] = {
        &books->running, &books->active, &books->desired, &books->ready, &books->protected_tasks, &books->busy_running,
        &books->busy_protected, &books->slots, &books->busy_slots, &books->held, &books->need, &books->under,
        &books->over, &books->short_of_need, &books->blocked, &books->at_min, &books->at_max,
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        level_restart(levels[i], now);
    }
    for (int state = 0; state < STATE_COUNT; state++) {
        level_restart(&books->state[state], now);
    }
}

static void restart_counters(struct service_books *books)
{
    memset(books->busy_stops, 0, sizeof books->busy_stops);
    memset(books->stops, 0, sizeof books->stops);
    memset(books->not_scaled, 0, sizeof books->not_scaled);
    books->tasks_created = books->expired_busy = 0;
    books->actions_out = books->actions_in = books->reversals = 0;
    tally_reset(&books->time_to_ready);
}

wide service_cost_pico(struct service *service)
{
    struct service_books *books = &service->books;
    size_t room = (size_t)books->account_count + 1;
    struct cost_account *accounts = mem_alloc(room * sizeof *accounts);
    for (struct task *task = service->first; task != NULL; task = task->next) {
        task_flush_books(task);
        for (const struct attempt *attempt = task->attempts; attempt != NULL; attempt = attempt->next_in_task) {
            accounts[task->account].shares.slot_ns[COST_USEFUL] += now_of(service) - attempt->charged_since;
        }
        accounts[task->account].shares.slot_ns[COST_USEFUL] += requests_uncharged_ns(task);
    }
    for (int i = 0; i < books->account_count; i++) {
        accounts[i].size = books->accounts[i].size;
        for (int part = 0; part < COST_PARTS; part++) {
            accounts[i].shares.slot_ns[part] += books->accounts[i].shares.slot_ns[part];
        }
    }
    struct cost_bill bill;
    bool per_second = assumed_choice(&service->assumptions, ASSUME_PRICE_BASIS) == PRICE_PER_SECOND;
    cost_price(accounts, books->account_count, &(struct cost_control){ 0 }, per_second, &bill);
    free(accounts);
    return books->cost_before_pico + bill.total_pico;
}

void service_end_of_warm_up(struct service *service)
{
    struct service_books *books = &service->books;
    for (struct task *task = service->first; task != NULL; task = task->next) {
        task_close_books(task);
    }
    for (int state = 0; state < STATE_COUNT; state++) {
        service->minute_area[state] -= level_area(&books->state[state], now_of(service));
    }
    books->cost_before_pico = service_cost_pico(service);
    for (int i = 0; i < books->account_count; i++) {
        books->accounts[i].shares = (struct cost_shares){ { 0 } };
    }
    restart_levels(books, now_of(service));
    restart_counters(books);
}

void service_finish(struct service *service)
{
    notice_finish(service);
    free(service->books.accounts);
    tally_finish(&service->books.time_to_ready);
}
