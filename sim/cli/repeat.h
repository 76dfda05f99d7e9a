/* The command that repeats a run. */
#ifndef CLI_REPEAT_H
#define CLI_REPEAT_H

#include <stdint.h>

struct args;

/* "ecsim run SCENARIO --set rate=0.1 --seed 7", as a shell takes it; owned by the caller. What changes no result is left
 * out. */
char *repeat_command(const struct args *args, uint64_t seed);

#endif
