-- A fleet that is always at work is stopped, or lost, at one instant: what is left of the jobs that this meets, and what was
-- done of them? Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    distribution = { "exponential", "of the work of a job", { "exponential", "gamma" } },
    mean = { 60, "of it, seconds", min = 1 },
    cv = { 1.5, "of a gamma one", min = 0.1 },
    settle = { 5, "jobs, in the mean, that each task has had before: what is met must not remember the start", min = 1 },
    stop_timeout = { 120, "seconds", min = 2, max = 120 },
    lost = { false, "the hosts are lost; otherwise the service is scaled to zero" },
    length = { 300, "tasks, each of which meets its end once", min = 1, max = 5000 },
}
local READY = 120 + p.length / 8                         -- starts are limited to 500 a minute
local WHEN = READY + p.settle * p.mean
sim.scenario { duration = WHEN + 200 }
sim.assume { sqs_call_ms = 0.001 }

local function consume(task, queue)
    while not task.stopping do
        local message = queue:receive()
        if message then
            task:work(message)
            message:delete()
        end
    end
end

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local size = sim.random {
    name = "size", distribution = p.distribution, mean = p.mean, cv = p.distribution == "gamma" and p.cv or nil,
}
for _ = 1, p.length * (1.2 * WHEN / p.mean + 5) do jobs:send(size()) end
ecs.create_service {
    service_name = "worker", desired_count = p.length,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512,
        container_definitions = { { app = consume, queues = { jobs }, stop_timeout = p.stop_timeout } },
    },
}
if p.lost then
    sim.disrupt { cause = "host", service = "worker", share = 1, start = WHEN }
else
    sim.at(WHEN, function() ecs.update_service { service = "worker", desired_count = 0 } end)
end
