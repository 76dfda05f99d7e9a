#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "cli/args.h"
#include "cli/attention.h"
#include "cli/command.h"
#include "cli/draw.h"
#include "cli/facts.h"
#include "cli/places.h"
#include "cli/print.h"
#include "cli/repeat.h"
#include "cli/seed.h"
#include "model/world.h"
#include "output/events.h"
#include "output/explain.h"
#include "output/files.h"
#include "output/report.h"
#include "output/sessions.h"
#include "output/summary.h"
#include "output/tasks.h"
#include "output/timeline.h"
#include "output/warnings.h"

/* One run, from the command line to its files. */
struct run {
    const struct args *args;
    uint64_t seed;
    char script[PLACE_SIZE], library[PLACE_SIZE];
    char folder[PLACE_SIZE];      /* "": no files */
    struct files *files;          /* NULL: none */
    struct world *world;
    struct scenario *scenario;
    struct text out;              /* standard output */
    struct timeline *timeline;
    struct sessions_file *sessions;          /* NULL: no files */
    struct report *report;
    struct warnings *warnings;
    struct explain *explain;      /* NULL: not asked for */
    char *command;                /* that repeats it; owned */
};

/* out/SCENARIO is where pictures go when nobody says otherwise. */
static void choose_folder(struct run *run)
{
    const char *name = strrchr(run->script, '/');
    name = name != NULL ? name + 1 : run->script;
    const char *dot = strrchr(name, '.');
    int length = dot != NULL && dot > name ? (int)(dot - name) : (int)strlen(name);
    if (run->args->out != NULL) {
        snprintf(run->folder, sizeof run->folder, "%s", run->args->out);
    } else if (run->args->plot) {
        snprintf(run->folder, sizeof run->folder, "out/%.*s", length < 255 ? length : 255, name);
    }
}

static enum exit_status prepare(struct run *run)
{
    struct error err;
    enum files_fault fault = FILES_FINE;
    if (!seed_parse(run->args->seed, &run->seed, &err)) {
        return complain(STATUS_USAGE, "%s", err.text);
    }
    if (run->args->format != NULL && !run->args->plot) {
        return complain(STATUS_USAGE, "--format says how to draw and needs --plot");
    }
    if (run->args->no_events && run->args->out == NULL && !run->args->plot) {
        return complain(STATUS_USAGE, "--no-events says what not to write and needs --out");
    }
    if (run->args->out != NULL && run->args->out[0] == '\0') {
        return complain(STATUS_USAGE, "--out names no folder");
    }
    if (!draw_knows(run->args->format, &err)) {
        return complain(STATUS_USAGE, "%s", err.text);
    }
    if (!places_find_scenario(run->args->operands[0], run->script, &err)) {
        return complain(STATUS_BAD_INPUT, "%s", err.text);
    }
    places_find("scenarios", run->library);
    choose_folder(run);
    if (run->folder[0] != '\0') {
        run->files = files_create(run->folder, !run->args->no_events, &fault, &err);
    }
    if (fault != FILES_FINE) {
        return complain(fault == FILES_FOREIGN ? STATUS_USAGE : STATUS_OUTPUT_FAILED, "%s", err.text);
    }
    run->command = repeat_command(run->args, run->seed);
    check_set_command(run->command);
    return STATUS_OK;
}

/* Observers come first: a scenario says things while it builds. */
static void observe(struct run *run)
{
    run->world = world_create(run->seed, 0);
    run->warnings = warnings_observe(run->world);
    run->report = report_observe(run->world);
    if (run->args->explain) {
        run->explain = explain_observe(run->world, &run->out);
    }
    if (run->files != NULL) {
        run->timeline = timeline_observe(run->world, files_text(run->files, OUTPUT_TIMELINE));
        tasks_observe(run->world, files_text(run->files, OUTPUT_TASKS));
        run->sessions = sessions_observe(run->world, files_text(run->files, OUTPUT_SESSIONS));
    }
    if (run->files != NULL && !run->args->no_events) {
        events_observe(run->world, files_text(run->files, OUTPUT_EVENTS));
    }
}

static bool load(struct run *run, struct error *err)
{
    const struct args *args = run->args;
    const struct scenario_options options = {
        .path = run->script,
        .library = run->library[0] != '\0' ? run->library : NULL,
        .settings = args->settings, .setting_count = args->setting_count,
        .assumptions = args->assumptions, .assumption_count = args->assumption_count,
        .allow_exec = args->allow_exec,
    };
    run->scenario = scenario_load(run->world, &options, err);
    return run->scenario != NULL;
}

static enum exit_status simulate(struct run *run)
{
    struct error err;
    enum exit_status status = STATUS_OK;
    struct attention *attention = attention_begin(run->world, run->files, !run->args->quiet);
    if (!load(run, &err)) {
        status = complain(STATUS_BAD_INPUT, "%s", err.text);
    } else if (!world_run(run->world, &err)) {
        attention_end(attention);
        attention = NULL;
        status = complain(STATUS_BAD_INPUT, "%s (seed %" PRIu64 ")", err.text, run->seed);
    }
    attention_end(attention);
    return status;
}

static enum exit_status write_files(struct run *run, const struct run_facts *facts)
{
    struct error err;
    timeline_finish(run->timeline);
    if (!sessions_are_written(run->sessions)) {
        files_leave_out(run->files, OUTPUT_SESSIONS);
    }
    summary_write(files_text(run->files, OUTPUT_SUMMARY), run->world, facts, run->warnings);
    return files_commit(run->files, &err) ? STATUS_OK : complain(STATUS_OUTPUT_FAILED, "%s", err.text);
}

static bool wants_colour(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static enum exit_status verdict_of(const struct run_facts *facts)
{
    for (size_t i = 0; i < facts->verdict_count; i++) {
        if (!facts->verdicts[i].held) {
            return STATUS_EXPECTATION_FAILED;
        }
    }
    return STATUS_OK;
}

static void print_report(struct run *run, const struct run_facts *facts)
{
    if (run->explain != NULL) {
        explain_finish(run->explain);
        text_char(&run->out, '\n');
    }
    if (run->args->quiet) {
        return;
    }
    report_write(run->report, &run->out, facts, run->warnings, wants_colour());
    if (verdict_of(facts) != STATUS_OK) {
        text_printf(&run->out, "%-*s%s\n", REPORT_LABEL_WIDTH, "repeat with", run->command);
    }
    if (run->folder[0] != '\0') {
        text_printf(&run->out, "%-*s%s\n", REPORT_LABEL_WIDTH, "files in", run->folder);
    }
}

static enum exit_status conclude(struct run *run)
{
    struct run_facts facts;
    facts_collect(&facts, run->world, run->scenario);
    enum exit_status status = run->files != NULL ? write_files(run, &facts) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    print_report(run, &facts);
    status = print_flush(&run->out);
    if (status == STATUS_OK && run->world->interrupted) {
        if (run->args->plot) {
            complain(STATUS_INTERRUPTED, "interrupted: no figures were drawn; 'ecsim plot %s' draws them", run->folder);
        }
        status = STATUS_INTERRUPTED;
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (run->args->plot) {
        status = draw_run(run->folder, run->args->format, run->args->quiet);
    }
    return status != STATUS_OK ? status : verdict_of(&facts);
}

static enum exit_status run_scenario(struct run *run)
{
    enum exit_status status = prepare(run);
    if (status != STATUS_OK) {
        return status;
    }
    observe(run);
    status = simulate(run);
    return status != STATUS_OK ? status : conclude(run);
}

static enum exit_status cmd_run(const struct args *args)
{
    struct run run = { .args = args };
    text_init(&run.out, STDOUT_FILENO);
    enum exit_status status = run_scenario(&run);
    scenario_destroy(run.scenario);
    world_destroy(run.world);
    files_destroy(run.files);
    check_set_command(NULL);
    free(run.command);
    text_finish(&run.out);
    return status;
}

const struct command command_run = {
    .name = "run",
    .operands = "SCENARIO",
    .summary = "run a scenario once",
    .text = "Runs a scenario and prints a summary. SCENARIO is the path of a Lua script, or the bare name of a "
            "shipped one. With --out the run leaves its files in a folder, which may hold an earlier run but nothing "
            "else under their names. Of these events.jsonl is by far the longest: each event, call, decision and "
            "non-decision is a line, which for a week of four busy services comes to 170 MB; --no-events leaves it out. "
            "The same scenario, parameters and seed give the same bytes on every machine. An expectation that fails is "
            "printed with the command that repeats the run. Ctrl-C ends the run early: its files are whole and say when "
            "it was interrupted.",
    .operands_least = 1,
    .operands_most = 1,
    .options = "allow-exec assume explain format help no-events out plot quiet seed set",
    .run = cmd_run,
};
