#include "output/explain_words.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "output/number.h"

enum { POINTS_NAMED = 3, METRIC_DIGITS = 6 };

/* ---- sentences ---------------------------------------------------------------------------------------------- */

void sentence_put(struct sentence *sentence, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sentence->text + sentence->used, SENTENCE_SIZE - sentence->used, format, arguments);
    va_end(arguments);
    size_t end = sentence->used + (length > 0 ? (size_t)length : 0);
    sentence->used = end < SENTENCE_SIZE ? end : SENTENCE_SIZE - 1;
}

void sentence_put_number(struct sentence *sentence, double number)
{
    char text[NUMBER_SIZE];
    units_format_number(number, METRIC_DIGITS, text, sizeof text);
    sentence_put(sentence, "%s", text);
}

void sentence_put_duration(struct sentence *sentence, sim_time length)
{
    char text[32];
    sentence_put(sentence, "%s", units_format_seconds(sim_seconds(length), text, sizeof text));
}

void sentence_put_times(struct sentence *sentence, uint64_t count, const char *what)
{
    char text[NUMBER_SIZE];
    sentence_put(sentence, "%s %s%s", number_grouped(count, text), what, count == 1 ? "" : "s");
}

void sentence_put_clock(struct sentence *sentence, int64_t start_unix_s, sim_time at)
{
    enum { DAY = 86400 };
    int64_t second = (start_unix_s + at / SIM_SECOND - (at % SIM_SECOND < 0)) % DAY;
    int of_day = (int)(second < 0 ? second + DAY : second);
    sentence_put(sentence, "%02d:%02d", of_day / 3600, of_day / 60 % 60);
    if (of_day % 60 != 0) {
        sentence_put(sentence, ":%02d", of_day % 60);
    }
}

/* ---- reasons of alarms -------------------------------------------------------------------------------------- */

/* Moves *text behind `prefix` if it begins with it. */
static bool take(const char **text, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(*text, prefix, length) != 0) {
        return false;
    }
    *text += length;
    return true;
}

/* "05/01/26 00:01:00" becomes "00:01": a reason speaks of the minutes before it. */
static bool take_date(const char **text, struct sentence *sentence)
{
    static const char form[] = "dd/dd/dd dd:dd:dd";
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd' ? !isdigit((unsigned char)(*text)[i]) : (*text)[i] != form[i]) {
            return false;
        }
    }
    bool whole_minute = strncmp(*text + 14, ":00", 3) == 0;
    sentence_put(sentence, "%.*s", whole_minute ? 5 : 8, *text + 9);
    *text += sizeof form - 1;
    return true;
}

/* "99.5175452544" becomes "99.5175", "50.0" becomes "50". */
static bool take_number(const char **text, struct sentence *sentence)
{
    if (!isdigit((unsigned char)**text) && !(**text == '-' && isdigit((unsigned char)(*text)[1]))) {
        return false;
    }
    char *end;
    double number = strtod(*text, &end);
    sentence_put_number(sentence, number);
    *text = end;
    return true;
}

/* "100.0 (05/01/26 01:02:00)" becomes "100 at 01:02". */
static bool take_point(const char **text, struct sentence *sentence)
{
    const char *rest = *text;
    struct sentence point = { .used = 0 };
    if (!take_number(&rest, &point) || !take(&rest, " (")) {
        return false;
    }
    sentence_put(&point, " at ");
    if (!take_date(&rest, &point) || !take(&rest, ")")) {
        return false;
    }
    sentence_put(sentence, "%s", point.text);
    *text = rest;
    return true;
}

/* The newest of a list in brackets, where the text stands behind the opening one. */
static void take_points(const char **text, struct sentence *sentence)
{
    int named = 0;
    const char *rest = *text;
    while (named < POINTS_NAMED && take_point(&rest, sentence)) {
        named++;
        *text = rest;
        if (named < POINTS_NAMED && take(&rest, ", ")) {
            sentence_put(sentence, ", ");
        }
    }
    if (named == POINTS_NAMED && take(text, ", ")) {
        sentence_put(sentence, " ...");
        *text += strcspn(*text, "]");
    }
}

void sentence_put_alarm_reason(struct sentence *sentence, const char *reason)
{
    if (!take(&reason, "Threshold Crossed: ")) {
        take(&reason, "Insufficient Data: ");
    }
    while (*reason != '\0') {
        if (take(&reason, " (minimum ")) {
            reason += strcspn(reason, ")");
            take(&reason, ")");
        } else if (take(&reason, "[")) {
            sentence_put(sentence, "[");
            take_points(&reason, sentence);
        } else if (strcmp(reason, ".") == 0) {
            reason++;
        } else if (!take_date(&reason, sentence) && !take_number(&reason, sentence)) {
            sentence_put(sentence, "%c", *reason++);
        }
    }
}

/* ---- a service's messages ----------------------------------------------------------------------------------- */

/* "(task 0a796f4a...)": its ID, and the text moves behind it. NULL: something else. */
static const char *take_task(const char **text)
{
    enum { ID = 32 };
    const char *rest = *text;
    if (!take(&rest, "(task ") || strspn(rest, "0123456789abcdef") != ID || rest[ID] != ')') {
        return NULL;
    }
    *text = rest + ID + 1;
    return rest;
}

/* A list of tasks, of which the text stands at the first; `id` is its ID. */
static void put_tasks(struct sentence *sentence, const char **message, const char *id)
{
    int count = 0;
    while (id != NULL) {
        if (count++ < IDS_NAMED) {
            sentence_put(sentence, "%s%.*s", count > 1 ? ", " : "", ID_SHOWN, id);
        }
        const char *rest = *message;
        id = take(&rest, " ") ? take_task(&rest) : NULL;
        *message = id != NULL ? rest : *message;
    }
    if (count > IDS_NAMED) {
        sentence_put(sentence, " and %d more", count - IDS_NAMED);
    }
}

void sentence_put_message(struct sentence *sentence, const char *message)
{
    if (take(&message, "(service ")) {
        message += strcspn(message, ")");
        take(&message, ") ");
    }
    while (*message != '\0' && strcmp(message, ".") != 0) {
        const char *id = take_task(&message);
        if (id != NULL) {
            put_tasks(sentence, &message, id);
        } else {
            sentence_put(sentence, "%c", *message++);
        }
    }
}

/* ---- reasons of decisions ----------------------------------------------------------------------------------- */

static const struct {
    const char *why, *words;
} reasons[] = {
    { "AlreadyAtDesiredCapacity", "it is there already (AlreadyAtDesiredCapacity)" },
    { "AlreadyAtMaxCapacity", "it is at its maximum (AlreadyAtMaxCapacity)" },
    { "AlreadyAtMinCapacity", "it is at its minimum (AlreadyAtMinCapacity)" },
    { "AutoScalingAnticipatedFlapping",
      "what it removes it would have to add again (AutoScalingAnticipatedFlapping)" },
    { "TargetServicePutResourceAsUnscalable",
      "a deployment holds back scale-in (TargetServicePutResourceAsUnscalable)" },
    { "an activity is in progress", "the change before is not fulfilled yet" },
    { "the policy asks for no change", "it asks for no change" },
};

const char *words_of_reason(const char *why)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(why, reasons[i].why) == 0) {
            return reasons[i].words;
        }
    }
    return why;
}
