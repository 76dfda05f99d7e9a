/* Simulated instants as people write them. UTC, no leap seconds, no time zone of any machine. */
#ifndef OUTPUT_CALENDAR_H
#define OUTPUT_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/simtime.h"

enum { CALENDAR_SIZE = 64 };

/* "Mon 09:02", or "Mon 09:02:30" with seconds; from the eighth day on "2026-01-12 09:02". `start_unix_s` is the calendar
 * instant of time 0. Returns `text`. */
const char *calendar_minute(int64_t start_unix_s, sim_time time, char text[CALENDAR_SIZE]);
const char *calendar_second(int64_t start_unix_s, sim_time time, char text[CALENDAR_SIZE]);

/* The first instant from time 0 on that `text` means: "14:32", "Mon 14:32:05", "2026-01-19 14:32", or a duration since the
 * start ("2d3h"). */
bool calendar_parse(int64_t start_unix_s, const char *text, sim_time *time, struct error *err);

/* "2026-01-05T00:00:00Z". Returns `text`. */
const char *calendar_date(int64_t unix_s, char text[CALENDAR_SIZE]);

#endif
