/* Scheduled actions at work: order, lateness, suspension, contradictions, the two activities (SCHD-02..10, AAS-25). */
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/record.h"
#include "model/scaling.h"

enum { SEEN_MAX = 200 };

struct seen {
    sim_time at;
    bool begun;
    char status[16], description[64], cause[100], message[160];
};

struct rig {
    struct fixture fixture;
    struct service *service;
    struct seen activities[SEEN_MAX];
    int count;
};

static void on_activity(void *context, sim_time now, int kind, const void *record)
{
    (void)kind;
    struct rig *rig = context;
    const struct record_activity *activity = record;
    CU_ASSERT_FATAL(rig->count < SEEN_MAX);
    struct seen *seen = &rig->activities[rig->count++];
    *seen = (struct seen){ .at = now, .begun = activity->begun };
    snprintf(seen->status, sizeof seen->status, "%s", activity->status_code);
    snprintf(seen->description, sizeof seen->description, "%s", activity->description);
    snprintf(seen->cause, sizeof seen->cause, "%s", activity->cause);
    snprintf(seen->message, sizeof seen->message, "%s", activity->status_message);
}

/* Time 0 is Monday 2026-01-05 00:00 UTC. */
static void rig_init(struct rig *rig, int desired, int min, int max, const char *assumptions)
{
    struct error err;
    struct scalable_target_config target = { min, max, -1, -1, -1 };
    *rig = (struct rig){ .count = 0 };
    fixture_init_assuming(&rig->fixture, desired, assumptions);
    rig->service = rig->fixture.service;
    CU_ASSERT_TRUE_FATAL(scaling_register_target(rig->service, &target, &err));
    trace_observe(sim_trace(rig->fixture.world->sim), RECORD_BIT(RECORD_ACTIVITY), on_activity, rig);
}

static bool try_put(struct rig *rig, const char *name, const char *schedule, int min, int max, struct error *err)
{
    struct scheduled_action_config config = {
        .name = name, .has_schedule = schedule != NULL, .has_action = min >= 0 || max >= 0, .min_capacity = min,
        .max_capacity = max,
        .schedule = { .start_s = SCHEDULE_ALWAYS, .end_s = SCHEDULE_FOR_EVER },
    };
    CU_ASSERT_TRUE_FATAL(schedule == NULL || schedule_parse(&config.schedule, schedule, err));
    return scaling_put_scheduled_action(rig->service, &config, err);
}

static void put(struct rig *rig, const char *name, const char *schedule, int min, int max)
{
    struct error err;
    if (!try_put(rig, name, schedule, min, max, &err)) {
        CU_FAIL_FATAL(err.text);
    }
}

static void suspend(struct rig *rig, int scheduled, int dynamic)
{
    struct error err;
    struct scalable_target_config target = { -1, -1, dynamic, dynamic, scheduled };
    CU_ASSERT_TRUE_FATAL(scaling_register_target(rig->service, &target, &err));
}

static void run(struct rig *rig, double seconds)
{
    fixture_run(&rig->fixture, seconds);
}

static bool is_bounded(const struct rig *rig, int min, int max, int desired)
{
    const struct scalable_target *target = rig->service->target;
    bool right = scalable_target_min(target) == min && scalable_target_max(target) == max &&
                 rig->service->desired_count == desired;
    if (!right) {
        printf("%d..%d, desired %d\n", scalable_target_min(target), scalable_target_max(target),
               rig->service->desired_count);
    }
    return right;
}

static void bounds_change_and_desired_follows(void)
{
    static const struct {
        const char *rule;
        int desired, min, max;                       /* before, within 1..10 */
        int new_min, new_max, new_desired;
    } rows[] = {
        { "SCHD-02 below the new minimum: out to it", 2, 4, 10, 4, 10, 4 },
        { "SCHD-02 above the new maximum: in to it", 8, 1, 5, 1, 5, 5 },
        { "SCHD-02 within: unchanged", 5, 2, 8, 2, 8, 5 },
        { "only the minimum", 2, 4, -1, 4, 10, 4 },
        { "only the maximum", 8, -1, 5, 1, 5, 5 },
        { "to zero", 2, 0, 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        rig_init(&rig, rows[i].desired, 1, 10, "schedule_jitter_s=0");
        put(&rig, "change", "at(2026-01-05T00:05:00)", rows[i].min, rows[i].max);
        run(&rig, 299.9);
        CU_ASSERT_TRUE(is_bounded(&rig, 1, 10, rows[i].desired));
        run(&rig, 301);
        if (!is_bounded(&rig, rows[i].new_min, rows[i].new_max, rows[i].new_desired)) {
            CU_FAIL(rows[i].rule);
        }
        run(&rig, 86400);   /* SCHD-03: nothing brings the old bounds back */
        CU_ASSERT_TRUE(is_bounded(&rig, rows[i].new_min, rows[i].new_max, rows[i].new_desired));
        fixture_finish(&rig.fixture);
    }
}

/* EX-A05 C. Time 0 is taken as 01:39:00, when the action was due; inputs: the lateness of 45.236 s, the captured distance
 * of the two activities and ECS's reaction of 2.84 s. The end of the activity comes from the poll at 33 s. */
static void captured_schedule_replays(void)
{
    struct rig rig;
    rig_init(&rig, 0, 0, 2, "schedule_jitter_s=45.236 schedule_clamp_s=0.275 ecs_react_latency_s=2.84");
    put(&rig, "X", "rate(1 day)", 1, 2);
    run(&rig, 86400 + 200);
    CU_ASSERT_EQUAL_FATAL(rig.count, 3);
    static const struct {
        double at, tolerance;
        const char *status, *description, *cause, *message;
    } rows[] = {
        { 45.236, 0.001, "Successful", "Setting min capacity to 1 and max capacity to 2",
          "scheduled action name X was triggered", "Successfully set min capacity to 1 and max capacity to 2" },
        { 45.511, 0.001, "InProgress", "Setting desired count to 1.", "minimum capacity was set to 1",
          "Successfully set desired count to 1. Waiting for change to be fulfilled by ecs." },
        { 80.392, 5, "Successful", "Setting desired count to 1.", "minimum capacity was set to 1",
          "Successfully set desired count to 1. Change successfully fulfilled by ecs." },
    };
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_DOUBLE_EQUAL(sim_seconds(rig.activities[i].at) - 86400, rows[i].at, rows[i].tolerance);
        CU_ASSERT_STRING_EQUAL(rig.activities[i].status, rows[i].status);
        CU_ASSERT_STRING_EQUAL(rig.activities[i].description, rows[i].description);
        CU_ASSERT_STRING_EQUAL(rig.activities[i].cause, rows[i].cause);
        CU_ASSERT_STRING_EQUAL(rig.activities[i].message, rows[i].message);
    }
    fixture_finish(&rig.fixture);
}

static void nothing_runs_early_or_later_than_it_may(void)
{
    struct rig rig;
    rig_init(&rig, 1, 1, 10, "");
    put(&rig, "hourly", "cron(0 * * * ? *)", 1, 10);
    run(&rig, 48.5 * 3600);
    CU_ASSERT_EQUAL_FATAL(rig.count, 48);
    double earliest = 20, latest = 0;
    for (int i = 0; i < rig.count; i++) {
        double late = sim_seconds(rig.activities[i].at) - 3600 * (i + 1);
        earliest = late < earliest ? late : earliest;
        latest = late > latest ? late : latest;
    }
    CU_ASSERT(earliest >= 0 && earliest < 4);
    CU_ASSERT(latest <= 20 && latest > 16);
    fixture_finish(&rig.fixture);
}

/* SCHD-09: the second of two actions of a minute collides with the first, fails, and gets through at the next try; a third,
 * a minute later, waits for it where it takes that long (SCHD-05). */
static void an_action_that_collides_is_tried_again(void)
{
    static const struct {
        const char *assumptions;
        int activities;
        double failed_at, second_at, third_at;       /* -1: it did not fail */
    } rows[] = {
        { "schedule_retry_s=20", 4, 3600, 3620, 3660 },
        { "schedule_retry_s=70", 4, 3600, 3670, 3670 },
        { "schedule_retry_s=0.1", 6, 3600, 3600.3, 3660 },     /* 0.27 s, and the first one has ended */
        { "schedule_collisions=off", 3, -1, 3600, 3660 },
        { "schedule_clamp_s=0", 3, -1, 3600, 3660 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        char assumptions[100];
        snprintf(assumptions, sizeof assumptions, "schedule_jitter_s=0 %s", rows[i].assumptions);
        rig_init(&rig, 2, 1, 10, assumptions);
        put(&rig, "first", "at(2026-01-05T01:00:00)", 1, 9);
        put(&rig, "second", "at(2026-01-05T01:00:00)", 2, 8);
        put(&rig, "third", "at(2026-01-05T01:01:00)", 1, 7);
        run(&rig, 4000);
        /* Where the third waited for the second it collides with it, too. */
        bool third_collides = rows[i].third_at <= rows[i].second_at;
        CU_ASSERT_EQUAL_FATAL(rig.count, rows[i].activities + third_collides);
        bool fails = rows[i].failed_at >= 0;
        if (fails) {
            CU_ASSERT_DOUBLE_EQUAL(sim_seconds(rig.activities[1].at), rows[i].failed_at, 1e-9);
            CU_ASSERT_STRING_EQUAL(rig.activities[1].status, "Failed");
            CU_ASSERT_STRING_EQUAL(rig.activities[1].message, "Failed to set min capacity to 2 and max capacity to 8. Reason: "
                                                              "You already have a pending update to an Auto Scaling resource.");
        }
        int second = fails ? rows[i].activities - 2 : 1;
        CU_ASSERT_DOUBLE_EQUAL(sim_seconds(rig.activities[second].at), rows[i].second_at, 1e-9);
        CU_ASSERT_STRING_EQUAL(rig.activities[second].status, "Successful");
        CU_ASSERT_STRING_EQUAL(rig.activities[second].cause, "scheduled action name second was triggered");
        CU_ASSERT_DOUBLE_EQUAL(sim_seconds(rig.activities[second + 1].at), rows[i].third_at, 1e-9);
        CU_ASSERT_TRUE(is_bounded(&rig, 1, 7, 2));
        fixture_finish(&rig.fixture);
    }
}

/* SCHD-05: two actions a minute apart, three due at once, each up to 75 s late. */
static void actions_of_a_target_keep_their_order(void)
{
    struct rig rig;
    static const char *const names[] = { "first", "second", "third", "later" };
    rig_init(&rig, 1, 1, 10, "schedule_jitter_s=0..75 schedule_collisions=off");
    put(&rig, names[3], "cron(1 * * * ? *)", 1, 10);
    for (int i = 0; i < 3; i++) {
        put(&rig, names[i], "cron(0 * * * ? *)", 1, 10);
    }
    run(&rig, 24.5 * 3600);
    CU_ASSERT_EQUAL_FATAL(rig.count, 1 + 4 * 24);   /* "later" begins at 0:01 */
    bool ordered = true;
    for (int i = 0; i < rig.count; i++) {
        ordered = ordered && strstr(rig.activities[i].cause, names[(i + 3) % 4]) != NULL &&
                  (i == 0 || rig.activities[i].at >= rig.activities[i - 1].at);
    }
    CU_ASSERT_TRUE(ordered);
    fixture_finish(&rig.fixture);
}

static void occurrences_during_suspension_are_lost(void)
{
    struct rig rig;
    rig_init(&rig, 1, 1, 10, "schedule_jitter_s=0");
    put(&rig, "up", "at(2026-01-05T01:00:00)", 5, -1);
    put(&rig, "more", "at(2026-01-05T03:00:00)", 7, -1);
    suspend(&rig, true, false);
    run(&rig, 2 * 3600);
    CU_ASSERT_EQUAL(rig.count, 0);
    suspend(&rig, false, false);
    run(&rig, 2.5 * 3600);
    CU_ASSERT_TRUE(is_bounded(&rig, 1, 10, 1));   /* not replayed */
    run(&rig, 3.5 * 3600);
    CU_ASSERT_TRUE(is_bounded(&rig, 7, 10, 7));
    fixture_finish(&rig.fixture);
}

/* AAS-25: the flags are independent; what a call does not name stays. */
static void suspended_dynamic_scaling_lets_schedules_pass(void)
{
    struct rig rig;
    rig_init(&rig, 1, 1, 10, "schedule_jitter_s=0");
    put(&rig, "up", "at(2026-01-05T01:00:00)", 5, -1);
    suspend(&rig, -1, true);
    run(&rig, 1.5 * 3600);
    CU_ASSERT_TRUE(is_bounded(&rig, 5, 10, 5));
    fixture_finish(&rig.fixture);
}

static void a_contradiction_fails_and_is_consumed(void)
{
    struct rig rig;
    rig_init(&rig, 1, 1, 4, "schedule_jitter_s=0");
    put(&rig, "up", "at(2026-01-05T01:00:00)", 5, -1);
    put(&rig, "room", "at(2026-01-05T02:00:00)", -1, 10);
    run(&rig, 5 * 3600);
    CU_ASSERT_TRUE(is_bounded(&rig, 1, 10, 1));   /* SCHD-10: nobody tries again */
    CU_ASSERT_EQUAL_FATAL(rig.count, 2);
    CU_ASSERT_STRING_EQUAL(rig.activities[0].status, "Failed");
    CU_ASSERT_STRING_EQUAL(rig.activities[0].description, "Setting min capacity to 5 and max capacity to 4");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(rig.activities[0].message, "Failed to set min capacity to 5 and max capacity to 4. Reason: "));
    CU_ASSERT_EQUAL(rig.fixture.world->warnings, 1);
    CU_ASSERT_STRING_EQUAL(rig.activities[1].status, "Successful");
    fixture_finish(&rig.fixture);
}

/* SCHD-06: each change acts, though the one before has only begun. */
static void cooldowns_do_not_hold_schedules_back(void)
{
    struct rig rig;
    rig_init(&rig, 1, 1, 10, "schedule_jitter_s=0");
    put(&rig, "up", "at(2026-01-05T01:00:00)", 5, 10);
    put(&rig, "down", "at(2026-01-05T01:01:00)", 1, 2);
    run(&rig, 3659);
    CU_ASSERT_TRUE(is_bounded(&rig, 5, 10, 5));
    run(&rig, 3661);
    CU_ASSERT_TRUE(is_bounded(&rig, 1, 2, 2));
    fixture_finish(&rig.fixture);
}

static void putting_again_changes_what_it_names(void)
{
    struct rig rig;
    struct error err;
    rig_init(&rig, 1, 1, 10, "schedule_jitter_s=0");
    put(&rig, "up", "at(2026-01-05T01:00:00)", 5, -1);
    put(&rig, "up", "at(2026-01-05T02:00:00)", -1, -1);      /* the action stays */
    run(&rig, 5400);
    CU_ASSERT_TRUE(is_bounded(&rig, 1, 10, 1));
    CU_ASSERT_TRUE(try_put(&rig, "up", NULL, 3, -1, &err));   /* the schedule stays */
    run(&rig, 7300);
    CU_ASSERT_TRUE(is_bounded(&rig, 3, 10, 3));
    CU_ASSERT_FALSE(try_put(&rig, "up", NULL, 4, -1, &err));  /* and is over by now */
    CU_ASSERT_STRING_EQUAL(err.text, "the schedule does not occur after the present time");
    fixture_finish(&rig.fixture);
}

static void what_aws_refuses_is_refused(void)
{
    static const struct {
        const char *schedule;
        int min, max;
        const char *message;
    } rows[] = {
        { NULL, 1, 2, "missing 'schedule'" },
        { "rate(1 day)", -1, -1, "missing 'scalable_target_action': At least one of minimum capacity and maximum capacity should "
          "be provided" },
        { "rate(1 day)", 5, 4, "Maximum capacity cannot be less than minimum capacity: 4 is below 5" },
        { "at(2026-01-01T00:00:00)", 1, 2, "the schedule does not occur after the present time" },
        { "cron(0 0 30 2 ? *)", 1, 2, "the schedule does not occur after the present time" },
    };
    struct rig rig;
    struct error err;
    rig_init(&rig, 1, 1, 10, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_FALSE(try_put(&rig, "bad", rows[i].schedule, rows[i].min, rows[i].max, &err));
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message);
    }
    for (int i = 0; i < 200; i++) {   /* AAS-09 */
        char name[16];
        snprintf(name, sizeof name, "action %d", i);
        put(&rig, name, "rate(1 day)", 1, 2);
    }
    CU_ASSERT_FALSE(try_put(&rig, "one more", "rate(1 day)", 1, 2, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "a scalable target has at most 200 scheduled actions");
    fixture_finish(&rig.fixture);
    fixture_init(&rig.fixture, 1);
    rig.service = rig.fixture.service;
    CU_ASSERT_FALSE(try_put(&rig, "early", "rate(1 day)", 1, 2, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "No scalable target registered for service namespace: ecs, resource ID: "
                                     "service/default/worker, scalable dimension: ecs:service:DesiredCount");
    fixture_finish(&rig.fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "SCHD-02 SCHD-03: bounds change and desired follows", bounds_change_and_desired_follows },
        { "EX-A05 C SCHD-07: captured schedule replays", captured_schedule_replays },
        { "SCHD-08: nothing runs early or later than it may", nothing_runs_early_or_later_than_it_may },
        { "SCHD-09 SCHD-05: an action that collides is tried again", an_action_that_collides_is_tried_again },
        { "SCHD-05: actions of a target keep their order", actions_of_a_target_keep_their_order },
        { "SCHD-05: occurrences during suspension are lost", occurrences_during_suspension_are_lost },
        { "AAS-25: suspended dynamic scaling lets schedules pass", suspended_dynamic_scaling_lets_schedules_pass },
        { "SCHD-10: a contradiction fails and is consumed", a_contradiction_fails_and_is_consumed },
        { "SCHD-06: cooldowns do not hold schedules back", cooldowns_do_not_hold_schedules_back },
        { "putting again changes what it names", putting_again_changes_what_it_names },
        { "AAS-09: what AWS refuses is refused", what_aws_refuses_is_refused },
        UNIT_END,
    };
    return unit_main("model/timetable", tests);
}
