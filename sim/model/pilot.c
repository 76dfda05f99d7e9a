#include "model/pilot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/vec.h"

#define FULL_CPU 100000.0         /* as in work.c: 100 per cent, in 1/1000 per cent */

struct pilot_request {
    double due;                   /* on the target's work clock */
    double arrived, started, work;
};

struct pilot_target {
    struct pilot_request *served; /* a heap, the first one to finish at its top */
    size_t served_count, served_room;
    struct pilot_request *waiting;           /* a queue: [head, tail) */
    size_t head, tail, waiting_room;
    double clock, since;
    double next;                  /* when the first of them finishes; INFINITY: idle */
};

/* Cells of response times, 64 to an octave, that know the means of what fell into them. */
enum { CELL_BITS = 6, CELL_SHIFT = 52 - CELL_BITS, CELLS = 64 << CELL_BITS };

struct cell {
    double count, response, wait, work;
    double waits[PILOT_WAITS];    /* the latest, as parts of the response */
};

/* What least outstanding requests looks at. */
struct pilot_rank {
    int64_t outstanding, picked;
};

struct pilot {
    const struct pilot_config *config;
    struct pilot_target *targets;
    struct pilot_rank *ranks;     /* of the targets */
    int64_t picks;
    int turn;
    struct rng rng;
    double warm_up;               /* when it was over: requests that arrived before count nothing */
    double idle;                  /* sum over targets, after the warm-up */
    struct cell *cells;
};

/* The exponent and the first bits of the fraction of a double: grows with its value. */
static size_t cell_of(double nanoseconds)
{
    uint64_t bits;
    if (!(nanoseconds >= 1)) {
        return 0;
    }
    memcpy(&bits, &nanoseconds, sizeof bits);
    uint64_t key = (bits >> CELL_SHIFT) - (UINT64_C(1023) << CELL_BITS);
    return key < CELLS ? (size_t)key : CELLS - 1;
}

static void record(struct pilot *pilot, const struct pilot_request *request, double now)
{
    if (request->arrived < pilot->warm_up) {
        return;
    }
    double response = now - request->arrived;
    struct cell *cell = &pilot->cells[cell_of(response * 1e9)];
    cell->waits[(int64_t)cell->count % PILOT_WAITS] = response > 0 ? (request->started - request->arrived) / response : 0;
    cell->count++;
    cell->response += response;
    cell->wait += request->started - request->arrived;
    cell->work += request->work;
}

/* How much longer than alone a work takes beside so many others. */
static double slowness(const struct pilot *pilot, size_t served)
{
    double demand = (double)served * (double)pilot->config->demand;
    return demand > FULL_CPU ? demand / FULL_CPU : 1;
}

static void sift_up(struct pilot_request *heap, size_t place, struct pilot_request request)
{
    while (place > 0 && request.due < heap[(place - 1) / 2].due) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = request;
}

static void sift_down(struct pilot_request *heap, size_t count, struct pilot_request request)
{
    size_t place = 0;
    for (size_t child = 1; child < count; child = 2 * place + 1) {
        if (child + 1 < count && heap[child + 1].due < heap[child].due) {
            child++;
        }
        if (request.due <= heap[child].due) {
            break;
        }
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = request;
}

static void advance(const struct pilot *pilot, struct pilot_target *target, double now)
{
    target->clock += (now - target->since) / slowness(pilot, target->served_count);
    target->since = now;
}

static void expect_next(const struct pilot *pilot, struct pilot_target *target)
{
    target->next = INFINITY;
    if (target->served_count > 0) {
        double left = target->served[0].due - target->clock;
        target->next = target->since + (left > 0 ? left * slowness(pilot, target->served_count) : 0);
    }
}

static void serve(struct pilot_target *target, struct pilot_request request, double now)
{
    VEC_GROW(target->served, target->served_count, target->served_room);
    request.started = now;
    request.due = target->clock + request.work;
    sift_up(target->served, target->served_count++, request);
}

static void finish_first(struct pilot *pilot, struct pilot_target *target)
{
    double now = target->next;
    advance(pilot, target, now);
    record(pilot, &target->served[0], now);
    target->served_count--;
    pilot->ranks[target - pilot->targets].outstanding--;
    if (target->served_count > 0) {
        sift_down(target->served, target->served_count, target->served[target->served_count]);
    }
    if (target->head < target->tail) {
        serve(target, target->waiting[target->head++], now);
    }
    expect_next(pilot, target);
}

static void finish_until(struct pilot *pilot, struct pilot_target *target, double now)
{
    while (target->served_count > 0 && target->next <= now) {
        finish_first(pilot, target);
    }
}

static void wait(struct pilot_target *target, struct pilot_request request)
{
    if (target->head == target->tail) {
        target->head = target->tail = 0;
    } else if (target->head > 1024 && 2 * target->head > target->tail) {
        target->tail -= target->head;
        memmove(target->waiting, target->waiting + target->head, target->tail * sizeof *target->waiting);
        target->head = 0;
    }
    VEC_GROW(target->waiting, target->tail, target->waiting_room);
    target->waiting[target->tail++] = request;
}

static void arrive(struct pilot *pilot, struct pilot_target *target, double now, double work)
{
    finish_until(pilot, target, now);
    if (target->served_count == 0 && now > pilot->warm_up) {
        pilot->idle += now - (target->since > pilot->warm_up ? target->since : pilot->warm_up);
    }
    advance(pilot, target, now);
    struct pilot_request request = { .arrived = now, .work = work };
    pilot->ranks[target - pilot->targets].outstanding++;
    if (target->served_count < (size_t)pilot->config->slots) {
        serve(target, request, now);
        expect_next(pilot, target);
    } else {
        wait(target, request);
    }
}

/* As routing.c has it: of equals the one that was picked least recently. */
static int least_outstanding(struct pilot *pilot, double now)
{
    int targets = pilot->config->targets, least = 0;
    for (int i = 0; i < targets; i++) {
        if (pilot->targets[i].next <= now) {
            finish_until(pilot, &pilot->targets[i], now);
        }
    }
    for (int i = 1; i < targets; i++) {
        const struct pilot_rank *a = &pilot->ranks[i], *b = &pilot->ranks[least];
        least = a->outstanding < b->outstanding || (a->outstanding == b->outstanding && a->picked < b->picked) ? i : least;
    }
    pilot->ranks[least].picked = ++pilot->picks;
    return least;
}

static struct pilot_target *pick(struct pilot *pilot, double now)
{
    if (pilot->config->routing == ROUTE_LEAST_OUTSTANDING) {
        return &pilot->targets[least_outstanding(pilot, now)];
    }
    int picked = pilot->turn;
    pilot->turn = picked + 1 < pilot->config->targets ? picked + 1 : 0;
    return &pilot->targets[picked];
}

/* Runs so many requests; returns the time that the targets were watched for, added up. */
static double fly(struct pilot *pilot, double interval, int64_t requests)
{
    double now = 0;
    for (int64_t i = 0; i < requests; i++) {
        now += interval * (pilot->config->regular ? 1 : rng_exponential(&pilot->rng));
        if (i == requests / 10) {
            pilot->warm_up = now;
        }
        sim_time work = dist_draw(pilot->config->work, &pilot->rng);
        arrive(pilot, pick(pilot, now), now, work > 0 ? sim_seconds(work) : 0);
    }
    for (int i = 0; i < pilot->config->targets; i++) {
        finish_until(pilot, &pilot->targets[i], INFINITY);
    }
    return pilot->config->targets * (now - pilot->warm_up);
}

/* ---- what a pilot has seen ---------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The sample of a cell, moved towards no wait, or towards no work, until its mean is that of the whole stratum. */
static void set_waits(struct pilot_stratum *stratum, const struct cell *cell, double mean)
{
    int sampled = cell->count < PILOT_WAITS ? (int)cell->count : PILOT_WAITS;
    double sum = 0;
    for (int i = 0; i < PILOT_WAITS; i++) {
        stratum->waits[i] = cell->waits[i % sampled] * stratum->response;
        sum += stratum->waits[i] / PILOT_WAITS;
    }
    for (int i = 0; i < PILOT_WAITS; i++) {
        double *wait = &stratum->waits[i], left = stratum->response - *wait;
        *wait = mean > sum ? *wait + left * (mean - sum) / (stratum->response - sum) : sum > 0 ? *wait * (mean / sum) : 0;
    }
    qsort(stratum->waits, PILOT_WAITS, sizeof stratum->waits[0], compare);
}

/* Cut the cells, in order of response times, into strata of equal numbers. */
static void cut_strata(const struct cell *cells, double total, struct pilot_stratum *strata)
{
    double size = total / PILOT_STRATA, room = size, wait_sum = 0;
    int i = 0;
    memset(strata, 0, PILOT_STRATA * sizeof *strata);
    for (int k = 0; k < CELLS; k++) {
        double left = cells[k].count;
        while (left > 0) {
            bool is_last = i == PILOT_STRATA - 1;
            double part = left < room || is_last ? left : room, share = part / cells[k].count;
            strata[i].response += share * cells[k].response / size;
            strata[i].work += share * cells[k].work / size;
            wait_sum += share * cells[k].wait / size;
            left -= part;
            room -= part;
            if (left <= 0 || room <= 0) {
                set_waits(&strata[i], &cells[k], wait_sum);
            }
            if (room <= 0 && !is_last) {
                i++;
                room = size;
                wait_sum = 0;
            }
        }
    }
}

static void evaluate(const struct pilot *pilot, double watched, struct pilot_report *report)
{
    double count = 0, response = 0, work = 0;
    for (int k = 0; k < CELLS; k++) {
        count += pilot->cells[k].count;
        work += pilot->cells[k].work;
        response += pilot->cells[k].response;
    }
    report->work_rate = work / watched;
    report->response = response / count;
    report->empty = pilot->idle / watched;
    cut_strata(pilot->cells, count, report->strata);
}

void pilot_fly(struct sim *sim, const char *stream, const struct pilot_config *config, double interval, int64_t requests,
               struct pilot_report *report)
{
    CHECK(config->routing != ROUTE_MOST_OUTSTANDING && config->targets > 0 && config->slots > 0);
    size_t targets = (size_t)config->targets;
    struct pilot pilot = {
        .config = config, .targets = mem_alloc(targets * sizeof *pilot.targets),
        .warm_up = INFINITY, .ranks = mem_alloc(targets * sizeof *pilot.ranks), .cells = mem_alloc(CELLS * sizeof *pilot.cells),
    };
    for (size_t i = 0; i < targets; i++) {
        pilot.targets[i].next = INFINITY;
    }
    rng_init(&pilot.rng, sim, stream, 0);
    double watched = fly(&pilot, interval, requests);
    evaluate(&pilot, watched, report);
    for (size_t i = 0; i < targets; i++) {
        free(pilot.targets[i].served);
        free(pilot.targets[i].waiting);
    }
    free(pilot.targets);
    free(pilot.ranks);
    free(pilot.cells);
}
