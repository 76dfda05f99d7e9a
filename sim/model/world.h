/* One run of one scenario: owns everything of the model. Build it, start it, finish it, read its outcome. */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "engine/sim.h"
#include "model/assumption.h"
#include "model/balancer.h"
#include "model/capacity.h"
#include "model/cost.h"
#include "model/queue.h"
#include "model/service.h"
#include "model/task.h"
#include "model/token_bucket.h"

struct workload;
struct metrics;                   /* metric.h: the store */
struct alarm;
struct disruptions;               /* disruption.h: those that are to come or in force */
struct ec2;                       /* cluster.h: clusters and their instances */
struct scaling;                   /* scaling.h: Application Auto Scaling of this world */

/* Settings of a run (sim.scenario). */
struct world_config {
    sim_time duration, warm_up;
    sim_time drain;               /* after `duration` without load: until all queues are empty, at most so long; 0: not */
    int64_t start_unix_s;         /* the calendar instant of time 0; Monday 2026-01-05 00:00 UTC unless set */
    sim_time slo;                 /* 0: none */
    int64_t drain_threshold;      /* below 0: slots x min capacity, at least 1 */
    sim_time reversal_window;
};

struct slot_entry {
    void *object;
    uint32_t serial;
};

/* A table of objects that may end: a handle is (slot, serial), stale handles find nothing. */
struct slot_table {
    struct slot_entry *entries;
    uint32_t count, room, free_head;
    uint32_t next_serial;
};

struct named_tally {
    const char *name, *unit;
    struct tally tally;           /* in 10^-9 units */
};

struct named_level {
    const char *name, *unit;
    double value, min, max, area; /* area: value x seconds, plain IEEE sum in order of time */
    sim_time since;
};

/* A world is one account in one Region (pitfalls 25). */
struct world {
    struct sim *sim;
    struct arena *arena;
    struct world_config config;
    struct assumptions assumptions;
    bool started, in_window;      /* in_window: past the warm-up */
    sim_time load_end;            /* the latest stop of all loads; 0 without loads */

    struct service **services;
    int service_count, service_room;
    struct queue **queues;
    int queue_count, queue_room;
    struct target_group **target_groups;
    int target_group_count, target_group_room;
    struct pool *tasks_pool, *messages_pool, *attempts_pool, *targets_pool, *requests_pool, *visitors_pool;
    struct pool *sessions_pool, *lone_sessions_pool;
    struct slot_table tasks, attempts, requests, sessions;
    struct alarm **alarms;        /* in no order */
    int alarm_count, alarm_room;
    uint64_t task_serial;

    struct token_bucket protection_bucket, protection_read_bucket;   /* PROT-14 */
    struct token_bucket service_modify_bucket, cluster_modify_bucket, cluster_read_bucket;   /* PROT-15 */
    struct token_bucket run_task_bucket;     /* SCHED-24 */
    struct fargate fargate;

    struct metrics *metrics;
    struct disruptions *disruptions;
    struct scaling *scaling;
    struct ec2 *ec2;
    const char *zone_database;    /* edition of the time zones that schedules were read in; NULL: only UTC */
    struct cost_control control;  /* window */
    struct level running;         /* containers that run, of all services */
    uint64_t tasks_stopped;       /* whole run */
    wide stopped_slot_ns;         /* billed slot-time of services' tasks whose billing has ended; whole run */
    uint64_t protect_peak, protect_this_second;      /* protection calls of all services */
    sim_time protect_second;
    struct named_tally *tallies;
    int tally_count, tally_room;
    struct named_level *levels;
    int level_count, level_room;
    struct eventually *eventuallys;          /* what the scenario expects in time (expectation.h) */
    uint64_t warnings;
    bool interrupted, draining;
    sim_time ended_at;
};

/* An empty world at time 0. */
struct world *world_create(uint64_t seed, uint64_t replication);
void world_destroy(struct world *world);             /* NULL is fine */

struct service *world_find_service(const struct world *world, const char *name);   /* NULL if there is none */
struct queue *world_find_queue(const struct world *world, const char *name);
struct target_group *world_find_target_group(const struct world *world, const char *name);
struct task *world_find_task(const struct world *world, uint32_t slot, uint32_t serial);

/* Run to config.duration, or to the end of the load and drained queues. False: the scenario or the model failed (`err`
 * carries the simulated time). Closes the books and checks them (audit.h) unless it failed. */
bool world_run(struct world *world, struct error *err);

/* Suspicious but legal: counted, shown, never silent. */
void world_warn(struct world *world, const char *subject, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Slot tables. */
void slot_table_add(struct slot_table *table, void *object, uint32_t *slot, uint32_t *serial);
void slot_table_remove(struct slot_table *table, uint32_t slot);
void *slot_table_find(const struct slot_table *table, uint32_t slot, uint32_t serial);

/* A job has left the system: the end of a draining run may have come. */
void world_job_left(struct world *world);

/* W of outputs.md: [end of warm-up, end of run). */
sim_time world_window_start(const struct world *world);

#endif
