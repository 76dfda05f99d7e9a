-- Is AWS's own sample worker safe when the desired count falls to zero under its job?
-- Look for: the task that stays, ECS's event about it, and how long after the job's end it is stopped.
-- Now change: renewals=false. Why is the job cut now? Then error_p=0.2: does the sample still poll?
-- Fails under: renewals=false
-- Rules: PROT-57 PROT-63..76 PROT-79 EVENT-31. Closed forms: F5.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"
local queue_consumer = require "lib.queue_consumer"

local p = sim.params {
    job = { "6m", "work of one job" },
    every = { "10m", "time between jobs" },
    error_p = { 0, "share of protection calls that fail with HTTP 500", min = 0, max = 1 },
    renewals = { true, "ECS grants renewals while the scale-in is blocked" },
}
sim.scenario { duration = "1h" }
sim.assume { protect_error_p = p.error_p, renewals_exempt = p.renewals }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "1h", receive_message_wait_time_seconds = 20 }
local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "queue-consumer", cpu = 256, memory = 512,
        container_definitions = { { app = queue_consumer.protected, queues = { jobs } } },
    },
}

sim.every(p.every, function() jobs:send(p.job) end)
sim.at("12m", function() ecs.update_service { service = worker, desired_count = 0 } end)

sim.expect { ["busy_stops{scale_in}"] = 0, work_lost_s = 0 }
sim.eventually { "worker.running_count == 0", after = "12m", within = p.job + 60 }
