#include "output/run_loop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "output/json_read.h"

/* The newest alarm of that name: one that was replaced keeps its own history. NULL: it was never made. */
static struct folder_alarm *find_alarm(struct run_loop *loop, const char *name)
{
    for (size_t i = loop->alarm_count; i > 0; i--) {
        if (strcmp(loop->alarms[i - 1].name, name) == 0) {
            return &loop->alarms[i - 1];
        }
    }
    return NULL;
}

void run_loop_take_made(struct run_loop *loop, const cJSON *event)
{
    VEC_GROW(loop->alarms, loop->alarm_count, loop->alarm_room);
    loop->alarms[loop->alarm_count++] = (struct folder_alarm){
        .name = mem_text(json_text_of(event, "alarm")), .metric = mem_text(json_text_of(event, "metric")),
        .made_s = json_number_of(event, "time_s"), .period_s = json_number_of(event, "period_s"),
        .threshold = json_number_of(event, "threshold"),
    };
}

void run_loop_take_seen(struct run_loop *loop, const cJSON *event)
{
    struct folder_alarm *alarm = find_alarm(loop, json_text_of(event, "alarm"));
    if (alarm != NULL) {
        VEC_GROW(alarm->seen, alarm->seen_count, alarm->seen_room);
        alarm->seen[alarm->seen_count++] = (struct folder_seen){
            .time_s = json_number_of(event, "time_s"), .start_s = json_number_of(event, "start_s"),
            .value = json_number_of(event, "value"),
        };
    }
}

static enum folder_state state_of(const char *name)
{
    if (strcmp(name, "ALARM") == 0) {
        return FOLDER_ALARM;
    }
    return strcmp(name, "OK") == 0 ? FOLDER_OK : FOLDER_INSUFFICIENT_DATA;
}

void run_loop_take_turn(struct run_loop *loop, const cJSON *event)
{
    struct folder_alarm *alarm = find_alarm(loop, json_text_of(event, "alarm"));
    if (alarm != NULL) {
        VEC_GROW(alarm->turns, alarm->turn_count, alarm->turn_room);
        alarm->turns[alarm->turn_count++] = (struct folder_turn){
            .time_s = json_number_of(event, "time_s"), .to = state_of(json_text_of(event, "to")),
        };
    }
}

void run_loop_take_waterfall(struct run_loop *loop, const cJSON *event)
{
    static const char *const keys[FOLDER_STEPS] = {
        "load_changed_s", "measured_s", "published_s", "alarm_s", "decided_s", "started_s", "ready_s",
    };
    VEC_GROW(loop->waterfalls, loop->waterfall_count, loop->waterfall_room);
    struct folder_waterfall *waterfall = &loop->waterfalls[loop->waterfall_count++];
    *waterfall = (struct folder_waterfall){
        .service = mem_text(json_text_of(event, "service")), .policy = mem_text(json_text_of(event, "policy")),
        .from = (int)json_number_of(event, "from"), .to = (int)json_number_of(event, "to"),
    };
    for (int i = 0; i < FOLDER_STEPS; i++) {
        waterfall->steps_s[i] = json_number_of(event, keys[i]);
    }
}

void run_loop_finish(struct run_loop *loop)
{
    for (size_t i = 0; i < loop->alarm_count; i++) {
        free(loop->alarms[i].name);
        free(loop->alarms[i].metric);
        free(loop->alarms[i].seen);
        free(loop->alarms[i].turns);
    }
    for (size_t i = 0; i < loop->waterfall_count; i++) {
        free(loop->waterfalls[i].service);
        free(loop->waterfalls[i].policy);
    }
    free(loop->alarms);
    free(loop->waterfalls);
}
