/* Times by hand, with the fixture's latencies: first pass at 5 s, tasks run at 25 s and are healthy at 65 s. */
#include "model/disruption.h"

#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/auto_scaling_group.h"
#include "model/health.h"
#include "model/instance.h"
#include "model/seating.h"
#include "model/metric.h"
#include "model/record.h"
#include "model/standalone.h"

static struct fixture fixture;

/* What became of the first task, and which tasks disruptions hit. */
struct seen {
    struct task ended;            /* the first task that STOPPED */
    int ended_count;
    uint64_t hit[4096];           /* indices in their service, in order */
    int hit_count;
};

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    struct seen *seen = context;
    if (kind == RECORD_TASK_END && seen->ended_count++ == 0) {
        seen->ended = *(const struct task *)record;
    }
    const struct record_disruption *disruption = record;
    for (int i = 0; kind == RECORD_DISRUPTION && i < disruption->task_count; i++) {
        seen->hit[seen->hit_count++] = disruption->tasks[i]->index;
    }
}

static void watch(struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    trace_observe(sim_trace(fixture.world->sim), RECORD_BIT(RECORD_TASK_END) | RECORD_BIT(RECORD_DISRUPTION), on_record, seen);
}

/* The service's revision, open for changes before its first task. */
static struct task_definition *own_definition(struct service *service)
{
    struct task_definition *own = arena_alloc(service->world->arena, sizeof *own);
    *own = *service->config.definition;
    service->config.definition = service->deployments->definition = own;
    return own;
}

static void use_spot(struct service *service)
{
    service->config.strategy = (struct capacity_strategy){
        .shares = { { .capacity = CAPACITY_FARGATE_SPOT, .weight = 1 } }, .count = 1,
    };
}

static void disrupt(enum disruption_cause cause, int count)
{
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = cause, .service = fixture.service, .count = count, .start = sim_now(fixture.world->sim),
    });
}

/* ---- the survival table: what protection guards against (PROT-31..50) ---------------------------------------- */

static void scale_in_automatically(struct task *task)
{
    service_set_desired(task->service, 0, "auto scaling");
}

static void scale_in_by_hand(struct task *task)
{
    service_set_desired(task->service, 0, "update_service");
}

static void deploy(struct task *task)
{
    service_deploy(task->service, task->definition);
}

static void stop_by_hand(struct task *task)
{
    task_stop(task, CAUSE_STOP_TASK, "UserInitiated", "Task stopped by user");
}

static void leave(struct task *task)
{
    task_exit(task, 0);
}

static void run_out_of_memory(struct task *task)
{
    task_exit(task, 137);
}

static void lose_zone(struct task *task)
{
    disruption_begin(task->world, &(struct disruption_config){
        .cause = DISRUPT_ZONE, .zone = task_zone_name(task), .start = sim_now(task->world->sim), .duration = SIM_MINUTE,
    });
}

static void delete_politely(struct task *task)
{
    service_set_desired(task->service, 0, "update_service");
    CU_ASSERT_PTR_NOT_NULL(service_deletion_refusal(task->service, false));
}

static void delete_by_force(struct task *task)
{
    CU_ASSERT_PTR_NULL(service_deletion_refusal(task->service, true));
    service_delete(task->service, true);
}

/* clang-format off */
static void be_unhealthy(struct task *task) { (void)task; disrupt(DISRUPT_HEALTH, 1); }
static void reclaim(struct task *task) { (void)task; disrupt(DISRUPT_SPOT, 1); }
static void lose_host(struct task *task) { (void)task; disrupt(DISRUPT_HOST, 1); }
static void retire(struct task *task) { (void)task; disrupt(DISRUPT_RETIREMENT, 1); }
static void drain(struct task *task) { (void)task; disrupt(DISRUPT_DRAIN, 1); }
static void crash(struct task *task) { (void)task; disrupt(DISRUPT_CRASH, 1); }
/* clang-format on */

#define SCALING "Scaling activity initiated by (deployment ecs-svc/"
#define NO_SIGTERM false

static const struct survival {
    const char *rule;
    void (*act)(struct task *task);
    bool guarded;
    enum cause cause;
    const char *stop_code, *reason;          /* the reason's beginning */
    bool sigterm, replaced;
} survivals[] = {
    { "PROT-31", scale_in_automatically, true, CAUSE_SCALE_IN, "ServiceSchedulerInitiated", SCALING, true, false },
    { "PROT-32", scale_in_by_hand, true, CAUSE_SCALE_IN, "ServiceSchedulerInitiated", SCALING, true, false },
    { "PROT-33", deploy, true, CAUSE_DEPLOYMENT, "ServiceSchedulerInitiated", SCALING, true, true },
    { "PROT-39 EX-P14", stop_by_hand, false, CAUSE_STOP_TASK, "UserInitiated", "Task stopped by user", true, true },
    { "PROT-40 exit", leave, false, CAUSE_EXIT, "EssentialContainerExited", "Essential container", NO_SIGTERM, true },
    { "PROT-40 crash", crash, false, CAUSE_CRASH, "EssentialContainerExited", "Essential container", NO_SIGTERM, true },
    { "PROT-40 memory", run_out_of_memory, false, CAUSE_CRASH, "EssentialContainerExited", "Essential container",
      NO_SIGTERM, true },
    { "PROT-41 PROT-88", be_unhealthy, false, CAUSE_HEALTH, "ServiceSchedulerInitiated", "Task failed", true, true },
    { "PROT-42 SCHED-05", reclaim, false, CAUSE_SPOT, "SpotInterruption", "Your Spot Task was interrupted.", true, true },
    { "PROT-43", lose_host, false, CAUSE_HOST, "InfrastructureHealth", "The infrastructure", NO_SIGTERM, true },
    { "PROT-43 zone", lose_zone, false, CAUSE_HOST, "InfrastructureHealth", "The infrastructure", NO_SIGTERM, true },
    { "PROT-44 PROT-89", retire, false, CAUSE_RETIREMENT, "ServiceSchedulerInitiated", "ECS is performing maintenance",
      true, true },
    { "PROT-45 PROT-90", drain, false, CAUSE_DRAIN, "ServiceSchedulerInitiated", "Container instance", true, true },
    { "PROT-47", delete_politely, true, CAUSE_SCALE_IN, "ServiceSchedulerInitiated", SCALING, true, false },
    { "PROT-48 PROT-89", delete_by_force, false, CAUSE_STOP_TASK, "ServiceSchedulerInitiated", SCALING, true, false },
};

static void begin_survival(struct seen *seen)
{
    fixture_init(&fixture, 1);
    use_spot(fixture.service);
    own_definition(fixture.service)->health_check = (struct health_rule){
        .interval = 10 * SIM_SECOND, .passes_at_first = 1, .passes = 1, .failures = 3,
    };
    watch(seen);
    fixture_run(&fixture, 100);
}

static void check_survival(const struct survival *row, bool is_protected)
{
    struct seen seen;
    begin_survival(&seen);
    struct task *task = fixture.service->first;
    if (is_protected) {
        CU_ASSERT_EQUAL(fixture_protect(task, true, 60), PROTECTION_GRANTED);
    }
    row->act(task);
    fixture_run(&fixture, 600);
    bool survives = is_protected && row->guarded, ok = seen.ended_count == !survives;
    if (ok && !survives) {
        ok = seen.ended.index == 0 && seen.ended.cause == row->cause && strcmp(seen.ended.stop_code, row->stop_code) == 0 &&
             strncmp(seen.ended.stopped_reason, row->reason, strlen(row->reason)) == 0 &&
             (seen.ended.sigterm_at >= 0) == row->sigterm && fixture.service->books.stops[row->cause] == 1 &&
             fixture.service->running_count == row->replaced;
    }
    if (!ok) {
        printf("    %s, %s: %d ended, the first by %s (%s, %s), %d running\n", row->rule,
               is_protected ? "protected" : "unprotected", seen.ended_count, cause_names[seen.ended.cause],
               seen.ended_count > 0 ? seen.ended.stop_code : "-", seen.ended_count > 0 ? seen.ended.stopped_reason : "-",
               fixture.service->running_count);
        CU_FAIL(row->rule);
    }
    fixture_finish(&fixture);
}

static void protection_guards_against_some_causes(void)
{
    for (size_t i = 0; i < sizeof survivals / sizeof *survivals; i++) {
        check_survival(&survivals[i], false);
        check_survival(&survivals[i], true);
    }
}

/* ---- one cause after the other ------------------------------------------------------------------------------- */

/* CAP-05 */
static void a_spot_task_has_two_minutes_at_most(void)
{
    static const struct {
        int stop_timeout_s, killed_after_s;
    } rows[] = { { 30, 30 }, { 120, 120 }, { 600, 120 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen;
        fixture_init(&fixture, 1);
        use_spot(fixture.service);
        own_definition(fixture.service)->stop_timeout_s = rows[i].stop_timeout_s;
        watch(&seen);
        fixture_run(&fixture, 100);
        disrupt(DISRUPT_SPOT, 1);
        fixture_run(&fixture, 100 + rows[i].killed_after_s - 0.001);
        CU_ASSERT_EQUAL(fixture.puppet.sigterms, 1);
        CU_ASSERT_EQUAL(fixture.puppet.ends, 0);
        fixture_run(&fixture, 100 + rows[i].killed_after_s);
        CU_ASSERT_EQUAL(fixture.puppet.ends, 1);
        fixture_finish(&fixture);
    }
}

static void the_stop_code_of_spot_is_an_assumption(void)
{
    struct seen seen;
    fixture_init_assuming(&fixture, 1, "spot_stop_code=TerminationNotice");
    use_spot(fixture.service);
    watch(&seen);
    fixture_run(&fixture, 100);
    disrupt(DISRUPT_SPOT, 1);
    fixture_run(&fixture, 300);
    CU_ASSERT_STRING_EQUAL(seen.ended.stop_code, "TerminationNotice");   /* SCHED-05 */
    fixture_finish(&fixture);
}

/* PROT-42: on demand nothing is reclaimed, and whoever asked for it hears so. */
static void a_disruption_that_finds_nobody_is_a_warning(void)
{
    fixture_init(&fixture, 2);
    fixture_run(&fixture, 100);
    disrupt(DISRUPT_SPOT, 1);
    fixture_run(&fixture, 300);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_SPOT], 0);
    CU_ASSERT_EQUAL(fixture.world->warnings, 1);
    fixture_finish(&fixture);
}

/* SCHED-37: at no time are fewer healthy tasks there than before. */
static void a_retired_task_is_replaced_first(void)
{
    fixture_init(&fixture, 2);
    fixture_run(&fixture, 100);
    disrupt(DISRUPT_RETIREMENT, 1);
    for (int second = 101; second <= 400; second++) {
        int healthy = 0;
        fixture_run(&fixture, second);
        for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
            healthy += task_is_active(task) && task_health(task) == HEALTH_HEALTHY;
        }
        CU_ASSERT(healthy >= 2);
    }
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_RETIREMENT], 1);
    fixture_finish(&fixture);
}

/* SCHED-38 */
static void draining_stops_pending_tasks_at_once(void)
{
    struct seen seen;
    fixture_init(&fixture, 2);
    watch(&seen);
    fixture_run(&fixture, 10);
    disrupt(DISRUPT_DRAIN, 2);
    fixture_run(&fixture, 10.001);
    CU_ASSERT_EQUAL(fixture.service->pending_count, 0);
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL(fixture.service->running_count, 2);
    CU_ASSERT_EQUAL(seen.ended_count, 2);
    CU_ASSERT_EQUAL(seen.ended.cause, CAUSE_DRAIN);
    fixture_finish(&fixture);
}

static void a_lost_zone_takes_its_tasks_and_no_new_ones(void)
{
    fixture_init(&fixture, 6);
    fixture_run(&fixture, 100);
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_ZONE, .zone = "b", .start = 100 * SIM_SECOND, .duration = 10 * SIM_MINUTE,
    });
    fixture_run(&fixture, 100);
    CU_ASSERT_EQUAL(fixture.service->running_count, 4);
    CU_ASSERT_EQUAL(fixture.service->books.stops[CAUSE_HOST], 2);
    fixture_run(&fixture, 699);
    CU_ASSERT_EQUAL(fixture.service->running_count, 6);
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        CU_ASSERT(task->zone != 1);
    }
    service_set_desired(fixture.service, 9, "update_service");
    fixture_run(&fixture, 800);
    int in_b = 0;
    for (const struct task *task = fixture.service->first; task != NULL; task = task->next) {
        in_b += task->zone == 1;
    }
    CU_ASSERT(in_b >= 3);
    fixture_finish(&fixture);
}

/* ---- on instances --------------------------------------------------------------------------------------------- */

/* Four tasks on two instances, in zones a and b. */
static struct service *begin_on_instances(struct auto_scaling_group **group)
{
    fixture_init_assuming(&fixture, 0, "ec2_instance_cold_s=100");
    *group = auto_scaling_group_create(fixture.world, &(struct auto_scaling_group_config){
        .name = "hosts", .cluster = "default", .type = instance_type_find("m5.large"), .max_size = 4, .desired_capacity = 2,
        .zones = { "a", "b" }, .zone_count = 2,
    });
    struct instance_settings *settings = arena_alloc(fixture.world->arena, sizeof *settings);
    *settings = (struct instance_settings){ .cluster = (*group)->cluster, .rule = placement_rule_default };
    struct service_config config = fixture.service->config;
    config.name = "hosted";
    config.desired_count = 4;
    config.instances = settings;
    config.strategy = (struct capacity_strategy){ .shares = { { .capacity = CAPACITY_EC2, .weight = 1 } }, .count = 1 };
    config.zone_count = 2;
    struct service *service = service_create(fixture.world, &config, &fixture.world->assumptions);
    fixture_run(&fixture, 600);
    CU_ASSERT_EQUAL(service->running_count, 4);
    CU_ASSERT_EQUAL((*group)->instance_count, 2);
    return service;
}

static void hit_one(struct service *service, enum disruption_cause cause)
{
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = cause, .service = service, .count = 1, .start = sim_now(fixture.world->sim),
    });
}

static void a_lost_host_takes_all_its_tasks(void)
{
    struct auto_scaling_group *group;
    struct seen seen;
    struct service *service = begin_on_instances(&group);
    watch(&seen);
    hit_one(service, DISRUPT_HOST);
    fixture_run(&fixture, 600.001);
    CU_ASSERT_EQUAL(service->running_count, 2);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_HOST], 2);
    fixture_run(&fixture, 900);
    CU_ASSERT_STRING_EQUAL(seen.ended.stop_code, "TerminationNotice");
    CU_ASSERT_EQUAL(service->running_count, 4);
    CU_ASSERT_EQUAL(group->instance_count, 2);
    fixture_finish(&fixture);
}

static void draining_is_of_a_whole_instance(void)
{
    struct auto_scaling_group *group;
    struct service *service = begin_on_instances(&group);
    hit_one(service, DISRUPT_DRAIN);
    fixture_run(&fixture, 900);
    CU_ASSERT_EQUAL(service->running_count, 4);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_DRAIN], 2);
    CU_ASSERT(service->first->instance == service->last->instance);
    fixture_finish(&fixture);
}

static void a_lost_zone_takes_its_instances(void)
{
    struct auto_scaling_group *group;
    struct service *service = begin_on_instances(&group);
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_ZONE, .zone = "b", .start = 600 * SIM_SECOND, .duration = SIM_HOUR,
    });
    fixture_run(&fixture, 1200);
    CU_ASSERT_EQUAL(service->books.stops[CAUSE_HOST], 2);
    CU_ASSERT_EQUAL(service->running_count, 4);
    CU_ASSERT_EQUAL(group->instance_count, 2);
    for (const struct instance *instance = group->first; instance != NULL; instance = instance->next) {
        CU_ASSERT_STRING_EQUAL(instance_zone_name(instance), "a");
    }
    fixture_finish(&fixture);
}

/* ---- chance -------------------------------------------------------------------------------------------------- */

struct chosen {
    uint64_t tasks[16];
    int count;
};

static struct service *add_service(const char *name, int desired_count)
{
    struct service_config config = fixture.service->config;
    config.name = name;
    config.desired_count = desired_count;
    return service_create(fixture.world, &config, &fixture.world->assumptions);
}

/* Who is hit where a service has `tasks` tasks, and another one met the same before it, or nothing. */
static struct chosen hit(int tasks, int count, double share, bool with_another)
{
    struct seen seen;
    struct chosen chosen = { .count = 0 };
    fixture_init(&fixture, with_another ? 3 : 0);
    struct service *service = add_service("other", tasks);
    fixture_run(&fixture, 100);
    if (with_another) {
        disrupt(DISRUPT_HOST, 1);
        fixture_run(&fixture, 101);
    }
    watch(&seen);
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_HOST, .service = service, .count = count, .share = share, .start = sim_now(fixture.world->sim),
    });
    fixture_run(&fixture, 102);
    chosen.count = seen.hit_count;
    memcpy(chosen.tasks, seen.hit, (size_t)seen.hit_count * sizeof *seen.hit);
    fixture_finish(&fixture);
    return chosen;
}

static bool same(const struct chosen *a, const struct chosen *b)
{
    return a->count == b->count && memcmp(a->tasks, b->tasks, (size_t)a->count * sizeof *a->tasks) == 0;
}

static void the_same_tasks_are_hit_on_every_side(void)
{
    struct chosen alone = hit(10, 3, 0, false), beside = hit(10, 3, 0, true), fewer = hit(10, 2, 0, false);
    CU_ASSERT_EQUAL(alone.count, 3);
    CU_ASSERT(same(&alone, &beside));
    CU_ASSERT_EQUAL(fewer.count, 2);
    CU_ASSERT(memcmp(fewer.tasks, alone.tasks, 2 * sizeof *fewer.tasks) == 0);
    struct chosen larger = hit(16, 16, 0, false);        /* all of them, in the order of their lots */
    int next = 0;
    for (int i = 0; i < larger.count; i++) {
        next += next < alone.count && larger.tasks[i] == alone.tasks[next];
    }
    CU_ASSERT_EQUAL(next, alone.count);
}

static void shares_are_rounded_up(void)
{
    static const struct {
        int tasks;
        double share;
        int hit;
    } rows[] = { { 10, 0.5, 5 }, { 3, 0.5, 2 }, { 10, 0.01, 1 }, { 10, 1, 10 }, { 0, 1, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(hit(rows[i].tasks, 0, rows[i].share, false).count, rows[i].hit);
    }
}

/* Poisson, per task and hour: 100 tasks, 20 hours, 0.5: 1000 expected, a standard deviation of 32. A replacement takes some
 * thirty seconds, in which there is no one to hit. */
static void a_rate_counts_per_task_and_hour(void)
{
    struct seen seen;
    fixture_init(&fixture, 100);
    watch(&seen);
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_CRASH, .service = fixture.service, .rate_per_hour = 0.5, .stop = 21 * SIM_HOUR, .start = SIM_HOUR,
    });
    fixture_run(&fixture, 3600);
    CU_ASSERT_EQUAL(seen.hit_count, 0);
    fixture_run(&fixture, 21 * 3600);
    CU_ASSERT(seen.hit_count > 850 && seen.hit_count < 1150);
    int until_stop = seen.hit_count;
    fixture_run(&fixture, 24 * 3600);
    CU_ASSERT_EQUAL(seen.hit_count, until_stop);
    fixture_finish(&fixture);
}

/* ---- what tasks stand on ------------------------------------------------------------------------------------- */

static struct metric *own_metric(void)
{
    static const struct metric_name name = { .namespace_ = "app", .name = "backlog" };
    struct error err;
    struct metric *metric = metric_find(fixture.world, &name, &err);
    metric_keep(metric, 0, SIM_HOUR);
    return metric;
}

static bool has_point(const struct metric *metric, int minute)
{
    double value;
    return metric_read(metric, minute * SIM_MINUTE, SIM_MINUTE, STATISTIC_SUM, &value) && value == minute;
}

/* A point a minute from 1 to 9; from 4:30 until 6:30 they are late, or lost. */
static struct metric *report_with_fault(sim_time delay)
{
    fixture_init(&fixture, 0);
    struct metric *metric = own_metric();
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_METRICS, .metric = metric, .start = 270 * SIM_SECOND, .duration = 2 * SIM_MINUTE, .delay = delay,
    });
    for (int minute = 1; minute < 10; minute++) {
        fixture_run(&fixture, minute * 60);
        metric_put(metric, minute * SIM_MINUTE, minute);
    }
    return metric;
}

static void metrics_may_be_lost(void)
{
    const struct metric *metric = report_with_fault(SIM_NEVER);
    fixture_run(&fixture, 7200);
    for (int minute = 1; minute < 10; minute++) {
        CU_ASSERT_EQUAL(has_point(metric, minute), minute != 5 && minute != 6);
    }
    fixture_finish(&fixture);
}

static void metrics_may_be_late(void)
{
    const struct metric *metric = report_with_fault(10 * SIM_MINUTE);
    fixture_run(&fixture, 899);
    CU_ASSERT(!has_point(metric, 5) && !has_point(metric, 6) && has_point(metric, 7));
    fixture_run(&fixture, 900);
    CU_ASSERT(has_point(metric, 5) && !has_point(metric, 6));
    fixture_run(&fixture, 960);
    CU_ASSERT(has_point(metric, 6));
    fixture_finish(&fixture);
}

static int granted_of(int calls)
{
    int granted = 0;
    for (int i = 0; i < calls; i++) {
        granted += endpoint_take_token(fixture.world, false);
    }
    return granted;
}

static void calls_may_be_throttled(void)
{
    fixture_init(&fixture, 0);
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_THROTTLE, .share = 0.25, .start = 60 * SIM_SECOND, .duration = SIM_MINUTE,
    });
    fixture_run(&fixture, 59);
    CU_ASSERT_EQUAL(granted_of(200), 200);
    fixture_run(&fixture, 70);
    int granted = granted_of(200);
    CU_ASSERT(granted > 120 && granted < 180);
    fixture_run(&fixture, 130);
    CU_ASSERT_EQUAL(granted_of(200), 200);
    fixture_finish(&fixture);
}

/* ---- standalone tasks ---------------------------------------------------------------------------------------- */

static struct standalone_answer run_tasks(const struct task_definition *definition, int count)
{
    struct standalone_answer answer;
    struct standalone_request request = { .definition = definition, .count = count };
    CU_ASSERT(standalone_run(fixture.world, &request, &answer));
    return answer;
}

/* EX-P06, PROT-09; SCHED-38 */
static void a_standalone_task_is_on_its_own(void)
{
    struct seen seen;
    fixture_init(&fixture, 0);
    struct task_definition *definition = own_definition(fixture.service);
    definition->family = "batch";
    watch(&seen);
    struct standalone_answer answer = run_tasks(definition, 3);
    CU_ASSERT_EQUAL_FATAL(answer.count, 3);
    const struct service *books = answer.tasks[0]->service;
    CU_ASSERT_STRING_EQUAL(books->name, "batch");
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(books->running_count, 3);
    CU_ASSERT_EQUAL(fixture_protect(answer.tasks[0], true, 60), PROTECTION_TASK_NOT_VALID);
    task_exit(answer.tasks[0], 0);
    fixture_run(&fixture, 600);
    CU_ASSERT_EQUAL(books->running_count, 2);
    CU_ASSERT_EQUAL(books->books.stops[CAUSE_EXIT], 1);
    disruption_begin(fixture.world, &(struct disruption_config){
        .cause = DISRUPT_RETIREMENT, .service = answer.tasks[1]->service, .count = 2, .start = 600 * SIM_SECOND,
    });
    fixture_run(&fixture, 900);
    CU_ASSERT_EQUAL(books->running_count, 0);
    CU_ASSERT_EQUAL(books->books.stops[CAUSE_RETIREMENT], 2);
    fixture_finish(&fixture);
}

static void standalone_tasks_of_a_services_family_have_books_of_their_own(void)
{
    fixture_init(&fixture, 1);
    struct standalone_answer answer = run_tasks(fixture.service->config.definition, 1);
    CU_ASSERT_STRING_EQUAL(answer.tasks[0]->service->name, "worker-standalone");
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(fixture.service->running_count, 1);
    fixture_finish(&fixture);
}

/* SCHED-24 */
static void run_task_has_a_rate(void)
{
    struct standalone_answer answer;
    fixture_init(&fixture, 0);
    struct standalone_request request = { .definition = fixture.service->config.definition, .count = 1 };
    for (int call = 0; call < 20; call++) {
        CU_ASSERT(standalone_run(fixture.world, &request, &answer));
    }
    CU_ASSERT(!standalone_run(fixture.world, &request, &answer));
    fixture_run(&fixture, 1);
    CU_ASSERT(standalone_run(fixture.world, &request, &answer));
    fixture_finish(&fixture);
}

/* CAP-03, EVENT-09 */
static void run_task_says_what_did_not_start(void)
{
    fixture_init(&fixture, 0);
    capacity_shortage_begin(fixture.world, CAPACITY_ANY, NULL, SIM_MINUTE);
    struct standalone_answer answer = run_tasks(fixture.service->config.definition, 2);
    CU_ASSERT_EQUAL(answer.count, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.failure, "Capacity is unavailable at this time."));
    fixture_finish(&fixture);
}

/* ---- DeleteService ------------------------------------------------------------------------------------------- */

static void a_deleted_service_ends_with_its_last_task(void)
{
    fixture_init(&fixture, 2);
    fixture_run(&fixture, 100);
    CU_ASSERT_STRING_EQUAL(service_deletion_refusal(fixture.service, false),
                           "The service cannot be stopped while it is scaled above 0.");
    service_delete(fixture.service, true);
    CU_ASSERT_EQUAL(fixture.service->status, SERVICE_DRAINING);
    fixture_run(&fixture, 3600);
    CU_ASSERT_EQUAL(fixture.service->status, SERVICE_INACTIVE);
    CU_ASSERT_PTR_NULL(fixture.service->first);
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/disruption", (const struct unit_test[]){
        { "PROT-31..50: protection guards against some causes", protection_guards_against_some_causes },
        { "CAP-05: a Spot task has two minutes at most", a_spot_task_has_two_minutes_at_most },
        { "SCHED-05: the stop code of Spot is an assumption", the_stop_code_of_spot_is_an_assumption },
        { "a disruption that finds nobody is a warning", a_disruption_that_finds_nobody_is_a_warning },
        { "SCHED-37: a retired task is replaced first", a_retired_task_is_replaced_first },
        { "SCHED-38: draining stops pending tasks at once", draining_stops_pending_tasks_at_once },
        { "a lost zone takes its tasks and no new ones", a_lost_zone_takes_its_tasks_and_no_new_ones },
        { "a lost host takes all its tasks", a_lost_host_takes_all_its_tasks },
        { "SCHED-38: draining is of a whole instance", draining_is_of_a_whole_instance },
        { "a lost zone takes its instances", a_lost_zone_takes_its_instances },
        { "the same tasks are hit on every side", the_same_tasks_are_hit_on_every_side },
        { "shares are rounded up", shares_are_rounded_up },
        { "a rate counts per task and hour", a_rate_counts_per_task_and_hour },
        { "metrics may be lost", metrics_may_be_lost },
        { "metrics may be late", metrics_may_be_late },
        { "calls may be throttled", calls_may_be_throttled },
        { "PROT-09: a standalone task is on its own", a_standalone_task_is_on_its_own },
        { "standalone tasks of a service's family have books of their own",
          standalone_tasks_of_a_services_family_have_books_of_their_own },
        { "SCHED-24: RunTask has a rate", run_task_has_a_rate },
        { "CAP-03: RunTask says what did not start", run_task_says_what_did_not_start },
        { "PROT-48: a deleted service ends with its last task", a_deleted_service_ends_with_its_last_task },
        UNIT_END,
    });
}
