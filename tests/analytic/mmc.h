/* M/M/c on the bare engine: Poisson arrivals, exponential services, one line before `servers` servers. */
#ifndef ANALYTIC_MMC_H
#define ANALYTIC_MMC_H

#include <stdint.h>

#include "base/wide.h"

struct mmc {
    uint32_t servers;
    double load;                 /* of each server; the mean service takes a second */
    uint64_t warm_up;            /* customers that are not counted in the waits */
    uint64_t customers;          /* counted ones; then the system empties */
    uint64_t seed;
};

struct mmc_outcome {
    double mean_wait_s;          /* in line */
    wide time_in_system_ns;      /* of all customers, the first ones too */
    wide area_ns;                /* integral of the number in the system */
};

struct mmc_outcome mmc_run(const struct mmc *mmc);

#endif
