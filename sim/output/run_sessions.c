#include "output/run_sessions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/csv_read.h"
#include "output/json_read.h"
#include "output/run_folder.h"

/* The server of that ID, looked for from `near` on, since files name tasks about in the order of their starts; server_count:
 * there is none. */
static size_t find_server(const struct run_sessions *sessions, const char *id, size_t near)
{
    for (size_t k = 0; k < sessions->server_count; k++) {
        size_t i = (near + k) % sessions->server_count;
        if (strcmp(sessions->servers[i].id, id) == 0) {
            return i;
        }
    }
    return sessions->server_count;
}

static void add_server(struct run_sessions *sessions, const char *id, int service)
{
    VEC_GROW(sessions->servers, sessions->server_count, sessions->server_room);
    sessions->servers[sessions->server_count++] = (struct folder_server){
        .id = mem_text(id), .service = service, .started_s = NAN, .stopping_s = NAN, .ended_s = NAN,
    };
}

/* Of a million rows few name a task that none before them has named. */
bool run_sessions_read(struct run_folder *run, FILE *stream)
{
    enum { TIME, SERVICE, TASK, SESSIONS, COLUMNS };
    static const char *const columns[COLUMNS] = { "time", "service", "task", "sessions" };
    struct run_sessions *sessions = &run->sessions;
    struct csv_reader reader;
    const char *cells[COLUMNS];
    size_t server = 0;
    bool damaged = !csv_reader_begin(&reader, stream, columns, COLUMNS);
    while (!damaged && csv_reader_next(&reader, cells, &damaged)) {
        server = find_server(sessions, cells[TASK], server + 1);
        if (server == sessions->server_count) {
            add_server(sessions, cells[TASK], run_folder_index(run->services, run->service_count, cells[SERVICE]));
        }
        VEC_GROW(sessions->rows, sessions->row_count, sessions->row_room);
        sessions->rows[sessions->row_count++] =
            (struct folder_sessions){ strtod(cells[TIME], NULL), server, strtod(cells[SESSIONS], NULL) };
    }
    csv_reader_finish(&reader);
    return !damaged;
}

bool run_sessions_read_tasks(struct run_folder *run, FILE *stream)
{
    enum { TASK, STARTED, STOPPING, ENDED, COLUMNS };
    static const char *const columns[COLUMNS] = { "task", "started_s", "stopping_s", "execution_stopped_s" };
    struct run_sessions *sessions = &run->sessions;
    struct csv_reader reader;
    const char *cells[COLUMNS];
    size_t near = 0;
    bool damaged = !csv_reader_begin(&reader, stream, columns, COLUMNS);
    while (!damaged && csv_reader_next(&reader, cells, &damaged)) {
        size_t server = find_server(sessions, cells[TASK], near);
        near = server < sessions->server_count ? server : near;
        if (server < sessions->server_count) {
            sessions->servers[server].started_s = strtod(cells[STARTED], NULL);
            sessions->servers[server].stopping_s = strtod(cells[STOPPING], NULL);
            sessions->servers[server].ended_s = strtod(cells[ENDED], NULL);
        }
    }
    csv_reader_finish(&reader);
    return !damaged;
}

void run_sessions_take_cut(struct run_sessions *sessions, const cJSON *event)
{
    size_t server = find_server(sessions, json_text_of(event, "task"), 0);
    if (server < sessions->server_count) {
        VEC_GROW(sessions->cuts, sessions->cut_count, sessions->cut_room);
        sessions->cuts[sessions->cut_count++] =
            (struct folder_cut){ json_number_or_0(event, "time_s"), server, json_number_or_0(event, "count") };
    }
}

void run_sessions_finish(struct run_sessions *sessions)
{
    for (size_t i = 0; i < sessions->server_count; i++) {
        free(sessions->servers[i].id);
    }
    free(sessions->servers);
    free(sessions->rows);
    free(sessions->cuts);
}
