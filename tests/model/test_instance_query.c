#include "model/instance_query.h"

#include <string.h>

#include "lib/unit.h"

static const char *const instance[INSTANCE_ATTRIBUTES] = {
    [INSTANCE_ATTRIBUTE_ZONE] = "us-east-1a",
    [INSTANCE_ATTRIBUTE_TYPE] = "c5.xlarge",
    [INSTANCE_ATTRIBUTE_ARCHITECTURE] = "x86_64",
    [INSTANCE_ATTRIBUTE_ID] = "i-0123456789abcdef0",
};

static const struct {
    const char *text;
    bool matches;
} rows[] = {
    { "attribute:ecs.instance-type == c5.xlarge", true },
    { "attribute:ecs.instance-type == c5", false },
    { "attribute:ecs.instance-type equals c5.xlarge", true },
    { "attribute:ecs.instance-type != c5.xlarge", false },
    { "attribute:ecs.availability-zone in [us-east-1b, us-east-1a]", true },
    { "attribute:ecs.availability-zone in [us-east-1b]", false },
    { "attribute:ecs.availability-zone !in [us-east-1b,us-east-1c]", true },
    { "attribute:ecs.availability-zone not_in [us-east-1a]", false },
    { "ec2InstanceId in [i-0123456789abcdef0]", true },
    { "attribute:ecs.cpu-architecture == arm64", false },
    { "attribute:ecs.instance-type =~ c5.*", true },
    { "attribute:ecs.instance-type =~ c5", false },          /* the whole value */
    { "attribute:ecs.instance-type matches c..x?large", true },
    { "attribute:ecs.instance-type =~ c5.2*xlarge", true },
    { "attribute:ecs.instance-type =~ c5.2+xlarge", false },
    { "attribute:ecs.instance-type !~ t3.*", true },
    { "attribute:ecs.instance-type == c5.xlarge and attribute:ecs.availability-zone == us-east-1b", false },
    { "attribute:ecs.instance-type == m5.large or attribute:ecs.availability-zone == us-east-1a", true },
    { "attribute:ecs.instance-type == m5.large && attribute:ecs.instance-type == c5.xlarge || ec2InstanceId =~ i-.*", true },
    { "attribute:ecs.instance-type == m5.large and (ec2InstanceId =~ i-.* or ec2InstanceId == x)", false },
    { "not attribute:ecs.instance-type == m5.large", true },
    { "!(attribute:ecs.instance-type == c5.xlarge)", false },
    { "not (not attribute:ecs.instance-type == c5.xlarge)", true },
};

static const struct {
    const char *text, *message;
} faults[] = {
    { "", "expected an attribute, got the end" },
    { "attribute:ecs.instance_type == c5.large", "unknown attribute 'attribute:ecs.instance_type', did you mean "
                                                 "'attribute:ecs.instance-type'?" },
    { "colour == blue", "unknown attribute 'colour'" },
    { "ec2InstanceId = a", "expected one of == != in !in =~ !~, got '='" },
    { "ec2InstanceId ==", "expected a value, got the end" },
    { "ec2InstanceId == ]", "expected a value, got ']'" },
    { "ec2InstanceId in a", "expected '[', got 'a'" },
    { "ec2InstanceId in [a b]", "expected ',' or ']', got 'b'" },
    { "ec2InstanceId in []", "expected a value, got ']'" },
    { "ec2InstanceId =~ a**", "expected a pattern such as c5.*, got 'a**'" },
    { "ec2InstanceId =~ .*.*.*.*.*.*.*.*.*", "expected a pattern such as c5.*, got '.*.*.*.*.*.*.*.*.*'" },
    { "(ec2InstanceId == a", "expected ')', got the end" },
    { "ec2InstanceId == a ec2InstanceId == b", "expected 'and', 'or' or the end, got 'ec2InstanceId'" },
    { "ec2InstanceId == a and", "expected an attribute, got the end" },
};

static void expressions_choose_instances(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_create();
        struct error err;
        const struct instance_query *query = instance_query_parse(arena, rows[i].text, &err);
        if (query == NULL || instance_query_matches(query, instance) != rows[i].matches) {
            CU_FAIL(rows[i].text);
        }
        arena_destroy(arena);
    }
}

static void faults_are_named(void)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct arena *arena = arena_create();
        struct error err;
        CU_ASSERT_PTR_NULL_FATAL(instance_query_parse(arena, faults[i].text, &err));
        CU_ASSERT_STRING_EQUAL(err.text, faults[i].message);
        arena_destroy(arena);
    }
}

static void nesting_has_an_end(void)
{
    char text[4096] = "";
    struct arena *arena = arena_create();
    struct error err;
    memset(text, '(', sizeof text - 1);
    CU_ASSERT_PTR_NULL(instance_query_parse(arena, text, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "nested more than 50 deep");
    memset(text, '!', sizeof text - 1);
    CU_ASSERT_PTR_NULL(instance_query_parse(arena, text, &err));
    memset(text, 'a', sizeof text - 1);
    CU_ASSERT_PTR_NULL(instance_query_parse(arena, text, &err));
    CU_ASSERT_STRING_EQUAL(err.text, "a word of more than 127 characters");
    arena_destroy(arena);
}

int main(void)
{
    return unit_main("model/instance_query", (const struct unit_test[]){
        { "PLACE-01: memberOf chooses instances", expressions_choose_instances },
        { "faults are named", faults_are_named },
        { "nesting and words have an end", nesting_has_an_end },
        UNIT_END,
    });
}
