#include "lib/unit.h"

#include <string.h>

#include "base/error.h"

static void setting_replaces_and_is_false(void)
{
    struct error err = { "old" };
    CU_ASSERT_FALSE(error_set(&err, "unknown field '%s', %d tried", "cooldwn", 3));
    CU_ASSERT_STRING_EQUAL(err.text, "unknown field 'cooldwn', 3 tried");
}

static void wrapping_puts_the_context_in_front(void)
{
    struct error err;
    error_set(&err, "max_capacity 2 is below min_capacity 4");
    CU_ASSERT_FALSE(error_wrap(&err, "services.%s.scaling", "web"));
    CU_ASSERT_FALSE(error_wrap(&err, "burst.lua:%d", 12));
    CU_ASSERT_STRING_EQUAL(
        err.text, "burst.lua:12: services.web.scaling: max_capacity 2 is below min_capacity 4");
}

static void the_old_message_may_be_an_argument(void)
{
    struct error err = { "no such file" };
    error_set(&err, "cannot read: %s", err.text);
    CU_ASSERT_STRING_EQUAL(err.text, "cannot read: no such file");
    error_wrap(&err, "(%s)", err.text);
    CU_ASSERT_STRING_EQUAL(err.text, "(cannot read: no such file): cannot read: no such file");
}

static void too_long_messages_are_cut(void)
{
    struct error err;
    error_set(&err, "%2000d", 7);
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
    error_wrap(&err, "here");
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
    CU_ASSERT_EQUAL(strncmp(err.text, "here:  ", 7), 0);
    error_wrap(&err, "%2000d", 7);
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "setting replaces the message and is false", setting_replaces_and_is_false },
        { "wrapping puts the context in front", wrapping_puts_the_context_in_front },
        { "the old message may be an argument", the_old_message_may_be_an_argument },
        { "too long messages are cut", too_long_messages_are_cut },
        UNIT_END,
    };
    return unit_main("base/error", tests);
}
