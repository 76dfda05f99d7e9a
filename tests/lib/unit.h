/* The main of every unit test: a list of named claims, run by CUnit. */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

#include <CUnit/CUnit.h>

struct unit_test {
    const char *claim;            /* what the test shows, as a sentence */
    void (*run)(void);
};

/* Run the tests of one suite. Returns the program's exit status: 0 only if every assertion held. */
int unit_main(const char *suite, const struct unit_test *tests);   /* ends with { NULL, NULL } */

#define UNIT_END { NULL, NULL }

#endif
