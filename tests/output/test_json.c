#include "output/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "output/page.h"

static struct page page;

static void strings_are_escaped(void)
{
    static const struct {
        const char *text, *json;
    } rows[] = {
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"" },
        { "line\nfeed\ttab\rreturn\bback\fform", "\"line\\nfeed\\ttab\\rreturn\\bback\\fform\"" },
        { "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
        { "größe €", "\"größe €\"" },
        { "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"" },
        { "bad \xFF byte", "\"bad \\ufffd byte\"" },
        { "cut \xE2\x82", "\"cut \\ufffd\\ufffd\"" },
        { "overlong \xC0\xAF", "\"overlong \\ufffd\\ufffd\"" },
        { "surrogate \xED\xA0\x80", "\"surrogate \\ufffd\\ufffd\\ufffd\"" },
        { NULL, "null" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json json;
        page_begin(&page);
        json_init(&json, &page.text);
        json_text(&json, rows[i].text);
        CU_ASSERT_STRING_EQUAL(page_end(&page), rows[i].json);
    }
}

static void numbers_that_are_none_are_null(void)
{
    struct json json;
    page_begin(&page);
    json_init(&json, &page.text);
    json_open(&json, '[');
    json_number(&json, 0.1 + 0.2);
    json_number(&json, NAN);
    json_number(&json, -INFINITY);
    json_seconds(&json, -1);
    json_seconds(&json, 1500 * SIM_MILLISECOND);
    json_wide(&json, (wide)1 << 100);
    json_close(&json, ']');
    CU_ASSERT_STRING_EQUAL(page_end(&page), "[0.3, null, null, null, 1.5, 1267650600228229401496703205376]");
}

static void lines_break_where_asked(void)
{
    struct json json;
    page_begin(&page);
    json_init(&json, &page.text);
    json_open(&json, '{');
    json_break(&json);
    json_key_text(&json, "a", "x");
    json_break(&json);
    json_key(&json, "b");
    json_open(&json, '[');
    json_break(&json);
    json_open(&json, '{');
    json_key_number(&json, "c", 1);
    json_key_bool(&json, "d", true);
    json_close(&json, '}');
    json_break(&json);
    json_close(&json, ']');
    json_key(&json, "e");
    json_open(&json, '[');
    json_close(&json, ']');
    json_break(&json);
    json_close(&json, '}');
    const char *text = page_end(&page);
    CU_ASSERT_STRING_EQUAL(text, "{\n  \"a\": \"x\",\n  \"b\": [\n    {\"c\": 1, \"d\": true}\n  ], \"e\": []\n}");
    cJSON *tree = cJSON_Parse(text);
    CU_ASSERT_PTR_NOT_NULL(tree);
    cJSON_Delete(tree);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "strings are escaped, and bytes that are no UTF-8 replaced", strings_are_escaped },
        { "numbers that are none are null", numbers_that_are_none_are_null },
        { "lines break where asked and nowhere else", lines_break_where_asked },
        UNIT_END
    };
    return unit_main("output/json", tests);
}
