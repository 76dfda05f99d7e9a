/* Custom scaling policies whose rule is the scenario's: a function, or a program of the user's (external_policy.h). */
#ifndef SCRIPT_POLICY_LUA_H
#define SCRIPT_POLICY_LUA_H

#include <lua.h>

#include "model/scaling.h"
#include "script/fields.h"

/* Read the custom_scaling_policy_configuration on top of the stack. `policy` names the policy in messages. */
void policy_lua_read(lua_State *L, const struct path *path, const char *policy, struct custom_policy_config *config);

#endif
