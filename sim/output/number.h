/* Numbers as every file shows them: at most 12 significant digits, so that last bits of arithmetic never show. */
#ifndef OUTPUT_NUMBER_H
#define OUTPUT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

enum { NUMBER_SIZE = 48 };

/* As units_format_number with 12 digits, several times as fast on the numbers that fill files. Returns the length. */
size_t number_format(double number, char text[NUMBER_SIZE]);

/* For people, with commas between the thousands; return `text`. A count ("117,539"), and a finite number with this many
 * digits behind the point ("1,174.20"). */
const char *number_grouped(uint64_t count, char text[NUMBER_SIZE]);
const char *number_fixed(double number, int decimals, char text[NUMBER_SIZE]);

/* A whole number, all its digits. Returns the length. */
size_t number_format_wide(wide number, char text[NUMBER_SIZE]);

#endif
