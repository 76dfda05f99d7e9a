#include "output/explain_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/vec.h"

enum { AROUND = 5 };              /* minutes */

/* Which policy an alarm drives is known from its creation, and from the decisions that it led to. A scheduled action counts as a
 * policy. */
struct driven {
    char *alarm, *policy, *service;          /* owned */
};

struct teller {
    const struct explain_query *query;
    struct explain *explain;
    struct driven *driven;
    size_t count, room;
    sim_time from, to;
};

/* ---- who drives whom ---------------------------------------------------------------------------------------- */

static void add_driven(struct teller *teller, const char *alarm, const char *policy, const char *service)
{
    for (size_t i = 0; i < teller->count; i++) {
        if (strcmp(teller->driven[i].alarm, alarm) == 0 && strcmp(teller->driven[i].policy, policy) == 0) {
            return;
        }
    }
    VEC_GROW(teller->driven, teller->count, teller->room);
    teller->driven[teller->count++] = (struct driven){
        .alarm = mem_text(alarm), .policy = mem_text(policy), .service = mem_text(service),
    };
}

static bool learn(void *context, const cJSON *event)
{
    struct teller *teller = context;
    char action[EXPLAIN_NAME];
    const char *service = json_text_of(event, "service"), *policy = json_text_of(event, "policy");
    if (policy[0] != '\0') {
        add_driven(teller, json_text_of(event, "alarm"), policy, service);
    } else if (explain_scheduled_action(json_text_of(event, "cause"), action)) {
        add_driven(teller, "", action, service);
    }
    return true;
}

static bool fits(const char *wanted, const char *name)
{
    return wanted == NULL || strcmp(wanted, name) == 0;
}

static bool alarm_is_asked_for(const struct teller *teller, const struct explain_event *event)
{
    const struct explain_query *query = teller->query;
    if (query->policy == NULL && fits(query->service, event->service)) {
        return true;
    }
    for (size_t i = 0; i < teller->count; i++) {
        const struct driven *driven = &teller->driven[i];
        if (event->alarm != NULL && strcmp(driven->alarm, event->alarm) == 0 && fits(query->service, driven->service) &&
            fits(query->policy, driven->policy)) {
            return true;
        }
    }
    return false;
}

static bool is_asked_for(const struct teller *teller, const struct explain_event *event)
{
    const struct explain_query *query = teller->query;
    char action[EXPLAIN_NAME];
    if (event->kind == RECORD_ALARM_SEEN) {
        return true;              /* nothing is told of it but that there was a datapoint */
    }
    if (event->kind == RECORD_ALARM || event->kind == RECORD_ALARM_MADE) {
        return alarm_is_asked_for(teller, event);
    }
    bool is_scheduled = event->kind == RECORD_ACTIVITY && explain_scheduled_action(event->text, action);
    bool is_everybodys = event->service[0] == '\0' && (event->kind == RECORD_DISRUPTION || event->group[0] != '\0');
    return (is_everybodys || fits(query->service, event->service)) && fits(query->policy, is_scheduled ? action : event->policy);
}

/* ---- telling ------------------------------------------------------------------------------------------------ */

static bool take(void *context, const cJSON *json)
{
    struct teller *teller = context;
    struct explain_read read;
    if (!explain_read(&read, json)) {
        return true;
    }
    bool goes_on = read.event.at <= teller->to;
    if (goes_on && read.event.at >= teller->from) {
        explain_begin_at(teller->explain, teller->from);
    }
    if (goes_on && is_asked_for(teller, &read.event)) {
        explain_tell(teller->explain, &read.event);
    }
    explain_read_finish(&read);
    return goes_on;
}

static bool check_service(const struct run_folder *run, const char *name, struct error *err)
{
    if (name == NULL || run_folder_index(run->services, run->service_count, name) >= 0) {
        return true;
    }
    const char **names = mem_alloc(((size_t)run->service_count + 1) * sizeof *names);
    for (int i = 0; i < run->service_count; i++) {
        names[i] = run->services[i];
    }
    const char *nearest = suggest_nearest(name, names, (size_t)run->service_count);
    free(names);
    return nearest != NULL ? error_set(err, "the run has no service '%s', did you mean '%s'?", name, nearest)
                           : error_set(err, "the run has no service '%s'", name);
}

static bool check_policy(const struct teller *teller, const char *name, struct error *err)
{
    const char **names = mem_alloc((teller->count + 1) * sizeof *names);
    bool known = name == NULL;
    for (size_t i = 0; i < teller->count; i++) {
        names[i] = teller->driven[i].policy;
        known = known || strcmp(names[i], name) == 0;
    }
    const char *nearest = known ? NULL : suggest_nearest(name, names, teller->count);
    free(names);
    if (known) {
        return true;
    }
    return nearest != NULL ? error_set(err, "no policy '%s' decided anything, did you mean '%s'?", name, nearest)
                           : error_set(err, "no policy '%s' decided anything", name);
}

static void set_window(struct teller *teller, const struct explain_query *query)
{
    bool is_range = query->until >= 0, is_asked = query->at >= 0;
    sim_time around = is_range ? 0 : AROUND * SIM_MINUTE;
    teller->from = query->at > around ? query->at - around : 0;
    teller->to = is_range ? query->until : is_asked ? query->at + around : SIM_NEVER;
    if (teller->from > 0) {
        explain_begin_at(teller->explain, SIM_NEVER);
    }
    if (is_asked && !is_range) {
        explain_in_detail(teller->explain);
    }
}

static void finish(struct teller *teller, struct text *text)
{
    explain_begin_at(teller->explain, teller->from);            /* nothing may have happened since */
    if (!explain_finish(teller->explain)) {
        text_put(text, "there is nothing to tell\n");
    }
    for (size_t i = 0; i < teller->count; i++) {
        free(teller->driven[i].alarm);
        free(teller->driven[i].policy);
        free(teller->driven[i].service);
    }
    free(teller->driven);
}

bool explain_folder(const struct run_folder *run, const struct explain_query *query, struct text *text,
                    struct error *err)
{
    static const struct explain_wanted driving[] = {
        { "activity", NULL }, { "alarm_made", NULL }, { "decision", NULL }, { NULL, NULL },
    };
    if (!check_service(run, query->service, err)) {
        return false;
    }
    if (query->task != NULL) {
        return explain_task(run, query->task, text, err);
    }
    struct teller teller = { .query = query, .explain = explain_create(text, &run->start_unix_s) };
    set_window(&teller, query);
    bool fine = explain_visit(run, driving, learn, &teller, err) && check_policy(&teller, query->policy, err) &&
                explain_visit(run, explain_told, take, &teller, err);
    finish(&teller, text);
    return fine;
}
