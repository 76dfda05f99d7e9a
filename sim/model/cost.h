/* Money: what Fargate and EC2 bill (COST-01..06), split by what the time was good for. Integers until the last division. */
#ifndef MODEL_COST_H
#define MODEL_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wide.h"
#include "engine/simtime.h"

enum cost_part {
    COST_USEFUL, COST_IDLE, COST_STARTUP, COST_PROTECTED_IDLE, COST_STOPPING, COST_LOST, COST_CONTROL, COST_PARTS
};
extern const char *const cost_part_names[COST_PARTS];   /* "useful" ... */

/* Slot-nanoseconds by part: a task with s slots has s of them per nanosecond. COST_CONTROL stays 0 here. */
struct cost_shares {
    wide slot_ns[COST_PARTS];
};

/* Which prices a Windows task on Fargate has: two sources contradict each other (D12). */
enum windows_prices { NOT_WINDOWS, WINDOWS_BY_PAGE, WINDOWS_BY_PRICE_LIST };

/* What decides the price of a second: of a task on Fargate; of what a task takes of an instance; or, with all that an instance
 * has and its weight (instance_type.h) as slots, of the room on instances that no task takes. */
struct cost_size {
    int cpu_units, memory_mib, ephemeral_storage_gib;
    int arm, spot;                /* booleans */
    int slots;
    int instance_type;            /* 1 + index in instance_types; 0: Fargate */
    enum windows_prices windows;
};

/* All task-time of one size within one service, or all unused room on instances of one type. */
struct cost_account {
    struct cost_size size;
    struct cost_shares shares;    /* billed time only, rounding and minimum included (as start-up) */
};

/* The account of the unused room on instances of that type. */
struct cost_size cost_size_of_room(int instance_type);

/* Control plane of one run (COST-07, COST-08, COST-11..13). */
struct cost_control {
    uint64_t sqs_requests, sqs_fifo_requests;        /* of standard and of FIFO queues */
    uint64_t balancer_hours;      /* begun ones (COST-07) */
    wide lcu_pico;                /* 10^-12 USD, from cost_lcu_pico */
    wide alarm_ns;                /* alarm-metrics x ns */
    wide high_resolution_alarm_ns;
    wide metric_ns;               /* custom metrics (and Container Insights that are read) x ns */
};

/* Billable time of a task that was alive from pull to `end`, or of an instance: whole seconds, at least 60, of a Windows task
 * 300 (COST-01, COST-05); 0 where no pull began (pull_started_at below 0). */
sim_time cost_billable(sim_time pull_started_at, sim_time end, bool windows);

/* COST-03: does Fargate sell tasks of this size? */
bool cost_fargate_sells(int cpu_units, int memory_mib);
extern const char *const cost_windows_cpus;          /* "1024, 2048 or 4096" */
bool cost_fargate_sells_windows(int cpu_units, int memory_mib);

/* For messages: the memory that goes with a number of CPU units, "2048 to 8192 MiB in steps of 1024"; NULL if Fargate sells
 * no such number. Then cost_fargate_cpus has the list of those it sells. */
const char *cost_fargate_memory(int cpu_units);
extern const char *const cost_fargate_cpus;          /* "256, 512, ... or 32768" */

/* Price of one task-hour of this size, in 10^-12 USD; per_second: by AWS's per-second constants (COST-02). */
int64_t cost_task_hour_pico(const struct cost_size *size, int per_second);

/* What a load balancer did in an hour or less (COST-08). */
struct cost_lcu_usage {
    uint64_t connections;         /* new ones */
    wide connection_ns;           /* integral of open ones */
    wide bytes;
    uint64_t requests;
    int rules;                    /* evaluated for each of them, ten of which are free */
};

/* The dearest of its four measures, in 10^-12 USD. */
wide cost_lcu_pico(const struct cost_lcu_usage *usage);

struct cost_bill {
    wide part_pico[COST_PARTS];
    wide total_pico;
};

/* What the accounts and the control plane (NULL: none) cost, in 10^-12 USD. Each account is priced once and rounded to the
 * nearest; its parts share that by largest remainder, so that parts sum to totals to the last digit, and the bills of
 * services to the bill of the run. */
void cost_price(const struct cost_account *accounts, int count, const struct cost_control *control, int per_second,
                struct cost_bill *bill);

/* `to` gets what `from` has on top. */
void cost_bill_add(struct cost_bill *to, const struct cost_bill *from);

double cost_usd(wide pico);

#endif
