#include "script/recording.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "script/instant.h"

/* ---- instants ----------------------------------------------------------------------------------------------- */

enum { SECONDS_END = 19 };        /* of "2026-09-17T01:44:00" */

static bool is_digits(const char *text, int count)
{
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

/* "Z", "+02:00" or "-07:00": seconds east of Greenwich. */
static bool parse_offset(const char *text, int *offset_s)
{
    if (strcmp(text, "Z") == 0) {
        *offset_s = 0;
        return true;
    }
    bool right = (text[0] == '+' || text[0] == '-') && is_digits(text + 1, 2) && text[3] == ':' && is_digits(text + 4, 2)
                 && text[6] == '\0';
    if (!right) {
        return false;
    }
    int hours = 10 * (text[1] - '0') + text[2] - '0', minutes = 10 * (text[4] - '0') + text[5] - '0';
    *offset_s = (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool to_run_time(double unix_s, int64_t start_unix_s, sim_time *time)
{
    *time = sim_from_seconds(unix_s - (double)start_unix_s);
    return isfinite(unix_s) && fabs(unix_s) < 1e12;
}

bool recording_parse_time(const char *text, int64_t start_unix_s, sim_time *time)
{
    char utc[SECONDS_END + 2];
    int64_t unix_s;
    int offset_s;
    if (strlen(text) < SECONDS_END + 1) {
        return false;
    }
    snprintf(utc, sizeof utc, "%.*sZ", SECONDS_END, text);
    const char *rest = text + SECONDS_END;
    if (*rest == '.') {           /* points stand for whole periods: a fraction of a second changes nothing */
        do {
            rest++;
        } while (isdigit((unsigned char)*rest));
    }
    if (!instant_parse(utc, &unix_s) || !parse_offset(rest, &offset_s)) {
        return false;
    }
    return to_run_time((double)(unix_s - offset_s), start_unix_s, time);
}

/* Text, or seconds since 1970 as older tools write them. */
static bool read_time(const cJSON *item, int64_t start_unix_s, sim_time *time)
{
    if (cJSON_IsNumber(item)) {
        return to_run_time(item->valuedouble, start_unix_s, time);
    }
    return cJSON_IsString(item) && recording_parse_time(item->valuestring, start_unix_s, time);
}

/* ---- GetMetricData ------------------------------------------------------------------------------------------ */

struct metric_slot recording_sample(double value)
{
    return (struct metric_slot){ .sum = value, .minimum = value, .maximum = value, .samples = 1 };
}

static bool is_finite_number(const cJSON *item)
{
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

static const cJSON *find_result(const cJSON *results, const char *id, struct error *err)
{
    const cJSON *result;
    if (id == NULL) {
        if (cJSON_GetArraySize(results) != 1) {
            error_set(err, "'id' must say which of the %d results of MetricDataResults is meant",
                      cJSON_GetArraySize(results));
            return NULL;
        }
        return cJSON_GetArrayItem(results, 0);
    }
    cJSON_ArrayForEach(result, results)
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(result, "Id");
        if (cJSON_IsString(name) && strcmp(name->valuestring, id) == 0) {
            return result;
        }
    }
    error_set(err, "MetricDataResults has no Id '%s'", id);
    return NULL;
}

static bool take_values(const cJSON *result, const struct recording_choice *choice, struct recorded_point *points,
                        size_t *count, struct error *err)
{
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(result, "Timestamps")->child;
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(result, "Values")->child;
    for (; time != NULL; time = time->next, value = value->next) {
        struct recorded_point *point = &points[*count];
        if (!read_time(time, choice->start_unix_s, &point->start)) {
            return error_set(err, "Timestamps[%zu] is no instant", *count);
        }
        if (!is_finite_number(value)) {
            return error_set(err, "Values[%zu] is no number", *count);
        }
        point->slot = recording_sample(value->valuedouble);
        (*count)++;
    }
    return true;
}

static bool parse_metric_data(const cJSON *results, const struct recording_choice *choice, struct arena *arena,
                              struct recorded_point **points, size_t *count, struct error *err)
{
    const cJSON *result = find_result(results, choice->id, err);
    if (result == NULL) {
        return false;
    }
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(result, "Timestamps");
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(result, "Values");
    int length = cJSON_GetArraySize(times);
    if (!cJSON_IsArray(times) || !cJSON_IsArray(values) || cJSON_GetArraySize(values) != length) {
        return error_set(err, "Timestamps and Values are no lists of one length");
    }
    *points = arena_alloc(arena, ((size_t)length + 1) * sizeof **points);
    return take_values(result, choice, *points, count, err);
}

/* ---- GetMetricStatistics ------------------------------------------------------------------------------------ */

static bool get_number(const cJSON *datapoint, const char *name, double *number)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(datapoint, name);
    if (item == NULL) {
        item = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(datapoint, "ExtendedStatistics"), name);
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

static bool parse_statistics(const cJSON *datapoints, const struct recording_choice *choice, struct arena *arena,
                             struct recorded_point **points, size_t *count, struct error *err)
{
    const cJSON *datapoint;
    *points = arena_alloc(arena, ((size_t)cJSON_GetArraySize(datapoints) + 1) * sizeof **points);
    cJSON_ArrayForEach(datapoint, datapoints)
    {
        struct recorded_point *point = &(*points)[*count];
        if (!read_time(cJSON_GetObjectItemCaseSensitive(datapoint, "Timestamp"), choice->start_unix_s, &point->start)) {
            return error_set(err, "Datapoints[%zu]: Timestamp is no instant", *count);
        }
        if (!read_datapoint(datapoint, choice->statistic, &point->slot)) {
            return error_set(err, "Datapoints[%zu] has no %s", *count,
                             choice->statistic != NULL ? choice->statistic : "Average and no Sum");
        }
        (*count)++;
    }
    return true;
}

/* ---- the file ----------------------------------------------------------------------------------------------- */

static bool parse_answer(const cJSON *answer, const struct recording_choice *choice, struct arena *arena,
                         struct recorded_point **points, size_t *count, struct error *err)
{
    const cJSON *results = cJSON_GetObjectItemCaseSensitive(answer, "MetricDataResults");
    const cJSON *datapoints = cJSON_GetObjectItemCaseSensitive(answer, "Datapoints");
    if (cJSON_IsArray(results)) {
        return parse_metric_data(results, choice, arena, points, count, err);
    }
    if (cJSON_IsArray(datapoints)) {
        return parse_statistics(datapoints, choice, arena, points, count, err);
    }
    return error_set(err, "has neither MetricDataResults, as get-metric-data answers, nor Datapoints, as "
                          "get-metric-statistics does");
}

bool recording_parse(const char *text, const struct recording_choice *choice, struct arena *arena,
                     struct recorded_point **points, size_t *count, struct error *err)
{
    *count = 0;
    cJSON *answer = cJSON_Parse(text);
    if (answer == NULL) {
        return error_set(err, "is no JSON");
    }
    bool parsed = parse_answer(answer, choice, arena, points, count, err);
    cJSON_Delete(answer);
    return parsed;
}
