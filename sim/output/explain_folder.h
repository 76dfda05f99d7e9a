/* Explanations of a run afterwards, from its events.jsonl. */
#ifndef OUTPUT_EXPLAIN_FOLDER_H
#define OUTPUT_EXPLAIN_FOLDER_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "output/explain.h"
#include "output/json_read.h"
#include "output/run_folder.h"

/* What is asked; NULL, below 0: not. */
struct explain_query {
    const char *service;
    const char *policy;           /* or a scheduled action */
    const char *task;             /* its ID or the beginning of it: this task's story, and nothing else */
    sim_time at;                  /* what held five minutes before, and each evaluation until five minutes after */
    sim_time until;               /* with it: from `at` until then instead, and counted as without */
};

/* Tell `text`. False with a message where the folder does not hold what is asked for, or is damaged. */
bool explain_folder(const struct run_folder *run, const struct explain_query *query, struct text *text,
                    struct error *err);

/* ---- for explain_task.c ---- */

/* Events of a kind; but for those lines that contain `unless` (NULL: all). */
struct explain_wanted {
    const char *kind, *unless;
};

/* Call visit for each event of these kinds (the list ends with a null kind) in order, as long as it returns true. False:
 * the file is missing or damaged. */
typedef bool explain_visitor(void *context, const cJSON *event);
bool explain_visit(const struct run_folder *run, const struct explain_wanted *wanted, explain_visitor *visit,
                   void *context, struct error *err);

sim_time explain_time_of(const cJSON *event, const char *key);              /* -1 where there is none */

/* What is told of an event, read back; the texts are the event's. Finish it before the event goes. False: nothing is told
 * of this kind. */
struct explain_read {
    struct explain_event event;
    struct explain_task *chosen, *passed_over;       /* owned, as are the next two lists */
    const char **ids;
    double *data;
};
bool explain_read(struct explain_read *read, const cJSON *event);
void explain_read_finish(struct explain_read *read);
extern const struct explain_wanted explain_told[];   /* what explain_read takes */

bool explain_task(const struct run_folder *run, const char *task, struct text *text, struct error *err);

#endif
