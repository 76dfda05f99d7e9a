/* Small worlds in one line, and containers whose program is the test itself. */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "model/world.h"

/* A container driven by hand: the test calls queue_receive(), task_work(), endpoint_call() on `process` and advances time. */
struct puppet {
    struct app app;               /* first */
    struct task *task;            /* the first task whose program started; NULL after its end */
    struct process process;       /* of that task; gone after its end */
    int starts, sigterms, ends;
    int resumed;                  /* how often the process resumed */
    sim_time resumed_at;
    bool exit_on_sigterm;
};

struct fixture {
    struct world *world;
    struct queue *queue;          /* visibility timeout 60 s, long polls of 20 s */
    struct service *service;      /* "worker", three zones */
    struct puppet puppet;
};

/* Every latency of the control planes at a fixed value, so that instants can be computed by hand: calls of SQS 10 ms,
 * protection 40 ms, ECS reacts after 5 s and passes every 10 s, tasks run 20 s after their creation, stop reports 11 s. */
void fixture_init(struct fixture *fixture, int desired_count);

/* The same with further assumptions, "name=value name=value". */
void fixture_init_assuming(struct fixture *fixture, int desired_count, const char *assumptions);
void fixture_finish(struct fixture *fixture);

/* Run to `seconds`; fails the test if the run fails. */
void fixture_run(struct fixture *fixture, double seconds);

/* Receive up to `most` messages and advance until the answer is there: the first of them, or NULL. */
struct attempt *fixture_receive(struct fixture *fixture, struct queue *queue, int most);

/* Give the puppet's task so many slots. `definition` is the test's own, and stays. */
void fixture_set_slots(struct fixture *fixture, struct task_definition *definition, int slots);

/* Protect or release a task at once, as ECS would; returns ECS's answer. */
enum protection_verdict fixture_protect(struct task *task, bool enable, double minutes);

/* How many of the service's kept events contain `text`. */
int fixture_count_events(const struct fixture *fixture, const char *text);

#endif
