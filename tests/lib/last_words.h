/* What a program says when it ends itself. */
#ifndef TESTS_LIB_LAST_WORDS_H
#define TESTS_LIB_LAST_WORDS_H

#include <stddef.h>

/* Run `end` in a child; what it writes to stderr goes to `words`. Returns its wait status, -1 if it went on. */
int last_words(void (*end)(void), char *words, size_t size);

#endif
