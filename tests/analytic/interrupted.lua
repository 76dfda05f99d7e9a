-- Hosts are lost at a rate while jobs of a fixed size run, which begin again from nothing: what does that cost?
-- Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    rate = { 1, "losses per task and hour", min = 0 },
    work = { 1800, "of each job, seconds", min = 1 },
    length = { 10, "days", min = 1 },
}
local TASKS = 20
sim.scenario { duration = p.length * 86400 }

local jobs = sqs.create_queue {
    queue_name = "jobs", visibility_timeout = 2 * p.work, receive_message_wait_time_seconds = 20,
    message_retention_period = "14d",
}
local function consume(task, queue)
    while true do
        local message = queue:receive()
        if message then
            task:work(message)
            message:delete()
        end
    end
end
ecs.create_service {
    service_name = "worker", desired_count = TASKS,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
for _ = 1, 1.2 * TASKS * p.length * 86400 / p.work do jobs:send(p.work) end
sim.disrupt { cause = "host", service = "worker", rate = p.rate }
