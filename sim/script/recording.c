#include "script/recording.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "script/instant.h"

enum { FOUND_ROOM = 64, NAMES_ROOM = 256 };

/* Where in the answer a fault is. */
struct place {
    char text[96];
};

struct parser {
    const struct recording_choice *choice;
    struct arena *arena;
    struct recording_points *out;
    size_t room;
    struct error *err;
};

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* What the file has there, as JSON, cut where it is long. */
static void describe(const cJSON *item, char *text, size_t size)
{
    char *json = item != NULL ? cJSON_PrintUnformatted(item) : NULL;
    snprintf(text, size, "%.40s%s", json != NULL ? json : "nothing", json != NULL && strlen(json) > 40 ? "..." : "");
    cJSON_free(json);
}

static bool expected(struct error *err, const char *place, const char *what, const cJSON *item)
{
    char found[FOUND_ROOM];
    describe(item, found, sizeof found);
    return error_set(err, "%s: expected %s, found %s", place, what, found);
}

static void add_name(char *list, size_t size, const char *name)
{
    size_t length = strlen(list);
    snprintf(list + length, size - length, "%s%s", length > 0 ? ", " : "", name);
}

void recording_describe_place(const void *points, size_t index, char *text, size_t size)
{
    const struct recording_place *place = &((const struct recording_points *)points)->places[index];
    if (place->list < 0) {
        snprintf(text, size, "Datapoints[%d]", place->index);
    } else {
        snprintf(text, size, "MetricDataResults[%d].Values[%d]", place->list, place->index);
    }
}

/* ---- instants ----------------------------------------------------------------------------------------------- */

/* False: too far away for the difference of two such times to be one. */
static bool to_run_time(double unix_s, int64_t start_unix_s, sim_time *time)
{
    static const double most_s = 4.5e9;
    double seconds = unix_s - (double)start_unix_s;
    *time = sim_from_seconds(seconds);
    return fabs(seconds) < most_s;
}

bool recording_parse_time(const char *text, int64_t start_unix_s, sim_time *time)
{
    int64_t unix_s, fraction_ns;
    if (!instant_parse_stamp(text, &unix_s, &fraction_ns) || !to_run_time((double)unix_s, start_unix_s, time)) {
        return false;
    }
    *time += fraction_ns;
    return true;
}

static int whole(const cJSON *item)
{
    return cJSON_IsNumber(item) ? item->valueint : -1;
}

/* As botocore's recorder writes what it decoded: { "__class__": "datetime", "year": 2018, ... }, in UTC. */
static bool read_datetime(const cJSON *item, int64_t start_unix_s, sim_time *time)
{
    const struct date date = { whole(member(item, "year")), whole(member(item, "month")), whole(member(item, "day")) };
    int hour = whole(member(item, "hour")), minute = whole(member(item, "minute")), second = whole(member(item, "second"));
    if (date.year < 1970 || !date_is_valid(date) || hour < 0 || minute < 0 || second < 0) {
        return false;
    }
    int64_t unix_s = date_to_days(date) * 86400 + hour * 3600 + minute * 60 + second;
    return to_run_time((double)unix_s, start_unix_s, time);
}

/* Text, or seconds since 1970 as older tools write them. */
static bool read_time(const cJSON *item, int64_t start_unix_s, sim_time *time)
{
    if (cJSON_IsNumber(item)) {
        return to_run_time(item->valuedouble, start_unix_s, time);
    }
    if (cJSON_IsObject(item)) {
        return read_datetime(item, start_unix_s, time);
    }
    return cJSON_IsString(item) && recording_parse_time(item->valuestring, start_unix_s, time);
}

static bool take_time(struct parser *parser, const char *place, const cJSON *item, sim_time *time)
{
    return read_time(item, parser->choice->start_unix_s, time)
           || expected(parser->err, place, "an instant such as \"2026-01-05T00:00:00Z\"", item);
}

/* ---- points ------------------------------------------------------------------------------------------------- */

struct metric_slot recording_sample(double value)
{
    return (struct metric_slot){ .sum = value, .minimum = value, .maximum = value, .samples = 1 };
}

static bool is_finite_number(const cJSON *item)
{
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

/* Room for `more` points; what is there stays. */
static void make_room(struct parser *parser, size_t more)
{
    struct recording_points *out = parser->out;
    struct recording_points old = *out;
    parser->room = old.count + more;
    out->points = arena_alloc(parser->arena, (parser->room + 1) * sizeof *out->points);
    out->places = arena_alloc(parser->arena, (parser->room + 1) * sizeof *out->places);
    for (size_t i = 0; i < old.count; i++) {
        out->points[i] = old.points[i];
        out->places[i] = old.places[i];
    }
}

static struct recorded_point *add_point(struct parser *parser, int list, int index)
{
    struct recording_points *out = parser->out;
    out->places[out->count] = (struct recording_place){ list, index };
    return &out->points[out->count++];
}

/* ---- GetMetricData ------------------------------------------------------------------------------------------ */

static bool has_text(const cJSON *result, const char *name, const char *wanted)
{
    const cJSON *item = member(result, name);
    return wanted == NULL || (cJSON_IsString(item) && strcmp(item->valuestring, wanted) == 0);
}

static bool is_wanted(const cJSON *result, const struct recording_choice *choice)
{
    return has_text(result, "Id", choice->id) && has_text(result, "Label", choice->label);
}

static const char *id_of(const cJSON *result)
{
    const cJSON *id = member(result, "Id");
    return cJSON_IsString(id) ? id->valuestring : "";
}

/* The wanted results are one series: at least one, and of one id. */
static bool check_choice(const struct parser *parser, const cJSON *results)
{
    const struct recording_choice *choice = parser->choice;
    const char *found = NULL;
    char names[NAMES_ROOM] = "";
    bool several = false;
    const cJSON *result;
    cJSON_ArrayForEach(result, results)
    {
        if (is_wanted(result, choice)) {
            several |= found != NULL && strcmp(found, id_of(result)) != 0;
            found = id_of(result);
        }
        add_name(names, sizeof names, id_of(result));
    }
    if (several) {
        return error_set(parser->err, "MetricDataResults: expected 'id' or 'label' to say which is meant, found %s", names);
    }
    if (found == NULL) {
        const char *what = choice->id != NULL ? "Id " : choice->label != NULL ? "Label " : "a result";
        const char *wanted = choice->id != NULL ? choice->id : choice->label != NULL ? choice->label : "";
        return error_set(parser->err, "MetricDataResults: expected %s%s, found %s", what, wanted,
                         names[0] != '\0' ? names : "none");
    }
    return true;
}

static bool take_result(struct parser *parser, const cJSON *result, int list)
{
    const cJSON *times = member(result, "Timestamps"), *values = member(result, "Values");
    if (!cJSON_IsArray(times) || !cJSON_IsArray(values) || cJSON_GetArraySize(times) != cJSON_GetArraySize(values)) {
        return error_set(parser->err, "MetricDataResults[%d]: expected Timestamps and Values, as many of each, found %d and %d",
                         list, cJSON_GetArraySize(times), cJSON_GetArraySize(values));
    }
    make_room(parser, (size_t)cJSON_GetArraySize(times));
    const cJSON *time = times->child, *value = values->child;
    for (int i = 0; time != NULL; i++, time = time->next, value = value->next) {
        struct recorded_point *point = add_point(parser, list, i);
        struct place place;
        snprintf(place.text, sizeof place.text, "MetricDataResults[%d].Timestamps[%d]", list, i);
        if (!take_time(parser, place.text, time, &point->start)) {
            return false;
        }
        if (!is_finite_number(value)) {
            snprintf(place.text, sizeof place.text, "MetricDataResults[%d].Values[%d]", list, i);
            return expected(parser->err, place.text, "a number", value);
        }
        point->slot = recording_sample(value->valuedouble);
    }
    return true;
}

static bool parse_metric_data(struct parser *parser, const cJSON *results)
{
    if (!check_choice(parser, results)) {
        return false;
    }
    int list = 0;
    const cJSON *result;
    cJSON_ArrayForEach(result, results)
    {
        if (is_wanted(result, parser->choice) && !take_result(parser, result, list)) {
            return false;
        }
        list++;
    }
    return true;
}

/* ---- GetMetricStatistics ------------------------------------------------------------------------------------ */

static bool get_number(const cJSON *datapoint, const char *name, double *number)
{
    const cJSON *item = member(datapoint, name);
    if (item == NULL) {
        item = member(member(datapoint, "ExtendedStatistics"), name);
    }
    if (!is_finite_number(item)) {
        return false;
    }
    *number = item->valuedouble;
    return true;
}

/* Whatever statistics it has; those that it lacks follow from the mean. */
static bool read_statistics(const cJSON *datapoint, struct metric_slot *slot)
{
    double mean;
    if (!get_number(datapoint, "SampleCount", &slot->samples) || !(slot->samples > 0)) {
        slot->samples = 1;
    }
    if (get_number(datapoint, "Sum", &slot->sum)) {
        mean = slot->sum / slot->samples;
    } else if (get_number(datapoint, "Average", &mean)) {
        slot->sum = mean * slot->samples;
    } else {
        return false;
    }
    slot->minimum = slot->maximum = mean;
    get_number(datapoint, "Minimum", &slot->minimum);
    get_number(datapoint, "Maximum", &slot->maximum);
    return true;
}

static bool read_datapoint(const cJSON *datapoint, const char *statistic, struct metric_slot *slot)
{
    double value;
    if (statistic == NULL) {
        return read_statistics(datapoint, slot);
    }
    if (!get_number(datapoint, statistic, &value)) {
        return false;
    }
    *slot = recording_sample(value);
    return true;
}

static bool check_label(const struct parser *parser, const cJSON *answer)
{
    const struct recording_choice *choice = parser->choice;
    if (choice->id != NULL) {
        return error_set(parser->err, "Datapoints: expected MetricDataResults, to which 'id' belongs");
    }
    if (!has_text(answer, "Label", choice->label)) {
        char wanted[FOUND_ROOM];
        snprintf(wanted, sizeof wanted, "'%.40s'", choice->label);
        return expected(parser->err, "Label", wanted, member(answer, "Label"));
    }
    return true;
}

static bool parse_statistics(struct parser *parser, const cJSON *datapoints)
{
    const char *statistic = parser->choice->statistic;
    int index = 0;
    const cJSON *datapoint;
    make_room(parser, (size_t)cJSON_GetArraySize(datapoints));
    cJSON_ArrayForEach(datapoint, datapoints)
    {
        struct recorded_point *point = add_point(parser, -1, index);
        struct place place;
        snprintf(place.text, sizeof place.text, "Datapoints[%d].Timestamp", index);
        if (!take_time(parser, place.text, member(datapoint, "Timestamp"), &point->start)) {
            return false;
        }
        if (!read_datapoint(datapoint, statistic, &point->slot)) {
            snprintf(place.text, sizeof place.text, "Datapoints[%d]", index);
            return expected(parser->err, place.text, statistic != NULL ? statistic : "Average or Sum", datapoint);
        }
        index++;
    }
    return true;
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static bool parse_answer(struct parser *parser, const cJSON *answer)
{
    const cJSON *inner = member(answer, "data");     /* botocore's recorder puts the answer there */
    if (cJSON_IsObject(inner)) {
        answer = inner;
    }
    const cJSON *results = member(answer, "MetricDataResults"), *datapoints = member(answer, "Datapoints");
    if (cJSON_IsArray(results)) {
        return parse_metric_data(parser, results);
    }
    if (cJSON_IsArray(datapoints)) {
        return check_label(parser, answer) && parse_statistics(parser, datapoints);
    }
    return error_set(parser->err, "expected MetricDataResults, as get-metric-data answers, or Datapoints, as "
                                  "get-metric-statistics does");
}

static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++) {
        line += *text == '\n';
    }
    return line;
}

bool recording_parse(const char *text, const struct recording_choice *choice, struct arena *arena,
                     struct recording_points *points, struct error *err)
{
    struct parser parser = { .choice = choice, .arena = arena, .out = points, .err = err };
    const char *end;
    *points = (struct recording_points){ 0 };
    cJSON *answer = cJSON_ParseWithOpts(text, &end, 1);
    if (answer == NULL) {
        return *end ? error_set(err, "line %d: expected JSON, found '%.20s'", line_of(text, end), end)
                    : error_set(err, "line %d: expected JSON, found the end of the file", line_of(text, end));
    }
    bool parsed = parse_answer(&parser, answer);
    cJSON_Delete(answer);
    return parsed;
}
