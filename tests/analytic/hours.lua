-- F17: four vCPU and 8 GB that run so many hours a week, by schedule: the price of a month. Played by theory.c.

local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"

local p = sim.params {
    hours = { 10, "a day; 24: always", min = 1, max = 24 },
    days = { 5, "a week, from Monday", min = 1, max = 7 },
    usd = { 42.90, "published, a month of 730 hours" },
}
local WEEK, DAY = 7 * 86400, 86400
sim.scenario { duration = 2 * WEEK, warm_up = WEEK }
-- Not a second of start or end: published prices know none.
sim.assume { schedule_jitter_s = 0, action_latency_s = 0, ecs_react_latency_s = 0, created_to_pull_s = 0, pull_s = 0,
             stop_report_s = 0, eni_detach_s = 0, api_latency_ms = 0.001 }

local always = p.hours == 24
local service = ecs.create_service {
    service_name = "dev", desired_count = always and 1 or 0,
    task_definition = ecs.register_task_definition {
        family = "dev", cpu = 4096, memory = 8192, container_definitions = { {
            app = function(task) task:on_sigterm(function() task:exit(0) end) while true do sim.sleep(DAY) end end,
        } },
    },
}
autoscaling.register_scalable_target { resource_id = service, min_capacity = always and 1 or 0, max_capacity = 1 }
local function at(hour, count)
    autoscaling.put_scheduled_action {
        resource_id = service, scheduled_action_name = "to " .. count,
        schedule = ("cron(0 %d ? * %s *)"):format(hour, p.days == 7 and "*" or "MON-FRI"),
        scalable_target_action = { min_capacity = count, max_capacity = count },
    }
end
if not always then
    at(8, 1)
    at(8 + p.hours, 0)
end
sim.expect { "dev.cost_month > " .. 0.999 * p.usd, "dev.cost_month < " .. 1.001 * p.usd }
