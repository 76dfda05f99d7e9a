#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "output/explain_inner.h"

/* ---- lines -------------------------------------------------------------------------------------------------- */

const char *explain_label(const struct explain *explain, sim_time at, char label[CALENDAR_SIZE])
{
    return calendar_second(*explain->start_unix_s, at, label);
}

void explain_end_line(struct explain *explain)
{
    if (explain->line_open) {
        text_char(explain->text, '\n');
    }
    explain->line_open = false;
}

void explain_say(struct explain *explain, sim_time at, const char *who, const char *sentence)
{
    char label[CALENDAR_SIZE];
    if (!explain_listens(explain, at)) {
        return;
    }
    explain_end_line(explain);
    text_printf(explain->text, "%s  %-14s  %s", explain_label(explain, at, label), who, sentence);
    free(explain->line_who);
    explain->line_who = mem_text(who);
    explain->line_at = at;
    explain->line_open = true;
    explain->line_goes_on = false;
}

void explain_add(struct explain *explain, sim_time at, const char *who, const char *sentence)
{
    if (explain->line_open && explain->line_goes_on && explain->line_at == at && strcmp(explain->line_who, who) == 0) {
        text_printf(explain->text, "; %s", sentence);
    } else {
        explain_say(explain, at, who, sentence);
        explain->line_goes_on = true;
    }
}

/* ---- names -------------------------------------------------------------------------------------------------- */

const char *explain_alarm_name(const char *alarm, char name[EXPLAIN_NAME])
{
    enum { UUID = 36 };
    size_t length = strlen(alarm);
    const char *slash = strrchr(alarm, '/');
    if (strncmp(alarm, "TargetTracking-", 15) != 0 || slash == NULL || length < UUID + 1) {
        snprintf(name, EXPLAIN_NAME, "%s", alarm);
    } else {
        int shown = (int)(alarm + length - UUID - 1 - (slash + 1));
        snprintf(name, EXPLAIN_NAME, "%.*s", shown > 0 ? shown : 0, slash + 1);
    }
    return name;
}

bool explain_scheduled_action(const char *cause, char name[EXPLAIN_NAME])
{
    static const char before[] = "scheduled action name ", after[] = " was triggered";
    size_t length = strlen(cause);
    if (strncmp(cause, before, sizeof before - 1) != 0 || length < sizeof before + sizeof after - 2) {
        return false;
    }
    snprintf(name, EXPLAIN_NAME, "%.*s", (int)(length - (sizeof before - 1) - (sizeof after - 1)), cause + sizeof before - 1);
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static void (*const tellers[RECORD_KIND_COUNT])(struct explain *, const struct explain_event *) = {
    [RECORD_SERVICE_EVENT] = explain_tell_message,
    [RECORD_TASK_STATUS] = explain_tell_task,
    [RECORD_STOP_DECISION] = explain_tell_stop,
    [RECORD_PROTECTION] = explain_tell_refusal,
    [RECORD_PROTECTION_EXPIRED] = explain_tell_expiry,
    [RECORD_DESIRED] = explain_tell_desired,
    [RECORD_DELIVERY] = explain_tell_delivery,
    [RECORD_SESSIONS_CUT] = explain_tell_sessions_cut,
    [RECORD_ALARM] = explain_tell_alarm,
    [RECORD_ALARM_MADE] = explain_take_alarm_made,
    [RECORD_ALARM_SEEN] = explain_take_alarm_seen,
    [RECORD_ACTIVITY] = explain_tell_activity,
    [RECORD_DECISION] = explain_tell_decision,
    [RECORD_WATERFALL] = explain_tell_waterfall,
    [RECORD_DISRUPTION] = explain_tell_disruption,
};

void explain_tell(struct explain *explain, const struct explain_event *event)
{
    explain_deployments_tell(explain, &explain->deployments, event);
    explain_instances_tell(explain, &explain->instances, event);
    if (tellers[event->kind] != NULL) {
        tellers[event->kind](explain, event);
    }
}

void explain_in_detail(struct explain *explain)
{
    explain->detailed = true;
}

void explain_begin_at(struct explain *explain, sim_time from)
{
    bool listening_begins = explain->from == SIM_NEVER && from < SIM_NEVER;
    explain->from = from;
    if (listening_begins) {
        explain_tell_standing_services(explain, from);
        explain_tell_standing_policies(explain, from);
    }
}

struct explain *explain_create(struct text *text, const int64_t *start_unix_s)
{
    struct explain *explain = mem_alloc(sizeof *explain);
    *explain = (struct explain){ .text = text, .start_unix_s = start_unix_s };
    return explain;
}

bool explain_finish(struct explain *explain)
{
    explain_tell_open_policies(explain);
    explain_tell_open_services(explain);
    explain_deployments_finish(explain, &explain->deployments);
    explain_instances_finish(explain, &explain->instances);
    explain_end_line(explain);
    explain_tell_totals(explain);
    bool told = explain->line_who != NULL || explain->totals_begun;
    explain_end_policies(explain);
    explain_end_services(explain);
    free(explain->line_who);
    free(explain);
    return told;
}
