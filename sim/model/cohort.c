#include "model/cohort.h"

/* So many have come at least `offset` ago. */
static int64_t passed(const struct cohort *cohort, sim_time offset, sim_time now)
{
    sim_time length = now - cohort->first - offset;
    if (length < 0) {
        return 0;
    }
    int64_t count = length / cohort->spacing + 1;
    return count < cohort->count ? count : cohort->count;
}

/* Time that has passed since, for each of the [from, to) and added up, their coming was `offset` ago. */
static wide time_since(const struct cohort *cohort, int64_t from, int64_t to, sim_time offset, sim_time now)
{
    wide each = now - cohort->first - offset;
    return (to - from) * each - (wide)cohort->spacing * ((wide)(to - from) * (from + to - 1) / 2);
}

static int64_t later(int64_t before, int64_t now)
{
    return now > before ? now : before;
}

static sim_time sooner(const struct cohort *cohort, int64_t reached, sim_time offset, sim_time next)
{
    sim_time when = cohort->first + offset + reached * cohort->spacing;
    return reached < cohort->count && when < next ? when : next;
}

static sim_time next_of(const struct cohort *cohort)
{
    sim_time next = sooner(cohort, cohort->entered, 0, SIM_NEVER);
    next = sooner(cohort, cohort->started, cohort->wait, next);
    next = sooner(cohort, cohort->answered, cohort->patience, next);
    return sooner(cohort, cohort->left, cohort->response, next);
}

struct cohort_step cohort_advance(struct cohort *cohort, sim_time since, sim_time now)
{
    if (now < cohort->next) {
        return (struct cohort_step){ .slot_ns = (wide)cohort_in_slots(cohort) * (now - since) };
    }
    int64_t entered = later(cohort->entered, passed(cohort, 0, now));
    int64_t started = later(cohort->started, passed(cohort, cohort->wait, now));
    int64_t answered = later(cohort->answered, passed(cohort, cohort->patience, now));
    int64_t left = later(cohort->left, passed(cohort, cohort->response, now));
    struct cohort_step step = {
        .entered = entered - cohort->entered, .started = started - cohort->started,
        .answered = answered - cohort->answered, .left = left - cohort->left,
    };
    step.system_ns = time_since(cohort, cohort->entered, entered, 0, now) -
                     time_since(cohort, cohort->answered, answered, cohort->patience, now);
    step.slot_ns = (wide)cohort_in_slots(cohort) * (now - since) +
                   time_since(cohort, cohort->started, started, cohort->wait, now) -
                   time_since(cohort, cohort->left, left, cohort->response, now);
    if (step.left > 0) {
        step.work_ns = (int64_t)((wide)cohort->work_ns * step.left / (cohort->count - cohort->left));
        cohort->work_ns -= step.work_ns;
    }
    cohort->entered = entered;
    cohort->started = started;
    cohort->answered = answered;
    cohort->left = left;
    cohort->next = next_of(cohort);
    return step;
}

int64_t cohort_work_in_slots(const struct cohort *cohort, sim_time now)
{
    sim_time service = cohort->response - cohort->wait;
    if (cohort_in_slots(cohort) == 0 || service <= 0) {
        return 0;
    }
    wide spent = time_since(cohort, cohort->left, cohort->started, cohort->wait, now);
    wide each = cohort->work_ns / (cohort->count - cohort->left);
    return (int64_t)(each * spent / service);
}
