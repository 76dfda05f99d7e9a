/* When something recurs: at(), rate() and cron() as in AWS, minute by minute, on the clocks of one time zone. Pure. */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/zone.h"
#include "model/cron.h"

/* Instants are seconds since 1970. */
#define SCHEDULE_ALWAYS INT64_MIN
#define SCHEDULE_FOR_EVER INT64_MAX

enum schedule_kind { SCHEDULE_AT, SCHEDULE_RATE, SCHEDULE_CRON };

struct schedule {
    enum schedule_kind kind;
    int64_t wall_s;               /* of at(): full minute on the zone's clocks */
    int64_t period_s;             /* of rate() */
    struct cron cron;
    const struct zone *zone;      /* kept; NULL: UTC */
    int64_t start_s, end_s;       /* SCHEDULE_ALWAYS, SCHEDULE_FOR_EVER where not given */
};

/* "cron(0 8 ? * MON-FRI *)", in UTC and without limits. */
bool schedule_parse(struct schedule *schedule, const char *text, struct error *err);

/* The first occurrence after `after_s`. What recurs also occurs at its start (SCHD-04); without one, rate() counts from
 * `created_s`. Clocks that jump over an occurrence lose it; one that they show twice occurs the first time. False: never
 * again. */
bool schedule_next(const struct schedule *schedule, int64_t created_s, int64_t after_s, int64_t *next_s);

#endif
