/* The deployments of a run, read back from events.jsonl: one for each time that a revision was rolled out, or back. */
#ifndef OUTPUT_RUN_ROLLOUTS_H
#define OUTPUT_RUN_ROLLOUTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum folder_rollout_end { ROLLOUT_UNDER_WAY, ROLLOUT_HAS_COMPLETED, ROLLOUT_HAS_FAILED, ROLLOUT_SUPERSEDED };

struct folder_rollout {
    int service;
    char *deployment, *definition;           /* owned */
    double begun_s, ended_s;      /* ended_s: of a rollout under way 0 */
    bool creates_service, rolls_back;
    enum folder_rollout_end end;
};

struct run_rollouts {
    struct folder_rollout *list;  /* in order of time */
    size_t count, room;
};

/* A line of kind "deployment". True: a rollout begins with it, and not the one that creates the service, nor a rollback. */
bool run_rollouts_take(struct run_rollouts *rollouts, int service, const cJSON *event);

void run_rollouts_finish(struct run_rollouts *rollouts);

#endif
