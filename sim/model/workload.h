/* Loads: arrivals in time, each sent to every queue and target group named with the same work, or handed to the scenario; of
 * requests by the thousand only their number and their work. */
#ifndef MODEL_WORKLOAD_H
#define MODEL_WORKLOAD_H

#include "engine/dist.h"
#include "engine/rate.h"

struct world;
struct queue;
struct target_group;

struct workload_sink {            /* one of both */
    struct queue *queue;
    struct target_group *target_group;
};

struct workload_config {
    const char *name;             /* seeds the stream */
    struct rate rate;             /* count 0: `times` instead */
    const sim_time *times;        /* replay, in order; borrowed for the run */
    size_t time_count;
    bool regular;                 /* equal spacing in expected arrivals instead of Poisson */
    sim_time start, stop;         /* [start, stop) */
    const struct workload_sink *into;        /* every arrival goes to each; borrowed */
    int into_count;
    struct dist work;             /* size of the n-th job: a stream per job (common random numbers) */
    const char *work_name;        /* seeds the jobs' streams with the load's own name: the n-th job has the n-th */
    const int64_t *works_ns;      /* or one size per arrival, as many as times */
    double aggregate_above;       /* per second: with a higher rate arrivals come in cohorts (aggregate.h), of the one target
                                   * group of `into`, which has an aggregate of this load; 0: always one by one */
    void (*each)(void *context, uint64_t index);   /* or the scenario's own function */
    void *context;
};

struct workload;

/* Begins at config->start. The world's load end is the latest stop. */
struct workload *workload_create(struct world *world, const struct workload_config *config);

#endif
