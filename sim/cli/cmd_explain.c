#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/print.h"
#include "output/explain_folder.h"

/* "TIME", or "FROM..TO". */
static bool parse_times(const struct run_folder *run, const char *text, struct explain_query *query, struct error *err)
{
    char from[CALENDAR_SIZE];
    const char *dots = strstr(text, "..");
    if (dots == NULL) {
        return calendar_parse(run->start_unix_s, text, &query->at, err);
    }
    snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    if (!calendar_parse(run->start_unix_s, from, &query->at, err) ||
        !calendar_parse(run->start_unix_s, dots + 2, &query->until, err)) {
        return false;
    }
    return query->at <= query->until || error_set(err, "'%s': ends before it begins", text);
}

static bool parse_window(const struct run_folder *run, const char *text, struct explain_query *query, struct error *err)
{
    char end[CALENDAR_SIZE];
    sim_time ended_at = sim_from_seconds(run->ended_at_s);
    return parse_times(run, text, query, err) &&
           (query->at <= ended_at ||
            error_set(err, "'%s': the run ended at %s", text, calendar_second(run->start_unix_s, ended_at, end)));
}

static enum exit_status explain(const struct args *args, const struct run_folder *run, struct text *text)
{
    struct error err;
    struct explain_query query = {
        .service = args->service, .policy = args->policy, .task = args->task, .at = -1, .until = -1,
    };
    if (args->at != NULL && !parse_window(run, args->at, &query, &err)) {
        return complain(STATUS_USAGE, "--at %s", err.text);
    }
    if (!explain_folder(run, &query, text, &err)) {
        return complain(STATUS_BAD_INPUT, "%s", err.text);
    }
    return print_flush(text);
}

static enum exit_status cmd_explain(const struct args *args)
{
    struct error err;
    struct text text;
    struct run_folder *run = run_folder_open(args->operands[0], &err);
    if (run == NULL) {
        return complain(STATUS_BAD_INPUT, "%s", err.text);
    }
    text_init(&text, STDOUT_FILENO);
    enum exit_status status = explain(args, run, &text);
    text_finish(&text);
    run_folder_free(run);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .operands = "DIR",
    .summary = "say why a run did what it did, and why it did not",
    .text = "Reads the events of the run whose files are in DIR and tells them in sentences: alarms, what each policy "
            "made of them and of what data, scheduled actions, which tasks were chosen to stop and which were passed "
            "over, what the stops cost, deployments, disruptions, instances that came and went, and where the time of "
            "each scale-out went. What stays the same is told once and counted: a reason for doing nothing until the "
            "policy acts, an alarm that turns to and fro without effect. The totals come last, and events.jsonl has all. "
            "--at TIME tells what held five minutes before and then every evaluation until five minutes after; --at "
            "FROM..TO tells a longer time as the whole is told. --task tells one task's life: whether its stop found it "
            "busy, and what work that lost.",
    .operands_least = 1,
    .operands_most = 1,
    .options = "at help policy service task",
    .run = cmd_explain,
};
