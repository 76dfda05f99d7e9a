/* The CPU of a task: works that run beside each other share it, and its use is what CloudWatch sees (METRIC-08). */
#include "base/check.h"
#include "model/queue.h"
#include "model/task.h"
#include "model/world.h"

enum { FULL_CPU = 100 * 1000 };   /* 100 per cent, in 1/1000 per cent */

static void on_work_timer(struct sim *sim, void *self);

static int64_t idle_cpu(const struct task *task)
{
    double percent = task->definition->idle_cpu_percent;
    if (percent < 0) {
        const struct assumptions *assumptions =
            task->service != NULL ? &task->service->assumptions : &task->world->assumptions;
        percent = assumed_number(assumptions, ASSUME_IDLE_CPU_PERCENT);
    }
    return (int64_t)(percent * 1000 + 0.5);
}

static void set_cpu(struct task *task)
{
    sim_time now = sim_now(task->world->sim);
    task->cpu_area += (wide)task->cpu_now * (now - task->cpu_since);
    task->cpu_since = now;
    int64_t idle = idle_cpu(task);
    int64_t use = task->demand_sum > idle ? task->demand_sum : idle;
    task->cpu_now = use > FULL_CPU ? FULL_CPU : use;
}

void task_work_init(struct task *task)
{
    task->work_timer = sim_timer_create(task->world->sim, on_work_timer, task);
}

void task_work_finish(struct task *task)
{
    CHECK(task->works == NULL);
    sim_timer_destroy(task->world->sim, task->work_timer);
}

void task_work_start_clock(struct task *task, sim_time now)
{
    task->cpu_since = task->cpu_sampled_at = now;
    task->cpu_now = idle_cpu(task);
}

/* Work done by each in `elapsed`: all of it, or an equal part where they ask for more CPU than there is. */
static int64_t progress(const struct task *task, sim_time elapsed)
{
    if (task->demand_sum <= FULL_CPU) {
        return elapsed;
    }
    return (int64_t)((wide)elapsed * FULL_CPU / task->demand_sum);
}

/* Time until `left` is done: rounded up, so that the work is done by then. */
static sim_time time_for(const struct task *task, int64_t left)
{
    if (task->demand_sum <= FULL_CPU) {
        return left;
    }
    return (sim_time)(((wide)left * task->demand_sum + FULL_CPU - 1) / FULL_CPU);
}

static void advance(struct task *task)
{
    sim_time now = sim_now(task->world->sim);
    int64_t done = progress(task, now - task->work_since);
    task->work_since = now;
    for (struct work *work = task->works; work != NULL; work = work->next) {
        int64_t part = done < work->left_ns ? done : work->left_ns;
        work->left_ns -= part;
        work->done_ns += part;
        if (work->attempt != NULL) {
            attempt_worked(work->attempt, part);
        }
    }
}

static void schedule_next(struct task *task)
{
    if (task->works == NULL) {
        sim_timer_cancel(task->world->sim, task->work_timer);
        return;
    }
    int64_t least = task->works->left_ns;
    for (const struct work *work = task->works->next; work != NULL; work = work->next) {
        least = work->left_ns < least ? work->left_ns : least;
    }
    sim_timer_arm(task->world->sim, task->work_timer, task->work_since + time_for(task, least), RANK_LAPSE);
}

static void unlink_work(struct task *task, struct work *work)
{
    *(work->previous != NULL ? &work->previous->next : &task->works) = work->next;
    if (work->next != NULL) {
        work->next->previous = work->previous;
    }
    task->work_count--;
    task->demand_sum -= work->demand;
    if (work->attempt != NULL) {
        work->attempt->working = NULL;
    }
    work->process->withdraw = NULL;
}

static void on_work_timer(struct sim *sim, void *self)
{
    (void)sim;
    struct task *task = self;
    advance(task);
    struct work *finished = NULL, **tail = &finished;
    for (struct work *work = task->works, *next; work != NULL; work = next) {
        next = work->next;
        if (work->left_ns == 0) {
            unlink_work(task, work);
            work->next = NULL;
            *tail = work;
            tail = &work->next;
        }
    }
    set_cpu(task);
    schedule_next(task);
    for (struct work *work = finished, *next; work != NULL; work = next) {
        next = work->next;
        work->next = NULL;
        process_wake(work->process);
    }
}

static void withdraw_work(struct process *process)
{
    struct work *work = process->wait_object;
    struct task *task = work->task;
    advance(task);
    unlink_work(task, work);
    set_cpu(task);
    schedule_next(task);
}

/* Killed while it still owed the time of an earlier call. */
static void withdraw_before_begin(struct process *process)
{
    struct work *work = process->wait_object;
    if (work->attempt != NULL) {
        work->attempt->working = NULL;
    }
}

static void begin(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct work *work = process->wait_object;
    struct task *task = work->task;
    advance(task);
    work->next = task->works;
    work->previous = NULL;
    if (task->works != NULL) {
        task->works->previous = work;
    }
    task->works = work;
    task->work_count++;
    task->demand_sum += work->demand;
    process->withdraw = withdraw_work;
    set_cpu(task);
    schedule_next(task);
}

void task_work(struct task *task, struct work *work, struct process *process, struct attempt *attempt, int64_t at_most_ns)
{
    int64_t left = at_most_ns;
    if (attempt != NULL && attempt->left_ns < left) {
        left = attempt->left_ns;
    }
    *work = (struct work){
        .task = task, .process = process, .attempt = attempt, .left_ns = left < 0 ? 0 : left,
        .demand = (int64_t)(task->definition->cpu_percent * 1000 + 0.5),
    };
    if (attempt != NULL) {
        attempt->working = work;
    }
    process->wait_object = work;
    if (process->debt > 0) {
        process->withdraw = withdraw_before_begin;
        process_wait(process, 0, RANK_LAPSE, begin);
    } else {
        begin(task->world->sim, process);
    }
}

void work_advance(struct work *work)
{
    advance(work->task);
}

void work_forget_attempt(struct work *work)
{
    advance(work->task);
    work->attempt = NULL;
}

double task_sample_cpu(struct task *task)
{
    set_cpu(task);
    sim_time now = sim_now(task->world->sim);
    sim_time length = now - task->cpu_sampled_at;
    double mean = length > 0 ? (double)task->cpu_area / (double)length / 1000 : (double)task->cpu_now / 1000;
    task->cpu_area = 0;
    task->cpu_sampled_at = now;
    return mean;
}
