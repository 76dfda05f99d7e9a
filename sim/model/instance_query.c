#include "model/instance_query.h"

#include <ctype.h>
#include <string.h>

#include "base/suggest.h"

const char *const instance_attribute_names[INSTANCE_ATTRIBUTES] = {
    [INSTANCE_ATTRIBUTE_ZONE] = "attribute:ecs.availability-zone",
    [INSTANCE_ATTRIBUTE_TYPE] = "attribute:ecs.instance-type",
    [INSTANCE_ATTRIBUTE_ARCHITECTURE] = "attribute:ecs.cpu-architecture",
    [INSTANCE_ATTRIBUTE_ID] = "ec2InstanceId",
};

struct argument {
    const char *text;
    struct argument *next;
};

typedef bool judge(const char *value, const char *argument);

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_COMPARISON };

struct instance_query {
    enum node_kind kind;
    const struct instance_query *left, *right;       /* of and, or; left: of not */
    enum instance_attribute attribute;               /* of a comparison: the value fits one of the arguments */
    judge *fits;
    struct argument *arguments;
};

/* ---- patterns ----------------------------------------------------------------------------------------------- */

static bool is_repeated(char mark)
{
    return mark == '*' || mark == '+' || mark == '?';
}

static bool fits_pattern(const char *text, const char *pattern)
{
    if (*pattern == '\0') {
        return *text == '\0';
    }
    bool fits_first = *text != '\0' && (*pattern == '.' || *pattern == *text);
    if (!is_repeated(pattern[1])) {
        return fits_first && fits_pattern(text + 1, pattern + 1);
    }
    if (pattern[1] != '+' && fits_pattern(text, pattern + 2)) {
        return true;
    }
    if (!fits_first) {
        return false;
    }
    return (pattern[1] != '?' && fits_pattern(text + 1, pattern)) || fits_pattern(text + 1, pattern + 2);
}

static bool is_equal(const char *text, const char *other)
{
    return strcmp(text, other) == 0;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

enum { WORD_MAX = 128, DEPTH_MAX = 50 };

struct reader {
    struct arena *arena;
    const char *rest;             /* behind the word */
    char word[WORD_MAX];          /* empty: the end */
    int depth;
    struct error *err;
};

static size_t word_length(const char *text)
{
    static const char *const marks[] = { "==", "!=", "=~", "!~", "!in", "&&", "||" };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strncmp(text, marks[i], strlen(marks[i])) == 0) {
            return strlen(marks[i]);
        }
    }
    size_t length = strcspn(text, " \t\n()[],=!&|");
    return length > 0 || *text == '\0' ? length : 1;
}

static bool advance(struct reader *reader)
{
    reader->rest += strspn(reader->rest, " \t\n");
    size_t length = word_length(reader->rest);
    if (length >= sizeof reader->word) {
        return error_set(reader->err, "a word of more than %d characters", WORD_MAX - 1);
    }
    memcpy(reader->word, reader->rest, length);
    reader->word[length] = '\0';
    reader->rest += length;
    return true;
}

static bool is_word(const struct reader *reader, const char *one, const char *other)
{
    return strcmp(reader->word, one) == 0 || strcmp(reader->word, other) == 0;
}

static bool complain(const struct reader *reader, const char *expected)
{
    const char *quote = reader->word[0] != '\0' ? "'" : "";
    return error_set(reader->err, "expected %s, got %s%s%s", expected, quote,
                     reader->word[0] != '\0' ? reader->word : "the end", quote);
}

/* ---- comparisons -------------------------------------------------------------------------------------------- */

static const struct operator {
    const char *mark, *name;
    bool takes_list, negated;
    judge *fits;
} operators[] = {
    { "==", "equals", false, false, is_equal },
    { "!=", "not_equals", false, true, is_equal },
    { "in", "in", true, false, is_equal },
    { "!in", "not_in", true, true, is_equal },
    { "=~", "matches", false, false, fits_pattern },
    { "!~", "not_matches", false, true, fits_pattern },
};

static const struct operator *find_operator(const struct reader *reader)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (is_word(reader, operators[i].mark, operators[i].name)) {
            return &operators[i];
        }
    }
    complain(reader, "one of == != in !in =~ !~");
    return NULL;
}

static bool find_attribute(const struct reader *reader, enum instance_attribute *attribute)
{
    for (int i = 0; i < INSTANCE_ATTRIBUTES; i++) {
        if (strcmp(reader->word, instance_attribute_names[i]) == 0) {
            *attribute = (enum instance_attribute)i;
            return true;
        }
    }
    if (!isalpha((unsigned char)reader->word[0])) {
        return complain(reader, "an attribute");
    }
    const char *nearest = suggest_nearest(reader->word, instance_attribute_names, INSTANCE_ATTRIBUTES);
    if (nearest == NULL) {
        return error_set(reader->err, "unknown attribute '%s'", reader->word);
    }
    return error_set(reader->err, "unknown attribute '%s', did you mean '%s'?", reader->word, nearest);
}

/* Behind each character at most one mark of repetition, and none at the start. Few in all: each is a choice to go back to. */
static bool is_pattern(const char *text)
{
    const int most = 8;
    int repeated = 0;
    bool repeatable = false;
    for (; *text != '\0'; text++) {
        if (is_repeated(*text) && !repeatable) {
            return false;
        }
        repeatable = !is_repeated(*text);
        repeated += !repeatable;
    }
    return repeated <= most;
}

static bool take_argument(struct reader *reader, struct instance_query *comparison)
{
    const char *word = reader->word;
    bool is_value = isalnum((unsigned char)word[0]) || word[0] == '.';
    if (!is_value || (comparison->fits == fits_pattern && !is_pattern(word))) {
        return complain(reader, comparison->fits == fits_pattern ? "a pattern such as c5.*" : "a value");
    }
    struct argument *argument = arena_alloc(reader->arena, sizeof *argument);
    *argument = (struct argument){ arena_text(reader->arena, word), comparison->arguments };
    comparison->arguments = argument;
    return advance(reader);
}

static bool take_list(struct reader *reader, struct instance_query *comparison)
{
    if (strcmp(reader->word, "[") != 0) {
        return complain(reader, "'['");
    }
    do {
        if (!advance(reader) || !take_argument(reader, comparison)) {
            return false;
        }
    } while (strcmp(reader->word, ",") == 0);
    return strcmp(reader->word, "]") == 0 ? advance(reader) : complain(reader, "',' or ']'");
}

static const struct instance_query *negation_of(struct reader *reader, const struct instance_query *query)
{
    struct instance_query *negation = arena_alloc(reader->arena, sizeof *negation);
    *negation = (struct instance_query){ .kind = NODE_NOT, .left = query };
    return negation;
}

static const struct instance_query *parse_comparison(struct reader *reader)
{
    struct instance_query *comparison = arena_alloc(reader->arena, sizeof *comparison);
    *comparison = (struct instance_query){ .kind = NODE_COMPARISON };
    if (!find_attribute(reader, &comparison->attribute) || !advance(reader)) {
        return NULL;
    }
    const struct operator *known = find_operator(reader);
    if (known == NULL || !advance(reader)) {
        return NULL;
    }
    comparison->fits = known->fits;
    bool taken = known->takes_list ? take_list(reader, comparison) : take_argument(reader, comparison);
    return !taken ? NULL : known->negated ? negation_of(reader, comparison) : comparison;
}

/* ---- and, or, not ------------------------------------------------------------------------------------------- */

static const struct instance_query *parse_or(struct reader *reader);

static const struct instance_query *parse_parentheses(struct reader *reader)
{
    const struct instance_query *inside = advance(reader) ? parse_or(reader) : NULL;
    if (inside != NULL && strcmp(reader->word, ")") != 0) {
        complain(reader, "')'");
        return NULL;
    }
    return inside != NULL && advance(reader) ? inside : NULL;
}

static const struct instance_query *parse_not(struct reader *reader)
{
    if (++reader->depth > DEPTH_MAX) {
        error_set(reader->err, "nested more than %d deep", DEPTH_MAX);
        return NULL;
    }
    const struct instance_query *query;
    if (is_word(reader, "not", "!")) {
        query = advance(reader) ? parse_not(reader) : NULL;
        query = query != NULL ? negation_of(reader, query) : NULL;
    } else {
        query = strcmp(reader->word, "(") == 0 ? parse_parentheses(reader) : parse_comparison(reader);
    }
    reader->depth--;
    return query;
}

/* NULL where there is nothing on the right. */
static const struct instance_query *join(struct reader *reader, enum node_kind kind, const struct instance_query *left,
                                         const struct instance_query *right)
{
    struct instance_query *both = arena_alloc(reader->arena, sizeof *both);
    *both = (struct instance_query){ .kind = kind, .left = left, .right = right };
    return right != NULL ? both : NULL;
}

static const struct instance_query *parse_and(struct reader *reader)
{
    const struct instance_query *query = parse_not(reader);
    while (query != NULL && is_word(reader, "and", "&&")) {
        query = advance(reader) ? join(reader, NODE_AND, query, parse_not(reader)) : NULL;
    }
    return query;
}

static const struct instance_query *parse_or(struct reader *reader)
{
    const struct instance_query *query = parse_and(reader);
    while (query != NULL && is_word(reader, "or", "||")) {
        query = advance(reader) ? join(reader, NODE_OR, query, parse_and(reader)) : NULL;
    }
    return query;
}

const struct instance_query *instance_query_parse(struct arena *arena, const char *text, struct error *err)
{
    struct reader reader = { .arena = arena, .rest = text, .err = err };
    const struct instance_query *query = advance(&reader) ? parse_or(&reader) : NULL;
    if (query != NULL && reader.word[0] != '\0') {
        complain(&reader, "'and', 'or' or the end");
        return NULL;
    }
    return query;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static bool compare(const struct instance_query *comparison, const char *value)
{
    for (const struct argument *argument = comparison->arguments; argument != NULL; argument = argument->next) {
        if (comparison->fits(value, argument->text)) {
            return true;
        }
    }
    return false;
}

bool instance_query_matches(const struct instance_query *query, const char *const values[INSTANCE_ATTRIBUTES])
{
    switch (query->kind) {
    case NODE_AND:
        return instance_query_matches(query->left, values) && instance_query_matches(query->right, values);
    case NODE_OR:
        return instance_query_matches(query->left, values) || instance_query_matches(query->right, values);
    case NODE_NOT:
        return !instance_query_matches(query->left, values);
    case NODE_COMPARISON:
        break;
    }
    return compare(query, values[query->attribute]);
}

bool instance_query_asks(const struct instance_query *query, enum instance_attribute attribute)
{
    if (query == NULL) {
        return false;
    }
    return (query->kind == NODE_COMPARISON && query->attribute == attribute) || instance_query_asks(query->left, attribute) ||
           instance_query_asks(query->right, attribute);
}
