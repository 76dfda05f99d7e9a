/* A Lua state under guard: its memory is counted, no resume runs for ever, its errors become messages. */
#ifndef SCRIPT_STATE_H
#define SCRIPT_STATE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct state_limits {
    size_t memory;                /* bytes */
    uint64_t instructions;        /* of one resume, counted only once it has run long */
};
extern const struct state_limits state_limits_default;

struct state;

/* A state without any library. `owner` is what lua_getextraspace finds in each of its threads (state_owner). Create, use and
 * destroy it in one thread of the operating system. */
struct state *state_create(const struct state_limits *limits, void *owner, struct error *err);
void state_destroy(struct state *state);             /* NULL is fine */
lua_State *state_lua(struct state *state);           /* the main thread */

static inline void *state_owner(lua_State *L)
{
    return *(void **)lua_getextraspace(L);
}

/* Run body with `context` as its only argument, a light userdata; its results are dropped. False: it raised (`err`). */
bool state_call(struct state *state, lua_CFunction body, void *context, struct error *err);

/* lua_resume under the watchdog. */
int state_resume(struct state *state, lua_State *thread, int nargs);

/* The error value on top of `thread`, which a resume or a call left there: "FILE:LINE: message (in NAME)", then the lines that
 * led to it. `name` may be NULL. The line is one of the script `script` if that led to it, rather than of a module; NULL: the
 * innermost one. */
void state_describe(lua_State *thread, const char *name, const char *script, struct error *err);

#endif
