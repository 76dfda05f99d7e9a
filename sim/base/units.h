/* Numbers as people write them: "90s" "2m30s" "7d", "0.5 vCPU", "1 GB". */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* "90", "90s", "2m30s", "1.5h", "250ms", "7d" to seconds. Fails on anything else. */
bool units_parse_seconds(const char *text, double *seconds, struct error *err);

/* "256", "0.5 vCPU" to CPU units (1 vCPU = 1024). */
bool units_parse_cpu(const char *text, double *cpu_units, struct error *err);

/* "512", "512 MiB", "1 GB", "0.5 GB" to MiB (1 GB = 1024 MiB, as ECS counts). */
bool units_parse_memory(const char *text, double *memory_mib, struct error *err);

/* Whole text as a finite number, point as decimal mark whatever the locale. */
bool units_parse_number(const char *text, double *number);

/* Seconds for people: "1.5 s", "2m30s", "3h04m", "7d". Returns `text`. */
const char *units_format_seconds(double seconds, char *text, size_t size);

/* A number with at most `digits` significant digits, no exponent between 1e-5 and 1e15, no trailing zeros, "." as
 * decimal mark whatever the locale; the same text on every machine. Infinity and NaN give "nan". Returns the length. */
size_t units_format_number(double number, int digits, char *text, size_t size);

#endif
