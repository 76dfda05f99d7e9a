#include "script/measure.h"

#include <math.h>
#include <string.h>

#include "base/vec.h"
#include "model/world.h"

const char *measure_kind_of(const struct world *world, const char *name)
{
    for (int i = 0; i < world->tally_count; i++) {
        if (strcmp(world->tallies[i].name, name) == 0) {
            return "tally";
        }
    }
    for (int i = 0; i < world->level_count; i++) {
        if (strcmp(world->levels[i].name, name) == 0) {
            return "level";
        }
    }
    return NULL;
}

int measure_add_tally(struct world *world, const char *name, const char *unit)
{
    VEC_GROW(world->tallies, world->tally_count, world->tally_room);
    world->tallies[world->tally_count] = (struct named_tally){
        .name = arena_text(world->arena, name), .unit = arena_text(world->arena, unit),
    };
    return world->tally_count++;
}

int measure_add_level(struct world *world, const char *name, const char *unit)
{
    VEC_GROW(world->levels, world->level_count, world->level_room);
    world->levels[world->level_count] = (struct named_level){
        .name = arena_text(world->arena, name), .unit = arena_text(world->arena, unit),
    };
    return world->level_count++;
}

void measure_observe(struct world *world, int tally, int64_t value)
{
    tally_add(&world->tallies[tally].tally, value);
}

void measure_set(struct world *world, int level, double value)
{
    struct named_level *named = &world->levels[level];
    sim_time now = sim_now(world->sim);
    named->area += named->value * sim_seconds(now - named->since);
    named->since = now;
    named->value = value;
    named->min = fmin(named->min, value);
    named->max = fmax(named->max, value);
}
