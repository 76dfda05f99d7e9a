#include "model/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/suggest.h"
#include "base/vec.h"
#include "model/auto_scaling_group.h"
#include "model/world.h"

/* ---- lists of tasks ----------------------------------------------------------------------------------------- */

void task_list_add(struct task_list *list, struct task *task)
{
    task->previous_mate = list->last;
    task->next_mate = NULL;
    *(list->last != NULL ? &list->last->next_mate : &list->first) = task;
    list->last = task;
}

void task_list_remove(struct task_list *list, struct task *task)
{
    *(task->previous_mate != NULL ? &task->previous_mate->next_mate : &list->first) = task->next_mate;
    *(task->next_mate != NULL ? &task->next_mate->previous_mate : &list->last) = task->previous_mate;
}

/* ---- clusters ----------------------------------------------------------------------------------------------- */

struct cluster *cluster_find(const struct world *world, const char *name)
{
    struct cluster *cluster = world->ec2->clusters;
    while (cluster != NULL && strcmp(cluster->name, name) != 0) {
        cluster = cluster->next;
    }
    return cluster;
}

struct cluster *cluster_of(struct world *world, const char *name)
{
    struct cluster *found = cluster_find(world, name);
    if (found != NULL) {
        return found;
    }
    struct cluster *cluster = arena_alloc(world->arena, sizeof *cluster);
    *cluster = (struct cluster){ .world = world, .name = arena_text(world->arena, name) };
    struct cluster **end = &world->ec2->clusters;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = cluster;
    return cluster;
}

int cluster_zones(const struct cluster *cluster, const char **zones, int most)
{
    int count = 0;
    for (const struct auto_scaling_group *group = cluster->groups; group != NULL; group = group->next) {
        for (int i = 0; i < group->config.zone_count && count < most; i++) {
            if (!suggest_is_known(group->config.zones[i], zones, (size_t)count)) {
                zones[count++] = group->config.zones[i];
            }
        }
    }
    return count;
}

void cluster_add_instance(struct cluster *cluster, struct instance *instance)
{
    VEC_GROW(cluster->instances, cluster->instance_count, cluster->instance_room);
    instance->index = cluster->instance_count;
    cluster->instances[cluster->instance_count++] = instance;
}

void cluster_remove_instance(struct cluster *cluster, struct instance *instance)
{
    CHECK(cluster->instances[instance->index] == instance);
    cluster->instance_count--;
    for (int i = instance->index; i < cluster->instance_count; i++) {
        cluster->instances[i] = cluster->instances[i + 1];
        cluster->instances[i]->index = i;
    }
}

void cluster_add_waiting(struct cluster *cluster, struct task *task)
{
    task_list_add(&cluster->waiting, task);
    cluster->waiting_count++;
    task->waits = true;
}

void cluster_remove_waiting(struct cluster *cluster, struct task *task)
{
    task_list_remove(&cluster->waiting, task);
    cluster->waiting_count--;
    task->waits = false;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

struct ec2 *ec2_create(struct world *world)
{
    struct ec2 *ec2 = arena_alloc(world->arena, sizeof *ec2);
    *ec2 = (struct ec2){ .instances = pool_create(sizeof(struct instance)) };
    for (int type = 0; type < INSTANCE_TYPES; type++) {
        ec2->rooms[type].size = cost_size_of_room(type + 1);
    }
    return ec2;
}

/* Of each instance that has not ended. */
static void each_instance(struct ec2 *ec2, void (*visit)(struct instance *instance))
{
    for (struct cluster *cluster = ec2->clusters; cluster != NULL; cluster = cluster->next) {
        for (struct auto_scaling_group *group = cluster->groups; group != NULL; group = group->next) {
            for (struct instance *instance = group->first; instance != NULL; instance = instance->next) {
                visit(instance);
            }
        }
    }
}

static void free_images(struct instance *instance)
{
    free(instance->images);
}

void ec2_destroy(struct ec2 *ec2)
{
    each_instance(ec2, free_images);
    for (struct cluster *cluster = ec2->clusters; cluster != NULL; cluster = cluster->next) {
        free(cluster->instances);
    }
    pool_destroy(ec2->instances);
}

void ec2_end_of_warm_up(struct world *world)
{
    each_instance(world->ec2, instance_flush_books);
    for (int type = 0; type < INSTANCE_TYPES; type++) {
        world->ec2->rooms[type].shares = (struct cost_shares){ { 0 } };
    }
}

void ec2_close_books(struct world *world)
{
    each_instance(world->ec2, instance_flush_books);
}
