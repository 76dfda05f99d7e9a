/* M/M/c at load 0.9 in plain C on the engine.
 *     mmc SERVERS CUSTOMERS        CPU time per customer */
#include "analytic/mmc.h"
#include "bench/measure.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: mmc SERVERS CUSTOMERS\n", stderr);
        return 2;
    }
    struct mmc mmc = { .load = 0.9, .servers = (uint32_t)strtod(argv[1], NULL), .seed = 7 };
    mmc.customers = (uint64_t)strtod(argv[2], NULL);
    double rounds[MEASURE_ROUNDS];
    for (int i = 0; i < MEASURE_ROUNDS; i++) {
        double start = measure_cpu_seconds();
        mmc_run(&mmc);
        rounds[i] = (measure_cpu_seconds() - start) / (double)mmc.customers * 1e9;
    }
    char name[64];
    snprintf(name, sizeof name, "mmc %u", mmc.servers);
    measure_print(name, rounds);
    return 0;
}
