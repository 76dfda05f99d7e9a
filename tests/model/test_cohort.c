#include "lib/unit.h"

#include <CUnit/CUnit.h>

#include "engine/rng.h"
#include "model/cohort.h"

enum { COHORTS = 400, MEMBERS_MAX = 40, LOOKS = 12 };

/* What single requests come to that do the same, each looked at by itself. */
struct single {
    sim_time sent_at, start, answer, leave;
};

static void read_single(struct single *single, const struct cohort *cohort, int64_t i)
{
    single->sent_at = cohort->first + i * cohort->spacing;
    single->start = single->sent_at + cohort->wait;
    single->answer = single->sent_at + cohort->patience;
    single->leave = single->sent_at + cohort->response;
}

/* Of (from, to], what lies after `since`. */
static sim_time part_after(sim_time from, sim_time to, sim_time since, sim_time now)
{
    sim_time begin = from > since ? from : since, end = to < now ? to : now;
    return end > begin ? end - begin : 0;
}

static bool lies_between(sim_time when, sim_time since, sim_time now)
{
    return when > since && when <= now;
}

static struct cohort draw_cohort(struct rng *rng)
{
    struct cohort cohort = {
        .first = 1 + (sim_time)rng_below(rng, 50), .spacing = 1 + (sim_time)rng_below(rng, 20),
        .count = 1 + (int64_t)rng_below(rng, MEMBERS_MAX), .response = (sim_time)rng_below(rng, 300),
        .work_ns = (int64_t)rng_below(rng, 100000),
    };
    cohort.wait = (sim_time)rng_below(rng, (uint64_t)cohort.response + 1);
    cohort.patience = rng_below(rng, 2) == 0 ? cohort.response : (sim_time)rng_below(rng, (uint64_t)cohort.response + 1);
    return cohort;
}

static void check_step(const struct cohort *drawn, const struct cohort_step *step, int64_t open_before, sim_time since,
                       sim_time now)
{
    int64_t entered = 0, started = 0, answered = 0, left = 0;
    wide slot_ns = 0, system_ns = 0;
    for (int64_t i = 0; i < drawn->count; i++) {
        struct single single;
        read_single(&single, drawn, i);
        entered += lies_between(single.sent_at, since, now);
        started += lies_between(single.start, since, now);
        answered += lies_between(single.answer, since, now);
        left += lies_between(single.leave, since, now);
        slot_ns += part_after(single.start, single.leave, since, now);
        system_ns += part_after(single.sent_at, single.answer, since, now);
    }
    CU_ASSERT_EQUAL(step->entered, entered);
    CU_ASSERT_EQUAL(step->started, started);
    CU_ASSERT_EQUAL(step->answered, answered);
    CU_ASSERT_EQUAL(step->left, left);
    CU_ASSERT(step->slot_ns == slot_ns);
    CU_ASSERT(step->system_ns + (wide)open_before * (now - since) == system_ns);
}

static void cohorts_are_what_their_requests_are(void)
{
    struct rng rng;
    rng_seed(&rng, 1, 0, "cohorts", 0);
    for (int k = 0; k < COHORTS; k++) {
        const struct cohort drawn = draw_cohort(&rng);
        struct cohort cohort = drawn;
        sim_time since = 0;
        int64_t work_ns = 0;
        for (int look = 0; look < LOOKS; look++) {
            sim_time now = since + (sim_time)rng_below(&rng, look + 1 < LOOKS ? 120 : 2000);
            int64_t open_before = cohort_open(&cohort);
            struct cohort_step step = cohort_advance(&cohort, since, now);
            check_step(&drawn, &step, open_before, since, now);
            work_ns += step.work_ns;
            since = now;
        }
        CU_ASSERT_EQUAL(work_ns + cohort.work_ns, drawn.work_ns);
        CU_ASSERT(!cohort_is_over(&cohort) || cohort.work_ns == 0);
    }
}

static void nothing_is_left_of_one_that_is_over(void)
{
    struct cohort cohort = { .first = 10, .spacing = 3, .count = 7, .wait = 2, .response = 40, .patience = 20, .work_ns = 1003 };
    struct cohort_step step = cohort_advance(&cohort, 0, 68);
    CU_ASSERT(cohort_is_over(&cohort));
    CU_ASSERT_EQUAL(step.work_ns, 1003);
    CU_ASSERT_EQUAL(cohort.work_ns, 0);
    CU_ASSERT_EQUAL(cohort_open(&cohort), 0);
    CU_ASSERT_EQUAL(cohort_in_slots(&cohort), 0);
    CU_ASSERT(step.slot_ns == 7 * 38);
}

static void a_client_without_patience_leaves_its_work_in_the_slot(void)
{
    struct cohort cohort = { .first = 10, .spacing = 10, .count = 2, .response = 100, .patience = 30, .work_ns = 200 };
    cohort_advance(&cohort, 0, 60);
    CU_ASSERT_EQUAL(cohort_open(&cohort), 0);
    CU_ASSERT_EQUAL(cohort_in_slots(&cohort), 2);
    CU_ASSERT_EQUAL(cohort_sent_at(&cohort, 1), 20);
    CU_ASSERT_EQUAL(cohort_work_in_slots(&cohort, 60), 50 + 40);
    CU_ASSERT_EQUAL(cohort_work_in_slots(&cohort, 80), 70 + 60);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "counts, slot time and time in the system are those of single requests", cohorts_are_what_their_requests_are },
        { "nothing is left of one that is over", nothing_is_left_of_one_that_is_over },
        { "a client without patience leaves its work in the slot", a_client_without_patience_leaves_its_work_in_the_slot },
        UNIT_END,
    };
    return unit_main("model/cohort", tests);
}
