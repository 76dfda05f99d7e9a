/* The numbers that a run leaves, and the one table of their names, units and definitions (spec outputs.md section 2). */
#ifndef MODEL_OUTCOME_H
#define MODEL_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/cause.h"
#include "model/cost.h"

struct world;
struct service;
struct queue;
struct target_group;
struct kpi;

enum kpi_better { BETTER_NONE, BETTER_LESS, BETTER_MORE };
enum kpi_judged { JUDGED_EVERY_RUN, JUDGED_ON_MEAN };    /* E, M */

/* Whom a number is about: a service, a queue, a target group, or (all NULL) the whole run. */
struct kpi_scope {
    const struct world *world;
    const struct service *service;
    const struct queue *queue;
    const struct target_group *target_group;
};

struct kpi {
    const char *name, *unit;
    enum kpi_better better;
    enum kpi_judged judged;
    const char *const *splits;    /* names inside {..}: causes, "out" and "in", codes; NULL: not split */
    int split_count;
    const char *definition;       /* one sentence */
    double (*value)(const struct kpi *kpi, const struct kpi_scope *scope, int split);   /* see kpi_value */
    bool per_queue, per_target_group, per_service;   /* scopes beside the run for which it is defined */
    /* Where `value` looks: fields of the books, a share or a divisor. */
    size_t field, whole_field;
    double argument;
};

extern const struct kpi kpi_table[];                 /* in the order of reports */
extern const size_t kpi_count;
const struct kpi *kpi_find(const char *name);        /* NULL if unknown */

/* After world_run. NaN where it is undefined: a ratio over nothing, no SLO, no scalable target. `split` -1: in total. */
double kpi_value(const struct kpi *kpi, const struct kpi_scope *scope, int split);

/* What the tasks of a scope cost in the window; for the whole run the control plane too. */
struct cost_bill outcome_bill(const struct kpi_scope *scope);

/* A parsed name of a number: "work_lost_s{scale_in}", "worker.util", "jobs.tis_p95", "queue_wait.mean". */
struct kpi_reference {
    const struct kpi *kpi;        /* NULL: a tally's or level's number */
    struct kpi_scope scope;
    int split;
    int tally, level;             /* index in the world; -1 */
    int part;                     /* of a tally or level: index in its list of numbers */
};

/* Fails with the nearest known name. Borrows the world for the life of the reference. */
bool kpi_reference_parse(struct kpi_reference *reference, const struct world *world, const char *text, struct error *err);
double kpi_reference_value(const struct kpi_reference *reference);   /* after world_run; NaN: undefined */
const char *kpi_reference_unit(const struct kpi_reference *reference);

/* Call visit for every number of the run, in the order of reports: name ("worker.busy_stops{scale_in}"), unit, value. First
 * the run's own, then those of each service, each queue, each target group, each tally and level. A target group that bears
 * the name of a service has its numbers there. Which names come depends on the scenario
 * alone, not on what happened. */
void outcome_visit(const struct world *world,
                   void (*visit)(void *context, const char *name, const char *unit, double value), void *context);

#endif
