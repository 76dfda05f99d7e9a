#include "model/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/vec.h"
#include "model/expectation.h"
#include "model/record.h"
#include "model/request.h"
#include "model/scaling.h"
#include "model/scheduler.h"
#include "model/seating.h"
#include "model/task_set.h"
#include "model/world.h"

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

static int running_beside_newer(const struct service *service)
{
    const struct deployment *primary = service->deployments;
    return primary != NULL && primary->running_count > 0 ? service->running_count - primary->running_count : 0;
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
    set_if_new(&books->overlap, now, running_beside_newer(service));
}

static void count_of_deployment(struct task *task, unsigned before, unsigned after)
{
    int pending = !!(after & IN_PENDING) - !!(before & IN_PENDING);
    int running = !!(after & IN_ACTIVE) - !!(before & IN_ACTIVE);
    struct deployment *deployment = task->deployment;
    task->service->pending_count += pending;
    task->service->running_count += running;
    if (deployment != NULL) {
        deployment->pending_count += pending;
        deployment->running_count += running;
        deployment->active_count += pending + running;
    }
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
        count_of_deployment(task, before, after);
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
    int busy = after & IN_RUNNING ? task_slots_taken(task) : 0;
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
    if (service->config.is_external) {
        return task_sets_are_steady(service);
    }
    return service->running_count == service->desired_count && service->pending_count == 0 &&
           deployment_active_old(service) == 0;
}

static void become_inactive(struct service *service)
{
    service->status = SERVICE_INACTIVE;
    sim_timer_cancel(service->world->sim, service->pass_timer);
}

void service_task_gone(struct service *service, struct task *task)
{
    *(task->previous != NULL ? &task->previous->next : &service->first) = task->next;
    *(task->next != NULL ? &task->next->previous : &service->last) = task->previous;
    if (task->deployment != NULL) {
        task->deployment->living_count--;
    }
    if (service->status == SERVICE_DRAINING && service->first == NULL) {
        become_inactive(service);
    }
}

/* ---- desired count and passes -------------------------------------------------------------------------------- */

void service_set_blocked(struct service *service, bool blocked)
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

/* SCHED-18: the next pass comes after ECS's reaction latency, and starts the grid anew. */
static void restart_grid(struct service *service)
{
    if (service->is_standalone || service->status == SERVICE_INACTIVE) {
        return;
    }
    sim_time react = assumed_draw(&service->assumptions, ASSUME_ECS_REACT_LATENCY_S, &service->rng);
    service->polls = false;
    sim_timer_arm(service->world->sim, service->pass_timer, now_of(service) + react, RANK_SCHEDULER);
}

void service_request_pass(struct service *service)
{
    if (service->polls || !sim_timer_is_pending(service->world->sim, service->pass_timer)) {
        restart_grid(service);
    }
}

void service_poll(struct service *service)
{
    struct sim *sim = service->world->sim;
    if (!sim_timer_is_pending(sim, service->pass_timer)) {
        service->polls = true;
        sim_timer_arm(sim, service->pass_timer, sim_now(sim) + assumed_time(&service->assumptions, ASSUME_RECONCILE_S),
                      RANK_SCHEDULER);
    }
}

void service_set_desired(struct service *service, int desired_count, const char *by)
{
    struct record_desired record = { service, service->desired_count, desired_count, by };
    service->desired_count = desired_count;
    level_set(&service->books.desired, now_of(service), desired_count);
    service->deployments->desired_count = desired_count;
    deployment_share_scale_out(service, record.from);
    scaling_note_bounds(service);
    update_derived(service, now_of(service));
    if (service->running_count + service->pending_count <= desired_count) {
        service_set_blocked(service, false);   /* PROT-58, PROT-78 */
    }
    trace_emit(service->world->sim, RECORD_DESIRED, &record);
    restart_grid(service);
}

static void adopt_queues(struct service *service, const struct task_definition *definition)
{
    for (int i = 0; i < definition->queue_count; i++) {
        if (definition->queues[i]->consumer == NULL) {
            definition->queues[i]->consumer = service;
        }
    }
}

void service_deploy(struct service *service, const struct task_definition *definition)
{
    adopt_queues(service, definition);
    deployment_begin(service, definition)->asked_at = now_of(service);
    expectation_note_deployment(service);
    update_derived(service, now_of(service));
    restart_grid(service);
}

void service_set_strategy(struct service *service, const struct capacity_strategy *strategy)
{
    service->config.strategy = *strategy;
    restart_grid(service);
}

/* ---- its end ------------------------------------------------------------------------------------------------ */

const char *service_deletion_refusal(const struct service *service, bool force)
{
    bool has_tasks = service->running_count + service->pending_count > 0;
    if (force || seating_is_daemon(service)) {   /* nobody can scale a daemon to 0 */
        return NULL;
    }
    if (service->desired_count > 0) {
        return "The service cannot be stopped while it is scaled above 0.";
    }
    return has_tasks ? "The service cannot be stopped while deployments are active." : NULL;
}

static void leave_to_nobody(struct service *service)
{
    static const struct scalable_target_config suspended = { -1, -1, 1, 1, 1 };
    struct error ignored;
    if (service->target != NULL) {
        scaling_register_target(service, &suspended, &ignored);
    }
}

void service_delete(struct service *service, bool force)
{
    bool honours = assumed_on(&service->assumptions, ASSUME_INFRA_HONOURS_PROTECTION);
    leave_to_nobody(service);
    seating_remove_service(service);
    service->status = SERVICE_DRAINING;
    service_set_desired(service, 0, "delete_service");
    for (struct task *task = service->first; task != NULL && force; task = task->next) {
        if (!honours || !task->protection.enabled) {
            task_stop(task, CAUSE_STOP_TASK, "ServiceSchedulerInitiated", task->deployment->stop_reason);
        }
    }
    if (service->first == NULL) {
        become_inactive(service);
    }
}

/* ---- the service -------------------------------------------------------------------------------------------- */

const char *const service_status_names[] = { "ACTIVE", "DRAINING", "INACTIVE" };

static void adopt_target_groups(struct service *service)
{
    for (int i = 0; i < service->config.target_group_count; i++) {
        struct target_group *group = service->config.target_groups[i];
        if (group->service == NULL) {
            group->service = service;
        }
    }
}

/* What a service and the books of standalone tasks have in common. */
static struct service *add_service(struct world *world, const struct service_config *config,
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
    if (config->strategy.count == 0) {
        service->config.strategy = capacity_strategy_fargate;
    }
    service->assumptions = *assumptions;
    service->index = world->service_count;
    service->desired_count = config->desired_count;
    service->task_stream = arena_printf(world->arena, "tasks of %s", service->name);
    rng_init(&service->rng, world->sim, arena_printf(world->arena, "service %s", service->name), 0);
    service->pass_timer = sim_timer_create(world->sim, scheduler_pass, service);
    level_set(&service->books.desired, now_of(service), config->desired_count);
    service->books.protect_second = service->books.deploy_longest = -1;
    adopt_queues(service, config->definition);
    VEC_GROW(world->services, world->service_count, world->service_room);
    world->services[world->service_count++] = service;
    return service;
}

struct service *service_create(struct world *world, const struct service_config *config,
                               const struct assumptions *assumptions)
{
    struct service *service = add_service(world, config, assumptions);
    struct deployment *first = deployment_begin(service, config->definition);
    if (config->is_external) {
        first->rollout_state = ROLLOUT_COMPLETED;
        task_set_scale(first, 100 * 1000);
    }
    adopt_target_groups(service);
    restart_grid(service);
    return service;
}

struct service *service_create_standalone(struct world *world, const char *name, const struct task_definition *definition)
{
    const struct service_config config = {
        .name = name, .cluster = "default", .definition = definition, .zones = { "a", "b", "c" }, .zone_count = 3,
    };
    struct service *books = add_service(world, &config, &world->assumptions);
    books->is_standalone = true;
    return books;
}

static void restart_levels(struct service_books *books, sim_time now)
{
    struct level *const levels[] = {
        &books->running, &books->active, &books->desired, &books->ready, &books->protected_tasks, &books->busy_running,
        &books->busy_protected, &books->slots, &books->busy_slots, &books->held, &books->need, &books->under,
        &books->over, &books->short_of_need, &books->blocked, &books->overlap, &books->below_healthy,
        &books->at_min, &books->at_max,
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
    books->deploy_longest = -1;
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
    session_books_end_of_warm_up(&books->sessions, now_of(service));
}

void service_finish(struct service *service)
{
    notice_finish(service);
    free(service->books.accounts);
    tally_finish(&service->books.time_to_ready);
}
