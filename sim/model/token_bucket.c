#include "model/token_bucket.h"

#include "base/check.h"
#include "base/wide.h"

static const int64_t NANO = 1000000000;

void token_bucket_init(struct token_bucket *bucket, int64_t burst, int64_t per_second)
{
    CHECK(burst >= 1 && burst <= INT64_MAX / NANO && per_second >= 0);
    *bucket = (struct token_bucket){
        .burst = burst,
        .per_second = per_second,
        .nano_tokens = burst * NANO,
    };
}

/* A rate in tokens per second is one in nano-tokens per nanosecond: nothing is ever rounded. */
static void refill(struct token_bucket *bucket, sim_time now)
{
    wide tokens = bucket->nano_tokens + (wide)(now - bucket->since) * bucket->per_second;
    wide most = (wide)bucket->burst * NANO;
    bucket->nano_tokens = (int64_t)(tokens < most ? tokens : most);
    bucket->since = now;
}

bool token_bucket_take(struct token_bucket *bucket, sim_time now)
{
    CHECK(now >= bucket->since);
    refill(bucket, now);
    if (bucket->nano_tokens < NANO) {
        return false;
    }
    bucket->nano_tokens -= NANO;
    return true;
}
