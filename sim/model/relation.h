/* Comparisons as people write them: "max_tasks * 10 <= 100", "worker.running_count == min_capacity", "wait_p95 < 2m". */
#ifndef MODEL_RELATION_H
#define MODEL_RELATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

/* What a name stands for. */
struct relation_leaf {
    double (*read)(const void *object, int which);   /* NaN: undefined */
    const void *object;
    int which;
    const char *unit;             /* "" or NULL: a plain number */
};

/* Who knows the names. */
struct relation_names {
    bool (*resolve)(void *context, const char *name, struct relation_leaf *leaf, struct error *err);
    /* How many characters at the start of `text` are the name of an object in front of a '.', though letters, digits and '_'
     * alone would not tell: service names may hold '-'. 0: none. */
    size_t (*object_length)(void *context, const char *text);
    void *context;
};

struct relation;

/* arithmetic COMPARISON arithmetic: + - * / ( ) over numbers, times with units and names; < <= > >= == !=. In `arena`. A
 * time with a unit cannot be compared with a number that is not in s. */
struct relation *relation_parse(struct arena *arena, const char *text, const struct relation_names *names,
                                struct error *err);

/* Whole numbers are equal when they are the same, others when they differ by at most 1 part in 10^9: 0.1 + 0.2 == 0.3. What is
 * undefined on either side never holds. */
struct relation_result {
    bool holds;
    double left, right;
};
struct relation_result relation_judge(const struct relation *relation);

/* Of the left side if that is a single name, else of the right one; "" without. */
const char *relation_unit(const struct relation *relation);

#endif
