#include "script/control.h"

#include <lauxlib.h>
#include <string.h>

#include "base/check.h"
#include "model/disruption.h"
#include "script/bind.h"

enum { RESULTS_MAX = 3 };

static const char answers_key;    /* its address is the registry's key: answers by anchor of the coroutine */

static void push_answers(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &answers_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &answers_key);
    }
}

static lua_Integer answer_index(const struct control_call *call, int result)
{
    return call->coroutine->anchor * RESULTS_MAX + result;
}

/* Ask AWS and keep what it says until the answer has come back. */
static int make_answer(lua_State *L)
{
    struct control_call *call = lua_touserdata(L, 1);
    push_answers(L);
    int answers = lua_gettop(L);
    int results = call->answer(L, call);
    CHECK(results >= 1 && results <= RESULTS_MAX);
    for (int i = results; i > 0; i--) {
        lua_rawseti(L, answers, answer_index(call, i));
    }
    call->results = results;
    return 0;
}

static void on_effect(struct sim *sim, void *self)
{
    struct coroutine *coroutine = self;
    struct error err;
    if (!state_call(coroutine->scenario->state, make_answer, coroutine->call.control, &err)) {
        error_wrap(&err, "%s", coroutine->name);
        sim_fail(sim, &err);
    }
}

static int deliver_answer(struct coroutine *coroutine)
{
    const struct control_call *call = coroutine->call.control;
    lua_State *L = coroutine->thread;
    push_answers(L);
    int answers = lua_gettop(L);
    for (int i = 1; i <= call->results; i++) {
        lua_rawgeti(L, answers, answer_index(call, i));
        lua_pushnil(L);
        lua_rawseti(L, answers, answer_index(call, i));
    }
    lua_remove(L, answers);
    return call->results;
}

void *control_begin(lua_State *L, const char *name, size_t size, control_answer *answer)
{
    struct coroutine *coroutine = coroutine_about_to_wait(L, name);
    if (lua_gettop(L) != 1) {
        luaL_error(L, "%s: expected one argument, got %d", name, lua_gettop(L));
    }
    struct control_call *call = lua_newuserdatauv(L, size, 0);       /* stays on the coroutine's stack while it waits */
    memset(call, 0, size);
    call->coroutine = coroutine;
    call->answer = answer;
    return call;
}

void control_read(lua_State *L, const char *name, const struct field *fields, void *call)
{
    const struct path path = { .name = name };
    fields_read(L, 1, &path, fields, call);
}

int control_wait(lua_State *L, void *self, enum assumption_id latency)
{
    struct control_call *call = self;
    struct coroutine *coroutine = call->coroutine;
    struct scenario *scenario = coroutine->scenario;
    coroutine->call.control = call;
    coroutine->deliver = deliver_answer;
    process_call(&coroutine->process, assumed_draw(&scenario->world->assumptions, latency, &scenario->api_rng), on_effect);
    return lua_yield(L, 0);
}

int control_refuse(lua_State *L, const char *code, const char *message)
{
    lua_pushnil(L);
    lua_pushstring(L, code);
    lua_pushstring(L, message);
    return 3;
}

bool control_take_token(struct scenario *scenario, struct token_bucket *bucket)
{
    return !disruption_throttles(scenario->world) && token_bucket_take(bucket, sim_now(scenario->sim));
}

int control_refuse_throttled(lua_State *L)
{
    return control_refuse(L, "ThrottlingException", "Rate exceeded");
}
