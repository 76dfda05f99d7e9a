/* Objects of one size that come and go by the million: a free list over big blocks. Addresses never move. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_create(size_t object_size);
void pool_destroy(struct pool *pool);                /* frees what is still out; NULL is fine */
void *pool_take(struct pool *pool);                  /* zeroed; cannot fail */
void pool_give(struct pool *pool, void *object);     /* taken from this pool, not used again */

#endif
