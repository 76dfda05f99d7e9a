/* Sentences of decisions: reasons told once and counted, AWS's codes in words, windows of time. */
#include "output/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "output/page.h"

static const int64_t monday = 1767571200;
static struct page page;

static struct explain *begin(void)
{
    page_begin(&page);
    return explain_create(&page.text, &monday);
}

static const char *end(struct explain *explain)
{
    explain_finish(explain);
    page_end(&page);
    return page.content;
}

static void is_told(const char *told, const char *expected)
{
    if (strcmp(told, expected) != 0) {
        printf("%s--- instead of\n%s", told, expected);
        CU_FAIL();
    }
}

static struct explain_event decision(int minute, int from, int to, const char *why)
{
    return (struct explain_event){
        .kind = RECORD_DECISION, .at = minute * SIM_MINUTE, .service = "web", .policy = "cpu", .alarm = "high",
        .text = why, .formula = "ceil(4 x 90 / 60) = 6", .metric = 90, .from = from, .to = to,
    };
}

static void tell(struct explain *explain, struct explain_event event)
{
    explain_tell(explain, &event);
}

static void a_reason_that_stays_is_told_once_and_counted(void)
{
    struct explain *explain = begin();
    tell(explain, decision(1, 4, 6, "scaled out"));
    tell(explain, decision(2, 6, 6, "AlreadyAtDesiredCapacity"));
    tell(explain, decision(3, 6, 6, "AlreadyAtDesiredCapacity"));
    tell(explain, decision(4, 6, 6, "AlreadyAtDesiredCapacity"));
    tell(explain, decision(5, 6, 6, "AlreadyAtMaxCapacity"));
    is_told(end(explain),
        "Mon 00:01:00  web             cpu scales out, 4 -> 6. It saw 90; ceil(4 x 90 / 60) = 6\n"
        "Mon 00:02:00  web             cpu leaves it at 6: the desired count is there already (AlreadyAtDesiredCapacity). "
        "It saw 90; ceil(4 x 90 / 60) = 6\n"
        "                              cpu: the desired count is there already (AlreadyAtDesiredCapacity), 2 more times "
        "until Mon 00:04:00\n"
        "Mon 00:05:00  web             cpu leaves it at 6: it is at its maximum (AlreadyAtMaxCapacity). It saw 90; "
        "ceil(4 x 90 / 60) = 6\n");
}

static void cooldowns_are_told_by_the_calendar(void)
{
    struct explain *explain = begin();
    struct explain_event event = decision(1440, 6, 6, "in cooldown until 24:05:00");
    event.formula = "";
    tell(explain, event);
    is_told(end(explain),
        "Tue 00:00:00  web             cpu leaves it at 6: in cooldown until Tue 00:05:00. It saw 90\n");
}

static void custom_policies_have_no_metric(void)
{
    struct explain *explain = begin();
    struct explain_event event = decision(1, 4, 3, "scaled in");
    event.metric = NAN;
    event.alarm = NULL;
    event.formula = "decide(4) = 3, quiet";
    tell(explain, event);
    is_told(end(explain), "Mon 00:01:00  web             cpu scales in, 4 -> 3. decide(4) = 3, quiet\n");
}

static void a_window_begins_with_what_still_holds(void)
{
    struct explain *explain = begin();
    explain_begin_at(explain, SIM_NEVER);
    tell(explain, decision(1, 6, 6, "AlreadyAtMaxCapacity"));
    tell(explain, decision(2, 6, 6, "AlreadyAtMaxCapacity"));
    explain_begin_at(explain, 10 * SIM_MINUTE);
    tell(explain, decision(11, 6, 6, "AlreadyAtMaxCapacity"));
    is_told(end(explain),
        "Mon 00:10:00  web             cpu: it is at its maximum (AlreadyAtMaxCapacity), from Mon 00:01:00 to Mon 00:02:00, "
        "2 times\n"
        "                              cpu: it is at its maximum (AlreadyAtMaxCapacity), 1 more time until Mon 00:11:00\n");
}

static void a_stop_names_whom_it_passes_over(void)
{
    static const struct explain_task chosen[] = { { "aaaaaaaaaaaaaaaa", 0 } };
    static const struct explain_task passed[] = { { "bbbbbbbbbbbbbbbb", 90 * SIM_SECOND }, { "cccccccccccccccc", 0 } };
    struct explain *explain = begin();
    tell(explain, (struct explain_event){
        .kind = RECORD_STOP_DECISION, .at = SIM_MINUTE, .service = "web", .wanted = 2, .chosen = chosen, .chosen_count = 1,
        .passed_over = passed, .passed_over_count = 1, .blocked = true,
    });
    is_told(end(explain),
        "Mon 00:01:00  web             wants to stop 2, stops 1: aaaaaaaa; passes over bbbbbbbb (protected until "
        "Mon 00:01:30); scale-in is blocked\n");
}

static void a_disruption_names_whom_it_hits(void)
{
    static const struct explain_task hit[] = { { "aaaaaaaaaaaaaaaa", 0 }, { "bbbbbbbbbbbbbbbb", 0 } };
    struct explain *explain = begin();
    tell(explain, (struct explain_event){
        .kind = RECORD_DISRUPTION, .service = "web", .text = "spot", .until = -1, .chosen = hit, .chosen_count = 2,
    });
    tell(explain, (struct explain_event){
        .kind = RECORD_DISRUPTION, .service = "web", .text = "drain", .until = -1, .chosen = hit,
    });
    tell(explain, (struct explain_event){
        .kind = RECORD_DISRUPTION, .service = "", .text = "shortage", .what = "FARGATE_SPOT", .until = SIM_MINUTE,
    });
    is_told(end(explain),
        "Mon 00:00:00  web             disruption, spot, hits 2: aaaaaaaa, bbbbbbbb\n"
        "Mon 00:00:00  web             disruption, drain, hits 0\n"
        "Mon 00:00:00                  disruption, shortage: FARGATE_SPOT until Mon 00:01:00\n");
}

static struct explain_event deployment(int minute, const char *id, const char *definition, const char *state)
{
    return (struct explain_event){
        .kind = RECORD_DEPLOYMENT, .at = minute * SIM_MINUTE, .service = "web", .deployment = id, .definition = definition,
        .from_state = "PRIMARY", .to_state = state,
    };
}

static struct explain_event running(int minute, const char *definition)
{
    return (struct explain_event){
        .kind = RECORD_TASK_STATUS, .at = minute * SIM_MINUTE, .service = "web", .task = "t", .text = "running",
        .definition = definition,
    };
}

static void a_deployment_is_told_from_its_beginning_to_its_end(void)
{
    static const struct explain_task passed[] = { { "bbbbbbbbbbbbbbbb", SIM_HOUR }, { "cccccccccccccccc", SIM_HOUR } };
    struct explain *explain = begin();
    struct explain_event held = {
        .kind = RECORD_STOP_DECISION, .at = 61 * SIM_MINUTE, .service = "web", .wanted = 2, .passed_over = passed,
        .passed_over_count = 2, .blocked = true,
    };
    tell(explain, deployment(0, "a", "web:1", "IN_PROGRESS"));
    tell(explain, deployment(1, "a", "web:1", "COMPLETED"));
    tell(explain, deployment(60, "b", "web:2", "IN_PROGRESS"));
    tell(explain, held);
    tell(explain, running(61, "web:1"));
    tell(explain, running(62, "web:2"));
    tell(explain, running(63, "web:2"));
    held.at = 70 * SIM_MINUTE;
    held.blocked = false;
    tell(explain, held);
    tell(explain, deployment(75, "b", "web:2", "COMPLETED"));
    is_told(end(explain),
        "Mon 01:00:00  web             deploys web:2 in the place of web:1\n"
        "Mon 01:01:00  web             wants to stop 2, stops 0; passes over bbbbbbbb (protected until Mon 01:00:00), cccccccc "
        "(protected until Mon 01:00:00); scale-in is blocked\n"
        "Mon 01:02:00  web             the first task of web:2 runs, after 2m\n"
        "Mon 01:10:00  web             wants to stop 2, stops 0; passes over bbbbbbbb (protected until Mon 01:00:00), cccccccc "
        "(protected until Mon 01:00:00)\n"
        "Mon 01:15:00  web             deployment of web:2 has completed after 15m, held up for 9m by up to 2 protected tasks\n");
}

static void a_deployment_that_ends_badly_says_how(void)
{
    struct explain *explain = begin();
    struct explain_event failed = deployment(63, "b", "web:2", "FAILED"), back = deployment(63, "a", "web:1", "IN_PROGRESS");
    failed.text = "tasks failed to start";
    back.rolls_back = true;
    tell(explain, deployment(0, "a", "web:1", "IN_PROGRESS"));
    tell(explain, deployment(60, "b", "web:2", "IN_PROGRESS"));
    tell(explain, failed);
    tell(explain, back);
    tell(explain, deployment(65, "c", "web:3", "IN_PROGRESS"));
    tell(explain, running(66, "web:2"));
    is_told(end(explain),
        "Mon 01:00:00  web             deploys web:2 in the place of web:1\n"
        "Mon 01:03:00  web             deployment of web:2 has failed after 3m: tasks failed to start\n"
        "Mon 01:03:00  web             rolls back to web:1, from web:2\n"
        "Mon 01:05:00  web             rollback to web:1 is overtaken after 2m\n"
        "Mon 01:05:00  web             deploys web:3 in the place of web:1\n"
        "Mon 01:06:00  web             deployment of web:3 is still under way after 1m\n");
}

static void a_waterfall_is_told_step_by_step(void)
{
    struct explain *explain = begin();
    struct waterfall waterfall = {
        .from = 2, .to = 4, .load_changed_at = 0, .measured_at = 180 * SIM_SECOND, .published_at = 300 * SIM_SECOND,
        .alarmed_at = 330 * SIM_SECOND, .decided_at = 331 * SIM_SECOND, .started_at = 336 * SIM_SECOND,
        .ready_at = 366 * SIM_SECOND,
    };
    struct explain_event event = {
        .kind = RECORD_WATERFALL, .at = 366 * SIM_SECOND, .service = "web", .policy = "cpu", .waterfall = waterfall,
    };
    tell(explain, event);
    event.waterfall.started_at = event.waterfall.ready_at = -1;
    tell(explain, event);
    is_told(end(explain),
        "Mon 00:06:06  web             cpu, 2 -> 4: ready 6m06s after the load changed, measured in 3m, published in 2m, "
        "alarm after 30 s, decided in 1 s, tasks started in 5 s, ready in 30 s\n"
        "Mon 00:06:06  web             cpu, 2 -> 4: changed again before it was ready, measured in 3m, published in 2m, "
        "alarm after 30 s, decided in 1 s\n");
}

static void names_of_managed_alarms_are_cut(void)
{
    static const struct {
        const char *name, *shown;
    } rows[] = {
        { "TargetTracking-service/default/web-AlarmHigh-12345678-1234-4234-a234-123456789012", "web-AlarmHigh" },
        { "TargetTracking-mine", "TargetTracking-mine" },
        { "queue is long", "queue is long" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[EXPLAIN_NAME];
        CU_ASSERT_STRING_EQUAL(explain_alarm_name(rows[i].name, name), rows[i].shown);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "a reason that stays is told once and counted", a_reason_that_stays_is_told_once_and_counted },
        { "cooldowns are told by the calendar", cooldowns_are_told_by_the_calendar },
        { "custom policies have no metric", custom_policies_have_no_metric },
        { "a window begins with what still holds", a_window_begins_with_what_still_holds },
        { "a stop names whom it passes over", a_stop_names_whom_it_passes_over },
        { "a disruption names whom it hits", a_disruption_names_whom_it_hits },
        { "a waterfall is told step by step", a_waterfall_is_told_step_by_step },
        { "a deployment is told from its beginning to its end", a_deployment_is_told_from_its_beginning_to_its_end },
        { "a deployment that ends badly says how", a_deployment_that_ends_badly_says_how },
        { "names of managed alarms are cut", names_of_managed_alarms_are_cut },
        UNIT_END
    };
    return unit_main("output/explain", tests);
}
