#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

static const char *const known[] = {
    "cpu", "desired_count", "max_capacity", "memory", "min_capacity", "minimum_healthy_percent",
    "scale_in_cooldown", "scale_out_cooldown", "seed",
};

static const struct {
    const char *name;
    const char *nearest;          /* NULL: nothing is near enough */
} cases[] = {
    { "seed", "seed" },
    { "sed", "seed" },                                      /* a letter left out */
    { "seeed", "seed" },                                    /* one too many */
    { "seet", "seed" },                                     /* replaced */
    { "cup", "cpu" },                                       /* swapped neighbours are one slip */
    { "mni_capacity", "min_capacity" },
    { "CPU", "cpu" },                                       /* letter case is no slip */
    { "minimumHealthyPercent", "minimum_healthy_percent" }, /* as in the API's JSON */
    { "scale_in_cooldwn", "scale_in_cooldown" },
    { "scale_cooldown", "scale_in_cooldown" },              /* nearer by one letter than _out_ */
    { "mem", NULL },
    { "capacity", NULL },
    { "x", NULL },
    { "", NULL },
    { "a_name_of_more_than_sixty_three_characters_which_nobody_writes_by_hand", NULL },
};

static void the_nearest_name_is_found_if_near_enough(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = suggest_nearest(cases[i].name, known, sizeof known / sizeof known[0]);
        CU_ASSERT_EQUAL(found == NULL, cases[i].nearest == NULL);
        if (found != NULL && cases[i].nearest != NULL) {
            CU_ASSERT_STRING_EQUAL(found, cases[i].nearest);
        }
    }
}

static void the_first_of_equals_wins(void)
{
    static const char *const twins[] = { "rate_a", "rate_b" };
    CU_ASSERT_STRING_EQUAL(suggest_nearest("rate_c", twins, 2), "rate_a");
    CU_ASSERT_PTR_NULL(suggest_nearest("rate_c", twins, 0));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "the nearest name is found if near enough", the_nearest_name_is_found_if_near_enough },
        { "the first of equals wins", the_first_of_equals_wins },
        UNIT_END,
    };
    return unit_main("base/suggest", tests);
}
