#include "script/coroutine.h"

#include "script/bind.h"
#include "script/container.h"

static const char threads_key;    /* its address is the registry's key: threads by anchor */

static void push_threads(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &threads_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &threads_key);
    }
}

static void push_on(struct coroutine **list, struct coroutine *coroutine)
{
    coroutine->next = *list;
    *list = coroutine;
}

static struct coroutine *pop_off(struct coroutine **list)
{
    struct coroutine *coroutine = *list;
    if (coroutine) {
        *list = coroutine->next;
    }
    return coroutine;
}

/* Put one more coroutine with a thread of its own among the idle. May raise. */
static void add_idle(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    lua_Integer anchor = scenario->bare ? scenario->bare->anchor : scenario->anchors + 1;
    push_threads(L);
    lua_State *thread = lua_newthread(L);
    lua_sethook(thread, NULL, 0, 0);                 /* it would inherit the watchdog's */
    lua_rawseti(L, -2, anchor);
    lua_pop(L, 1);
    struct coroutine *coroutine = pop_off(&scenario->bare);
    if (!coroutine) {
        coroutine = pool_take(scenario->coroutines);
        scenario->anchors = anchor;
    }
    coroutine->scenario = scenario;
    coroutine->anchor = anchor;
    coroutine->thread = thread;
    push_on(&scenario->idle, coroutine);
}

static int add_idle_protected(lua_State *L)
{
    add_idle(L);
    return 0;
}

int coroutine_deliver_nothing(struct coroutine *coroutine)
{
    (void)coroutine;
    return 0;
}

/* The first resume: what lies above the function are its arguments. */
static int deliver_arguments(struct coroutine *coroutine)
{
    return lua_gettop(coroutine->thread) - 1;
}

static void leave_container(struct coroutine *coroutine)
{
    if (coroutine->container) {
        container_remove(coroutine->container, coroutine);
        coroutine->container = NULL;
    }
}

/* Its function has returned: the thread serves again. */
static void retire(struct coroutine *coroutine)
{
    struct scenario *scenario = coroutine->scenario;
    coroutine_finished *finished = coroutine->finished;
    void *context = coroutine->context;
    process_finish(&coroutine->process);
    leave_container(coroutine);
    lua_settop(coroutine->thread, 0);
    push_on(&scenario->idle, coroutine);
    if (finished) {
        finished(scenario, context);
    }
}

/* Forget the thread as it stands; resetting it could run code of the script. */
static void drop(struct coroutine *coroutine)
{
    struct scenario *scenario = coroutine->scenario;
    lua_State *L = state_lua(scenario->state);
    push_threads(L);
    lua_pushnil(L);
    lua_rawseti(L, -2, coroutine->anchor);
    lua_pop(L, 1);
    coroutine->thread = NULL;
    coroutine->container = NULL;
    push_on(&scenario->bare, coroutine);
}

static void on_resume(struct process *process)
{
    struct coroutine *coroutine = (struct coroutine *)process;
    struct scenario *scenario = coroutine->scenario;
    int nargs = coroutine->deliver(coroutine);
    scenario->running = coroutine;
    sim_set_culprit(scenario->sim, coroutine->name);
    int status = state_resume(scenario->state, coroutine->thread, nargs);
    scenario->running = NULL;
    if (coroutine->cut) {
        drop(coroutine);
    } else if (status == LUA_OK) {
        retire(coroutine);
    } else if (status != LUA_YIELD) {
        scenario_fail(scenario, coroutine->thread, coroutine->name);
    }
}

/* An idle coroutine becomes one of `container`; its thread still lacks the function. */
static struct coroutine *begin(struct scenario *scenario, struct container *container, const char *name)
{
    struct coroutine *coroutine = pop_off(&scenario->idle);
    process_init(&coroutine->process, scenario->sim, container ? container->task : NULL, on_resume);
    coroutine->container = container;
    coroutine->name = name;
    coroutine->cut = false;
    coroutine->finished = NULL;
    coroutine->deliver = deliver_arguments;
    if (container) {
        container_add(container, coroutine);
    }
    return coroutine;
}

struct coroutine *coroutine_create(lua_State *L, struct container *container, int nargs, const char *name)
{
    struct scenario *scenario = scenario_of(L);
    if (!scenario->idle) {
        add_idle(L);
    }
    if (!lua_checkstack(scenario->idle->thread, nargs + 1)) {
        luaL_error(L, "too many arguments");
    }
    struct coroutine *coroutine = begin(scenario, container, name);
    lua_xmove(L, coroutine->thread, nargs + 1);
    return coroutine;
}

struct coroutine *coroutine_create_from(struct scenario *scenario, struct container *container, int function,
                                        const char *name)
{
    struct error err;
    if (!scenario->idle && !state_call(scenario->state, add_idle_protected, NULL, &err)) {
        error_wrap(&err, "%s", name);
        sim_fail(scenario->sim, &err);
        return NULL;
    }
    struct coroutine *coroutine = begin(scenario, container, name);
    lua_rawgeti(coroutine->thread, LUA_REGISTRYINDEX, function);
    return coroutine;
}

struct coroutine *coroutine_about_to_wait(lua_State *L, const char *call)
{
    struct coroutine *coroutine = scenario_of(L)->running;
    if (!coroutine) {
        luaL_error(L, "%s takes simulated time, which does not pass %s: call it in sim.at, sim.every, sim.spawn or a container",
                   call, scenario_of(L)->building ? "while the scenario is built" : "inside a policy's decide");
    }
    if (!lua_isyieldable(L)) {
        luaL_error(L, "%s takes simulated time, which cannot pass inside a comparison or a callback of a library function",
                   call);
    }
    coroutine->deliver = coroutine_deliver_nothing;
    return coroutine;
}

void coroutine_cut(struct coroutine *coroutine)
{
    if (coroutine == coroutine->scenario->running) {
        coroutine->cut = true;    /* it is inside task:exit, and is dropped when that has yielded */
    } else {
        drop(coroutine);
    }
}
