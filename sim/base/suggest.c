#include "base/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

static bool alike(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. Three rows of the usual table. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_MAX_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) {
        above[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(above[j - 1] + !alike(a[i - 1], b[j - 1]), 1 + least(above[j], row[j - 1]));
            if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_length];
}

const char *suggest_nearest(const char *name, const char *const *names, size_t count)
{
    size_t length = strlen(name);
    if (length > NAME_MAX_LENGTH) {
        return NULL;
    }
    /* One slip in three letters is still a misspelling of the same word. */
    size_t nearest = (length + 1) / 3 + 1;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t known_length = strlen(names[i]);
        if (known_length > NAME_MAX_LENGTH) {
            continue;
        }
        size_t slips = distance(name, length, names[i], known_length);
        if (slips < nearest) {
            nearest = slips;
            found = names[i];
        }
    }
    return found;
}

bool suggest_is_known(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}
