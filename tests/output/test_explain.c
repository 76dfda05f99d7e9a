/* Sentences of decisions: what is told, what is only counted, AWS's words made short, windows of time. */
#include "output/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "output/explain_words.h"
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
        .text = why, .formula = "ceil(4 x 90 / 60) = 6", .metric = 90, .from = from, .to = to, .capacity = from,
        .proposed = to, .data_from = -1, .data_to = -1,
    };
}

static void tell(struct explain *explain, struct explain_event event)
{
    explain_tell(explain, &event);
}

static struct explain_event turn(int minute, const char *from, const char *to)
{
    return (struct explain_event){
        .kind = RECORD_ALARM, .at = minute * SIM_MINUTE, .service = "web", .alarm = "high", .from_state = from,
        .to_state = to, .text = "Threshold Crossed: 1 datapoint [90.5 (05/01/26 00:01:00)] was greater than the threshold (60.0).",
    };
}

static struct explain_event message(int minute, const char *text)
{
    return (struct explain_event){
        .kind = RECORD_SERVICE_EVENT, .at = minute * SIM_MINUTE, .service = "web", .text = text,
    };
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
        "Mon 00:01:00  web             cpu scales out, 4 -> 6. It saw 90: ceil(4 x 90 / 60) = 6\n"
        "Mon 00:02:00  web             cpu leaves it at 6: it is there already (AlreadyAtDesiredCapacity). It saw 90: "
        "ceil(4 x 90 / 60) = 6\n"
        "Mon 00:05:00  web             cpu leaves it at 6: it is at its maximum (AlreadyAtMaxCapacity). It saw 90: "
        "ceil(4 x 90 / 60) = 6\n"
        "Mon 00:05:00  web             cpu: it is there already (AlreadyAtDesiredCapacity), 2 more times until Mon 00:04:00\n"
        "in all\n"
        "  web             cpu scaled out 1 time, in 0 times; left it alone 4 times: 3 x it is there already "
        "(AlreadyAtDesiredCapacity), 1 x it is at its maximum (AlreadyAtMaxCapacity)\n");
}

static void a_decision_says_what_it_saw_and_what_the_bounds_made_of_it(void)
{
    struct explain *explain = begin();
    struct explain_event event = decision(6, 4, 5, "scaled out");
    event.capacity = 3;
    event.proposed = 6;
    event.data_from = SIM_MINUTE;
    event.data_to = 4 * SIM_MINUTE + 30 * SIM_SECOND;
    tell(explain, event);
    const char *told = end(explain);
    CU_ASSERT_PTR_NOT_NULL(strstr(told,
        "cpu scales out, 4 -> 5. It saw 90 (00:01 to 00:04:30, 1m30s old): ceil(4 x 90 / 60) = 6, counted from 3 since the "
        "change before is not over; the bounds allow 5\n"));
}

static void cooldowns_are_told_by_the_calendar_and_counted_as_one_reason(void)
{
    struct explain *explain = begin();
    struct explain_event event = decision(1440, 6, 6, "in cooldown until 24:05:00");
    event.formula = "";
    tell(explain, event);
    for (int minute = 1441; minute < 1444; minute++) {
        event.at = minute * SIM_MINUTE;
        event.text = "in cooldown until 24:09:00";
        tell(explain, event);
    }
    is_told(end(explain),
        "Tue 00:00:00  web             cpu leaves it at 6: in cooldown until Tue 00:05:00. It saw 90\n"
        "Tue 00:03:00  web             cpu: in cooldown, 3 more times until Tue 00:03:00\n"
        "in all\n"
        "  web             cpu scaled out 0 times, in 0 times; left it alone 4 times: 4 x in cooldown\n");
}

/* CW-05: the scenario's own rule sees datapoints, and says what it wants. */
static void a_custom_policy_is_told_with_what_it_was_given_and_what_it_answered(void)
{
    static const char *const ids[] = { "visible", "in_flight" };
    static const double data[] = { 120, 3.5 };
    struct explain *explain = begin();
    struct explain_event event = decision(1, 4, 3, "scaled in");
    event.metric = NAN;
    event.alarm = NULL;
    event.formula = "decide(4) = 3, quiet";
    event.proposed = 3;
    event.data_ids = ids;
    event.data = data;
    event.data_count = 2;
    event.data_from = 0;
    event.data_to = 0;
    tell(explain, event);
    event.to = event.from;
    event.proposed = -1;
    event.formula = "";
    event.text = "the policy asks for no change";
    event.at = 2 * SIM_MINUTE;
    tell(explain, event);
    is_told(end(explain),
        "Mon 00:01:00  web             cpu scales in, 4 -> 3. It was given capacity 4, visible 120 and in_flight 3.5 (00:00 "
        "to 00:00, 1m old) and answered 3: quiet\n"
        "Mon 00:02:00  web             cpu leaves it at 4: it asks for no change. It was given capacity 4, visible 120 and "
        "in_flight 3.5 (00:00 to 00:00, 2m old)\n"
        "in all\n"
        "  web             cpu scaled out 0 times, in 1 time; left it alone 1 time: 1 x it asks for no change\n");
}

static void an_alarm_is_told_the_first_time_and_when_something_comes_of_it(void)
{
    struct explain *explain = begin();
    tell(explain, (struct explain_event){ .kind = RECORD_ALARM_MADE, .service = "", .policy = "", .alarm = "high",
                                          .text = "CPU Average, web" });
    tell(explain, turn(1, "OK", "ALARM"));
    tell(explain, decision(1, 4, 4, "AlreadyAtMaxCapacity"));
    tell(explain, turn(2, "ALARM", "OK"));
    for (int minute = 10; minute < 40; minute += 10) {
        tell(explain, turn(minute, "OK", "ALARM"));
        tell(explain, decision(minute, 4, 4, "AlreadyAtMaxCapacity"));
        tell(explain, turn(minute + 5, "ALARM", "OK"));
    }
    tell(explain, turn(40, "OK", "ALARM"));
    tell(explain, decision(41, 4, 6, "scaled out"));
    tell(explain, turn(50, "ALARM", "OK"));
    tell(explain, turn(60, "OK", "ALARM"));
    is_told(end(explain),
        "Mon 00:01:00  web             alarm high (CPU Average): OK -> ALARM, 1 datapoint [90.5 at 00:01] was greater than the threshold (60)\n"
        "Mon 00:01:00  web             cpu leaves it at 4: it is at its maximum (AlreadyAtMaxCapacity). It saw 90: "
        "ceil(4 x 90 / 60) = 6\n"
        "Mon 00:02:00  web             alarm high (CPU Average): ALARM -> OK, 1 datapoint [90.5 at 00:01] was greater than the threshold (60)\n"
        "Mon 00:41:00  web             cpu: it is at its maximum (AlreadyAtMaxCapacity), 3 more times until Mon 00:30:00\n"
        "Mon 00:41:00  web             alarm high (CPU Average): ALARM since Mon 00:40:00, 1 datapoint [90.5 at 00:01] was greater than the "
        "threshold (60); until then it turned to ALARM 3 more times\n"
        "Mon 00:41:00  web             cpu scales out, 4 -> 6. It saw 90: ceil(4 x 90 / 60) = 6\n"
        "Mon 00:50:00  web             alarm high (CPU Average): ALARM -> OK, 1 datapoint [90.5 at 00:01] was greater than the threshold (60)\n"
        "in all\n"
        "  web             cpu scaled out 1 time, in 0 times; left it alone 4 times: 4 x it is at its maximum "
        "(AlreadyAtMaxCapacity)\n"
        "  web             alarm high (CPU Average) turned to ALARM 6 times\n");
}

static struct explain_event made(const char *alarm, const char *metric, const char *policy)
{
    return (struct explain_event){
        .kind = RECORD_ALARM_MADE, .service = "web", .alarm = alarm, .text = metric, .policy = policy,
    };
}

/* AAS-10: why a policy does not scale in at night has nothing to do with why it did not in the morning. */
static void a_reason_is_news_at_the_turn_after_the_desired_count_has_changed(void)
{
    struct explain *explain = begin();
    tell(explain, made("high", "CPU Average, web", "cpu"));
    tell(explain, turn(1, "OK", "ALARM"));
    for (int minute = 1; minute < 5; minute++) {
        tell(explain, decision(minute, 4, 4, "policy memory does not say in"));
    }
    tell(explain, turn(5, "ALARM", "OK"));
    tell(explain, turn(6, "OK", "ALARM"));
    tell(explain, decision(6, 4, 4, "policy memory does not say in"));
    tell(explain, turn(7, "ALARM", "OK"));
    tell(explain, (struct explain_event){ .kind = RECORD_DESIRED, .at = 8 * SIM_MINUTE, .service = "web", .from = 4, .to = 6,
                                          .text = "update_service" });
    tell(explain, turn(9, "OK", "ALARM"));
    tell(explain, decision(9, 6, 6, "policy memory does not say in"));
    is_told(end(explain),
        "Mon 00:01:00  web             alarm high (CPU Average): OK -> ALARM, 1 datapoint [90.5 at 00:01] was greater than the threshold (60)\n"
        "Mon 00:01:00  web             cpu leaves it at 4: policy memory does not say in. It saw 90: ceil(4 x 90 / 60) = 6\n"
        "Mon 00:05:00  web             cpu: policy memory does not say in, 3 more times until Mon 00:04:00\n"
        "Mon 00:05:00  web             alarm high (CPU Average): ALARM -> OK, 1 datapoint [90.5 at 00:01] was greater than the threshold (60)\n"
        "Mon 00:08:00  web             desired count 4 -> 6 by update_service\n"
        "Mon 00:09:00  web             alarm high (CPU Average): OK -> ALARM, 1 datapoint [90.5 at 00:01] was greater than the threshold (60); "
        "until then it turned to ALARM 1 more time\n"
        "Mon 00:09:00  web             cpu leaves it at 6: policy memory does not say in. It saw 90: ceil(4 x 90 / 60) = 6\n"
        "in all\n"
        "  web             cpu scaled out 0 times, in 0 times; left it alone 6 times: 6 x policy memory does not say in\n"
        "  web             alarm high (CPU Average) turned to ALARM 3 times\n");
}

/* Counts stand before what comes later: the last of them is older than nothing above it but ECS's messages. */
static void a_count_is_told_before_the_desired_count_changes(void)
{
    struct explain *explain = begin();
    tell(explain, made("high", "CPU Average, web", "cpu"));
    for (int minute = 1; minute < 9; minute += 2) {
        tell(explain, turn(minute, "OK", "ALARM"));
        tell(explain, decision(minute, 4, 4, "AlreadyAtMaxCapacity"));
        tell(explain, turn(minute + 1, "ALARM", "OK"));
    }
    struct explain_event other = decision(20, 4, 6, "scaled out");
    other.policy = other.alarm = "other";
    tell(explain, other);
    const char *told = end(explain);
    const char *count = strstr(told, "Mon 00:20:00  web             cpu: it is at its maximum (AlreadyAtMaxCapacity), 3 more times "
                                     "until Mon 00:07:00\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(count);
    CU_ASSERT_PTR_NOT_NULL(strstr(count, "other scales out, 4 -> 6"));
}

/* CW-08, ALARM-12: no task, no metric, no alarm, and nobody who asks the policy. */
static void an_alarm_that_never_knew_anything_is_told_at_the_end(void)
{
    static const char high[] = "TargetTracking-service/default/web-AlarmHigh-12345678-1234-4234-a234-123456789012";
    struct explain *explain = begin();
    struct explain_event seen = { .kind = RECORD_ALARM_SEEN, .at = SIM_MINUTE, .alarm = high, .metric = NAN };
    tell(explain, made(high, "CPU Average, web", "cpu"));
    tell(explain, made("lonely", "Jobs Sum", ""));
    tell(explain, made("young", "Jobs Sum", ""));
    tell(explain, seen);
    seen.alarm = "young";
    seen.metric = 0;
    tell(explain, seen);
    is_told(end(explain),
        "in all\n"
        "  web             alarm web-AlarmHigh (CPU Average): INSUFFICIENT_DATA since the start, no datapoint; it never invoked "
        "policy cpu\n"
        "  web             alarm lonely (Jobs Sum): INSUFFICIENT_DATA since the start, no datapoint\n"
        "  web             alarm young (Jobs Sum): INSUFFICIENT_DATA since the start, too few datapoints\n");
}

static void a_window_begins_with_what_still_holds(void)
{
    struct explain *explain = begin();
    explain_begin_at(explain, SIM_NEVER);
    tell(explain, turn(1, "OK", "ALARM"));
    tell(explain, decision(1, 6, 6, "AlreadyAtMaxCapacity"));
    tell(explain, decision(2, 6, 6, "AlreadyAtMaxCapacity"));
    explain_begin_at(explain, 10 * SIM_MINUTE);
    tell(explain, decision(11, 6, 6, "AlreadyAtMaxCapacity"));
    is_told(end(explain),
        "Mon 00:10:00  web             alarm high: ALARM since Mon 00:01:00\n"
        "Mon 00:10:00  web             cpu: it is at its maximum (AlreadyAtMaxCapacity), since Mon 00:01:00, 2 times\n"
        "Mon 00:11:00  web             cpu leaves it at 6: it is at its maximum (AlreadyAtMaxCapacity). It saw 90: "
        "ceil(4 x 90 / 60) = 6\n"
        "in all\n"
        "  web             cpu scaled out 0 times, in 0 times; left it alone 1 time: 1 x it is at its maximum "
        "(AlreadyAtMaxCapacity)\n");
}

static void in_detail_each_evaluation_and_each_turn_is_told(void)
{
    struct explain *explain = begin();
    explain_in_detail(explain);
    for (int minute = 0; minute < 6; minute++) {
        tell(explain, turn(minute, minute % 2 == 0 ? "OK" : "ALARM", minute % 2 == 0 ? "ALARM" : "OK"));
        tell(explain, decision(minute, 6, 6, "AlreadyAtMaxCapacity"));
    }
    const char *told = end(explain);
    int lines = 0;
    for (const char *at = strchr(told, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        lines++;
    }
    CU_ASSERT_EQUAL(lines, 12 + 3);
    CU_ASSERT_PTR_NULL(strstr(told, "more time"));
}

/* SCHD-07, SCHD-10 */
static void a_scheduled_action_is_named_with_its_bounds_and_what_they_did(void)
{
    struct explain *explain = begin();
    struct explain_event action = {
        .kind = RECORD_ACTIVITY, .at = SIM_MINUTE, .service = "web", .text = "scheduled action name nine to five was triggered",
        .description = "Setting min capacity to 4 and max capacity to 9",
    };
    tell(explain, action);
    tell(explain, (struct explain_event){ .kind = RECORD_ACTIVITY, .at = 62 * SIM_SECOND, .service = "web", .begun = true,
                                          .text = "minimum capacity was set to 4", .description = "" });
    tell(explain, (struct explain_event){ .kind = RECORD_DESIRED, .at = 62 * SIM_SECOND, .service = "web", .from = 1,
                                          .to = 4, .text = "auto scaling" });
    action.at = 2 * SIM_MINUTE;
    action.description = "Setting min capacity to 4 and max capacity to 2";
    action.fault = "Failed to set it. Reason: Maximum capacity cannot be less than minimum capacity.";
    tell(explain, action);
    is_told(end(explain),
        "Mon 00:01:00  web             scheduled action nine to five sets min capacity 4 and max capacity 9\n"
        "Mon 00:01:02  web             desired count 1 -> 4: minimum capacity was set to 4\n"
        "Mon 00:02:00  web             scheduled action nine to five fails to set min capacity 4 and max capacity 2: Maximum "
        "capacity cannot be less than minimum capacity.\n");
}

static void a_desired_count_that_a_policy_set_is_not_told_twice(void)
{
    struct explain *explain = begin();
    struct explain_event desired = {
        .kind = RECORD_DESIRED, .at = SIM_MINUTE, .service = "web", .from = 4, .to = 6, .text = "auto scaling",
    };
    tell(explain, decision(1, 4, 6, "scaled out"));
    tell(explain, desired);
    desired.at = 2 * SIM_MINUTE;
    desired.text = "update_service";
    tell(explain, desired);
    const char *told = end(explain);
    CU_ASSERT_PTR_NULL(strstr(told, "by auto scaling"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told, "Mon 00:02:00  web             desired count 4 -> 6 by update_service\n"));
}

static void a_stop_says_whom_it_passes_over_who_is_busy_and_what_is_lost(void)
{
    static const struct explain_task chosen[] = { { "aaaaaaaaaaaaaaaa", 0 } };
    static const struct explain_task passed[] = { { "bbbbbbbbbbbbbbbb", 90 * SIM_SECOND }, { "cccccccccccccccc", 0 } };
    struct explain *explain = begin();
    struct explain_event stop = {
        .kind = RECORD_STOP_DECISION, .at = SIM_MINUTE, .service = "web", .wanted = 2, .chosen = chosen, .passed_over = passed,
        .passed_over_count = 1, .blocked = true,
    };
    tell(explain, stop);
    stop.at = 2 * SIM_MINUTE;
    tell(explain, stop);
    stop.at = 3 * SIM_MINUTE;
    stop.chosen_count = 1;
    tell(explain, stop);
    tell(explain, message(3, "(service web) has stopped 1 running tasks: (task aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)."));
    struct explain_event task = {
        .kind = RECORD_TASK_STATUS, .at = 3 * SIM_MINUTE, .service = "web", .task = "aaaaaaaaaaaaaaaa", .text = "stop_decided",
        .cause = "scale_in", .busy = true,
    };
    tell(explain, task);
    tell(explain, (struct explain_event){
        .kind = RECORD_DELIVERY, .at = 210 * SIM_SECOND, .service = "web", .task = "aaaaaaaaaaaaaaaa", .text = "cut",
        .cause = "scale_in", .work_lost = 75 * SIM_SECOND,
    });
    is_told(end(explain),
        "Mon 00:01:00  web             wants to stop 2, but the only candidate is protected: bbbbbbbb until Mon 00:01:30\n"
        "Mon 00:03:00  web             stops nobody until Mon 00:02:00: all are protected, 1 more time\n"
        "Mon 00:03:00  web             stops aaaaaaaa, 1 of the 2 that it wants to; passes over 1 protected task; aaaaaaaa is "
        "busy\n"
        "Mon 00:03:30  web             aaaaaaaa is cut off in the middle of a job, 1m15s of work lost (scale_in)\n"
        "in all\n"
        "  web             ECS chose 1 task to stop, found 1 task busy, cut off 1 job, 1m15s of work lost; 2 times all "
        "candidates were protected\n");
}

static void cut_sessions_are_counted(void)
{
    struct explain *explain = begin();
    struct explain_event cut = {
        .kind = RECORD_SESSIONS_CUT, .at = SIM_MINUTE, .service = "chat", .task = "aaaaaaaaaaaaaaaa", .cause = "deployment",
        .sessions = 12,
    };
    tell(explain, cut);
    cut.at = 2 * SIM_MINUTE;
    cut.cause = "deregistered";
    cut.sessions = 1;
    tell(explain, cut);
    is_told(end(explain),
        "Mon 00:01:00  chat            12 sessions of aaaaaaaa cut (deployment)\n"
        "Mon 00:02:00  chat            1 session of aaaaaaaa cut (deregistered)\n"
        "in all\n"
        "  chat            ECS chose 0 tasks to stop, found 0 tasks busy, cut off 0 jobs and 13 sessions\n");
}

static void messages_are_cut_short_and_not_repeated(void)
{
    struct explain *explain = begin();
    tell(explain, message(1, "(service web) has started 5 tasks: (task 00000000000000000000000000000000) (task "
                             "11111111111111111111111111111111) (task 22222222222222222222222222222222) (task "
                             "33333333333333333333333333333333) (task 44444444444444444444444444444444)."));
    tell(explain, message(1, "(service web) registered 5 targets in (target-group web)"));
    tell(explain, message(2, "(service web) has reached a steady state."));
    tell(explain, message(3, "(service web) (deployment ecs-svc/1) deployment completed."));
    tell(explain, message(362, "(service web) has reached a steady state."));
    is_told(end(explain),
        "Mon 00:01:00  web             has started 5 tasks: 00000000, 11111111, 22222222, 33333333 and 1 more; registered 5 "
        "targets in (target-group web)\n"
        "Mon 00:02:00  web             has reached a steady state\n"
        "Mon 00:03:00  web             (deployment ecs-svc/1) deployment completed\n");
}

static void a_task_that_ends_by_itself_is_told(void)
{
    struct explain *explain = begin();
    struct explain_event task = {
        .kind = RECORD_TASK_STATUS, .at = SIM_MINUTE, .service = "web", .task = "aaaaaaaaaaaaaaaa", .text = "exit",
        .cause = "crash", .exit_code = 1,
    };
    tell(explain, task);
    task.cause = "scale_in";
    tell(explain, task);
    is_told(end(explain), "Mon 00:01:00  web             aaaaaaaa has ended by itself, exit code 1\n");
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

static void tell_instance(struct explain *explain, int minute, const char *id, const char *status, int tasks)
{
    tell(explain, (struct explain_event){
        .kind = RECORD_INSTANCE, .at = minute * SIM_MINUTE, .group = "hosts", .instance = id, .zone = "a", .text = status,
        .instances = tasks,
    });
}

static void instances_are_told_together_with_what_held_them(void)
{
    static const char *const ids[] = { "i-0aaaaaaaaaa", "i-0bbbbbbbbbb", "i-0cccccccccc" };
    struct explain *explain = begin();
    tell(explain, (struct explain_event){
        .kind = RECORD_CAPACITY, .service = "", .group = "hosts", .metric = 200, .from = 0, .to = 3 });
    for (int i = 0; i < 3; i++) {
        tell_instance(explain, 0, ids[i], "LAUNCHING", 0);
    }
    for (int i = 0; i < 3; i++) {
        tell_instance(explain, 2 + i, ids[i], "ACTIVE", 0);
    }
    tell(explain, (struct explain_event){
        .kind = RECORD_SCALE_IN_HELD, .at = 10 * SIM_MINUTE, .group = "hosts", .wanted = 2, .instances = 3, .text = "tasks" });
    tell_instance(explain, 11, ids[0], "DRAINING", 5);
    tell_instance(explain, 11, ids[1], "DRAINING", 1);
    tell_instance(explain, 13, ids[1], "TERMINATED", 0);
    tell_instance(explain, 13, ids[2], "TERMINATED", 4);
    is_told(end(explain),
        "Mon 00:00:00  hosts           managed scaling, 0 -> 3 instances: CapacityProviderReservation is 200\n"
        "Mon 00:00:00  hosts           launches i-0aaaaaaa in a, i-0bbbbbbb in a, i-0ccccccc in a\n"
        "Mon 00:04:00  hosts           has registered i-0ccccccc after 4m\n"
        "Mon 00:10:00  hosts           wants to let 2 of its 3 instances go, but each has tasks (managed termination protection)\n"
        "Mon 00:11:00  hosts           drains i-0aaaaaaa with 5 tasks, i-0bbbbbbb with 1 task\n"
        "Mon 00:13:00  hosts           terminates i-0bbbbbbb after 2m of draining, i-0ccccccc with 4 tasks\n"
        "Mon 00:13:00  hosts           i-0aaaaaaa still drains, since Mon 00:11:00\n");
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
        .definition = definition, .cause = "",
    };
}

static void shifts_of_traffic_are_told(void)
{
    static const struct {
        int minute;
        const char *stage;
        double percent;
    } stages[] = {
        { 61, "SCALE_UP", 0 }, { 62, "PRODUCTION_TRAFFIC_SHIFT", 5 }, { 72, "PRODUCTION_TRAFFIC_SHIFT", 100 },
        { 72, "BAKE_TIME", 100 }, { 75, "CLEAN_UP", 100 },
    };
    struct explain *explain = begin();
    tell(explain, deployment(0, "a", "web:1", "COMPLETED"));
    tell(explain, deployment(60, "b", "web:2", "IN_PROGRESS"));
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        struct explain_event event = deployment(stages[i].minute, "b", "web:2", "IN_PROGRESS");
        event.stage = stages[i].stage;
        event.metric = stages[i].percent;
        tell(explain, event);
    }
    tell(explain, deployment(80, "b", "web:2", "COMPLETED"));
    is_told(end(explain),
        "Mon 01:00:00  web             deploys web:2 in the place of web:1\n"
        "Mon 01:02:00  web             web:2 gets 5 % of the traffic\n"
        "Mon 01:12:00  web             web:2 gets 100 % of the traffic\n"
        "Mon 01:15:00  web             web:2 is to stay: the tasks before it may go\n"
        "Mon 01:20:00  web             deployment of web:2 has completed after 20m\n");
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
    held.chosen = passed;
    held.chosen_count = 2;
    held.passed_over_count = 0;
    tell(explain, held);
    tell(explain, deployment(75, "b", "web:2", "COMPLETED"));
    is_told(end(explain),
        "Mon 01:00:00  web             deploys web:2 in the place of web:1\n"
        "Mon 01:01:00  web             wants to stop 2, but all 2 candidates are protected: bbbbbbbb until Mon 01:00:00, "
        "cccccccc until Mon 01:00:00\n"
        "Mon 01:02:00  web             the first task of web:2 runs, after 2m\n"
        "Mon 01:10:00  web             stops bbbbbbbb, cccccccc\n"
        "Mon 01:15:00  web             deployment of web:2 has completed after 15m, held up for 9m by up to 2 protected tasks\n"
        "in all\n"
        "  web             ECS chose 2 tasks to stop, found 0 tasks busy, cut off 0 jobs; 1 time all candidates were protected\n");
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
        "Mon 00:06:06  web             cpu, 2 -> 4: ready 6m06s after the load changed at Mon 00:00:00, measured +3m, "
        "published +2m, alarm +30 s, decided +1 s, tasks started +5 s, ready +30 s\n"
        "Mon 00:06:06  web             cpu, 2 -> 4: changed again before it was ready; the load changed at Mon 00:00:00, "
        "measured +3m, published +2m, alarm +30 s, decided +1 s\n");
}

static void reasons_of_alarms_are_cut_to_what_a_line_holds(void)
{
    static const struct {
        const char *reason, *shown;
    } rows[] = {
        { "Threshold Crossed: 15 datapoints were less than the threshold (72.0). The most recent datapoints: "
          "[38.407462036 (05/01/26 00:14:00), -37.4 (05/01/26 00:13:20), 0.0 (05/01/26 00:12:00), 1.0 (05/01/26 00:11:00), "
          "1.0 (05/01/26 00:10:00)].",
          "15 datapoints were less than the threshold (72). The most recent datapoints: [38.4075 at 00:14, -37.4 at "
          "00:13:20, 0 at 00:12 ...]" },
        { "Threshold Crossed: 1 out of the last 3 datapoints [2.5 (05/01/26 00:02:00)] was not greater than the threshold "
          "(50.0) (minimum 1 datapoint for ALARM -> OK transition).",
          "1 out of the last 3 datapoints [2.5 at 00:02] was not greater than the threshold (50)" },
        { "Threshold Crossed: 1 datapoint [7.0 (05/01/26 00:02:00)] was greater than the threshold (5.0) and 2 missing "
          "datapoints were treated as [Breaching] (05/01/26 00:01:00, 05/01/26 00:00:00).",
          "1 datapoint [7 at 00:02] was greater than the threshold (5) and 2 missing datapoints were treated as [Breaching] "
          "(00:01, 00:00)" },
        { "Insufficient Data: 3 datapoints were unknown.", "3 datapoints were unknown" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sentence sentence = { .used = 0 };
        sentence_put_alarm_reason(&sentence, rows[i].reason);
        CU_ASSERT_STRING_EQUAL(sentence.text, rows[i].shown);
    }
}

static void a_sentence_that_is_full_takes_no_more(void)
{
    struct sentence sentence = { .used = 0 };
    for (int i = 0; i < SENTENCE_SIZE; i++) {
        sentence_put(&sentence, "ab");
    }
    CU_ASSERT_EQUAL(strlen(sentence.text), SENTENCE_SIZE - 1);
}

static void names_of_scheduled_actions_are_found(void)
{
    char name[EXPLAIN_NAME];
    CU_ASSERT_TRUE(explain_scheduled_action("scheduled action name was triggered was triggered", name));
    CU_ASSERT_STRING_EQUAL(name, "was triggered");
    CU_ASSERT_FALSE(explain_scheduled_action("monitor alarm a in state ALARM triggered policy p", name));
    CU_ASSERT_FALSE(explain_scheduled_action("scheduled action name ", name));
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
        { "a decision says what it saw and what the bounds made of it",
          a_decision_says_what_it_saw_and_what_the_bounds_made_of_it },
        { "cooldowns are told by the calendar and counted as one reason",
          cooldowns_are_told_by_the_calendar_and_counted_as_one_reason },
        { "a custom policy is told with what it was given and what it answered",
          a_custom_policy_is_told_with_what_it_was_given_and_what_it_answered },
        { "an alarm is told the first time, and when something comes of it",
          an_alarm_is_told_the_first_time_and_when_something_comes_of_it },
        { "a reason is news at the turn after the desired count has changed",
          a_reason_is_news_at_the_turn_after_the_desired_count_has_changed },
        { "a count is told before the desired count changes", a_count_is_told_before_the_desired_count_changes },
        { "an alarm that never knew anything is told at the end", an_alarm_that_never_knew_anything_is_told_at_the_end },
        { "a window begins with what still holds", a_window_begins_with_what_still_holds },
        { "in detail each evaluation and each turn is told", in_detail_each_evaluation_and_each_turn_is_told },
        { "a scheduled action is named, with its bounds and what they did",
          a_scheduled_action_is_named_with_its_bounds_and_what_they_did },
        { "a desired count that a policy set is not told twice", a_desired_count_that_a_policy_set_is_not_told_twice },
        { "a stop says whom it passes over, who is busy and what is lost",
          a_stop_says_whom_it_passes_over_who_is_busy_and_what_is_lost },
        { "cut sessions are counted", cut_sessions_are_counted },
        { "messages are cut short and not repeated", messages_are_cut_short_and_not_repeated },
        { "a task that ends by itself is told", a_task_that_ends_by_itself_is_told },
        { "a waterfall is told step by step", a_waterfall_is_told_step_by_step },
        { "reasons of alarms are cut to what a line holds", reasons_of_alarms_are_cut_to_what_a_line_holds },
        { "a sentence that is full takes no more", a_sentence_that_is_full_takes_no_more },
        { "a disruption names whom it hits", a_disruption_names_whom_it_hits },
        { "instances are told together, with what held them", instances_are_told_together_with_what_held_them },
        { "shifts of traffic are told", shifts_of_traffic_are_told },
        { "a deployment is told from its beginning to its end", a_deployment_is_told_from_its_beginning_to_its_end },
        { "a deployment that ends badly says how", a_deployment_that_ends_badly_says_how },
        { "names of managed alarms are cut", names_of_managed_alarms_are_cut },
        { "names of scheduled actions are found", names_of_scheduled_actions_are_found },
        UNIT_END
    };
    return unit_main("output/explain", tests);
}
