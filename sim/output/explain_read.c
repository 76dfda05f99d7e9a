/* A line of events.jsonl as explain.c takes it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "output/explain_folder.h"
#include "output/files.h"

sim_time explain_time_of(const cJSON *event, const char *key)
{
    double seconds = json_number_of(event, key);
    return isnan(seconds) ? -1 : sim_from_seconds(seconds);
}

static int whole_of(const cJSON *event, const char *key, int otherwise)
{
    double number = json_number_of(event, key);
    return isnan(number) ? otherwise : (int)number;
}

static bool is_true(const cJSON *event, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, key));
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

/* Most lines are of kinds that nobody asks for, and parsing is what takes the time. */
static bool is_wanted(const char *line, const struct explain_wanted *wanted)
{
    static const char tag[] = "\"kind\": \"";
    const char *kind = strstr(line, tag);
    if (kind == NULL) {
        return true;              /* the parser will find out what is wrong with it */
    }
    kind += sizeof tag - 1;
    size_t length = strcspn(kind, "\"");
    for (; wanted->kind != NULL; wanted++) {
        if (strlen(wanted->kind) == length && memcmp(wanted->kind, kind, length) == 0) {
            return wanted->unless == NULL || strstr(line, wanted->unless) == NULL;
        }
    }
    return false;
}

static bool visit_lines(FILE *stream, const struct explain_wanted *wanted, explain_visitor *visit, void *context)
{
    char *line = NULL;
    size_t room = 0;
    bool fine = true, wants_more = true;
    while (fine && wants_more && getline(&line, &room, stream) > 0) {
        if (is_wanted(line, wanted)) {
            cJSON *event = cJSON_Parse(line);
            fine = event != NULL;
            wants_more = fine && visit(context, event);
            cJSON_Delete(event);
        }
    }
    free(line);
    return fine;
}

bool explain_visit(const struct run_folder *run, const struct explain_wanted *wanted, explain_visitor *visit,
                   void *context, struct error *err)
{
    FILE *stream = run_folder_open_file(run, OUTPUT_EVENTS, err);
    if (stream == NULL) {
        return false;
    }
    bool fine = visit_lines(stream, wanted, visit, context);
    fclose(stream);
    return fine || error_set(err, "'%s/%s' is damaged", run->path, output_file_names[OUTPUT_EVENTS]);
}

/* ---- one event ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;             /* as events.c writes it */
    enum record_kind kind;
    const char *text, *from, *to; /* the keys of what explain_event calls so */
} kinds[] = {
    { "activity", RECORD_ACTIVITY, "cause", "", "" },
    { "alarm", RECORD_ALARM, "reason", "", "" },
    { "alarm_made", RECORD_ALARM_MADE, "metric", "", "" },
    { "alarm_seen", RECORD_ALARM_SEEN, "", "", "" },
    { "capacity", RECORD_CAPACITY, "", "from", "to" },
    { "decision", RECORD_DECISION, "why", "desired", "result" },
    { "delivery", RECORD_DELIVERY, "what", "", "" },
    { "deployment", RECORD_DEPLOYMENT, "reason", "", "" },
    { "desired", RECORD_DESIRED, "by", "from", "to" },
    { "disruption", RECORD_DISRUPTION, "cause", "", "" },
    { "instance", RECORD_INSTANCE, "what", "", "" },
    { "protection", RECORD_PROTECTION, "answer", "", "" },
    { "protection_expired", RECORD_PROTECTION_EXPIRED, "", "", "" },
    { "scale_in_held", RECORD_SCALE_IN_HELD, "reason", "", "" },
    { "scale_out_waterfall", RECORD_WATERFALL, "", "from", "to" },
    { "service_event", RECORD_SERVICE_EVENT, "message", "", "" },
    { "sessions_cut", RECORD_SESSIONS_CUT, "", "", "" },
    { "stop_decision", RECORD_STOP_DECISION, "", "", "" },
    { "task", RECORD_TASK_STATUS, "what", "", "" },
};

const struct explain_wanted explain_told[] = {
    { "activity", NULL }, { "alarm", NULL }, { "alarm_made", NULL },
    { "alarm_seen", "\"value\": null" }, { "capacity", NULL }, { "decision", NULL }, { "delivery", NULL }, { "deployment", NULL },
    { "desired", NULL }, { "disruption", NULL }, { "instance", NULL }, { "protection", "\"answer\": \"granted\"" },
    { "protection_expired", NULL }, { "scale_in_held", NULL }, { "scale_out_waterfall", NULL }, { "service_event", NULL },
    { "sessions_cut", NULL }, { "stop_decision", NULL },
    { "task", NULL }, { NULL, NULL },
};

/* The list's tasks, by ID alone or with their protection. */
static struct explain_task *tasks_of(const cJSON *list, int *count)
{
    struct explain_task *tasks = mem_alloc(((size_t)cJSON_GetArraySize(list) + 1) * sizeof *tasks);
    const cJSON *item;
    *count = 0;
    cJSON_ArrayForEach(item, list) {
        bool alone = cJSON_IsString(item);
        tasks[(*count)++] = (struct explain_task){
            .id = alone ? item->valuestring : json_text_of(item, "task"),
            .protected_until = alone ? 0 : explain_time_of(item, "protected_until_s"),
        };
    }
    return tasks;
}

static void read_data(struct explain_read *read, const cJSON *data)
{
    size_t room = (size_t)cJSON_GetArraySize(data) + 1;
    int count = 0;
    const cJSON *item;
    read->ids = mem_alloc(room * sizeof *read->ids);
    read->data = mem_alloc(room * sizeof *read->data);
    cJSON_ArrayForEach(item, data) {
        read->ids[count] = item->string;
        read->data[count++] = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    }
    read->event.data_ids = read->ids;
    read->event.data = read->data;
    read->event.data_count = count;
}

static struct waterfall waterfall_of(const cJSON *event)
{
    return (struct waterfall){
        .from = whole_of(event, "from", 0), .to = whole_of(event, "to", 0),
        .load_changed_at = explain_time_of(event, "load_changed_s"),
        .measured_at = explain_time_of(event, "measured_s"), .published_at = explain_time_of(event, "published_s"),
        .alarmed_at = explain_time_of(event, "alarm_s"), .decided_at = explain_time_of(event, "decided_s"),
        .started_at = explain_time_of(event, "started_s"), .ready_at = explain_time_of(event, "ready_s"),
    };
}

static const char *text_or_null(const cJSON *json, const char *key)
{
    const char *text = json_text_of(json, key);
    return text[0] != '\0' ? text : NULL;
}

static struct explain_event event_of(const cJSON *json, enum record_kind kind)
{
    bool failed = strcmp(json_text_of(json, "status_code"), "Failed") == 0;
    return (struct explain_event){
        .kind = kind, .at = explain_time_of(json, "time_s"), .service = json_text_of(json, "service"),
        .task = text_or_null(json, "task"), .policy = json_text_of(json, "policy"),
        .alarm = text_or_null(json, "alarm"), .description = json_text_of(json, "description"),
        .fault = failed ? json_text_of(json, "status_message") : NULL, .cause = json_text_of(json, "cause"),
        .from_state = json_text_of(json, "from"), .to_state = json_text_of(json, "to"),
        .formula = json_text_of(json, "formula"), .metric = json_number_of(json, "metric"),
        .data_from = explain_time_of(json, "data_from_s"), .data_to = explain_time_of(json, "data_to_s"),
        .capacity = whole_of(json, "capacity", 0), .proposed = whole_of(json, "proposed", -1),
        .wanted = whole_of(json, "wanted", 0), .exit_code = whole_of(json, "exit_code", 0), .sessions = whole_of(json, "count", 0),
        .begun = is_true(json, "begun"), .blocked = is_true(json, "blocked"), .busy = is_true(json, "busy"),
        .group = json_text_of(json, "group"), .instance = json_text_of(json, "instance"), .zone = json_text_of(json, "zone"),
        .what = text_or_null(json, "what"), .until = explain_time_of(json, "until_s"),
        .deployment = json_text_of(json, "deployment"), .definition = json_text_of(json, "task_definition"),
        .rolls_back = is_true(json, "rollback"),
        .work_lost = explain_time_of(json, "work_lost_s"), .waterfall = waterfall_of(json),
    };
}

/* What some kinds call otherwise. */
static void read_own_keys(struct explain_event *event, const cJSON *json)
{
    if (event->kind == RECORD_INSTANCE || event->kind == RECORD_SCALE_IN_HELD) {
        event->instances = whole_of(json, event->kind == RECORD_INSTANCE ? "tasks" : "instances", 0);
    }
    if (event->kind == RECORD_CAPACITY) {
        event->metric = json_number_of(json, "reservation_percent");
    }
    if (event->kind == RECORD_ALARM_SEEN) {
        event->metric = json_number_of(json, "value");
    }
    if (event->kind == RECORD_DEPLOYMENT) {
        event->text = text_or_null(json, "reason");
        event->stage = text_or_null(json, "lifecycle_stage");
        event->metric = json_number_of(json, "traffic_percent");
        event->from_state = json_text_of(json, "status");
        event->to_state = json_text_of(json, "rollout_state");
    }
    if (event->kind == RECORD_PROTECTION && strcmp(event->text, "granted") == 0) {
        event->text = NULL;
    }
}

bool explain_read(struct explain_read *read, const cJSON *json)
{
    const char *name = json_text_of(json, "kind");
    size_t i = 0;
    while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].name, name) != 0) {
        i++;
    }
    if (i == sizeof kinds / sizeof kinds[0]) {
        return false;
    }
    *read = (struct explain_read){ .event = event_of(json, kinds[i].kind) };
    struct explain_event *event = &read->event;
    event->text = json_text_of(json, kinds[i].text);
    event->from = whole_of(json, kinds[i].from, 0);
    event->to = whole_of(json, kinds[i].to, 0);
    read_own_keys(event, json);
    const char *chosen = event->kind == RECORD_DISRUPTION ? "tasks" : "chosen";
    read->chosen = tasks_of(cJSON_GetObjectItemCaseSensitive(json, chosen), &event->chosen_count);
    read->passed_over = tasks_of(cJSON_GetObjectItemCaseSensitive(json, "passed_over"), &event->passed_over_count);
    event->chosen = read->chosen;
    event->passed_over = read->passed_over;
    read_data(read, cJSON_GetObjectItemCaseSensitive(json, "data"));
    return true;
}

void explain_read_finish(struct explain_read *read)
{
    free(read->chosen);
    free(read->passed_over);
    free(read->ids);
    free(read->data);
}
