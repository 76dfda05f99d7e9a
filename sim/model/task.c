#include "model/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/aggregate.h"
#include "model/audit.h"
#include "model/disruption.h"
#include "model/instance.h"
#include "model/launch.h"
#include "model/record.h"
#include "model/request.h"
#include "model/seating.h"
#include "model/session.h"
#include "model/standalone.h"
#include "model/world.h"

const char *const task_status_names[] = {
    [TASK_PROVISIONING] = "PROVISIONING",     [TASK_PENDING] = "PENDING",
    [TASK_ACTIVATING] = "ACTIVATING",         [TASK_RUNNING] = "RUNNING",
    [TASK_DEACTIVATING] = "DEACTIVATING",     [TASK_STOPPING] = "STOPPING",
    [TASK_DEPROVISIONING] = "DEPROVISIONING", [TASK_STOPPED] = "STOPPED",
};

const char *const task_state_names[STATE_COUNT] = {
    [STATE_DRAINING] = "draining", [STATE_PENDING] = "pending",
    [STATE_PROTECTED_BUSY] = "protected_busy", [STATE_BUSY] = "busy",
    [STATE_PROTECTED_IDLE] = "protected_idle", [STATE_IDLE] = "idle",
};

enum { EXIT_SIGKILL = 137, EXIT_SIGTERM = 143 };

static void on_next_step(struct sim *sim, void *self);
static void on_stop_timeout(struct sim *sim, void *self);

static const struct assumptions *assumptions_of(const struct task *task)
{
    return &task->service->assumptions;
}

static void tell(struct task *task, const char *what)
{
    trace_emit(task->world->sim, RECORD_TASK_STATUS, &(struct record_task_status){ task, what });
}

const char *task_zone_name(const struct task *task)
{
    return task->waits ? "" : task->service->config.zones[task->zone];
}

bool task_is_active(const struct task *task)
{
    return !task->stop_decided && !task->ended;
}

int task_slots_taken(const struct task *task)
{
    return task->attempt_count + task->sessions;
}

bool task_is_busy(const struct task *task)
{
    return task_slots_taken(task) > 0;
}

static void add_job(struct task_load *load, struct job *job, int64_t saved_ns, sim_time stop_timeout)
{
    job_settle(job);
    load->left_ns += job->left_ns;
    load->at_stake_ns += job->left_ns > stop_timeout ? job->done_ns - saved_ns : 0;
}

struct task_load task_load_now(struct task *task)
{
    struct task_load load = { 0 };
    sim_time stop_timeout = sim_from_seconds(task->definition->stop_timeout_s);
    for (struct attempt *attempt = task->attempts; attempt != NULL; attempt = attempt->next_in_task) {
        add_job(&load, &attempt->job, attempt->saved_ns, stop_timeout);
    }
    for (struct request *request = task->serving.served.first; request != NULL; request = request->next) {
        add_job(&load, &request->job, 0, stop_timeout);
    }
    return load;
}

bool task_is_in_service(const struct task *task)
{
    bool needs_target = task->service->config.target_group_count > 0;
    return task->ready && (!needs_target || balancer_health(task) == HEALTH_HEALTHY);
}

/* ---- books -------------------------------------------------------------------------------------------------- */

void task_charge(struct task *task, enum cost_part part, wide slot_ns)
{
    task->shares.slot_ns[part] += slot_ns;
    if (slot_ns != 0) {           /* a task that waits for an instance has no account yet */
        task->service->books.accounts[task->account].shares.slot_ns[part] += slot_ns;
    }
}

static bool is_on_ec2(const struct task *task)
{
    return task->capacity == CAPACITY_EC2;
}

/* COST-04 is about Fargate: on an instance a task has its share of the bill as long as it takes room. */
bool task_bills_until_stopped(const struct task *task)
{
    return !is_on_ec2(task) && assumed_choice(assumptions_of(task), ASSUME_BILL_END) == BILL_STOPPED;
}

static bool is_billed(const struct task *task)
{
    return task->pull_started_at >= 0 &&
           (task->execution_stopped_at < 0 || (task->stopped_at < 0 && task_bills_until_stopped(task)));
}

static enum windows_prices windows_prices_of(const struct task *task)
{
    bool by_page = assumed_choice(assumptions_of(task), ASSUME_WINDOWS_PRICE) == WINDOWS_PRICE_PAGE;
    return !task->definition->windows ? NOT_WINDOWS : by_page ? WINDOWS_BY_PAGE : WINDOWS_BY_PRICE_LIST;
}

struct cost_size task_cost_size(const struct task *task)
{
    const struct task_definition *definition = task->definition;
    return (struct cost_size){
        .cpu_units = definition->cpu_units, .memory_mib = definition->memory_mib,
        .ephemeral_storage_gib = definition->ephemeral_storage_gib,
        .arm = definition->architecture == ARCHITECTURE_ARM64, .spot = task->capacity == CAPACITY_FARGATE_SPOT,
        .slots = definition->slots, .windows = windows_prices_of(task),
        .instance_type = task->instance != NULL ? (int)(task->instance->type - instance_types) + 1 : 0,
    };
}

static enum cost_part part_of_free_slot(const struct task *task)
{
    if (!task_is_active(task)) {
        return COST_STOPPING;
    }
    if (!task->been_ready) {
        return COST_STARTUP;
    }
    return task->protection.enabled && !task_is_busy(task) ? COST_PROTECTED_IDLE : COST_IDLE;
}

/* Outputs.md section 1: the first state that fits. */
static enum task_state state_of(const struct task *task)
{
    bool busy = task_is_busy(task);
    if (!task_is_active(task)) {
        return STATE_DRAINING;
    }
    if (!task->been_ready && !busy) {
        return STATE_PENDING;
    }
    if (busy) {
        return task->protection.enabled ? STATE_PROTECTED_BUSY : STATE_BUSY;
    }
    return task->protection.enabled ? STATE_PROTECTED_IDLE : STATE_IDLE;
}

/* Book the time since the last change by what was true until now. */
static void close_interval(struct task *task, sim_time now)
{
    task_charge(task, task->idle_part, (wide)task->idle_slots * (now - task->charged_until));
    task_charge(task, COST_USEFUL, (wide)task->session_slots * (now - task->charged_until));
    task->charged_until = now;
    task->state_ns[task->state] += now - task->state_since;
    task->state_since = now;
}

void task_changed(struct task *task)
{
    close_interval(task, sim_now(task->world->sim));
    task->been_ready = task->been_ready || task_is_in_service(task);
    task->session_slots = is_billed(task) ? task->sessions : 0;
    task->idle_slots = is_billed(task) ? task->definition->slots - task_slots_taken(task) : 0;
    task->idle_part = part_of_free_slot(task);
    task->state = state_of(task);
    service_task_changed(task->service, task);
    if (is_on_ec2(task)) {
        seating_task_changed(task);
    }
}

/* An instance is billed whole: what rounding adds there is no task's. */
sim_time task_billable(const struct task *task, sim_time end)
{
    return is_on_ec2(task) && task->pull_started_at >= 0 ? end - task->pull_started_at
                                                         : cost_billable(task->pull_started_at, end, task->definition->windows);
}

/* COST-01: whole seconds and at least a minute; what that adds to the time used is start-up. */
static void charge_rounding(struct task *task, sim_time end)
{
    if (task->pull_started_at < 0) {
        return;
    }
    sim_time used = end - task->pull_started_at;
    sim_time billable = task_billable(task, end);
    task_charge(task, COST_STARTUP, (wide)(billable - used) * task->definition->slots);
    wide booked = 0;
    for (int part = 0; part < COST_PARTS; part++) {
        booked += task->shares.slot_ns[part];
    }
    CHECK(booked == (wide)billable * task->definition->slots);   /* outputs.md section 7: each second once */
    task->world->stopped_slot_ns += booked;
    if (is_on_ec2(task)) {
        task->world->ec2->taken_ns += instance_weight(task->definition->cpu_units, task->definition->memory_mib) * (wide)used;
    }
}

/* ---- the container ------------------------------------------------------------------------------------------ */

static void start_program(struct task *task)
{
    task->ready = true;
    task->ready_at = sim_now(task->world->sim);
    tell(task, "ready");
    health_answer_changed(task);
    task_changed(task);
    if (task->definition->app != NULL) {
        task->definition->app->start(task->definition->app, task);
    }
}

static void finish_processes(struct task *task)
{
    while (!process_list_is_empty(&task->processes)) {
        process_finish(process_of_mates(task->processes.next));
    }
}

static void schedule_step(struct task *task, sim_time delay)
{
    sim_timer_arm(task->world->sim, task->timer, sim_now(task->world->sim) + delay, RANK_LAPSE);
}

/* The container is gone: what ran in it is cut; ECS learns of it after the report delay (SCHED-19). */
static void end_container(struct task *task, int exit_code, const char *how)
{
    bool was_running =
        task->status == TASK_RUNNING || task->status == TASK_DEACTIVATING || task->status == TASK_STOPPING;
    task->ended = true;
    task->exit_code = exit_code;
    sim_timer_cancel(task->world->sim, task->timer);
    sim_timer_cancel(task->world->sim, task->stop_timer);
    disruption_forget(task);
    queue_cut_attempts(task, task->cause);
    requests_end(task);
    sessions_end(task);
    balancer_forget(task);
    health_end(task);
    finish_processes(task);
    if (task->definition->app != NULL && task->definition->app->end != NULL && task->ready) {
        task->definition->app->end(task->definition->app, task);
    }
    task_protection_end(task);
    tell(task, how);
    task->status = was_running ? TASK_STOPPING : TASK_DEPROVISIONING;
    schedule_step(task, was_running && !is_on_ec2(task) ? assumed_time(assumptions_of(task), ASSUME_STOP_REPORT_S) : 0);
    task_changed(task);
}

/* Why it stops, once and for all. */
static void note_stop(struct task *task, enum cause cause, const char *stop_code, const char *reason)
{
    task->cause = cause;
    task->stop_code = stop_code;
    task->stopped_reason = reason;
    task->stopping_at = sim_now(task->world->sim);
    task->service->books.stops[cause]++;
    task->service->books.busy_stops[cause] += task_is_busy(task);
}

void task_exit(struct task *task, int code)
{
    if (task->ended) {
        return;
    }
    if (!task->stop_decided) {
        note_stop(task, code == 0 ? CAUSE_EXIT : CAUSE_CRASH, "EssentialContainerExited",
                  "Essential container in task exited");
    }
    end_container(task, code, "exit");
}

void task_fail_to_start(struct task *task, const char *reason)
{
    CHECK(task->started_at < 0 && task_is_active(task));
    note_stop(task, CAUSE_CRASH, "TaskFailedToStart", reason);
    end_container(task, 0, "failed_to_start");
    launch_task_failed(task);
}

static void on_stop_timeout(struct sim *sim, void *self)
{
    (void)sim;
    end_container(self, EXIT_SIGKILL, "sigkill");
}

/* CAP-05: a reclaimed host goes two minutes after its warning, whatever the container asks for. */
static sim_time stop_timeout(const struct task *task)
{
    enum { SPOT_WARNING_S = 120 };
    int timeout_s = task->definition->stop_timeout_s;
    bool is_capped = task->cause == CAUSE_SPOT && timeout_s > SPOT_WARNING_S;
    return (is_capped ? SPOT_WARNING_S : timeout_s) * SIM_SECOND;
}

static void send_sigterm(struct task *task)
{
    struct sim *sim = task->world->sim;
    task->status = TASK_STOPPING;
    task->stopping = true;
    task->sigterm_at = sim_now(sim);
    tell(task, "sigterm");
    if (!task->ready) {
        end_container(task, EXIT_SIGTERM, "exit");
        return;
    }
    sim_timer_arm(sim, task->stop_timer, sim_now(sim) + stop_timeout(task), RANK_LAPSE);
    task_changed(task);
    if (task->definition->app != NULL && task->definition->app->sigterm != NULL) {
        task->definition->app->sigterm(task->definition->app, task);
    }
    if (!task->ended) {
        requests_sigterm(task);
    }
}

/* SCHED-06, SCHED-07. Without targets there is nothing to wait for; an operator's StopTask was seen not to wait (SCHED-11),
 * and a Spot interruption leaves no time for it (SCHED-12). */
static bool waits_for_deregistration(const struct task *task, enum cause cause)
{
    return task->targets != NULL && cause != CAUSE_STOP_TASK && cause != CAUSE_SPOT;
}

static void stop_running(struct task *task, enum cause cause)
{
    if (waits_for_deregistration(task, cause)) {
        task->status = TASK_DEACTIVATING;
        sim_timer_cancel(task->world->sim, task->timer);   /* a start-up stops here: nobody would see the rest of it */
        task_changed(task);
    } else {
        balancer_deregister(task);
        send_sigterm(task);
    }
}

static void decide_stop(struct task *task, enum cause cause, const char *stop_code, const char *reason)
{
    audit_stop(task, cause);
    aggregate_settle_task(task);  /* as long as its time is what it was */
    task->stop_decided = true;
    note_stop(task, cause, stop_code, reason);
    tell(task, "stop_decided");
}

void task_stop(struct task *task, enum cause cause, const char *stop_code, const char *reason)
{
    if (task->stop_decided || task->ended) {
        return;
    }
    decide_stop(task, cause, stop_code, reason);
    if (task->status == TASK_RUNNING) {
        stop_running(task, cause);
    } else {
        end_container(task, 0, "exit");
    }
}

void task_lose(struct task *task, enum cause cause, const char *stop_code, const char *reason)
{
    if (task->ended) {
        return;
    }
    if (!task->stop_decided) {
        decide_stop(task, cause, stop_code, reason);
    }
    end_container(task, EXIT_SIGKILL, "lost");
}

void task_deregister(struct task *task)
{
    balancer_deregister(task);
    task->deregistered = true;
    tell(task, "deregistered");
    schedule_step(task, balancer_deregistration_delay(task));
}

/* ---- life --------------------------------------------------------------------------------------------------- */

/* 32 hexadecimal digits as in ECS's texts; the same for the same seed. */
static void make_id(struct task *task)
{
    struct rng ids;
    rng_init(&ids, task->world->sim, "task id", task->serial);
    uint64_t high = rng_next(&ids), low = rng_next(&ids);
    snprintf(task->id, sizeof task->id, "%016" PRIx64 "%016" PRIx64, high, low);
}

/* From a stream of its own: what else the task draws stays as it is. */
static bool draw_pull_error(const struct task *task, const char *stream)
{
    struct rng pulls;
    rng_init(&pulls, task->world->sim, stream, ~task->index);
    return task->definition->pull_error_p > 0 && rng_uniform(&pulls) < task->definition->pull_error_p;
}

struct task *task_create(struct service *service, struct deployment *deployment, const struct task_definition *definition,
                         int zone, enum capacity capacity)
{
    struct world *world = service->world;
    struct sim *sim = world->sim;
    struct task *task = pool_take(world->tasks_pool);
    *task = (struct task){
        .world = world, .service = service, .deployment = deployment, .definition = definition, .zone = zone, .capacity = capacity,
        .serial = ++world->task_serial,
        .status = TASK_PROVISIONING, .state = STATE_PENDING, .idle_part = COST_STARTUP,
        .created_at = sim_now(sim), .pull_started_at = -1, .started_at = -1, .ready_at = -1, .stopping_at = -1,
        .sigterm_at = -1, .execution_stopped_at = -1, .stopped_at = -1,
        .charged_until = sim_now(sim), .state_since = sim_now(sim),
    };
    slot_table_add(&world->tasks, task, &task->slot, &task->handle);
    make_id(task);
    process_list_init(&task->processes);
    task->index = service->tasks_started++;
    rng_init(&task->rng, sim, service->task_stream, task->index);
    task->pull_fails = draw_pull_error(task, service->task_stream);
    world->fargate.cpu_units[capacity] += definition->cpu_units;
    task->timer = sim_timer_create(sim, on_next_step, task);
    task->stop_timer = sim_timer_create(sim, on_stop_timeout, task);
    task_work_init(task);
    task_protection_init(task);
    token_bucket_init(&task->endpoint_bucket, (int64_t)assumed_number(assumptions_of(task), ASSUME_ENDPOINT_BURST),
                      (int64_t)assumed_number(assumptions_of(task), ASSUME_ENDPOINT_RPS));
    if (!is_on_ec2(task)) {
        schedule_step(task, assumed_draw(assumptions_of(task), ASSUME_CREATED_TO_PULL_S, &task->rng));
    }
    return task;
}

static sim_time draw_pull(struct task *task)
{
    sim_time assumed = assumed_draw(assumptions_of(task), ASSUME_PULL_S, &task->rng);
    sim_time pull = task->definition->has_pull ? dist_draw(&task->definition->pull, &task->rng) : assumed;
    return task->pull_fails ? assumed_time(assumptions_of(task), ASSUME_PULL_ERROR_S) : pull;
}

static void begin_pull(struct task *task, sim_time now)
{
    task->status = TASK_ACTIVATING;
    task->pull_started_at = now;
    tell(task, "pull");
    task_changed(task);
}

static void start_pull(struct task *task, sim_time now)
{
    begin_pull(task, now);
    schedule_step(task, draw_pull(task));
}

void task_seated(struct task *task)
{
    task->status = TASK_PENDING;
    task->account = launch_find_account(task);
    trace_emit(task->world->sim, RECORD_PLACEMENT, task);
    task_changed(task);
}

void task_start_on_instance(struct task *task, bool cached)
{
    begin_pull(task, sim_now(task->world->sim));
    sim_time pull = draw_pull(task);
    sim_time start = assumed_draw(assumptions_of(task), ASSUME_EC2_TASK_START_S, &task->rng);
    schedule_step(task, cached && !task->pull_fails ? start : start + pull);
}

static void start_container(struct task *task, sim_time now)
{
    task->status = TASK_RUNNING;
    task->started_at = now;
    task_work_start_clock(task, now);
    tell(task, "running");
    health_begin(task);
    disruption_expose(task);
    if (task->deployment != NULL) {
        deployment_task_running(task->deployment);
    }
    sim_time startup = dist_draw(&task->definition->startup, &task->rng);
    if (startup > 0) {
        schedule_step(task, startup);
        task_changed(task);
    } else {
        start_program(task);
    }
}

static void stop_billing(struct task *task, sim_time now)
{
    task->execution_stopped_at = now;
    task->status = TASK_DEPROVISIONING;
    task_changed(task);
    if (!task_bills_until_stopped(task)) {
        charge_rounding(task, now);
    }
    tell(task, "execution_stopped");
    bool has_interface = !is_on_ec2(task) || (task->instance != NULL && task->definition->interfaces > 0);
    schedule_step(task, has_interface ? assumed_time(assumptions_of(task), ASSUME_ENI_DETACH_S) : 0);
}

static void destroy(struct task *task)
{
    struct world *world = task->world;
    sim_timer_destroy(world->sim, task->timer);
    sim_timer_destroy(world->sim, task->stop_timer);
    task_work_finish(task);
    world->fargate.cpu_units[task->capacity] -= task->definition->cpu_units;
    slot_table_remove(&world->tasks, task->slot);
    world->tasks_stopped++;
    pool_give(world->tasks_pool, task);
}

static void reach_stopped(struct task *task, sim_time now)
{
    task->stopped_at = now;
    task->status = TASK_STOPPED;
    task_changed(task);
    if (task_bills_until_stopped(task)) {
        charge_rounding(task, now);
    }
    audit_task(task, now);
    tell(task, "stopped");
    trace_emit(task->world->sim, RECORD_TASK_END, task);
    service_task_gone(task->service, task);
    if (task->instance != NULL) {
        instance_task_gone(task);
    }
    destroy(task);
}

static void on_next_step(struct sim *sim, void *self)
{
    struct task *task = self;
    sim_time now = sim_now(sim);
    if (task->ended) {
        if (task->execution_stopped_at < 0) {
            stop_billing(task, now);
        } else {
            reach_stopped(task, now);
        }
    } else if (task->status == TASK_DEACTIVATING) {
        send_sigterm(task);
    } else if (task->pull_started_at < 0) {
        start_pull(task, now);
    } else if (task->started_at < 0 && task->pull_fails) {
        task_fail_to_start(task, "CannotPullContainerError: failed to resolve ref: not found");
    } else if (task->started_at < 0) {
        start_container(task, now);
    } else {
        start_program(task);
    }
}

/* OOM: memory above the task's own ends the container (lua-api.md section 4). */
static void on_out_of_memory(struct sim *sim, void *self)
{
    (void)sim;
    struct task *task = self;
    if (task->ended || task_memory_percent(task) <= 100) {
        return;
    }
    if (!task->service->out_of_memory_warned) {
        task->service->out_of_memory_warned = true;
        world_warn(task->world, task->service->name,
                   "a task ran out of memory: %d %s take %g %% of it; it was killed with code 137%s",
                   task_slots_taken(task), task->sessions > 0 ? "jobs and sessions" : "jobs",
                   task_memory_percent(task),
                   task_is_standalone(task) ? "" : " and will be replaced");
    }
    task_exit(task, EXIT_SIGKILL);
}

static void slots_changed(struct task *task, bool takes_memory)
{
    task_changed(task);
    if (takes_memory && task_memory_percent(task) > 100) {
        sim_wake(task->world->sim, on_out_of_memory, task);
    }
}

void task_attempts_changed(struct task *task, int change)
{
    task->attempt_count += change;
    slots_changed(task, change > 0);
}

void task_sessions_changed(struct task *task, int change)
{
    task->sessions += change;
    task_work_session(task, change);
    slots_changed(task, change > 0);
}

double task_memory_percent(const struct task *task)
{
    double idle = task->definition->idle_memory_percent;
    if (idle < 0) {
        idle = assumed_number(assumptions_of(task), ASSUME_IDLE_MEMORY_PERCENT);
    }
    return idle + task->definition->memory_percent * task_slots_taken(task);
}

void task_flush_books(struct task *task)
{
    close_interval(task, sim_now(task->world->sim));
}

void task_close_books(struct task *task)
{
    sim_time now = sim_now(task->world->sim);
    for (struct attempt *attempt = task->attempts; attempt != NULL; attempt = attempt->next_in_task) {
        attempt_charge_in_progress(attempt);
    }
    requests_charge_in_progress(task);
    close_interval(task, now);
    if (task->protection.enabled) {
        task->protection.protected_ns += now - task->protection.granted_at;
        task->protection.granted_at = now;
    }
}
