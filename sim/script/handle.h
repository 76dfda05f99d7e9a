/* Light handles: a machine word as light userdata, made of a tag, a slot and a serial. A stale one finds nothing. */
#ifndef SCRIPT_HANDLE_H
#define SCRIPT_HANDLE_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"

enum handle_tag { HANDLE_MESSAGE = 1, HANDLE_REQUEST = 2 };
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

static inline uint32_t handle_slot(const void *handle)
{
    return (uint32_t)((uint64_t)(uintptr_t)handle >> HANDLE_SERIAL_BITS) & ((1u << HANDLE_SLOT_BITS) - 1);
}

static inline uint32_t handle_serial(const void *handle)
{
    return (uint32_t)(uint64_t)(uintptr_t)handle;
}

#endif
