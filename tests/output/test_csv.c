#include "output/csv.h"

#include <math.h>

#include "output/page.h"

static struct page page;

static void cells_are_quoted_only_where_needed(void)
{
    page_begin(&page);
    struct csv csv = { .text = &page.text };
    csv_text(&csv, "plain");
    csv_text(&csv, NULL);
    csv_text(&csv, "a,b");
    csv_text(&csv, "say \"x\"");
    csv_text(&csv, "two\nlines");
    csv_end_row(&csv);
    csv_number(&csv, 1.0 / 3);
    csv_number(&csv, NAN);
    csv_number(&csv, -INFINITY);
    csv_seconds(&csv, -1);
    csv_seconds(&csv, 90 * SIM_SECOND);
    csv_end_row(&csv);
    CU_ASSERT_STRING_EQUAL(page_end(&page), "plain,,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n"
                                            "0.333333333333,nan,nan,nan,90\n");
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "cells are quoted only where needed, and what is undefined is nan", cells_are_quoted_only_where_needed },
        UNIT_END
    };
    return unit_main("output/csv", tests);
}
