/* What requests say about container instances: launch type, placement, capacity providers, compatibilities. */
#ifndef SCRIPT_INSTANCE_FIELDS_H
#define SCRIPT_INSTANCE_FIELDS_H

#include <lua.h>
#include <stdbool.h>

#include "model/seating.h"
#include "script/fields.h"

struct service_config;
struct standalone_request;
struct task_definition;

/* ---- create_service ----------------------------------------------------------------------------------------- */

extern const char *const instance_launch_types[], *const instance_scheduling_strategies[];   /* NULL at the end */
enum { LAUNCH_TYPE_FARGATE, LAUNCH_TYPE_EC2 };
enum { SCHEDULING_REPLICA, SCHEDULING_DAEMON };

struct instance_request {
    int launch_type;              /* below 0: not given */
    int scheduling_strategy;
    bool places;                  /* a placement strategy or constraint is given */
    struct placement_rule rule;
    const struct instance_query *member_of[PLACEMENT_CONSTRAINTS_MAX];
    int member_of_count;
};

/* The argument's scheduling_strategy is DAEMON: other fields then have other defaults (DEPLOY-02). */
bool instance_fields_ask_for_daemon(lua_State *L);

/* Readers: into a struct instance_request. */
field_reader instance_fields_read_strategy, instance_fields_read_constraints;

/* The name of a capacity provider, or the object of one, into a struct capacity_share. */
field_reader instance_fields_read_provider;

/* When all has been read: put the service where it asks to be, in zones of its own where no subnets are given; raises where
 * what it says does not go together. */
void instance_fields_settle(lua_State *L, const struct path *path, struct service_config *config,
                            const struct instance_request *request);

/* Raises where both are given. */
void instance_fields_check_launch_type(lua_State *L, const struct path *path, const struct capacity_strategy *strategy);

/* UpdateService of a service: raises where what is asked for does not go with Fargate, or with the instances, that the tasks
 * are on. An empty strategy, a NULL definition and a count below 0 are not given. */
void instance_fields_check_update(lua_State *L, const struct service_config *config, const struct capacity_strategy *strategy,
                                  const struct task_definition *definition, int desired_count);

/* RunTask with a launch type (below 0: not given), in that cluster: completes where `request` runs, or raises. */
void instance_fields_settle_standalone(lua_State *L, const struct path *path, int launch_type, const char *cluster,
                                       struct standalone_request *request);

/* ---- register_task_definition ------------------------------------------------------------------------------- */

/* The argument's requires_compatibilities are { "EC2" }: sizes and timeouts of Fargate do not bind it (SCHED-08, COST-03). */
bool instance_fields_ask_for_ec2(lua_State *L);
field_reader instance_fields_read_compatibilities;   /* checks them, stores nothing */

#endif
