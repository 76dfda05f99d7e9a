-- Protection is taken some time after the receive: how often does a stop decision meet the gap? Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    late = { 2, "from the receive to protection, seconds", min = 0 },
    length = { 10, "decisions, each about all tasks", min = 1 },
}
local TASKS, WORK, ROUND = 50, 18, 300
sim.scenario { duration = (p.length + 1) * ROUND }
-- One pass sees the desired count of zero; before the next, all are wanted again.
sim.assume { sqs_call_ms = 0.001, protect_latency_ms = 0.001, api_latency_ms = 0.001, ecs_react_latency_s = 1,
             reconcile_s = 10, created_to_pull_s = 1, pull_s = 1 }

local function consume(task, queue)
    while not task.stopping do
        local message = queue:receive()
        sim.sleep(p.late)
        task:protect(60)
        task:work(message)
        message:delete()
        task:unprotect()
    end
end

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local size = sim.random { name = "size", mean = WORK }
for _ = 1, 1.5 * TASKS * (p.length + 1) * ROUND / (p.late + WORK) do jobs:send(size()) end
ecs.create_service {
    service_name = "worker", desired_count = TASKS,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
local decided = sim.tally("decided", "tasks")
for round = 1, p.length do
    sim.at(round * ROUND, function()
        ecs.update_service { service = "worker", desired_count = 0 }
        sim.sleep(2)
        ecs.update_service { service = "worker", desired_count = TASKS }
        decided:add(TASKS)
    end)
end
