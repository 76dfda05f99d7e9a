#include "output/run_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/page.h"
#include "output/strip.h"

static char folder[64];

static void plant(const char *name, const char *content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(content, file);
    fclose(file);
}

static void remove_planted(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CU_ASSERT_EQUAL(unlink(path), 0);
}

static const char summary[] =
    "{\n  \"ecsim\": \"0.1\",\n  \"scenario\": \"a.lua\",\n"
    "  \"parameters\": [\n    {\"name\": \"rate\", \"value\": 0.08, \"default\": 0.05},\n"
    "    {\"name\": \"mode\", \"value\": \"x\", \"default\": \"x\"},\n"
    "    {\"name\": \"on\", \"value\": false, \"default\": true}\n  ],\n"
    "  \"seed\": \"18446744073709551615\",\n  \"start\": \"2026-01-05T00:00:00Z\",\n"
    "  \"ended_at_s\": 180,\n  \"slo_s\": null,\n"
    "  \"services\": [{\"name\": \"web\"}, {\"name\": \"worker\"}],\n  \"queues\": [{\"name\": \"jobs\"}]\n}\n";

static const char timeline[] =
    "time,kind,service,queue,desired_count,protected_busy,busy,idle,protected_idle,pending,draining,visible,in_flight,"
    "oldest_age_s\n"
    "60,service,web,,1,0,0.5,0.5,0,0,0,nan,nan,nan\n"
    "60,service,worker,jobs,2,1,0.25,0.75,0,0,0,7,2,30\n"
    "120,service,web,,1,0,1,0,0,0,0,nan,nan,nan\n"
    "120,service,worker,jobs,2,2,0.5,0,0,0,1,3,2,90\n"
    "120,queue,,jobs,nan,nan,nan,nan,nan,nan,nan,3,2,90\n";

static const char events[] =
    "{\"time_s\": 0, \"kind\": \"deployment\", \"service\": \"web\", \"deployment\": \"a\", \"task_definition\": \"web:1\", "
    "\"status\": \"PRIMARY\", \"rollout_state\": \"IN_PROGRESS\"}\n"
    "{\"time_s\": 10, \"kind\": \"deployment\", \"service\": \"web\", \"deployment\": \"a\", \"task_definition\": \"web:1\", "
    "\"status\": \"PRIMARY\", \"rollout_state\": \"COMPLETED\"}\n"
    "{\"time_s\": 11, \"kind\": \"alarm_made\", \"alarm\": \"high\", \"metric\": \"m\", \"period_s\": 60, \"threshold\": 5}\n"
    "{\"time_s\": 12, \"kind\": \"alarm_seen\", \"alarm\": \"high\", \"start_s\": 0, \"value\": 7}\n"
    "{\"time_s\": 13, \"kind\": \"alarm_seen\", \"alarm\": \"high\", \"start_s\": 1, \"value\": null}\n"
    "{\"time_s\": 14, \"kind\": \"alarm_seen\", \"alarm\": \"never made\", \"start_s\": 1, \"value\": 1}\n"
    "{\"time_s\": 15, \"kind\": \"scale_out_waterfall\", \"policy\": \"p\", \"from\": 1, \"to\": 3, \"load_changed_s\": 1, "
    "\"measured_s\": 2, \"published_s\": 3, \"alarm_s\": 4, \"decided_s\": 5, \"started_s\": 6, \"ready_s\": null}\n"
    "{\"time_s\": 20, \"kind\": \"alarm\", \"alarm\": \"high\", \"from\": \"OK\", \"to\": \"ALARM\"}\n"
    "{\"time_s\": 20, \"kind\": \"decision\", \"service\": \"worker\", \"alarm\": \"high\"}\n"
    "{\"time_s\": 21, \"kind\": \"desired\", \"service\": \"worker\", \"from\": 1, \"to\": 2, \"by\": \"auto scaling\"}\n"
    "{\"time_s\": 25, \"kind\": \"desired\", \"service\": \"worker\", \"from\": 2, \"to\": 2, \"by\": \"update_service\"}\n"
    "{\"time_s\": 30, \"kind\": \"alarm\", \"alarm\": \"high\", \"from\": \"ALARM\", \"to\": \"OK\"}\n"
    "{\"time_s\": 31, \"kind\": \"alarm_made\", \"service\": \"web\", \"alarm\": \"idle\", \"metric\": \"n\", "
    "\"period_s\": 60, \"threshold\": 5}\n"
    "{\"time_s\": 35, \"kind\": \"alarm\", \"alarm\": \"idle\", \"from\": \"OK\", \"to\": \"ALARM\"}\n"
    "{\"time_s\": 40, \"kind\": \"alarm\", \"alarm\": \"lonely\", \"from\": \"OK\", \"to\": \"ALARM\"}\n"
    "{\"time_s\": 50, \"kind\": \"stop_decision\", \"service\": \"worker\", \"blocked\": true}\n"
    "{\"time_s\": 60, \"kind\": \"stop_decision\", \"service\": \"worker\", \"blocked\": true}\n"
    "{\"time_s\": 70, \"kind\": \"stop_decision\", \"service\": \"web\", \"blocked\": false}\n"
    "{\"time_s\": 80, \"kind\": \"log\", \"text\": \"\\\"kind\\\": \\\"alarm\\\",\"}\n"
    "{\"time_s\": 100, \"kind\": \"desired\", \"service\": \"worker\", \"from\": 2, \"to\": 1, \"by\": \"auto scaling\"}\n"
    "{\"time_s\": 110, \"kind\": \"task\", \"service\": \"worker\", \"what\": \"stop_decided\", \"busy\": true}\n"
    "{\"time_s\": 111, \"kind\": \"task\", \"service\": \"worker\", \"what\": \"sigterm\", \"busy\": true}\n"
    "{\"time_s\": 120, \"kind\": \"deployment\", \"service\": \"web\", \"deployment\": \"b\", \"task_definition\": \"web:2\", "
    "\"status\": \"PRIMARY\", \"rollout_state\": \"IN_PROGRESS\"}\n"
    "{\"time_s\": 121, \"kind\": \"disruption\", \"service\": \"worker\", \"cause\": \"spot\", \"until_s\": null}\n"
    "{\"time_s\": 122, \"kind\": \"disruption\", \"cause\": \"zone\", \"until_s\": 600}\n"
    "{\"time_s\": 130, \"kind\": \"deployment\", \"service\": \"web\", \"deployment\": \"b\", \"task_definition\": \"web:2\", "
    "\"status\": \"PRIMARY\", \"rollout_state\": \"FAILED\"}\n"
    "{\"time_s\": 130, \"kind\": \"deployment\", \"service\": \"web\", \"deployment\": \"a\", \"task_definition\": \"web:1\", "
    "\"status\": \"PRIMARY\", \"rollout_state\": \"IN_PROGRESS\", \"rollback\": true}\n"
    "{\"time_s\": 140, \"kind\": \"deployment\", \"service\": \"web\", \"deployment\": \"b\", \"task_definition\": \"web:2\", "
    "\"status\": \"INACTIVE\", \"rollout_state\": \"FAILED\"}\n";

static struct run_folder *read_planted(void)
{
    struct error err = { "" };
    plant("summary.json", summary);
    plant("timeline.csv", timeline);
    plant("events.jsonl", events);
    struct run_folder *run = run_folder_read(folder, &err);
    if (run == NULL) {
        CU_FAIL_FATAL(err.text);
    }
    return run;
}

static void the_control_loop_is_read_back(void)
{
    struct run_folder *run = read_planted();
    CU_ASSERT_EQUAL_FATAL(run->loop.alarm_count, 2);
    const struct folder_alarm *high = &run->loop.alarms[0];
    CU_ASSERT_STRING_EQUAL(high->metric, "m");
    CU_ASSERT_EQUAL_FATAL(high->seen_count, 2);
    CU_ASSERT(high->seen[0].value > 6.5 && high->seen[0].value < 7.5);
    CU_ASSERT(isnan(high->seen[1].value));
    CU_ASSERT_EQUAL_FATAL(high->turn_count, 2);
    CU_ASSERT(high->turns[0].to == FOLDER_ALARM && high->turns[1].to == FOLDER_OK);
    CU_ASSERT_EQUAL_FATAL(run->loop.waterfall_count, 1);
    CU_ASSERT_EQUAL(run->loop.waterfalls[0].to, 3);
    CU_ASSERT(isnan(run->loop.waterfalls[0].steps_s[FOLDER_STEPS - 1]));
    run_folder_free(run);
}

static void deployments_are_read_back(void)
{
    static const struct {
        const char *definition;
        int begun_s, ended_s;
        enum folder_rollout_end end;
        bool creates_service, rolls_back;
    } expected[] = {
        { "web:1", 0, 10, ROLLOUT_HAS_COMPLETED, true, false },
        { "web:2", 120, 130, ROLLOUT_HAS_FAILED, false, false },
        { "web:1", 130, 0, ROLLOUT_UNDER_WAY, false, true },
    };
    struct run_folder *run = read_planted();
    CU_ASSERT_EQUAL_FATAL(run->rollouts.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < run->rollouts.count; i++) {
        const struct folder_rollout *rollout = &run->rollouts.list[i];
        CU_ASSERT_EQUAL(rollout->service, 0);
        CU_ASSERT_STRING_EQUAL(rollout->definition, expected[i].definition);
        CU_ASSERT_EQUAL(rollout->begun_s, expected[i].begun_s);
        CU_ASSERT_EQUAL(rollout->ended_s, expected[i].ended_s);
        CU_ASSERT_EQUAL(rollout->end, expected[i].end);
        CU_ASSERT_EQUAL(rollout->creates_service, expected[i].creates_service);
        CU_ASSERT_EQUAL(rollout->rolls_back, expected[i].rolls_back);
    }
    run_folder_free(run);
}

static void a_run_is_read_back(void)
{
    struct run_folder *run = read_planted();
    CU_ASSERT_STRING_EQUAL(run->changed, "rate=0.08 on=false");
    CU_ASSERT_STRING_EQUAL(run->seed, "18446744073709551615");
    CU_ASSERT_EQUAL(run->start_unix_s, 1767571200);
    CU_ASSERT_EQUAL(run->slo_s, 0);
    CU_ASSERT_EQUAL(run->service_count, 2);
    CU_ASSERT_EQUAL(run->minute_count, 5);
    CU_ASSERT_EQUAL(run->minutes[1].service, 1);
    CU_ASSERT_EQUAL(run->minutes[1].queue, 0);
    CU_ASSERT_EQUAL(run->minutes[1].visible, 7);
    CU_ASSERT_EQUAL(run->minutes[4].service, -1);
    CU_ASSERT_EQUAL(run_folder_height(run, 1, 0, LAYER_BUSY), 1.25);
    CU_ASSERT_EQUAL(run_folder_height(run, 1, 60.5, LAYER_BUSY), 2.5);
    CU_ASSERT_EQUAL(run_folder_height(run, 1, 120, LAYER_DRAINING), 3.5);
    CU_ASSERT_EQUAL(run_folder_height(run, 1, 1000, LAYER_DRAINING), 0);
    run_folder_free(run);
}

static void marks_are_where_and_whose_they_are(void)
{
    static const struct {
        double time_s;
        int service;
        enum mark_kind kind;
    } expected[] = {
        { 20, 1, MARK_ALARM },   { 21, 1, MARK_OUT }, { 35, 0, MARK_ALARM },      { 40, -1, MARK_ALARM },
        { 50, 1, MARK_BLOCKED }, { 100, 1, MARK_IN }, { 110, 1, MARK_BUSY_STOP }, { 120, 0, MARK_DEPLOYMENT },
        { 121, 1, MARK_DISRUPTION }, { 122, -1, MARK_DISRUPTION },
    };
    struct run_folder *run = read_planted();
    CU_ASSERT_EQUAL_FATAL(run->mark_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < run->mark_count; i++) {
        CU_ASSERT_EQUAL(run->marks[i].time_s, expected[i].time_s);
        CU_ASSERT_EQUAL(run->marks[i].service, expected[i].service);
        CU_ASSERT_EQUAL(run->marks[i].kind, expected[i].kind);
    }
    CU_ASSERT_STRING_EQUAL(run->marks[7].text, "web:2");
    CU_ASSERT_EQUAL(run->marks[8].until_s, 121);
    CU_ASSERT_PTR_NULL(run->marks[8].text);
    CU_ASSERT_EQUAL(run->marks[9].until_s, 600);
    CU_ASSERT_STRING_EQUAL(run->marks[9].text, "zone");
    run_folder_free(run);
}

static void damage_is_told_by_file(void)
{
    static const struct {
        const char *name, *content;
    } rows[] = {
        { "summary.json", "{\n  \"ecsim\": \"0.1\",\n  \"scen" },
        { "timeline.csv", "" },
        { "timeline.csv", "time,kind\n60,service\n" },
        { "events.jsonl", "{\"time_s\": 10, \"kind\": \"alarm\", \"al\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        run_folder_free(read_planted());
        plant(rows[i].name, rows[i].content);
        CU_ASSERT_PTR_NULL(run_folder_read(folder, &err));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].name));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "damaged"));
    }
}

static void folders_that_hold_no_run_are_told(void)
{
    struct error err;
    run_folder_free(read_planted());
    plant("summary.json", "{\"other\": 1}");
    CU_ASSERT_PTR_NULL(run_folder_read(folder, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not written by ecsim"));
    CU_ASSERT_PTR_NULL(run_folder_read(".", &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "holds no run"));
    CU_ASSERT_PTR_NULL(run_folder_read("no/such/folder", &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no/such/folder"));
}

static void a_run_without_events_has_no_marks(void)
{
    struct error err;
    char path[128];
    run_folder_free(read_planted());
    snprintf(path, sizeof path, "%s/events.jsonl", folder);
    CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
    struct run_folder *run = run_folder_read(folder, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(run);
    CU_ASSERT_EQUAL(run->mark_count, 0);
    CU_ASSERT_EQUAL(run->minute_count, 5);
    CU_ASSERT_PTR_NULL(run_folder_open_file(run, OUTPUT_EVENTS, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "made with --no-events"));
    run_folder_free(run);
}

static void a_task_is_found_behind_quoted_cells(void)
{
    struct error err;
    struct folder_task task;
    run_folder_free(read_planted());
    struct run_folder *run = run_folder_open(folder, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(run);
    CU_ASSERT_EQUAL(run->minute_count, 0);
    CU_ASSERT_FALSE(run_folder_task(run, "abc", &task, &err));
    plant("tasks.csv", "task,stopped_reason,jobs_done,busy_s,work_useful_s,work_lost_s,cost_usd,sessions,sessions_cut\n"
                       "abb,,1,2,3,4,0,0,0\n"
                       "abc,\"one, \"\"two\"\", three\",5,6.5,7,8,0,9,2\n");
    CU_ASSERT_TRUE(run_folder_task(run, "abc", &task, &err));
    CU_ASSERT_EQUAL(task.jobs_done, 5);
    CU_ASSERT_EQUAL(task.busy_s, 6.5);
    CU_ASSERT_EQUAL(task.work_useful_s, 7);
    CU_ASSERT_EQUAL(task.work_lost_s, 8);
    CU_ASSERT_EQUAL(task.sessions, 9);
    CU_ASSERT_EQUAL(task.sessions_cut, 2);
    CU_ASSERT_FALSE(run_folder_task(run, "abd", &task, &err));
    run_folder_free(run);
}

/* Tasks by the order in which they begin to serve; their lives are in tasks.csv, their cuts in events.jsonl. */
static void sessions_are_read_back(void)
{
    struct error err;
    run_folder_free(read_planted());
    plant("sessions.csv", "time,service,task,sessions\n60,worker,abb,3\n60,worker,abc,0\n120,worker,abb,1\n180,worker,abc,4\n");
    plant("tasks.csv", "task,started_s,stopping_s,execution_stopped_s\nabb,5,130,150\nother,5,6,7\nabc,50.5,nan,nan\n");
    plant("events.jsonl", "{\"time_s\": 150, \"kind\": \"sessions_cut\", \"service\": \"worker\", \"task\": \"abb\", \"count\": 1, "
                          "\"cause\": \"scale_in\"}\n"
                          "{\"time_s\": 160, \"kind\": \"sessions_cut\", \"service\": \"worker\", \"task\": \"unknown\", \"count\": 1, "
                          "\"cause\": \"scale_in\"}\n");
    struct run_folder *run = run_folder_read(folder, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(run);
    const struct run_sessions *sessions = &run->sessions;
    CU_ASSERT_EQUAL_FATAL(sessions->server_count, 2);
    CU_ASSERT_STRING_EQUAL(sessions->servers[0].id, "abb");
    CU_ASSERT_STRING_EQUAL(run->services[sessions->servers[0].service], "worker");
    CU_ASSERT_EQUAL(sessions->servers[0].stopping_s, 130);
    CU_ASSERT_EQUAL(sessions->servers[1].started_s, 50.5);
    CU_ASSERT(isnan(sessions->servers[1].ended_s));
    CU_ASSERT_EQUAL_FATAL(sessions->row_count, 4);
    CU_ASSERT_EQUAL(sessions->rows[3].server, 1);
    CU_ASSERT_EQUAL(sessions->rows[3].open, 4);
    CU_ASSERT_EQUAL_FATAL(sessions->cut_count, 1);
    CU_ASSERT_EQUAL(sessions->cuts[0].time_s, 150);
    run_folder_free(run);
    plant("sessions.csv", "time,service,task\n");
    CU_ASSERT_PTR_NULL(run_folder_read(folder, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "sessions.csv' is damaged"));
    remove_planted("sessions.csv");
}

static void the_strip_stacks_the_states(void)
{
    static struct page page;
    struct run_folder *run = read_planted();
    page_begin(&page);
    strip_draw(run, &page.text);
    const char *content = page_end(&page);
    CU_ASSERT_PTR_NOT_NULL(strstr(content, "a.lua   rate=0.08 on=false   seed 18446744073709551615"));
    CU_ASSERT_PTR_NOT_NULL(strstr(content, "worker, tasks"));
    CU_ASSERT_PTR_NOT_NULL(strstr(content, "jobs, messages"));
    /* The lowest row of the worker: protected and busy all the time. */
    const char *axis = strstr(strstr(content, "worker, tasks"), "+---");
    while (*axis != '|') {
        axis--;
    }
    CU_ASSERT_EQUAL(strspn(axis + 1, "#"), 70);
    run_folder_free(run);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "deployments are read back", deployments_are_read_back },
        { "sessions are read back", sessions_are_read_back },
        { "a run is read back", a_run_is_read_back },
        { "the control loop is read back", the_control_loop_is_read_back },
        { "marks are where and whose they are", marks_are_where_and_whose_they_are },
        { "damage is told by file", damage_is_told_by_file },
        { "folders that hold no run are told", folders_that_hold_no_run_are_told },
        { "a run without events has no marks", a_run_without_events_has_no_marks },
        { "a task is found behind quoted cells", a_task_is_found_behind_quoted_cells },
        { "the strip stacks the states", the_strip_stacks_the_states },
        UNIT_END
    };
    snprintf(folder, sizeof folder, "test_run_folder.%ld", (long)getpid());
    if (mkdir(folder, 0777) != 0) {
        return 2;
    }
    int status = unit_main("output/run_folder", tests);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? status : 2;
}
