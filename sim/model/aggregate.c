#include "model/aggregate.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/vec.h"
#include "model/cohort.h"
#include "model/request.h"
#include "model/response_law.h"
#include "model/service.h"
#include "model/world.h"

enum {
    COHORTS_MAX = 8,              /* of a target in one settlement */
    COHORT_SIZE = 6,              /* fewer cohorts rather than smaller ones */
    PHASE_STEP = 97               /* near the golden section of PILOT_STRATA: all strata have their turn, neighbours far apart */
};
_Static_assert(PILOT_STRATA % PHASE_STEP != 0, "97 is a prime: the step meets all strata");

/* Of a steady fleet, rounded up; a load a little above that of the grid is still in its band, since chance moves it. What is
 * fuller than that is overloaded, or was or will be: there is no steady time to compare. */
const struct aggregate_accuracy aggregate_accuracy[AGGREGATE_BANDS] = {
    [BAND_MODERATE] = { 0.81, 0.03, 0.04 },
    [BAND_HIGH] = { 0.91, 0.04, 0.05 },
    [BAND_EXTREME] = { 0.955, 0.06, 0.07 },
    [BAND_BEYOND] = { INFINITY, NAN, NAN },
};

/* A cohort in a task. */
struct inmate {
    struct cohort cohort;
    bool is_lost;                 /* its clients do not get what the task works on */
    enum cause lost_to;
};

struct aggregate_target {
    struct aggregate *aggregate;
    struct target *target;
    struct response_family *family;
    struct response_law *law;     /* of its ring's size */
    double in_system;             /* expected */
    struct response_state state;
    double cpu_owed;              /* asked for beyond what there is, 1/1000 per cent x ns */
    uint64_t phase;               /* which strata are next */
    struct inmate *inmates;
    size_t count, room;
    int64_t waiting, in_slots, open;         /* as of the last settlement */
    int slots_set_aside;          /* of the task, since then */
    wide slots_owed_ns;           /* slot time that was used beyond what was set aside */

    /* What it gets in the settlement that is under way. */
    double rate;                  /* expected, per second */
    int64_t given;
    wide given_work_ns;
};

struct known_family {
    const struct task_definition *definition;
    struct response_family *family;
};

struct aggregate {
    struct target_group *group;
    struct aggregate_config config;
    struct work_moments work;     /* of one request */
    struct rng rng;
    sim_timer timer;              /* while requests are left and no more come */
    struct aggregate_target **targets;
    size_t count, room;
    struct known_family *families;
    size_t family_count, family_room;
    sim_time settled_at;

    /* What comes from `fed_from` to `fed_until`, and how much of it has. */
    sim_time fed_from, fed_until;
    int64_t fed, given;
    wide fed_work_ns, given_work_ns;
    double rate;
    int64_t alone;                /* requests in need(t) */

    struct response_state last_state;        /* of `last_law` after these: most targets are alike */
    const struct response_law *last_law;
    double last_in_system, last_rate;
    sim_time last_length;

    /* Of the settlement that is under way. */
    int64_t change;               /* of clients that wait */
    wide area;

    int64_t open;                 /* clients that wait */
    uint64_t in_band[AGGREGATE_BANDS];       /* requests so far, by the load of their targets */
};

static struct world *world_of(const struct aggregate *aggregate)
{
    return aggregate->group->world;
}

static sim_time now_of(const struct aggregate *aggregate)
{
    return sim_now(world_of(aggregate)->sim);
}

/* ---- laws --------------------------------------------------------------------------------------------------- */

static int64_t demand_of(const struct task_definition *definition)
{
    return (int64_t)(definition->cpu_percent * 1000 + 0.5);
}

static struct response_family *family_of(struct aggregate *aggregate, const struct task_definition *definition)
{
    for (size_t i = 0; i < aggregate->family_count; i++) {
        if (aggregate->families[i].definition == definition) {
            return aggregate->families[i].family;
        }
    }
    const struct response_family_config config = {
        .routing = aggregate->group->config.routing, .demand = demand_of(definition), .slots = definition->slots,
        .regular = aggregate->config.regular, .work = aggregate->config.work,
    };
    VEC_GROW(aggregate->families, aggregate->family_count, aggregate->family_room);
    struct known_family *known = &aggregate->families[aggregate->family_count++];
    *known = (struct known_family){ definition, response_family_create(world_of(aggregate)->sim, &config) };
    return known->family;
}

/* ---- targets ------------------------------------------------------------------------------------------------ */

static void check_program(const struct aggregate *aggregate, const struct task_definition *definition)
{
    struct error err;
    if (definition->app == NULL || definition->app->start != serving_app.start) {
        error_set(&err, "load '%s' has aggregate_above, which is for tasks that merely work on requests: '%s' has a program "
                  "of its own", aggregate->config.load, definition->name);
        sim_fail(world_of(aggregate)->sim, &err);
    }
}

void aggregate_check_program(const struct aggregate *aggregate)
{
    if (aggregate->group->service != NULL) {
        check_program(aggregate, aggregate->group->service->config.definition);
    }
}

/* What single requests have left behind stands before it. */
static struct aggregate_target *begin_target(struct aggregate *aggregate, struct target *target)
{
    struct aggregate_target *mine = mem_alloc(sizeof *mine);
    mine->aggregate = aggregate;
    mine->target = target;
    mine->in_system = (double)target->outstanding;
    mine->family = family_of(aggregate, target->task->definition);
    mine->phase = target->task->serial * 37;
    VEC_GROW(aggregate->targets, aggregate->count, aggregate->room);
    aggregate->targets[aggregate->count++] = mine;
    target->aggregate = mine;
    check_program(aggregate, target->task->definition);
    return mine;
}

static struct aggregate_target *target_of(struct aggregate *aggregate, struct target *target)
{
    return target->aggregate != NULL ? target->aggregate : begin_target(aggregate, target);
}

static void free_target(struct aggregate_target *target)
{
    free(target->inmates);
    free(target);
}

static void forget_target(struct aggregate_target *target)
{
    struct aggregate *aggregate = target->aggregate;
    size_t i = 0;
    while (aggregate->targets[i] != target) {
        i++;
    }
    aggregate->count--;
    for (; i < aggregate->count; i++) {
        aggregate->targets[i] = aggregate->targets[i + 1];
    }
    target->target->aggregate = NULL;
    free_target(target);
}

/* ---- cohorts in a task -------------------------------------------------------------------------------------- */

static void book_answers(struct aggregate *aggregate, const struct cohort *cohort, int64_t count)
{
    struct target_group *group = aggregate->group;
    bool is_late = cohort->patience < cohort->response;
    job_books_end_many(&group->books, group->world, cohort->first, cohort->patience, count, is_late ? JOB_FAILED : JOB_DONE);
    if (is_late) {
        group->books.timed_out += (uint64_t)count;
        group->minute.balancer_5xx += (uint64_t)count;
    } else {
        group->books.completed += (uint64_t)count;
        target_group_note_answers(group, HTTP_OK, cohort->response, count);
    }
}

static void book_work(struct aggregate_target *target, const struct inmate *inmate, int64_t work_ns, int64_t jobs)
{
    struct target_group *group = target->aggregate->group;
    struct task *task = target->target->task;
    group->books.work_done_ns += work_ns;
    if (inmate->is_lost) {
        job_books_lose(&group->books, group->world, inmate->lost_to, work_ns);
        task->work_lost_ns += work_ns;
    } else {
        job_books_use(&group->books, group->world, work_ns);
        task->work_useful_ns += work_ns;
        task->jobs_done += (int)jobs;
    }
}

/* Slot time of a settlement, by what it was good for. */
struct slot_time {
    wide useful_ns, lost_ns;
};

static void advance(struct aggregate_target *target, struct inmate *inmate, struct slot_time *slots, sim_time now)
{
    struct aggregate *aggregate = target->aggregate;
    struct target_group *group = aggregate->group;
    struct cohort *cohort = &inmate->cohort;
    struct cohort_step step = cohort_advance(cohort, aggregate->settled_at, now);
    aggregate->change += step.entered - step.answered;
    aggregate->area += step.system_ns;
    *(inmate->is_lost ? &slots->lost_ns : &slots->useful_ns) += step.slot_ns;
    if (step.started > 0 && cohort->wait < cohort->patience) {
        job_books_start_many(&group->books, group->world, cohort->first, cohort->wait, step.started);
    }
    if (step.answered > 0) {
        book_answers(aggregate, cohort, step.answered);
    }
    if (step.left > 0) {
        book_work(target, inmate, step.work_ns, step.left);
    }
}

static void count_inmates(struct aggregate_target *target)
{
    struct target_group *group = target->aggregate->group;
    int64_t waiting = 0, in_slots = 0, open = 0;
    for (size_t i = 0; i < target->count; i++) {
        const struct cohort *cohort = &target->inmates[i].cohort;
        waiting += cohort->entered - cohort->started;
        in_slots += cohort_in_slots(cohort);
        open += cohort_open(cohort);
    }
    group->waiting += waiting - target->waiting;
    group->served += in_slots - target->in_slots;
    target_outstanding_changed(target->target, (int)(open - target->open));
    target->waiting = waiting;
    target->in_slots = in_slots;
    target->open = open;
}

static void drop_finished(struct aggregate_target *target)
{
    size_t kept = 0;
    for (size_t i = 0; i < target->count; i++) {
        if (!cohort_is_over(&target->inmates[i].cohort)) {
            target->inmates[kept++] = target->inmates[i];
        }
    }
    target->count = kept;
}

/* ---- slots and CPU of the task ------------------------------------------------------------------------------ */

static wide least(wide a, wide b)
{
    return a < b ? a : b;
}

/* Slots that cohorts may fill: single requests, and sessions, have theirs first. */
static int64_t free_slots(const struct aggregate_target *target)
{
    const struct task *task = target->target->task;
    int others = task_slots_taken(task) - target->slots_set_aside;
    return task->serving.waiting.first == NULL ? task->definition->slots - others : 0;
}

/* As many as make the mean over time right; none as often as the law knows the target to be empty, unless too much is owed
 * by then. */
static int slots_taken(struct aggregate_target *target, const struct slot_time *used, sim_time length)
{
    wide free_ns = (wide)free_slots(target) * length, most = (wide)target->target->task->definition->slots * 10 * length;
    target->slots_owed_ns += used->useful_ns + used->lost_ns - (wide)target->slots_set_aside * length;
    target->slots_owed_ns = target->count > 0 || target->rate > 0 ? least(target->slots_owed_ns, most) : 0;
    bool is_empty = rng_uniform(&target->aggregate->rng) < target->state.empty && target->slots_owed_ns < 2 * free_ns;
    if (is_empty || target->slots_owed_ns <= 0) {
        return 0;
    }
    wide taken = target->slots_owed_ns < free_ns ? (target->slots_owed_ns + length / 2) / length : free_slots(target);
    return taken > 0 ? (int)taken : 0;
}

/* The slots that were taken at the last settlement were not charged since; what cohorts used is, and idle time, which was
 * charged for the others, gives or takes the difference: as far as it goes. */
static void charge(struct aggregate_target *target, const struct slot_time *used, sim_time length)
{
    struct task *task = target->target->task;
    task_flush_books(task);
    wide set_aside = (wide)target->slots_set_aside * length;
    const struct cost_account *account = &task->service->books.accounts[task->account];
    wide room = set_aside + least(task->shares.slot_ns[task->idle_part], account->shares.slot_ns[task->idle_part]);
    wide lost = least(used->lost_ns, room), useful = least(used->useful_ns, room - lost);
    task_charge(task, COST_LOST, lost);
    task_charge(task, COST_USEFUL, useful);
    task_charge(task, task->idle_part, set_aside - lost - useful);
}

/* CPU that requests took: what the load of the target asks for, by as much more or less as chance gave more or less work. */
static void use_cpu(struct aggregate_target *target, double luck, sim_time length)
{
    struct task *task = target->target->task;
    const struct response_state *state = &target->state;
    double work = target->aggregate->work.mean * response_law_capacity(target->law);
    double asked = state->load * work * (double)demand_of(task->definition) * luck * (double)length + target->cpu_owed;
    double most = (double)TASK_FULL_CPU * (double)length;
    double used = asked < most ? asked : most;
    target->cpu_owed = asked - used;
    task_use_cpu(task, (wide)used, (sim_time)((1 - state->empty) * (double)length), length);
}

/* ---- new cohorts -------------------------------------------------------------------------------------------- */

static struct cohort make_cohort(struct aggregate *aggregate, const struct response_times *times, int64_t size,
                                 sim_time length)
{
    sim_time response = sim_from_seconds(times->response), wait = sim_from_seconds(times->wait);
    sim_time idle_timeout = aggregate->group->config.idle_timeout;
    struct cohort cohort = { .count = size, .response = response > 0 ? response : 0 };
    cohort.spacing = length > size ? length / size : 1;
    cohort.first = aggregate->settled_at + (sim_time)rng_below(&aggregate->rng, (uint64_t)cohort.spacing);
    cohort.wait = wait > 0 ? wait : 0;
    cohort.wait = cohort.wait < cohort.response ? cohort.wait : cohort.response;
    cohort.patience = cohort.response < idle_timeout ? cohort.response : idle_timeout;
    return cohort;
}

static void add_inmate(struct aggregate_target *target, const struct cohort *cohort)
{
    VEC_GROW(target->inmates, target->count, target->room);
    target->inmates[target->count++] = (struct inmate){
        .cohort = *cohort, .is_lost = cohort->patience < cohort->response, .lost_to = CAUSE_GIVEN_UP,
    };
}

/* The work of the settlement goes to its cohorts as their strata have it. */
static void hand_out_work(struct aggregate_target *target, size_t first, const double *weights)
{
    double whole = 0;
    for (size_t i = first; i < target->count; i++) {
        whole += weights[i - first];
    }
    wide left_ns = target->given_work_ns;
    for (size_t i = first; i < target->count; i++) {
        double share = whole > 0 ? weights[i - first] / whole : 1;
        wide part = i + 1 < target->count ? (wide)(share * (double)left_ns) : left_ns;
        target->inmates[i].cohort.work_ns = (int64_t)part;
        left_ns -= part;
        whole -= weights[i - first];
    }
}

static void add_cohorts(struct aggregate_target *target, sim_time length)
{
    double weights[COHORTS_MAX];
    size_t first = target->count;
    int64_t cohorts = target->given / COHORT_SIZE;
    cohorts = cohorts < 1 ? 1 : cohorts > COHORTS_MAX ? COHORTS_MAX : cohorts;
    int phase = (int)(target->phase++ * PHASE_STEP % PILOT_STRATA);
    for (int64_t i = 0; i < cohorts; i++) {
        int64_t size = target->given / cohorts + (i < target->given % cohorts);
        int stratum = (phase + (int)(i * PILOT_STRATA / cohorts)) % PILOT_STRATA;
        int wait = (int)rng_below(&target->aggregate->rng, PILOT_WAITS);
        const struct response_times times = response_state_times(&target->state, stratum, wait);
        const struct cohort cohort = make_cohort(target->aggregate, &times, size, length);
        add_inmate(target, &cohort);
        weights[i] = times.work * (double)size;
    }
    hand_out_work(target, first, weights);
}

/* ---- who gets how many -------------------------------------------------------------------------------------- */

/* What a target would hold at the end without new requests. */
static double left_over(const struct aggregate_target *target, double length)
{
    double done = target->law != NULL ? target->state.load * response_law_capacity(target->law) * length : 0;
    return target->in_system > done ? target->in_system - done : 0;
}

/* The level up to which so many more fill the least filled targets. */
static double fill_level(struct aggregate *aggregate, const struct target_ring *ring, double more, double length)
{
    double low = 0, high = more;
    for (int i = 0; i < ring->count; i++) {
        high += left_over(target_of(aggregate, ring->members[i]), length);
    }
    for (int step = 0; step < 50; step++) {
        double level = (low + high) / 2, needed = 0;
        for (int i = 0; i < ring->count; i++) {
            double held = left_over(ring->members[i]->aggregate, length);
            needed += level > held ? level - held : 0;
        }
        *(needed < more ? &low : &high) = level;
    }
    return high;
}

/* In what proportion the members of a ring get requests. */
static void weigh(struct aggregate *aggregate, const struct target_ring *ring, double rate, double length)
{
    bool by_least = ring->routing == ROUTE_LEAST_OUTSTANDING && rate > 0;
    double level = by_least ? fill_level(aggregate, ring, rate * length, length) : 0;
    for (int i = 0; i < ring->count; i++) {
        struct aggregate_target *target = target_of(aggregate, ring->members[i]);
        double held = by_least ? left_over(target, length) : 0;
        double share = routing_share(ring->members[i], now_of(aggregate));
        target->rate = by_least ? (level > held ? level - held : 0) : share;
        target->law = response_family_law(target->family, ring->count);
    }
}

static void refuse(struct aggregate *aggregate, int64_t count)
{
    struct target_group *group = aggregate->group;
    group->books.rejected += (uint64_t)count;
    group->minute.balancer_5xx += (uint64_t)count;
    job_books_end_many(&group->books, group->world, aggregate->settled_at, 0, count, JOB_REFUSED);
}

/* Part of what there is left to give, so that `of` of `whole` have got theirs when the last one has. */
static wide work_for(wide left_ns, int64_t count, int64_t left)
{
    return count < left ? left_ns * count / left : left_ns;
}

static void give(struct aggregate *aggregate, struct aggregate_target *target, int64_t count, wide work_ns)
{
    aggregate->group->minute.requests += (uint64_t)count;
    if (target->target->task->ready) {
        target->given += count;
        target->given_work_ns += work_ns;
    } else {                      /* ALB-07: nobody listens yet */
        refuse(aggregate, count);
    }
}

/* Whole numbers in proportion to the members' weights, which become their rates; from a random begin, so that nobody is
 * preferred. */
static void share_out(struct aggregate *aggregate, const struct target_ring *ring, int64_t count, wide work_ns, double rate,
                      double length)
{
    weigh(aggregate, ring, rate, length);
    double whole = 0, reached = 0, offset = rng_uniform(&aggregate->rng);
    for (int i = 0; i < ring->count; i++) {
        whole += ring->members[i]->aggregate->rate;
    }
    int64_t left = count;
    for (int i = 0; i < ring->count; i++) {
        struct aggregate_target *target = ring->members[i]->aggregate;
        double share = whole > 0 ? target->rate / whole : 1.0 / ring->count;
        double from = floor(reached * (double)count + offset);
        reached += share;
        int64_t mine = (int64_t)(floor(reached * (double)count + offset) - from);
        mine = i + 1 == ring->count || mine > left ? left : mine;
        wide work = work_for(work_ns, mine, left);
        give(aggregate, target, mine, work);
        left -= mine;
        work_ns -= work;
        target->rate = share * rate;
    }
}

/* DEPLOY-27: by the weights of the listener's two target groups. */
static void deliver(struct aggregate *aggregate, int64_t count, wide work_ns, sim_time length)
{
    struct target_group *group = aggregate->group;
    int64_t left = count;
    for (int set = 0; set < 2; set++) {
        const struct target_ring *ring = target_group_ring(group, set);
        double share = group->sets[set].permille / 1000.0;
        int64_t mine = (int64_t)(share * (double)count + rng_uniform(&aggregate->rng));
        mine = set == 1 || share >= 1 || mine > left ? left : mine;
        mine = share > 0 ? mine : 0;
        wide work = work_for(work_ns, mine, left);
        if (ring->count > 0) {
            share_out(aggregate, ring, mine, work, share * aggregate->rate, sim_seconds(length));
        } else {
            refuse(aggregate, mine);
        }
        left -= mine;
        work_ns -= work;
    }
}

/* What has come since the last settlement: evenly over the time for which it was announced. */
static void take_in(struct aggregate *aggregate, sim_time now)
{
    struct target_group *group = aggregate->group;
    sim_time until = now < aggregate->fed_until ? now : aggregate->fed_until;
    sim_time whole = aggregate->fed_until - aggregate->fed_from;
    if (aggregate->settled_at >= aggregate->fed_until) {
        return;
    }
    int64_t come = (int64_t)((wide)aggregate->fed * (until - aggregate->fed_from) / whole);
    int64_t count = come - aggregate->given;
    wide work = work_for(aggregate->fed_work_ns - aggregate->given_work_ns, count, aggregate->fed - aggregate->given);
    aggregate->given = come;
    aggregate->given_work_ns += work;
    job_books_arrive_many(&group->books, group->world, aggregate->settled_at, count, work);
    target_group_note_cohort(group, count);
    deliver(aggregate, count, work, now - aggregate->settled_at);
}

/* ---- settlements -------------------------------------------------------------------------------------------- */

static struct response_state state_after(struct aggregate_target *target, sim_time length)
{
    struct aggregate *aggregate = target->aggregate;
    bool is_known = aggregate->last_law == target->law && aggregate->last_in_system == target->in_system &&
                    aggregate->last_rate == target->rate && aggregate->last_length == length;
    if (!is_known) {
        aggregate->last_law = target->law;
        aggregate->last_in_system = target->in_system;
        aggregate->last_rate = target->rate;
        aggregate->last_length = length;
        aggregate->last_state = response_law_after(target->law, target->in_system, target->rate, sim_seconds(length));
    }
    return aggregate->last_state;
}

static enum aggregate_band band_of(double load)
{
    enum aggregate_band band = BAND_MODERATE;
    while (load > aggregate_accuracy[band].load) {
        band++;
    }
    return band;
}

static void set_slots_aside(struct aggregate_target *target, int slots)
{
    struct task *task = target->target->task;
    int change = slots - target->slots_set_aside;
    target->slots_set_aside = slots;
    if (change != 0) {
        task_attempts_changed(task, change);
    }
    if (task->stopping || task->serving.waiting.first != NULL) {
        requests_slot_freed(task);
    }
}

static void settle_target(struct aggregate_target *target, double luck, sim_time now)
{
    struct aggregate *aggregate = target->aggregate;
    sim_time length = now - aggregate->settled_at;
    struct slot_time slots = { 0, 0 };
    target->state = state_after(target, length);
    target->in_system = target->state.in_system;
    aggregate->in_band[band_of(target->state.load)] += (uint64_t)target->given;
    if (target->given > 0) {
        add_cohorts(target, length);
    }
    for (size_t i = 0; i < target->count; i++) {
        advance(target, &target->inmates[i], &slots, now);
    }
    drop_finished(target);
    count_inmates(target);
    charge(target, &slots, length);
    use_cpu(target, luck, length);
    set_slots_aside(target, slots_taken(target, &slots, length));
    target->rate = 0;
    target->given = 0;
    target->given_work_ns = 0;
}

/* need(t) of outputs.md section 1: in the next interval as many as would have been at work alone in the last one. */
static void count_alone(struct aggregate *aggregate, wide work_ns, sim_time length)
{
    struct service *service = aggregate->group->service;
    int64_t alone = (int64_t)((work_ns + length / 2) / length);
    if (service != NULL && alone != aggregate->alone) {
        service_add_job_alone(service, (int)(alone - aggregate->alone));
        aggregate->alone = alone;
    }
}

static void on_settle(struct sim *sim, void *self)
{
    (void)sim;
    aggregate_settle(self);
}

static void note_moves(struct aggregate *aggregate)
{
    struct target_group *group = aggregate->group;
    int64_t change = aggregate->change;
    job_books_moved(&group->books, group->world, change, aggregate->area);
    target_group_connections_moved(group, change, aggregate->area);
    aggregate->open += change;
    aggregate->change = 0;
    aggregate->area = 0;
    if (aggregate->open == 0) {
        world_job_left(group->world);
    }
}

static bool holds_any(const struct aggregate *aggregate)
{
    for (size_t i = 0; i < aggregate->count; i++) {
        if (aggregate->targets[i]->count > 0) {
            return true;
        }
    }
    return false;
}

void aggregate_settle(struct aggregate *aggregate)
{
    if (aggregate == NULL || aggregate->settled_at == now_of(aggregate)) {
        return;
    }
    sim_time now = now_of(aggregate), length = now - aggregate->settled_at;
    wide work_before = aggregate->given_work_ns;
    bool is_fed = aggregate->settled_at < aggregate->fed_until;
    if (is_fed) {
        take_in(aggregate, now);
    }
    wide work = aggregate->given_work_ns - work_before;
    double expected = aggregate->rate * aggregate->work.mean * (double)length;
    double luck = is_fed && expected > 0 ? (double)work / expected : 1;
    for (size_t i = 0; i < aggregate->count; i++) {
        settle_target(aggregate->targets[i], luck, now);
    }
    note_moves(aggregate);
    count_alone(aggregate, is_fed ? work : 0, length);
    aggregate->settled_at = now;
    if (now >= aggregate->fed_until && holds_any(aggregate)) {
        sim_timer_arm(world_of(aggregate)->sim, aggregate->timer, (now / SIM_SECOND + 1) * SIM_SECOND, RANK_LAPSE);
    }
}

void aggregate_settle_task(const struct task *task)
{
    for (const struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        aggregate_settle(target->group->aggregate);
    }
}

void aggregate_feed(struct aggregate *aggregate, sim_time until, int64_t count, wide work_ns, double rate)
{
    aggregate_settle(aggregate);
    CHECK(aggregate->given == aggregate->fed && until > now_of(aggregate));
    aggregate->fed_from = now_of(aggregate);
    aggregate->fed_until = until;
    aggregate->fed = count;
    aggregate->fed_work_ns = work_ns;
    aggregate->given = 0;
    aggregate->given_work_ns = 0;
    aggregate->rate = rate;
}

/* ---- what the world asks ------------------------------------------------------------------------------------ */

int64_t aggregate_open(const struct aggregate *aggregate)
{
    return aggregate != NULL ? aggregate->open : 0;
}

sim_time aggregate_oldest(const struct aggregate *aggregate, sim_time now)
{
    sim_time oldest = now;
    for (size_t i = 0; aggregate != NULL && i < aggregate->count; i++) {
        for (size_t k = 0; k < aggregate->targets[i]->count; k++) {
            const struct cohort *cohort = &aggregate->targets[i]->inmates[k].cohort;
            sim_time first = cohort_sent_at(cohort, cohort->answered);
            oldest = cohort_open(cohort) > 0 && first < oldest ? first : oldest;
        }
    }
    return oldest;
}

void aggregate_close_books(struct aggregate *aggregate)
{
    aggregate_settle(aggregate);
    for (size_t i = 0; aggregate != NULL && i < aggregate->count; i++) {
        for (size_t k = 0; k < aggregate->targets[i]->count; k++) {
            const struct cohort *cohort = &aggregate->targets[i]->inmates[k].cohort;
            for (int64_t n = cohort->answered; n < cohort->entered; n++) {
                job_books_unfinished(&aggregate->group->books, world_of(aggregate), cohort_sent_at(cohort, n),
                                     n < cohort->started);
            }
        }
    }
}

bool aggregate_holds(const struct task *task)
{
    for (const struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        if (target->aggregate != NULL && target->aggregate->count > 0) {
            return true;
        }
    }
    return false;
}

wide aggregate_uncharged_ns(const struct task *task)
{
    wide sum = 0;
    for (const struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        if (target->aggregate != NULL) {
            const struct aggregate *aggregate = target->aggregate->aggregate;
            sum += (wide)target->aggregate->slots_set_aside * (now_of(aggregate) - aggregate->settled_at);
        }
    }
    return sum;
}

struct aggregate_use aggregate_use(const struct aggregate *aggregate)
{
    struct aggregate_use use = { .load = aggregate != NULL ? aggregate->config.load : NULL };
    for (int band = 0; aggregate != NULL && band < AGGREGATE_BANDS; band++) {
        use.in_band[band] = aggregate->in_band[band];
        use.requests += use.in_band[band];
    }
    uint64_t above = use.requests;
    for (int band = 0; band + 1 < AGGREGATE_BANDS && above > 0; band++) {
        above -= use.in_band[band];
        use.band = (enum aggregate_band)(100 * above > use.requests ? band + 1 : (int)use.band);
    }
    return use;
}

/* ---- ends --------------------------------------------------------------------------------------------------- */

static void cut_client(struct aggregate *aggregate, sim_time sent_at, enum cause cause)
{
    struct target_group *group = aggregate->group;
    group->books.cut++;
    job_books_cut(&group->books, group->world, cause);
    job_books_end(&group->books, group->world, sent_at, JOB_FAILED);
    target_group_note_failure(group);
    target_group_close_connection(group, now_of(aggregate));
    aggregate->open--;
}

void aggregate_cut(struct target *target, enum cause cause)
{
    struct aggregate_target *mine = target->aggregate;
    if (mine == NULL) {
        return;
    }
    aggregate_settle(mine->aggregate);
    for (size_t i = 0; i < mine->count; i++) {
        struct inmate *inmate = &mine->inmates[i];
        struct cohort *cohort = &inmate->cohort;
        for (int64_t n = cohort->answered; n < cohort->entered; n++) {
            cut_client(mine->aggregate, cohort_sent_at(cohort, n), cause);
        }
        bool had_clients = cohort->answered < cohort->entered;
        cohort->answered = cohort->entered;
        cohort->patience = 0;     /* nobody waits for what starts from now on */
        inmate->lost_to = had_clients ? cause : inmate->lost_to;
        inmate->is_lost = true;
    }
    count_inmates(mine);
    if (mine->aggregate->open == 0) {
        world_job_left(world_of(mine->aggregate));
    }
}

static void end_target(struct aggregate_target *target)
{
    struct task *task = target->target->task;
    sim_time now = now_of(target->aggregate);
    for (size_t i = 0; i < target->count; i++) {
        book_work(target, &target->inmates[i], cohort_work_in_slots(&target->inmates[i].cohort, now), 0);
    }
    target->count = 0;
    count_inmates(target);
    task_attempts_changed(task, -target->slots_set_aside);
    forget_target(target);
}

void aggregate_end(struct task *task)
{
    aggregate_settle_task(task);
    for (struct target *target = task->targets; target != NULL; target = target->next_of_task) {
        if (target->aggregate != NULL) {
            aggregate_cut(target, task->cause);
            end_target(target->aggregate);
        }
    }
}

/* ---- life --------------------------------------------------------------------------------------------------- */

bool aggregate_create(struct target_group *group, const struct aggregate_config *config, struct error *err)
{
    struct sim *sim = group->world->sim;
    const char *name = group->config.name;
    if (group->aggregate != NULL) {
        return error_set(err, "target group '%s' has a load with aggregate_above already: '%s'", name,
                         group->aggregate->config.load);
    }
    if (group->config.routing == ROUTE_MOST_OUTSTANDING) {
        return error_set(err, "aggregate_above cannot go with '%s', the algorithm of target group '%s'",
                         routing_names[ROUTE_MOST_OUTSTANDING], name);
    }
    struct aggregate *aggregate = arena_alloc(group->world->arena, sizeof *aggregate);
    aggregate->group = group;
    aggregate->config = *config;
    aggregate->work = response_law_work(sim, &config->work);
    aggregate->settled_at = aggregate->fed_until = sim_now(sim);
    aggregate->timer = sim_timer_create(sim, on_settle, aggregate);
    rng_init(&aggregate->rng, sim, arena_printf(group->world->arena, "cohorts %s", name), 0);
    group->aggregate = aggregate;
    return true;
}

void aggregate_finish(struct aggregate *aggregate)
{
    if (aggregate == NULL) {
        return;
    }
    for (size_t i = 0; i < aggregate->count; i++) {
        free_target(aggregate->targets[i]);
    }
    free(aggregate->targets);
    free(aggregate->families);
}
