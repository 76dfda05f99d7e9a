-- Target tracking on CPU: a large fleet follows a load that falls, then rises above what the fleet can do.
-- Rules: TT-04..17 AAS-10 AAS-15..18 METRIC-01 METRIC-08 ALARM-08. A second policy tracks memory and never lets in.

local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"
local scaling = require "lib.scaling"

sim.scenario { duration = "100m" }

local STEP = 10
local fleet = 0                                          -- tasks that share the load

local function load_at(time)                             -- in tasks' worth of CPU
    if time < 600 then return 28 end
    if time < 3000 then return 21 end
    return 40
end

local function serve(task)
    fleet = fleet + 1
    task:on_sigterm(function() fleet = fleet - 1 end)
    while not task.stopping do
        local share = math.min(1, load_at(sim.now()) / fleet)
        task:work(STEP * share)
        sim.sleep(STEP * (1 - share))
    end
end

local web = ecs.create_service {
    service_name = "web", desired_count = 40,
    task_definition = ecs.register_task_definition {
        family = "web", cpu = "0.5 vCPU", memory = "1 GB", container_definitions = { { app = serve } },
    },
}
autoscaling.register_scalable_target { resource_id = web, min_capacity = 2, max_capacity = 60 }
scaling.track(web, "cpu", "ECSServiceAverageCPUUtilization", 70)
autoscaling.put_scaling_policy {
    resource_id = web, policy_name = "memory", policy_type = "TargetTrackingScaling",
    target_tracking_scaling_policy_configuration = {
        target_value = 75, disable_scale_in = true,
        predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageMemoryUtilization" },
    },
}
