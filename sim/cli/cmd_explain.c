#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/print.h"
#include "output/explain_folder.h"

static enum exit_status explain(const struct args *args, const struct run_folder *run, struct text *text)
{
    struct error err;
    struct explain_query query = { .service = args->service, .policy = args->policy, .task = args->task, .at = -1 };
    if (args->at != NULL && !calendar_parse(run->start_unix_s, args->at, &query.at, &err)) {
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
    struct run_folder *run = run_folder_read(args->operands[0], &err);
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
    .text = "Reads the events of the run whose files are in DIR and tells them in sentences: alarms, what each policy made of "
            "them, which tasks were chosen to stop and which were passed over. A reason that stays the same is told once, "
            "with a count. --at tells what held at a time and what happened around it; --task tells one task's life.",
    .operands_least = 1,
    .operands_most = 1,
    .options = "at help policy service task",
    .run = cmd_explain,
};
