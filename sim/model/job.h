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
    uint64_t dead_lettered, redriven;        /* of messages, whole run: moved away, and dead letters taken over */
    uint64_t dlq;                 /* window: dead_lettered */
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

/* A dead letter is taken over or leaves: it counts for Little's law, and as no job. */
void job_books_take_over(struct job_books *books, const struct world *world);
void job_books_leave(struct job_books *books, const struct world *world, sim_time entered_at);

void job_books_lose(struct job_books *books, const struct world *world, enum cause cause, int64_t lost_ns);
void job_books_use(struct job_books *books, const struct world *world, int64_t useful_ns);
void job_books_cut(struct job_books *books, const struct world *world, enum cause cause);

/* The same for so many at once (cohort.h), which were sent from `sent_at` on, all of them on one side of the window's begin.
 * `in_system` is left as it was, since they came and ended at instants before this one; job_books_moved brings it up to
 * date: so many more now, and so much more in its integral until now than that it was as before. */
void job_books_arrive_many(struct job_books *books, const struct world *world, sim_time sent_at, int64_t count, wide work_ns);
void job_books_start_many(struct job_books *books, const struct world *world, sim_time sent_at, sim_time wait, int64_t count);
void job_books_end_many(struct job_books *books, const struct world *world, sim_time sent_at, sim_time time_in_system,
                        int64_t count, enum job_end end);
void job_books_moved(struct job_books *books, const struct world *world, int64_t change, wide area);

/* At each minute's end; `oldest_age` is the true one. */
void job_books_minute(struct job_books *books, const struct world *world, sim_time oldest_age);
void job_books_end_of_warm_up(struct job_books *books);

/* At the end of the run: a job that is still there. */
void job_books_unfinished(struct job_books *books, const struct world *world, sim_time sent_at, bool started);
void job_books_remain(struct job_books *books, const struct world *world, sim_time entered_at);   /* a dead letter */
void job_books_finish(struct job_books *books);      /* free what they own */

#endif
