/* Time zones by IANA's names, read from the system's zone database (TZif files, RFC 9636). The machine's own zone plays no
 * part. A NULL zone is UTC. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct zone;

/* "Europe/Berlin", in the arena. NULL: `err` says what is wrong, with the nearest name of the database. */
const struct zone *zone_load(struct arena *arena, const char *name, struct error *err);

/* The content of a TZif file of version 2 or later; borrows it. */
const struct zone *zone_parse(struct arena *arena, const void *bytes, size_t size, struct error *err);

/* Which edition of the database a loaded zone is from: "2025b"; "unknown" if it does not say. */
const char *zone_database(const struct zone *zone);

/* Seconds east of UTC at an instant. */
int32_t zone_offset(const struct zone *zone, int64_t unix_s);

/* The first instant at which the zone's clocks show `wall_s` (date and time of day as if it were UTC). False: they jump
 * over it. */
bool zone_first_instant(const struct zone *zone, int64_t wall_s, int64_t *unix_s);

#endif
