/* The metric store, and what the probe reports to it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/metric.h"
#include "model/probe.h"

static struct metric *find(struct fixture *fixture, const struct metric_name *name)
{
    struct error err;
    struct metric *metric = metric_find(fixture->world, name, &err);
    if (metric == NULL) {
        CU_FAIL_FATAL(err.text);
    }
    return metric;
}

static struct metric *kept(struct fixture *fixture, const struct metric_name *name)
{
    struct metric *metric = find(fixture, name);
    metric_keep(metric, sim_now(fixture->world->sim), SIM_HOUR);
    return metric;
}

static const struct metric_name demand = { "Web", "Demand", .dimension_count = 0 };

static struct metric_name of_service(const char *namespace_, const char *name)
{
    return (struct metric_name){
        namespace_, name, { { "ServiceName", "worker" }, { "ClusterName", "default" } }, 2
    };
}

static struct metric_name of_queue(const char *name)
{
    return (struct metric_name){ "AWS/SQS", name, { { "QueueName", "jobs" } }, 1 };
}

/* NaN-free shorthand: -1 for no datapoint. */
static double read_or(const struct metric *metric, sim_time start, sim_time period, enum statistic statistic)
{
    double value;
    return metric_read(metric, start, period, statistic, &value) ? value : -1;
}

static double read_minute(const struct metric *metric, int minute, enum statistic statistic)
{
    return read_or(metric, minute * SIM_MINUTE, SIM_MINUTE, statistic);
}

static void statistics_are_over_all_samples_of_the_period(void)
{
    static const struct {
        int start, period;
        double statistics[STATISTIC_COUNT];   /* Average Sum Minimum Maximum SampleCount */
    } rows[] = {
        { 0, 60, { 4, 12, 1, 8, 3 } },  { 0, 10, { 2, 4, 1, 3, 2 } },    { 10, 10, { -1, -1, -1, -1, -1 } },
        { 50, 10, { 8, 8, 8, 8, 1 } },  { 60, 60, { 10, 10, 10, 10, 1 } }, { 0, 120, { 5.5, 22, 1, 10, 4 } },
        { -60, 60, { -1, -1, -1, -1, -1 } },
    };
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric *metric = kept(&fixture, &demand);
    static const int at[] = { 0, 9, 59, 60 };
    static const double values[] = { 1, 3, 8, 10 };
    for (int i = 0; i < 4; i++) {
        metric_put(metric, at[i] * SIM_SECOND, values[i]);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int statistic = 0; statistic < STATISTIC_COUNT; statistic++) {
            double value =
                read_or(metric, rows[i].start * SIM_SECOND, rows[i].period * SIM_SECOND, (enum statistic)statistic);
            CU_ASSERT_DOUBLE_EQUAL(value, rows[i].statistics[statistic], 0);
        }
    }
    fixture_finish(&fixture);
}

/* Slots of 10 s, read as one minute: 90 samples of 1 and 10 of 100. */
static void percentiles_are_over_all_samples_of_the_period(void)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = { { "p0.1", 1 }, { "p50", 1 }, { "p90", 1 }, { "p90.5", 100 }, { "p99", 100 }, { "p100", 100 } };
    struct fixture fixture;
    struct error err = { "" };
    double percentile, value;
    fixture_init(&fixture, 0);
    struct metric *metric = kept(&fixture, &demand);
    metric_keep_samples(metric);
    for (int i = 0; i < 100; i++) {
        metric_put(metric, i % 60 * SIM_SECOND, i % 10 == 0 ? 100 : 1);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_TRUE(percentile_parse(rows[i].text, &percentile, &err));
        CU_ASSERT_TRUE(metric_read_percentile(metric, 0, SIM_MINUTE, percentile, &value));
        CU_ASSERT_DOUBLE_EQUAL(value, rows[i].value, 1e-12);
    }
    CU_ASSERT_FALSE(metric_read_percentile(metric, SIM_MINUTE, SIM_MINUTE, 50, &value));
    /* The ring goes round: nothing of the old turn is left. */
    metric_put(metric, 4 * SIM_HOUR, 7);
    CU_ASSERT_TRUE(metric_read_percentile(metric, 4 * SIM_HOUR, SIM_MINUTE, 1, &value));
    CU_ASSERT_DOUBLE_EQUAL(value, 7, 0);
    static const char *const bad[] = { "p", "p0", "p101", "95", "pp95", "p-1" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_FALSE(percentile_parse(bad[i], &percentile, &err));
    }
    CU_ASSERT_STRING_EQUAL(err.text, "The value p-1 for parameter ExtendedStatistic is not supported: percentiles are p0.01 to p100");
    fixture_finish(&fixture);
}

static void memory_is_flat_and_the_past_is_forgotten(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric *metric = kept(&fixture, &demand);
    int64_t room = metric->slot_count;
    for (int minute = 0; minute < 10000; minute++) {
        metric_put(metric, minute * SIM_MINUTE, minute);
        CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, minute, STATISTIC_SUM), minute, 0);
    }
    CU_ASSERT_EQUAL(metric->slot_count, room);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, 9999 - 179, STATISTIC_SUM), 9999 - 179, 0);   /* three hours */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, 9999 - 181, STATISTIC_SUM), -1, 0);
    metric_put(metric, 9000 * SIM_MINUTE, 5);   /* too late to be stored */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, 9000, STATISTIC_SUM), -1, 0);
    fixture_finish(&fixture);
}

static void a_longer_range_keeps_what_was_there(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric *metric = kept(&fixture, &demand);
    metric_put(metric, 30 * SIM_SECOND, 7);
    metric_keep(metric, SIM_MINUTE, SIM_DAY);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, 0, STATISTIC_AVERAGE), 7, 0);
    for (int minute = 1; minute < 24 * 60; minute++) {
        metric_put(metric, minute * SIM_MINUTE, minute);
    }
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, 0, STATISTIC_AVERAGE), 7, 0);
    fixture_finish(&fixture);
}

static void what_nobody_reads_is_not_stored(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric *metric = find(&fixture, &demand);
    metric_put(metric, 0, 1);
    CU_ASSERT_PTR_NULL(metric->slots);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metric, 0, STATISTIC_SUM), -1, 0);
    fixture_finish(&fixture);
}

static void dimensions_name_a_metric_in_any_order(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric_name one = { "Web", "Demand", { { "a", "1" }, { "b", "2" } }, 2 };
    struct metric_name same = { "Web", "Demand", { { "b", "2" }, { "a", "1" } }, 2 };
    struct metric_name other = { "Web", "Demand", { { "a", "2" }, { "b", "1" } }, 2 };
    CU_ASSERT_PTR_EQUAL(find(&fixture, &one), find(&fixture, &same));
    CU_ASSERT_PTR_NOT_EQUAL(find(&fixture, &one), find(&fixture, &other));
    CU_ASSERT_PTR_NOT_EQUAL(find(&fixture, &one), find(&fixture, &demand));
    CU_ASSERT_PTR_EQUAL(find(&fixture, &demand), find(&fixture, &demand));
    fixture_finish(&fixture);
}

static void wrong_names_in_aws_namespaces_are_errors(void)
{
    static const struct {
        struct metric_name name;
        const char *message;
    } rows[] = {
        { { "AWS/ECS", "CPUUtilisation", .dimension_count = 0 },
          "namespace AWS/ECS: unknown metric 'CPUUtilisation', did you mean 'CPUUtilization'?" },
        { { "AWS/ESC", "CPUUtilization", .dimension_count = 0 },
          "unknown namespace 'AWS/ESC', did you mean 'AWS/ECS'?" },
        { { "AWS/ECS", "CPUUtilization", { { "ClusterName", "default" } }, 1 },
          "metric AWS/ECS CPUUtilization needs the dimension 'ServiceName'" },
        { { "AWS/ECS", "CPUUtilization", { { "ClusterName", "default" }, { "Servicename", "worker" } }, 2 },
          "metric AWS/ECS CPUUtilization: unknown dimension 'Servicename', did you mean 'ServiceName'?" },
        { { "AWS/ECS", "CPUUtilization", { { "ClusterName", "default" }, { "ServiceName", "wroker" } }, 2 },
          "there is no service 'wroker', did you mean 'worker'?" },
        { { "AWS/ECS", "CPUUtilization", { { "ClusterName", "main" }, { "ServiceName", "worker" } }, 2 },
          "service 'worker' is in cluster 'default', not in 'main'" },
        { { "ECS/ContainerInsights", "RunningTasksCount", .dimension_count = 0 },
          "namespace ECS/ContainerInsights: unknown metric 'RunningTasksCount', did you mean 'RunningTaskCount'?" },
        { { "AWS/SQS", "NumberOfMessagesSent", .dimension_count = 0 },
          "metric AWS/SQS NumberOfMessagesSent needs the dimension 'QueueName'" },
        { { "AWS/SQS", "NumberOfMessagesSent", { { "QueueName", "job" } }, 1 },
          "there is no queue 'job', did you mean 'jobs'?" },
        { { "", "Demand", .dimension_count = 0 }, "a metric needs a namespace and a name" },
    };
    struct fixture fixture;
    fixture_init(&fixture, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { "" };
        CU_ASSERT_PTR_NULL(metric_find(fixture.world, &rows[i].name, &err));
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message);
    }
    fixture_finish(&fixture);
}

static void statistics_have_awss_names(void)
{
    struct error err = { "" };
    enum statistic statistic = STATISTIC_AVERAGE;
    CU_ASSERT_TRUE(statistic_parse("SampleCount", &statistic, &err));
    CU_ASSERT_EQUAL(statistic, STATISTIC_SAMPLE_COUNT);
    CU_ASSERT_FALSE(statistic_parse("maximun", &statistic, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "unknown statistic 'maximun', did you mean 'Maximum'?");
    CU_ASSERT_EQUAL(statistic, STATISTIC_SAMPLE_COUNT);
}

/* ---- the probe ---------------------------------------------------------------------------------------------- */

/* The fixture's tasks: created at 5, running at 25 s. One works from minute 2:30 on for 40 s, at `cpu_percent`. */
static void new_tasks_sample_zero_and_absent_ones_nothing(void)
{
    struct fixture fixture;
    fixture_init_assuming(&fixture, 2, "idle_cpu_percent=1");
    struct metric_name cpu_name = of_service("AWS/ECS", "CPUUtilization");
    struct metric *cpu = kept(&fixture, &cpu_name);
    probe_start(fixture.world);
    fixture_run(&fixture, 150);
    struct work work = { .task = NULL };
    task_work(fixture.puppet.task, &work, &fixture.puppet.process, NULL, 40 * SIM_SECOND);
    fixture_run(&fixture, 181);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 0, STATISTIC_SAMPLE_COUNT), 2, 0);   /* CW-02: as many as tasks */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 0, STATISTIC_MAXIMUM), 0, 0);        /* CW-02: the first sample is 0 */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 1, STATISTIC_AVERAGE), 1, 1e-9);
    /* Minute 2: one task works from 2:30 at 100 %: 20-s means of 1, 50.5, 100; the other is idle. */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 2, STATISTIC_AVERAGE), ((1 + 50.5 + 100) / 3 + 1) / 2, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 2, STATISTIC_MAXIMUM), 100, 1e-9);   /* METRIC-03 */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 2, STATISTIC_MINIMUM), 1, 1e-9);
    double mean, memory;
    CU_ASSERT_TRUE(probe_service_cpu(fixture.service, &mean, &memory));
    CU_ASSERT_DOUBLE_EQUAL(mean, ((1 + 50.5 + 100) / 3 + 1) / 2, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(memory, 20, 1e-9);
    service_set_desired(fixture.service, 0, "test");
    fixture_run(&fixture, 400);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 5, STATISTIC_SAMPLE_COUNT), -1, 0);   /* CW-04 */
    CU_ASSERT_FALSE(probe_service_cpu(fixture.service, &mean, &memory));
    fixture_finish(&fixture);
}

static void a_late_task_pulls_the_average_down_once(void)
{
    struct fixture fixture;
    fixture_init_assuming(&fixture, 1, "idle_cpu_percent=10");
    struct metric_name cpu_name = of_service("AWS/ECS", "CPUUtilization");
    struct metric *cpu = kept(&fixture, &cpu_name);
    probe_start(fixture.world);
    fixture_run(&fixture, 130);
    service_set_desired(fixture.service, 2, "test");   /* running at 2:35 */
    fixture_run(&fixture, 300);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 1, STATISTIC_AVERAGE), 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 2, STATISTIC_AVERAGE), 5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 3, STATISTIC_AVERAGE), 10, 1e-9);
    fixture_finish(&fixture);
}

static void use_is_in_per_cent_of_the_reservation(void)
{
    /* EX-A14: 128 of 512 units, 128 and 512 of 1024 MiB; its 2048 of 512 units are in script/instances (METRIC-05).
     * EX-A15: 107 and 203 of 512 MiB. */
    static const struct {
        double cpu_used, cpu, memory_used, memory, cpu_percent, memory_percent;
    } rows[] = {
        { 128, 512, 128, 1024, 25, 12.5 },
        { 512, 512, 512, 1024, 100, 50 },
        { 0, 512, 107, 512, 0, 20.8984375 },
        { 0, 512, 203, 512, 0, 39.6484375 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture fixture;
        fixture_init(&fixture, 0);
        struct task_definition definition = *fixture.service->config.definition;
        definition.idle_cpu_percent = 100 * rows[i].cpu_used / rows[i].cpu;
        definition.idle_memory_percent = 100 * rows[i].memory_used / rows[i].memory;
        fixture.service->config.definition = fixture.service->deployments->definition = &definition;
        struct metric_name cpu_name = of_service("AWS/ECS", "CPUUtilization");
        struct metric_name memory_name = of_service("AWS/ECS", "MemoryUtilization");
        struct metric *cpu = kept(&fixture, &cpu_name), *memory = kept(&fixture, &memory_name);
        probe_start(fixture.world);
        service_set_desired(fixture.service, 1, "test");
        fixture_run(&fixture, 121);
        CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, 1, STATISTIC_AVERAGE), rows[i].cpu_percent, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(read_minute(memory, 1, STATISTIC_AVERAGE), rows[i].memory_percent, 1e-9);
        service_set_desired(fixture.service, 0, "test");
        fixture_run(&fixture, 400);
        fixture_finish(&fixture);
    }
}

static void container_insights_count_tasks_even_at_zero(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    static const char *const names[] = { "RunningTaskCount", "DesiredTaskCount", "PendingTaskCount" };
    static const double expected[3][3] = { { 0, 0, 0 }, { 0, 2, 2 }, { 2, 2, 0 } };   /* by minute */
    struct metric *metrics[3];
    for (int i = 0; i < 3; i++) {
        struct metric_name name = of_service("ECS/ContainerInsights", names[i]);
        metrics[i] = kept(&fixture, &name);
    }
    probe_start(fixture.world);
    fixture_run(&fixture, 105);
    service_set_desired(fixture.service, 2, "test");   /* created at 110, running at 130 */
    fixture_run(&fixture, 181);
    for (int minute = 0; minute < 3; minute++) {
        for (int i = 0; i < 3; i++) {
            CU_ASSERT_DOUBLE_EQUAL(read_minute(metrics[i], minute, STATISTIC_AVERAGE), expected[minute][i], 0);
        }
    }
    fixture_finish(&fixture);
}

static void queues_report_while_active_and_late_after_waking(void)
{
    struct fixture fixture;
    fixture_init_assuming(&fixture, 0, "sqs_metric_idle_after_s=600 sqs_metric_wake_s=90");
    struct metric_name visible_name = of_queue("ApproximateNumberOfMessagesVisible"),
                       sent_name = of_queue("NumberOfMessagesSent");
    struct metric_name age_name = of_queue("ApproximateAgeOfOldestMessage");
    struct metric *visible = kept(&fixture, &visible_name), *sent = kept(&fixture, &sent_name),
                  *age = kept(&fixture, &age_name);
    probe_start(fixture.world);
    fixture_run(&fixture, 1210);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(visible, 18, STATISTIC_AVERAGE), -1, 0);   /* CW-08: inactive */
    queue_send(fixture.queue, SIM_SECOND, -1);
    queue_send(fixture.queue, SIM_SECOND, -1);
    fixture_run(&fixture, 1290);
    queue_send(fixture.queue, SIM_SECOND, -1);
    fixture_run(&fixture, 1381);
    /* Woken at 20:10, shown from 21:40 on. */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(visible, 20, STATISTIC_AVERAGE), -1, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(visible, 21, STATISTIC_AVERAGE), 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(sent, 21, STATISTIC_SUM), 1, 0);           /* of that minute */
    CU_ASSERT_DOUBLE_EQUAL(read_minute(sent, 22, STATISTIC_SUM), 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(age, 21, STATISTIC_MAXIMUM), 110, 1e-9);
    fixture_finish(&fixture);
}

/* BACKLOG-04: all that there is is being worked on: the backlog reads 0. */
static void messages_in_flight_are_no_backlog(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 1);
    struct metric_name visible_name = of_queue("ApproximateNumberOfMessagesVisible"),
                       busy_name = of_queue("ApproximateNumberOfMessagesNotVisible");
    struct metric *visible = kept(&fixture, &visible_name), *busy = kept(&fixture, &busy_name);
    probe_start(fixture.world);
    fixture_run(&fixture, 30);
    queue_send(fixture.queue, SIM_SECOND, -1);
    fixture_run(&fixture, 61);
    queue_receive(fixture.queue, &fixture.puppet.process, 1);
    fixture_run(&fixture, 121);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(visible, 0, STATISTIC_SUM), 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(visible, 1, STATISTIC_SUM), 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(busy, 1, STATISTIC_SUM), 1, 0);
    fixture_finish(&fixture);
}

static void control_is_charged_for_what_is_read_and_published(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric_name insights = of_service("ECS/ContainerInsights", "RunningTaskCount");
    struct metric_name cpu = of_service("AWS/ECS", "CPUUtilization");
    struct metric_name unread = of_service("ECS/ContainerInsights", "PendingTaskCount");
    kept(&fixture, &insights);
    kept(&fixture, &cpu);
    find(&fixture, &unread);
    metric_put(find(&fixture, &demand), 100 * SIM_SECOND, 1);
    struct alarm_rent rents[] = {
        { .metrics = 2, .from = 0, .to = SIM_NEVER },
        { .metrics = 1, .from = 0, .to = 150 * SIM_SECOND },
        { .metrics = 3, .high_resolution = true, .from = 100 * SIM_SECOND, .to = SIM_NEVER }
    };
    rents[0].next = &rents[1];
    rents[1].next = &rents[2];
    fixture.world->metrics->rents = rents;
    metrics_charge(fixture.world, 50 * SIM_SECOND, 200 * SIM_SECOND);
    CU_ASSERT_TRUE(fixture.world->control.alarm_ns == (2 * 150 + 100) * (wide)SIM_SECOND);
    CU_ASSERT_TRUE(fixture.world->control.high_resolution_alarm_ns == 3 * 100 * (wide)SIM_SECOND);
    CU_ASSERT_TRUE(fixture.world->control.metric_ns == (150 + 100) * (wide)SIM_SECOND);
    fixture_finish(&fixture);
}

static void reading_what_is_never_written_is_a_warning(void)
{
    struct fixture fixture;
    fixture_init(&fixture, 0);
    struct metric_name written = { "Web", "Written", .dimension_count = 0 },
                       cpu = of_service("AWS/ECS", "CPUUtilization");
    kept(&fixture, &demand);
    kept(&fixture, &cpu);
    metric_put(kept(&fixture, &written), 0, 1);
    metrics_warn_unwritten(fixture.world);
    CU_ASSERT_EQUAL(fixture.world->warnings, 1);
    fixture_finish(&fixture);
}

/* Two tasks, running from 25 s on; one works from 2:30 on for 40 s. */
static void high_resolution_has_a_sample_per_task_each_20_s(void)
{
    static const struct {
        int start, period;
        double average, samples;
    } rows[] = {
        { 0, 20, -1, -1 },        /* CW-04 */
        { 20, 20, 0, 2 },         /* CW-02: the first samples */
        { 40, 20, 1, 2 },
        { 120, 20, 1, 2 },
        { 140, 20, (50.5 + 1) / 2, 2 },
        { 160, 20, (100 + 1) / 2.0, 2 },
        { 120, 60, ((1 + 50.5 + 100) / 3 + 1) / 2, 6 },
    };
    struct fixture fixture;
    fixture_init_assuming(&fixture, 2, "idle_cpu_percent=1");
    fixture.service->config.cpu_high_resolution = true;
    struct metric_name cpu_name = of_service("AWS/ECS", "CPUUtilization");
    struct metric_name memory_name = of_service("AWS/ECS", "MemoryUtilization");
    struct metric *cpu = kept(&fixture, &cpu_name), *memory = kept(&fixture, &memory_name);
    CU_ASSERT_EQUAL(memory->slot, SIM_MINUTE);
    probe_start(fixture.world);
    fixture_run(&fixture, 150);
    struct work work = { .task = NULL };
    task_work(fixture.puppet.task, &work, &fixture.puppet.process, NULL, 40 * SIM_SECOND);
    fixture_run(&fixture, 181);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sim_time start = rows[i].start * SIM_SECOND, period = rows[i].period * SIM_SECOND;
        CU_ASSERT_DOUBLE_EQUAL(read_or(cpu, start, period, STATISTIC_AVERAGE), rows[i].average, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(read_or(cpu, start, period, STATISTIC_SAMPLE_COUNT), rows[i].samples, 0);
    }
    fixture_finish(&fixture);
}

/* CW-10: two tasks of 256 units and 512 MiB at 10 % and 20 %. */
static void container_insights_have_units_and_mib(void)
{
    static const struct {
        const char *name;
        double value;
    } rows[] = {
        { "DeploymentCount", 1 },   { "CpuReserved", 512 },      { "CpuUtilized", 51.2 },
        { "MemoryReserved", 1024 }, { "MemoryUtilized", 204.8 }, { "TaskSetCount", 0 },   /* METRIC-07 */
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct metric *metrics[ROWS];
    struct fixture fixture;
    fixture_init_assuming(&fixture, 2, "idle_cpu_percent=10 idle_memory_percent=20");
    for (int i = 0; i < ROWS; i++) {
        struct metric_name name = of_service("ECS/ContainerInsights", rows[i].name);
        metrics[i] = kept(&fixture, &name);
    }
    probe_start(fixture.world);
    fixture_run(&fixture, 121);
    for (int i = 0; i < ROWS; i++) {
        CU_ASSERT_DOUBLE_EQUAL(read_minute(metrics[i], 1, STATISTIC_SUM), rows[i].value, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(read_minute(metrics[i], 1, STATISTIC_SAMPLE_COUNT), 1, 0);
    }
    service_set_desired(fixture.service, 0, "test");
    fixture_run(&fixture, 400);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metrics[0], 5, STATISTIC_SUM), 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_minute(metrics[1], 5, STATISTIC_SUM), -1, 0);
    fixture_finish(&fixture);
}

/* ---- recorded series ---------------------------------------------------------------------------------------- */

static struct recorded_point recorded(double at_s, double value)
{
    return (struct recorded_point){ sim_from_seconds(at_s), { value, value, value, 1 } };
}

static struct metric *record(struct fixture *fixture, const struct metric_name *name, const struct recording *recording)
{
    struct error err;
    struct metric *metric = metric_record(fixture->world, name, recording, &err);
    if (metric == NULL) {
        CU_FAIL_FATAL(err.text);
    }
    return metric;
}

/* Unordered points with a hole, one before time 0, two in one period; a task that reports something else is there. */
static void a_recorded_series_takes_the_place_of_a_metric(void)
{
    const struct recorded_point points[] = {
        recorded(180, 40), recorded(0, 10), recorded(75, 20), recorded(60, 30), recorded(-60, 99),
    };
    struct fixture fixture;
    double value;
    fixture_init(&fixture, 1);
    struct metric_name cpu_name = of_service("AWS/ECS", "CPUUtilization");
    const struct recording recording = { points, 5, SIM_MINUTE, -1, 45 * SIM_SECOND };
    struct metric *cpu = record(&fixture, &cpu_name, &recording);
    CU_ASSERT_PTR_EQUAL(kept(&fixture, &cpu_name), cpu);
    probe_start(fixture.world);
    fixture_run(&fixture, 400);
    static const double averages[] = { 10, 25, -1, 40, -1 };
    for (int minute = 0; minute < 5; minute++) {
        CU_ASSERT_DOUBLE_EQUAL(read_minute(cpu, minute, STATISTIC_AVERAGE), averages[minute], 0);
    }
    CU_ASSERT_DOUBLE_EQUAL(read_or(cpu, 0, 4 * SIM_MINUTE, STATISTIC_SUM), 100, 0);
    CU_ASSERT_DOUBLE_EQUAL(read_or(cpu, -SIM_MINUTE, SIM_MINUTE, STATISTIC_SUM), -1, 0);
    CU_ASSERT_TRUE(metric_read_percentile(cpu, 0, 4 * SIM_MINUTE, 100, &value));
    CU_ASSERT_DOUBLE_EQUAL(value, 40, 0);
    CU_ASSERT_EQUAL(metric_alarm_data_lag(&fixture.world->assumptions, cpu, SIM_MINUTE), 45 * SIM_SECOND);
    CU_ASSERT_EQUAL(metric_visibility_delay(&fixture.world->assumptions, cpu, SIM_MINUTE), 41 * SIM_SECOND);
    fixture_finish(&fixture);
}

static void recordings_are_checked(void)
{
    const struct recorded_point point = recorded(0, 1);
    const struct recording good = { &point, 1, SIM_MINUTE, -1, -1 };
    static const struct {
        struct metric_name name;
        const char *message;      /* NULL: it is accepted */
    } rows[] = {
        { { "Web", "Demand", .dimension_count = 0 }, NULL },
        { { "Web", "Demand", .dimension_count = 0 }, "metric Web Demand is recorded already" },
        { { "AWS/EC2", "CPUUtilization", { { "AutoScalingGroupName", "web" } }, 1 }, NULL },
        { { "AWS/SQS", "NumberOfMessagesSent", { { "QueueName", "job" } }, 1 },
          "there is no queue 'job', did you mean 'jobs'?" },
        { { "Web", "Read", .dimension_count = 0 },
          "metric Web Read is read already: record it before what reads it" },
    };
    struct fixture fixture;
    fixture_init(&fixture, 0);
    kept(&fixture, &rows[4].name);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err = { "" };
        struct metric *metric = metric_record(fixture.world, &rows[i].name, &good, &err);
        CU_ASSERT_EQUAL(metric != NULL, rows[i].message == NULL);
        CU_ASSERT_STRING_EQUAL(err.text, rows[i].message != NULL ? rows[i].message : "");
    }
    struct error err;
    struct metric_name other = { "Web", "Other", .dimension_count = 0 };
    const struct recording empty = { &point, 0, SIM_MINUTE, -1, -1 }, odd = { &point, 1, SIM_MINUTE + 1, -1, -1 };
    CU_ASSERT_PTR_NULL(metric_record(fixture.world, &other, &empty, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "the series has no datapoints");
    CU_ASSERT_PTR_NULL(metric_record(fixture.world, &other, &odd, &err));
    uint64_t warnings = fixture.world->warnings;
    metrics_warn_unwritten(fixture.world);
    CU_ASSERT_EQUAL(fixture.world->warnings, warnings + 3);   /* two recordings unread, one metric unwritten */
    fixture_finish(&fixture);
}

/* ---- delays ------------------------------------------------------------------------------------------------- */

static void datapoints_are_shown_and_used_late(void)
{
    static const struct {
        const char *rule;
        struct metric_name name;
        int period;
        double lag, delay;
    } rows[] = {
        { "ALARM-08 CW-05", { "AWS/ECS", "CPUUtilization", { { "ServiceName", "worker" }, { "ClusterName", "default" } }, 2 },
          60, 120, 41 },
        { "ALARM-08 CW-06", { "AWS/ECS", "CPUUtilization", { { "ServiceName", "worker" }, { "ClusterName", "default" } }, 2 },
          20, 11, 0 },
        { "ALARM-09", { "Web", "Demand", .dimension_count = 0 }, 60, 30, 41 },
        { "ALARM-09 ALARM-10", { "Web", "Demand", .dimension_count = 0 }, 10, 10, 2 },
        { "ALARM-09 SQS", { "AWS/SQS", "NumberOfMessagesSent", { { "QueueName", "jobs" } }, 1 }, 60, 60, 41 },
    };
    struct fixture fixture;
    fixture_init(&fixture, 0);
    fixture.service->config.cpu_high_resolution = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct metric *metric = find(&fixture, &rows[i].name);
        sim_time period = rows[i].period * SIM_SECOND;
        double lag = sim_seconds(metric_alarm_data_lag(&fixture.world->assumptions, metric, period));
        double delay = sim_seconds(metric_visibility_delay(&fixture.world->assumptions, metric, period));
        if (fabs(lag - rows[i].lag) > 0 || fabs(delay - rows[i].delay) > 0) {
            printf("%s: %g %g\n", rows[i].rule, lag, delay);
        }
        CU_ASSERT_TRUE(!(fabs(lag - rows[i].lag) > 0) && !(fabs(delay - rows[i].delay) > 0));
    }
    /* EX-A24: seconds after the end of a minute at which it was or was not shown. */
    static const struct {
        int after;
        bool shown;
    } polls[] = { { 35, false }, { 36, false }, { 39, false }, { 40, false }, { 42, true },
                  { 42, true },  { 45, true },  { 47, true },  { 49, true } };
    const struct metric *cpu = find(&fixture, &rows[0].name);
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        sim_time shown_from = metric_visibility_delay(&fixture.world->assumptions, cpu, SIM_MINUTE);
        CU_ASSERT_EQUAL(polls[i].after * SIM_SECOND >= shown_from, polls[i].shown);
    }
    fixture_finish(&fixture);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "statistics are over all samples of the period", statistics_are_over_all_samples_of_the_period },
        { "percentiles are over all samples of the period", percentiles_are_over_all_samples_of_the_period },
        { "memory is flat and the past is forgotten", memory_is_flat_and_the_past_is_forgotten },
        { "a longer range keeps what was there", a_longer_range_keeps_what_was_there },
        { "what nobody reads is not stored", what_nobody_reads_is_not_stored },
        { "dimensions name a metric in any order", dimensions_name_a_metric_in_any_order },
        { "wrong names in AWS's namespaces are errors with the nearest name",
          wrong_names_in_aws_namespaces_are_errors },
        { "statistics have AWS's names", statistics_have_awss_names },
        { "CW-02 CW-04 METRIC-02 METRIC-03 METRIC-04: new tasks sample zero, absent ones nothing",
          new_tasks_sample_zero_and_absent_ones_nothing },
        { "CW-02: a late task pulls the average down once", a_late_task_pulls_the_average_down_once },
        { "EX-A14 EX-A15 CW-01 METRIC-01 METRIC-05: use is in per cent of the reservation", use_is_in_per_cent_of_the_reservation },
        { "CW-10: Container Insights count tasks even at zero", container_insights_count_tasks_even_at_zero },
        { "CW-03 TT-23: high resolution has a sample per task each 20 s",
          high_resolution_has_a_sample_per_task_each_20_s },
        { "CW-10 METRIC-07: Container Insights have units and MiB", container_insights_have_units_and_mib },
        { "a recorded series takes the place of a metric", a_recorded_series_takes_the_place_of_a_metric },
        { "recordings are checked", recordings_are_checked },
        { "EX-A24 CW-05 CW-06 ALARM-08 ALARM-09: datapoints are shown and used late",
          datapoints_are_shown_and_used_late },
        { "CW-08: queues report while active, and late after waking",
          queues_report_while_active_and_late_after_waking },
        { "BACKLOG-04: messages in flight are no backlog", messages_in_flight_are_no_backlog },
        { "COST-12 COST-13: control is charged for what is read and published",
          control_is_charged_for_what_is_read_and_published },
        { "reading what is never written is a warning", reading_what_is_never_written_is_a_warning },
        UNIT_END,
    };
    return unit_main("metric", tests);
}
