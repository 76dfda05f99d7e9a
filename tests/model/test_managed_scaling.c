#include "model/managed_scaling.h"

#include "lib/unit.h"
#include "model/instance_type.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { MANY = 1000000 };

static const struct instance_room small = { 2048, 3768, MANY };

/* Without unplaced tasks M is what is busy; with them it is stated as tasks that fill an instance each. */
static const struct {
    const char *claim;
    int busy, running, unplaced, target;
    double percent;
    int desired;
} rows[] = {
    { "EX-S22", 2, 3, 0, 100, 200.0 / 3, 2 },
    { "EX-S23: empty instances", 0, 2, 0, 100, 0, 0 },
    { "EX-S23: nothing at all", 0, 0, 0, 100, 100, 0 },
    { "EX-S23: nothing at all, any target", 0, 0, 0, 80, 100, 0 },
    { "EX-S24: from none", 0, 0, 10, 100, 200, 2 },
    { "CAP-20: from none, target below 100", 0, 0, 10, 80, 200, 2 },
    { "EX-S25: all busy", 3, 3, 0, 100, 100, 3 },
    { "EX-S25: two more needed", 3, 3, 2, 100, 500.0 / 3, 5 },
    { "EX-S25: room kept free", 5, 5, 0, 80, 100, 7 },
    { "EX-S26", 3, 3, 0, 50, 100, 6 },
    { "CAP-15: with a target below 100 the last one stays", 1, 2, 0, 50, 50, 2 },
};

static void reservation_and_desired_instances(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct managed_scaling settings = managed_scaling_default;
        settings.target_capacity = rows[i].target;
        const struct unplaced_group group = { small, rows[i].unplaced };
        const struct reservation_view view = {
            .running = rows[i].running, .busy = rows[i].busy, .unplaced = &group, .unplaced_count = rows[i].unplaced > 0,
            .smallest = small, .largest = small,
        };
        struct reservation reservation = managed_scaling_reservation(&view, &settings);
        int desired = managed_scaling_desired(&reservation, rows[i].running, rows[i].target, 2);
        if (reservation.percent != rows[i].percent || desired != rows[i].desired) {
            CU_FAIL(rows[i].claim);
        }
    }
}

static void the_first_launch_by_the_formula(void)
{
    const struct reservation reservation = { 10, 200 };
    CU_ASSERT_EQUAL(managed_scaling_desired(&reservation, 0, 80, 0), 3);   /* CAP-20 */
    CU_ASSERT_EQUAL(managed_scaling_desired(&reservation, 0, 100, 0), 2);
}

static void unplaced_tasks_are_packed(void)
{
    /* EX-S27: three of them on an instance, by memory. */
    const struct unplaced_group ten = { { 512, 1024, 1 }, 10 };
    CU_ASSERT_EQUAL(managed_scaling_count(&ten, 1, &small, &small), 4);
    struct reservation_view view = { .running = 2, .busy = 2, .unplaced = &ten, .unplaced_count = 1, .smallest = small,
                                     .largest = small };
    struct reservation reservation = managed_scaling_reservation(&view, &managed_scaling_default);
    CU_ASSERT_EQUAL(reservation.needed, 6);
    CU_ASSERT_EQUAL(reservation.percent, 300);

    /* CAP-19: beside idle instances, by both readings. */
    view.busy = 1;
    CU_ASSERT_EQUAL(managed_scaling_reservation(&view, &managed_scaling_default).needed, 6);
    view.base = CPR_PENDING_BASE_BUSY;
    CU_ASSERT_EQUAL(managed_scaling_reservation(&view, &managed_scaling_default).needed, 5);

    /* PLACE-05: two of them by network interfaces. */
    const struct instance_room with_interfaces = { 2048, 3768, 2 };
    CU_ASSERT_EQUAL(managed_scaling_count(&ten, 1, &with_interfaces, &with_interfaces), 5);
}

static void tasks_that_cannot_fit_are_ignored(void)
{
    /* EX-S28, also where the target leaves room. */
    const struct unplaced_group large = { { 4096, 1024, 1 }, 1 };
    static const int targets[] = { 100, 80, 33 };
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct managed_scaling settings = managed_scaling_default;
        settings.target_capacity = targets[i];
        const struct reservation_view view = { .running = 5, .busy = 2, .unplaced = &large, .unplaced_count = 1,
                                               .smallest = small, .largest = small };
        struct reservation reservation = managed_scaling_reservation(&view, &settings);
        CU_ASSERT_EQUAL(reservation.percent, targets[i]);
        CU_ASSERT_EQUAL(managed_scaling_desired(&reservation, 5, targets[i], 2), 5);
    }
    /* CAP-09: the smallest type decides what fits, the largest one how many. */
    const struct instance_room larger = { 8192, 15072, MANY };
    CU_ASSERT_EQUAL(managed_scaling_count(&large, 1, &small, &larger), 0);
    const struct unplaced_group ten = { { 512, 1024, 1 }, 17 };
    CU_ASSERT_EQUAL(managed_scaling_count(&ten, 1, &small, &larger), 2);
}

static void the_largest_group_decides(void)
{
    const struct unplaced_group groups[] = { { { 2048, 1024, 1 }, 3 }, { { 256, 512, 1 }, 10 }, { { 4096, 512, 1 }, 90 } };
    CU_ASSERT_EQUAL(managed_scaling_count(groups, 3, &small, &small), 3);
}

static void steps_bound_a_scale_out(void)
{
    const struct unplaced_group group = { small, 6 };
    const struct reservation_view view = { .running = 4, .busy = 4, .unplaced = &group, .unplaced_count = 1,
                                           .smallest = small, .largest = small };
    struct managed_scaling settings = managed_scaling_default;
    settings.maximum_step = 2;   /* CAP-11 */
    CU_ASSERT_EQUAL(managed_scaling_reservation(&view, &settings).needed, 6);
    settings = managed_scaling_default;
    settings.minimum_step = 9;
    CU_ASSERT_EQUAL(managed_scaling_reservation(&view, &settings).needed, 13);
}

static void scale_in_takes_just_under_half(void)
{
    static const int way[] = { 10, 6, 4, 3, 2, 1, 0 };   /* CAP-21 */
    for (size_t i = 0; i + 1 < COUNT_OF(way); i++) {
        CU_ASSERT_EQUAL(managed_scaling_step_in(way[i], 0), way[i + 1]);
    }
    CU_ASSERT_EQUAL(managed_scaling_step_in(10, 8), 8);
}

static void prices_and_sizes_of_instances(void)
{
    static const struct {
        const char *name;
        int cpu, memory, interfaces;
        double usd;
    } known[] = {                 /* COST-06 */
        { "t3.micro", 2048, 1024, 2, 0.0104 },   { "t3.medium", 2048, 4096, 3, 0.0416 },
        { "t4g.medium", 2048, 4096, 3, 0.0336 }, { "m7g.large", 2048, 8192, 3, 0.0816 },
        { "m7g.xlarge", 4096, 16384, 4, 0.1632 }, { "c7g.xlarge", 4096, 8192, 4, 0.145 },
        { "c5.large", 2048, 4096, 3, 0.085 },    { "m5.4xlarge", 16384, 65536, 8, 0.768 },
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const struct instance_type *type = instance_type_find(known[i].name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(type);
        CU_ASSERT_EQUAL(type->cpu_units, known[i].cpu);
        CU_ASSERT_EQUAL(type->memory_mib, known[i].memory);
        CU_ASSERT_EQUAL(type->interfaces, known[i].interfaces);
        CU_ASSERT_EQUAL(type->hour_pico, (int64_t)(known[i].usd * 1e6 + 0.5) * 1000000);
    }
    CU_ASSERT_PTR_NULL(instance_type_find("m5.huge"));
    for (size_t i = 0; i < INSTANCE_TYPES; i++) {
        CU_ASSERT_PTR_EQUAL(instance_type_find(instance_types[i].name), &instance_types[i]);
    }
}

int main(void)
{
    return unit_main("model/managed_scaling", (const struct unit_test[]){
        { "CAP-06 CAP-12: reservation and desired instances", reservation_and_desired_instances },
        { "CAP-20: the first launch by the formula", the_first_launch_by_the_formula },
        { "CAP-09: unplaced tasks are packed", unplaced_tasks_are_packed },
        { "CAP-09: tasks that cannot fit are ignored", tasks_that_cannot_fit_are_ignored },
        { "CAP-09: the largest group decides", the_largest_group_decides },
        { "CAP-11: steps bound a scale-out", steps_bound_a_scale_out },
        { "CAP-21: scale-in takes just under half", scale_in_takes_just_under_half },
        { "COST-06: prices and sizes of instances", prices_and_sizes_of_instances },
        UNIT_END,
    });
}
