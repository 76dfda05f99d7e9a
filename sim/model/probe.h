/* Reading the world on schedule: what AWS's services report to CloudWatch at the end of each period. */
#ifndef MODEL_PROBE_H
#define MODEL_PROBE_H

#include <stdbool.h>

struct world;
struct service;

/* Begin to sample: after the world has been built. */
void probe_start(struct world *world);

/* Mean CPU and memory of the service's tasks in the last whole minute, in per cent; false (outputs untouched): no
 * tasks. */
bool probe_service_cpu(const struct service *service, double *cpu_percent, double *memory_percent);

#endif
