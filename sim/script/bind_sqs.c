/* The module `sqs`, which makes queues (their methods: bind_queue.c), and the messages that they hand out. */
#include <string.h>

#include "model/request.h"
#include "script/bind.h"
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

struct attempt *message_check(lua_State *L, int index)
{
    handle_check(L, index, HANDLE_MESSAGE, "message");
    return message_find(scenario_of(L)->world, lua_touserdata(L, index));
}

struct attempt *message_check_held(lua_State *L, int index, const struct task *task)
{
    struct attempt *attempt = message_check(L, index);
    luaL_argcheck(L, attempt, index, "the message has been deleted or handed back");
    luaL_argcheck(L, attempt->task == task, index, "another task holds the message");
    luaL_argcheck(L, !attempt->job.working, index, "another coroutine works on the message");
    return attempt;
}

struct process *message_calling_process(lua_State *L, const char *call)
{
    struct coroutine *coroutine = scenario_of(L)->running;
    if (!coroutine) {
        luaL_error(L, "%s can be called only while time runs", call);
    }
    return &coroutine->process;
}

static int message_delete(lua_State *L)
{
    struct attempt *attempt = message_check(L, 1);
    struct process *process = message_calling_process(L, "message:delete");
    if (attempt) {                /* SQS-07: a stale receipt succeeds without effect */
        attempt_delete(attempt, process);
    }
    return 0;
}

static int message_change_visibility(lua_State *L)
{
    struct attempt *attempt = message_check(L, 1);
    struct process *process = message_calling_process(L, "message:change_visibility");
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

static int message_abandon(lua_State *L)
{
    struct attempt *attempt = message_check(L, 1);
    if (attempt) {
        attempt_abandon(attempt);
    }
    return 0;
}

static int message_checkpoint(lua_State *L)
{
    struct attempt *attempt = message_check(L, 1);
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
    struct attempt *attempt = message_check(L, 1);
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
    const struct attempt *attempt = message_check(L, 1);
    luaL_argcheck(L, attempt && attempt->message, 1, "the message has been deleted or handed back");
    return attempt->message;
}

static int message_receive_count(lua_State *L)
{
    const struct message *message = check_alive(L);
    lua_pushinteger(L, message->received_before + message->receive_count);
    return 1;
}

static int message_sent_timestamp(lua_State *L)
{
    lua_pushnumber(L, sim_seconds(check_alive(L)->sent_at));
    return 1;
}

static int handle_describe(lua_State *L)
{
    lua_pushstring(L, handle_kind(L, 1));
    return 1;
}

void bind_open_message(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "abandon", message_abandon },
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
    bind_add_connection_methods(L);
    member_guard(L, "message, request or connection", "field or method");
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, handle_describe);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "handle");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

/* ---- the module --------------------------------------------------------------------------------------------- */

struct redrive_policy {
    struct queue *dead_letter_queue;                 /* NULL: none */
    int max_receive_count;
};

struct create_queue {
    const char *queue_name;
    double visibility_timeout, wait_time, delay, retention;          /* s */
    bool fifo, content_based_deduplication;
    struct redrive_policy redrive;
    struct assumptions *assumptions;                 /* NULL: the run's */
};

static void read_dead_letter_queue(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    *(struct queue **)out = bind_to_queue(L, path);
}

static const struct field redrive_policy_fields[] = {
    { .name = "dead_letter_target_arn", .type = FIELD_CUSTOM, .required = true, .read = read_dead_letter_queue,
      .offset = offsetof(struct redrive_policy, dead_letter_queue) },
    { .name = "max_receive_count", .type = FIELD_INTEGER, .offset = offsetof(struct redrive_policy, max_receive_count),
      .least = 1, .most = 1000 },
    FIELDS_END,
};

/* Queues are made one after the other: a dead-letter queue is there before its sources, and longer cycles cannot be. */
static void read_redrive_policy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct create_queue *request = out;
    if (lua_istable(L, -1)) {
        bool is_text = lua_getfield(L, -1, "dead_letter_target_arn") == LUA_TSTRING;
        if (is_text && strcmp(lua_tostring(L, -1), request->queue_name) == 0) {
            fields_error(L, path, "'%s' cannot be its own dead-letter queue", request->queue_name);
        }
        lua_pop(L, 1);
    }
    fields_read(L, -1, path, redrive_policy_fields, &request->redrive);
}

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
    { .name = "redrive_policy", .type = FIELD_CUSTOM, .read = read_redrive_policy },
    { .name = "fifo_queue", .type = FIELD_BOOLEAN, .offset = offsetof(struct create_queue, fifo) },
    { .name = "content_based_deduplication", .type = FIELD_BOOLEAN,
      .offset = offsetof(struct create_queue, content_based_deduplication) },
    { .name = "deduplication_scope", .type = FIELD_FIXED, .choices = (const char *const[]){ "queue", NULL } },
    { .name = "assume", .type = FIELD_CUSTOM, .read = bind_read_assume,
      .offset = offsetof(struct create_queue, assumptions) },
    { .name = "fifo_throughput_limit", .type = FIELD_WITHOUT_EFFECT },
    { .name = "kms_master_key_id", .type = FIELD_WITHOUT_EFFECT },
    { .name = "maximum_message_size", .type = FIELD_WITHOUT_EFFECT },
    { .name = "sqs_managed_sse_enabled", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* SQS-07 */
static void check_kind(lua_State *L, const struct path *path, const struct create_queue *request)
{
    const char *suffix = strrchr(request->queue_name, '.');
    bool named_fifo = suffix && strcmp(suffix, ".fifo") == 0;
    if (named_fifo && !request->fifo) {
        fields_error(L, path, "'%s' is the name of a FIFO queue, which has fifo_queue = true", request->queue_name);
    }
    if (request->fifo && !named_fifo) {
        fields_error(L, path, "'%s': the name of a FIFO queue ends in '.fifo'", request->queue_name);
    }
    if (request->content_based_deduplication && !request->fifo) {
        fields_error(L, path, "only a FIFO queue has content_based_deduplication");
    }
}

/* SQS-06 */
static void check_redrive(lua_State *L, const struct path *path, const struct create_queue *request)
{
    const struct queue *to = request->redrive.dead_letter_queue;
    if (to && to->config.fifo != request->fifo) {
        const char *kind = request->fifo ? "FIFO" : "standard";
        fields_error(L, path, "the dead-letter queue of a %s queue is a %s queue too, '%s' is not", kind, kind,
                     to->config.name);
    }
}

static int sqs_create_queue(lua_State *L)
{
    static const struct path path = { .name = "create_queue" };
    bind_check_building(L, "sqs.create_queue");
    /* SQS-01 SQS-03 SQS-05 SQS-06 */
    struct create_queue request = { .visibility_timeout = 30, .retention = 345600, .redrive = { .max_receive_count = 10 } };
    fields_read_argument(L, path.name, create_queue_fields, &request);
    struct world *world = scenario_of(L)->world;
    check_kind(L, &path, &request);
    check_redrive(L, &path, &request);
    if (world_find_queue(world, request.queue_name)) {
        fields_error(L, &path, "there is already a queue '%s'", request.queue_name);
    }
    const struct queue_config config = {
        .name = request.queue_name,
        .visibility_timeout = sim_from_seconds(request.visibility_timeout),
        .wait_time = sim_from_seconds(request.wait_time),
        .delay = sim_from_seconds(request.delay),
        .retention = sim_from_seconds(request.retention),
        .fifo = request.fifo,
        .content_based_deduplication = request.content_based_deduplication,
        .dead_letter_queue = request.redrive.dead_letter_queue,
        .max_receive_count = request.redrive.max_receive_count,
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
