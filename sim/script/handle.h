/* Light handles: a machine word as light userdata, made of a tag, a slot and a serial. A stale one finds nothing. */
#ifndef SCRIPT_HANDLE_H
#define SCRIPT_HANDLE_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"

enum handle_tag { HANDLE_MESSAGE = 1, HANDLE_REQUEST = 2, HANDLE_CONNECTION = 3 };
enum { HANDLE_SERIAL_BITS = 32, HANDLE_SLOT_BITS = 28 };

static inline void handle_push(lua_State *L, enum handle_tag tag, uint32_t slot, uint32_t serial)
{
    CHECK(slot < 1u << HANDLE_SLOT_BITS);
    uint64_t word = (uint64_t)tag << (HANDLE_SERIAL_BITS + HANDLE_SLOT_BITS) | (uint64_t)slot << HANDLE_SERIAL_BITS | serial;
    lua_pushlightuserdata(L, (void *)(uintptr_t)word);
}

static inline bool handle_is(lua_State *L, int index, enum handle_tag tag)
{
    uint64_t word = (uint64_t)(uintptr_t)lua_touserdata(L, index);
    return lua_islightuserdata(L, index) && word >> (HANDLE_SERIAL_BITS + HANDLE_SLOT_BITS) == (uint64_t)tag;
}

/* The kind of what is at `index`, which is light userdata. */
static inline const char *handle_kind(lua_State *L, int index)
{
    return handle_is(L, index, HANDLE_REQUEST)      ? "request"
           : handle_is(L, index, HANDLE_CONNECTION) ? "connection"
                                                    : "message";
}

/* Raises unless argument `index` has that tag, whose kind is called `kind`. */
static inline void handle_check(lua_State *L, int index, enum handle_tag tag, const char *kind)
{
    if (handle_is(L, index, tag)) {
        return;
    }
    if (lua_islightuserdata(L, index)) {
        luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", kind, handle_kind(L, index)));
    }
    luaL_typeerror(L, index, kind);
}

static inline uint32_t handle_slot(const void *handle)
{
    return (uint32_t)((uint64_t)(uintptr_t)handle >> HANDLE_SERIAL_BITS) & ((1u << HANDLE_SLOT_BITS) - 1);
}

static inline uint32_t handle_serial(const void *handle)
{
    return (uint32_t)(uint64_t)(uintptr_t)handle;
}

#endif
