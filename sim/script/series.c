#include "script/series.h"

#include <stdlib.h>

#include "base/units.h"

enum { PLACE_ROOM = 96, TIME_ROOM = 32 };

/* ---- order -------------------------------------------------------------------------------------------------- */

static int compare_starts(const void *a, const void *b)
{
    const struct series_value *left = a, *right = b;
    if (left->start != right->start) {
        return left->start < right->start ? -1 : 1;
    }
    return left->index < right->index ? -1 : 1;
}

static int compare_times(const void *a, const void *b)
{
    sim_time left = *(const sim_time *)a, right = *(const sim_time *)b;
    return (left > right) - (left < right);
}

/* Most neighbours are a period apart, whatever holes and shifts there are. */
static sim_time median_distance(const struct series *series, struct arena *arena)
{
    size_t count = series->count - 1;
    sim_time *distances = arena_alloc(arena, count * sizeof *distances);
    for (size_t i = 0; i < count; i++) {
        distances[i] = series->values[i + 1].start - series->values[i].start;
    }
    qsort(distances, count, sizeof *distances, compare_times);
    return distances[count / 2];
}

static void describe(const struct series *series, const struct series_value *value, char place[PLACE_ROOM])
{
    series->describe_place(series->source, value->index, place, PLACE_ROOM);
}

static bool refuse_negative(const struct series *series, const struct series_value *value, struct error *err)
{
    char place[PLACE_ROOM];
    describe(series, value, place);
    return error_set(err, "%s: expected a rate, not below 0, found %g", place, value->value);
}

static bool refuse_repetition(const struct series *series, const struct series_value *value, struct error *err)
{
    char place[PLACE_ROOM], before[PLACE_ROOM];
    describe(series, value, place);
    describe(series, value - 1, before);
    return error_set(err, "%s: the same time as %s", place, before);
}

static bool check_values(const struct series *series, struct error *err)
{
    for (size_t i = 0; i < series->count; i++) {
        const struct series_value *value = &series->values[i];
        if (value->value < 0) {
            return refuse_negative(series, value, err);
        }
        if (i > 0 && value->start == value[-1].start) {
            return refuse_repetition(series, value, err);
        }
    }
    return series->count > 0 || error_set(err, "no values");
}

static bool find_period(const struct series *series, const struct series_form *form, struct arena *arena, sim_time *period,
                        struct error *err)
{
    if (form->period == 0 && series->count == 1) {
        return error_set(err, "one value alone: 'period' must say how long it stands");
    }
    *period = form->period > 0 ? form->period : median_distance(series, arena);
    return true;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

struct steps {
    const struct series_form *form;
    sim_time first;               /* when the series begins */
    struct series_rate *rate;
};

static void add_point(struct series_rate *rate, sim_time time, double per_second)
{
    rate->points[rate->count++] = (struct rate_point){ time, per_second };
}

/* The rate is `per_second` from `start` to `end` of the series; of that, what lies in the part that is taken. */
static void add_span(struct steps *steps, sim_time start, sim_time end, double per_second)
{
    const struct series_form *form = steps->form;
    struct series_rate *rate = steps->rate;
    start = start - steps->first > form->from ? start - steps->first - form->from : 0;
    end = (end - steps->first < form->to ? end - steps->first : form->to) - form->from;
    if (end <= start) {
        return;
    }
    const struct rate_point *last = rate->count > 0 ? &rate->points[rate->count - 1] : NULL;
    if (last == NULL || last->per_second != per_second) {
        if (start > 0) {
            add_point(rate, start, last != NULL ? last->per_second : 0);
        }
        add_point(rate, start, per_second);
    }
    rate->length = end;
}

static bool refuse_hole(const struct series *series, const struct series_value *value, sim_time period, struct error *err)
{
    char place[PLACE_ROOM], next[PLACE_ROOM], distance[TIME_ROOM], usual[TIME_ROOM];
    describe(series, value, place);
    describe(series, value + 1, next);
    units_format_seconds(sim_seconds(value[1].start - value->start), distance, sizeof distance);
    units_format_seconds(sim_seconds(period), usual, sizeof usual);
    return error_set(err, "%s: a hole, the value before it stands %s earlier (%s) and the period is %s; 'holes' says how to fill "
                          "it: level or zero", next, distance, place, usual);
}

static bool add_value(struct steps *steps, const struct series *series, size_t i, sim_time period, struct error *err)
{
    const struct series_form *form = steps->form;
    const struct series_value *value = &series->values[i];
    sim_time distance = i + 1 < series->count ? value[1].start - value->start : period;
    bool is_hole = distance > period + period / 2;
    sim_time stands = is_hole ? period : distance;
    double per_second = value->value / sim_seconds(form->per > 0 ? form->per : stands);
    if (!is_hole || form->holes == SERIES_LEVEL) {
        add_span(steps, value->start, value->start + distance, per_second);
    } else if (form->holes == SERIES_ZERO) {
        add_span(steps, value->start, value->start + stands, per_second);
        add_span(steps, value->start + stands, value->start + distance, 0);
    } else {
        return refuse_hole(series, value, period, err);
    }
    steps->rate->holes += is_hole;
    return true;
}

static bool is_taken(const struct steps *steps, const struct series *series, size_t i)
{
    sim_time start = series->values[i].start - steps->first;
    sim_time end = i + 1 < series->count ? series->values[i + 1].start - steps->first : SIM_NEVER;
    return start < steps->form->to && end > steps->form->from;
}

bool series_to_rate(struct series *series, const struct series_form *form, struct arena *arena, struct series_rate *rate,
                    struct error *err)
{
    sim_time period = 0;
    qsort(series->values, series->count, sizeof *series->values, compare_starts);
    if (!check_values(series, err) || !find_period(series, form, arena, &period, err)) {
        return false;
    }
    *rate = (struct series_rate){ .points = arena_alloc(arena, (4 * series->count + 2) * sizeof *rate->points) };
    struct steps steps = { form, series->values[0].start, rate };
    for (size_t i = 0; i < series->count; i++) {
        if (is_taken(&steps, series, i) && !add_value(&steps, series, i, period, err)) {
            return false;
        }
    }
    if (rate->count == 0) {
        char span[TIME_ROOM];
        sim_time length = series->values[series->count - 1].start + period - steps.first;
        return error_set(err, "no value between 'from' and 'to': the series is %s long",
                         units_format_seconds(sim_seconds(length), span, sizeof span));
    }
    add_point(rate, rate->length, rate->points[rate->count - 1].per_second);
    add_point(rate, rate->length, 0);
    return true;
}
