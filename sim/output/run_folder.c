#include "output/run_folder.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/csv_read.h"
#include "output/files.h"
#include "output/json_read.h"
#include "output/number.h"

/* Owned by the caller. */
static char *path_of(const struct run_folder *run, enum output_file file)
{
    size_t size = strlen(run->path) + strlen(output_file_names[file]) + 2;
    char *path = mem_alloc(size);
    snprintf(path, size, "%s/%s", run->path, output_file_names[file]);
    return path;
}

FILE *run_folder_open_file(const struct run_folder *run, enum output_file file, struct error *err)
{
    char *path = path_of(run, file);
    FILE *stream = fopen(path, "r");
    if (stream == NULL && errno == ENOENT && file == OUTPUT_EVENTS) {
        error_set(err, "there is no '%s': the run was made with --no-events", path);
    } else if (stream == NULL) {
        error_set(err, "cannot read '%s': %s", path, strerror(errno));
    }
    free(path);
    return stream;
}

static bool damaged(const struct run_folder *run, enum output_file file, struct error *err)
{
    return error_set(err, "'%s/%s' is damaged", run->path, output_file_names[file]);
}

/* ---- summary.json ------------------------------------------------------------------------------------------- */

static char *read_whole(FILE *stream)
{
    char *text = NULL;
    size_t used = 0, room = 0, got;
    do {
        room = room == 0 ? 65536 : 2 * room;
        text = mem_resize(text, room, 1);
        got = fread(text + used, 1, room - used - 1, stream);
        used += got;
    } while (used == room - 1);
    text[used] = '\0';
    return text;
}

static char **names_of(const cJSON *summary, const char *key, int *count)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(summary, key);
    int room = cJSON_GetArraySize(list);
    char **names = mem_alloc(((size_t)room + 1) * sizeof *names);
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        names[(*count)++] = mem_text(json_text_of(item, "name"));
    }
    return names;
}

static void append(char **text, const char *more)
{
    size_t length = strlen(*text);
    size_t size = strlen(more) + 1;
    *text = mem_resize(*text, length + size, 1);
    memcpy(*text + length, more, size);
}

static void append_value(char **text, const cJSON *value)
{
    char digits[NUMBER_SIZE];
    if (cJSON_IsNumber(value)) {
        number_format(value->valuedouble, digits);
        append(text, digits);
    } else if (cJSON_IsString(value)) {
        append(text, value->valuestring);
    } else {
        append(text, cJSON_IsTrue(value) ? "true" : "false");
    }
}

static char *changed_parameters(const cJSON *summary)
{
    char *changed = mem_text("");
    const cJSON *parameter;
    cJSON_ArrayForEach(parameter, cJSON_GetObjectItemCaseSensitive(summary, "parameters")) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(parameter, "value");
        if (cJSON_Compare(value, cJSON_GetObjectItemCaseSensitive(parameter, "default"), true)) {
            continue;
        }
        append(&changed, changed[0] != '\0' ? " " : "");
        append(&changed, json_text_of(parameter, "name"));
        append(&changed, "=");
        append_value(&changed, value);
    }
    return changed;
}

/* "2026-01-05T00:00:00Z" as calendar_date writes it; days by the calendar's own arithmetic. */
static int64_t unix_seconds(const char *date)
{
    int year, month, day, hour, minute, second;
    if (sscanf(date, "%d-%d-%dT%d:%d:%dZ", &year, &month, &day, &hour, &minute, &second) != 6) {
        return 0;
    }
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t days = 365 * march_year + march_year / 4 - march_year / 100 + march_year / 400
        + (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468;
    return days * 86400 + hour * 3600 + minute * 60 + second;
}

static void take_summary(struct run_folder *run, const cJSON *summary)
{
    run->version = mem_text(json_text_of(summary, "ecsim"));
    run->scenario = mem_text(json_text_of(summary, "scenario"));
    run->seed = mem_text(json_text_of(summary, "seed"));
    run->changed = changed_parameters(summary);
    run->start_unix_s = unix_seconds(json_text_of(summary, "start"));
    run->ended_at_s = json_number_or_0(summary, "ended_at_s");
    run->slo_s = json_number_or_0(summary, "slo_s");
    run->services = names_of(summary, "services", &run->service_count);
    run->queues = names_of(summary, "queues", &run->queue_count);
}

static bool read_summary(struct run_folder *run, struct error *err)
{
    FILE *stream = run_folder_open_file(run, OUTPUT_SUMMARY, err);
    if (stream == NULL) {
        return false;
    }
    char *text = read_whole(stream);
    fclose(stream);
    cJSON *summary = cJSON_Parse(text);
    free(text);
    if (summary == NULL) {
        return damaged(run, OUTPUT_SUMMARY, err);
    }
    take_summary(run, summary);
    cJSON_Delete(summary);
    return true;
}

/* ---- timeline.csv ------------------------------------------------------------------------------------------- */

enum column {
    COLUMN_TIME, COLUMN_SERVICE, COLUMN_QUEUE, COLUMN_DESIRED, COLUMN_VISIBLE, COLUMN_IN_FLIGHT, COLUMN_AGE,
    COLUMN_LAYERS, COLUMN_COUNT = COLUMN_LAYERS + LAYER_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_TIME] = "time",
    [COLUMN_SERVICE] = "service",
    [COLUMN_QUEUE] = "queue",
    [COLUMN_DESIRED] = "desired_count",
    [COLUMN_VISIBLE] = "visible",
    [COLUMN_IN_FLIGHT] = "in_flight",
    [COLUMN_AGE] = "oldest_age_s",
    [COLUMN_LAYERS + LAYER_PROTECTED_BUSY] = "protected_busy",
    [COLUMN_LAYERS + LAYER_BUSY] = "busy",
    [COLUMN_LAYERS + LAYER_IDLE] = "idle",
    [COLUMN_LAYERS + LAYER_PROTECTED_IDLE] = "protected_idle",
    [COLUMN_LAYERS + LAYER_PENDING] = "pending",
    [COLUMN_LAYERS + LAYER_DRAINING] = "draining",
};

int run_folder_index(char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

static void take_minute(struct run_folder *run, const char *const *cells)
{
    double numbers[COLUMN_COUNT];
    for (int column = 0; column < COLUMN_COUNT; column++) {
        numbers[column] = strtod(cells[column], NULL);
    }
    VEC_GROW(run->minutes, run->minute_count, run->minute_room);
    struct folder_minute *minute = &run->minutes[run->minute_count++];
    *minute = (struct folder_minute){
        .time_s = numbers[COLUMN_TIME],
        .service = run_folder_index(run->services, run->service_count, cells[COLUMN_SERVICE]),
        .queue = run_folder_index(run->queues, run->queue_count, cells[COLUMN_QUEUE]),
        .desired = numbers[COLUMN_DESIRED],
        .visible = numbers[COLUMN_VISIBLE],
        .in_flight = numbers[COLUMN_IN_FLIGHT],
        .oldest_age_s = numbers[COLUMN_AGE],
    };
    memcpy(minute->layers, numbers + COLUMN_LAYERS, sizeof minute->layers);
}

static bool read_timeline(struct run_folder *run, struct error *err)
{
    FILE *stream = run_folder_open_file(run, OUTPUT_TIMELINE, err);
    if (stream == NULL) {
        return false;
    }
    struct csv_reader reader;
    const char *cells[COLUMN_COUNT];
    bool is_damaged = !csv_reader_begin(&reader, stream, column_names, COLUMN_COUNT);
    while (!is_damaged && csv_reader_next(&reader, cells, &is_damaged)) {
        take_minute(run, cells);
    }
    csv_reader_finish(&reader);
    fclose(stream);
    return !is_damaged || damaged(run, OUTPUT_TIMELINE, err);
}

/* ---- tasks.csv ---------------------------------------------------------------------------------------------- */

enum { TASK_ID, TASK_JOBS, TASK_BUSY, TASK_USEFUL, TASK_LOST, TASK_SESSIONS, TASK_SESSIONS_CUT, TASK_COLUMNS };

static const char *const task_columns[TASK_COLUMNS] = {
    [TASK_ID] = "task", [TASK_JOBS] = "jobs_done", [TASK_BUSY] = "busy_s", [TASK_USEFUL] = "work_useful_s",
    [TASK_LOST] = "work_lost_s", [TASK_SESSIONS] = "sessions", [TASK_SESSIONS_CUT] = "sessions_cut",
};

static void take_task(const char *const *cells, struct folder_task *task)
{
    *task = (struct folder_task){
        .jobs_done = strtod(cells[TASK_JOBS], NULL), .busy_s = strtod(cells[TASK_BUSY], NULL),
        .work_useful_s = strtod(cells[TASK_USEFUL], NULL), .work_lost_s = strtod(cells[TASK_LOST], NULL),
        .sessions = strtod(cells[TASK_SESSIONS], NULL), .sessions_cut = strtod(cells[TASK_SESSIONS_CUT], NULL),
    };
}

bool run_folder_task(const struct run_folder *run, const char *id, struct folder_task *task, struct error *err)
{
    FILE *stream = run_folder_open_file(run, OUTPUT_TASKS, err);
    if (stream == NULL) {
        return false;
    }
    struct csv_reader reader;
    const char *cells[TASK_COLUMNS];
    bool found = false, is_damaged = !csv_reader_begin(&reader, stream, task_columns, TASK_COLUMNS);
    while (!is_damaged && !found && csv_reader_next(&reader, cells, &is_damaged)) {
        found = strncmp(cells[TASK_ID], id, strlen(id)) == 0;
    }
    if (found) {
        take_task(cells, task);
    }
    csv_reader_finish(&reader);
    fclose(stream);
    return found || damaged(run, OUTPUT_TASKS, err);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static bool has_file(const struct run_folder *run, enum output_file file)
{
    char *path = path_of(run, file);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static bool read_file(struct run_folder *run, enum output_file file, bool (*read)(struct run_folder *run, FILE *stream),
                      struct error *err)
{
    FILE *stream = run_folder_open_file(run, file, err);
    if (stream == NULL) {
        return false;
    }
    bool fine = read(run, stream);
    fclose(stream);
    return fine || damaged(run, file, err);
}

/* The lives of the tasks matter only where there are sessions. */
static bool read_sessions(struct run_folder *run, struct error *err)
{
    return !has_file(run, OUTPUT_SESSIONS) || (read_file(run, OUTPUT_SESSIONS, run_sessions_read, err) &&
                                               read_file(run, OUTPUT_TASKS, run_sessions_read_tasks, err));
}

static bool read_events(struct run_folder *run, struct error *err)
{
    return !has_file(run, OUTPUT_EVENTS) || read_file(run, OUTPUT_EVENTS, run_marks_read, err);
}

struct run_folder *run_folder_open(const char *path, struct error *err)
{
    if (!files_are_ours(path, err)) {
        return NULL;
    }
    struct run_folder *run = mem_alloc(sizeof *run);
    run->path = mem_text(path);
    if (!read_summary(run, err)) {
        run_folder_free(run);
        return NULL;
    }
    return run;
}

struct run_folder *run_folder_read(const char *path, struct error *err)
{
    struct run_folder *run = run_folder_open(path, err);
    if (run != NULL && (!read_timeline(run, err) || !read_sessions(run, err) || !read_events(run, err))) {
        run_folder_free(run);
        return NULL;
    }
    return run;
}

static void free_names(char **names, int count)
{
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}

void run_folder_free(struct run_folder *run)
{
    if (run == NULL) {
        return;
    }
    for (size_t i = 0; i < run->mark_count; i++) {
        free(run->marks[i].text);
    }
    run_loop_finish(&run->loop);
    run_rollouts_finish(&run->rollouts);
    run_sessions_finish(&run->sessions);
    free_names(run->services, run->service_count);
    free_names(run->queues, run->queue_count);
    free(run->marks);
    free(run->minutes);
    free(run->path);
    free(run->scenario);
    free(run->version);
    free(run->seed);
    free(run->changed);
    free(run);
}

double run_folder_height(const struct run_folder *run, int service, double time_s, enum layer layer)
{
    /* The first row whose minute ends at or after the instant: rows are in order of time. */
    size_t low = 0, high = run->minute_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run->minutes[middle].time_s < time_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < run->minute_count && run->minutes[low].service != service) {
        low++;
    }
    double height = 0;
    for (int i = 0; low < run->minute_count && i <= (int)layer; i++) {
        height += run->minutes[low].layers[i];
    }
    return height;
}
