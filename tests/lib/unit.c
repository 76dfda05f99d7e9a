#include "lib/unit.h"

#include <CUnit/Basic.h>

int unit_main(const char *suite, const struct unit_test *tests)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 2;
    }
    CU_pSuite registered = CU_add_suite(suite, NULL, NULL);
    for (const struct unit_test *test = tests; test->run != NULL; test++) {
        if (CU_add_test(registered, test->claim, test->run) == NULL) {
            return 2;
        }
    }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    /* CU_get_error() is 0 after a failed assertion, and the registry forgets when it is cleaned up. */
    unsigned failures = CU_get_number_of_failures();
    unsigned run = CU_get_number_of_tests_run();
    CU_cleanup_registry();
    return failures > 0 || run == 0;
}
