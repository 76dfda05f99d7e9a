-- Poisson requests through a target group, default program: what is waiting for a slot, and what shares the CPU? Played by
-- theory.c over many seeds.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"

local p = sim.params {
    tasks = { 1, "behind the target group", min = 1 },
    slots = { 100000, "requests that a task takes at once", min = 1 },
    cpu_percent = { 100, "what a request asks for: 100 / c per cent is one of c servers", min = 1, max = 100 },
    load = { 0.8, "of all tasks together", min = 0.01, max = 0.99 },
    distribution = { "exponential", "of the work of a request", { "constant", "exponential", "lognormal" } },
    routing = { "round_robin", "load_balancing_algorithm_type" },
    metrics = { false, "read what CloudWatch shows" },
    length = { 100000, "requests that are counted, in the mean", min = 1 },
}
local MEAN, START, WARM_UP = 0.1, 120, 100               -- seconds; tasks need half a minute to be registered
local rate = p.load * p.tasks * 100 / p.cpu_percent / MEAN
sim.scenario { duration = START + WARM_UP + p.length / rate, warm_up = START + WARM_UP, slo = 0.5 }

local group = elb.create_target_group {
    name = "web", load_balancing_algorithm_type = p.routing, idle_timeout_timeout_seconds = 4000,
}
local service = ecs.create_service {
    service_name = "server", desired_count = p.tasks, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition {
        family = "server", cpu = 256, memory = 512, container_definitions = { {
            slots = p.slots, usage = { cpu_percent = p.cpu_percent, idle_cpu_percent = 0 },
        } },
    },
}
sim.arrivals { rate = rate, start = START, into = group, work = sim.random {
    name = "work", distribution = p.distribution, mean = MEAN, cv = p.distribution == "lognormal" and 2 or nil,
} }

local function of_group(name)
    return { namespace = "AWS/ApplicationELB", metric_name = name, dimensions = { TargetGroup = group } }
end

-- A policy that proposes nothing sees each minute once.
local function read_metrics()
    local metrics = require "lib.metrics"
    local cpu, count, response = sim.tally("cpu", "%"), sim.tally("count", "requests"), sim.tally("response", "s")
    autoscaling.register_scalable_target { resource_id = service, min_capacity = p.tasks, max_capacity = p.tasks }
    autoscaling.put_scaling_policy {
        resource_id = service, policy_name = "watch", custom_scaling_policy_configuration = {
            metrics = { metrics.term("cpu", metrics.cpu(service), "Average"),
                        metrics.term("count", of_group("RequestCount"), "Sum"),
                        metrics.term("response", of_group("TargetResponseTime"), "Sum") },
            decide = function(_, data)
                cpu:add(data.cpu)
                count:add(data.count)
                response:add(data.response)
            end,
        },
    }
end
if p.metrics then read_metrics() end
