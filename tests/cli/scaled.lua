-- Does a worker under policies of each kind tell its story?
-- For the tests of the command line: alarms, scale-outs, protected tasks that a scale-in passes over.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"
local autoscaling, cloudwatch = require "autoscaling", require "cloudwatch"

sim.scenario { duration = "3h" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "5m", receive_message_wait_time_seconds = 20 }

local function consume(task, queue)
    while not task.stopping do
        if task:protect(60) then
            local message = queue:receive()
            if message then
                task:work(message)
                message:delete()
            end
            task:unprotect()
        else
            sim.sleep(5)
        end
    end
end

local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
sim.arrivals {
    rate = { { 0, 0.02 }, { 1800, 0.02 }, { 1800, 0.2 }, { 3600, 0.2 }, { 3600, 0.02 } }, into = jobs,
    work = sim.random { name = "size", mean = 20 },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 4 }
autoscaling.put_scaling_policy {
    resource_id = worker, policy_name = "cpu", policy_type = "TargetTrackingScaling",
    target_tracking_scaling_policy_configuration = {
        target_value = 60, scale_out_cooldown = 60, scale_in_cooldown = 60,
        predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageCPUUtilization" },
    },
}
cloudwatch.put_metric_alarm {
    alarm_name = "backlog", namespace = "AWS/SQS", metric_name = "ApproximateNumberOfMessagesVisible",
    dimensions = { QueueName = jobs }, statistic = "Average", period = 60, evaluation_periods = 1, threshold = 5,
    comparison_operator = "GreaterThanThreshold", alarm_actions = { autoscaling.put_scaling_policy {
        resource_id = worker, policy_name = "backlog", policy_type = "StepScaling",
        step_scaling_policy_configuration = {
            adjustment_type = "ChangeInCapacity", cooldown = 60,
            step_adjustments = { { metric_interval_lower_bound = 0, scaling_adjustment = 1 } },
        },
    } },
}
-- A policy of its own that never asks for anything, and a schedule.
autoscaling.put_scaling_policy {
    resource_id = worker, policy_name = "own", policy_type = "Custom",
    custom_scaling_policy_configuration = {
        metrics = { { id = "sent", metric_stat = { stat = "Sum", metric = { namespace = "AWS/SQS",
            metric_name = "NumberOfMessagesSent", dimensions = { QueueName = jobs } } } } },
        decide = function() return nil end,
    },
}
autoscaling.put_scheduled_action {
    resource_id = worker, scheduled_action_name = "evening", schedule = "at(2026-01-05T02:30:00)",
    scalable_target_action = { min_capacity = 2 },
}
