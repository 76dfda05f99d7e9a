/* Metric math: values, missing data, and what is refused with which words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/metric.h"

/* Three custom metrics at 4:00: m1 = 12, m2 = 4, zero = 0. `gone` has no point there, but 7 three minutes before and 10
 * three minutes after; m1 had 6 two minutes before. */
static struct query_config with_expression(const char *expression)
{
    static const char *const ids[] = { "m1", "m2", "zero", "gone" };
    struct query_config config = { .term_count = 4 };
    for (int i = 0; i < 4; i++) {
        config.terms[i] = (struct query_term){
            .id = ids[i], .metric = { .namespace_ = "Test", .name = ids[i] }, .statistic = STATISTIC_AVERAGE,
        };
    }
    config.terms[config.term_count++] =
        (struct query_term){ .id = "e1", .expression = expression, .return_data = true };
    return config;
}

static const sim_time minute = 4 * SIM_MINUTE;

static void write_points(struct world *world)
{
    static const struct {
        const char *name;
        sim_time at;
        double value;
    } points[] = {
        { "m1", 2, 6 }, { "m1", 4, 12 }, { "m2", 4, 4 }, { "zero", 4, 0 }, { "gone", 1, 7 }, { "gone", 7, 10 },
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        struct error err;
        struct metric_name name = { .namespace_ = "Test", .name = points[i].name };
        struct metric *metric = metric_find(world, &name, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(metric);
        metric_put(metric, points[i].at * SIM_MINUTE + 5 * SIM_SECOND, points[i].value);
    }
}

static void expressions_are_evaluated_as_cloudwatch_does(void)
{
    static const struct {
        const char *expression;
        bool present;
        double value;
    } rows[] = {
        { "m1 / m2", true, 3 },   /* BACKLOG-02 */
        { "m1/zero", false, 0 },  /* BACKLOG-03 */
        { "zero / zero", false, 0 },
        { "m1 + gone", false, 0 },
        { "m1 - m2 - 1", true, 7 },
        { "m1 / m2 / 3", true, 1 },
        { "m1 + m2 * 2", true, 20 },
        { "(m1 + m2) * 2", true, 32 },
        { "-m1 + 2", true, -10 },
        { "- - m1", true, 12 },
        { "2 * -m2", true, -8 },
        { "1.5e1 + .5", true, 15.5 },
        { "m1 > 10", true, 1 },
        { "m1 <= 10", true, 0 },
        { "m1 == 12", true, 1 },
        { "m1 != 12", true, 0 },
        { "IF(m1 >= 12, m2, 1)", true, 4 },
        { "IF(zero, m2, 1)", true, 1 },
        { "IF(zero, m2)", false, 0 },
        { "IF(gone > 1, m2, 1)", false, 0 },
        { "IF(m1 > m2, gone, 1)", false, 0 },
        { "IF(m1 < m2, gone, 1)", true, 1 },
        { "FILL(gone, 0)", true, 0 },
        { "FILL(gone, m1)", true, 12 },
        { "FILL(gone, REPEAT)", true, 7 },
        { "FILL(m1, REPEAT)", true, 12 },
        { "FILL(m1 / zero, 9)", true, 9 },
        { "MIN([m1, m2, gone])", true, 4 },
        { "MAX([m1, m2])", true, 12 },
        { "SUM([m1, gone, m2, 1])", true, 17 },
        { "AVG([m1, m2])", true, 8 },
        { "SUM([gone])", false, 0 },
        { "CEIL(m1 / 5)", true, 3 },
        { "FLOOR(m1 / 5)", true, 2 },
        { "ABS(m2 - m1)", true, 8 },
        { "1e308 * 10 * m1", false, 0 },
        { "SUM(METRICS())", true, 16 },
        { "MAX(METRICS('m'))", true, 12 },
        { "AVG(METRICS(\"zer\"))", true, 0 },
        { "RATE(m1)", true, 0.05 },
        { "RATE(m2)", false, 0 },
        { "RATE(gone)", false, 0 },
        { "FILL(RATE(m2), 1)", true, 1 },
        { "FILL(m1, LINEAR)", true, 12 },
        { "FILL(gone, LINEAR)", false, 0 },   /* the gap has no end yet */
    };
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct query *queries[sizeof rows / sizeof rows[0]];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        struct query_config config = with_expression(rows[i].expression);
        queries[i] = query_create(fixture.world, &config, SIM_MINUTE, &err);
        if (queries[i] == NULL) {
            CU_FAIL_FATAL(err.text);
        }
        query_keep(queries[i], 0, SIM_MINUTE);
    }
    write_points(fixture.world);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = 0;
        bool present = query_read(queries[i], minute, &value);
        if (present != rows[i].present || (present && fabs(value - rows[i].value) > 1e-12)) {
            printf("%s: %d %g\n", rows[i].expression, present, value);
        }
        CU_ASSERT_EQUAL(present, rows[i].present);
        if (present) {
            CU_ASSERT_DOUBLE_EQUAL(value, rows[i].value, 1e-12);
        }
    }
    fixture_finish(&fixture);
}

/* A reader sees no further than its lag lets it: a gap is closed once its end is in sight. */
static void gaps_are_closed_by_what_is_seen(void)
{
    static const struct {
        int seen_minutes;
        bool present;
    } rows[] = { { 5, false }, { 7, false }, { 8, true }, { 60, true } };
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 0);
    struct query_config config = with_expression("FILL(gone, LINEAR)");
    struct query *query = query_create(fixture.world, &config, SIM_MINUTE, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(query);
    query_keep(query, 0, SIM_MINUTE);
    write_points(fixture.world);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = 0;
        CU_ASSERT_EQUAL(query_read_seeing(query, minute, rows[i].seen_minutes * SIM_MINUTE, &value), rows[i].present);
        CU_ASSERT_DOUBLE_EQUAL(value, rows[i].present ? 8.5 : 0, 1e-12);   /* half-way from 7 to 10 */
    }
    fixture_finish(&fixture);
}

static void faults_are_named(void)
{
    static const struct {
        const char *expression, *message;
    } rows[] = {
        { "m1 / mm", "expression 'm1 / mm': unknown id 'mm', did you mean 'm1'?" },
        { "SUMM([m1])", "expression 'SUMM([m1])': unknown function 'SUMM', did you mean 'SUM'?" },
        { "m1 +", "expression 'm1 +': expected a value at the end" },
        { "(m1", "expression '(m1': expected ')' at the end" },
        { "m1 m2", "expression 'm1 m2': unexpected text at 'm2'" },
        { "m1 ? 2", "expression 'm1 ? 2': unexpected text at '? 2'" },
        { "MAX(m1, m2)", "expression 'MAX(m1, m2)': MAX is used as MAX([a, b, ...])" },
        { "MAX([m1, m2)", "expression 'MAX([m1, m2)': expected ',' or ']' at ')'" },
        { "IF(m1)", "expression 'IF(m1)': IF is used as IF(condition, a, b) or IF(condition, a)" },
        { "FILL(m1 + 1, REPEAT)",
          "expression 'FILL(m1 + 1, REPEAT)': FILL is used as FILL(a, value), FILL(metric, REPEAT) or "
          "FILL(metric, LINEAR)" },
        { "RATE(m1 + m2)", "expression 'RATE(m1 + m2)': RATE is used as RATE(metric)" },
        { "METRICS() / 2", "expression 'METRICS() / 2': a list stands outside MIN, MAX, SUM or AVG" },
        { "SUM(METRICS('x'))", "expression 'SUM(METRICS('x'))': METRICS finds no metric whose id holds 'x'" },
        { "SUM(METRICS(m1))",
          "expression 'SUM(METRICS(m1))': expected ')' or a part of the ids in quotes at 'm1))'" },
        { "m1 + LINEAR", "expression 'm1 + LINEAR': LINEAR stands outside FILL" },
        { "[m1, m2]", "expression '[m1, m2]': a list stands outside MIN, MAX, SUM or AVG" },
        { "1 + MAX([[m1], m2])", "expression '1 + MAX([[m1], m2])': a list stands outside MIN, MAX, SUM or AVG" },
        { "m1 + REPEAT", "expression 'm1 + REPEAT': REPEAT stands outside FILL" },
        { "FILL(REPEAT, m1)", "expression 'FILL(REPEAT, m1)': REPEAT stands outside FILL" },
        { "1.2.3", "expression '1.2.3': bad number at '1.2.3'" },
        { "", "expression '': expected a value at the end" },
        { "e1 + 1", "the expression 'e1' depends on itself" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        struct error err = { "" };
        fixture_init(&fixture, 0);
        struct query_config config = with_expression(rows[i].expression);
        CU_ASSERT_PTR_NULL(query_create(fixture.world, &config, SIM_MINUTE, &err));
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message);
        fixture_finish(&fixture);
    }
}

static void deep_nesting_is_refused(void)
{
    static const char open[] = "(-";
    char text[4096] = "";
    for (int i = 0; i < 1000; i++) {
        strcat(text, open);
    }
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 0);
    struct query_config config = with_expression(text);
    CU_ASSERT_PTR_NULL(query_create(fixture.world, &config, SIM_MINUTE, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "nested too deeply"));
    fixture_finish(&fixture);
}

static void terms_are_checked(void)
{
    static const struct {
        const char *first, *second;
        bool first_returned, second_returned;
        const char *message;
    } rows[] = {
        { "M1", "m2", true, false,
          "id 'M1' must begin with a lowercase letter and hold letters, digits and '_' only" },
        { "m-1", "m2", true, false,
          "id 'm-1' must begin with a lowercase letter and hold letters, digits and '_' only" },
        { "m1", "m1", true, false, "id 'm1' is used twice" },
        { "m1", "m2", true, true, "Exactly one element of the metrics list should return data: 2 of 2 do" },
        { "m1", "m2", false, false, "Exactly one element of the metrics list should return data: 0 of 2 do" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        struct error err = { "" };
        fixture_init(&fixture, 0);
        struct query_config config = {
            .term_count = 2,
            .terms = {
                { .id = rows[i].first, .metric = { "Test", "a", .dimension_count = 0 }, .return_data = rows[i].first_returned },
                { .id = rows[i].second, .metric = { "Test", "b", .dimension_count = 0 }, .return_data = rows[i].second_returned },
            },
        };
        CU_ASSERT_PTR_NULL(query_create(fixture.world, &config, SIM_MINUTE, &err));
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message);
        fixture_finish(&fixture);
    }
}

static void expressions_may_build_on_each_other_in_any_order(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 0);
    struct query_config config = with_expression("e2 * 2");
    config.terms[config.term_count++] = (struct query_term){ .id = "e2", .expression = "e3 + 1" };
    config.terms[config.term_count++] = (struct query_term){ .id = "e3", .expression = "m1 / m2" };
    struct query *query = query_create(fixture.world, &config, SIM_MINUTE, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(query);
    query_keep(query, 0, SIM_MINUTE);
    write_points(fixture.world);
    double value = 0;
    CU_ASSERT_TRUE(query_read(query, minute, &value));
    CU_ASSERT_DOUBLE_EQUAL(value, 8, 0);

    config.terms[config.term_count - 1].expression = "e1";
    CU_ASSERT_PTR_NULL(query_create(fixture.world, &config, SIM_MINUTE, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "the expression 'e1' depends on itself");
    fixture_finish(&fixture);
}

static void a_period_below_the_publication_of_a_metric_is_refused(void)
{
    struct fixture fixture;
    struct error err;
    fixture_init(&fixture, 0);
    struct query_config config = {
        .term_count = 1,
        .terms = { { .id = "m1", .return_data = true,
                     .metric = { "AWS/SQS", "NumberOfMessagesSent", { { "QueueName", "jobs" } }, 1 } } },
    };
    CU_ASSERT_PTR_NULL(query_create(fixture.world, &config, 10 * SIM_SECOND, &err));
    CU_ASSERT_STRING_EQUAL(err.text,
                           "metric AWS/SQS NumberOfMessagesSent has a datapoint each 60 s, so no period below that");
    CU_ASSERT_PTR_NOT_NULL(query_create(fixture.world, &config, SIM_MINUTE, &err));
    fixture_finish(&fixture);
}

/* One metric each minute, the other each five: they meet at the timestamps that both have. */
static void metrics_of_different_periods_meet_at_their_timestamps(void)
{
    static const struct {
        sim_time slow_period;
        int at_minute;
        double value;             /* -1: no datapoint */
        const char *message;      /* NULL: accepted */
    } rows[] = {
        { 5 * SIM_MINUTE, 0, 100 + 0, NULL },      /* the fast metric's minutes are 0, 1, 2 ...; the slow one's sum is 100 */
        { 5 * SIM_MINUTE, 5, 100 + 5, NULL },
        { 5 * SIM_MINUTE, 10, -1, NULL },
        { SIM_MINUTE, 3, 20 + 3, NULL },
        { 90 * SIM_SECOND, 0, 0, "the period 60 of metric 'fast' does not divide 90, the longest of the query" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        struct error err = { "" };
        fixture_init(&fixture, 0);
        const struct metric_name fast = { "Test", "fast", .dimension_count = 0 }, slow = { "Test", "slow", .dimension_count = 0 };
        struct query_config config = {
            .term_count = 3,
            .terms = { { .id = "fast", .metric = fast, .period = SIM_MINUTE },
                       { .id = "slow", .metric = slow, .statistic = STATISTIC_SUM },
                       { .id = "e1", .expression = "fast + slow", .return_data = true } },
        };
        struct query *query = query_create(fixture.world, &config, rows[i].slow_period, &err);
        CU_ASSERT_EQUAL(query != NULL, rows[i].message == NULL);
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message != NULL ? rows[i].message : "");
        if (query != NULL) {
            query_keep(query, 0, SIM_HOUR);
            for (int past = 0; past < 10; past++) {
                metric_put(metric_find(fixture.world, &fast, &err), past * SIM_MINUTE, past);
                metric_put(metric_find(fixture.world, &slow, &err), past * SIM_MINUTE, 20);
            }
            double value;
            bool present = query_read(query, rows[i].at_minute * SIM_MINUTE, &value);
            CU_ASSERT_DOUBLE_EQUAL(present ? value : -1, rows[i].value, 0);
        }
        fixture_finish(&fixture);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "BACKLOG-02 BACKLOG-03: expressions are evaluated as CloudWatch does",
          expressions_are_evaluated_as_cloudwatch_does },
        { "gaps are closed by what is seen", gaps_are_closed_by_what_is_seen },
        { "faults are named, with the nearest known word", faults_are_named },
        { "deep nesting is refused", deep_nesting_is_refused },
        { "ids and return_data are checked", terms_are_checked },
        { "expressions may build on each other in any order, not on themselves",
          expressions_may_build_on_each_other_in_any_order },
        { "OWN-23: metrics of different periods meet at their timestamps",
          metrics_of_different_periods_meet_at_their_timestamps },
        { "a period below the publication of a metric is refused",
          a_period_below_the_publication_of_a_metric_is_refused },
        UNIT_END,
    };
    return unit_main("query", tests);
}
