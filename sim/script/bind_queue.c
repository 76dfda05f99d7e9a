/* The methods of queues: what programs, clients and controllers send, receive and delete. */
#include <stdio.h>
#include <string.h>

#include "script/bind.h"
#include "script/container.h"
#include "script/control.h"
#include "script/message.h"

static struct queue *check_queue(lua_State *L)
{
    return ((struct reference *)object_check(L, 1, OBJECT_QUEUE))->target;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

/* Ids of one entry, where they were given as numbers. */
struct entry_texts {
    char group[24], deduplication_id[24];
};

/* Raise "queue:send: what is wrong", or of the n-th entry of a batch. */
static _Noreturn void refuse_entry(lua_State *L, int entry, const char *fault)
{
    if (entry > 0) {
        luaL_error(L, "queue:send_batch: entry %d: %s", entry, fault);
    }
    luaL_error(L, "queue:send: %s", fault);
    __builtin_unreachable();
}

/* The id at `index`: a text, or a whole number, which is written into `room`; NULL: none is given. */
static const char *read_id(lua_State *L, int index, int entry, char room[24])
{
    if (lua_isnoneornil(L, index)) {
        return NULL;
    }
    if (lua_isinteger(L, index)) {
        snprintf(room, 24, "%lld", (long long)lua_tointeger(L, index));
        return room;
    }
    size_t length = 0;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : "";
    if (length == 0 || length > SQS_ID_MAX || strlen(text) != length) {
        refuse_entry(L, entry, "the ids of group and deduplication are texts of 1 to 128 characters, or whole numbers");
    }
    return text;
}

/* SQS-07: what a standard and what a FIFO queue wants to know. */
static void check_entry(lua_State *L, const struct queue *queue, const struct queue_entry *read, int entry)
{
    if (!queue->config.fifo) {
        if (read->group || read->deduplication_id) {
            refuse_entry(L, entry, "only a FIFO queue takes a group and a deduplication id");
        }
        return;
    }
    if (!read->group) {
        refuse_entry(L, entry, "a message to a FIFO queue needs a group: send(work, nil, group, deduplication_id)");
    }
    if (!read->deduplication_id && !queue->config.content_based_deduplication) {
        refuse_entry(L, entry,
                     "the queue has no content_based_deduplication, so that each message needs a deduplication id");
    }
    if (read->delay >= 0) {
        refuse_entry(L, entry, "a FIFO queue delays all messages alike: delay_seconds of the queue");
    }
}

/* The delay at `index`, as DelaySeconds; -1: none is given. */
static sim_time read_delay(lua_State *L, int index, int entry)
{
    sim_time delay = -1;
    if (lua_isnoneornil(L, index)) {
        return delay;
    }
    const char *fault = bind_read_time(L, index, &delay);
    if (fault) {
        refuse_entry(L, entry, lua_pushfstring(L, "delay: %s", fault));
    }
    if (delay > sim_from_seconds(SQS_DELAY_MAX_S)) {
        refuse_entry(L, entry, "delay: a message is delayed for 15 minutes at most");
    }
    return delay;
}

/* What stands from `index` on: work, delay, group, deduplication id. */
static struct queue_entry read_entry(lua_State *L, const struct queue *queue, int index, int entry,
                                     struct entry_texts *texts)
{
    int64_t work_ns = 0;
    const char *fault = bind_read_work(L, index, &work_ns);
    if (fault) {
        refuse_entry(L, entry, fault);
    }
    struct queue_entry read = {
        .work_ns = work_ns,
        .delay = read_delay(L, index + 1, entry),
        .group = read_id(L, index + 2, entry, texts->group),
        .deduplication_id = read_id(L, index + 3, entry, texts->deduplication_id),
    };
    check_entry(L, queue, &read, entry);
    return read;
}

static int call_send(lua_State *L)
{
    struct entry_texts texts;
    struct queue *queue = check_queue(L);
    const struct queue_entry entry = read_entry(L, queue, 2, 0, &texts);
    queue_send_batch(queue, &entry, 1);
    return 0;
}

enum { ENTRY_FIELDS = 4 };

/* The n-th entry of the list at argument 2: seconds of work, or a list of what queue:send takes, which keeps its texts
 * alive. */
static struct queue_entry read_listed(lua_State *L, const struct queue *queue, int entry, struct entry_texts *texts)
{
    lua_settop(L, 2);
    if (lua_rawgeti(L, 2, entry) != LUA_TTABLE) {
        lua_settop(L, 2 + ENTRY_FIELDS);
        return read_entry(L, queue, 3, entry, texts);
    }
    for (int i = 1; i <= ENTRY_FIELDS; i++) {
        lua_rawgeti(L, 3, i);
    }
    return read_entry(L, queue, 4, entry, texts);
}

static int call_send_batch(lua_State *L)
{
    struct queue_entry entries[SQS_BATCH_MAX];
    struct entry_texts texts[SQS_BATCH_MAX];
    struct queue *queue = check_queue(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Unsigned count = lua_rawlen(L, 2);
    luaL_argcheck(L, count >= 1 && count <= SQS_BATCH_MAX, 2, "expected 1 to 10 messages");
    for (int i = 0; i < (int)count; i++) {
        entries[i] = read_listed(L, queue, i + 1, &texts[i]);
    }
    queue_send_batch(queue, entries, (int)count);
    return 0;
}

/* ---- receiving ---------------------------------------------------------------------------------------------- */

static int deliver_messages(struct coroutine *coroutine)
{
    lua_State *L = coroutine->thread;
    int count = 0;
    coroutine->container->receiving -= coroutine->process.wanted;
    for (const struct attempt *attempt = coroutine->process.attempt; attempt; attempt = attempt->next_in_answer) {
        message_push(L, attempt);
        count++;
    }
    if (count > 0) {
        return count;
    }
    lua_pushnil(L);
    if (coroutine->process.over_limit) {
        lua_pushliteral(L, "OverLimit");
        return 2;
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

/* Slots that are taken or asked for. Messages on their way back to a coroutine are both, and one slot each; what it asked
 * for beyond them it does not get. */
static int slots_spoken_for(const struct container *container)
{
    int spoken_for = task_slots_taken(container->task) + container->receiving;
    for (const struct coroutine *coroutine = container->first; coroutine; coroutine = coroutine->next) {
        if (coroutine->deliver == deliver_messages && coroutine->process.attempt) {
            spoken_for -= coroutine->process.wanted;
        }
    }
    return spoken_for;
}

static void check_slots(lua_State *L, const struct container *container, int wanted)
{
    int slots = container->task->definition->slots;
    if (task_slots_taken(container->task) + container->receiving + wanted <= slots) {
        return;
    }
    int needed = slots_spoken_for(container) + wanted;
    if (needed > slots) {
        luaL_error(L, "queue:receive: all slots of the task are taken; a program that takes more messages at once needs "
                      "slots = %d or more in its container definition", needed);
    }
}

static int call_receive(lua_State *L)
{
    struct queue *queue = check_queue(L);
    lua_Integer wanted = luaL_optinteger(L, 2, 1);
    luaL_argcheck(L, wanted >= 1 && wanted <= SQS_BATCH_MAX, 2, "a receive takes 1 to 10 messages");
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
    check_slots(L, container, (int)wanted);
    container->receiving += (int)wanted;
    coroutine->deliver = deliver_messages;
    queue_receive(queue, &coroutine->process, (int)wanted);
    return lua_yield(L, 0);
}

/* ---- deleting ----------------------------------------------------------------------------------------------- */

static int call_delete_batch(lua_State *L)
{
    struct queue *queue = check_queue(L);
    struct attempt *attempts[SQS_BATCH_MAX];
    int given = lua_gettop(L) - 1, count = 0;
    luaL_argcheck(L, given >= 1 && given <= SQS_BATCH_MAX, 2, "expected 1 to 10 messages");
    struct process *process = message_calling_process(L, "queue:delete_batch");
    for (int i = 0; i < given; i++) {
        struct attempt *attempt = message_check(L, 2 + i);
        luaL_argcheck(L, !attempt || attempt->queue == queue, 2 + i, "a message of another queue");
        for (int k = 0; k < count; k++) {
            luaL_argcheck(L, attempts[k] != attempt, 2 + i, "the same message twice");
        }
        if (attempt) {                /* SQS-07: a stale receipt succeeds without effect */
            attempts[count++] = attempt;
        }
    }
    attempt_delete_batch(queue, attempts, count, process);
    return 0;
}

/* ---- attributes --------------------------------------------------------------------------------------------- */

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
        { "delete_batch", call_delete_batch },
        { "get_attributes", queue_get_attributes },
        { "receive", call_receive },
        { "send", call_send },
        { "send_batch", call_send_batch },
        { NULL, NULL },
    };
    luaL_newlib(L, methods);
    object_open_kind(L, OBJECT_QUEUE, NULL, queue_describe);
}
