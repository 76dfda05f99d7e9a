/* The last lines of an explanation: how often each policy acted, how often it did not and why, what ECS's stops cost. */
#include <string.h>

#include "output/explain_inner.h"

static void put_line(struct explain *explain, const char *service, const struct sentence *sentence)
{
    text_put(explain->text, explain->totals_begun ? "" : "in all\n");
    explain->totals_begun = true;
    text_printf(explain->text, "  %-14s  %s\n", service, sentence->text);
}

/* A policy's alarms are voices of their own; its line sums them up. */
static struct voice sum_of(const struct explain *explain, size_t first)
{
    struct voice sum = explain->voices[first];
    sum.reasons = (struct reasons){ .count = 0 };
    sum.scaled_out = sum.scaled_in = 0;
    for (size_t i = first; i < explain->voice_count; i++) {
        const struct voice *voice = &explain->voices[i];
        if (strcmp(voice->service, sum.service) == 0 && strcmp(voice->policy, sum.policy) == 0) {
            sum.scaled_out += voice->scaled_out;
            sum.scaled_in += voice->scaled_in;
            reasons_add(&sum.reasons, &voice->reasons);
        }
    }
    return sum;
}

static bool is_first_of_policy(const struct explain *explain, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(explain->voices[i].service, explain->voices[index].service) == 0 &&
            strcmp(explain->voices[i].policy, explain->voices[index].policy) == 0) {
            return false;
        }
    }
    return true;
}

static void put_policy(struct explain *explain, size_t first)
{
    struct voice sum = sum_of(explain, first);
    struct sentence sentence = { .used = 0 };
    if (sum.scaled_out + sum.scaled_in + reasons_sum(&sum.reasons) == 0) {
        reasons_free(&sum.reasons);
        return;                   /* it was not asked in the time that is told */
    }
    sentence_put(&sentence, "%s scaled out ", sum.policy);
    sentence_put_times(&sentence, sum.scaled_out, "time");
    sentence_put(&sentence, ", in ");
    sentence_put_times(&sentence, sum.scaled_in, "time");
    if (reasons_sum(&sum.reasons) > 0) {
        sentence_put(&sentence, "; left it alone ");
        reasons_put(&sum.reasons, &sentence);
    }
    put_line(explain, sum.service, &sentence);
    reasons_free(&sum.reasons);
}

static void put_turns(struct explain *explain, const struct watch *watch)
{
    struct sentence sentence = { .used = 0 };
    const char *before = " turned";
    explain_put_watch(&sentence, watch);
    for (int state = 0; state < WATCH_STATES; state++) {
        if (state != WATCH_OK && watch->turns[state] > 0) {
            sentence_put(&sentence, "%s to %s ", before, watch_states[state]);
            sentence_put_times(&sentence, watch->turns[state], "time");
            before = ",";
        }
    }
    if (watch->turns[WATCH_ALARM] + watch->turns[WATCH_INSUFFICIENT_DATA] > 0) {
        put_line(explain, watch->service, &sentence);
    }
}

/* An alarm that never learned anything says nothing all the while. */
static void put_silence(struct explain *explain, const struct watch *watch)
{
    char label[CALENDAR_SIZE];
    struct sentence sentence = { .used = 0 };
    if (watch->state[0] != '\0' || watch->metric == NULL) {
        return;
    }
    explain_put_watch(&sentence, watch);
    sentence_put(&sentence, ": INSUFFICIENT_DATA since %s, %s",
                 watch->made_at == 0 ? "the start" : explain_label(explain, watch->made_at, label),
                 watch->has_data ? "too few datapoints" : "no datapoint");
    if (watch->policy[0] != '\0') {
        sentence_put(&sentence, "; it never invoked policy %s", watch->policy);
    }
    put_line(explain, watch->service, &sentence);
}

static void put_stops(struct explain *explain, const struct place *place)
{
    struct sentence sentence = { .used = 0 };
    if (place->chosen == 0 && place->busy == 0 && place->cut == 0 && place->sessions_cut == 0 && place->blocked_times == 0) {
        return;
    }
    sentence_put(&sentence, "ECS chose ");
    sentence_put_times(&sentence, place->chosen, "task");
    sentence_put(&sentence, " to stop, found ");
    sentence_put_times(&sentence, place->busy, "task");
    sentence_put(&sentence, " busy, cut off ");
    sentence_put_times(&sentence, place->cut, "job");
    if (place->sessions_cut > 0) {
        sentence_put(&sentence, " and ");
        sentence_put_times(&sentence, place->sessions_cut, "session");
    }
    if (place->work_lost > 0) {
        sentence_put(&sentence, ", ");
        sentence_put_duration(&sentence, place->work_lost);
        sentence_put(&sentence, " of work lost");
    }
    if (place->blocked_times > 0) {
        sentence_put(&sentence, "; ");
        sentence_put_times(&sentence, place->blocked_times, "time");
        sentence_put(&sentence, " all candidates were protected");
    }
    put_line(explain, place->name, &sentence);
}

static void put_refusals(struct explain *explain, const struct place *place)
{
    struct sentence sentence = { .used = 0 };
    if (reasons_sum(&place->refusals) > 0) {
        sentence_put(&sentence, "protection refused ");
        reasons_put(&place->refusals, &sentence);
        put_line(explain, place->name, &sentence);
    }
}

void explain_tell_totals(struct explain *explain)
{
    for (size_t i = 0; i < explain->voice_count; i++) {
        if (is_first_of_policy(explain, i)) {
            put_policy(explain, i);
        }
    }
    for (size_t i = 0; i < explain->watch_count; i++) {
        put_turns(explain, &explain->watches[i]);
        put_silence(explain, &explain->watches[i]);
    }
    for (size_t i = 0; i < explain->place_count; i++) {
        put_stops(explain, &explain->places[i]);
        put_refusals(explain, &explain->places[i]);
    }
}
