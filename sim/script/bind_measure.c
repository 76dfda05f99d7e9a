/* What a scenario measures itself: sim.tally, sim.level; and sim.log. */
#include <math.h>

#include "model/record.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/measure.h"
#include "script/sandbox.h"

struct measure {
    struct object object;
    int index;                    /* in world->tallies or world->levels */
};

/* The arguments of a call that makes one: a name that no other has, and a unit. */
static const char *check_name(lua_State *L, const char *call)
{
    bind_check_building(L, call);
    const char *name = luaL_checkstring(L, 1);
    luaL_checkstring(L, 2);
    const char *kind = measure_kind_of(scenario_of(L)->world, name);
    if (kind) {
        luaL_argerror(L, 1, lua_pushfstring(L, "there is already a %s '%s'", kind, name));
    }
    return name;
}

static int push_measure(lua_State *L, enum object_kind kind, int index)
{
    struct measure *measure = object_create(L, kind, sizeof *measure, 0);
    measure->index = index;
    return 1;
}

int bind_tally(lua_State *L)
{
    const char *name = check_name(L, "sim.tally");
    return push_measure(L, OBJECT_TALLY, measure_add_tally(scenario_of(L)->world, name, lua_tostring(L, 2)));
}

int bind_level(lua_State *L)
{
    const char *name = check_name(L, "sim.level");
    return push_measure(L, OBJECT_LEVEL, measure_add_level(scenario_of(L)->world, name, lua_tostring(L, 2)));
}

static double check_finite(lua_State *L)
{
    double number = luaL_checknumber(L, 2);
    luaL_argcheck(L, fabs(number) < 9e9, 2, "expected a number between -9e9 and 9e9");
    return number;
}

static int call_add(lua_State *L)
{
    const struct measure *measure = object_check(L, 1, OBJECT_TALLY);
    measure_observe(scenario_of(L)->world, measure->index, sim_from_seconds(check_finite(L)));
    return 0;
}

static int call_set(lua_State *L)
{
    const struct measure *measure = object_check(L, 1, OBJECT_LEVEL);
    measure_set(scenario_of(L)->world, measure->index, check_finite(L));
    return 0;
}

static int tally_describe(lua_State *L)
{
    const struct measure *measure = object_check(L, 1, OBJECT_TALLY);
    lua_pushfstring(L, "tally %s", scenario_of(L)->world->tallies[measure->index].name);
    return 1;
}

static int level_describe(lua_State *L)
{
    const struct measure *measure = object_check(L, 1, OBJECT_LEVEL);
    lua_pushfstring(L, "level %s", scenario_of(L)->world->levels[measure->index].name);
    return 1;
}

void bind_open_measures(lua_State *L)
{
    static const luaL_Reg tally[] = { { "add", call_add }, { NULL, NULL } };
    static const luaL_Reg level[] = { { "set", call_set }, { NULL, NULL } };
    luaL_newlib(L, tally);
    object_open_kind(L, OBJECT_TALLY, NULL, tally_describe);
    luaL_newlib(L, level);
    object_open_kind(L, OBJECT_LEVEL, NULL, level_describe);
}

int bind_log(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    const struct coroutine *coroutine = scenario->running;
    const char *text = sandbox_format(L);
    const struct record_log record = {
        .task = coroutine && coroutine->container ? coroutine->container->task : NULL, .text = text,
    };
    trace_emit(scenario->sim, RECORD_LOG, &record);
    return 0;
}
