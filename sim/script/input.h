/* Files that a scenario reads: where they are looked for, and the note of each in the scenario's list of inputs. */
#ifndef SCRIPT_INPUT_H
#define SCRIPT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct scenario;

struct file {
    char *text;                   /* followed by a NUL */
    size_t size;
};
void input_free(struct file *file);

/* How results call a file: without its folders. */
const char *input_name(const char *path);

/* The script itself. */
bool input_read_script(struct scenario *scenario, struct file *file, struct error *err);

/* The module "lib.loads": lib/loads.lua beside the script, then among the shipped scenarios. `path` gets its path, in the
 * scenario's arena. */
bool input_read_module(struct scenario *scenario, const char *module, struct file *file, const char **path,
                       struct error *err);

/* A file of data; `role` says of what kind in the list of inputs: "csv". What the script names lies beside the script; what
 * --set names, in the working directory or, if there is none, beside the script. */
bool input_read_data(struct scenario *scenario, const char *role, const char *path, struct file *file, struct error *err);

#endif
