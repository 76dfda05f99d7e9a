#include "script/slab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { GRAIN = 16, SMALL_MAX = 1024, CLASSES = SMALL_MAX / GRAIN + 1 };
enum { FIRST_SLAB = 64 << 10, BIGGEST_SLAB = 2 << 20 };

struct free_block {
    struct free_block *next;
};

struct slab {
    size_t limit, used;
    bool transparent;
    char *fresh, *fresh_end;      /* the unused rest of the newest slab */
    size_t next_slab;
    struct free_block *free[CLASSES];
    struct mem_owner slabs;
};

struct slab *slab_create(size_t limit)
{
    struct slab *slab = mem_alloc(sizeof *slab);
    slab->limit = limit;
    slab->transparent = mem_is_transparent();
    slab->next_slab = FIRST_SLAB;
    return slab;
}

void slab_destroy(struct slab *slab)
{
    if (slab) {
        mem_release_all(&slab->slabs);
        free(slab);
    }
}

static size_t size_class(size_t size)
{
    return (size + GRAIN - 1) / GRAIN;
}

static bool is_small(const struct slab *slab, size_t size)
{
    return size <= SMALL_MAX && !slab->transparent;
}

static void *small_take(struct slab *slab, size_t size)
{
    size_t class = size_class(size);
    struct free_block *block = slab->free[class];
    if (block) {
        slab->free[class] = block->next;
        return block;
    }
    if ((size_t)(slab->fresh_end - slab->fresh) < class * GRAIN) {
        slab->fresh = mem_own(&slab->slabs, slab->next_slab);
        slab->fresh_end = slab->fresh + slab->next_slab;
        if (slab->next_slab < BIGGEST_SLAB) {
            slab->next_slab *= 2;
        }
    }
    void *fresh = slab->fresh;
    slab->fresh += class * GRAIN;
    return fresh;
}

static void *take(struct slab *slab, size_t size)
{
    return is_small(slab, size) ? small_take(slab, size) : malloc(size);
}

static void give(struct slab *slab, void *block, size_t size)
{
    if (is_small(slab, size)) {
        struct free_block *freed = block;
        freed->next = slab->free[size_class(size)];
        slab->free[size_class(size)] = freed;
    } else {
        free(block);
    }
}

static void *move(struct slab *slab, void *block, size_t old_size, size_t new_size)
{
    if (!is_small(slab, old_size) && !is_small(slab, new_size)) {
        return realloc(block, new_size);
    }
    if (is_small(slab, old_size) && is_small(slab, new_size) && size_class(old_size) == size_class(new_size)) {
        return block;
    }
    void *moved = take(slab, new_size);
    if (moved) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        give(slab, block, old_size);
    }
    return moved;
}

void *slab_reallocate(void *owner, void *block, size_t old_size, size_t new_size)
{
    struct slab *slab = owner;
    if (!block) {
        old_size = 0;             /* Lua passes the kind of the object there */
    }
    if (new_size == 0) {
        slab->used -= old_size;
        if (block) {
            give(slab, block, old_size);
        }
        return NULL;
    }
    if (new_size > old_size && new_size - old_size > slab->limit - slab->used) {
        return NULL;
    }
    void *result = block ? move(slab, block, old_size, new_size) : take(slab, new_size);
    if (result) {
        slab->used = slab->used - old_size + new_size;
    }
    return result;
}
