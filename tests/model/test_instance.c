#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lib/unit.h"
#include "model/audit.h"
#include "model/capacity.h"
#include "model/capacity_provider.h"
#include "model/metric.h"
#include "model/outcome.h"
#include "model/probe.h"
#include "model/record.h"
#include "model/seating.h"
#include "model/standalone.h"
#include "model/world.h"

/* A cluster of one group of m5.large (2048 units, 8038 MiB, two network interfaces for tasks) over zones a and b, and services
 * on it whose programs do nothing. Instances take 100 s to register, tasks 5 s to start and as long again without their image. */
struct scene {
    struct world *world;
    struct auto_scaling_group *group;
    struct capacity_provider *provider;      /* NULL: launch type EC2 */
    struct app app;
};

static void start_nothing(struct app *app, struct task *task)
{
    (void)app, (void)task;
}

static void assume(struct world *world, const char *name, const char *value)
{
    struct error err;
    if (!assumptions_set(&world->assumptions, name, value, &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

static void scene_init(struct scene *scene, int instances, int most)
{
    *scene = (struct scene){ .world = world_create(1, 0), .app = { .start = start_nothing } };
    static const char *const fixed[][2] = {
        { "ecs_react_latency_s", "5" }, { "resolve_digests", "off" }, { "ec2_instance_cold_s", "100" },
        { "ec2_task_start_s", "5" }, { "pull_s", "5" }, { "healthy_after_s", "0" },
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        assume(scene->world, fixed[i][0], fixed[i][1]);
    }
    scene->group = auto_scaling_group_create(scene->world, &(struct auto_scaling_group_config){
        .name = "hosts", .cluster = "default", .type = instance_type_find("m5.large"), .max_size = most,
        .desired_capacity = instances, .zones = { "a", "b" }, .zone_count = 2,
    });
}

static void add_provider(struct scene *scene, bool scales, bool protects, bool drains)
{
    struct capacity_provider_config config = {
        .name = "hosts", .group = scene->group, .scaling = managed_scaling_default, .termination_protection = protects,
        .managed_draining = drains,
    };
    config.scaling.enabled = scales;
    scene->provider = capacity_provider_create(scene->world, &config);
}

static const struct task_definition *define(struct scene *scene, int cpu, int memory)
{
    struct task_definition *definition = arena_alloc(scene->world->arena, sizeof *definition);
    *definition = (struct task_definition){
        .family = "worker", .revision = 1, .name = "worker:1", .cpu_units = cpu, .memory_mib = memory,
        .ephemeral_storage_gib = 20, .stop_timeout_s = 30, .slots = 1, .startup = dist_constant(0), .cpu_percent = 100,
        .idle_cpu_percent = -1, .idle_memory_percent = -1, .app = &scene->app, .interfaces = 0,
    };
    return definition;
}

struct service_spec {
    const char *name;
    int cpu, memory, desired;
    struct placement_rule rule;
    bool is_daemon;
};

static struct service *add_service(struct scene *scene, const struct service_spec *spec)
{
    struct instance_settings *settings = arena_alloc(scene->world->arena, sizeof *settings);
    *settings = (struct instance_settings){
        .cluster = scene->group->cluster, .rule = spec->rule, .is_daemon = spec->is_daemon,
    };
    if (spec->rule.strategy_count == 0) {
        settings->rule.strategies[0] = SPREAD_ZONE;
        settings->rule.strategies[1] = SPREAD_INSTANCE;
        settings->rule.strategy_count = 2;
    }
    struct service_config config = {
        .name = spec->name, .cluster = "default", .definition = define(scene, spec->cpu, spec->memory),
        .desired_count = spec->desired, .zones = { "a", "b" }, .zone_count = 2, .instances = settings,
        .strategy = { .shares = { { CAPACITY_EC2, 0, 1, spec->is_daemon ? NULL : scene->provider } }, .count = 1 },
        .deployment = { .minimum_healthy_percent = spec->is_daemon ? 0 : 100, .maximum_percent = spec->is_daemon ? 100 : 200,
                        .bake_minutes = -1 },
    };
    struct service *service = service_create(scene->world, &config, &scene->world->assumptions);
    seating_add_service(service);
    return service;
}

static struct service *add_worker(struct scene *scene, int cpu, int desired)
{
    return add_service(scene, &(struct service_spec){ .name = "worker", .cpu = cpu, .memory = 1024, .desired = desired });
}

static void run(struct scene *scene, double seconds)
{
    struct error err;
    if (!sim_run(scene->world->sim, sim_from_seconds(seconds), &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

/* Ends the run at `seconds`: the audit goes through its books. */
static void finish(struct scene *scene, double seconds)
{
    struct world *world = scene->world;
    run(scene, seconds);
    world->ended_at = sim_now(world->sim);
    ec2_close_books(world);
    for (int i = 0; i < world->service_count; i++) {
        for (struct task *task = world->services[i]->first; task != NULL; task = task->next) {
            task_close_books(task);
        }
    }
    CU_ASSERT(audit_world(world, NULL, 0) > 0);
    world_destroy(world);
}

static int count_events(const struct service *service, const char *text)
{
    int found = 0;
    const struct notice *notice;
    for (int i = 0; (notice = notice_newest(service, i)) != NULL; i++) {
        found += strstr(notice->text, text) != NULL;
    }
    return found;
}

static int tasks_on(const struct instance *instance, const struct service *service)
{
    int count = 0;
    for (const struct task *task = instance->tasks.first; task != NULL; task = task->next_mate) {
        count += task->service == service && task_is_active(task);
    }
    return count;
}

static int active_instances(const struct scene *scene)
{
    int count = 0;
    for (int i = 0; i < scene->group->cluster->instance_count; i++) {
        count += scene->group->cluster->instances[i]->status == INSTANCE_ACTIVE;
    }
    return count;
}

/* ---- instances and tasks on them ----------------------------------------------------------------------------- */

static void instances_come_up_evenly_over_the_zones(void)
{
    struct scene scene;
    scene_init(&scene, 3, 10);
    run(&scene, 99);
    CU_ASSERT_EQUAL(scene.group->cluster->instance_count, 0);
    run(&scene, 100);
    CU_ASSERT_EQUAL(active_instances(&scene), 3);
    const struct instance *first = scene.group->first;
    CU_ASSERT_STRING_EQUAL(instance_zone_name(first), "a");
    CU_ASSERT_STRING_EQUAL(instance_zone_name(first->next), "b");
    CU_ASSERT_STRING_EQUAL(instance_zone_name(first->next->next), "a");
    CU_ASSERT_EQUAL(strlen(first->id), 19);
    CU_ASSERT_EQUAL(first->registered.cpu_units, 2048);
    CU_ASSERT_EQUAL(first->registered.memory_mib, 8038);   /* PLACE-06: of 8192 */
    CU_ASSERT_EQUAL(first->registered.interfaces, 2);
    finish(&scene, 3600);
}

static void with_a_launch_type_a_task_starts_where_there_is_room_or_not_at_all(void)
{
    struct scene scene;
    scene_init(&scene, 1, 10);
    struct service *service = add_worker(&scene, 1024, 3);
    run(&scene, 95);
    CU_ASSERT_PTR_NULL(service->first);
    CU_ASSERT_EQUAL(count_events(service, "was unable to place a task because no container instance met all of its requirements."), 1);
    CU_ASSERT_EQUAL(count_events(service, "closest matching"), 0);

    run(&scene, 106);                                   /* the pass at 105 s finds the instance */
    CU_ASSERT_EQUAL(service->pending_count, 2);
    CU_ASSERT_EQUAL(service->first->status, TASK_ACTIVATING);
    run(&scene, 110);
    CU_ASSERT_EQUAL(service->first->next->status, TASK_RUNNING);    /* SCHED-20: the image is there, it was pulled for the first */
    CU_ASSERT_EQUAL(service->first->status, TASK_ACTIVATING);
    run(&scene, 115);
    CU_ASSERT_EQUAL(service->running_count, 2);
    CU_ASSERT_EQUAL(scene.group->first->free.cpu_units, 0);

    service->notices.trouble_standing[TROUBLE_NO_INSTANCE] = false;
    run(&scene, 125);
    char expected[128];
    snprintf(expected, sizeof expected, "(container-instance %s) has insufficient CPU units available.", scene.group->first->id);
    CU_ASSERT_EQUAL(count_events(service, expected), 1);
    finish(&scene, 3600);
}

/* SCHED-14: the scheduler counts the room of a STOPPING task as free, the agent waits for it. */
static void a_new_task_waits_for_the_room_of_one_that_stops(void)
{
    struct scene scene;
    scene_init(&scene, 1, 10);
    struct service *service = add_worker(&scene, 2048, 1);
    run(&scene, 125);
    struct task *old = service->first;
    CU_ASSERT_EQUAL_FATAL(old->status, TASK_RUNNING);
    task_stop(old, CAUSE_STOP_TASK, "UserInitiated", "Task stopped by user");
    CU_ASSERT_EQUAL(old->status, TASK_STOPPING);
    CU_ASSERT_EQUAL(scene.group->first->free.cpu_units, 2048);
    CU_ASSERT_EQUAL(scene.group->first->unused.cpu_units, 0);
    run(&scene, 136);
    struct task *new = service->last;
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(new, old);
    CU_ASSERT_EQUAL(new->status, TASK_PENDING);
    CU_ASSERT_PTR_EQUAL(new->instance, scene.group->first);
    run(&scene, 156);                                   /* SIGKILL after 30 s, at 155 s */
    CU_ASSERT_EQUAL(new->status, TASK_ACTIVATING);
    CU_ASSERT_EQUAL(new->pull_started_at, sim_from_seconds(155));
    run(&scene, 160);
    CU_ASSERT_EQUAL(new->status, TASK_RUNNING);
    finish(&scene, 3600);
}

static void packed_and_spread_services_fill_instances_as_asked(void)
{
    struct scene scene;
    scene_init(&scene, 4, 10);
    struct service *packed = add_service(&scene, &(struct service_spec){
        .name = "packed", .cpu = 256, .memory = 512, .desired = 6,
        .rule = { .strategies = { BINPACK_CPU }, .strategy_count = 1 } });
    struct service *apart = add_service(&scene, &(struct service_spec){
        .name = "apart", .cpu = 256, .memory = 512, .desired = 6,
        .rule = { .distinct_instance = true, .strategies = { PLACE_RANDOM }, .strategy_count = 1 } });
    run(&scene, 200);
    CU_ASSERT_EQUAL(packed->running_count, 6);
    int hosts = 0;
    for (const struct instance *instance = scene.group->first; instance != NULL; instance = instance->next) {
        hosts += tasks_on(instance, packed) > 0;
        CU_ASSERT_EQUAL(tasks_on(instance, apart), 1);
    }
    CU_ASSERT_EQUAL(hosts, 1);
    CU_ASSERT_EQUAL(apart->running_count, 4);
    finish(&scene, 3600);
}

/* SCHED-44: the instance with most tasks of the service gives. */
static void scale_in_evens_out_instances(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    struct service *service = add_worker(&scene, 256, 6);
    run(&scene, 200);
    struct instance *first = scene.group->first, *second = first->next;
    CU_ASSERT_EQUAL(tasks_on(first, service), 3);
    service_set_desired(service, 2, "update_service");
    run(&scene, 300);
    CU_ASSERT_EQUAL(tasks_on(first, service), 1);
    CU_ASSERT_EQUAL(tasks_on(second, service), 1);
    finish(&scene, 3600);
}

/* ---- the bill ----------------------------------------------------------------------------------------------- */

static void an_instance_costs_its_price_whatever_runs_on_it(void)
{
    struct scene scene;
    struct error err;
    scene_init(&scene, 1, 10);
    add_worker(&scene, 1024, 1);
    scene.world->config.duration = SIM_HOUR;
    CU_ASSERT_FATAL(world_run(scene.world, &err));
    const struct kpi_scope all = { .world = scene.world }, worker = { .world = scene.world, .service = scene.world->services[0] };
    struct cost_bill bill = outcome_bill(&all), tasks = outcome_bill(&worker);
    CU_ASSERT_EQUAL((int64_t)bill.total_pico, INT64_C(96000000000));
    /* 100 s until it is registered; from 105 s on the task takes (9 x 1024 + 1024) of (9 x 2048 + 8192). */
    double share = 10.0 / 26, idle = 96e9 / 3600 * (3500 - 3495 * share);
    CU_ASSERT_DOUBLE_EQUAL((double)bill.part_pico[COST_STARTUP], 96e9 / 3600 * (100 + 10 * share), 1e6);
    CU_ASSERT_DOUBLE_EQUAL((double)tasks.total_pico, 96e9 / 3600 * 3495 * share, 1e6);
    CU_ASSERT_DOUBLE_EQUAL((double)(bill.part_pico[COST_IDLE] - tasks.part_pico[COST_IDLE]), idle, 1e6);
    world_destroy(scene.world);
}

/* COST-05: at least a minute. */
static void an_instance_that_ends_at_once_costs_a_minute(void)
{
    struct scene scene;
    scene_init(&scene, 1, 10);
    run(&scene, 10);
    auto_scaling_group_set_desired(scene.group, 0);
    CU_ASSERT_EQUAL((int64_t)outcome_bill(&(struct kpi_scope){ .world = scene.world }).total_pico, INT64_C(1600000000));
    finish(&scene, 3600);
}

/* ---- groups and capacity providers -------------------------------------------------------------------------- */

static void tasks_wait_until_managed_scaling_has_made_room(void)
{
    struct scene scene;
    scene_init(&scene, 0, 10);
    add_provider(&scene, true, false, true);
    struct service *service = add_worker(&scene, 1024, 6);
    run(&scene, 59);
    CU_ASSERT_EQUAL(service->pending_count, 6);
    CU_ASSERT_EQUAL(service->first->status, TASK_PROVISIONING);
    CU_ASSERT_STRING_EQUAL(task_zone_name(service->first), "");
    CU_ASSERT_EQUAL(capacity_provider_reservation(scene.provider).percent, 200);
    run(&scene, 60);
    CU_ASSERT_EQUAL(scene.group->instance_count, 2);    /* CAP-20 */
    run(&scene, 160);
    CU_ASSERT_EQUAL(active_instances(&scene), 2);
    CU_ASSERT_EQUAL(scene.group->cluster->waiting_count, 2);
    run(&scene, 359);
    CU_ASSERT_EQUAL(scene.group->instance_count, 2);    /* CAP-12: they warm up for 300 s */
    run(&scene, 360);
    CU_ASSERT_EQUAL(scene.group->instance_count, 3);
    run(&scene, 500);
    CU_ASSERT_EQUAL(service->running_count, 6);
    CU_ASSERT_EQUAL(count_events(service, "was unable"), 0);
    finish(&scene, 3600);
}

static void a_task_that_waits_can_be_cancelled(void)
{
    struct scene scene;
    scene_init(&scene, 0, 0);
    add_provider(&scene, true, false, true);
    struct service *service = add_worker(&scene, 1024, 3);
    run(&scene, 30);
    CU_ASSERT_EQUAL(scene.group->cluster->waiting_count, 3);
    CU_ASSERT_EQUAL(count_events(service, "No Container Instances were found in your capacity provider."), 1);   /* EVENT-11 */
    service_set_desired(service, 1, "update_service");
    run(&scene, 40);
    CU_ASSERT_EQUAL(scene.group->cluster->waiting_count, 1);
    CU_ASSERT_EQUAL(count_events(service, "stopped 2 pending tasks."), 1);
    finish(&scene, 3600);
}

static void provisioning_has_a_limit(void)
{
    struct scene scene;
    scene_init(&scene, 0, 1);
    assume(scene.world, "provisioning_limit", "4");
    add_provider(&scene, true, false, true);
    struct service *service = add_worker(&scene, 1024, 6);
    run(&scene, 30);
    CU_ASSERT_EQUAL(scene.group->cluster->waiting_count, 4);   /* SCHED-25 */
    CU_ASSERT_EQUAL(count_events(service, "because the tasks provisioning capacity limit was exceeded."), 1);
    finish(&scene, 3600);
}

/* CAP-13, CAP-21: fifteen minutes below the target, then step by step. */
static void empty_instances_go_after_a_quarter_of_an_hour(void)
{
    struct scene scene;
    scene_init(&scene, 10, 10);
    add_provider(&scene, true, true, true);
    static const int way[] = { 10, 6, 4, 3, 2, 1, 0, 0 };
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        run(&scene, 60.0 * (14 + (double)i));
        CU_ASSERT_EQUAL(scene.group->instance_count, way[i]);
    }
    finish(&scene, 7200);
}

/* CAP-17: one task that stays pins its instance. */
static void a_task_pins_its_instance_under_termination_protection(void)
{
    struct scene scene;
    scene_init(&scene, 4, 10);
    add_provider(&scene, true, true, true);
    run(&scene, 150);                                   /* waiting tasks would all go on the first instance */
    struct service *service = add_worker(&scene, 512, 4);
    run(&scene, 200);
    for (const struct instance *instance = scene.group->first; instance != NULL; instance = instance->next) {
        CU_ASSERT_EQUAL(tasks_on(instance, service), 1);
    }
    CU_ASSERT_EQUAL(capacity_provider_reservation(scene.provider).percent, 100);
    auto_scaling_group_set_desired(scene.group, 1);      /* by hand: nothing may go */
    CU_ASSERT_EQUAL(scene.group->instance_count, 4);
    CU_ASSERT_EQUAL(scene.group->held_told, 3);
    struct instance *last = scene.group->last;
    task_protection_apply(last->tasks.first, true, 2880);
    service_set_desired(service, 1, "update_service");
    run(&scene, 3600);
    CU_ASSERT_EQUAL(service->running_count, 1);
    CU_ASSERT_EQUAL(scene.group->instance_count, 1);     /* those that emptied went at once */
    CU_ASSERT_PTR_EQUAL(scene.group->first, last);
    CU_ASSERT_EQUAL(scene.group->held_told, 0);
    finish(&scene, 7200);
}

static void without_protection_and_draining_tasks_die_with_their_instance(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    struct service *service = add_worker(&scene, 256, 4);
    run(&scene, 200);
    struct task *task = scene.group->first->tasks.first;
    auto_scaling_group_set_desired(scene.group, 1);      /* CAP-14: neither; the older one goes, of equals */
    CU_ASSERT_TRUE(task->ended);
    CU_ASSERT_EQUAL(task->cause, CAUSE_HOST);
    CU_ASSERT_EQUAL(task->sigterm_at, -1);
    CU_ASSERT_EQUAL(active_instances(&scene), 1);
    run(&scene, 300);
    CU_ASSERT_EQUAL(service->running_count, 4);
    CU_ASSERT_EQUAL(tasks_on(scene.group->first, service), 4);
    finish(&scene, 3600);
}

/* SCHED-38, CAP-14: replaced elsewhere first, then stopped; the instance goes when it is empty. */
static void managed_draining_moves_tasks_before_the_instance_goes(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    add_provider(&scene, false, false, true);
    run(&scene, 150);
    struct service *service = add_worker(&scene, 256, 4);
    run(&scene, 200);
    struct instance *going = scene.group->first;
    auto_scaling_group_set_desired(scene.group, 1);
    CU_ASSERT_EQUAL(going->status, INSTANCE_DRAINING);
    CU_ASSERT_EQUAL(service->running_count, 4);
    int least = 4;
    for (int second = 201; second <= 320; second++) {
        run(&scene, second);
        least = service->running_count < least ? service->running_count : least;
    }
    CU_ASSERT_EQUAL(least, 4);
    CU_ASSERT_EQUAL(scene.group->cluster->instance_count, 1);
    CU_ASSERT_EQUAL(tasks_on(scene.group->first, service), 4);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_DRAIN], 2);
    finish(&scene, 3600);
}

/* CAP-14, PROT-90 */
static void draining_ends_after_two_days_whatever_is_left(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    assume(scene.world, "draining_honours_protection", "on");
    add_provider(&scene, false, false, true);
    run(&scene, 150);
    struct service *service = add_worker(&scene, 256, 2);
    run(&scene, 200);
    struct instance *going = scene.group->first;
    struct task *task = going->tasks.first;
    task_protection_apply(task, true, 2880);
    run(&scene, 210);
    auto_scaling_group_set_desired(scene.group, 1);
    run(&scene, 47 * 3600);
    task_protection_apply(task, true, 2880);
    CU_ASSERT_EQUAL(going->status, INSTANCE_DRAINING);
    CU_ASSERT_EQUAL(task->status, TASK_RUNNING);
    run(&scene, 48 * 3600 + 209);
    CU_ASSERT_EQUAL(going->status, INSTANCE_DRAINING);
    run(&scene, 48 * 3600 + 210);
    CU_ASSERT_EQUAL(scene.group->cluster->instance_count, 1);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_DRAIN], 1);
    finish(&scene, 49 * 3600);
}

static void a_draining_instance_gets_no_task(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    struct service *service = add_worker(&scene, 256, 1);
    run(&scene, 200);
    struct instance *empty = scene.group->first->task_count == 0 ? scene.group->first : scene.group->last;
    instance_drain(empty);
    service_set_desired(service, 3, "update_service");
    run(&scene, 300);
    CU_ASSERT_EQUAL(service->running_count, 3);
    CU_ASSERT_EQUAL(empty->task_count, 0);
    instance_activate(empty);
    service_set_desired(service, 4, "update_service");
    run(&scene, 400);
    CU_ASSERT_EQUAL(tasks_on(empty, service), 1);
    finish(&scene, 3600);
}

/* SCHED-38: who was to go and has not gone yet may stay. */
static void an_instance_that_is_activated_again_keeps_its_tasks(void)
{
    struct scene scene;
    scene_init(&scene, 1, 10);
    struct service *service = add_worker(&scene, 512, 2);
    run(&scene, 200);
    struct instance *instance = scene.group->first;
    instance_drain(instance);
    run(&scene, 260);                                    /* nowhere else is room */
    CU_ASSERT_EQUAL(service->running_count, 2);
    instance_activate(instance);
    run(&scene, 600);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_DRAIN], 0);
    CU_ASSERT_EQUAL(service->tasks_started, 2);
    finish(&scene, 3600);
}

/* ---- daemons ------------------------------------------------------------------------------------------------ */

/* DEPLOY-07 */
static void a_daemon_runs_once_on_each_instance_before_all_others(void)
{
    struct scene scene;
    scene_init(&scene, 1, 10);
    add_provider(&scene, true, false, true);
    struct service *daemon =
        add_service(&scene, &(struct service_spec){ .name = "agent", .cpu = 512, .memory = 512, .is_daemon = true });
    struct service *worker = add_worker(&scene, 512, 3);
    run(&scene, 101);
    CU_ASSERT_EQUAL(daemon->desired_count, 1);
    CU_ASSERT_EQUAL(scene.group->first->tasks.first->service, daemon);
    CU_ASSERT_EQUAL(tasks_on(scene.group->first, worker), 3);
    auto_scaling_group_set_desired(scene.group, 3);
    run(&scene, 300);
    CU_ASSERT_EQUAL(daemon->running_count, 3);
    for (const struct instance *instance = scene.group->first; instance != NULL; instance = instance->next) {
        CU_ASSERT_EQUAL(tasks_on(instance, daemon), 1);
    }
    /* CAP-08: daemons keep no instance busy. */
    CU_ASSERT_EQUAL(capacity_provider_reservation(scene.provider).needed, 1);
    finish(&scene, 1200);
}

/* DEPLOY-07: room is kept for it. */
static void the_room_of_a_daemon_that_crashed_is_kept(void)
{
    struct scene scene;
    scene_init(&scene, 1, 1);
    struct service *daemon =
        add_service(&scene, &(struct service_spec){ .name = "agent", .cpu = 512, .memory = 512, .is_daemon = true });
    struct service *worker = add_worker(&scene, 512, 4);
    run(&scene, 200);
    CU_ASSERT_EQUAL(worker->running_count, 3);
    task_exit(daemon->first, 1);
    run(&scene, 300);
    CU_ASSERT_EQUAL(worker->running_count, 3);
    CU_ASSERT_EQUAL(daemon->running_count, 1);
    finish(&scene, 3600);
}

/* SCHED-38 */
static void a_daemon_leaves_a_draining_instance_last(void)
{
    struct scene scene;
    scene_init(&scene, 2, 2);
    add_provider(&scene, false, false, true);
    struct service *daemon =
        add_service(&scene, &(struct service_spec){ .name = "agent", .cpu = 512, .memory = 512, .is_daemon = true });
    add_worker(&scene, 256, 2);
    run(&scene, 200);
    struct instance *going = scene.group->first;
    auto_scaling_group_set_desired(scene.group, 1);
    CU_ASSERT_EQUAL(tasks_on(going, daemon), 1);
    CU_ASSERT_EQUAL(daemon->desired_count, 2);
    run(&scene, 320);
    CU_ASSERT_EQUAL(scene.group->cluster->instance_count, 1);
    CU_ASSERT_EQUAL(daemon->desired_count, 1);
    CU_ASSERT_EQUAL(daemon->running_count, 1);
    CU_ASSERT_EQUAL(daemon->books.stops[CAUSE_DRAIN], 1);
    finish(&scene, 3600);
}

/* DEPLOY-07: a new revision stops the old task on an instance before it starts its own there. */
static void a_daemon_is_deployed_in_place(void)
{
    struct scene scene;
    scene_init(&scene, 3, 3);
    struct service *daemon =
        add_service(&scene, &(struct service_spec){ .name = "agent", .cpu = 512, .memory = 512, .is_daemon = true });
    run(&scene, 200);
    const struct task_definition *newer = define(&scene, 1024, 512);
    service_deploy(daemon, newer);
    for (int second = 201; second <= 400; second++) {
        run(&scene, second);
        for (const struct instance *instance = scene.group->first; instance != NULL; instance = instance->next) {
            int living = 0;
            for (const struct task *task = instance->tasks.first; task != NULL; task = task->next_mate) {
                living += !task->ended;
            }
            CU_ASSERT(living <= 1);
        }
    }
    CU_ASSERT_EQUAL(daemon->running_count, 3);
    CU_ASSERT_PTR_EQUAL(daemon->first->definition, newer);
    CU_ASSERT_EQUAL(daemon->deployments->rollout_state, ROLLOUT_COMPLETED);
    finish(&scene, 3600);
}

/* PROT-48: it is gone from every instance, and its room is free. */
static void a_deleted_daemon_comes_to_no_instance_any_more(void)
{
    struct scene scene;
    scene_init(&scene, 1, 2);
    struct service *daemon =
        add_service(&scene, &(struct service_spec){ .name = "agent", .cpu = 512, .memory = 512, .is_daemon = true });
    struct service *worker = add_worker(&scene, 512, 8);
    run(&scene, 200);
    CU_ASSERT_EQUAL(worker->running_count, 3);
    service_delete(daemon, true);
    auto_scaling_group_set_desired(scene.group, 2);
    run(&scene, 500);
    CU_ASSERT_EQUAL(daemon->status, SERVICE_INACTIVE);
    CU_ASSERT_EQUAL(daemon->running_count + daemon->pending_count, 0);
    CU_ASSERT_EQUAL(worker->running_count, 8);
    finish(&scene, 3600);
}

/* ---- standalone tasks ---------------------------------------------------------------------------------------- */

static struct standalone_answer run_standalone(struct scene *scene, int count)
{
    struct standalone_answer answer;
    const struct standalone_request request = {
        .definition = define(scene, 1024, 1024), .count = count, .cluster = scene->group->cluster,
        .strategy = { .shares = { { CAPACITY_EC2, 0, 1, scene->provider } }, .count = 1 },
    };
    CU_ASSERT_FATAL(standalone_run(scene->world, &request, &answer));
    return answer;
}

static void begin_standalone(struct scene *scene, bool with_provider)
{
    scene_init(scene, 1, 3);
    token_bucket_init(&scene->world->cluster_modify_bucket, 100, 40);
    token_bucket_init(&scene->world->run_task_bucket, 100, 20);
    if (with_provider) {
        add_provider(scene, true, true, true);
    }
    run(scene, 150);
}

/* SCHED-24, SCHED-38 */
static void standalone_tasks_take_the_room_that_there_is(void)
{
    struct scene scene;
    begin_standalone(&scene, false);
    struct standalone_answer answer = run_standalone(&scene, 3);
    CU_ASSERT_EQUAL_FATAL(answer.count, 2);
    CU_ASSERT_STRING_EQUAL(answer.failure, "RESOURCE");
    struct service *books = answer.tasks[0]->service;
    CU_ASSERT_PTR_NULL(notice_newest(books, 0));
    run(&scene, 200);
    CU_ASSERT_EQUAL(books->running_count, 2);
    instance_drain(scene.group->first);
    run(&scene, 1000);
    CU_ASSERT_EQUAL(books->running_count, 2);            /* draining leaves them alone */
    CU_ASSERT_PTR_NULL(run_standalone(&scene, 1).tasks[0]);
    finish(&scene, 3600);
}

/* CAP-09 */
static void standalone_tasks_wait_for_room_of_a_capacity_provider(void)
{
    struct scene scene;
    begin_standalone(&scene, true);
    struct standalone_answer answer = run_standalone(&scene, 3);
    CU_ASSERT_EQUAL_FATAL(answer.count, 3);
    CU_ASSERT_PTR_NULL(answer.failure);
    CU_ASSERT_EQUAL(scene.group->cluster->waiting_count, 1);
    run(&scene, 700);
    CU_ASSERT_EQUAL(answer.tasks[0]->service->running_count, 3);
    CU_ASSERT_EQUAL(scene.group->instance_count, 2);
    finish(&scene, 3600);
}

/* ---- what befalls instances --------------------------------------------------------------------------------- */

static void a_lost_instance_is_launched_anew_where_there_is_capacity(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    struct service *service = add_worker(&scene, 256, 4);
    run(&scene, 200);
    capacity_shortage_begin(scene.world, CAPACITY_ANY, "a", 600 * SIM_SECOND);
    instance_terminate(scene.group->first, CAUSE_HOST);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_HOST], 2);
    run(&scene, 201);
    CU_ASSERT_EQUAL(scene.group->instance_count, 2);
    CU_ASSERT_STRING_EQUAL(instance_zone_name(scene.group->last), "b");
    run(&scene, 400);
    CU_ASSERT_EQUAL(service->running_count, 4);
    capacity_shortage_begin(scene.world, CAPACITY_ANY, "b", 600 * SIM_SECOND);
    instance_terminate(scene.group->first, CAUSE_HOST);
    run(&scene, 790);
    CU_ASSERT_EQUAL(scene.group->instance_count, 1);
    run(&scene, 861);                                   /* zone a has capacity again from 800 s on */
    CU_ASSERT_EQUAL(scene.group->instance_count, 2);
    CU_ASSERT_STRING_EQUAL(instance_zone_name(scene.group->last), "a");
    finish(&scene, 3600);
}

/* SCHED-42 */
static void zones_without_an_instance_are_not_rebalanced(void)
{
    struct scene scene;
    scene_init(&scene, 1, 10);
    scene.group->config.max_size = 1;                    /* in zone a */
    struct service *service = add_worker(&scene, 256, 4);
    service->config.zone_rebalancing = true;
    run(&scene, 1000);
    CU_ASSERT_EQUAL(service->running_count, 4);
    CU_ASSERT_EQUAL(count_events(service, "AZ balanced"), 0);
    auto_scaling_group_create(scene.world, &(struct auto_scaling_group_config){
        .name = "more", .cluster = "default", .type = instance_type_find("m5.large"), .max_size = 1,
        .desired_capacity = 1, .zones = { "b" }, .zone_count = 1,
    });
    run(&scene, 1400);
    CU_ASSERT_EQUAL(count_events(service, "is AZ balanced with 2 tasks in a, 2 tasks in b."), 1);
    finish(&scene, 3600);
}

/* ---- metrics ------------------------------------------------------------------------------------------------ */

static double read_metric(struct scene *scene, const char *namespace_, const char *name, const char *provider)
{
    const struct metric_name wanted = {
        .namespace_ = namespace_, .name = name, .dimension_count = provider != NULL ? 2 : 1,
        .dimensions = { { "ClusterName", "default" }, { "CapacityProviderName", provider } },
    };
    struct error err;
    double value;
    struct metric *metric = metric_find(scene->world, &wanted, &err);
    if (metric == NULL) {
        CU_FAIL_FATAL(err.text);
    }
    metric_keep(metric, sim_now(scene->world->sim), SIM_HOUR);
    run(scene, sim_seconds(sim_now(scene->world->sim)) + 60);
    return metric_read(metric, sim_now(scene->world->sim) - SIM_MINUTE, SIM_MINUTE, STATISTIC_AVERAGE, &value) ? value : -1;
}

/* METRIC-06, CAP-06 */
static void clusters_report_what_is_reserved_and_used(void)
{
    struct scene scene;
    scene_init(&scene, 2, 10);
    add_provider(&scene, false, false, true);
    probe_start(scene.world);
    add_worker(&scene, 1024, 1);
    CU_ASSERT_EQUAL(read_metric(&scene, "AWS/ECS", "CPUReservation", NULL), -1);    /* no instance is registered yet */
    run(&scene, 240);
    CU_ASSERT_EQUAL(read_metric(&scene, "AWS/ECS", "CPUReservation", NULL), 25);
    CU_ASSERT_DOUBLE_EQUAL(read_metric(&scene, "AWS/ECS", "MemoryReservation", NULL), 100.0 * 1024 / (2 * 8038), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(read_metric(&scene, "AWS/ECS", "CPUUtilization", NULL), 0.25, 1e-9);   /* 1 % of it (METRIC-08) */
    CU_ASSERT_DOUBLE_EQUAL(read_metric(&scene, "AWS/ECS", "MemoryUtilization", NULL), 20.0 * 1024 / (2 * 8038), 1e-9);
    CU_ASSERT_EQUAL(read_metric(&scene, "AWS/ECS/ManagedScaling", "CapacityProviderReservation", "hosts"), 50);
    finish(&scene, 3600);
}

/* ---- beside Fargate ----------------------------------------------------------------------------------------- */

/* What a service does, second by second: counts, and events without the tasks' identifiers. */
struct story {
    char *text;
    size_t used, room;
    struct world *world;
};

static void tell(struct story *story, const char *text)
{
    size_t length = strlen(text);
    while (story->used + length + 1 > story->room) {
        story->room = story->room > 0 ? 2 * story->room : 4096;
        story->text = mem_resize(story->text, story->room, 1);
    }
    memcpy(story->text + story->used, text, length + 1);
    story->used += length;
}

static void on_service_event(void *context, sim_time now, int kind, const void *record)
{
    (void)kind;
    const struct record_service_event *event = record;
    struct story *story = context;
    char line[64];
    snprintf(line, sizeof line, "%.3f ", sim_seconds(now));
    tell(story, line);
    for (const char *rest = event->text, *task; *rest != '\0'; rest = task + strcspn(task, ")")) {
        task = strstr(rest, "(task ");
        char part[512];
        task = task != NULL ? task : rest + strlen(rest);
        snprintf(part, sizeof part, "%.*s", (int)(task - rest), rest);
        tell(story, part);
    }
    tell(story, "\n");
}

static void watch(struct story *story, struct service *service, int until)
{
    struct error err;
    for (int second = (int)sim_seconds(sim_now(story->world->sim)) + 1; second <= until; second++) {
        char line[64];
        CU_ASSERT_FATAL(sim_run(story->world->sim, second * SIM_SECOND, &err));
        snprintf(line, sizeof line, "%d %d\n", service->running_count, service->pending_count);
        tell(story, line);
    }
}

/* Scaled out, deployed, crashed, protected, scaled in, deployed again; launch and stop take the same time on both sides. */
static void live(struct story *story, bool on_instances)
{
    struct scene scene = { .world = world_create(1, 0), .app = { .start = start_nothing } };
    static const char *const equal[][2] = {
        { "ec2_instance_cold_s", "0" }, { "ec2_task_start_s", "20" }, { "created_to_pull_s", "20" }, { "pull_s", "0" },
        { "stop_report_s", "0" }, { "eni_detach_s", "0" }, { "ecs_react_latency_s", "5" },
    };
    for (size_t i = 0; i < sizeof equal / sizeof *equal; i++) {
        assume(scene.world, equal[i][0], equal[i][1]);
    }
    scene.group = auto_scaling_group_create(scene.world, &(struct auto_scaling_group_config){
        .name = "hosts", .cluster = "default", .type = instance_type_find("m5.xlarge"), .max_size = 20,
        .desired_capacity = 20, .zones = { "a", "b" }, .zone_count = 2,
    });
    run(&scene, 0);
    struct service *service = add_worker(&scene, 256, 3);
    if (!on_instances) {
        service->config.instances = NULL;
        service->config.strategy = capacity_strategy_fargate;
    }
    story->world = scene.world;
    trace_observe(sim_trace(scene.world->sim), RECORD_BIT(RECORD_SERVICE_EVENT), on_service_event, story);
    watch(story, service, 150);
    service_set_desired(service, 12, "update_service");
    watch(story, service, 400);
    service_deploy(service, define(&scene, 512, 1024));
    watch(story, service, 800);
    task_exit(service->first, 1);
    watch(story, service, 900);
    task_protection_apply(service->first, true, 10);
    task_protection_apply(service->last, true, 20);
    service_set_desired(service, 1, "update_service");
    watch(story, service, 2400);
    service_set_desired(service, 5, "update_service");
    service_deploy(service, define(&scene, 256, 512));
    watch(story, service, 3000);
    finish(&scene, 3600);
}

/* "EC2 and Fargate give the same service behaviour where capacity is ample": but for which task is stopped. */
static void with_room_to_spare_a_service_lives_as_on_fargate(void)
{
    struct story fargate = { .used = 0 }, instances = { .used = 0 };
    live(&fargate, false);
    live(&instances, true);
    CU_ASSERT(fargate.used > 10000 && strstr(fargate.text, "under protection") != NULL);
    CU_ASSERT_STRING_EQUAL(instances.text, fargate.text);
    free(fargate.text);
    free(instances.text);
}

/* ---- which instance goes ------------------------------------------------------------------------------------ */

static void the_group_lets_go_by_its_default_policy(void)
{
    static const struct {
        const char *claim;
        struct scale_in_candidate candidates[4];
        int count, expected;
    } rows[] = {
        { "the zone with most instances", { { false, 0, 9 }, { false, 1, 1 }, { false, 1, 2 } }, 3, 2 },
        { "PROT-50: protected ones count for their zone and stay", { { true, 1, 1 }, { true, 1, 2 }, { false, 0, 9 } }, 3, 2 },
        { "the one nearest to its next full hour", { { false, 0, SIM_HOUR + 1 }, { false, 0, 2 } }, 2, 1 },
        { "of equals the oldest", { { false, 0, 5 }, { false, 0, SIM_HOUR + 5 } }, 2, 1 },
        { "all are protected", { { true, 0, 1 }, { true, 0, 2 } }, 2, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (auto_scaling_group_pick(rows[i].candidates, rows[i].count) != rows[i].expected) {
            CU_FAIL(rows[i].claim);
        }
    }
}

int main(void)
{
    return unit_main("model/instance", (const struct unit_test[]){
        { "instances come up evenly over the zones", instances_come_up_evenly_over_the_zones },
        { "with a launch type a task starts where there is room, or not at all",
          with_a_launch_type_a_task_starts_where_there_is_room_or_not_at_all },
        { "SCHED-14: a new task waits for the room of one that stops", a_new_task_waits_for_the_room_of_one_that_stops },
        { "packed and spread services fill instances as asked", packed_and_spread_services_fill_instances_as_asked },
        { "SCHED-44: scale-in evens out instances", scale_in_evens_out_instances },
        { "an instance costs its price whatever runs on it", an_instance_costs_its_price_whatever_runs_on_it },
        { "COST-05: an instance that ends at once costs a minute", an_instance_that_ends_at_once_costs_a_minute },
        { "CAP-09: tasks wait until managed scaling has made room", tasks_wait_until_managed_scaling_has_made_room },
        { "a task that waits can be cancelled", a_task_that_waits_can_be_cancelled },
        { "SCHED-25: provisioning has a limit", provisioning_has_a_limit },
        { "CAP-21: empty instances go after a quarter of an hour", empty_instances_go_after_a_quarter_of_an_hour },
        { "CAP-17: a task pins its instance under termination protection", a_task_pins_its_instance_under_termination_protection },
        { "CAP-14: with neither, tasks die with their instance", without_protection_and_draining_tasks_die_with_their_instance },
        { "CAP-14: managed draining moves tasks before the instance goes", managed_draining_moves_tasks_before_the_instance_goes },
        { "CAP-14: draining ends after two days, whatever is left", draining_ends_after_two_days_whatever_is_left },
        { "a draining instance gets no task", a_draining_instance_gets_no_task },
        { "SCHED-38: an instance that is activated again keeps its tasks", an_instance_that_is_activated_again_keeps_its_tasks },
        { "DEPLOY-07: a daemon runs once on each instance, before all others", a_daemon_runs_once_on_each_instance_before_all_others },
        { "DEPLOY-07: the room of a daemon that crashed is kept", the_room_of_a_daemon_that_crashed_is_kept },
        { "SCHED-38: a daemon leaves a draining instance last", a_daemon_leaves_a_draining_instance_last },
        { "DEPLOY-07: a daemon is deployed in place", a_daemon_is_deployed_in_place },
        { "PROT-48: a deleted daemon comes to no instance any more", a_deleted_daemon_comes_to_no_instance_any_more },
        { "SCHED-24: standalone tasks take the room that there is", standalone_tasks_take_the_room_that_there_is },
        { "CAP-09: standalone tasks wait for room of a capacity provider", standalone_tasks_wait_for_room_of_a_capacity_provider },
        { "a lost instance is launched anew where there is capacity", a_lost_instance_is_launched_anew_where_there_is_capacity },
        { "SCHED-42: zones without an instance are not rebalanced", zones_without_an_instance_are_not_rebalanced },
        { "METRIC-06: clusters report what is reserved and used", clusters_report_what_is_reserved_and_used },
        { "with room to spare a service lives as on Fargate", with_room_to_spare_a_service_lives_as_on_fargate },
        { "a group lets go by its default policy", the_group_lets_go_by_its_default_policy },
        UNIT_END,
    });
}
