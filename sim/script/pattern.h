/* Lua's patterns with a bound on their steps: the standard matcher can run for hours, where no hook reaches it. */
#ifndef SCRIPT_PATTERN_H
#define SCRIPT_PATTERN_H

#include <lua.h>

/* string.find string.match string.gmatch string.gsub, as in Lua 5.4. */
int pattern_find(lua_State *L);
int pattern_match(lua_State *L);
int pattern_gmatch(lua_State *L);
int pattern_gsub(lua_State *L);

#endif
