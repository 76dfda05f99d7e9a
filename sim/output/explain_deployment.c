#include "output/explain_deployment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "output/explain_words.h"

enum { SENTENCE = 512, DURATION = 32 };

struct explain_rollout {
    char *service, *deployment, *definition;         /* owned */
    sim_time begun_at;
    bool under_way, awaits_first_task, rolls_back;
    int held_by;                  /* most protected tasks that were in its way at once */
    sim_time held_since, held_for;           /* held_since -1: nobody is */
};

static struct explain_rollout *rollout_of(struct explain_deployments *deployments, const char *service)
{
    for (size_t i = 0; i < deployments->count; i++) {
        if (strcmp(deployments->list[i].service, service) == 0) {
            return &deployments->list[i];
        }
    }
    return NULL;
}

static void free_names(struct explain_rollout *rollout)
{
    free(rollout->service);
    free(rollout->deployment);
    free(rollout->definition);
}

/* ---- sentences ---------------------------------------------------------------------------------------------- */

static const char *length_of(sim_time length, char text[DURATION])
{
    return units_format_seconds(sim_seconds(length), text, DURATION);
}

static void release(struct explain_rollout *rollout, sim_time now)
{
    if (rollout->held_since >= 0) {
        rollout->held_for += now - rollout->held_since;
        rollout->held_since = -1;
    }
}

/* "deployment of worker:2 has completed after 29m41s, held up for 26m50s by up to 10 protected tasks" */
static void say_end(struct explain *explain, struct explain_rollout *rollout, sim_time now, const char *how,
                    const char *reason)
{
    char sentence[SENTENCE], length[DURATION], held[DURATION], by[64] = "";
    release(rollout, now);
    if (rollout->held_for > 0) {
        snprintf(by, sizeof by, ", held up for %s by %s%d protected task%s", length_of(rollout->held_for, held),
                 rollout->held_by > 1 ? "up to " : "", rollout->held_by, rollout->held_by == 1 ? "" : "s");
    }
    snprintf(sentence, sizeof sentence, "%s %s %s after %s%s%s%s", rollout->rolls_back ? "rollback to" : "deployment of",
             rollout->definition, how, length_of(now - rollout->begun_at, length), by, reason != NULL ? ": " : "",
             reason != NULL ? reason : "");
    explain_say(explain, now, rollout->service, sentence);
    rollout->under_way = false;
}

/* It has nothing to complete. */
static bool is_task_set(const struct explain_event *event)
{
    return strcmp(event->to_state, "COMPLETED") == 0;
}

static void say_begin(struct explain *explain, const struct explain_event *event, const char *before)
{
    char sentence[SENTENCE];
    const char *form = is_task_set(event) ? "%s becomes the primary task set, in the place of %s"
                     : event->rolls_back  ? "rolls back to %s, from %s" : "deploys %s in the place of %s";
    snprintf(sentence, sizeof sentence, form, event->definition, before);
    explain_say(explain, event->at, event->service, sentence);
}

/* Of the stages of a blue/green deployment those in which something changes. */
static void say_stage(struct explain *explain, const struct explain_event *event)
{
    struct sentence sentence = { .used = 0 };
    if (strcmp(event->stage, "PRODUCTION_TRAFFIC_SHIFT") == 0) {
        sentence_put(&sentence, "%s gets ", event->definition);
        sentence_put_number(&sentence, event->metric);
        sentence_put(&sentence, " %% of the traffic");
    } else if (strcmp(event->stage, "CLEAN_UP") == 0) {
        sentence_put(&sentence, "%s is to stay: the tasks before it may go", event->definition);
    }
    if (sentence.used > 0) {
        explain_say(explain, event->at, event->service, sentence.text);
    }
}

/* ---- events ------------------------------------------------------------------------------------------------- */

/* The one that creates the service is not told. */
static void begin(struct explain *explain, struct explain_deployments *deployments, const struct explain_event *event)
{
    struct explain_rollout *rollout = rollout_of(deployments, event->service);
    bool creates_service = rollout == NULL;
    if (creates_service) {
        VEC_GROW(deployments->list, deployments->count, deployments->room);
        rollout = &deployments->list[deployments->count++];
    } else {
        if (rollout->under_way) {
            say_end(explain, rollout, event->at, "is overtaken", NULL);
        }
        say_begin(explain, event, rollout->definition);
        free_names(rollout);
    }
    *rollout = (struct explain_rollout){
        .service = mem_text(event->service), .deployment = mem_text(event->deployment),
        .definition = mem_text(event->definition), .begun_at = event->at, .under_way = !creates_service && !is_task_set(event),
        .awaits_first_task = !creates_service && !event->rolls_back && !is_task_set(event), .rolls_back = event->rolls_back, .held_since = -1,
    };
}

static void take_deployment(struct explain *explain, struct explain_deployments *deployments,
                            const struct explain_event *event)
{
    struct explain_rollout *rollout = rollout_of(deployments, event->service);
    if (strcmp(event->from_state, "PRIMARY") != 0) {
        return;                   /* an old one whose last task has gone */
    }
    if (rollout == NULL || strcmp(rollout->deployment, event->deployment) != 0) {
        begin(explain, deployments, event);
    } else if (rollout->under_way && strcmp(event->to_state, "COMPLETED") == 0) {
        say_end(explain, rollout, event->at, "has completed", NULL);
    } else if (rollout->under_way && strcmp(event->to_state, "FAILED") == 0) {
        say_end(explain, rollout, event->at, "has failed", event->text);
    } else if (rollout->under_way && event->stage != NULL) {
        say_stage(explain, event);
    }
}

static void take_task(struct explain *explain, struct explain_rollout *rollout, const struct explain_event *event)
{
    char sentence[SENTENCE], length[DURATION];
    if (rollout->awaits_first_task && strcmp(event->text, "running") == 0 &&
        strcmp(event->definition, rollout->definition) == 0) {
        snprintf(sentence, sizeof sentence, "the first task of %s runs, after %s", rollout->definition,
                 length_of(event->at - rollout->begun_at, length));
        explain_say(explain, event->at, event->service, sentence);
        rollout->awaits_first_task = false;
    }
}

static void take_stop(struct explain_rollout *rollout, const struct explain_event *event)
{
    if (!event->blocked) {
        release(rollout, event->at);
        return;
    }
    rollout->held_since = rollout->held_since < 0 ? event->at : rollout->held_since;
    rollout->held_by = event->passed_over_count > rollout->held_by ? event->passed_over_count : rollout->held_by;
}

void explain_deployments_tell(struct explain *explain, struct explain_deployments *deployments,
                              const struct explain_event *event)
{
    deployments->told_until = event->at;
    if (event->kind == RECORD_DEPLOYMENT) {
        take_deployment(explain, deployments, event);
        return;
    }
    struct explain_rollout *rollout = event->service != NULL ? rollout_of(deployments, event->service) : NULL;
    if (rollout == NULL || !rollout->under_way) {
        return;
    }
    if (event->kind == RECORD_TASK_STATUS) {
        take_task(explain, rollout, event);
    } else if (event->kind == RECORD_STOP_DECISION) {
        take_stop(rollout, event);
    }
}

void explain_deployments_finish(struct explain *explain, struct explain_deployments *deployments)
{
    for (size_t i = 0; i < deployments->count; i++) {
        if (deployments->list[i].under_way) {
            say_end(explain, &deployments->list[i], deployments->told_until, "is still under way", NULL);
        }
        free_names(&deployments->list[i]);
    }
    free(deployments->list);
}
