/* What reaches a run from outside: Ctrl-C, and the beat of a progress bar. The only signal handlers of the program. */
#ifndef CLI_ATTENTION_H
#define CLI_ATTENTION_H

#include <stdbool.h>

struct world;
struct files;

/* From now until attention_end: the first SIGINT or SIGTERM asks the run to stop after the current event, a second one ends
 * the program. On a terminal, and if `progress`, a bar on standard error shows how far it is. A run whose files can't be
 * written any more is stopped too. Borrows `world` and `files` (NULL: none). One at a time. */
struct attention;
struct attention *attention_begin(struct world *world, const struct files *files, bool progress);
void attention_end(struct attention *attention);     /* erases the bar; NULL is fine */

/* Has anybody asked to stop? */
bool attention_interrupted(void);

#endif
