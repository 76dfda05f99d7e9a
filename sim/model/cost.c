#include "model/cost.h"

#include <stddef.h>

#include "base/check.h"
#include "model/instance_type.h"

const char *const cost_part_names[COST_PARTS] = {
    [COST_USEFUL] = "useful",
    [COST_IDLE] = "idle",
    [COST_STARTUP] = "startup",
    [COST_PROTECTED_IDLE] = "protected_idle",
    [COST_STOPPING] = "stopping",
    [COST_LOST] = "lost",
    [COST_CONTROL] = "control",
};

/* 10^-12 USD per hour, us-east-1. AWS's constants by the second are times 3600 here; Spot has none. Storage is what goes
 * beyond 20 GB; it costs the same on Spot. */
struct fargate_prices {
    int64_t vcpu, gb, storage_gb;
};

/* COST-02: AWS Fargate pricing and Price List, 2026-09-11 to 2026-10-09; Spot feed, 2026-09-28. */
static const struct fargate_prices x86[2] = {
    { INT64_C(40480000000), INT64_C(4445000000), INT64_C(111000000) },
    { INT64_C(11244000) * 3600, INT64_C(1235000) * 3600, INT64_C(30800) * 3600 },
};
static const struct fargate_prices arm[2] = {
    { INT64_C(32380000000), INT64_C(3560000000), INT64_C(111000000) },
    { INT64_C(8994400) * 3600, INT64_C(988900) * 3600, INT64_C(30800) * 3600 },
};
static const struct fargate_prices spot_x86[2] = {
    { INT64_C(12888710000), INT64_C(1415270000), INT64_C(111000000) },
    { INT64_C(12888710000), INT64_C(1415270000), INT64_C(30800) * 3600 },
};
static const struct fargate_prices spot_arm[2] = {
    { INT64_C(10309690000), INT64_C(1133490000), INT64_C(111000000) },
    { INT64_C(10309690000), INT64_C(1133490000), INT64_C(30800) * 3600 },
};

/* COST-02, D12: with the licence, from AWS's pricing page (hourly, by the second) and from the Price List, 2026-10-09. */
static const struct fargate_prices windows_by_page[2] = {
    { INT64_C(91500000000) + INT64_C(46000000000), INT64_C(10000000000), INT64_C(111000000) },
    { (INT64_C(25416700) + INT64_C(12777800)) * 3600, INT64_C(2777800) * 3600, INT64_C(30800) * 3600 },
};
static const struct fargate_prices windows_by_price_list = {
    INT64_C(46552000000) + INT64_C(46000000000), INT64_C(5110000000), INT64_C(111000000),
};

/* COST-11, third-party guides, 2026-06: 0.40 USD per million requests, 0.50 to FIFO queues. */
static const int64_t SQS_REQUEST_PICO = 400000, SQS_FIFO_REQUEST_PICO = 500000;

/* COST-12, COST-13, 2026-09: USD per month, prorated by the hour; a month has 730 of them. */
static const int64_t ALARM_MONTH_PICO = INT64_C(100000000000);
static const int64_t HIGH_RESOLUTION_ALARM_MONTH_PICO = INT64_C(300000000000);
static const int64_t METRIC_MONTH_PICO = INT64_C(300000000000);
static const int64_t MONTH_NS = 730 * SIM_HOUR;

/* COST-07, COST-08, Elastic Load Balancing pricing, 2026-10-01. A capacity unit is 25 new connections per second, or 3000
 * open ones, or a GB (10^9) an hour, or 1000 evaluations of a rule per second. */
static const int64_t BALANCER_HOUR_PICO = INT64_C(22500000000);
static const int64_t LCU_HOUR_PICO = INT64_C(8000000000);
enum {
    LCU_NEW_PER_SECOND = 25, LCU_OPEN = 3000, LCU_BYTES = 1000000000, LCU_EVALUATIONS_PER_SECOND = 1000, LCU_FREE_RULES = 10,
    SECONDS_PER_HOUR = 3600
};

enum { FREE_STORAGE_GIB = 20, UNITS_PER_VCPU = 1024 };   /* and MiB per GB */

/* COST-03 */
struct fargate_size {
    int cpu_units, memory_min, memory_max, memory_step;
    const char *memory;
};

static const struct fargate_size sizes[] = {
    { 256, 512, 2048, 0, "512, 1024 or 2048 MiB" },
    { 512, 1024, 4096, 1024, "1024 to 4096 MiB in steps of 1024" },
    { 1024, 2048, 8192, 1024, "2048 to 8192 MiB in steps of 1024" },
    { 2048, 4096, 16384, 1024, "4096 to 16384 MiB in steps of 1024" },
    { 4096, 8192, 30720, 1024, "8192 to 30720 MiB in steps of 1024" },
    { 8192, 16384, 61440, 4096, "16384 to 61440 MiB in steps of 4096" },
    { 16384, 32768, 122880, 8192, "32768 to 122880 MiB in steps of 8192" },
    { 32768, 61440, 249856, 0, "61440, 122880 or 249856 MiB" },
};

const char *const cost_fargate_cpus = "256, 512, 1024, 2048, 4096, 8192, 16384 or 32768";

static const struct fargate_size *find_size(int cpu_units)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i].cpu_units == cpu_units) {
            return &sizes[i];
        }
    }
    return NULL;
}

bool cost_fargate_sells(int cpu_units, int memory_mib)
{
    const struct fargate_size *size = find_size(cpu_units);
    if (size == NULL || memory_mib < size->memory_min || memory_mib > size->memory_max) {
        return false;
    }
    if (size->memory_step == 0) {   /* the smallest and the largest size come in three steps: least, double, most */
        return memory_mib == size->memory_min || memory_mib == 2 * size->memory_min || memory_mib == size->memory_max;
    }
    return (memory_mib - size->memory_min) % size->memory_step == 0;
}

const char *const cost_windows_cpus = "1024, 2048 or 4096";

bool cost_fargate_sells_windows(int cpu_units, int memory_mib)
{
    return cpu_units >= 1024 && cpu_units <= 4096 && cost_fargate_sells(cpu_units, memory_mib);
}

const char *cost_fargate_memory(int cpu_units)
{
    const struct fargate_size *size = find_size(cpu_units);
    return size == NULL ? NULL : size->memory;
}

sim_time cost_billable(sim_time pull_started_at, sim_time end, bool windows)
{
    sim_time least = windows ? 5 * SIM_MINUTE : SIM_MINUTE;
    if (pull_started_at < 0) {
        return 0;
    }
    CHECK(end >= pull_started_at);
    sim_time whole = (end - pull_started_at + SIM_SECOND - 1) / SIM_SECOND * SIM_SECOND;
    return whole > least ? whole : least;
}

/* Numerator and denominator above 0, nearest, halves up. */
static wide divide_rounded(wide numerator, wide denominator)
{
    return (2 * numerator + denominator) / (2 * denominator);
}

struct cost_size cost_size_of_room(int instance_type)
{
    const struct instance_type *type = &instance_types[instance_type - 1];
    return (struct cost_size){
        .cpu_units = type->cpu_units, .memory_mib = type->memory_mib, .arm = type->arm, .instance_type = instance_type,
        .slots = instance_weight(type->cpu_units, type->memory_mib),
    };
}

/* Of an hour, in 10^-12 USD: a fraction of whole numbers. */
struct hour_price {
    int64_t numerator, denominator;
};

static const struct fargate_prices *prices_of(const struct cost_size *size, int per_second)
{
    if (size->windows == WINDOWS_BY_PRICE_LIST) {
        return &windows_by_price_list;                   /* has none by the second */
    }
    const struct fargate_prices *linux_prices = size->spot ? (size->arm ? spot_arm : spot_x86) : (size->arm ? arm : x86);
    return (size->windows == WINDOWS_BY_PAGE ? windows_by_page : linux_prices) + (per_second != 0);
}

static struct hour_price price_on_fargate(const struct cost_size *size, int per_second)
{
    const struct fargate_prices *prices = prices_of(size, per_second);
    int storage = size->ephemeral_storage_gib > FREE_STORAGE_GIB ? size->ephemeral_storage_gib - FREE_STORAGE_GIB : 0;
    int64_t price = size->cpu_units * prices->vcpu + size->memory_mib * prices->gb
                  + (int64_t)storage * UNITS_PER_VCPU * prices->storage_gb;
    return (struct hour_price){ price, UNITS_PER_VCPU };
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : greatest_divisor(b, a % b);
}

/* COST-06: by weight, so that all that fits on an instance costs what the instance does. */
static struct hour_price price_on_instance(const struct cost_size *size)
{
    const struct instance_type *type = &instance_types[size->instance_type - 1];
    int64_t weight = instance_weight(size->cpu_units, size->memory_mib);
    int64_t whole = instance_weight(type->cpu_units, type->memory_mib);
    int64_t divisor = greatest_divisor(weight, whole);   /* small numbers: years of large instances are many slot-ns */
    return (struct hour_price){ type->hour_pico * (weight / divisor), whole / divisor };
}

static struct hour_price hour_price(const struct cost_size *size, int per_second)
{
    return size->instance_type > 0 ? price_on_instance(size) : price_on_fargate(size, per_second);
}

int64_t cost_task_hour_pico(const struct cost_size *size, int per_second)
{
    struct hour_price price = hour_price(size, per_second);
    return (int64_t)divide_rounded(price.numerator, price.denominator);
}

/* Parts that were rounded down lack `missing` units to their rounded sum: the largest remainders get one each, the first
 * of equals first. */
static void give_remainders(wide missing, wide *parts, wide *remainders)
{
    for (; missing > 0; missing--) {
        int largest = 0;
        for (int part = 1; part < COST_PARTS; part++) {
            if (remainders[part] > remainders[largest]) {
                largest = part;
            }
        }
        CHECK(remainders[largest] > 0);
        parts[largest]++;
        remainders[largest] = 0;
    }
}

static void price_account(const struct cost_account *account, int per_second, struct cost_bill *bill)
{
    struct hour_price fraction = hour_price(&account->size, per_second);
    wide price = fraction.numerator;
    wide unit = (wide)fraction.denominator * SIM_HOUR * account->size.slots;
    wide sum = 0, floors = 0;
    wide parts[COST_PARTS], remainders[COST_PARTS];
    CHECK(account->size.slots >= 1 && account->shares.slot_ns[COST_CONTROL] == 0);
    for (int part = 0; part < COST_PARTS; part++) {
        wide slot_ns = account->shares.slot_ns[part];
        CHECK(slot_ns >= 0 && slot_ns <= ((wide)1 << 123) / price);   /* seven of them doubled stay below 2^127 */
        wide value = slot_ns * price;
        sum += value;
        parts[part] = value / unit;
        remainders[part] = value % unit;
        floors += parts[part];
    }
    wide total = divide_rounded(sum, unit);
    give_remainders(total - floors, parts, remainders);
    for (int part = 0; part < COST_PARTS; part++) {
        bill->part_pico[part] += parts[part];
    }
    bill->total_pico += total;
}

static uint64_t billed_evaluations(const struct cost_lcu_usage *usage)
{
    return usage->rules > LCU_FREE_RULES ? usage->requests * (uint64_t)(usage->rules - LCU_FREE_RULES) : 0;
}

wide cost_lcu_pico(const struct cost_lcu_usage *usage)
{
    const struct {
        wide used, per_unit;      /* in an hour */
    } measures[] = {
        { (wide)usage->connections, LCU_NEW_PER_SECOND * SECONDS_PER_HOUR },
        { usage->connection_ns, LCU_OPEN * (wide)SIM_HOUR },
        { usage->bytes, LCU_BYTES },
        { (wide)billed_evaluations(usage), LCU_EVALUATIONS_PER_SECOND * SECONDS_PER_HOUR },
    };
    wide dearest = 0;
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        wide price = divide_rounded(measures[i].used * LCU_HOUR_PICO, measures[i].per_unit);
        dearest = price > dearest ? price : dearest;
    }
    return dearest;
}

static wide control_pico(const struct cost_control *control)
{
    wide months = control->alarm_ns * ALARM_MONTH_PICO
                + control->high_resolution_alarm_ns * HIGH_RESOLUTION_ALARM_MONTH_PICO
                + control->metric_ns * METRIC_MONTH_PICO;
    return (wide)control->sqs_requests * SQS_REQUEST_PICO + (wide)control->sqs_fifo_requests * SQS_FIFO_REQUEST_PICO
         + (wide)control->balancer_hours * BALANCER_HOUR_PICO
         + control->lcu_pico + divide_rounded(months, MONTH_NS);
}

void cost_price(const struct cost_account *accounts, int count, const struct cost_control *control, int per_second,
                struct cost_bill *bill)
{
    *bill = (struct cost_bill){ .total_pico = 0 };
    for (int i = 0; i < count; i++) {
        price_account(&accounts[i], per_second, bill);
    }
    if (control != NULL) {
        bill->part_pico[COST_CONTROL] = control_pico(control);
        bill->total_pico += bill->part_pico[COST_CONTROL];
    }
}

void cost_bill_add(struct cost_bill *to, const struct cost_bill *from)
{
    for (int part = 0; part < COST_PARTS; part++) {
        to->part_pico[part] += from->part_pico[part];
    }
    to->total_pico += from->total_pico;
}

double cost_usd(wide pico)
{
    return (double)pico / 1e12;
}
