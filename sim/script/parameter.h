/* One declared parameter of a scenario: its type, bounds and value. */
#ifndef SCRIPT_PARAMETER_H
#define SCRIPT_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum parameter_type { PARAMETER_NUMBER, PARAMETER_TIME, PARAMETER_BOOLEAN, PARAMETER_TEXT };
extern const char *const parameter_type_names[];     /* "number" "time" "true or false" "text" */

struct parameter {
    const char *name, *sentence;
    enum parameter_type type;
    const char *default_text, *text;                 /* as --set takes them; `text` is the value in force */
    const char *const *choices;   /* texts as --set takes them; none: anything in bounds */
    size_t choice_count;
    double min, max;              /* of numbers and times (s); infinite: no bound */
    double number;                /* the value: of a time seconds, of a switch 0 or 1, of a text 0 */
    bool changed;                 /* by --set */
};

/* Take `text` as the value: right type, in bounds, one of the choices. Keeps a copy in `arena`. On failure `parameter` is
 * as before. */
bool parameter_set(struct parameter *parameter, const char *text, struct arena *arena, struct error *err);

#endif
