/* The fields of elb.create_target_group: a target group and the load balancer before it. */
#ifndef SCRIPT_TARGET_GROUP_FIELDS_H
#define SCRIPT_TARGET_GROUP_FIELDS_H

#include <lua.h>

#include "model/balancer.h"
#include "script/fields.h"

/* Read argument 1 of the call `path`; what AWS refuses raises an error. */
void target_group_fields_read(lua_State *L, const struct path *path, struct target_group_config *config);

#endif
