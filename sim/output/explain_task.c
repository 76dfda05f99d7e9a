/* One task's story: how it came, what protected it, why it was chosen to stop or passed over, how it went. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "output/explain_folder.h"

enum { SENTENCE = 1024, ID_SHOWN = 8, NAMED = 4, ID_MAX = 64 };

struct story {
    struct explain *explain;
    const struct run_folder *run;
    const char *wanted;           /* as it was asked for */
    char id[ID_MAX];              /* of the task that it means; "": not found yet */
    bool ambiguous;
    char service[ID_MAX];

    bool is_protected;
    sim_time until, changed_at;   /* of its protection */
    uint64_t taken, released, told;          /* calls; how many of them were told of */
    uint64_t passed_over;         /* in a row */
    sim_time passed_over_at;
    bool ended;
};

static const char *label_of(const struct story *story, sim_time at, char label[CALENDAR_SIZE])
{
    return calendar_second(story->run->start_unix_s, at, label);
}

static void say(const struct story *story, sim_time at, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(const struct story *story, sim_time at, const char *format, ...)
{
    char sentence[SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    explain_say(story->explain, at, story->service, sentence);
}

/* ---- which task --------------------------------------------------------------------------------------------- */

static bool find(void *context, const cJSON *event)
{
    struct story *story = context;
    const char *id = explain_text_of(event, "task");
    if (strcmp(explain_text_of(event, "kind"), "task") != 0 || strncmp(id, story->wanted, strlen(story->wanted)) != 0) {
        return true;
    }
    story->ambiguous = story->id[0] != '\0' && strcmp(story->id, id) != 0;
    if (!story->ambiguous) {
        snprintf(story->id, sizeof story->id, "%s", id);
        snprintf(story->service, sizeof story->service, "%s", explain_text_of(event, "service"));
    }
    return !story->ambiguous;
}

/* ---- its protection: calls come with every job, so they are summed up where it matters ------------------------ */

static void tell_protection(struct story *story, sim_time at)
{
    char changed[CALENDAR_SIZE], until[CALENDAR_SIZE];
    if (story->taken + story->released == story->told) {
        return;
    }
    label_of(story, story->changed_at, changed);
    if (story->is_protected) {
        say(story, at, "until now it took protection %" PRIu64 " x and released it %" PRIu64 " x; in force since %s until %s",
            story->taken, story->released, changed, label_of(story, story->until, until));
    } else {
        say(story, at, "until now it took protection %" PRIu64 " x and released it %" PRIu64 " x, the last time at %s",
            story->taken, story->released, changed);
    }
    story->told = story->taken + story->released;
}

static void take_protection(struct story *story, const cJSON *event, sim_time at)
{
    const char *call = explain_text_of(event, "call"), *answer = explain_text_of(event, "answer");
    if (strcmp(call, "get") == 0) {
        return;
    }
    if (strcmp(answer, "granted") != 0) {
        say(story, at, "%s is refused: %s", call, answer);
        return;
    }
    bool on = strcmp(call, "protect") == 0;
    *(on ? &story->taken : &story->released) += 1;
    story->changed_at = on == story->is_protected ? story->changed_at : at;
    story->is_protected = on;
    story->until = on ? explain_time_of(event, "expires_s") : story->until;
}

static void take_expiry(struct story *story, const cJSON *event, sim_time at)
{
    tell_protection(story, at);
    say(story, at, "protection expires%s",
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "busy")) ? " while it is busy: from now on it can be stopped"
                                                                    : "");
    story->is_protected = false;
    story->changed_at = at;
}

/* ---- the scheduler's choice --------------------------------------------------------------------------------- */

static void tell_passed_over(struct story *story)
{
    char label[CALENDAR_SIZE];
    if (story->passed_over > 1) {
        say(story, story->passed_over_at, "passed over %" PRIu64 " more times until %s", story->passed_over - 1,
            label_of(story, story->passed_over_at, label));
    }
    story->passed_over = 0;
}

/* "3c0f8a77 (protected until Mon 10:02:03), ..." */
static const char *others(const struct story *story, const cJSON *list, char *text, size_t size)
{
    char label[CALENDAR_SIZE];
    size_t used = 0;
    int named = 0;
    const cJSON *item;
    text[0] = '\0';
    cJSON_ArrayForEach(item, list) {
        bool alone = cJSON_IsString(item);
        const char *id = alone ? item->valuestring : explain_text_of(item, "task");
        if (strcmp(id, story->id) == 0 || named == NAMED || used + 80 > size) {
            continue;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%.*s", named > 0 ? ", " : "", ID_SHOWN, id);
        if (!alone) {
            used += (size_t)snprintf(text + used, size - used, " (protected until %s)",
                                     label_of(story, explain_time_of(item, "protected_until_s"), label));
        }
        named++;
    }
    int left = cJSON_GetArraySize(list) - named;
    if (named == NAMED && left > 0 && used + 24 < size) {
        snprintf(text + used, size - used, " and %d more", left);
    }
    return text;
}

static void tell_chosen(struct story *story, const cJSON *event, sim_time at)
{
    char passed[400], changed[CALENDAR_SIZE], why[160];
    const cJSON *passed_over = cJSON_GetObjectItemCaseSensitive(event, "passed_over");
    if (story->is_protected) {   /* PROT-88..90 */
        snprintf(why, sizeof why, "protection does not hold a task that is replaced for its health or for what it runs on");
    } else if (story->changed_at >= 0) {
        snprintf(why, sizeof why, "it is not protected since %s", label_of(story, story->changed_at, changed));
    } else {
        snprintf(why, sizeof why, "it was never protected");
    }
    others(story, passed_over, passed, sizeof passed);
    say(story, at, "chosen to stop, one of %d: %s%s%s", cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(event, "chosen")),
        why, passed[0] != '\0' ? "; passed over instead: " : "", passed);
}

static bool holds(const cJSON *list, const char *id)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        if (strcmp(cJSON_IsString(item) ? item->valuestring : explain_text_of(item, "task"), id) == 0) {
            return true;
        }
    }
    return false;
}

static void take_stop_decision(struct story *story, const cJSON *event, sim_time at)
{
    const cJSON *chosen = cJSON_GetObjectItemCaseSensitive(event, "chosen");
    if (holds(chosen, story->id)) {
        tell_passed_over(story);
        tell_protection(story, at);
        tell_chosen(story, event, at);
    } else if (holds(cJSON_GetObjectItemCaseSensitive(event, "passed_over"), story->id)) {
        if (story->passed_over++ == 0) {
            char label[CALENDAR_SIZE], instead[400];
            tell_protection(story, at);
            others(story, chosen, instead, sizeof instead);
            say(story, at, "passed over, since it is protected until %s; %s%s", label_of(story, story->until, label),
                instead[0] != '\0' ? "stopped instead: " : "nobody is stopped", instead);
        }
        story->passed_over_at = at;
    }
}

/* ---- its life ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *what, *sentence;
} steps[] = {
    { "created", "created" },
    { "pull", "pulls its image; from now on it is billed" },
    { "running", "RUNNING" },
    { "ready", "ready for work" },
    { "stop_decided", "ECS will stop it" },
    { "sigterm", "SIGTERM" },
    { "sigkill", "SIGKILL: the stop timeout is over" },
    { "lost", "what it ran on is gone, and the container with it" },
    { "exit", "its program has ended" },
    { "failed_to_start", "it could not be started" },
    { "execution_stopped", "its container has ended" },
    { "stopped", "STOPPED" },
};

static void take_status(struct story *story, const cJSON *event, sim_time at)
{
    const char *what = explain_text_of(event, "what"), *sentence = what, *reason = explain_text_of(event, "stopped_reason");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sentence = strcmp(steps[i].what, what) == 0 ? steps[i].sentence : sentence;
    }
    bool decided = strcmp(what, "stop_decided") == 0, busy = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "busy"));
    if (strcmp(what, "created") == 0) {
        say(story, at, "created, revision %s", explain_text_of(event, "task_definition"));
    } else if (decided || strcmp(what, "stopped") == 0) {
        say(story, at, "%s%s: %s, %s", sentence, decided && busy ? " although it is busy" : "",
            explain_text_of(event, "stop_code"), reason);
    } else {
        say(story, at, "%s%s", sentence, strcmp(what, "sigkill") == 0 && busy ? ", it was still busy" : "");
    }
    story->ended = strcmp(what, "stopped") == 0;
}

static void take_delivery(struct story *story, const cJSON *event, sim_time at)
{
    char length[32];
    const cJSON *lost = cJSON_GetObjectItemCaseSensitive(event, "work_lost_s");
    if (cJSON_IsNumber(lost) && lost->valuedouble > 0) {
        say(story, at, "a job loses %s of work (%s)",
            units_format_seconds(lost->valuedouble, length, sizeof length), explain_text_of(event, "what"));
    }
}

static void take_log(struct story *story, const cJSON *event, sim_time at)
{
    say(story, at, "it says: %s", explain_text_of(event, "text"));
}

static const struct {
    const char *kind;
    void (*take)(struct story *story, const cJSON *event, sim_time at);
} takers[] = {
    { "delivery", take_delivery },
    { "log", take_log },
    { "protection", take_protection },
    { "protection_expired", take_expiry },
    { "task", take_status },
};

static bool take(void *context, const cJSON *event)
{
    struct story *story = context;
    const char *kind = explain_text_of(event, "kind");
    sim_time at = explain_time_of(event, "time_s");
    if (strcmp(kind, "stop_decision") == 0) {
        take_stop_decision(story, event, at);
        return true;
    }
    if (strcmp(explain_text_of(event, "task"), story->id) != 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (strcmp(takers[i].kind, kind) == 0) {
            takers[i].take(story, event, at);
        }
    }
    return !story->ended;
}

bool explain_task(const struct run_folder *run, const char *task, struct text *text, struct error *err)
{
    struct story story = { .run = run, .wanted = task, .changed_at = -1 };
    if (!explain_visit(run, find, &story, err)) {
        return false;
    }
    if (story.id[0] == '\0') {
        return error_set(err, "the run has no task whose ID begins with '%s'", task);
    }
    if (story.ambiguous) {
        return error_set(err, "more than one task's ID begins with '%s'", task);
    }
    story.explain = explain_create(text, &run->start_unix_s);
    text_printf(text, "task %s of service %s\n", story.id, story.service);
    bool fine = explain_visit(run, take, &story, err);
    sim_time end = sim_from_seconds(run->ended_at_s);
    if (fine && !story.ended) {
        tell_passed_over(&story);
        tell_protection(&story, end);
        say(&story, end, "the run ends while it lives");
    }
    explain_finish(story.explain);
    return fine;
}
