/* By hand, with the fixture's latencies: created at 5 s, image pull from 20 s, RUNNING at 25 s. */
#include "model/task.h"

#include "lib/unit.h"
#include "lib/world.h"
#include "model/record.h"

static struct fixture fixture;

struct ended {
    int count;
    struct task last;
};

static void note_end(void *context, sim_time now, int kind, const void *record)
{
    (void)now;
    (void)kind;
    struct ended *ended = context;
    ended->count++;
    ended->last = *(const struct task *)record;
}

static void begin(int desired_count, struct ended *ended)
{
    fixture_init(&fixture, desired_count);
    *ended = (struct ended){ 0 };
    trace_observe(sim_trace(fixture.world->sim), RECORD_BIT(RECORD_TASK_END), note_end, ended);
}

static void a_task_passes_through_its_life(void)
{
    struct ended ended;
    begin(1, &ended);
    fixture_run(&fixture, 100);
    service_set_desired(fixture.service, 0, "update_service");   /* pass at 105 s; the program does not listen */
    fixture_run(&fixture, 105);
    CU_ASSERT_EQUAL(fixture.puppet.sigterms, 1);
    fixture_run(&fixture, 134.999);
    CU_ASSERT_EQUAL(fixture.puppet.ends, 0);
    fixture_run(&fixture, 135);   /* SCHED-08: SIGKILL after 30 s */
    CU_ASSERT_EQUAL(fixture.puppet.ends, 1);
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL_FATAL(ended.count, 1);
    const struct task *task = &ended.last;
    CU_ASSERT_EQUAL(task->created_at, 5 * SIM_SECOND);
    CU_ASSERT_EQUAL(task->pull_started_at, 20 * SIM_SECOND);
    CU_ASSERT_EQUAL(task->started_at, 25 * SIM_SECOND);
    CU_ASSERT_EQUAL(task->stopping_at, 105 * SIM_SECOND);
    CU_ASSERT_EQUAL(task->execution_stopped_at, 146 * SIM_SECOND);   /* SCHED-19: reported 11 s later */
    CU_ASSERT_EQUAL(task->stopped_at, 170 * SIM_SECOND);             /* the network interface takes 24 s */
    CU_ASSERT_EQUAL(task->exit_code, 137);
    CU_ASSERT_EQUAL(task->cause, CAUSE_SCALE_IN);
    wide billed = 0;
    for (int part = 0; part < COST_PARTS; part++) {
        billed += task->shares.slot_ns[part];
    }
    CU_ASSERT(billed == 126 * SIM_SECOND);   /* COST-01, COST-04: from the pull to the end of execution */
    CU_ASSERT(task->shares.slot_ns[COST_STARTUP] == 5 * SIM_SECOND);
    CU_ASSERT(task->shares.slot_ns[COST_IDLE] == 80 * SIM_SECOND);
    CU_ASSERT(task->shares.slot_ns[COST_STOPPING] == 41 * SIM_SECOND);
    fixture_finish(&fixture);
}

static void a_program_may_leave_early(void)
{
    struct ended ended;
    begin(1, &ended);
    fixture.puppet.exit_on_sigterm = true;
    fixture_run(&fixture, 100);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL_FATAL(ended.count, 1);
    CU_ASSERT_EQUAL(ended.last.execution_stopped_at, 116 * SIM_SECOND);
    CU_ASSERT_EQUAL(ended.last.exit_code, 0);
    CU_ASSERT_STRING_EQUAL(ended.last.stop_code, "ServiceSchedulerInitiated");
    fixture_finish(&fixture);
}

static void a_program_that_returns_ends_its_task(void)
{
    struct ended ended;
    begin(1, &ended);
    fixture_run(&fixture, 26);
    task_exit(fixture.puppet.task, 0);
    fixture_run(&fixture, 90);
    CU_ASSERT_EQUAL_FATAL(ended.count, 1);
    CU_ASSERT_STRING_EQUAL(ended.last.stop_code, "EssentialContainerExited");   /* PROT-40 */
    CU_ASSERT_EQUAL(ended.last.cause, CAUSE_EXIT);
    wide billed = 0;
    for (int part = 0; part < COST_PARTS; part++) {
        billed += ended.last.shares.slot_ns[part];
    }
    CU_ASSERT(billed == 60 * SIM_SECOND);   /* COST-01: at least a minute, of which 17 s were used */
    fixture_finish(&fixture);
}

/* METRIC-08: works that ask for more than the CPU share it equally. */
static void works_share_the_cpu(void)
{
    static const struct {
        double cpu_percent;
        int works;
        double work_s, expected_s;
    } rows[] = {
        { 100, 1, 10, 10 }, { 100, 2, 10, 20 }, { 50, 2, 10, 10 }, { 50, 3, 10, 15 }, { 5, 20, 10, 10 }, { 80, 4, 10, 32 },
    };
    enum { WORKS = 20 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture_init(&fixture, 1);
        fixture_run(&fixture, 30);
        struct task *task = fixture.puppet.task;
        struct task_definition definition = *task->definition;
        definition.cpu_percent = rows[i].cpu_percent;
        task->definition = &definition;
        struct puppet others[WORKS];
        struct work works[WORKS];
        for (int k = 0; k < rows[i].works; k++) {
            process_init(&others[k].process, fixture.world->sim, task, fixture.puppet.process.resume);
            others[k].resumed = 0;
            task_work(task, &works[k], &others[k].process, NULL, sim_from_seconds(rows[i].work_s));
        }
        fixture_run(&fixture, 100);
        for (int k = 0; k < rows[i].works; k++) {
            CU_ASSERT_EQUAL(others[k].resumed, 1);
            CU_ASSERT_EQUAL(others[k].resumed_at - 30 * SIM_SECOND, sim_from_seconds(rows[i].expected_s));
            process_finish(&others[k].process);
        }
        fixture_finish(&fixture);
    }
}

static void cpu_use_is_what_the_work_takes(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    struct task *task = fixture.puppet.task;
    task_sample_cpu(task);
    struct work work;
    task_work(task, &work, &fixture.puppet.process, NULL, 30 * SIM_SECOND);
    fixture_run(&fixture, 120);
    CU_ASSERT_DOUBLE_EQUAL(task_sample_cpu(task), 50.5, 1e-9);   /* half a minute at 100, half at the idle 1 per cent */
    CU_ASSERT_DOUBLE_EQUAL(task_memory_percent(task), 20, 1e-9);
    fixture_finish(&fixture);
}

static void a_killed_process_leaves_nothing_behind(void)
{
    fixture_init(&fixture, 1);
    fixture_run(&fixture, 60);
    struct work work;
    task_work(fixture.puppet.task, &work, &fixture.puppet.process, NULL, 1000 * SIM_SECOND);
    service_set_desired(fixture.service, 0, "update_service");
    fixture_run(&fixture, 2000);
    CU_ASSERT_EQUAL(fixture.puppet.resumed, 0);
    CU_ASSERT_PTR_NULL(fixture.service->first);
    fixture_finish(&fixture);
}

/* EX-P14, PROT-39 */
static void stop_task_ignores_protection(void)
{
    struct ended ended;
    begin(1, &ended);
    fixture_run(&fixture, 60);
    CU_ASSERT_EQUAL(fixture_protect(fixture.puppet.task, true, 60), PROTECTION_GRANTED);
    task_stop(fixture.puppet.task, CAUSE_STOP_TASK, "UserInitiated", "Task stopped by user");
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL_FATAL(ended.count, 1);
    CU_ASSERT_EQUAL(ended.last.cause, CAUSE_STOP_TASK);
    CU_ASSERT_EQUAL(fixture.service->running_count, 1);   /* replaced */
    fixture_finish(&fixture);
}

int main(void)
{
    return unit_main("model/task", (const struct unit_test[]){
        { "SCHED-06, SCHED-19, SCHED-20: a task passes through its life", a_task_passes_through_its_life },
        { "SCHED-06: a program may leave before its stop timeout", a_program_may_leave_early },
        { "PROT-40: a program that returns ends its task", a_program_that_returns_ends_its_task },
        { "PROT-39: StopTask ignores protection", stop_task_ignores_protection },
        { "METRIC-08: works share the CPU", works_share_the_cpu },
        { "METRIC-08: CPU use is what the work takes", cpu_use_is_what_the_work_takes },
        { "a killed process leaves nothing behind", a_killed_process_leaves_nothing_behind },
        UNIT_END,
    });
}
