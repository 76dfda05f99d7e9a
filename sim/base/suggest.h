/* The known name nearest to a misspelt one. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* The name of `names[0..count)` closest to `name` by edit distance, letter case ignored, the first of equals; NULL if none is
 * near enough to be meant. Names beyond 63 characters are never near. */
const char *suggest_nearest(const char *name, const char *const *names, size_t count);

/* Is it one of them, letter by letter? */
bool suggest_is_known(const char *name, const char *const *names, size_t count);

#endif
