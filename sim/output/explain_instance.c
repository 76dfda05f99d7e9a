#include "output/explain_instance.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/explain_inner.h"

enum { INSTANCE_SHOWN = 10 };     /* "i-0debb32d" */

/* An instance in a status that passes. */
struct explain_stay {
    char *instance, *group;       /* owned */
    bool drains;                  /* false: it is launching */
    sim_time since;
};

/* ---- stays --------------------------------------------------------------------------------------------------- */

static void begin_stay(struct explain_instances *instances, const struct explain_event *event, bool drains)
{
    VEC_GROW(instances->stays, instances->stay_count, instances->stay_room);
    instances->stays[instances->stay_count++] = (struct explain_stay){
        mem_text(event->instance), mem_text(event->group), drains, event->at,
    };
}

static struct explain_stay *find_stay(const struct explain_instances *instances, const char *instance)
{
    for (size_t i = 0; i < instances->stay_count; i++) {
        if (strcmp(instances->stays[i].instance, instance) == 0) {
            return &instances->stays[i];
        }
    }
    return NULL;
}

static void end_stay(struct explain_instances *instances, struct explain_stay *stay)
{
    free(stay->instance);
    free(stay->group);
    *stay = instances->stays[--instances->stay_count];
}

static bool is_any_launching(const struct explain_instances *instances, const char *group)
{
    for (size_t i = 0; i < instances->stay_count; i++) {
        if (!instances->stays[i].drains && strcmp(instances->stays[i].group, group) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- sentences of several instances -------------------------------------------------------------------------- */

static void tell_pending(struct explain *explain, struct explain_instances *instances)
{
    if (instances->named == 0) {
        return;
    }
    if (instances->unnamed > 0) {
        sentence_put(&instances->sentence, " and %d more", instances->unnamed);
    }
    explain_say(explain, instances->at, instances->group, instances->sentence.text);
    free(instances->group);
    instances->group = NULL;
    instances->named = instances->unnamed = 0;
}

static bool goes_on(const struct explain_instances *instances, const struct explain_event *event, const char *verb)
{
    return instances->named > 0 && instances->at == event->at && strcmp(instances->verb, verb) == 0 &&
           strcmp(instances->group, event->group) == 0;
}

/* "drains i-0debb32d with 5 tasks, i-0d99544b with 1 task and 3 more" */
static void add(struct explain *explain, struct explain_instances *instances, const struct explain_event *event,
                const char *verb, const struct sentence *how)
{
    if (!goes_on(instances, event, verb)) {
        tell_pending(explain, instances);
        instances->sentence = (struct sentence){ .used = 0 };
        instances->group = mem_text(event->group);
        instances->verb = verb;
        instances->at = event->at;
        sentence_put(&instances->sentence, "%s ", verb);
    }
    if (instances->named == IDS_NAMED) {
        instances->unnamed++;
        return;
    }
    sentence_put(&instances->sentence, "%s%.*s%s", instances->named > 0 ? ", " : "", INSTANCE_SHOWN, event->instance,
                 how->text);
    instances->named++;
}

/* ---- one instance -------------------------------------------------------------------------------------------- */

static void tell_launch(struct explain *explain, struct explain_instances *instances, const struct explain_event *event)
{
    struct sentence how = { .used = 0 };
    sentence_put(&how, " in %s", event->zone);
    add(explain, instances, event, "launches", &how);
    begin_stay(instances, event, false);
}

/* Of several that were launched the last one is told. */
static void tell_active(struct explain *explain, struct explain_instances *instances, const struct explain_event *event)
{
    struct explain_stay *stay = find_stay(instances, event->instance);
    struct sentence how = { .used = 0 };
    if (stay == NULL) {
        return;
    }
    bool drained = stay->drains;
    sentence_put(&how, " after ");
    sentence_put_duration(&how, event->at - stay->since);
    end_stay(instances, stay);
    if (drained || explain->detailed || !is_any_launching(instances, event->group)) {
        add(explain, instances, event, drained ? "activates again" : "has registered", &how);
    }
}

static void put_tasks(struct sentence *sentence, int count)
{
    sentence_put(sentence, " with ");
    sentence_put_times(sentence, (uint64_t)count, "task");
}

static void tell_draining(struct explain *explain, struct explain_instances *instances, const struct explain_event *event)
{
    struct sentence how = { .used = 0 };
    put_tasks(&how, event->instances);
    add(explain, instances, event, "drains", &how);
    begin_stay(instances, event, true);
}

static void tell_end(struct explain *explain, struct explain_instances *instances, const struct explain_event *event)
{
    struct explain_stay *stay = find_stay(instances, event->instance);
    struct sentence how = { .used = 0 };
    if (event->instances > 0) {
        put_tasks(&how, event->instances);
    }
    if (stay != NULL && stay->drains && stay->since < event->at) {
        sentence_put(&how, " after ");
        sentence_put_duration(&how, event->at - stay->since);
        sentence_put(&how, " of draining");
    }
    add(explain, instances, event, "terminates", &how);
    if (stay != NULL) {
        end_stay(instances, stay);
    }
}

static const struct {
    const char *status;
    void (*tell)(struct explain *explain, struct explain_instances *instances, const struct explain_event *event);
} tellers[] = {
    { "LAUNCHING", tell_launch }, { "ACTIVE", tell_active }, { "DRAINING", tell_draining }, { "TERMINATED", tell_end },
};

static void tell_instance(struct explain *explain, struct explain_instances *instances, const struct explain_event *event)
{
    for (size_t i = 0; i < sizeof tellers / sizeof tellers[0]; i++) {
        if (strcmp(tellers[i].status, event->text) == 0) {
            tellers[i].tell(explain, instances, event);
        }
    }
}

/* ---- groups -------------------------------------------------------------------------------------------------- */

static void tell_capacity(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    sentence_put(&sentence, "managed scaling, %d -> %d instances: CapacityProviderReservation is ", event->from, event->to);
    sentence_put_number(&sentence, event->metric);
    sentence_put(&sentence, event->to < event->from ? ", below its target for a quarter of an hour" : "");
    explain_say(explain, event->at, event->group, sentence.text);
}

/* CAP-17, PROT-50 */
static void tell_held(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    bool by_tasks = strcmp(event->text, "tasks") == 0;
    sentence_put(&sentence, "wants to let %d of its %d instances go, but %s", event->wanted, event->instances,
                 by_tasks ? "each has tasks (managed termination protection)"
                          : "all are protected (new_instances_protected_from_scale_in)");
    explain_say(explain, event->at, event->group, sentence.text);
}

/* ---- events -------------------------------------------------------------------------------------------------- */

void explain_instances_tell(struct explain *explain, struct explain_instances *instances, const struct explain_event *event)
{
    bool is_of_group = event->kind == RECORD_CAPACITY || event->kind == RECORD_SCALE_IN_HELD;
    instances->told_until = event->at;
    if (is_of_group || event->at > instances->at) {
        tell_pending(explain, instances);
    }
    if (event->kind == RECORD_INSTANCE) {
        tell_instance(explain, instances, event);
    } else if (is_of_group) {
        (event->kind == RECORD_CAPACITY ? tell_capacity : tell_held)(explain, event);
    }
}

static void tell_still_draining(struct explain *explain, const struct explain_instances *instances,
                                const struct explain_stay *stay)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    sentence_put(&sentence, "%.*s still drains, since %s", INSTANCE_SHOWN, stay->instance,
                 explain_label(explain, stay->since, label));
    explain_say(explain, instances->told_until, stay->group, sentence.text);
}

void explain_instances_finish(struct explain *explain, struct explain_instances *instances)
{
    tell_pending(explain, instances);
    for (size_t i = 0; i < instances->stay_count; i++) {
        if (instances->stays[i].drains) {
            tell_still_draining(explain, instances, &instances->stays[i]);
        }
        free(instances->stays[i].instance);
        free(instances->stays[i].group);
    }
    free(instances->stays);
}
