-- Slots of one task that are busy independently of each other: for how long is the whole task idle? Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    slots = { 4, "of each task", min = 1 },
    share = { 0.5, "of its time that a slot is busy", min = 0.01, max = 0.99 },
    length = { 20, "hours", min = 1 },
}
local TASKS, WORK, START = 10, 60, 1800
local HOURS = p.length
sim.scenario { duration = START + HOURS * 3600, warm_up = START }
sim.assume { sqs_call_ms = 0.001 }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local size = sim.random { name = "size", mean = WORK }
local pause = sim.random { name = "pause", mean = WORK * (1 - p.share) / p.share }
for _ = 1, 1.2 * TASKS * p.slots * p.share * (START + HOURS * 3600) / WORK do jobs:send(size()) end

local function consume(task, queue)
    task:protect(2880)
    task:parallel(p.slots, function()
        while true do
            sim.sleep(pause())
            local message = queue:receive()
            task:work(message)
            message:delete()
        end
    end)
end
ecs.create_service {
    service_name = "worker", desired_count = TASKS,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { {
            app = consume, queues = { jobs }, slots = p.slots, usage = { cpu_percent = 100 / p.slots },
        } },
    },
}
