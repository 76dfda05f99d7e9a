/* What decides, in sentences: alarms that turn, policies that they wake, policies that ask themselves, scale-outs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/explain_inner.h"

const char *const watch_states[WATCH_STATES] = { "OK", "ALARM", "INSUFFICIENT_DATA" };

/* ---- alarms ------------------------------------------------------------------------------------------------- */

static struct watch *find_watch(const struct explain *explain, const char *alarm)
{
    for (size_t i = 0; i < explain->watch_count; i++) {
        if (strcmp(explain->watches[i].alarm, alarm) == 0) {
            return &explain->watches[i];
        }
    }
    return NULL;
}

static struct watch *watch_of(struct explain *explain, const char *alarm)
{
    struct watch *known = find_watch(explain, alarm);
    if (known != NULL) {
        return known;
    }
    VEC_GROW(explain->watches, explain->watch_count, explain->watch_room);
    struct watch *watch = &explain->watches[explain->watch_count++];
    *watch = (struct watch){
        .alarm = mem_text(alarm), .service = mem_text("-"), .policy = mem_text(""), .state = "", .before = "",
    };
    return watch;
}

static void replace(char **text, const char *by)
{
    free(*text);
    *text = mem_text(by);
}

void explain_take_alarm_made(struct explain *explain, const struct explain_event *event)
{
    struct watch *watch = watch_of(explain, event->alarm);
    replace(&watch->metric, event->text);
    replace(&watch->policy, event->policy);
    replace(&watch->service, event->service[0] != '\0' ? event->service : "-");
    watch->made_at = event->at;
}

void explain_take_alarm_seen(struct explain *explain, const struct explain_event *event)
{
    struct watch *watch = find_watch(explain, event->alarm);
    if (watch != NULL && !isnan(event->metric)) {
        watch->has_data = true;
    }
}

/* "alarm web-AlarmHigh (CPUUtilization Average)": the metric of a service goes without its name. */
void explain_put_watch(struct sentence *sentence, const struct watch *watch)
{
    char name[EXPLAIN_NAME];
    sentence_put(sentence, "alarm %s", explain_alarm_name(watch->alarm, name));
    if (watch->metric != NULL) {
        size_t length = strlen(watch->metric), suffix = strlen(watch->service) + 2;
        bool is_own = length > suffix && strcmp(watch->metric + length - suffix + 2, watch->service) == 0 &&
                      strncmp(watch->metric + length - suffix, ", ", 2) == 0;
        sentence_put(sentence, " (%.*s)", (int)(is_own ? length - suffix : length), watch->metric);
    }
}

static int state_of(const char *name)
{
    int state = WATCH_OK;
    while (state < WATCH_INSUFFICIENT_DATA && strcmp(watch_states[state], name) != 0) {
        state++;
    }
    return state;
}

static void tell_turn(struct explain *explain, struct watch *watch, const struct explain_event *event, int to)
{
    struct sentence sentence = { .used = 0 };
    explain_put_watch(&sentence, watch);
    sentence_put(&sentence, ": %s -> %s, ", event->from_state, event->to_state);
    sentence_put_alarm_reason(&sentence, event->text);
    explain_say(explain, event->at, watch->service, sentence.text);
    watch->told[to] = true;
    watch->open = to == WATCH_ALARM;
}

/* Nothing may come of it: only if something does is it told. */
static void hold_turn(struct watch *watch, const struct explain_event *event, int to)
{
    if (to == WATCH_ALARM) {
        watch->untold++;
        watch->held = mem_text(event->text);
    }
}

static void begin_round(struct voice *voice)
{
    if (voice->acted || voice->overtaken) {
        reasons_renew(&voice->reasons);
    }
    voice->acted = voice->overtaken = false;
}

/* The end of an alarm that was told ends the count of what came of it. */
static void tell_counts(struct explain *explain, const char *alarm, sim_time at)
{
    for (size_t i = 0; i < explain->voice_count; i++) {
        struct voice *voice = &explain->voices[i];
        if (strcmp(voice->alarm, alarm) == 0) {
            reasons_tell(&voice->reasons, explain, at, voice->service, voice->policy);
        }
    }
}

void explain_tell_alarm(struct explain *explain, const struct explain_event *event)
{
    struct watch *watch = watch_of(explain, event->alarm);
    int to = state_of(event->to_state);
    if (event->service[0] != '\0') {
        replace(&watch->service, event->service);
    }
    free(watch->held);
    watch->held = NULL;
    watch->before = watch->state;
    watch->state = watch_states[to];
    watch->since = event->at;
    if (explain_listens(explain, event->at)) {
        bool is_end = to != WATCH_ALARM && watch->open;
        watch->turns[to]++;
        if (is_end) {
            tell_counts(explain, event->alarm, event->at);
        }
        if (explain->detailed || is_end || !watch->told[to]) {
            tell_turn(explain, watch, event, to);
        } else {
            hold_turn(watch, event, to);
        }
    }
    for (size_t i = 0; i < explain->voice_count; i++) {
        if (strcmp(explain->voices[i].alarm, event->alarm) == 0) {
            begin_round(&explain->voices[i]);
        }
    }
}

/* Something comes of an alarm whose turn was not told. */
static void tell_held(struct explain *explain, const struct explain_event *event)
{
    struct watch *watch = event->alarm != NULL ? find_watch(explain, event->alarm) : NULL;
    if (watch == NULL || watch->held == NULL) {
        return;
    }
    char since[CALENDAR_SIZE], now[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    explain_put_watch(&sentence, watch);
    if (strcmp(explain_label(explain, watch->since, since), explain_label(explain, event->at, now)) == 0) {
        sentence_put(&sentence, ": %s -> ALARM, ", watch->before);
    } else {
        sentence_put(&sentence, ": ALARM since %s, ", since);
    }
    sentence_put_alarm_reason(&sentence, watch->held);
    if (--watch->untold > 0) {
        sentence_put(&sentence, "; until then it turned to ALARM ");
        sentence_put_times(&sentence, watch->untold, "more time");
    }
    explain_say(explain, event->at, watch->service, sentence.text);
    watch->untold = 0;
    watch->open = true;
    free(watch->held);
    watch->held = NULL;
}

/* ---- what a policy saw -------------------------------------------------------------------------------------- */

/* " (22:58 to 22:59, 1m old)" */
static void put_span(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    if (event->data_from < 0 || event->data_to < 0) {
        return;
    }
    sentence_put(sentence, " (");
    sentence_put_clock(sentence, *explain->start_unix_s, event->data_from);
    sentence_put(sentence, " to ");
    sentence_put_clock(sentence, *explain->start_unix_s, event->data_to);
    sentence_put(sentence, ", ");
    sentence_put_duration(sentence, event->at - event->data_to);
    sentence_put(sentence, " old)");
}

/* What the scenario's own rule was given, and what it answered. */
static void put_answer(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    const char *comma = strchr(event->formula, ',');
    sentence_put(sentence, ". It was given capacity %d", event->capacity);
    for (int i = 0; i < event->data_count; i++) {
        sentence_put(sentence, "%s%s ", i + 1 == event->data_count ? " and " : ", ", event->data_ids[i]);
        sentence_put_number(sentence, event->data[i]);
    }
    put_span(explain, sentence, event);
    if (event->proposed >= 0) {
        sentence_put(sentence, " and answered %d%s%s", event->proposed, comma != NULL ? ":" : "",
                     comma != NULL ? comma + 1 : "");
    }
}

static void put_metric(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    bool has_formula = event->formula[0] != '\0';
    if (!isnan(event->metric)) {
        sentence_put(sentence, ". It saw ");
        sentence_put_number(sentence, event->metric);
        put_span(explain, sentence, event);
        sentence_put(sentence, "%s", has_formula ? ": " : "");
    } else {
        sentence_put(sentence, "%s", has_formula ? "; " : "");
    }
    sentence_put(sentence, "%s", event->formula);
    if (has_formula && event->capacity != event->from) {
        sentence_put(sentence, ", counted from %d since the change before is not over", event->capacity);
    }
}

static void put_what_it_saw(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    (event->data_count > 0 ? put_answer : put_metric)(explain, sentence, event);
    if (event->to != event->from && event->proposed >= 0 && event->proposed != event->to) {
        sentence_put(sentence, "; the bounds allow %d", event->to);
    }
}

/* ---- decisions ---------------------------------------------------------------------------------------------- */

static struct voice *voice_of(struct explain *explain, const struct explain_event *event)
{
    const char *alarm = event->alarm != NULL ? event->alarm : "";
    for (size_t i = 0; i < explain->voice_count; i++) {
        struct voice *voice = &explain->voices[i];
        if (strcmp(voice->service, event->service) == 0 && strcmp(voice->policy, event->policy) == 0 &&
            strcmp(voice->alarm, alarm) == 0) {
            return voice;
        }
    }
    VEC_GROW(explain->voices, explain->voice_count, explain->voice_room);
    struct voice *voice = &explain->voices[explain->voice_count++];
    *voice = (struct voice){
        .service = mem_text(event->service), .policy = mem_text(event->policy), .alarm = mem_text(alarm),
    };
    return voice;
}

/* "in cooldown until 26:05:00" counts hours from the start; a sentence has the calendar's. `key` is the reason without the
 * instant, which is another each time. */
static const char *say_why(const struct explain *explain, const char *why, const char **key, struct sentence *words)
{
    int hours, minutes, seconds;
    *key = words_of_reason(why);
    if (sscanf(why, "in cooldown until %d:%d:%d", &hours, &minutes, &seconds) != 3) {
        return *key;
    }
    char label[CALENDAR_SIZE];
    sim_time until = hours * SIM_HOUR + minutes * SIM_MINUTE + seconds * SIM_SECOND;
    sentence_put(words, "in cooldown until %s", explain_label(explain, until, label));
    *key = "in cooldown";
    return words->text;
}

static void stand(struct voice *voice, const char *key, sim_time at)
{
    if (voice->standing != NULL && strcmp(voice->standing, key) == 0) {
        voice->in_a_row++;
        return;
    }
    free(voice->standing);
    voice->standing = mem_text(key);
    voice->since = at;
    voice->in_a_row = 1;
}

/* A policy that no alarm wakes begins anew when it begins or ceases to ask for something. */
static void note_quiet(struct explain *explain, struct voice *voice, const struct explain_event *event)
{
    bool quiet = strstr(event->text, "asks for no") != NULL;
    if (voice->alarm[0] == '\0' && quiet != voice->quiet) {
        reasons_tell(&voice->reasons, explain, event->at, voice->service, voice->policy);
        reasons_renew(&voice->reasons);
        voice->acted = false;
    }
    voice->quiet = quiet;
}

static void tell_refrained(struct explain *explain, struct voice *voice, const struct explain_event *event)
{
    const char *key;
    struct sentence words = { .used = 0 }, sentence = { .used = 0 };
    const char *why = say_why(explain, event->text, &key, &words);
    stand(voice, key, event->at);
    if (!reasons_take(&voice->reasons, key, explain, event->at)) {
        return;
    }
    tell_held(explain, event);
    sentence_put(&sentence, "%s leaves it at %d: %s", event->policy, event->from, why);
    put_what_it_saw(explain, &sentence, event);
    explain_say(explain, event->at, event->service, sentence.text);
}

static void tell_acted(struct explain *explain, struct voice *voice, const struct explain_event *event)
{
    bool out = event->to > event->from;
    struct place *place = explain_place(explain, event->service);
    struct sentence sentence = { .used = 0 };
    place->decided_at = event->at;
    place->decided = event->to;
    free(voice->standing);
    voice->standing = NULL;
    if (!voice->acted) {
        reasons_tell(&voice->reasons, explain, event->at, voice->service, voice->policy);
        reasons_renew(&voice->reasons);
    }
    voice->acted = true;
    explain_tell_overtaken(explain, event->service, event->at);
    *(out ? &voice->scaled_out : &voice->scaled_in) += explain_listens(explain, event->at);
    tell_held(explain, event);
    sentence_put(&sentence, "%s scales %s, %d -> %d", event->policy, out ? "out" : "in", event->from, event->to);
    put_what_it_saw(explain, &sentence, event);
    explain_say(explain, event->at, event->service, sentence.text);
}

void explain_tell_decision(struct explain *explain, const struct explain_event *event)
{
    struct voice *voice = voice_of(explain, event);
    note_quiet(explain, voice, event);
    (event->to != event->from ? tell_acted : tell_refrained)(explain, voice, event);
}

/* A policy whose alarm is not in ALARM says nothing at all. */
static bool speaks(const struct explain *explain, const struct voice *voice)
{
    const struct watch *watch = find_watch(explain, voice->alarm);
    return voice->standing != NULL && (watch == NULL || strcmp(watch->state, watch_states[WATCH_ALARM]) == 0);
}

void explain_tell_overtaken(struct explain *explain, const char *service, sim_time at)
{
    for (size_t i = 0; i < explain->voice_count; i++) {
        struct voice *voice = &explain->voices[i];
        if (strcmp(voice->service, service) != 0) {
            continue;
        }
        if (!speaks(explain, voice)) {
            reasons_tell(&voice->reasons, explain, at, voice->service, voice->policy);
        }
        voice->overtaken = true;
    }
}

/* ---- scale-outs --------------------------------------------------------------------------------------------- */

static void put_step(struct sentence *sentence, const char *what, sim_time from, sim_time to)
{
    if (from >= 0 && to >= 0) {
        sentence_put(sentence, ", %s +", what);
        sentence_put_duration(sentence, to - from);
    }
}

void explain_tell_waterfall(struct explain *explain, const struct explain_event *event)
{
    const struct waterfall *fall = &event->waterfall;
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    sentence_put(&sentence, "%s, %d -> %d: ", event->policy, fall->from, fall->to);
    if (fall->ready_at >= 0) {
        sentence_put(&sentence, "ready ");
        sentence_put_duration(&sentence, fall->ready_at - fall->load_changed_at);
        sentence_put(&sentence, " after the load changed at ");
    } else {
        sentence_put(&sentence, "changed again before it was ready; the load changed at ");
    }
    sentence_put(&sentence, "%s", explain_label(explain, fall->load_changed_at, label));
    put_step(&sentence, "measured", fall->load_changed_at, fall->measured_at);
    put_step(&sentence, "published", fall->measured_at, fall->published_at);
    put_step(&sentence, "alarm", fall->published_at, fall->alarmed_at);
    put_step(&sentence, "decided", fall->alarmed_at, fall->decided_at);
    put_step(&sentence, "tasks started", fall->decided_at, fall->started_at);
    put_step(&sentence, "ready", fall->started_at, fall->ready_at);
    explain_say(explain, event->at, event->service, sentence.text);
}

/* ---- beginning late, and the end ----------------------------------------------------------------------------- */

static void tell_standing_watch(struct explain *explain, const struct watch *watch, sim_time from)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    if (watch->state[0] != '\0' && strcmp(watch->state, watch_states[WATCH_OK]) != 0) {
        explain_put_watch(&sentence, watch);
        sentence_put(&sentence, ": %s since %s", watch->state, explain_label(explain, watch->since, label));
        explain_say(explain, from, watch->service, sentence.text);
    }
}

static void tell_standing_voice(struct explain *explain, const struct voice *voice, sim_time from)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    if (!speaks(explain, voice)) {
        return;
    }
    sentence_put(&sentence, "%s: %s, since %s", voice->policy, voice->standing, explain_label(explain, voice->since, label));
    if (voice->in_a_row > 1) {
        sentence_put(&sentence, ", ");
        sentence_put_times(&sentence, voice->in_a_row, "time");
    }
    explain_say(explain, from, voice->service, sentence.text);
}

void explain_tell_standing_policies(struct explain *explain, sim_time from)
{
    for (size_t i = 0; i < explain->watch_count; i++) {
        tell_standing_watch(explain, &explain->watches[i], from);
    }
    for (size_t i = 0; i < explain->voice_count; i++) {
        tell_standing_voice(explain, &explain->voices[i], from);
        explain->voices[i].acted = false;
    }
}

/* Of those that are silent at the end the totals are enough. */
void explain_tell_open_policies(struct explain *explain)
{
    for (size_t i = 0; i < explain->voice_count; i++) {
        struct voice *voice = &explain->voices[i];
        if (speaks(explain, voice)) {
            reasons_tell(&voice->reasons, explain, voice->reasons.newest_at, voice->service, voice->policy);
        }
    }
}

void explain_end_policies(struct explain *explain)
{
    for (size_t i = 0; i < explain->watch_count; i++) {
        free(explain->watches[i].alarm);
        free(explain->watches[i].service);
        free(explain->watches[i].metric);
        free(explain->watches[i].policy);
        free(explain->watches[i].held);
    }
    for (size_t i = 0; i < explain->voice_count; i++) {
        struct voice *voice = &explain->voices[i];
        reasons_free(&voice->reasons);
        free(voice->service);
        free(voice->policy);
        free(voice->alarm);
        free(voice->standing);
    }
    free(explain->watches);
    free(explain->voices);
}
