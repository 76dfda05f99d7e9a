/* What the bindings share: the scenario itself, and the helpers that raise its errors. One file per module or object of the
 * scenario's world; the sorted table of openers is in bind.c. */
#ifndef SCRIPT_BIND_H
#define SCRIPT_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/pool.h"
#include "engine/rng.h"
#include "model/world.h"
#include "script/coroutine.h"
#include "script/fields.h"
#include "script/object.h"
#include "script/scenario.h"
#include "script/state.h"

struct expected {                 /* sim.expect and sim.eventually: parsed when the script has returned */
    const char *place;            /* "FILE:LINE: " */
    const char *left, *right;     /* of sim.expect */
    bool is_eventually;
    sim_time after, within;
    enum eventually_after after_kind;
    struct expectation *expectation;                 /* one of both, once parsed */
    struct eventually *eventually;
};

struct scenario {
    struct world *world;
    struct sim *sim;
    struct arena *arena;
    struct state *state;
    struct scenario_options options;
    const char *folder;           /* of the script, ends in a slash or is empty */

    bool building;                /* the script itself runs */
    bool configured;              /* sim.scenario was called */
    bool start_used;              /* a schedule was laid out from the start of the run */
    struct coroutine *running;    /* NULL: no coroutine runs */
    struct coroutine *idle;       /* finished, their threads empty */
    struct coroutine *bare;       /* without a thread: it was cut */
    lua_Integer anchors;          /* used indices of the table of threads */
    struct pool *coroutines, *containers;
    struct mem_owner owned;       /* what ends before the run does */
    struct rng api_rng;           /* latencies of control-plane calls */
    struct external_policy *externals;               /* programs that decide policies, newest first */

    struct parameter *parameters;
    size_t parameter_count, parameter_room;
    bool parameters_declared;
    struct scenario_input *inputs;
    size_t input_count, input_room;
    const char **without_effect;
    size_t without_effect_count, without_effect_room;
    const char **header;
    size_t header_count, header_room;
    struct expected *expected;
    size_t expected_count, expected_room;
    struct task_definition **definitions;            /* all revisions, oldest first */
    size_t definition_count, definition_room;
    const char **names;           /* random variables and loads, each unique: they seed streams */
    size_t name_count, name_room;
};

static inline struct scenario *scenario_of(lua_State *L)
{
    return state_owner(L);
}

/* The module table of `name`, pushed; false: there is no such module. */
bool bind_push_module(lua_State *L, const char *name);
void bind_open_objects(lua_State *L);

/* Calls of `ecs` that take time, added to the module's table on top. */
void bind_add_ecs_calls(lua_State *L);
void bind_add_instance_calls(lua_State *L);
void bind_add_task_set_calls(lua_State *L);

/* One per file: push the module's table. */
int bind_open_autoscaling(lua_State *L);
int bind_open_cloudwatch(lua_State *L);
int bind_open_ec2(lua_State *L);
int bind_open_ecs(lua_State *L);
int bind_open_elb(lua_State *L);
int bind_open_sim(lua_State *L);
int bind_open_sqs(lua_State *L);

/* Functions of modules that live in files of their own. */
int bind_put_scheduled_action(lua_State *L);
int bind_arrivals(lua_State *L);
int bind_channel(lua_State *L);
int bind_csv(lua_State *L);
int bind_disrupt(lua_State *L);
int bind_events(lua_State *L);
int bind_eventually(lua_State *L);
int bind_expect(lua_State *L);
int bind_level(lua_State *L);
int bind_log(lua_State *L);
int bind_params(lua_State *L);
int bind_random(lua_State *L);
int bind_resource(lua_State *L);
int bind_series(lua_State *L);
int bind_tally(lua_State *L);

/* The one function of `cloudwatch` that does. */
int bind_recorded_metric(lua_State *L);

/* Take --set: once parameters are declared, or when the script has returned without declaring any. */
bool bind_apply_settings(struct scenario *scenario, struct error *err);
/* When the script has returned: parse what it expects. */
bool bind_parse_expected(struct scenario *scenario, struct error *err);

/* One per kind of object: make its metatable. */
void bind_open_task(lua_State *L);
void bind_open_message(lua_State *L);
void bind_open_queue(lua_State *L);
void bind_open_random(lua_State *L);
void bind_open_channel(lua_State *L);
void bind_open_resource(lua_State *L);
void bind_open_target_group(lua_State *L);
void bind_open_measures(lua_State *L);

/* Objects that are one C pointer. */
struct reference {
    struct object object;
    void *target;
    const char *name;
};

/* The object for `target`, always the same one; pushed. */
void bind_push_reference(lua_State *L, enum object_kind kind, void *target, const char *name);

/* Object or name on top of the stack to the thing itself; raises if it is none. */
struct service *bind_to_service(lua_State *L, const struct path *path);
struct queue *bind_to_queue(lua_State *L, const struct path *path);
struct target_group *bind_to_target_group(lua_State *L, const struct path *path);

/* The target group of that name, or that an ARN or a resource label names; NULL: none. */
struct target_group *bind_find_target_group(lua_State *L, const char *text);

/* The request whose handle is at `index`; NULL: it has been answered. */
struct request *bind_request_find(lua_State *L, int index);

/* AWS's words for struct task's capacity, NULL at the end. */
extern const char *const bind_capacity_names[];

/* The capacity provider that the task is on; NULL: none, but a launch type. */
const char *bind_provider_name(const struct task *task);

/* AWS's words for a boolean, availabilityZoneRebalancing. */
extern const char *const bind_rebalancing_names[];

enum { HEALTH_GRACE_MAX_S = 2147483647 };           /* SCHED-09 */

/* Readers of fields: a struct service *; the assumptions of one object, a struct assumptions *; a struct rate. */
field_reader bind_read_service, bind_read_assume, bind_read_rate;

/* A struct capacity_strategy. */
field_reader bind_read_strategy;

/* A const struct task_definition *; a struct deployment_configuration, of which what is absent stays as it was. */
field_reader bind_read_definition, bind_read_deployment_configuration;

/* What every call of Application Auto Scaling names, and where there is no choice: fields. */
#define AUTOSCALING_NAMESPACE                                                                                      \
    { .name = "service_namespace", .type = FIELD_FIXED, .choices = (const char *const[]){ "ecs", NULL } },     \
    { .name = "scalable_dimension", .type = FIELD_FIXED,                                                       \
      .choices = (const char *const[]){ "ecs:service:DesiredCount", NULL } }

/* Call set(context, name, text) for each assumption in the table on top, sorted by name; raises where it fails. */
typedef bool bind_assume(void *context, const char *name, const char *text, struct error *err);
void bind_each_assumption(lua_State *L, const struct path *path, bind_assume *set, void *context);

/* The least text key of the table on top that is greater than `after` (NULL: the least of all); NULL: none is left. Raises if
 * a key is no text. */
const char *bind_next_name(lua_State *L, const struct path *path, const char *after);

/* A method of tasks that lives with the requests. */
int bind_task_serve(lua_State *L);

/* Those about sessions: methods of target groups and tasks, methods of connections, added to the table on top, and what a
 * program that serves does about them. */
int bind_target_group_connect(lua_State *L);
int bind_task_connect(lua_State *L);
void bind_add_connection_methods(lua_State *L);
void bind_on_connect(struct session *session);
void bind_on_disconnect(struct session *session);

/* Raises unless the script itself runs. */
void bind_check_building(lua_State *L, const char *call);

/* Functions that AWS has and the model does not, added to the table on top: they raise "PREFIXname is not modelled yet".
 * `names` end with NULL. */
void bind_add_not_modelled(lua_State *L, const char *prefix, const char *const *names);

/* A name that seeds a stream, unique in the run. Keeps `name`. */
void bind_claim_name(lua_State *L, const struct path *path, const char *name);

/* Argument `index` as a time of at least 0: a number of seconds or a text. bind_read_time gives what is wrong with it, a text
 * on the stack; NULL: nothing. */
const char *bind_read_time(lua_State *L, int index, sim_time *time);
sim_time bind_check_time(lua_State *L, int index);

/* The same of seconds of work, a number, as whole nanoseconds. */
const char *bind_read_work(lua_State *L, int index, int64_t *work_ns);
int64_t bind_check_work(lua_State *L, int index);

/* The function at argument `index`, kept for the run: its reference in the registry. */
int bind_keep_function(lua_State *L, int index);

/* Put a table that nobody can change in front of the one on top. `what`, for the message: "a parameter". */
void bind_lock_table(lua_State *L, const char *what);

/* Fails the run with the error of `thread`, raised by what is called `name`. */
void scenario_fail(struct scenario *scenario, lua_State *thread, const char *name);

#endif
