#include "lib/world.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void on_resume(struct process *process)
{
    struct puppet *puppet = (struct puppet *)(void *)((char *)process - offsetof(struct puppet, process));
    puppet->resumed++;
    puppet->resumed_at = sim_now(process->sim);
}

static void puppet_start(struct app *app, struct task *task)
{
    struct puppet *puppet = (struct puppet *)app;
    puppet->starts++;
    if (puppet->task != NULL) {
        return;   /* one hand, one puppet: further tasks do nothing */
    }
    puppet->task = task;
    process_init(&puppet->process, task->world->sim, task, on_resume);
}

static void puppet_sigterm(struct app *app, struct task *task)
{
    struct puppet *puppet = (struct puppet *)app;
    puppet->sigterms++;
    if (puppet->exit_on_sigterm) {
        task_exit(task, 0);
    }
}

static void puppet_end(struct app *app, struct task *task)
{
    struct puppet *puppet = (struct puppet *)app;
    puppet->ends++;
    if (puppet->task == task) {
        puppet->task = NULL;
    }
}

static void assume(struct world *world, const char *name, const char *value)
{
    struct error err;
    if (!assumptions_set(&world->assumptions, name, value, &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

static void assume_all(struct world *world, const char *list)
{
    char text[256];
    CU_ASSERT_FATAL(strlen(list) < sizeof text);
    strcpy(text, list);
    for (char *rest = text, *item; (item = strtok_r(rest, " ", &rest)) != NULL;) {
        char *value = strchr(item, '=');
        CU_ASSERT_PTR_NOT_NULL_FATAL(value);
        *value = '\0';
        assume(world, item, value + 1);
    }
}

static const struct task_definition *define_task(struct fixture *fixture)
{
    struct task_definition *definition = arena_alloc(fixture->world->arena, sizeof *definition);
    struct queue **queues = arena_alloc(fixture->world->arena, sizeof *queues);
    queues[0] = fixture->queue;
    *definition = (struct task_definition){
        .family = "worker", .revision = 1, .name = "worker:1", .cpu_units = 256, .memory_mib = 512,
        .ephemeral_storage_gib = 20, .stop_timeout_s = 30, .slots = 1, .startup = dist_constant(0), .cpu_percent = 100,
        .idle_cpu_percent = -1, .idle_memory_percent = -1, .queues = queues, .queue_count = 1,
        .app = &fixture->puppet.app,
    };
    return definition;
}

void fixture_init_assuming(struct fixture *fixture, int desired_count, const char *assumptions)
{
    *fixture = (struct fixture){ .world = world_create(1, 0) };
    fixture->puppet.app = (struct app){ puppet_start, puppet_sigterm, puppet_end };
    assume_all(fixture->world, "sqs_call_ms=10 protect_latency_ms=40 ecs_react_latency_s=5 created_to_pull_s=15 pull_s=5 resolve_digests=off "
                               "first_health_check_s=0");
    assume_all(fixture->world, assumptions);
    struct queue_config queue = {
        .name = "jobs", .visibility_timeout = SIM_MINUTE, .wait_time = 20 * SIM_SECOND, .retention = 4 * SIM_DAY,
    };
    fixture->queue = queue_create(fixture->world, &queue, &fixture->world->assumptions);
    struct service_config service = {
        .name = "worker", .cluster = "default", .definition = define_task(fixture), .desired_count = desired_count,
        .zones = { "a", "b", "c" }, .zone_count = 3, .deployment = { .minimum_healthy_percent = 100, .maximum_percent = 200 },
    };
    fixture->service = service_create(fixture->world, &service, &fixture->world->assumptions);
    token_bucket_init(&fixture->world->protection_bucket, 200, 80);
}

void fixture_init(struct fixture *fixture, int desired_count)
{
    fixture_init_assuming(fixture, desired_count, "");
}

void fixture_finish(struct fixture *fixture)
{
    world_destroy(fixture->world);
}

void fixture_run(struct fixture *fixture, double seconds)
{
    struct error err;
    if (!sim_run(fixture->world->sim, sim_from_seconds(seconds), &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

struct attempt *fixture_receive(struct fixture *fixture, struct queue *queue, int most)
{
    struct process *process = &fixture->puppet.process;
    int resumed = fixture->puppet.resumed;
    queue_receive(queue, process, most);
    sim_time now = sim_now(fixture->world->sim);
    for (int step = 1; fixture->puppet.resumed == resumed && step <= 3000; step++) {
        fixture_run(fixture, sim_seconds(now) + 0.01 * step);
    }
    return process->attempt;
}

void fixture_set_slots(struct fixture *fixture, struct task_definition *definition, int slots)
{
    *definition = *fixture->puppet.task->definition;
    definition->slots = slots;
    fixture->puppet.task->definition = definition;
}

enum protection_verdict fixture_protect(struct task *task, bool enable, double minutes)
{
    return task_protection_apply(task, enable, minutes);
}

int fixture_count_events(const struct fixture *fixture, const char *text)
{
    int found = 0;
    const struct notice *notice;
    for (int i = 0; (notice = notice_newest(fixture->service, i)) != NULL; i++) {
        found += strstr(notice->text, text) != NULL;
    }
    return found;
}
