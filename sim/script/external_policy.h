/* A scaling policy that a program of the user's decides: a child process that reads one line of JSON per question,
 * {"time":60,"capacity":2,"data":{"m1":3.5}}, and answers one, {"capacity":4,"reason":"backlog"}; capacity null: no
 * proposal. What it answers is part of the run's result, so a run with one is marked. */
#ifndef SCRIPT_EXTERNAL_POLICY_H
#define SCRIPT_EXTERNAL_POLICY_H

#include <sys/types.h>

#include "base/arena.h"
#include "model/scaling.h"

enum { ANSWER_MAX = 4096, EXTERNAL_WORDS_MAX = 64 };

struct external_policy {
    struct external_policy *next; /* of the same scenario */
    const char *policy, *program;
    const char *const *words;     /* program and arguments, NULL at the end */
    pid_t child;                  /* 0: not running */
    int to, from;                 /* its standard input and output */
    char line[ANSWER_MAX];        /* what it has answered so far */
    size_t used;
};

/* Nothing is started yet. Keeps `policy` and `words`, in `arena`. */
struct external_policy *external_policy_create(struct arena *arena, const char *policy, const char *const *words);

/* A custom_decider: starts the program at the first question. Fails if it ends, answers nonsense or is silent for too
 * long. */
bool external_policy_decide(void *policy, const struct custom_question *question, struct custom_answer *answer,
                            struct error *err);

/* End the program if it runs: it sees the end of its input and, if that does not move it, is killed. */
void external_policy_stop(struct external_policy *policy);

#endif
