/* Text on its way to a file descriptor: 64 KB at a time, the first failure kept until somebody asks. */
#ifndef OUTPUT_TEXT_H
#define OUTPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/wide.h"
#include "engine/simtime.h"

struct text {
    int fd;
    int failure;                  /* errno of the first write that failed; 0: none. Nothing is written after it. */
    size_t used;
    char *buffer;                 /* owned */
};

void text_init(struct text *text, int fd);           /* borrows the descriptor until text_finish */
void text_finish(struct text *text);                 /* frees; what was not flushed is lost */

/* Hand everything to the operating system. False if any write so far has failed. */
bool text_flush(struct text *text);

/* These never fail: see text_flush. */
void text_put(struct text *text, const char *characters);
void text_put_bytes(struct text *text, const char *bytes, size_t count);
void text_char(struct text *text, char character);
void text_repeat(struct text *text, const char *characters, int times);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_number(struct text *text, double number);  /* number.h; "nan" where undefined */
void text_wide(struct text *text, wide number);
void text_seconds(struct text *text, sim_time time); /* in seconds */

#endif
