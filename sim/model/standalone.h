/* Standalone tasks: RunTask starts them; no service keeps them up, and ECS neither protects nor replaces them (PROT-09,
 * SCHED-24, SCHED-38). Those of one family share books, which have a service's numbers under the family's name. */
#ifndef MODEL_STANDALONE_H
#define MODEL_STANDALONE_H

#include <stdbool.h>

#include "model/capacity.h"

struct cluster;
struct service;
struct task;
struct task_definition;
struct world;

enum { STANDALONE_TASKS_MAX = 10 };          /* SCHED-24: of one call */

bool task_is_standalone(const struct task *task);

/* The books of a family; made if need be. Where a service has the family's name, theirs is "FAMILY-standalone". */
struct service *standalone_books(struct world *world, const struct task_definition *definition);

struct standalone_request {
    const struct task_definition *definition;
    struct capacity_strategy strategy;       /* empty: launch type FARGATE */
    struct cluster *cluster;      /* of container instances, which the strategy is about then; NULL: on Fargate */
    int count;                    /* 1..STANDALONE_TASKS_MAX */
};

/* Tasks of one family stay where the first of them ran: on Fargate, or in a cluster. */
bool standalone_may_run(const struct world *world, const struct standalone_request *request);

struct standalone_answer {
    struct task *tasks[STANDALONE_TASKS_MAX];
    int count;
    const char *failure;          /* why the others of the request did not start; NULL: all did */
};

/* RunTask, at the instant when the call reaches ECS. False: throttled (PROT-15, SCHED-24). */
bool standalone_run(struct world *world, const struct standalone_request *request, struct standalone_answer *answer);

#endif
