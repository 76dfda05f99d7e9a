#include "script/container.h"

#include <stdio.h>

#include "model/request.h"
#include "script/bind.h"
#include "script/resource.h"
#include "script/task_object.h"

void container_add(struct container *container, struct coroutine *coroutine)
{
    coroutine->previous = NULL;
    coroutine->next = container->first;
    if (container->first) {
        container->first->previous = coroutine;
    }
    container->first = coroutine;
}

void container_remove(struct container *container, struct coroutine *coroutine)
{
    *(coroutine->previous ? &coroutine->previous->next : &container->first) = coroutine->next;
    if (coroutine->next) {
        coroutine->next->previous = coroutine->previous;
    }
}

/* The program has returned: the container ends, even if other coroutines of it are still at work. */
static void on_program_returned(struct scenario *scenario, void *context)
{
    (void)scenario;
    struct container *container = context;
    task_exit(container->task, 0);
}

/* The program's coroutine with its arguments: the task, then its queues. */
static int make_program(lua_State *L)
{
    struct container *container = lua_touserdata(L, 1);
    const struct task_definition *definition = container->task->definition;
    container->object = task_object_push(L, container->task);
    lua_pushvalue(L, -1);
    container->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    luaL_checkstack(L, definition->queue_count + 1, "too many queues");
    lua_rawgeti(L, LUA_REGISTRYINDEX, container->app->function);
    lua_insert(L, -2);
    for (int i = 0; i < definition->queue_count; i++) {
        bind_push_reference(L, OBJECT_QUEUE, definition->queues[i], definition->queues[i]->config.name);
    }
    struct coroutine *program = coroutine_create(L, container, definition->queue_count + 1, container->name);
    program->finished = on_program_returned;
    program->context = container;
    process_wake(&program->process);
    return 0;
}

static void on_start(struct app *app, struct task *task)
{
    struct app_lua *app_lua = (struct app_lua *)app;
    struct scenario *scenario = app_lua->scenario;
    struct container *container = pool_take(scenario->containers);
    container->task = task;
    container->app = app_lua;
    container->anchor = container->handlers = LUA_NOREF;
    container->on_request = container->on_connect = container->on_disconnect = LUA_NOREF;
    snprintf(container->name, sizeof container->name, "task %s", task->id);
    task->program = container;
    struct error err;
    if (!state_call(scenario->state, make_program, container, &err)) {
        error_wrap(&err, "%s", container->name);
        sim_fail(scenario->sim, &err);
    }
}

/* The handlers for SIGTERM are a list at `handlers`. */
static int start_handlers(lua_State *L)
{
    struct container *container = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, container->handlers);
    int list = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, list, i) == LUA_TFUNCTION; i++) {
        process_wake(&coroutine_create(L, container, 0, container->name)->process);
    }
    return 0;
}

static void on_sigterm(struct app *app, struct task *task)
{
    struct scenario *scenario = ((struct app_lua *)app)->scenario;
    struct container *container = task->program;
    struct error err;
    if (container->handlers != LUA_NOREF && !state_call(scenario->state, start_handlers, container, &err)) {
        error_wrap(&err, "%s", container->name);
        sim_fail(scenario->sim, &err);
    }
}

static void on_end(struct app *app, struct task *task)
{
    struct scenario *scenario = ((struct app_lua *)app)->scenario;
    struct container *container = task->program;
    lua_State *L = state_lua(scenario->state);
    for (struct coroutine *coroutine = container->first, *next; coroutine; coroutine = next) {
        next = coroutine->next;
        coroutine_cut(coroutine);
    }
    resource_give_back(container);
    if (container->object) {
        task_object_container_ended(container->object);
    }
    luaL_unref(L, LUA_REGISTRYINDEX, container->anchor);
    luaL_unref(L, LUA_REGISTRYINDEX, container->handlers);
    luaL_unref(L, LUA_REGISTRYINDEX, container->on_request);
    luaL_unref(L, LUA_REGISTRYINDEX, container->on_connect);
    luaL_unref(L, LUA_REGISTRYINDEX, container->on_disconnect);
    sim_set_culprit(scenario->sim, NULL);            /* may be this container's name */
    task->program = NULL;
    pool_give(scenario->containers, container);
}

struct app *container_app_create(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    struct app_lua *app = arena_alloc(scenario->arena, sizeof *app);
    app->app = lua_isnil(L, -1) ? serving_app
                                : (struct app){ .start = on_start, .sigterm = on_sigterm, .end = on_end };
    app->scenario = scenario;
    app->environment = LUA_NOREF;
    app->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return &app->app;
}
