#include "lib/unit.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/sim.h"
#include "lib/last_words.h"

/* What a handler does when its event runs, and how often it ran. */
struct actor {
    int runs;
    int runs_max;
    sim_time last_time;
    sim_timer timer;
};

static void on_event(struct sim *sim, void *self)
{
    struct actor *actor = self;
    actor->runs++;
    actor->last_time = sim_now(sim);
}

static void on_event_stop(struct sim *sim, void *self)
{
    on_event(sim, self);
    sim_stop(sim);
}

static void on_event_fail(struct sim *sim, void *self)
{
    struct actor *actor = self;
    struct error err;
    on_event(sim, self);
    error_set(&err, "fault %d", actor->runs);
    sim_fail(sim, &err);
    error_set(&err, "another fault");
    sim_fail(sim, &err);
    sim_stop(sim);
}

static void on_event_wake_again(struct sim *sim, void *self)
{
    on_event(sim, self);
    sim_wake(sim, on_event_wake_again, self);
}

static void on_event_plan_now(struct sim *sim, void *self)
{
    struct actor *actor = self;
    on_event(sim, self);
    if (actor->runs < actor->runs_max) {
        sim_at(sim, sim_now(sim), RANK_LAPSE, on_event_plan_now, self);
    }
}

static void on_timer_rearm(struct sim *sim, void *self)
{
    struct actor *actor = self;
    on_event(sim, self);
    CU_ASSERT_FALSE(sim_timer_is_pending(sim, actor->timer));
    sim_timer_arm(sim, actor->timer, sim_now(sim) + 10, RANK_LAPSE);
}

static void on_timer_destroy_itself(struct sim *sim, void *self)
{
    struct actor *actor = self;
    on_event(sim, self);
    sim_timer_destroy(sim, actor->timer);
}

static void the_clock_ends_at_until(void)
{
    struct sim *sim = sim_create(7, 3);
    struct error err;
    struct actor actor = { 0 };
    CU_ASSERT_EQUAL(sim_now(sim), 0);
    CU_ASSERT_EQUAL(sim_seed(sim), 7);
    CU_ASSERT_EQUAL(sim_replication(sim), 3);
    sim_at(sim, 5, RANK_LAPSE, on_event, &actor);
    sim_at(sim, 11, RANK_LAPSE, on_event, &actor);
    CU_ASSERT_TRUE(sim_run(sim, 10, &err));
    CU_ASSERT_EQUAL(sim_now(sim), 10);
    CU_ASSERT_EQUAL(actor.last_time, 5);
    CU_ASSERT_TRUE(sim_run(sim, 10, &err));
    CU_ASSERT_EQUAL(actor.runs, 1);
    CU_ASSERT_TRUE(sim_run(sim, 11, &err));
    CU_ASSERT_EQUAL(actor.last_time, 11);
    CU_ASSERT_EQUAL(sim_events(sim), 2);
    sim_destroy(sim);
    sim_destroy(NULL);
}

static void what_is_planned_for_never_does_not_run(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct actor never = { 0 }, late = { 0 };
    sim_at(sim, SIM_NEVER, RANK_LAPSE, on_event, &never);
    sim_at(sim, SIM_NEVER - 1, RANK_LAPSE, on_event, &late);
    CU_ASSERT_TRUE(sim_run(sim, SIM_NEVER, &err));
    CU_ASSERT_EQUAL(never.runs, 0);
    CU_ASSERT_EQUAL(late.runs, 1);
    CU_ASSERT_EQUAL(sim_now(sim), SIM_NEVER);
    sim_destroy(sim);
}

static void a_stopped_run_keeps_its_clock_and_its_rest(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct actor stopper = { 0 }, later = { 0 };
    sim_at(sim, 5, RANK_LAPSE, on_event_stop, &stopper);
    sim_at(sim, 5, RANK_LAPSE, on_event, &later);
    CU_ASSERT_FALSE(sim_stopped(sim));
    CU_ASSERT_TRUE(sim_run(sim, 10, &err));
    CU_ASSERT_TRUE(sim_stopped(sim));
    CU_ASSERT_EQUAL(sim_now(sim), 5);
    CU_ASSERT_TRUE(sim_run(sim, 10, &err));
    CU_ASSERT_EQUAL(later.runs, 0);
    sim_destroy(sim);
}

static void a_failure_ends_the_run_with_the_first_error(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct actor failing = { 0 }, later = { 0 };
    sim_at(sim, 150 * SIM_SECOND, RANK_LAPSE, on_event_fail, &failing);
    sim_at(sim, 150 * SIM_SECOND, RANK_LAPSE, on_event, &later);
    CU_ASSERT_FALSE(sim_run(sim, 10 * SIM_MINUTE, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "at 2m30s: fault 1");
    CU_ASSERT_EQUAL(later.runs, 0);
    CU_ASSERT_EQUAL(sim_now(sim), 150 * SIM_SECOND);
    CU_ASSERT_FALSE(sim_stopped(sim));
    CU_ASSERT_FALSE(sim_run(sim, 10 * SIM_MINUTE, &err));
    CU_ASSERT_EQUAL(failing.runs, 1);
    sim_destroy(sim);
}

static void an_endless_loop_at_one_instant_fails_and_names_the_culprit(void)
{
    static const struct {
        sim_handler *handler;
        const char *culprit;
        const char *message;
    } cases[] = {
        { on_event_wake_again, "task 1a2b", "10000000 events at 12m30s without time passing, last in task 1a2b" },
        { on_event_plan_now, NULL, "10000000 events at 12m30s without time passing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim *sim = sim_create(1, 0);
        struct error err;
        struct actor actor = { .runs_max = 20000000 };
        sim_set_culprit(sim, cases[i].culprit);
        sim_at(sim, 750 * SIM_SECOND, RANK_LAPSE, cases[i].handler, &actor);
        CU_ASSERT_FALSE(sim_run(sim, SIM_DAY, &err));
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        CU_ASSERT_EQUAL(actor.runs, 10000000);
        sim_destroy(sim);
    }
}

/* As many events pass where the clock moves now and then. */
static void many_events_at_many_instants_are_fine(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct actor actors[3];
    for (int i = 0; i < 3; i++) {
        actors[i] = (struct actor){ .runs_max = 4000000 };
        sim_at(sim, i, RANK_LAPSE, on_event_plan_now, &actors[i]);
    }
    CU_ASSERT_TRUE(sim_run(sim, 10, &err));
    CU_ASSERT_EQUAL(sim_events(sim), 12000000);
    sim_destroy(sim);
}

static void timers_may_be_armed_and_destroyed_by_their_own_event(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct actor periodic = { 0 }, brief = { 0 };
    periodic.timer = sim_timer_create(sim, on_timer_rearm, &periodic);
    brief.timer = sim_timer_create(sim, on_timer_destroy_itself, &brief);
    CU_ASSERT(periodic.timer != 0 && brief.timer != 0);
    sim_timer_arm(sim, periodic.timer, 0, RANK_LAPSE);
    sim_timer_arm(sim, brief.timer, 5, RANK_LAPSE);
    CU_ASSERT_TRUE(sim_run(sim, 95, &err));
    CU_ASSERT_EQUAL(periodic.runs, 10);
    CU_ASSERT_EQUAL(brief.runs, 1);
    CU_ASSERT_TRUE(sim_timer_is_pending(sim, periodic.timer));
    sim_timer_destroy(sim, periodic.timer);
    CU_ASSERT_TRUE(sim_run(sim, 200, &err));
    CU_ASSERT_EQUAL(periodic.runs, 10);
    sim_destroy(sim);
}

static void on_event_arm_in_the_past(struct sim *sim, void *self)
{
    struct actor *actor = self;
    sim_timer_arm(sim, actor->timer, sim_now(sim) - 1, RANK_LAPSE);
}

static void arm_in_the_past(void)
{
    struct sim *sim = sim_create(UINT64_MAX, 3);
    struct error err;
    struct actor actor = { .timer = sim_timer_create(sim, on_event, &actor) };
    sim_at(sim, 1500 * SIM_MILLISECOND, RANK_LAPSE, on_event_arm_in_the_past, &actor);
    sim_run(sim, SIM_DAY, &err);
}

static void arm_after_destruction(void)
{
    struct sim *sim = sim_create(1, 0);
    struct actor actor = { 0 };
    sim_timer timer = sim_timer_create(sim, on_event, &actor);
    sim_timer_destroy(sim, timer);
    sim_timer_arm(sim, timer, 5, RANK_LAPSE);
}

static void arm_without_a_timer(void)
{
    sim_timer_arm(sim_create(1, 0), 0, 5, RANK_LAPSE);
}

static void our_bugs_abort_and_tell_time_and_seed(void)
{
    static const struct {
        void (*bug)(void);
        const char *words;
    } cases[] = {
        { arm_in_the_past, "simulated time 1.500000000 s, seed 18446744073709551615, replication 3\n" },
        { arm_after_destruction, "calendar.c" },
        { arm_without_a_timer, "calendar.c" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char words[1024];
        int status = last_words(cases[i].bug, words, sizeof words);
        CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        CU_ASSERT_PTR_NOT_NULL(strstr(words, cases[i].words));
    }
}

struct attention {
    volatile sig_atomic_t flag;
    int calls;
    bool stop;
};

static void attend(struct sim *sim, void *context)
{
    struct attention *attention = context;
    attention->flag = 0;
    attention->calls++;
    if (attention->stop) {
        sim_stop(sim);
    }
}

static void on_event_call_for_attention(struct sim *sim, void *self)
{
    struct attention *attention = self;
    (void)sim;
    attention->flag = 1;
}

static void attention_is_paid_between_events(void)
{
    struct sim *sim = sim_create(1, 0);
    struct error err;
    struct attention attention = { 0 };
    struct actor later = { 0 };
    sim_on_attention(sim, &attention.flag, attend, &attention);
    sim_at(sim, 5, RANK_LAPSE, on_event_call_for_attention, &attention);
    sim_at(sim, 6, RANK_LAPSE, on_event, &later);
    CU_ASSERT_TRUE(sim_run(sim, 10, &err));
    CU_ASSERT_EQUAL(attention.calls, 1);
    CU_ASSERT_EQUAL(later.runs, 1);

    attention.stop = true;
    sim_at(sim, 11, RANK_LAPSE, on_event_call_for_attention, &attention);
    sim_at(sim, 12, RANK_LAPSE, on_event, &later);
    CU_ASSERT_TRUE(sim_run(sim, 20, &err));
    CU_ASSERT_EQUAL(attention.calls, 2);
    CU_ASSERT_EQUAL(later.runs, 1);
    CU_ASSERT_TRUE(sim_stopped(sim));
    sim_destroy(sim);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "the clock ends at `until`", the_clock_ends_at_until },
        { "what is planned for never does not run", what_is_planned_for_never_does_not_run },
        { "a stopped run keeps its clock and its rest", a_stopped_run_keeps_its_clock_and_its_rest },
        { "a failure ends the run with the first error", a_failure_ends_the_run_with_the_first_error },
        { "an endless loop at one instant fails and names the culprit",
          an_endless_loop_at_one_instant_fails_and_names_the_culprit },
        { "many events at many instants are fine", many_events_at_many_instants_are_fine },
        { "timers may be armed and destroyed by their own event", timers_may_be_armed_and_destroyed_by_their_own_event },
        { "our bugs abort and tell time and seed", our_bugs_abort_and_tell_time_and_seed },
        { "attention is paid between events", attention_is_paid_between_events },
        UNIT_END,
    };
    return unit_main("engine/sim", tests);
}
