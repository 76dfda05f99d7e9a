-- Six of ten tasks are at work, and ECS takes four away: how many busy ones? Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params { length = { 50, "services, one trial each", min = 1 } }
local TASKS, BUSY, TAKEN = 10, 6, 4
local READY = 120 + p.length * TASKS / 8                 -- starts are limited to 500 a minute
sim.scenario { duration = READY + 60 + p.length }

local function consume(task, queue)
    while not task.stopping do
        local message = queue:receive()
        if message then task:work(message) end
    end
end

local decided = sim.tally("decided", "tasks")
for trial = 1, p.length do
    local name = "trial-" .. trial
    local jobs = sqs.create_queue { queue_name = name, visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
    for _ = 1, BUSY do jobs:send(12 * 3600) end
    local service = ecs.create_service {
        service_name = name, desired_count = TASKS,
        network_configuration = { awsvpc_configuration = { subnets = { "a" } } },   -- zones would weigh in (SCHED-46)
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
        },
    }
    sim.at(READY, function()                             -- calls are limited to 5 a second
        while not ecs.update_service { service = service, desired_count = TASKS - TAKEN } do sim.sleep(1) end
        decided:add(TAKEN)
    end)
end
