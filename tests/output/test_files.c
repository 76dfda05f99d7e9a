#include "output/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"

/* Every test works in a folder of its own below this one. */
static char ground[64];

static const char *path(const char *name)
{
    static char paths[8][256];
    static int next;
    char *place = paths[next++ % 8];
    snprintf(place, sizeof paths[0], "%s/%s", ground, name);
    return place;
}

static bool exists(const char *name)
{
    return access(path(name), F_OK) == 0;
}

static bool holds(const char *name, const char *content)
{
    char text[256] = "";
    FILE *file = fopen(path(name), "r");
    if (file == NULL) {
        return false;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    return strcmp(text, content) == 0;
}

static void plant(const char *name, const char *content)
{
    FILE *file = fopen(path(name), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(content, file);
    fclose(file);
}

#define OURS "{\n  \"ecsim\": \"0\"\n}\n"

/* A run that writes `word` into every file. */
static bool write_run(const char *folder, const char *word, struct error *err)
{
    enum files_fault fault;
    struct files *files = files_create(path(folder), true, &fault, err);
    if (files == NULL) {
        return false;
    }
    text_put(files_text(files, OUTPUT_TIMELINE), word);
    text_put(files_text(files, OUTPUT_EVENTS), word);
    text_put(files_text(files, OUTPUT_TASKS), word);
    text_put(files_text(files, OUTPUT_SUMMARY), OURS);
    bool committed = files_commit(files, err);
    files_destroy(files);
    return committed;
}

static void files_have_no_name_before_the_end(void)
{
    struct error err;
    enum files_fault fault;
    struct files *files = files_create(path("new/deep/run/"), true, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    text_put(files_text(files, OUTPUT_EVENTS), "x");
    text_put(files_text(files, OUTPUT_SUMMARY), OURS);
    CU_ASSERT_TRUE(exists("new/deep/run/events.jsonl.part"));
    CU_ASSERT_FALSE(exists("new/deep/run/events.jsonl"));
    CU_ASSERT_FALSE(exists("new/deep/run/summary.json"));
    CU_ASSERT_TRUE(files_commit(files, &err));
    files_destroy(files);
    CU_ASSERT_TRUE(holds("new/deep/run/events.jsonl", "x"));
    CU_ASSERT_TRUE(holds("new/deep/run/summary.json", OURS));
    CU_ASSERT_FALSE(exists("new/deep/run/events.jsonl.part"));
}

static void what_is_not_committed_leaves_nothing(void)
{
    struct error err;
    enum files_fault fault;
    struct files *files = files_create(path("gone/deep"), true, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    CU_ASSERT_TRUE(exists("gone/deep/tasks.csv.part"));
    files_destroy(files);
    CU_ASSERT_FALSE(exists("gone"));
    /* A folder that was there before stays. */
    mkdir(path("kept"), 0777);
    files = files_create(path("kept"), true, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    files_destroy(files);
    CU_ASSERT_TRUE(exists("kept"));
    CU_ASSERT_FALSE(exists("kept/tasks.csv.part"));
}

static void an_earlier_run_is_replaced_whole(void)
{
    struct error err;
    CU_ASSERT_TRUE_FATAL(write_run("again", "first", &err));
    plant("again/fleet.svg", "picture of the first");
    plant("again/notes.txt", "mine");
    CU_ASSERT_TRUE(write_run("again", "second", &err));
    CU_ASSERT_TRUE(holds("again/tasks.csv", "second"));
    CU_ASSERT_TRUE(holds("again/notes.txt", "mine"));
    CU_ASSERT_FALSE(exists("again/fleet.svg"));
}

static void without_events_an_earlier_runs_are_gone_too(void)
{
    struct error err;
    enum files_fault fault;
    CU_ASSERT_TRUE_FATAL(write_run("quiet", "first", &err));
    struct files *files = files_create(path("quiet"), false, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    text_put(files_text(files, OUTPUT_SUMMARY), OURS);
    CU_ASSERT_FALSE(exists("quiet/events.jsonl.part"));
    CU_ASSERT_TRUE(holds("quiet/events.jsonl", "first"));
    CU_ASSERT_FALSE(files_failed(files));
    CU_ASSERT_TRUE(files_commit(files, &err));
    files_destroy(files);
    CU_ASSERT_FALSE(exists("quiet/events.jsonl"));
    CU_ASSERT_TRUE(exists("quiet/tasks.csv"));
}

/* sessions.csv of a run without sessions: it is no file of the run, and an earlier run's goes. */
static void what_has_nothing_to_say_is_left_out(void)
{
    struct error err;
    enum files_fault fault;
    CU_ASSERT_TRUE_FATAL(write_run("silent", "first", &err));
    CU_ASSERT_TRUE(exists("silent/sessions.csv"));
    struct files *files = files_create(path("silent"), true, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    text_put(files_text(files, OUTPUT_SUMMARY), OURS);
    files_leave_out(files, OUTPUT_SESSIONS);
    CU_ASSERT_FALSE(exists("silent/sessions.csv.part"));
    CU_ASSERT_TRUE(files_commit(files, &err));
    files_destroy(files);
    CU_ASSERT_FALSE(exists("silent/sessions.csv"));
    CU_ASSERT_TRUE(exists("silent/tasks.csv"));
}

static void an_earlier_run_stays_until_the_new_one_is_whole(void)
{
    struct error err;
    enum files_fault fault;
    CU_ASSERT_TRUE_FATAL(write_run("stays", "first", &err));
    struct files *files = files_create(path("stays"), true, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    text_put(files_text(files, OUTPUT_TASKS), "second");
    files_destroy(files);
    CU_ASSERT_TRUE(holds("stays/tasks.csv", "first"));
    CU_ASSERT_TRUE(holds("stays/summary.json", OURS));
}

static void files_of_others_are_not_replaced(void)
{
    static const struct {
        const char *folder, *name, *content;
    } rows[] = {
        { "a", "summary.json", "{\"name\": \"somebody else's\"}" },
        { "b", "timeline.csv", "time,price\n" },
        { "c", "events.jsonl", "" },
        { "d", "summary.json", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[64];
        struct error err;
        enum files_fault fault;
        snprintf(name, sizeof name, "%s/%s", rows[i].folder, rows[i].name);
        mkdir(path(rows[i].folder), 0777);
        plant(name, rows[i].content);
        CU_ASSERT_PTR_NULL(files_create(path(rows[i].folder), true, &fault, &err));
        CU_ASSERT_EQUAL(fault, FILES_FOREIGN);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].name));
        CU_ASSERT_TRUE(holds(name, rows[i].content));
        snprintf(name, sizeof name, "%s/tasks.csv.part", rows[i].folder);
        CU_ASSERT_FALSE(exists(name));
    }
}

static void a_folder_under_our_name_is_in_the_way(void)
{
    struct error err;
    enum files_fault fault;
    CU_ASSERT_TRUE_FATAL(write_run("folder", "first", &err));
    unlink(path("folder/tasks.csv"));
    mkdir(path("folder/tasks.csv"), 0777);
    CU_ASSERT_PTR_NULL(files_create(path("folder"), true, &fault, &err));
    CU_ASSERT_EQUAL(fault, FILES_FOREIGN);
}

/* A commit that a crash has cut off: three files have their names, the summary is still a part. */
static void a_commit_that_was_cut_off_is_ours(void)
{
    struct error err;
    mkdir(path("cut"), 0777);
    plant("cut/timeline.csv", "x");
    plant("cut/events.jsonl", "x");
    plant("cut/summary.json.part", OURS);
    CU_ASSERT_TRUE(write_run("cut", "whole", &err));
    CU_ASSERT_TRUE(holds("cut/events.jsonl", "whole"));
    CU_ASSERT_FALSE(exists("cut/summary.json.part"));
}

static void a_place_that_takes_no_files_is_told(void)
{
    struct error err;
    enum files_fault fault;
    plant("file", "");
    CU_ASSERT_PTR_NULL(files_create(path("file"), true, &fault, &err));
    CU_ASSERT_EQUAL(fault, FILES_UNWRITABLE);
    CU_ASSERT_PTR_NULL(files_create(path("file/below"), true, &fault, &err));
    CU_ASSERT_EQUAL(fault, FILES_UNWRITABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, strerror(ENOTDIR)));
    CU_ASSERT_PTR_NULL(files_create("", true, &fault, &err));
    CU_ASSERT_EQUAL(fault, FILES_UNWRITABLE);
    /* Nobody, root included, makes a folder there. */
    CU_ASSERT_PTR_NULL(files_create("/proc/self/run", true, &fault, &err));
    CU_ASSERT_EQUAL(fault, FILES_UNWRITABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/proc/self/run"));
}

static void a_full_disk_leaves_the_earlier_run(void)
{
    struct error err;
    struct rlimit before, small;
    CU_ASSERT_TRUE_FATAL(write_run("full", "first", &err));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 80 * 1024;
    enum files_fault fault;
    struct files *files = files_create(path("full"), true, &fault, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(files);
    CU_ASSERT_FALSE(files_failed(files));
    setrlimit(RLIMIT_FSIZE, &small);
    text_repeat(files_text(files, OUTPUT_EVENTS), "0123456789abcdef", 16 * 1024);
    bool failed = files_failed(files);
    bool committed = files_commit(files, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    files_destroy(files);
    CU_ASSERT_TRUE(failed);
    CU_ASSERT_FALSE(committed);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "events.jsonl"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, strerror(EFBIG)));
    CU_ASSERT_TRUE(holds("full/events.jsonl", "first"));
    CU_ASSERT_TRUE(holds("full/summary.json", OURS));
    CU_ASSERT_FALSE(exists("full/events.jsonl.part"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "files have no name before the end", files_have_no_name_before_the_end },
        { "what is not committed leaves nothing", what_is_not_committed_leaves_nothing },
        { "an earlier run is replaced whole, its pictures included", an_earlier_run_is_replaced_whole },
        { "without events an earlier run's are gone too", without_events_an_earlier_runs_are_gone_too },
        { "what has nothing to say is left out", what_has_nothing_to_say_is_left_out },
        { "an earlier run stays until the new one is whole", an_earlier_run_stays_until_the_new_one_is_whole },
        { "files of others are not replaced", files_of_others_are_not_replaced },
        { "a folder under one of our names is in the way", a_folder_under_our_name_is_in_the_way },
        { "a commit that was cut off is ours", a_commit_that_was_cut_off_is_ours },
        { "a place that takes no files is told", a_place_that_takes_no_files_is_told },
        { "a full disk leaves the earlier run", a_full_disk_leaves_the_earlier_run },
        UNIT_END
    };
    snprintf(ground, sizeof ground, "test_files.%ld", (long)getpid());
    if (mkdir(ground, 0777) != 0) {
        return 2;
    }
    int status = unit_main("output/files", tests);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", ground);
    return system(command) == 0 ? status : 2;
}
