#include "model/job.h"

#include <string.h>

#include "model/world.h"

static bool in_window(const struct world *world, sim_time sent_at)
{
    return world->in_window && sent_at >= world_window_start(world);
}

void job_books_arrive(struct job_books *books, const struct world *world, int64_t work_ns)
{
    sim_time now = sim_now(world->sim);
    books->sent++;
    books->jobs_in += in_window(world, now);
    books->work_arrived_ns += work_ns;
    level_add(&books->in_system, now, 1);
}

void job_books_start(struct job_books *books, const struct world *world, sim_time sent_at)
{
    if (in_window(world, sent_at)) {
        tally_add(&books->wait, sim_now(world->sim) - sent_at);
    }
}

void job_books_end(struct job_books *books, const struct world *world, sim_time sent_at, enum job_end end)
{
    sim_time now = sim_now(world->sim), time_in_system = now - sent_at, slo = world->config.slo;
    level_add(&books->in_system, now, -1);
    books->time_in_system_sum += time_in_system;
    books->finished++;
    if (!in_window(world, sent_at)) {
        return;
    }
    if (end != JOB_REFUSED) {
        tally_add(&books->time_in_system, time_in_system);
    }
    books->jobs_done += end == JOB_DONE;
    if (slo > 0) {
        books->jobs_due++;
        books->jobs_in_slo += end == JOB_DONE && time_in_system <= slo;
        books->minute_finished++;
        books->minute_late += time_in_system > slo || end == JOB_REFUSED;
    }
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
    books->redeliveries = books->duplicates = books->requests = 0;
    books->jobs_in = books->jobs_done = books->jobs_due = books->jobs_in_slo = books->slo_miss_min = 0;
    books->delay_by_cut_sum = 0;
    books->delay_by_cut_count = 0;
    memset(books->jobs_cut, 0, sizeof books->jobs_cut);
    memset(books->window_work_lost_ns, 0, sizeof books->window_work_lost_ns);
    books->window_work_useful_ns = 0;
}

void job_books_unfinished(struct job_books *books, const struct world *world, sim_time sent_at, bool started)
{
    sim_time age = sim_now(world->sim) - sent_at;
    books->time_in_system_sum += age;
    books->unfinished_sum += age;
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
