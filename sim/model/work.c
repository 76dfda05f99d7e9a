/* The CPU of a task: works that run beside each other share it, and its use is what CloudWatch sees (METRIC-08). */
#include <stdlib.h>

#include "base/check.h"
#include "base/vec.h"
#include "model/task.h"
#include "model/world.h"

static void on_work_timer(struct sim *sim, void *self);

static int64_t idle_cpu(const struct task *task)
{
    double percent = task->definition->idle_cpu_percent;
    if (percent < 0) {
        percent = assumed_number(&task->service->assumptions, ASSUME_IDLE_CPU_PERCENT);
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
    task->cpu_now = use > task->cpu_limit ? task->cpu_limit : use;
}

void task_work_init(struct task *task)
{
    task->cpu_limit = TASK_FULL_CPU;
    task->work_timer = sim_timer_create(task->world->sim, on_work_timer, task);
}

void task_work_finish(struct task *task)
{
    CHECK(task->work_count == 0);
    sim_timer_destroy(task->world->sim, task->work_timer);
    task_finish(task);
}

void task_finish(struct task *task)
{
    free(task->works);
}

void task_work_start_clock(struct task *task, sim_time now)
{
    task->cpu_since = task->cpu_sampled_at = now;
    task->cpu_now = idle_cpu(task);
}

/* Work done by each in `elapsed`: all of it, or an equal part where they ask for more CPU than there is. */
static int64_t progress(const struct task *task, sim_time elapsed)
{
    if (task->demand_sum <= task->cpu_limit) {
        return elapsed;
    }
    return (int64_t)((wide)elapsed * task->cpu_limit / task->demand_sum);
}

/* Time until `left` is done: rounded up, so that the work is done by then. */
static sim_time time_for(const struct task *task, int64_t left)
{
    if (task->demand_sum <= task->cpu_limit) {
        return left;
    }
    return (sim_time)(((wide)left * task->demand_sum + task->cpu_limit - 1) / task->cpu_limit);
}

/* All works of a task run at the same speed, so that one clock tells what each has done: a work that begins when it shows c
 * and needs n is finished when it shows c + n. What begins and ends thus costs a step in a heap, however many run. */
static void advance(struct task *task)
{
    sim_time now = sim_now(task->world->sim);
    task->work_clock += progress(task, now - task->work_since);
    task->work_since = now;
}

/* ---- the heap of running works ------------------------------------------------------------------------------ */

static bool is_before(const struct work *a, const struct work *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put(struct task *task, size_t place, struct work *work)
{
    task->works[place] = work;
    work->place = place;
}

static void sift_up(struct task *task, size_t place, struct work *work)
{
    while (place > 0 && is_before(work, task->works[(place - 1) / 2])) {
        put(task, place, task->works[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(task, place, work);
}

static void sift_down(struct task *task, size_t place, struct work *work)
{
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= task->work_count) {
            break;
        }
        if (child + 1 < task->work_count && is_before(task->works[child + 1], task->works[child])) {
            child++;
        }
        if (is_before(work, task->works[child])) {
            break;
        }
        put(task, place, task->works[child]);
        place = child;
    }
    put(task, place, work);
}

static void heap_add(struct task *task, struct work *work)
{
    VEC_GROW(task->works, task->work_count, task->work_room);
    sift_up(task, task->work_count++, work);
}

static void heap_remove(struct task *task, struct work *work)
{
    struct work *last = task->works[--task->work_count];
    if (last != work) {
        sift_down(task, work->place, last);
        sift_up(task, last->place, last);
    }
}

/* ---- works -------------------------------------------------------------------------------------------------- */

/* Give the job what has been done for it. */
static void settle(struct work *work)
{
    int64_t done = work->task->work_clock - work->settled;
    work->settled = work->task->work_clock;
    work->done_ns += done;
    if (work->job != NULL) {
        work->job->left_ns -= done;
        work->job->done_ns += done;
        *work->job->done_total += done;
    }
}

static void schedule_next(struct task *task)
{
    if (task->work_count == 0) {
        sim_timer_cancel(task->world->sim, task->work_timer);
        return;
    }
    int64_t least = task->works[0]->due - task->work_clock;
    sim_timer_arm(task->world->sim, task->work_timer, task->work_since + time_for(task, least), RANK_LAPSE);
}

/* It runs no longer, at this instant. */
static void leave(struct task *task, struct work *work)
{
    settle(work);
    heap_remove(task, work);
    task->demand_sum -= work->demand;
    if (work->job != NULL) {
        work->job->working = NULL;
    }
    if (work->process != NULL) {
        work->process->withdraw = NULL;
    }
}

static void tell_finished(struct work *work)
{
    if (work->process != NULL) {
        process_wake(work->process);
    } else {
        work->finished(work);
    }
}

static void on_work_timer(struct sim *sim, void *self)
{
    (void)sim;
    struct task *task = self;
    struct work *finished = NULL, **tail = &finished;
    advance(task);
    while (task->work_count > 0 && task->works[0]->due <= task->work_clock) {
        struct work *work = task->works[0];
        leave(task, work);
        work->next = NULL;
        *tail = work;
        tail = &work->next;
    }
    set_cpu(task);
    schedule_next(task);
    for (struct work *work = finished, *next; work != NULL; work = next) {
        next = work->next;
        tell_finished(work);
    }
}

void work_withdraw(struct work *work)
{
    struct task *task = work->task;
    advance(task);
    leave(task, work);
    set_cpu(task);
    schedule_next(task);
}

static void withdraw_work(struct process *process)
{
    work_withdraw(process->wait_object);
}

/* Killed while it still owed the time of an earlier call. */
static void withdraw_before_begin(struct process *process)
{
    struct work *work = process->wait_object;
    if (work->job != NULL) {
        work->job->working = NULL;
    }
}

static void begin(struct work *work, int64_t left_ns)
{
    struct task *task = work->task;
    advance(task);
    work->settled = task->work_clock;
    work->due = task->work_clock + left_ns;
    work->order = task->works_begun++;
    heap_add(task, work);
    task->demand_sum += work->demand;
    set_cpu(task);
    schedule_next(task);
}

static void begin_for_process(struct sim *sim, void *self)
{
    (void)sim;
    struct process *process = self;
    struct work *work = process->wait_object;
    process->withdraw = withdraw_work;
    begin(work, work->due);
}

static int64_t demand_of(const struct task *task)
{
    return (int64_t)(task->definition->cpu_percent * 1000 + 0.5);
}

void task_work(struct task *task, struct work *work, struct process *process, struct job *job, int64_t at_most_ns)
{
    int64_t left = job != NULL && job->left_ns < at_most_ns ? job->left_ns : at_most_ns;
    /* Until it begins, `due` holds how much there is to do. */
    *work = (struct work){
        .task = task, .process = process, .job = job, .due = left < 0 ? 0 : left, .demand = demand_of(task),
    };
    if (job != NULL) {
        job->working = work;
    }
    process->wait_object = work;
    if (process->debt > 0) {
        process->withdraw = withdraw_before_begin;
        process_wait(process, 0, RANK_LAPSE, begin_for_process);
    } else {
        begin_for_process(task->world->sim, process);
    }
}

void task_use_cpu(struct task *task, wide area, sim_time busy, sim_time length)
{
    wide more = area - (wide)idle_cpu(task) * busy;
    wide most = (wide)(task->cpu_limit - task->cpu_now) * length;
    task->cpu_area += more < 0 ? 0 : more < most ? more : most;
}

void task_work_session(struct task *task, int change)
{
    advance(task);
    task->demand_sum += change * demand_of(task);
    set_cpu(task);
    schedule_next(task);
}

void task_work_alone(struct task *task, struct work *work, struct job *job, void (*finished)(struct work *work))
{
    *work = (struct work){ .task = task, .job = job, .finished = finished, .demand = demand_of(task) };
    job->working = work;
    begin(work, job->left_ns);
}

void task_set_cpu_limit(struct task *task, int64_t limit)
{
    if (limit == task->cpu_limit) {
        return;
    }
    advance(task);
    task->cpu_limit = limit;
    if (task->demand_sum > 0) {   /* of works, or of sessions */
        set_cpu(task);
        schedule_next(task);
    }
}

/* A work that has not begun stands in no heap: nothing is done for its job yet. */
static bool is_running(const struct work *work)
{
    const struct task *task = work->task;
    return work->place < task->work_count && task->works[work->place] == work;
}

void job_settle(struct job *job)
{
    if (job->working != NULL && is_running(job->working)) {
        advance(job->working->task);
        settle(job->working);
    }
}

void job_forget(struct job *job)
{
    if (job->working != NULL) {
        job_settle(job);
        job->working->job = NULL;
        job->working = NULL;
    }
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
