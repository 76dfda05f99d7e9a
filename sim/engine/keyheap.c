#include "engine/keyheap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LEFT_FREE 3        /* places before keys[0], so that each group of siblings, the first at keys[1], is a cache line */
#define FETCHED_AHEAD 12   /* places after the last key that a prefetch may name */

static void free_keys(uwide *keys)
{
    if (keys != NULL) {
        free(keys - LEFT_FREE);
    }
}

void keyheap_finish(struct keyheap *heap)
{
    free_keys(heap->keys);
    *heap = (struct keyheap){ 0 };
}

void keyheap_grow(struct keyheap *heap)
{
    size_t room = heap->room > 0 ? 2 * heap->room : 64;
    uwide *block = mem_lines((LEFT_FREE + room + FETCHED_AHEAD) * sizeof *block);
    uwide *keys = block + LEFT_FREE;
    if (heap->count > 0) {
        memcpy(keys, heap->keys, heap->count * sizeof *keys);
    }
    free_keys(heap->keys);
    heap->keys = keys;
    heap->room = room;
}

void keyheap_restore(struct keyheap *heap)
{
    size_t parents = heap->count > 1 ? (heap->count - 2) / 4 + 1 : 0;
    for (size_t i = parents; i-- > 0;) {
        keyheap_sift_down(heap, i, heap->keys[i]);
    }
}
