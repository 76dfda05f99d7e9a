/* Requests: from a client through a target group into a task, which serves as many at once as it has slots. */
#ifndef MODEL_REQUEST_H
#define MODEL_REQUEST_H

#include "model/app.h"
#include "model/balancer.h"
#include "model/process.h"
#include "model/task.h"

enum {
    HTTP_SWITCHING_PROTOCOLS = 101, HTTP_OK = 200, HTTP_SERVER_ERROR = 500,
    HTTP_BAD_GATEWAY = 502, HTTP_SERVICE_UNAVAILABLE = 503, HTTP_GATEWAY_TIMEOUT = 504
};

/* Lives as long as the task has to do with it; its client may have its answer long before. */
struct request {
    struct job job;               /* first */
    struct work work;             /* of the default program */
    struct target_group *group;
    struct task *task;
    struct target *target;        /* NULL once the client has its answer */
    struct process *client;       /* NULL: nobody waits, or no longer */
    struct visitor *visitor;      /* the client's; NULL as the client is */
    bool is_anonymous;            /* of a load without clients: its connection is open as long as it waits */
    struct request *next, *previous;         /* in the task: waiting, or being served */
    struct request *younger, *older;         /* in the group, until answered */
    uint32_t slot, serial;        /* the handle, in world's table, while a program serves it */
    sim_time sent_at, started_at; /* started_at -1: waits for a slot */
    sim_time charged_since;       /* slot time not yet charged */
    enum cause lost_to;           /* answered before it was done: why its work is for nothing */
};

/* A request of a load that does not look at the answer. */
void target_group_send(struct target_group *group, int64_t work_ns);

/* A request of `client`, which resumes with the HTTP status in client->number: the task's own; 502 the task died, 503 no
 * target, 504 no answer within `timeout` or the idle time-out (ALB-08). The task goes on with a request whose client is gone. */
void target_group_request(struct target_group *group, int64_t work_ns, sim_time timeout, struct process *client);

/* The program takes requests and sessions from now on: take(request) is called for each that gets a slot; NULL: work on it
 * and answer 200. After SIGTERM, once the last request is answered and the last session gone, `process` resumes, or, with
 * process NULL, the container exits with 0. */
void task_serve(struct task *task, struct process *process, const struct serving_program *program);

/* The program of a container that does nothing else. */
extern const struct app serving_app;

/* The program answers. The request is gone afterwards. */
void request_answer(struct request *request, int status);

struct request *request_find(struct world *world, uint32_t slot, uint32_t serial);   /* NULL: answered */

/* For task.c: SIGTERM has arrived; the container has ended. */
void requests_sigterm(struct task *task);
void requests_end(struct task *task);

/* For balancer.c: the deregistration delay is over, and the connections through the target are cut (ALB-09). */
void requests_cut_target(struct target *target, enum cause cause);

/* For session.c and attempt.c: a slot of the task is free again. */
void requests_slot_freed(struct task *task);

/* For balancer.c: the timer of a group's idle time-outs. */
sim_timer requests_timer_create(struct target_group *group);

/* Slot time of requests in service: what is not yet charged; charge it as useful so far. */
wide requests_uncharged_ns(const struct task *task);
void requests_charge_in_progress(struct task *task);

#endif
