#include "model/routing.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "engine/sim.h"
#include "lib/unit.h"
#include "model/balancer.h"
#include "model/task.h"

enum { TARGETS = 12 };

/* Targets without a world: all that routing reads of a task is its slots. */
static struct task_definition definition;
static struct task task;
static struct target targets[TARGETS];
static struct target_ring ring;
static struct sim *sim;
static struct rng draws;

static void begin(enum routing routing, int slow_start_s, int slots)
{
    definition = (struct task_definition){ .slots = slots };
    task = (struct task){ .definition = &definition };
    ring = (struct target_ring){ .routing = routing, .slow_start = slow_start_s * SIM_SECOND };
    for (int i = 0; i < TARGETS; i++) {
        targets[i] = (struct target){ .task = &task };
    }
    sim = sim_create(7, 0);
    rng_init(&draws, sim, "routing", 0);
}

static void finish(void)
{
    routing_finish(&ring);
    sim_destroy(sim);
}

static void enter(int i, int at_s)
{
    targets[i].registered_at = at_s * SIM_SECOND;
    routing_enter(&ring, &targets[i], at_s * SIM_SECOND, true);
}

static int pick(double at_s)
{
    const struct target *target = routing_pick(&ring, sim_from_seconds(at_s), &draws);
    return target != NULL ? (int)(target - targets) : -1;
}

static void change(int i, int by)
{
    targets[i].outstanding += by;
    routing_changed(&targets[i]);
}

/* ---- algorithms --------------------------------------------------------------------------------------------- */

/* ALB-03: which of three gets which of six requests, with two, nothing and one already in progress. */
static void each_algorithm_picks_its_target(void)
{
    static const struct {
        enum routing routing;
        const char *picked;
    } rows[] = {
        { ROUTE_ROUND_ROBIN, "012012" },
        { ROUTE_LEAST_OUTSTANDING, "121021" },
        { ROUTE_MOST_OUTSTANDING, "002221" },    /* four slots each */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(rows[i].routing, 0, 4);
        for (int k = 0; k < 3; k++) {
            enter(k, 0);
        }
        change(0, 2);
        change(2, 1);
        char picked[7] = "";
        for (int k = 0; k < 6; k++) {
            int target = pick(0);
            picked[k] = (char)('0' + target);
            change(target, 1);
        }
        if (strcmp(picked, rows[i].picked) != 0) {
            printf("\n    %s: %s, expected %s", routing_names[rows[i].routing], picked, rows[i].picked);
        }
        CU_ASSERT_STRING_EQUAL(picked, rows[i].picked);
        finish();
    }
}

/* Of 9000 picks among three: a third each, within four standard deviations. */
static void chance_has_no_favourite(void)
{
    int counts[3] = { 0 };
    begin(ROUTE_WEIGHTED_RANDOM, 0, 1);
    for (int k = 0; k < 3; k++) {
        enter(k, 0);
    }
    for (int k = 0; k < 9000; k++) {
        counts[pick(0)]++;
    }
    for (int k = 0; k < 3; k++) {
        CU_ASSERT(counts[k] > 3000 - 179 && counts[k] < 3000 + 179);
    }
    finish();
}

/* The naive twin of the heap: looks at every target. */
static int naive_pick(enum routing routing)
{
    int best = -1;
    for (int i = 0; i < TARGETS; i++) {
        const struct target *a = &targets[i], *b = best >= 0 ? &targets[best] : NULL;
        if (a->routing.ring == NULL) {
            continue;
        }
        int64_t slots = definition.slots;
        bool fills = routing == ROUTE_MOST_OUTSTANDING && a->outstanding < slots;
        bool other_fills = b != NULL && routing == ROUTE_MOST_OUTSTANDING && b->outstanding < slots;
        bool better;
        if (b == NULL || fills != other_fills) {
            better = b == NULL || fills;
        } else if (a->outstanding != b->outstanding) {
            better = fills ? a->outstanding > b->outstanding : a->outstanding < b->outstanding;
        } else {
            better = a->routing.turn < b->routing.turn;
        }
        best = better ? i : best;
    }
    return best;
}

static void a_heap_picks_as_a_search_does(void)
{
    static const enum routing routings[] = { ROUTE_LEAST_OUTSTANDING, ROUTE_MOST_OUTSTANDING };
    for (size_t r = 0; r < sizeof routings / sizeof *routings; r++) {
        begin(routings[r], 0, 5);
        for (int step = 0; step < 20000; step++) {
            int i = (int)rng_below(&draws, TARGETS);
            bool is_in = targets[i].routing.ring != NULL;
            switch (rng_below(&draws, 8)) {
            case 0:
                if (is_in) {
                    routing_leave(&targets[i]);
                } else {
                    enter(i, step);
                }
                break;
            case 1: case 2: case 3:
                change(i, targets[i].outstanding > 0 ? -1 : 0);
                break;
            default: {
                int expected = naive_pick(routings[r]), picked = pick(step);
                CU_ASSERT_EQUAL_FATAL(picked, expected);
                if (picked >= 0) {
                    change(picked, 1);
                }
            }
            }
        }
        finish();
    }
}

/* ALB-04: a session under any algorithm may ask for the least. */
static void the_least_can_be_asked_for_under_any_algorithm(void)
{
    for (int routing = 0; routing < ROUTE_COUNT; routing++) {
        begin((enum routing)routing, 0, 9);
        CU_ASSERT_PTR_NULL(routing_pick_least(&ring));
        for (int k = 0; k < 4; k++) {
            enter(k, 0);
            change(k, k == 2 ? 1 : 3);
        }
        CU_ASSERT_PTR_EQUAL(routing_pick_least(&ring), &targets[2]);
        finish();
    }
}

/* ---- slow start --------------------------------------------------------------------------------------------- */

/* Of `requests` in [from, from + seconds), those that target i gets. */
static int share_of(int i, double from, double seconds, int requests)
{
    int count = 0;
    for (int k = 0; k < requests; k++) {
        count += pick(from + seconds * k / requests) == i;
    }
    return count;
}

/* ALB-05: beside one target of full share, a new one in its 100th part of slow start gets a share s : 1, s growing from 0
 * to 1; over all of it 1 - ln 2 of the requests. */
static void the_share_of_a_new_target_grows_linearly(void)
{
    static const struct {
        double from, expected;   /* s; per cent of the requests in the next second */
    } rows[] = { { 0, 0.5 }, { 25, 20.3 }, { 50, 33.6 }, { 75, 43.0 }, { 100, 50 }, { 500, 50 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(ROUTE_ROUND_ROBIN, 100, 1);
        enter(0, 0);
        enter(1, 1000);
        int count = share_of(1, 1000 + rows[i].from, 1, 10000);
        if (count < (int)(100 * rows[i].expected) - 10 || count > (int)(100 * rows[i].expected) + 10) {
            printf("\n    after %g s: %d of 10000", rows[i].from, count);
        }
        CU_ASSERT_DOUBLE_EQUAL(count / 100.0, rows[i].expected, 0.1);
        double share = rows[i].from < 100 ? rows[i].from / 100 : 1;
        CU_ASSERT_DOUBLE_EQUAL(routing_share(&targets[1], sim_from_seconds(1001 + rows[i].from)),
                               share < 1 ? share + 0.01 : 1, 1e-9);
        finish();
    }
    begin(ROUTE_ROUND_ROBIN, 100, 1);
    enter(0, 0);
    enter(1, 1000);
    CU_ASSERT_DOUBLE_EQUAL(share_of(1, 1000, 100, 100000) / 1e5, 0.30685, 0.0005);
    finish();
}

/* ALB-05: who has to leave requests to whom; the share of the newest of the targets in its first second, of 1000. */
static void slow_start_needs_a_target_with_a_full_share(void)
{
    static const struct {
        const char *claim;
        int registered_s[3];      /* entered in this order, healthy at once; -1: none */
        bool returns;             /* the last one has been healthy before */
        bool first_leaves;
        int least, most;
    } rows[] = {
        { "the first one of all has nobody to leave them to", { 1000, -1, -1 }, false, false, 1000, 1000 },
        { "targets that were registered together start at full share", { 1000, 1000, 1000 }, false, false, 333, 334 },
        { "a later one warms up", { 900, 1000, -1 }, false, false, 0, 10 },
        { "one that warms up, here by 0.4, is no reason to do so", { 0, 960, 1000 }, false, true, 711, 716 },   /* of 1.4 */
        { "one that has been healthy before warms up again", { 1000, 1000, -1 }, true, false, 0, 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(ROUTE_ROUND_ROBIN, 100, 1);
        int last = 0;
        for (int k = 0; k < 3 && rows[i].registered_s[k] >= 0; k++) {
            last = k;
        }
        for (int k = 0; k <= last; k++) {
            targets[k].been_healthy = k == last && rows[i].returns;
            if (k == last && rows[i].first_leaves) {
                routing_leave(&targets[0]);
            }
            enter(k, rows[i].registered_s[k]);
        }
        int count = share_of(last, 1000, 1, 1000);
        if (count < rows[i].least || count > rows[i].most) {
            printf("\n    %s: %d of 1000", rows[i].claim, count);
        }
        CU_ASSERT(count >= rows[i].least && count <= rows[i].most);
        finish();
    }
}

/* The last target of full share leaves: those that warm up share all requests at once. */
static void nobody_is_left_to_leave_requests_to(void)
{
    begin(ROUTE_ROUND_ROBIN, 100, 1);
    enter(0, 0);
    enter(1, 1000);
    enter(2, 1050);
    routing_leave(&targets[0]);
    CU_ASSERT_EQUAL(share_of(1, 1060, 1, 1000), 500);
    CU_ASSERT_EQUAL(routing_share(&targets[1], 1061 * SIM_SECOND), 1);
    enter(0, 1060);               /* it is new now, and they go on with what is left of their own */
    CU_ASSERT(targets[0].routing.warm_since < 0);
    CU_ASSERT_EQUAL(ring.warming, 2);
    CU_ASSERT(share_of(0, 1061, 1, 1000) > 500);
    CU_ASSERT_DOUBLE_EQUAL(routing_share(&targets[1], 1062 * SIM_SECOND), 0.62, 1e-9);
    routing_leave(&targets[1]);
    routing_leave(&targets[2]);
    CU_ASSERT_EQUAL(ring.warming, 0);
    finish();
}

/* ALB-05: it is no slow start any more that is over, though nobody had to leave anything to anybody until then: the share of
 * the newest target, by 0.5 through its own, is 0.5 : 1. */
static void the_first_to_be_warm_is_left_requests(void)
{
    static const struct {
        const char *claim;
        int entered_s;            /* the newest target, of 100 s */
        bool leaves_last;         /* the one of full share: after the newest has come, not before */
    } rows[] = {
        { "a new target beside one that was alone when its own ended", 1200, false },
        { "a new target beside one that was new as it came", 1060, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(ROUTE_ROUND_ROBIN, 100, 1);
        enter(0, 0);
        enter(1, 1000);
        if (!rows[i].leaves_last) {
            routing_leave(&targets[0]);
        }
        enter(2, rows[i].entered_s);
        if (rows[i].leaves_last) {
            routing_leave(&targets[0]);
        }
        int count = share_of(2, rows[i].entered_s + 50, 1, 3000);
        if (count < 1000 || count > 1010) {
            printf("\n    %s: %d of 3000", rows[i].claim, count);
        }
        CU_ASSERT(count >= 1000 && count <= 1010);
        finish();
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "ALB-03: each algorithm picks its target", each_algorithm_picks_its_target },
        { "chance has no favourite", chance_has_no_favourite },
        { "a heap picks as a search does", a_heap_picks_as_a_search_does },
        { "the least can be asked for under any algorithm", the_least_can_be_asked_for_under_any_algorithm },
        { "ALB-05: the share of a new target grows linearly", the_share_of_a_new_target_grows_linearly },
        { "ALB-05: slow start needs a target with a full share", slow_start_needs_a_target_with_a_full_share },
        { "nobody is left to leave requests to", nobody_is_left_to_leave_requests_to },
        { "ALB-05: the first to be warm is left requests", the_first_to_be_warm_is_left_requests },
        UNIT_END,
    };
    return unit_main("model/routing", tests);
}
