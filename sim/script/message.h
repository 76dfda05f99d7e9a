/* Handles of messages: one machine word each, a light userdata that names an attempt by slot and serial. */
#ifndef SCRIPT_MESSAGE_H
#define SCRIPT_MESSAGE_H

#include <lua.h>

struct attempt;
struct process;
struct task;
struct world;

void message_push(lua_State *L, const struct attempt *attempt);

/* NULL: the attempt has ended. */
struct attempt *message_find(struct world *world, const void *handle);

/* The attempt of argument `index`, which must be a message; NULL if it has ended. */
struct attempt *message_check(lua_State *L, int index);

/* The process that calls; the time of its call is added to its next wait (SQS-10). */
struct process *message_calling_process(lua_State *L, const char *call);

/* The attempt whose message is argument `index`, held by `task` and not being worked on; raises otherwise. */
struct attempt *message_check_held(lua_State *L, int index, const struct task *task);

#endif
