/* Instants as text. */
#ifndef SCRIPT_INSTANT_H
#define SCRIPT_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-01-05T00:00:00Z" to seconds since 1970; years 1970 to 9999. */
bool instant_parse(const char *text, int64_t *unix_s);

/* As programs write them into files: a blank in place of T, a fraction of a second, "+02:00" in place of Z or, in UTC, nothing.
 * `fraction_ns` gets the fraction, cut after nanoseconds. */
bool instant_parse_stamp(const char *text, int64_t *unix_s, int64_t *fraction_ns);

#endif
