/* A token bucket in integers: so many calls at once, so many per second afterwards (PROT-14, PROT-15, PROT-25). */
#ifndef MODEL_TOKEN_BUCKET_H
#define MODEL_TOKEN_BUCKET_H

#include <stdbool.h>

#include "engine/simtime.h"

struct token_bucket {
    int64_t burst, per_second;
    int64_t nano_tokens;          /* tokens x 10^9, as of `since` */
    sim_time since;
};

void token_bucket_init(struct token_bucket *bucket, int64_t burst, int64_t per_second);   /* full */
bool token_bucket_take(struct token_bucket *bucket, sim_time now);   /* false: empty, nothing taken */

#endif
