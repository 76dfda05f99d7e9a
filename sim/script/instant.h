/* Instants as text, in UTC. */
#ifndef SCRIPT_INSTANT_H
#define SCRIPT_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-01-05T00:00:00Z" to seconds since 1970; years 1970 to 9999. */
bool instant_parse(const char *text, int64_t *unix_s);

#endif
