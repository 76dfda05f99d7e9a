#include "base/text_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

/* FNV-1a */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
    }
    return hash;
}

static struct text_entry **bucket_of(const struct text_table *table, uint32_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

static void push(const struct text_table *table, struct text_entry *entry)
{
    struct text_entry **bucket = bucket_of(table, entry->hash);
    entry->next = *bucket;
    *bucket = entry;
}

static void grow(struct text_table *table)
{
    struct text_table old = *table;
    table->bucket_count = old.bucket_count > 0 ? 2 * old.bucket_count : 16;
    table->buckets = mem_alloc(table->bucket_count * sizeof(struct text_entry *));
    for (size_t i = 0; i < old.bucket_count; i++) {
        for (struct text_entry *entry = old.buckets[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            push(table, entry);
        }
    }
    free(old.buckets);
}

struct text_entry *text_table_find(const struct text_table *table, const char *text)
{
    if (table->count == 0) {
        return NULL;
    }
    uint32_t hash = hash_of(text);
    struct text_entry *entry = *bucket_of(table, hash);
    while (entry != NULL && (entry->hash != hash || strcmp(entry->text, text) != 0)) {
        entry = entry->next;
    }
    return entry;
}

void text_table_add(struct text_table *table, struct text_entry *entry, const char *text)
{
    size_t length = strlen(text);
    CHECK(length <= TEXT_ENTRY_MAX);
    if (table->count == table->bucket_count) {
        grow(table);
    }
    entry->hash = hash_of(text);
    memcpy(entry->text, text, length + 1);
    push(table, entry);
    table->count++;
}

void text_table_remove(struct text_table *table, struct text_entry *entry)
{
    struct text_entry **link = bucket_of(table, entry->hash);
    while (*link != entry) {
        link = &(*link)->next;
    }
    *link = entry->next;
    table->count--;
}

void text_table_finish(struct text_table *table)
{
    free(table->buckets);
    *table = (struct text_table){ .buckets = NULL };
}
