/* A random service and what happens to it over simulated days, as a script of pieces that can be left out. */
#ifndef TESTS_PROPERTIES_SCHEDULER_SCRIPT_H
#define TESTS_PROPERTIES_SCHEDULER_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PIECES_MAX = 128, PIECE_SIZE = 480 };

/* How long a script goes on after its last operation: programs rest, what lasts ends, protection is released. */
enum { SCRIPT_QUIET_S = 6 * 3600 };

struct script_piece {
    char text[PIECE_SIZE];        /* whole lines of Lua */
    bool is_optional, is_dropped;
};

struct script {
    uint64_t seed;
    struct script_piece pieces[PIECES_MAX];
    int count;
};

/* The script of a seed: the same on every machine. */
void script_draw(struct script *script, uint64_t seed);

/* The pieces that are not dropped, after a line that names the seed. */
void script_write(const struct script *script, FILE *file);

#endif
