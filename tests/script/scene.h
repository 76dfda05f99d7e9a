/* Scenarios from texts, and what they log: the harness of the script layer's tests. */
#ifndef TESTS_SCRIPT_SCENE_H
#define TESTS_SCRIPT_SCENE_H

#include "model/world.h"
#include "script/scenario.h"

struct scene {
    struct world *world;
    struct scenario *scenario;    /* NULL: it failed to load */
    struct error err;
    char log[1 << 14];            /* what sim.log said: "TIME text" a line, time in whole seconds */
};

/* Go to a new, empty folder, in which scripts are "case.lua"; remove it and what the test wrote in the end. */
void scenes_begin(void);
void scenes_end(void);
void scene_write(const char *name, const char *text);    /* a file in it; folders in `name` are made */

/* Load `text` as case.lua. True: it loaded. Either way scene_finish must follow. */
bool scene_load(struct scene *scene, const char *text);
bool scene_load_with(struct scene *scene, const char *text, const struct scenario_options *options);
bool scene_run(struct scene *scene);  /* false: the run failed (err) */
void scene_finish(struct scene *scene);

/* All at once: load, run, and give the log, or the error where one failed. The text is the scene's. */
const char *scene_play(struct scene *scene, const char *text);
const char *scene_play_with(struct scene *scene, const char *text, const struct scenario_options *options);

/* Does `text` begin with `start`? Prints both if not. */
bool begins_with(const char *text, const char *start);

/* Are the texts equal? Prints both if not. */
bool same_text(const char *text, const char *expected);

/* A line of Lua that makes the modules local, and one that makes a queue `jobs` and a service `worker` that runs `app` in one
 * task, ready after a few seconds. */
#define MODULES "local sim, ecs, sqs, cloudwatch, autoscaling = require \"sim\", require \"ecs\", require \"sqs\", " \
                "require \"cloudwatch\", require \"autoscaling\" "
#define FAST_ASSUMPTIONS "sim.assume { created_to_pull_s = 1, pull_s = 1, ecs_react_latency_s = 1, reconcile_s = 1, " \
                         "sqs_call_ms = 10, protect_latency_ms = 40, api_latency_ms = 40 } "
#define WORKER "local jobs = sqs.create_queue { queue_name = \"jobs\", receive_message_wait_time_seconds = 20 } " \
               "local worker = ecs.create_service { service_name = \"worker\", desired_count = 1, " \
               "task_definition = ecs.register_task_definition { family = \"worker\", cpu = 256, memory = 512, " \
               "container_definitions = { { app = app, queues = { jobs } } } } } "

#endif
