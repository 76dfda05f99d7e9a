/* sim.channel: values that coroutines hand to each other. */
#include "script/bind.h"

/* Values wait in the table that is user value 1, at [first, last]; coroutines wait in `getters`, longest-waiting first. A
 * getter that was woken has a value promised: later ones do not take it. */
struct channel {
    struct object object;
    lua_Integer first, last;
    lua_Integer promised;
    struct process_link getters;
};

int bind_channel(lua_State *L)
{
    struct channel *channel = object_create(L, OBJECT_CHANNEL, sizeof *channel, 1);
    channel->first = 1;
    process_list_init(&channel->getters);
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static void take_back_promise(struct process *process);

static void wake_getter(struct channel *channel)
{
    struct process *process = process_of_waiting(channel->getters.next);
    process_wake(process);
    channel->promised++;
    process->withdraw = take_back_promise;           /* should its container end before it resumes */
}

/* The container of a getter ended before it could resume: its value goes to the next. */
static void take_back_promise(struct process *process)
{
    struct channel *channel = process->wait_object;
    channel->promised--;
    if (!process_list_is_empty(&channel->getters)) {
        wake_getter(channel);
    }
}

/* The oldest value, pushed onto `L`. The channel is at `index` of that stack. */
static void take_value(lua_State *L, int index, struct channel *channel)
{
    lua_getiuservalue(L, index, 1);
    lua_rawgeti(L, -1, channel->first);
    lua_pushnil(L);
    lua_rawseti(L, -3, channel->first++);
    lua_remove(L, -2);
    if (channel->first > channel->last) {
        channel->first = 1;
        channel->last = 0;
    }
}

static int channel_put(lua_State *L)
{
    struct channel *channel = object_check(L, 1, OBJECT_CHANNEL);
    luaL_argexpected(L, !lua_isnoneornil(L, 2), 2, "value other than nil");
    lua_settop(L, 2);
    lua_getiuservalue(L, 1, 1);
    lua_insert(L, 2);
    lua_rawseti(L, 2, ++channel->last);
    if (!process_list_is_empty(&channel->getters)) {
        wake_getter(channel);
    }
    return 0;
}

/* The channel is argument 1 of the call that waits. */
static int deliver_value(struct coroutine *coroutine)
{
    struct channel *channel = coroutine->process.wait_object;
    channel->promised--;
    take_value(coroutine->thread, 1, channel);
    return 1;
}

static int deliver_nil(struct coroutine *coroutine)
{
    lua_pushnil(coroutine->thread);
    return 1;
}

static void on_timeout(struct sim *sim, void *self)
{
    (void)sim;
    struct coroutine *coroutine = self;
    coroutine->deliver = deliver_nil;
    process_wake(&coroutine->process);
}

static int channel_get(lua_State *L)
{
    struct channel *channel = object_check(L, 1, OBJECT_CHANNEL);
    bool has_timeout = !lua_isnoneornil(L, 2);
    sim_time timeout = has_timeout ? bind_check_time(L, 2) : SIM_NEVER;
    if (channel->last - channel->first + 1 > channel->promised) {
        take_value(L, 1, channel);
        return 1;
    }
    if (timeout == 0) {
        lua_pushnil(L);
        return 1;
    }
    struct coroutine *coroutine = coroutine_about_to_wait(L, "channel:get");
    coroutine->deliver = deliver_value;
    coroutine->process.wait_object = channel;
    process_list_append(&channel->getters, &coroutine->process.waiting);
    if (has_timeout) {
        process_wait(&coroutine->process, timeout, RANK_LAPSE, on_timeout);
    }
    return lua_yield(L, 0);
}

static int channel_length(lua_State *L)
{
    const struct channel *channel = object_check(L, 1, OBJECT_CHANNEL);
    lua_pushinteger(L, channel->last - channel->first + 1 - channel->promised);
    return 1;
}

static int channel_describe(lua_State *L)
{
    lua_pushliteral(L, "channel");
    return 1;
}

void bind_open_channel(lua_State *L)
{
    static const luaL_Reg methods[] = { { "get", channel_get }, { "put", channel_put }, { NULL, NULL } };
    luaL_newlib(L, methods);
    object_open_kind(L, OBJECT_CHANNEL, NULL, channel_describe);
    object_push_metatable(L, OBJECT_CHANNEL);
    lua_pushcfunction(L, channel_length);
    lua_setfield(L, -2, "__len");
    lua_pop(L, 1);
}
