#include "output/sessions.h"

#include <string.h>

#include "model/record.h"
#include "output/csv.h"

/* The last row of the task in a slot of the world's table. */
struct last_row {
    uint32_t handle;              /* of the task; 0: none had a row */
    int sessions;
};

struct sessions_file {
    struct arena *arena;
    struct csv csv;
    bool begun;
    struct last_row *rows;        /* by slot */
    size_t room;
};

static void begin(struct sessions_file *file)
{
    static const char *const columns[] = { "time", "service", "task", "sessions" };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        csv_text(&file->csv, columns[i]);
    }
    csv_end_row(&file->csv);
    file->begun = true;
}

static void make_room(struct sessions_file *file, size_t room)
{
    struct last_row *rows = arena_alloc(file->arena, room * sizeof *rows);
    if (file->room > 0) {
        memcpy(rows, file->rows, file->room * sizeof *rows);
    }
    file->rows = rows;
    file->room = room;
}

static struct last_row *last_row_of(struct sessions_file *file, const struct task *task)
{
    if (task->slot >= file->room) {
        make_room(file, 2 * ((size_t)task->slot + 1));
    }
    struct last_row *row = &file->rows[task->slot];
    if (row->handle != task->handle) {
        *row = (struct last_row){ task->handle, -1 };
    }
    return row;
}

static void put_task(struct sessions_file *file, const struct task *task, sim_time now)
{
    struct last_row *last = last_row_of(file, task);
    if (last->sessions == task->sessions) {
        return;
    }
    last->sessions = task->sessions;
    csv_seconds(&file->csv, now);
    csv_text(&file->csv, task->service->name);
    csv_text(&file->csv, task->id);
    csv_number(&file->csv, task->sessions);
    csv_end_row(&file->csv);
}

static bool has_had_sessions(const struct service *service)
{
    bool any = service->books.sessions.asked > 0;
    for (int i = 0; i < service->config.target_group_count; i++) {
        any = any || service->config.target_groups[i]->sessions.asked > 0;
    }
    return any;
}

static void on_minute(void *context, sim_time now, int kind, const void *record)
{
    (void)kind;
    struct sessions_file *file = context;
    const struct service *service = ((const struct record_minute *)record)->service;
    if (service == NULL || !has_had_sessions(service)) {
        return;
    }
    if (!file->begun) {
        begin(file);
    }
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        if (task->serving.begun || task->sessions_served > 0) {
            put_task(file, task, now);
        }
    }
}

struct sessions_file *sessions_observe(struct world *world, struct text *text)
{
    struct sessions_file *file = arena_alloc(world->arena, sizeof *file);
    *file = (struct sessions_file){ .arena = world->arena, .csv = { .text = text } };
    trace_observe(sim_trace(world->sim), RECORD_BIT(RECORD_MINUTE), on_minute, file);
    return file;
}

bool sessions_are_written(const struct sessions_file *file)
{
    return file->begun;
}
