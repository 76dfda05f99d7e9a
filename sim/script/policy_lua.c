#include "script/policy_lua.h"

#include <limits.h>
#include <stdio.h>

#include "script/bind.h"
#include "script/external_policy.h"
#include "script/metric_fields.h"

/* A rule in Lua: a function that is called in a thread of its own and has to answer at once. */
struct lua_policy {
    struct scenario *scenario;
    lua_State *thread;            /* kept alive by the registry */
    int function, data;           /* references in the registry; the table `data` is used again each time */
};

/* ---- asking ------------------------------------------------------------------------------------------------- */

struct asking {
    const struct lua_policy *policy;
    const struct custom_question *question;
};

static int push_question(lua_State *L)
{
    const struct asking *asking = lua_touserdata(L, 1);
    const struct custom_question *question = asking->question;
    lua_State *thread = asking->policy->thread;
    lua_rawgeti(L, LUA_REGISTRYINDEX, asking->policy->data);
    for (int i = 0; i < question->count; i++) {
        lua_pushnumber(L, question->data[i]);
        lua_setfield(L, -2, question->ids[i]);
    }
    lua_rawgeti(thread, LUA_REGISTRYINDEX, asking->policy->function);
    lua_pushinteger(thread, question->capacity);
    lua_xmove(L, thread, 1);
    return 0;
}

static bool read_answer(lua_State *thread, struct custom_answer *answer, struct error *err)
{
    int whole;
    lua_settop(thread, 2);
    if (lua_isnil(thread, 1)) {
        return true;
    }
    lua_Integer capacity = lua_tointegerx(thread, 1, &whole);
    if (lua_type(thread, 1) != LUA_TNUMBER) {
        return error_set(err, "decide returned a %s, not a number of tasks or nil", luaL_typename(thread, 1));
    }
    if (!whole || capacity < 0 || capacity > INT_MAX) {
        return error_set(err, "decide returned %g, not a whole number of tasks from 0 on", lua_tonumber(thread, 1));
    }
    answer->proposes = true;
    answer->capacity = (int)capacity;
    if (lua_type(thread, 2) == LUA_TSTRING) {
        snprintf(answer->reason, sizeof answer->reason, "%s", lua_tostring(thread, 2));
    }
    return true;
}

static bool decide(void *context, const struct custom_question *question, struct custom_answer *answer,
                   struct error *err)
{
    const struct lua_policy *policy = context;
    struct asking asking = { policy, question };
    if (!state_call(policy->scenario->state, push_question, &asking, err)) {
        return false;
    }
    int status = state_resume(policy->scenario->state, policy->thread, 2);
    if (status == LUA_YIELD) {
        return error_set(err, "decide has to answer at once: it cannot yield");
    }
    if (status != LUA_OK) {
        state_describe(policy->thread, "decide", policy->scenario->options.path, err);
        return false;
    }
    bool fine = read_answer(policy->thread, answer, err);
    lua_settop(policy->thread, 0);
    return fine;
}

/* ---- reading the configuration ------------------------------------------------------------------------------ */

struct custom_request {
    struct metric_request metric;
    double evaluation_interval_s, scale_out_cooldown_s, scale_in_cooldown_s;
};

/* Only looked at: it is taken from the table once everything else is known to be right. */
static void check_decide(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field, (void)out;
    int type = lua_type(L, -1);
    if (type != LUA_TFUNCTION && type != LUA_TTABLE) {
        fields_error(L, path, "expected a function, or a list of texts that names a program, got a %s",
                     luaL_typename(L, -1));
    }
}

static const struct field custom_fields[] = {
    { .name = "metrics", .type = FIELD_CUSTOM, .read = metric_read_queries, .required = true,
      .offset = offsetof(struct custom_request, metric) },
    { .name = "evaluation_interval", .type = FIELD_TIME, .least = 1, .most = 86400,
      .offset = offsetof(struct custom_request, evaluation_interval_s) },
    { .name = "scale_out_cooldown", .type = FIELD_TIME, .least = 0, .most = 1e9,
      .offset = offsetof(struct custom_request, scale_out_cooldown_s) },
    { .name = "scale_in_cooldown", .type = FIELD_TIME, .least = 0, .most = 1e9,
      .offset = offsetof(struct custom_request, scale_in_cooldown_s) },
    { .name = "decide", .type = FIELD_CUSTOM, .read = check_decide, .required = true },
    FIELDS_END,
};

/* The function on top of the stack. */
static struct custom_decider function_decider(lua_State *L)
{
    struct lua_policy *policy = arena_alloc(scenario_of(L)->arena, sizeof *policy);
    policy->scenario = scenario_of(L);
    policy->function = bind_keep_function(L, lua_gettop(L));
    policy->thread = lua_newthread(L);
    lua_sethook(policy->thread, NULL, 0, 0);         /* it would inherit the watchdog's */
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    policy->data = luaL_ref(L, LUA_REGISTRYINDEX);
    return (struct custom_decider){ decide, policy };
}

static void take_word(lua_State *L, const struct path *path, int i, void *context)
{
    ((const char **)context)[i] = fields_text(L, path);
}

/* The list of texts on top of the stack. */
static struct custom_decider program_decider(lua_State *L, const struct path *path, const char *policy)
{
    struct scenario *scenario = scenario_of(L);
    const char **words = arena_alloc(scenario->arena, (EXTERNAL_WORDS_MAX + 1) * sizeof *words);
    if (fields_read_list(L, path, EXTERNAL_WORDS_MAX, take_word, words) == 0) {
        fields_error(L, path, "expected the name of a program and its arguments, got an empty list");
    }
    if (!scenario->options.allow_exec) {
        fields_error(L, path, "the policy '%s' is decided by the program '%s', which is started only with --allow-exec",
                     policy, words[0]);
    }
    struct external_policy *external = external_policy_create(scenario->arena, policy, words);
    external->next = scenario->externals;
    scenario->externals = external;
    return (struct custom_decider){ external_policy_decide, external };
}

void policy_lua_read(lua_State *L, const struct path *path, const char *policy, struct custom_policy_config *config)
{
    const struct path decide_path = { .parent = path, .name = "decide" };
    struct custom_request request = { .evaluation_interval_s = 60 };
    fields_read(L, -1, path, custom_fields, &request);
    double period_s = request.metric.query_period_s > 0 ? request.metric.query_period_s : 60;
    *config = (struct custom_policy_config){
        .query = request.metric.query, .period = sim_from_seconds(period_s),
        .evaluation_interval = sim_from_seconds(request.evaluation_interval_s),
        .scale_out_cooldown_s = request.scale_out_cooldown_s, .scale_in_cooldown_s = request.scale_in_cooldown_s,
    };
    lua_getfield(L, -1, "decide");
    config->decider = lua_isfunction(L, -1) ? function_decider(L) : program_decider(L, &decide_path, policy);
    lua_pop(L, 1);
}
