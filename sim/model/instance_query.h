/* Expressions of the cluster query language, as a memberOf constraint has them (PLACE-01):
 * "attribute:ecs.instance-type == c5.large and attribute:ecs.availability-zone in [a, b]". */
#ifndef MODEL_INSTANCE_QUERY_H
#define MODEL_INSTANCE_QUERY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

enum instance_attribute {
    INSTANCE_ATTRIBUTE_ZONE,      /* attribute:ecs.availability-zone */
    INSTANCE_ATTRIBUTE_TYPE,      /* attribute:ecs.instance-type */
    INSTANCE_ATTRIBUTE_ARCHITECTURE,         /* attribute:ecs.cpu-architecture */
    INSTANCE_ATTRIBUTE_ID,        /* ec2InstanceId */
    INSTANCE_ATTRIBUTES
};
extern const char *const instance_attribute_names[INSTANCE_ATTRIBUTES];

struct instance_query;

/* Comparisons: == != in !in =~ !~ (or equals, not_equals, in, not_in, matches, not_matches), joined by and, or, not (or
 * && || !) and parentheses. A pattern fits the whole value; it has characters, '.' for any of them, and behind either '*', '+'
 * or '?'. In `arena`. NULL: `err`. */
const struct instance_query *instance_query_parse(struct arena *arena, const char *text, struct error *err);

/* Does it speak of that attribute? */
bool instance_query_asks(const struct instance_query *query, enum instance_attribute attribute);

/* Does an instance with these attributes fit? */
bool instance_query_matches(const struct instance_query *query, const char *const values[INSTANCE_ATTRIBUTES]);

#endif
