/* Dead-letter queues (SQS-06): where messages go that have been received too often. */
#ifndef MODEL_DEAD_LETTER_H
#define MODEL_DEAD_LETTER_H

#include <stdbool.h>

struct message;

/* Its queue has a dead-letter queue, and it has been received as often as allowed: the next receive moves it instead. */
bool dead_letter_is_due(const struct message *message);

/* Move a visible message to the dead-letter queue of its queue. The job ends as failed, and with it what checkpoints held;
 * attempts at it go on for nothing. What stands in the other queue is a dead letter: no job, whole again, visible. */
void dead_letter_move(struct message *message);

#endif
