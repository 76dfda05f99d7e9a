/* Recorded loads: rates and events from files, and where messages say that they are wrong. */
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "scene.h"
#include "script/series.h"

/* ---- a series as a rate ------------------------------------------------------------------------------------- */

static void describe(const void *source, size_t index, char *text, size_t size)
{
    (void)source;
    snprintf(text, size, "#%zu", index);
}

enum { VALUES_MAX = 8 };

/* Times and values in pairs, in seconds, -1 at the end. */
struct series_row {
    double values[2 * VALUES_MAX + 1];
    struct series_form form;
    const char *rate;             /* "time rate;" each, then the number of holes; or the error */
};

static void play_row(const struct series_row *row, char *got, size_t size)
{
    struct series_value values[VALUES_MAX];
    struct series series = { .values = values, .describe_place = describe };
    for (; row->values[2 * series.count] >= 0; series.count++) {
        const double *pair = &row->values[2 * series.count];
        values[series.count] = (struct series_value){ sim_from_seconds(pair[0]), pair[1], series.count };
    }
    struct arena *arena = arena_create();
    struct series_rate rate;
    struct error err;
    struct series_form form = row->form;
    form.to = form.to > 0 ? form.to : SIM_NEVER;
    got[0] = '\0';
    if (!series_to_rate(&series, &form, arena, &rate, &err)) {
        snprintf(got, size, "%s", err.text);
        rate.count = 0;
    }
    for (size_t i = 0; i < rate.count; i++) {
        size_t length = strlen(got);
        snprintf(got + length, size - length, "%g %g;", sim_seconds(rate.points[i].time), rate.points[i].per_second);
    }
    if (rate.count > 0 && rate.holes > 0) {
        size_t length = strlen(got);
        snprintf(got + length, size - length, " %zu holes", rate.holes);
    }
    arena_destroy(arena);
}

#define S(seconds) ((seconds) * SIM_SECOND)

static void series_become_rates(void)
{
    static const struct series_row rows[] = {
        /* Counts over the time to the next value; the last one over the usual time. */
        { { 0, 10, 10, 20, 20, 20, -1 }, { 0 }, "0 1;10 1;10 2;30 2;30 0;" },
        /* Any order, any beginning; equal rates need one point. */
        { { 120, 5, 100, 5, 110, 5, -1 }, { 0 }, "0 0.5;30 0.5;30 0;" },
        /* What a value counts may have its own unit of time: 60 a minute is one a second. */
        { { 0, 60, 10, 120, -1 }, { .per = S(60) }, "0 1;10 1;10 2;20 2;20 0;" },
        { { 0, 6, -1 }, { .period = S(3) }, "0 2;3 2;3 0;" },
        /* Moments that are a little early or late are no holes, and lose nothing of their count. */
        { { 0, 8, 8, 10, 18, 12, 30, 10, 40, 10, -1 }, { 0 }, "0 1;50 1;50 0;" },
        { { 0, 10, 10, 20, 40, 10, -1 }, { .period = S(10), .holes = SERIES_ZERO }, "0 1;10 1;10 2;20 2;20 0;40 0;40 1;50 1;50 0; 1 holes" },
        { { 0, 10, 10, 20, 40, 10, -1 }, { .period = S(10), .holes = SERIES_LEVEL }, "0 1;10 1;10 2;40 2;40 1;50 1;50 0; 1 holes" },
        { { 0, 10, 10, 20, 40, 10, -1 }, { .period = S(10) },
          "#2: a hole, the value before it stands 30 s earlier (#1) and the period is 10 s; 'holes' says how to fill it: "
          "level or zero" },
        /* A part: values that reach into it count; holes outside do not. */
        { { 0, 10, 10, 20, 20, 30, 30, 40, -1 }, { .from = S(15), .to = S(25) }, "0 2;5 2;5 3;10 3;10 0;" },
        { { 0, 10, 10, 20, 20, 30, 60, 40, -1 }, { .to = S(15) }, "0 1;10 1;10 2;15 2;15 0;" },
        { { 0, 10, 10, 20, -1 }, { .from = S(100), .to = S(200) }, "no value between 'from' and 'to': the series is 20 s long" },
        { { 0, 10, 10, 20, 10, 30, 20, 1, -1 }, { 0 }, "#2: the same time as #1" },
        { { 0, 10, -1 }, { 0 }, "one value alone: 'period' must say how long it stands" },
        { { -1 }, { 0 }, "no values" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[2048];
        play_row(&rows[i], got, sizeof got);
        CU_ASSERT_TRUE(same_text(got, rows[i].rate));
    }
}

static void a_rate_is_not_negative(void)
{
    struct series_value values[] = { { 0, 1, 0 }, { SIM_SECOND, -2, 1 } };
    struct series series = { .values = values, .count = 2, .describe_place = describe };
    struct arena *arena = arena_create();
    struct series_rate rate;
    struct error err;
    CU_ASSERT(!series_to_rate(&series, &(struct series_form){ .to = SIM_NEVER }, arena, &rate, &err));
    CU_ASSERT(same_text(err.text, "#1: expected a rate, not below 0, found -2"));
    arena_destroy(arena);
}

/* ---- from a script ------------------------------------------------------------------------------------------ */

#define SHOW "local function show(points, length) for _, p in ipairs(points) do sim.log(\"%g %g\", p[1], p[2]) end " \
             "sim.log(\"long %g\", length) end "
#define SERIES(fields) MODULES SHOW "show(sim.series { file = " fields " })"
#define EVENTS(fields) MODULES "local t, w = sim.events { file = " fields " } for i = 1, #t do " \
                       "sim.log(\"%.9g %g\", t[i], w and w[i] or -1) end"

static void write_files(void)
{
    scene_write("rate.csv", "minute,requests,name\n1,60,a\n0,30,b\n3,90,c\n");
    scene_write("instants.csv", "at,n\n2014-04-10 00:04:00,30\n2014-04-10 00:05:00.5,60\n2014-04-10T02:06:00+02:00,\"12\"\n");
    scene_write("bad.csv", "minute,requests\n0,1\n1,-3\n");
    scene_write("twice.csv", "minute,requests\n0,1\n1,3\n1,4\n");
    scene_write("far.csv", "at,n\n1700000000000,1\n1700000060000,2\n");
    scene_write("late.csv", "at,n\n2026-01-05T00:00:00Z,1\n2999-01-01T00:00:00Z,2\n");
    scene_write("words.csv", "at,n\n2014-04-10 00:04:00,1\n10:05,2\n");
    scene_write("jobs.csv", "arrival_s,exec_s,kind\n100,5,a\n110,1,b\n105.5,2,c\n");
    scene_write("back.csv", "arrival_s,exec_s\n0,1\n5,-1\n");
    scene_write("order.csv", "at,size\n1,2\n3,4\n2,6\n");
    scene_write("data.json",
                "{\"MetricDataResults\": [{\"Id\": \"m1\", \"Label\": \"web\", \"Timestamps\": [\"2026-01-05T00:02:00+00:00\", "
                "\"2026-01-05T00:00:00+00:00\", \"2026-01-05T00:01:00+00:00\"], \"Values\": [180, 60, 120]}]}");
    scene_write("negative.json",
                "{\"MetricDataResults\": [{\"Id\": \"m1\", \"Timestamps\": [60, 0], \"Values\": [180, -60]}]}");
    scene_write("sums.json", "{\"Datapoints\": [{\"Timestamp\": 60, \"Sum\": 60}, {\"Timestamp\": 0, \"Sum\": 120}]}");
}

static void scripts_read_recorded_loads(void)
{
    static const struct {
        const char *script, *log;
    } rows[] = {
        { SERIES("\"rate.csv\", time = \"minute\", value = \"requests\", time_unit = \"1m\", holes = \"level\", period = 60"),
          "0 0 0.5\n0 60 0.5\n0 60 1\n0 180 1\n0 180 1.5\n0 240 1.5\n0 240 0\n0 long 240\n" },
        { SERIES("\"rate.csv\", time = \"minute\", value = \"requests\", time_unit = \"1m\", to = \"1m\""),
          "0 0 0.5\n0 60 0.5\n0 60 0\n0 long 60\n" },
        { SERIES("\"instants.csv\", time = \"at\", value = \"n\", per = \"1m\""),
          "0 0 0.5\n0 60.5 0.5\n0 60.5 1\n0 120 1\n0 120 0.2\n0 180.5 0.2\n0 180.5 0\n0 long 180.5\n" },
        { SERIES("\"data.json\""), "0 0 1\n0 60 1\n0 60 2\n0 120 2\n0 120 3\n0 180 3\n0 180 0\n0 long 180\n" },
        { SERIES("\"data.json\", label = \"web\", from = \"2m\""), "0 0 3\n0 60 3\n0 60 0\n0 long 60\n" },
        { SERIES("\"sums.json\""), "0 0 2\n0 60 2\n0 60 1\n0 120 1\n0 120 0\n0 long 120\n" },
        { EVENTS("\"jobs.csv\", time = \"arrival_s\", work = \"exec_s\", work_unit = \"1m\""), "0 0 300\n0 5.5 120\n0 10 60\n" },
        { EVENTS("\"jobs.csv\", time = \"arrival_s\", from = 5, to = 10"), "0 0.5 -1\n" },
        { EVENTS("\"instants.csv\", time = \"at\", work = \"n\""), "0 0 30\n0 60.5 60\n0 120 12\n" },
    };
    write_files();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct scene scene;
        CU_ASSERT_TRUE(same_text(scene_play(&scene, rows[i].script), rows[i].log));
    }
}

static void wrong_recorded_loads_name_file_and_line(void)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        { SERIES("\"rate.csv\", time = \"minute\""), "series: missing 'value', which names a column of the CSV file" },
        { SERIES("\"rate.csv\", time = \"minute\", value = \"request\""),
          "series: rate.csv: line 1: no column 'request', did you mean 'requests'?" },
        { SERIES("\"rate.csv\", time = \"when\", value = \"requests\""),
          "series: rate.csv: line 1: no column 'when', found minute, requests, name" },
        { SERIES("\"far.csv\", time = \"at\", value = \"n\""),
          "series: far.csv: line 2, column 'at': expected a time of less than 4.5e9 s, a number in units of 'time_unit', "
          "found '1700000000000'" },
        { SERIES("\"late.csv\", time = \"at\", value = \"n\""),
          "series: late.csv: line 3, column 'at': expected an instant within 140 years of the first, found '2999-01-01T00:00:00Z'" },
        { SERIES("\"rate.csv\", time = \"minute\", value = \"name\""),
          "series: rate.csv: line 2, column 'name': expected a number, found 'a'" },
        { SERIES("\"rate.csv\", time = \"minute\", value = \"requests\", id = \"m1\""),
          "series: 'id' belongs to a file of CloudWatch's, in JSON" },
        { SERIES("\"rate.csv\", time = \"minute\", value = \"requests\", period = 1"),
          "series: rate.csv: line 4: a hole, the value before it stands 2 s earlier (line 2) and the period is 1 s; 'holes' says "
          "how to fill it: level or zero" },
        { SERIES("\"bad.csv\", time = \"minute\", value = \"requests\""),
          "series: bad.csv: line 3: expected a rate, not below 0, found -3" },
        { SERIES("\"twice.csv\", time = \"minute\", value = \"requests\""), "series: twice.csv: line 4: the same time as line 3" },
        { SERIES("\"words.csv\", time = \"at\", value = \"n\""),
          "series: words.csv: line 3, column 'at': expected a number or an instant such as 2026-01-05T00:00:00Z, found '10:05'" },
        { SERIES("\"data.json\", time = \"at\""), "series: 'time' names a column of a CSV file" },
        { SERIES("\"data.json\", id = \"m2\""), "series: data.json: MetricDataResults: expected Id m2, found m1" },
        { SERIES("\"negative.json\""),
          "series: negative.json: MetricDataResults[0].Values[1]: expected a rate, not below 0, found -60" },
        { SERIES("\"sums.json\", statistic = \"Average\""),
          "series: sums.json: Datapoints[0]: expected Average, found {\"Timestamp\":60,\"Sum\":60}" },
        { SERIES("\"none.json\""), "series: cannot read 'none.json': No such file or directory" },
        { SERIES("\"data.json\", from = 5, to = 5"), "series: 'to' is not after 'from'" },
        { SERIES("\"data.json\", holes = \"nought\""), "series.holes: unknown value 'nought', expected error, level or zero" },
        { EVENTS("\"back.csv\", time = \"arrival_s\", work = \"exec_s\""),
          "events: back.csv: line 3, column 'exec_s': expected work, not below 0, found -1" },
        { EVENTS("\"jobs.csv\", time = \"arrival_s\", work = \"kind\""),
          "events: jobs.csv: line 2, column 'kind': expected a number, found 'a'" },
        { EVENTS("\"jobs.csv\", time = \"arrival_s\", from = 50"), "events: jobs.csv: no row between 'from' and 'to'" },
        /* Columns of sim.csv keep their lines wherever a list is read, as long as the script leaves them as they are. */
        { MODULES "local f = sim.csv(\"order.csv\") sim.arrivals { times = f.at, each = function() end }",
          "arrivals.times[3] (order.csv, line 4): 2 s is before the time that precedes it, 3 s" },
        { MODULES "local f = sim.csv(\"back.csv\") local q = sqs.create_queue { queue_name = \"q\" } "
          "sim.arrivals { times = f.arrival_s, work = f.exec_s, into = q }",
          "arrivals.work[2] (back.csv, line 3): -1 is outside 0..9000000000" },
        { MODULES "local f = sim.csv(\"jobs.csv\") sim.arrivals { times = f.kind, each = function() end }",
          "arrivals.times[1] (jobs.csv, line 2): 'a' is not a time" },
        { MODULES "local f = sim.csv(\"order.csv\") f.at[3] = 1 sim.arrivals { times = f.at, each = function() end }",
          "arrivals.times[3]: 1 s is before the time that precedes it, 3 s" },
    };
    write_files();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct scene scene;
        char expected[512];
        snprintf(expected, sizeof expected, "case.lua:1: %s", rows[i].message);
        CU_ASSERT_TRUE(begins_with(scene_play(&scene, rows[i].script), expected));
    }
}

/* Each minute has as many arrivals as the file counted in it. */
static void what_was_counted_arrives(void)
{
    static struct scene scene;
    scene_write("count.csv", "minute,n\n0,120\n1,0\n2,60\n");
    CU_ASSERT(same_text(scene_play(&scene, MODULES
        "sim.scenario { duration = \"10m\" } local n = 0 "
        "sim.arrivals { rate = sim.series { file = \"count.csv\", time = \"minute\", value = \"n\", time_unit = 60 }, "
        "process = \"regular\", each = function() n = n + 1 if n == 120 or n == 121 or n == 180 then "
        "sim.log(\"%d\", n) end end }"), "60 120\n121 121\n180 180\n"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "series become rates", series_become_rates },
        { "a rate is not negative", a_rate_is_not_negative },
        { "scripts read recorded loads", scripts_read_recorded_loads },
        { "wrong recorded loads name file and line", wrong_recorded_loads_name_file_and_line },
        { "what was counted arrives", what_was_counted_arrives },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/series", tests);
    scenes_end();
    return status;
}
