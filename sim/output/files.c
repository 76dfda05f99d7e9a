#include "output/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

const char *const output_file_names[OUTPUT_FILE_COUNT] = {
    [OUTPUT_TIMELINE] = "timeline.csv",
    [OUTPUT_EVENTS] = "events.jsonl",
    [OUTPUT_TASKS] = "tasks.csv",
    [OUTPUT_SESSIONS] = "sessions.csv",
    [OUTPUT_SUMMARY] = "summary.json",
};

const char *const output_figure_names[OUTPUT_FIGURE_COUNT] = { "fleet", "queue", "ribbon", "waterfall", "revisions", "sessions" };
static const char *const figure_suffixes[] = { ".svg", ".png" };

/* Every summary of ours begins with this. */
static const char mark[] = "{\n  \"ecsim\":";

enum { NAME_ROOM = 64 };          /* for our own names, none of which is long */

struct part {
    int fd;                       /* -1: closed */
    bool exists;
    struct text text;
};

struct files {
    char *folder;                 /* without a slash at the end; owned */
    int folder_fd;                /* -1: not open */
    size_t made_from;             /* length of the path down to the first folder that was made; 0: none was */
    struct part parts[OUTPUT_FILE_COUNT];
};

static const char *part_name(enum output_file file, char name[NAME_ROOM])
{
    snprintf(name, NAME_ROOM, "%s.part", output_file_names[file]);
    return name;
}

static bool begins_as_ours(int folder_fd, const char *name)
{
    char start[sizeof mark - 1];
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ours = read(fd, start, sizeof start) == (ssize_t)sizeof start
        && memcmp(start, mark, sizeof start) == 0;
    close(fd);
    return ours;
}

bool files_are_ours(const char *folder, struct error *err)
{
    const char *summary = output_file_names[OUTPUT_SUMMARY];
    int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) {
        return error_set(err, "cannot open folder '%s': %s", folder, strerror(errno));
    }
    bool there = faccessat(folder_fd, summary, F_OK, 0) == 0;
    bool ours = begins_as_ours(folder_fd, summary);
    close(folder_fd);
    if (!there) {
        return error_set(err, "'%s' holds no run: there is no %s in it", folder, summary);
    }
    return ours || error_set(err, "'%s/%s' was not written by ecsim", folder, summary);
}

/* A commit that was cut off by a crash has left the new summary as a part and none under its name. */
static bool holds_our_run(const struct files *files)
{
    char part[NAME_ROOM];
    const char *summary = output_file_names[OUTPUT_SUMMARY];
    bool there = faccessat(files->folder_fd, summary, F_OK, 0) == 0;
    return begins_as_ours(files->folder_fd, there ? summary : part_name(OUTPUT_SUMMARY, part));
}

/* A file under one of our names that came from elsewhere must survive. */
static bool check_nothing_foreign(const struct files *files, struct error *err)
{
    bool ours = holds_our_run(files);
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        struct stat status;
        if (fstatat(files->folder_fd, output_file_names[file], &status, AT_SYMLINK_NOFOLLOW) == 0
            && !(ours && S_ISREG(status.st_mode))) {
            return error_set(err, "'%s/%s' is in the way and not from an earlier run: choose another folder",
                             files->folder, output_file_names[file]);
        }
    }
    return true;
}

/* mkdir for every component; remembers the first that was missing. */
static bool make_folders(struct files *files, struct error *err)
{
    size_t length = strlen(files->folder);
    for (size_t i = 1; i <= length; i++) {
        char at = files->folder[i];
        if (at != '/' && at != '\0') {
            continue;
        }
        files->folder[i] = '\0';
        bool made = mkdir(files->folder, 0777) == 0;
        if (!made && errno != EEXIST) {
            return error_set(err, "cannot create folder '%s': %s", files->folder, strerror(errno));
        }
        files->folder[i] = at;
        if (made && files->made_from == 0) {
            files->made_from = i;
        }
    }
    return true;
}

/* Innermost first, as far as they are empty. */
static void remove_made_folders(struct files *files)
{
    size_t length = strlen(files->folder);
    while (files->made_from > 0 && length >= files->made_from) {
        files->folder[length] = '\0';
        if (rmdir(files->folder) != 0 && errno != ENOENT) {
            return;
        }
        while (length > 0 && files->folder[--length] != '/') {
        }
    }
}

static bool open_folder(struct files *files, struct error *err)
{
    files->folder_fd = open(files->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return files->folder_fd >= 0
        || error_set(err, "cannot open folder '%s': %s", files->folder, strerror(errno));
}

static bool begin_part(struct files *files, enum output_file file, struct error *err)
{
    char name[NAME_ROOM];
    int fd = openat(files->folder_fd, part_name(file, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        return error_set(err, "cannot write '%s/%s': %s", files->folder, name, strerror(errno));
    }
    struct part *part = &files->parts[file];
    part->fd = fd;
    part->exists = true;
    text_init(&part->text, fd);
    return true;
}

static bool begin_parts(struct files *files, bool with_events, struct error *err)
{
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        bool wanted = with_events || file != OUTPUT_EVENTS;
        if (wanted && !begin_part(files, (enum output_file)file, err)) {
            return false;
        }
    }
    return true;
}

/* "out/run/" and "out/run" are one folder. */
static char *folder_without_slash(const char *folder)
{
    char *copy = mem_text(folder);
    size_t length = strlen(copy);
    while (length > 1 && copy[length - 1] == '/') {
        copy[--length] = '\0';
    }
    return copy;
}

struct files *files_create(const char *folder, bool with_events, enum files_fault *fault, struct error *err)
{
    struct files *files = mem_alloc(sizeof *files);
    files->folder = folder_without_slash(folder);
    files->folder_fd = -1;
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        files->parts[file].fd = -1;
    }
    *fault = FILES_UNWRITABLE;
    if (make_folders(files, err) && open_folder(files, err)) {
        if (!check_nothing_foreign(files, err)) {
            *fault = FILES_FOREIGN;
        } else if (begin_parts(files, with_events, err)) {
            *fault = FILES_FINE;
            return files;
        }
    }
    files_destroy(files);
    return NULL;
}

struct text *files_text(struct files *files, enum output_file file)
{
    return &files->parts[file].text;
}

bool files_failed(const struct files *files)
{
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        if (files->parts[file].text.failure != 0) {
            return true;
        }
    }
    return false;
}

/* On the disk, not only in the system's memory: a full disk may show as late as here. */
static bool finish_part(struct files *files, enum output_file file, struct error *err)
{
    struct part *part = &files->parts[file];
    int failure = 0;
    if (!text_flush(&part->text)) {
        failure = part->text.failure;
    } else if (fsync(part->fd) != 0 && errno != EINVAL) {
        failure = errno;
    }
    if (close(part->fd) != 0 && failure == 0) {
        failure = errno;
    }
    part->fd = -1;
    return failure == 0
        || error_set(err, "cannot write '%s/%s': %s", files->folder, output_file_names[file], strerror(failure));
}

/* The summary goes first and comes last: without it nothing in the folder counts as a run. */
static void remove_earlier_run(const struct files *files)
{
    unlinkat(files->folder_fd, output_file_names[OUTPUT_SUMMARY], 0);
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        if (!files->parts[file].exists) {
            unlinkat(files->folder_fd, output_file_names[file], 0);
        }
    }
    for (size_t figure = 0; figure < OUTPUT_FIGURE_COUNT; figure++) {
        for (size_t i = 0; i < sizeof figure_suffixes / sizeof figure_suffixes[0]; i++) {
            char name[NAME_ROOM];
            snprintf(name, sizeof name, "%s%s", output_figure_names[figure], figure_suffixes[i]);
            unlinkat(files->folder_fd, name, 0);
        }
    }
}

static bool name_part(struct files *files, enum output_file file, struct error *err)
{
    char part[NAME_ROOM];
    const char *name = output_file_names[file];
    if (renameat(files->folder_fd, part_name(file, part), files->folder_fd, name) != 0) {
        return error_set(err, "cannot rename '%s/%s' to '%s': %s", files->folder, part, name, strerror(errno));
    }
    files->parts[file].exists = false;
    return true;
}

bool files_commit(struct files *files, struct error *err)
{
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        if (files->parts[file].exists && !finish_part(files, (enum output_file)file, err)) {
            return false;
        }
    }
    remove_earlier_run(files);
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        if (files->parts[file].exists && !name_part(files, (enum output_file)file, err)) {
            return false;
        }
    }
    fsync(files->folder_fd);      /* names are safe when the folder is; not every file system can tell */
    files->made_from = 0;
    return true;
}

static void remove_part(struct files *files, enum output_file file)
{
    struct part *part = &files->parts[file];
    if (part->fd >= 0) {
        close(part->fd);
        part->fd = -1;
    }
    if (part->exists) {
        char name[NAME_ROOM];
        unlinkat(files->folder_fd, part_name(file, name), 0);
        part->exists = false;
    }
}

void files_leave_out(struct files *files, enum output_file file)
{
    remove_part(files, file);
}

void files_destroy(struct files *files)
{
    if (files == NULL) {
        return;
    }
    for (int file = 0; file < OUTPUT_FILE_COUNT; file++) {
        remove_part(files, (enum output_file)file);
        text_finish(&files->parts[file].text);
    }
    if (files->folder_fd >= 0) {
        close(files->folder_fd);
    }
    remove_made_folders(files);
    free(files->folder);
    free(files);
}
