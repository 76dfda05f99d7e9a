-- Step scaling on a queue alarm: steps by how far the metric is beyond, percentages, a default cooldown, both bounds.
-- Rules: STEP-01..10 AAS-15..20 AAS-26..28 CW-08 SQS-10. Unprotected workers lose what scale-in cuts.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local loads, metrics, scaling, workers =
    require "lib.loads", require "lib.metrics", require "lib.scaling", require "lib.workers"

sim.scenario { duration = "150m", slo = "10m", drain = "1h" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "20m", receive_message_wait_time_seconds = 20 }
local worker = ecs.create_service {
    service_name = "worker", desired_count = 2,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 512, memory = 1024,
        container_definitions = { { app = workers.plain, queues = { jobs }, stop_timeout = "2s" } },
    },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 2, max_capacity = 11 }
scaling.step(worker, "out", metrics.visible(jobs), {
    threshold = 4, adjustment_type = "PercentChangeInCapacity", min_adjustment_magnitude = 2,
}, {
    { metric_interval_lower_bound = 0, metric_interval_upper_bound = 10, scaling_adjustment = 20 },
    { metric_interval_lower_bound = 10, scaling_adjustment = 100 },
})
scaling.step(worker, "in", metrics.visible(jobs), {
    threshold = 3, comparison_operator = "LessThanThreshold", evaluation_periods = 3, cooldown = 90,
}, -2)

sim.arrivals {
    rate = loads.spike(0.02, 4, 1500, 2700), into = jobs,
    work = sim.random { name = "work", distribution = "lognormal", mean = 140, cv = 1, max = 900 },
}
sim.expect { ["work_lost_s{scale_in}"] = "> 0" }
