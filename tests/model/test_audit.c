#include "model/audit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/unit.h"
#include "lib/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static struct fixture fixture;

/* Two tasks, one of which holds a message that it never works on; a minute of it. */
static void begin(void)
{
    fixture_init(&fixture, 2);
    for (int i = 0; i < 3; i++) {
        queue_send(fixture.queue, SIM_SECOND, -1);
    }
    fixture_run(&fixture, 30);
    queue_receive(fixture.queue, &fixture.puppet.process, 1);
    fixture_run(&fixture, 60);
    fixture.world->ended_at = 60 * SIM_SECOND;
    for (struct task *task = fixture.service->first; task != NULL; task = task->next) {
        task_close_books(task);
    }
    queue_close_books(fixture.queue);
}

/* How a program ends that audits the world after `tamper`. */
static bool aborts_after(void (*tamper)(struct fixture *fixture))
{
    fflush(NULL);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        tamper(&fixture);
        audit_world(fixture.world, NULL, 0);
        _exit(0);
    }
    int status;
    CU_ASSERT_FATAL(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void change_nothing(struct fixture *world)
{
    (void)world;
}

static void lose_a_message(struct fixture *world)
{
    world->queue->books.sent++;
}

static void lose_a_dead_letter(struct fixture *world)
{
    world->queue->books.dead_lettered++;
}

static void forget_to_count(struct fixture *world)
{
    world->queue->visible--;
    world->queue->in_flight++;
    world->queue->books.sent--;
    world->queue->in_flight--;
}

static void shorten_a_stay(struct fixture *world)
{
    world->queue->books.time_in_system_sum--;
}

static void do_work_twice(struct fixture *world)
{
    world->queue->books.work_done_ns++;
}

static void lose_a_task(struct fixture *world)
{
    world->world->task_serial++;
}

static void be_in_two_states(struct fixture *world)
{
    world->service->first->state_ns[STATE_IDLE]++;
}

static void end_before_the_start(struct fixture *world)
{
    world->service->first->started_at = world->service->first->ready_at + 1;
}

static void bill_a_task_twice(struct fixture *world)
{
    world->service->last->shares.slot_ns[COST_IDLE]++;
}

static void bill_an_account_twice(struct fixture *world)
{
    world->service->books.accounts[0].shares.slot_ns[COST_IDLE]++;
}

static void miscount_running_tasks(struct fixture *world)
{
    world->service->running_count--;
}

static void miscount_containers(struct fixture *world)
{
    world->world->running.value++;
}

static void stop_a_protected_task(struct fixture *world)
{
    fixture_protect(world->service->first, true, 10);
    task_stop(world->service->first, CAUSE_SCALE_IN, "ServiceSchedulerInitiated", "");
}

static const struct {
    void (*tamper)(struct fixture *fixture);
    bool aborts;
} cases[] = {
    { change_nothing, false },       { lose_a_message, true },        { lose_a_dead_letter, true },
    { forget_to_count, true },       { shorten_a_stay, true },        { do_work_twice, true },
    { lose_a_task, true },
    { be_in_two_states, true },      { end_before_the_start, true },  { bill_a_task_twice, true },
    { bill_an_account_twice, true }, { miscount_running_tasks, true }, { miscount_containers, true },
    { stop_a_protected_task, true },
};

static void a_broken_law_ends_the_program(void)
{
    begin();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool aborted = aborts_after(cases[i].tamper);
        if (aborted != cases[i].aborts) {
            printf("\ncase %zu\n", i);
        }
        CU_ASSERT_EQUAL(aborted, cases[i].aborts);
    }
    fixture_finish(&fixture);
}

static void the_ledger_has_both_sides_of_each_law(void)
{
    begin();
    struct audit_row rows[32];
    int count = audit_world(fixture.world, rows, COUNT_OF(rows));
    CU_ASSERT_FATAL(count > 5 && count <= (int)COUNT_OF(rows));
    for (int i = 0; i < count; i++) {
        CU_ASSERT(rows[i].law[0] != '\0' && rows[i].left == rows[i].right);
    }
    CU_ASSERT_STRING_EQUAL(rows[0].law, "messages sent + redriven = deleted + dead-lettered + expired + delayed + visible + in flight");
    CU_ASSERT_EQUAL((int)rows[0].left, 3);
    struct audit_row first;
    CU_ASSERT_EQUAL(audit_world(fixture.world, &first, 1), count);   /* writes no more than there is room for */
    CU_ASSERT_STRING_EQUAL(first.law, rows[0].law);
    fixture_finish(&fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a broken law ends the program", a_broken_law_ends_the_program },
        { "the ledger has both sides of each law", the_ledger_has_both_sides_of_each_law },
        UNIT_END,
    };
    return unit_main("model/audit", tests);
}
