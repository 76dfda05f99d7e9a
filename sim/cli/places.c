#include "cli/places.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"
#include "base/vec.h"

/* The folder of the running program, without a slash at the end. */
static bool program_folder(char folder[PLACE_SIZE])
{
    ssize_t length = readlink("/proc/self/exe", folder, PLACE_SIZE - 1);
    if (length <= 0) {
        return false;
    }
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    return true;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool try_folder(char folder[PLACE_SIZE], const char *base, const char *between, const char *name)
{
    int length = snprintf(folder, PLACE_SIZE, "%s/%s%s", base, between, name);
    if (length > 0 && length < PLACE_SIZE && is_folder(folder)) {
        return true;
    }
    folder[0] = '\0';
    return false;
}

/* As a person would write it: without detours, and from here if it lies below. */
static void tidy(char path[PLACE_SIZE])
{
    char *whole = realpath(path, NULL), *here = realpath(".", NULL);
    size_t length = here != NULL ? strlen(here) : 0;
    if (whole != NULL) {
        bool below = length > 0 && strncmp(whole, here, length) == 0 && whole[length] == '/';
        const char *shown = below ? whole + length + 1 : whole;
        if (strlen(shown) < PLACE_SIZE) {
            memcpy(path, shown, strlen(shown) + 1);
        }
    }
    free(whole);
    free(here);
}

bool places_find(const char *name, char folder[PLACE_SIZE])
{
    /* In build/sim/cli, in build/KIND/sim/cli, installed, unpacked. */
    static const char *const between[] = { "../../../", "../../../../", "../share/ecsim/", "../" };
    char program[PLACE_SIZE];
    const char *told = getenv("ECSIM_DATA");
    if (told != NULL) {
        return try_folder(folder, told, "", name);
    }
    folder[0] = '\0';
    bool found = false;
    if (program_folder(program)) {
        for (size_t i = 0; i < sizeof between / sizeof between[0] && !found; i++) {
            found = try_folder(folder, program, between[i], name);
        }
    }
    if (found) {
        tidy(folder);
    }
    return found;
}

/* The nearest name among the scripts of a folder, as "did you mean"; "" without one. */
static void put_nearest(const char *folder, const char *word, char *text, size_t size)
{
    char **names = NULL;
    size_t count = 0, room = 0;
    DIR *list = opendir(folder);
    text[0] = '\0';
    for (struct dirent *entry = list != NULL ? readdir(list) : NULL; entry != NULL; entry = readdir(list)) {
        size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".lua") == 0) {
            VEC_GROW(names, count, room);
            names[count] = mem_text(entry->d_name);
            names[count++][length - 4] = '\0';
        }
    }
    const char *nearest = suggest_nearest(word, (const char *const *)names, count);
    if (nearest != NULL) {
        snprintf(text, size, ", did you mean '%s'?", nearest);
    }
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
    if (list != NULL) {
        closedir(list);
    }
}

bool places_find_scenario(const char *word, char path[PLACE_SIZE], struct error *err)
{
    char folder[PLACE_SIZE], nearest[300];
    int length = snprintf(path, PLACE_SIZE, "%s", word);
    if (length >= PLACE_SIZE) {
        return error_set(err, "'%.40s...': the path is too long", word);
    }
    /* A folder of that name, such as one that --out made, is no script. */
    struct stat status;
    bool there = stat(path, &status) == 0;
    if (there && !S_ISDIR(status.st_mode)) {
        return true;
    }
    int reason = there ? EISDIR : errno;
    bool bare = strchr(word, '/') == NULL && strchr(word, '.') == NULL;
    if (!bare || !places_find("scenarios", folder)) {
        return error_set(err, "cannot open '%s': %s", word, strerror(reason));
    }
    length = snprintf(path, PLACE_SIZE, "%s/%s.lua", folder, word);
    if (length < PLACE_SIZE && access(path, R_OK) == 0) {
        return true;
    }
    put_nearest(folder, word, nearest, sizeof nearest);
    return error_set(err, "no file and no shipped scenario is called '%s'%s", word, nearest);
}
