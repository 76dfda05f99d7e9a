/* Times by hand, with the fixture's latencies: passes at 5 s, 15 s, ...; tasks run 20 s after their creation, the first ones
 * at 25 s. */
#include "model/health.h"

#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/scheduler.h"

static struct fixture fixture;
static struct task_definition definition;
static struct target_group *group;

static const struct health_rule every_30_s = {
    .interval = 30 * SIM_SECOND, .passes_at_first = 1, .passes = 1, .failures = 3,
};

/* ---- setting up --------------------------------------------------------------------------------------------- */

static void use_rule(const struct health_rule *rule, double startup_s)
{
    struct service *service = fixture.service;
    definition = *service->config.definition;
    definition.health_check = *rule;
    definition.startup = dist_constant(startup_s);
    service->config.definition = service->deployments->definition = &definition;
}

static void use_target_group(void)
{
    const struct target_group_config config = {
        .name = "web", .idle_timeout = SIM_MINUTE, .health = { .interval = 30 * SIM_SECOND, .passes = 5, .failures = 2 },
    };
    group = target_group_create(fixture.world, &config);
    fixture.service->config.target_groups[0] = group;
    fixture.service->config.target_group_count = 1;
}

/* The scheduler looks on. */
static void ignore_health(void)
{
    fixture.service->config.health_check_grace = SIM_DAY;
}

static void begin(int desired, int minimum, int maximum, const char *assumptions)
{
    fixture_init_assuming(&fixture, desired, assumptions);
    fixture.puppet.exit_on_sigterm = true;
    fixture.service->config.deployment.minimum_healthy_percent = minimum;
    fixture.service->config.deployment.maximum_percent = maximum;
}

/* Their checks lie at 55 s, 85 s, ...; the service is steady at 100 s. */
static void begin_checked(int desired, int minimum, int maximum, const char *assumptions)
{
    begin(desired, minimum, maximum, assumptions);
    use_rule(&every_30_s, 0);
    fixture_run(&fixture, 100);
    CU_ASSERT_FATAL(service_is_steady(fixture.service));
}

static int count_active(void)
{
    return fixture.service->running_count + fixture.service->pending_count;
}

static uint64_t stops(enum cause cause)
{
    return fixture.service->books.stops[cause];
}

static struct task *newest(void)
{
    return fixture.service->last;
}

/* ---- checks ------------------------------------------------------------------------------------------------- */

struct course {
    const char *claim;
    int interval_s, retries, start_period_s, startup_s;
    int ill_at, well_at, ill_again_at;    /* 0: never */
    const char *expected;         /* when the container becomes what: H healthy, U unhealthy */
};

/* Second by second. */
static void watch(const struct course *row, const enum task_health *health, char *text, size_t size)
{
    enum task_health before = HEALTH_UNKNOWN;
    size_t length = 0;
    text[0] = '\0';
    for (int second = 26; second <= 500; second++) {
        fixture_run(&fixture, second);
        if (second == row->ill_at || second == row->well_at || second == row->ill_again_at) {
            health_set_answer(fixture.service->first, second == row->well_at);
        }
        if (*health != before) {
            length += (size_t)snprintf(text + length, size - length, "%s%c%d", length > 0 ? " " : "",
                                       *health == HEALTH_HEALTHY ? 'H' : 'U', second);
            before = *health;
        }
    }
}

static void expect_course(const char *claim, const char *text, const char *expected)
{
    if (strcmp(text, expected) != 0) {
        printf("\n    %s: %s, expected %s", claim, text, expected);
    }
    CU_ASSERT_STRING_EQUAL(text, expected);
}

/* SCHED-10: the task runs at 25 s. */
static void a_container_is_what_its_checks_say(void)
{
    static const struct course rows[] = {
        { "the first check comes an interval after RUNNING", 30, 3, 0, 0, 0, 0, 0, "H55" },
        { "so many retries in a row make it unhealthy, one pass healthy", 30, 3, 0, 0, 100, 180, 0, "H55 U175 H205" },
        { "one retry", 10, 1, 0, 0, 100, 0, 0, "H35 U105" },
        { "an illness that is over in time goes unnoticed", 30, 3, 0, 0, 100, 140, 0, "H55" },
        { "and the next one counts from its own begin", 30, 3, 0, 0, 100, 160, 190, "H55 U265" },
        { "nobody answers during the start-up", 30, 3, 0, 200, 0, 0, 0, "U115 H235" },
        { "in the start period failures do not count", 30, 3, 120, 100, 0, 0, 0, "H145" },
        { "after it they do", 30, 3, 60, 300, 0, 0, 0, "U145 H355" },
        { "a pass ends the start period", 30, 1, 300, 0, 60, 0, 0, "H55 U85" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct course *row = &rows[i];
        const struct health_rule rule = {
            .interval = row->interval_s * SIM_SECOND, .start_period = row->start_period_s * SIM_SECOND,
            .passes_at_first = 1, .passes = 1, .failures = row->retries,
        };
        char text[80];
        begin(1, 100, 200, "");
        use_rule(&rule, row->startup_s);
        ignore_health();
        fixture_run(&fixture, 25);
        watch(row, &fixture.service->first->container_check.health, text, sizeof text);
        expect_course(row->claim, text, row->expected);
        fixture_finish(&fixture);
    }
}

/* ALB-02, ALB-06: registered at 25 s, in the pass that sees it RUNNING. */
static void a_target_is_what_its_checks_say(void)
{
    static const struct {
        struct course course;
        const char *assumptions;
    } rows[] = {
        { { "healthy with its first check", 0, 0, 0, 0, 0, 0, 0, "H26" }, "" },
        { { "two failures, then five passes", 0, 0, 0, 0, 100, 150, 0, "H26 U145 H295" }, "" },
        { { "D6, the other reading", 0, 0, 0, 0, 0, 0, 0, "H145" }, "first_health_passes=5" },
        { { "nobody answers during the start-up", 0, 0, 0, 100, 0, 0, 0, "U55 H265" }, "" },
        { { "one check in vain is no harm", 0, 0, 0, 20, 0, 0, 0, "H55" }, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[80];
        begin(1, 100, 200, rows[i].assumptions);
        use_rule(&(struct health_rule){ 0 }, rows[i].course.startup_s);
        use_target_group();
        ignore_health();
        fixture_run(&fixture, 25);
        watch(&rows[i].course, &fixture.service->first->targets->check.health, text, sizeof text);
        expect_course(rows[i].course.claim, text, rows[i].course.expected);
        fixture_finish(&fixture);
    }
}

static void an_unhealthy_target_gets_no_requests(void)
{
    begin(2, 100, 200, "");
    use_target_group();
    ignore_health();
    fixture_run(&fixture, 100);
    CU_ASSERT_EQUAL(target_group_healthy(group), 2);
    health_set_answer(fixture.service->first, false);
    fixture_run(&fixture, 145);
    CU_ASSERT_EQUAL(target_group_healthy(group), 1);
    CU_ASSERT_PTR_EQUAL(target_group_pick(group, NULL)->task, fixture.service->last);
    CU_ASSERT_EQUAL(fixture.service->books.ready.value, 1);
    CU_ASSERT_EQUAL(fixture.service->books.state[STATE_IDLE].value, 2);   /* it has been ready */
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "(port 80) is unhealthy in (target-group web) due to (reason Health checks "
                                                   "failed with these codes: [503])."), 1);   /* EVENT-14 */
    health_set_answer(fixture.service->first, true);
    fixture_run(&fixture, 400);
    CU_ASSERT_EQUAL(target_group_healthy(group), 2);
    fixture_finish(&fixture);
}

/* DEPLOY-04: when the task that runs at 25 s is healthy. */
static void a_task_is_healthy_by_the_checks_that_it_has(void)
{
    static const struct {
        const char *claim;
        bool has_check, has_target;
        const char *assumptions;
        int expected_s;
    } rows[] = {
        { "neither: 40 s after RUNNING", false, false, "", 65 },
        { "neither, older text: at once", false, false, "healthy_after_s=0", 25 },
        { "the container's check", true, false, "", 55 },
        { "the load balancer's", false, true, "", 25 },
        { "both: the later one", true, true, "", 55 },
        { "both, the other way round", true, true, "first_health_passes=5", 145 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int second = 24;
        begin(1, 100, 200, rows[i].assumptions);
        if (rows[i].has_check) {
            use_rule(&every_30_s, 0);
        }
        if (rows[i].has_target) {
            use_target_group();
        }
        do {
            fixture_run(&fixture, ++second);
        } while (task_health(fixture.service->first) != HEALTH_HEALTHY && second < 500);
        if (second != rows[i].expected_s) {
            printf("\n    %s: %d s, expected %d s", rows[i].claim, second, rows[i].expected_s);
        }
        CU_ASSERT_EQUAL(second, rows[i].expected_s);
        fixture_finish(&fixture);
    }
}

/* SCHED-09 */
static void in_the_grace_period_an_unhealthy_task_stays(void)
{
    begin(1, 100, 200, "");
    use_rule(&every_30_s, 1000);                                      /* unhealthy at 115 s */
    fixture.service->config.health_check_grace = 300 * SIM_SECOND;    /* until 325 s */
    fixture_run(&fixture, 324.9);
    CU_ASSERT_EQUAL(task_health(fixture.service->first), HEALTH_UNHEALTHY);
    CU_ASSERT_EQUAL(count_active(), 1);
    fixture_run(&fixture, 325);
    CU_ASSERT_EQUAL(count_active(), 2);
    fixture_finish(&fixture);
}

/* SCHED-09, ALB-02: behind a load balancer the grace period has to cover the start-up and, where two checks fail in it, five
 * more until the target is healthy. Else no task ever serves, unless there is room for a second one: until that is healthy,
 * the first may recover (SCHED-35). */
static void a_start_up_beyond_the_grace_period_never_ends(void)
{
    static const struct {
        int startup_s, grace_s, maximum_percent;
        bool serves;
    } rows[] = {
        { 20, 0, 100, true }, { 100, 0, 100, false }, { 100, 120, 100, false }, { 100, 230, 100, false },
        { 100, 240, 100, true }, { 100, 120, 200, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1, 0, rows[i].maximum_percent, "");
        use_rule(&(struct health_rule){ 0 }, rows[i].startup_s);
        use_target_group();
        fixture.service->config.health_check_grace = rows[i].grace_s * SIM_SECOND;
        fixture_run(&fixture, 3000);
        bool serves = target_group_healthy(group) == 1 && stops(CAUSE_HEALTH) == 0;
        bool loops = target_group_healthy(group) == 0 && stops(CAUSE_HEALTH) > 9;
        if (serves != rows[i].serves || loops == serves) {
            printf("\n    start-up of %d s, %d s of grace: %d healthy, %d stopped", rows[i].startup_s, rows[i].grace_s,
                   target_group_healthy(group), (int)stops(CAUSE_HEALTH));
        }
        CU_ASSERT_EQUAL(serves, rows[i].serves);
        CU_ASSERT_EQUAL(loops, !rows[i].serves);
        fixture_finish(&fixture);
    }
}

static void where_too_many_run_unhealthy_ones_go_first_even_in_the_grace_period(void)
{
    for (int ill = 0; ill < 4; ill++) {
        begin_checked(4, 100, 200, "");
        ignore_health();
        struct task *task = fixture.service->first;
        for (int i = 0; i < ill; i++) {
            task = task->next;
        }
        health_set_answer(task, false);                               /* unhealthy at 175 s */
        fixture_run(&fixture, 180);
        service_set_desired(fixture.service, 3, "update_service");
        fixture_run(&fixture, 185);
        CU_ASSERT(task->stop_decided);
        CU_ASSERT_EQUAL(task->cause, CAUSE_SCALE_IN);
        fixture_finish(&fixture);
    }
}

/* ---- replacement: the plan ----------------------------------------------------------------------------------- */

static void plans_replace_tasks_under_the_bounds(void)
{
    static const struct {
        const char *claim;
        int desired, minimum, maximum, stopping;
        struct revision_count tasks;
        int start, stop;
        bool failing_only;
    } rows[] = {
        { "SCHED-33: the replacement comes first", 2, 100, 200, 0, { .healthy = 1, .failing = 1 }, 1, 0, false },
        { "SCHED-33: and until it is healthy both stay", 2, 100, 200, 0,
          { .settling = 1, .healthy = 1, .failing = 1 }, 0, 0, false },
        { "SCHED-33: healthy, it takes the place", 2, 100, 200, 0, { .healthy = 2, .failing = 1 }, 0, 1, true },
        { "SCHED-33: unhealthy, one of the two goes, and a next one comes", 2, 100, 200, 0,
          { .healthy = 1, .failing = 2 }, 1, 1, true },
        { "SCHED-33: one of two replacements is there", 2, 100, 200, 0,
          { .starting = 1, .healthy = 1, .failing = 2 }, 0, 1, true },
        { "SCHED-34: as many as maximumPercent lets", 4, 100, 150, 0, { .failing = 4 }, 2, 0, false },
        { "SCHED-34: without room one goes", 2, 100, 100, 0, { .failing = 2 }, 0, 1, true },
        { "SCHED-34: then one comes", 2, 100, 100, 0, { .failing = 1 }, 1, 0, false },
        { "SCHED-34: one at a time", 2, 100, 100, 1, { .starting = 1, .failing = 1 }, 0, 0, false },
        { "SCHED-35: it recovered: one too many, whichever", 2, 100, 200, 0,
          { .settling = 1, .healthy = 2 }, 0, 1, false },
        { "SCHED-36: a crashed task is simply missing", 2, 100, 100, 0, { .healthy = 1 }, 1, 0, false },
        { "SCHED-37: what retires is replaced first", 2, 100, 200, 0, { .failing = 2, .leaving = 2 }, 2, 0, false },
        { "SCHED-38: min = max = 100 blocks for ever", 2, 100, 100, 0, { .failing = 2, .leaving = 2 }, 0, 0, false },
        { "SCHED-38: without room as many drain as minimumHealthyPercent spares", 4, 50, 100, 0,
          { .failing = 4, .leaving = 4 }, 0, 2, true },
        { "SCHED-38: no more of them", 4, 50, 100, 0, { .starting = 2, .failing = 2, .leaving = 2 }, 0, 0, false },
        { "unhealthy ones make room before healthy ones that drain", 4, 50, 100, 0,
          { .healthy = 2, .failing = 2, .leaving = 1 }, 0, 1, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pass_view view = {
            .desired = rows[i].desired, .stopping = rows[i].stopping, .may_start_primary = true, .digests_resolved = true,
            .lower = deployment_lower_bound(rows[i].desired, rows[i].minimum),
            .upper = deployment_upper_bound(rows[i].desired, rows[i].maximum), .primary = rows[i].tasks,
        };
        struct pass_plan plan = scheduler_plan(&view);
        bool right = plan.start_primary == rows[i].start && plan.stop_primary == rows[i].stop &&
                     (plan.stop_primary == 0 || plan.stop_failing_only == rows[i].failing_only);
        if (!right) {
            printf("\n    %s: start %d, stop %d%s", rows[i].claim, plan.start_primary, plan.stop_primary,
                   plan.stop_failing_only ? " of the failing" : "");
        }
        CU_ASSERT(right);
    }
}

/* DEPLOY-06 in a rolling deployment: four old tasks that drain are healthy, and count for the lower bound. */
static void draining_old_tasks_wait_for_new_ones(void)
{
    struct pass_view view = {
        .desired = 4, .lower = 4, .upper = 8, .rolling = true, .may_start_primary = true, .digests_resolved = true,
        .old = { .desired = 4, .failing = 4, .leaving = 4 }, .primary = { .desired = 4, .starting = 4 },
    };
    CU_ASSERT_EQUAL(scheduler_plan(&view).reduce_old, 0);
    view.old.leaving = 0;                                             /* unhealthy ones cost nothing */
    CU_ASSERT_EQUAL(scheduler_plan(&view).reduce_old, 4);
    view.old.leaving = 4;
    view.primary = (struct revision_count){ .desired = 4, .healthy = 3, .starting = 1 };
    CU_ASSERT_EQUAL(scheduler_plan(&view).reduce_old, 3);
}

/* ---- replacement: what happens ------------------------------------------------------------------------------- */

/* SCHED-33, EVENT-01 */
static void an_unhealthy_task_goes_when_its_replacement_is_healthy(void)
{
    begin_checked(2, 100, 200, "");
    struct task *ill = fixture.service->first;
    health_set_answer(ill, false);                                    /* 115 s, 145 s, 175 s */
    fixture_run(&fixture, 174.9);
    CU_ASSERT_EQUAL(count_active(), 2);
    fixture_run(&fixture, 175);
    CU_ASSERT_EQUAL(count_active(), 3);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has started 1 tasks: (task "), 1);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "). Amazon ECS replaced 1 tasks due to an unhealthy status."), 1);
    fixture_run(&fixture, 224.9);                                     /* RUNNING at 195 s, healthy at 225 s */
    CU_ASSERT(!ill->stop_decided);
    fixture_run(&fixture, 225);
    CU_ASSERT(ill->stop_decided);
    CU_ASSERT_EQUAL(ill->cause, CAUSE_HEALTH);
    CU_ASSERT_STRING_EQUAL(ill->stop_code, "ServiceSchedulerInitiated");
    CU_ASSERT_STRING_EQUAL(ill->stopped_reason, "Task failed container health checks");
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "has stopped 1 running tasks: (task "), 1);
    fixture_run(&fixture, 1000);
    CU_ASSERT_EQUAL(count_active(), 2);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 1);
    fixture_finish(&fixture);
}

static void a_target_that_fails_is_the_reason(void)
{
    begin(2, 100, 200, "");
    use_target_group();
    fixture_run(&fixture, 100);
    struct task *ill = fixture.service->first;
    health_set_answer(ill, false);                                    /* 115 s, 145 s; the replacement is healthy at 165 s */
    fixture_run(&fixture, 165);
    CU_ASSERT_STRING_EQUAL(ill->stopped_reason, "Task failed ELB health checks in (target-group web)");
    fixture_finish(&fixture);
}

/* SCHED-33 */
static void of_two_unhealthy_tasks_one_goes(void)
{
    begin_checked(2, 100, 200, "");
    health_set_answer(fixture.service->first, false);
    fixture_run(&fixture, 196);
    health_set_answer(newest(), false);                               /* 225 s, 255 s, 285 s */
    fixture_run(&fixture, 284.9);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 0);
    fixture_run(&fixture, 285);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 1);
    CU_ASSERT_EQUAL(count_active(), 3);                               /* healthy, unhealthy, the next replacement */
    CU_ASSERT_EQUAL(fixture.service->pending_count, 1);
    fixture_finish(&fixture);
}

/* SCHED-35 */
static void after_a_recovery_the_surplus_goes(void)
{
    begin_checked(2, 100, 200, "");
    health_set_answer(fixture.service->first, false);
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL(count_active(), 3);
    health_set_answer(fixture.service->first, true);
    fixture_run(&fixture, 205);
    CU_ASSERT_EQUAL(count_active(), 2);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 0);
    CU_ASSERT_EQUAL(stops(CAUSE_SCALE_IN), 1);
    fixture_finish(&fixture);
}

/* SCHED-34: 100 % at most */
static void without_room_one_unhealthy_task_makes_it(void)
{
    begin_checked(2, 100, 100, "");
    health_set_answer(fixture.service->first, false);
    health_set_answer(fixture.service->last, false);
    fixture_run(&fixture, 175);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 1);
    CU_ASSERT_EQUAL(count_active(), 1);
    fixture_run(&fixture, 185);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 1);
    CU_ASSERT_EQUAL(count_active(), 2);
    fixture_run(&fixture, 400);
    CU_ASSERT_EQUAL(stops(CAUSE_HEALTH), 2);
    CU_ASSERT(service_is_steady(fixture.service));
    fixture_finish(&fixture);
}

/* DEPLOY-19: what its program says is no failed start, but it is a failure of the deployment. */
static void unhealthy_tasks_trip_the_breaker(void)
{
    begin(1, 100, 200, "");
    use_rule(&(struct health_rule){ 30 * SIM_SECOND, 0, 1, 1, 1 }, 10000);
    fixture.service->config.deployment.breaker_enabled = true;
    const struct deployment *deployment = fixture.service->deployments;
    fixture_run(&fixture, 200);
    CU_ASSERT_EQUAL(deployment->rollout_state, ROLLOUT_IN_PROGRESS);
    CU_ASSERT_EQUAL((uint64_t)deployment->failed_health, stops(CAUSE_HEALTH));
    CU_ASSERT(deployment->failed_health > 0);
    fixture_run(&fixture, 400);
    CU_ASSERT_EQUAL(deployment->rollout_state, ROLLOUT_FAILED);
    CU_ASSERT_EQUAL(deployment->failed_health, 3);                    /* cb_min */
    int created = (int)fixture.service->tasks_started;
    fixture_run(&fixture, 1000);
    CU_ASSERT_EQUAL((int)fixture.service->tasks_started, created);    /* DEPLOY-15 */
    fixture_finish(&fixture);
}

static void a_pass_follows_what_checks_find(void)
{
    begin_checked(1, 100, 200, "reconcile_trigger=state_change");
    health_set_answer(fixture.service->first, false);
    fixture_run(&fixture, 179.9);
    CU_ASSERT_EQUAL(count_active(), 1);
    fixture_run(&fixture, 180);                                       /* 175 s, and ECS's reaction */
    CU_ASSERT_EQUAL(count_active(), 2);
    fixture_finish(&fixture);
}

/* ---- draining and retirement --------------------------------------------------------------------------------- */

static void replace_all(enum cause cause)
{
    for (struct task *task = fixture.service->first; task != NULL; task = task->next) {
        health_replace(task, cause);
    }
}

static void a_pass_follows_what_is_asked_to_go(void)
{
    begin(1, 100, 200, "reconcile_trigger=state_change");
    fixture_run(&fixture, 100);
    replace_all(CAUSE_RETIREMENT);
    fixture_run(&fixture, 110);
    CU_ASSERT_EQUAL(count_active(), 2);
    fixture_finish(&fixture);
}

/* SCHED-37, SCHED-38: four tasks, asked to go at 100 s. */
static void tasks_leave_under_the_bounds(void)
{
    static const struct {
        const char *claim;
        enum cause cause;
        int minimum, maximum;
        int active_after_1, stops_after_1;    /* the pass of 105 s */
        uint64_t stops_in_the_end;
        const char *reason;
    } rows[] = {
        { "SCHED-37: replacements first", CAUSE_RETIREMENT, 100, 200, 8, 0, 4,
          "ECS is performing maintenance on the underlying infrastructure hosting the task." },
        { "SCHED-38: as maximumPercent lets", CAUSE_DRAIN, 100, 150, 6, 0, 4, "Container instance is in DRAINING state" },
        { "SCHED-38: as minimumHealthyPercent lets", CAUSE_DRAIN, 50, 100, 2, 2, 4, "Container instance is in DRAINING state" },
        { "SCHED-38: blocked for ever", CAUSE_DRAIN, 100, 100, 4, 0, 0, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(4, rows[i].minimum, rows[i].maximum, "");
        fixture_run(&fixture, 100);
        struct task *first = fixture.service->first;
        replace_all(rows[i].cause);
        fixture_run(&fixture, 105);
        CU_ASSERT_EQUAL(count_active(), rows[i].active_after_1);
        CU_ASSERT_EQUAL(stops(rows[i].cause), (uint64_t)rows[i].stops_after_1);
        while (rows[i].reason != NULL && !first->stop_decided) {
            fixture_run(&fixture, sim_seconds(sim_now(fixture.world->sim)) + 1);
        }
        CU_ASSERT(rows[i].reason == NULL || strcmp(first->stopped_reason, rows[i].reason) == 0);
        fixture_run(&fixture, 3600);
        CU_ASSERT_EQUAL(stops(rows[i].cause), rows[i].stops_in_the_end);
        CU_ASSERT_EQUAL(fixture.service->running_count, 4);
        CU_ASSERT_EQUAL(fixture_count_events(&fixture, "unhealthy status"), 0);
        fixture_finish(&fixture);
    }
}

static void what_drains_before_it_runs_is_stopped_at_once(void)
{
    begin(2, 100, 100, "");
    fixture_run(&fixture, 10);
    replace_all(CAUSE_DRAIN);                                         /* SCHED-38 */
    CU_ASSERT_EQUAL(count_active(), 0);
    fixture_run(&fixture, 100);
    CU_ASSERT_EQUAL(fixture.service->running_count, 2);
    CU_ASSERT_EQUAL(stops(CAUSE_DRAIN), 2);
    fixture_finish(&fixture);
}

/* PROT-41, PROT-44, PROT-45, PROT-88..90: is a protected task stopped for it? */
static void protection_holds_a_failing_task_only_if_it_is_assumed_to(void)
{
    static const struct {
        enum cause cause;
        const char *assumptions;
        bool stopped;
    } rows[] = {
        { CAUSE_HEALTH, "", true },     { CAUSE_HEALTH, "unhealthy_honours_protection=on", false },
        { CAUSE_RETIREMENT, "", true }, { CAUSE_RETIREMENT, "infra_honours_protection=on", false },
        { CAUSE_DRAIN, "", true },      { CAUSE_DRAIN, "draining_honours_protection=on", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin_checked(2, 100, 200, rows[i].assumptions);
        struct task *task = fixture.service->first;
        fixture_protect(task, true, 60);
        if (rows[i].cause == CAUSE_HEALTH) {
            health_set_answer(task, false);
        } else {
            health_replace(task, rows[i].cause);
        }
        fixture_run(&fixture, 600);
        CU_ASSERT_EQUAL(stops(rows[i].cause), rows[i].stopped ? 1 : 0);
        CU_ASSERT_EQUAL(fixture.service->running_count, rows[i].stopped ? 2 : 3);   /* its replacement is there */
        CU_ASSERT_EQUAL(fixture.service->blocked, !rows[i].stopped);
        fixture_run(&fixture, 3800);                                  /* protection ends at 3700 s */
        CU_ASSERT_EQUAL(stops(rows[i].cause), 1);
        fixture_finish(&fixture);
    }
}

int main(void)
{
    return unit_main("model/health", (const struct unit_test[]){
        { "SCHED-10: a container is what its checks say", a_container_is_what_its_checks_say },
        { "ALB-02, ALB-06: a target is what its checks say", a_target_is_what_its_checks_say },
        { "a start-up beyond the grace period never ends", a_start_up_beyond_the_grace_period_never_ends },
        { "EVENT-14: an unhealthy target gets no requests", an_unhealthy_target_gets_no_requests },
        { "DEPLOY-04: a task is healthy by the checks that it has", a_task_is_healthy_by_the_checks_that_it_has },
        { "SCHED-09: in the grace period an unhealthy task stays", in_the_grace_period_an_unhealthy_task_stays },
        { "SCHED-09: where too many run unhealthy ones go first",
          where_too_many_run_unhealthy_ones_go_first_even_in_the_grace_period },
        { "SCHED-33 to SCHED-38: plans replace tasks under the bounds", plans_replace_tasks_under_the_bounds },
        { "DEPLOY-06: draining old tasks wait for new ones", draining_old_tasks_wait_for_new_ones },
        { "SCHED-33: an unhealthy task goes when its replacement is healthy",
          an_unhealthy_task_goes_when_its_replacement_is_healthy },
        { "a target that fails is the reason", a_target_that_fails_is_the_reason },
        { "SCHED-33: of two unhealthy tasks one goes", of_two_unhealthy_tasks_one_goes },
        { "SCHED-35: after a recovery the surplus goes", after_a_recovery_the_surplus_goes },
        { "SCHED-34: without room one unhealthy task makes it", without_room_one_unhealthy_task_makes_it },
        { "DEPLOY-19: unhealthy tasks trip the breaker", unhealthy_tasks_trip_the_breaker },
        { "SCHED-18: a pass follows what checks find", a_pass_follows_what_checks_find },
        { "SCHED-18: a pass follows what is asked to go", a_pass_follows_what_is_asked_to_go },
        { "SCHED-37, SCHED-38: tasks leave under the bounds", tasks_leave_under_the_bounds },
        { "SCHED-38: what drains before it runs is stopped at once", what_drains_before_it_runs_is_stopped_at_once },
        { "PROT-88 to PROT-90: protection of failing tasks", protection_holds_a_failing_task_only_if_it_is_assumed_to },
        UNIT_END,
    });
}
