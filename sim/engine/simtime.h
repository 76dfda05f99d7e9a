/* Simulated time: whole nanoseconds since the start of the run. */
#ifndef ENGINE_SIMTIME_H
#define ENGINE_SIMTIME_H

#include <stdint.h>

typedef int64_t sim_time;

#define SIM_NEVER INT64_MAX
#define SIM_MILLISECOND INT64_C(1000000)
#define SIM_SECOND INT64_C(1000000000)
#define SIM_MINUTE (60 * SIM_SECOND)
#define SIM_HOUR (60 * SIM_MINUTE)
#define SIM_DAY (24 * SIM_HOUR)

static inline double sim_seconds(sim_time t)
{
    return (double)t / 1e9;
}

/* Nearest nanosecond; what lies outside the clock's range becomes its end, NaN becomes 0. */
static inline sim_time sim_from_seconds(double seconds)
{
    if (!(seconds > -9.2e9)) {
        return seconds <= -9.2e9 ? INT64_MIN : 0;
    }
    if (seconds >= 9.2e9) {
        return SIM_NEVER;
    }
    return (sim_time)(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5));
}

#endif
