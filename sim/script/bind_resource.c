/* sim.resource: a downstream limit, such as the connections of a database, that may answer calls and slow down under them. */
#include <math.h>

#include "base/mem.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/measure.h"
#include "script/random.h"
#include "script/resource.h"

enum { CALLERS_MAX = 1000000, SLOWDOWN_MAX = 1000 };

struct resource {
    struct object object;
    struct scenario *scenario;
    const char *name;
    int capacity, taken;
    struct holding world;         /* of processes of the world */
    struct process_link waiters;  /* longest-waiting first; process.number is what each wants */
    int in_use;                   /* a level; the rest are tallies, of seconds */
    int wait, refused;
    bool answers;                 /* has a latency, and what follows */
    struct dist latency;
    struct rng rng;
    struct station station;
    int answered, unanswered;
};

/* ---- sim.resource ------------------------------------------------------------------------------------------- */

struct resource_request {
    const char *name;
    int capacity, knee;           /* knee: 0, not given */
    double slowdown;              /* NaN: not given */
    struct random_field latency;
};

static const struct field resource_fields[] = {
    { .name = "name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct resource_request, name) },
    { .name = "capacity", .type = FIELD_INTEGER, .required = true, .offset = offsetof(struct resource_request, capacity),
      .least = 1, .most = 1e9 },
    { .name = "latency", .type = FIELD_CUSTOM, .read = random_read, .offset = offsetof(struct resource_request, latency),
      .most = 86400 },
    { .name = "knee", .type = FIELD_INTEGER, .offset = offsetof(struct resource_request, knee), .least = 1,
      .most = CALLERS_MAX },
    { .name = "slowdown", .type = FIELD_NUMBER, .offset = offsetof(struct resource_request, slowdown), .least = 0,
      .most = SLOWDOWN_MAX },
    FIELDS_END,
};

static void check_request(lua_State *L, const struct path *path, const struct resource_request *request)
{
    bool has_knee = request->knee > 0, has_slowdown = !isnan(request->slowdown);
    if (!request->latency.given && (has_knee || has_slowdown)) {
        fields_error(L, path, "'%s' belongs to a 'latency'", has_knee ? "knee" : "slowdown");
    }
    if (has_slowdown && !has_knee) {
        fields_error(L, path, "missing 'knee', the calls from which on 'slowdown' counts");
    }
    if (request->latency.given && request->capacity > CALLERS_MAX) {
        fields_error(L, path, "a capacity of more than %d with a 'latency'", CALLERS_MAX);
    }
}

/* The name of one of its numbers, which nothing else has. */
static const char *claim_measure(lua_State *L, const struct path *path, const struct resource *resource, const char *what)
{
    const char *name = arena_printf(scenario_of(L)->arena, "%s.%s", resource->name, what);
    const char *kind = measure_kind_of(scenario_of(L)->world, name);
    if (kind) {
        fields_error(L, path, "the name '%s' is taken: there is a %s '%s' already", resource->name, kind, name);
    }
    return name;
}

static int add_tally(lua_State *L, const struct path *path, const struct resource *resource, const char *what)
{
    return measure_add_tally(scenario_of(L)->world, claim_measure(L, path, resource, what), "s");
}

static void add_measures(lua_State *L, const struct path *path, struct resource *resource)
{
    resource->in_use = measure_add_level(scenario_of(L)->world, claim_measure(L, path, resource, "in_use"), "units");
    resource->wait = add_tally(L, path, resource, "wait");
    resource->refused = add_tally(L, path, resource, "refused");
    if (resource->answers) {
        resource->answered = add_tally(L, path, resource, "latency");
        resource->unanswered = add_tally(L, path, resource, "unanswered");
    }
}

static void on_answer(struct station_call *call);

static void init_station(struct resource *resource, const struct resource_request *request)
{
    struct sim *sim = resource->scenario->sim;
    const struct station_config config = {
        .knee = request->knee > 0 ? request->knee : CALLERS_MAX,
        .slowdown = isnan(request->slowdown) ? 1 : request->slowdown,
    };
    resource->answers = true;
    resource->latency = request->latency.dist;
    rng_init(&resource->rng, sim, arena_printf(resource->scenario->arena, "latency of %s", resource->name), 0);
    station_init(&resource->station, sim, &config, on_answer);
}

int bind_resource(lua_State *L)
{
    static const struct path path = { .name = "resource" };
    bind_check_building(L, "sim.resource");
    struct resource_request request = { .slowdown = NAN };
    fields_read_argument(L, path.name, resource_fields, &request);
    check_request(L, &path, &request);
    struct resource *resource = object_create(L, OBJECT_RESOURCE, sizeof *resource, 0);
    resource->scenario = scenario_of(L);
    resource->name = request.name;
    resource->capacity = request.capacity;
    process_list_init(&resource->waiters);
    lua_pushvalue(L, -1);
    luaL_ref(L, LUA_REGISTRYINDEX);                  /* containers that hold of it point to it */
    if (request.latency.given) {
        init_station(resource, &request);
    }
    add_measures(L, &path, resource);
    return 1;
}

/* ---- who holds what ----------------------------------------------------------------------------------------- */

/* NULL: nothing. */
static struct holding *find_holding(struct container *container, struct resource *resource)
{
    if (!container) {
        return &resource->world;
    }
    struct holding *holding = container->holdings;
    while (holding && holding->resource != resource) {
        holding = holding->next;
    }
    return holding;
}

static struct holding *make_holding(struct container *container, struct resource *resource)
{
    struct holding *holding = find_holding(container, resource);
    if (!holding) {
        holding = mem_own(&resource->scenario->owned, sizeof *holding);
        holding->resource = resource;
        holding->next = container->holdings;
        container->holdings = holding;
    }
    return holding;
}

static void drop_holding(struct container *container, struct holding *holding)
{
    struct holding **link = &container->holdings;
    while (*link != holding) {
        link = &(*link)->next;
    }
    *link = holding->next;
    mem_release(&holding->resource->scenario->owned, holding);
}

static void count_taken(struct resource *resource, int change)
{
    resource->taken += change;
    measure_set(resource->scenario->world, resource->in_use, resource->taken);
}

static void take(struct container *container, struct resource *resource, int units)
{
    make_holding(container, resource)->units += units;
    count_taken(resource, units);
}

static void give(struct container *container, struct resource *resource, int units)
{
    struct holding *holding = find_holding(container, resource);
    holding->units -= units;
    if (container && holding->units == 0) {
        drop_holding(container, holding);
    }
    count_taken(resource, -units);
}

static bool is_free(const struct resource *resource, int64_t units)
{
    return units <= resource->capacity - resource->taken;
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static struct coroutine *coroutine_of(struct station_call *call)
{
    return (struct coroutine *)(void *)((char *)call - offsetof(struct coroutine, call.resource.call));
}

static void observe_since(const struct resource *resource, int tally, sim_time since)
{
    measure_observe(resource->scenario->world, tally, sim_now(resource->scenario->sim) - since);
}

/* The container of a caller has ended: its connection is closed. Its unit goes with what the container holds. */
static void hang_up(struct process *process)
{
    struct coroutine *coroutine = (struct coroutine *)process;
    struct resource *resource = process->wait_object;
    station_leave(&resource->station, &coroutine->call.resource.call);
}

/* The call has its unit. */
static void start_call(struct resource *resource, struct coroutine *coroutine)
{
    struct resource_wait *wait = &coroutine->call.resource;
    make_holding(coroutine->container, resource)->in_calls++;
    wait->is_served = true;
    wait->served_at = sim_now(resource->scenario->sim);
    coroutine->process.wait_object = resource;
    coroutine->process.withdraw = hang_up;
    sim_time work = dist_draw(&resource->latency, &resource->rng);
    station_begin(&resource->station, &wait->call, work > 0 ? work : 0);
}

/* Its unit is free again, or its container's. */
static void finish_call(struct resource *resource, struct coroutine *coroutine)
{
    coroutine->process.withdraw = NULL;
    find_holding(coroutine->container, resource)->in_calls--;
    if (!coroutine->call.resource.from_own) {
        give(coroutine->container, resource, 1);
    }
}

static int deliver_seconds(struct coroutine *coroutine, bool answered)
{
    lua_pushboolean(coroutine->thread, answered);
    lua_pushnumber(coroutine->thread, sim_seconds(sim_now(coroutine->scenario->sim) - coroutine->call.resource.asked_at));
    return 2;
}

static int deliver_answered(struct coroutine *coroutine)
{
    return deliver_seconds(coroutine, true);
}

static int deliver_unanswered(struct coroutine *coroutine)
{
    return deliver_seconds(coroutine, false);
}

static void serve_waiters(struct resource *resource);

static void on_answer(struct station_call *call)
{
    struct coroutine *coroutine = coroutine_of(call);
    struct resource *resource = coroutine->process.wait_object;
    observe_since(resource, resource->answered, coroutine->call.resource.served_at);
    finish_call(resource, coroutine);
    coroutine->deliver = deliver_answered;
    process_wake(&coroutine->process);
    serve_waiters(resource);
}

/* ---- waiting ------------------------------------------------------------------------------------------------ */

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

/* Serve who waits, in order, as far as there are units. */
static void serve_waiters(struct resource *resource)
{
    while (!process_list_is_empty(&resource->waiters)) {
        struct process *process = process_of_waiting(resource->waiters.next);
        struct coroutine *coroutine = (struct coroutine *)process;
        if (!is_free(resource, process->number)) {
            return;
        }
        take(coroutine->container, resource, (int)process->number);
        observe_since(resource, resource->wait, coroutine->call.resource.asked_at);
        process_list_remove(&process->waiting);
        process->withdraw = NULL;
        if (coroutine->call.resource.is_call) {
            start_call(resource, coroutine);
        } else {
            process_wake(process);
        }
    }
}

static void on_timeout(struct sim *sim, void *self)
{
    (void)sim;
    struct coroutine *coroutine = self;
    struct resource *resource = coroutine->process.wait_object;
    const struct resource_wait *wait = &coroutine->call.resource;
    if (wait->is_served) {
        station_leave(&resource->station, &coroutine->call.resource.call);
        finish_call(resource, coroutine);
    } else {
        process_list_remove(&coroutine->process.waiting);
        coroutine->process.withdraw = NULL;
    }
    observe_since(resource, wait->is_served ? resource->unanswered : resource->refused, wait->asked_at);
    coroutine->deliver = wait->is_call ? deliver_unanswered : deliver_false;
    process_wake(&coroutine->process);
    serve_waiters(resource);      /* it may have stood before smaller wishes */
}

static void on_gap(struct sim *sim, void *self)
{
    (void)sim;
    serve_waiters(self);
}

/* The container of who waits has ended. Who stands behind is served once all of it has gone. */
static void leave_line(struct process *process)
{
    struct resource *resource = process->wait_object;
    process_list_remove(&process->waiting);
    sim_wake(resource->scenario->sim, on_gap, resource);
}

static void wait_for_units(struct resource *resource, struct coroutine *coroutine, int units)
{
    coroutine->process.number = units;
    coroutine->process.wait_object = resource;
    coroutine->process.withdraw = leave_line;
    process_list_append(&resource->waiters, &coroutine->process.waiting);
}

void resource_give_back(struct container *container)
{
    while (container->holdings) {
        struct resource *resource = container->holdings->resource;
        give(container, resource, container->holdings->units);
        serve_waiters(resource);
    }
}

/* ---- methods ------------------------------------------------------------------------------------------------ */

static int check_units(lua_State *L, const struct resource *resource)
{
    lua_Integer units = luaL_optinteger(L, 2, 1);
    if (units < 1 || units > resource->capacity) {
        luaL_error(L, "resource '%s': %I units are outside 1..%d", resource->name, (LUAI_UACINT)units, resource->capacity);
    }
    return (int)units;
}

/* The time that the caller allows; SIM_NEVER: any. */
static sim_time check_timeout(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? SIM_NEVER : bind_check_time(L, index);
}

static bool can_take_now(const struct resource *resource, int units)
{
    return process_list_is_empty(&resource->waiters) && is_free(resource, units);
}

static void allow(struct coroutine *coroutine, sim_time timeout)
{
    if (timeout != SIM_NEVER) {
        process_wait(&coroutine->process, timeout, RANK_LAPSE, on_timeout);
    }
}

static struct coroutine *begin_wait(lua_State *L, struct resource *resource, const char *call)
{
    struct coroutine *coroutine = coroutine_about_to_wait(L, call);
    coroutine->call.resource = (struct resource_wait){ .asked_at = sim_now(resource->scenario->sim) };
    return coroutine;
}

static int resource_acquire(lua_State *L)
{
    struct resource *resource = object_check(L, 1, OBJECT_RESOURCE);
    int units = check_units(L, resource);
    sim_time timeout = check_timeout(L, 3);
    struct coroutine *coroutine = begin_wait(L, resource, "resource:acquire");
    if (can_take_now(resource, units)) {
        take(coroutine->container, resource, units);
        lua_pushboolean(L, 1);
        return 1;
    }
    if (timeout == 0) {
        measure_observe(resource->scenario->world, resource->refused, 0);
        lua_pushboolean(L, 0);
        return 1;
    }
    coroutine->deliver = deliver_true;
    wait_for_units(resource, coroutine, units);
    allow(coroutine, timeout);
    return lua_yield(L, 0);
}

static int resource_release(lua_State *L)
{
    struct resource *resource = object_check(L, 1, OBJECT_RESOURCE);
    int units = check_units(L, resource);
    const struct coroutine *coroutine = scenario_of(L)->running;
    struct container *container = coroutine ? coroutine->container : NULL;
    const struct holding *holding = find_holding(container, resource);
    int held = holding ? holding->units - holding->in_calls : 0;
    if (units > held) {
        return luaL_error(L, "resource '%s': %d released, but only %d held", resource->name, units, held);
    }
    give(container, resource, units);
    serve_waiters(resource);
    return 0;
}

static bool holds_idle_unit(struct container *container, struct resource *resource)
{
    const struct holding *holding = find_holding(container, resource);
    return holding && holding->units > holding->in_calls;
}

static int resource_call(lua_State *L)
{
    struct resource *resource = object_check(L, 1, OBJECT_RESOURCE);
    sim_time timeout = check_timeout(L, 2);
    if (!resource->answers) {
        return luaL_error(L, "resource '%s' answers no calls: it has no 'latency'", resource->name);
    }
    struct coroutine *coroutine = begin_wait(L, resource, "resource:call");
    struct resource_wait *wait = &coroutine->call.resource;
    wait->is_call = true;
    wait->from_own = holds_idle_unit(coroutine->container, resource);
    bool is_served = wait->from_own || can_take_now(resource, 1);
    if (timeout == 0 && !is_served) {
        measure_observe(resource->scenario->world, resource->refused, 0);
        lua_pushboolean(L, 0);
        lua_pushnumber(L, 0);
        return 2;
    }
    if (!is_served) {
        wait_for_units(resource, coroutine, 1);
    } else if (!wait->from_own) {
        take(coroutine->container, resource, 1);
    }
    allow(coroutine, timeout);
    if (is_served) {
        start_call(resource, coroutine);
    }
    return lua_yield(L, 0);
}

static int resource_describe(lua_State *L)
{
    lua_pushfstring(L, "resource %s", ((struct resource *)object_check(L, 1, OBJECT_RESOURCE))->name);
    return 1;
}

void bind_open_resource(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "acquire", resource_acquire }, { "call", resource_call }, { "release", resource_release }, { NULL, NULL },
    };
    luaL_newlib(L, methods);
    object_open_kind(L, OBJECT_RESOURCE, NULL, resource_describe);
}
