#include "cli/facts.h"

#include "model/world.h"

enum { LAWS_MAX = 512 };

static void collect_inputs(struct run_facts *facts, struct arena *arena, const struct scenario *scenario)
{
    facts->input_count = scenario_input_count(scenario);
    struct run_input *inputs = arena_alloc(arena, (facts->input_count + 1) * sizeof *inputs);
    for (size_t i = 0; i < facts->input_count; i++) {
        const struct scenario_input *input = scenario_input(scenario, i);
        inputs[i] = (struct run_input){ .role = input->role, .name = input->name, .digest = input->digest };
    }
    facts->inputs = inputs;
    facts->scenario = inputs[0].name;
}

static enum run_value kind_of(const struct parameter *parameter)
{
    if (parameter->type == PARAMETER_NUMBER) {
        return VALUE_NUMBER;
    }
    return parameter->type == PARAMETER_BOOLEAN ? VALUE_SWITCH : VALUE_TEXT;
}

static void collect_parameters(struct run_facts *facts, struct arena *arena, const struct scenario *scenario)
{
    facts->parameter_count = scenario_parameter_count(scenario);
    struct run_parameter *parameters = arena_alloc(arena, (facts->parameter_count + 1) * sizeof *parameters);
    for (size_t i = 0; i < facts->parameter_count; i++) {
        const struct parameter *parameter = scenario_parameter(scenario, i);
        parameters[i] = (struct run_parameter){
            .name = parameter->name, .value = parameter->text, .default_value = parameter->default_text,
            .kind = kind_of(parameter),
        };
    }
    facts->parameters = parameters;
}

static void collect_verdicts(struct run_facts *facts, struct arena *arena, const struct scenario *scenario)
{
    facts->verdict_count = scenario_verdict_count(scenario);
    struct verdict *verdicts = arena_alloc(arena, (facts->verdict_count + 1) * sizeof *verdicts);
    for (size_t i = 0; i < facts->verdict_count; i++) {
        verdicts[i] = scenario_verdict(scenario, i);
    }
    facts->verdicts = verdicts;
}

static void collect_without_effect(struct run_facts *facts, struct arena *arena, const struct scenario *scenario)
{
    facts->without_effect_count = scenario_without_effect_count(scenario);
    const char **fields = arena_alloc(arena, (facts->without_effect_count + 1) * sizeof *fields);
    for (size_t i = 0; i < facts->without_effect_count; i++) {
        fields[i] = scenario_without_effect(scenario, i);
    }
    facts->without_effect = fields;
}

static void collect_programs(struct run_facts *facts, struct arena *arena, const struct scenario *scenario)
{
    facts->program_count = scenario_program_count(scenario);
    struct run_program *programs = arena_alloc(arena, (facts->program_count + 1) * sizeof *programs);
    for (size_t i = 0; i < facts->program_count; i++) {
        struct scenario_program program = scenario_program(scenario, i);
        programs[i] = (struct run_program){ .policy = program.policy, .program = program.program };
    }
    facts->programs = programs;
}

void facts_collect(struct run_facts *facts, struct world *world, const struct scenario *scenario)
{
    const char *question = scenario_header_line(scenario, 0);
    *facts = (struct run_facts){ .version = ECSIM_VERSION, .question = question != NULL ? question : "" };
    collect_inputs(facts, world->arena, scenario);
    collect_parameters(facts, world->arena, scenario);
    collect_programs(facts, world->arena, scenario);
    collect_verdicts(facts, world->arena, scenario);
    collect_without_effect(facts, world->arena, scenario);
    struct audit_row *ledger = arena_alloc(world->arena, LAWS_MAX * sizeof *ledger);
    int laws = audit_world(world, ledger, LAWS_MAX);
    facts->ledger = ledger;
    facts->ledger_count = laws < LAWS_MAX ? (size_t)laws : LAWS_MAX;
}
