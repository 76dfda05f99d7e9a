#include "base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    BLOCK_SIZE = 64 * 1024,
    OWN_BLOCK_SIZE = BLOCK_SIZE / 8,   /* from here on a piece gets a block of its own: little room is wasted */
};

struct arena {
    struct mem_owner blocks;
    char *free;
    size_t room;
    size_t largest_piece;              /* 0 where every piece is a block */
};

struct arena *arena_create(void)
{
    struct arena *arena = mem_alloc(sizeof *arena);
    arena->largest_piece = mem_is_transparent() ? 0 : OWN_BLOCK_SIZE;
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena != NULL) {
        mem_release_all(&arena->blocks);
        free(arena);
    }
}

static size_t aligned(size_t size)
{
    size_t alignment = _Alignof(max_align_t);
    return (size + alignment - 1) / alignment * alignment;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size >= arena->largest_piece) {
        return mem_own(&arena->blocks, size);
    }
    size = aligned(size);
    if (size > arena->room) {
        arena->free = mem_own(&arena->blocks, BLOCK_SIZE);
        arena->room = BLOCK_SIZE;
    }
    void *piece = arena->free;
    arena->free += size;
    arena->room -= size;
    return piece;
}

char *arena_text(struct arena *arena, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    return memcpy(arena_alloc(arena, size), text, size);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(length >= 0);
    size_t size = (size_t)length + 1;
    char *text = arena_alloc(arena, size);
    vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}
