/* Sessions: connections that clients keep open, through a target group or straight to a task whose address they know. A
 * session stays with its task (ALB-10) and takes one of its slots, CPU and memory until its client leaves or it is cut. */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include <stdbool.h>

#include "engine/level.h"
#include "engine/sim.h"
#include "model/cause.h"

struct process;
struct service;
struct session_books;
struct target;
struct target_group;
struct task;
struct world;

/* A session as it would go if nothing ever cut it, for need(t) (outputs.md section 1): it outlives one that is cut. */
struct lone_session {
    struct service *service;
    struct session *session;      /* NULL: it was cut */
    sim_timer timer;              /* armed once it is known how long its client stays */
};

struct session {
    struct world *world;
    struct task *task;
    struct target *target;        /* that it was opened through; NULL: straight to the task */
    struct session_books *books;
    struct process *holder;       /* its client, in session_hold(); NULL: nobody waits for its end */
    struct lone_session *alone;   /* NULL: it resumes another one, or would have ended by now */
    struct session *next, *previous;         /* of its task, oldest first */
    uint32_t slot, serial;        /* the handle, in world->sessions */
    sim_time opened_at;
    sim_time held_since, held_for;
};

/* Of a target group; of a service, for those that were opened without one. */
struct session_books {
    uint64_t asked, refused;      /* whole run: clients that wanted one; that got none */
    uint64_t left, cut_sum;       /* whole run: ended by their clients, or in order by the program; cut */
    uint64_t started, reconnects, rejected;  /* window: opened anew; to resume one that was cut; refused */
    uint64_t cut[CAUSE_CUT_COUNT];           /* window */
    struct level open;            /* since the end of the warm-up */
    wide area_before;             /* its integral until then */
    wide open_sum;                /* whole run: how long those lasted that have ended */
};

/* A client wants a session. NULL: it gets none, and `status` says why: 503, there is no target or all slots of the task are
 * taken; 502, the task takes no sessions, not yet or no longer. `resumed`: it goes on with one that was cut. */
struct session *target_group_connect(struct target_group *group, bool resumed, int *status);
struct session *task_connect(struct task *task, bool resumed, int *status);

/* `client` stays for so long and leaves then; it resumes with the time that the session lasted from now on in
 * client->number, which is less than `length` only if something else ended it. A client that ends leaves, too. */
void session_hold(struct session *session, sim_time length, struct process *client);

/* By its client; by the program of its task, which is a cut if the task is being stopped. */
void session_leave(struct session *session);
void session_hang_up(struct session *session);

struct session *session_find(struct world *world, uint32_t slot, uint32_t serial);   /* NULL: it has ended */

/* The load balancer cuts what goes through `target` (ALB-09). */
void sessions_cut_target(struct target *target, enum cause cause);

/* For task.c: the container has ended. */
void sessions_end(struct task *task);

/* Books. */
wide session_books_area(const struct session_books *books, sim_time now);      /* of `open`, since the start of the run */
void session_books_end_of_warm_up(struct session_books *books, sim_time now);

#endif
