/* What a scenario measures itself: sim.tally, sim.level; and sim.log. */
#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "model/record.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/sandbox.h"

struct measure {
    struct object object;
    int index;                    /* in world->tallies or world->levels */
};

/* The arguments of a call that makes one: a name that no other has, and a unit. Kept for the run. */
static const char *check_name(lua_State *L, const char *call)
{
    const struct world *world = scenario_of(L)->world;
    bind_check_building(L, call);
    const char *name = luaL_checkstring(L, 1);
    luaL_checkstring(L, 2);
    for (int i = 0; i < world->tally_count; i++) {
        luaL_argcheck(L, strcmp(world->tallies[i].name, name) != 0, 1, "there is already a tally of this name");
    }
    for (int i = 0; i < world->level_count; i++) {
        luaL_argcheck(L, strcmp(world->levels[i].name, name) != 0, 1, "there is already a level of this name");
    }
    return arena_text(world->arena, name);
}

static int push_measure(lua_State *L, enum object_kind kind, int index)
{
    struct measure *measure = object_create(L, kind, sizeof *measure, 0);
    measure->index = index;
    return 1;
}

int bind_tally(lua_State *L)
{
    struct world *world = scenario_of(L)->world;
    const char *name = check_name(L, "sim.tally");
    VEC_GROW(world->tallies, world->tally_count, world->tally_room);
    world->tallies[world->tally_count] = (struct named_tally){
        .name = name, .unit = arena_text(world->arena, lua_tostring(L, 2)),
    };
    return push_measure(L, OBJECT_TALLY, world->tally_count++);
}

int bind_level(lua_State *L)
{
    struct world *world = scenario_of(L)->world;
    const char *name = check_name(L, "sim.level");
    VEC_GROW(world->levels, world->level_count, world->level_room);
    world->levels[world->level_count] = (struct named_level){
        .name = name, .unit = arena_text(world->arena, lua_tostring(L, 2)),
    };
    return push_measure(L, OBJECT_LEVEL, world->level_count++);
}

static double check_finite(lua_State *L)
{
    double number = luaL_checknumber(L, 2);
    luaL_argcheck(L, fabs(number) < 9e9, 2, "expected a number between -9e9 and 9e9");
    return number;
}

static int call_add(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    const struct measure *measure = object_check(L, 1, OBJECT_TALLY);
    tally_add(&scenario->world->tallies[measure->index].tally, sim_from_seconds(check_finite(L)));
    return 0;
}

static int call_set(lua_State *L)
{
    struct scenario *scenario = scenario_of(L);
    const struct measure *measure = object_check(L, 1, OBJECT_LEVEL);
    double value = check_finite(L);
    struct named_level *level = &scenario->world->levels[measure->index];
    sim_time now = sim_now(scenario->sim);
    level->area += level->value * sim_seconds(now - level->since);
    level->since = now;
    level->value = value;
    level->min = fmin(level->min, value);
    level->max = fmax(level->max, value);
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
