/* The service scheduler as a state machine: random services, and what happens to them over simulated days, each judged by
 * the laws of scheduler_laws.c and by the model's own audit. A world that fails is shrunk, and printed as a script. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/last_words.h"
#include "scene.h"
#include "scheduler_laws.h"
#include "scheduler_script.h"

enum { SCRIPT_INVALID = 2, HANGS_AFTER_S = 300, SHOWN_MAX = 3, WORDS_SIZE = 1024 };

static struct script played;

/* ---- playing, in a child ------------------------------------------------------------------------------------- */

static void write_case(void)
{
    FILE *file = fopen("case.lua", "w");
    if (file == NULL) {
        perror("case.lua");
        exit(99);
    }
    script_write(&played, file);
    fclose(file);
}

static void give_up(const struct error *err) __attribute__((noreturn));

static void give_up(const struct error *err)
{
    fprintf(stderr, "%s\n", err->text);
    _exit(SCRIPT_INVALID);
}

static void play(void)
{
    static struct laws laws;
    const struct scenario_options options = { .path = "case.lua" };
    struct error err;
    alarm(HANGS_AFTER_S);
    write_case();
    struct world *world = world_create(played.seed, 0);
    laws_watch(&laws, world);
    struct scenario *scenario = scenario_load(world, &options, &err);
    if (scenario == NULL || !world_run(world, &err)) {
        give_up(&err);
    }
    laws_judge_end(&laws, SIM_HOUR);
    scenario_destroy(scenario);
    world_destroy(world);
}

enum outcome { OUTCOME_GOOD, OUTCOME_VIOLATION, OUTCOME_INVALID };

/* What it said, or by which signal it ended, goes to `words`. */
static enum outcome outcome_of(char words[WORDS_SIZE])
{
    words[0] = '\0';
    int status = last_words(play, words, WORDS_SIZE);
    if (status == -1) {
        return OUTCOME_GOOD;
    }
    if (words[0] == '\0') {
        snprintf(words, WORDS_SIZE, "ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == SCRIPT_INVALID ? OUTCOME_INVALID : OUTCOME_VIOLATION;
}

/* ---- shrinking ----------------------------------------------------------------------------------------------- */

/* Does the world still end so without this piece? If so it stays without. */
static bool drop_if_needless(struct script_piece *piece, enum outcome outcome)
{
    char words[WORDS_SIZE];
    if (!piece->is_optional || piece->is_dropped) {
        return false;
    }
    piece->is_dropped = true;
    piece->is_dropped = outcome_of(words) == outcome;
    return piece->is_dropped;
}

static void shrink(enum outcome outcome)
{
    bool is_smaller;
    do {
        is_smaller = false;
        for (int i = played.count - 1; i >= 0; i--) {
            is_smaller = drop_if_needless(&played.pieces[i], outcome) || is_smaller;
        }
    } while (is_smaller);
}

static void show(enum outcome outcome)
{
    char words[WORDS_SIZE];
    shrink(outcome);
    outcome_of(words);
    printf("shrunk, seed %" PRIu64 ": %s", played.seed, words);
    script_write(&played, stdout);
    fflush(stdout);
}

static bool passes(uint64_t seed, bool is_shown)
{
    char words[WORDS_SIZE];
    script_draw(&played, seed);
    enum outcome outcome = outcome_of(words);
    if (outcome != OUTCOME_GOOD) {
        printf("seed %" PRIu64 ": %s", seed, words);
        if (is_shown) {
            show(outcome);
        }
    }
    return outcome == OUTCOME_GOOD;
}

int main(int count, char **arguments)
{
    uint64_t first = count == 3 ? strtoull(arguments[1], NULL, 10) : 0;
    uint64_t worlds = count == 3 ? strtoull(arguments[2], NULL, 10) : 0, failed = 0;
    if (worlds == 0) {
        fprintf(stderr, "usage: scheduler_worlds FIRST_SEED COUNT\n");
        return 2;
    }
    scenes_begin();
    for (uint64_t seed = first; seed < first + worlds; seed++) {
        failed += !passes(seed, failed < SHOWN_MAX);
    }
    scenes_end();
    printf("%" PRIu64 " worlds from seed %" PRIu64 ", %" PRIu64 " failed\n", worlds, first, failed);
    return failed > 0;
}
