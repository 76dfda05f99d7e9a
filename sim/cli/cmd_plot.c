#include "cli/args.h"
#include "cli/command.h"
#include "cli/draw.h"

static enum exit_status cmd_plot(const struct args *args)
{
    struct error err;
    if (!draw_knows(args->format, &err)) {
        return complain(STATUS_USAGE, "%s", err.text);
    }
    return draw_run(args->operands[0], args->format, false);
}

const struct command command_plot = {
    .name = "plot",
    .operands = "DIR",
    .summary = "draw the figures of a run",
    .text = "Draws the run whose files are in DIR: fleet.svg, what every task was doing and what was decided about it, "
            "queue.svg, what waited and for how long, ribbon.svg, what the alarms saw and when they turned, "
            "waterfall.svg, where the time of a scale-out went, revisions.svg, old and new tasks in deployments, and "
            "sessions.svg, how many sessions every task had open. "
            "Pictures are drawn by gnuplot, and their paths are printed; --format term needs nothing. A run without "
            "events (--no-events) has no marks, no ribbon and no waterfall.",
    .operands_least = 1,
    .operands_most = 1,
    .options = "format help",
    .run = cmd_plot,
};
