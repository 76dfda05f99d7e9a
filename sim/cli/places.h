/* Where the files that come with the program are: in the source tree that it was built in, or installed beside it. */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "base/error.h"

enum { PLACE_SIZE = 4096 };

/* The folder `name` ("scenarios", "plots") of the program. False if there is none; `folder` is empty then. */
bool places_find(const char *name, char folder[PLACE_SIZE]);

/* The script that the user means: a path, or the bare name of a shipped scenario. */
bool places_find_scenario(const char *word, char path[PLACE_SIZE], struct error *err);

#endif
