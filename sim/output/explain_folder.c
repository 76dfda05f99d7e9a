#include "output/explain_folder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/vec.h"
#include "output/files.h"

/* ---- events.jsonl ------------------------------------------------------------------------------------------- */

const char *explain_text_of(const cJSON *event, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, key));
    return text != NULL ? text : "";
}

static double number_of(const cJSON *event, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

sim_time explain_time_of(const cJSON *event, const char *key)
{
    double seconds = number_of(event, key);
    return isnan(seconds) ? -1 : sim_from_seconds(seconds);
}

static int whole_of(const cJSON *event, const char *key)
{
    double number = number_of(event, key);
    return isnan(number) ? 0 : (int)number;
}

bool explain_visit(const struct run_folder *run, explain_visitor *visit, void *context, struct error *err)
{
    const char *name = output_file_names[OUTPUT_EVENTS];
    size_t size = strlen(run->path) + strlen(name) + 2;
    char *path = mem_alloc(size), *line = NULL;
    snprintf(path, size, "%s/%s", run->path, name);
    FILE *stream = fopen(path, "r");
    bool fine = stream != NULL || error_set(err, "cannot read '%s': %s", path, strerror(errno)), wants_more = true;
    size_t room = 0;
    while (fine && wants_more && getline(&line, &room, stream) > 0) {
        cJSON *event = cJSON_Parse(line);
        fine = event != NULL || error_set(err, "'%s' is damaged", path);
        wants_more = fine && visit(context, event);
        cJSON_Delete(event);
    }
    if (stream != NULL) {
        fclose(stream);
    }
    free(line);
    free(path);
    return fine;
}

/* ---- one event ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;             /* as events.c writes it */
    enum record_kind kind;
    const char *text, *from, *to; /* the keys of what explain_event calls so */
} kinds[] = {
    { "alarm", RECORD_ALARM, "reason", "from", "to" },
    { "decision", RECORD_DECISION, "why", "desired", "result" },
    { "deployment", RECORD_DEPLOYMENT, "reason", "from", "to" },
    { "desired", RECORD_DESIRED, "by", "from", "to" },
    { "disruption", RECORD_DISRUPTION, "cause", "from", "to" },
    { "protection", RECORD_PROTECTION, "answer", "from", "to" },
    { "protection_expired", RECORD_PROTECTION_EXPIRED, "", "from", "to" },
    { "scale_out_waterfall", RECORD_WATERFALL, "", "from", "to" },
    { "service_event", RECORD_SERVICE_EVENT, "message", "from", "to" },
    { "stop_decision", RECORD_STOP_DECISION, "", "from", "to" },
    { "task", RECORD_TASK_STATUS, "what", "from", "to" },
};

/* The list's tasks, by ID alone or with their protection; owned by the caller. */
static struct explain_task *tasks_of(const cJSON *list, int *count)
{
    struct explain_task *tasks = mem_alloc(((size_t)cJSON_GetArraySize(list) + 1) * sizeof *tasks);
    const cJSON *item;
    *count = 0;
    cJSON_ArrayForEach(item, list) {
        bool alone = cJSON_IsString(item);
        tasks[(*count)++] = (struct explain_task){
            .id = alone ? item->valuestring : explain_text_of(item, "task"),
            .protected_until = alone ? 0 : explain_time_of(item, "protected_until_s"),
        };
    }
    return tasks;
}

static struct waterfall waterfall_of(const cJSON *event)
{
    return (struct waterfall){
        .from = whole_of(event, "from"), .to = whole_of(event, "to"),
        .load_changed_at = explain_time_of(event, "load_changed_s"),
        .measured_at = explain_time_of(event, "measured_s"), .published_at = explain_time_of(event, "published_s"),
        .alarmed_at = explain_time_of(event, "alarm_s"), .decided_at = explain_time_of(event, "decided_s"),
        .started_at = explain_time_of(event, "started_s"), .ready_at = explain_time_of(event, "ready_s"),
    };
}

/* Without the lists of tasks. False: a kind of which nothing is told. */
static bool read_event(const cJSON *json, struct explain_event *event)
{
    const char *name = explain_text_of(json, "kind");
    size_t i = 0;
    while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].name, name) != 0) {
        i++;
    }
    if (i == sizeof kinds / sizeof kinds[0]) {
        return false;
    }
    const char *alarm = explain_text_of(json, "alarm"), *task = explain_text_of(json, "task");
    const char *what = explain_text_of(json, "what");
    *event = (struct explain_event){
        .kind = kinds[i].kind, .at = explain_time_of(json, "time_s"), .service = explain_text_of(json, "service"),
        .task = task[0] != '\0' ? task : NULL, .policy = explain_text_of(json, "policy"),
        .alarm = alarm[0] != '\0' ? alarm : NULL, .text = explain_text_of(json, kinds[i].text),
        .deployment = explain_text_of(json, "deployment"), .definition = explain_text_of(json, "task_definition"),
        .rolls_back = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "rollback")),
        .from_state = explain_text_of(json, "from"), .to_state = explain_text_of(json, "to"),
        .formula = explain_text_of(json, "formula"), .metric = number_of(json, "metric"),
        .from = whole_of(json, kinds[i].from), .to = whole_of(json, kinds[i].to), .wanted = whole_of(json, "wanted"),
        .blocked = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "blocked")),
        .busy = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "busy")), .waterfall = waterfall_of(json),
        .what = what[0] != '\0' ? what : NULL, .until = explain_time_of(json, "until_s"),
    };
    if (event->kind == RECORD_DEPLOYMENT) {
        event->from_state = explain_text_of(json, "status");
        event->to_state = explain_text_of(json, "rollout_state");
        event->text = event->text[0] != '\0' ? event->text : NULL;
    }
    if (event->kind == RECORD_PROTECTION && strcmp(event->text, "granted") == 0) {
        event->text = NULL;
    }
    return true;
}

/* ---- what is asked ------------------------------------------------------------------------------------------ */

enum { AROUND = 5 };              /* minutes */

/* Which policy an alarm drives is known from the decisions that it led to. */
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

static bool learn(void *context, const cJSON *event)
{
    struct teller *teller = context;
    const char *alarm = explain_text_of(event, "alarm"), *policy = explain_text_of(event, "policy");
    if (strcmp(explain_text_of(event, "kind"), "decision") != 0) {
        return true;
    }
    for (size_t i = 0; i < teller->count; i++) {
        if (strcmp(teller->driven[i].alarm, alarm) == 0 && strcmp(teller->driven[i].policy, policy) == 0) {
            return true;
        }
    }
    VEC_GROW(teller->driven, teller->count, teller->room);
    teller->driven[teller->count++] = (struct driven){
        .alarm = mem_text(alarm), .policy = mem_text(policy), .service = mem_text(explain_text_of(event, "service")),
    };
    return true;
}

static bool fits(const char *wanted, const char *name)
{
    return wanted == NULL || strcmp(wanted, name) == 0;
}

static bool alarm_is_asked_for(const struct teller *teller, const char *alarm)
{
    const struct explain_query *query = teller->query;
    for (size_t i = 0; i < teller->count; i++) {
        const struct driven *driven = &teller->driven[i];
        if (strcmp(driven->alarm, alarm) == 0 && fits(query->service, driven->service) &&
            fits(query->policy, driven->policy)) {
            return true;
        }
    }
    return query->service == NULL && query->policy == NULL;
}

static bool is_asked_for(const struct teller *teller, const struct explain_event *event)
{
    const struct explain_query *query = teller->query;
    if (event->kind == RECORD_ALARM) {
        return alarm_is_asked_for(teller, event->alarm != NULL ? event->alarm : "");
    }
    bool is_everybodys = event->kind == RECORD_DISRUPTION && event->service[0] == '\0';
    return (is_everybodys || fits(query->service, event->service)) && fits(query->policy, event->policy);
}

static const char *hit_or_chosen(const struct explain_event *event)
{
    return event->kind == RECORD_DISRUPTION ? "tasks" : "chosen";
}

static void tell(struct teller *teller, const cJSON *json, struct explain_event *event)
{
    struct explain_task *chosen = tasks_of(cJSON_GetObjectItemCaseSensitive(json, hit_or_chosen(event)), &event->chosen_count);
    struct explain_task *passed_over =
        tasks_of(cJSON_GetObjectItemCaseSensitive(json, "passed_over"), &event->passed_over_count);
    event->chosen = chosen;
    event->passed_over = passed_over;
    explain_tell(teller->explain, event);
    free(chosen);
    free(passed_over);
}

static bool take(void *context, const cJSON *json)
{
    struct teller *teller = context;
    struct explain_event event;
    if (!read_event(json, &event)) {
        return true;
    }
    if (event.at > teller->to) {
        return false;
    }
    if (event.at >= teller->from) {
        explain_begin_at(teller->explain, teller->from);
    }
    if (is_asked_for(teller, &event)) {
        tell(teller, json, &event);
    }
    return true;
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

static void set_window(struct teller *teller, sim_time at)
{
    sim_time around = AROUND * SIM_MINUTE;
    teller->to = at < 0 ? SIM_NEVER : at + around;
    teller->from = at < around ? 0 : at - around;
    if (teller->from > 0) {
        explain_begin_at(teller->explain, SIM_NEVER);
    }
}

static void finish(struct teller *teller)
{
    if (teller->from > 0) {
        explain_begin_at(teller->explain, teller->from);        /* nothing happened since */
    }
    explain_finish(teller->explain);
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
    if (!check_service(run, query->service, err)) {
        return false;
    }
    if (query->task != NULL) {
        return explain_task(run, query->task, text, err);
    }
    struct teller teller = { .query = query, .explain = explain_create(text, &run->start_unix_s) };
    set_window(&teller, query->at);
    bool fine = explain_visit(run, learn, &teller, err) && check_policy(&teller, query->policy, err) &&
                explain_visit(run, take, &teller, err);
    finish(&teller);
    return fine;
}
