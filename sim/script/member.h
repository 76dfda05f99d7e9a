/* Modules and objects answer a name that they do not have with an error that names the nearest one. */
#ifndef SCRIPT_MEMBER_H
#define SCRIPT_MEMBER_H

#include <lua.h>

/* From now on the table of functions on top raises for other names: "sim: unknown function 'arivals', did you mean
 * 'arrivals'?" `owner` and `what` are "sim" and "function"; both are kept. */
void member_guard(lua_State *L, const char *owner, const char *what);

/* Raise that message, with the line of the script. Known are the names in the table of functions at `index` and those of
 * `fields`, which end with NULL. */
_Noreturn void member_unknown(lua_State *L, int index, const char *const *fields, const char *owner, const char *what,
                              const char *name);

#endif
