/* The roads to UpdateTaskProtection: from inside a container through the agent, from outside through the API. */
#ifndef MODEL_ENDPOINT_H
#define MODEL_ENDPOINT_H

#include "model/process.h"
#include "model/protection.h"

struct world;

enum endpoint_operation { ENDPOINT_PUT_TRUE, ENDPOINT_PUT_FALSE, ENDPOINT_GET };

/* One call from inside. Stays in place until `answered` ran or the process was finished. */
struct endpoint_call {
    struct process *process;
    enum endpoint_operation operation;
    double minutes;
    enum protection_verdict verdict;       /* the answer */
    bool enabled;                          /* GET: what ECS says */
    sim_time expires_at;                   /* valid if enabled */
    sim_time round_trip;                   /* the call's own, while it is under way */
    int attempts;
};

/* Send the call; the process resumes when the answer is there: after one round trip, or 4 s when it times out (PROT-24,
 * PROT-87, PROT-94). The endpoint's own limit is checked first, then the account's bucket (PROT-25, PROT-14). */
void endpoint_call(struct endpoint_call *call);

/* From outside: one task of an UpdateTaskProtection or GetTaskProtection request, at the instant when the request reaches
 * ECS; the account's token has been taken by the caller (one per request, PROT-14). */
enum protection_verdict endpoint_update_task(struct world *world, struct task *task, bool enable, double minutes);

/* Take a token of the account's bucket for protection; `read` matters only where reads have their own bucket. */
bool endpoint_take_token(struct world *world, bool read);

/* Note the answer to one request in the books and in the trace. */
void endpoint_note(struct world *world, struct task *task, enum protection_road road, enum endpoint_operation operation,
                   double minutes, enum protection_verdict verdict);

#endif
