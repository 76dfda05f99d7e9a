/* What a scenario expects of its run: parsed against the KPI table when the script is loaded, judged after the run. */
#ifndef MODEL_EXPECTATION_H
#define MODEL_EXPECTATION_H

#include <stdbool.h>

#include "model/outcome.h"

struct expectation;
struct eventually;
struct service;

/* A declared parameter, usable as a name in expressions. */
struct parameter_value {
    const char *name;
    double value;
};

/* One rule of sim.expect: `left` is a KPI's name and `right` "< 60s", "0", "<= baseline * 1.05"; or `left` is NULL and
 * `right` a comparison with arithmetic: "max_tasks * 10 <= 100". In the world's arena; `world` must already hold the
 * services, queues and tallies that it names. */
struct expectation *expectation_parse(struct world *world, const char *left, const char *right,
                                      const struct parameter_value *parameters, int parameter_count, struct error *err);

struct verdict {
    const char *text;             /* the rule as a reader would write it: "work_lost_s == 0" */
    bool held;
    double value, limit;          /* of the left and right side; NaN: undefined, which never holds */
    const char *unit;
};
struct verdict expectation_judge(const struct expectation *expectation);

/* sim.eventually: `condition` over desired_count, running_count ... (lua-api.md section 10) becomes true within `within`
 * after `after`: a time, or the end of the load, or the UpdateService of each deployment (then the slowest counts). It
 * watches the run by itself. The verdict's value is how long that took, its limit `within`; of one that was not kept they are
 * what the two sides were in the end. */
enum eventually_after { AFTER_TIME, AFTER_LOAD_END, AFTER_DEPLOYMENT };
struct eventually *eventually_create(struct world *world, const char *condition, enum eventually_after kind, sim_time after,
                                     sim_time within, const struct parameter_value *parameters, int parameter_count,
                                     struct error *err);
/* A deployment of the service has begun: conditions that are to hold after each one are watched. */
void expectation_note_deployment(struct service *service);

struct verdict eventually_judge(const struct eventually *eventually);

#endif
