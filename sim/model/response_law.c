#include "model/response_law.h"

#include <math.h>

#include "base/check.h"

/* Loads that are played. Between them times are interpolated over 1 / (1 - load), in which queues grow evenly. */
static const double loads[] = { 0.02, 0.15, 0.3, 0.45, 0.6, 0.7, 0.78, 0.84, 0.89, 0.93, 0.96 };
enum { LOADS = sizeof loads / sizeof loads[0] };

/* Sizes of fleets that are played. Between them times are interpolated over 1 / size, by which turns make gaps even. */
static const int sizes[] = { 1, 2, 4, 8, 16, 32, 64, 128 };
enum { SIZES = sizeof sizes / sizeof sizes[0], TARGETS_MAX = 128 };

/* What a pilot has seen, and the load that it has seen it at: that of its sample, which by chance is not the one it was
 * sent with, and to which what it has seen belongs. */
struct law_point {
    double load;
    struct pilot_report report;
};

struct response_law {
    struct response_family *family;
    int size;                     /* index of the largest that is not above its own */
    double weight;                /* of the next larger one */
    struct law_point *points[LOADS];                 /* NULL: not yet asked for */
};

struct response_family {
    struct sim *sim;
    struct response_family_config config;
    double at_once;               /* requests that one target works on at full speed */
    double capacity;              /* of one target, requests per second */
    struct law_point *played[SIZES][LOADS];          /* NULL: not yet */
    struct response_law *laws[TARGETS_MAX + 1];      /* by targets */
};

static const char stream[] = "pilot of requests";

/* ---- fleets ------------------------------------------------------------------------------------------------- */

/* Enough requests for a mean that is known to 1 or 2 %, where queues are as in M/M/1, up to a load of 0.85. */
static int64_t sample_size(double load)
{
    const double most = 1.5e6;
    double size = 6e4 + 2.5e4 / ((1 - load) * (1 - load));
    return (int64_t)(size < most ? size : most);
}

static const struct law_point *play(struct response_family *family, int size, int load)
{
    struct law_point **played = &family->played[size][load];
    if (*played == NULL) {
        const struct pilot_config config = {
            .routing = family->config.routing, .targets = sizes[size], .demand = family->config.demand,
            .slots = family->config.slots, .regular = family->config.regular, .work = &family->config.work,
        };
        double interval = 1 / (loads[load] * family->capacity * sizes[size]);
        *played = arena_alloc(sim_arena(family->sim), sizeof **played);
        pilot_fly(family->sim, stream, &config, interval, sample_size(loads[load]), &(*played)->report);
        double rate = (*played)->report.work_rate;
        (*played)->load = rate > 0 ? rate / family->at_once : loads[load];
    }
    return *played;
}

static double mix(double low, double high, double weight)
{
    double mixed = low + weight * (high - low);
    return mixed > 0 ? mixed : 0;
}

static void mix_strata(struct pilot_stratum *mixed, const struct pilot_stratum *low, const struct pilot_stratum *high,
                       double weight)
{
    mixed->response = mix(low->response, high->response, weight);
    mixed->work = mix(low->work, high->work, weight);
    for (int i = 0; i < PILOT_WAITS; i++) {
        mixed->waits[i] = mix(low->waits[i], high->waits[i], weight);
    }
}

static struct law_point *mix_points(struct sim *sim, const struct law_point *low, const struct law_point *high, double weight)
{
    struct law_point *mixed = arena_alloc(sim_arena(sim), sizeof *mixed);
    mixed->load = mix(low->load, high->load, weight);
    mixed->report.response = mix(low->report.response, high->report.response, weight);
    mixed->report.empty = mix(low->report.empty, high->report.empty, weight);
    for (int i = 0; i < PILOT_STRATA; i++) {
        mix_strata(&mixed->report.strata[i], &low->report.strata[i], &high->report.strata[i], weight);
    }
    return mixed;
}

static const struct law_point *point_at(struct response_law *law, int load)
{
    struct response_family *family = law->family;
    if (law->points[load] == NULL) {
        const struct law_point *low = play(family, law->size, load);
        const struct law_point *high = law->weight > 0 ? play(family, law->size + 1, load) : low;
        law->points[load] = mix_points(family->sim, low, high, law->weight);
    }
    return law->points[load];
}

static struct response_law *make_law(struct response_family *family, int targets)
{
    struct response_law *law = arena_alloc(sim_arena(family->sim), sizeof *law);
    int size = 0;
    while (size + 1 < SIZES && sizes[size + 1] <= targets) {
        size++;
    }
    *law = (struct response_law){ .family = family, .size = size };
    if (targets > sizes[size] && size + 1 < SIZES) {
        law->weight = (1.0 / sizes[size] - 1.0 / targets) / (1.0 / sizes[size] - 1.0 / sizes[size + 1]);
    }
    return law;
}

struct response_law *response_family_law(struct response_family *family, int targets)
{
    bool alone = family->config.routing == ROUTE_WEIGHTED_RANDOM;    /* a random part of a Poisson process is one */
    int size = alone ? 1 : targets < TARGETS_MAX ? targets : TARGETS_MAX;
    CHECK(size > 0);
    if (family->laws[size] == NULL) {
        family->laws[size] = make_law(family, size);
    }
    return family->laws[size];
}

/* Of what dist_draw gives, bounds included. */
struct work_moments response_law_work(struct sim *sim, const struct dist *work)
{
    enum { DRAWS = 400000 };
    struct rng rng;
    double sum = 0, squares = 0;
    rng_init(&rng, sim, stream, 1);
    for (int i = 0; i < DRAWS; i++) {
        sim_time drawn = dist_draw(work, &rng);
        double seconds = drawn > 0 ? sim_seconds(drawn) : 0;
        sum += seconds;
        squares += seconds * seconds;
    }
    double mean = sum / DRAWS, variance = squares / DRAWS - mean * mean;
    if (work->type->needs_mean && !isfinite(work->min) && !isfinite(work->max)) {
        mean = work->mean;        /* known without a sample's error */
    }
    return (struct work_moments){ mean, variance > 0 ? variance : 0 };
}

struct response_family *response_family_create(struct sim *sim, const struct response_family_config *config)
{
    struct response_family *family = arena_alloc(sim_arena(sim), sizeof *family);
    double work = response_law_work(sim, &config->work).mean;
    double at_once = config->demand > 0 ? 100000.0 / (double)config->demand : config->slots;
    *family = (struct response_family){ .sim = sim, .config = *config };
    family->at_once = at_once < config->slots ? at_once : config->slots;
    family->capacity = family->at_once / (work > 1e-9 ? work : 1e-9);
    return family;
}

double response_law_capacity(const struct response_law *law)
{
    return law->family->capacity;
}

/* ---- states ------------------------------------------------------------------------------------------------- */

/* A place on the axis of queues, 1 / (1 - load), between the points `low` and `high`, or beyond the last. */
struct place {
    const struct law_point *low, *high;
    double from, to, queue;
};

static double response_at(const struct place *place)
{
    double weight = (place->queue - place->from) / (place->to - place->from);
    return place->low->report.response + weight * (place->high->report.response - place->low->report.response);
}

/* By Little's law. */
static double in_system_at(const struct response_law *law, const struct place *place)
{
    return (1 - 1 / place->queue) * law->family->capacity * response_at(place);
}

/* What the target holds there and finishes in `length`. */
static double held_and_finished(const struct response_law *law, const struct place *place, double length)
{
    return in_system_at(law, place) + (1 - 1 / place->queue) * law->family->capacity * length;
}

static double queue_of(double load)
{
    return 1 / (1 - load);
}

static void go_between(struct response_law *law, struct place *place, int high)
{
    *place = (struct place){ .low = point_at(law, high - 1), .high = point_at(law, high) };
    place->from = place->queue = queue_of(place->low->load);
    place->to = queue_of(place->high->load);
}

/* From the load that comes, to where the target is: near by most of the time, so that few loads are played. */
static void bracket(struct response_law *law, struct place *place, double rate, double wanted, double length)
{
    int high = 1;
    while (high + 1 < LOADS && loads[high] < rate / law->family->capacity) {
        high++;
    }
    go_between(law, place, high);
    while (high > 1 && held_and_finished(law, place, length) > wanted) {
        go_between(law, place, --high);
    }
    while (high + 1 < LOADS && (place->queue = place->to, held_and_finished(law, place, length) < wanted)) {
        go_between(law, place, ++high);
    }
}

static void solve(const struct response_law *law, struct place *place, double wanted, double length)
{
    double low = 1, high = place->to;
    while (place->queue = high, held_and_finished(law, place, length) < wanted) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < 50 && high - low > 1e-9 * high; i++) {
        place->queue = (low + high) / 2;
        *(held_and_finished(law, place, length) < wanted ? &low : &high) = place->queue;
    }
    place->queue = high;
}

/* Beyond the last load the CPU is shared by more, up to the slots; the others wait. */
static void go_beyond(const struct response_law *law, const struct place *place, struct response_state *state)
{
    const struct law_point *top = place->high;
    double held = top->load * law->family->capacity * top->report.response;
    double shared = state->in_system < law->family->config.slots ? state->in_system : law->family->config.slots;
    state->low = state->high = top->report.strata;
    state->weight = 0;
    state->stretch = shared > held ? shared / held : 1;
    double extra = state->in_system / (state->load * law->family->capacity) - top->report.response * state->stretch;
    state->extra_wait = extra > 0 ? extra : 0;
}

struct response_state response_law_after(struct response_law *law, double in_system, double rate, double length)
{
    double wanted = in_system + rate * length;
    struct place place;
    bracket(law, &place, rate, wanted, length);
    solve(law, &place, wanted, length);
    struct response_state state = {
        .load = 1 - 1 / place.queue, .in_system = in_system_at(law, &place), .stretch = 1,
        .low = place.low->report.strata, .high = place.high->report.strata,
    };
    state.weight = (place.queue - place.from) / (place.to - place.from);
    double by_load = (state.load - place.low->load) / (place.high->load - place.low->load);
    state.empty = mix(place.low->report.empty, place.high->report.empty, by_load);
    if (place.queue > place.to) {
        state.empty = 0;
        go_beyond(law, &place, &state);
    }
    return state;
}

struct response_times response_state_times(const struct response_state *state, int stratum, int wait)
{
    const struct pilot_stratum *low = &state->low[stratum], *high = &state->high[stratum];
    double stretch = state->stretch, extra = state->extra_wait;
    return (struct response_times){
        .response = mix(low->response, high->response, state->weight) * stretch + extra,
        .wait = mix(low->waits[wait], high->waits[wait], state->weight) * stretch + extra,
        .work = mix(low->work, high->work, state->weight),
    };
}
