#include "lib/unit.h"

#include "base/date.h"

static void known_days_are_found_both_ways(void)
{
    static const struct {
        struct date date;
        int64_t days;
        int weekday;              /* 0 Sunday */
    } rows[] = {
        { { 1970, 1, 1 }, 0, 4 },     { { 1969, 12, 31 }, -1, 3 },   { { 1970, 3, 1 }, 59, 0 },
        { { 2000, 2, 29 }, 11016, 2 }, { { 2000, 3, 1 }, 11017, 3 },  { { 2026, 1, 5 }, 20458, 1 },
        { { 2100, 2, 28 }, 47540, 0 }, { { 2100, 3, 1 }, 47541, 1 },  { { 1900, 3, 1 }, -25508, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct date date = date_of_days(rows[i].days);
        CU_ASSERT_EQUAL(date_to_days(rows[i].date), rows[i].days);
        CU_ASSERT(date.year == rows[i].date.year && date.month == rows[i].date.month && date.day == rows[i].date.day);
        CU_ASSERT_EQUAL(date_weekday(rows[i].days), rows[i].weekday);
    }
}

/* Against counting: every day from 1890 to 2210. */
static void days_follow_each_other(void)
{
    int64_t days = date_to_days((struct date){ 1890, 1, 1 });
    struct date date = { 1890, 1, 1 };
    int weekday = 3;
    bool right = true;
    for (; date.year < 2210; days++) {
        struct date seen = date_of_days(days);
        right = right && seen.year == date.year && seen.month == date.month && seen.day == date.day &&
                date_to_days(date) == days && date_weekday(days) == weekday;
        weekday = (weekday + 1) % 7;
        if (++date.day > date_month_length(date.year, date.month)) {
            date.day = 1;
            date.month = date.month % 12 + 1;
            date.year += date.month == 1;
        }
    }
    CU_ASSERT_TRUE(right);
    CU_ASSERT_EQUAL(days, date_to_days((struct date){ 2210, 1, 1 }));
}

static void impossible_dates_are_refused(void)
{
    static const struct date possible[] = { { 2024, 2, 29 }, { 2000, 2, 29 }, { 2026, 12, 31 } };
    static const struct date impossible[] = {
        { 2026, 2, 29 }, { 1900, 2, 29 }, { 2026, 0, 1 }, { 2026, 13, 1 }, { 2026, 4, 31 }, { 2026, 4, 0 },
    };
    for (size_t i = 0; i < sizeof possible / sizeof *possible; i++) {
        CU_ASSERT_TRUE(date_is_valid(possible[i]));
    }
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        CU_ASSERT_FALSE(date_is_valid(impossible[i]));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "known days are found both ways", known_days_are_found_both_ways },
        { "days follow each other", days_follow_each_other },
        { "impossible dates are refused", impossible_dates_are_refused },
        UNIT_END,
    };
    return unit_main("base/date", tests);
}
