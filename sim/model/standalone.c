#include "model/standalone.h"

#include <string.h>

#include "model/disruption.h"
#include "model/world.h"

bool task_is_standalone(const struct task *task)
{
    return task->deployment == NULL;
}

static bool is_taken(const struct world *world, const char *name)
{
    const struct service *service = world_find_service(world, name);
    return service != NULL && !service->is_standalone;
}

struct service *standalone_books(struct world *world, const struct task_definition *definition)
{
    const char *name = definition->family;
    if (is_taken(world, name)) {
        name = arena_printf(world->arena, "%s-standalone", name);
    }
    struct service *books = world_find_service(world, name);
    return books != NULL ? books : service_create_standalone(world, name, definition);
}

/* Of what was in the way, the first in ECS's order of checks. */
static const char *failure_of(unsigned troubles)
{
    static const char *const reasons[TROUBLE_COUNT] = {
        [TROUBLE_NO_CAPACITY] =
            "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        [TROUBLE_VCPU_QUOTA] = "You've reached the limit on the number of vCPUs you can run concurrently",
        [TROUBLE_THROTTLED] = "Rate exceeded",
        [TROUBLE_NO_INSTANCE] = "RESOURCE",
        [TROUBLE_PROVISIONING_LIMIT] = "The tasks provisioning capacity limit was exceeded",
        [TROUBLE_EMPTY_PROVIDER] = "EMPTY CAPACITY PROVIDER",
    };
    for (int trouble = 0; trouble < TROUBLE_COUNT; trouble++) {
        if (troubles & 1U << trouble) {
            return reasons[trouble];
        }
    }
    return NULL;
}

static bool is_throttled(struct world *world)
{
    sim_time now = sim_now(world->sim);
    return disruption_throttles(world) || !token_bucket_take(&world->cluster_modify_bucket, now) ||
           !token_bucket_take(&world->run_task_bucket, now);
}

bool standalone_run(struct world *world, const struct standalone_request *request, struct standalone_answer *answer)
{
    *answer = (struct standalone_answer){ .count = 0 };
    if (is_throttled(world)) {
        return false;
    }
    struct service *books = standalone_books(world, request->definition);
    books->config.definition = request->definition;
    books->config.strategy = request->strategy.count > 0 ? request->strategy : capacity_strategy_fargate;
    unsigned troubles;
    answer->count = launch_standalone(books, request->count, answer->tasks, &troubles);
    answer->failure = answer->count < request->count ? failure_of(troubles) : NULL;
    return true;
}
