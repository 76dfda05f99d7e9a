/* What of Lua's own libraries a scenario sees, made harmless and deterministic: no way to the machine, no ambient randomness,
 * no unordered iteration, no address in a text, no call that runs for ever. */
#ifndef SCRIPT_SANDBOX_H
#define SCRIPT_SANDBOX_H

#include <lua.h>

/* Open the libraries; `require` becomes the global of that name. The environment of chunks is then sandbox_push_environment:
 * a locked table, in which an undefined name is an error with the nearest known one. */
void sandbox_open(lua_State *L, lua_CFunction require);
void sandbox_push_environment(lua_State *L);

/* The value at `index` as text without address, pushed. May call the script's __tostring. */
const char *sandbox_tostring(lua_State *L, int index);

/* string.format over all arguments of the running function, pushed. */
const char *sandbox_format(lua_State *L);

#endif
