#include "model/relation.h"

#include <math.h>
#include <string.h>

#include "base/units.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"
#define BLANKS " \t\n\r"

/* Recursion follows the text, so this bounds it. */
enum { TEXT_LENGTH_MAX = 1000 };

enum comparator { LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, EQUAL, NOT_EQUAL };

/* Longer signs before those that they begin with. */
static const struct {
    const char *sign;
    enum comparator comparator;
} signs[] = {
    { "<=", LESS_OR_EQUAL }, { ">=", GREATER_OR_EQUAL }, { "==", EQUAL },
    { "!=", NOT_EQUAL },     { "<", LESS },              { ">", GREATER },
};

/* A number, a name, or an operation on two nodes. */
struct node {
    char operation;               /* '+' '-' '*' '/', 0: a leaf */
    const struct node *left, *right;
    double number;
    struct relation_leaf leaf;    /* read NULL: the number */
};

struct relation {
    const struct node *left, *right;
    enum comparator comparator;
};

/* ---- parsing ------------------------------------------------------------------------------------------------ */

struct parser {
    struct arena *arena;
    const struct relation_names *names;
    const char *text, *next;
    bool has_time;                /* a time with a unit was read */
    struct error *err;
};

static const struct node *parse_sum(struct parser *parser);

static void skip_blanks(struct parser *parser)
{
    parser->next += strspn(parser->next, BLANKS);
}

static const struct node *fail_expecting(struct parser *parser, const char *what)
{
    if (*parser->next == '\0') {
        error_set(parser->err, "'%s' ends where %s is expected", parser->text, what);
    } else {
        error_set(parser->err, "'%s': %s is expected at '%s'", parser->text, what, parser->next);
    }
    return NULL;
}

static struct node *new_node(struct parser *parser, char operation, const struct node *left, const struct node *right)
{
    struct node *node = arena_alloc(parser->arena, sizeof *node);
    node->operation = operation;
    node->left = left;
    node->right = right;
    return node;
}

static const struct node *new_number(struct parser *parser, double number)
{
    struct node *node = new_node(parser, 0, NULL, NULL);
    node->number = number;
    return node;
}

static const char *take_text(struct parser *parser, size_t length)
{
    const char *text = arena_printf(parser->arena, "%.*s", (int)length, parser->next);
    parser->next += length;
    return text;
}

/* "60", "1.5e-05", "2m30s" */
static const struct node *parse_number(struct parser *parser)
{
    size_t length = strspn(parser->next, DIGITS LETTERS ".");
    const char *last = parser->next + length - 1;
    if ((*last == 'e' || *last == 'E') && (last[1] == '-' || last[1] == '+')) {
        length += 1 + strspn(last + 2, DIGITS);
    }
    const char *text = take_text(parser, length);
    double number;
    if (units_parse_number(text, &number)) {
        return new_number(parser, number);
    }
    if (!units_parse_seconds(text, &number, parser->err)) {
        error_set(parser->err, "'%s' is neither a number nor a time such as '90s'", text);
        return NULL;
    }
    parser->has_time = true;
    return new_number(parser, number);
}

/* NUMBER, OWNER.NUMBER or OWNER.NUMBER{SPLIT} */
static const struct node *parse_name(struct parser *parser)
{
    size_t length = parser->names->object_length(parser->names->context, parser->next);
    length += strspn(parser->next + length, DIGITS LETTERS ".");
    if (parser->next[length] == '{') {
        length += strcspn(parser->next + length, "}");
        length += parser->next[length] == '}';
    }
    const char *name = take_text(parser, length);
    struct node *node = new_node(parser, 0, NULL, NULL);
    return parser->names->resolve(parser->names->context, name, &node->leaf, parser->err) ? node : NULL;
}

static const struct node *parse_parentheses(struct parser *parser)
{
    parser->next++;
    const struct node *node = parse_sum(parser);
    if (node == NULL) {
        return NULL;
    }
    if (*parser->next != ')') {
        return fail_expecting(parser, "')'");
    }
    parser->next++;
    return node;
}

static const struct node *parse_negative(struct parser *parser);

static const struct node *parse_factor(struct parser *parser)
{
    skip_blanks(parser);
    char first = *parser->next;
    if (first == '(') {
        return parse_parentheses(parser);
    }
    if (first == '-') {
        return parse_negative(parser);
    }
    if (first != '\0' && parser->names->object_length(parser->names->context, parser->next) > 0) {
        return parse_name(parser);
    }
    if (first != '\0' && strchr(DIGITS ".", first) != NULL) {
        return parse_number(parser);
    }
    if (first != '\0' && strchr(LETTERS, first) != NULL) {
        return parse_name(parser);
    }
    return fail_expecting(parser, "a number or a name");
}

static const struct node *parse_negative(struct parser *parser)
{
    parser->next++;
    const struct node *factor = parse_factor(parser);
    return factor != NULL ? new_node(parser, '-', new_number(parser, 0), factor) : NULL;
}

/* Operands of one precedence, from the left. */
static const struct node *parse_chain(struct parser *parser, const char *operations,
                                      const struct node *(*parse_operand)(struct parser *))
{
    const struct node *left = parse_operand(parser);
    while (left != NULL) {
        skip_blanks(parser);
        char operation = *parser->next;
        if (operation == '\0' || strchr(operations, operation) == NULL) {
            return left;
        }
        parser->next++;
        const struct node *right = parse_operand(parser);
        left = right != NULL ? new_node(parser, operation, left, right) : NULL;
    }
    return NULL;
}

static const struct node *parse_product(struct parser *parser)
{
    return parse_chain(parser, "*/", parse_factor);
}

static const struct node *parse_sum(struct parser *parser)
{
    return parse_chain(parser, "+-", parse_product);
}

static bool parse_comparator(struct parser *parser, enum comparator *comparator)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t length = strlen(signs[i].sign);
        if (strncmp(parser->next, signs[i].sign, length) == 0) {
            parser->next += length;
            *comparator = signs[i].comparator;
            return true;
        }
    }
    if (*parser->next == '=') {
        return error_set(parser->err, "'%s': equality is written '=='", parser->text);
    }
    fail_expecting(parser, "a comparison such as '<='");
    return false;
}

static const char *unit_of(const struct node *node)
{
    bool has_unit = node->leaf.read != NULL && node->leaf.unit != NULL;
    return has_unit ? node->leaf.unit : "";
}

/* "slo_miss_min < 5m" would compare minutes with 300 seconds. */
static bool units_agree(const struct node *node, bool other_has_time, struct error *err)
{
    const char *unit = unit_of(node);
    return !other_has_time || unit[0] == '\0' || strcmp(unit, "s") == 0
        || error_set(err, "a number in %s cannot be compared with a time: leave the time's unit out", unit);
}

static bool parse_relation(struct parser *parser, struct relation *relation)
{
    relation->left = parse_sum(parser);
    bool left_has_time = parser->has_time;
    if (relation->left == NULL || !parse_comparator(parser, &relation->comparator)) {
        return false;
    }
    parser->has_time = false;
    relation->right = parse_sum(parser);
    if (relation->right == NULL) {
        return false;
    }
    if (*parser->next != '\0') {
        fail_expecting(parser, "the end");
        return false;
    }
    return units_agree(relation->left, parser->has_time, parser->err)
        && units_agree(relation->right, left_has_time, parser->err);
}

struct relation *relation_parse(struct arena *arena, const char *text, const struct relation_names *names,
                                struct error *err)
{
    if (strlen(text) > TEXT_LENGTH_MAX) {
        error_set(err, "a comparison of more than %d characters", TEXT_LENGTH_MAX);
        return NULL;
    }
    struct parser parser = { arena, names, text, text, false, err };
    struct relation *relation = arena_alloc(arena, sizeof *relation);
    return parse_relation(&parser, relation) ? relation : NULL;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static double evaluate(const struct node *node)
{
    if (node->leaf.read != NULL) {
        return node->leaf.read(node->leaf.object, node->leaf.which);
    }
    if (node->operation == 0) {
        return node->number;
    }
    double left = evaluate(node->left), right = evaluate(node->right);
    switch (node->operation) {
    case '+':
        return left + right;
    case '-':
        return left - right;
    case '*':
        return left * right;
    default:
        return right != 0 ? left / right : NAN;
    }
}

static bool is_equal(double a, double b)
{
    if (a == b || (a == floor(a) && b == floor(b))) {
        return a == b;
    }
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static bool holds(enum comparator comparator, double left, double right)
{
    bool equal = is_equal(left, right);
    switch (comparator) {
    case LESS:
        return left < right && !equal;
    case LESS_OR_EQUAL:
        return left < right || equal;
    case GREATER:
        return left > right && !equal;
    case GREATER_OR_EQUAL:
        return left > right || equal;
    case EQUAL:
        return equal;
    case NOT_EQUAL:
        return !equal;
    }
    return false;
}

struct relation_result relation_judge(const struct relation *relation)
{
    double left = evaluate(relation->left), right = evaluate(relation->right);
    bool defined = !isnan(left) && !isnan(right);
    return (struct relation_result){ defined && holds(relation->comparator, left, right), left, right };
}

const char *relation_unit(const struct relation *relation)
{
    const char *unit = unit_of(relation->left);
    return unit[0] != '\0' ? unit : unit_of(relation->right);
}
