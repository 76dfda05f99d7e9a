#include "output/explain.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "output/explain_deployment.h"

enum { REASON = 240, SENTENCE = 1024, ID_SHOWN = 8, NAMED = 4 };

/* One voice: a policy with one of its alarms, the scheduler of one service, a service's refusals. */
struct voice {
    char *who, *whom, *service;   /* owned */
    char reason[REASON];          /* what it said last; "": something that counts on its own */
    sim_time since, last_at;
    uint64_t repeats;             /* of the same since */
};

struct explain {
    struct text *text;
    const int64_t *start_unix_s;
    sim_time from;                /* earlier sentences are not told */
    struct voice *voices;
    size_t count, room;
    struct explain_deployments deployments;
};

/* ---- lines -------------------------------------------------------------------------------------------------- */

void explain_say(struct explain *explain, sim_time at, const char *who, const char *sentence)
{
    char label[CALENDAR_SIZE];
    if (at >= explain->from) {
        text_printf(explain->text, "%s  %-14s  %s\n", calendar_second(*explain->start_unix_s, at, label), who, sentence);
    }
}

/* A sentence in the making. What does not fit is left out. */
struct sentence {
    char text[SENTENCE];
    size_t used;
};

static void put(struct sentence *sentence, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct sentence *sentence, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sentence->text + sentence->used, SENTENCE - sentence->used, format, arguments);
    va_end(arguments);
    size_t end = sentence->used + (length > 0 ? (size_t)length : 0);
    sentence->used = end < SENTENCE ? end : SENTENCE - 1;
}

static const char *label_of(const struct explain *explain, sim_time at, char label[CALENDAR_SIZE])
{
    return calendar_second(*explain->start_unix_s, at, label);
}

/* ---- voices ------------------------------------------------------------------------------------------------- */

static struct voice *voice_of(struct explain *explain, const char *service, const char *who, const char *whom)
{
    for (size_t i = 0; i < explain->count; i++) {
        struct voice *voice = &explain->voices[i];
        if (strcmp(voice->service, service) == 0 && strcmp(voice->who, who) == 0 && strcmp(voice->whom, whom) == 0) {
            return voice;
        }
    }
    VEC_GROW(explain->voices, explain->count, explain->room);
    struct voice *voice = &explain->voices[explain->count++];
    *voice = (struct voice){ .service = mem_text(service), .who = mem_text(who), .whom = mem_text(whom) };
    return voice;
}

static void tell_repeats(struct explain *explain, struct voice *voice)
{
    if (voice->repeats > 0 && voice->last_at >= explain->from) {
        char label[CALENDAR_SIZE];
        text_printf(explain->text, "%*s%s: %s, %" PRIu64 " more time%s until %s\n", 30, "", voice->who, voice->reason,
                    voice->repeats, voice->repeats == 1 ? "" : "s", label_of(explain, voice->last_at, label));
    }
    voice->repeats = 0;
}

/* True if `reason` is news from this voice, as "" always is. */
static bool is_news(struct explain *explain, struct voice *voice, sim_time at, const char *reason)
{
    if (reason[0] != '\0' && strncmp(voice->reason, reason, REASON - 1) == 0) {
        voice->repeats++;
        voice->last_at = at;
        return false;
    }
    tell_repeats(explain, voice);
    snprintf(voice->reason, REASON, "%s", reason);
    voice->since = voice->last_at = at;
    return true;
}

/* What was said before anybody listened, and still holds. */
static void tell_standing(struct explain *explain, sim_time from)
{
    for (size_t i = 0; i < explain->count; i++) {
        struct voice *voice = &explain->voices[i];
        if (voice->reason[0] == '\0') {
            continue;
        }
        char label[CALENDAR_SIZE];
        struct sentence sentence = { .used = 0 };
        put(&sentence, "%s: %s, %s %s", voice->who, voice->reason, voice->repeats > 0 ? "from" : "since",
            label_of(explain, voice->since, label));
        if (voice->repeats > 0) {
            put(&sentence, " to %s, %" PRIu64 " times", label_of(explain, voice->last_at, label), voice->repeats + 1);
        }
        explain_say(explain, from, voice->service, sentence.text);
        voice->repeats = 0;
    }
}

void explain_begin_at(struct explain *explain, sim_time from)
{
    bool listening_begins = explain->from == SIM_NEVER && from < SIM_NEVER;
    explain->from = from;
    if (listening_begins) {
        tell_standing(explain, from);
    }
}

/* ---- alarms and policies ------------------------------------------------------------------------------------ */

const char *explain_alarm_name(const char *alarm, char name[EXPLAIN_NAME])
{
    enum { UUID = 36 };
    size_t length = strlen(alarm);
    const char *slash = strrchr(alarm, '/');
    if (strncmp(alarm, "TargetTracking-", 15) != 0 || slash == NULL || length < UUID + 1) {
        snprintf(name, EXPLAIN_NAME, "%s", alarm);
    } else {
        int shown = (int)(alarm + length - UUID - 1 - (slash + 1));
        snprintf(name, EXPLAIN_NAME, "%.*s", shown > 0 ? shown : 0, slash + 1);
    }
    return name;
}

static void tell_alarm(struct explain *explain, const struct explain_event *event)
{
    char name[EXPLAIN_NAME];
    struct sentence sentence = { .used = 0 };
    put(&sentence, "%s: %s -> %s. %s", explain_alarm_name(event->alarm, name), event->from_state, event->to_state,
        event->text);
    is_news(explain, voice_of(explain, "alarm", name, ""), event->at, event->to_state);
    explain_say(explain, event->at, "alarm", sentence.text);
}

/* AWS's codes in words. */
static const struct {
    const char *code, *words;
} codes[] = {
    { "AlreadyAtDesiredCapacity", "the desired count is there already (AlreadyAtDesiredCapacity)" },
    { "AlreadyAtMaxCapacity", "it is at its maximum (AlreadyAtMaxCapacity)" },
    { "AlreadyAtMinCapacity", "it is at its minimum (AlreadyAtMinCapacity)" },
    { "AutoScalingAnticipatedFlapping",
      "what it removes it would have to add again (AutoScalingAnticipatedFlapping)" },
    { "TargetServicePutResourceAsUnscalable",
      "a deployment holds back scale-in (TargetServicePutResourceAsUnscalable)" },
};

/* Why, with the codes in words and instants as the rest of the lines has them. */
static const char *say_why(const struct explain *explain, const char *why, char words[REASON])
{
    int hours, minutes, seconds;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(why, codes[i].code) == 0) {
            return codes[i].words;
        }
    }
    if (sscanf(why, "in cooldown until %d:%d:%d", &hours, &minutes, &seconds) == 3) {
        char label[CALENDAR_SIZE];
        snprintf(words, REASON, "in cooldown until %s",
                 label_of(explain, hours * SIM_HOUR + minutes * SIM_MINUTE + seconds * SIM_SECOND, label));
        return words;
    }
    return why;
}

static void put_what_it_saw(struct sentence *sentence, const struct explain_event *event)
{
    const char *gap = ". ";
    if (!isnan(event->metric)) {
        char metric[32];
        units_format_number(event->metric, 6, metric, sizeof metric);
        put(sentence, ". It saw %s", metric);
        gap = "; ";
    }
    if (event->formula[0] != '\0') {
        put(sentence, "%s%s", gap, event->formula);
    }
}

static void tell_decision(struct explain *explain, const struct explain_event *event)
{
    char words[REASON];
    const char *why = say_why(explain, event->text, words);
    bool acts = event->to != event->from;
    struct voice *voice =
        voice_of(explain, event->service, event->policy, event->alarm != NULL ? event->alarm : "");
    if (!is_news(explain, voice, event->at, acts ? "" : why)) {
        return;
    }
    struct sentence sentence = { .used = 0 };
    if (acts) {
        put(&sentence, "%s scales %s, %d -> %d", event->policy, event->to > event->from ? "out" : "in", event->from,
            event->to);
    } else {
        put(&sentence, "%s leaves it at %d: %s", event->policy, event->from, why);
    }
    put_what_it_saw(&sentence, event);
    explain_say(explain, event->at, event->service, sentence.text);
}

static void put_span(struct sentence *sentence, const char *what, sim_time from, sim_time to)
{
    char length[32];
    if (from >= 0 && to >= 0) {
        put(sentence, ", %s %s", what, units_format_seconds(sim_seconds(to - from), length, sizeof length));
    }
}

static void tell_waterfall(struct explain *explain, const struct explain_event *event)
{
    const struct waterfall *waterfall = &event->waterfall;
    struct sentence sentence = { .used = 0 };
    char length[32];
    put(&sentence, "%s, %d -> %d: ", event->policy, waterfall->from, waterfall->to);
    if (waterfall->ready_at >= 0) {
        put(&sentence, "ready %s after the load changed",
            units_format_seconds(sim_seconds(waterfall->ready_at - waterfall->load_changed_at), length, sizeof length));
    } else {
        put(&sentence, "changed again before it was ready");
    }
    put_span(&sentence, "measured in", waterfall->load_changed_at, waterfall->measured_at);
    put_span(&sentence, "published in", waterfall->measured_at, waterfall->published_at);
    put_span(&sentence, "alarm after", waterfall->published_at, waterfall->alarmed_at);
    put_span(&sentence, "decided in", waterfall->alarmed_at, waterfall->decided_at);
    put_span(&sentence, "tasks started in", waterfall->decided_at, waterfall->started_at);
    put_span(&sentence, "ready in", waterfall->started_at, waterfall->ready_at);
    explain_say(explain, event->at, event->service, sentence.text);
}

/* ---- the scheduler ------------------------------------------------------------------------------------------ */

/* Eight digits tell tasks apart; the files have all of them. */
static void put_short_ids(struct sentence *sentence, const char *text)
{
    enum { ID = 32 };
    while (*text != '\0') {
        size_t digits = strspn(text, "0123456789abcdef");
        if (digits == ID) {
            put(sentence, "%.*s", ID_SHOWN, text);
        } else {
            digits = digits > 0 ? digits : 1;
            put(sentence, "%.*s", (int)digits, text);
        }
        text += digits;
    }
}

static void tell_service_event(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    put_short_ids(&sentence, event->text);
    explain_say(explain, event->at, event->service, sentence.text);
}

static void tell_desired(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    char count[32];
    snprintf(count, sizeof count, "%d", event->to);
    is_news(explain, voice_of(explain, event->service, "desired count", ""), event->at, count);
    put(&sentence, "desired count %d -> %d by %s", event->from, event->to, event->text);
    explain_say(explain, event->at, event->service, sentence.text);
}

static void put_chosen(struct sentence *sentence, const struct explain_event *event)
{
    for (int i = 0; i < event->chosen_count && i < NAMED; i++) {
        put(sentence, "%s%.*s", i == 0 ? ": " : ", ", ID_SHOWN, event->chosen[i].id);
    }
    if (event->chosen_count > NAMED) {
        put(sentence, " and %d more", event->chosen_count - NAMED);
    }
}

static void put_passed_over(const struct explain *explain, struct sentence *sentence, const struct explain_event *event)
{
    char label[CALENDAR_SIZE];
    for (int i = 0; i < event->passed_over_count && i < NAMED; i++) {
        put(sentence, "%s%.*s (protected until %s)", i == 0 ? "; passes over " : ", ", ID_SHOWN,
            event->passed_over[i].id, label_of(explain, event->passed_over[i].protected_until, label));
    }
    if (event->passed_over_count > NAMED) {
        put(sentence, " and %d more", event->passed_over_count - NAMED);
    }
}

static void tell_stop(struct explain *explain, const struct explain_event *event)
{
    char reason[REASON];
    snprintf(reason, sizeof reason, "wants to stop %d, %d protected%s", event->wanted, event->passed_over_count,
             event->blocked ? ", blocked" : "");
    struct voice *voice = voice_of(explain, event->service, event->service, "");
    if (!is_news(explain, voice, event->at, event->chosen_count > 0 ? "" : reason)) {
        return;
    }
    struct sentence sentence = { .used = 0 };
    put(&sentence, "wants to stop %d, stops %d", event->wanted, event->chosen_count);
    put_chosen(&sentence, event);
    put_passed_over(explain, &sentence, event);
    put(&sentence, "%s", event->blocked ? "; scale-in is blocked" : "");
    explain_say(explain, event->at, event->service, sentence.text);
}

static void tell_disruption(struct explain *explain, const struct explain_event *event)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    put(&sentence, "disruption, %s", event->text);
    if (event->what != NULL) {
        put(&sentence, ": %s", event->what);
    }
    if (event->until >= 0) {
        put(&sentence, " until %s", label_of(explain, event->until, label));
    }
    if (event->chosen_count > 0 || event->what == NULL) {
        put(&sentence, ", hits %d", event->chosen_count);
        put_chosen(&sentence, event);
    }
    explain_say(explain, event->at, event->service, sentence.text);
}

/* ---- protection --------------------------------------------------------------------------------------------- */

static void tell_expiry(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    put(&sentence, "protection of %.*s has expired%s", ID_SHOWN, event->task, event->busy ? " while it was busy" : "");
    explain_say(explain, event->at, event->service, sentence.text);
}

/* The first refusal is told, the others are counted. */
static void tell_refusal(struct explain *explain, const struct explain_event *event)
{
    if (event->text == NULL || event->task == NULL) {
        return;
    }
    struct voice *voice = voice_of(explain, event->service, "protection refused", event->text);
    if (is_news(explain, voice, event->at, event->text)) {
        struct sentence sentence = { .used = 0 };
        put(&sentence, "protection of %.*s refused: %s", ID_SHOWN, event->task, event->text);
        explain_say(explain, event->at, event->service, sentence.text);
    }
}

static void (*const tellers[RECORD_KIND_COUNT])(struct explain *, const struct explain_event *) = {
    [RECORD_SERVICE_EVENT] = tell_service_event,
    [RECORD_STOP_DECISION] = tell_stop,
    [RECORD_PROTECTION] = tell_refusal,
    [RECORD_PROTECTION_EXPIRED] = tell_expiry,
    [RECORD_DESIRED] = tell_desired,
    [RECORD_ALARM] = tell_alarm,
    [RECORD_DECISION] = tell_decision,
    [RECORD_WATERFALL] = tell_waterfall,
    [RECORD_DISRUPTION] = tell_disruption,
};

void explain_tell(struct explain *explain, const struct explain_event *event)
{
    explain_deployments_tell(explain, &explain->deployments, event);
    if (tellers[event->kind] != NULL) {
        tellers[event->kind](explain, event);
    }
}

struct explain *explain_create(struct text *text, const int64_t *start_unix_s)
{
    struct explain *explain = mem_alloc(sizeof *explain);
    *explain = (struct explain){ .text = text, .start_unix_s = start_unix_s };
    return explain;
}

void explain_finish(struct explain *explain)
{
    explain_deployments_finish(explain, &explain->deployments);
    for (size_t i = 0; i < explain->count; i++) {
        struct voice *voice = &explain->voices[i];
        tell_repeats(explain, voice);
        free(voice->who);
        free(voice->whom);
        free(voice->service);
    }
    free(explain->voices);
    free(explain);
}
