/* Explanations of a run afterwards, from its events.jsonl. */
#ifndef OUTPUT_EXPLAIN_FOLDER_H
#define OUTPUT_EXPLAIN_FOLDER_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "output/explain.h"
#include "output/run_folder.h"

/* What is asked; NULL, below 0: not. */
struct explain_query {
    const char *service, *policy;
    const char *task;             /* its ID or the beginning of it: this task's story, and nothing else */
    sim_time at;                  /* what held five minutes before, and what happened until five minutes after */
};

/* Tell `text`. False with a message where the folder does not hold what is asked for, or is damaged. */
bool explain_folder(const struct run_folder *run, const struct explain_query *query, struct text *text,
                    struct error *err);

/* ---- for explain_task.c ---- */

/* Call visit for each event of the run in order, as long as it returns true. False: the file is damaged. */
typedef bool explain_visitor(void *context, const cJSON *event);
bool explain_visit(const struct run_folder *run, explain_visitor *visit, void *context, struct error *err);

const char *explain_text_of(const cJSON *event, const char *key);           /* "" where there is none */
sim_time explain_time_of(const cJSON *event, const char *key);              /* -1 where there is none */

bool explain_task(const struct run_folder *run, const char *task, struct text *text, struct error *err);

#endif
