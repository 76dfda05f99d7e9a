/* Warnings of a run, each told once however often it came. */
#ifndef OUTPUT_WARNINGS_H
#define OUTPUT_WARNINGS_H

#include <stddef.h>
#include <stdint.h>

struct world;

struct warning {
    const char *subject, *text;
    uint64_t times;
};

/* The first 100 different ones, in order of their first coming. */
struct warnings {
    struct warning *list;
    size_t count;
    uint64_t not_listed;          /* came when the list was full */
    struct world *world;
};

/* Listen to `world` from now on. Lives in the world's arena. */
struct warnings *warnings_observe(struct world *world);

#endif
