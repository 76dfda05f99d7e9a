#include "lib/unit.h"

#include <string.h>

#include "engine/rng.h"
#include "model/cost.h"
#include "model/instance_type.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define GIB(n) ((n) * 1024)

static const sim_time MONTH = 730 * SIM_HOUR;

static struct cost_account account_of(struct cost_size size, enum cost_part part, sim_time time)
{
    struct cost_account account = { .size = size };
    account.shares.slot_ns[part] = (wide)time * size.slots;
    return account;
}

static struct cost_bill price_one(struct cost_size size, sim_time time, int per_second)
{
    struct cost_account account = account_of(size, COST_USEFUL, time);
    struct cost_bill bill;
    cost_price(&account, 1, NULL, per_second, &bill);
    return bill;
}

/* COST-01: whole seconds, at least a minute, from the start of the pull. */
static const struct {
    sim_time pull, end;
    bool windows;
    sim_time billed;
} billable[] = {
    { 0, 0, false, 60 * SIM_SECOND },
    { 0, 60 * SIM_SECOND, false, 60 * SIM_SECOND },
    { 0, 60 * SIM_SECOND + 1, false, 61 * SIM_SECOND },
    { 500000000, 61500000000, false, 61 * SIM_SECOND },
    { 500000000, 61500000001, false, 62 * SIM_SECOND },
    { -1, 60 * SIM_SECOND, false, 0 },                       /* stopped before its pull began */
    { 0, 60 * SIM_SECOND, true, 300 * SIM_SECOND },
    { 0, 300 * SIM_SECOND + 1, true, 301 * SIM_SECOND },
};

static void billing_rounds_up_to_seconds_and_a_minute(void)
{
    for (size_t i = 0; i < COUNT_OF(billable); i++) {
        CU_ASSERT_EQUAL(cost_billable(billable[i].pull, billable[i].end, billable[i].windows), billable[i].billed);
    }
}

/* COST-03 */
static const struct {
    int cpu, memory;
    bool sold;
} sizes[] = {
    { 256, 512, true },         { 256, 1024, true },        { 256, 2048, true },        { 256, 1536, false },
    { 256, 4096, false },       { 512, 1024, true },        { 512, 512, false },        { 512, 4096, true },
    { 512, 5120, false },       { 1024, 2048, true },       { 1024, 8192, true },       { 1024, 2049, false },
    { 2048, 16384, true },      { 2048, 17408, false },     { 4096, 30720, true },      { 4096, 31744, false },
    { 8192, 16384, true },      { 8192, 20480, true },      { 8192, 17408, false },     { 8192, 61440, true },
    { 16384, 32768, true },     { 16384, 40960, true },     { 16384, 36864, false },    { 16384, 122880, true },
    { 32768, GIB(60), true },   { 32768, GIB(120), true },  { 32768, GIB(244), true },  { 32768, GIB(128), false },
    { 300, 512, false },        { 0, 0, false },            { -256, 512, false },
};

static void fargate_sells_these_sizes(void)
{
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        CU_ASSERT_EQUAL(cost_fargate_sells(sizes[i].cpu, sizes[i].memory), sizes[i].sold);
    }
    CU_ASSERT_STRING_EQUAL(cost_fargate_memory(256), "512, 1024 or 2048 MiB");
    CU_ASSERT_PTR_NULL(cost_fargate_memory(300));
}

/* EX-S32: 4 vCPU and 8 GB by the hour. */
static const struct {
    int arm, spot;
    int64_t hour_pico;
} hours[] = {
    { 0, 0, INT64_C(197480000000) },
    { 1, 0, INT64_C(158000000000) },
    { 0, 1, INT64_C(62877000000) },
    { 1, 1, INT64_C(50306680000) },
};

static void a_task_hour_costs_what_the_price_list_says(void)
{
    for (size_t i = 0; i < COUNT_OF(hours); i++) {
        struct cost_size size = { 4096, GIB(8), 20, hours[i].arm, hours[i].spot, 1, 0, NOT_WINDOWS };
        CU_ASSERT_EQUAL(cost_task_hour_pico(&size, 0), hours[i].hour_pico);
    }
}

/* EX-S30: five tasks of 1 vCPU, 2 GB and 30 GB of disk, ten minutes a day, thirty days; AWS prints 1.01 + 0.22 + 0.03. */
static void the_printed_example_comes_out_by_seconds(void)
{
    struct cost_size size = { 1024, GIB(2), 30, 0, 0, 1, 0, NOT_WINDOWS };
    CU_ASSERT_EQUAL((int64_t)price_one(size, 5 * 30 * 600 * SIM_SECOND, 1).total_pico, INT64_C(1261980000000));
}

/* EX-S33 */
static void small_tasks_cost_what_was_worked_out_by_hand(void)
{
    struct cost_size quarter = { 256, 512, 20, 0, 0, 1, 0, NOT_WINDOWS };
    struct cost_size two = { 2048, GIB(4), 20, 0, 0, 1, 0, NOT_WINDOWS };
    CU_ASSERT_EQUAL((int64_t)price_one(quarter, MONTH, 0).total_pico, INT64_C(9010025000000));
    CU_ASSERT_EQUAL((int64_t)price_one(two, 600 * SIM_SECOND, 0).total_pico, INT64_C(16456666667));
    CU_ASSERT_EQUAL((int64_t)price_one(quarter, cost_billable(0, 7 * SIM_SECOND, false), 0).total_pico, INT64_C(205708333));
}

/* EX-S31: ten Windows tasks of 1 vCPU and 2 GB, an hour a day, thirty days: 27.45 + 13.80 + 6.00 on AWS's page. */
static const struct {
    enum windows_prices windows;
    int per_second;
    int64_t pico;
} windows_months[] = {
    { WINDOWS_BY_PAGE, 0, INT64_C(47250000000000) },
    { WINDOWS_BY_PAGE, 1, INT64_C(47250108000000) },
    { WINDOWS_BY_PRICE_LIST, 0, INT64_C(30831600000000) },
    { WINDOWS_BY_PRICE_LIST, 1, INT64_C(30831600000000) },
};

static void windows_costs_what_two_sources_say(void)
{
    for (size_t i = 0; i < COUNT_OF(windows_months); i++) {
        struct cost_size size = { 1024, GIB(2), 20, 0, 0, 1, 0, windows_months[i].windows };
        CU_ASSERT_EQUAL((int64_t)price_one(size, 10 * 30 * SIM_HOUR, windows_months[i].per_second).total_pico,
                        windows_months[i].pico);
    }
    CU_ASSERT_FALSE(cost_fargate_sells_windows(512, 1024));
    CU_ASSERT_TRUE(cost_fargate_sells_windows(4096, GIB(8)));
    CU_ASSERT_FALSE(cost_fargate_sells_windows(8192, GIB(16)));
}

static void slots_share_a_task_and_not_its_price(void)
{
    struct cost_size one = { 1024, GIB(2), 20, 0, 0, 1, 0, NOT_WINDOWS }, eight = one;
    eight.slots = 8;
    CU_ASSERT_EQUAL((int64_t)price_one(one, SIM_HOUR, 0).total_pico, (int64_t)price_one(eight, SIM_HOUR, 0).total_pico);
}

static int64_t control_pico(struct cost_control control)
{
    struct cost_bill bill;
    cost_price(NULL, 0, &control, 0, &bill);
    CU_ASSERT_EQUAL((int64_t)bill.total_pico, (int64_t)bill.part_pico[COST_CONTROL]);
    return (int64_t)bill.total_pico;
}

static void the_control_plane_is_billed(void)
{
    /* EX-S35 */
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .sqs_requests = 6300000 }), INT64_C(2520000000000));
    /* EX-S36: forty alarms, ten of them in AWS's free tier, which the model does not credit. */
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .alarm_ns = (wide)30 * MONTH }), INT64_C(3000000000000));
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .alarm_ns = (wide)40 * MONTH }), INT64_C(4000000000000));
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .high_resolution_alarm_ns = MONTH }), INT64_C(300000000000));
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .metric_ns = MONTH }), INT64_C(300000000000));   /* COST-13 */
}

static struct cost_account random_account(struct rng *rng)
{
    static const struct cost_size some[] = {
        { 256, 512, 20, 0, 0, 1, 0, NOT_WINDOWS }, { 512, 1024, 33, 1, 0, 3, 0, NOT_WINDOWS }, { 1024, 3072, 20, 0, 1, 7, 0, NOT_WINDOWS },
        { 4096, GIB(9), 21, 1, 1, 10, 0, NOT_WINDOWS }, { 768, 1000, 20, 0, 0, 3, 5, NOT_WINDOWS },
    };
    struct cost_account account = { .size = some[rng_below(rng, COUNT_OF(some))] };
    for (int part = 0; part < COST_CONTROL; part++) {
        /* Some parts are empty, some a few nanoseconds, some years. */
        account.shares.slot_ns[part] = (wide)(rng_next(rng) >> rng_below(rng, 64)) - 1;
        if (account.shares.slot_ns[part] < 0 || rng_below(rng, 4) == 0) {
            account.shares.slot_ns[part] = 0;
        }
    }
    return account;
}

static bool parts_sum(const struct cost_bill *bill)
{
    wide sum = 0;
    for (int part = 0; part < COST_PARTS; part++) {
        sum += bill->part_pico[part];
    }
    return sum == bill->total_pico;
}

static wide distance(wide a, wide b)
{
    return a < b ? b - a : a - b;
}

static void parts_sum_to_the_total_whatever_the_accounts(void)
{
    struct rng rng;
    rng_seed(&rng, 2026, 0, "accounts", 0);
    for (int i = 0; i < 20000; i++) {
        struct cost_account account = random_account(&rng);
        struct cost_account whole = account;
        memset(&whole.shares, 0, sizeof whole.shares);
        for (int part = 0; part < COST_PARTS; part++) {
            whole.shares.slot_ns[COST_USEFUL] += account.shares.slot_ns[part];
        }
        struct cost_bill bill, undivided, alone;
        cost_price(&account, 1, NULL, i % 2, &bill);
        cost_price(&whole, 1, NULL, i % 2, &undivided);
        CU_ASSERT(parts_sum(&bill));
        CU_ASSERT(bill.total_pico == undivided.total_pico);
        for (int part = 0; part < COST_PARTS; part++) {
            struct cost_account only = { .size = account.size };
            only.shares.slot_ns[part] = account.shares.slot_ns[part];
            cost_price(&only, 1, NULL, i % 2, &alone);
            CU_ASSERT(distance(bill.part_pico[part], alone.total_pico) <= 1);
            CU_ASSERT(account.shares.slot_ns[part] != 0 || bill.part_pico[part] == 0);
        }
    }
}

static void bills_of_services_sum_to_the_bill_of_the_run(void)
{
    struct rng rng;
    rng_seed(&rng, 7, 0, "accounts", 0);
    struct cost_account accounts[6];
    struct cost_control control = { .sqs_requests = 12345, .alarm_ns = 98765432123456789 };
    struct cost_bill sum = { .total_pico = 0 }, one, run;
    for (int i = 0; i < 6; i++) {
        accounts[i] = random_account(&rng);
        cost_price(&accounts[i], 1, NULL, 0, &one);
        cost_bill_add(&sum, &one);
    }
    cost_price(NULL, 0, &control, 0, &one);
    cost_bill_add(&sum, &one);
    cost_price(accounts, 6, &control, 0, &run);
    CU_ASSERT(parts_sum(&run));
    CU_ASSERT(run.total_pico == sum.total_pico && run.total_pico > 0);
    CU_ASSERT_EQUAL(memcmp(&run.part_pico, &sum.part_pico, sizeof run.part_pico), 0);
}

static void dollars_are_the_nearest_doubles(void)
{
    CU_ASSERT_EQUAL(cost_usd((wide)INT64_C(1261980000000)), 1.26198);
    CU_ASSERT_EQUAL(cost_usd(0), 0);
    CU_ASSERT_EQUAL(cost_usd((wide)1000000000000 * 1000000000), 1e9);
}

/* COST-07, COST-08: an hour of the load balancer, and of the dearest of its measures. */
static void load_balancers_are_billed_by_hours_and_capacity_units(void)
{
    static const struct {
        uint64_t connections;
        double open;             /* mean over the hour */
        int64_t bytes;
        uint64_t requests;
        int rules;
        double units;
    } rows[] = {
        { 0, 0, 0, 0, 0, 0 },
        { 90000, 0, 0, 0, 0, 1 },                    /* 25 new ones per second */
        { 90000, 3000, 0, 0, 0, 1 },
        { 3600, 6000, 0, 0, 0, 2 },
        { 0, 0, INT64_C(2500000000), 0, 0, 2.5 },
        { 0, 0, 0, 3600000, 10, 0 },                 /* ten rules are free */
        { 0, 0, 0, 3600000, 11, 1 },
        /* EX-S34, measure by measure, and the dearest of them */
        { 3600, 0, 0, 0, 0, 0.04 },
        { 0, 120, 0, 0, 0, 0.04 },
        { 0, 0, INT64_C(1080000000), 0, 0, 1.08 },
        { 0, 0, 0, 18000, 60, 0.25 },
        { 3600, 120, INT64_C(1080000000), 18000, 60, 1.08 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cost_lcu_usage usage = {
            .connections = rows[i].connections, .connection_ns = (wide)(rows[i].open * 3600e9), .bytes = rows[i].bytes,
            .requests = rows[i].requests, .rules = rows[i].rules,
        };
        CU_ASSERT_DOUBLE_EQUAL((double)cost_lcu_pico(&usage), rows[i].units * 8e9, 1e-6);
    }
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .balancer_hours = 730 }), INT64_C(16425000000000));
    CU_ASSERT_EQUAL(control_pico((struct cost_control){ .balancer_hours = 1, .lcu_pico = 5 }), INT64_C(22500000005));
}

/* COST-05, COST-06: what fits on an instance shares its price, 9 for a vCPU against 1 for a GiB; the rest is unused room. */
static void an_instance_is_shared_out_by_weight(void)
{
    int m5_large = (int)(instance_type_find("m5.large") - instance_types) + 1;
    const struct cost_size room = cost_size_of_room(m5_large);
    CU_ASSERT_EQUAL(room.slots, 26 * 1024);
    CU_ASSERT_EQUAL(cost_task_hour_pico(&room, 0), INT64_C(96000000000));
    const struct cost_size task = { .cpu_units = 1024, .memory_mib = 4096, .slots = 2, .instance_type = m5_large };
    CU_ASSERT_EQUAL(cost_task_hour_pico(&task, 0), INT64_C(48000000000));
    CU_ASSERT_EQUAL(cost_task_hour_pico(&task, 1), INT64_C(48000000000));   /* the basis is Fargate's */

    struct cost_account accounts[2] = { account_of(task, COST_USEFUL, SIM_HOUR), { .size = room } };
    accounts[1].shares.slot_ns[COST_IDLE] = (wide)room.slots / 2 * SIM_HOUR;
    struct cost_bill bill;
    cost_price(accounts, 2, NULL, 0, &bill);
    CU_ASSERT_EQUAL((int64_t)bill.total_pico, INT64_C(96000000000));
    CU_ASSERT_EQUAL((int64_t)bill.part_pico[COST_IDLE], INT64_C(48000000000));
}

/* A thousand of the largest instances for a year. */
static void years_of_instances_can_be_priced(void)
{
    int largest = (int)(instance_type_find("r5.4xlarge") - instance_types) + 1;
    struct cost_account account = { .size = cost_size_of_room(largest) };
    account.shares.slot_ns[COST_IDLE] = (wide)account.size.slots * SIM_HOUR * 8760 * 1000;
    struct cost_bill bill;
    cost_price(&account, 1, NULL, 0, &bill);
    CU_ASSERT(bill.total_pico == (wide)INT64_C(1008000000000) * 8760 * 1000);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "billing rounds up to seconds and a minute (COST-01)", billing_rounds_up_to_seconds_and_a_minute },
        { "Fargate sells these sizes (COST-03)", fargate_sells_these_sizes },
        { "a task-hour costs what the price list says (COST-02)", a_task_hour_costs_what_the_price_list_says },
        { "the printed example comes out by seconds", the_printed_example_comes_out_by_seconds },
        { "small tasks cost what was worked out by hand", small_tasks_cost_what_was_worked_out_by_hand },
        { "Windows costs what two sources say (COST-02)", windows_costs_what_two_sources_say },
        { "slots share a task and not its price", slots_share_a_task_and_not_its_price },
        { "the control plane is billed (COST-11, COST-12, COST-13)", the_control_plane_is_billed },
        { "load balancers are billed by hours and capacity units", load_balancers_are_billed_by_hours_and_capacity_units },
        { "an instance is shared out by weight", an_instance_is_shared_out_by_weight },
        { "years of instances can be priced", years_of_instances_can_be_priced },
        { "parts sum to the total whatever the accounts", parts_sum_to_the_total_whatever_the_accounts },
        { "bills of services sum to the bill of the run", bills_of_services_sum_to_the_bill_of_the_run },
        { "dollars are the nearest doubles", dollars_are_the_nearest_doubles },
        UNIT_END,
    };
    return unit_main("model/cost", tests);
}
