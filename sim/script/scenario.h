/* A scenario: a Lua script that builds a world, and the functions of it that run while time does. The public face of this
 * layer, which nobody else need know is Lua. */
#ifndef SCRIPT_SCENARIO_H
#define SCRIPT_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/expectation.h"
#include "script/parameter.h"

struct world;
struct scenario;

struct scenario_setting {
    const char *name, *value;
};

struct scenario_options {
    const char *path;             /* of the script, as the user gave it; messages name it so */
    const char *library;          /* the folder of the shipped scenarios, where require looks last; NULL: nowhere */
    const struct scenario_setting *settings;         /* --set: parameters */
    size_t setting_count;
    const struct scenario_setting *assumptions;      /* --assume: they win over the scenario's own */
    size_t assumption_count;
    size_t memory_limit;          /* bytes the script may take; 0: 2 GiB */
    uint64_t instruction_limit;   /* at one instant, for what runs long; 0: 10^8 */
    bool allow_exec;              /* the scenario may start the programs that it names as policies */
};

/* Run the script, which builds into the empty `world`. The scenario belongs to it and must be destroyed before it; it borrows
 * what `options` points to for its life. Everything about it, world_run() included, happens in one thread. NULL: `err` begins with
 * FILE:LINE: where a line is to blame. */
struct scenario *scenario_load(struct world *world, const struct scenario_options *options, struct error *err);
void scenario_destroy(struct scenario *scenario);    /* NULL is fine */

/* The declared parameters, sorted by name. */
size_t scenario_parameter_count(const struct scenario *scenario);
const struct parameter *scenario_parameter(const struct scenario *scenario, size_t i);

/* What was read: the script, modules that it required, CSV files, in the order of reading. */
struct scenario_input {
    const char *role;             /* "scenario" "module" "csv" */
    const char *name;             /* without folder, or the module's name */
    char digest[32];              /* "fnv1a64:0123456789abcdef" */
    uint64_t bytes;
};
size_t scenario_input_count(const struct scenario *scenario);
const struct scenario_input *scenario_input(const struct scenario *scenario, size_t i);

/* AWS's fields that the script gave and that change nothing here, sorted: "create_service.tags". */
size_t scenario_without_effect_count(const struct scenario *scenario);
const char *scenario_without_effect(const struct scenario *scenario, size_t i);

/* The programs that decide policies, in the order of the script: what they answer is no result of the seed alone. */
struct scenario_program {
    const char *policy, *program;            /* without folder */
};
size_t scenario_program_count(const struct scenario *scenario);
struct scenario_program scenario_program(const struct scenario *scenario, size_t i);

/* The comment lines at the head of the script, without dashes; the first is its question. NULL past the last. */
const char *scenario_header_line(const struct scenario *scenario, size_t i);

/* After world_run(): what the scenario expected and whether it held, in the order of the script. */
size_t scenario_verdict_count(const struct scenario *scenario);
struct verdict scenario_verdict(const struct scenario *scenario, size_t i);

#endif
