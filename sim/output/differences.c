#include "output/differences.h"

#include <string.h>

#include "model/world.h"

static void visit_of(const struct assumptions *assumptions, const struct assumptions *except, const char *service,
                     void (*visit)(void *, const struct difference *), void *context)
{
    for (int id = 0; id < ASSUME_COUNT; id++) {
        bool known = except != NULL && except->overridden[id]
            && except->values[id].low == assumptions->values[id].low
            && except->values[id].high == assumptions->values[id].high;
        if (!assumptions->overridden[id] || known) {
            continue;
        }
        struct difference difference = { .assumption = &assumption_table[id], .service = service };
        assumption_value_text(assumptions, (enum assumption_id)id, difference.value, sizeof difference.value);
        if (strcmp(difference.value, difference.assumption->value) != 0) {
            visit(context, &difference);
        }
    }
}

void differences_visit(const struct world *world,
                       void (*visit)(void *context, const struct difference *difference), void *context)
{
    visit_of(&world->assumptions, NULL, NULL, visit, context);
    for (int i = 0; i < world->service_count; i++) {
        const struct service *service = world->services[i];
        visit_of(&service->assumptions, &world->assumptions, service->name, visit, context);
    }
}
