#include "engine/rate.h"

#include <math.h>

#include "base/check.h"

/* The rate between two neighbouring points, or before the first, or after the last. */
struct span {
    sim_time from, to;
    double from_rate, to_rate;    /* per second */
    double from_area, to_area;    /* expected arrivals since the start of the lap */
};

/* One repetition: where it starts, and the areas up to its ends. A rate that is not repeated has one lap without end. */
struct lap {
    sim_time start;
    double from_area, to_area;
};

static double seconds_between(sim_time from, sim_time to)
{
    return (double)(to - from) * 1e-9;
}

/* Expected arrivals up to `when` of the span. Never falls as `when` grows, not even by a last bit: the sums are taken from
 * the end at which all their terms grow, and stay between the areas of the ends. */
static double span_area(const struct span *span, sim_time when)
{
    if (when >= span->to) {
        return span->to_area;
    }
    double length = seconds_between(span->from, span->to);
    double slope = (span->to_rate - span->from_rate) / length;
    if (slope >= 0) {
        double passed = seconds_between(span->from, when);
        double area = span->from_area + passed * (span->from_rate + slope * passed / 2);
        return area < span->to_area ? area : span->to_area;
    }
    double left = seconds_between(when, span->to);
    double area = span->to_area - left * (span->to_rate - slope * left / 2);
    return area > span->from_area ? area : span->from_area;
}

static double area_between(const struct rate_point *a, const struct rate_point *b)
{
    return seconds_between(a->time, b->time) * (a->per_second + b->per_second) / 2;
}

static bool check_points(const struct rate *rate, struct error *err)
{
    if (rate->count == 0) {
        return error_set(err, "a rate needs at least one point");
    }
    if (rate->period < 0) {
        return error_set(err, "period %g s is below 0", sim_seconds(rate->period));
    }
    for (size_t i = 0; i < rate->count; i++) {
        const struct rate_point *point = &rate->points[i];
        if (!(point->per_second >= 0 && isfinite(point->per_second))) {
            return error_set(err, "point %zu: rate %g is not a number from 0 up", i + 1, point->per_second);
        }
        sim_time earliest = i > 0 ? point[-1].time : 0;
        if (point->time < earliest) {
            return error_set(err, "point %zu: time %g s is before %g s", i + 1, sim_seconds(point->time),
                             sim_seconds(earliest));
        }
        if (rate->period > 0 && point->time > rate->period) {
            return error_set(err, "point %zu: time %g s is after the period of %g s", i + 1, sim_seconds(point->time),
                             sim_seconds(rate->period));
        }
    }
    return true;
}

bool rate_init(struct rate *rate, struct arena *arena, struct error *err)
{
    if (!check_points(rate, err)) {
        return false;
    }
    struct rate_point *points = arena_alloc(arena, rate->count * sizeof *points);
    double *area = arena_alloc(arena, rate->count * sizeof *area);
    for (size_t i = 0; i < rate->count; i++) {
        points[i] = rate->points[i];
        area[i] = i > 0 ? area[i - 1] + area_between(&points[i - 1], &points[i])
                        : seconds_between(0, points[i].time) * points[i].per_second;
    }
    rate->points = points;
    rate->area = area;
    return true;
}

/* Span i ends at point i; span `count` follows the last point. */
static struct span span_at(const struct rate *rate, size_t i)
{
    struct span span = { 0 };
    if (i > 0) {
        span.from = rate->points[i - 1].time;
        span.from_rate = rate->points[i - 1].per_second;
        span.from_area = rate->area[i - 1];
    } else {
        span.from_rate = rate->points[0].per_second;
    }
    if (i < rate->count) {
        span.to = rate->points[i].time;
        span.to_rate = rate->points[i].per_second;
        span.to_area = rate->area[i];
    } else {
        span.to = rate->period > 0 ? rate->period : SIM_NEVER;
        span.to_rate = span.from_rate;
        span.to_area = span.from_area + seconds_between(span.from, span.to) * span.from_rate;
    }
    return span;
}

static double period_area(const struct rate *rate)
{
    return span_at(rate, rate->count).to_area;
}

static struct lap lap_number(const struct rate *rate, int64_t number)
{
    if (rate->period == 0) {
        return (struct lap){ .to_area = INFINITY };
    }
    double area = period_area(rate);
    return (struct lap){
        .start = number * rate->period,
        .from_area = (double)number * area,
        .to_area = (double)(number + 1) * area,
    };
}

/* Number of points at or before `when`, which is the index of the span that starts there. */
static size_t points_until(const struct rate *rate, sim_time when)
{
    size_t low = 0, high = rate->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rate->points[middle].time <= when) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

double rate_at(const struct rate *rate, sim_time when)
{
    sim_time in_lap = rate->period > 0 ? when % rate->period : when;
    struct span span = span_at(rate, points_until(rate, in_lap));
    double share = seconds_between(span.from, in_lap) / seconds_between(span.from, span.to);
    return span.from_rate + (span.to_rate - span.from_rate) * share;
}

static double lap_area(const struct lap *lap, const struct span *span, sim_time in_lap)
{
    double area = lap->from_area + span_area(span, in_lap);
    return area < lap->to_area ? area : lap->to_area;
}

double rate_area(const struct rate *rate, sim_time until)
{
    CHECK(until >= 0);
    struct lap lap = lap_number(rate, rate->period > 0 ? until / rate->period : 0);
    struct span span = span_at(rate, points_until(rate, until - lap.start));
    return lap_area(&lap, &span, until - lap.start);
}

/* Where the span reaches `area`, up to rounding: the root of a quadratic, in the form that does not cancel. */
static sim_time solve(const struct span *span, double area)
{
    double wanted = area - span->from_area;
    if (!(wanted > 0)) {
        return span->from;
    }
    double slope = (span->to_rate - span->from_rate) / seconds_between(span->from, span->to);
    double square = span->from_rate * span->from_rate + 2 * slope * wanted;
    double speed = span->from_rate + (square > 0 ? sqrt(square) : 0);
    double left = seconds_between(span->from, span->to);
    double passed = speed > 0 ? 2 * wanted / speed : left;
    return passed < left ? span->from + (sim_time)(passed * 1e9) : span->to;
}

/* The first instant of (span->from, span->to] by which `area` is reached; it is not at `from`, and it is at `to`. Sought
 * around the solution of the quadratic by doubling steps, which decides the last nanoseconds as rate_area does. */
static sim_time first_reaching(const struct lap *lap, const struct span *span, double area)
{
    sim_time before = span->from, reached = span->to;
    sim_time guess = solve(span, area - lap->from_area);
    sim_time step = 1;
    if (guess < span->to && lap_area(lap, span, guess) >= area) {
        reached = guess;
        while (step < reached - before && lap_area(lap, span, reached - step) >= area) {
            reached -= step;
            step *= 2;
        }
        before = step < reached - before ? reached - step : before;
    } else {
        before = guess < span->to ? guess : before;
        while (step < reached - before && lap_area(lap, span, before + step) < area) {
            before += step;
            step *= 2;
        }
        reached = step < reached - before ? before + step : reached;
    }
    while (reached - before > 1) {
        sim_time middle = before + (reached - before) / 2;
        if (lap_area(lap, span, middle) >= area) {
            reached = middle;
        } else {
            before = middle;
        }
    }
    return reached;
}

/* The first span of the lap by whose end `area` is reached. */
static size_t span_reaching(const struct rate *rate, const struct lap *lap, double area)
{
    size_t low = 0, high = rate->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lap->from_area + rate->area[middle] >= area) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The lap (from_area, to_area] in which `area` is reached. False if it lies beyond the clock's range. */
static bool lap_reaching(const struct rate *rate, double area, struct lap *lap)
{
    if (rate->period == 0) {
        *lap = lap_number(rate, 0);
        return true;
    }
    double per_lap = period_area(rate);
    double laps = area / per_lap;
    if (!(laps < (double)(SIM_NEVER / rate->period - 2))) {
        return false;
    }
    int64_t number = (int64_t)laps;
    while (number > 0 && (double)number * per_lap >= area) {
        number--;
    }
    while ((double)(number + 1) * per_lap < area) {
        number++;
    }
    *lap = lap_number(rate, number);
    return true;
}

sim_time rate_time_of(const struct rate *rate, double area)
{
    if (!(area > 0)) {
        return 0;
    }
    struct lap lap;
    if (!lap_reaching(rate, area, &lap)) {
        return SIM_NEVER;
    }
    size_t index = span_reaching(rate, &lap, area);
    struct span span = span_at(rate, index);
    if (rate->period == 0 && area > span.to_area) {
        return SIM_NEVER;
    }
    return lap.start + first_reaching(&lap, &span, area);
}
