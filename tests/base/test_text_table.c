#include "base/text_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unit.h"

enum { IDS = 600, STEPS = 200000 };

/* A generator of numbers that looks random enough. */
static uint32_t draw(uint32_t *state)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return *state >> 16;
}

/* The naive twin knows which ids are in. */
static void a_table_finds_what_is_in_it(void)
{
    static struct text_entry entries[IDS];
    static bool is_in[IDS];
    struct text_table table = { .buckets = NULL };
    uint32_t state = 1;
    unsigned wrong = 0;
    size_t count = 0;
    for (int step = 0; step < STEPS; step++) {
        size_t i = draw(&state) % IDS;
        char text[TEXT_ENTRY_MAX + 1];
        snprintf(text, sizeof text, "%s%zu", i % 3 == 0 ? "a group with a longer name than the others " : "", i);
        wrong += text_table_find(&table, text) != (is_in[i] ? &entries[i] : NULL);
        if (is_in[i]) {
            text_table_remove(&table, &entries[i]);
            count--;
        } else {
            text_table_add(&table, &entries[i], text);
            count++;
        }
        is_in[i] = !is_in[i];
        wrong += table.count != count;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    text_table_finish(&table);
}

static void texts_may_be_as_long_as_allowed(void)
{
    struct text_table table = { .buckets = NULL };
    struct text_entry longest, shorter;
    char text[TEXT_ENTRY_MAX + 1];
    memset(text, 'x', TEXT_ENTRY_MAX);
    text[TEXT_ENTRY_MAX] = '\0';
    CU_ASSERT_PTR_NULL(text_table_find(&table, text));
    text_table_add(&table, &longest, text);
    text_table_add(&table, &shorter, text + 1);
    CU_ASSERT_PTR_EQUAL(text_table_find(&table, text), &longest);
    CU_ASSERT_PTR_EQUAL(text_table_find(&table, text + 1), &shorter);
    CU_ASSERT_PTR_NULL(text_table_find(&table, text + 2));
    text_table_finish(&table);
}

int main(void)
{
    return unit_main("base/text_table", (const struct unit_test[]){
        { "a table finds what is in it", a_table_finds_what_is_in_it },
        { "texts may be as long as allowed", texts_may_be_as_long_as_allowed },
        UNIT_END,
    });
}
