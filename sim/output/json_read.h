/* Members of objects in a run's files, where one that is missing or of another type counts for none. */
#ifndef OUTPUT_JSON_READ_H
#define OUTPUT_JSON_READ_H

#include <cjson/cJSON.h>
#include <math.h>

/* "" if there is none. */
static inline const char *json_text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

/* NAN if there is none. */
static inline double json_number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

/* 0 if there is none. */
static inline double json_number_or_0(const cJSON *object, const char *key)
{
    double number = json_number_of(object, key);
    return isnan(number) ? 0 : number;
}

#endif
