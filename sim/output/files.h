/* The files of a run in its folder: written as NAME.part, given their names together at the end, the summary last. */
#ifndef OUTPUT_FILES_H
#define OUTPUT_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include "output/text.h"

/* In the order in which they get their names: whoever finds a summary finds everything. */
enum output_file { OUTPUT_TIMELINE, OUTPUT_EVENTS, OUTPUT_TASKS, OUTPUT_SESSIONS, OUTPUT_SUMMARY, OUTPUT_FILE_COUNT };
extern const char *const output_file_names[OUTPUT_FILE_COUNT];

/* What `ecsim plot` adds to the folder, as far as the run has it: "fleet" "queue" "ribbon" "waterfall" "revisions" "sessions". */
extern const char *const output_figure_names[];
enum { OUTPUT_FIGURE_COUNT = 6 };

struct files;

enum files_fault {
    FILES_FINE,
    FILES_FOREIGN,                /* the folder holds something under our names that is not ours */
    FILES_UNWRITABLE
};

/* Make `folder` and its parents if need be and begin the files, events.jsonl only if `with_events`. NULL: `fault` and `err`
 * say why, and nothing was left behind. A folder may hold an earlier run, which stays whole until files_commit, and files
 * of others, which stay. */
struct files *files_create(const char *folder, bool with_events, enum files_fault *fault, struct error *err);

/* A file that was begun has nothing to say: it does not become one of the run's. */
void files_leave_out(struct files *files, enum output_file file);

/* Where to write a file that was begun; owned by `files`. */
struct text *files_text(struct files *files, enum output_file file);

/* True once a write has failed: going on is of no use. */
bool files_failed(const struct files *files);

/* Everything is written: replace an earlier run, its figures included. False: the summary did not get its name. */
bool files_commit(struct files *files, struct error *err);

/* Removes what was not committed, folders that were made for it included; NULL is fine. */
void files_destroy(struct files *files);

/* Did we write the run in `folder`? False with a message if there is none, or none of ours. */
bool files_are_ours(const char *folder, struct error *err);

#endif
