#include "model/message_group.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"

struct message_groups {
    struct text_table table;
    struct pool *pool;
    struct message_group *ready_head, *ready_tail;   /* longest ready first */
    uint64_t joined;
};

struct message_groups *message_groups_create(void)
{
    struct message_groups *groups = mem_alloc(sizeof *groups);
    groups->pool = pool_create(sizeof(struct message_group));
    return groups;
}

void message_groups_destroy(struct message_groups *groups)
{
    if (groups != NULL) {
        text_table_finish(&groups->table);
        pool_destroy(groups->pool);
        free(groups);
    }
}

static void add_ready(struct message_group *group)
{
    struct message_groups *groups = group->groups;
    group->ready = true;
    group->next = NULL;
    group->previous = groups->ready_tail;
    *(groups->ready_tail != NULL ? &groups->ready_tail->next : &groups->ready_head) = group;
    groups->ready_tail = group;
}

static void remove_ready(struct message_group *group)
{
    struct message_groups *groups = group->groups;
    group->ready = false;
    *(group->previous != NULL ? &group->previous->next : &groups->ready_head) = group->next;
    *(group->next != NULL ? &group->next->previous : &groups->ready_tail) = group->previous;
}

static struct message_group *add_group(struct message_groups *groups, const char *id)
{
    struct message_group *group = pool_take(groups->pool);
    group->groups = groups;
    text_table_add(&groups->table, &group->id, id);
    return group;
}

void message_group_join(struct message_groups *groups, struct message *message, const char *id)
{
    struct message_group *group = (struct message_group *)text_table_find(&groups->table, id);
    if (group == NULL) {
        group = add_group(groups, id);
    }
    group->members++;
    message->group = group;
    message->order = groups->joined++;
}

void message_group_leave(struct message *message)
{
    struct message_group *group = message->group;
    struct message_groups *groups = group->groups;
    message->group = NULL;
    if (--group->members == 0) {
        text_table_remove(&groups->table, &group->id);
        pool_give(groups->pool, group);
    }
}

void message_group_note(struct message *message, enum message_state state, int change)
{
    struct message_group *group = message->group;
    group->in_flight += state == MESSAGE_IN_FLIGHT ? change : 0;
    bool ready = group->head != NULL && group->in_flight == 0;
    if (ready && !group->ready) {
        add_ready(group);
    } else if (!ready && group->ready) {
        remove_ready(group);
    }
}

struct message *message_groups_first(const struct message_groups *groups)
{
    return groups->ready_head != NULL ? groups->ready_head->head : NULL;
}
