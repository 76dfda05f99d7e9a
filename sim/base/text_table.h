/* Objects found by a short text: a hash table whose links lie in the objects themselves. It is never walked, so that no order
 * of hashes can show in a result. */
#ifndef BASE_TEXT_TABLE_H
#define BASE_TEXT_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_ENTRY_MAX = 128 };

/* Embed it as the first member of what is to be found. */
struct text_entry {
    struct text_entry *next;
    uint32_t hash;
    char text[TEXT_ENTRY_MAX + 1];
};

/* All zero is an empty table. */
struct text_table {
    struct text_entry **buckets;
    size_t bucket_count, count;
};

/* NULL: there is none. */
struct text_entry *text_table_find(const struct text_table *table, const char *text);

/* `entry` becomes the one of `text`, which is not in the table yet and at most TEXT_ENTRY_MAX long. Borrows the text, keeps
 * the entry, which must stay in place until it is removed. */
void text_table_add(struct text_table *table, struct text_entry *entry, const char *text);
void text_table_remove(struct text_table *table, struct text_entry *entry);
void text_table_finish(struct text_table *table);    /* free what the table owns; the entries are their owner's */

#endif
