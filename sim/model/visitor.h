/* A client as a load balancer meets it again: the connection that it keeps open between requests, and the cookie that binds
 * it to a target (ALB-03, ALB-08). */
#ifndef MODEL_VISITOR_H
#define MODEL_VISITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/simtime.h"

struct process;
struct target;
struct target_group;

/* A process that sends requests to a target group, one at a time, from its first request until it ends. */
struct visitor {
    struct target_group *group;
    struct visitor *next;         /* of the same process, in other groups */
    bool is_connected;
    sim_time connected_at;
    bool is_idle;                 /* connected, without a request */
    sim_time idle_since;
    struct visitor *newer, *older;           /* among the idle ones of the group, by idle_since */
    uint32_t task_slot, task_handle;         /* of its cookie: the task that it is bound to */
    sim_time bound_until;
};

/* Its client sends a request, on the connection that is open or on a new one. */
struct visitor *visitor_arrive(struct process *process, struct target_group *group);

/* The target that its cookie names, while it is healthy; NULL: none. */
struct target *visitor_target(const struct visitor *visitor);

/* Its request is over: answered by `target` or (NULL) by the load balancer; or given up by one of both sides, which closes
 * the connection. */
void visitor_answered(struct visitor *visitor, const struct target *target);
void visitor_hung_up(struct visitor *visitor);

/* The process ends: its connections close, its cookies are gone. */
void visitors_forget(struct process *process);

/* Close the connections that have been idle for too long, each as of the time when it was due (ALB-08). */
void visitors_settle(struct target_group *group);

#endif
