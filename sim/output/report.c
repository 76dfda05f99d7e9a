#include "output/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "model/aggregate.h"
#include "model/cluster.h"
#include "model/outcome.h"
#include "model/record.h"
#include "model/world.h"
#include "output/calendar.h"
#include "output/differences.h"
#include "output/number.h"
#include "output/spark.h"

enum { LABEL_WIDTH = REPORT_LABEL_WIDTH, COLUMN_WIDTH = 16, COLUMNS_MAX = 4, SPARK_WIDTH = 52, WARNINGS_SHOWN = 3 };

/* What one service was over time. */
struct history {
    const struct service *service;
    struct spark tasks, age_s, usd_per_hour;
    bool has_queue;
};

/* The minute in which a job was oldest. */
struct worst {
    sim_time at;
    double age_s;
    int64_t visible;
    int desired, running, pending, max_capacity;
    const struct service *service;
};

struct report {
    const struct world *world;
    struct history histories[COLUMNS_MAX];
    int history_count;
    struct worst worst;
};

/* ---- over time ---------------------------------------------------------------------------------------------- */

static struct history *history_of(struct report *report, const struct service *service)
{
    for (int i = 0; i < report->history_count; i++) {
        if (report->histories[i].service == service) {
            return &report->histories[i];
        }
    }
    if (report->history_count == COLUMNS_MAX) {
        return NULL;
    }
    struct history *history = &report->histories[report->history_count++];
    history->service = service;
    spark_init(&history->tasks, SPARK_MEAN);
    spark_init(&history->age_s, SPARK_MAX);
    spark_init(&history->usd_per_hour, SPARK_MEAN);
    return history;
}

static void note_worst(struct worst *worst, sim_time now, const struct record_minute *minute)
{
    if (minute->queue == NULL || !(minute->oldest_age_s > worst->age_s)) {
        return;
    }
    *worst = (struct worst){
        .at = now, .age_s = minute->oldest_age_s, .visible = minute->visible, .desired = minute->desired,
        .running = minute->running, .pending = minute->pending, .max_capacity = minute->max_capacity,
        .service = minute->service,
    };
}

static void on_minute(void *context, sim_time now, int kind, const void *record)
{
    (void)kind;
    struct report *report = context;
    const struct record_minute *minute = record;
    struct history *history = minute->service != NULL ? history_of(report, minute->service) : NULL;
    if (history != NULL) {
        double tasks = 0;
        for (int state = 0; state < STATE_COUNT; state++) {
            tasks += minute->state[state];
        }
        spark_add(&history->tasks, tasks);
        spark_add(&history->age_s, minute->queue != NULL ? minute->oldest_age_s : 0);
        spark_add(&history->usd_per_hour, minute->cost_usd * 60);
        history->has_queue = history->has_queue || minute->queue != NULL;
    }
    note_worst(&report->worst, now, minute);
}

struct report *report_observe(struct world *world)
{
    struct report *report = arena_alloc(world->arena, sizeof *report);
    report->world = world;
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_MINUTE), on_minute, report);
    return report;
}

/* ---- one page ----------------------------------------------------------------------------------------------- */

/* What the parts of the page share. */
struct page {
    const struct report *report;
    const struct world *world;
    const struct run_facts *facts;
    struct text *text;
    bool colour;
};

static void put_heading(const struct page *page, const char *heading)
{
    text_printf(page->text, "%s%-*s%s", page->colour ? "\033[1m" : "", LABEL_WIDTH, heading,
                page->colour ? "\033[0m" : "");
}

static void put_headline(const struct page *page)
{
    const struct world *world = page->world;
    char date[CALENDAR_SIZE], label[CALENDAR_SIZE], length[32];
    calendar_date(world->config.start_unix_s, date);
    calendar_minute(world->config.start_unix_s, 0, label);
    put_heading(page, page->facts->scenario);
    text_printf(page->text, "%s from %.4s%.10s %s UTC   seed %" PRIu64 "   ecsim %s\n",
                units_format_seconds(sim_seconds(world->ended_at), length, sizeof length), label, date, label + 4,
                sim_seed(world->sim), page->facts->version);
    if (page->facts->question[0] != '\0') {
        text_printf(page->text, "%s\n", page->facts->question);
    }
    if (world->interrupted) {
        text_printf(page->text, "INTERRUPTED at %s, %s into the run: numbers are of this part of it\n",
                    calendar_second(world->config.start_unix_s, world->ended_at, label), length);
    }
}

static void put_parameters(const struct page *page)
{
    const char *before = "";
    for (size_t i = 0; i < page->facts->parameter_count; i++) {
        const struct run_parameter *parameter = &page->facts->parameters[i];
        if (strcmp(parameter->value, parameter->default_value) != 0) {
            text_printf(page->text, "%s%s=%s", before[0] == '\0' ? "changed  " : before, parameter->name,
                        parameter->value);
            before = " ";
        }
    }
    text_put(page->text, before[0] == '\0' ? "" : "\n");
}

static void put_spark(const struct page *page, const struct history *history, const char *what,
                      const struct spark *spark, const char *most)
{
    char label[LABEL_WIDTH + 1];
    if (page->report->history_count == 1) {
        snprintf(label, sizeof label, "%s", what);
    } else {
        snprintf(label, sizeof label, "%-6s%.*s", what, LABEL_WIDTH - 7, history->service->name);
    }
    text_printf(page->text, "%-*s", LABEL_WIDTH, label);
    spark_draw(spark, page->text, SPARK_WIDTH);
    text_printf(page->text, " %s\n", most);
}

static void put_tasks(const struct page *page, const struct history *history)
{
    char most[64];
    double tasks = fmax(0, ceil(history->tasks.most - 1e-9));
    snprintf(most, sizeof most, "to %.0f task%s", tasks, tasks == 1 ? "" : "s");
    put_spark(page, history, "fleet", &history->tasks, most);
}

static void put_ages(const struct page *page, const struct history *history)
{
    char most[64], age[32];
    if (history->has_queue) {
        snprintf(most, sizeof most, "to %s", units_format_seconds(history->age_s.most, age, sizeof age));
        put_spark(page, history, "age", &history->age_s, most);
    }
}

static void put_costs(const struct page *page, const struct history *history)
{
    char most[64], usd[32];
    if (page->report->history_count > 2) {
        return;                   /* their shapes are the fleets', and the page is a screen */
    }
    units_format_number(history->usd_per_hour.most, 3, usd, sizeof usd);
    snprintf(most, sizeof most, "to %s USD/h", usd);
    put_spark(page, history, "cost", &history->usd_per_hour, most);
}

static void put_histories(const struct page *page)
{
    static void (*const puts[])(const struct page *, const struct history *) = { put_tasks, put_ages, put_costs };
    for (size_t i = 0; i < sizeof puts / sizeof puts[0]; i++) {
        for (int k = 0; k < page->report->history_count; k++) {
            if (page->report->histories[k].tasks.count > 0) {
                puts[i](page, &page->report->histories[k]);
            }
        }
    }
    text_char(page->text, '\n');
}

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/* Rows of the table: a KPI each; of a split one also its parts that are not 0. */
struct row {
    const char *kpi;
    const char *label;
    bool splits;
    bool always;                  /* also where it is 0 everywhere: nothing lost is news */
};

struct section {
    const char *heading;
    const struct row *rows;
    int row_count;
};

static const struct row lost_rows[] = {
    { "work_lost_s", "work lost", true, true },
    { "jobs_cut", "jobs cut", false, true },
    { "busy_stops", "busy tasks stopped", false, true },
    { "redeliveries", "redeliveries", false, false },
    { "duplicates", "done twice", false, false },
    { "dlq", "dead-lettered", false, false },
};
static const struct row time_rows[] = {
    { "jobs_done", "jobs done", false, true },
    { "tis_p50", "time in system p50", false, true },
    { "tis_p95", "p95", false, true },
    { "tis_p99", "p99", false, true },
    { "oldest_age_max", "oldest age max", false, true },
    { "slo_attainment", "within the SLO", false, true },
};
static const struct row session_rows[] = {
    { "sessions_in", "sessions", false, false },
    { "avg_sessions", "open, mean", false, false },
    { "sessions_cut", "cut", true, true },
    { "reconnects", "resumed", false, false },
    { "sessions_rejected", "rejected", false, false },
};
static const struct row cost_rows[] = {
    { "cost", "cost", false, true },
    { "cost_per_1k", "per 1,000 jobs done", false, true },
    { "cost_useful", "useful", false, false },
    { "cost_idle", "idle", false, false },
    { "cost_startup", "start-up", false, false },
    { "cost_protected_idle", "protected idle", false, false },
    { "cost_stopping", "stopping", false, false },
    { "cost_lost", "lost work", false, false },
    { "cost_control", "control", false, false },
};
static const struct row action_rows[] = {
    { "avg_tasks", "tasks, mean", false, true },
    { "max_tasks", "most at once", false, true },
    { "util", "utilisation", false, true },
    { "actions", "changes by scaling", true, true },
    { "not_scaled", "not scaled", false, false },
    { "reversals_h", "reversals", false, false },
};
static const struct row protection_rows[] = {
    { "protection_coverage", "busy time protected", false, true },
    { "protect_calls", "protection calls", false, false },
    { "protect_rejected", "refused", false, false },
    { "protect_throttled", "throttled", false, false },
    { "protect_failed", "failed", false, false },
    { "expired_busy", "expired while busy", false, false },
    { "scale_in_held_h", "scale-in held", false, false },
};
static const struct row deployment_rows[] = {
    { "deploy_s", "longest deployment", false, false },
    { "overlap_task_h", "two revisions at once", false, false },
    { "blocked_s", "blocked by protection", false, true },
    { "min_healthy_violation_s", "below minimum healthy", false, false },
};

#define SECTION(heading, rows) { heading, rows, (int)(sizeof(rows) / sizeof(rows)[0]) }
static const struct section sections[] = {
    SECTION("work lost", lost_rows),       SECTION("time in system", time_rows), SECTION("sessions", session_rows),
    SECTION("cost", cost_rows),
    SECTION("actions", action_rows),       SECTION("protection", protection_rows),
    SECTION("deployments", deployment_rows),
};

/* The columns: services side by side where they fit, else the whole run. */
static int column_count(const struct page *page)
{
    int services = page->world->service_count;
    return services >= 1 && services <= COLUMNS_MAX ? services : 1;
}

static struct kpi_scope scope_of(const struct page *page, int column)
{
    const struct world *world = page->world;
    bool by_service = world->service_count >= 1 && world->service_count <= COLUMNS_MAX;
    /* With one service the run's own numbers say the same, and more. */
    bool alone = world->service_count == 1;
    return (struct kpi_scope){ .world = world, .service = by_service && !alone ? world->services[column] : NULL };
}

static double value_of(const struct page *page, const struct kpi *kpi, int column, int split)
{
    struct kpi_scope scope = scope_of(page, column);
    if (scope.service != NULL && !kpi->per_service) {
        return NAN;
    }
    return kpi_value(kpi, &scope, split);
}

/* Three digits of the greatest number of a row, and as many decimals of the others; of dollars at least the cents. Counts
 * have none. */
static int decimals_of(const double *values, int count, const char *unit)
{
    double greatest = 0;
    bool is_money = strcmp(unit, "USD") == 0, whole = true;
    for (int i = 0; i < count; i++) {
        if (!isnan(values[i])) {
            greatest = fmax(greatest, fabs(values[i]));
            whole = whole && values[i] == floor(values[i]);
        }
    }
    int decimals = 0;
    for (double magnitude = greatest; !whole && magnitude < 100 && decimals < 8; magnitude *= 10) {
        decimals++;
    }
    return is_money && decimals < 2 ? 2 : decimals;
}

static void format_plain(double value, const char *unit, int decimals, char *text, size_t size)
{
    char digits[NUMBER_SIZE];
    size_t length = strlen(unit);
    bool is_one = value == 1 && length > 1 && unit[length - 1] == 's';
    snprintf(text, size, "%s %.*s", number_fixed(value, value == 0 ? 0 : decimals, digits),
             (int)(length - (is_one ? 1 : 0)), strcmp(unit, "1/h") == 0 ? "/h" : unit);
}

static void format_value(double value, const char *unit, int decimals, char *text, size_t size)
{
    if (isnan(value)) {
        snprintf(text, size, "-");
    } else if (strcmp(unit, "s") == 0) {
        units_format_seconds(value, text, size);
    } else if (strcmp(unit, "ratio") == 0) {
        snprintf(text, size, "%.1f %%", value * 100);
    } else {
        format_plain(value, unit, decimals, text, size);
    }
}

static bool is_worth_a_line(const struct page *page, const struct kpi *kpi, int split, bool always)
{
    bool worth = false;
    for (int column = 0; column < column_count(page); column++) {
        double value = value_of(page, kpi, column, split);
        worth = worth || (!isnan(value) && (always || value != 0));
    }
    return worth;
}

static void put_row(const struct page *page, const struct kpi *kpi, int split, const char *label, int indent)
{
    double values[COLUMNS_MAX];
    for (int column = 0; column < column_count(page); column++) {
        values[column] = value_of(page, kpi, column, split);
    }
    int decimals = decimals_of(values, column_count(page), kpi->unit);
    text_printf(page->text, "%*s%-*s", indent, "", LABEL_WIDTH - indent, label);
    for (int column = 0; column < column_count(page); column++) {
        char value[64];
        format_value(values[column], kpi->unit, decimals, value, sizeof value);
        text_printf(page->text, " %*s", COLUMN_WIDTH - 1, value);
    }
    text_char(page->text, '\n');
}

/* A run without deployments has no length of them; one without sessions has only zeros. */
static bool has_section(const struct page *page, const struct section *section)
{
    bool any = section->rows != deployment_rows && section->rows != session_rows;
    for (int i = 0; i < section->row_count; i++) {
        any = any || is_worth_a_line(page, kpi_find(section->rows[i].kpi), -1, i == 0 && section->rows == deployment_rows);
    }
    return any;
}

static void put_section(const struct page *page, const struct section *section)
{
    for (int i = 0; i < section->row_count; i++) {
        const struct row *row = &section->rows[i];
        const struct kpi *kpi = kpi_find(row->kpi);
        CHECK(kpi != NULL);
        if (!is_worth_a_line(page, kpi, -1, row->always)) {
            continue;
        }
        put_row(page, kpi, -1, row->label, i == 0 ? 0 : 2);
        for (int split = 0; row->splits && split < kpi->split_count; split++) {
            if (is_worth_a_line(page, kpi, split, false)) {
                put_row(page, kpi, split, kpi->splits[split], 4);
            }
        }
    }
}

static double usd_of(const char *name, const struct world *world, const struct service *service)
{
    const struct kpi *kpi = kpi_find(name);
    CHECK(kpi != NULL);
    return kpi_value(kpi, &(struct kpi_scope){ .world = world, .service = service }, -1);
}

/* What the columns of several services leave out. */
static void put_unused_instances(const struct page *page)
{
    const struct world *world = page->world;
    if (world->ec2->instances_launched == 0 || column_count(page) == 1) {
        return;
    }
    double unused = usd_of("cost", world, NULL) - usd_of("cost_control", world, NULL);
    for (int i = 0; i < world->service_count; i++) {
        unused -= usd_of("cost", world, world->services[i]);
    }
    char value[64];
    format_value(unused, "USD", decimals_of(&unused, 1, "USD"), value, sizeof value);
    text_printf(page->text, "  %-*s %*s of no service\n", LABEL_WIDTH - 2, "unused instance room", COLUMN_WIDTH - 1, value);
}

static void put_numbers(const struct page *page)
{
    if (column_count(page) > 1) {
        put_heading(page, "");
        for (int column = 0; column < column_count(page); column++) {
            text_printf(page->text, " %*.*s", COLUMN_WIDTH - 1, COLUMN_WIDTH - 1, page->world->services[column]->name);
        }
        text_char(page->text, '\n');
    }
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (has_section(page, &sections[i])) {
            put_section(page, &sections[i]);
        }
        if (sections[i].rows == cost_rows) {
            put_unused_instances(page);
        }
    }
    text_char(page->text, '\n');
}

/* ---- what to make of it ------------------------------------------------------------------------------------- */

static const char *reason_of(const struct worst *worst, char *text, size_t size)
{
    if (worst->service == NULL) {
        return "";
    }
    if (worst->service->target != NULL && worst->desired >= worst->max_capacity) {
        snprintf(text, size, ", at max %d", worst->max_capacity);
    } else if (worst->pending > 0) {
        snprintf(text, size, ", %d running and %d starting", worst->running, worst->pending);
    } else {
        snprintf(text, size, ", %d running of %d desired", worst->running, worst->desired);
    }
    return text;
}

static void put_worst(const struct page *page)
{
    const struct worst *worst = &page->report->worst;
    char label[CALENDAR_SIZE], age[32], reason[96], visible[NUMBER_SIZE];
    if (!(worst->age_s > 0)) {
        return;
    }
    put_heading(page, "worst moment");
    text_printf(page->text, "%s%s%s: oldest job %s, %s visible%s\n",
                calendar_minute(page->world->config.start_unix_s, worst->at, label),
                worst->service != NULL && page->world->service_count > 1 ? ", " : "",
                worst->service != NULL && page->world->service_count > 1 ? worst->service->name : "",
                units_format_seconds(worst->age_s, age, sizeof age), number_grouped((uint64_t)worst->visible, visible),
                reason_of(worst, reason, sizeof reason));
}

static void put_verdict(const struct page *page, const struct verdict *verdict)
{
    char value[64];
    const char *unit = verdict->unit != NULL ? verdict->unit : "";
    if (isnan(verdict->value)) {
        snprintf(value, sizeof value, "undefined");
    } else {
        format_value(verdict->value, unit, decimals_of(&verdict->value, 1, unit), value, sizeof value);
    }
    text_printf(page->text, "%s%-*s%s%s   is %s\n", page->colour && !verdict->held ? "\033[31m" : "", LABEL_WIDTH,
                verdict->held ? "  ok" : "  FAILED", verdict->text, page->colour && !verdict->held ? "\033[0m" : "",
                value);
}

static void put_verdicts(const struct page *page)
{
    const struct run_facts *facts = page->facts;
    if (facts->verdict_count == 0) {
        return;
    }
    size_t held = 0;
    for (size_t i = 0; i < facts->verdict_count; i++) {
        held += facts->verdicts[i].held;
    }
    put_heading(page, "expectations");
    text_printf(page->text, "%zu of %zu held\n", held, facts->verdict_count);
    for (size_t i = 0; i < facts->verdict_count; i++) {
        if (!facts->verdicts[i].held) {
            put_verdict(page, &facts->verdicts[i]);
        }
    }
}

struct difference_list {
    struct text *text;
    int count;
};

static void put_difference(void *context, const struct difference *difference)
{
    struct difference_list *list = context;
    if (list->count++ > 0) {
        text_printf(list->text, "\n%*s", LABEL_WIDTH, "");
    }
    text_printf(list->text, "%s%s%s = %s (otherwise %s; %s)", difference->service != NULL ? difference->service : "",
                difference->service != NULL ? ": " : "", difference->assumption->name, difference->value,
                difference->assumption->value, difference->assumption->rules);
}

static void put_differences(const struct page *page)
{
    struct difference_list list = { .text = page->text };
    put_heading(page, "assumptions changed");
    differences_visit(page->world, put_difference, &list);
    text_put(page->text, list.count == 0 ? "none\n" : "\n");
}

/* The mode of requests, where it is not one by one, and what that costs in accuracy. */
static void put_aggregates(const struct page *page)
{
    for (int i = 0; i < page->world->target_group_count; i++) {
        const struct target_group *group = page->world->target_groups[i];
        const struct aggregate_use use = aggregate_use(group->aggregate);
        const struct aggregate_accuracy *accuracy = &aggregate_accuracy[use.band];
        if (use.requests == 0) {
            continue;
        }
        put_heading(page, "in aggregate");
        text_printf(page->text, "%s: %.3g %% of %" PRIu64 " requests; ", use.load,
                    100.0 * (double)use.requests / (double)group->books.sent, group->books.sent);
        if (isfinite(accuracy->load)) {
            text_printf(page->text, "measured error: mean within %g %%, p95 within %g %% (targets loaded up to %g %%)\n",
                        100 * accuracy->mean_error, 100 * accuracy->p95_error, 100 * accuracy->load);
        } else {
            text_printf(page->text, "error not known (targets loaded above %g %%)\n",
                        100 * aggregate_accuracy[BAND_EXTREME].load);
        }
    }
}

static void put_warnings(const struct page *page, const struct warnings *warnings)
{
    if (warnings->count == 0) {
        return;
    }
    put_heading(page, "warnings");
    text_printf(page->text, "%" PRIu64 "\n", page->world->warnings);
    for (size_t i = 0; i < warnings->count && i < WARNINGS_SHOWN; i++) {
        const struct warning *warning = &warnings->list[i];
        text_printf(page->text, "  %s: %s", warning->subject, warning->text);
        if (warning->times > 1) {
            text_printf(page->text, " (%" PRIu64 " times)", warning->times);
        }
        text_char(page->text, '\n');
    }
}

static void put_programs(const struct page *page)
{
    const struct run_facts *facts = page->facts;
    for (size_t i = 0; i < facts->program_count; i++) {
        put_heading(page, i == 0 ? "decided by programs" : "");
        text_printf(page->text, "policy %s by %s: the seed alone does not give this run again\n",
                    facts->programs[i].policy, facts->programs[i].program);
    }
}

static void put_without_effect(const struct page *page)
{
    const struct run_facts *facts = page->facts;
    for (size_t i = 0; i < facts->without_effect_count; i++) {
        if (i == 0) {
            put_heading(page, "without effect");
        }
        text_printf(page->text, "%s%s", i == 0 ? "" : ", ", facts->without_effect[i]);
    }
    text_put(page->text, facts->without_effect_count > 0 ? "\n" : "");
}

void report_write(struct report *report, struct text *text, const struct run_facts *facts,
                  const struct warnings *warnings, bool colour)
{
    struct page page = { .report = report, .world = report->world, .facts = facts, .text = text, .colour = colour };
    put_headline(&page);
    put_parameters(&page);
    text_char(text, '\n');
    put_histories(&page);
    put_numbers(&page);
    put_worst(&page);
    put_verdicts(&page);
    put_differences(&page);
    put_programs(&page);
    put_without_effect(&page);
    put_aggregates(&page);
    put_warnings(&page, warnings);
    put_heading(&page, "books");
    /* The audit aborts the program on the first law that does not hold. */
    text_printf(text, "balanced (%zu laws)\n", facts->ledger_count);
}
