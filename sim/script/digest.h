/* FNV-1a, 64 bits: tells whether an input is the one that a result was made from. Not for security. */
#ifndef SCRIPT_DIGEST_H
#define SCRIPT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_NAME "fnv1a64"

uint64_t digest_of(const void *bytes, size_t size);

#endif
