/* Starting tasks of a service: where, on what capacity, and how many at once (PLACE-.., CAP-.., SCHED-22..28). */
#ifndef MODEL_LAUNCH_H
#define MODEL_LAUNCH_H

struct deployment;

/* Start up to `wanted` tasks of `deployment`, in `zone`, or where there are fewest if it is below 0 (SCHED-40, PLACE-04).
 * Returns how many started; what could not start is tried again by a later pass. */
int launch_tasks(struct deployment *deployment, int wanted, int zone);

#endif
