/* Scenarios against theory, over many seeds: is each number within 3.5 standard errors of what theory expects, and is the
 * interval narrow enough for this to mean something? What a scenario expects of itself must hold too. Runs share nothing, so
 * two threads play them.
 * usage: theory ROOT few|all [WORD]   ROOT: of the sources; WORD: only the cases whose claim contains it */
#include "analytic/theory.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytic/sample.h"
#include "model/outcome.h"
#include "model/world.h"
#include "script/scenario.h"

enum { THREADS = 2, SETTINGS_MAX = 8, SETTINGS_TEXT = 256, PATH_TEXT = 4096 };

struct player {
    const char *root;             /* of the sources */
    enum theory_length length;
    const char *word;             /* NULL: all cases */
    int played, failed;
};

/* What the threads share: the next seed to play, and each seed's own place for its results. */
struct trials {
    const struct player *player;
    const struct theory_case *one;
    pthread_mutex_t lock;
    int next_seed;
    bool kept[SAMPLE_MAX + 1];    /* its expectations */
    double values[THEORY_CHECKS_MAX][SAMPLE_MAX + 1];
};

static void fail(const char *what)
{
    fprintf(stderr, "theory: %s\n", what);
    exit(2);
}

static struct theory_effort effort(const struct trials *trials)
{
    return trials->one->effort[trials->player->length];
}

/* ---- the numbers of a run ----------------------------------------------------------------------------------- */

static const struct job_books *books_of(const struct world *world)
{
    return world->queue_count > 0 ? &world->queues[0]->books : &world->target_groups[0]->books;
}

static double mean_time_in_system(const struct world *world)
{
    return tally_mean(&books_of(world)->time_in_system) / 1e9;
}

static double mean_wait(const struct world *world)
{
    return tally_mean(&books_of(world)->wait) / 1e9;
}

/* Of the time of its running tasks. */
static double busy_share(const struct world *world)
{
    const struct service_books *books = &world->services[0]->books;
    return (double)level_area(&books->busy_running, world->ended_at) / (double)level_area(&books->running, world->ended_at);
}

/* Of the first queue or target group, the first service: means that a report does not show. */
static const struct {
    const char *name;
    double (*value)(const struct world *world);
} own_numbers[] = {
    { "time_in_system", mean_time_in_system },
    { "wait", mean_wait },
    { "busy_share", busy_share },
};

static double number(const struct world *world, const char *name)
{
    for (size_t i = 0; i < sizeof own_numbers / sizeof own_numbers[0]; i++) {
        if (strcmp(name, own_numbers[i].name) == 0) {
            return own_numbers[i].value(world);
        }
    }
    struct kpi_reference reference;
    struct error err;
    if (!kpi_reference_parse(&reference, world, name, &err)) {
        fail(err.text);
    }
    return kpi_reference_value(&reference);
}

/* "a" or "a / b" */
static double number_or_ratio(const struct world *world, const char *text)
{
    char name[SETTINGS_TEXT];
    snprintf(name, sizeof name, "%s", text);
    char *slash = strstr(name, " / ");
    if (slash == NULL) {
        return number(world, name);
    }
    *slash = '\0';
    return number(world, name) / number(world, slash + 3);
}

/* ---- one run ------------------------------------------------------------------------------------------------ */

/* "name=value name=value", and the length. */
struct settings {
    char text[SETTINGS_TEXT], length[32];
    struct scenario_setting list[SETTINGS_MAX];
    size_t count;
};

static void read_settings(struct settings *settings, const struct trials *trials)
{
    snprintf(settings->text, sizeof settings->text, "%s", trials->one->settings);
    snprintf(settings->length, sizeof settings->length, "%g", effort(trials).length);
    settings->count = 0;
    if (effort(trials).length > 0) {
        settings->list[settings->count++] = (struct scenario_setting){ "length", settings->length };
    }
    for (char *rest = settings->text, *item; (item = strtok_r(rest, " ", &rest)) != NULL;) {
        char *value = strchr(item, '=');
        if (value == NULL || settings->count == SETTINGS_MAX) {
            fail(trials->one->settings);
        }
        *value = '\0';
        settings->list[settings->count++] = (struct scenario_setting){ item, value + 1 };
    }
}

static bool keeps_its_expectations(const struct scenario *scenario)
{
    bool kept = true;
    for (size_t i = 0; i < scenario_verdict_count(scenario); i++) {
        struct verdict verdict = scenario_verdict(scenario, i);
        if (!verdict.held) {
            printf("  FAILED  %s, is %.9g\n", verdict.text, verdict.value);
            kept = false;
        }
    }
    return kept;
}

static void play_seed(struct trials *trials, int seed)
{
    struct error err;
    struct settings settings;
    char path[PATH_TEXT], library[PATH_TEXT];
    read_settings(&settings, trials);
    snprintf(path, sizeof path, "%s/tests/analytic/%s", trials->player->root, trials->one->scenario);
    snprintf(library, sizeof library, "%s/scenarios", trials->player->root);
    const struct scenario_options options = {
        .path = path, .library = library, .settings = settings.list, .setting_count = settings.count,
    };
    struct world *world = world_create((uint64_t)seed, 0);
    struct scenario *scenario = scenario_load(world, &options, &err);
    if (scenario == NULL || !world_run(world, &err)) {
        fail(err.text);
    }
    if (trials->one->checks[0].number == NULL && scenario_verdict_count(scenario) == 0) {
        fail("nothing to judge");
    }
    trials->kept[seed] = keeps_its_expectations(scenario);
    for (int i = 0; i < THEORY_CHECKS_MAX && trials->one->checks[i].number != NULL; i++) {
        trials->values[i][seed] = number_or_ratio(world, trials->one->checks[i].number);
    }
    scenario_destroy(scenario);
    world_destroy(world);
}

/* ---- all seeds ---------------------------------------------------------------------------------------------- */

static int take_seed(struct trials *trials)
{
    pthread_mutex_lock(&trials->lock);
    int seed = trials->next_seed++;
    pthread_mutex_unlock(&trials->lock);
    return seed;
}

static void *play_seeds(void *context)
{
    struct trials *trials = context;
    for (int seed = take_seed(trials); seed <= effort(trials).seeds; seed = take_seed(trials)) {
        play_seed(trials, seed);
    }
    return NULL;
}

static void play_all_seeds(struct trials *trials)
{
    pthread_t threads[THREADS];
    pthread_mutex_init(&trials->lock, NULL);
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, play_seeds, trials) != 0) {
            fail("no thread");
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&trials->lock);
}

/* Print and judge one number: the runs in the order of their seeds. */
static bool judge(const struct trials *trials, int index)
{
    const struct theory_check *check = &trials->one->checks[index];
    double most = check->half_width_most[trials->player->length];
    struct sample sample = { .count = effort(trials).seeds };
    memcpy(sample.values, &trials->values[index][1], (size_t)sample.count * sizeof(double));
    struct sample_verdict verdict = sample_judge(&sample, check->expected, most);
    printf("  %-7s %s: %.6g, theory %.6g, t %.2f, half-width %.2f %% (at most %g %%)\n", verdict.agrees ? "ok" : "FAILED",
           check->number, verdict.mean, verdict.expected, verdict.t, 100 * verdict.half_width, 100 * most);
    return verdict.agrees;
}

static bool keeps_all_expectations(const struct trials *trials)
{
    bool kept = true;
    for (int seed = 1; seed <= effort(trials).seeds; seed++) {
        kept = kept && trials->kept[seed];
    }
    return kept;
}

static void play(void *context, const struct theory_case *one)
{
    struct player *player = context;
    if (one->effort[player->length].seeds == 0 || (player->word != NULL && strstr(one->claim, player->word) == NULL)) {
        return;
    }
    struct trials trials = { .player = player, .one = one, .next_seed = 1 };
    printf("%s (%s%s%s, seeds 1 to %d)\n", one->claim, one->scenario, *one->settings ? " " : "", one->settings,
           effort(&trials).seeds);
    play_all_seeds(&trials);
    bool agrees = keeps_all_expectations(&trials);
    for (int i = 0; i < THEORY_CHECKS_MAX && one->checks[i].number != NULL; i++) {
        agrees = judge(&trials, i) && agrees;
    }
    fflush(stdout);
    player->played++;
    player->failed += !agrees;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4 || (strcmp(argv[2], "few") != 0 && strcmp(argv[2], "all") != 0)) {
        fail("usage: theory ROOT few|all [WORD]");
    }
    struct player player = {
        .root = argv[1], .length = strcmp(argv[2], "all") == 0 ? THEORY_ALL : THEORY_FEW, .word = argv[3],
    };
    theory_of_queues(play, &player);
    theory_of_sharing(play, &player);
    theory_of_sessions(play, &player);
    theory_of_protection(play, &player);
    theory_of_scaling(play, &player);
    theory_of_fleets(play, &player);
    printf("%d cases, %d failed\n", player.played, player.failed);
    return player.played > 0 && player.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
