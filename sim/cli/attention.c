#include "cli/attention.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "model/world.h"
#include "output/calendar.h"
#include "output/files.h"

enum { BEAT_MS = 200, BAR = 30 };

/* Written by signal handlers, which have nothing else to write to. */
static volatile sig_atomic_t attention_due, stop_asked;

struct attention {
    struct world *world;
    const struct files *files;
    bool progress, drawn, beats;
    timer_t timer;
    struct timespec began;
};

static void on_beat(int signal_number)
{
    (void)signal_number;
    attention_due = 1;
}

/* The handler serves once (SA_RESETHAND): the next one of its kind ends the program. */
static void on_stop_asked(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
    attention_due = 1;
}

bool attention_interrupted(void)
{
    return stop_asked != 0;
}

static void handle(int signal_number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

static double seconds_since(const struct timespec *began)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

/* A run that drains its queues goes on beyond its duration, nobody knows for how long. */
static double share_done(const struct world *world)
{
    double share = (double)sim_now(world->sim) / (double)world->config.duration;
    return share < 1 ? share : 1;
}

static void draw_bar(struct attention *attention)
{
    const struct world *world = attention->world;
    double share = share_done(world);
    char bar[BAR + 1], label[CALENDAR_SIZE], left[32] = "";
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(share * BAR));
    bar[BAR] = '\0';
    if (share > 0 && share < 1) {
        units_format_seconds(seconds_since(&attention->began) * (1 - share) / share, left, sizeof left);
    }
    calendar_minute(world->config.start_unix_s, sim_now(world->sim), label);
    fprintf(stderr, "\r[%s] %3.0f %%  %s  %s%s\033[K", bar, share * 100, label, left, left[0] != '\0' ? " left" : "");
    attention->drawn = true;
}

static void attend(struct sim *sim, void *context)
{
    struct attention *attention = context;
    attention_due = 0;
    if (stop_asked) {
        attention->world->interrupted = true;
        sim_stop(sim);
    }
    if (attention->files != NULL && files_failed(attention->files)) {
        sim_stop(sim);
    }
    if (attention->progress) {
        draw_bar(attention);
    }
}

struct attention *attention_begin(struct world *world, const struct files *files, bool progress)
{
    struct attention *attention = mem_alloc(sizeof *attention);
    attention->world = world;
    attention->files = files;
    attention->progress = progress && isatty(STDERR_FILENO);
    clock_gettime(CLOCK_MONOTONIC, &attention->began);
    handle(SIGALRM, on_beat, SA_RESTART);
    handle(SIGINT, on_stop_asked, SA_RESTART | (int)SA_RESETHAND);
    handle(SIGTERM, on_stop_asked, SA_RESTART | (int)SA_RESETHAND);
    sim_on_attention(world->sim, &attention_due, attend, attention);
    struct sigevent beat = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
    struct timespec interval = { .tv_nsec = BEAT_MS * 1000000L };
    attention->beats = timer_create(CLOCK_MONOTONIC, &beat, &attention->timer) == 0;
    if (attention->beats) {
        timer_settime(attention->timer, 0, &(struct itimerspec){ interval, interval }, NULL);
    }
    return attention;
}

void attention_end(struct attention *attention)
{
    if (attention == NULL) {
        return;
    }
    if (attention->beats) {
        timer_delete(attention->timer);
    }
    handle(SIGALRM, SIG_IGN, 0);
    handle(SIGINT, SIG_DFL, 0);
    handle(SIGTERM, SIG_DFL, 0);
    sim_on_attention(attention->world->sim, NULL, NULL, NULL);
    if (attention->drawn) {
        fputs("\r\033[K", stderr);
    }
    free(attention);
}
