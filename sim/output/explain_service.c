/* What ECS does, in sentences: its messages, changes of bounds and desired count, whom it stops, whom it passes over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/explain_inner.h"

struct place *explain_place(struct explain *explain, const char *service)
{
    for (size_t i = 0; i < explain->place_count; i++) {
        if (strcmp(explain->places[i].name, service) == 0) {
            return &explain->places[i];
        }
    }
    VEC_GROW(explain->places, explain->place_count, explain->place_room);
    struct place *place = &explain->places[explain->place_count++];
    *place = (struct place){
        .name = mem_text(service), .decided_at = -1, .caused_at = -1, .stopped_at = -1, .desired = -1,
    };
    return place;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* ECS repeats that it is steady, and tells of stops that the scheduler's decision has told already. */
static bool says_nothing_new(const struct place *place, const struct explain_event *event)
{
    const char *message = event->text;
    if (strstr(message, "has reached a steady state") != NULL) {
        return !place->stirred;
    }
    bool is_of_stop = strstr(message, " has stopped ") != NULL || strstr(message, "tasks under protection)") != NULL;
    return is_of_stop && place->stopped_at == event->at;
}

void explain_tell_message(struct explain *explain, const struct explain_event *event)
{
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    bool is_old = says_nothing_new(place, event);
    if (strstr(event->text, "has reached a steady state") != NULL) {
        place->stirred = false;
    } else if (strstr(event->text, "deployment completed") == NULL) {
        place->stirred = true;
    }
    if (!is_old) {
        sentence_put_message(&sentence, event->text);
        explain_add(explain, event->at, event->service, sentence.text);
    }
}

/* ---- bounds and the desired count ----------------------------------------------------------------------------- */

void explain_tell_activity(struct explain *explain, const struct explain_event *event)
{
    char name[EXPLAIN_NAME];
    int min, max;
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    if (event->begun) {
        free(place->cause);
        place->cause = mem_text(event->text);
        place->caused_at = event->at;
    }
    if (!explain_scheduled_action(event->text, name)) {
        return;
    }
    sentence_put(&sentence, "scheduled action %s", name);
    if (sscanf(event->description, "Setting min capacity to %d and max capacity to %d", &min, &max) == 2) {
        sentence_put(&sentence, "%s min capacity %d and max capacity %d", event->fault != NULL ? " fails to set" : " sets",
                     min, max);
    }
    if (event->fault != NULL) {
        const char *reason = strstr(event->fault, "Reason: ");
        sentence_put(&sentence, ": %s", reason != NULL ? reason + strlen("Reason: ") : event->fault);
    }
    explain_say(explain, event->at, event->service, sentence.text);
}

void explain_tell_desired(struct explain *explain, const struct explain_event *event)
{
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    place->stirred = true;
    place->desired = event->to;
    place->desired_since = event->at;
    if (place->decided_at == event->at && place->decided == event->to) {
        return;                   /* a policy's decision has told it */
    }
    explain_tell_overtaken(explain, event->service, event->at);
    bool has_cause = place->caused_at == event->at && strcmp(event->text, "auto scaling") == 0;
    sentence_put(&sentence, "desired count %d -> %d%s %s", event->from, event->to, has_cause ? ":" : " by",
                 has_cause ? place->cause : event->text);
    explain_say(explain, event->at, event->service, sentence.text);
}

/* ---- stops -------------------------------------------------------------------------------------------------- */

static void put_ids(struct sentence *sentence, const struct explain_task *tasks, int count, const struct explain *explain)
{
    char label[CALENDAR_SIZE];
    for (int i = 0; i < count && i < IDS_NAMED; i++) {
        sentence_put(sentence, "%s%.*s", i == 0 ? "" : ", ", ID_SHOWN, tasks[i].id);
        if (explain != NULL) {
            sentence_put(sentence, " until %s", explain_label(explain, tasks[i].protected_until, label));
        }
    }
    if (count > IDS_NAMED) {
        sentence_put(sentence, " and %d more", count - IDS_NAMED);
    }
}

static void tell_blocked_passes(struct explain *explain, struct place *place, sim_time at)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    if (place->blocked_untold > 0) {
        sentence_put(&sentence, "stops nobody until %s: all are protected, ",
                     explain_label(explain, place->blocked_at, label));
        sentence_put_times(&sentence, place->blocked_untold, "more time");
        explain_say(explain, at, place->name, sentence.text);
    }
    place->blocked_untold = 0;
}

/* A pass that finds nobody to stop is told once, until one of them does. */
static bool is_repetition(struct explain *explain, struct place *place, const struct explain_event *event)
{
    bool stuck = event->chosen_count == 0, was_stuck = place->blocked;
    place->blocked = stuck;
    if (!stuck) {
        tell_blocked_passes(explain, place, event->at);
        return false;
    }
    place->blocked_at = event->at;
    place->blocked_since = was_stuck ? place->blocked_since : event->at;
    place->blocked_times += explain_listens(explain, event->at);
    if (was_stuck && !explain->detailed) {
        place->blocked_untold += explain_listens(explain, event->at);
        return true;
    }
    return false;
}

static void put_nobody(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    sentence_put(sentence, "wants to stop %d, but ", event->wanted);
    if (event->passed_over_count == 1) {
        sentence_put(sentence, "the only candidate is protected: ");
    } else {
        sentence_put(sentence, "all %d candidates are protected: ", event->passed_over_count);
    }
    put_ids(sentence, event->passed_over, event->passed_over_count, explain);
}

static void put_chosen(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    sentence_put(sentence, "stops ");
    put_ids(sentence, event->chosen, event->chosen_count, NULL);
    if (event->blocked) {
        sentence_put(sentence, ", %d of the %d that it wants to", event->chosen_count, event->wanted);
    }
    if (event->passed_over_count > 0) {
        sentence_put(sentence, "; passes over ");
        sentence_put_times(sentence, (uint64_t)event->passed_over_count, "protected task");
    }
    if (event->passed_over_count > 0 && explain->detailed) {
        sentence_put(sentence, ": ");
        put_ids(sentence, event->passed_over, event->passed_over_count, explain);
    }
}

void explain_tell_stop(struct explain *explain, const struct explain_event *event)
{
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    place->stirred = true;
    place->stopped_at = event->at;
    place->chosen += explain_listens(explain, event->at) ? (uint64_t)event->chosen_count : 0;
    if (!is_repetition(explain, place, event)) {
        (event->chosen_count > 0 ? put_chosen : put_nobody)(explain, &sentence, event);
        explain_add(explain, event->at, event->service, sentence.text);
    }
}

/* ---- disruptions --------------------------------------------------------------------------------------------- */

void explain_tell_disruption(struct explain *explain, const struct explain_event *event)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    sentence_put(&sentence, "disruption, %s", event->text);
    if (event->what != NULL) {
        sentence_put(&sentence, ": %s", event->what);
    }
    if (event->until >= 0) {
        sentence_put(&sentence, " until %s", explain_label(explain, event->until, label));
    }
    if (event->chosen_count > 0 || event->what == NULL) {
        sentence_put(&sentence, ", hits %d", event->chosen_count);
        sentence_put(&sentence, "%s", event->chosen_count > 0 ? ": " : "");
        put_ids(&sentence, event->chosen, event->chosen_count, NULL);
    }
    explain_say(explain, event->at, event->service, sentence.text);
}

/* ---- tasks -------------------------------------------------------------------------------------------------- */

void explain_tell_task(struct explain *explain, const struct explain_event *event)
{
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    bool listens = explain_listens(explain, event->at);
    bool by_itself = strcmp(event->cause, "exit") == 0 || strcmp(event->cause, "crash") == 0;
    if (strcmp(event->text, "stop_decided") == 0 && event->busy) {
        place->busy += listens;
        sentence_put(&sentence, "%.*s is busy", ID_SHOWN, event->task);
        explain_add(explain, event->at, event->service, sentence.text);
    } else if (strcmp(event->text, "exit") == 0 && by_itself) {
        place->stirred = true;
        sentence_put(&sentence, "%.*s has ended by itself, exit code %d", ID_SHOWN, event->task, event->exit_code);
        explain_say(explain, event->at, event->service, sentence.text);
    }
}

/* Of a message only the end of an attempt is news: its task was killed in the middle of it. */
void explain_tell_delivery(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    if (strcmp(event->text, "cut") != 0 || event->task == NULL) {
        return;
    }
    struct place *place = explain_place(explain, event->service);
    if (explain_listens(explain, event->at)) {
        place->cut++;
        place->work_lost += event->work_lost;
    }
    sentence_put(&sentence, "%.*s is cut off in the middle of a job, ", ID_SHOWN, event->task);
    sentence_put_duration(&sentence, event->work_lost);
    sentence_put(&sentence, " of work lost (%s)", event->cause);
    explain_add(explain, event->at, event->service, sentence.text);
}

/* All at one instant, by whatever has ended them: the container's end, or the load balancer's. */
void explain_tell_sessions_cut(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    struct place *place = explain_place(explain, event->service);
    if (explain_listens(explain, event->at)) {
        place->sessions_cut += (uint64_t)event->sessions;
    }
    sentence_put_times(&sentence, (uint64_t)event->sessions, "session");
    sentence_put(&sentence, " of %.*s cut (%s)", ID_SHOWN, event->task, event->cause);
    explain_add(explain, event->at, event->service, sentence.text);
}

/* ---- protection --------------------------------------------------------------------------------------------- */

void explain_tell_expiry(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    sentence_put(&sentence, "protection of %.*s has expired%s", ID_SHOWN, event->task,
                 event->busy ? " while it was busy" : "");
    explain_say(explain, event->at, event->service, sentence.text);
}

/* Refusals come in bursts, while scale-in is blocked: of each burst the first is told. */
enum { BURST_GAP = 10 };          /* minutes */

void explain_tell_refusal(struct explain *explain, const struct explain_event *event)
{
    if (event->text == NULL || event->task == NULL) {
        return;
    }
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    if (event->at - place->refusals.newest_at > BURST_GAP * SIM_MINUTE) {
        reasons_tell(&place->refusals, explain, event->at, event->service, "protection refused");
        reasons_renew(&place->refusals);
    }
    if (reasons_take(&place->refusals, event->text, explain, event->at)) {
        sentence_put(&sentence, "protection of %.*s refused: %s", ID_SHOWN, event->task, event->text);
        explain_say(explain, event->at, event->service, sentence.text);
    }
}

/* ---- beginning late, and the end ----------------------------------------------------------------------------- */

void explain_tell_standing_services(struct explain *explain, sim_time from)
{
    for (size_t i = 0; i < explain->place_count; i++) {
        const struct place *place = &explain->places[i];
        char label[CALENDAR_SIZE];
        struct sentence sentence = { .used = 0 };
        if (place->desired < 0) {
            continue;
        }
        sentence_put(&sentence, "desired count %d since %s", place->desired,
                     explain_label(explain, place->desired_since, label));
        if (place->blocked) {
            sentence_put(&sentence, "; all candidates to stop are protected since %s",
                         explain_label(explain, place->blocked_since, label));
        }
        explain_say(explain, from, place->name, sentence.text);
    }
}

void explain_tell_open_services(struct explain *explain)
{
    for (size_t i = 0; i < explain->place_count; i++) {
        struct place *place = &explain->places[i];
        tell_blocked_passes(explain, place, place->blocked_at);
    }
}

void explain_end_services(struct explain *explain)
{
    for (size_t i = 0; i < explain->place_count; i++) {
        reasons_free(&explain->places[i].refusals);
        free(explain->places[i].name);
        free(explain->places[i].cause);
    }
    free(explain->places);
}
