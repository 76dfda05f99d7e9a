/* A growing array in three variables: `type *name; size_t name_count, name_room;`. One macro, since C has no other way to stay typed. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/mem.h"

/* Make room for one more element of `items`. */
#define VEC_GROW(items, count, room)                                           \
    do {                                                                       \
        if ((count) == (room)) {                                               \
            (room) = (room) ? 2 * (room) : 8;                                  \
            (items) = mem_resize((items), (size_t)(room), sizeof *(items));           \
        }                                                                      \
    } while (0)

#endif
