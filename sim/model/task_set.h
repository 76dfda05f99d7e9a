/* Task sets of a service whose deployments an EXTERNAL controller makes: revisions side by side, each with its share of the
 * desired count (DEPLOY-16). Each is a struct deployment; the first of service->deployments is the PRIMARY one. */
#ifndef MODEL_TASK_SET_H
#define MODEL_TASK_SET_H

#include <stdbool.h>

struct deployment;
struct service;
struct task_definition;

/* computedDesiredCount, rounded up; `scale_milli` in 1/1000 per cent. Pure. */
int task_set_computed_desired(int desired_count, int scale_milli);

/* CreateTaskSet: ACTIVE beside what the service has. */
struct deployment *task_set_create(struct service *service, const struct task_definition *definition, int scale_milli);

/* UpdateTaskSet, UpdateServicePrimaryTaskSet; DeleteTaskSet: it leaves once its tasks are gone. */
void task_set_scale(struct deployment *set, int scale_milli);
void task_set_make_primary(struct deployment *set);
void task_set_delete(struct deployment *set);

/* In each pass: give every set its computed count. */
void task_sets_compute(struct service *service);

/* STEADY_STATE: as many tasks run as were computed, none is pending, none is failing. */
bool task_set_is_steady(const struct deployment *set);
bool task_sets_are_steady(const struct service *service);

#endif
