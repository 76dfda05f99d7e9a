/* What runs in a task: the scenario's program and its coroutines, from start to end of the container. */
#ifndef SCRIPT_CONTAINER_H
#define SCRIPT_CONTAINER_H

#include <lua.h>

#include "model/app.h"
#include "script/coroutine.h"

struct holding;
struct scenario;

/* A program of the scenario: function(task, queues...). Lives in the world's arena. */
struct app_lua {
    struct app app;               /* first */
    struct scenario *scenario;
    int function;                 /* references in the registry */
    int environment;
};

struct container {
    struct task *task;
    struct app_lua *app;
    struct coroutine *first;      /* its coroutines */
    void *object;                 /* the userdata for the task, which `anchor` keeps alive */
    int anchor;                   /* references in the registry */
    int handlers;                 /* list of functions for SIGTERM; LUA_NOREF: none */
    int on_request, on_connect, on_disconnect;       /* how it serves: references; LUA_NOREF */
    int receiving;                /* coroutines that wait for a message */
    struct holding *holdings;     /* of resources */
    char name[48];                /* "task 0123..." */
};

/* The program `function` at the top of the stack, which is popped, as a member of the model's family; nil: a program that
 * only serves requests. */
struct app *container_app_create(lua_State *L);

void container_add(struct container *container, struct coroutine *coroutine);
void container_remove(struct container *container, struct coroutine *coroutine);

#endif
