/* autoscaling.put_scheduled_action and predictive policies from Lua: what they do, and what a mistake is told. */
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

/* A service with room from 1 to 20. WATCH: its desired count is logged with the minute in which it has changed. */
#define TARGET MODULES "sim.scenario { duration = \"1d\" } sim.assume { schedule_jitter_s = 0, schedule_clamp_s = 0 } " \
               "local function app(task) while not task.stopping do sim.sleep(600) end end " WORKER \
               "autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 20 }\n"
#define WATCH "local last = 1 sim.every(60, function() local d = ecs.describe_services { services = { worker } }.services[1] " \
              "if d.desired_count ~= last then last = d.desired_count sim.log(\"%d: %d\", sim.now() // 60, last) end end)\n"
#define ACTION(fields) TARGET "autoscaling.put_scheduled_action { resource_id = worker, scheduled_action_name = \"a\", " fields " }"
#define PREDICTIVE(fields) TARGET "autoscaling.put_scaling_policy { resource_id = worker, policy_name = \"p\", " \
                           "policy_type = \"PredictiveScaling\", predictive_scaling_policy_configuration = { " fields " } }"
#define TO(bounds) "scalable_target_action = { " bounds " }"

static void schedules_and_forecasts_move_the_desired_count(void)
{
    static const struct {
        const char *rule, *script, *log;
    } rows[] = {
        { "cron", ACTION("schedule = \"cron(30 7 ? * MON *)\", " TO("min_capacity = 4")) WATCH, "450: 4" },
        { "a zone", ACTION("schedule = \"cron(0 9 * * ? *)\", timezone = \"Europe/Berlin\", " TO("min_capacity = 4")) WATCH,
          "480: 4" },
        { "UTC by name", ACTION("timezone = \"UTC\", schedule = \"at(2026-01-05T01:00:00)\", " TO("min_capacity = 4")) WATCH,
          "60: 4" },
        { "start and end", ACTION("schedule = \"rate(1 hour)\", start_time = \"2026-01-05T02:30:00Z\", "
                                  "end_time = \"2026-01-05T04:00:00Z\", " TO("min_capacity = 2, max_capacity = 3")) WATCH,
          "150: 2" },
        { "PRED-03", PREDICTIVE("mode = \"ForecastAndScale\", scheduling_buffer_time = \"10m\", "
                                "forecast = { { 0, 1 }, { \"8h\", 1 }, { \"8h\", 6 } }") WATCH, "470: 6" },
        { "PRED-02", PREDICTIVE("forecast = 6") WATCH, "" },
        { "PRED-04", PREDICTIVE("mode = \"ForecastAndScale\", max_capacity_breach_behavior = \"IncreaseMaxCapacity\", "
                                "max_capacity_buffer = 10, forecast = 30") WATCH, "1: 30" },
    };
    static struct scene scene;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *log = scene_play(&scene, rows[i].script), *text = strchr(log, ' ');
        if (!begins_with(text != NULL ? text + 1 : log, rows[i].log) || (*rows[i].log == '\0' && *log != '\0')) {
            CU_FAIL(rows[i].rule);
        }
    }
}

static void mistakes_name_the_path(void)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        { ACTION("schedule = \"crn(0 8 * * ? *)\""),
          "case.lua:2: put_scheduled_action.schedule: Invalid schedule expression: unknown schedule 'crn()', did you mean 'cron()'?" },
        { ACTION("schedule = \"rate(5 seconds)\""),
          "case.lua:2: put_scheduled_action.schedule: Invalid schedule expression: unknown unit 'seconds'" },
        { ACTION("schedule = \"at(2026-01-06T00:00:00Z)\""),
          "case.lua:2: put_scheduled_action.schedule: Invalid schedule at DateTime expression: expected yyyy-mm-ddThh:mm:ss" },
        { ACTION("schedule = \"0 8 * * ? *\""),
          "case.lua:2: put_scheduled_action.schedule: Invalid schedule expression: expected at(...), rate(...) or cron(...)" },
        { ACTION("schedule = \"cron(61 8 * * ? *)\""),
          "case.lua:2: put_scheduled_action.schedule: Invalid CRON expression: minutes: 61 is outside 0..59" },
        { ACTION("schedule = \"cron(0 8 * * * *)\""),
          "case.lua:2: put_scheduled_action.schedule: Invalid CRON expression: one of day-of-month and day-of-week must be '?', and not both" },
        { ACTION("timezone = \"Europe/Berln\""),
          "case.lua:2: put_scheduled_action.timezone: unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?" },
        { ACTION("time_zone = \"UTC\""), "case.lua:2: put_scheduled_action: unknown field 'time_zone', did you mean 'timezone'?" },
        { ACTION("start_time = \"tomorrow\""),
          "case.lua:2: put_scheduled_action.start_time: expected an instant as in \"2026-01-05T00:00:00Z\"" },
        { ACTION("start_time = \"2026-01-06T00:00:00Z\", end_time = \"2026-01-05T00:00:00Z\""),
          "case.lua:2: put_scheduled_action: StartTime must be before EndTime" },
        { ACTION(TO("")), "case.lua:2: put_scheduled_action.scalable_target_action: At least one of minimum capacity and maximum capacity should be provided" },
        { ACTION(TO("min = 1")), "case.lua:2: put_scheduled_action.scalable_target_action: unknown field 'min'" },
        { ACTION(TO("min_capacity = 1")), "case.lua:2: put_scheduled_action: missing 'schedule'" },
        { ACTION("schedule = \"rate(1 day)\", " TO("min_capacity = 5, max_capacity = 2")),
          "case.lua:2: put_scheduled_action.scalable_target_action: Maximum capacity cannot be less than minimum capacity: 2 is below 5" },
        { ACTION("schedule = \"at(2025-01-05T00:00:00)\", " TO("min_capacity = 5")),
          "case.lua:2: put_scheduled_action: the schedule does not occur after the present time" },
        { MODULES "autoscaling.put_scheduled_action {}", "case.lua:1: put_scheduled_action: missing 'resource_id'" },
        { MODULES "local function app() end " WORKER "autoscaling.put_scheduled_action { resource_id = worker, "
          "scheduled_action_name = \"a\", schedule = \"rate(1 day)\", scalable_target_action = { min_capacity = 1 } }",
          "case.lua:1: put_scheduled_action: No scalable target registered for service namespace: ecs, resource ID: service/default/worker, "
          "scalable dimension: ecs:service:DesiredCount" },
        { MODULES "local function app() end " WORKER "autoscaling.register_scalable_target { resource_id = worker, "
          "min_capacity = 1, max_capacity = 2 } autoscaling.put_scheduled_action { resource_id = worker, "
          "scheduled_action_name = \"a\", schedule = \"rate(1 day)\", scalable_target_action = { min_capacity = 1 } }\n"
          "sim.scenario { start = \"2026-07-01T00:00:00Z\" }",
          "case.lua:2: scenario: start comes before the scheduled actions that depend on it" },
        { PREDICTIVE("mode = \"ForecastAndScale\""),
          "case.lua:2: put_scaling_policy.predictive_scaling_policy_configuration: missing 'forecast'" },
        { PREDICTIVE("forecast = 5, mode = \"Forecast\""),
          "case.lua:2: put_scaling_policy.predictive_scaling_policy_configuration.mode: unknown value 'Forecast'" },
        { PREDICTIVE("forecast = 5, scheduling_buffer_time = \"2h\""),
          "case.lua:2: put_scaling_policy.predictive_scaling_policy_configuration.scheduling_buffer_time: 7200 is outside 0..3600" },
        { PREDICTIVE("forecast = { { 0, 1 }, { 3600, -1 } }"),
          "case.lua:2: put_scaling_policy.predictive_scaling_policy_configuration.forecast: point 2: rate -1 is not a number" },
        { PREDICTIVE("forecast = 5, max_capacity_buffer = 10"),
          "case.lua:2: put_scaling_policy.predictive_scaling_policy_configuration: You cannot specify MaxCapacityBuffer when using "
          "HonorMaxCapacity" },
        { TARGET "local p = autoscaling.put_scaling_policy { resource_id = worker, policy_name = \"p\", "
          "predictive_scaling_policy_configuration = { forecast = 5 } }\ncloudwatch.put_metric_alarm { alarm_name = \"x\", "
          "alarm_actions = { p }, evaluation_periods = 1, threshold = 1, comparison_operator = \"GreaterThanThreshold\" }",
          "case.lua:3: put_metric_alarm.alarm_actions[1]: policy 'p' evaluates itself and takes no alarm" },
        { TARGET "autoscaling.put_scaling_policy { resource_id = worker, policy_name = \"p\", policy_type = \"StepScaling\", "
          "predictive_scaling_policy_configuration = { forecast = 5 } }",
          "case.lua:2: put_scaling_policy: You must only provide a single scaling policy configuration, which must match the scaling "
          "policy type specified" },
    };
    static struct scene scene;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT(begins_with(scene_play(&scene, rows[i].script), rows[i].message));
    }
}

static void only_named_zones_leave_an_edition(void)
{
    static struct scene scene;
    CU_ASSERT_TRUE(scene_load(&scene, ACTION("schedule = \"rate(1 day)\", timezone = \"UTC\", " TO("min_capacity = 2"))));
    CU_ASSERT_PTR_NULL(scene.world->zone_database);
    scene_finish(&scene);
    CU_ASSERT_TRUE(scene_load(&scene, ACTION("schedule = \"rate(1 day)\", timezone = \"Asia/Tokyo\", " TO("min_capacity = 2"))));
    CU_ASSERT_PTR_NOT_NULL(scene.world->zone_database);
    scene_finish(&scene);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "schedules and forecasts move the desired count", schedules_and_forecasts_move_the_desired_count },
        { "mistakes name the path", mistakes_name_the_path },
        { "only named zones leave an edition", only_named_zones_leave_an_edition },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/schedule", tests);
    scenes_end();
    return status;
}
