/* Reads a table of the script against a declared field table into a C struct. What is unknown, missing, ill-typed or out of
 * range raises a Lua error that names the script's line, the path and the nearest known name:
 * "worker.lua:31: create_service.deployment_configuration: unknown field 'maximum_percentage', did you mean 'maximum_percent'?" */
#ifndef SCRIPT_FIELDS_H
#define SCRIPT_FIELDS_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct field;

/* Where a value stands, for messages. Lives on the C stack of the readers. */
struct path {
    const struct path *parent;
    const char *name;             /* or, NULL: */
    long long index;              /* in a list, from 1 */
    const struct fields_source *source;              /* of that item; NULL: the script itself */
};

/* The file that a list was read from. Its items show in messages as "times[3] (jobs.csv, line 4)". */
struct fields_source {
    const char *file;
    const size_t *lines;
    size_t count;
    const double *numbers;        /* one of both: the items as they were read */
    const char *const *texts;
};
void fields_set_source(lua_State *L, const struct fields_source *source);  /* of the list on top; keeps it */

enum field_type {
    FIELD_NUMBER,                 /* double */
    FIELD_INTEGER,                /* int */
    FIELD_BOOLEAN,                /* bool */
    FIELD_TEXT,                   /* const char *, in the arena of the reader's owner */
    FIELD_TIME,                   /* double, in seconds: a number or "2m30s" */
    FIELD_CHOICE,                 /* int: index in `choices` */
    FIELD_FIXED,                  /* nothing is stored: the text `choices[0]`, or false */
    FIELD_TABLE,                  /* a struct inside, by `fields` */
    FIELD_CUSTOM,                 /* `read` does it */
    FIELD_WITHOUT_EFFECT,         /* AWS has it, it changes nothing here: noted */
    FIELD_LATER,                  /* AWS has it, it is not modelled yet: an error that says so */
};

/* Read the value on top of the stack into `out`; leave the stack as it is. */
typedef void field_reader(lua_State *L, const struct path *path, const struct field *field, void *out);

struct field {
    const char *name;
    enum field_type type;
    bool required;
    size_t offset;                /* in the C struct; one that is absent stays as it was */
    double least, most;           /* bounds of numbers; both 0: none */
    const char *const *choices;   /* NULL at the end */
    const struct field *fields;
    field_reader *read;
};

#define FIELDS_END { .name = NULL }

/* Read the table at `index`. `fields` end with FIELDS_END. */
void fields_read(lua_State *L, int index, const struct path *path, const struct field *fields, void *out);

/* Read argument 1, the only one of a call `name`. */
void fields_read_argument(lua_State *L, const char *name, const struct field *fields, void *out);

/* Visit the list on top of the stack in order: each element lies on top while `each` runs. Raises if it is no list without
 * holes or longer than `most`. Returns the length. */
typedef void fields_visitor(lua_State *L, const struct path *path, int i, void *context);
int fields_read_list(lua_State *L, const struct path *path, int most, fields_visitor *each, void *context);

/* Raise "PATH: <formatted>" with the script's line. Formats as lua_pushfstring. */
_Noreturn void fields_error(lua_State *L, const struct path *path, const char *format, ...);

/* What was found on top of the stack instead: "a boolean", "an alarm". Valid while the error is raised. */
const char *fields_found(lua_State *L);

/* Raise "PATH: unknown <what> 'name', did you mean ...?", or, where none is near and there are few, "expected a, b or c". */
_Noreturn void fields_unknown(lua_State *L, const struct path *path, const char *what, const char *name,
                              const char *const *known, size_t count);

/* The value on top of the stack. */
double fields_number(lua_State *L, const struct path *path);
double fields_time(lua_State *L, const struct path *path);       /* seconds */
const char *fields_text(lua_State *L, const struct path *path);  /* kept for the run */

/* Note that AWS has the field at `path` and that it changes nothing here. */
void fields_note_without_effect(lua_State *L, const struct path *path);

/* Raise unless least <= number <= most. */
void fields_check_range(lua_State *L, const struct path *path, double number, double least, double most);

/* The reader of a call: whom fields tell what was noted. */
struct fields_owner {
    struct arena *arena;
    void (*note_without_effect)(void *context, const char *path);
    void *context;
};
void fields_set_owner(lua_State *L, const struct fields_owner *owner);     /* keeps it */

#endif
