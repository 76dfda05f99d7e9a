/* Functions of the scenario that take simulated time: each a Lua coroutine that is a process of the model. */
#ifndef SCRIPT_COROUTINE_H
#define SCRIPT_COROUTINE_H

#include <lua.h>
#include <stdbool.h>

#include "model/endpoint.h"
#include "model/process.h"
#include "model/task.h"
#include "script/resource.h"

struct scenario;
struct container;
struct coroutine;

/* When the function has returned, its coroutine already given back. Not called if the container ended first. */
typedef void coroutine_finished(struct scenario *scenario, void *context);

struct coroutine {
    struct process process;       /* first */
    struct scenario *scenario;
    lua_State *thread;
    lua_Integer anchor;           /* where the thread is kept alive: an index of scenario's table of threads */
    struct container *container;  /* NULL: a process of the world */
    struct coroutine *next, *previous;               /* in the container's list, or among idle ones */
    const char *name;             /* for messages; lives as long as what it names */
    bool cut;                     /* its container ended while it ran: not to be resumed again */
    coroutine_finished *finished; /* NULL: nobody waits for it */
    void *context;

    /* Push what the call that it waits in returns onto `thread`; returns how many. Must not raise or allocate. */
    int (*deliver)(struct coroutine *coroutine);
    union {
        struct {
            struct work work;
            const void *handle;   /* of the message or request */
        } work;
        struct endpoint_call protection;
        sim_time sent_at;         /* of a request */
        struct resource_wait resource;
        struct {
            double seconds;       /* as the script asked */
            sim_time length;
        } held;                   /* a connection */
        struct control_call *control;
    } call;
    int awaited;                  /* task:parallel: functions still running */
};

/* A coroutine that will call the function below the `nargs` values on top of L, which are popped. It waits for nothing: wake
 * it or let it wait. `name` is kept. May raise for want of memory. */
struct coroutine *coroutine_create(lua_State *L, struct container *container, int nargs, const char *name);

/* The same from outside of Lua, without arguments; `function` is a reference in the registry. NULL: no memory, and the run
 * has failed. */
struct coroutine *coroutine_create_from(struct scenario *scenario, struct container *container, int function,
                                        const char *name);

/* The coroutine that runs, about to wait in `call`. Raises where nothing can wait: while the scenario is built, inside
 * comparisons and callbacks of library functions. */
struct coroutine *coroutine_about_to_wait(lua_State *L, const char *call);

/* The container of `coroutine` has ended. */
void coroutine_cut(struct coroutine *coroutine);

int coroutine_deliver_nothing(struct coroutine *coroutine);

#endif
