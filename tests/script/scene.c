#define _XOPEN_SOURCE 700         /* nftw */
#include "scene.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/record.h"

static char folder[4096], before[4096];

static void need(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(99);
    }
}

void scenes_begin(void)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/ecsim-script-XXXXXX", temporary ? temporary : P_tmpdir);
    need(getcwd(before, sizeof before) != NULL, "getcwd");
    need(mkdtemp(folder) != NULL, folder);
    need(chdir(folder) == 0, folder);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    return remove(path);
}

void scenes_end(void)
{
    need(chdir(before) == 0, before);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void scene_write(const char *name, const char *text)
{
    char parent[256];
    const char *slash = strchr(name, '/');
    if (slash) {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - name), name);
        mkdir(parent, 0700);
    }
    FILE *file = fopen(name, "wb");
    need(file != NULL, name);
    need(fwrite(text, 1, strlen(text), file) == strlen(text) && fclose(file) == 0, name);
}

static void on_log(void *context, sim_time now, int kind, const void *record)
{
    (void)kind;
    struct scene *scene = context;
    const struct record_log *log = record;
    size_t length = strlen(scene->log);
    snprintf(scene->log + length, sizeof scene->log - length, "%.10g %s\n", (double)(now / SIM_MILLISECOND) / 1000,
             log->text);
}

bool scene_load_with(struct scene *scene, const char *text, const struct scenario_options *options)
{
    scene_write("case.lua", text);
    memset(scene, 0, sizeof *scene);
    scene->world = world_create(1, 0);
    sim_limit_instant(scene->world->sim, 100000);
    trace_observe(sim_trace(scene->world->sim), RECORD_BIT(RECORD_LOG), on_log, scene);
    scene->scenario = scenario_load(scene->world, options, &scene->err);
    return scene->scenario != NULL;
}

/* What runs for ever is to fail soon, under valgrind too. */
static const struct scenario_options tight_limits = {
    .path = "case.lua", .memory_limit = (size_t)128 << 20, .instruction_limit = 3000000,
};

bool scene_load(struct scene *scene, const char *text)
{
    return scene_load_with(scene, text, &tight_limits);
}

bool scene_run(struct scene *scene)
{
    return world_run(scene->world, &scene->err);
}

void scene_finish(struct scene *scene)
{
    scenario_destroy(scene->scenario);
    world_destroy(scene->world);
}

const char *scene_play_with(struct scene *scene, const char *text, const struct scenario_options *options)
{
    const char *result = scene_load_with(scene, text, options) && scene_run(scene) ? scene->log : scene->err.text;
    scene_finish(scene);
    return result;
}

const char *scene_play(struct scene *scene, const char *text)
{
    return scene_play_with(scene, text, &tight_limits);
}

bool begins_with(const char *text, const char *start)
{
    bool ok = strncmp(text, start, strlen(start)) == 0;
    if (!ok) {
        printf("    expected: %s\n    got:      %s\n", start, text);
    }
    return ok;
}

bool same_text(const char *text, const char *expected)
{
    bool ok = strcmp(text, expected) == 0;
    if (!ok) {
        printf("    expected: %s\n    got:      %s\n", expected, text);
    }
    return ok;
}
