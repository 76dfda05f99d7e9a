#include "lib/unit.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/check.h"
#include "base/mem.h"
#include "lib/last_words.h"

static void describe(const void *context, char *text, size_t size)
{
    snprintf(text, size, "at %d s, seed 7", *(const int *)context);
}

static void fail_within_a_run(void)
{
    static const int now = 42;
    check_set_context(describe, &now);
    check_set_command("ecsim run a.lua --seed 7");
    CHECK(1 + 1 == 3);
}

static void fail_alone(void)
{
    CHECK(NULL != NULL);
}

static void a_failed_check_says_where_and_when_and_aborts(void)
{
    char words[512];
    int status = last_words(fail_within_a_run, words, sizeof words);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CU_ASSERT_PTR_NOT_NULL(strstr(words, "test_check.c:"));
    CU_ASSERT_PTR_NOT_NULL(strstr(words, "CHECK(1 + 1 == 3) failed: at 42 s, seed 7\n"
                                         "ecsim: repeat with: ecsim run a.lua --seed 7\n"));

    status = last_words(fail_alone, words, sizeof words);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CU_ASSERT_PTR_NOT_NULL(strstr(words, "CHECK(NULL != NULL) failed\n"));
}

static void ask_for_more_than_there_is(void)
{
    mem_resize(NULL, SIZE_MAX / 2, 16);
}

static void out_of_memory_says_so(void)
{
    char words[512];
    int status = last_words(ask_for_more_than_there_is, words, sizeof words);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(words, "out of memory"));
}

static void a_held_check_does_nothing(void)
{
    int evaluated = 0;
    CHECK(++evaluated == 1);
    CU_ASSERT_EQUAL(evaluated, 1);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a failed check says where and when, and aborts",
          a_failed_check_says_where_and_when_and_aborts },
        { "a check that holds does nothing", a_held_check_does_nothing },
        { "out of memory says so", out_of_memory_says_so },
        UNIT_END,
    };
    return unit_main("base/check", tests);
}
