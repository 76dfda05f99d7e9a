/* JSON as it is written: no tree, numbers as number.h has them, lines broken where a reader wants them. */
#ifndef OUTPUT_JSON_H
#define OUTPUT_JSON_H

#include <stdbool.h>

#include "output/text.h"

struct json {
    struct text *text;            /* borrowed */
    int depth;
    bool continued;               /* an element was written at this level: a comma comes first */
    bool after_key, broken;
};

void json_init(struct json *json, struct text *text);

void json_open(struct json *json, char bracket);     /* '{' or '[' */
void json_close(struct json *json, char bracket);    /* '}' or ']' */
void json_break(struct json *json);                  /* the next element or bracket begins a line */

void json_key(struct json *json, const char *key);   /* the next element is its value */
void json_text(struct json *json, const char *text); /* NULL: null. Bytes that are no UTF-8 become U+FFFD. */
void json_number(struct json *json, double number);  /* not finite: null */
void json_wide(struct json *json, wide number);
void json_bool(struct json *json, bool value);
void json_seconds(struct json *json, sim_time time); /* below 0: null */

/* Key and value at once. */
void json_key_text(struct json *json, const char *key, const char *text);
void json_key_number(struct json *json, const char *key, double number);
void json_key_bool(struct json *json, const char *key, bool value);
void json_key_seconds(struct json *json, const char *key, sim_time time);

#endif
