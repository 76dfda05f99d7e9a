-- Target tracking on the 20-second CPU metric, and two policies of the scenario's own on what CloudWatch shows of it, by the
-- minute and each 20 seconds.
-- Rules: TT-08 TT-23 METRIC-03 CW-03 CW-05 CW-06 ALARM-09 AAS-07.

local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

sim.scenario { duration = "45m" }

local function busy_share(time)
    if time < 600 or time > 1500 then return 0.2 end
    return 0.9
end

local function serve(task)
    while not task.stopping do
        local share = busy_share(sim.now())
        task:work(5 * share)
        sim.sleep(5 * (1 - share))
    end
end

local function service(name, resolution)
    local made = ecs.create_service {
        service_name = name, desired_count = 4,
        monitoring = { metric_configurations = { { metric_names = { "CPUUtilization" }, resolution_seconds = resolution } } },
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = serve } },
        },
    }
    autoscaling.register_scalable_target { resource_id = made, min_capacity = 2, max_capacity = 12 }
    return made
end

scaling.track(service("tracked", 20), "cpu", "ECSServiceAverageCPUUtilizationHighResolution", 60, 60)

local function follow(name, period)
    autoscaling.put_scaling_policy {
        resource_id = service(name, period), policy_name = name, policy_type = "Custom",
        custom_scaling_policy_configuration = {
            evaluation_interval = 5, metrics = { metrics.term("cpu", metrics.cpu(name), "Average", period) },
            decide = function(tasks, data)
                if data.cpu > 60 then return tasks + 1 end
                if data.cpu < 30 then return tasks - 1 end
            end,
        },
    }
end

follow("own", 60)
follow("keen", 20)
