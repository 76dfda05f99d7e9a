/* The sessions of a run, read back: the tasks that took them, how many each had open, when how many were cut. */
#ifndef OUTPUT_RUN_SESSIONS_H
#define OUTPUT_RUN_SESSIONS_H

#include <cjson/cJSON.h>
#include <stddef.h>

struct folder_server {
    char *id;                     /* owned */
    int service;
    double started_s, stopping_s, ended_s;   /* its container runs; its stop was decided; NAN: that has not happened */
};

/* From this instant on the task has so many. */
struct folder_sessions {
    double time_s;
    size_t server;
    double open;
};

struct folder_cut {
    double time_s;
    size_t server;
    double count;
};

/* A zeroed one is empty. */
struct run_sessions {
    struct folder_server *servers;           /* in the order in which they begin to serve */
    size_t server_count, server_room;
    struct folder_sessions *rows;            /* in order of time */
    size_t row_count, row_room;
    struct folder_cut *cuts;
    size_t cut_count, cut_room;
};

void run_sessions_take_cut(struct run_sessions *sessions, const cJSON *event);
void run_sessions_finish(struct run_sessions *sessions);

#endif
