#include "output/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/vec.h"
#include "model/record.h"
#include "model/scaling.h"
#include "model/world.h"
#include "output/calendar.h"

enum { REASON = 160, NAME = 64 };

/* One voice: a policy with one of its alarms, or the scheduler of one service. */
struct voice {
    const void *who, *whom;
    char name[NAME];              /* for a reader */
    char reason[REASON];          /* what it said last; "": something that counts on its own */
    sim_time last_at;
    uint64_t repeats;             /* of the same since */
};

struct explain {
    struct world *world;
    struct text *text;
    struct voice *voices;         /* owned until explain_finish */
    size_t count, room;
};

static void put_line(struct explain *explain, sim_time now, const char *service, const char *sentence)
{
    char label[CALENDAR_SIZE];
    text_printf(explain->text, "%s  %-14s  %s\n",
                calendar_second(explain->world->config.start_unix_s, now, label), service, sentence);
}

static struct voice *voice_of(struct explain *explain, const void *who, const void *whom, const char *name)
{
    for (size_t i = 0; i < explain->count; i++) {
        if (explain->voices[i].who == who && explain->voices[i].whom == whom) {
            return &explain->voices[i];
        }
    }
    VEC_GROW(explain->voices, explain->count, explain->room);
    struct voice *voice = &explain->voices[explain->count++];
    *voice = (struct voice){ .who = who, .whom = whom };
    snprintf(voice->name, sizeof voice->name, "%s", name);
    return voice;
}

static void tell_repeats(struct explain *explain, struct voice *voice)
{
    if (voice->repeats > 0) {
        char label[CALENDAR_SIZE];
        text_printf(explain->text, "%*s%s: %s, %" PRIu64 " more time%s until %s\n", 30, "", voice->name, voice->reason,
                    voice->repeats, voice->repeats == 1 ? "" : "s",
                    calendar_second(explain->world->config.start_unix_s, voice->last_at, label));
    }
    voice->repeats = 0;
}

/* True if `reason` is news from this voice, as "" always is. */
static bool is_news(struct explain *explain, struct voice *voice, sim_time now, const char *reason)
{
    if (strncmp(voice->reason, reason, REASON - 1) == 0 && reason[0] != '\0') {
        voice->repeats++;
        voice->last_at = now;
        return false;
    }
    tell_repeats(explain, voice);
    snprintf(voice->reason, REASON, "%s", reason);
    return true;
}

static void explain_decision(struct explain *explain, sim_time now, const void *record)
{
    const struct record_decision *decision = record;
    struct voice *voice = voice_of(explain, decision->policy, decision->alarm, policy_name(decision->policy));
    bool acts = decision->result != decision->desired;
    if (!is_news(explain, voice, now, acts ? "" : decision->why)) {
        return;
    }
    char sentence[512], metric[32];
    units_format_number(decision->metric, 6, metric, sizeof metric);
    const char *formula = decision->formula != NULL ? decision->formula : "";
    snprintf(sentence, sizeof sentence, "%s at %d tasks, metric %s%s%s: desired %d -> %d, %s",
             policy_name(decision->policy), decision->capacity, metric, formula[0] != '\0' ? ", " : "", formula,
             decision->desired, decision->result, decision->why);
    put_line(explain, now, decision->service->name, sentence);
}

static void explain_alarm(struct explain *explain, sim_time now, const void *record)
{
    const struct record_alarm *change = record;
    char sentence[1024];
    snprintf(sentence, sizeof sentence, "%s: %s -> %s. %s", alarm_name(change->alarm), alarm_state_names[change->from],
             alarm_state_names[change->to], change->reason);
    put_line(explain, now, "alarm", sentence);
}

static size_t append(char *sentence, size_t size, size_t used, const char *text)
{
    int length = snprintf(sentence + used, size - used, "%s", text);
    size_t end = used + (length > 0 ? (size_t)length : 0);
    return end < size ? end : size - 1;
}

/* Eight digits tell tasks apart; the file has all of them. */
static size_t append_task(char *sentence, size_t size, size_t used, const struct task *task, const char *before)
{
    char name[64];
    snprintf(name, sizeof name, "%s%.8s", before, task->id);
    return append(sentence, size, used, name);
}

static void describe_stop(const struct explain *explain, const struct record_stop_decision *decision, char *sentence,
                          size_t size)
{
    enum { NAMED = 4 };
    char part[96], label[CALENDAR_SIZE];
    snprintf(part, sizeof part, "wants to stop %d, stops %d", decision->wanted, decision->chosen_count);
    size_t used = append(sentence, size, 0, part);
    for (int i = 0; i < decision->chosen_count && i < NAMED; i++) {
        used = append_task(sentence, size, used, decision->chosen[i], i == 0 ? ": " : ", ");
    }
    for (int i = 0; i < decision->passed_over_count && i < NAMED; i++) {
        const struct task *task = decision->passed_over[i];
        used = append_task(sentence, size, used, task, i == 0 ? "; passes over " : ", ");
        snprintf(part, sizeof part, " (protected until %s)",
                 calendar_second(explain->world->config.start_unix_s, task->protection.expires_at, label));
        used = append(sentence, size, used, part);
    }
    if (decision->passed_over_count > NAMED) {
        snprintf(part, sizeof part, " and %d more", decision->passed_over_count - NAMED);
        used = append(sentence, size, used, part);
    }
    append(sentence, size, used, decision->blocked ? "; scale-in is blocked" : "");
}

static void explain_stop(struct explain *explain, sim_time now, const void *record)
{
    const struct record_stop_decision *decision = record;
    char reason[REASON], sentence[768];
    snprintf(reason, sizeof reason, "wants to stop %d, %d protected%s", decision->wanted, decision->passed_over_count,
             decision->blocked ? ", blocked" : "");
    struct voice *voice = voice_of(explain, decision->service, NULL, decision->service->name);
    if (is_news(explain, voice, now, decision->chosen_count > 0 ? "" : reason)) {
        describe_stop(explain, decision, sentence, sizeof sentence);
        put_line(explain, now, decision->service->name, sentence);
    }
}

static void explain_service_event(struct explain *explain, sim_time now, const void *record)
{
    const struct record_service_event *event = record;
    put_line(explain, now, event->service->name, event->text);
}

static void explain_desired(struct explain *explain, sim_time now, const void *record)
{
    const struct record_desired *change = record;
    char sentence[128];
    snprintf(sentence, sizeof sentence, "desired count %d -> %d by %s", change->from, change->to, change->by);
    put_line(explain, now, change->service->name, sentence);
}

static void explain_expiry(struct explain *explain, sim_time now, const void *record)
{
    const struct record_protection_expired *expired = record;
    char sentence[128];
    snprintf(sentence, sizeof sentence, "protection of %.8s has expired%s", expired->task->id,
             expired->busy ? " while it was busy" : "");
    put_line(explain, now, expired->task->service != NULL ? expired->task->service->name : "", sentence);
}

/* Answers that were not yes, by service and answer: the first is told, the others are counted. */
static void explain_refusal(struct explain *explain, sim_time now, const void *record)
{
    const struct record_protection *call = record;
    const char *answer = protection_verdicts[call->verdict].name;
    if (answer == NULL || call->task == NULL) {
        return;
    }
    struct voice *voice = voice_of(explain, call->task->service, answer, "protection refused");
    if (is_news(explain, voice, now, answer)) {
        char sentence[160];
        snprintf(sentence, sizeof sentence, "protection of %.8s refused: %s", call->task->id, answer);
        put_line(explain, now, call->task->service != NULL ? call->task->service->name : "", sentence);
    }
}

static void (*const explanations[RECORD_KIND_COUNT])(struct explain *, sim_time, const void *) = {
    [RECORD_SERVICE_EVENT] = explain_service_event,
    [RECORD_STOP_DECISION] = explain_stop,
    [RECORD_PROTECTION] = explain_refusal,
    [RECORD_PROTECTION_EXPIRED] = explain_expiry,
    [RECORD_DESIRED] = explain_desired,
    [RECORD_ALARM] = explain_alarm,
    [RECORD_DECISION] = explain_decision,
};

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    explanations[kind](context, now, record);
}

struct explain *explain_observe(struct world *world, struct text *text)
{
    struct explain *explain = arena_alloc(world->arena, sizeof *explain);
    *explain = (struct explain){ .world = world, .text = text };
    uint64_t kinds = 0;
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        kinds |= explanations[kind] != NULL ? RECORD_BIT(kind) : 0;
    }
    trace_observe(sim_trace(world->sim), kinds, on_record, explain);
    return explain;
}

void explain_finish(struct explain *explain)
{
    for (size_t i = 0; i < explain->count; i++) {
        tell_repeats(explain, &explain->voices[i]);
    }
    free(explain->voices);
    explain->voices = NULL;
    explain->count = explain->room = 0;
}
