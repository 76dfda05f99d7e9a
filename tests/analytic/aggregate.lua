-- How far are requests in cohorts from single ones? The same load on the same fleet, either way.
local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"

local p = sim.params {
    rate         = { 100, "requests per second, mean" },
    swing        = { 0, "of the rate over two hours, as a share of it" },
    tasks        = { 10, "at the start; without a swing they stay" },
    work         = { 0.05, "mean seconds of CPU of a request" },
    distribution = { "exponential", "of the work; a lognormal one has a cv of 2" },
    slots        = { 1000, "requests that a task works on at once" },
    routing      = { "round_robin", "algorithm of the load balancer" },
    metric       = { "cpu", "that a swinging fleet follows: cpu, or requests per target" },
    duration     = { "1h", "the first ten minutes do not count" },
    aggregate    = { 0, "1: all requests come in cohorts" },
}
sim.scenario { duration = p.duration, warm_up = "10m" }

local group = elb.create_target_group {
    name = "web", load_balancing_algorithm_type = p.routing, deregistration_delay_timeout_seconds = 30,
}
local web = ecs.create_service {
    service_name = "web", desired_count = p.tasks, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition {
        family = "web", cpu = 1024, memory = 2048, container_definitions = { { slots = p.slots } },
    },
}

local rate = p.rate
if p.swing > 0 then
    rate = { every = "2h" }
    for step = 0, 120 do
        rate[#rate + 1] = { 60 * step, p.rate * (1 - p.swing * math.cos(2 * math.pi * step / 120)) }
    end
    local cpu = p.metric == "cpu"
    autoscaling.register_scalable_target { resource_id = web, min_capacity = 2, max_capacity = 8 * p.tasks }
    autoscaling.put_scaling_policy {
        resource_id = web, policy_name = "track", policy_type = "TargetTrackingScaling",
        target_tracking_scaling_policy_configuration = {
            target_value = cpu and 60 or 0.6 * 60 / p.work,
            predefined_metric_specification = {
                predefined_metric_type = cpu and "ECSServiceAverageCPUUtilization" or "ALBRequestCountPerTarget",
                resource_label = not cpu and "app/web/1/targetgroup/web/1" or nil,
            },
        },
    }
end

sim.arrivals {
    name = "visitors", rate = rate, start = "2m", into = group,
    aggregate_above = p.aggregate > 0 and 1e-6 or nil,
    work = sim.random {
        name = "work", distribution = p.distribution, mean = p.work, cv = p.distribution == "lognormal" and 2 or nil,
    },
}
