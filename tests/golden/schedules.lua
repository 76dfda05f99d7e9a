-- Scheduled actions that are late, collide, contradict each other and are lost; a forecast that lifts the maximum.
-- Rules: SCHD-01..10 PRED-02..05 PRED-07 AAS-25.

local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"

sim.scenario { start = "2026-01-30T21:30:00Z", duration = "6h" }

local function idle(task)
    while not task.stopping do sim.sleep(600) end
end

local function service(name, min, max)
    local created = ecs.create_service {
        service_name = name, desired_count = min,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = idle } },
        },
    }
    autoscaling.register_scalable_target { resource_id = created, min_capacity = min, max_capacity = max }
    return created
end

local planned = service("planned", 1, 4)
local function schedule(name, when, action)
    autoscaling.put_scheduled_action {
        resource_id = planned, scheduled_action_name = name, schedule = when, scalable_target_action = action,
    }
end
schedule("friday evening", "cron(0 22 ? * 6L *)", { min_capacity = 3 })
schedule("at the same time", "at(2026-01-30T22:00:00)", { max_capacity = 8 })
schedule("too much", "at(2026-01-30T22:30:00)", { min_capacity = 9 })
schedule("hourly", "rate(1 hour)", { min_capacity = 2, max_capacity = 5 })
schedule("last of the month", "cron(0 0 L * ? *)", { min_capacity = 0, max_capacity = 0 })
schedule("while suspended", "cron(40 0 31 1 ? *)", { min_capacity = 4 })
local function suspend(yes)
    autoscaling.register_scalable_target { resource_id = planned, suspended_state = { scheduled_scaling_suspended = yes } }
end
sim.at(3 * 3600, function() suspend(true) end)
sim.at(4 * 3600, function() suspend(false) end)

local foreseen = service("foreseen", 1, 4)
autoscaling.put_scaling_policy {
    resource_id = foreseen, policy_name = "forecast", policy_type = "PredictiveScaling",
    predictive_scaling_policy_configuration = {
        mode = "ForecastAndScale", max_capacity_breach_behavior = "IncreaseMaxCapacity", max_capacity_buffer = 10,
        forecast = { { 0, 2 }, { 5400, 2 }, { 5400, 6 }, { 9000, 6 }, { 12600, 3 } },
    },
}

sim.expect { ["planned.max_tasks"] = 3, ["foreseen.max_tasks"] = 6, busy_stops = 0 }
