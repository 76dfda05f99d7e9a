#include "model/job.h"

#include <string.h>

#include "model/world.h"

static bool in_window(const struct world *world, sim_time sent_at)
{
    return world->in_window && sent_at >= world_window_start(world);
}

void job_books_arrive_many(struct job_books *books, const struct world *world, sim_time sent_at, int64_t count, wide work_ns)
{
    books->sent += (uint64_t)count;
    books->jobs_in += in_window(world, sent_at) ? (uint64_t)count : 0;
    books->work_arrived_ns += work_ns;
}

void job_books_arrive(struct job_books *books, const struct world *world, int64_t work_ns)
{
    job_books_arrive_many(books, world, sim_now(world->sim), 1, work_ns);
    job_books_moved(books, world, 1, 0);
}

void job_books_start_many(struct job_books *books, const struct world *world, sim_time sent_at, sim_time wait, int64_t count)
{
    if (in_window(world, sent_at)) {
        tally_add_many(&books->wait, wait, (uint64_t)count);
    }
}

void job_books_start(struct job_books *books, const struct world *world, sim_time sent_at)
{
    job_books_start_many(books, world, sent_at, sim_now(world->sim) - sent_at, 1);
}

void job_books_end_many(struct job_books *books, const struct world *world, sim_time sent_at, sim_time time_in_system,
                        int64_t count, enum job_end end)
{
    sim_time slo = world->config.slo;
    uint64_t ended = (uint64_t)count;
    books->time_in_system_sum += (wide)time_in_system * count;
    books->finished += ended;
    if (!in_window(world, sent_at)) {
        return;
    }
    if (end != JOB_REFUSED) {
        tally_add_many(&books->time_in_system, time_in_system, ended);
    }
    books->jobs_done += end == JOB_DONE ? ended : 0;
    if (slo > 0) {
        books->jobs_due += ended;
        books->jobs_in_slo += end == JOB_DONE && time_in_system <= slo ? ended : 0;
        books->minute_finished += count;
        books->minute_late += time_in_system > slo || end == JOB_REFUSED ? count : 0;
    }
}

void job_books_end(struct job_books *books, const struct world *world, sim_time sent_at, enum job_end end)
{
    job_books_moved(books, world, -1, 0);
    job_books_end_many(books, world, sent_at, sim_now(world->sim) - sent_at, 1, end);
}

void job_books_take_over(struct job_books *books, const struct world *world)
{
    books->redriven++;
    job_books_moved(books, world, 1, 0);
}

void job_books_leave(struct job_books *books, const struct world *world, sim_time entered_at)
{
    books->time_in_system_sum += sim_now(world->sim) - entered_at;
    books->finished++;
    job_books_moved(books, world, -1, 0);
}

void job_books_moved(struct job_books *books, const struct world *world, int64_t change, wide area)
{
    books->in_system.area += area;
    level_add(&books->in_system, sim_now(world->sim), change);
}

void job_books_lose(struct job_books *books, const struct world *world, enum cause cause, int64_t lost_ns)
{
    books->work_lost_ns[cause] += lost_ns;
    if (world->in_window) {
        books->window_work_lost_ns[cause] += lost_ns;
    }
}

void job_books_use(struct job_books *books, const struct world *world, int64_t useful_ns)
{
    books->work_useful_ns += useful_ns;
    if (world->in_window) {
        books->window_work_useful_ns += useful_ns;
    }
}

void job_books_cut(struct job_books *books, const struct world *world, enum cause cause)
{
    books->jobs_cut[cause] += world->in_window;
}

void job_books_minute(struct job_books *books, const struct world *world, sim_time oldest_age)
{
    sim_time slo = world->config.slo;
    if (slo > 0) {
        /* The p95 of what finished is late exactly when more than a twentieth of it is. */
        bool late = 20 * books->minute_late > books->minute_finished;
        books->slo_miss_min += late || oldest_age > slo;
    }
    books->minute_finished = books->minute_late = 0;
}

void job_books_end_of_warm_up(struct job_books *books)
{
    histogram_reset(&books->oldest_age);
    histogram_reset(&books->oldest_age_cw);
    books->minute_finished = books->minute_late = 0;
    books->redeliveries = books->duplicates = books->dlq = books->requests = 0;
    books->jobs_in = books->jobs_done = books->jobs_due = books->jobs_in_slo = books->slo_miss_min = 0;
    books->delay_by_cut_sum = 0;
    books->delay_by_cut_count = 0;
    memset(books->jobs_cut, 0, sizeof books->jobs_cut);
    memset(books->window_work_lost_ns, 0, sizeof books->window_work_lost_ns);
    books->window_work_useful_ns = 0;
}

void job_books_remain(struct job_books *books, const struct world *world, sim_time entered_at)
{
    sim_time age = sim_now(world->sim) - entered_at;
    books->time_in_system_sum += age;
    books->unfinished_sum += age;
}

void job_books_unfinished(struct job_books *books, const struct world *world, sim_time sent_at, bool started)
{
    sim_time age = sim_now(world->sim) - sent_at;
    job_books_remain(books, world, sent_at);
    if (!in_window(world, sent_at)) {
        return;
    }
    tally_add(&books->time_in_system, age);
    if (!started) {
        tally_add(&books->wait, age);
    }
    books->jobs_due += world->config.slo > 0 && age > world->config.slo;
}

void job_books_finish(struct job_books *books)
{
    tally_finish(&books->time_in_system);
    tally_finish(&books->wait);
    histogram_finish(&books->oldest_age);
    histogram_finish(&books->oldest_age_cw);
}
