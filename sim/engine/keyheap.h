/* The smallest of many 128-bit keys: an implicit 4-ary heap, laid out for the memory of the machine. Inside the engine.
 *
 * Inline, since it is the inner loop of every run. Four siblings share a cache line; the smallest of them is found without
 * branches, which would be guessed wrong half of the time; grandchildren are fetched while children are compared, so that
 * a large heap waits for memory once, not once a level. */
#ifndef ENGINE_KEYHEAP_H
#define ENGINE_KEYHEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wide.h"

/* A zeroed struct is an empty heap. */
struct keyheap {
    uwide *keys;                 /* keys[0] is the smallest; keys[4i + 1 .. 4i + 4] are not smaller than keys[i] */
    size_t count, room;
    bool hollow;                 /* keys[0] was taken and not yet replaced; it still counts */
};

void keyheap_finish(struct keyheap *heap);
void keyheap_grow(struct keyheap *heap);

/* Order a heap that is not hollow again after keys were overwritten or removed. */
void keyheap_restore(struct keyheap *heap);

/* Index of the smallest among the siblings that start at `first` < count. */
static inline size_t keyheap_smallest(const uwide *keys, size_t first, size_t count)
{
    if (first + 4 <= count) {
        size_t left = first + (size_t)(keys[first + 1] < keys[first]);
        size_t right = first + 2 + (size_t)(keys[first + 3] < keys[first + 2]);
        return keys[right] < keys[left] ? right : left;
    }
    size_t smallest = first;
    for (size_t i = first + 1; i < count; i++) {
        smallest = keys[i] < keys[smallest] ? i : smallest;
    }
    return smallest;
}

/* Put `key` into the hole at `hole`, or into the place of a smaller descendant that moves up. */
static inline void keyheap_sift_down(struct keyheap *heap, size_t hole, uwide key)
{
    uwide *keys = heap->keys;
    size_t count = heap->count;
    for (;;) {
        size_t child = 4 * hole + 1;
        size_t grandchild = 4 * child + 1;
        if (grandchild < count) {
            __builtin_prefetch(&keys[grandchild]);
            __builtin_prefetch(&keys[grandchild + 4]);
            __builtin_prefetch(&keys[grandchild + 8]);
            __builtin_prefetch(&keys[grandchild + 12]);
        }
        if (child >= count) {
            break;
        }
        size_t smallest = keyheap_smallest(keys, child, count);
        if (key <= keys[smallest]) {
            break;
        }
        keys[hole] = keys[smallest];
        hole = smallest;
    }
    keys[hole] = key;
}

/* Close the hole at the root of a hollow heap with the last key. */
static inline void keyheap_close(struct keyheap *heap)
{
    heap->hollow = false;
    heap->count--;
    keyheap_sift_down(heap, 0, heap->keys[heap->count]);
}

/* Remove keys[0] of a heap that is neither empty nor hollow. The root stays a hole until the next push or close: an event
 * that plans another one, as most do, costs one walk through the heap instead of two. */
static inline void keyheap_take(struct keyheap *heap)
{
    heap->hollow = true;
}

static inline void keyheap_push(struct keyheap *heap, uwide key)
{
    if (heap->hollow) {
        heap->hollow = false;
        keyheap_sift_down(heap, 0, key);
        return;
    }
    if (heap->count == heap->room) {
        keyheap_grow(heap);
    }
    uwide *keys = heap->keys;
    size_t hole = heap->count++;
    while (hole > 0) {
        size_t parent = (hole - 1) / 4;
        if (keys[parent] <= key) {
            break;
        }
        keys[hole] = keys[parent];
        hole = parent;
    }
    keys[hole] = key;
}

#endif
