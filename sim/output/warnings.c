#include "output/warnings.h"

#include <string.h>

#include "model/record.h"
#include "model/world.h"

enum { WARNINGS_LISTED = 100 };

static struct warning *find(struct warnings *warnings, const struct record_warning *record)
{
    for (size_t i = 0; i < warnings->count; i++) {
        struct warning *warning = &warnings->list[i];
        if (strcmp(warning->subject, record->subject) == 0 && strcmp(warning->text, record->text) == 0) {
            return warning;
        }
    }
    return NULL;
}

static void on_warning(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    (void)kind;
    struct warnings *warnings = context;
    const struct record_warning *news = record;
    struct warning *known = find(warnings, news);
    if (known != NULL) {
        known->times++;
    } else if (warnings->count < WARNINGS_LISTED) {
        warnings->list[warnings->count++] = (struct warning){
            .subject = arena_text(warnings->world->arena, news->subject),
            .text = arena_text(warnings->world->arena, news->text),
            .times = 1,
        };
    } else {
        warnings->not_listed++;
    }
}

struct warnings *warnings_observe(struct world *world)
{
    struct warnings *warnings = arena_alloc(world->arena, sizeof *warnings);
    warnings->world = world;
    warnings->list = arena_alloc(world->arena, WARNINGS_LISTED * sizeof *warnings->list);
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_WARNING), on_warning, warnings);
    return warnings;
}
