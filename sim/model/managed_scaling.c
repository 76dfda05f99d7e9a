#include "model/managed_scaling.h"

#include <limits.h>

const struct managed_scaling managed_scaling_default = {
    .target_capacity = 100, .minimum_step = 1, .maximum_step = 10000, .warmup_s = 300,
};

static int times(int room, int need)
{
    return need > 0 ? room / need : INT_MAX;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static int divide_up(int number, int by)
{
    return (number + by - 1) / by;
}

static int tasks_on(const struct instance_room *room, const struct instance_room *need)
{
    return least(times(room->cpu_units, need->cpu_units),
                 least(times(room->memory_mib, need->memory_mib), times(room->interfaces, need->interfaces)));
}

int managed_scaling_count(const struct unplaced_group *unplaced, int count, const struct instance_room *smallest,
                          const struct instance_room *largest)
{
    int instances = 0;
    for (int i = 0; i < count; i++) {
        if (instance_room_fits(smallest, &unplaced[i].need)) {
            instances = most(instances, divide_up(unplaced[i].count, tasks_on(largest, &unplaced[i].need)));
        }
    }
    return instances;
}

static double percent_of(int needed, int running)
{
    if (running == 0) {
        return needed == 0 ? 100 : 200;   /* CAP-07 */
    }
    return 100.0 * needed / running;
}

struct reservation managed_scaling_reservation(const struct reservation_view *view, const struct managed_scaling *settings)
{
    int count = managed_scaling_count(view->unplaced, view->unplaced_count, &view->smallest, &view->largest);
    if (view->unplaced_count == 0) {
        return (struct reservation){ view->busy, percent_of(view->busy, view->running) };
    }
    if (count == 0) {
        return (struct reservation){ view->running, settings->target_capacity };   /* CAP-09 */
    }
    int base = view->base == CPR_PENDING_BASE_ALL ? view->running : view->busy;
    int needed = base + least(most(count, settings->minimum_step), settings->maximum_step);
    return (struct reservation){ needed, percent_of(needed, view->running) };
}

int managed_scaling_desired(const struct reservation *reservation, int running, int target_capacity, int first_launch)
{
    if (reservation->percent == target_capacity || (running == 0 && reservation->needed == 0)) {
        return running;
    }
    if (running > 0) {
        return divide_up(reservation->needed * 100, target_capacity);
    }
    return first_launch > 0 ? first_launch : divide_up(200, target_capacity);
}

int managed_scaling_step_in(int running, int desired)
{
    int step = divide_up(running, 2) - 1;
    return most(desired, running - most(1, step));
}
