#include "output/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/aggregate.h"
#include "model/world.h"
#include "output/calendar.h"
#include "output/differences.h"
#include "output/json.h"

static void begin_key(struct json *json, const char *key)
{
    json_break(json);
    json_key(json, key);
}

static void begin_list(struct json *json, const char *key)
{
    begin_key(json, key);
    json_open(json, '[');
}

/* An object on a line of its own. */
static void begin_row(struct json *json)
{
    json_break(json);
    json_open(json, '{');
}

static void end_list(struct json *json)
{
    if (json->continued) {
        json_break(json);
    }
    json_close(json, ']');
}

/* As what it is: readers of JSON need not parse text. */
static void put_value(struct json *json, enum run_value kind, const char *value)
{
    double number;
    if (kind == VALUE_NUMBER && units_parse_number(value, &number)) {
        json_number(json, number);
    } else if (kind == VALUE_SWITCH) {
        json_bool(json, strcmp(value, "true") == 0);
    } else {
        json_text(json, value);
    }
}

static void put_parameters(struct json *json, const struct run_facts *facts)
{
    begin_list(json, "parameters");
    for (size_t i = 0; i < facts->parameter_count; i++) {
        const struct run_parameter *parameter = &facts->parameters[i];
        begin_row(json);
        json_key_text(json, "name", parameter->name);
        json_key(json, "value");
        put_value(json, parameter->kind, parameter->value);
        json_key(json, "default");
        put_value(json, parameter->kind, parameter->default_value);
        json_close(json, '}');
    }
    end_list(json);
}

static void put_inputs(struct json *json, const struct run_facts *facts)
{
    begin_list(json, "inputs");
    for (size_t i = 0; i < facts->input_count; i++) {
        begin_row(json);
        json_key_text(json, "role", facts->inputs[i].role);
        json_key_text(json, "name", facts->inputs[i].name);
        json_key_text(json, "digest", facts->inputs[i].digest);
        json_close(json, '}');
    }
    end_list(json);
}

/* Seeds are text: many readers of JSON round whole numbers above 2^53. */
static void put_run(struct json *json, const struct world *world)
{
    char seed[24], date[CALENDAR_SIZE];
    snprintf(seed, sizeof seed, "%" PRIu64, sim_seed(world->sim));
    begin_key(json, "seed");
    json_text(json, seed);
    begin_key(json, "replication");
    json_wide(json, (wide)sim_replication(world->sim));
    begin_key(json, "start");
    json_text(json, calendar_date(world->config.start_unix_s, date));
    if (world->zone_database != NULL) {
        begin_key(json, "zone_database");
        json_text(json, world->zone_database);
    }
    begin_key(json, "duration_s");
    json_seconds(json, world->config.duration);
    begin_key(json, "ended_at_s");
    json_seconds(json, world->ended_at);
    begin_key(json, "interrupted_at_s");
    json_seconds(json, world->interrupted ? world->ended_at : -1);
    begin_key(json, "window_s");
    json_open(json, '[');
    json_seconds(json, world_window_start(world));
    json_seconds(json, world->ended_at);
    json_close(json, ']');
    begin_key(json, "slo_s");
    json_seconds(json, world->config.slo > 0 ? world->config.slo : -1);
}

/* Only where there are any: they mark the run. */
static void put_programs(struct json *json, const struct run_facts *facts)
{
    if (facts->program_count == 0) {
        return;
    }
    begin_list(json, "decided_by_programs");
    for (size_t i = 0; i < facts->program_count; i++) {
        begin_row(json);
        json_key_text(json, "policy", facts->programs[i].policy);
        json_key_text(json, "program", facts->programs[i].program);
        json_close(json, '}');
    }
    end_list(json);
}

static void put_services(struct json *json, const struct world *world)
{
    begin_list(json, "services");
    for (int i = 0; i < world->service_count; i++) {
        begin_row(json);
        json_key_text(json, "name", world->services[i]->name);
        json_close(json, '}');
    }
    end_list(json);
}

/* Only where there are some. */
static void put_target_groups(struct json *json, const struct world *world)
{
    if (world->target_group_count == 0) {
        return;
    }
    begin_list(json, "target_groups");
    for (int i = 0; i < world->target_group_count; i++) {
        const struct target_group *group = world->target_groups[i];
        begin_row(json);
        json_key_text(json, "name", group->config.name);
        json_key_text(json, "service", group->service != NULL ? group->service->name : NULL);
        json_close(json, '}');
    }
    end_list(json);
}

/* Only where a load came in cohorts: how many, in which bands of load, and what is known of the error. */
static void put_aggregate(struct json *json, const struct target_group *group, const struct aggregate_use *use)
{
    const struct aggregate_accuracy *accuracy = &aggregate_accuracy[use->band];
    begin_row(json);
    json_key_text(json, "load", use->load);
    json_key_text(json, "target_group", group->config.name);
    json_key(json, "requests");
    json_wide(json, (wide)use->requests);
    json_key(json, "of");
    json_wide(json, (wide)group->books.sent);
    json_key_number(json, "target_load_at_most", accuracy->load);
    json_key_number(json, "mean_error_at_most", accuracy->mean_error);
    json_key_number(json, "p95_error_at_most", accuracy->p95_error);
    json_close(json, '}');
}

static void put_aggregates(struct json *json, const struct world *world)
{
    bool has_begun = false;
    for (int i = 0; i < world->target_group_count; i++) {
        const struct aggregate_use use = aggregate_use(world->target_groups[i]->aggregate);
        if (use.requests > 0 && !has_begun) {
            begin_list(json, "aggregate");
            has_begun = true;
        }
        if (use.requests > 0) {
            put_aggregate(json, world->target_groups[i], &use);
        }
    }
    if (has_begun) {
        end_list(json);
    }
}

static void put_queues(struct json *json, const struct world *world)
{
    begin_list(json, "queues");
    for (int i = 0; i < world->queue_count; i++) {
        const struct queue *queue = world->queues[i];
        begin_row(json);
        json_key_text(json, "name", queue->config.name);
        json_key_text(json, "consumer", queue->consumer != NULL ? queue->consumer->name : NULL);
        json_close(json, '}');
    }
    end_list(json);
}

static void put_difference(void *context, const struct difference *difference)
{
    struct json *json = context;
    begin_row(json);
    json_key_text(json, "name", difference->assumption->name);
    json_key_text(json, "service", difference->service);
    json_key_text(json, "value", difference->value);
    json_key_text(json, "default", difference->assumption->value);
    json_key_text(json, "rules", difference->assumption->rules);
    json_close(json, '}');
}

static void put_kpi(void *context, const char *name, const char *unit, double value)
{
    struct json *json = context;
    begin_row(json);
    json_key_text(json, "name", name);
    json_key_number(json, "value", value);
    json_key_text(json, "unit", unit);
    json_close(json, '}');
}

static void put_verdicts(struct json *json, const struct run_facts *facts)
{
    begin_list(json, "verdicts");
    for (size_t i = 0; i < facts->verdict_count; i++) {
        const struct verdict *verdict = &facts->verdicts[i];
        begin_row(json);
        json_key_text(json, "expectation", verdict->text);
        json_key_text(json, "verdict", verdict->held ? "pass" : "fail");
        json_key_number(json, "value", verdict->value);
        json_key_number(json, "limit", verdict->limit);
        json_key_text(json, "unit", verdict->unit);
        json_close(json, '}');
    }
    end_list(json);
}

static void put_ledger(struct json *json, const struct run_facts *facts)
{
    begin_list(json, "ledger");
    for (size_t i = 0; i < facts->ledger_count; i++) {
        const struct audit_row *row = &facts->ledger[i];
        begin_row(json);
        json_key_text(json, "law", row->law);
        json_key(json, "left");
        json_wide(json, row->left);
        json_key(json, "right");
        json_wide(json, row->right);
        json_close(json, '}');
    }
    end_list(json);
}

static void put_warnings(struct json *json, const struct warnings *warnings)
{
    begin_list(json, "warnings");
    for (size_t i = 0; i < warnings->count; i++) {
        const struct warning *warning = &warnings->list[i];
        begin_row(json);
        json_key_text(json, "subject", warning->subject);
        json_key_text(json, "text", warning->text);
        json_key(json, "times");
        json_wide(json, (wide)warning->times);
        json_close(json, '}');
    }
    end_list(json);
    begin_key(json, "warnings_not_listed");
    json_wide(json, (wide)warnings->not_listed);
}

static void put_without_effect(struct json *json, const struct run_facts *facts)
{
    begin_list(json, "without_effect");
    for (size_t i = 0; i < facts->without_effect_count; i++) {
        json_break(json);
        json_text(json, facts->without_effect[i]);
    }
    end_list(json);
}

static void put_scenario(struct json *json, const struct run_facts *facts)
{
    begin_key(json, "ecsim");
    json_text(json, facts->version);
    begin_key(json, "scenario");
    json_text(json, facts->scenario);
    begin_key(json, "question");
    json_text(json, facts->question);
}

void summary_write(struct text *text, const struct world *world, const struct run_facts *facts,
                   const struct warnings *warnings)
{
    struct json json;
    json_init(&json, text);
    json_open(&json, '{');
    put_scenario(&json, facts);
    put_inputs(&json, facts);
    put_parameters(&json, facts);
    put_run(&json, world);
    put_programs(&json, facts);
    put_services(&json, world);
    put_queues(&json, world);
    put_target_groups(&json, world);
    put_aggregates(&json, world);
    begin_list(&json, "assumptions");
    differences_visit(world, put_difference, &json);
    end_list(&json);
    put_verdicts(&json, facts);
    begin_list(&json, "kpis");
    outcome_visit(world, put_kpi, &json);
    end_list(&json);
    put_ledger(&json, facts);
    put_warnings(&json, warnings);
    put_without_effect(&json, facts);
    json_break(&json);
    json_close(&json, '}');
    text_char(text, '\n');
}
