/* Memory that lives as long as a run: allocated piece by piece, freed at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena);             /* NULL is fine */

/* `size` zeroed bytes, aligned for any type, owned by the arena. Cannot fail. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `text`, owned by the arena; NULL gives NULL. */
char *arena_text(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
