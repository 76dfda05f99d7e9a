/* One task's story: how it came, what protected it, why it was chosen to stop or passed over, what its stop cost. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "output/explain_folder.h"
#include "output/explain_words.h"
#include "output/number.h"

enum { ID_ROOM = 64 };

/* Something that happens again and again: the first time is told, then it is counted until something else is told. */
struct again {
    bool told;
    uint64_t more;
    sim_time last_at;
};

struct story {
    struct explain *explain;
    const struct run_folder *run;
    const char *wanted;           /* as it was asked for */
    char id[ID_ROOM];             /* of the task that it means; "": not found yet */
    bool ambiguous;
    char service[ID_ROOM];

    bool is_protected;
    sim_time until, changed_at;   /* of its protection; -1: it never had any */
    uint64_t taken, released;     /* granted calls */
    struct again passed_over, refused;
    struct sentence choice;       /* the scheduler's, until the task's own record follows; "": none */
    bool stop_decided, busy_then, ended;
    uint64_t cut, sessions_cut;   /* jobs and sessions that its end cut off */
    sim_time cut_lost;
};

static const char *label_of(const struct story *story, sim_time at, char label[CALENDAR_SIZE])
{
    return calendar_second(story->run->start_unix_s, at, label);
}

static void tell_again(const struct story *story, struct again *again, const char *what)
{
    struct sentence sentence = { .used = 0 };
    if (again->more > 0) {
        sentence_put(&sentence, "%s, ", what);
        sentence_put_times(&sentence, again->more, "more time");
        explain_say(story->explain, again->last_at, story->service, sentence.text);
    }
    again->more = 0;
}

/* True if it is news. */
static bool is_first(struct again *again, sim_time at)
{
    again->last_at = at;
    again->more += again->told;
    bool first = !again->told;
    again->told = true;
    return first;
}

static void say(struct story *story, sim_time at, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(struct story *story, sim_time at, const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    bool passed_first = story->passed_over.last_at <= story->refused.last_at;
    tell_again(story, passed_first ? &story->passed_over : &story->refused,
               passed_first ? "passed over" : "protection refused");
    tell_again(story, passed_first ? &story->refused : &story->passed_over,
               passed_first ? "protection refused" : "passed over");
    explain_say(story->explain, at, story->service, sentence);
}

static bool is_true(const cJSON *event, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, key));
}

/* ---- which task --------------------------------------------------------------------------------------------- */

static bool find(void *context, const cJSON *event)
{
    struct story *story = context;
    const char *id = json_text_of(event, "task");
    if (strncmp(id, story->wanted, strlen(story->wanted)) != 0) {
        return true;
    }
    story->ambiguous = story->id[0] != '\0' && strcmp(story->id, id) != 0;
    if (!story->ambiguous) {
        snprintf(story->id, sizeof story->id, "%s", id);
        snprintf(story->service, sizeof story->service, "%s", json_text_of(event, "service"));
    }
    return !story->ambiguous;
}

/* ---- its protection: calls come with every job, so they are summed up where it matters ------------------------ */

static void take_protection(struct story *story, const cJSON *event, sim_time at)
{
    const char *call = json_text_of(event, "call"), *answer = json_text_of(event, "answer");
    if (strcmp(call, "get") == 0) {
        return;
    }
    if (strcmp(answer, "granted") != 0) {
        if (is_first(&story->refused, at)) {
            say(story, at, "%s refused: %s", strcmp(call, "protect") == 0 ? "protection" : "release of protection", answer);
        }
        return;
    }
    bool on = strcmp(call, "protect") == 0;
    *(on ? &story->taken : &story->released) += 1;
    story->changed_at = on == story->is_protected && story->changed_at >= 0 ? story->changed_at : at;
    story->is_protected = on;
    story->until = on ? explain_time_of(event, "expires_s") : story->until;
}

static void take_expiry(struct story *story, const cJSON *event, sim_time at)
{
    say(story, at, "protection expires%s", is_true(event, "busy") ? " while it is busy: from now on it can be stopped" : "");
    story->is_protected = false;
    story->changed_at = at;
}

static void put_protection(const struct story *story, struct sentence *sentence)
{
    char label[CALENDAR_SIZE];
    if (story->taken == 0) {
        sentence_put(sentence, "it was never protected");
    } else if (story->is_protected) {
        sentence_put(sentence, "it is protected until %s", label_of(story, story->until, label));
    } else {
        sentence_put(sentence, "it is not protected since %s", label_of(story, story->changed_at, label));
    }
    if (story->taken > 0) {
        sentence_put(sentence, " (taken ");
        sentence_put_times(sentence, story->taken, "time");
        sentence_put(sentence, ", released ");
        sentence_put_times(sentence, story->released, "time");
        sentence_put(sentence, ")");
    }
}

/* ---- the scheduler's choice --------------------------------------------------------------------------------- */

/* "3c0f8a77 (protected until Mon 10:02:03), ..."; nothing if there is none beside this task. */
static void put_others(const struct story *story, struct sentence *sentence, const char *what, const cJSON *list)
{
    char label[CALENDAR_SIZE];
    int others = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        bool alone = cJSON_IsString(item);
        const char *id = alone ? item->valuestring : json_text_of(item, "task");
        if (strcmp(id, story->id) == 0 || ++others > IDS_NAMED) {
            continue;
        }
        sentence_put(sentence, "%s%.*s", others == 1 ? what : ", ", ID_SHOWN, id);
        if (!alone) {
            sentence_put(sentence, " (protected until %s)",
                         label_of(story, explain_time_of(item, "protected_until_s"), label));
        }
    }
    if (others > IDS_NAMED) {
        sentence_put(sentence, " and %d more", others - IDS_NAMED);
    }
}

static bool holds(const cJSON *list, const char *id)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        if (strcmp(cJSON_IsString(item) ? item->valuestring : json_text_of(item, "task"), id) == 0) {
            return true;
        }
    }
    return false;
}

static void take_stop_decision(struct story *story, const cJSON *event, sim_time at)
{
    const cJSON *chosen = cJSON_GetObjectItemCaseSensitive(event, "chosen");
    const cJSON *passed_over = cJSON_GetObjectItemCaseSensitive(event, "passed_over");
    struct sentence *choice = &story->choice, passed = { .used = 0 };
    if (holds(chosen, story->id)) {
        *choice = (struct sentence){ .used = 0 };
        if (story->is_protected) {   /* PROT-88..90 */
            sentence_put(choice, "protection does not hold a task that is replaced for its health or for what it runs on");
        } else {
            put_protection(story, choice);
        }
        put_others(story, choice, "; stopped with it: ", chosen);
        put_others(story, choice, "; passed over instead: ", passed_over);
    } else if (holds(passed_over, story->id) && is_first(&story->passed_over, at)) {
        put_protection(story, &passed);
        put_others(story, &passed, "; stopped instead: ", chosen);
        say(story, at, "passed over: %s%s", passed.text, cJSON_GetArraySize(chosen) == 0 ? "; nobody is stopped" : "");
    }
}

/* ---- its life ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *what, *sentence;
} steps[] = {
    { "pull", "pulls its image; from now on it is billed" },
    { "running", "RUNNING" },
    { "ready", "ready for work" },
    { "deregistered", "deregistered from its target groups; gets no new requests" },
    { "sigterm", "SIGTERM" },
    { "lost", "what it ran on is gone, and the container with it" },
    { "exit", "its program has ended" },
    { "failed_to_start", "it could not be started" },
    { "execution_stopped", "its container has ended" },
};

static void tell_stop_decided(struct story *story, const cJSON *event, sim_time at)
{
    story->stop_decided = true;
    story->busy_then = is_true(event, "busy");
    say(story, at, "ECS stops it %s: %s%s%s", story->busy_then ? "although it is busy" : "while it is idle",
        story->choice.text, story->choice.used > 0 ? "; " : "", json_text_of(event, "stopped_reason"));
}

static void take_status(struct story *story, const cJSON *event, sim_time at)
{
    const char *what = json_text_of(event, "what"), *sentence = what;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sentence = strcmp(steps[i].what, what) == 0 ? steps[i].sentence : sentence;
    }
    story->ended = strcmp(what, "stopped") == 0;
    if (strcmp(what, "created") == 0) {
        say(story, at, "created, revision %s", json_text_of(event, "task_definition"));
    } else if (strcmp(what, "stop_decided") == 0) {
        tell_stop_decided(story, event, at);
    } else if (strcmp(what, "sigkill") == 0) {
        say(story, at, "SIGKILL: the stop timeout is over%s", is_true(event, "busy") ? ", it was still busy" : "");
    } else if (story->ended) {
        say(story, at, "STOPPED: %s, %s", json_text_of(event, "stop_code"), json_text_of(event, "stopped_reason"));
    } else {
        say(story, at, "%s", sentence);
    }
}

static void take_delivery(struct story *story, const cJSON *event, sim_time at)
{
    char length[32];
    sim_time lost = explain_time_of(event, "work_lost_s");
    bool is_cut = strcmp(json_text_of(event, "what"), "cut") == 0;
    if (is_cut) {
        story->cut++;
        story->cut_lost += lost;
    }
    if (lost > 0 || is_cut) {
        say(story, at, "%s, %s of work lost", is_cut ? "a job is cut off" : json_text_of(event, "what"),
            units_format_seconds(sim_seconds(lost), length, sizeof length));
    }
}

static void take_sessions_cut(struct story *story, const cJSON *event, sim_time at)
{
    struct sentence sentence = { .used = 0 };
    uint64_t count = (uint64_t)json_number_or_0(event, "count");
    story->sessions_cut += count;
    sentence_put_times(&sentence, count, "session");
    say(story, at, "%s cut (%s)", sentence.text, json_text_of(event, "cause"));
}

static void take_placement(struct story *story, const cJSON *event, sim_time at)
{
    say(story, at, "placed on instance %s in zone %s", json_text_of(event, "instance"), json_text_of(event, "zone"));
}

static void take_log(struct story *story, const cJSON *event, sim_time at)
{
    say(story, at, "it says: %s", json_text_of(event, "text"));
}

static const struct {
    const char *kind;
    void (*take)(struct story *story, const cJSON *event, sim_time at);
} takers[] = {
    { "delivery", take_delivery },
    { "log", take_log },
    { "placement", take_placement },
    { "protection", take_protection },
    { "protection_expired", take_expiry },
    { "sessions_cut", take_sessions_cut },
    { "task", take_status },
};

static bool take(void *context, const cJSON *event)
{
    struct story *story = context;
    const char *kind = json_text_of(event, "kind");
    sim_time at = explain_time_of(event, "time_s");
    if (strcmp(kind, "stop_decision") == 0) {
        take_stop_decision(story, event, at);
        return true;
    }
    if (strcmp(json_text_of(event, "task"), story->id) != 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (strcmp(takers[i].kind, kind) == 0) {
            takers[i].take(story, event, at);
        }
    }
    return !story->ended;
}

/* ---- what it came to ---------------------------------------------------------------------------------------- */

static void put_cost_of_stop(const struct story *story, struct sentence *sentence)
{
    if (!story->stop_decided) {
        return;
    }
    sentence_put(sentence, "; its stop found it %s", story->busy_then ? "busy" : "idle");
    if (story->cut > 0) {
        sentence_put(sentence, "%s cut off ", story->busy_then ? " and" : ", but it took work after that, and");
        sentence_put_times(sentence, story->cut, "job");
        sentence_put(sentence, ": ");
        sentence_put_duration(sentence, story->cut_lost);
        sentence_put(sentence, " of work lost");
    } else if (story->sessions_cut > 0) {
        sentence_put(sentence, " and cut off ");
        sentence_put_times(sentence, story->sessions_cut, "session");
    } else {
        sentence_put(sentence, " and cut off no message");
    }
}

static bool tell_sum(const struct story *story, struct text *text, struct error *err)
{
    struct folder_task task;
    struct sentence sentence = { .used = 0 };
    if (!run_folder_task(story->run, story->id, &task, err)) {
        return false;
    }
    sentence_put(&sentence, "in all ");
    sentence_put_times(&sentence, (uint64_t)task.jobs_done, "job");
    sentence_put(&sentence, " done, ");
    if (task.sessions > 0) {
        sentence_put_times(&sentence, (uint64_t)task.sessions, "session");
        sentence_put(&sentence, " served, %.0f of them cut, ", task.sessions_cut);
    }
    sentence_put(&sentence, "busy for ");
    sentence_put_duration(&sentence, sim_from_seconds(task.busy_s));
    sentence_put(&sentence, ", ");
    sentence_put_duration(&sentence, sim_from_seconds(task.work_lost_s));
    sentence_put(&sentence, " of work lost");
    put_cost_of_stop(story, &sentence);
    text_printf(text, "%s\n", sentence.text);
    return true;
}

static bool tell_story(struct story *story, struct text *text, struct error *err)
{
    static const struct explain_wanted wanted[] = {
        { "delivery", NULL }, { "log", NULL }, { "placement", NULL }, { "protection", NULL }, { "protection_expired", NULL },
        { "sessions_cut", NULL }, { "stop_decision", NULL }, { "task", NULL }, { NULL, NULL },
    };
    story->explain = explain_create(text, &story->run->start_unix_s);
    text_printf(text, "task %s of service %s\n", story->id, story->service);
    bool fine = explain_visit(story->run, wanted, take, story, err);
    if (fine && !story->ended) {
        struct sentence sentence = { .used = 0 };
        put_protection(story, &sentence);
        say(story, sim_from_seconds(story->run->ended_at_s), "the run ends while it lives; %s", sentence.text);
    }
    explain_finish(story->explain);
    return fine && tell_sum(story, text, err);
}

bool explain_task(const struct run_folder *run, const char *task, struct text *text, struct error *err)
{
    static const struct explain_wanted created[] = { { "task", NULL }, { NULL, NULL } };
    struct story story = { .run = run, .wanted = task, .changed_at = -1 };
    if (!explain_visit(run, created, find, &story, err)) {
        return false;
    }
    if (story.id[0] == '\0') {
        return error_set(err, "the run has no task whose ID begins with '%s'", task);
    }
    if (story.ambiguous) {
        return error_set(err, "more than one task's ID begins with '%s'", task);
    }
    return tell_story(&story, text, err);
}
