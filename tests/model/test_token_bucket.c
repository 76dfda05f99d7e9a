#include "lib/unit.h"

#include "model/token_bucket.h"

/* EX-P10, EX-P11, EX-P12: the buckets of PROT-14 and PROT-25. A row asks `asked` times at `at` and gets `given`. */
struct burst {
    sim_time at;
    int asked, given;
};

static void ask(struct token_bucket *bucket, const struct burst *bursts, int count)
{
    for (int i = 0; i < count; i++) {
        int given = 0;
        for (int k = 0; k < bursts[i].asked; k++) {
            given += token_bucket_take(bucket, bursts[i].at);
        }
        CU_ASSERT_EQUAL(given, bursts[i].given);
    }
}

static void the_account_sends_200_at_once_and_80_a_second(void)
{
    static const struct burst bursts[] = {
        { 0, 201, 200 },                                     /* EX-P10 */
        { SIM_SECOND, 100, 80 },                             /* EX-P11 */
        { 2 * SIM_SECOND, 80, 80 },
        { 3 * SIM_SECOND, 80, 80 },
        { SIM_HOUR, 1000, 200 },                             /* never more than the burst */
    };
    struct token_bucket bucket;
    token_bucket_init(&bucket, 200, 80);
    ask(&bucket, bursts, sizeof bursts / sizeof bursts[0]);
}

static void one_task_sends_60_at_once_and_40_a_second(void)
{
    static const struct burst bursts[] = {
        { 0, 61, 60 },                                       /* EX-P12 */
        { SIM_SECOND, 61, 40 },
    };
    struct token_bucket bucket;
    token_bucket_init(&bucket, 60, 40);
    ask(&bucket, bursts, sizeof bursts / sizeof bursts[0]);
}

/* A third of a second at 3 per second is a nanosecond's share short of one token: nothing is rounded up, nothing lost. */
static void tokens_are_counted_exactly(void)
{
    static const struct burst bursts[] = {
        { 0, 2, 2 },
        { 333333333, 1, 0 },
        { 333333334, 1, 1 },
        { 666666666, 1, 0 },
        { 666666667, 1, 1 },
        { 1000000000, 1, 1 },
    };
    struct token_bucket bucket;
    token_bucket_init(&bucket, 2, 3);
    ask(&bucket, bursts, sizeof bursts / sizeof bursts[0]);
}

static void a_silence_of_centuries_fills_it_once(void)
{
    static const struct burst bursts[] = { { 0, 3, 2 }, { SIM_NEVER, 3, 2 } };
    struct token_bucket bucket;
    token_bucket_init(&bucket, 2, 1000000);
    ask(&bucket, bursts, sizeof bursts / sizeof bursts[0]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "the account sends 200 at once and 80 a second (PROT-14)", the_account_sends_200_at_once_and_80_a_second },
        { "one task sends 60 at once and 40 a second (PROT-25)", one_task_sends_60_at_once_and_40_a_second },
        { "tokens are counted exactly", tokens_are_counted_exactly },
        { "a silence of centuries fills it once", a_silence_of_centuries_fills_it_once },
        UNIT_END,
    };
    return unit_main("model/token_bucket", tests);
}
