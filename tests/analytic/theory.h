/* Worlds whose answer theory knows: scenarios played over many seeds, and what each of their numbers should be. */
#ifndef ANALYTIC_THEORY_H
#define ANALYTIC_THEORY_H

enum { THEORY_CHECKS_MAX = 8 };

/* How long a case is played: by each build's tests, and by scripts/test-long. */
enum theory_length { THEORY_FEW, THEORY_ALL, THEORY_LENGTHS };

struct theory_effort {
    int seeds;                    /* 1, 2, ...; 0: not played at this length */
    double length;                /* the scenario's parameter; 0: it has none */
};

struct theory_check {
    const char *number;           /* as in expectations, or one of theory.c's own; "a / b" is their ratio */
    double expected;
    double half_width_most[THEORY_LENGTHS];          /* of the 95 % interval, relative to theory */
};

struct theory_case {
    const char *claim;
    const char *scenario;         /* beside this file */
    const char *settings;         /* "name=value name=value" */
    struct theory_effort effort[THEORY_LENGTHS];
    struct theory_check checks[THEORY_CHECKS_MAX];   /* the first without a number ends them */
};

/* Play one case and judge it. */
typedef void theory_player(void *context, const struct theory_case *one);

/* The cases, subject by subject. */
void theory_of_queues(theory_player *play, void *context);
void theory_of_sessions(theory_player *play, void *context);
void theory_of_sharing(theory_player *play, void *context);
void theory_of_protection(theory_player *play, void *context);
void theory_of_scaling(theory_player *play, void *context);
void theory_of_fleets(theory_player *play, void *context);

#endif
