#include "output/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "output/number.h"

enum { ROOM = 64 * 1024, LINE = 4096 };

void text_init(struct text *text, int fd)
{
    *text = (struct text){ .fd = fd, .buffer = mem_alloc(ROOM) };
}

void text_finish(struct text *text)
{
    free(text->buffer);
    *text = (struct text){ .fd = -1 };
}

/* A partly written buffer goes on where it stopped; a signal that interrupts is no failure. */
static int write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return 0;
}

bool text_flush(struct text *text)
{
    if (text->failure == 0) {
        text->failure = write_all(text->fd, text->buffer, text->used);
    }
    text->used = 0;
    return text->failure == 0;
}

void text_put_bytes(struct text *text, const char *bytes, size_t count)
{
    while (count > ROOM - text->used) {
        size_t fits = ROOM - text->used;
        memcpy(text->buffer + text->used, bytes, fits);
        text->used = ROOM;
        bytes += fits;
        count -= fits;
        text_flush(text);
    }
    memcpy(text->buffer + text->used, bytes, count);
    text->used += count;
}

void text_put(struct text *text, const char *characters)
{
    text_put_bytes(text, characters, strlen(characters));
}

void text_char(struct text *text, char character)
{
    text_put_bytes(text, &character, 1);
}

void text_repeat(struct text *text, const char *characters, int times)
{
    for (int i = 0; i < times; i++) {
        text_put(text, characters);
    }
}

void text_printf(struct text *text, const char *format, ...)
{
    char line[LINE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    text_put_bytes(text, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

void text_number(struct text *text, double number)
{
    char digits[NUMBER_SIZE];
    text_put_bytes(text, digits, number_format(number, digits));
}

void text_wide(struct text *text, wide number)
{
    char digits[NUMBER_SIZE];
    text_put_bytes(text, digits, number_format_wide(number, digits));
}

void text_seconds(struct text *text, sim_time time)
{
    text_number(text, sim_seconds(time));
}
