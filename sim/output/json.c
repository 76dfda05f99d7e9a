#include "output/json.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

void json_init(struct json *json, struct text *text)
{
    *json = (struct json){ .text = text };
}

static void break_line(struct json *json)
{
    text_char(json->text, '\n');
    text_repeat(json->text, "  ", json->depth);
    json->broken = false;
}

/* What stands before an element: nothing after its key, else a comma, and a line break where one was asked for. */
static void begin_element(struct json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->continued) {
        text_char(json->text, ',');
    }
    if (json->broken) {
        break_line(json);
    } else if (json->continued) {
        text_char(json->text, ' ');
    }
    json->continued = true;
}

void json_open(struct json *json, char bracket)
{
    begin_element(json);
    text_char(json->text, bracket);
    json->depth++;
    json->continued = false;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->broken) {
        break_line(json);
    }
    text_char(json->text, bracket);
    json->continued = true;
}

void json_break(struct json *json)
{
    json->broken = true;
}

/* Length of the well-formed UTF-8 sequence at `at`, 0 if there is none. */
static size_t utf8_length(const unsigned char *at)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        { 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
        { 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 }, { 0xF0, 0xF0, 0x90, 0xBF, 4 },
        { 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (at[0] < forms[i].first_low || at[0] > forms[i].first_high) {
            continue;
        }
        if (at[1] < forms[i].second_low || at[1] > forms[i].second_high) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].length; k++) {
            if ((at[k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

static void put_escape(struct text *text, unsigned char character)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *pair = named; *pair != '\0'; pair += 2) {
        if ((unsigned char)pair[0] == character) {
            text_char(text, '\\');
            text_char(text, pair[1]);
            return;
        }
    }
    text_printf(text, "\\u%04x", character);
}

/* Length of the run of characters at `at` that stand for themselves. */
static size_t plain_length(const unsigned char *at)
{
    size_t length = 0;
    while (at[length] >= 0x20 && at[length] < 0x7F && at[length] != '"' && at[length] != '\\') {
        length++;
    }
    return length;
}

static void put_string(struct text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    text_char(text, '"');
    while (*at != '\0') {
        size_t plain = plain_length(at);
        size_t length = plain > 0 ? plain : utf8_length(at);
        if (length > 0) {
            text_put_bytes(text, (const char *)at, length);
            at += length;
        } else if (*at < 0x80) {
            put_escape(text, *at++);
        } else {
            text_put(text, "\\ufffd");
            at++;
        }
    }
    text_char(text, '"');
}

void json_key(struct json *json, const char *key)
{
    begin_element(json);
    put_string(json->text, key);
    text_put(json->text, ": ");
    json->after_key = true;
}

void json_text(struct json *json, const char *text)
{
    begin_element(json);
    if (text == NULL) {
        text_put(json->text, "null");
    } else {
        put_string(json->text, text);
    }
}

void json_number(struct json *json, double number)
{
    begin_element(json);
    if (isfinite(number)) {
        text_number(json->text, number);
    } else {
        text_put(json->text, "null");
    }
}

void json_wide(struct json *json, wide number)
{
    begin_element(json);
    text_wide(json->text, number);
}

void json_bool(struct json *json, bool value)
{
    begin_element(json);
    text_put(json->text, value ? "true" : "false");
}

void json_seconds(struct json *json, sim_time time)
{
    json_number(json, time < 0 ? NAN : sim_seconds(time));
}

void json_key_text(struct json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_text(json, text);
}

void json_key_number(struct json *json, const char *key, double number)
{
    json_key(json, key);
    json_number(json, number);
}

void json_key_bool(struct json *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

void json_key_seconds(struct json *json, const char *key, sim_time time)
{
    json_key(json, key);
    json_seconds(json, time);
}
