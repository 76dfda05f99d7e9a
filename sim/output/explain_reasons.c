/* Reasons that come again and again: each is told once, then counted. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/explain_inner.h"
#include "output/number.h"

static struct reason *find(struct reasons *reasons, const char *key)
{
    for (size_t i = 0; i < reasons->count; i++) {
        if (strcmp(reasons->list[i].key, key) == 0) {
            return &reasons->list[i];
        }
    }
    VEC_GROW(reasons->list, reasons->count, reasons->room);
    struct reason *reason = &reasons->list[reasons->count++];
    *reason = (struct reason){ .key = mem_text(key) };
    return reason;
}

bool reasons_take(struct reasons *reasons, const char *key, const struct explain *explain, sim_time at)
{
    reasons->newest_at = at;
    if (!explain_listens(explain, at)) {
        return false;
    }
    struct reason *reason = find(reasons, key);
    reason->times++;
    if (!reason->told || explain->detailed) {
        reason->told = true;
        return true;
    }
    reason->untold++;
    reasons->untold_at = at;
    return false;
}

/* One that came once more is left to the totals: a line of its own would say less than it takes. */
void reasons_tell(struct reasons *reasons, struct explain *explain, sim_time at, const char *service, const char *who)
{
    char label[CALENDAR_SIZE];
    uint64_t untold = 0;
    const char *before = "";
    struct sentence sentence = { .used = 0 };
    sentence_put(&sentence, "%s: ", who);
    for (size_t i = 0; i < reasons->count; i++) {
        struct reason *reason = &reasons->list[i];
        if (reason->untold > 0) {
            sentence_put(&sentence, "%s%s, ", before, reason->key);
            sentence_put_times(&sentence, reason->untold, "more time");
            before = "; ";
        }
        untold += reason->untold;
        reason->untold = 0;
    }
    if (untold > 1) {
        sentence_put(&sentence, " until %s", explain_label(explain, reasons->untold_at, label));
        explain_say(explain, at, service, sentence.text);
    }
}

void reasons_renew(struct reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        reasons->list[i].told = false;
    }
}

static int compare(const void *left, const void *right)
{
    const struct reason *const *a = left, *const *b = right;
    if ((*a)->times != (*b)->times) {
        return (*a)->times < (*b)->times ? 1 : -1;
    }
    return strcmp((*a)->key, (*b)->key);
}

void reasons_add(struct reasons *sum, const struct reasons *more)
{
    for (size_t i = 0; i < more->count; i++) {
        find(sum, more->list[i].key)->times += more->list[i].times;
    }
}

uint64_t reasons_sum(const struct reasons *reasons)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < reasons->count; i++) {
        sum += reasons->list[i].times;
    }
    return sum;
}

void reasons_put(const struct reasons *reasons, struct sentence *sentence)
{
    const struct reason **sorted = mem_alloc((reasons->count + 1) * sizeof *sorted);
    for (size_t i = 0; i < reasons->count; i++) {
        sorted[i] = &reasons->list[i];
    }
    qsort(sorted, reasons->count, sizeof *sorted, compare);
    sentence_put_times(sentence, reasons_sum(reasons), "time");
    for (size_t i = 0; i < reasons->count; i++) {
        char times[NUMBER_SIZE];
        sentence_put(sentence, "%s%s x %s", i == 0 ? ": " : ", ",
                     number_grouped(sorted[i]->times, times), sorted[i]->key);
    }
    free(sorted);
}

void reasons_free(struct reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        free(reasons->list[i].key);
    }
    free(reasons->list);
}
