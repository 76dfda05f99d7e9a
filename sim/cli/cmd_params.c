#include <math.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/places.h"
#include "model/world.h"

static void print_limits(const struct parameter *parameter)
{
    for (size_t i = 0; i < parameter->choice_count; i++) {
        printf("%s%s", i == 0 ? "; one of: " : ", ", parameter->choices[i]);
    }
    if (isfinite(parameter->min)) {
        printf("; at least %g", parameter->min);
    }
    if (isfinite(parameter->max)) {
        printf("; at most %g", parameter->max);
    }
}

static void print_parameter(const struct parameter *parameter)
{
    printf("%s = %s\n    %s (%s", parameter->name, parameter->text, parameter->sentence,
           parameter_type_names[parameter->type]);
    print_limits(parameter);
    printf(")\n");
}

static void print_header(const struct scenario *scenario)
{
    const char *line;
    size_t count = 0;
    while ((line = scenario_header_line(scenario, count)) != NULL) {
        printf("%s\n", line);
        count++;
    }
    printf("%s", count > 0 ? "\n" : "");
}

static enum exit_status print_parameters(const struct args *args, const char *script, const char *library)
{
    struct error err;
    struct world *world = world_create(1, 0);
    const struct scenario_options options = {
        .path = script, .library = library,
        .settings = args->settings, .setting_count = args->setting_count,
        .allow_exec = true,       /* nothing starts before time runs */
    };
    struct scenario *scenario = scenario_load(world, &options, &err);
    enum exit_status status = STATUS_OK;
    if (scenario == NULL) {
        status = complain(STATUS_BAD_INPUT, "%s", err.text);
    } else {
        print_header(scenario);
        for (size_t i = 0; i < scenario_parameter_count(scenario); i++) {
            print_parameter(scenario_parameter(scenario, i));
        }
    }
    scenario_destroy(scenario);
    world_destroy(world);
    return status;
}

static enum exit_status cmd_params(const struct args *args)
{
    struct error err;
    char script[PLACE_SIZE], library[PLACE_SIZE];
    if (!places_find_scenario(args->operands[0], script, &err)) {
        return complain(STATUS_BAD_INPUT, "%s", err.text);
    }
    return print_parameters(args, script, places_find("scenarios", library) ? library : NULL);
}

const struct command command_params = {
    .name = "params",
    .operands = "SCENARIO",
    .summary = "show what a scenario asks and which parameters it has",
    .text = "Prints the question that a scenario answers and its parameters with their values, as --set takes them. "
            "The script is loaded, not run: what is wrong with its setup shows here too.",
    .operands_least = 1,
    .operands_most = 1,
    .options = "help set",
    .run = cmd_params,
};
