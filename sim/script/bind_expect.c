/* sim.expect and sim.eventually: kept as texts while the scenario is built, parsed when all that they may name exists. */
#include <string.h>

#include "base/units.h"
#include "base/vec.h"
#include "script/bind.h"

static struct expected *add_expected(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    VEC_GROW(scenario->expected, scenario->expected_count, scenario->expected_room);
    struct expected *expected = &scenario->expected[scenario->expected_count++];
    luaL_where(L, 1);
    *expected = (struct expected){ .place = arena_text(scenario->arena, lua_tostring(L, -1)) };
    lua_pop(L, 1);
    return expected;
}

/* The right side of a rule, on top: a number, or a comparison. */
static const char *read_side(lua_State *L, const struct path *path)
{
    if (lua_type(L, -1) == LUA_TNUMBER) {
        char text[64];
        units_format_number(fields_number(L, path), 15, text, sizeof text);
        return arena_text(scenario_of(L)->arena, text);
    }
    return fields_text(L, path);
}

/* Rules that stand alone: "max_tasks * 10 <= 100". */
static void take_rules(lua_State *L, const struct path *path)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    for (lua_Integer i = 1; i <= n; i++) {
        const struct path here = { .parent = path, .index = i };
        lua_rawgeti(L, 1, i);
        const char *rule = fields_text(L, &here);
        add_expected(L)->right = rule;
        lua_pop(L, 1);
    }
}

/* A copy of argument 1 without its list items, pushed. */
static void push_named(lua_State *L)
{
    lua_newtable(L);
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    for (lua_pushnil(L); lua_next(L, 1);) {
        bool is_item = lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= n;
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        if (is_item) {
            lua_pop(L, 2);
        } else {
            lua_rawset(L, -4);
        }
    }
}

int bind_expect(lua_State *L)
{
    static const struct path path = { .name = "expect" };
    bind_check_building(L, "sim.expect");
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    take_rules(L, &path);
    push_named(L);
    for (const char *name = bind_next_name(L, &path, NULL); name; name = bind_next_name(L, &path, name)) {
        const struct path here = { .parent = &path, .name = name };
        lua_getfield(L, -1, name);
        const char *right = read_side(L, &here);
        struct expected *expected = add_expected(L);
        expected->left = arena_text(scenario_of(L)->arena, name);
        expected->right = right;
        lua_pop(L, 1);
    }
    return 0;
}

struct eventually_request {
    sim_time after;
    enum eventually_after kind;
    double within;
};

static void read_after(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct eventually_request *request = out;
    if (lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "load_end") == 0) {
        request->kind = AFTER_LOAD_END;
        return;
    }
    if (lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "deployment") == 0) {
        request->kind = AFTER_DEPLOYMENT;
        return;
    }
    double seconds = fields_time(L, path);
    fields_check_range(L, path, seconds, 0, 9e9);
    request->after = sim_from_seconds(seconds);
}

static const struct field eventually_fields[] = {
    { .name = "after", .type = FIELD_CUSTOM, .read = read_after, .required = true },
    { .name = "within", .type = FIELD_TIME, .required = true, .offset = offsetof(struct eventually_request, within),
      .least = 0, .most = 9e9 },
    FIELDS_END,
};

int bind_eventually(lua_State *L)
{
    static const struct path path = { .name = "eventually" };
    static const struct path condition_path = { .parent = &path, .index = 1 };
    bind_check_building(L, "sim.eventually");
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct eventually_request request = { 0 };
    lua_rawgeti(L, 1, 1);
    const char *condition = fields_text(L, &condition_path);
    lua_pop(L, 1);
    push_named(L);
    fields_read(L, -1, &path, eventually_fields, &request);
    struct expected *expected = add_expected(L);
    expected->is_eventually = true;
    expected->right = condition;
    expected->after = request.after;
    expected->after_kind = request.kind;
    expected->within = sim_from_seconds(request.within);
    return 0;
}

/* Parameters as names of numbers. */
static struct parameter_value *parameter_values(const struct scenario *scenario)
{
    struct parameter_value *values = arena_alloc(scenario->arena, (scenario->parameter_count + 1) * sizeof *values);
    for (size_t i = 0; i < scenario->parameter_count; i++) {
        values[i] = (struct parameter_value){ scenario->parameters[i].name, scenario->parameters[i].number };
    }
    return values;
}

static bool parse_one(struct world *world, struct expected *expected, const struct parameter_value *values, int count,
                      struct error *err)
{
    if (expected->is_eventually) {
        expected->eventually = eventually_create(world, expected->right, expected->after_kind, expected->after,
                                                 expected->within, values, count, err);
        return expected->eventually || error_wrap(err, "%seventually", expected->place);
    }
    expected->expectation = expectation_parse(world, expected->left, expected->right, values, count, err);
    return expected->expectation || error_wrap(err, "%sexpect", expected->place);
}

bool bind_parse_expected(struct scenario *scenario, struct error *err)
{
    const struct parameter_value *values = parameter_values(scenario);
    for (size_t i = 0; i < scenario->expected_count; i++) {
        if (!parse_one(scenario->world, &scenario->expected[i], values, (int)scenario->parameter_count, err)) {
            return false;
        }
    }
    return true;
}
