/* Channels and resources: what coroutines wait for besides AWS. */
#include "base/mem.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/resource.h"

/* ---- channels ----------------------------------------------------------------------------------------------- */

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

/* ---- resources ---------------------------------------------------------------------------------------------- */

struct resource {
    struct object object;
    const char *name;
    int capacity, taken;
    struct process_link waiters;  /* longest-waiting first; process.number is what each wants */
};

struct resource_request {
    const char *name;
    int capacity;
};

static const struct field resource_fields[] = {
    { .name = "name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct resource_request, name) },
    { .name = "capacity", .type = FIELD_INTEGER, .required = true, .offset = offsetof(struct resource_request, capacity),
      .least = 1, .most = 1e9 },
    FIELDS_END,
};

int bind_resource(lua_State *L)
{
    bind_check_building(L, "sim.resource");
    struct resource_request request = { 0 };
    fields_read_argument(L, "resource", resource_fields, &request);
    struct resource *resource = object_create(L, OBJECT_RESOURCE, sizeof *resource, 0);
    resource->name = request.name;
    resource->capacity = request.capacity;
    process_list_init(&resource->waiters);
    lua_pushvalue(L, -1);
    luaL_ref(L, LUA_REGISTRYINDEX);                  /* containers that hold of it point to it */
    return 1;
}

static struct holding **find_holding(struct container *container, const struct resource *resource)
{
    struct holding **holding = &container->holdings;
    while (*holding && (*holding)->resource != resource) {
        holding = &(*holding)->next;
    }
    return holding;
}

/* Change what the container (NULL: the world, which nobody keeps book of) holds. */
static void hold(struct container *container, struct resource *resource, int change)
{
    resource->taken += change;
    if (!container) {
        return;
    }
    struct holding **holding = find_holding(container, resource);
    if (!*holding) {
        *holding = mem_own(&container->app->scenario->owned, sizeof **holding);
        (*holding)->resource = resource;
    }
    (*holding)->units += change;
    if ((*holding)->units == 0) {
        struct holding *empty = *holding;
        *holding = empty->next;
        mem_release(&container->app->scenario->owned, empty);
    }
}

/* Serve who waits, in order, as far as there are units. */
static void serve_waiters(struct resource *resource)
{
    while (!process_list_is_empty(&resource->waiters)) {
        struct process *process = process_of_waiting(resource->waiters.next);
        struct coroutine *coroutine = (struct coroutine *)process;
        if (process->number > resource->capacity - resource->taken) {
            return;
        }
        hold(coroutine->container, resource, (int)process->number);
        process_wake(process);
    }
}

void resource_give_back(struct container *container)
{
    while (container->holdings) {
        struct resource *resource = container->holdings->resource;
        hold(container, resource, -container->holdings->units);
        serve_waiters(resource);
    }
}

static int check_units(lua_State *L, const struct resource *resource)
{
    lua_Integer units = luaL_optinteger(L, 2, 1);
    if (units < 1 || units > resource->capacity) {
        luaL_error(L, "resource '%s': %I units are outside 1..%d", resource->name, (LUAI_UACINT)units, resource->capacity);
    }
    return (int)units;
}

static int deliver_true(struct coroutine *coroutine)
{
    lua_pushboolean(coroutine->thread, 1);
    return 1;
}

static int deliver_false(struct coroutine *coroutine)
{
    lua_pushboolean(coroutine->thread, 0);
    return 1;
}

static void on_acquire_timeout(struct sim *sim, void *self)
{
    (void)sim;
    struct coroutine *coroutine = self;
    struct resource *resource = coroutine->process.wait_object;
    coroutine->deliver = deliver_false;
    process_wake(&coroutine->process);
    serve_waiters(resource);      /* it may have stood before smaller wishes */
}

static int resource_acquire(lua_State *L)
{
    struct resource *resource = object_check(L, 1, OBJECT_RESOURCE);
    int units = check_units(L, resource);
    bool has_timeout = !lua_isnoneornil(L, 3);
    sim_time timeout = has_timeout ? bind_check_time(L, 3) : SIM_NEVER;
    struct coroutine *coroutine = coroutine_about_to_wait(L, "resource:acquire");
    bool is_free = process_list_is_empty(&resource->waiters) && units <= resource->capacity - resource->taken;
    if (is_free || timeout == 0) {
        if (is_free) {
            hold(coroutine->container, resource, units);
        }
        lua_pushboolean(L, is_free);
        return 1;
    }
    coroutine->deliver = deliver_true;
    coroutine->process.number = units;
    coroutine->process.wait_object = resource;
    process_list_append(&resource->waiters, &coroutine->process.waiting);
    if (has_timeout) {
        process_wait(&coroutine->process, timeout, RANK_LAPSE, on_acquire_timeout);
    }
    return lua_yield(L, 0);
}

static int resource_release(lua_State *L)
{
    struct resource *resource = object_check(L, 1, OBJECT_RESOURCE);
    int units = check_units(L, resource);
    const struct coroutine *coroutine = scenario_of(L)->running;
    struct container *container = coroutine ? coroutine->container : NULL;
    const struct holding *holding = container ? *find_holding(container, resource) : NULL;
    int held = container ? (holding ? holding->units : 0) : resource->taken;
    if (units > held) {
        return luaL_error(L, "resource '%s': %d released, but only %d held", resource->name, units, held);
    }
    hold(container, resource, -units);
    serve_waiters(resource);
    return 0;
}

static int resource_describe(lua_State *L)
{
    lua_pushfstring(L, "resource %s", ((struct resource *)object_check(L, 1, OBJECT_RESOURCE))->name);
    return 1;
}

void bind_open_resource(lua_State *L)
{
    static const luaL_Reg methods[] = { { "acquire", resource_acquire }, { "release", resource_release }, { NULL, NULL } };
    luaL_newlib(L, methods);
    object_open_kind(L, OBJECT_RESOURCE, NULL, resource_describe);
}
