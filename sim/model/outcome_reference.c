#include "model/outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "model/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { NAME_ROOM = 512 };

/* ---- the scenario's own tallies and levels ------------------------------------------------------------------ */

enum tally_part { TALLY_COUNT, TALLY_MEAN, TALLY_P50, TALLY_P95, TALLY_P99, TALLY_MAX, TALLY_PARTS };
static const char *const tally_parts[TALLY_PARTS] = { "count", "mean", "p50", "p95", "p99", "max" };

enum level_part { LEVEL_MEAN, LEVEL_MIN, LEVEL_MAX, LEVEL_LAST, LEVEL_PARTS };
static const char *const level_parts[LEVEL_PARTS] = { "mean", "min", "max", "last" };

static double quantile(const struct tally *tally, double share)
{
    return tally->count > 0 ? (double)histogram_quantile(&tally->histogram, share) / 1e9 : NAN;
}

static double tally_value(const struct tally *tally, enum tally_part part)
{
    switch (part) {
    case TALLY_COUNT:
        return (double)tally->count;
    case TALLY_MEAN:
        return tally_mean(tally) / 1e9;
    case TALLY_P50:
        return quantile(tally, 0.5);
    case TALLY_P95:
        return quantile(tally, 0.95);
    case TALLY_P99:
        return quantile(tally, 0.99);
    case TALLY_MAX:
        return quantile(tally, 1);
    case TALLY_PARTS:
        break;
    }
    return NAN;
}

static double level_mean(const struct world *world, const struct named_level *level)
{
    sim_time start = world_window_start(world), end = world->ended_at;
    double area = level->area + level->value * sim_seconds(end - level->since);
    return end > start ? area / sim_seconds(end - start) : NAN;
}

static double level_value(const struct world *world, const struct named_level *level, enum level_part part)
{
    switch (part) {
    case LEVEL_MEAN:
        return level_mean(world, level);
    case LEVEL_MIN:
        return level->min;
    case LEVEL_MAX:
        return level->max;
    case LEVEL_LAST:
        return level->value;
    case LEVEL_PARTS:
        break;
    }
    return NAN;
}

/* ---- names that lead nowhere -------------------------------------------------------------------------------- */

static bool unknown(const char *what, const char *name, const char *const *names, size_t count, struct error *err)
{
    const char *nearest = suggest_nearest(name, names, count);
    if (nearest == NULL) {
        return error_set(err, "unknown %s '%s'", what, name);
    }
    return error_set(err, "unknown %s '%s', did you mean '%s'?", what, name, nearest);
}

static bool unknown_number(const char *name, struct error *err)
{
    const char **names = mem_alloc(kpi_count * sizeof *names);
    for (size_t i = 0; i < kpi_count; i++) {
        names[i] = kpi_table[i].name;
    }
    unknown("number", name, names, kpi_count, err);
    free(names);
    return false;
}

static bool unknown_owner(const struct world *world, const char *name, struct error *err)
{
    size_t room = (size_t)(world->service_count + world->queue_count + world->target_group_count + world->tally_count + world->level_count) + 1;
    const char **names = mem_alloc(room * sizeof *names);
    size_t count = 0;
    for (int i = 0; i < world->service_count; i++) {
        names[count++] = world->services[i]->name;
    }
    for (int i = 0; i < world->queue_count; i++) {
        names[count++] = world->queues[i]->config.name;
    }
    for (int i = 0; i < world->target_group_count; i++) {
        names[count++] = world->target_groups[i]->config.name;
    }
    for (int i = 0; i < world->tally_count; i++) {
        names[count++] = world->tallies[i].name;
    }
    for (int i = 0; i < world->level_count; i++) {
        names[count++] = world->levels[i].name;
    }
    unknown("service, queue, target group, tally or level", name, names, count, err);
    free(names);
    return false;
}

/* ---- parsing ------------------------------------------------------------------------------------------------ */

/* "OWNER.NUMBER{SPLIT}", cut into its parts; owner and split may be empty. */
struct reference_text {
    char owner[NAME_ROOM], number[NAME_ROOM], split[NAME_ROOM];
};

static void copy_part(char *part, const char *from, const char *end)
{
    size_t length = (size_t)(end - from);
    memcpy(part, from, length);
    part[length] = '\0';
}

static const char *last_dot(const char *text, const char *end)
{
    while (end > text && end[-1] != '.') {
        end--;
    }
    return end > text ? end - 1 : NULL;
}

static bool cut_reference(struct reference_text *parts, const char *text, struct error *err)
{
    size_t length = strlen(text);
    if (length >= NAME_ROOM) {
        return error_set(err, "a name of %zu characters is too long for a number", length);
    }
    const char *brace = strchr(text, '{');
    const char *end = brace != NULL ? brace : text + length;
    parts->split[0] = '\0';
    if (brace != NULL) {
        if (text[length - 1] != '}' || brace[1] == '}') {
            return error_set(err, "'%s': a split is written like work_lost_s{scale_in}", text);
        }
        copy_part(parts->split, brace + 1, text + length - 1);
    }
    const char *dot = last_dot(text, end);
    if (dot == text) {
        return error_set(err, "'%s': whose number is it?", text);
    }
    copy_part(parts->owner, text, dot != NULL ? dot : text);
    copy_part(parts->number, dot != NULL ? dot + 1 : text, end);
    return true;
}

static int index_of(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool find_part(struct kpi_reference *reference, const struct reference_text *text, const char *const *parts,
                      int count, struct error *err)
{
    if (text->split[0] != '\0') {
        return error_set(err, "'%s' is not split, so '{%s}' names nothing", text->owner, text->split);
    }
    reference->part = index_of(text->number, parts, count);
    if (reference->part < 0) {
        char what[NAME_ROOM + 16];
        snprintf(what, sizeof what, "number of '%s'", text->owner);
        return unknown(what, text->number, parts, (size_t)count, err);
    }
    return true;
}

static bool find_split(struct kpi_reference *reference, const struct reference_text *text, struct error *err)
{
    const struct kpi *kpi = reference->kpi;
    reference->split = -1;
    if (text->split[0] == '\0') {
        return true;
    }
    if (kpi->split_count == 0) {
        return error_set(err, "'%s' is not split, so '{%s}' names nothing", kpi->name, text->split);
    }
    reference->split = index_of(text->split, kpi->splits, kpi->split_count);
    if (reference->split < 0) {
        char what[NAME_ROOM];
        snprintf(what, sizeof what, "split of '%s'", kpi->name);
        return unknown(what, text->split, kpi->splits, (size_t)kpi->split_count, err);
    }
    return true;
}

static bool find_kpi(struct kpi_reference *reference, const struct reference_text *text, struct error *err)
{
    reference->kpi = kpi_find(text->number);
    return reference->kpi != NULL ? find_split(reference, text, err) : unknown_number(text->number, err);
}

static const char *kind_of_owner(const struct kpi_scope *scope)
{
    return scope->service != NULL ? "service" : scope->queue != NULL ? "queue" : "target group";
}

/* A name may be that of a service, of a queue and of a target group: the first of them that has the number. */
static bool find_owned_kpi(struct kpi_reference *reference, const struct reference_text *text, struct error *err)
{
    if (!find_kpi(reference, text, err)) {
        return false;
    }
    struct kpi_scope *scope = &reference->scope;
    if (scope->service != NULL && reference->kpi->per_service) {
        scope->queue = NULL;
        scope->target_group = NULL;
        return true;
    }
    if (scope->queue != NULL && reference->kpi->per_queue) {
        scope->service = NULL;
        scope->target_group = NULL;
        return true;
    }
    if (scope->target_group != NULL && reference->kpi->per_target_group) {
        scope->service = NULL;
        scope->queue = NULL;
        return true;
    }
    return error_set(err, "%s '%s' has no number '%s' of its own", kind_of_owner(scope), text->owner, text->number);
}

static int find_tally(const struct world *world, const char *name)
{
    for (int i = 0; i < world->tally_count; i++) {
        if (strcmp(world->tallies[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static int find_level(const struct world *world, const char *name)
{
    for (int i = 0; i < world->level_count; i++) {
        if (strcmp(world->levels[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool resolve(struct kpi_reference *reference, const struct world *world, const struct reference_text *text,
                    struct error *err)
{
    if (text->owner[0] == '\0') {
        bool incomplete = find_tally(world, text->number) >= 0 || find_level(world, text->number) >= 0;
        return incomplete ? error_set(err, "'%s' has several numbers, say which: '%s.mean'", text->number, text->number)
                          : find_kpi(reference, text, err);
    }
    reference->scope.service = world_find_service(world, text->owner);
    reference->scope.queue = world_find_queue(world, text->owner);
    reference->scope.target_group = world_find_target_group(world, text->owner);
    if (reference->scope.service != NULL || reference->scope.queue != NULL || reference->scope.target_group != NULL) {
        return find_owned_kpi(reference, text, err);
    }
    reference->tally = find_tally(world, text->owner);
    if (reference->tally >= 0) {
        return find_part(reference, text, tally_parts, TALLY_PARTS, err);
    }
    reference->level = find_level(world, text->owner);
    if (reference->level >= 0) {
        return find_part(reference, text, level_parts, LEVEL_PARTS, err);
    }
    return unknown_owner(world, text->owner, err);
}

bool kpi_reference_parse(struct kpi_reference *reference, const struct world *world, const char *text, struct error *err)
{
    struct reference_text parts;
    struct kpi_reference parsed = { .scope = { .world = world }, .split = -1, .tally = -1, .level = -1 };
    if (!cut_reference(&parts, text, err) || !resolve(&parsed, world, &parts, err)) {
        return false;
    }
    *reference = parsed;
    return true;
}

double kpi_reference_value(const struct kpi_reference *reference)
{
    const struct world *world = reference->scope.world;
    if (reference->tally >= 0) {
        return tally_value(&world->tallies[reference->tally].tally, (enum tally_part)reference->part);
    }
    if (reference->level >= 0) {
        return level_value(world, &world->levels[reference->level], (enum level_part)reference->part);
    }
    return kpi_value(reference->kpi, &reference->scope, reference->split);
}

const char *kpi_reference_unit(const struct kpi_reference *reference)
{
    const struct world *world = reference->scope.world;
    if (reference->tally >= 0) {
        return reference->part == TALLY_COUNT ? "" : world->tallies[reference->tally].unit;
    }
    if (reference->level >= 0) {
        return world->levels[reference->level].unit;
    }
    return reference->kpi->unit;
}

/* ---- all numbers -------------------------------------------------------------------------------------------- */

struct visitor {
    void (*visit)(void *context, const char *name, const char *unit, double value);
    void *context;
};

static void visit_kpi(const struct visitor *visitor, const struct kpi *kpi, const struct kpi_scope *scope,
                      const char *owner)
{
    char name[NAME_ROOM];
    const char *dot = owner[0] != '\0' ? "." : "";
    snprintf(name, sizeof name, "%s%s%s", owner, dot, kpi->name);
    visitor->visit(visitor->context, name, kpi->unit, kpi_value(kpi, scope, -1));
    for (int split = 0; split < kpi->split_count; split++) {
        snprintf(name, sizeof name, "%s%s%s{%s}", owner, dot, kpi->name, kpi->splits[split]);
        visitor->visit(visitor->context, name, kpi->unit, kpi_value(kpi, scope, split));
    }
}

static void visit_part(const struct visitor *visitor, const struct kpi_reference *reference, const char *owner,
                       const char *part)
{
    char name[NAME_ROOM];
    snprintf(name, sizeof name, "%s.%s", owner, part);
    visitor->visit(visitor->context, name, kpi_reference_unit(reference), kpi_reference_value(reference));
}

static void visit_tallies(const struct visitor *visitor, const struct world *world)
{
    for (int i = 0; i < world->tally_count; i++) {
        for (int part = 0; part < TALLY_PARTS; part++) {
            struct kpi_reference reference = { .scope = { .world = world }, .tally = i, .level = -1, .part = part };
            visit_part(visitor, &reference, world->tallies[i].name, tally_parts[part]);
        }
    }
}

static void visit_levels(const struct visitor *visitor, const struct world *world)
{
    for (int i = 0; i < world->level_count; i++) {
        for (int part = 0; part < LEVEL_PARTS; part++) {
            struct kpi_reference reference = { .scope = { .world = world }, .tally = -1, .level = i, .part = part };
            visit_part(visitor, &reference, world->levels[i].name, level_parts[part]);
        }
    }
}

static bool is_defined(const struct kpi *kpi, const struct kpi_scope *scope)
{
    return (scope->service == NULL || kpi->per_service) && (scope->queue == NULL || kpi->per_queue) &&
           (scope->target_group == NULL || kpi->per_target_group);
}

static void visit_scope(const struct visitor *visitor, const struct kpi_scope *scope, const char *owner)
{
    for (size_t i = 0; i < kpi_count; i++) {
        if (is_defined(&kpi_table[i], scope)) {
            visit_kpi(visitor, &kpi_table[i], scope, owner);
        }
    }
}

void outcome_visit(const struct world *world,
                   void (*visit)(void *context, const char *name, const char *unit, double value), void *context)
{
    struct visitor visitor = { visit, context };
    visit_scope(&visitor, &(struct kpi_scope){ .world = world }, "");
    for (int i = 0; i < world->service_count; i++) {
        const struct service *service = world->services[i];
        visit_scope(&visitor, &(struct kpi_scope){ .world = world, .service = service }, service->name);
    }
    for (int i = 0; i < world->queue_count; i++) {
        const struct queue *queue = world->queues[i];
        visit_scope(&visitor, &(struct kpi_scope){ .world = world, .queue = queue }, queue->config.name);
    }
    for (int i = 0; i < world->target_group_count; i++) {
        const struct target_group *group = world->target_groups[i];
        if (world_find_service(world, group->config.name) == NULL) {
            visit_scope(&visitor, &(struct kpi_scope){ .world = world, .target_group = group }, group->config.name);
        }
    }
    visit_tallies(&visitor, world);
    visit_levels(&visitor, world);
}
