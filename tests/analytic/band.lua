-- Two step policies share a metric per task, n tasks are enough: does the fleet come to rest? Played by theory.c.
-- F8: with n tasks below the lower threshold and n - 1 above the upper one nothing ever fits.

local sim, ecs, cloudwatch, autoscaling = require "sim", require "ecs", require "cloudwatch", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

local p = sim.params {
    tasks = { 4, "for which the load is a little too small", min = 2 },
    low = { 75, "per cent of the upper threshold", min = 1, max = 100 },
    length = { 6, "hours", min = 3 },
}
local HIGH = 100
sim.scenario { duration = p.length * 3600, warm_up = 3600 }

local service = ecs.create_service {
    service_name = "web", desired_count = p.tasks,
    task_definition = ecs.register_task_definition {
        family = "web", cpu = 256, memory = 512,
        container_definitions = { { app = function(task) while not task.stopping do sim.sleep(60) end end } },
    },
}
-- A little below what p.tasks want at the lower threshold: one of them goes.
local load = p.tasks * p.low * 0.999
sim.every("1m", function() cloudwatch.put_metric_data("Theory", "Load", load) end)
local per_task = { metrics = {
    metrics.term("load", { namespace = "Theory", metric_name = "Load" }, "Average", 60),
    metrics.term("tasks", metrics.running(service), "Average", 60),
    { id = "per_task", expression = "load / tasks", return_data = true },
} }
autoscaling.register_scalable_target { resource_id = service, min_capacity = 1, max_capacity = 3 * p.tasks }
scaling.step(service, "out", per_task, { threshold = HIGH, cooldown = 60 }, 1)
scaling.step(service, "in", per_task, { threshold = p.low, comparison_operator = "LessThanThreshold", cooldown = 60 }, -1)

local rests = HIGH / (0.999 * p.low) >= p.tasks / (p.tasks - 1)
if rests then
    sim.expect { reversals_h = 0, max_tasks = p.tasks - 1 }
else
    sim.expect { reversals_h = "> 5" }
end
