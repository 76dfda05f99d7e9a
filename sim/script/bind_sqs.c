/* The module `sqs`, its queues, and the messages that they hand out. */
#include <string.h>

#include "base/check.h"
#include "model/request.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/control.h"
#include "script/handle.h"
#include "script/member.h"
#include "script/message.h"

/* ---- messages ----------------------------------------------------------------------------------------------- */

void message_push(lua_State *L, const struct attempt *attempt)
{
    handle_push(L, HANDLE_MESSAGE, attempt->slot, attempt->serial);
}

struct attempt *message_find(struct world *world, const void *handle)
{
    return attempt_find(world, handle_slot(handle), handle_serial(handle));
}

/* The attempt of argument `index`; NULL if it has ended. */
static struct attempt *check_message(lua_State *L, int index)
{
    luaL_argexpected(L, handle_is(L, index, HANDLE_MESSAGE), index, "message");
    return message_find(scenario_of(L)->world, lua_touserdata(L, index));
}

struct attempt *message_check_held(lua_State *L, int index, const struct task *task)
{
    struct attempt *attempt = check_message(L, index);
    luaL_argcheck(L, attempt, index, "the message has been deleted or handed back");
    luaL_argcheck(L, attempt->task == task, index, "another task holds the message");
    luaL_argcheck(L, !attempt->job.working, index, "another coroutine works on the message");
    return attempt;
}

/* The process that calls; the time of its call is added to its next wait (SQS-10). */
static struct process *calling_process(lua_State *L, const char *call)
{
    struct coroutine *coroutine = scenario_of(L)->running;
    if (!coroutine) {
        luaL_error(L, "%s can be called only while time runs", call);
    }
    return &coroutine->process;
}

static int message_delete(lua_State *L)
{
    struct attempt *attempt = check_message(L, 1);
    struct process *process = calling_process(L, "message:delete");
    if (attempt) {                /* SQS-07: a stale receipt succeeds without effect */
        attempt_delete(attempt, process);
    }
    return 0;
}

static int message_change_visibility(lua_State *L)
{
    struct attempt *attempt = check_message(L, 1);
    struct process *process = calling_process(L, "message:change_visibility");
    sim_time timeout = bind_check_time(L, 2);
    enum visibility_verdict verdict =
        attempt ? attempt_change_visibility(attempt, timeout, process) : VISIBILITY_NOT_IN_FLIGHT;
    switch (verdict) {
    case VISIBILITY_CHANGED:
        lua_pushboolean(L, 1);
        return 1;
    case VISIBILITY_NOT_IN_FLIGHT:
        lua_pushnil(L);
        lua_pushliteral(L, "MessageNotInflight");
        return 2;
    case VISIBILITY_INVALID:
        lua_pushnil(L);
        lua_pushliteral(L, "InvalidParameterValue");
        return 2;
    }
    return 0;
}

static int message_checkpoint(lua_State *L)
{
    struct attempt *attempt = check_message(L, 1);
    if (attempt) {
        attempt_checkpoint(attempt);
    }
    return 0;
}

/* Of a message or a request: all light handles share their methods. */
static struct job *check_job(lua_State *L)
{
    if (handle_is(L, 1, HANDLE_REQUEST)) {
        struct request *request = bind_request_find(L, 1);
        return request ? &request->job : NULL;
    }
    struct attempt *attempt = check_message(L, 1);
    return attempt ? &attempt->job : NULL;
}

static int handle_work_left(lua_State *L)
{
    struct job *job = check_job(L);
    if (job) {
        job_settle(job);
    }
    lua_pushnumber(L, job ? (double)job->left_ns / 1e9 : 0);
    return 1;
}

/* The message of argument 1; raises if it has gone. */
static const struct message *check_alive(lua_State *L)
{
    const struct attempt *attempt = check_message(L, 1);
    luaL_argcheck(L, attempt && attempt->message, 1, "the message has been deleted or handed back");
    return attempt->message;
}

static int message_receive_count(lua_State *L)
{
    lua_pushinteger(L, check_alive(L)->receive_count);
    return 1;
}

static int message_sent_timestamp(lua_State *L)
{
    lua_pushnumber(L, sim_seconds(check_alive(L)->sent_at));
    return 1;
}

static int handle_describe(lua_State *L)
{
    lua_pushstring(L, handle_is(L, 1, HANDLE_REQUEST) ? "request" : "message");
    return 1;
}

void bind_open_message(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "change_visibility", message_change_visibility },
        { "checkpoint", message_checkpoint },
        { "delete", message_delete },
        { "receive_count", message_receive_count },
        { "sent_timestamp", message_sent_timestamp },
        { "work_left", handle_work_left },
        { NULL, NULL },
    };
    lua_pushlightuserdata(L, NULL);                  /* all light userdata share one metatable */
    lua_newtable(L);
    luaL_newlib(L, methods);
    member_guard(L, "message", "field or method");
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, handle_describe);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "message");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

/* ---- queues ------------------------------------------------------------------------------------------------- */

static struct queue *check_queue(lua_State *L)
{
    return ((struct reference *)object_check(L, 1, OBJECT_QUEUE))->target;
}

static int call_send(lua_State *L)
{
    struct queue *queue = check_queue(L);
    double seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= 0 && seconds < 9e9, 2, "expected seconds of work, not below 0");
    queue_send(queue, sim_from_seconds(seconds), lua_isnoneornil(L, 3) ? -1 : bind_check_time(L, 3));
    return 0;
}

static int deliver_message(struct coroutine *coroutine)
{
    coroutine->container->receiving--;
    if (coroutine->process.attempt) {
        message_push(coroutine->thread, coroutine->process.attempt);
    } else {
        lua_pushnil(coroutine->thread);
    }
    return 1;
}

static bool is_handed(const struct task_definition *definition, const struct queue *queue)
{
    for (int i = 0; i < definition->queue_count; i++) {
        if (definition->queues[i] == queue) {
            return true;
        }
    }
    return false;
}

/* Slots that are taken or asked for. A message on its way back to a coroutine is both, and one slot. */
static int slots_spoken_for(const struct container *container)
{
    int spoken_for = container->task->attempt_count + container->receiving;
    for (const struct coroutine *coroutine = container->first; coroutine; coroutine = coroutine->next) {
        spoken_for -= coroutine->deliver == deliver_message && coroutine->process.attempt;
    }
    return spoken_for;
}

static int call_receive(lua_State *L)
{
    struct queue *queue = check_queue(L);
    const struct scenario *scenario = scenario_of(L);
    if (!scenario->running || !scenario->running->container) {
        return luaL_error(L, "queue:receive works only in a container: in the app of a service that is handed the queue");
    }
    struct coroutine *coroutine = coroutine_about_to_wait(L, "queue:receive");
    struct container *container = coroutine->container;
    const struct task_definition *definition = container->task->definition;
    if (!is_handed(definition, queue)) {
        return luaL_error(L, "queue:receive: the container definition of %s does not name queue '%s' in 'queues'",
                          definition->name, queue->config.name);
    }
    if (container->task->attempt_count + container->receiving >= definition->slots &&
        slots_spoken_for(container) >= definition->slots) {
        return luaL_error(L, "queue:receive: all slots of the task are taken; a program that takes more messages at once "
                             "needs slots = %d or more in its container definition", definition->slots + 1);
    }
    container->receiving++;
    coroutine->deliver = deliver_message;
    queue_receive(queue, &coroutine->process);
    return lua_yield(L, 0);
}

/* What GetQueueAttributes says, at the instant when the call reaches SQS. */
static int answer_attributes(lua_State *L, struct control_call *call)
{
    const struct queue *queue = call->subject;
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, queue->visible);
    lua_setfield(L, -2, "approximate_number_of_messages");
    lua_pushinteger(L, queue->in_flight);
    lua_setfield(L, -2, "approximate_number_of_messages_not_visible");
    lua_pushinteger(L, queue->delayed);
    lua_setfield(L, -2, "approximate_number_of_messages_delayed");
    return 1;
}

static int queue_get_attributes(lua_State *L)
{
    struct queue *queue = check_queue(L);
    struct control_call *call = control_begin(L, "queue:get_attributes", sizeof *call, answer_attributes);
    call->subject = queue;
    queue->books.requests++;      /* billed like any other request (COST-11) */
    return control_wait(L, call, ASSUME_SQS_CALL_MS);
}

static int queue_describe(lua_State *L)
{
    lua_pushfstring(L, "queue %s", ((struct reference *)object_check(L, 1, OBJECT_QUEUE))->name);
    return 1;
}

void bind_open_queue(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "get_attributes", queue_get_attributes },
        { "receive", call_receive },
        { "send", call_send },
        { NULL, NULL },
    };
    luaL_newlib(L, methods);
    object_open_kind(L, OBJECT_QUEUE, NULL, queue_describe);
}

/* ---- the module --------------------------------------------------------------------------------------------- */

struct create_queue {
    const char *queue_name;
    double visibility_timeout, wait_time, delay, retention;          /* s */
    struct assumptions *assumptions;                 /* NULL: the run's */
};

static const struct field create_queue_fields[] = {
    { .name = "queue_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct create_queue, queue_name) },
    { .name = "visibility_timeout", .type = FIELD_TIME, .offset = offsetof(struct create_queue, visibility_timeout),
      .least = 0, .most = 43200 },
    { .name = "receive_message_wait_time_seconds", .type = FIELD_TIME,
      .offset = offsetof(struct create_queue, wait_time), .least = 0, .most = 20 },
    { .name = "delay_seconds", .type = FIELD_TIME, .offset = offsetof(struct create_queue, delay), .least = 0,
      .most = 900 },
    { .name = "message_retention_period", .type = FIELD_TIME, .offset = offsetof(struct create_queue, retention),
      .least = 60, .most = 1209600 },
    { .name = "redrive_policy", .type = FIELD_LATER },
    { .name = "assume", .type = FIELD_CUSTOM, .read = bind_read_assume,
      .offset = offsetof(struct create_queue, assumptions) },
    { .name = "fifo_queue", .type = FIELD_FIXED, .choices = (const char *const[]){ "false", NULL } },
    { .name = "kms_master_key_id", .type = FIELD_WITHOUT_EFFECT },
    { .name = "maximum_message_size", .type = FIELD_WITHOUT_EFFECT },
    { .name = "sqs_managed_sse_enabled", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int sqs_create_queue(lua_State *L)
{
    static const struct path path = { .name = "create_queue" };
    bind_check_building(L, "sqs.create_queue");
    /* SQS-01 SQS-03 SQS-05 */
    struct create_queue request = { .visibility_timeout = 30, .retention = 345600 };
    fields_read_argument(L, path.name, create_queue_fields, &request);
    struct world *world = scenario_of(L)->world;
    const char *suffix = strrchr(request.queue_name, '.');
    if (suffix && strcmp(suffix, ".fifo") == 0) {
        fields_error(L, &path, "'%s': FIFO queues are not modelled yet", request.queue_name);
    }
    if (world_find_queue(world, request.queue_name)) {
        fields_error(L, &path, "there is already a queue '%s'", request.queue_name);
    }
    const struct queue_config config = {
        .name = request.queue_name,
        .visibility_timeout = sim_from_seconds(request.visibility_timeout),
        .wait_time = sim_from_seconds(request.wait_time),
        .delay = sim_from_seconds(request.delay),
        .retention = sim_from_seconds(request.retention),
    };
    struct queue *queue = queue_create(world, &config, request.assumptions ? request.assumptions : &world->assumptions);
    bind_push_reference(L, OBJECT_QUEUE, queue, queue->config.name);
    return 1;
}

int bind_open_sqs(lua_State *L)
{
    static const luaL_Reg functions[] = { { "create_queue", sqs_create_queue }, { NULL, NULL } };
    luaL_newlib(L, functions);
    return 1;
}
