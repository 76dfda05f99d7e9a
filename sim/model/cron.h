/* AWS's cron expressions: minutes hours day-of-month month day-of-week year (SCHD-01). Pure. */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { CRON_FIRST_YEAR = 1970, CRON_LAST_YEAR = 2199, CRON_YEAR_WORDS = 4 };

/* Which days of a month, or which weekdays. */
struct cron_day {
    enum {
        CRON_ANY_DAY,             /* ? */
        CRON_LISTED_DAYS,         /* bits of `days`: 1..31, or 1 Sunday .. 7 Saturday */
        CRON_LAST_DAY,            /* L, L-3: `number` days before the last of the month */
        CRON_LAST_WORKDAY,        /* LW */
        CRON_NEAREST_WORKDAY,     /* 15W: Monday to Friday nearest to day `number`, within the month */
        CRON_LAST_WEEKDAY,        /* 6L: the month's last weekday `number` */
        CRON_NTH_WEEKDAY          /* 6#3: its `nth` weekday `number` */
    } form;
    uint32_t days;
    int number, nth;
};

struct cron {
    uint64_t minutes;
    uint32_t hours, months;       /* bits from 0; from 1 */
    struct cron_day month_day, week_day;     /* exactly one is CRON_ANY_DAY */
    uint64_t years[CRON_YEAR_WORDS];         /* bits from CRON_FIRST_YEAR */
};

/* What stands between the parentheses. */
bool cron_parse(struct cron *cron, const char *text, struct error *err);

/* Does it occur on this day, counted from 1970-01-01? */
bool cron_matches_day(const struct cron *cron, int64_t day);

/* Its first minute of the day from `minute` (0..1439) on; -1: none is left. */
int cron_next_minute(const struct cron *cron, int minute);

#endif
