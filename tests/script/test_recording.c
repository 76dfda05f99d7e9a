/* Recorded metrics: the answers of CloudWatch as files, and what a scenario does with them. */
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "scene.h"
#include "script/recording.h"

/* 2026-01-05T00:00:00Z, as scenarios begin. */
static const int64_t start = 1767571200;

static void instants_may_have_offsets_and_fractions(void)
{
    static const struct {
        const char *text;
        double seconds;           /* negative: no instant */
    } rows[] = {
        { "2026-01-05T00:01:00Z", 60 },           { "2026-01-05T00:01:00+00:00", 60 },
        { "2026-01-05T02:01:00+02:00", 60 },      { "2026-01-04T16:01:00-08:00", 60 },
        { "2026-01-05T05:31:00+05:30", 60 },      { "2026-01-05T00:01:00.000Z", 60 },
        { "2026-01-05T00:01:00.250+00:00", 60.25 }, { "2026-01-05T00:01:00", 60 },
        { "2026-01-05T00:01:00+0000", -1 },       { "2026-01-05 00:01:00Z", 60 },
        { "2026-02-30T00:01:00Z", -1 },           { "", -1 },
        { "2026-01-05 00:01:00.1234567", 60.1234567 }, { "2026-01-05_00:01:00Z", -1 },
        { "2026-01-05T00:01:00+02:00:00", -1 },   { "2026-01-05", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sim_time time = -SIM_SECOND;
        CU_ASSERT_EQUAL(recording_parse_time(rows[i].text, start, &time), rows[i].seconds >= 0);
        CU_ASSERT_EQUAL(time, sim_from_seconds(rows[i].seconds));
    }
}

/* Files as the command line writes them: unordered, with holes, with whatever statistics were asked for. */
static const char two_results[] =
    "{\"MetricDataResults\": [{\"Id\": \"m1\", \"Timestamps\": [\"2026-01-05T00:02:00+00:00\", "
    "\"2026-01-05T00:00:00+00:00\"], \"Values\": [3, 1.5]}, {\"Id\": \"m2\", \"Timestamps\": [1767571260], "
    "\"Values\": [7]}], \"Messages\": []}";
static const char statistics[] =
    "{\"Label\": \"CPUUtilization\", \"Datapoints\": [{\"Timestamp\": \"2026-01-05T00:05:00Z\", \"SampleCount\": 4, "
    "\"Average\": 20, \"Minimum\": 5, \"Maximum\": 50, \"ExtendedStatistics\": {\"p95\": 48}}, "
    "{\"Timestamp\": \"2026-01-05T00:01:00Z\", \"Sum\": 8, \"Unit\": \"Count\"}]}";

/* Pages that were joined: the same id twice. */
static const char two_pages[] =
    "{\"MetricDataResults\": [{\"Id\": \"m1\", \"Label\": \"web\", \"Timestamps\": [1767571260], \"Values\": [2]}, "
    "{\"Id\": \"m2\", \"Label\": \"api\", \"Timestamps\": [1767571200], \"Values\": [9]}, "
    "{\"Id\": \"m1\", \"Label\": \"web\", \"Timestamps\": [1767571200], \"Values\": [1]}]}";

/* As botocore's recorder keeps an answer. */
static const char recorder[] =
    "{\"status_code\": 200, \"data\": {\"Label\": \"CPU\", \"Datapoints\": [{\"Timestamp\": {\"__class__\": \"datetime\", "
    "\"year\": 2026, \"month\": 1, \"day\": 5, \"hour\": 0, \"minute\": 14, \"second\": 0, \"microsecond\": 0}, "
    "\"Average\": 0.5, \"Unit\": \"Percent\"}]}}";

static void answers_of_cloudwatch_are_read(void)
{
    static const struct {
        const char *text, *id, *label, *statistic;
        const char *points;       /* "start sum minimum maximum samples;" each, or the error */
    } rows[] = {
        { two_results, "m1", NULL, NULL, "120 3 3 3 1;0 1.5 1.5 1.5 1;" },
        { two_results, "m2", NULL, NULL, "60 7 7 7 1;" },
        { two_pages, "m1", NULL, NULL, "60 2 2 2 1;0 1 1 1 1;" },
        { two_pages, NULL, "api", NULL, "0 9 9 9 1;" },
        { statistics, NULL, NULL, NULL, "300 80 5 50 4;60 8 8 8 1;" },
        { statistics, NULL, "CPUUtilization", NULL, "300 80 5 50 4;60 8 8 8 1;" },
        { recorder, NULL, NULL, "Average", "840 0.5 0.5 0.5 1;" },
        { two_results, NULL, NULL, NULL, "MetricDataResults: expected 'id' or 'label' to say which is meant, found m1, m2" },
        { two_results, "m3", NULL, NULL, "MetricDataResults: expected Id m3, found m1, m2" },
        { two_pages, NULL, "wev", NULL, "MetricDataResults: expected Label wev, found m1, m2, m1" },
        { statistics, "m1", NULL, NULL, "Datapoints: expected MetricDataResults, to which 'id' belongs" },
        { statistics, NULL, "Memory", NULL, "Label: expected 'Memory', found \"CPUUtilization\"" },
        { statistics, NULL, NULL, "p95", "Datapoints[1]: expected p95, found {\"Timestamp\":\"2026-01-05T00:01:00Z\",\"Sum..." },
        { "{\"Datapoints\": [{\"Timestamp\": 1767571200.0, \"ExtendedStatistics\": {\"p95\": 48}}]}", NULL, NULL, "p95",
          "0 48 48 48 1;" },
        { "{\"Datapoints\": [{\"Timestamp\": \"yesterday\", \"Sum\": 1}]}", NULL, NULL, NULL,
          "Datapoints[0].Timestamp: expected an instant such as \"2026-01-05T00:00:00Z\", found \"yesterday\"" },
        { "{\"Datapoints\": [{\"Sum\": 1}]}", NULL, NULL, NULL,
          "Datapoints[0].Timestamp: expected an instant such as \"2026-01-05T00:00:00Z\", found nothing" },
        { "{\"Datapoints\": [{\"Timestamp\": {\"year\": 2026, \"month\": 13, \"day\": 1}, \"Sum\": 1}]}", NULL, NULL, NULL,
          "Datapoints[0].Timestamp: expected an instant such as \"2026-01-05T00:00:00Z\", found "
          "{\"year\":2026,\"month\":13,\"day\":1}" },
        { "{\"Datapoints\": [{\"Timestamp\": 1767571200, \"Minimum\": 1}]}", NULL, NULL, NULL,
          "Datapoints[0]: expected Average or Sum, found {\"Timestamp\":1767571200,\"Minimum\":1}" },
        { "{\"MetricDataResults\": [{\"Id\": \"m1\", \"Timestamps\": [1], \"Values\": [1, 2]}]}", NULL, NULL, NULL,
          "MetricDataResults[0]: expected Timestamps and Values, as many of each, found 1 and 2" },
        { "{\"MetricDataResults\": [{\"Id\": \"m1\", \"Timestamps\": [1], \"Values\": [null]}]}", NULL, NULL, NULL,
          "MetricDataResults[0].Values[0]: expected a number, found null" },
        { "{\"MetricDataResults\": []}", NULL, NULL, NULL, "MetricDataResults: expected a result, found none" },
        { "{\"Metrics\": []}", NULL, NULL, NULL,
          "expected MetricDataResults, as get-metric-data answers, or Datapoints, as get-metric-statistics does" },
        { "[1,\n 2", NULL, NULL, NULL, "line 2: expected JSON, found the end of the file" },
        { "{\"a\": 1}\n}", NULL, NULL, NULL, "line 2: expected JSON, found '}'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_create();
        struct error err;
        struct recording_points points;
        const struct recording_choice choice = { rows[i].id, rows[i].label, rows[i].statistic, start };
        char got[1024] = "";
        if (!recording_parse(rows[i].text, &choice, arena, &points, &err)) {
            snprintf(got, sizeof got, "%s", err.text);
            points.count = 0;
        }
        for (size_t k = 0; k < points.count; k++) {
            const struct recorded_point *point = &points.points[k];
            size_t length = strlen(got);
            snprintf(got + length, sizeof got - length, "%g %g %g %g %g;", sim_seconds(point->start), point->slot.sum,
                     point->slot.minimum, point->slot.maximum, point->slot.samples);
        }
        CU_ASSERT_TRUE(same_text(got, rows[i].points));
        arena_destroy(arena);
    }
}

/* Where a point stands, for what is said about it later. */
static void points_know_their_place(void)
{
    struct arena *arena = arena_create();
    struct error err;
    struct recording_points points;
    char place[96];
    const struct recording_choice of_pages = { "m1", NULL, NULL, start }, of_statistics = { .start_unix_s = start };
    CU_ASSERT_FATAL(recording_parse(two_pages, &of_pages, arena, &points, &err));
    recording_describe_place(&points, 1, place, sizeof place);
    CU_ASSERT(same_text(place, "MetricDataResults[2].Values[0]"));
    CU_ASSERT_FATAL(recording_parse(statistics, &of_statistics, arena, &points, &err));
    recording_describe_place(&points, 1, place, sizeof place);
    CU_ASSERT(same_text(place, "Datapoints[1]"));
    arena_destroy(arena);
}

/* A recorded queue of 9, 9, 9, 9, 0 messages, alarms at second 5 of the minute, action on changes. */
#define ALARM(fields) \
    "cloudwatch.put_metric_alarm { alarm_name = \"a\", " fields ", period = 60, evaluation_periods = 1, threshold = 5, " \
    "comparison_operator = \"GreaterThanThreshold\", phase = 5, " \
    "alarm_actions = { function(state, previous) sim.log(\"%s -> %s\", previous, state) end } } "
#define DEPTH "namespace = \"AWS/SQS\", metric_name = \"ApproximateNumberOfMessagesVisible\", dimensions = { QueueName = jobs }"
#define NUMBERS "timestamps = { 240, 0, 60, 120, 180 }, values = { 0, 9, 9, 9, 9 }"
#define BUILD MODULES "sim.scenario { duration = \"10m\" } sim.assume { alarm_first_eval_delay_s = 0 } " \
    "local jobs = sqs.create_queue { queue_name = \"jobs\" } "

static void a_recording_drives_an_alarm(void)
{
    static const struct {
        const char *script, *log;
    } rows[] = {
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", " NUMBERS " } " ALARM(DEPTH ", statistic = \"Maximum\""),
          "125 INSUFFICIENT_DATA -> ALARM\n" },   /* ALARM-09: SQS is 60 s late */
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", " NUMBERS ", alarm_data_lag = 0 } "
          ALARM(DEPTH ", extended_statistic = \"p50\""), "65 INSUFFICIENT_DATA -> ALARM\n" },
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", file = \"cpu.json\", id = \"m1\", alarm_data_lag = 0 } "
          ALARM(DEPTH ", statistic = \"Maximum\""), "" },
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", file = \"cpu.json\", id = \"m2\", alarm_data_lag = 0, "
          "start_time = \"2026-01-05T00:01:00Z\" } " ALARM(DEPTH ", statistic = \"Maximum\""),
          "65 INSUFFICIENT_DATA -> ALARM\n" },
        { BUILD "local csv = sim.csv \"depth.csv\" cloudwatch.put_recorded_metric { " DEPTH ", timestamps = csv.time, "
          "values = csv.depth, alarm_data_lag = 0 } " ALARM(DEPTH ", statistic = \"Maximum\""),
          "185 INSUFFICIENT_DATA -> ALARM\n" },
    };
    scene_write("cpu.json", two_results);
    scene_write("depth.csv", "time,depth\n2026-01-05T00:03:00Z,1\n2026-01-05T00:02:00Z,6\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        CU_ASSERT_TRUE(same_text(scene_play(&scene, rows[i].script), rows[i].log));
    }
}

static void wrong_recordings_say_so(void)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH " }",
          "put_recorded_metric: expected either 'timestamps' and 'values' or a 'file'" },
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", timestamps = { 0, 60 }, values = { 1 } }",
          "put_recorded_metric: 2 timestamps, but 1 values" },
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", timestamps = { \"now\" }, values = { 1 } }",
          "put_recorded_metric.timestamps[1]: expected seconds or an instant such as \"2026-01-05T00:00:00Z\", got 'now'" },
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", timestamps = { 0 }, values = { 1 }, id = \"m1\" }",
          "put_recorded_metric: 'id' belongs to a 'file'" },
        { BUILD "cloudwatch.put_recorded_metric { " DEPTH ", timestamps = { 600 }, values = { 1 } }",
          "put_recorded_metric: none of the 1 datapoints lies within the run: 'start_time' says which instant of the "
          "recording is its start" },
        { MODULES "cloudwatch.put_recorded_metric { namespace = \"A\", metric_name = \"b\", timestamps = { 0 }, "
          "values = { 1 } }",
          "put_recorded_metric: sim.scenario comes first, since it says when the run starts; or give 'start_time'" },
        { BUILD ALARM(DEPTH ", statistic = \"Average\", extended_statistic = \"p90\""),
          "put_metric_alarm: PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic parameters" },
        { BUILD ALARM(DEPTH ", extended_statistic = \"90\""),
          "put_metric_alarm: The value 90 for parameter ExtendedStatistic is not supported: percentiles are p0.01 to p100" },
        { BUILD ALARM(DEPTH ", statistic = \"Average\", evaluate_low_sample_count_percentile = \"ignore\""),
          "put_metric_alarm: Option evaluateLowSampleCountPercentile can not be applied: this option is enabled only for percentile " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        const char *message = scene_play(&scene, rows[i].script);
        if (strstr(message, rows[i].message) == NULL) {
            printf("expected: %s\ngot:      %s\n", rows[i].message, message);
        }
        CU_ASSERT_PTR_NOT_NULL(strstr(message, rows[i].message));
    }
}

/* TT-23 from a script: monitoring, a policy on it with fixed phases, and what is refused. */
#define SERVICE(fields) \
    MODULES "sim.scenario { duration = \"4m\" } local worker = ecs.create_service { service_name = \"worker\", " \
    "desired_count = 1, " fields " task_definition = ecs.register_task_definition { family = \"worker\", cpu = 256, " \
    "memory = 512, container_definitions = { { app = function() sim.sleep(\"1h\") end } } } } "
#define TRACK \
    "autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 4 } " \
    "autoscaling.put_scaling_policy { resource_id = worker, policy_name = \"cpu\", " \
    "target_tracking_scaling_policy_configuration = { target_value = 50, high_phase = 3, low_phase = \"4s\", " \
    "predefined_metric_specification = { predefined_metric_type = \"ECSServiceAverageCPUUtilizationHighResolution\" } } }"
#define MONITOR(metric, seconds) \
    "monitoring = { metric_configurations = { { metric_names = { \"" metric "\" }, resolution_seconds = " seconds " } } },"

static void high_resolution_is_asked_for_on_the_service(void)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        { SERVICE(MONITOR("CPUUtilization", "20")) TRACK, "" },
        { SERVICE(MONITOR("CPUUtilization", "60")) TRACK,
          "ECSServiceAverageCPUUtilizationHighResolution needs a service whose monitoring has resolution_seconds 20 for "
          "CPUUtilization" },
        { SERVICE(MONITOR("MemoryUtilization", "20")) TRACK, "needs a service whose monitoring" },
        { SERVICE(MONITOR("CPUUtilization", "30")),
          "create_service.monitoring.metric_configurations[1]: resolution_seconds 30 is neither 20 nor 60" },
        { SERVICE(MONITOR("CPUUtilisation", "20")),
          "metric_names[1]: unknown metric 'CPUUtilisation', did you mean 'CPUUtilization'?" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        const char *message = scene_play(&scene, rows[i].script);
        bool right = rows[i].message[0] == '\0' ? message[0] == '\0' : strstr(message, rows[i].message) != NULL;
        if (!right) {
            printf("expected: %s\ngot:      %s\n", rows[i].message, message);
        }
        CU_ASSERT_TRUE(right);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "instants may have offsets and fractions", instants_may_have_offsets_and_fractions },
        { "answers of CloudWatch are read", answers_of_cloudwatch_are_read },
        { "points know their place", points_know_their_place },
        { "a recording drives an alarm", a_recording_drives_an_alarm },
        { "wrong recordings say so", wrong_recordings_say_so },
        { "TT-23: high resolution is asked for on the service", high_resolution_is_asked_for_on_the_service },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/recording", tests);
    scenes_end();
    return status;
}
