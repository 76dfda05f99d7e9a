/* sim.params: parameters that the command line may set. */
#include <math.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "base/vec.h"
#include "script/bind.h"

/* Does the text say a time with its unit? "10m" does, "10" and "fast" do not. */
static bool is_time(const char *text)
{
    double ignored;
    struct error err;
    return !units_parse_number(text, &ignored) && units_parse_seconds(text, &ignored, &err);
}

/* The value on top as --set would give it; raises if parameters cannot have it. */
static const char *read_text(lua_State *L, const struct path *path)
{
    struct arena *arena = scenario_of(L)->arena;
    char text[64];
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        return lua_toboolean(L, -1) ? "true" : "false";
    case LUA_TNUMBER:
        units_format_number(fields_number(L, path), 15, text, sizeof text);
        return arena_text(arena, text);
    case LUA_TSTRING:
        return arena_text(arena, lua_tostring(L, -1));
    default:
        fields_error(L, path, "expected a number, a text, true or false, got %s", fields_found(L));
    }
}

static void take_choice(lua_State *L, const struct path *path, int i, void *context)
{
    ((const char **)context)[i] = read_text(L, path);
}

/* The list of choices on top. */
static void read_choices(lua_State *L, const struct path *path, struct parameter *parameter)
{
    size_t most = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
    const char **choices = arena_alloc(scenario_of(L)->arena, (most + 1) * sizeof *choices);
    parameter->choice_count = (size_t)fields_read_list(L, path, (int)most, take_choice, choices);
    parameter->choices = choices;
}

static enum parameter_type type_of(lua_State *L, const struct parameter *parameter)
{
    switch (lua_type(L, -1)) {
    case LUA_TNUMBER: return PARAMETER_NUMBER;
    case LUA_TBOOLEAN: return PARAMETER_BOOLEAN;
    default: break;
    }
    for (size_t i = 0; i < parameter->choice_count; i++) {
        if (!is_time(parameter->choices[i])) {
            return PARAMETER_TEXT;
        }
    }
    return is_time(lua_tostring(L, -1)) ? PARAMETER_TIME : PARAMETER_TEXT;
}

/* Only [1] to [3], min and max may stand in the declaration on top. */
static void check_keys(lua_State *L, const struct path *path)
{
    static const char *const known[] = { "min", "max" };
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected { default, \"sentence\" }, got %s", fields_found(L));
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        bool is_item = lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= 3;
        if (is_item) {
            continue;
        }
        if (lua_type(L, -2) != LUA_TSTRING) {
            fields_error(L, path, "expected { default, \"sentence\" [, choices] [, min =, max =] }");
        }
        const char *key = lua_tostring(L, -2);
        if (strcmp(key, "min") != 0 && strcmp(key, "max") != 0) {
            fields_unknown(L, path, "field", key, known, 2);
        }
    }
}

static double read_bound(lua_State *L, const struct path *path, const char *name, double otherwise)
{
    const struct path here = { .parent = path, .name = name };
    lua_pushstring(L, name);
    double bound = lua_rawget(L, -2) == LUA_TNIL ? otherwise : fields_time(L, &here);
    lua_pop(L, 1);
    return bound;
}

/* The declaration of one parameter on top. */
static void read_declaration(lua_State *L, const struct path *path, struct parameter *parameter)
{
    const struct path default_path = { .parent = path, .index = 1 }, sentence_path = { .parent = path, .index = 2 };
    const struct path choices_path = { .parent = path, .index = 3 };
    check_keys(L, path);
    parameter->min = read_bound(L, path, "min", -INFINITY);
    parameter->max = read_bound(L, path, "max", INFINITY);
    if (lua_rawgeti(L, -1, 3) != LUA_TNIL) {
        read_choices(L, &choices_path, parameter);
    }
    lua_pop(L, 1);
    lua_rawgeti(L, -1, 2);
    parameter->sentence = fields_text(L, &sentence_path);
    lua_pop(L, 1);
    lua_rawgeti(L, -1, 1);
    parameter->default_text = read_text(L, &default_path);
    parameter->type = type_of(L, parameter);
    lua_pop(L, 1);
    struct error err;
    if (!parameter_set(parameter, parameter->default_text, scenario_of(L)->arena, &err)) {
        fields_error(L, path, "the default %s", err.text);
    }
}

static struct parameter *find_parameter(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->parameter_count; i++) {
        if (strcmp(scenario->parameters[i].name, name) == 0) {
            return &scenario->parameters[i];
        }
    }
    return NULL;
}

static const char *nearest_parameter(const struct scenario *scenario, const char *name)
{
    const char **names = arena_alloc(scenario->arena, (scenario->parameter_count + 1) * sizeof *names);
    for (size_t i = 0; i < scenario->parameter_count; i++) {
        names[i] = scenario->parameters[i].name;
    }
    return suggest_nearest(name, names, scenario->parameter_count);
}

bool bind_apply_settings(struct scenario *scenario, struct error *err)
{
    for (size_t i = 0; i < scenario->options.setting_count; i++) {
        const struct scenario_setting *setting = &scenario->options.settings[i];
        struct parameter *parameter = find_parameter(scenario, setting->name);
        if (!parameter) {
            const char *nearest = nearest_parameter(scenario, setting->name);
            return nearest ? error_set(err, "unknown parameter '%s', did you mean '%s'?", setting->name, nearest)
                           : error_set(err, "unknown parameter '%s'", setting->name);
        }
        if (!parameter_set(parameter, setting->value, scenario->arena, err)) {
            return error_wrap(err, "parameter '%s'", setting->name);
        }
        parameter->changed = strcmp(parameter->text, parameter->default_text) != 0;
    }
    return true;
}

static void push_value(lua_State *L, const struct parameter *parameter)
{
    switch (parameter->type) {
    case PARAMETER_BOOLEAN:
        lua_pushboolean(L, parameter->number != 0);
        break;
    case PARAMETER_TEXT:
        lua_pushstring(L, parameter->text);
        break;
    case PARAMETER_NUMBER:
    case PARAMETER_TIME:
        if (parameter->number == floor(parameter->number) && fabs(parameter->number) < 1e15) {
            lua_pushinteger(L, (lua_Integer)parameter->number);      /* so that 360 .. "" is 360 */
        } else {
            lua_pushnumber(L, parameter->number);
        }
    }
}

static int on_unknown(lua_State *L)
{
    const char *name = luaL_tolstring(L, 2, NULL);
    const char *nearest = nearest_parameter(scenario_of(L), name);
    if (nearest) {
        return luaL_error(L, "unknown parameter '%s', did you mean '%s'?", name, nearest);
    }
    return luaL_error(L, "unknown parameter '%s'", name);
}

static void push_values(lua_State *L, const struct scenario *scenario)
{
    lua_createtable(L, 0, (int)scenario->parameter_count);
    for (size_t i = 0; i < scenario->parameter_count; i++) {
        push_value(L, &scenario->parameters[i]);
        lua_setfield(L, -2, scenario->parameters[i].name);
    }
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, on_unknown);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    bind_lock_table(L, "a parameter");
}

int bind_params(lua_State *L)
{
    static const struct path path = { .name = "params" };
    struct scenario *scenario = scenario_of(L);
    bind_check_building(L, "sim.params");
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (scenario->parameters_declared) {
        return luaL_error(L, "sim.params: parameters are declared once");
    }
    scenario->parameters_declared = true;
    for (const char *name = bind_next_name(L, &path, NULL); name; name = bind_next_name(L, &path, name)) {
        const struct path here = { .parent = &path, .name = name };
        struct parameter parameter = { .name = arena_text(scenario->arena, name) };
        lua_getfield(L, 1, name);
        read_declaration(L, &here, &parameter);
        lua_pop(L, 1);
        VEC_GROW(scenario->parameters, scenario->parameter_count, scenario->parameter_room);
        scenario->parameters[scenario->parameter_count++] = parameter;
    }
    struct error err;
    if (!bind_apply_settings(scenario, &err)) {
        return luaL_error(L, "%s", err.text);
    }
    push_values(L, scenario);
    return 1;
}
