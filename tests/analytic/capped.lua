-- F11: all tasks are at 100 per cent, the target is g: what does one decision make of the fleet? Played by theory.c.

local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"
local scaling = require "lib.scaling"

local p = sim.params {
    target = { 60, "per cent of the CPU", min = 1, max = 99 },
    tasks = { 10, "before", min = 1 },
}
sim.scenario { duration = "30m" }

local service = ecs.create_service {
    service_name = "web", desired_count = p.tasks,
    task_definition = ecs.register_task_definition {
        family = "web", cpu = 256, memory = 512,
        container_definitions = { { app = function(task) task:work(86400) end } },
    },
}
autoscaling.register_scalable_target { resource_id = service, min_capacity = p.tasks, max_capacity = 100 * p.tasks }
scaling.track(service, "cpu", "ECSServiceAverageCPUUtilization", p.target, 3600)   -- its cooldown outlasts the run
local factor = 100 / p.target
sim.expect { ["actions{out}"] = 1, max_tasks = math.ceil(p.tasks * factor - 1e-9) }
