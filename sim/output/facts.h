/* What is known of a run beside its world: filled by whoever started it, printed by summary and report. */
#ifndef OUTPUT_FACTS_H
#define OUTPUT_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/audit.h"
#include "model/expectation.h"

enum run_value { VALUE_TEXT, VALUE_NUMBER, VALUE_SWITCH };

struct run_parameter {
    const char *name, *value, *default_value;        /* as text, as --set takes it */
    enum run_value kind;          /* how the text reads: "true" of a switch */
};

/* A file that the run read. */
struct run_input {
    const char *role, *name, *digest;
};

/* A program that decided a policy: the seed alone does not give this run again. */
struct run_program {
    const char *policy, *program;
};

struct run_facts {
    const char *version;          /* of the program */
    const char *scenario;         /* file name without folder */
    const struct run_input *inputs;                  /* the scenario itself first */
    size_t input_count;
    const char *question;         /* first comment of the script; "" without */
    const struct run_parameter *parameters;
    size_t parameter_count;
    const struct run_program *programs;
    size_t program_count;
    const struct verdict *verdicts;
    size_t verdict_count;
    const char *const *without_effect;               /* AWS fields that were given and change nothing here */
    size_t without_effect_count;
    const struct audit_row *ledger;
    size_t ledger_count;
};

#endif
