#include "lib/unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"

struct object {
    uint64_t number;
    unsigned char filling[32];
};

static void objects_are_zeroed_even_when_used_before(void)
{
    static const struct object zero;
    struct pool *pool = pool_create(sizeof(struct object));
    unsigned not_zero = 0;
    for (int round = 0; round < 3; round++) {
        struct object *taken[3000];
        for (size_t i = 0; i < 3000; i++) {
            taken[i] = pool_take(pool);
            not_zero += memcmp(taken[i], &zero, sizeof zero) != 0;
            memset(taken[i], 0xff, sizeof *taken[i]);
        }
        for (size_t i = 0; i < 3000; i++) {
            pool_give(pool, taken[i]);
        }
    }
    CU_ASSERT_EQUAL(not_zero, 0);
    pool_destroy(pool);
}

/* The naive twin is an array of the numbers that the objects should hold. */
static void objects_keep_their_place_and_content(void)
{
    enum { COUNT = 5000, STEPS = 100000 };
    struct pool *pool = pool_create(sizeof(struct object));
    struct object **objects = mem_alloc(COUNT * sizeof *objects);
    uint64_t *expected = mem_alloc(COUNT * sizeof *expected);
    uint32_t random = 12345;
    unsigned wrong = 0;

    for (uint64_t step = 0; step < STEPS; step++) {
        random = random * 1664525U + 1013904223U;
        size_t i = (random >> 8) % COUNT;
        if (objects[i] == NULL) {
            objects[i] = pool_take(pool);
            objects[i]->number = expected[i] = step;
        } else {
            wrong += objects[i]->number != expected[i];
            pool_give(pool, objects[i]);
            objects[i] = NULL;
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        wrong += objects[i] != NULL && objects[i]->number != expected[i];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(expected);
    free(objects);
    pool_destroy(pool);     /* frees what is still out */
}

static void any_size_works(void)
{
    static const size_t sizes[] = { 0, 1, 8, 24, 1000, 60000, 200000 };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct pool *pool = pool_create(sizes[s]);
        unsigned char *taken[20];
        unsigned wrong = 0;
        for (size_t i = 0; i < 20; i++) {
            taken[i] = pool_take(pool);
            memset(taken[i], (int)i, sizes[s]);
        }
        for (size_t i = 0; i < 20; i++) {
            wrong += sizes[s] > 0 && (taken[i][0] != i || taken[i][sizes[s] - 1] != i);
            pool_give(pool, taken[i]);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        pool_destroy(pool);
    }
}

static void memory_given_back_is_used_again(void)
{
    if (mem_is_transparent()) {
        CU_PASS("malloc decides");
        return;
    }
    struct pool *pool = pool_create(sizeof(struct object));
    void *first = pool_take(pool);
    pool_give(pool, first);
    CU_ASSERT_PTR_EQUAL(pool_take(pool), first);
    pool_destroy(pool);
    pool_destroy(NULL);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "objects are zeroed even when used before", objects_are_zeroed_even_when_used_before },
        { "objects keep their place and content", objects_keep_their_place_and_content },
        { "any size works", any_size_works },
        { "memory given back is used again", memory_given_back_is_used_again },
        UNIT_END,
    };
    return unit_main("base/pool", tests);
}
