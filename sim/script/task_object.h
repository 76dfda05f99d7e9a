/* The userdata for a task: the same one as long as anybody holds it, readable after the task has gone. */
#ifndef SCRIPT_TASK_OBJECT_H
#define SCRIPT_TASK_OBJECT_H

#include <lua.h>
#include <stdint.h>

#include "script/fields.h"

struct container;
struct task;
struct world;

/* The object for `task`, pushed. */
void *task_object_push(lua_State *L, struct task *task);
void task_object_container_ended(void *object);

/* The container of the coroutine that runs, whose task argument 1 must be; raises elsewhere. */
struct container *task_object_own_container(lua_State *L, const char *call);

/* The task whose object is argument `index`; NULL: it has gone. */
struct task *task_object_check_alive(lua_State *L, int index);

/* A task as a request names it: it may be gone when the request arrives. */
struct task_name {
    uint32_t slot, handle;        /* of world_find_task; 0, 0: there was never such a task */
    char id[33];
};

/* Object or id on top of the stack; raises if it is neither. */
void task_object_read_name(lua_State *L, const struct path *path, struct task_name *name);

/* The object of the task if it still exists, else its id; pushed. */
void task_object_push_named(lua_State *L, const struct task_name *name);
struct task *task_object_find(const struct world *world, const struct task_name *name);

#endif
