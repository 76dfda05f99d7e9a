#include "model/launch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/placement.h"
#include "model/record.h"
#include "model/world.h"

/* The account of the books for tasks of this size. */
static int find_account(struct service *service, const struct task_definition *definition, enum capacity capacity)
{
    struct service_books *books = &service->books;
    struct cost_size size = {
        .cpu_units = definition->cpu_units, .memory_mib = definition->memory_mib,
        .ephemeral_storage_gib = definition->ephemeral_storage_gib,
        .arm = definition->architecture == ARCHITECTURE_ARM64, .spot = capacity == CAPACITY_FARGATE_SPOT,
        .slots = definition->slots,
    };
    for (int i = 0; i < books->account_count; i++) {
        if (memcmp(&books->accounts[i].size, &size, sizeof size) == 0) {
            return i;
        }
    }
    VEC_GROW(books->accounts, books->account_count, books->account_room);
    books->accounts[books->account_count] = (struct cost_account){ .size = size };
    return books->account_count++;
}

static int zone_with_fewest(const struct service *service)
{
    int counts[SERVICE_ZONES_MAX] = { 0 };
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        counts[task->zone] += task_is_active(task);
    }
    return placement_pick_zone(counts, service->config.zone_count);
}

static struct task *start_one(struct deployment *deployment, int zone)
{
    struct service *service = deployment->service;
    const struct task_definition *definition = deployment->definition;
    enum capacity capacity = service->config.capacity;
    struct task *task = task_create(service->world, deployment, definition,
                                    zone >= 0 ? zone : zone_with_fewest(service), capacity);
    task->account = find_account(service, definition, capacity);
    task->previous = service->last;
    *(service->last != NULL ? &service->last->next : &service->first) = task;
    service->last = task;
    service->books.tasks_created += service->world->in_window;
    deployment->living_count++;
    task_changed(task);
    trace_emit(service->world->sim, RECORD_TASK_STATUS, &(struct record_task_status){ task, "created" });
    return task;
}

int launch_tasks(struct deployment *deployment, int wanted, int zone)
{
    if (wanted <= 0) {
        return 0;
    }
    struct task **started = mem_alloc((size_t)wanted * sizeof(struct task *));
    for (int i = 0; i < wanted; i++) {
        started[i] = start_one(deployment, zone);
    }
    notice_started(deployment->service, started, wanted);
    free(started);
    return wanted;
}
