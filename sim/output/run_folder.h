/* The files of a run, read back: what pictures are made of. */
#ifndef OUTPUT_RUN_FOLDER_H
#define OUTPUT_RUN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "output/files.h"
#include "output/run_loop.h"
#include "output/run_rollouts.h"
#include "output/run_sessions.h"

/* States of tasks as they lie on each other in the fleet strip, from the bottom. */
enum layer {
    LAYER_PROTECTED_BUSY, LAYER_BUSY, LAYER_IDLE, LAYER_PROTECTED_IDLE, LAYER_PENDING, LAYER_DRAINING, LAYER_COUNT
};

/* A row of timeline.csv. */
struct folder_minute {
    double time_s;                /* at its end */
    int service, queue;           /* index of the name; -1: none */
    double layers[LAYER_COUNT];
    double desired, visible, in_flight, oldest_age_s;
};

/* Something to mark in the fleet strip. */
enum mark_kind {
    MARK_ALARM, MARK_OUT, MARK_IN, MARK_BLOCKED, MARK_DEPLOYMENT, MARK_BUSY_STOP, MARK_DISRUPTION, MARK_COUNT
};
extern const char *const mark_kind_names[MARK_COUNT];        /* "alarm" "out" "in" "blocked" "deployment" ... */

struct folder_mark {
    double time_s;
    int service;                  /* -1: nobody's */
    enum mark_kind kind;
    double until_s;               /* of a disruption: it lasts so long; else time_s */
    char *text;                   /* a deployment's task definition, the cause of a disruption that lasts; owned, NULL: none */
};

struct run_folder {
    char *path;
    char *scenario, *version, *seed;
    char *changed;                /* "rate=0.08 protect=off": parameters that are not at their default; "" if none */
    int64_t start_unix_s;
    double ended_at_s, slo_s;     /* slo_s 0: none */
    char **services, **queues;
    int service_count, queue_count;
    struct folder_minute *minutes;           /* in the order of the file */
    size_t minute_count, minute_room;
    struct folder_mark *marks;    /* in order of time */
    size_t mark_count, mark_room;
    struct run_loop loop;
    struct run_rollouts rollouts;
    struct run_sessions sessions;
};

/* NULL: not a run of ours, or a damaged one. A run without events has no marks and no control loop. */
struct run_folder *run_folder_read(const char *path, struct error *err);

/* The same from the summary alone: no minutes, no marks. */
struct run_folder *run_folder_open(const char *path, struct error *err);

/* One of its files, to be closed by the caller. NULL: `err` says why, and of events that the run was told to write none. */
FILE *run_folder_open_file(const struct run_folder *run, enum output_file file, struct error *err);

/* What tasks.csv has of the task. False: nothing. */
struct folder_task {
    double jobs_done, busy_s, work_useful_s, work_lost_s, sessions, sessions_cut;
};
bool run_folder_task(const struct run_folder *run, const char *id, struct folder_task *task, struct error *err);

void run_folder_free(struct run_folder *run);        /* NULL is fine */

/* For run_folder_read: the marks of the run's events; its sessions, and then the lives of the tasks that had them. False: the
 * file is damaged. */
bool run_marks_read(struct run_folder *run, FILE *events);
bool run_sessions_read(struct run_folder *run, FILE *sessions);
bool run_sessions_read_tasks(struct run_folder *run, FILE *tasks);

/* The index of `name`; -1 if it is none of them. */
int run_folder_index(char *const *names, int count, const char *name);

/* The stack at an instant, up to and including `layer`. */
double run_folder_height(const struct run_folder *run, int service, double time_s, enum layer layer);

#endif
