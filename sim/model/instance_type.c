#include "model/instance_type.h"

#include <string.h>

/* COST-06: prices of .large, read on 2026-09-29 and 2026-10-08. COST-05: larger sizes are multiples of it. */
#define USD(price) ((int64_t)((price) * 1e6 + 0.5) * 1000000)
#define SIZE(name_, gib_, times_, interfaces_, arm_, price_)                                                       \
    { .name = name_, .cpu_units = 2048 * (times_), .memory_mib = 1024 * (gib_) * (times_),                           \
      .interfaces = interfaces_, .arm = arm_, .hour_pico = USD(price_) * (times_) }
#define TO_2XLARGE(family, gib, arm, price)                                                                         \
    SIZE(family ".large", gib, 1, 3, arm, price), SIZE(family ".xlarge", gib, 2, 4, arm, price),                     \
    SIZE(family ".2xlarge", gib, 4, 4, arm, price)
#define TO_4XLARGE(family, gib, arm, price) TO_2XLARGE(family, gib, arm, price), SIZE(family ".4xlarge", gib, 8, 8, arm, price)

const struct instance_type instance_types[INSTANCE_TYPES] = {
    SIZE("t3.micro", 1, 1, 2, false, 0.0104),
    SIZE("t3.small", 2, 1, 3, false, 0.0208),
    SIZE("t3.medium", 4, 1, 3, false, 0.0416),
    SIZE("t4g.medium", 4, 1, 3, true, 0.0336),
    TO_2XLARGE("t3", 8, false, 0.0832),
    TO_4XLARGE("m5", 8, false, 0.096),
    TO_4XLARGE("m6i", 8, false, 0.096),
    TO_4XLARGE("m6g", 8, true, 0.077),
    TO_4XLARGE("m7g", 8, true, 0.0816),
    TO_4XLARGE("m7i", 8, false, 0.1008),
    TO_4XLARGE("c5", 4, false, 0.085),
    TO_4XLARGE("c6i", 4, false, 0.085),
    TO_4XLARGE("c7g", 4, true, 0.0725),
    TO_4XLARGE("c7i", 4, false, 0.08925),
    TO_4XLARGE("r5", 16, false, 0.126),
    TO_4XLARGE("r6i", 16, false, 0.126),
    TO_4XLARGE("r7g", 16, true, 0.1071),
};

const struct instance_type *instance_type_find(const char *name)
{
    for (size_t i = 0; i < INSTANCE_TYPES; i++) {
        if (strcmp(instance_types[i].name, name) == 0) {
            return &instance_types[i];
        }
    }
    return NULL;
}

int instance_weight(int cpu_units, int memory_mib)
{
    return 9 * cpu_units + memory_mib;
}
