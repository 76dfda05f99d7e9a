/* Sentences in the making, and AWS's words made short enough for a line: numbers of six digits, clocks without dates, IDs of
 * eight digits, lists of a few. What is left out here is in events.jsonl. */
#ifndef OUTPUT_EXPLAIN_WORDS_H
#define OUTPUT_EXPLAIN_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/simtime.h"

enum { SENTENCE_SIZE = 1024, ID_SHOWN = 8, IDS_NAMED = 4 };

/* A zeroed one is empty. What does not fit is left out. */
struct sentence {
    char text[SENTENCE_SIZE];
    size_t used;
};

void sentence_put(struct sentence *sentence, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sentence_put_number(struct sentence *sentence, double number);
void sentence_put_duration(struct sentence *sentence, sim_time length);
void sentence_put_times(struct sentence *sentence, uint64_t count, const char *what);    /* "1 time", "4,012 times" */

/* "01:02", or "01:02:30" where the seconds are not 0. */
void sentence_put_clock(struct sentence *sentence, int64_t start_unix_s, sim_time at);

/* An alarm's reason: "3 datapoints [100 at 01:02, 100 at 01:01, 99.5 at 01:00] were greater than the threshold (50)". */
void sentence_put_alarm_reason(struct sentence *sentence, const char *reason);

/* A service's message: "has started 8 tasks: 0a796f4a, 0928bc5b, f95aa3c8, 969ae8ef and 4 more". */
void sentence_put_message(struct sentence *sentence, const char *message);

/* Why nothing was done, AWS's codes in words: "it is at its maximum (AlreadyAtMaxCapacity)". Others as they are. */
const char *words_of_reason(const char *why);

#endif
