#include "output/run_folder.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/json_read.h"

const char *const mark_kind_names[MARK_COUNT] = {
    [MARK_ALARM] = "alarm",     [MARK_OUT] = "out",
    [MARK_IN] = "in",           [MARK_BLOCKED] = "blocked",
    [MARK_DEPLOYMENT] = "deployment", [MARK_BUSY_STOP] = "busy_stop",
    [MARK_DISRUPTION] = "disruption",
};

/* Which service an alarm speaks for is known from its creation, else from the decisions that it led to. */
struct alarm_owner {
    char *alarm;
    int service;
};

struct marks_reader {
    struct run_folder *run;
    struct alarm_owner *owners;
    size_t owner_count, owner_room;
    char **alarms;                /* per mark: the alarm's name, NULL: no alarm */
    size_t alarm_count, alarm_room;
    double *blocked_at_s;         /* per service: the last pass that was blocked */
};

/* Passes of the scheduler that stay blocked come every few seconds: one mark for all of them. */
enum { BLOCKED_APART_S = 300 };

static struct folder_mark *add_mark(struct marks_reader *reader, const cJSON *event, enum mark_kind kind)
{
    struct run_folder *run = reader->run;
    VEC_GROW(run->marks, run->mark_count, run->mark_room);
    VEC_GROW(reader->alarms, reader->alarm_count, reader->alarm_room);
    reader->alarms[reader->alarm_count++] = NULL;
    struct folder_mark *mark = &run->marks[run->mark_count++];
    *mark = (struct folder_mark){
        .time_s = json_number_or_0(event, "time_s"), .until_s = json_number_or_0(event, "time_s"),
        .service = run_folder_index(run->services, run->service_count, json_text_of(event, "service")),
        .kind = kind,
    };
    return mark;
}

static void mark_alarm(struct marks_reader *reader, const cJSON *event)
{
    run_loop_take_turn(&reader->run->loop, event);
    if (strcmp(json_text_of(event, "to"), "ALARM") == 0) {
        add_mark(reader, event, MARK_ALARM);
        reader->alarms[reader->alarm_count - 1] = mem_text(json_text_of(event, "alarm"));
    }
}

static void mark_desired(struct marks_reader *reader, const cJSON *event)
{
    double from = json_number_or_0(event, "from"), to = json_number_or_0(event, "to");
    if (from != to) {             /* an update may say what is so already */
        add_mark(reader, event, to > from ? MARK_OUT : MARK_IN);
    }
}

static void mark_blocked(struct marks_reader *reader, const cJSON *event)
{
    int service = run_folder_index(reader->run->services, reader->run->service_count, json_text_of(event, "service"));
    if (service < 0 || !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "blocked"))) {
        return;
    }
    double time_s = json_number_or_0(event, "time_s");
    if (time_s - reader->blocked_at_s[service] > BLOCKED_APART_S) {
        add_mark(reader, event, MARK_BLOCKED);
    }
    reader->blocked_at_s[service] = time_s;
}

static void mark_deployment(struct marks_reader *reader, const cJSON *event)
{
    struct run_folder *run = reader->run;
    int service = run_folder_index(run->services, run->service_count, json_text_of(event, "service"));
    if (run_rollouts_take(&run->rollouts, service, event)) {
        add_mark(reader, event, MARK_DEPLOYMENT)->text = mem_text(json_text_of(event, "task_definition"));
    }
}

/* One that hits tasks may come by the hundred, and its crosses show whom it hit. */
static void mark_disruption(struct marks_reader *reader, const cJSON *event)
{
    struct folder_mark *mark = add_mark(reader, event, MARK_DISRUPTION);
    double until_s = json_number_or_0(event, "until_s");
    if (until_s > mark->time_s) {
        mark->until_s = until_s;
        mark->text = mem_text(json_text_of(event, "cause"));
    }
}

static void mark_busy_stop(struct marks_reader *reader, const cJSON *event)
{
    if (strcmp(json_text_of(event, "what"), "stop_decided") == 0
        && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "busy"))) {
        add_mark(reader, event, MARK_BUSY_STOP);
    }
}

static void learn_owner(struct marks_reader *reader, const cJSON *event)
{
    const char *alarm = json_text_of(event, "alarm");
    for (size_t i = 0; i < reader->owner_count; i++) {
        if (strcmp(reader->owners[i].alarm, alarm) == 0) {
            return;
        }
    }
    VEC_GROW(reader->owners, reader->owner_count, reader->owner_room);
    reader->owners[reader->owner_count++] = (struct alarm_owner){
        .alarm = mem_text(alarm),
        .service = run_folder_index(reader->run->services, reader->run->service_count, json_text_of(event, "service")),
    };
}

static void take_alarm_made(struct marks_reader *reader, const cJSON *event)
{
    run_loop_take_made(&reader->run->loop, event);
    if (json_text_of(event, "service")[0] != '\0') {
        learn_owner(reader, event);
    }
}

static void take_alarm_seen(struct marks_reader *reader, const cJSON *event)
{
    run_loop_take_seen(&reader->run->loop, event);
}

static void take_waterfall(struct marks_reader *reader, const cJSON *event)
{
    run_loop_take_waterfall(&reader->run->loop, event);
}

static void take_sessions_cut(struct marks_reader *reader, const cJSON *event)
{
    run_sessions_take_cut(&reader->run->sessions, event);
}

static const struct {
    const char *tag;              /* as events.c writes it: most lines are of other kinds and need no parsing */
    void (*take)(struct marks_reader *reader, const cJSON *event);
} takers[] = {
    { "\"kind\": \"alarm\",", mark_alarm },
    { "\"kind\": \"alarm_made\",", take_alarm_made },
    { "\"kind\": \"alarm_seen\",", take_alarm_seen },
    { "\"kind\": \"scale_out_waterfall\",", take_waterfall },
    { "\"kind\": \"desired\",", mark_desired },
    { "\"kind\": \"stop_decision\",", mark_blocked },
    { "\"kind\": \"deployment\",", mark_deployment },
    { "\"kind\": \"disruption\",", mark_disruption },
    { "\"kind\": \"task\",", mark_busy_stop },
    { "\"kind\": \"decision\",", learn_owner },
    { "\"kind\": \"sessions_cut\",", take_sessions_cut },
};

static bool take_event(struct marks_reader *reader, const char *line)
{
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (strstr(line, takers[i].tag) != NULL) {
            cJSON *event = cJSON_Parse(line);
            if (event == NULL) {
                return false;
            }
            takers[i].take(reader, event);
            cJSON_Delete(event);
            return true;
        }
    }
    return true;
}

/* An alarm that moved no policy is shown where there is no doubt whose it is. */
static void place_alarms(struct marks_reader *reader)
{
    for (size_t i = 0; i < reader->alarm_count; i++) {
        if (reader->alarms[i] == NULL) {
            continue;
        }
        int service = reader->run->service_count == 1 ? 0 : -1;
        for (size_t k = 0; k < reader->owner_count; k++) {
            if (strcmp(reader->owners[k].alarm, reader->alarms[i]) == 0) {
                service = reader->owners[k].service;
            }
        }
        reader->run->marks[i].service = service;
    }
}

static void finish_reader(struct marks_reader *reader)
{
    for (size_t i = 0; i < reader->owner_count; i++) {
        free(reader->owners[i].alarm);
    }
    for (size_t i = 0; i < reader->alarm_count; i++) {
        free(reader->alarms[i]);
    }
    free(reader->owners);
    free(reader->alarms);
    free(reader->blocked_at_s);
}

bool run_marks_read(struct run_folder *run, FILE *events)
{
    struct marks_reader reader = { .run = run };
    reader.blocked_at_s = mem_alloc(((size_t)run->service_count + 1) * sizeof *reader.blocked_at_s);
    for (int i = 0; i < run->service_count; i++) {
        reader.blocked_at_s[i] = -INFINITY;
    }
    char *line = NULL;
    size_t room = 0;
    bool fine = true;
    while (fine && getline(&line, &room, events) > 0) {
        fine = take_event(&reader, line);
    }
    free(line);
    place_alarms(&reader);
    finish_reader(&reader);
    return fine;
}
