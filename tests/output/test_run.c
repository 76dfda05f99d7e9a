/* One run, seen through every file: a task under protection outlives a desired count of zero, is released and stops. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/world.h"
#include "model/audit.h"
#include "model/record.h"
#include "output/events.h"
#include "output/explain.h"
#include "output/page.h"
#include "output/report.h"
#include "output/summary.h"
#include "output/tasks.h"
#include "output/timeline.h"
#include "output/warnings.h"

static struct page events, tasks, timeline, summary, report, explanation;

enum { LAWS = 64 };

static void on_protect(struct sim *sim, void *self)
{
    (void)sim;
    fixture_protect(((struct fixture *)self)->service->first, true, 60);
}

static void on_scale_in(struct sim *sim, void *self)
{
    (void)sim;
    service_set_desired(((struct fixture *)self)->service, 0, "update_service");
}

static void on_release(struct sim *sim, void *self)
{
    (void)sim;
    fixture_protect(((struct fixture *)self)->service->first, false, 0);
}

/* The scheduler says the same thing again. */
static void on_same_pass(struct sim *sim, void *self)
{
    const struct service *service = ((struct fixture *)self)->service;
    const struct task *const passed_over[] = { service->first };
    const struct record_stop_decision decision = {
        .service = service, .wanted = 1, .passed_over = passed_over, .passed_over_count = 1, .blocked = true,
    };
    trace_emit(sim, RECORD_STOP_DECISION, &decision);
}

static void schedule(struct fixture *fixture)
{
    struct sim *sim = fixture->world->sim;
    fixture->world->config.duration = 10 * SIM_MINUTE;
    fixture->puppet.exit_on_sigterm = true;
    sim_at(sim, 60 * SIM_SECOND, RANK_CALL, on_protect, fixture);
    sim_at(sim, 120 * SIM_SECOND, RANK_CALL, on_scale_in, fixture);
    sim_at(sim, 200 * SIM_SECOND, RANK_SCHEDULER, on_same_pass, fixture);
    sim_at(sim, 300 * SIM_SECOND, RANK_SCHEDULER, on_same_pass, fixture);
    sim_at(sim, 400 * SIM_SECOND, RANK_CALL, on_release, fixture);
}

static void write_ends(struct fixture *fixture, struct report *watched, const struct warnings *warnings)
{
    static const struct run_parameter parameters[] = {
        { "rate", "0.08", "0.05", VALUE_NUMBER },
        { "protect", "true", "true", VALUE_SWITCH },
        { "wait", "10m", "5m", VALUE_TEXT },
    };
    static const struct run_input input = { "scenario", "demo.lua", "fnv1a64:0" };
    static const char *const without_effect[] = { "create_service.tags" };
    static const struct verdict verdicts[] = { { "work_lost_s == 0", true, 0, 0, "s" }, { "cost < 0", false, 1, 0, "USD" } };
    struct audit_row ledger[LAWS];
    struct run_facts facts = {
        .version = "9.9", .scenario = "demo.lua", .question = "Does it \"work\"?", .inputs = &input, .input_count = 1,
        .parameters = parameters, .parameter_count = 3, .verdicts = verdicts, .verdict_count = 2,
        .without_effect = without_effect, .without_effect_count = 1, .ledger = ledger,
    };
    facts.ledger_count = (size_t)audit_world(fixture->world, ledger, LAWS);
    summary_write(&summary.text, fixture->world, &facts, warnings);
    report_write(watched, &report.text, &facts, warnings, false);
}

/* Every file of one run, as text. */
static void run_once(void)
{
    struct fixture fixture;
    struct error err;
    struct page *const pages[] = { &events, &tasks, &timeline, &summary, &report, &explanation };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        page_begin(pages[i]);
    }
    fixture_init(&fixture, 1);
    struct world *world = fixture.world;
    struct warnings *warnings = warnings_observe(world);
    struct report *watched = report_observe(world);
    struct explain *explain = explain_observe(world, &explanation.text);
    struct timeline *rows = timeline_observe(world, &timeline.text);
    events_observe(world, &events.text);
    tasks_observe(world, &tasks.text);
    schedule(&fixture);
    if (!world_run(world, &err)) {
        CU_FAIL_FATAL(err.text);
    }
    timeline_finish(rows);
    explain_finish(explain);
    write_ends(&fixture, watched, warnings);
    fixture_finish(&fixture);
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        page_end(pages[i]);
    }
}

static int count(const char *content, const char *text)
{
    int found = 0;
    for (const char *at = strstr(content, text); at != NULL; at = strstr(at + 1, text)) {
        found++;
    }
    return found;
}

static void every_event_is_an_object_with_time_and_kind(void)
{
    run_once();
    double last = 0;
    for (char *line = strtok(events.content, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        cJSON *event = cJSON_Parse(line);
        CU_ASSERT_PTR_NOT_NULL_FATAL(event);
        const cJSON *time = cJSON_GetObjectItemCaseSensitive(event, "time_s");
        CU_ASSERT(cJSON_IsNumber(time) && time->valuedouble >= last);
        last = time->valuedouble;
        CU_ASSERT_PTR_NOT_NULL(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "kind")));
        cJSON_Delete(event);
    }
    CU_ASSERT(last > 405);   /* the task is stopped after its release at 400 s */
}

static void what_was_decided_and_what_was_not_is_there(void)
{
    run_once();
    const char *const texts[] = {
        "\"kind\": \"desired\", \"service\": \"worker\", \"from\": 1, \"to\": 0, \"by\": \"update_service\"}",
        "was unable to scale in due to (reason 1 tasks under protection)",
        "\"chosen\": [], \"passed_over\": [{\"task\": \"",
        "\"protected_until_s\": 3660}], \"blocked\": true}",
        "\"what\": \"stop_decided\", \"status\": \"RUNNING\"",
        "\"stop_code\": \"ServiceSchedulerInitiated\"",
        "\"what\": \"stopped\", \"status\": \"STOPPED\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strstr(events.content, texts[i]) == NULL) {
            CU_FAIL(texts[i]);
        }
    }
}

static void the_timeline_has_a_row_per_minute(void)
{
    run_once();
    CU_ASSERT_EQUAL(count(timeline.content, "\n"), 11);
    CU_ASSERT_PTR_NOT_NULL(strstr(timeline.content, "\n180,Mon 00:03,service,worker,jobs,0,1,0,nan,nan,0,0,0,1,0,0,"));
    /* Every row has as many cells as the header. */
    int cells = 0;
    for (const char *line = timeline.content; *line != '\0'; line = strchr(line, '\n') + 1) {
        int commas = 0;
        for (const char *at = line; *at != '\n'; at++) {
            commas += *at == ',';
        }
        CU_ASSERT(cells == 0 || commas == cells);
        cells = commas;
    }
    CU_ASSERT_EQUAL(cells, 26);
}

static void a_task_has_one_row(void)
{
    run_once();
    CU_ASSERT_EQUAL(count(tasks.content, "\n"), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(tasks.content, ",worker,worker:1,a,FARGATE,STOPPED,5,20,25,25,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(tasks.content, ",scale_in,ServiceSchedulerInitiated,Scaling activity initiated by"));
    CU_ASSERT_PTR_NOT_NULL(strstr(tasks.content, ",340,"));   /* protected from 60 s to 400 s */
}

static const cJSON *item(const cJSON *tree, const char *list, int index, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, list), index), key);
}

static void the_summary_says_what_was_run(void)
{
    run_once();
    CU_ASSERT_EQUAL(strncmp(summary.content, "{\n  \"ecsim\": \"9.9\"", 18), 0);
    cJSON *tree = cJSON_Parse(summary.content);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "seed")), "1");
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "question")), "Does it \"work\"?");
    CU_ASSERT_EQUAL(cJSON_GetObjectItemCaseSensitive(tree, "ended_at_s")->valuedouble, 600);
    CU_ASSERT_TRUE(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(tree, "interrupted_at_s")));
    CU_ASSERT_EQUAL(item(tree, "parameters", 0, "value")->valuedouble, 0.08);
    CU_ASSERT_TRUE(cJSON_IsTrue(item(tree, "parameters", 1, "value")));
    CU_ASSERT_STRING_EQUAL(item(tree, "parameters", 2, "value")->valuestring, "10m");
    CU_ASSERT_STRING_EQUAL(item(tree, "verdicts", 0, "verdict")->valuestring, "pass");
    CU_ASSERT_STRING_EQUAL(item(tree, "verdicts", 1, "verdict")->valuestring, "fail");
    CU_ASSERT(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(tree, "kpis")) > 50);
    CU_ASSERT(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(tree, "ledger")) > 3);
    cJSON_Delete(tree);
    /* The fixture's latencies are constants where the ledger has ranges. */
    CU_ASSERT_PTR_NOT_NULL(strstr(summary.content, "{\"name\": \"pull_s\", \"service\": null, \"value\": \"5\""));
    /* Nothing was sent, so there is no ratio. */
    CU_ASSERT_PTR_NOT_NULL(strstr(summary.content, "{\"name\": \"cost_per_1k\", \"value\": null, \"unit\": \"USD\"}"));
}

static void the_report_fits_a_screen(void)
{
    run_once();
    CU_ASSERT(count(report.content, "\n") <= 50);
    for (const char *line = report.content; *line != '\0'; line = strchr(line, '\n') + 1) {
        int width = 0;
        for (const char *at = line; *at != '\n'; at++) {
            width += (*at & 0xC0) != 0x80;   /* characters, not bytes */
        }
        if (width > 100) {
            CU_FAIL("a line is wider than 100 columns");
        }
    }
    CU_ASSERT_PTR_NULL(strchr(report.content, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "demo.lua"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "seed 1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "changed  rate=0.08 wait=10m\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "1 of 2 held"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "cost < 0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "pull_s = 5"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report.content, "balanced ("));
}

static void a_reason_that_stays_is_told_once(void)
{
    run_once();
    CU_ASSERT_EQUAL(count(explanation.content, "wants to stop 1, but the only candidate is protected: "), 1);
    CU_ASSERT_EQUAL(count(explanation.content, " until Mon 01:01:00\n"), 1);
    CU_ASSERT_EQUAL(count(explanation.content, "stops nobody until Mon 00:05:00: all are protected, 2 more times"), 1);
    CU_ASSERT_EQUAL(count(explanation.content, "worker          stops "), 2);
    CU_ASSERT_EQUAL(count(explanation.content, "desired count 1 -> 0 by update_service"), 1);
}

static void the_same_run_gives_the_same_bytes(void)
{
    struct page *const pages[] = { &events, &tasks, &timeline, &summary, &report, &explanation };
    static char first[sizeof pages / sizeof pages[0]][sizeof events.content];
    run_once();
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        memcpy(first[i], pages[i]->content, sizeof first[i]);
    }
    run_once();
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        CU_ASSERT_STRING_EQUAL(pages[i]->content, first[i]);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "every event is an object with time and kind, in order", every_event_is_an_object_with_time_and_kind },
        { "what was decided and what was not is there", what_was_decided_and_what_was_not_is_there },
        { "the timeline has a row per minute, each with all cells", the_timeline_has_a_row_per_minute },
        { "a task has one row", a_task_has_one_row },
        { "the summary says what was run", the_summary_says_what_was_run },
        { "the report fits a screen", the_report_fits_a_screen },
        { "a reason that stays is told once", a_reason_that_stays_is_told_once },
        { "the same run gives the same bytes", the_same_run_gives_the_same_bytes },
        UNIT_END
    };
    return unit_main("output/run", tests);
}
