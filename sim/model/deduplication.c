#include "model/deduplication.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/text_table.h"

static const sim_time INTERVAL = 5 * SIM_MINUTE;

struct remembered {
    struct text_entry id;         /* first */
    sim_time until;
    struct remembered *younger;
};

struct deduplication {
    struct text_table table;
    struct pool *pool;
    struct remembered *oldest, *youngest;
};

struct deduplication *deduplication_create(void)
{
    struct deduplication *deduplication = mem_alloc(sizeof *deduplication);
    deduplication->pool = pool_create(sizeof(struct remembered));
    return deduplication;
}

void deduplication_destroy(struct deduplication *deduplication)
{
    if (deduplication != NULL) {
        text_table_finish(&deduplication->table);
        pool_destroy(deduplication->pool);
        free(deduplication);
    }
}

static void forget_old(struct deduplication *deduplication, sim_time now)
{
    while (deduplication->oldest != NULL && deduplication->oldest->until <= now) {
        struct remembered *oldest = deduplication->oldest;
        deduplication->oldest = oldest->younger;
        text_table_remove(&deduplication->table, &oldest->id);
        pool_give(deduplication->pool, oldest);
    }
}

static void remember(struct deduplication *deduplication, const char *id, sim_time now)
{
    struct remembered *remembered = pool_take(deduplication->pool);
    remembered->until = now + INTERVAL;
    text_table_add(&deduplication->table, &remembered->id, id);
    *(deduplication->oldest != NULL ? &deduplication->youngest->younger : &deduplication->oldest) = remembered;
    deduplication->youngest = remembered;
}

bool deduplication_repeats(struct deduplication *deduplication, const char *id, sim_time now)
{
    forget_old(deduplication, now);
    if (text_table_find(&deduplication->table, id) != NULL) {
        return true;
    }
    remember(deduplication, id, now);
    return false;
}
