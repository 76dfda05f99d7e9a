#include "model/standalone.h"

#include <string.h>

#include "model/cluster.h"
#include "model/disruption.h"
#include "model/seating.h"
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

/* ---- where they run ----------------------------------------------------------------------------------------- */

static bool fits(const struct service *books, const struct cluster *cluster)
{
    const struct instance_settings *settings = books->config.instances;
    return books->tasks_started == 0 || (settings != NULL ? settings->cluster : NULL) == cluster;
}

bool standalone_may_run(const struct world *world, const struct standalone_request *request)
{
    for (int i = 0; i < world->service_count; i++) {
        const struct service *books = world->services[i];
        if (books->is_standalone && strcmp(books->config.definition->family, request->definition->family) == 0) {
            return fits(books, request->cluster);
        }
    }
    return true;
}

static void move_to(struct service *books, struct cluster *cluster)
{
    struct instance_settings *settings = arena_alloc(books->world->arena, sizeof *settings);
    *settings = (struct instance_settings){ .cluster = cluster, .rule = placement_rule_default };
    books->config.instances = settings;
    books->config.zone_count = cluster_zones(cluster, books->config.zones, SERVICE_ZONES_MAX);
    seating_add_service(books);
}

/* ---- RunTask ------------------------------------------------------------------------------------------------ */

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
    if (!fits(books, request->cluster)) {
        answer->failure = "Other tasks of the family run elsewhere";   /* another call was faster */
        return true;
    }
    if (request->cluster != NULL && books->config.instances == NULL) {
        move_to(books, request->cluster);
    }
    books->config.definition = request->definition;
    books->config.strategy = request->strategy.count > 0 ? request->strategy : capacity_strategy_fargate;
    unsigned troubles;
    answer->count = launch_standalone(books, request->count, answer->tasks, &troubles);
    answer->failure = answer->count < request->count ? failure_of(troubles) : NULL;
    return true;
}
