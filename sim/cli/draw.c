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

static enum exit_status draw_pictures(const struct run_folder *run, const char *format, struct text *told)
{
    struct error err;
    char scripts[PLACE_SIZE];
    if (!places_find("plots", scripts)) {
        return complain(STATUS_OUTPUT_FAILED, "the folder 'plots' that comes with the program is missing");
    }
    if (!plot_figures(run, scripts, format, told, &err)) {
        return complain(STATUS_OUTPUT_FAILED, "%s", err.text);
    }
    return STATUS_OK;
}

static enum exit_status draw(const struct run_folder *run, const char *format, bool quiet, struct text *text)
{
    if (strcmp(format, "term") == 0) {
        strip_draw(run, text);
        return print_flush(text);
    }
    enum exit_status status = draw_pictures(run, format, text);
    return status == STATUS_OK && !quiet ? print_flush(text) : status;
}

enum exit_status draw_run(const char *folder, const char *format, bool quiet)
{
    struct error err;
    struct text text;
    struct run_folder *run = run_folder_read(folder, &err);
    if (run == NULL) {
        return complain(STATUS_BAD_INPUT, "%s", err.text);
    }
    text_init(&text, STDOUT_FILENO);
    enum exit_status status = draw(run, format != NULL ? format : "svg", quiet, &text);
    text_finish(&text);
    run_folder_free(run);
    return status;
}
