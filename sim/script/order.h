/* Iteration and sorting that give the same order in every run: pairs, next, table.sort. */
#ifndef SCRIPT_ORDER_H
#define SCRIPT_ORDER_H

#include <lua.h>

/* Lua's own visit a table in an order that depends on addresses. These visit numbers, then texts, then booleans, then objects
 * of the simulation, each in order. Tables and functions have no order: two of them as keys are an error. */
int order_pairs(lua_State *L);
int order_next(lua_State *L);

/* table.sort, but stable; Lua's picks pivots by clock and address. */
int order_sort(lua_State *L);

#endif
