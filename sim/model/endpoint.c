#include "model/endpoint.h"

#include "model/disruption.h"
#include "model/record.h"
#include "model/service.h"
#include "model/standalone.h"
#include "model/task.h"
#include "model/world.h"

/* The answer to one request at ECS, whose account's token is taken first (PROT-14, PROT-27). */
static enum protection_verdict ask_ecs(struct endpoint_call *call)
{
    struct task *task = call->process->task;
    if (!endpoint_take_token(task->world, call->operation == ENDPOINT_GET)) {
        return PROTECTION_THROTTLED;
    }
    if (call->operation == ENDPOINT_GET) {
        return task_is_standalone(task) ? PROTECTION_TASK_NOT_VALID : PROTECTION_GRANTED;
    }
    return task_protection_apply(task, call->operation == ENDPOINT_PUT_TRUE, call->minutes);
}

static void answer(struct endpoint_call *call, enum protection_verdict verdict)
{
    const struct task *task = call->process->task;
    call->verdict = verdict;
    call->enabled = protection_in_force(&task->protection, sim_now(task->world->sim));
    call->expires_at = task->protection.expires_at;
    endpoint_note(task->world, call->process->task, ROAD_ENDPOINT, call->operation, call->minutes, verdict);
}

static void on_reach_ecs(struct sim *sim, void *self);

static void on_retry(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct endpoint_call *call = process->wait_object;
    process_call(process, call->round_trip, on_reach_ecs);
}

/* PROT-24: the agent's SDK tries three times, and waits up to 1 s, then up to 2 s in between; each try takes a token. That
 * ends before the agent's own deadline of 4 s. */
enum { SDK_ATTEMPTS = 3 };

static void retry_later(struct endpoint_call *call)
{
    double longest = (double)(1 << (call->attempts - 1));
    double wait = longest * rng_uniform(&call->process->task->rng);
    process_wait(call->process, sim_from_seconds(wait), RANK_LAPSE, on_retry);
}

static void on_reach_ecs(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct endpoint_call *call = process->wait_object;
    enum protection_verdict verdict = ask_ecs(call);
    if (verdict == PROTECTION_THROTTLED && ++call->attempts < SDK_ATTEMPTS) {
        retry_later(call);
    } else {
        answer(call, verdict);
    }
}

static void on_reach_ecs_failing(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    answer(process->wait_object, PROTECTION_SERVER_ERROR);
}

/* PROT-94: ECS got the request, its answer is lost; the caller hears of it when the deadline has passed. */
static void on_reach_ecs_unheard(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct endpoint_call *call = process->wait_object;
    ask_ecs(call);
    answer(call, PROTECTION_TIMED_OUT);
}

static void on_lost_on_the_way(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    answer(process->wait_object, PROTECTION_TIMED_OUT);
}

void endpoint_call(struct endpoint_call *call)
{
    struct process *process = call->process;
    struct task *task = process->task;
    struct world *world = task->world;
    const struct assumptions *assumptions = &task->service->assumptions;
    /* Every call draws the same numbers, so that injecting faults shifts no other draw. */
    sim_time round_trip = assumed_draw(assumptions, ASSUME_PROTECT_LATENCY_MS, &task->rng);
    call->round_trip = round_trip;
    call->attempts = 0;
    double timeout = rng_uniform(&task->rng), applied = rng_uniform(&task->rng), error = rng_uniform(&task->rng);
    process->wait_object = call;
    if (!token_bucket_take(&task->endpoint_bucket, sim_now(world->sim))) {
        answer(call, PROTECTION_TOO_MANY_REQUESTS);
        process_sleep(process, round_trip);
    } else if (timeout < assumed_number(assumptions, ASSUME_PROTECT_TIMEOUT_P)) {
        bool arrives = applied < assumed_number(assumptions, ASSUME_TIMEOUT_APPLIED_P);
        process_call(process, assumed_time(assumptions, ASSUME_PROTECT_TIMEOUT_S),
                     arrives ? on_reach_ecs_unheard : on_lost_on_the_way);
    } else if (error < assumed_number(assumptions, ASSUME_PROTECT_ERROR_P)) {
        process_call(process, round_trip, on_reach_ecs_failing);
    } else {
        process_call(process, round_trip, on_reach_ecs);
    }
}

enum protection_verdict endpoint_update_task(struct world *world, struct task *task, bool enable, double minutes)
{
    enum endpoint_operation operation = enable ? ENDPOINT_PUT_TRUE : ENDPOINT_PUT_FALSE;
    enum protection_verdict verdict =
        task != NULL ? task_protection_apply(task, enable, minutes) : PROTECTION_MISSING;
    if (task != NULL) {
        endpoint_note(world, task, ROAD_API, operation, minutes, verdict);
    }
    return verdict;
}

bool endpoint_take_token(struct world *world, bool read)
{
    if (disruption_throttles(world)) {
        return false;
    }
    bool own_bucket = read && !assumed_on(&world->assumptions, ASSUME_PROTECTION_BUCKET_SHARED);
    return token_bucket_take(own_bucket ? &world->protection_read_bucket : &world->protection_bucket,
                             sim_now(world->sim));
}

/* `this_second` counts calls in the second `second`; `peak` is the most of any. */
static void count_per_second(sim_time now, sim_time *second, uint64_t *this_second, uint64_t *peak)
{
    if (now / SIM_SECOND != *second) {
        *second = now / SIM_SECOND;
        *this_second = 0;
    }
    if (++*this_second > *peak) {
        *peak = *this_second;
    }
}

void endpoint_note(struct world *world, struct task *task, enum protection_road road, enum endpoint_operation operation,
                   double minutes, enum protection_verdict verdict)
{
    if (world->in_window) {
        struct service_books *books = &task->service->books;
        books->protect_calls[road]++;
        count_per_second(sim_now(world->sim), &books->protect_second, &books->protect_this_second,
                         &books->protect_peak);
        count_per_second(sim_now(world->sim), &world->protect_second, &world->protect_this_second,
                         &world->protect_peak);
        switch (verdict) {
        case PROTECTION_GRANTED:
            break;
        case PROTECTION_THROTTLED:
        case PROTECTION_TOO_MANY_REQUESTS:
            books->protect_throttled++;
            break;
        case PROTECTION_DEPLOYMENT_BLOCKED:
            books->protect_rejected++;
            break;
        case PROTECTION_TASK_NOT_VALID:
        case PROTECTION_MISSING:
        case PROTECTION_INVALID_PARAMETER:
        case PROTECTION_TIMED_OUT:
        case PROTECTION_SERVER_ERROR:
        case PROTECTION_VERDICT_COUNT:
            books->protect_failed++;
            break;
        }
    }
    trace_emit(world->sim, RECORD_PROTECTION, &(struct record_protection){ task, road, operation, minutes, verdict });
}
