#include "lib/unit.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void)
{
    static const size_t sizes[] = { 1, 7, 8, 16, 24, 100, 4096, 8191, 8192, 100000, 3 };
    enum { COUNT = sizeof sizes / sizeof sizes[0], ROUNDS = 20 };
    struct arena *arena = arena_create();
    unsigned char *pieces[ROUNDS][COUNT];
    unsigned not_zero = 0, misaligned = 0, overwritten = 0;

    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            unsigned char *piece = arena_alloc(arena, sizes[i]);
            misaligned += (uintptr_t)piece % _Alignof(max_align_t) != 0;
            for (size_t byte = 0; byte < sizes[i]; byte++) {
                not_zero += piece[byte] != 0;
            }
            memset(piece, (int)(round * COUNT + i), sizes[i]);
            pieces[round][i] = piece;
        }
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t byte = 0; byte < sizes[i]; byte++) {
                overwritten += pieces[round][i][byte] != (unsigned char)(round * COUNT + i);
            }
        }
    }
    CU_ASSERT_EQUAL(not_zero, 0);
    CU_ASSERT_EQUAL(misaligned, 0);
    CU_ASSERT_EQUAL(overwritten, 0);
    arena_destroy(arena);
}

static void texts_are_copies(void)
{
    struct arena *arena = arena_create();
    char text[] = "worker";
    char *copy = arena_text(arena, text);
    text[0] = 'X';
    CU_ASSERT_STRING_EQUAL(copy, "worker");
    CU_ASSERT_STRING_EQUAL(arena_text(arena, ""), "");
    CU_ASSERT_PTR_NULL(arena_text(arena, NULL));
    arena_destroy(arena);
}

static void printed_texts_have_any_length(void)
{
    struct arena *arena = arena_create();
    CU_ASSERT_STRING_EQUAL(arena_printf(arena, "%s-%d", "task", 12), "task-12");
    CU_ASSERT_STRING_EQUAL(arena_printf(arena, "%s", ""), "");
    const char *wide = arena_printf(arena, "%100000d|", 5);
    CU_ASSERT_EQUAL(strlen(wide), 100001);
    CU_ASSERT_STRING_EQUAL(wide + 99999, "5|");
    arena_destroy(arena);
}

static void destroying_nothing_is_fine(void)
{
    arena_destroy(NULL);
    arena_destroy(arena_create());
    CU_PASS("no crash");
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "pieces are zeroed, aligned and do not overlap", pieces_are_zeroed_aligned_and_apart },
        { "texts are copies", texts_are_copies },
        { "printed texts have any length", printed_texts_have_any_length },
        { "destroying nothing is fine", destroying_nothing_is_fine },
        UNIT_END,
    };
    return unit_main("base/arena", tests);
}
