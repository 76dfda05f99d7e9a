/* Memory that is never NULL: out of memory ends the program with a message and exit status 3. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Free with free(). */
void *mem_alloc(size_t size);                        /* zeroed */
void *mem_resize(void *block, size_t count, size_t size);   /* count * size, overflow checked; new bytes are not zeroed */
void *mem_lines(size_t size);                        /* not zeroed; starts on a cache line */
char *mem_text(const char *text);                    /* a copy; NULL gives NULL */

/* Blocks that are freed one by one or all at once. A zeroed struct owns nothing. */
struct mem_owner {
    struct mem_link *first;
};

void *mem_own(struct mem_owner *owner, size_t size);         /* zeroed, aligned for any type, owned by `owner` */
void mem_release(struct mem_owner *owner, void *block);      /* free a block of this owner; NULL is fine */
void mem_release_all(struct mem_owner *owner);

/* True where arena and pools must hand every request to malloc, so that AddressSanitizer or valgrind sees each object. */
bool mem_is_transparent(void);

#endif
