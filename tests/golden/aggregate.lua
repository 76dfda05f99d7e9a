-- Requests in cohorts: a rise and a spike that cross the limit between both modes four times, scaling on CPU,
-- three lost tasks, drains, a spell of overload with time-outs.
local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"

sim.scenario { duration = "50m", warm_up = "5m", slo = 1 }

local group = elb.create_target_group { name = "web", deregistration_delay_timeout_seconds = 20, idle_timeout_timeout_seconds = 15 }
local web = ecs.create_service {
    service_name = "web", desired_count = 3, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition {
        family = "web", cpu = 256, memory = 512, container_definitions = { { slots = 6, usage = { cpu_percent = 50 } } },
    },
}
autoscaling.register_scalable_target { resource_id = web, min_capacity = 2, max_capacity = 12 }
autoscaling.put_scaling_policy {
    resource_id = web, policy_name = "cpu", policy_type = "TargetTrackingScaling",
    target_tracking_scaling_policy_configuration = {
        target_value = 50, scale_in_cooldown = 60, scale_out_cooldown = 60,
        predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageCPUUtilization" },
    },
}
sim.arrivals {
    rate = { { 0, 5 }, { 600, 60 }, { 1500, 60 }, { 2400, 5 }, { 2400, 120 }, { 2460, 120 }, { 2460, 5 } }, into = group,
    aggregate_above = 20, work = sim.random { name = "size", mean = 0.1 },
}
sim.at(1200, function() sim.disrupt { cause = "host", service = web, count = 3 } end)
sim.expect { jobs_done = "> 50000", ["jobs_cut{host}"] = "> 0", ["work_lost_s{given_up}"] = "> 0" }
