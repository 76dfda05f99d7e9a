#include "output/run_rollouts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/json_read.h"

static struct folder_rollout *newest_of(const struct run_rollouts *rollouts, int service)
{
    for (size_t i = rollouts->count; i > 0; i--) {
        if (rollouts->list[i - 1].service == service) {
            return &rollouts->list[i - 1];
        }
    }
    return NULL;
}

static void end_at(struct folder_rollout *rollout, double time_s, enum folder_rollout_end end)
{
    if (rollout != NULL && rollout->end == ROLLOUT_UNDER_WAY && end != ROLLOUT_UNDER_WAY) {
        rollout->ended_s = time_s;
        rollout->end = end;
    }
}

static enum folder_rollout_end end_named(const char *rollout_state)
{
    return strcmp(rollout_state, "COMPLETED") == 0 ? ROLLOUT_HAS_COMPLETED
         : strcmp(rollout_state, "FAILED") == 0    ? ROLLOUT_HAS_FAILED
                                                   : ROLLOUT_UNDER_WAY;
}

bool run_rollouts_take(struct run_rollouts *rollouts, int service, const cJSON *event)
{
    if (strcmp(json_text_of(event, "status"), "PRIMARY") != 0) {
        return false;             /* an old one whose last task has gone */
    }
    struct folder_rollout *newest = newest_of(rollouts, service);
    double time_s = json_number_or_0(event, "time_s");
    if (newest != NULL && strcmp(newest->deployment, json_text_of(event, "deployment")) == 0) {
        end_at(newest, time_s, end_named(json_text_of(event, "rollout_state")));
        return false;
    }
    bool creates_service = newest == NULL;
    bool rolls_back = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "rollback"));
    end_at(newest, time_s, ROLLOUT_SUPERSEDED);
    VEC_GROW(rollouts->list, rollouts->count, rollouts->room);
    rollouts->list[rollouts->count++] = (struct folder_rollout){
        .service = service, .deployment = mem_text(json_text_of(event, "deployment")),
        .definition = mem_text(json_text_of(event, "task_definition")), .begun_s = time_s, .creates_service = creates_service,
        .rolls_back = rolls_back,
    };
    return !creates_service && !rolls_back;
}

void run_rollouts_finish(struct run_rollouts *rollouts)
{
    for (size_t i = 0; i < rollouts->count; i++) {
        free(rollouts->list[i].deployment);
        free(rollouts->list[i].definition);
    }
    free(rollouts->list);
}
