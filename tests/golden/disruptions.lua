-- What happens to tasks without their service asking for it, and what operators do to them.
-- Rules: PROT-09 PROT-39 PROT-42 PROT-43 PROT-47 PROT-48 CAP-03 CAP-05 SCHED-05 SCHED-11 SCHED-12 SCHED-24 SCHED-36 OWN-05.

local sim, ecs, sqs, cloudwatch = require "sim", require "ecs", require "sqs", require "cloudwatch"
local workers = require "lib.workers"

sim.scenario { duration = "4h" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "15m", receive_message_wait_time_seconds = 20 }

local function definition(family, app, queues)
    return ecs.register_task_definition {
        family = family, cpu = 256, memory = 512,
        container_definitions = { { app = app, queues = queues, stop_timeout = 40 } },
    }
end

local worker = ecs.create_service {
    service_name = "worker", desired_count = 8, task_definition = definition("worker", workers.protected, { jobs }),
    capacity_provider_strategy = {
        { capacity_provider = "FARGATE", weight = 1 }, { capacity_provider = "FARGATE_SPOT", weight = 3 },
    },
}
sim.arrivals { rate = 0.05, into = jobs, work = sim.random { name = "work", mean = 90, max = 600 } }
sim.disrupt { cause = "spot", service = worker, rate = 0.5, start = "20m", stop = "2h" }
sim.disrupt { cause = "host", service = worker, start = "30m", share = 0.25 }
sim.disrupt { cause = "crash", service = worker, start = "40m", count = 2 }
sim.disrupt { cause = "shortage", capacity_provider = "FARGATE_SPOT", start = "1h", duration = "10m" }
sim.disrupt { cause = "zone", availability_zone = "b", start = "90m", duration = "15m" }
sim.disrupt { cause = "throttle", start = "2h", duration = "5m", share = 0.5 }

-- Nobody hears of the metric for a while, then late.
sim.every(60, function() cloudwatch.put_metric_data("app", "beat", 1) end)
cloudwatch.put_metric_alarm {
    alarm_name = "silence", namespace = "app", metric_name = "beat", statistic = "Sum", period = 60, threshold = 1,
    evaluation_periods = 2, comparison_operator = "LessThanThreshold", treat_missing_data = "breaching",
}
local beat = { namespace = "app", metric_name = "beat" }
sim.disrupt { cause = "metrics", metric = beat, lost = true, start = "1h", duration = "10m" }
sim.disrupt { cause = "metrics", metric = beat, delay = "10m", start = "2h", duration = "10m" }

-- Standalone tasks: most return, two retire; and none of them can be protected.
local batch = definition("batch", function(task) task:work(600) end)
sim.every("20m", function() ecs.run_task { task_definition = batch, count = 3 } end)
sim.disrupt { cause = "retirement", family = "batch", start = "45m", count = 2 }
sim.at("95m", function()
    local answer = ecs.run_task {
        task_definition = batch, capacity_provider_strategy = { { capacity_provider = "FARGATE_SPOT", weight = 1 } },
    }
    local protection = ecs.update_task_protection { tasks = { answer.tasks[1].task_arn }, protection_enabled = true }
    sim.log("%d standalone, %s", #answer.tasks, protection.failures[1].reason)
end)

sim.at("150m", function()
    local tasks = ecs.list_tasks { service_name = worker }.task_arns
    for i = 1, 3 do ecs.stop_task { task = tasks[i], reason = i > 1 and "an operator's decision" or nil } end
    local _, code, message = ecs.delete_service { service = worker }
    sim.log("%s: %s", code, message)
end)
sim.at("3h", function()
    ecs.delete_service { service = worker, force = true }
    sim.sleep(300)
    sim.log(ecs.describe_services { services = { worker } }.services[1].status)
end)
sim.expect { ["busy_stops{host}"] = "> 0", ["busy_stops{spot}"] = "> 0", ["batch.busy_stops"] = 0, ["batch.cost"] = "> 0" }
