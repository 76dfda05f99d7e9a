/* Metric math: a recursive descent into a small tree per expression. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "model/metric.h"
#include "model/world.h"

enum { DEPTH_MAX = 50, LEVELS = 3 };

/* How far FILL and RATE look for the nearest datapoint: what every metric keeps for its readers. */
static const sim_time search_range = 3 * SIM_HOUR;

enum node_kind { NODE_NUMBER, NODE_TERM, NODE_BINARY, NODE_NEGATE, NODE_CALL, NODE_LIST, NODE_REPEAT, NODE_LINEAR };

/* Children form a list: `first`, and each child's `next`. */
struct node {
    enum node_kind kind;
    double number;
    int term;
    const struct binary *binary;
    const struct function *function;
    struct node *first, *next;
};

struct part {
    const char *id;
    struct metric *metric;        /* NULL: an expression */
    enum statistic statistic;
    double percentile;            /* above 0: in place of the statistic */
    sim_time period;              /* of the metric; divides the query's */
    struct node *root;
    uint32_t uses;                /* bit i: reads part i */
};

struct query {
    struct part parts[QUERY_TERMS_MAX];
    int part_count;
    int order[QUERY_TERMS_MAX];   /* each part after those that it reads */
    int returned;
    sim_time period;
};

/* The parts' values of one period, as far as they are known. */
struct reading {
    sim_time start, seen_until;
    bool present[QUERY_TERMS_MAX];
    double value[QUERY_TERMS_MAX];
};

/* --- operators and functions --- */

/* clang-format off */
static double add(double a, double b) { return a + b; }
static double subtract(double a, double b) { return a - b; }
static double multiply(double a, double b) { return a * b; }
static double divide(double a, double b) { return a / b; }
static double less(double a, double b) { return a < b; }
static double less_or_equal(double a, double b) { return a <= b; }
static double greater(double a, double b) { return a > b; }
static double greater_or_equal(double a, double b) { return a >= b; }
static double equal(double a, double b) { return !(a < b) && !(a > b); }
static double unequal(double a, double b) { return a < b || a > b; }
/* clang-format on */

/* Level 0 binds loosest. A symbol comes before those that it begins with. */
struct binary {
    const char *symbol;
    int level;
    double (*apply)(double a, double b);
};

static const struct binary binaries[] = {
    { "<=", 0, less_or_equal }, { ">=", 0, greater_or_equal }, { "==", 0, equal }, { "!=", 0, unequal },
    { "<", 0, less },           { ">", 0, greater },           { "+", 1, add },    { "-", 1, subtract },
    { "*", 2, multiply },       { "/", 2, divide },
};

enum { BINARIES = sizeof binaries / sizeof binaries[0] };

enum shape { SHAPE_ONE, SHAPE_LIST, SHAPE_IF, SHAPE_FILL, SHAPE_RATE };

struct function {
    const char *name;
    enum shape shape;
    double (*apply)(double value);           /* SHAPE_ONE */
    enum statistic statistic;                /* SHAPE_LIST */
    const char *usage;
};

static const struct function functions[] = {
    { "ABS", SHAPE_ONE, fabs, 0, "ABS(a)" },
    { "AVG", SHAPE_LIST, NULL, STATISTIC_AVERAGE, "AVG([a, b, ...])" },
    { "CEIL", SHAPE_ONE, ceil, 0, "CEIL(a)" },
    { "FILL", SHAPE_FILL, NULL, 0, "FILL(a, value), FILL(metric, REPEAT) or FILL(metric, LINEAR)" },
    { "FLOOR", SHAPE_ONE, floor, 0, "FLOOR(a)" },
    { "IF", SHAPE_IF, NULL, 0, "IF(condition, a, b) or IF(condition, a)" },
    { "MAX", SHAPE_LIST, NULL, STATISTIC_MAXIMUM, "MAX([a, b, ...])" },
    { "MIN", SHAPE_LIST, NULL, STATISTIC_MINIMUM, "MIN([a, b, ...])" },
    { "RATE", SHAPE_RATE, NULL, 0, "RATE(metric)" },
    { "SUM", SHAPE_LIST, NULL, STATISTIC_SUM, "SUM([a, b, ...])" },
};

enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

/* --- parsing: every parse function gives a node, NULL after an error --- */

struct parser {
    struct query *query;
    struct part *part;
    struct arena *arena;
    const char *at;
    int depth;
    struct error *err;
};

static struct node *fail(struct parser *parser, const char *fault)
{
    if (*parser->at == '\0') {
        error_set(parser->err, "%s at the end", fault);
    } else {
        error_set(parser->err, "%s at '%.100s'", fault, parser->at);
    }
    return NULL;
}

static struct node *fail_unknown(struct parser *parser, const char *what, const char *name, const char *const *known,
                                 size_t count)
{
    const char *nearest = suggest_nearest(name, known, count);
    if (nearest == NULL) {
        error_set(parser->err, "unknown %s '%s'", what, name);
    } else {
        error_set(parser->err, "unknown %s '%s', did you mean '%s'?", what, name, nearest);
    }
    return NULL;
}

static struct node *new_node(struct parser *parser, struct node content)
{
    struct node *node = arena_alloc(parser->arena, sizeof *node);
    *node = content;
    return node;
}

static void skip_space(struct parser *parser)
{
    while (isspace((unsigned char)*parser->at)) {
        parser->at++;
    }
}

static bool accept(struct parser *parser, const char *symbol)
{
    skip_space(parser);
    size_t length = strlen(symbol);
    if (strncmp(parser->at, symbol, length) != 0) {
        return false;
    }
    parser->at += length;
    return true;
}

static struct node *parse_level(struct parser *parser, int level);

static struct node *parse_expression(struct parser *parser)
{
    if (parser->depth == DEPTH_MAX) {
        return fail(parser, "nested too deeply");
    }
    parser->depth++;
    struct node *node = parse_level(parser, 0);
    parser->depth--;
    return node;
}

static struct node *parse_number(struct parser *parser)
{
    size_t length = strspn(parser->at, "0123456789.");
    if (length > 0 && strchr("eE", parser->at[length]) != NULL && parser->at[length] != '\0') {
        size_t sign = strspn(parser->at + length + 1, "+-");
        length += 1 + sign + strspn(parser->at + length + 1 + sign, "0123456789");
    }
    char text[64];
    double number;
    if (length >= sizeof text) {
        return fail(parser, "bad number");
    }
    memcpy(text, parser->at, length);
    text[length] = '\0';
    if (!units_parse_number(text, &number)) {
        return fail(parser, "bad number");
    }
    parser->at += length;
    return new_node(parser, (struct node){ .kind = NODE_NUMBER, .number = number });
}

static struct node *parse_term(struct parser *parser, const char *id)
{
    const char *ids[QUERY_TERMS_MAX];
    for (int i = 0; i < parser->query->part_count; i++) {
        ids[i] = parser->query->parts[i].id;
        if (strcmp(ids[i], id) == 0) {
            parser->part->uses |= UINT32_C(1) << i;
            return new_node(parser, (struct node){ .kind = NODE_TERM, .term = i });
        }
    }
    return fail_unknown(parser, "id", id, ids, (size_t)parser->query->part_count);
}

/* Expressions separated by commas up to `end`, as children of `parent`. */
static bool parse_children(struct parser *parser, struct node *parent, const char *end)
{
    struct node **link = &parent->first;
    do {
        *link = parse_expression(parser);
        if (*link == NULL) {
            return false;
        }
        link = &(*link)->next;
    } while (accept(parser, ","));
    return accept(parser, end) || fail(parser, *end == ']' ? "expected ',' or ']'" : "expected ',' or ')'") != NULL;
}

static struct node *parse_list(struct parser *parser)
{
    struct node *list = new_node(parser, (struct node){ .kind = NODE_LIST });
    return parse_children(parser, list, "]") ? list : NULL;
}

static int count_children(const struct node *parent)
{
    int count = 0;
    for (const struct node *child = parent->first; child != NULL; child = child->next) {
        count++;
    }
    return count;
}

static bool is_metric(const struct parser *parser, const struct node *node)
{
    return node->kind == NODE_TERM && parser->query->parts[node->term].metric != NULL;
}

/* A word that says how FILL closes a gap. */
static bool is_filler(const struct node *node)
{
    return node->kind == NODE_REPEAT || node->kind == NODE_LINEAR;
}

static bool fits(const struct parser *parser, const struct node *call)
{
    int arguments = count_children(call);
    switch (call->function->shape) {
    case SHAPE_ONE:
        return arguments == 1;
    case SHAPE_LIST:
        return arguments == 1 && call->first->kind == NODE_LIST;
    case SHAPE_IF:
        return arguments == 2 || arguments == 3;
    case SHAPE_RATE:
        return arguments == 1 && is_metric(parser, call->first);
    case SHAPE_FILL:
        break;
    }
    return arguments == 2 && (!is_filler(call->first->next) || is_metric(parser, call->first));
}

/* A text in quotes, into `text`; what stands there may be no text at all. */
static bool parse_quoted(struct parser *parser, char *text, size_t size)
{
    skip_space(parser);
    char quote = *parser->at;
    const char *end = quote == '"' || quote == '\'' ? strchr(parser->at + 1, quote) : NULL;
    if (end == NULL || (size_t)(end - parser->at) > size) {
        return false;
    }
    size_t length = (size_t)(end - parser->at) - 1;
    memcpy(text, parser->at + 1, length);
    text[length] = '\0';
    parser->at = end + 1;
    return true;
}

/* METRICS() or METRICS("part of an id"), its bracket already read: the list of these metrics. */
static struct node *parse_metrics(struct parser *parser)
{
    char wanted[256] = "";
    bool given = parse_quoted(parser, wanted, sizeof wanted);
    if (!accept(parser, ")")) {
        return fail(parser, given ? "expected ')'" : "expected ')' or a part of the ids in quotes");
    }
    struct node *list = new_node(parser, (struct node){ .kind = NODE_LIST });
    struct node **link = &list->first;
    for (int i = 0; i < parser->query->part_count; i++) {
        const struct part *part = &parser->query->parts[i];
        if (part->metric != NULL && strstr(part->id, wanted) != NULL) {
            parser->part->uses |= UINT32_C(1) << i;
            *link = new_node(parser, (struct node){ .kind = NODE_TERM, .term = i });
            link = &(*link)->next;
        }
    }
    if (list->first == NULL) {
        error_set(parser->err, "METRICS finds no metric whose id holds '%s'", wanted);
        return NULL;
    }
    return list;
}

static struct node *parse_call(struct parser *parser, const char *name)
{
    const char *names[FUNCTIONS];
    const struct function *function = NULL;
    for (int i = 0; i < FUNCTIONS; i++) {
        names[i] = functions[i].name;
        if (strcmp(names[i], name) == 0) {
            function = &functions[i];
        }
    }
    if (function == NULL) {
        return fail_unknown(parser, "function", name, names, FUNCTIONS);
    }
    struct node *call = new_node(parser, (struct node){ .kind = NODE_CALL, .function = function });
    if (!parse_children(parser, call, ")")) {
        return NULL;
    }
    if (!fits(parser, call)) {
        error_set(parser->err, "%s is used as %s", name, function->usage);
        return NULL;
    }
    return call;
}

static struct node *parse_name(struct parser *parser)
{
    size_t length = 0;
    while (isalnum((unsigned char)parser->at[length]) || parser->at[length] == '_') {
        length++;
    }
    char name[256];
    if (length >= sizeof name) {
        return fail(parser, "name too long");
    }
    memcpy(name, parser->at, length);
    name[length] = '\0';
    parser->at += length;
    if (accept(parser, "(")) {
        return strcmp(name, "METRICS") == 0 ? parse_metrics(parser) : parse_call(parser, name);
    }
    if (strcmp(name, "REPEAT") == 0 || strcmp(name, "LINEAR") == 0) {
        return new_node(parser, (struct node){ .kind = name[0] == 'R' ? NODE_REPEAT : NODE_LINEAR });
    }
    return parse_term(parser, name);
}

static struct node *parse_value(struct parser *parser);

static struct node *parse_negation(struct parser *parser)
{
    if (parser->depth == DEPTH_MAX) {
        return fail(parser, "nested too deeply");
    }
    parser->depth++;
    struct node *operand = parse_value(parser);
    parser->depth--;
    return operand == NULL ? NULL : new_node(parser, (struct node){ .kind = NODE_NEGATE, .first = operand });
}

static struct node *parse_value(struct parser *parser)
{
    if (accept(parser, "-")) {
        return parse_negation(parser);
    }
    if (accept(parser, "(")) {
        struct node *inner = parse_expression(parser);
        return inner == NULL || accept(parser, ")") ? inner : fail(parser, "expected ')'");
    }
    if (accept(parser, "[")) {
        return parse_list(parser);
    }
    if (isdigit((unsigned char)*parser->at) || *parser->at == '.') {
        return parse_number(parser);
    }
    if (isalpha((unsigned char)*parser->at)) {
        return parse_name(parser);
    }
    return fail(parser, "expected a value");
}

static const struct binary *accept_binary(struct parser *parser, int level)
{
    for (int i = 0; i < BINARIES; i++) {
        if (binaries[i].level == level && accept(parser, binaries[i].symbol)) {
            return &binaries[i];
        }
    }
    return NULL;
}

static struct node *parse_level(struct parser *parser, int level)
{
    if (level == LEVELS) {
        return parse_value(parser);
    }
    struct node *left = parse_level(parser, level + 1);
    const struct binary *binary;
    while (left != NULL && (binary = accept_binary(parser, level)) != NULL) {
        left->next = parse_level(parser, level + 1);
        if (left->next == NULL) {
            return NULL;
        }
        left = new_node(parser, (struct node){ .kind = NODE_BINARY, .binary = binary, .first = left });
    }
    return left;
}

/* A list, REPEAT or LINEAR makes sense only where a function asks for it. */
static bool check_shapes(const struct node *parent, struct error *err)
{
    if (parent->kind == NODE_LIST) {
        return error_set(err, "a list stands outside MIN, MAX, SUM or AVG");
    }
    if (is_filler(parent)) {
        return error_set(err, "%s stands outside FILL", parent->kind == NODE_REPEAT ? "REPEAT" : "LINEAR");
    }
    bool list = parent->kind == NODE_CALL && parent->function->shape == SHAPE_LIST;
    bool fill = parent->kind == NODE_CALL && parent->function->shape == SHAPE_FILL;
    const struct node *child = list ? parent->first->first : parent->first;
    for (; child != NULL; child = child->next) {
        bool filler = fill && child != parent->first && is_filler(child);
        if (!filler && !check_shapes(child, err)) {
            return false;
        }
    }
    return true;
}

static bool parse_part(struct query *query, struct part *part, const char *expression, struct arena *arena,
                       struct error *err)
{
    struct parser parser = { .query = query, .part = part, .arena = arena, .at = expression, .err = err };
    part->root = parse_expression(&parser);
    skip_space(&parser);
    if (part->root != NULL && *parser.at != '\0') {
        part->root = fail(&parser, "unexpected text");
    }
    return (part->root != NULL && check_shapes(part->root, err)) || error_wrap(err, "expression '%.200s'", expression);
}

/* --- building --- */

static bool check_id(const struct query_config *config, int i, struct error *err)
{
    const char *id = config->terms[i].id;
    bool good = islower((unsigned char)id[0]);
    for (const char *c = id; *c != '\0'; c++) {
        good = good && (isalnum((unsigned char)*c) || *c == '_');
    }
    if (!good) {
        return error_set(err, "id '%s' must begin with a lowercase letter and hold letters, digits and '_' only", id);
    }
    for (int k = 0; k < i; k++) {
        if (strcmp(config->terms[k].id, id) == 0) {
            return error_set(err, "id '%s' is used twice", id);
        }
    }
    return true;
}

static bool find_returned(struct query *query, const struct query_config *config, struct error *err)
{
    int count = 0;
    for (int i = 0; i < config->term_count; i++) {
        if (config->terms[i].return_data) {
            query->returned = i;
            count++;
        }
    }
    return count == 1 || error_set(err, "Exactly one element of the metrics list should return data: %d of %d do", count,
                                   config->term_count);
}

/* Append `part` to the order after everything that it reads. `placed` and `open` are sets of parts. */
static bool place(struct query *query, int part, uint32_t *placed, uint32_t *open, int *count, struct error *err)
{
    uint32_t bit = UINT32_C(1) << part;
    if (*placed & bit) {
        return true;
    }
    if (*open & bit) {
        return error_set(err, "the expression '%s' depends on itself", query->parts[part].id);
    }
    *open |= bit;
    for (int i = 0; i < query->part_count; i++) {
        if ((query->parts[part].uses >> i & 1) && !place(query, i, placed, open, count, err)) {
            return false;
        }
    }
    *placed |= bit;
    query->order[(*count)++] = part;
    return true;
}

static bool order_parts(struct query *query, struct error *err)
{
    uint32_t placed = 0, open = 0;
    int count = 0;
    for (int i = 0; i < query->part_count; i++) {
        if (!place(query, i, &placed, &open, &count, err)) {
            return false;
        }
    }
    return true;
}

static bool find_metric(const struct query *query, struct part *part, struct world *world,
                        const struct metric_name *name, struct error *err)
{
    part->metric = metric_find(world, name, err);
    if (part->metric == NULL) {
        return false;
    }
    if (query->period % part->period != 0) {
        return error_set(err, "the period %g of metric '%s' does not divide %g, the longest of the query",
                         sim_seconds(part->period), part->id, sim_seconds(query->period));
    }
    return part->period >= part->metric->slot ||
           error_set(err, "metric %s %s has a datapoint each %g s, so no period below that", name->namespace_,
                     name->name, sim_seconds(part->metric->slot));
}

static bool build_parts(struct query *query, struct world *world, const struct query_config *config, struct error *err)
{
    for (int i = 0; i < config->term_count; i++) {
        const struct query_term *term = &config->terms[i];
        struct part *part = &query->parts[i];
        part->id = arena_text(world->arena, term->id);
        part->statistic = term->statistic;
        part->percentile = term->percentile;
        part->period = term->period > 0 ? term->period : query->period;
        query->part_count++;
        if (!check_id(config, i, err)) {
            return false;
        }
        if (term->expression == NULL && !find_metric(query, part, world, &term->metric, err)) {
            return false;
        }
    }
    for (int i = 0; i < config->term_count; i++) {
        const char *expression = config->terms[i].expression;
        if (expression != NULL && !parse_part(query, &query->parts[i], expression, world->arena, err)) {
            return false;
        }
    }
    return true;
}

struct query *query_create(struct world *world, const struct query_config *config, sim_time period, struct error *err)
{
    struct query *query = arena_alloc(world->arena, sizeof *query);
    query->period = period;
    return build_parts(query, world, config, err) && find_returned(query, config, err) && order_parts(query, err)
               ? query
               : NULL;
}

void query_keep(const struct query *query, sim_time now, sim_time range)
{
    for (int i = 0; i < query->part_count; i++) {
        struct metric *metric = query->parts[i].metric;
        if (metric != NULL) {
            metric_keep(metric, now, range + search_range);
        }
        if (metric != NULL && query->parts[i].percentile > 0) {
            metric_keep_samples(metric);
        }
    }
}

const struct metric *query_metric(const struct query *query, int i)
{
    for (int k = 0; k < query->part_count; k++) {
        if (query->parts[k].metric != NULL && i-- == 0) {
            return query->parts[k].metric;
        }
    }
    return NULL;
}

/* --- evaluation --- */

static bool evaluate(const struct query *query, const struct node *node, const struct reading *reading, double *value);

static bool read_part(const struct part *part, sim_time start, double *value)
{
    return part->percentile > 0 ? metric_read_percentile(part->metric, start, part->period, part->percentile, value)
                                : metric_read(part->metric, start, part->period, part->statistic, value);
}

/* The nearest datapoint before `start`; *found: where its period starts. */
static bool find_before(const struct query *query, const struct part *part, sim_time start, sim_time *found,
                        double *value)
{
    for (sim_time before = start - query->period; before >= 0 && start - before <= search_range;
         before -= query->period) {
        if (read_part(part, before, value)) {
            *found = before;
            return true;
        }
    }
    return false;
}

static bool find_after(const struct query *query, const struct part *part, const struct reading *reading,
                       sim_time *found, double *value)
{
    for (sim_time after = reading->start + query->period; after + query->period <= reading->seen_until;
         after += query->period) {
        if (read_part(part, after, value)) {
            *found = after;
            return true;
        }
    }
    return false;
}

/* On the line between the datapoints on either side of the gap; a gap without an end stays open. */
static bool interpolate(const struct query *query, const struct part *part, const struct reading *reading,
                        double *value)
{
    sim_time before, after;
    double first, last;
    if (!find_before(query, part, reading->start, &before, &first) ||
        !find_after(query, part, reading, &after, &last)) {
        return false;
    }
    *value = first + (last - first) * ((double)(reading->start - before) / (double)(after - before));
    return true;
}

/* Per second, since the datapoint before. */
static bool evaluate_rate(const struct query *query, const struct node *call, const struct reading *reading,
                          double *value)
{
    int term = call->first->term;
    sim_time before;
    double previous;
    if (!reading->present[term] ||
        !find_before(query, &query->parts[term], reading->start, &before, &previous)) {
        return false;
    }
    *value = (reading->value[term] - previous) / sim_seconds(reading->start - before);
    return true;
}

static bool evaluate_list(const struct query *query, const struct node *call, const struct reading *reading,
                          double *value)
{
    struct metric_slot total = { .samples = 0 };
    for (const struct node *child = call->first->first; child != NULL; child = child->next) {
        double member;
        if (evaluate(query, child, reading, &member)) {
            metric_slot_add(
                &total, &(struct metric_slot){ .sum = member, .minimum = member, .maximum = member, .samples = 1 });
        }
    }
    if (total.samples == 0) {
        return false;
    }
    *value = metric_slot_value(&total, call->function->statistic);
    return true;
}

static bool evaluate_fill(const struct query *query, const struct node *call, const struct reading *reading,
                          double *value)
{
    const struct node *series = call->first, *filler = series->next;
    if (evaluate(query, series, reading, value)) {
        return true;
    }
    if (filler->kind == NODE_REPEAT) {
        sim_time found;
        return find_before(query, &query->parts[series->term], reading->start, &found, value);
    }
    return filler->kind == NODE_LINEAR ? interpolate(query, &query->parts[series->term], reading, value)
                                       : evaluate(query, filler, reading, value);
}

static bool evaluate_if(const struct query *query, const struct node *call, const struct reading *reading,
                        double *value)
{
    double condition;
    if (!evaluate(query, call->first, reading, &condition)) {
        return false;
    }
    bool holds = condition < 0 || condition > 0;
    const struct node *then = call->first->next, *branch = holds ? then : then->next;
    return branch != NULL && evaluate(query, branch, reading, value);
}

static bool evaluate_one(const struct query *query, const struct node *call, const struct reading *reading,
                         double *value)
{
    double argument;
    if (!evaluate(query, call->first, reading, &argument)) {
        return false;
    }
    *value = call->function->apply(argument);
    return true;
}

static bool evaluate_call(const struct query *query, const struct node *call, const struct reading *reading,
                          double *value)
{
    switch (call->function->shape) {
    case SHAPE_ONE:
        return evaluate_one(query, call, reading, value);
    case SHAPE_LIST:
        return evaluate_list(query, call, reading, value);
    case SHAPE_FILL:
        return evaluate_fill(query, call, reading, value);
    case SHAPE_RATE:
        return evaluate_rate(query, call, reading, value);
    case SHAPE_IF:
        break;
    }
    return evaluate_if(query, call, reading, value);
}

static bool evaluate_binary(const struct query *query, const struct node *node, const struct reading *reading,
                            double *value)
{
    double left, right;
    if (!evaluate(query, node->first, reading, &left) || !evaluate(query, node->first->next, reading, &right)) {
        return false;
    }
    *value = node->binary->apply(left, right);
    return isfinite(*value);   /* BACKLOG-03: a division by zero has no datapoint */
}

static bool evaluate(const struct query *query, const struct node *node, const struct reading *reading, double *value)
{
    switch (node->kind) {
    case NODE_NUMBER:
        *value = node->number;
        return true;
    case NODE_TERM:
        *value = reading->value[node->term];
        return reading->present[node->term];
    case NODE_BINARY:
        return evaluate_binary(query, node, reading, value);
    case NODE_NEGATE:
        if (!evaluate(query, node->first, reading, value)) {
            return false;
        }
        *value = -*value;
        return true;
    case NODE_CALL:
        return evaluate_call(query, node, reading, value);
    case NODE_LIST:
    case NODE_REPEAT:
    case NODE_LINEAR:
        break;   /* looked at by the functions that take them */
    }
    return false;
}

bool query_read(const struct query *query, sim_time start, double *value)
{
    return query_read_seeing(query, start, start + query->period, value);
}

bool query_read_seeing(const struct query *query, sim_time start, sim_time seen_until, double *value)
{
    struct reading reading = { .start = start, .seen_until = seen_until };
    for (int i = 0; i < query->part_count; i++) {
        int at = query->order[i];
        const struct part *part = &query->parts[at];
        reading.present[at] = part->metric != NULL ? read_part(part, start, &reading.value[at])
                                                   : evaluate(query, part->root, &reading, &reading.value[at]);
    }
    *value = reading.value[query->returned];
    return reading.present[query->returned];
}
