/* Connections: sessions as their clients and the programs that serve them see them, light handles like messages. */
#include <math.h>

#include "model/request.h"
#include "model/session.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/handle.h"
#include "script/task_object.h"

static const double HOLD_MOST_S = 1e9;    /* longer than any run */

static void push_connection(lua_State *L, const struct session *session)
{
    handle_push(L, HANDLE_CONNECTION, session->slot, session->serial);
}

/* The session of the connection at `index`; NULL if it has ended. */
static struct session *check_connection(lua_State *L, int index)
{
    handle_check(L, index, HANDLE_CONNECTION, "connection");
    const void *handle = lua_touserdata(L, index);
    return session_find(scenario_of(L)->world, handle_slot(handle), handle_serial(handle));
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

/* Argument 2 of a connect: nothing, or the connection that was cut, which makes it the same session again. */
static bool check_resumed(lua_State *L)
{
    if (lua_isnoneornil(L, 2)) {
        return false;
    }
    luaL_argcheck(L, !check_connection(L, 2), 2, "the connection is still open");
    return true;
}

static void check_time_runs(lua_State *L, const char *call)
{
    if (!scenario_of(L)->running) {
        luaL_error(L, "%s can be called only while time runs", call);
    }
}

static int push_outcome(lua_State *L, const struct session *session, int status)
{
    if (session) {
        push_connection(L, session);
        return 1;
    }
    lua_pushnil(L);
    lua_pushinteger(L, status);
    return 2;
}

int bind_target_group_connect(lua_State *L)
{
    struct target_group *group = ((struct reference *)object_check(L, 1, OBJECT_TARGET_GROUP))->target;
    check_time_runs(L, "target_group:connect");
    int status;
    struct session *session = target_group_connect(group, check_resumed(L), &status);
    return push_outcome(L, session, status);
}

int bind_task_connect(lua_State *L)
{
    struct task *task = task_object_check_alive(L, 1);
    check_time_runs(L, "task:connect");
    int status = HTTP_BAD_GATEWAY;
    bool resumed = check_resumed(L);
    struct session *session = task ? task_connect(task, resumed, &status) : NULL;
    return push_outcome(L, session, status);
}

/* ---- methods ------------------------------------------------------------------------------------------------ */

/* What was asked for, to the last digit, unless it ended before. */
static int deliver_held(struct coroutine *coroutine)
{
    bool whole = coroutine->process.number >= coroutine->call.held.length;
    lua_pushnumber(coroutine->thread, whole ? coroutine->call.held.seconds : sim_seconds(coroutine->process.number));
    return 1;
}

static double check_seconds(lua_State *L, int index)
{
    sim_time time = bind_check_time(L, index);
    return lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : sim_seconds(time);
}

static int connection_hold(lua_State *L)
{
    struct session *session = check_connection(L, 1);
    struct coroutine *coroutine = coroutine_about_to_wait(L, "connection:hold");
    double seconds = check_seconds(L, 2);
    if (!session) {
        lua_pushinteger(L, 0);
        return 1;
    }
    luaL_argcheck(L, !session->holder, 1, "another coroutine holds the connection");
    coroutine->call.held.seconds = seconds;
    coroutine->call.held.length = sim_from_seconds(fmin(seconds, HOLD_MOST_S));
    coroutine->deliver = deliver_held;
    session_hold(session, coroutine->call.held.length, &coroutine->process);
    return lua_yield(L, 0);
}

/* Who calls in the task's container is the server, everybody else the client. */
static int connection_close(lua_State *L)
{
    struct session *session = check_connection(L, 1);
    const struct coroutine *coroutine = scenario_of(L)->running;
    if (session && coroutine && coroutine->container && coroutine->container->task == session->task) {
        session_hang_up(session);
    } else if (session) {
        session_leave(session);
    }
    return 0;
}

void bind_add_connection_methods(lua_State *L)
{
    static const luaL_Reg methods[] = { { "close", connection_close }, { "hold", connection_hold }, { NULL, NULL } };
    luaL_setfuncs(L, methods, 0);
}

/* ---- the program's side ------------------------------------------------------------------------------------- */

/* Run the handler in a coroutine of its own. */
static void start_handler(const struct session *session, int handler)
{
    struct container *container = session->task->program;
    struct coroutine *coroutine =
        coroutine_create_from(container->app->scenario, container, handler, container->name);
    if (coroutine) {
        push_connection(coroutine->thread, session);
        process_wake(&coroutine->process);
    }
}

void bind_on_connect(struct session *session)
{
    const struct container *container = session->task->program;
    start_handler(session, container->on_connect);
}

void bind_on_disconnect(struct session *session)
{
    const struct container *container = session->task->program;
    start_handler(session, container->on_disconnect);
}
