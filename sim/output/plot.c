#include "output/plot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "output/files.h"
#include "output/plot_loop.h"
#include "output/plot_revisions.h"
#include "output/plot_sessions.h"
#include "output/text.h"

enum { FOOTER_MAX = 100 };         /* characters of changed parameters in the small print */

/* ---- what gnuplot is told ----------------------------------------------------------------------------------- */

static void put_variable(struct text *text, const char *name, const char *string)
{
    text_printf(text, "%s = ", name);
    plot_put_quoted(text, string);
    text_char(text, '\n');
}

/* Always a real number: gnuplot divides whole ones by throwing the rest away. */
static void put_real(struct text *text, const char *name, double number)
{
    text_printf(text, "%s = ", name);
    text_number(text, number);
    text_put(text, " * 1.0\n");
}

static void put_names(struct text *text, const char *count, const char *array, char *const *names, int number)
{
    text_printf(text, "%s = %d; array %s[%d]\n", count, number, array, number > 0 ? number : 1);
    for (int i = 0; i < number; i++) {
        text_printf(text, "%s[%d] = ", array, i + 1);
        plot_put_quoted(text, names[i]);
        text_char(text, '\n');
    }
}

/* A bin is about a pixel. A day is drawn by the minute: means over two would hide what changes every minute. */
enum { BIN_LIMIT = 1500 };

/* At most a dozen labels on the axis; beyond ten days dates, below two clock times, weekdays between. */
static void put_time_axis(struct text *text, const struct run_folder *run)
{
    static const int64_t steps[] = { 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600 };
    enum { DAY = 86400 };
    int64_t step = DAY;
    const char *format = run->ended_at_s > 10 * DAY ? "%d %b" : "%a";
    if (run->ended_at_s <= 2 * DAY) {
        format = "%H:%M";
        size_t i = 0;
        while ((double)steps[i] * 12 < run->ended_at_s) {
            i++;
        }
        step = steps[i];
    }
    while ((double)step * 12 < run->ended_at_s) {
        step += DAY;
    }
    int64_t first = (run->start_unix_s + step - 1) / step * step;
    if (step > DAY) {
        first = (run->start_unix_s + DAY - 1) / DAY * DAY;
    }
    text_printf(text, "start = %" PRId64 "; first_tic = %" PRId64 "; tic = %" PRId64 "; tic_format = '%s'\n",
                run->start_unix_s, first, step, format);
    text_put(text, "finish = start + ");
    text_number(text, run->ended_at_s);
    text_printf(text, "\nbin = %d\n", 1 + (int)(run->ended_at_s / 60 / BIN_LIMIT));
}

static void put_extremes(struct text *text, const struct run_folder *run)
{
    double tasks = 1, messages = 1, age_s = 1;
    for (size_t i = 0; i < run->minute_count; i++) {
        const struct folder_minute *minute = &run->minutes[i];
        double height = 0;
        for (int layer = 0; layer < LAYER_COUNT; layer++) {
            height += minute->layers[layer];
        }
        /* fmax passes over the NaN of rows that have no fleet or no queue. */
        tasks = fmax(tasks, fmax(height, minute->desired));
        messages = fmax(messages, fmax(minute->visible, minute->in_flight));
        age_s = fmax(age_s, minute->oldest_age_s);
    }
    put_real(text, "most_tasks", tasks);
    put_real(text, "most_messages", messages);
    put_real(text, "most_age_s", age_s);
    put_real(text, "slo", run->slo_s);
}

/* Symbols of a kind that would cover each other are one symbol: this many fit beside each other. */
enum { SYMBOLS = 110 };

static bool is_covered(const struct run_folder *run, size_t index)
{
    const struct folder_mark *mark = &run->marks[index];
    double cell_s = run->ended_at_s / SYMBOLS;
    for (size_t i = index; i > 0; i--) {
        const struct folder_mark *before = &run->marks[i - 1];
        if (floor(before->time_s / cell_s) < floor(mark->time_s / cell_s)) {
            return false;
        }
        if (before->service == mark->service && before->kind == mark->kind && mark->text == NULL) {
            return true;
        }
    }
    return false;
}

/* "service kind seconds height text"; of a disruption its end is in the place of the height. */
static void put_mark(struct text *text, const struct run_folder *run, const struct folder_mark *mark)
{
    bool is_disruption = mark->kind == MARK_DISRUPTION;
    text_printf(text, "%d %s ", mark->service + 1, mark_kind_names[mark->kind]);
    text_number(text, mark->time_s);
    text_char(text, ' ');
    text_number(text, is_disruption ? fmin(mark->until_s, run->ended_at_s)
                                    : run_folder_height(run, mark->service, mark->time_s, LAYER_BUSY));
    text_printf(text, " %s\n", mark->text != NULL && mark->text[0] != '\0' ? mark->text : is_disruption ? "\"\"" : "-");
}

/* The first line keeps the block from being empty. */
static void put_marks(struct text *text, const struct run_folder *run)
{
    int disruptions = 0;
    text_put(text, "$marks << END_OF_MARKS\n0 none 0 0 -\n");
    for (size_t i = 0; i < run->mark_count; i++) {
        if (!is_covered(run, i)) {
            put_mark(text, run, &run->marks[i]);
            disruptions += run->marks[i].kind == MARK_DISRUPTION;
        }
    }
    text_printf(text, "END_OF_MARKS\ndisruptions = %d\n", disruptions);
}

static void put_headings(struct text *text, const struct run_folder *run, const char *subject)
{
    char heading[256], footer[512];
    int name = (int)strcspn(run->scenario, ".");
    bool fits = strlen(run->changed) <= FOOTER_MAX;
    const char *gap = run->changed[0] != '\0' ? "   " : "";
    snprintf(heading, sizeof heading, "%.*s: %s", name < 200 ? name : 200, run->scenario, subject);
    snprintf(footer, sizeof footer, "%.60s   %.*s%s%sseed %s   ecsim %s", run->scenario, FOOTER_MAX, run->changed,
             fits ? "" : "...", gap, run->seed, run->version);
    put_variable(text, "heading", heading);
    put_variable(text, "footer", footer);
}

/* ---- gnuplot ------------------------------------------------------------------------------------------------ */

extern char **environ;

/* The environment without what would change a picture: the language and gnuplot's own choice of a screen. The array is
 * owned by the caller, the texts are not. */
static char **plain_environment(void)
{
    static char language[] = "LC_ALL=C.UTF-8";
    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **plain = mem_alloc((count + 2) * sizeof *plain);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "LC_ALL=", 7) != 0 && strncmp(environ[i], "GNUTERM=", 8) != 0) {
            plain[kept++] = environ[i];
        }
    }
    plain[kept] = language;
    return plain;
}

/* gnuplot with its own defaults, reading from `input`. 0, or why it did not start. */
static int spawn_gnuplot(int input, pid_t *child)
{
    static char program[] = "gnuplot", defaults[] = "-d", from_input[] = "-";
    char *arguments[] = { program, defaults, from_input, NULL };
    char **environment = plain_environment();
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t ordinary;
    sigemptyset(&ordinary);
    sigaddset(&ordinary, SIGPIPE);
    sigaddset(&ordinary, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &ordinary);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawnp(child, program, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    free(environment);
    return failure;
}

/* A gnuplot that reads what is written to *input. */
static bool start_gnuplot(pid_t *child, int *input, struct error *err)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return error_set(err, "cannot start gnuplot: %s", strerror(errno));
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int failure = spawn_gnuplot(ends[0], child);
    close(ends[0]);
    if (failure != 0) {
        close(ends[1]);
        return failure == ENOENT
            ? error_set(err, "gnuplot is not installed (Debian: gnuplot-nox); --format term draws without it")
            : error_set(err, "cannot start gnuplot: %s", strerror(failure));
    }
    *input = ends[1];
    return true;
}

static bool wait_for(pid_t child, struct error *err)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return error_set(err, "lost sight of gnuplot: %s", strerror(errno));
        }
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        || error_set(err, "gnuplot failed with %s %d", WIFSIGNALED(status) ? "signal" : "exit status",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* One figure: its name, what its heading says, whether the run has it, what data of its own it takes. */
struct figure {
    const char *name, *subject;
    bool (*is_there)(const struct run_folder *run);
    void (*put)(struct text *text, const struct run_folder *run);
};

static bool has_fleet(const struct run_folder *run)
{
    return run->service_count > 0;
}

static bool has_queue(const struct run_folder *run)
{
    return run->queue_count > 0;
}

static const struct figure figures[OUTPUT_FIGURE_COUNT] = {
    { "fleet", "what the tasks were doing", has_fleet, put_marks },
    { "queue", "what waited, and for how long", has_queue, NULL },
    { "ribbon", "what the alarms saw, and when they turned", plot_has_ribbon, plot_put_ribbon },
    { "waterfall", "where the time of a scale-out goes", plot_has_waterfall, plot_put_waterfall },
    { "revisions", "old and new tasks in deployments", plot_has_revisions, plot_put_revisions },
    { "sessions", "sessions per task", plot_has_sessions, plot_put_sessions },
};

static void put_figure(struct text *text, const struct run_folder *run, const struct figure *figure, const char *plots,
                       const char *format, const char *path)
{
    put_variable(text, "plots", plots);
    put_variable(text, "folder", run->path);
    put_variable(text, "figure", path);
    put_variable(text, "format", format);
    put_headings(text, run, figure->subject);
    put_names(text, "panels", "name", run->services, run->service_count);
    put_names(text, "queues", "queue", run->queues, run->queue_count);
    put_time_axis(text, run);
    put_extremes(text, run);
    if (figure->put != NULL) {
        figure->put(text, run);
    }
    text_printf(text, "load plots.'/%s.gp'\n", figure->name);
}

static char *figure_path(const struct run_folder *run, const struct figure *figure, const char *format,
                         const char *suffix)
{
    size_t size = strlen(run->path) + strlen(figure->name) + strlen(format) + strlen(suffix) + 3;
    char *path = mem_alloc(size);
    snprintf(path, size, "%s/%s.%s%s", run->path, figure->name, format, suffix);
    return path;
}

/* gnuplot writes a part, which gets its name when it is whole. */
static bool draw(const struct run_folder *run, const struct figure *figure, const char *plots, const char *format,
                 const char *part, struct error *err)
{
    int input = -1;
    pid_t child;
    if (!start_gnuplot(&child, &input, err)) {
        return false;
    }
    struct text text;
    text_init(&text, input);
    put_figure(&text, run, figure, plots, format, part);
    text_flush(&text);            /* a gnuplot that does not listen says why by its exit status */
    text_finish(&text);
    close(input);
    return wait_for(child, err);
}

static bool draw_into_place(const struct run_folder *run, const struct figure *figure, const char *plots,
                            const char *format, struct text *told, struct error *err)
{
    char *final = figure_path(run, figure, format, "");
    char *part = figure_path(run, figure, format, ".part");
    bool drawn = draw(run, figure, plots, format, part, err);
    if (drawn && rename(part, final) != 0) {
        drawn = error_set(err, "cannot write '%s': %s", final, strerror(errno));
    }
    if (drawn) {
        text_printf(told, "%s\n", final);
    } else {
        unlink(part);
    }
    free(part);
    free(final);
    return drawn;
}

bool plot_figures(const struct run_folder *run, const char *plots, const char *format, struct text *told,
                  struct error *err)
{
    if (run->minute_count == 0) {
        return error_set(err, "'%s' has nothing to draw: the run lasted less than a minute", run->path);
    }
    for (size_t i = 0; i < OUTPUT_FIGURE_COUNT; i++) {
        if (figures[i].is_there(run) && !draw_into_place(run, &figures[i], plots, format, told, err)) {
            return false;
        }
    }
    return true;
}
