/* events.jsonl: one JSON object a line for whatever happened, and for every decision to do nothing. */
#ifndef OUTPUT_EVENTS_H
#define OUTPUT_EVENTS_H

#include "output/text.h"

struct world;

/* Listen to `world` from now on and write to `text`, which it borrows. */
void events_observe(struct world *world, struct text *text);

/* Names of protection calls as the file has them: "protect", "unprotect", "get". */
extern const char *const events_protection_names[];

#endif
