-- Does a protected task outlive a desired count of zero until its job is done, as the announcement of task protection shows?
-- Look for: the event "was unable to scale in due to (reason 1 tasks under protection)"; the stop a few seconds after the job.
-- Now change: protect=false. When is the job cut, and when does its message come back, with nobody there to take it?
-- Fails under: protect=false
-- Rules: PROT-31 PROT-32 PROT-53 PROT-57 PROT-63..76 EVENT-31 SCHED-06 SQS-01. Closed forms: none.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"
local queue_consumer = require "lib.queue_consumer"

local p = sim.params {
    protect = { true, "run AWS's sample worker with its ProtectionManager; false: the same loop without it" },
    job = { "6m", "work of the one message" },
    sent = { "2m", "when the message is sent" },
    scale_in = { "3m", "when the desired count is set to zero" },
}
sim.scenario { duration = "20m" }

local jobs = sqs.create_queue {
    queue_name = "jobs", visibility_timeout = "10m", receive_message_wait_time_seconds = 20,
}
local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "queue-consumer", cpu = 256, memory = 512,
        container_definitions = { {
            app = p.protect and queue_consumer.protected or queue_consumer.unprotected, queues = { jobs },
        } },
    },
}

sim.at(p.sent, function() jobs:send(p.job) end)
sim.at(p.scale_in, function() ecs.update_service { service = worker, desired_count = 0 } end)

sim.expect {
    jobs_done = 1, work_lost_s = 0, redeliveries = 0, ["busy_stops{scale_in}"] = 0,
    scale_in_held_h = "> 0.07",                          -- the rest of the job: almost five of its six minutes
}
sim.eventually { "worker.running_count == 0", after = p.scale_in, within = p.sent + p.job - p.scale_in + 60 }
