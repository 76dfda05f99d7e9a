#include "cli/draw.h"

#include <string.h>
#include <unistd.h>

#include "cli/places.h"
#include "cli/print.h"
#include "output/plot.h"
#include "output/strip.h"

bool draw_knows(const char *format, struct error *err)
{
    static const char *const formats[] = { "png", "svg", "term" };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (format == NULL || strcmp(format, formats[i]) == 0) {
            return true;
        }
    }
    return error_set(err, "--format '%s': expected svg, png or term", format);
}

static enum exit_status draw_text(const struct run_folder *run)
{
    struct text text;
    text_init(&text, STDOUT_FILENO);
    strip_draw(run, &text);
    enum exit_status status = print_flush(&text);
    text_finish(&text);
    return status;
}

static enum exit_status draw_pictures(const struct run_folder *run, const char *format)
{
    struct error err;
    char scripts[PLACE_SIZE];
    if (!places_find("plots", scripts)) {
        return complain(STATUS_OUTPUT_FAILED, "the folder 'plots' that comes with the program is missing");
    }
    if (!plot_figures(run, scripts, format, &err)) {
        return complain(STATUS_OUTPUT_FAILED, "%s", err.text);
    }
    return STATUS_OK;
}

enum exit_status draw_run(const char *folder, const char *format)
{
    struct error err;
    struct run_folder *run = run_folder_read(folder, &err);
    if (run == NULL) {
        return complain(STATUS_BAD_INPUT, "%s", err.text);
    }
    bool as_text = format != NULL && strcmp(format, "term") == 0;
    enum exit_status status = as_text ? draw_text(run) : draw_pictures(run, format != NULL ? format : "svg");
    run_folder_free(run);
    return status;
}
