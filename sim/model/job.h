/* A job as one task works on it, and the books about jobs: messages of a queue, requests of a target group. */
#ifndef MODEL_JOB_H
#define MODEL_JOB_H

#include <stdbool.h>

#include "engine/level.h"
#include "engine/tally.h"
#include "model/cause.h"

struct work;
struct world;

/* An attempt at a message, or a request. */
struct job {
    int64_t left_ns;              /* of the work, as of the last job_settle */
    int64_t done_ns;              /* work done here */
    wide *done_total;             /* where all work of its queue or target group is summed */
    struct work *working;         /* the task_work() that is running on it; NULL: none */
};

/* Of a queue or a target group. What the other kind has no use for stays 0. */
struct job_books {
    uint64_t sent, finished;      /* whole run; finished: left the system, one way or another */
    uint64_t received, deleted, expired, redeliveries, duplicates, stale_deletes, overtimes;   /* of messages */
    uint64_t empty_receives, requests;
    uint64_t completed, rejected, timed_out, cut;    /* of requests: how they ended, for their clients */
    uint64_t jobs_in, jobs_done;  /* window */
    uint64_t jobs_due, jobs_in_slo;
    struct tally time_in_system, wait;       /* ns, jobs enqueued in the window */
    struct histogram oldest_age;  /* ns, weighted by time */
    struct histogram oldest_age_cw;          /* ns, one weight per minute */
    struct level in_system;       /* whole run */
    wide time_in_system_sum;      /* whole run, for Little's law; unfinished jobs join it at the end */
    wide unfinished_sum;          /* of that, what they joined it with */
    wide delay_by_cut_sum;
    uint64_t delay_by_cut_count;
    wide work_arrived_ns, work_useful_ns, work_lost_ns[CAUSE_COUNT], work_done_ns;   /* whole run */
    wide window_work_lost_ns[CAUSE_COUNT], window_work_useful_ns;
    uint64_t jobs_cut[CAUSE_COUNT];          /* window */
    int64_t visible_max;
    sim_time visible_max_at, drained_at;     /* drained_at: -1 while not yet below the threshold again */
    int64_t minute_finished, minute_late;    /* of the running minute, for slo_miss_min */
    uint64_t slo_miss_min;
};

enum job_end {
    JOB_DONE,
    JOB_FAILED,                   /* counts with its time: expired, timed out, cut */
    JOB_REFUSED                   /* never taken up: missed the SLO, and its time says nothing */
};

void job_books_arrive(struct job_books *books, const struct world *world, int64_t work_ns);
void job_books_start(struct job_books *books, const struct world *world, sim_time sent_at);
void job_books_end(struct job_books *books, const struct world *world, sim_time sent_at, enum job_end end);
void job_books_lose(struct job_books *books, const struct world *world, enum cause cause, int64_t lost_ns);
void job_books_use(struct job_books *books, const struct world *world, int64_t useful_ns);
void job_books_cut(struct job_books *books, const struct world *world, enum cause cause);

/* At each minute's end; `oldest_age` is the true one. */
void job_books_minute(struct job_books *books, const struct world *world, sim_time oldest_age);
void job_books_end_of_warm_up(struct job_books *books);

/* At the end of the run: a job that is still there. */
void job_books_unfinished(struct job_books *books, const struct world *world, sim_time sent_at, bool started);
void job_books_finish(struct job_books *books);      /* free what they own */

#endif
