/* Calls to a control plane from the scenario: they take time, reach AWS half-way, and answer as AWS does. */
#ifndef SCRIPT_CONTROL_H
#define SCRIPT_CONTROL_H

#include <lua.h>

#include "model/assumption.h"
#include "script/coroutine.h"
#include "script/fields.h"

struct control_call;
struct scenario;
struct token_bucket;

/* Acts at the instant when the call reaches AWS and pushes the answer: a table, or nil, code, message (control_refuse). May
 * raise only for want of memory. */
typedef int control_answer(lua_State *L, struct control_call *call);

/* The head of a call's own struct, which begins with it. Lives on the coroutine's Lua stack. */
struct control_call {
    struct coroutine *coroutine;
    control_answer *answer;
    void *subject;                /* for calls about one thing */
    int results;                  /* 0 until AWS has answered */
};

/* A call of `size` bytes, zeroed, made by the coroutine that runs; raises where nothing can wait. Argument 1 is the call's
 * only one. */
void *control_begin(lua_State *L, const char *name, size_t size, control_answer *answer);

/* Read argument 1, a table, into the call. */
void control_read(lua_State *L, const char *name, const struct field *fields, void *call);

/* Send it, wait a latency drawn from `latency`, return the answer: `return control_wait(...)`. */
int control_wait(lua_State *L, void *call, enum assumption_id latency);

/* Push nil, code and message: what AWS says when it refuses. */
int control_refuse(lua_State *L, const char *code, const char *message);

/* The account's bucket for this call has a token, which is taken; false: the call is throttled, by a disruption if not by
 * the bucket, and the answer is control_refuse_throttled(L). */
bool control_take_token(struct scenario *scenario, struct token_bucket *bucket);
int control_refuse_throttled(lua_State *L);

#endif
