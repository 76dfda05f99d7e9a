-- Step scaling on a queue alarm: steps by how far the metric is beyond, percentages, default cooldowns, both bounds.
-- Rules: STEP-01..10 AAS-15..20 AAS-26..28 CW-08 SQS-10. Unprotected workers lose what scale-in cuts.

local sim, ecs, sqs, cloudwatch, autoscaling =
    require "sim", require "ecs", require "sqs", require "cloudwatch", require "autoscaling"
local loads, metrics, workers = require "lib.loads", require "lib.metrics", require "lib.workers"

sim.scenario { duration = "150m", slo = "10m", drain = "1h" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "20m", receive_message_wait_time_seconds = 20 }

local function add(queue_name, rule, configuration)
    local worker = ecs.create_service {
        service_name = queue_name, desired_count = 2,
        task_definition = ecs.register_task_definition {
            family = queue_name, cpu = 512, memory = 1024,
            container_definitions = { { app = workers.plain, queues = { jobs }, stop_timeout = "2s" } },
        },
    }
    autoscaling.register_scalable_target { resource_id = worker, min_capacity = 2, max_capacity = 11 }
    for _, direction in ipairs { "out", "in" } do
        local policy = autoscaling.put_scaling_policy {
            resource_id = worker, policy_name = direction, policy_type = "StepScaling",
            step_scaling_policy_configuration = configuration[direction],
        }
        cloudwatch.put_metric_alarm {
            alarm_name = queue_name .. "-" .. direction, alarm_actions = { policy }, statistic = "Average", period = 60,
            namespace = "AWS/SQS", metric_name = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = jobs },
            evaluation_periods = rule[direction].periods, threshold = rule[direction].threshold,
            comparison_operator = rule[direction].comparison,
        }
    end
end

add("worker", {
    out = { periods = 1, threshold = 4, comparison = "GreaterThanOrEqualToThreshold" },
    ["in"] = { periods = 5, threshold = 2, comparison = "LessThanThreshold" },
}, {
    out = {
        adjustment_type = "PercentChangeInCapacity", min_adjustment_magnitude = 2,
        step_adjustments = {
            { metric_interval_lower_bound = 0, metric_interval_upper_bound = 10, scaling_adjustment = 20 },
            { metric_interval_lower_bound = 10, scaling_adjustment = 100 },
        },
    },
    ["in"] = {
        adjustment_type = "ChangeInCapacity", cooldown = 90,
        step_adjustments = { { metric_interval_upper_bound = 0, scaling_adjustment = -2 } },
    },
})

sim.arrivals {
    rate = loads.ramp(0.02, 0.18, 900, 3000), stop = "80m", into = jobs,
    work = sim.random { name = "work", distribution = "lognormal", mean = 70, cv = 1, max = 600 },
}
sim.expect { jobs_done = "jobs_in" }
