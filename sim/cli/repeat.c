#include "cli/repeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "cli/args.h"

struct command_line {
    char *text;                   /* owned */
    size_t used, room;
};

static void put(struct command_line *line, char character)
{
    VEC_GROW(line->text, line->used, line->room);
    line->text[line->used++] = character;
}

static void put_text(struct command_line *line, const char *text)
{
    while (*text != '\0') {
        put(line, *text++);
    }
}

/* Part of a word in single quotes, in which a shell takes everything as it is but the quote itself. */
static void put_quoted(struct command_line *line, const char *text)
{
    put(line, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            put_text(line, "'\\''");
        } else {
            put(line, *text);
        }
    }
    put(line, '\'');
}

static void put_word(struct command_line *line, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%";
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        put_text(line, text);
    } else {
        put_quoted(line, text);
    }
}

static void put_settings(struct command_line *line, const char *option, const struct scenario_setting *settings,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_text(line, option);
        put_word(line, settings[i].name);
        put(line, '=');
        put_word(line, settings[i].value);
    }
}

char *repeat_command(const struct args *args, uint64_t seed)
{
    char number[32];
    struct command_line line = { .used = 0 };
    put_text(&line, "ecsim run ");
    put_word(&line, args->operands[0]);
    put_settings(&line, " --set ", args->settings, args->setting_count);
    put_settings(&line, " --assume ", args->assumptions, args->assumption_count);
    put_text(&line, args->allow_exec ? " --allow-exec" : "");
    snprintf(number, sizeof number, " --seed %" PRIu64, seed);
    put_text(&line, number);
    put(&line, '\0');
    return line.text;
}
