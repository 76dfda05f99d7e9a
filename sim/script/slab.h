/* Memory for one Lua state: small blocks from big slabs by size class, and a limit on the whole. */
#ifndef SCRIPT_SLAB_H
#define SCRIPT_SLAB_H

#include <stddef.h>

struct slab;

/* At most `limit` bytes out at once. */
struct slab *slab_create(size_t limit);
void slab_destroy(struct slab *slab);                /* when every block has been given back; NULL is fine */

/* A lua_Alloc; `slab` is its user data. NULL beyond the limit. Shrinking never fails. */
void *slab_reallocate(void *slab, void *block, size_t old_size, size_t new_size);

#endif
