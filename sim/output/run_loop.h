/* The control loop of a run, read back from its events: what each alarm saw and when it turned, how long scale-outs took. */
#ifndef OUTPUT_RUN_LOOP_H
#define OUTPUT_RUN_LOOP_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* The newest datapoint of an alarm's range from this instant on. */
struct folder_seen {
    double time_s, start_s;       /* when it saw it; when its period began */
    double value;                 /* NAN: there was none */
};

enum folder_state { FOLDER_OK, FOLDER_ALARM, FOLDER_INSUFFICIENT_DATA };

struct folder_turn {
    double time_s;
    enum folder_state to;
};

struct folder_alarm {
    char *name, *metric;          /* owned */
    double made_s, period_s, threshold;
    struct folder_seen *seen;     /* owned */
    size_t seen_count, seen_room;
    struct folder_turn *turns;    /* owned */
    size_t turn_count, turn_room;
};

enum { FOLDER_STEPS = 7 };        /* load changed, measured, published, alarm, decided, started, ready */

struct folder_waterfall {
    char *service, *policy;       /* owned */
    int from, to;
    double steps_s[FOLDER_STEPS]; /* NAN: it did not come so far */
};

/* A zeroed one is empty. */
struct run_loop {
    struct folder_alarm *alarms;
    size_t alarm_count, alarm_room;
    struct folder_waterfall *waterfalls;
    size_t waterfall_count, waterfall_room;
};

/* Take an event of its kind. */
void run_loop_take_made(struct run_loop *loop, const cJSON *event);
void run_loop_take_seen(struct run_loop *loop, const cJSON *event);
void run_loop_take_turn(struct run_loop *loop, const cJSON *event);
void run_loop_take_waterfall(struct run_loop *loop, const cJSON *event);

void run_loop_finish(struct run_loop *loop);

#endif
