#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_SIZE = 64 * 1024 };

struct spare {
    struct spare *next;
};

struct pool {
    struct mem_owner blocks;
    struct spare *spares;         /* given back */
    char *fresh;                  /* never taken, zeroed */
    size_t fresh_count, per_block;
    size_t size, stride;
    bool transparent;             /* every object is a block */
};

struct pool *pool_create(size_t object_size)
{
    struct pool *pool = mem_alloc(sizeof *pool);
    size_t least = sizeof(struct spare);
    pool->size = object_size;
    /* No type needs more alignment than divides its size. */
    pool->stride = (object_size + least - 1) / least * least;
    if (pool->stride == 0) {
        pool->stride = least;
    }
    pool->per_block = BLOCK_SIZE / pool->stride > 8 ? BLOCK_SIZE / pool->stride : 8;
    pool->transparent = mem_is_transparent();
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (pool != NULL) {
        mem_release_all(&pool->blocks);
        free(pool);
    }
}

static void *take_fresh(struct pool *pool)
{
    if (pool->fresh_count == 0) {
        pool->fresh = mem_own(&pool->blocks, pool->per_block * pool->stride);
        pool->fresh_count = pool->per_block;
    }
    void *object = pool->fresh;
    pool->fresh += pool->stride;
    pool->fresh_count--;
    return object;
}

void *pool_take(struct pool *pool)
{
    if (pool->transparent) {
        return mem_own(&pool->blocks, pool->size);
    }
    struct spare *spare = pool->spares;
    if (spare == NULL) {
        return take_fresh(pool);
    }
    pool->spares = spare->next;
    return memset(spare, 0, pool->stride);
}

void pool_give(struct pool *pool, void *object)
{
    if (pool->transparent) {
        mem_release(&pool->blocks, object);
        return;
    }
    struct spare *spare = object;
    spare->next = pool->spares;
    pool->spares = spare;
}
