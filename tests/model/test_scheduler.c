#include "model/scheduler.h"

#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "model/deployment.h"

/* ---- bounds ------------------------------------------------------------------------------------------------- */

static void bounds_are_those_of_the_guide(void)
{
    static const struct {
        const char *id;
        int desired, minimum, maximum, lower, upper;
    } rows[] = {
        { "EX-S01", 4, 50, 200, 2, 8 }, { "EX-S02", 2, 75, 200, 2, 4 }, { "EX-S03", 3, 100, 125, 3, 3 },
        { "EX-S04", 4, 100, 200, 4, 8 }, { "EX-S05", 4, 50, 100, 2, 4 }, { "EX-S06", 1, 100, 150, 1, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(deployment_lower_bound(rows[i].desired, rows[i].minimum), rows[i].lower);
        CU_ASSERT_EQUAL(deployment_upper_bound(rows[i].desired, rows[i].maximum), rows[i].upper);
    }
}

/* EX-P20, and DEPLOY-08 for the two that can do nothing */
static void the_first_pass_of_a_deployment_does_what_the_bounds_allow(void)
{
    static const struct {
        const char *id;
        int desired, minimum, maximum, stop, start;
        bool stuck;
    } rows[] = {
        { "EX-P20", 4, 50, 200, 2, 4, false }, { "EX-P20", 2, 75, 200, 0, 2, false }, { "EX-P20", 4, 100, 200, 0, 4, false },
        { "EX-P20 EX-S03", 3, 100, 125, 0, 0, true }, { "EX-S05", 4, 50, 100, 2, 0, false }, { "EX-S06", 1, 100, 150, 0, 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pass_view view = {
            .desired = rows[i].desired, .rolling = true, .may_start_primary = true, .digests_resolved = true,
            .lower = deployment_lower_bound(rows[i].desired, rows[i].minimum),
            .upper = deployment_upper_bound(rows[i].desired, rows[i].maximum), .stop_first = rows[i].minimum < 100,
            .old = { .desired = rows[i].desired, .healthy = rows[i].desired },
        };
        struct pass_plan plan = scheduler_plan(&view);
        CU_ASSERT_EQUAL(plan.reduce_old, rows[i].stop);
        CU_ASSERT_EQUAL(plan.start_primary, rows[i].start);
        CU_ASSERT_EQUAL(plan.stuck, rows[i].stuck);
    }
}

/* ---- whole deployments, pass by pass ------------------------------------------------------------------------- */

struct rollout {
    const char *id;
    int desired, minimum, maximum, slots, protected_old;
    const char *steps;            /* "old,new" after each stop and each start */
};

/* Stops take no time, and tasks started are healthy in the next pass; `slots` tasks find room in the cluster. */
static void play(const struct rollout *row, char *steps, size_t size)
{
    int old = row->desired, new = 0, old_desired = row->desired;
    size_t length = 0;
    for (int pass = 0; pass < 12; pass++) {
        struct pass_view view = {
            .desired = row->desired, .rolling = old > 0, .may_start_primary = true, .digests_resolved = true,
            .lower = deployment_lower_bound(row->desired, row->minimum),
            .upper = deployment_upper_bound(row->desired, row->maximum), .stop_first = row->minimum < 100,
            .old = { .desired = old_desired, .surplus = old - old_desired, .healthy = old }, .primary = { .desired = row->desired, .healthy = new },
        };
        struct pass_plan plan = scheduler_plan(&view);
        old_desired -= plan.reduce_old;
        int stop = scheduler_surplus(&view.old, old_desired);
        stop = stop > old - row->protected_old ? old - row->protected_old : stop;
        if (stop > 0) {
            old -= stop;
            length += (size_t)snprintf(steps + length, size - length, "%d,%d ", old, new);
        }
        int room = row->slots - old - new;
        int start = plan.start_primary > room ? room : plan.start_primary;
        if (start > 0) {
            new += start;
            length += (size_t)snprintf(steps + length, size - length, "%d,%d ", old, new);
        }
    }
}

static void rollouts_take_the_steps_of_the_guide(void)
{
    static const struct rollout rows[] = {
        { "EX-S07 DEPLOY-10", 6, 50, 200, 8, 0, "3,0 3,5 0,5 0,6 " },
        { "EX-S08 DEPLOY-09", 6, 100, 200, 8, 0, "6,2 4,2 4,4 2,4 2,6 0,6 " },
        { "EX-S09 DEPLOY-43", 4, 100, 200, 100, 4, "4,4 " },
        { "EX-S10 DEPLOY-43", 4, 50, 100, 100, 4, "" },
        { "DEPLOY-43: two protected leave room for two", 4, 50, 100, 100, 2, "2,0 2,2 " },
        { "DEPLOY-43: floor(4 x 150 %) - 3 protected", 4, 100, 150, 100, 3, "4,2 3,2 3,3 " },
        { "all at once", 4, 0, 100, 100, 0, "0,0 0,4 " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char steps[256] = "";
        play(&rows[i], steps, sizeof steps);
        if (strcmp(steps, rows[i].steps) != 0) {
            printf("    %s: %s, expected %s\n", rows[i].id, steps, rows[i].steps);
            CU_FAIL("steps differ");
        }
    }
}

/* ---- one pass, case by case ---------------------------------------------------------------------------------- */

static void plans_follow_the_rules(void)
{
    static const struct {
        const char *claim;
        struct pass_view view;
        struct pass_plan expected;
    } rows[] = {
        { "SCHED-36: what is missing starts",
          { .desired = 3, .upper = 6, .may_start_primary = true, .digests_resolved = true, .primary = { .healthy = 1 } },
          { .start_primary = 2 } },
        { "DEPLOY-06: the bounds do not limit what is missing",
          { .desired = 3, .upper = 3, .stopping = 3, .may_start_primary = true, .digests_resolved = true },
          { .start_primary = 3 } },
        { "a lower desired count stops the rest",
          { .desired = 2, .upper = 4, .may_start_primary = true, .digests_resolved = true, .primary = { .healthy = 5 } },
          { .stop_primary = 3 } },
        { "SCHED-33: the replacement starts first",
          { .desired = 3, .upper = 6, .may_start_primary = true, .digests_resolved = true,
            .primary = { .healthy = 2, .failing = 1 } }, { .start_primary = 1 } },
        { "SCHED-33: and is awaited",
          { .desired = 3, .upper = 6, .may_start_primary = true, .digests_resolved = true,
            .primary = { .healthy = 2, .settling = 1, .failing = 1 } }, { 0 } },
        { "SCHED-33: once it is healthy the failing task stops",
          { .desired = 3, .upper = 6, .may_start_primary = true, .digests_resolved = true,
            .primary = { .healthy = 3, .failing = 1 } }, { .stop_primary = 1, .stop_failing_only = true } },
        { "SCHED-33: an unhealthy replacement: one of the two stops, another one starts",
          { .desired = 3, .upper = 6, .may_start_primary = true, .digests_resolved = true,
            .primary = { .healthy = 2, .failing = 2 } },
          { .start_primary = 1, .stop_primary = 1, .stop_failing_only = true } },
        { "SCHED-35: after a recovery the surplus stops, whoever it is",
          { .desired = 3, .upper = 6, .may_start_primary = true, .digests_resolved = true, .primary = { .healthy = 4 } },
          { .stop_primary = 1 } },
        { "SCHED-34: no more replacements than maximumPercent allows",
          { .desired = 4, .upper = 6, .may_start_primary = true, .digests_resolved = true, .primary = { .failing = 4 } },
          { .start_primary = 2 } },
        { "SCHED-34: without room one failing task makes it",
          { .desired = 4, .upper = 4, .may_start_primary = true, .digests_resolved = true,
            .primary = { .healthy = 2, .failing = 2 } }, { .stop_primary = 1, .stop_failing_only = true } },
        { "SCHED-34: one at a time",
          { .desired = 4, .upper = 4, .stopping = 1, .may_start_primary = true, .digests_resolved = true,
            .primary = { .healthy = 2, .starting = 1, .failing = 1 } }, { 0 } },
        { "DEPLOY-11: the first task of a deployment starts alone",
          { .desired = 4, .upper = 8, .lower = 4, .rolling = true, .may_start_primary = true,
            .old = { .desired = 4, .healthy = 4 } }, { .start_primary = 1 } },
        { "DEPLOY-11: the others wait for it",
          { .desired = 4, .upper = 8, .lower = 4, .rolling = true, .may_start_primary = true,
            .old = { .desired = 4, .healthy = 4 }, .primary = { .starting = 1 } }, { 0 } },
        { "DEPLOY-15: a failed deployment starts nothing",
          { .desired = 4, .upper = 8, .lower = 4, .rolling = true, .digests_resolved = true,
            .old = { .desired = 4, .healthy = 4 } }, { 0 } },
        { "DEPLOY-15: nor does it take tasks from the old revision to make room for its own",
          { .desired = 4, .upper = 8, .lower = 2, .rolling = true, .digests_resolved = true, .stop_first = true,
            .old = { .desired = 4, .healthy = 4 } }, { 0 } },
        { "DEPLOY-15: nor from itself, and the bounds are not what it is stuck at",
          { .desired = 4, .upper = 4, .lower = 2, .rolling = true, .digests_resolved = true, .stop_first = true,
            .old = { .desired = 2, .healthy = 2 }, .primary = { .healthy = 1, .failing = 1 } }, { 0 } },
        { "DEPLOY-15: what it has beyond the desired count may go",
          { .desired = 4, .upper = 8, .lower = 2, .rolling = true, .digests_resolved = true, .stop_first = true,
            .old = { .desired = 4, .healthy = 4 }, .primary = { .healthy = 2 } }, { .reduce_old = 2 } },
        { "DEPLOY-03: stopping tasks take room",
          { .desired = 4, .upper = 8, .lower = 4, .stopping = 3, .rolling = true, .may_start_primary = true,
            .digests_resolved = true, .old = { .desired = 4, .healthy = 4 } }, { .start_primary = 1 } },
        { "DEPLOY-12: an old task that ended is replaced in its own revision, with the room that is left",
          { .desired = 4, .upper = 8, .lower = 4, .rolling = true, .may_start_primary = true, .digests_resolved = true,
            .old = { .desired = 4, .healthy = 3 }, .primary = { .settling = 3 } }, { .start_primary = 1, .start_old = 1 } },
        { "DEPLOY-01: old tasks that protection alone keeps are as good as gone: the others stay at the lower bound",
          { .desired = 4, .upper = 8, .lower = 2, .rolling = true, .may_start_primary = true, .digests_resolved = true,
            .stop_first = true, .old = { .desired = 2, .surplus = 2, .healthy = 4 } }, { .start_primary = 4 } },
        { "DEPLOY-17: old tasks that do not run yet cost no health",
          { .desired = 4, .upper = 8, .lower = 4, .rolling = true, .may_start_primary = true, .digests_resolved = true,
            .old = { .desired = 4, .healthy = 2, .starting = 2 }, .primary = { .settling = 4 } }, { .reduce_old = 2 } },
        { "DEPLOY-42 off: protected old tasks count for nothing",
          { .desired = 4, .upper = 8, .lower = 4, .rolling = true, .may_start_primary = true, .digests_resolved = true,
            .protected_healthy = 2, .old = { .desired = 4, .healthy = 4 }, .primary = { .healthy = 2, .settling = 2 } },
          { 0 } },
        { "a desired count lowered during a deployment: both revisions give",
          { .desired = 2, .upper = 4, .lower = 2, .rolling = true, .may_start_primary = true, .digests_resolved = true,
            .old = { .desired = 4, .healthy = 4 }, .primary = { .healthy = 3 } }, { .reduce_old = 4, .stop_primary = 1 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pass_plan plan = scheduler_plan(&rows[i].view), expected = rows[i].expected;
        bool same = plan.start_old == expected.start_old && plan.start_primary == expected.start_primary &&
                    plan.reduce_old == expected.reduce_old && plan.stop_primary == expected.stop_primary &&
                    plan.stop_failing_only == expected.stop_failing_only && plan.stuck == expected.stuck;
        if (!same) {
            printf("    %s: start %d + old %d, stop %d, reduce old by %d\n", rows[i].claim, plan.start_primary,
                   plan.start_old, plan.stop_primary, plan.reduce_old);
            CU_FAIL("another plan was expected");
        }
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "DEPLOY-01: bounds round towards the guide's examples", bounds_are_those_of_the_guide },
        { "DEPLOY-17: what the first pass of a deployment does", the_first_pass_of_a_deployment_does_what_the_bounds_allow },
        { "rollouts, step by step", rollouts_take_the_steps_of_the_guide },
        { "one pass, rule by rule", plans_follow_the_rules },
        UNIT_END,
    };
    return unit_main("model/scheduler", tests);
}
