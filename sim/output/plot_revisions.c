#include "output/plot_revisions.h"

#include <string.h>

#include "output/plot_loop.h"

enum { NAMES_MAX = 40 };          /* more names than that beside each other cannot be read */

static bool is_deployed(const struct run_folder *run, int service)
{
    for (size_t i = 0; i < run->rollouts.count; i++) {
        if (run->rollouts.list[i].service == service && !run->rollouts.list[i].creates_service) {
            return true;
        }
    }
    return false;
}

bool plot_has_revisions(const struct run_folder *run)
{
    for (int service = 0; service < run->service_count; service++) {
        if (is_deployed(run, service)) {
            return true;
        }
    }
    return false;
}

static size_t count_of(const struct run_rollouts *rollouts, int service)
{
    size_t count = 0;
    for (size_t i = 0; i < rollouts->count; i++) {
        count += rollouts->list[i].service == service;
    }
    return count;
}

/* "worker:3" of a service's few deployments is "3". */
static const char *name_of(const struct run_rollouts *rollouts, const struct folder_rollout *rollout)
{
    const char *colon = strrchr(rollout->definition, ':');
    return colon == NULL || count_of(rollouts, rollout->service) > NAMES_MAX ? "-" : colon + 1;
}

static void put_line(struct text *text, int panel, const char *kind, double time_s, const char *name)
{
    text_printf(text, "%d %s ", panel, kind);
    text_number(text, time_s);
    text_printf(text, " %s\n", name);
}

/* "panel kind seconds name" */
static void put_rollouts(struct text *text, const struct run_folder *run, int service, int panel)
{
    const struct run_rollouts *rollouts = &run->rollouts;
    for (size_t i = 0; i < rollouts->count; i++) {
        const struct folder_rollout *rollout = &rollouts->list[i];
        if (rollout->service != service || rollout->creates_service) {
            continue;
        }
        if (!rollout->rolls_back) {           /* where the one before failed */
            put_line(text, panel, "begun", rollout->begun_s, name_of(rollouts, rollout));
        }
        if (rollout->end == ROLLOUT_HAS_COMPLETED || rollout->end == ROLLOUT_HAS_FAILED) {
            put_line(text, panel, rollout->end == ROLLOUT_HAS_FAILED ? "failed" : "completed", rollout->ended_s, "-");
        }
    }
}

/* The services that were deployed are the panels. */
static void put_services(struct text *text, const struct run_folder *run)
{
    int panels = 0;
    text_printf(text, "array revised[%d]\n", run->service_count);
    for (int service = 0; service < run->service_count; service++) {
        if (is_deployed(run, service)) {
            text_printf(text, "revised[%d] = ", ++panels);
            plot_put_quoted(text, run->services[service]);
            text_char(text, '\n');
        }
    }
    text_printf(text, "panels = %d\n", panels);
}

void plot_put_revisions(struct text *text, const struct run_folder *run)
{
    int panel = 0;
    put_services(text, run);
    text_put(text, "$rollouts << END_OF_ROLLOUTS\n");
    for (int service = 0; service < run->service_count; service++) {
        if (is_deployed(run, service)) {
            put_rollouts(text, run, service, ++panel);
        }
    }
    text_put(text, "END_OF_ROLLOUTS\n");
}
