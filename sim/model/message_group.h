/* Message groups of a FIFO queue (SQS-07): messages of one group are handed out in their order, and none while another of
 * the group is in flight. */
#ifndef MODEL_MESSAGE_GROUP_H
#define MODEL_MESSAGE_GROUP_H

#include "base/text_table.h"
#include "model/message.h"

struct message_group {
    struct text_entry id;         /* first */
    struct message_groups *groups;
    struct message *head, *tail;  /* its visible messages, in order */
    int64_t members, in_flight;
    struct message_group *next, *previous;   /* among those that are ready */
    bool ready;                   /* something is visible, and nothing in flight */
};

struct message_groups;

struct message_groups *message_groups_create(void);
void message_groups_destroy(struct message_groups *groups);      /* NULL is fine */

/* `message`, in no state yet, becomes the last of the group of that id; or leaves its group, in no state any more. A group
 * without members is no more. */
void message_group_join(struct message_groups *groups, struct message *message, const char *id);
void message_group_leave(struct message *message);

/* A message with a group has come into the list of `state` (1), or gone out of it (-1). */
void message_group_note(struct message *message, enum message_state state, int change);

/* The first message of the group that has been ready for longest; NULL: none is. */
struct message *message_groups_first(const struct message_groups *groups);

#endif
