/* Types of EC2 instances: what they have, and what an hour of them costs (COST-05, COST-06, PLACE-05, PLACE-06). */
#ifndef MODEL_INSTANCE_TYPE_H
#define MODEL_INSTANCE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct instance_type {
    const char *name;
    int cpu_units, memory_mib;    /* 1024 units a vCPU; nominal: fewer MiB are registered (PLACE-06) */
    int interfaces;               /* network interfaces that may be attached, its own included */
    bool arm;
    int64_t hour_pico;            /* 10^-12 USD: Linux, on demand, us-east-1 */
};

enum { INSTANCE_TYPES = 55 };
extern const struct instance_type instance_types[INSTANCE_TYPES];

/* The type of that name; NULL: there is none. */
const struct instance_type *instance_type_find(const char *name);

/* How an instance's price is shared out among tasks: 9 for a vCPU against 1 for a GiB, about Fargate's own ratio and that of
 * AWS's split cost allocation. In 1024ths. */
int instance_weight(int cpu_units, int memory_mib);

#endif
